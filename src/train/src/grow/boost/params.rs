//! What boosting should do, checked before anything is grown.

use super::super::error::GrowError;

/// Parameters of [`BoostData::boost`](super::BoostData::boost).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoostParams {
    /// Most trees. Default 300, range 1.. .
    pub n_trees: usize,
    /// Fraction of the Newton step that each tree makes. Default 0.1, range (0, 1].
    pub learning_rate: f64,
    /// Most leaves of a tree. Default 31, range 2.. .
    pub max_leaves: usize,
    /// Most splits on a path. Default none.
    pub max_depth: Option<usize>,
    /// Least training rows of a leaf. Default 20, range 1.. .
    pub min_samples_leaf: usize,
    /// Ridge on leaf scores, in rows: leaves of few rows are drawn towards 0. Default 1, range 0.. .
    pub l2: f64,
    /// Fraction of the rows that each tree is grown on, drawn without replacement. Default 1, range (0, 1].
    pub subsample: f64,
    /// Lambda: loss that one unit of cost must save. Default 0, range 0.. and finite.
    pub price_level: f64,
    /// The most that any training example may pay in all: splits beyond it are not made. Default infinite, range 0.. . What other
    /// examples pay is not bounded by it, though nearly so.
    pub cap: f64,
    /// Trees without a lower loss on the validation examples before boosting ends. Default 30, range 1.. .
    pub patience: usize,
    /// Seed of the draws of rows. Default 0.
    pub seed: u64,
}

impl Default for BoostParams {
    fn default() -> Self {
        Self {
            n_trees: 300,
            learning_rate: 0.1,
            max_leaves: 31,
            max_depth: None,
            min_samples_leaf: 20,
            l2: 1.0,
            subsample: 1.0,
            price_level: 0.0,
            cap: f64::INFINITY,
            patience: 30,
            seed: 0,
        }
    }
}

impl BoostParams {
    /// Checks every range.
    ///
    /// # Errors
    /// [`GrowError::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<(), GrowError> {
        let refuse =
            |name, value: String, range: &str| Err(GrowError::Parameter { name, value, range: range.to_owned() });
        for (name, value, least) in [
            ("n_trees", self.n_trees, 1),
            ("max_leaves", self.max_leaves, 2),
            ("min_samples_leaf", self.min_samples_leaf, 1),
            ("patience", self.patience, 1),
        ] {
            if value < least {
                return refuse(name, value.to_string(), &format!("{least}.."));
            }
        }
        for (name, value) in [("learning_rate", self.learning_rate), ("subsample", self.subsample)] {
            if !(value > 0.0 && value <= 1.0) {
                return refuse(name, value.to_string(), "(0, 1]");
            }
        }
        if self.cap.is_nan() || self.cap < 0.0 {
            return refuse("cap", self.cap.to_string(), "0..");
        }
        for (name, value) in [("l2", self.l2), ("price_level", self.price_level)] {
            if !(value.is_finite() && value >= 0.0) {
                return refuse(name, value.to_string(), "0.. and finite");
            }
        }
        Ok(())
    }
}
