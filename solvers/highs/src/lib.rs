//! The selection program as a linear and as an integer program for HiGHS: a second opinion that shares no code with the
//! exact solvers.
//!
//! At a multiplier lambda = p/q the objective is taken times q, so that every coefficient is an integer:
//!
//! ```text
//! max  sum_v (q g_v) x_v  -  sum_r (p c_r) y_r
//! s.t. x_v - x_p <= 0     for every pair "v requires p"     dual u_v  >= 0
//!      x_v - y_r <= 0     for every pair "v uses r"          dual w_vr >= 0
//!      0 <= x, y <= 1     (LP)      x, y in {0, 1}     (MIP)
//! ```
//!
//! | symbol | here |
//! |---|---|
//! | x, y | [`Point::x`], [`Point::y`] |
//! | q g_v, p c_r | at most 2^53 in absolute value, refused beyond ([`HighsError::Coefficient`]) |
//! | u, w | [`Duals::requires`], [`Duals::uses`] |
//! | sum of the objective | `objective`, exact, in units of 1/q gain |
//!
//! [`solve_mip_within`] drops lambda and adds a row per [`secateur_program::Limit`]; total unimodularity is then gone.
//!
//! **Sign of the duals.** The dual of a row is what the scaled objective would gain per unit added to the row's
//! right-hand side. Relaxing a row of a maximisation never hurts, so duals are >= 0 up to the solver's tolerance
//! (1e-7), and zero where the row is slack. This makes (u, w) a flow from decisions to parents and resources, in the
//! sense of [`secateur_program::Flow`].
//!
//! **What is exact.** HiGHS computes in doubles. The matrix and its transpose are totally unimodular and the
//! coefficients integers, so optimal bases have integer points *and* integer duals: [`solve_lp`] rounds both, and
//! recomputes the objective of the rounded selection and the bound of the rounded flow in 128-bit integers. Any
//! non-negative flow gives a valid bound, so [`secateur_program::Solution::is_proven`] means optimal without trust in
//! floating point. The bound of branch and bound ([`MipSolution::bound`]) is
//! what HiGHS states, and not proven here.
//!
//! **Threads.** In HiGHS the scheduler belongs to the thread that calls it and keeps the number of workers of its
//! first solve; a later solve from the same thread with another number fails. Every solve here runs on a thread of
//! its own, which ends with it, so solves may differ in [`HighsOptions::threads`] and may run side by side.
//!
//! A time limit is a status, not an error: the answer is then the best selection known, at worst the empty one.
//!
//! ```
//! use secateur_highs::{HighsOptions, solve_lp, solve_mip, solve_mip_within};
//! use secateur_program::{Limit, Multiplier, SelectionProgram};
//!
//! let mut builder = SelectionProgram::builder();
//! let (a, b) = (builder.decision(6), builder.decision(4));
//! let shared = builder.resource(5);
//! builder.requires(b, a).uses(a, shared).uses(b, shared);
//! let program = builder.build()?;
//!
//! let lambda = Multiplier::new(3, 2)?;
//! let lp = solve_lp(&program, lambda, &HighsOptions::default())?;
//! let solution = lp.solution;
//! assert!(solution.is_proven() && solution.selection.has(a) && solution.selection.has(b));
//! assert_eq!(solution.objective, 2 * 10 - 3 * 5); // times 2, the denominator
//! assert_eq!(solve_mip(&program, lambda, &HighsOptions::default())?.objective, solution.objective);
//!
//! let within = solve_mip_within(&program, &[Limit::on_cost(&program, 4)?], &HighsOptions::default())?;
//! assert_eq!((within.gain, within.bound), (0, Some(0))); // the shared resource costs 5
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod coefficients;
mod error;
mod lp;
mod mip;
mod model;
mod point;

#[cfg(test)]
mod tests;

pub use error::HighsError;
pub use lp::{Duals, LpSolution, solve_lp};
pub use mip::{MipSolution, solve_mip, solve_mip_within};
pub use model::{HighsOptions, MAX_THREADS};
pub use point::Point;
