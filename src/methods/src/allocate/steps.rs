//! How many weights of a linear layer can go by a rule: masks are made of whole weights.

use secateur_neural::Network;

use crate::obs::SPARSE_GPT_BLOCK;
use crate::weights::Rule;

/// Counts that a rule can make of a linear layer. The published programs take an equal fraction of every row (Wanda),
/// of every block of columns (SparseGPT) or of the linear layer (magnitudes), rounded down, so that counts go in steps:
/// a weight per row, a weight per block, a weight.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    /// Weights that compete, and how many such parts there are.
    parts: Vec<(usize, usize)>,
}

impl Steps {
    /// Of a linear layer without weights there are none.
    pub(super) fn of(network: &Network, linear: &str, rule: Rule) -> Self {
        let shape = network.weights().shape(&format!("{linear}.weight")).unwrap_or(&[]);
        Self::new(rule, shape.first().copied().unwrap_or(0), shape.iter().skip(1).product())
    }

    pub(super) fn new(rule: Rule, rows: usize, columns: usize) -> Self {
        let parts = match rule {
            Rule::Magnitude => vec![(rows * columns, 1)],
            Rule::Wanda => vec![(columns, rows)],
            Rule::SparseGpt { .. } => {
                let block = SPARSE_GPT_BLOCK;
                vec![(block * rows, columns / block), (columns % block * rows, 1)]
            }
        };
        Self { parts }
    }

    /// Weights of the linear layer.
    pub(super) fn size(&self) -> usize {
        self.parts.iter().map(|(size, times)| size * times).sum()
    }

    /// Weights that stay at a fraction that goes.
    pub(super) fn kept(&self, fraction: f64) -> usize {
        self.size() - self.gone(fraction)
    }

    /// As masks are made.
    fn gone(&self, fraction: f64) -> usize {
        self.parts.iter().map(|(size, times)| (*size as f64 * fraction) as usize * times).sum()
    }

    /// The least fraction at which no more than so many stay.
    pub(super) fn fraction(&self, most: usize) -> f64 {
        match self.size().saturating_sub(most) {
            0 => 0.0,
            gone => self.around(gone).1,
        }
    }

    /// The most that can stay of no more than `most`.
    pub(super) fn at_most(&self, most: usize) -> usize {
        self.kept(self.fraction(most))
    }

    /// The next more than `kept` that can stay.
    pub(super) fn next(&self, kept: usize) -> Option<usize> {
        let gone = self.size().checked_sub(kept).filter(|gone| *gone > 0)?;
        Some(self.kept(self.around(gone).0))
    }

    /// The largest fraction at which fewer than `gone` go, and the least at which at least `gone` do, for 1 to all:
    /// neighbouring numbers.
    fn around(&self, gone: usize) -> (f64, f64) {
        let (mut low, mut high) = (0.0, 1.0);
        loop {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                return (low, high);
            }
            if self.gone(middle) >= gone { high = middle } else { low = middle }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn steps_are_neighbouring_counts(
            rows in 1..40usize, columns in 1..300usize, most in 0.0..=1.0f64, which in 0..3usize,
        ) {
            let rule = [Rule::Magnitude, Rule::Wanda, Rule::SparseGpt { damping: 0.01 }][which];
            let steps = Steps::new(rule, rows, columns);
            let size = rows * columns;
            prop_assert_eq!(steps.size(), size);
            prop_assert_eq!((steps.kept(0.0), steps.kept(1.0)), (size, 0));
            let most = (size as f64 * most) as usize;
            let kept = steps.at_most(most);
            prop_assert!(kept <= most);
            prop_assert_eq!((steps.at_most(kept), steps.kept(steps.fraction(kept))), (kept, kept));
            // Nothing lies between, and a step is a weight of every part at most.
            let n_parts: usize = steps.parts.iter().filter(|(size, _)| *size > 0).map(|(_, times)| times).sum();
            match steps.next(kept) {
                Some(next) => prop_assert!(next > most && next - kept <= n_parts && steps.at_most(next) == next),
                None => prop_assert_eq!(kept, size),
            }
        }
    }

    #[test]
    fn a_step_is_what_the_rule_says() {
        let next = |rule, kept| Steps::new(rule, 6, 300).next(kept).unwrap() - kept;
        assert_eq!((next(Rule::Magnitude, 900), next(Rule::Wanda, 900)), (1, 6));
        // Two blocks of 128 columns, and one of 44: each keeps a weight first, then the two large ones another.
        let rule = Rule::SparseGpt { damping: 0.01 };
        assert_eq!((next(rule, 0), next(rule, 3)), (3, 2));
        assert_eq!(Steps::new(Rule::Wanda, 6, 0).next(0), None);
    }
}
