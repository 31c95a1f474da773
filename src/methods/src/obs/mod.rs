//! Optimal Brain Surgeon: what goes is made up for by what stays.
//!
//! With inputs X (inputs x rows) of a linear layer and `H = X X^T`, the least of `||W X - V X||^2` over matrices V
//! whose columns S are zero is
//!
//! ```text
//! tr(W_S ((H^-1)_SS)^-1 W_S^T)    at    V = W - W_S ((H^-1)_SS)^-1 (H^-1)_S
//! ```
//!
//! (Hassibi and Stork 1993 for one weight; Kurtic et al. 2023 for groups). A multiple of H multiplies the error and
//! leaves V.
//!
//! | idea | file |
//! |---|---|
//! | H inverted: dead inputs, damping | `inverse.rs` |
//! | single weights and N:M patterns: SparseGPT | `sparse.rs` |
//! | whole columns: exact error, the shortcut of SlimGPT, removal, sweeps | `remove.rs` |
//! | the best set of a size, by branch and bound | `best_set.rs` |
//!
//! Everything is computed in double precision on the host.

mod best_set;
mod error;
mod inverse;
mod remove;
mod sparse;
#[cfg(test)]
mod tests;

pub use best_set::{BestSet, best_set};
pub use error::ObsError;
pub use inverse::InverseHessian;
pub use remove::{Columns, GroupScore, Sweep};
pub(crate) use sparse::SPARSE_GPT_BLOCK;
pub use sparse::{Sparse, Sparsity, sparse_gpt};
