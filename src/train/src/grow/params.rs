//! What a forest should look like, checked before anything is grown.

use super::error::GrowError;

/// How the impurity of a set of examples is measured. A split is as good as it lowers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criterion {
    /// Classification: 1 - sum_k p_k^2. The default for classes.
    Gini,
    /// Classification: - sum_k p_k log2 p_k, in bits.
    Entropy,
    /// Regression: mean squared deviation from the mean. The default for values.
    SquaredError,
}

/// How many features each split chooses from.
///
/// At every node features are drawn without replacement until this many were tried that are not constant there, or
/// none is left. (scikit-learn counts constant features as tried, so its small draws are smaller than they look.)
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SplitFeatures {
    /// All of them: bagged trees. The default, since trees that may choose freely agree on a few features and so prune
    /// far better to small budgets than trees that were forced to spread over many.
    All,
    /// The square root of the number of features, rounded down, at least 1.
    Sqrt,
    /// This many, in `1..=n_features`.
    Count(usize),
    /// This fraction of the features, in `(0, 1]`, rounded down, at least 1.
    Fraction(f64),
}

/// Parameters of [`grow`](super::grow).
///
/// ```
/// use secateur_train::grow::{GrowParams, SplitFeatures};
///
/// let params = GrowParams { n_trees: 40, features: SplitFeatures::Sqrt, seed: 7, ..GrowParams::default() };
/// assert_eq!(params.max_bins, 255);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GrowParams {
    /// Number of trees. Default 100, range 1.. .
    pub n_trees: usize,
    /// Impurity measure. Default `None`: [`Criterion::Gini`] for classes, [`Criterion::SquaredError`] for values.
    pub criterion: Option<Criterion>,
    /// Features tried per split. Default [`SplitFeatures::All`].
    pub features: SplitFeatures,
    /// Most splits on a path from the root to a leaf; 0 grows leaves only. Default `None`: no limit.
    pub max_depth: Option<usize>,
    /// Most leaves of a tree, range 1.. ; the splits that lower the impurity most are made first. Default `None`: no
    /// limit.
    pub max_leaves: Option<usize>,
    /// Fewest examples a node must hold to be split, counted with their multiplicity in the tree's sample (not with
    /// their weight). Default 2, range 2.. .
    pub min_samples_split: usize,
    /// Fewest examples of a child, counted likewise. Default 1, range 1.. .
    pub min_samples_leaf: usize,
    /// Least weight of a child: example weights times multiplicities, summed. Default 0, range 0.. .
    pub min_weight_leaf: f64,
    /// Least decrease of impurity by a split, times the fraction of the tree's weight that the node holds. Default 0,
    /// range 0.. . At 0 an impure node is split even if the best split gains nothing by itself.
    pub min_impurity_decrease: f64,
    /// Whether each tree's sample is drawn with replacement. Default true. If false, it is drawn without replacement:
    /// with `max_samples` 1 every tree sees every row once.
    pub bootstrap: bool,
    /// Size of each tree's sample as a fraction of the rows of positive weight, rounded, at least one. Default 1, range
    /// (0, 1].
    pub max_samples: f64,
    /// Whether every split gets a direction for missing values, the heavier child, even if the training data lack no value.
    /// Default false: then such a forest refuses missing values.
    pub directions_everywhere: bool,
    /// Seed of all random choices. Default 0.
    pub seed: u64,
    /// Most bins of a feature, missing values apart. Default 255, range 2..=65535. A feature with no more distinct
    /// values than this is split exactly as without bins; above 255 the binned data take two bytes per value, not one.
    pub max_bins: usize,
}

impl Default for GrowParams {
    fn default() -> Self {
        Self {
            n_trees: 100,
            criterion: None,
            features: SplitFeatures::All,
            max_depth: None,
            max_leaves: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            min_weight_leaf: 0.0,
            min_impurity_decrease: 0.0,
            bootstrap: true,
            max_samples: 1.0,
            directions_everywhere: false,
            seed: 0,
            max_bins: 255,
        }
    }
}

impl GrowParams {
    /// Checks every range.
    ///
    /// # Errors
    /// [`GrowError::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<(), GrowError> {
        let refuse =
            |name, value: String, range: &str| Err(GrowError::Parameter { name, value, range: range.to_owned() });
        let at_least = |name, value: usize, least: usize| {
            if value < least { refuse(name, value.to_string(), &format!("{least}..")) } else { Ok(()) }
        };
        at_least("n_trees", self.n_trees, 1)?;
        at_least("max_leaves", self.max_leaves.unwrap_or(1), 1)?;
        at_least("min_samples_split", self.min_samples_split, 2)?;
        at_least("min_samples_leaf", self.min_samples_leaf, 1)?;
        for (name, value) in
            [("min_weight_leaf", self.min_weight_leaf), ("min_impurity_decrease", self.min_impurity_decrease)]
        {
            if !(value.is_finite() && value >= 0.0) {
                return refuse(name, value.to_string(), "0.. and finite");
            }
        }
        if !(self.max_samples > 0.0 && self.max_samples <= 1.0) {
            return refuse("max_samples", self.max_samples.to_string(), "(0, 1]");
        }
        if !(2..=65_535).contains(&self.max_bins) {
            return refuse("max_bins", self.max_bins.to_string(), "2..=65535");
        }
        match self.features {
            SplitFeatures::Count(0) => refuse("features", "Count(0)".to_owned(), "1..=n_features"),
            SplitFeatures::Fraction(fraction) if !(fraction > 0.0 && fraction <= 1.0) => {
                refuse("features", format!("Fraction({fraction})"), "(0, 1]")
            }
            _ => Ok(()),
        }
    }

    /// How many features that vary at a node are tried there.
    ///
    /// # Errors
    /// [`GrowError::Parameter`] if a count exceeds the number of features.
    pub(super) fn n_tried(&self, n_features: usize) -> Result<usize, GrowError> {
        match self.features {
            SplitFeatures::All => Ok(n_features),
            SplitFeatures::Sqrt => Ok(n_features.isqrt().max(1)),
            SplitFeatures::Fraction(fraction) => Ok(((fraction * n_features as f64) as usize).clamp(1, n_features)),
            SplitFeatures::Count(count) if count <= n_features => Ok(count),
            SplitFeatures::Count(count) => Err(GrowError::Parameter {
                name: "features",
                value: format!("Count({count})"),
                range: format!("1..={n_features}"),
            }),
        }
    }
}
