//! Primal-dual solvers: they can be stopped at any time, are light on memory, run in parallel over trees, and are
//! sharded over resources.
//!
//! The rows `x_v <= y_r` are dualised with one multiplier beta_vr >= 0 per uses pair. What is left falls apart into
//! trees of decisions (one dynamic programme each) and single resources (in closed form). Their optima add up to the
//! bound
//!
//! ```text
//! L(beta) = max { sum_v (g_v - sum_r beta_vr) x_v : x closed }  +  sum_r max(0, sum_v beta_vr - lambda c_r)
//! ```
//!
//! The best beta >= 0 make it equal to the optimum, since the matrix is totally unimodular. Multipliers, with the
//! positive values of the dynamic programme, are a flow, and L(beta) is the bound that [`secateur_program::dual_bound`]
//! computes from it. Two methods improve the multipliers:
//!
//! - [`Method::Subgradient`] (`subgradient.rs`), by Nan, Wang and Saligrama (2016), as the authors' program does it;
//! - [`Method::Splitting`] (`splitting.rs`), by Jegelka, Bach and Sra (2013), on the quadratic program whose solution
//!   is the whole path.
//!
//! In both, an iteration is an exchange between trees and resources: a number per node goes there, sums per node come
//! back. Resources and their pairs lie in shards (`shard.rs`), and what comes back is summed in integers; so the answer
//! has the same bytes for any number of shards and threads. Levels and steps are computed in double precision, by basic
//! operations in a fixed order. Multipliers are whole numbers of a unit (`grid.rs`), and all that is claimed about them
//! is computed in integers.
//!
//! | file | content |
//! |---|---|
//! | `at.rs` | one lambda, and [`PrimalDual`], which goes from lambda to lambda and starts each from the last |
//! | `path.rs` | every lambda at once, by splitting without a window |
//! | `run.rs` | what the two methods share: best bound, best selection, when to end |
//! | `nodes.rs`, `levels.rs` | the trees' side: best closed sets; isotonic regression |
//! | `shard.rs` | the resources' side: multipliers, in shards |
//! | `finish.rs` | completes the flow of the multipliers to a maximum flow |
//!
//! Complexity: an iteration is O(U + D log D). Memory is 12 bytes per pair beside the program, and a flow of 8 bytes
//! per pair in the end.

mod at;
mod finish;
mod grid;
mod levels;
mod nodes;
mod options;
mod path;
mod run;
mod shard;
mod splitting;
mod subgradient;

pub use at::{IterationRecord, PrimalDual, PrimalDualSolution, primal_dual_at};
pub use finish::Completion;
pub use options::{Method, PrimalDualOptions};
pub use path::{PrimalDualPath, primal_dual_path};

#[cfg(test)]
mod tests;
