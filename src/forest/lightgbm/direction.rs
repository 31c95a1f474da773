//! LightGBM's three notions of a missing value, as a threshold and a direction.
//!
//! A [`Forest`](crate::forest::Forest) goes left iff `x <= threshold`, and sends NaN in a direction of its own. With z = 1e-35 (in
//! single precision) LightGBM means:
//!
//! | missing | NaN | `|x| <= z` | other x |
//! |---|---|---|---|
//! | nothing | as 0 | `x <= t` | `x <= t` |
//! | zeros | default | default | `x <= t` |
//! | NaN | default | `x <= t` | `x <= t` |
//!
//! Zeros that go left are the threshold `max(t, z)` if all that lies below them goes left too. Zeros that go right, as does
//! what lies above them (`t <= z`), are the threshold `min(t, the number before -z)`. Otherwise zeros are cut out of the middle
//! of one side, which no threshold does.

use crate::forest::model::MissingDirection;

/// Values up to this size are zeros.
const ZERO: f32 = 1e-35;

/// What `decision_type` says, beside the bit for categories.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Split {
    /// Left iff `x <= threshold`, and where NaN goes.
    At(f64, MissingDirection),
    /// Zeros go that way, apart from what is around them.
    ZeroApart(&'static str),
    /// No such type.
    Unknown,
}

/// Bit of a split on categories.
pub(super) const CATEGORICAL: u8 = 1;
const DEFAULT_LEFT: u8 = 2;

/// Reads a numerical split.
pub(super) fn split(threshold: f64, decision: u8) -> Split {
    let toward = |left| if left { MissingDirection::Left } else { MissingDirection::Right };
    let default_left = decision & DEFAULT_LEFT != 0;
    let zero = f64::from(ZERO);
    let below = (-zero).next_down();
    match (decision >> 2, default_left) {
        (0, _) => Split::At(threshold, toward(0.0 <= threshold)),
        (1, true) if threshold < below => Split::ZeroApart("left"),
        (1, true) => Split::At(threshold.max(zero), MissingDirection::Left),
        (1, false) if threshold > zero => Split::ZeroApart("right"),
        (1, false) => Split::At(threshold.min(below), MissingDirection::Right),
        (2, left) => Split::At(threshold, toward(left)),
        _ => Split::Unknown,
    }
}

/// The `decision_type` of a split whose missing values are NaN. A model that refuses missing values lets LightGBM compare
/// them as 0.
pub(super) fn decision(missing: MissingDirection) -> u8 {
    match missing {
        MissingDirection::Left => 2 << 2 | DEFAULT_LEFT,
        MissingDirection::Right => 2 << 2,
        MissingDirection::Refuse => DEFAULT_LEFT,
    }
}
