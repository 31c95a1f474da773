//! `secateur compare`: every solver on one program, side by side.

use std::time::Duration;

use crate::measure::{Measured, measure};
use clap::{Args, ValueEnum};
use secateur_program::{Multiplier, SelectionProgram, Status, verify_path};
use secateur_selection::solve_path;
use serde_json::{Value, json};

use super::arguments::{seconds, tolerance};
use super::failure::{Failure, Outcome};
use super::lambda::{Lambda, in_user_units, price_level};
use super::path_file::ProgramFile;
use super::session::Session;
use super::solver::{Answer, Engine, HIGHS_BUILT_IN, Multipliers, in_doubles, solve};
use super::text;

/// Compare solvers on a program: bounds, gap, passes, seconds and memory, side by side.
///
/// All solve at one lambda, by default the middle breakpoint of the path; the row `path` solves all values of lambda at once. Answers
/// must agree: every selection within every proven bound, and solvers that are exact with the same objective; exit code 1 if not.
/// `peak` is the most memory of the whole process during the solve, the program included. Solvers run one after the other.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  secateur compare program.sel\n  \
                        secateur compare program.sel --lambda 0.05 --runs 5 --json\n  \
                        secateur compare program.sel --solvers cut,primal-dual,subgradient --tolerance 1e-9")]
pub(super) struct Compare {
    #[command(flatten)]
    program: ProgramFile,
    /// Lambda to solve at [default: the middle breakpoint of the path]
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lambda: Option<Lambda>,
    /// Which solvers [default: all that this build has and that take the program's size]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAMES")]
    solvers: Vec<Name>,
    /// Runs of each, in turn; the median time is shown
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,
    /// primal-dual and subgradient: stop at this relative gap
    #[arg(long, value_name = "SHARE", value_parser = tolerance, default_value = "1e-6", allow_negative_numbers = true)]
    tolerance: f64,
    /// primal-dual and subgradient: most passes over the pairs
    #[arg(long, value_name = "N", default_value_t = 50)]
    passes: u32,
    /// Stop each solve after so many seconds (petgraph's flow cannot be stopped)
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60", allow_negative_numbers = true)]
    time_limit: Duration,
}

/// A row of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// All values of lambda by exact cuts
    Path,
    /// One exact cut
    Cut,
    /// Primal-dual by splitting
    PrimalDual,
    /// Primal-dual by the paper's subgradient steps
    Subgradient,
    /// petgraph's maximum flow
    Petgraph,
    /// HiGHS on the LP relaxation
    HighsLp,
    /// HiGHS on the integer program
    HighsMip,
}

impl Name {
    fn text(self) -> &'static str {
        match self {
            Name::Path => "path",
            Name::Cut => "cut",
            Name::PrimalDual => "primal-dual",
            Name::Subgradient => "subgradient",
            Name::Petgraph => "petgraph",
            Name::HighsLp => "highs-lp",
            Name::HighsMip => "highs-mip",
        }
    }

    /// Pairs up to which a solver runs unasked: seconds, not minutes.
    fn largest(self) -> usize {
        match self {
            Name::Petgraph => 20_000,
            Name::HighsLp => 400_000,
            Name::HighsMip => 100_000,
            _ => usize::MAX,
        }
    }

    fn is_built_in(self) -> bool {
        HIGHS_BUILT_IN || !matches!(self, Name::HighsLp | Name::HighsMip)
    }
}

/// What a solver gave, with the times of its runs.
struct Row {
    name: Name,
    answer: Answer,
    /// Medians.
    cost: Measured,
    breakpoints: Option<usize>,
}

