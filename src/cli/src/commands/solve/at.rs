//! One lambda.

use secateur_program::{SelectionProgram, Status};
use serde_json::json;

use super::Solve;
use crate::commands::failure::{Failure, Outcome};
use crate::commands::lambda::{Lambda, in_user_units, price_level};
use crate::commands::session::Session;
use crate::commands::solver::{Engine, Solver, ids, in_doubles, solve};
use crate::commands::text;

impl Solve {
    pub(super) fn at(&self, lambda: Lambda, program: &SelectionProgram, session: &mut Session<'_>) -> Outcome {
        let asked = lambda.finite_in(program.scale())?;
        let mut multiplier = asked;
        if self.solver == Solver::Highs {
            multiplier = in_doubles(program, multiplier, session)?;
        }
        let engine = match self.solver {
            Solver::Cut => Engine::Cut,
            Solver::PrimalDual => Engine::PrimalDual(self.primal_dual()),
            Solver::Highs => Engine::HighsLp,
        };
        let control = session.control(self.time_limit);
        let (answer, cost) = solve(&engine, program, multiplier, self.time_limit, &control)?;
        let scale = program.scale();
        let level = if multiplier == asked { lambda.value() } else { price_level(multiplier, scale) };
        let value = |scaled: i128| scaled as f64 / multiplier.den() as f64 * scale.gain_unit;
        let gap = answer.bound.map(|bound| value(bound - answer.objective));
        if matches!(answer.status, Status::TimeLimit | Status::IterationLimit) {
            session.unproven(super::stopped(answer.status, "this selection", gap.unwrap_or(f64::INFINITY)));
        }
        let gain = in_user_units(answer.selection.gain(program), scale.gain_unit);
        let paid = in_user_units(answer.selection.cost(program), scale.cost_unit);
        let objective = value(answer.objective);
        session.answer(
            || {
                json!({
                    "solver": self.solver.name(),
                    "decisions": program.n_decisions(),
                    "resources": program.n_resources(),
                    "uses": program.n_uses(),
                    "units": { "gain": scale.gain_unit, "cost": scale.cost_unit },
                    "lambda": level,
                    "lambda_ratio": [multiplier.num(), multiplier.den()],
                    "objective": objective,
                    "bound": answer.bound.map(value),
                    "gap": gap,
                    "relative_gap": answer.relative_gap(),
                    "gain": gain,
                    "cost": paid,
                    "status": answer.status.name(),
                    "passes": answer.passes,
                    "seconds": cost.seconds,
                    "peak_mib": cost.peak_mib,
                    "certified": answer.is_certified(),
                    "selected": ids(&answer.selection),
                })
            },
            || {
                let proof = match (answer.is_certified(), answer.relative_gap()) {
                    (true, _) => "certificate verified".to_owned(),
                    (false, Some(gap)) => format!("relative gap {gap:.1e}"),
                    (false, None) => "no bound".to_owned(),
                };
                let passes = answer.passes.map_or(String::new(), |n| format!("passes     {n}\n"));
                format!(
                    "{}\nlambda     {}\nobjective  {objective}\ngain       {gain}\ncost       {paid}\n\
                     selected   {} of {}\nstatus     {}\n{passes}time       {} s, {proof}\n",
                    text::sizes(program),
                    level,
                    answer.selection.len(),
                    text::count(program.n_decisions(), "decision"),
                    answer.status,
                    text::number(cost.seconds),
                )
            },
        )?;
        if answer.status == Status::Cancelled { Err(Failure::Interrupted) } else { Ok(()) }
    }
}
