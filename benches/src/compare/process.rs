//! Runs one solver once, in a process of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::measured::{Measured, Question};
use super::solvers::{How, Solver};
use crate::workloads::Failure;

/// Where things are and how long to wait.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The Python of the peers' environment (`benches/compare/setup.sh` makes it).
    pub python: PathBuf,
    /// Folder for program files, tables and plots.
    pub out: PathBuf,
    /// Runs of each solver.
    pub runs: usize,
    /// A solver whose first run took longer than this is not run again.
    pub slow: Duration,
    /// A process is ended after this.
    pub patience: Duration,
}

/// The answer of one run, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Run {
    /// It answered.
    Done(Box<Measured>),
    /// It is not installed or not built here.
    Absent(String),
    /// It was ended after [`Setting::patience`].
    TooSlow(f64),
}

/// Runs a solver on a program file. `high` is a lambda above every breakpoint, for solvers that want a range.
///
/// # Errors
/// When the process fails.
pub fn run(setting: &Setting, solver: &Solver, program: &Path, question: Question, high: f64) -> Result<Run, Failure> {
    let mut command = match solver.how {
        How::Absent(why) => return Ok(Run::Absent(why.into())),
        How::Python(_) if !setting.python.exists() => {
            return Ok(Run::Absent("not installed: bash benches/compare/setup.sh".into()));
        }
        How::Python(script) => {
            let mut command = Command::new(&setting.python);
            command.env("PYTHONDONTWRITEBYTECODE", "1");
            command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("compare").join(script));
            command
        }
        How::Child(_, threads) => {
            let mut command = Command::new(std::env::current_exe()?);
            command.args(["child", solver.name]);
            if let Some(threads) = threads {
                command.env("RAYON_NUM_THREADS", threads.to_string());
            }
            command
        }
    };
    command.arg(program);
    match (question, &solver.how) {
        (Question::At(lambda), _) => drop(command.args([lambda.num(), lambda.den()].map(|part| part.to_string()))),
        (Question::Path, How::Python(_)) => drop(command.arg(format!("{high:e}"))),
        (Question::Path, _) => {}
    }
    // To files: a pipe nobody reads would block a process that says much.
    let (stdout, stderr) = (setting.out.join("stdout.txt"), setting.out.join("stderr.txt"));
    command.stdin(Stdio::null()).stdout(File::create(&stdout)?).stderr(File::create(&stderr)?);
    let start = Instant::now();
    let mut process = command.spawn()?;
    let status = loop {
        if let Some(status) = process.try_wait()? {
            break status;
        }
        if start.elapsed() > setting.patience {
            process.kill()?;
            process.wait()?;
            return Ok(Run::TooSlow(setting.patience.as_secs_f64()));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let said = std::fs::read_to_string(&stderr)?;
    if said.contains("ModuleNotFoundError") {
        return Ok(Run::Absent("not installed: bash benches/compare/setup.sh".into()));
    }
    if !status.success() {
        return Err(format!("{} ended with {status}: {}", solver.name, said.trim()).into());
    }
    let answer = std::fs::read_to_string(&stdout)?;
    let line = answer.lines().rfind(|line| line.starts_with('{')).ok_or("a solver that printed no measurements")?;
    Ok(Run::Done(Box::new(serde_json::from_str(line)?)))
}
