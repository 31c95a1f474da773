//! Solvers of the selection program that [`secateur_program`] states.
//!
//! # One lambda, or all of them
//!
//! A selection program prices its costs at lambda. [`solve_at`] solves it at one lambda, as a minimum cut;
//! [`solve_path`] solves it for every lambda at once. Both answers come with a flow that proves them, in integers and
//! without the solver.
//!
//! ```
//! use secateur_program::{Control, Multiplier, SelectionProgram, verify_path};
//! use secateur_selection::{solve_at, solve_path};
//!
//! let mut builder = SelectionProgram::builder();
//! let (cheap, dear) = (builder.decision(6), builder.decision(6));
//! let (r, s) = (builder.resource(2), builder.resource(12));
//! builder.uses(cheap, r).uses(dear, s);
//! let program = builder.build()?;
//!
//! // Every decision has a threshold: it is selected at every lambda below it.
//! let path = solve_path(&program, &Control::new());
//! assert_eq!(path.path.threshold(cheap), Multiplier::new(3, 1)?); // 6 gained for 2 paid
//! assert_eq!(path.path.threshold(dear), Multiplier::new(1, 2)?); // 6 gained for 12 paid
//! verify_path(&program, &path.path, &path.flow)?;
//!
//! let at_one = solve_at(&program, Multiplier::new(1, 1)?, &Control::new());
//! assert_eq!((at_one.gain, at_one.cost, at_one.is_proven()), (6, 2, true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A hard budget
//!
//! [`solve_within`] looks for the most gain within hard limits, also within several at once, and [`solve_within_each`]
//! within one budget after the other. The problem is NP-hard, so the answer has a bound and a gap, which small programs
//! close.
//!
//! ```
//! # use secateur_program::{Control, Limit, SelectionProgram};
//! # use secateur_selection::{BudgetOptions, solve_within};
//! # let mut builder = SelectionProgram::builder();
//! # let (cheap, dear) = (builder.decision(6), builder.decision(6));
//! # let (r, s) = (builder.resource(2), builder.resource(12));
//! # builder.uses(cheap, r).uses(dear, s);
//! # let program = builder.build()?;
//! let budget = Limit::on_cost(&program, 13)?;
//! let best = solve_within(&program, &[budget], &BudgetOptions::default(), &Control::new());
//! assert_eq!((best.gain, best.cost, best.gap()), (6, 2, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Bounds that improve with time
//!
//! [`primal_dual_at`] and [`primal_dual_path`] approach the same answers from two sides, with a gap after every
//! iteration. They hold little beside the program: 12 bytes per pair, in shards of resources that exchange nothing but
//! sums. [`PrimalDual`] goes from lambda to lambda and starts each from the last.
//!
//! # What all solvers have in common
//!
//! - Gains, costs and flows are integers. Flows are counted in 64 bits where the sums of a block fit, and in 128 bits
//!   otherwise; nothing wraps.
//! - Among equally good selections the exact solvers find the smallest. It is unique, so thresholds do not depend on
//!   the order of the input. No answer depends on the number of threads, to the last byte.
//! - A time limit, a cancellation or an iteration limit is a status, not an error. Whatever stops a solver, its
//!   selections are closed, its totals are true, and its bound holds.
//!
//! # How it works
//!
//! | module | content |
//! |---|---|
//! | `parametric` | the path: nesting, blocks and their balance, with proofs and an example |
//! | `pseudoflow`, `greedy` | one cut: the pseudoflow algorithm with lowest labels, and the flow that it starts from |
//! | `forest`, `ends` | decisions as a forest and its best closed set; lambda = 0 and infinity without a cut |
//! | `reduce`, `whole`, `merged`, `refine`, `transpose` | from a program to the block that cuts work on, and back |
//! | `primal_dual` | the subgradient method, the splitting method, and the exact finish |
//! | `budgeted` | hard limits: the Lagrangian bound, filling, oscillation, branch and bound |

mod amount;
mod at;
mod block;
mod budgeted;
mod ends;
mod forest;
mod greedy;
mod merged;
mod parametric;
mod primal_dual;
mod pseudoflow;
mod reduce;
mod refine;
mod transpose;
mod whole;

pub use at::solve_at;
pub use budgeted::{BudgetOptions, BudgetStats, BudgetedSolution, solve_within, solve_within_each};
pub use parametric::{PathSolution, PathStats, solve_path};
pub use primal_dual::{
    Completion, IterationRecord, Method, PrimalDual, PrimalDualOptions, PrimalDualPath, PrimalDualSolution,
    primal_dual_at, primal_dual_path,
};
