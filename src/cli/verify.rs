//! `secateur verify`: believes nothing that a file says.

use std::path::PathBuf;

use clap::Args;
use secateur::forest::{Model, ModelFile, Task};
use secateur_program::verify_path;
use serde_json::json;

use super::failure::{Failure, Outcome};
use super::model;
use super::path_file::{PathFile, read_program};
use super::session::Session;

use super::text;

/// Check a path against its program without any solver, or validate a model file.
///
/// A path is accepted if its certificate proves it optimal at every price level, in integer arithmetic. Exit code 0 if
/// accepted, 1 if refused, 2 if a file cannot be read.
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
    let program = read_program(program)?;
    let file = PathFile::read(path)?;
    match verify_path(&program, &file.path, &file.flow) {
        Ok(()) => {
            let breakpoints = file.path.breakpoints().count();
            session.answer(
                || json!({ "accepted": true, "decisions": program.n_decisions(), "breakpoints": breakpoints }),
                || {
                    format!(
                        "accepted: {} over {} are proven optimal at every price level\n",
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
    let forest = file.model.forest();
    let (kind, points, chosen) = match &file.model {
        Model::Forest { .. } => ("forest", None, None),
        Model::Budgeted { forest, chosen } => ("budgeted", Some(forest.points().len()), *chosen),
    };
    let sources = match &file.model {
        Model::Forest { .. } => None,
        Model::Budgeted { forest, .. } => Some(forest.prices().sources().len()),
    };
    let target = file.encoding.target.as_ref().map(|target| target.name.as_str());
    let classes = match forest.task() {
        Task::Classification { classes } => Some(classes),
        Task::Regression => None,
    };
    session.answer(
        || {
            json!({
                "accepted": true,
                "kind": kind,
                "trees": forest.n_trees(),
                "splits": forest.n_splits(),
                "features": file.encoding.feature_names(),
                "target": target,
                "classes": classes,
                "sources": sources,
                "operating_points": points,
                "chosen": chosen,
            })
        },
        || {
            let what = match (&classes, target) {
                (Some(classes), Some(target)) => format!("{target}: one of {}", classes.join(", ")),
                (Some(classes), None) => format!("one of {}", classes.join(", ")),
                (None, target) => format!("{}: a number", target.unwrap_or("target")),
            };
            let mut lines = format!(
                "accepted: {}, {}, {}\npredicts {what}\n",
                text::count(forest.n_trees(), "tree"),
                text::count(forest.n_splits(), "split"),
                text::count(forest.n_features(), "feature"),
            );
            match (points, sources) {
                (Some(points), Some(sources)) => {
                    let chosen = chosen.map_or("none chosen".into(), |point| format!("number {} chosen", point.0));
                    lines += &format!(
                        "pruned for {}: {}, {chosen}\n",
                        text::count(sources, "source"),
                        text::count(points, "operating point")
                    );
                }
                _ => lines += "not pruned yet\n",
            }
            lines
        },
    )
}