impl Compare {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        let program = self.program.read(session)?;
        let lambda = match self.lambda {
            Some(lambda) => lambda.finite_in(program.scale())?,
            None => middle(&program, session)?,
        };
        // One level for all, so that HiGHS can be among them.
        let lambda = if HIGHS_BUILT_IN { in_doubles(&program, lambda, session)? } else { lambda };
        let pairs = program.n_uses();
        let mut skipped: Vec<(Name, String)> = Vec::new();
        let mut names = self.solvers.clone();
        if names.is_empty() {
            for &name in Name::value_variants() {
                if !name.is_built_in() {
                    skipped.push((name, "this build is without HiGHS (feature `highs`)".into()));
                } else if pairs > name.largest() {
                    skipped.push((name, format!("{} is more than {}", text::count(pairs, "pair"), name.largest())));
                } else {
                    names.push(name);
                }
            }
        }
        // In turn, so that a busy moment of the machine does not fall on one solver alone.
        let mut runs: Vec<Vec<Row>> = names.iter().map(|_| Vec::new()).collect();
        for _ in 0..self.runs {
            for (name, runs) in names.iter().zip(&mut runs) {
                runs.push(self.row(*name, &program, lambda, session)?);
            }
        }
        let rows: Vec<Row> = runs.into_iter().map(median).collect();
        session.answer(|| json(&program, lambda, &rows, &skipped), || table(&program, lambda, &rows, &skipped))?;
        agree(&rows)?;
        if rows.iter().all(|row| !row.answer.is_certified()) {
            session.warn("no solver proved its answer optimal");
        }
        Ok(())
    }

    fn row(
        &self,
        name: Name,
        program: &SelectionProgram,
        lambda: Multiplier,
        session: &Session<'_>,
    ) -> Result<Row, Failure> {
        let control = session.control(Some(self.time_limit));
        if name == Name::Path {
            let (solution, cost) = measure(|| solve_path(program, &control));
            if solution.status == Status::Cancelled {
                return Err(Failure::Interrupted);
            }
            let proven = solution.status == Status::Optimal;
            if proven {
                verify_path(program, &solution.path, &solution.flow)
                    .map_err(|error| Failure::Refused(format!("the path failed its verification: {error}")))?;
            }
            let selection = solution.path.selection_at(program, lambda).expect("paths are closed, also when stopped");
            let objective = secateur_program::objective(program, &selection, lambda);
            let bound = proven.then_some(objective);
            let answer = Answer { selection, objective, bound, proven, status: solution.status, passes: None };
            return Ok(Row { name, answer, cost, breakpoints: Some(solution.path.breakpoints().count()) });
        }
        let engine = match name {
            Name::Path | Name::Cut => Engine::Cut,
            Name::PrimalDual => Engine::PrimalDual(Multipliers::Splitting.options(self.tolerance, self.passes)),
            Name::Subgradient => Engine::PrimalDual(Multipliers::Subgradient.options(self.tolerance, self.passes)),
            Name::Petgraph => Engine::Flow,
            Name::HighsLp => Engine::HighsLp,
            Name::HighsMip => Engine::HighsMip,
        };
        let (answer, cost) = solve(&engine, program, lambda, Some(self.time_limit), &control)?;
        if answer.status == Status::Cancelled {
            return Err(Failure::Interrupted);
        }
        Ok(Row { name, answer, cost, breakpoints: None })
    }
}

/// The middle breakpoint of the path; 1 without any.
fn middle(program: &SelectionProgram, session: &Session<'_>) -> Result<Multiplier, Failure> {
    let solution = solve_path(program, &session.control(None));
    if solution.status != Status::Optimal {
        return Err(Failure::Interrupted);
    }
    let breakpoints: Vec<Multiplier> = solution.path.breakpoints().map(|point| point.lambda).collect();
    Ok(breakpoints.get(breakpoints.len() / 2).copied().unwrap_or(Multiplier::new(1, 1).expect("a ratio")))
}

/// The last run with the median time and the largest peak of all.
fn median(mut runs: Vec<Row>) -> Row {
    let mut times: Vec<f64> = runs.iter().map(|row| row.cost.seconds).collect();
    times.sort_by(f64::total_cmp);
    let peak_mib = runs.iter().filter_map(|row| row.cost.peak_mib).reduce(f64::max);
    let mut row = runs.pop().expect("at least one run");
    row.cost = Measured { seconds: times[times.len() / 2], peak_mib };
    row
}

