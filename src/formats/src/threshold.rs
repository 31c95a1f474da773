//! Thresholds of one precision, said in the other, so that every value goes the same way.

/// The largest number of single precision that is at most `threshold`: for values of single precision `x <= threshold`
/// means `x <= single(threshold)`. Negative infinity below all finite ones.
pub(crate) fn single(threshold: f64) -> f32 {
    let nearest = threshold as f32;
    if f64::from(nearest) > threshold { nearest.next_down() } else { nearest }
}

/// The largest double that is at most `threshold` once it is rounded to single precision: `x as f32 <= threshold` means
/// `x <= double(threshold)`.
///
/// Between two neighbours of single precision the border lies in the middle, which a double holds exactly; the middle
/// itself is rounded to the one whose last bit is even.
pub(crate) fn double(threshold: f64) -> f64 {
    let below = single(threshold);
    if below == f32::INFINITY {
        return threshold;
    }
    let above = match below.next_up() {
        // Where rounding gives infinity: from the middle to what would be the next number on.
        f32::INFINITY => 2.0f64.powi(128),
        above => f64::from(above),
    };
    let below = if below == f32::NEG_INFINITY { -2.0f64.powi(128) } else { f64::from(below) };
    let middle = below / 2.0 + above / 2.0;
    if f64::from(middle as f32) <= threshold { middle } else { middle.next_down() }
}

#[cfg(test)]
mod tests {
    use super::{double, single};

    fn thresholds() -> Vec<f64> {
        let singles = [0.0f32, 1.0, 1.5, 3.3, 1e-45, 1e-40, 1.1754944e-38, 1e30, f32::MAX];
        let doubles = [1e-50, 0.1, 2.5000000001, 1e39, 3.4028235677973366e38, 1e300, f64::MAX, f64::INFINITY];
        let near = |x: f64| [x.next_down(), x, x.next_up()];
        let all = singles.into_iter().map(f64::from).chain(doubles).flat_map(near);
        all.flat_map(|x| [x, -x]).filter(|x| !x.is_nan()).collect()
    }

    #[test]
    fn values_of_single_precision_go_the_same_way() {
        for threshold in thresholds() {
            let found = single(threshold);
            for value in [found, found.next_up(), found.next_down(), 0.0, -0.0] {
                assert_eq!(f64::from(value) <= threshold, value <= found, "{value} at {threshold:e}");
            }
        }
    }

    #[test]
    fn doubles_go_the_way_of_their_rounded_value() {
        for threshold in thresholds() {
            let found = double(threshold);
            for value in [found, found.next_up(), found.next_down(), threshold, f64::MAX, f64::INFINITY, 0.0, -0.0] {
                for value in [value, -value] {
                    let rounded = f64::from(value as f32);
                    assert_eq!(rounded <= threshold, value <= found, "{value:e} at {threshold:e}");
                }
            }
        }
    }
}
