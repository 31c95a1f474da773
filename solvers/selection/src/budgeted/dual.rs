//! The Lagrangian bound of several limits.
//!
//! The dual function, the bound as a function of the multipliers of the limits, is convex. Along one direction of
//! multipliers its minimum is given exactly by the path of the surrogate, the combination of the limits in that
//! direction. The search over directions is by multiplicative weights. At the minimum along a direction, some convex
//! combination of the two neighbouring hull points uses the surrogate exactly. Limits that this combination breaks get
//! more weight, limits that it does not use up get less. Directions are proposed in floating point, but every bound is
//! exact, and so is the best of them.

use secateur_program::{Control, Multiplier, Status};

use super::core::Core;
use super::part::{Classes, Part};
use super::set::Set;
use super::surrogate::{MOST_PART, Surrogate};

/// The best bound found, with its multipliers and its path.
pub(super) struct Dual {
    pub(super) surrogate: Surrogate,
    pub(super) bound: i64,
    pub(super) multipliers: Vec<Multiplier>,
    pub(super) classes: Classes,
    /// Paths solved.
    pub(super) paths: u64,
}

/// Bounds the gain of all sets of decisions of `part`, by one path per limit and, with several limits, up to
/// `directions` more. `None` if the first path was stopped.
pub(super) fn dual(core: &Core<'_>, part: &Part, directions: u32, control: &Control) -> Option<Dual> {
    let k = core.n_limits();
    let single = |limit: usize| (0..k).map(|other| if other == limit { 1.0 } else { 0.0 }).collect::<Vec<f64>>();
    let mut best: Option<Dual> = None;
    let mut paths = 0;
    // Returns by what fraction of itself each limit is exceeded at the minimum along the direction.
    let mut attempt = |weights: &[f64]| -> Option<Vec<f64>> {
        let surrogate = Surrogate::new(core, parts(weights));
        let classes = part.classes(core, &Set::empty(core), &surrogate, None, control);
        if classes.status != Status::Optimal {
            return None;
        }
        paths += 1;
        let (bound, lambda) = classes.bound(surrogate.most);
        let excess = classes.mix(surrogate.most).into_iter().zip(&core.most);
        let excess = excess.map(|(used, &most)| (used - most as f64) / most.max(1) as f64).collect();
        if best.as_ref().is_none_or(|best| bound < best.bound) {
            let multipliers = surrogate.multipliers(lambda);
            best = Some(Dual { surrogate, bound, multipliers, classes, paths: 0 });
        }
        Some(excess)
    };
    if k == 1 {
        attempt(&[1.0]);
    } else {
        let mut weights: Vec<f64> =
            core.most.iter().map(|&most| if most == 0 { 0.0 } else { 1.0 / most as f64 }).collect();
        for step in 0..directions {
            let Some(excess) = attempt(&weights) else { break };
            if excess.iter().all(|excess| *excess <= 1e-6) {
                break; // the combination keeps every limit, so no direction gives a better bound
            }
            let rate = 2.0 / (1.0 + 0.3 * f64::from(step));
            weights
                .iter_mut()
                .zip(&excess)
                .for_each(|(weight, excess)| *weight *= (rate * excess.clamp(-1.0, 1.0)).exp());
        }
        for limit in 0..k {
            if attempt(&single(limit)).is_none() {
                break;
            }
        }
    }
    best.map(|best| Dual { paths, ..best })
}

/// Integers in `0..=MOST_PART` in the ratio of the weights; all ones if all weights are zero.
fn parts(weights: &[f64]) -> Vec<i64> {
    let largest = weights.iter().copied().fold(0.0, f64::max);
    if weights.len() == 1 || largest.is_nan() || largest <= 0.0 || largest.is_infinite() {
        return vec![1; weights.len()];
    }
    let parts: Vec<i64> = weights.iter().map(|weight| (weight / largest * MOST_PART as f64).round() as i64).collect();
    if parts.iter().all(|part| *part == 0 || *part == MOST_PART) {
        return parts.iter().map(|part| part / MOST_PART).collect();
    }
    parts
}
