//! Logarithmic pruning (Orseau, Hutter and Rivasplata 2020; Pensia et al. 2020): a trained network of dense layers
//! approximated by pruning a random one, which is never trained.
//!
//! | idea | where |
//! |---|---|
//! | how exact every layer must be, so that the whole is within eps on a ball | [`precisions`] |
//! | golden-ratio categories: one number of each, and every weight is a sum of some | [`Categories`] |
//! | the random layer, and which of its neurons serve which weight | [`Pool`] |
//! | uniform weights instead, neurons shared by all outputs (Pensia et al.) | [`uniform_width`] |
//! | two layers of the pruned random network | [`Block`] |
//! | networks in and out | [`layers_of`], [`network_of`] |
//! | the whole program: target, eps, seed, what comes of it | [`prune`] |
//!
//! A weight w of the target acts on an input x by `w x = sum_{S+} b_i relu(a_i x) - sum_{S-} b_i relu(-|a_i| x)`:
//! neurons with a positive input weight give it where x is positive, the others where it is negative, and two subset
//! sums find them. Inputs of later layers are not negative: the first suffices. A bias is a weight on an input that is
//! always 1. So a layer of the target becomes two layers of the random network.
//!
//! Constants are derived here (the papers' were not at hand): a union bound with Chernoff's inequality, see
//! [`Categories::neurons`].

mod block;
mod build;
mod categories;
mod network;
mod pool;
mod precision;
mod uniform;

#[cfg(test)]
mod tests;

pub use block::{Block, Hidden, Link};
pub use build::{Built, Choice, Distribution, LayerCounts, LogarithmicError, LogarithmicOptions, prune};
pub use categories::{Categories, GOLDEN_RATIO};
pub use network::{layers_of, network_of};
pub use pool::{Pool, Slot};
pub use precision::{Dense, LayerPrecision, outputs, precisions};
pub use uniform::uniform_width;
