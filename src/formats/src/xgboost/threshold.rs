//! Strict comparisons in single precision, as thresholds.
//!
//! XGBoost goes left iff `x < t`, both in single precision. A [`Forest`](secateur_forest::Forest) of single precision
//! goes left iff `x <= threshold`: the threshold is the number before `t`. Infinite thresholds are the largest
//! numbers of their sign in a forest; no value that either model takes lies beyond.

/// The threshold of a split at `condition`: O(1).
pub(super) fn threshold(condition: f32) -> f64 {
    f64::from(condition.next_down())
}

/// As [`threshold`], as a forest stores it.
pub(super) fn stored(condition: f32) -> f64 {
    threshold(condition).clamp(f64::MIN, f64::MAX)
}

/// The condition whose values in single precision go left at this threshold and no others.
pub(super) fn condition(threshold: f64) -> f32 {
    let near = threshold as f32;
    let below = if f64::from(near) > threshold { near.next_down() } else { near };
    // The successor of the largest negative number is -0, which is compared as 0 and written as such.
    below.next_up() + 0.0
}
