//! LightGBM's three notions of a missing value, as a threshold and a direction.
//!
//! A [`Forest`](secateur_forest::Forest) goes left iff `x <= threshold`, and sends NaN in a direction of its own, together with
//! zeros or not. With z = 1e-35 (in single precision) LightGBM means:
//!
//! | missing | NaN | `|x| <= z` | other x |
//! |---|---|---|---|
//! | nothing | as 0 | `x <= t` | `x <= t` |
//! | zeros | default | default | `x <= t` |
//! | NaN | default | `x <= t` | `x <= t` |
//!
//! Where nothing is missing, NaN is given the direction that 0 takes.

use secateur_forest::MissingDirection;

/// Bit of a split on categories.
pub(super) const CATEGORICAL: u8 = 1;
/// The types of splits on categories as LightGBM writes them after training with and without missing values.
pub(super) const CATEGORICAL_NAN: u8 = CATEGORICAL | NAN_IS_MISSING;
pub(super) const CATEGORICAL_NOTHING: u8 = CATEGORICAL;
const DEFAULT_LEFT: u8 = 2;
const ZERO_IS_MISSING: u8 = 1 << 2;
const NAN_IS_MISSING: u8 = 2 << 2;

/// Where missing values go at a numerical split, from what `decision_type` says beside the bit for categories; `None` if there is
/// no such type.
pub(super) fn direction(threshold: f64, decision: u8) -> Option<MissingDirection> {
    use MissingDirection::{Left, Right, ZeroLeft, ZeroRight};
    let toward = |left: bool, directions: [MissingDirection; 2]| directions[usize::from(!left)];
    let default_left = decision & DEFAULT_LEFT != 0;
    match decision & !DEFAULT_LEFT {
        0 => Some(toward(0.0 <= threshold, [Left, Right])),
        ZERO_IS_MISSING => Some(toward(default_left, [ZeroLeft, ZeroRight])),
        NAN_IS_MISSING => Some(toward(default_left, [Left, Right])),
        _ => None,
    }
}

/// Whether this is a type of splits on categories. Where missing values go it does not matter: always right.
pub(super) fn categorical(decision: u8) -> bool {
    decision & CATEGORICAL != 0 && direction(0.0, decision & !CATEGORICAL).is_some()
}

/// The `decision_type` of a split on numbers. A model that refuses missing values lets LightGBM compare them as 0.
pub(super) fn decision(missing: MissingDirection) -> u8 {
    match missing {
        MissingDirection::Left => NAN_IS_MISSING | DEFAULT_LEFT,
        MissingDirection::Right => NAN_IS_MISSING,
        MissingDirection::ZeroLeft => ZERO_IS_MISSING | DEFAULT_LEFT,
        MissingDirection::ZeroRight => ZERO_IS_MISSING,
        MissingDirection::Refuse => DEFAULT_LEFT,
    }
}
