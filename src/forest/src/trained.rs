//! [`TrainedForest`]: a forest with what its trainer knows beside it.

use super::bag::InBag;
use super::model::Forest;

/// A trained forest, not yet pruned, with what is known of its training.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedForest {
    /// The forest.
    pub forest: Forest,
    /// How often each training row entered each tree's sample; `None` if that is not known.
    pub in_bag: Option<InBag>,
    /// What each split was worth to the trainer, 0 at leaves, one per node: what a forest that adds scores is pruned by.
    pub gains: Option<Vec<f64>>,
}

impl From<Forest> for TrainedForest {
    fn from(forest: Forest) -> Self {
        Self { forest, in_bag: None, gains: None }
    }
}
