//! Lambdas to ask for: along a path, with coefficients that every solver holds exactly.

use secateur_program::{Multiplier, Path, SelectionProgram};

/// Denominators up to this are left as they are.
const SMALL: i64 = 1 << 10;

/// A lambda is rounded to at least this many units.
const DIGITS: f64 = (1 << 20) as f64;

/// The lambda itself if its denominator is small, otherwise a ratio with a power of two below it, right to about six digits
/// (fewer below 2^-10).
/// Objectives at it then stay within what doubles and 64-bit capacities hold.
pub fn rounded(lambda: Multiplier) -> Multiplier {
    if lambda.is_infinite() || lambda.den() <= SMALL && lambda.num() < 1 << 40 {
        return lambda;
    }
    let mut den = 1i64;
    while lambda.to_f64() * (den as f64) < DIGITS && den < 1 << 30 {
        den *= 2;
    }
    Multiplier::new((lambda.to_f64() * den as f64).round() as i64, den).unwrap_or(lambda)
}

/// `count` lambdas spread evenly over the breakpoints of a path, the largest first.
pub fn spread(path: &Path, count: usize) -> Vec<Multiplier> {
    let breakpoints: Vec<Multiplier> = path.breakpoints().map(|breakpoint| breakpoint.lambda).collect();
    let last = breakpoints.len().saturating_sub(1);
    let mut lambdas: Vec<Multiplier> = (0..count)
        .filter_map(|step| breakpoints.get(step * last / (count - 1).max(1)))
        .map(|&lambda| rounded(lambda))
        .collect();
    lambdas.dedup();
    lambdas
}

/// The optimum at `lambda`, in units of `1/den` gain, as the path says.
pub fn optimum(path: &Path, lambda: Multiplier) -> i128 {
    let (gain, cost) = path.totals_at(lambda);
    i128::from(lambda.den()) * i128::from(gain) - i128::from(lambda.num()) * i128::from(cost)
}

/// Share of the largest possible cost that is paid at `lambda`.
pub fn share_paid(program: &SelectionProgram, path: &Path, lambda: Multiplier) -> f64 {
    path.totals_at(lambda).1 as f64 / program.total_cost().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_keeps_small_ratios_and_six_digits_of_others() {
        let small = Multiplier::new(10, 7).unwrap();
        assert_eq!(rounded(small), small);
        for (num, den) in [(123_456_789_012_345, 1_000_003), (7, 10_007), ((1 << 50) + 1, 3)] {
            let lambda = Multiplier::new(num, den).unwrap();
            let near = rounded(lambda);
            assert!((near.to_f64() / lambda.to_f64() - 1.0).abs() < 1e-5, "{lambda} became {near}");
            assert!(near.den() <= 1 << 30 && near.num() as f64 <= lambda.to_f64() * near.den() as f64 + 1.0);
        }
    }
}
