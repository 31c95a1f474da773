//! A first flow by one pass, deepest decisions first.
//!
//! A gain is best spent on resources that only its own decision reaches before it moves on to the parent. So decisions are
//! taken children first; each pays for its resources while what it has lasts, and passes the rest to its parent.
//! In a single tree, where a resource meets at most one decision on any path, this is already a maximum flow; over many
//! trees it leaves a few per cent for the pseudoflow to find. O(pairs).

use crate::amount::Amount;
use crate::pairs::Pairs;
use crate::pseudoflow::Basis;

const NONE: u32 = u32::MAX;

/// The trees of the greedy flow. Decisions are nodes `0..pairs.tails()`, parents before children.
///
/// Invariant: whatever is hung under another node is a root at that moment, and so is its new parent's tree a different one;
/// hence no cycles.
pub(crate) fn greedy_basis<A: Amount>(pairs: &Pairs, supply: &[A]) -> Basis {
    let zero = A::default();
    let mut left = supply.to_vec();
    let mut basis = Basis { parent: vec![NONE; supply.len()], up: vec![false; supply.len()] };
    for v in (0..pairs.tails()).rev() {
        for &head in pairs.of(v) {
            let h = head as usize;
            if left[v] <= zero {
                break;
            }
            let wanted = -left[h];
            let resource = h >= pairs.tails();
            if resource && wanted <= zero {
                continue; // paid in full already
            }
            if resource && left[v] > wanted {
                // The resource is paid in full and hangs under its payer.
                (basis.parent[h], basis.up[h]) = (v as u32, false);
                left[v] -= wanted;
                left[h] = zero;
            } else {
                (basis.parent[v], basis.up[v]) = (head, true);
                let all = left[v];
                left[h] += all;
                left[v] = zero;
            }
        }
    }
    basis
}
