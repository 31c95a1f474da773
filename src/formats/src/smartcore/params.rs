//! What a forest is to be trained like.

use smartcore::tree::decision_tree_classifier::SplitCriterion as Criterion;

use super::checks::TrainError;
use secateur_forest::Aggregation;

/// How many features are tried at each split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FeaturesPerSplit {
    /// All of them. Trees then agree on the features that matter, which is what a budget of features wants.
    #[default]
    All,
    /// The square root of their number, rounded down, at least one.
    Sqrt,
    /// So many, between one and their number.
    Count(usize),
}

/// What a split of a classification tree reduces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SplitCriterion {
    /// Gini impurity.
    #[default]
    Gini,
    /// Entropy.
    Entropy,
    /// The fraction of examples outside the most frequent class.
    ClassificationError,
}

impl SplitCriterion {
    pub(super) fn smartcore(self) -> Criterion {
        match self {
            SplitCriterion::Gini => Criterion::Gini,
            SplitCriterion::Entropy => Criterion::Entropy,
            SplitCriterion::ClassificationError => Criterion::ClassificationError,
        }
    }
}

/// Which of smartcore's two tree growers a classification forest is grown with.
///
/// On two classes, the variance of 0/1 targets is half the Gini impurity, so both growers seek the same splits. The
/// regressor's is several times faster, and the classifier's overlooks splits between tied values, depending on the
/// order of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SmartcoreEngine {
    /// [`RegressorOnBinary`](Self::RegressorOnBinary) where it applies: at most two classes occur, criterion Gini.
    #[default]
    Auto,
    /// The classifier. Samples are drawn class by class, so every tree sees every class as often as it occurs. Where
    /// only one class occurs, which smartcore refuses, trees are single leaves.
    Classifier,
    /// The regressor on 0/1. At most two classes may occur, and the criterion must be Gini.
    RegressorOnBinary,
}

/// Parameters of [`train_classifier`](super::train_classifier) and [`train_regressor`](super::train_regressor).
#[derive(Debug, Clone, PartialEq)]
pub struct SmartcoreParams {
    /// Number of trees, at least 1. Default 100.
    pub n_trees: usize,
    /// Largest number of splits on a path from root to leaf, as in scikit-learn: 0 is a single leaf, 1 a stump. `None`,
    /// the default, and anything above 65534 leave it at smartcore's own limit of 65534.
    pub max_depth: Option<usize>,
    /// Least number of bagged examples in a leaf, repetitions counted; at least 1, the default.
    pub min_samples_leaf: usize,
    /// Least number of bagged examples in a node that is split, repetitions counted. Default 2.
    pub min_samples_split: usize,
    /// Features tried at each split. Unlike scikit-learn, smartcore counts features that are constant in the node.
    pub features_per_split: FeaturesPerSplit,
    /// Classification only; regression reduces the variance.
    pub criterion: SplitCriterion,
    /// Classification only.
    pub engine: SmartcoreEngine,
    /// How trees are combined, classification only. Default [`Aggregation::Mean`], as in scikit-learn; smartcore's own
    /// forests vote.
    pub aggregation: Aggregation,
    /// Everything random follows from it.
    pub seed: u64,
}

impl Default for SmartcoreParams {
    fn default() -> Self {
        Self {
            n_trees: 100,
            max_depth: None,
            min_samples_leaf: 1,
            min_samples_split: 2,
            features_per_split: FeaturesPerSplit::default(),
            criterion: SplitCriterion::default(),
            engine: SmartcoreEngine::default(),
            aggregation: Aggregation::Mean,
            seed: 0,
        }
    }
}

impl SmartcoreParams {
    /// Checks the parameters for a table of `n_features` columns.
    pub(super) fn check(&self, n_features: usize) -> Result<(), TrainError> {
        let bad = |name, value| Err(TrainError::Parameter { name, value });
        match self.features_per_split {
            _ if self.n_trees == 0 => bad("n_trees", 0),
            _ if self.min_samples_leaf == 0 => bad("min_samples_leaf", 0),
            FeaturesPerSplit::Count(count) if count == 0 || count > n_features => bad("features_per_split", count),
            _ => Ok(()),
        }
    }

    /// `max_depth` as smartcore counts it: levels of nodes.
    pub(super) fn levels(&self) -> Option<u16> {
        self.max_depth.and_then(|splits| u16::try_from(splits).ok()?.checked_add(1))
    }

    pub(super) fn features_tried(&self, n_features: usize) -> usize {
        match self.features_per_split {
            FeaturesPerSplit::All => n_features,
            FeaturesPerSplit::Sqrt => n_features.isqrt().max(1),
            FeaturesPerSplit::Count(count) => count,
        }
    }
}
