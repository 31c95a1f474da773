//! Trained forests: the model, where it comes from, and how it is pruned to a budget.

mod bag;
mod model;
mod raw;
mod target;

pub use bag::InBag;
pub use model::{Aggregation, Forest, MissingDirection, Precision, Task};
pub use raw::{ForestError, RawForest, RawTree};
pub use target::Target;
