//! Means over seeds, their standard errors, and comparisons of two methods seed by seed.

/// A mean and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Standard deviation (divisor n - 1) over the root of n; `None` for one value.
    pub error: Option<f64>,
    /// How many values.
    pub n: usize,
}

impl Mean {
    /// Of some values; `None` of no value.
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let error = (values.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt());
        (!values.is_empty()).then_some(Self { mean, error, n: values.len() })
    }
}

/// How a method compares with the reference at one budget of one set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Better by more than one standard error of the mean paired difference.
    Win,
    /// Neither.
    Tie,
    /// Worse by more than one standard error.
    Loss,
}

/// The verdict on differences (method minus reference, seed by seed, positive is better). `None` for fewer than two.
pub fn verdict(differences: &[f64]) -> Option<Verdict> {
    let Mean { mean, error, .. } = Mean::of(differences)?;
    let error = error?;
    Some(if mean > error {
        Verdict::Win
    } else if mean < -error {
        Verdict::Loss
    } else {
        Verdict::Tie
    })
}

/// Wins, ties and losses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of [`Verdict::Win`].
    pub wins: usize,
    /// Number of [`Verdict::Tie`].
    pub ties: usize,
    /// Number of [`Verdict::Loss`].
    pub losses: usize,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Win => self.wins += 1,
            Verdict::Tie => self.ties += 1,
            Verdict::Loss => self.losses += 1,
        }
    }

    /// The sum of two.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { wins: self.wins + other.wins, ties: self.ties + other.ties, losses: self.losses + other.losses }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {} / {}", self.wins, self.ties, self.losses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_by_hand() {
        // Deviations -2, 0, 2: variance 4, standard error sqrt(4 / 3).
        let found = Mean::of(&[1.0, 3.0, 5.0]).unwrap();
        assert_eq!((found.mean, found.n), (3.0, 3));
        assert!((found.error.unwrap() - (4.0f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(Mean::of(&[7.0]), Some(Mean { mean: 7.0, error: None, n: 1 }));
        assert_eq!(Mean::of(&[]), None);
    }

    #[test]
    fn verdicts_by_hand() {
        // Mean 2, standard error sqrt(4 / 3) = 1.15; shifted by 1, the mean is within it.
        assert_eq!(verdict(&[0.0, 2.0, 4.0]), Some(Verdict::Win));
        assert_eq!(verdict(&[-1.0, 1.0, 3.0]), Some(Verdict::Tie));
        assert_eq!(verdict(&[0.0, -2.0, -4.0]), Some(Verdict::Loss));
        assert_eq!(verdict(&[0.0, 0.0]), Some(Verdict::Tie));
        assert_eq!(verdict(&[0.5, 0.5]), Some(Verdict::Win));
        assert_eq!(verdict(&[0.5]), None);
    }
}
