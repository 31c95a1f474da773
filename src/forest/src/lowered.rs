//! A forest as a selection program, and which decision is which node.

use secateur_program::SelectionProgram;

/// A forest as a selection program.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// The program. Its gains are mean losses, its costs mean costs per example (see [`secateur_program::Scale`]).
    pub program: SelectionProgram,
    /// The node that each decision stands for, ascending.
    pub nodes: Vec<u32>,
    /// Mean loss when every tree is pruned to its root.
    pub root_loss: f64,
    /// Whether gains and costs went into integers without rounding.
    pub exact: bool,
}
