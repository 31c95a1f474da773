//! Hard limits: a budget on cost, a limit on the number of decisions, or both.

use secateur_program::{Limit, Selection, SelectionProgram, Status};
use secateur_selection::{BudgetOptions, solve_within};
use serde_json::{Value, json};

use super::Solve;
use crate::commands::failure::{Failure, Outcome};
use crate::commands::lambda::{Lambda, in_user_units, price_level};
use crate::commands::session::Session;
use crate::commands::solver::{Solver, highs_within, ids};
use crate::commands::text;
use crate::measure::{Measured, measure};

/// An answer of either solver, in the program's integers.
struct Within {
    selection: Selection,
    bound: Option<i64>,
    status: Status,
    /// What only our solver has to tell.
    more: Value,
    cost: Measured,
}

/// The same in the units of the file.
struct Worth {
    gain: f64,
    cost: f64,
    bound: Option<f64>,
    gap: Option<f64>,
    relative_gap: Option<f64>,
}

impl Within {
    fn worth(&self, program: &SelectionProgram) -> Worth {
        let (scale, gain) = (program.scale(), self.selection.gain(program));
        let relative = |bound: i64| if bound == gain { 0.0 } else { (bound - gain) as f64 / bound as f64 };
        Worth {
            gain: in_user_units(gain, scale.gain_unit),
            cost: in_user_units(self.selection.cost(program), scale.cost_unit),
            bound: self.bound.map(|bound| in_user_units(bound, scale.gain_unit)),
            gap: self.bound.map(|bound| in_user_units(bound - gain, scale.gain_unit)),
            relative_gap: self.bound.map(relative),
        }
    }
}

impl Solve {
    /// The limits asked for, in the program's integers.
    pub(super) fn limits(&self, program: &SelectionProgram) -> Result<Vec<Limit>, Failure> {
        let cost = self.budget.map(|budget| Limit::on_cost(program, budget.whole_units(program.scale().cost_unit)));
        let decisions = self.max_decisions.map(|most| Limit::on_decisions(program, i64::from(most)));
        cost.into_iter().chain(decisions).collect::<Result<_, _>>().map_err(Failure::input)
    }

    pub(super) fn within(&self, limits: &[Limit], program: &SelectionProgram, session: &mut Session<'_>) -> Outcome {
        let answer = match self.solver {
            Solver::Cut => self.budgeted(limits, program, session),
            Solver::Highs => {
                let (solved, cost) = measure(|| highs_within(program, limits, self.time_limit));
                let (selection, bound, status) = solved?;
                Within { selection, bound, status, more: json!({}), cost }
            }
            Solver::PrimalDual => {
                let message = "--solver primal-dual: budgets are solved by --solver cut (exact paths inside) or highs";
                return Err(Failure::Input(message.into()));
            }
        };
        let worth = answer.worth(program);
        if matches!(answer.status, Status::TimeLimit | Status::IterationLimit) {
            let gap = worth.gap.unwrap_or(f64::INFINITY);
            session.unproven(super::stopped(answer.status, "this selection", gap));
        }
        session.answer(|| self.json(program, &answer, &worth), || self.text(program, &answer, &worth))?;
        if answer.status == Status::Cancelled { Err(Failure::Interrupted) } else { Ok(()) }
    }

    fn json(&self, program: &SelectionProgram, answer: &Within, worth: &Worth) -> Value {
        let scale = program.scale();
        let mut document = json!({
            "solver": self.solver.name(),
            "decisions": program.n_decisions(),
            "resources": program.n_resources(),
            "uses": program.n_uses(),
            "units": { "gain": scale.gain_unit, "cost": scale.cost_unit },
            "budget": self.budget.map(Lambda::value),
            "max_decisions": self.max_decisions,
            "gain": worth.gain,
            "cost": worth.cost,
            "bound": worth.bound,
            "gap": worth.gap,
            "relative_gap": worth.relative_gap,
            "status": answer.status.name(),
            "seconds": answer.cost.seconds,
            "peak_mib": answer.cost.peak_mib,
            "selected": ids(&answer.selection),
        });
        if let (Value::Object(document), Value::Object(more)) = (&mut document, &answer.more) {
            document.extend(more.clone());
        }
        document
    }

    fn text(&self, program: &SelectionProgram, answer: &Within, worth: &Worth) -> String {
        let Worth { gain, cost, bound, relative_gap, .. } = worth;
        let budget = self.budget.map_or("none".to_owned(), |budget| budget.value().to_string());
        let hull = answer.more.get("hull_gain").map_or(String::new(), |hull| format!("hull gain  {hull}\n"));
        format!(
            "{}\nbudget     {budget}\ngain       {gain}\n{hull}bound      {}\ncost       {cost}\n\
             selected   {} of {}\nstatus     {}{}\ntime       {} s\n",
            text::sizes(program),
            bound.map_or("none".to_owned(), |bound| bound.to_string()),
            answer.selection.len(),
            text::count(program.n_decisions(), "decision"),
            answer.status,
            relative_gap.filter(|gap| *gap > 0.0).map_or(String::new(), |gap| format!(", relative gap {gap:.1e}")),
            text::number(answer.cost.seconds),
        )
    }

    fn budgeted(&self, limits: &[Limit], program: &SelectionProgram, session: &Session<'_>) -> Within {
        let control = session.control(self.time_limit);
        let (solution, cost) = measure(|| solve_within(program, limits, &BudgetOptions::default(), &control));
        let scale = program.scale();
        // The multiplier of the budget on cost is a lambda; that of a limit on decisions is gain per decision.
        let lambdas: Vec<f64> = (0..limits.len())
            .map(|index| match (index, self.budget) {
                (0, Some(_)) => price_level(solution.lambdas[index], scale),
                _ => solution.lambdas[index].to_f64() * scale.gain_unit,
            })
            .collect();
        let more = json!({
            "hull_gain": in_user_units(solution.hull_gain, scale.gain_unit),
            "hull_bound": in_user_units(solution.hull_bound, scale.gain_unit),
            "lambdas": lambdas,
            "paths": solution.stats.paths,
            "rounds": solution.stats.rounds,
            "nodes": solution.stats.nodes,
        });
        Within { selection: solution.selection, bound: Some(solution.bound), status: solution.status, more, cost }
    }
}
