//! The specification: every closed set is tried.
//!
//! Slow and obviously right; solvers are compared with it on tiny programs.

use crate::limit::Limit;
use crate::multiplier::Multiplier;
use crate::path::Path;
use crate::program::SelectionProgram;
use crate::selection::Selection;

/// Most decisions that [`brute_force`] and [`brute_force_path`] accept.
pub const BRUTE_FORCE_LIMIT: usize = 20;

/// Gain, cost and members of one closed set.
struct Closed {
    gain: i64,
    cost: i64,
    members: u32,
}

/// All closed sets of decisions, as bit masks.
fn closed_sets(program: &SelectionProgram) -> Vec<Closed> {
    let n = program.n_decisions();
    assert!(n <= BRUTE_FORCE_LIMIT, "brute force is for at most {BRUTE_FORCE_LIMIT} decisions, not {n}");
    let marked = |members: u32| (0..n).map(|v| members >> v & 1 == 1).collect::<Vec<bool>>();
    (0..1u32 << n)
        .filter_map(|members| {
            let selection = Selection::new(program, marked(members)).ok()?;
            Some(Closed { gain: selection.gain(program), cost: selection.cost(program), members })
        })
        .collect()
}

/// The smallest optimal selection at `lambda`, by enumeration: the intersection of all optimal ones (optimal selections
/// form a lattice).
///
/// # Panics
/// With more than [`BRUTE_FORCE_LIMIT`] decisions.
///
/// # Complexity
/// O(2^D (D + U)).
pub fn brute_force(program: &SelectionProgram, lambda: Multiplier) -> Selection {
    let value = |set: &Closed| {
        i128::from(lambda.den()) * i128::from(set.gain) - i128::from(lambda.num()) * i128::from(set.cost)
    };
    let sets = closed_sets(program);
    let best = sets.iter().map(value).max().expect("the empty set is closed");
    let smallest = sets.iter().filter(|set| value(set) == best).fold(u32::MAX, |all, set| all & set.members);
    let decisions = (0..program.n_decisions()).map(|v| smallest >> v & 1 == 1).collect();
    Selection::new(program, decisions).expect("an intersection of closed sets is closed")
}

/// The selection of most gain that keeps every limit, by enumeration; among several the cheapest, then the one whose
/// ids come first.
///
/// # Panics
/// With more than [`BRUTE_FORCE_LIMIT`] decisions, or limits of another program.
///
/// # Complexity
/// O(2^D (D + U)).
pub fn brute_force_within(program: &SelectionProgram, limits: &[Limit]) -> Selection {
    let n = program.n_decisions();
    let selection = |set: &Closed| {
        let decisions = (0..n).map(|v| set.members >> v & 1 == 1).collect();
        Selection::new(program, decisions).expect("the set is closed")
    };
    let mut sets = closed_sets(program);
    sets.sort_by(|a, b| {
        b.gain
            .cmp(&a.gain)
            .then(a.cost.cmp(&b.cost))
            .then(a.members.reverse_bits().cmp(&b.members.reverse_bits()).reverse())
    });
    let mut allowed = sets.iter().map(selection).filter(|set| limits.iter().all(|limit| limit.allows(set)));
    allowed.next().expect("limits are not negative, so the empty selection keeps them")
}

/// The whole path by enumeration: the upper hull of (cost, gain) over all closed sets, smallest set at each vertex.
///
/// # Panics
/// With more than [`BRUTE_FORCE_LIMIT`] decisions.
pub fn brute_force_path(program: &SelectionProgram) -> Path {
    let mut sets = closed_sets(program);
    // Cheapest first; among equal costs the best gain first.
    sets.sort_by(|a, b| a.cost.cmp(&b.cost).then(b.gain.cmp(&a.gain)));
    let smallest = |sets: &[Closed], gain: i64, cost: i64| {
        sets.iter().filter(|set| (set.gain, set.cost) == (gain, cost)).fold(u32::MAX, |all, set| all & set.members)
    };
    let mut thresholds = vec![Multiplier::ZERO; program.n_decisions()];
    let mut enter = |before: u32, now: u32, threshold| {
        for (v, slot) in thresholds.iter_mut().enumerate() {
            if now >> v & 1 == 1 && before >> v & 1 == 0 {
                *slot = threshold;
            }
        }
    };
    let (mut gain, mut cost) = (sets[0].gain, sets[0].cost);
    let mut members = smallest(&sets, gain, cost);
    enter(0, members, Multiplier::INFINITY);
    // Walk the hull: the next vertex is the steepest way up, and among equally steep ones the farthest.
    loop {
        let next = sets
            .iter()
            .filter(|set| set.gain > gain && set.cost > cost)
            .map(|set| {
                let slope = Multiplier::new(set.gain - gain, set.cost - cost).expect("both differences are positive");
                (slope, set.gain, set.cost)
            })
            .max();
        let Some((slope, next_gain, next_cost)) = next else { break };
        let larger = smallest(&sets, next_gain, next_cost);
        enter(members, larger, slope);
        (gain, cost, members) = (next_gain, next_cost, larger);
    }
    Path::from_thresholds(program, &thresholds)
}
