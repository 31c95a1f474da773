//! The objective times the denominator of lambda: integers that doubles hold exactly.

use secateur_program::{Limit, Multiplier, SelectionProgram};

use crate::HighsError;

/// Largest integer up to which every integer is a double.
const EXACT: i128 = 1 << 53;

/// HiGHS refuses matrix entries of 10^15 and more by default.
const MAX_ENTRY: i64 = 999_999_999_999_999;

/// Objective coefficients q g_v and p c_r at lambda = p/q.
#[derive(Debug)]
pub(crate) struct Coefficients {
    /// q g_v, shape (D,).
    pub(crate) gains: Vec<f64>,
    /// p c_r, shape (R,).
    pub(crate) costs: Vec<f64>,
}

impl Coefficients {
    pub(crate) fn new(program: &SelectionProgram, lambda: Multiplier) -> Result<Self, HighsError> {
        if lambda.is_infinite() {
            return Err(HighsError::InfiniteMultiplier);
        }
        let gains = program.decisions().map(|v| scaled("decision", v.0, program.gain(v), lambda.den()));
        let costs = program.resources().map(|r| scaled("resource", r.0, program.cost(r), lambda.num()));
        Ok(Self { gains: gains.collect::<Result<_, _>>()?, costs: costs.collect::<Result<_, _>>()? })
    }
}

fn scaled(what: &'static str, index: u32, amount: i64, factor: i64) -> Result<f64, HighsError> {
    let value = i128::from(amount) * i128::from(factor);
    if value.abs() > EXACT { Err(HighsError::Coefficient { what, index, value }) } else { Ok(value as f64) }
}

/// Refuses weights and limits that a double cannot hold exactly.
pub(crate) fn check_limit(index: usize, limit: &Limit) -> Result<(), HighsError> {
    let mut weights = limit.per_decision().iter().chain(limit.per_resource()).copied();
    let beyond = weights.find(|&weight| weight > MAX_ENTRY);
    match beyond.or(Some(limit.most()).filter(|&most| i128::from(most) > EXACT)) {
        None => Ok(()),
        Some(number) => Err(HighsError::LimitNumber { limit: index, number }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_decision(gain: i64, cost: i64) -> SelectionProgram {
        let mut builder = SelectionProgram::builder();
        builder.decision(gain);
        builder.resource(cost);
        builder.build().unwrap()
    }

    #[test]
    fn exact_up_to_the_limit_and_refused_beyond() {
        let lambda = Multiplier::new(5, 3).unwrap();
        let limit = 1i64 << 53;
        let third = Coefficients::new(&one_decision(-(limit / 3), limit / 5), lambda).unwrap();
        assert_eq!(third.gains[0] as i128, -i128::from(limit / 3 * 3));
        assert_eq!(third.costs[0] as i128, i128::from(limit / 5 * 5));
        assert_eq!(
            Coefficients::new(&one_decision(-(limit / 3 + 1), 0), lambda).unwrap_err(),
            HighsError::Coefficient { what: "decision", index: 0, value: -i128::from((limit / 3 + 1) * 3) }
        );
        assert!(matches!(
            Coefficients::new(&one_decision(0, i64::MAX), lambda),
            Err(HighsError::Coefficient { what: "resource", index: 0, .. })
        ));
        assert_eq!(
            Coefficients::new(&one_decision(1, 1), Multiplier::INFINITY).unwrap_err(),
            HighsError::InfiniteMultiplier
        );
    }
}
