//! The selection program as a [petgraph](https://docs.rs/petgraph) graph: for its algorithms, for pictures, and as an
//! oracle.
//!
//! Nodes are the decisions (gain g_v) and the resources (cost c_r), edges the pairs "v requires p" and "v uses r", from
//! v.
//!
//! - [`graph()`] gives that graph;
//! - [`dot()`] draws it in the DOT language of Graphviz, with a selection or a path in colour;
//! - [`solve_flow`] solves one lambda by petgraph's maximum flow: an oracle that shares no code with the exact solvers.
//!
//! ```
//! use secateur_graph::{Picture, dot, solve_flow};
//! use secateur_program::{Multiplier, SelectionProgram, verify_solution};
//!
//! let mut builder = SelectionProgram::builder();
//! let (a, b) = (builder.decision(6), builder.decision(4));
//! let shared = builder.resource(5);
//! builder.requires(b, a).uses(a, shared).uses(b, shared);
//! let program = builder.build()?;
//!
//! let lambda = Multiplier::new(3, 2)?;
//! let solution = solve_flow(&program, lambda);
//! assert_eq!(verify_solution(&program, lambda, &solution.selection, &solution.flow)?, 2 * 10 - 3 * 5);
//!
//! let mut text = Vec::new();
//! dot(&program, Picture::Selection(&solution.selection), &mut text)?;
//! assert!(text.starts_with(b"digraph {"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod dot;
mod flow;
mod graph;

pub use dot::{Picture, dot};
pub use flow::solve_flow;
pub use graph::{Node, Pair, ProgramGraph, graph};
