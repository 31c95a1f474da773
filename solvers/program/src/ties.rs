//! All optimal selections at one lambda lie between a smallest and a largest one, and any optimal flow shows both.
//!
//! A flow is optimal if some selection attains its [`dual_bound`]. Given an optimal flow f, complementary slackness
//! says that a selection (x, y) is optimal iff
//!
//! ```text
//! x_v = 1 where v has excess left over            x_v = 0 where v has a deficit
//! y_r = 1 where r is overfull                     y_r = 0 where r has room: inflow < lambda c_r
//! x_v <= x_p, x_v <= y_r on every pair, with equality where the pair carries flow
//! ```
//!
//! Read as implications these are arcs: v -> p and v -> r always, p -> v and r -> v where the pair carries flow. So
//!
//! - the **smallest** optimum is what can be reached from decisions with excess (and overfull resources);
//! - the **largest** is the complement of what can reach a decision with a deficit or a resource with room.
//!
//! These are the minimal and the maximal minimum cut (Picard and Queyranne 1980). Which optimal flow is given does not
//! matter.

use crate::certificate::Flow;
use crate::multiplier::Multiplier;
use crate::program::{DecisionId, ResourceId, SelectionProgram};
use crate::selection::Selection;
use crate::transpose::Transpose;
use crate::verify::{Excesses, VerifyError, dual_bound, objective};

/// The smallest and the largest optimal selection at `lambda`, by an optimal flow in units of `1/den`. Every optimal
/// selection contains the first and is contained in the second.
///
/// # Errors
/// [`VerifyError::Gap`] for a flow that is not optimal; others for one that is malformed.
///
/// # Complexity
/// O(D + R + U).
pub fn optimal_range(
    program: &SelectionProgram,
    lambda: Multiplier,
    flow: &Flow,
) -> Result<(Selection, Selection), VerifyError> {
    let Excesses { decisions, resources } = Excesses::new(program, lambda, flow)?;
    let residual = Residual { program, flow, heads: Transpose::new(program) };
    let excesses = || decisions.iter().chain(&resources);
    let must = residual.reached(excesses().map(|&excess| excess > 0), Direction::Forward);
    let cannot = residual.reached(excesses().map(|&excess| excess < 0), Direction::Backward);
    let can = cannot.into_iter().map(|cannot| !cannot).collect();
    let smallest = Selection::new(program, must).expect("what is reached along requires pairs is closed");
    let largest = Selection::new(program, can).expect("the complement of what reaches its targets backwards is closed");
    // The flow is optimal iff no two implications contradict each other, that is iff this selection attains its bound.
    let (objective, bound) = (objective(program, &smallest, lambda), dual_bound(program, lambda, flow)?);
    if objective == bound { Ok((smallest, largest)) } else { Err(VerifyError::Gap { objective, bound }) }
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Forward,
    Backward,
}

struct Residual<'a> {
    program: &'a SelectionProgram,
    flow: &'a Flow,
    heads: Transpose,
}

impl Residual<'_> {
    /// The decisions that can be reached from the nodes marked as starts, along arcs or against them. Nodes are the
    /// decisions, then the resources.
    fn reached(&self, starts: impl Iterator<Item = bool>, direction: Direction) -> Vec<bool> {
        let Self { program, flow, heads } = self;
        let n = program.n_decisions();
        let mut reached: Vec<bool> = starts.collect();
        let mut open: Vec<usize> = (0..reached.len()).filter(|&node| reached[node]).collect();
        // Forwards: from tail to head always, from head to tail where the pair carries flow. Backwards the reverse.
        let to_head = |amount: i128| direction == Direction::Forward || amount > 0;
        let to_tail = |amount: i128| direction == Direction::Backward || amount > 0;
        while let Some(node) = open.pop() {
            let mut reach = |node: usize, open_arc: bool| {
                if open_arc && !std::mem::replace(&mut reached[node], true) {
                    open.push(node);
                }
            };
            if let Some(r) = node.checked_sub(n) {
                let users = heads.users(ResourceId(r as u32));
                users.for_each(|(user, pair)| reach(user.index(), to_tail(flow.uses.get(pair))));
                continue;
            }
            let v = DecisionId(node as u32);
            if let Some(parent) = program.parent(v) {
                reach(parent.index(), to_head(flow.requires.get(node)));
            }
            for child in heads.children(v) {
                reach(child.index(), to_tail(flow.requires.get(child.index())));
            }
            for (pair, r) in program.use_range(v).zip(program.uses(v)) {
                reach(n + r.index(), to_head(flow.uses.get(pair)));
            }
        }
        reached.truncate(n);
        reached
    }
}

#[cfg(test)]
mod tests;
