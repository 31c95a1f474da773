//! The registered methods, and what they work with.
//!
//! To add one: a function from a [`Trial`] to candidates, and a line in [`METHODS`].

use std::path::PathBuf;
use std::sync::Arc;

use secateur::forest::{
    AcquisitionModel, Aggregation, BudgetedForest, Forest, OperatingPoint, Precision, RawForest, RawTree, Task,
};
use secateur_cli::peers::Peer;
use secateur_datasets::{Dataset, Target};
use secateur_program::Control;

use super::choose::{Candidate, Model};
use super::meter::{Measured, measure};
use super::problem::{Metric, Problem};
use super::{ours, peers};
use crate::workloads::Failure;
use secateur::forest::metrics::Metrics;

/// A way to come to decisions at a budget.
#[derive(Debug)]
pub struct Method {
    /// Name on the command line and in results.
    pub name: &'static str,
    /// Name in tables.
    pub title: &'static str,
    /// Trains, and yields models at operating points.
    pub run: fn(&Trial<'_>) -> Result<Vec<Candidate>, Failure>,
}

/// Every method.
pub const METHODS: &[Method] = &[
    Method { name: "tune", title: "secateur tune", run: ours::tuned },
    Method {
        name: "tune-hold-out",
        title: "secateur tune, trained on the training part alone",
        run: ours::tuned_on_train,
    },
    Method { name: "boosted", title: "our boosting with prices alone", run: ours::boosted },
    Method { name: "exact-gini", title: "bagged forest, pruned exactly", run: ours::exact_gini },
    Method { name: "exact-refit", title: "the same, leaves refitted", run: ours::exact_refit },
    Method { name: "cost-complexity", title: "bagged forest, cost-complexity per tree", run: ours::cost_complexity },
    Method { name: "greedy", title: "bagged forest, features dropped one by one", run: ours::greedy },
    Method { name: "primal-dual-50", title: "bagged forest, primal-dual of 50 passes", run: ours::primal_dual },
    Method {
        name: "lightgbm-lazy",
        title: "LightGBM, lazy penalties",
        run: |trial| peers::candidates(trial, Peer::LightGbmLazy),
    },
    Method {
        name: "lightgbm-coupled",
        title: "LightGBM, coupled penalties",
        run: |trial| peers::candidates(trial, Peer::LightGbmCoupled),
    },
    Method {
        name: "lightgbm-plain",
        title: "LightGBM, truncated",
        run: |trial| peers::candidates(trial, Peer::LightGbmPlain),
    },
    Method {
        name: "sklearn-forest",
        title: "scikit-learn forest, unpruned",
        run: |trial| peers::candidates(trial, Peer::SklearnForest),
    },
    Method {
        name: "sklearn-ccp",
        title: "scikit-learn forest, ccp_alpha",
        run: |trial| peers::candidates(trial, Peer::SklearnCcp),
    },
];

/// The method of that name.
pub fn named(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// Where things are.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The Python of the peers' environment (`benches/decisions/setup.sh` makes it).
    pub python: PathBuf,
}

/// One problem, to be solved by one method.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// Data, prices, budgets, and the seed that the method's own randomness should use.
    pub problem: &'a Problem,
    /// Where things are.
    pub setting: &'a Setting,
}

/// Points of a path that are measured one by one, where the curve has no metric to choose by.
const MOST_POINTS: usize = 120;

impl Trial<'_> {
    /// A model at an operating point, measured on validation data.
    ///
    /// # Errors
    /// For rows that the model cannot predict.
    pub fn candidate(
        &self,
        label: String,
        model: Arc<BudgetedForest>,
        point: OperatingPoint,
    ) -> Result<Candidate, Failure> {
        self.measured_candidate(label, Model::Pruned(model, point))
    }

    /// A forest that acquires and a forest that answers, measured on validation data.
    ///
    /// # Errors
    /// For rows that the model cannot predict.
    pub fn staged(&self, label: String, model: AcquisitionModel) -> Result<Candidate, Failure> {
        self.measured_candidate(label, Model::Staged(Arc::new(model)))
    }

    fn measured_candidate(&self, label: String, model: Model) -> Result<Candidate, Failure> {
        let valid = self.measured(&model, &self.problem.valid)?;
        Ok(Candidate { label, model, valid, chosen_for: None })
    }

    /// A whole forest as a candidate.
    ///
    /// # Errors
    /// For rows that the forest cannot predict.
    pub fn whole(&self, label: String, forest: Forest) -> Result<Candidate, Failure> {
        let model = BudgetedForest::whole(forest, self.problem.prices.clone())?;
        let point = model.unpruned();
        self.candidate(label, Arc::new(model), point)
    }

    /// All operating points of a pruned forest as candidates, in one sweep over validation data. For rankings some points, evenly
    /// spread along the path, each measured by itself.
    ///
    /// # Errors
    /// For rows that the model cannot predict.
    pub fn curve(&self, label: &str, model: BudgetedForest) -> Result<Vec<Candidate>, Failure> {
        let model = Arc::new(model);
        let named = |point: OperatingPoint| match model.lambda(point) {
            _ if point == model.unpruned() => format!("{label}, unpruned"),
            lambda => format!("{label}, lambda {lambda:.3e}"),
        };
        if self.problem.judged == Metric::Ranking {
            let last = model.points().len() - 1;
            let steps = last.min(MOST_POINTS);
            let spread = (0..=steps).map(|step| OperatingPoint((step * last / steps.max(1)) as u32));
            return spread.map(|point| self.candidate(named(point), Arc::clone(&model), point)).collect();
        }
        let curve = model.curve(self.problem.valid.view()?, &Control::new())?;
        let candidates = curve.points.iter().map(|at| {
            let (error, log_loss) = (at.error, at.log_loss);
            let metrics = Metrics { error, log_loss, squared_error: at.squared_error, ..Metrics::default() };
            let valid = Measured { cost: at.cost, metrics };
            let model = Model::Pruned(Arc::clone(&model), at.point);
            Candidate { label: named(at.point), model, valid, chosen_for: None }
        });
        Ok(candidates.collect())
    }

    /// The constant prediction, which costs nothing: every method has it.
    ///
    /// # Errors
    /// For a training part without answers.
    pub fn constant(&self) -> Result<Candidate, Failure> {
        self.whole("constant".into(), constant(&self.problem.train)?)
    }

    /// Cost and metrics on a table.
    ///
    /// # Errors
    /// For rows that the model cannot predict.
    pub fn measured(&self, model: &Model, table: &Dataset) -> Result<Measured, Failure> {
        Ok(measure(model, table, self.problem.judged)?)
    }
}

/// The forest of one leaf: class counts, or the mean.
fn constant(train: &Dataset) -> Result<Forest, Failure> {
    let (task, value) = match &train.target {
        Target::Classes { labels, names } => {
            let mut counts = vec![0.0; names.len()];
            labels.iter().for_each(|&label| counts[label as usize] += 1.0);
            (Task::Classification { classes: names.clone() }, counts)
        }
        Target::Values(values) => (Task::Regression, vec![values.iter().sum::<f64>() / values.len() as f64]),
        Target::None => return Err("a training part without answers".into()),
    };
    let leaf = RawTree {
        feature: vec![-1],
        threshold: vec![0.0],
        children_left: vec![-1],
        children_right: vec![-1],
        missing: Vec::new(),
        value,
        ..RawTree::default()
    };
    Ok(Forest::new(RawForest {
        task,
        n_features: train.n_features(),
        precision: Precision::F64,
        aggregation: Aggregation::Mean,
        base: Vec::new(),
        trees: vec![leaf],
    })?)
}
