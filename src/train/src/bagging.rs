//! [`Bagging`]: bagged trees grown from a data set.

use secateur_forest::{DataError, Dataset, TrainedForest};
use secateur_program::Control;

use super::grow::{GrowError, GrowParams, grow};

/// Grows bagged trees. All features are tried at each split by default: such forests prune far better to small budgets than
/// random forests do.
///
/// The parameters are those of [`grow`]; in the order of calls:
///
/// ```
/// # use secateur_datasets::embedded;
/// # use secateur_program::Control;
/// use secateur_train::Bagging;
///
/// let (data, _) = embedded::iris()?;
/// let trained = Bagging::default().trees(20).seed(7).fit(&data, &Control::new())?;
/// assert_eq!(trained.forest.n_trees(), 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bagging {
    /// Parameters of growing.
    pub params: GrowParams,
}

impl Bagging {
    /// Number of trees. Default 100.
    #[must_use]
    pub fn trees(mut self, n_trees: usize) -> Self {
        self.params.n_trees = n_trees;
        self
    }

    /// Seed of the samples. Default 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.params.seed = seed;
        self
    }

    /// Grows the forest.
    ///
    /// # Errors
    /// [`GrowError`], for data without targets as well.
    ///
    /// # Complexity
    /// As [`grow`].
    pub fn fit(&self, train: &Dataset, control: &Control) -> Result<TrainedForest, GrowError> {
        let view = train.view()?;
        let target = view.target().ok_or(DataError::NoTarget)?;
        let grown = grow(view.x(), target, train.class_names(), view.weights(), &self.params, control)?;
        Ok(TrainedForest { forest: grown.forest, in_bag: Some(grown.in_bag), gains: None })
    }
}
