//! Model files as commands need them.

use std::path::Path;

use secateur::forest::lightgbm::Records;
use secateur::forest::{
    BudgetedForest, Curve, CurveError, Forest, IntervalError, MetricError, Model, ModelFile, OperatingPoint, Task,
};
use secateur_datasets::Encoding;
use secateur_program::Control;

use super::data::{Data, Wanted};
use super::failure::Failure;
use super::session::Session;

pub(super) fn load(path: &Path) -> Result<ModelFile, Failure> {
    ModelFile::load(path).map_err(Failure::input)
}

/// Says that a file of `secateur tune` is of no use for a command.
pub(super) fn tuned(path: &Path, instead: &str) -> Failure {
    Failure::Input(format!(
        "{}: it holds the models of `secateur tune`, which `secateur predict --budget B` serves; {instead}",
        path.display()
    ))
}

/// A pruned model.
pub(super) struct Budgeted {
    pub(super) encoding: Encoding,
    pub(super) model: BudgetedForest,
    pub(super) chosen: Option<OperatingPoint>,
    /// What LightGBM recorded, if the forest is from there.
    pub(super) lightgbm: Option<Box<Records>>,
}

impl Budgeted {
    pub(super) fn load(path: &Path, session: &mut Session<'_>) -> Result<Self, Failure> {
        Self::of_file(load(path)?, path, session)
    }

    /// The pruned model in a file; `path` is for messages. Warns if it says that it is not proven.
    pub(super) fn of_file(file: ModelFile, path: &Path, session: &mut Session<'_>) -> Result<Self, Failure> {
        let ModelFile { encoding, model } = file;
        match model {
            Model::Budgeted { forest, chosen, lightgbm, .. } => {
                warn_unproven(&forest, path, session);
                // A point beyond the last class means the same as the last one.
                let chosen = chosen.map(|point| point.min(forest.unpruned()));
                Ok(Self { encoding, model: forest, chosen, lightgbm })
            }
            Model::Forest { .. } => Err(Failure::Input(format!(
                "{}: this forest is not pruned yet; `secateur prune --model {0} --data DATA --out MODEL` does it",
                path.display()
            ))),
            Model::Tuned { .. } => Err(tuned(path, "this command reads the model of `secateur prune`")),
        }
    }

    pub(super) fn curve(&self, data: &Data, control: &Control) -> Result<Curve, Failure> {
        curve(&self.model, data, control)
    }

    /// By feature: whether some operating point asks for it.
    pub(super) fn features(&self) -> Vec<bool> {
        features_of(self.model.forest())
    }

    /// How data files are read for this model, of whose columns only some are needed.
    pub(super) fn wanted<'a>(&'a self, needed: &'a [bool]) -> Wanted<'a> {
        Wanted::only(&self.encoding, needed)
    }
}

/// By feature: whether some split asks for it.
pub(super) fn features_of(forest: &Forest) -> Vec<bool> {
    marked(forest.n_features(), (0..forest.n_nodes()).filter_map(|node| forest.feature(node)))
}

/// By feature: whether it is among those given.
pub(super) fn marked(n_features: usize, features: impl Iterator<Item = usize>) -> Vec<bool> {
    let mut marked = vec![false; n_features];
    features.for_each(|feature| marked[feature] = true);
    marked
}

/// Warns if the thresholds of a model are not proven.
pub(super) fn warn_unproven(forest: &BudgetedForest, path: &Path, session: &mut Session<'_>) {
    if forest.proof().is_unproven() {
        session.warn(format!("{}: its thresholds are {}", path.display(), forest.proof()));
    }
}

pub(super) fn curve(model: &BudgetedForest, data: &Data, control: &Control) -> Result<Curve, Failure> {
    model.curve(data.examples()?, control).map_err(|error| match error {
        CurveError::Examples(error) => data.explain(&error),
        CurveError::Stopped(stop) => Failure::stopped(stop),
        other => Failure::input(other),
    })
}

/// Names the file, row and column behind intervals that could not be measured.
pub(super) fn interval_failure(error: IntervalError, data: &Data) -> Failure {
    match error {
        IntervalError::Examples(error) | IntervalError::Metric(MetricError::Examples(error)) => data.explain(&error),
        IntervalError::Stopped(stop) => Failure::stopped(stop),
        other => Failure::input(other),
    }
}

/// What the loss of a curve is called.
pub(super) fn loss_name(task: &Task) -> &'static str {
    match task {
        Task::Classification { .. } => "error",
        Task::Regression => "squared error",
    }
}

/// A loss for people: error rates in per cent.
pub(super) fn loss_text(task: &Task, loss: Option<f64>) -> String {
    match (task, loss) {
        (_, None) => "-".into(),
        (Task::Classification { .. }, Some(loss)) => super::text::percent(loss),
        (Task::Regression, Some(loss)) => super::text::number(loss),
    }
}

/// About `n` points of a curve, evenly spread over its costs, first and last included; all if there are no more.
pub(super) fn spread(curve: &Curve, n: usize) -> Vec<OperatingPoint> {
    if curve.points.len() <= n {
        return curve.points.iter().map(|point| point.point).collect();
    }
    let last = curve.points.len() - 1;
    let (least, most) = (curve.points[0].cost, curve.points[last].cost);
    let steps = n.max(2) - 1;
    let mut points: Vec<OperatingPoint> = (0..steps)
        .map(|step| {
            let limit = least + (most - least) * step as f64 / steps as f64;
            let within = curve.points.partition_point(|point| secateur::forest::within(point.cost, limit));
            curve.points[within.max(1) - 1].point
        })
        .chain([curve.points[last].point])
        .collect();
    points.dedup();
    points
}