/// Every selection within every proven bound; finished exact solvers with one objective.
fn agree(rows: &[Row]) -> Outcome {
    let bounds = rows.iter().filter(|row| row.answer.proven).filter_map(|row| Some((row.name, row.answer.bound?)));
    for (by, bound) in bounds {
        if let Some(row) = rows.iter().find(|row| row.answer.objective > bound) {
            let (name, objective) = (row.name.text(), row.answer.objective);
            return Err(Failure::Refused(format!("{name} attains {objective}, {} proves at most {bound}", by.text())));
        }
    }
    let mut finished = rows.iter().filter(|row| row.answer.status == Status::Optimal);
    if let Some(first) = finished.next()
        && let Some(other) = finished.find(|row| row.answer.objective != first.answer.objective)
    {
        let [a, b] = [first, other].map(|row| format!("{} attains {}", row.name.text(), row.answer.objective));
        return Err(Failure::Refused(format!("solvers disagree: {a}, {b}")));
    }
    Ok(())
}

fn json(program: &SelectionProgram, lambda: Multiplier, rows: &[Row], skipped: &[(Name, String)]) -> Value {
    let scale = program.scale();
    let value = |scaled: i128| scaled as f64 / lambda.den() as f64 * scale.gain_unit;
    let solvers: Vec<Value> = rows
        .iter()
        .map(|row| {
            let answer = &row.answer;
            json!({
                "solver": row.name.text(),
                "status": answer.status.name(),
                "objective": value(answer.objective),
                "bound": answer.bound.map(value),
                "relative_gap": answer.relative_gap(),
                "gain": in_user_units(answer.selection.gain(program), scale.gain_unit),
                "cost": in_user_units(answer.selection.cost(program), scale.cost_unit),
                "selected": answer.selection.len(),
                "certified": answer.is_certified(),
                "passes": answer.passes,
                "breakpoints": row.breakpoints,
                "seconds": row.cost.seconds,
                "peak_mib": row.cost.peak_mib,
            })
        })
        .collect();
    let skipped: Vec<Value> =
        skipped.iter().map(|(name, reason)| json!({ "solver": name.text(), "reason": reason })).collect();
    json!({
        "decisions": program.n_decisions(),
        "resources": program.n_resources(),
        "uses": program.n_uses(),
        "lambda": price_level(lambda, scale),
        "lambda_ratio": [lambda.num(), lambda.den()],
        "solvers": solvers,
        "skipped": skipped,
    })
}

fn table(program: &SelectionProgram, lambda: Multiplier, rows: &[Row], skipped: &[(Name, String)]) -> String {
    let scale = program.scale();
    let value = |scaled: i128| text::number(scaled as f64 / lambda.den() as f64 * scale.gain_unit);
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let answer = &row.answer;
            let gap = match answer.relative_gap() {
                Some(0.0) => "0".to_owned(),
                Some(gap) => format!("{gap:.1e}"),
                None => "-".to_owned(),
            };
            vec![
                row.name.text().to_owned(),
                answer.status.to_string(),
                value(answer.objective),
                answer.bound.map_or("-".to_owned(), value),
                gap,
                if answer.is_certified() { "yes" } else { "no" }.to_owned(),
                answer.passes.map_or("-".to_owned(), |passes| passes.to_string()),
                text::number(row.cost.seconds),
                row.cost.peak_mib.map_or("-".to_owned(), |peak| format!("{peak:.0}")),
            ]
        })
        .collect();
    let headings = ["solver", "status", "objective", "bound", "gap", "proven", "passes", "seconds", "peak MiB"];
    let mut out = format!(
        "{}\nlambda {}\n\n{}",
        text::sizes(program),
        text::number(price_level(lambda, scale)),
        text::table(&headings, &cells)
    );
    for row in rows.iter().filter(|row| row.breakpoints.is_some()) {
        let breakpoints = text::count(row.breakpoints.unwrap_or_default(), "breakpoint");
        out += &format!("\n{}: {breakpoints}, all values of lambda at once\n", row.name.text());
    }
    for (name, reason) in skipped {
        out += &format!("not run: {}, {reason}\n", name.text());
    }
    out
}
