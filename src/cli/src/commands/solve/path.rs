//! Every lambda at once.

use secateur_program::{Path, SelectionProgram, Status, verify_path};
use secateur_selection::{primal_dual_path, solve_path};
use serde_json::{Value, json};

use super::Solve;
use crate::commands::failure::{Failure, Outcome};
use crate::commands::lambda::{in_user_units, price_level};
use crate::commands::path_file::PathFile;
use crate::commands::session::Session;
use crate::commands::solver::Solver;
use crate::commands::text;
use crate::measure::{Measured, measure};

/// A path by either solver, as it is shown.
struct Solved {
    path: Path,
    status: Status,
    /// Verified without a solver.
    certified: bool,
    /// How much the objective may lack at any lambda, in user units.
    gap: f64,
    /// What only one of the solvers has to tell.
    work: Value,
    cost: Measured,
}

impl Solve {
    pub(super) fn path(&self, program: &SelectionProgram, session: &mut Session<'_>) -> Outcome {
        let solved = match self.solver {
            Solver::Cut => self.exact_path(program, session)?,
            Solver::PrimalDual => self.primal_dual_path(program, session)?,
            Solver::Highs => {
                let needs = "--solver highs: HiGHS solves one lambda (--lambda) or one budget (--budget) at a time";
                return Err(Failure::Input(needs.into()));
            }
        };
        if matches!(solved.status, Status::TimeLimit | Status::IterationLimit) {
            session.unproven(super::stopped(solved.status, "this path", solved.gap));
        }
        let cancelled = solved.status == Status::Cancelled;
        session.answer(|| json(program, self.solver, &solved), || table(program, &solved))?;
        if cancelled { Err(Failure::Interrupted) } else { Ok(()) }
    }

    fn exact_path(&self, program: &SelectionProgram, session: &mut Session<'_>) -> Result<Solved, Failure> {
        let control = session.control(self.time_limit);
        let (solution, cost) = measure(|| solve_path(program, &control));
        let certified = solution.status == Status::Optimal;
        if certified {
            verify_path(program, &solution.path, &solution.flow)
                .map_err(|error| Failure::Refused(format!("the path failed its verification: {error}")))?;
        }
        if let Some(file) = self.path_out.as_ref().filter(|_| certified) {
            PathFile::write(file, &solution)?;
        } else if self.path_out.is_some() {
            session.warn("no path file was written: there is no certificate");
        }
        let work = json!({ "cuts": solution.stats.cuts, "pairs_worked_on": solution.stats.pairs_worked_on });
        let gap = solution.gap * program.scale().gain_unit;
        Ok(Solved { path: solution.path, status: solution.status, certified, gap, work, cost })
    }

    fn primal_dual_path(&self, program: &SelectionProgram, session: &mut Session<'_>) -> Result<Solved, Failure> {
        let control = session.control(self.time_limit);
        let options = self.primal_dual();
        let (solution, cost) = measure(|| primal_dual_path(program, &options, &control));
        let gap = solution.gap * program.scale().gain_unit;
        let work = json!({ "passes": solution.iterations, "relative_gap": solution.relative_gap });
        Ok(Solved { path: solution.path, status: solution.status, certified: false, gap, work, cost })
    }
}

fn json(program: &SelectionProgram, solver: Solver, solved: &Solved) -> Value {
    let scale = program.scale();
    let totals = |(gain, cost)| (in_user_units(gain, scale.gain_unit), in_user_units(cost, scale.cost_unit));
    let breakpoints: Vec<Value> = solved
        .path
        .breakpoints()
        .map(|point| {
            let (gain, cost) = totals((point.gain, point.cost));
            let ratio = [point.lambda.num(), point.lambda.den()];
            json!({ "lambda": price_level(point.lambda, scale), "lambda_ratio": ratio, "gain": gain, "cost": cost })
        })
        .collect();
    let (gain, cost) = totals(solved.path.start());
    let mut document = json!({
        "solver": solver.name(),
        "decisions": program.n_decisions(),
        "resources": program.n_resources(),
        "uses": program.n_uses(),
        "units": { "gain": scale.gain_unit, "cost": scale.cost_unit },
        "start": { "gain": gain, "cost": cost },
        "breakpoints": breakpoints,
        "seconds": solved.cost.seconds,
        "peak_mib": solved.cost.peak_mib,
        "certified": solved.certified,
        "status": solved.status.name(),
        "gap": solved.gap,
    });
    if let (Value::Object(document), Value::Object(work)) = (&mut document, &solved.work) {
        document.extend(work.clone());
    }
    document
}

fn table(program: &SelectionProgram, solved: &Solved) -> String {
    /// Rows of the printed table.
    const ROWS: usize = 12;
    let scale = program.scale();
    let breakpoints: Vec<_> = solved.path.breakpoints().collect();
    let step = (breakpoints.len().max(2) - 1) as f64 / (ROWS - 1) as f64;
    let mut shown: Vec<usize> = if breakpoints.len() <= ROWS {
        (0..breakpoints.len()).collect()
    } else {
        (0..ROWS).map(|row| (row as f64 * step).round() as usize).collect()
    };
    shown.dedup();
    let row = |lambda: f64, (gain, cost): (i64, i64)| {
        let (gain, cost) = (in_user_units(gain, scale.gain_unit), in_user_units(cost, scale.cost_unit));
        vec![text::number(lambda), text::number(gain), text::number(cost)]
    };
    let rows: Vec<Vec<String>> = std::iter::once(row(f64::INFINITY, solved.path.start()))
        .chain(shown.iter().map(|&index| {
            let point = breakpoints[index];
            row(price_level(point.lambda, scale), (point.gain, point.cost))
        }))
        .collect();
    let proof: String = if solved.certified {
        "certificate verified".into()
    } else {
        format!("not proven optimal, gap at most {}", text::number(solved.gap))
    };
    let few = if shown.len() < breakpoints.len() {
        format!(", {} of them shown (all with --json)", shown.len())
    } else {
        String::new()
    };
    format!(
        "{}\n{}{few}; {} s, {proof}\n\nbelow lambda the optimum has this gain and cost:\n{}",
        text::sizes(program),
        text::count(breakpoints.len(), "breakpoint"),
        text::number(solved.cost.seconds),
        text::table(&["lambda", "gain", "cost"], &rows)
    )
}
