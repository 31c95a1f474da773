//! The selection program: one integer program under every way of pruning to a budget.
//!
//! ```text
//! max  sum_v g_v x_v  -  lambda * sum_r c_r y_r
//! s.t. x_v <= x_p      for every pair "v requires p"     (at most one p per v, no cycles)
//!      x_v <= y_r      for every pair "v uses r"          (a resource is paid once, however many use it)
//!      x, y in {0, 1}
//! ```
//!
//! | symbol | here | meaning |
//! |---|---|---|
//! | v, x_v | [`DecisionId`], [`Selection::has`] | a decision, and whether it is selected |
//! | r, y_r | [`ResourceId`], [`Selection::pays`] | a shared resource, and whether it is paid |
//! | g_v | [`SelectionProgram::gain`] | gain of a decision, of any sign |
//! | c_r | [`SelectionProgram::cost`] | cost of a resource, >= 0 |
//! | lambda | [`Multiplier`] | the Lagrange multiplier of the cost, an exact ratio |
//! | theta_v | [`Path::threshold`] | v is selected iff lambda < theta_v |
//! | f | [`Flow`] | the certificate |
//! | D, R, U | [`SelectionProgram::n_decisions`], [`SelectionProgram::n_resources`], [`SelectionProgram::n_uses`] | sizes |
//!
//! Every row has one +1 and one -1, so the matrix is totally unimodular and the LP relaxation has integral optima. At
//! one lambda the program is a maximum closure, that is a minimum cut (Rhys 1970; Balinski 1970; Picard 1976). Only the
//! costs depend on lambda, so optimal selections are nested (Gallo, Grigoriadis and Tarjan 1989), and one number per
//! decision describes the optimum at every lambda. Among equally good selections the smallest is meant.
//!
//! # A guide
//!
//! 1. State a program with [`SelectionProgram::builder`]. [`quantise`] turns real gains and costs into integers; it is
//!    the only place where numbers are rounded. [`ResourceMerger`] merges resources with the same users.
//! 2. Solve it. This crate contains only [`brute_force`], the specification; solvers are in `secateur-selection`.
//! 3. Check the answer. [`verify_path`] checks a [`Path`] and [`verify_solution`] a [`Solution`] by their [`Flow`]; the
//!    page of [`verify_path`]'s module proves why a flow is enough. [`optimal_range`] finds all optimal selections
//!    between a smallest and a largest one.
//!
//! ```
//! use secateur_program::{Multiplier, SelectionProgram, brute_force_path};
//!
//! let mut builder = SelectionProgram::builder();
//! let (a, b) = (builder.decision(6), builder.decision(4));
//! let shared = builder.resource(5);
//! builder.requires(b, a).uses(a, shared).uses(b, shared);
//! let program = builder.build()?;
//!
//! let path = brute_force_path(&program);
//! assert_eq!(path.threshold(a), Multiplier::new(10, 5).unwrap()); // 6 + 4 gained for 5 paid
//! assert_eq!(path.totals_at(Multiplier::new(1, 1).unwrap()), (10, 5)); // gain and cost at lambda = 1
//! # Ok::<(), secateur_program::BuildError>(())
//! ```
//!
//! Programs are written as text with [`write()`] and read with [`read`]; [`export`] has the formats of other solvers.
//! Hard limits on what a selection uses are a [`Limit`] each; they break total unimodularity. Long work takes a
//! [`Control`], and says with a [`Status`] how it ended.
//!
//! # What always holds
//!
//! - After [`quantise`] everything is integer arithmetic. The absolute gains, and the costs, sum to at most `i64::MAX`.
//! - A [`Selection`] is closed. A [`Path`] has strictly decreasing thresholds.
//! - The verifier calls no solver.

mod brute_force;
mod builder;
mod certificate;
mod control;
pub mod export;
mod format;
mod limit;
mod merge;
mod multiplier;
mod path;
mod program;
mod quantise;
mod rows;
mod selection;
mod solution;
mod status;
#[cfg(feature = "testing")]
pub mod testing;
mod ties;
mod transpose;
mod verify;

pub use brute_force::{BRUTE_FORCE_LIMIT, brute_force, brute_force_path, brute_force_within};
pub use builder::{BuildError, ProgramBuilder};
pub use certificate::{Amounts, Flow};
pub use control::{Control, Progress, Stop};
pub use format::{FormatError, ReadProgram, Rounded, read, read_rounded, write};
pub use limit::{Limit, LimitError};
pub use merge::{MergeOverflow, ResourceMerger};
pub use multiplier::{Multiplier, NotAMultiplier};
pub use path::{Breakpoint, Path, PathError};
pub use program::{DecisionId, ResourceId, SelectionProgram};
pub use quantise::{QuantiseError, Quantised, Scale, quantise};
pub use rows::CompressedRows;
pub use selection::{Selection, SelectionError};
pub use solution::Solution;
pub use status::Status;
pub use ties::optimal_range;
pub use verify::{VerifyError, dual_bound, objective, verify_path, verify_solution};

/// What the README shows is compiled and run with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
