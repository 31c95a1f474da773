//! The trees that a cut starts from, by one greedy pass.
//!
//! Decisions are taken children first. Each pays for its resources as long as its excess lasts, and sends the rest to
//! its parent: a gain should first be spent where its own decision can reach, before it moves on to where others can as
//! well. In a single tree in which no two decisions of a path use the same resource, this is already a maximum flow.
//! Over many trees it leaves a few per cent of the flow to the pseudoflow algorithm. O(pairs).

use secateur_program::CompressedRows;

use crate::amount::Amount;
use crate::forest::NONE;
use crate::pseudoflow::Basis;

/// The trees of the greedy flow. Decisions are nodes `0..pairs.n_rows()`, parents before children.
///
/// There are no cycles: a node is a root at the moment when it is hung under another, and the other is in another tree.
pub(crate) fn greedy_basis<A: Amount>(pairs: &CompressedRows, supply: &[A]) -> Basis {
    let zero = A::default();
    let mut excess = supply.to_vec();
    let mut basis = Basis { parent: vec![NONE; supply.len()], up: vec![false; supply.len()] };
    for v in (0..pairs.n_rows()).rev() {
        for &head in pairs.row(v) {
            let h = head as usize;
            if excess[v] <= zero {
                break;
            }
            let wanted = -excess[h];
            let resource = h >= pairs.n_rows();
            if resource && wanted <= zero {
                continue; // the resource is paid in full already
            }
            if resource && excess[v] > wanted {
                // The resource is paid in full and hangs under its payer.
                (basis.parent[h], basis.up[h]) = (v as u32, false);
                excess[v] -= wanted;
                excess[h] = zero;
            } else {
                (basis.parent[v], basis.up[v]) = (head, true);
                let all = excess[v];
                excess[h] += all;
                excess[v] = zero;
            }
        }
    }
    basis
}
