//! Golden-ratio categories (Orseau et al. 2020).
//!
//! Category i holds the numbers in `(gamma^-(i+1), gamma^-i]`, i = 0 .. k - 1. Take one number `v_i` of each. Then the
//! greedy rule - from the largest down, take `v_i` if it is no more than what is still missing of w - leaves at most
//! eps of any w in [0, 1], if `gamma <= (1 + sqrt 5) / 2` and `gamma^-k <= (gamma - 1) eps`: before step i at most
//! `sum_{j >= i} v_j + eps` is missing, and a step that is skipped keeps this since
//! `gamma^-i <= gamma^-(i+1) / (gamma - 1)`.

use super::LogarithmicError;

/// `(1 + sqrt 5) / 2`: the largest ratio for which the greedy rule is right.
pub const GOLDEN_RATIO: f64 = 1.618_033_988_749_895;

/// Categories for weights in [-1, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Categories {
    gamma: f64,
    count: usize,
}

impl Categories {
    /// As many as are needed to be within `eps`: `ceil(log_gamma(1 / ((gamma - 1) eps)))`, at least 1.
    ///
    /// # Errors
    /// [`LogarithmicError::Number`] for a ratio outside `(1, GOLDEN_RATIO]`, or an `eps` that is not positive.
    pub fn new(gamma: f64, eps: f64) -> Result<Self, LogarithmicError> {
        if !(gamma > 1.0 && gamma <= GOLDEN_RATIO) {
            let expected = "above 1, at most the golden ratio 1.618";
            return Err(LogarithmicError::Number { what: "gamma", value: gamma, expected });
        }
        if !(eps > 0.0 && eps.is_finite()) {
            return Err(LogarithmicError::Number { what: "eps", value: eps, expected: "a positive number" });
        }
        Ok(Self::unchecked(gamma, eps))
    }

    /// Any ratio above 1, for showing what goes wrong beyond the golden one.
    pub(super) fn unchecked(gamma: f64, eps: f64) -> Self {
        let count = (-((gamma - 1.0) * eps).ln() / gamma.ln()).ceil().max(1.0) as usize;
        Self { gamma, count }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The least number that is in a category, excluded: `gamma^-k`.
    pub fn least(&self) -> f64 {
        self.gamma.powi(-(self.count as i32))
    }

    /// The category of a number in (0, 1].
    pub fn of(&self, value: f64) -> Option<usize> {
        if !(value > 0.0 && value <= 1.0) {
            return None;
        }
        let mut index = (-value.ln() / self.gamma.ln()).floor().max(0.0) as usize;
        // The logarithm may round over an end.
        while index > 0 && value > self.gamma.powi(-(index as i32)) {
            index -= 1;
        }
        while value <= self.gamma.powi(-(index as i32 + 1)) {
            index += 1;
        }
        (index < self.count).then_some(index)
    }

    /// A number with density proportional to `1 / v` on `[gamma^-k, 1]`, from a uniform one in [0, 1): every category
    /// has probability 1 / k.
    pub fn hyperbolic(&self, uniform: f64) -> f64 {
        self.gamma.powf(-(self.count as f64) * uniform)
    }

    /// Which of the numbers, one per category, the greedy rule takes for a weight in [0, 1]; and what is missing in the
    /// end.
    pub fn greedy(&self, weight: f64, numbers: &[f64]) -> (Vec<usize>, f64) {
        let mut missing = weight;
        let mut taken = Vec::new();
        for (index, number) in numbers.iter().enumerate().take(self.count) {
            if missing >= *number {
                missing -= number;
                taken.push(index);
            }
        }
        (taken, missing)
    }

    /// Random neurons with which, with probability at least `1 - delta`, every one of `slots` weights gets one of each
    /// category, if a neuron of the right category suits one of those still open with probability at least `suits`:
    /// `M = ceil(2 (k / suits) (slots + ln(k / delta)))`.
    ///
    /// Of M neurons Bin(M, suits / k) serve a given category, 2 (slots + ln(k / delta)) =: m on average; fewer than
    /// `slots` of them have probability at most `exp(-(m - slots)^2 / (2 m))`, which is at most `delta / k` (Chernoff),
    /// and there are k categories.
    pub fn neurons(&self, slots: usize, suits: f64, delta: f64) -> usize {
        let k = self.count as f64;
        (2.0 * k / suits * (slots as f64 + (k / delta).ln())).ceil() as usize
    }

    /// The same for one weight with neurons of its own, by the union bound alone: `ceil((k / suits) ln(k / delta))`.
    pub fn neurons_for_one(&self, suits: f64, delta: f64) -> usize {
        let k = self.count as f64;
        (k / suits * (k / delta).ln()).ceil() as usize
    }
}
