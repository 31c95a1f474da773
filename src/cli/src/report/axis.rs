//! An axis: a range of values, ticks at round numbers, and what stands at them.

use super::text::{exponent, fixed, number, power_of_ten};

/// How the values of an axis are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// As they are.
    Plain,
    /// Shares, as percentages.
    Percent,
    /// Counts: ticks at whole numbers only.
    Count,
    /// Decimal logarithms of what stands at the ticks, which are powers of ten.
    Logarithm,
}

/// One axis. Every value has a place on it: those outside the range, and those that are no numbers, at its ends.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    lo: f64,
    hi: f64,
    ticks: Vec<f64>,
    /// Values times this are written at the ticks.
    factor: f64,
    decimals: usize,
    /// Power of ten that was taken out of the ticks.
    power: i32,
    unit: Unit,
}

impl Axis {
    /// An axis over `lo..=hi` with about `n_ticks` ticks.
    pub(super) fn new(lo: f64, hi: f64, n_ticks: usize, unit: Unit) -> Self {
        let (lo, hi) = drawable(lo, hi);
        Self::with_step(lo, hi, tick_step(hi - lo, n_ticks, unit), unit)
    }

    /// An axis from zero, or from near `lo` if the values are far from zero, that begins and ends at ticks.
    pub(super) fn of_values(lo: f64, hi: f64, n_ticks: usize, unit: Unit) -> Self {
        let (lo, hi) = drawable(lo, hi);
        let lo = if lo >= 0.0 && lo <= 0.5 * hi { 0.0 } else { lo };
        let step = tick_step(hi - lo, n_ticks, unit);
        Self::with_step((lo / step + 1e-6).floor() * step, (hi / step - 1e-6).ceil() * step, step, unit)
    }

    /// An axis over whole powers of ten, of values that are decimal logarithms.
    pub(super) fn of_logarithms(lo: f64, hi: f64) -> Self {
        let lo = if lo.is_finite() { lo.clamp(-300.0, 300.0).floor() } else { 0.0 };
        let hi = if hi.is_finite() { hi.clamp(-300.0, 300.0).ceil().max(lo + 1.0) } else { lo + 1.0 };
        Self::with_step(lo, hi, tick_step(hi - lo, 8, Unit::Logarithm), Unit::Logarithm)
    }

    fn with_step(lo: f64, hi: f64, step: f64, unit: Unit) -> Self {
        let first = (lo / step - 1e-6).ceil();
        let n_steps = ((hi / step + 1e-6).floor() - first).clamp(0.0, 50.0) as usize;
        let ticks: Vec<f64> = (0..=n_steps).map(|index| (first + index as f64) * step).collect();
        let written = if unit == Unit::Percent { 100.0 } else { 1.0 };
        let size = lo.abs().max(hi.abs()) * written;
        let whole = matches!(unit, Unit::Count | Unit::Logarithm);
        let power = if (1e-2..1e5).contains(&size) || whole { 0 } else { exponent(size) };
        let factor = written * 10f64.powi(-power);
        let decimals = (-exponent(step * factor)).clamp(0, 8) as usize;
        Self { lo, hi, ticks, factor, decimals, power, unit }
    }

    /// Lower end.
    pub(super) fn lo(&self) -> f64 {
        self.lo
    }

    /// Upper end.
    pub(super) fn hi(&self) -> f64 {
        self.hi
    }

    /// Where a value lies, 0 at the lower and 1 at the upper end.
    pub(super) fn place(&self, value: f64) -> f64 {
        self.reach(value).clamp(0.0, 1.0)
    }

    /// Where a value lies, also off the axis, so that a line leaves the picture in its own direction.
    pub(super) fn reach(&self, value: f64) -> f64 {
        let place = (value - self.lo) / (self.hi - self.lo);
        if place.is_nan() { 0.0 } else { place.clamp(-100.0, 100.0) }
    }

    /// Whether a value lies on the axis.
    pub(super) fn covers(&self, value: f64) -> bool {
        (self.lo..=self.hi).contains(&value)
    }

