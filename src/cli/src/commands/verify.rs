//! `secateur verify`: believes nothing that a file says.

use std::path::PathBuf;

use clap::Args;
use secateur::forest::{BudgetedForest, Forest, Model, ModelFile, OperatingPoint, Proof, Task};
use secateur_program::verify_path;
use serde_json::json;

use super::failure::{Failure, Outcome};
use super::model;
use super::path_file::{PathFile, read_program};
use super::session::Session;

use super::text;

/// Check a path against its program without any solver, or validate a model file.
///
/// A path is accepted if its certificate proves it optimal at every lambda, in integer arithmetic. Of a model file, which
/// holds no certificate, the parts are checked against each other, and it says whether its thresholds were proven when it was
/// pruned (of `tune`: whether a limit stopped it). Exit code 0 if accepted, 1 if refused or if the model says that it is not
/// proven, 2 if a file cannot be read. A file of an older release that does not say it is accepted with a warning.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  secateur solve program.sel --path-out path.json\n  \
                        secateur verify program.sel path.json\n  secateur verify --model model.secateur")]
pub(super) struct Verify {
    /// Program in text form
    #[arg(value_name = "FILE.sel", required_unless_present = "model", requires = "path")]
    program: Option<PathBuf>,
    /// Path with its certificate, written by `solve --path-out`
    #[arg(value_name = "PATH.json")]
    path: Option<PathBuf>,
    /// Model file to validate instead
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["program", "path"])]
    model: Option<PathBuf>,
}

impl Verify {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        match (self.program, self.path, self.model) {
            (Some(program), Some(path), None) => verify(&program, &path, session),
            (None, None, Some(path)) => describe(&model::load(&path)?, session),
            _ => Err(Failure::Input("verify needs FILE.sel and PATH.json, or --model MODEL".into())),
        }
    }
}

fn verify(program: &std::path::Path, path: &std::path::Path, session: &mut Session<'_>) -> Outcome {
    let program = read_program(program, session)?;
    let file = PathFile::read(path)?;
    match verify_path(&program, &file.path, &file.flow) {
        Ok(()) => {
            let breakpoints = file.path.breakpoints().count();
            session.answer(
                || json!({ "accepted": true, "decisions": program.n_decisions(), "breakpoints": breakpoints }),
                || {
                    format!(
                        "accepted: {} over {} are proven optimal at every lambda\n",
                        text::count(breakpoints, "breakpoint"),
                        text::count(program.n_decisions(), "decision")
                    )
                },
            )
        }
        Err(error) => {
            let reason = format!("{error} (ids count from 0)");
            if session.json() {
                session.answer(|| json!({ "accepted": false, "reason": reason }), String::new)?;
            }
            Err(Failure::Refused(format!("{}: refused: {reason}", path.display())))
        }
    }
}

fn describe(file: &ModelFile, session: &mut Session<'_>) -> Outcome {
    let target = file.encoding.target.as_ref().map(|target| target.name.as_str());
    match &file.model {
        Model::Forest { forest, .. } => describe_forest(file, forest, None, session),
        Model::Budgeted { forest, chosen, .. } => {
            doubts(forest.proof(), session);
            describe_forest(file, forest.forest(), Some((forest, *chosen)), session)
        }
        Model::Tuned { tuned } => {
            let task = tuned.models[0].model.task();
            if tuned.stopped == Some(true) {
                session.unproven(STOPPED);
            }
            session.answer(
                || {
                    json!({
                        "accepted": true,
                        "kind": "tuned",
                        "features": file.encoding.feature_names(),
                        "target": target,
                        "classes": classes(task),
                        "stopped": tuned.stopped,
                        "sources": tuned.models[0].model.prices().sources().len(),
                        "budgets": tuned.chosen.iter().map(|chosen| chosen.budget).collect::<Vec<_>>(),
                        "models": tuned.models.iter().map(|model| &model.origin).collect::<Vec<_>>(),
                    })
                },
                || {
                    let models = tuned.models.iter().enumerate().map(|(index, candidate)| {
                        let budgets = tuned.chosen.iter().filter(|chosen| chosen.model == index);
                        let budgets: Vec<String> = budgets.map(|chosen| text::number(chosen.budget)).collect();
                        format!("budget {}: {}\n", budgets.join(", "), candidate.origin)
                    });
                    let count = text::count(tuned.models.len(), "tuned model");
                    format!("accepted: {count}\n{}{}", predicts(task, target), models.collect::<String>())
                },
            )
        }
    }
}

/// What a model of `tune` says that a limit stopped.
const STOPPED: &str = "the models were chosen among what was ready when the time limit of `tune` was reached";

/// Says so if the thresholds of a model are not known to be proven.
fn doubts(proof: Proof, session: &mut Session<'_>) {
    let message = format!("the thresholds are {proof}");
    match proof {
        Proof::Proven => {}
        Proof::Unknown => session.warn(message),
        Proof::Stopped { .. } | Proof::Unproven => session.unproven(message),
    }
}

fn classes(task: &Task) -> Option<&[String]> {
    match task {
        Task::Classification { classes } => Some(classes),
        Task::Regression => None,
    }
}

fn predicts(task: &Task, target: Option<&str>) -> String {
    let what = match (classes(task), target) {
        (Some(classes), Some(target)) => format!("{target}: one of {}", classes.join(", ")),
        (Some(classes), None) => format!("one of {}", classes.join(", ")),
        (None, target) => format!("{}: a number", target.unwrap_or("target")),
    };
    format!("predicts {what}\n")
}

fn describe_forest(
    file: &ModelFile,
    forest: &Forest,
    pruned: Option<(&BudgetedForest, Option<OperatingPoint>)>,
    session: &mut Session<'_>,
) -> Outcome {
    let target = file.encoding.target.as_ref().map(|target| target.name.as_str());
    session.answer(
        || {
            json!({
                "accepted": true,
                "kind": if pruned.is_some() { "budgeted" } else { "forest" },
                "trees": forest.n_trees(),
                "splits": forest.n_splits(),
                "features": file.encoding.feature_names(),
                "target": target,
                "classes": classes(forest.task()),
                "sources": pruned.map(|(model, _)| model.prices().sources().len()),
                "operating_points": pruned.map(|(model, _)| model.points().len()),
                "chosen": pruned.and_then(|(_, chosen)| chosen),
                "thresholds": pruned.map(|(model, _)| model.proof()),
            })
        },
        || {
            let sizes = [(forest.n_trees(), "tree"), (forest.n_splits(), "split"), (forest.n_features(), "feature")];
            let sizes = sizes.map(|(n, what)| text::count(n, what)).join(", ");
            let state = match pruned {
                Some((model, chosen)) => format!(
                    "pruned for {}: {}, {}\nthresholds {}\n",
                    text::count(model.prices().sources().len(), "source"),
                    text::count(model.points().len(), "operating point"),
                    chosen.map_or("none chosen".into(), |point| format!("number {} chosen", point.0)),
                    model.proof(),
                ),
                None => "not pruned yet\n".into(),
            };
            format!("accepted: {sizes}\n{}{state}", predicts(forest.task(), target))
        },
    )
}
