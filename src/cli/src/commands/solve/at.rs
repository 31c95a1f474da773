//! One lambda.

use secateur_program::{Multiplier, SelectionProgram, Status};
use serde_json::{Value, json};

use super::Solve;
use crate::commands::failure::{Failure, Outcome};
use crate::commands::lambda::{Lambda, in_user_units, price_level};
use crate::commands::session::Session;
use crate::commands::solver::{Answer, Engine, Solver, ids, in_doubles, solve};
use crate::commands::text;
use crate::measure::Measured;

/// The optimum at one lambda, and what it took.
struct Optimum<'a> {
    program: &'a SelectionProgram,
    solver: Solver,
    /// In the units of the file, and in those of the program.
    lambda: f64,
    multiplier: Multiplier,
    answer: Answer,
    cost: Measured,
}

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
        let lambda = if multiplier == asked { lambda.value() } else { price_level(multiplier, program.scale()) };
        let optimum = Optimum { program, solver: self.solver, lambda, multiplier, answer, cost };
        let status = optimum.answer.status;
        if matches!(status, Status::TimeLimit | Status::IterationLimit) {
            let gap = optimum.gap().unwrap_or(f64::INFINITY);
            session.unproven(super::stopped(status, "this selection", gap));
        }
        session.answer(|| optimum.json(), || optimum.text())?;
        if status == Status::Cancelled { Err(Failure::Interrupted) } else { Ok(()) }
    }
}

impl Optimum<'_> {
    /// An objective in the units of the file.
    fn value(&self, scaled: i128) -> f64 {
        scaled as f64 / self.multiplier.den() as f64 * self.program.scale().gain_unit
    }

    fn gap(&self) -> Option<f64> {
        self.answer.bound.map(|bound| self.value(bound - self.answer.objective))
    }

    /// Gain and cost in the units of the file.
    fn worth(&self) -> (f64, f64) {
        let (selection, scale) = (&self.answer.selection, self.program.scale());
        let gain = in_user_units(selection.gain(self.program), scale.gain_unit);
        (gain, in_user_units(selection.cost(self.program), scale.cost_unit))
    }

    fn json(&self) -> Value {
        let Self { program, answer, cost, .. } = self;
        let (scale, (gain, paid)) = (program.scale(), self.worth());
        json!({
            "solver": self.solver.name(),
            "decisions": program.n_decisions(),
            "resources": program.n_resources(),
            "uses": program.n_uses(),
            "units": { "gain": scale.gain_unit, "cost": scale.cost_unit },
            "lambda": self.lambda,
            "lambda_ratio": [self.multiplier.num(), self.multiplier.den()],
            "objective": self.value(answer.objective),
            "bound": answer.bound.map(|bound| self.value(bound)),
            "gap": self.gap(),
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
    }

    fn text(&self) -> String {
        let Self { program, answer, cost, .. } = self;
        let (objective, (gain, paid)) = (self.value(answer.objective), self.worth());
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
            self.lambda,
            answer.selection.len(),
            text::count(program.n_decisions(), "decision"),
            answer.status,
            text::number(cost.seconds),
        )
    }
}
