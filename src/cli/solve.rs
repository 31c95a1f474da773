//! `secateur solve`: a selection program from a text file, at every price level or at one.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use secateur_datasets::inflate;
use secateur_program::{Flow, FormatError, Path, SelectionProgram, Status, read, verify_path, verify_solution};
use secateur_selection::{PathSolution, solve_at, solve_path};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::arguments::seconds;
use super::failure::{Failure, Outcome};
use super::files;
use super::lambda::{Lambda, in_user_units, price_level};
use super::session::Session;
use super::text;

/// Solve a selection program: the optimum at every price level, or at one, with a proof.
///
/// The file (plain, .gz or .xz) says `p sel D R U`, then D lines `d GAIN PARENT`, R lines `r COST`, U lines `u DECISION
/// RESOURCE`, all counted from 1, parent 0 for none, `c` for comments. Gains, costs and lambda (gain per unit of cost) are in
/// the file's own units; `lambda_ratio` is exact, in whole units of the file's last decimal places. With --json a breakpoint
/// gives gain and cost of the optimum just below its lambda, and `start` those of what costs nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  secateur solve program.sel\n  secateur solve program.sel --lambda 0.05 --json\n  \
                        secateur solve program.sel --path-out path.json && secateur verify program.sel path.json"
)]
pub(super) struct Solve {
    /// Program in text form
    #[arg(value_name = "FILE.sel")]
    file: PathBuf,
    /// Solve at this price level only
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lambda: Option<Lambda>,
    /// Write the path and its certificate to this JSON file, for `secateur verify`
    #[arg(long, value_name = "FILE.json", conflicts_with = "lambda")]
    path_out: Option<PathBuf>,
    /// Stop after so many seconds with the best path so far
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    time_limit: Option<Duration>,
}

/// Format name of a path file.
const FORMAT: &str = "secateur-path";

/// A path with its certificate, as stored.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PathFile {
    format: String,
    version: u32,
    pub(super) path: Path,
    pub(super) flow: Flow,
}

impl PathFile {
    /// Reads a path file, compressed or not.
    pub(super) fn read(path: &std::path::Path) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        struct Header {
            format: String,
            version: u32,
        }
        let name = path.display();
        let bytes = inflate::read(path, None).map_err(Failure::input)?;
        let malformed = |error: serde_json::Error| Failure::Input(format!("{name}: not a {FORMAT} document: {error}"));
        let Header { format, version } = serde_json::from_slice(&bytes).map_err(malformed)?;
        if format != FORMAT {
            return Err(Failure::Input(format!("{name}: not a {FORMAT} document: its format is {format:?}")));
        }
        if version != 1 {
            return Err(Failure::Input(format!("{name}: version {version} of the format; this release reads 1")));
        }
        serde_json::from_slice(&bytes).map_err(malformed)
    }
}

/// Reads a program, compressed or not.
pub(super) fn read_program(path: &std::path::Path) -> Result<SelectionProgram, Failure> {
    let bytes = inflate::read(path, None).map_err(Failure::input)?;
    read(bytes.as_slice()).map_err(|error| match error {
        FormatError::Build(error) => Failure::Input(format!("{}: {error} (ids count from 0)", path.display())),
        other => Failure::in_file(path.display(), other),
    })
}

