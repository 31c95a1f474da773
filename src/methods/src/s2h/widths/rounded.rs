//! Widths rounded one by one.

use secateur_program::Status;

use super::{WidthChoice, WidthTable};
use crate::MethodError;

impl WidthTable {
    /// Every wanted width up to the next candidate, as the published method has it; then, while that exceeds the
    /// budget, one candidate down where least is lost per cost saved.
    ///
    /// # Arguments
    /// * `wanted`: per group, any numbers.
    ///
    /// # Errors
    /// As [`WidthTable::within`]; [`MethodError::Number`] for another number of widths.
    ///
    /// # Complexity
    /// O(steps down times groups times products of the cost).
    pub fn ceil_then_trim(&self, wanted: &[f64], budget: f64) -> Result<WidthChoice, MethodError> {
        self.check(budget)?;
        if wanted.len() != self.groups.len() {
            let expected = self.groups.len().to_string();
            return Err(MethodError::Number { what: "number of widths".into(), value: wanted.len() as f64, expected });
        }
        let up = |(own, wanted): (&super::GroupWidths, &f64)| {
            own.counts.iter().position(|count| *count as f64 >= *wanted).unwrap_or(own.counts.len() - 1)
        };
        let mut levels: Vec<usize> = self.groups.iter().zip(wanted).map(up).collect();
        loop {
            let choice = self.choice(&levels, Status::WithinTolerance);
            if choice.cost <= budget {
                return Ok(choice);
            }
            let lost_per_saved = |group: &usize| {
                let mut fewer = levels.clone();
                fewer[*group] -= 1;
                let fewer = self.choice(&fewer, Status::WithinTolerance);
                (fewer.loss - choice.loss) / (choice.cost - fewer.cost).max(f64::MIN_POSITIVE)
            };
            let group = (0..levels.len())
                .filter(|group| levels[*group] > 0)
                .min_by(|a, b| lost_per_saved(a).total_cmp(&lost_per_saved(b)))
                .expect("the narrowest widths keep the budget");
            levels[group] -= 1;
        }
    }

    /// The same fraction of every group, down to the next candidate: the largest that keeps a budget.
    ///
    /// # Errors
    /// As [`WidthTable::within`].
    ///
    /// # Complexity
    /// O(candidates times products of the cost).
    pub fn uniform(&self, budget: f64) -> Result<WidthChoice, MethodError> {
        self.check(budget)?;
        let fraction = |own: &super::GroupWidths, level: usize| own.counts[level] as f64 / own.order.len() as f64;
        let mut fractions: Vec<f64> =
            self.groups.iter().flat_map(|own| (0..own.counts.len()).map(|level| fraction(own, level))).collect();
        fractions.sort_by(f64::total_cmp);
        let at = |wanted: f64| {
            let down = |own: &super::GroupWidths| {
                (0..own.counts.len()).rev().find(|level| fraction(own, *level) <= wanted).unwrap_or(0)
            };
            self.choice(&self.groups.iter().map(down).collect::<Vec<_>>(), Status::WithinTolerance)
        };
        let within = fractions.iter().rev().map(|wanted| at(*wanted)).find(|choice| choice.cost <= budget);
        Ok(within.unwrap_or_else(|| at(0.0)))
    }
}
