//! Solvers of the selection program.
//!
//! | | |
//! |---|---|
//! | [`solve_path`] | the optimal selection for every lambda at once, with a certificate that [`secateur_program::verify_path`] checks without any solver |
//! | [`solve_at`] | one lambda: one cut |
//! | [`primal_dual_at`], [`primal_dual_path`] | the same answers approached from two sides, with a gap, pass by pass, in shards |
//! | [`solve_within`], [`solve_within_each`] | the most gain within hard limits, with a proven gap |
//!
//! ```
//! use secateur_program::{Control, Multiplier, SelectionProgram, verify_path};
//! use secateur_selection::solve_path;
//!
//! let mut builder = SelectionProgram::builder();
//! let (cheap, dear) = (builder.decision(6), builder.decision(6));
//! let (r, s) = (builder.resource(2), builder.resource(12));
//! builder.uses(cheap, r).uses(dear, s);
//! let program = builder.build()?;
//!
//! let solution = solve_path(&program, &Control::new());
//! assert_eq!(solution.path.threshold(cheap), Multiplier::new(3, 1).unwrap());
//! assert_eq!(solution.path.threshold(dear), Multiplier::new(1, 2).unwrap());
//! verify_path(&program, &solution.path, &solution.flow)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
    Completion, Method, IterationRecord, PrimalDual, PrimalDualOptions, PrimalDualPath, PrimalDualSolution, primal_dual_at,
    primal_dual_path,
};
