//! Primal-dual solvers: any-time, light on memory, parallel over trees, and sharded over resources.
//!
//! The rows `x_v <= y_r` are dualised with one multiplier beta_vr >= 0 per uses pair. What is left falls apart into trees of decisions
//! (`nodes.rs`: one dynamic programme each) and single resources (closed form), and their optima add up to the bound
//!
//! ```text
//! L(beta) = max { sum_v (g_v - sum_r beta_vr) x_v : x closed }  +  sum_r max(0, sum_v beta_vr - lambda c_r)
//! ```
//!
//! which the best beta >= 0 make equal to the optimum, for the matrix is totally unimodular. Multipliers with the positive worths of
//! the dynamic programme are a flow, and L is the bound that [`secateur_program::dual_bound`] computes from it. Two ways to better multipliers:
//!
//! - [`Method::Subgradient`] (`run.rs`): Nan, Wang and Saligrama (NIPS 2016, pp. 2334-2342), as their
//!   program does it: `beta <- max(0, beta + eta (x - y))` with `eta = (1 + m) (best objective's distance to the bound) /
//!   (||x - y||^2 (pass + m))`, m = 500, from beta = 0.
//! - [`Method::Splitting`]: Douglas and Rachford's splitting of the quadratic program whose solution is the whole path, after Jegelka,
//!   Bach and Sra, "Reflection methods for user-friendly submodular optimization" (2013). Thresholds are the optimal levels of
//!   `max sum_v g_v l_v - 1/2 sum_r c_r max over users of l_v^2` with `l_v <= l_parent`. The trees (`levels.rs`: isotonic regression) and the
//!   resources (`shard.rs`: water-filling) are solved in turn, with one multiplier per pair between them. At one lambda levels are clipped to a
//!   window about it, since only the side on which they lie matters: the first-order work then goes where it counts.
//!
//! In both, one pass is one exchange between decisions and resources: a number per node there, sums per node back. The
//! resources and their pairs lie in shards (`shard.rs`), whose sums are integers; so the answer has the same bytes for any number of shards
//! and threads. Levels and steps are computed in double precision by basic operations in a fixed order; multipliers are whole numbers of a unit
//! (`grid.rs`), and all that is claimed about them is computed in integers.
//!
//! At one lambda, `finish.rs` then completes the flow of the multipliers to a maximum one. [`PrimalDual`] goes from lambda to lambda and
//! starts each from the last.
//!
//! Complexity: a pass is O(U + D log D); memory 12 bytes per pair beside the program, and a flow of 8 bytes per pair in the end.

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

pub use at::{PassRecord, PrimalDual, PrimalDualSolution, primal_dual_at};
pub use finish::Completion;
pub use options::{Method, PrimalDualOptions};
pub use path::{PrimalDualPath, primal_dual_path};

#[cfg(test)]
mod tests;
