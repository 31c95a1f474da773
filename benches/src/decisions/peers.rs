//! Peers that train in Python: data out, models in, candidates from there on as everybody's.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use secateur::forest::{Forest, lightgbm};
use secateur_datasets::Target;
use serde::{Deserialize, Serialize};

use super::choose::Candidate;
use super::methods::Trial;
use super::problem::Problem;
use super::sklearn::read_forest;
use crate::workloads::Failure;

/// Iterations at which a boosted model is cut off.
const SIZES: [usize; 14] = [1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300];

/// A model that Python wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Trained {
    /// Its settings.
    label: String,
    /// Its file in the method's folder.
    file: String,
    /// Boosting iterations, or trees.
    iterations: usize,
    /// Seconds of training.
    seconds: f64,
}

/// LightGBM models over a grid, each cut off after several numbers of iterations.
pub(super) fn lightgbm(trial: &Trial<'_>, method: &str) -> Result<Vec<Candidate>, Failure> {
    from_python(trial, method, |path, trained| {
        let whole = lightgbm::read(&fs::read_to_string(path)?)?.forest;
        let per_iteration = match trial.problem.n_classes() {
            0..=2 => 1,
            classes => classes,
        };
        let iterations = whole.n_trees() / per_iteration;
        let sizes = SIZES.into_iter().filter(|&size| size < iterations).chain([iterations]);
        sizes
            .map(|size| {
                let label = format!("{}, {size} of {} iterations", trained.label, trained.iterations);
                trial.whole(label, first_trees(&whole, size * per_iteration)?)
            })
            .collect()
    })
}

/// Forests of scikit-learn.
pub(super) fn sklearn(trial: &Trial<'_>, method: &str) -> Result<Vec<Candidate>, Failure> {
    from_python(trial, method, |path, trained| {
        Ok(vec![trial.whole(trained.label.clone(), read_forest(path, &trial.problem.train)?)?])
    })
}

/// The forest's first trees.
fn first_trees(forest: &Forest, trees: usize) -> Result<Forest, Failure> {
    let mut raw = forest.to_raw();
    raw.trees.truncate(trees);
    Ok(Forest::new(raw)?)
}

/// Trains a method in Python and makes candidates of every model as soon as it is there.
fn from_python(
    trial: &Trial<'_>,
    method: &str,
    candidates_of: impl Fn(&Path, &Trained) -> Result<Vec<Candidate>, Failure>,
) -> Result<Vec<Candidate>, Failure> {
    let (problem, setting) = (trial.problem, trial.setting);
    let data = setting.scratch.join(format!("{}-{}", problem.name, problem.seed));
    let folder = data.join(method);
    let list = folder.join("models.jsonl");
    let mut candidates = Vec::new();
    if setting.keep && list.exists() {
        for line in fs::read_to_string(&list)?.lines() {
            let trained: Trained = serde_json::from_str(line)?;
            candidates.extend(candidates_of(&folder.join(&trained.file), &trained)?);
        }
        return Ok(candidates);
    }
    if !setting.python.exists() {
        return Err(no_python(&setting.python));
    }
    fs::create_dir_all(&folder)?;
    write_training(problem, &data)?;
    let mut lines = String::new();
    train(&setting.python, method, &data, &folder, |line| {
        let trained: Trained = serde_json::from_str(line)?;
        println!("  {method}: {}: {} iterations, {:.1} s", trained.label, trained.iterations, trained.seconds);
        let path = folder.join(&trained.file);
        candidates.extend(candidates_of(&path, &trained)?);
        if !setting.keep {
            fs::remove_file(path)?;
        }
        lines += line;
        lines.push('\n');
        Ok(())
    })?;
    if setting.keep {
        fs::write(list, lines)?;
    } else {
        fs::remove_dir_all(&data)?;
    }
    Ok(candidates)
}

fn no_python(python: &Path) -> Failure {
    format!("no Python with the peers at {}: run `bash benches/decisions/setup.sh`", python.display()).into()
}

/// Runs the script; every line of JSON that it prints is handed on while it trains the next model.
fn train(
    python: &Path,
    method: &str,
    data: &Path,
    out: &Path,
    mut each: impl FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("decisions/peers.py");
    // To a file: a pipe that nobody reads would block a process that says much.
    let said: PathBuf = out.join("stderr.txt");
    let mut process = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // On a busy machine threads that spin while they wait take longer than the work.
        .env("OMP_WAIT_POLICY", "PASSIVE")
        .arg(script)
        .arg(method)
        .args([data, out])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(&said)?)
        .spawn()
        .map_err(|error| format!("{}: {error}", python.display()))?;
    let stdout = process.stdout.take().expect("standard output is piped");
    let mut failure = None;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        if line.starts_with('{')
            && let Err(cause) = each(&line)
        {
            failure = Some(cause);
            process.kill()?;
            break;
        }
    }
    let status = process.wait()?;
    if let Some(cause) = failure {
        return Err(format!("{method}: {cause}").into());
    }
    let said = fs::read_to_string(&said)?;
    if said.contains("ModuleNotFoundError") {
        return Err(no_python(python));
    }
    if !status.success() {
        return Err(format!("{method} ended with {status}: {}", said.trim()).into());
    }
    Ok(())
}

/// What the script reads: the training part and what features cost.
fn write_training(problem: &Problem, folder: &Path) -> Result<(), Failure> {
    let train = &problem.train;
    let answers: Vec<f64> = match &train.target {
        Target::Classes { labels, .. } => labels.iter().map(|&label| f64::from(label)).collect(),
        Target::Values(values) => values.clone(),
        Target::None => return Err("a training part without answers".into()),
    };
    let prices: Vec<f64> = (0..train.n_features()).map(|feature| problem.price_of(feature)).collect();
    let facts = serde_json::json!({
        "rows": train.n_examples(),
        "features": train.n_features(),
        "classes": problem.n_classes(),
        "prices": prices,
        "seed": problem.seed,
    });
    fs::write(folder.join("problem.json"), facts.to_string())?;
    write_doubles(&folder.join("train_x.f64"), train.features.iter().copied())?;
    write_doubles(&folder.join("train_y.f64"), answers.into_iter())
}

/// Little-endian, in order.
fn write_doubles(path: &Path, values: impl Iterator<Item = f64>) -> Result<(), Failure> {
    let mut out = BufWriter::new(File::create(path)?);
    for value in values {
        out.write_all(&value.to_le_bytes())?;
    }
    Ok(out.flush()?)
}
