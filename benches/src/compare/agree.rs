//! Answers compared before any time is reported.
//!
//! At one lambda everything is an integer: objectives must be equal, and equal to what the verified path says. A solver that may
//! stop early is held to `objective <= optimum <= bound`.
//!
//! A whole path in doubles (PyPI pseudoflow) cannot be compared breakpoint by breakpoint: it may miss short intervals or
//! report them twice. But each of its cuts has an exact gain and cost. So at every breakpoint of ours, which is an exact
//! ratio, the best of its cuts is evaluated in integers: it can never exceed our optimum, and how many attain it, and by
//! which share the others fall short, is reported; a share above [`SHORTFALL`] is a wrong answer.

use secateur_program::{Multiplier, Path};

use super::lambdas::optimum;
use super::measured::{Measured, Question, Vertex};
use crate::workloads::Failure;

/// Largest relative shortfall allowed to a path computed in doubles with a tolerance of 1e-8.
pub const SHORTFALL: f64 = 1e-6;

/// Checks one solver's answer against the verified path; says what was compared.
///
/// # Errors
/// When the answer is wrong or missing.
pub fn check(solver: &str, question: Question, answer: &Measured, path: &Path) -> Result<String, Failure> {
    match question {
        Question::At(lambda) => check_at(solver, lambda, answer, optimum(path, lambda)),
        Question::Path => check_path(solver, &answer.vertices, path),
    }
}

fn check_at(solver: &str, lambda: Multiplier, answer: &Measured, optimum: i128) -> Result<String, Failure> {
    let objective: i128 = answer.objective.as_deref().ok_or("an answer without objective")?.parse()?;
    let bound: i128 = answer.bound.as_deref().map_or(Ok(objective), str::parse)?;
    if objective == optimum && bound == optimum {
        return Ok("equal".into());
    }
    if objective == optimum && optimum < bound {
        return Ok(format!("equal, bound {:.1e} above", (bound - optimum) as f64 / bound as f64));
    }
    if !(objective <= optimum && optimum <= bound) {
        return Err(format!(
            "{solver} at lambda = {lambda}: objective {objective} and bound {bound}, the optimum is {optimum}"
        )
        .into());
    }
    Ok(format!("gap {:.1e}", (bound - objective) as f64 / bound as f64))
}

fn check_path(solver: &str, vertices: &[Vertex], path: &Path) -> Result<String, Failure> {
    // All selections of the path, the empty one included, are candidates at every breakpoint.
    let (mut equal, mut all, mut worst) = (0usize, 0usize, 0f64);
    for breakpoint in path.breakpoints() {
        let lambda = breakpoint.lambda;
        let best = optimum(path, lambda);
        let found = vertices
            .iter()
            .map(|vertex| {
                i128::from(lambda.den()) * i128::from(vertex.gain) - i128::from(lambda.num()) * i128::from(vertex.cost)
            })
            .max()
            .ok_or("a path without vertices")?;
        if found > best {
            return Err(format!("{solver} at lambda = {lambda}: {found} exceeds the optimum {best}").into());
        }
        all += 1;
        equal += usize::from(found == best);
        worst = worst.max((best - found) as f64 / best.max(1) as f64);
    }
    if worst > SHORTFALL {
        return Err(format!("{solver} falls short of the optimum by a share of {worst:e} at a breakpoint").into());
    }
    Ok(if equal == all {
        format!("equal at all {all} breakpoints")
    } else {
        format!("equal at {equal} of {all} breakpoints, elsewhere short by at most {worst:.1e}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secateur_program::SelectionProgram;

    fn path() -> Path {
        let mut builder = SelectionProgram::builder();
        let (a, b) = (builder.decision(6), builder.decision(6));
        let (r, s) = (builder.resource(2), builder.resource(12));
        builder.uses(a, r).uses(b, s);
        let program = builder.build().unwrap();
        let thresholds = [Multiplier::new(3, 1).unwrap(), Multiplier::new(1, 2).unwrap()];
        Path::from_thresholds(&program, &thresholds)
    }

    fn at(objective: &str, bound: Option<&str>) -> Measured {
        Measured { objective: Some(objective.into()), bound: bound.map(Into::into), ..Measured::default() }
    }

    #[test]
    fn objectives_must_be_equal_or_a_true_sandwich() {
        let question = Question::At(Multiplier::new(1, 1).unwrap());
        let verdict = |answer| check("x", question, &answer, &path());
        assert_eq!(verdict(at("4", None)).unwrap(), "equal");
        assert!(verdict(at("3", None)).is_err());
        assert!(verdict(at("5", None)).is_err());
        assert_eq!(verdict(at("3", Some("5"))).unwrap(), "gap 4.0e-1");
        assert!(verdict(at("2", Some("3"))).is_err());
        assert!(verdict(Measured::default()).is_err());
    }

    #[test]
    fn vertices_are_judged_at_every_breakpoint() {
        let vertex = |gain, cost| Vertex { lambda: 0.0, gain, cost };
        let verdict = |vertices| check("x", Question::Path, &Measured { vertices, ..Measured::default() }, &path());
        assert_eq!(verdict(vec![vertex(12, 14), vertex(6, 2), vertex(0, 0)]).unwrap(), "equal at all 2 breakpoints");
        assert!(verdict(vec![vertex(12, 14)]).is_err());
        assert!(verdict(vec![vertex(12, 3)]).is_err());
        assert!(verdict(vec![]).is_err());
    }
}