    /// Places and labels of the ticks.
    pub(super) fn ticks(&self) -> impl Iterator<Item = (f64, String)> + '_ {
        let sign = if self.unit == Unit::Percent && self.power == 0 { "%" } else { "" };
        self.ticks.iter().map(move |&tick| {
            let decimals = if tick == 0.0 { 0 } else { self.decimals };
            if self.unit == Unit::Logarithm {
                let shown =
                    if (-3.0..=3.0).contains(&tick) { number(10f64.powf(tick)) } else { power_of_ten(tick as i32) };
                return (self.place(tick), shown);
            }
            (self.place(tick), format!("{}{sign}", fixed(tick * self.factor, decimals)))
        })
    }

    /// The axis title with the power of ten that the ticks leave out.
    pub(super) fn title(&self, title: &str) -> String {
        match (self.power, self.unit) {
            (0, _) => title.to_owned(),
            (power, Unit::Percent) => format!("{title} (%, × {})", power_of_ten(power)),
            (power, _) => format!("{title} (× {})", power_of_ten(power)),
        }
    }
}

/// A range that has a length and can be computed with.
fn drawable(lo: f64, hi: f64) -> (f64, f64) {
    let size = lo.abs().max(hi.abs());
    if !(lo.is_finite() && hi.is_finite() && lo <= hi && (1e-200..1e200).contains(&size)) {
        (0.0, 1.0)
    } else if hi - lo > 1e-7 * size {
        (lo, hi)
    } else {
        (lo - 0.1 * size, hi + 0.1 * size)
    }
}

fn tick_step(span: f64, n_ticks: usize, unit: Unit) -> f64 {
    let step = round_step(span / n_ticks as f64);
    if matches!(unit, Unit::Count | Unit::Logarithm) { step.max(1.0) } else { step }
}

/// 1, 2 or 5 times a power of ten, the nearest to `step` in ratio.
pub(super) fn round_step(step: f64) -> f64 {
    let magnitude = 10f64.powf(step.log10().floor());
    let ratio = step / magnitude;
    let bounds = [(2f64.sqrt(), 1.0), (10f64.sqrt(), 2.0), (50f64.sqrt(), 5.0)];
    magnitude * bounds.into_iter().find(|(bound, _)| ratio < *bound).map_or(10.0, |(_, digit)| digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(labels(&Axis::new(0.0, 9.7, 5, Unit::Plain)), ["0", "2", "4", "6", "8"]);
        assert_eq!(labels(&Axis::of_values(0.031, 0.37, 5, Unit::Percent)), ["0%", "10%", "20%", "30%", "40%"]);
        assert_eq!(labels(&Axis::new(0.0, 3.0, 8, Unit::Count)), ["0", "1", "2", "3"]);
        assert_eq!(
            labels(&Axis::of_values(100.2, 100.9, 4, Unit::Plain)),
            ["100.2", "100.4", "100.6", "100.8", "101.0"]
        );
    }

    #[test]
    fn huge_and_tiny_values_lose_their_power_of_ten() {
        let axis = Axis::new(0.0, 4e12, 4, Unit::Plain);
        assert_eq!(labels(&axis), ["0", "1", "2", "3", "4"]);
        assert_eq!(axis.title("cost"), "cost (× 10¹²)");
        assert_eq!(Axis::new(0.0, 4e-9, 4, Unit::Plain).title("cost"), "cost (× 10⁻⁹)");
    }

    #[test]
    fn logarithms_have_powers_of_ten_at_their_ticks() {
        assert_eq!(labels(&Axis::of_logarithms(-1.3, 1.2)), ["0.01", "0.1", "1", "10", "100"]);
        assert_eq!(labels(&Axis::of_logarithms(4.5, 5.5)), ["10⁴", "10⁵", "10⁶"]);
        assert_eq!(labels(&Axis::of_logarithms(2.0, 2.0)), ["100", "1,000"]);
        assert_eq!(labels(&Axis::of_logarithms(f64::NAN, f64::INFINITY)), ["1", "10"]);
    }

    #[test]
    fn any_range_can_be_drawn() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -3.0, 5.0, f64::MAX, f64::MIN_POSITIVE, 1e-30];
        for lo in odd {
            for hi in odd {
                for unit in [Unit::Plain, Unit::Percent, Unit::Count] {
                    for axis in [Axis::new(lo, hi, 5, unit), Axis::of_values(lo, hi, 5, unit)] {
                        assert!(axis.ticks().count() <= 51);
                        assert!(odd.iter().all(|value| (0.0..=1.0).contains(&axis.place(*value))));
                        assert!(axis.ticks().all(|(_, label)| !label.contains(['N', 'i'])), "{axis:?}");
                    }
                }
            }
        }
    }
}