impl Solve {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        files::check_outputs(&[("--path-out", self.path_out.as_ref())], &[Some(&self.file)])?;
        let program = read_program(&self.file)?;
        match self.lambda {
            Some(lambda) => self.at(lambda, &program, session),
            None => self.path(&program, session),
        }
    }

    fn at(&self, lambda: Lambda, program: &SelectionProgram, session: &mut Session<'_>) -> Outcome {
        let multiplier = lambda.in_units(program.scale()).filter(|multiplier| !multiplier.is_infinite());
        let multiplier = multiplier.ok_or_else(|| {
            Failure::Input(format!("--lambda {}: too large for the units of this program", lambda.value()))
        })?;
        let control = session.control(self.time_limit);
        let started = Instant::now();
        let solution = solve_at(program, multiplier, &control);
        match solution.status {
            Status::Optimal => {}
            Status::Cancelled => return Err(Failure::Interrupted),
            status => return Err(Failure::Refused(format!("{status}: the optimum was not found"))),
        }
        let seconds = started.elapsed().as_secs_f64();
        let verified = verify_solution(program, multiplier, &solution.selection, &solution.flow);
        verified.map_err(|error| Failure::Refused(format!("the solution failed its verification: {error}")))?;
        let scale = program.scale();
        let gain = in_user_units(solution.gain, scale.gain_unit);
        let cost = in_user_units(solution.cost, scale.cost_unit);
        let objective = solution.objective as f64 / multiplier.den() as f64 * scale.gain_unit;
        session.answer(
            || {
                let selected: Vec<u64> = solution.selection.decisions().map(|v| u64::from(v.0) + 1).collect();
                json!({
                    "decisions": program.n_decisions(),
                    "resources": program.n_resources(),
                    "uses": program.n_uses(),
                    "lambda": lambda.value(),
                    "lambda_ratio": [multiplier.num(), multiplier.den()],
                    "objective": objective,
                    "gain": gain,
                    "cost": cost,
                    "seconds": seconds,
                    "certified": true,
                    "selected": selected,
                })
            },
            || {
                format!(
                    "{}\nlambda     {}\nobjective  {objective}\ngain       {gain}\ncost       {cost}\n\
                     selected   {} of {}\ntime       {} s, certificate verified\n",
                    text::sizes(program),
                    lambda.value(),
                    solution.selection.len(),
                    text::count(program.n_decisions(), "decision"),
                    text::number(seconds),
                )
            },
        )
    }

    fn path(&self, program: &SelectionProgram, session: &mut Session<'_>) -> Outcome {
        let control = session.control(self.time_limit);
        let started = Instant::now();
        let solution = solve_path(program, &control);
        let seconds = started.elapsed().as_secs_f64();
        let certified = solution.status == Status::Optimal;
        if certified {
            verify_path(program, &solution.path, &solution.flow)
                .map_err(|error| Failure::Refused(format!("the path failed its verification: {error}")))?;
        }
        let gap = solution.gap * program.scale().gain_unit;
        if solution.status == Status::TimeLimit {
            session.warn(format!("the time limit was reached: this path is not proven optimal, gap {gap:.3e}"));
        }
        if let Some(path) = self.path_out.as_ref().filter(|_| certified) {
            let PathSolution { path: thresholds, flow, .. } = &solution;
            let file = PathFile { format: FORMAT.into(), version: 1, path: thresholds.clone(), flow: flow.clone() };
            files::write(path, |out| Ok(serde_json::to_writer(out, &file)?))?;
        } else if self.path_out.is_some() {
            session.warn("no path file was written: there is no certificate");
        }
        session.answer(
            || path_json(program, &solution, seconds, certified, gap),
            || path_text(program, &solution, seconds, certified),
        )?;
        if solution.status == Status::Cancelled { Err(Failure::Interrupted) } else { Ok(()) }
    }
}

fn path_json(program: &SelectionProgram, solution: &PathSolution, seconds: f64, certified: bool, gap: f64) -> Value {
    let scale = program.scale();
    let totals = |(gain, cost)| (in_user_units(gain, scale.gain_unit), in_user_units(cost, scale.cost_unit));
    let breakpoints: Vec<Value> = solution
        .path
        .breakpoints()
        .map(|point| {
            let (gain, cost) = totals((point.gain, point.cost));
            let ratio = [point.lambda.num(), point.lambda.den()];
            json!({ "lambda": price_level(point.lambda, scale), "lambda_ratio": ratio, "gain": gain, "cost": cost })
        })
        .collect();
    let (gain, cost) = totals(solution.path.start());
    json!({
        "decisions": program.n_decisions(),
        "resources": program.n_resources(),
        "uses": program.n_uses(),
        "start": { "gain": gain, "cost": cost },
        "breakpoints": breakpoints,
        "seconds": seconds,
        "certified": certified,
        "status": solution.status.name(),
        "gap": gap,
        "cuts": solution.stats.solves,
        "pairs_worked_on": solution.stats.pairs_worked_on,
    })
}

fn path_text(program: &SelectionProgram, solution: &PathSolution, seconds: f64, certified: bool) -> String {
    /// Rows of the printed table.
    const ROWS: usize = 12;
    let scale = program.scale();
    let breakpoints: Vec<_> = solution.path.breakpoints().collect();
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
    let rows: Vec<Vec<String>> = std::iter::once(row(f64::INFINITY, solution.path.start()))
        .chain(shown.iter().map(|&index| {
            let point = breakpoints[index];
            row(price_level(point.lambda, scale), (point.gain, point.cost))
        }))
        .collect();
    let proof = if certified { "certificate verified" } else { "not proven optimal" };
    let few = if shown.len() < breakpoints.len() {
        format!(", {} of them shown (all with --json)", shown.len())
    } else {
        String::new()
    };
    format!(
        "{}\n{}{few}; {} s, {proof}\n\nbelow lambda the optimum has this gain and cost:\n{}",
        text::sizes(program),
        text::count(breakpoints.len(), "breakpoint"),
        text::number(seconds),
        text::table(&["lambda", "gain", "cost"], &rows)
    )
}
