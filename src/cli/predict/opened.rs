//! A model opened at a budget or an operating point: one way to ask all kinds of models.

use secateur::forest::tune::{Candidate, Tuned};
use secateur::forest::{
    CompiledForest, LazyError, LazyOptions, LazyPrediction, Model, ModelFile, OperatingPoint, PriceList, Task,
};
use secateur_datasets::Encoding;
use serde_json::{Value, json};

use super::Answered;
use crate::cli::data::{Data, Reading};
use crate::cli::failure::Failure;
use crate::cli::model::Budgeted;
use crate::cli::point::PointArgs;
use crate::cli::session::Session;
use crate::cli::text;

/// What a file holds.
pub(super) enum Loaded {
    Budgeted(Box<Budgeted>),
    Tuned { encoding: Encoding, tuned: Tuned },
}

/// A model of which every row is asked.
pub(super) enum Opened<'a> {
    Budgeted { model: &'a Budgeted, point: OperatingPoint },
    Tuned { candidate: &'a Candidate, budget: f64 },
}

impl Loaded {
    pub(super) fn load(path: &std::path::Path, session: &mut Session<'_>) -> Result<Self, Failure> {
        match crate::cli::model::load(path)? {
            ModelFile { encoding, model: Model::Tuned { tuned } } => Ok(Loaded::Tuned { encoding, tuned }),
            file => Ok(Loaded::Budgeted(Box::new(Budgeted::of_file(file, path, session)?))),
        }
    }

    pub(super) fn encoding(&self) -> &Encoding {
        match self {
            Loaded::Budgeted(model) => &model.encoding,
            Loaded::Tuned { encoding, .. } => encoding,
        }
    }

    /// Opens it as the arguments say.
    pub(super) fn open(
        &self,
        args: &PointArgs,
        reading: &Reading,
        session: &mut Session<'_>,
    ) -> Result<Opened<'_>, Failure> {
        match self {
            Loaded::Budgeted(model) => {
                let point = args.resolve(model, reading, &session.control(None))?;
                Ok(Opened::Budgeted { model, point })
            }
            Loaded::Tuned { tuned, .. } => {
                let budget = args.tuned_budget(tuned)?;
                let candidate = tuned.within(budget).unwrap_or_else(|| {
                    let cheapest = &tuned.models[0];
                    session.warn(format!(
                        "no model costs {} or less: the cheapest, which cost {} on held-out data, is used",
                        text::number(budget),
                        text::number(cheapest.valid.measured.cost)
                    ));
                    cheapest
                });
                Ok(Opened::Tuned { candidate, budget })
            }
        }
    }
}

impl Opened<'_> {
    pub(super) fn task(&self) -> &Task {
        match self {
            Opened::Budgeted { model, .. } => model.model.forest().task(),
            Opened::Tuned { candidate, .. } => candidate.model.task(),
        }
    }

    pub(super) fn prices(&self) -> &PriceList {
        match self {
            Opened::Budgeted { model, .. } => model.model.prices(),
            Opened::Tuned { candidate, .. } => candidate.model.prices(),
        }
    }

    /// Which model it is, in words.
    pub(super) fn words(&self) -> String {
        match self {
            Opened::Budgeted { model, point } => format!("point {} of {}", point.0, model.model.unpruned().0),
            Opened::Tuned { candidate, budget } => {
                format!("model for budget {} ({})", text::number(*budget), candidate.origin)
            }
        }
    }

    /// Which model it is, as fields of the JSON answer.
    pub(super) fn json(&self) -> Value {
        match self {
            Opened::Budgeted { model, point } => json!({ "point": point, "lambda": model.model.lambda(*point) }),
            Opened::Tuned { candidate, budget } => {
                let budget = budget.is_finite().then_some(budget);
                json!({ "budget": budget, "origin": candidate.origin, "valid_cost": candidate.valid.cost })
            }
        }
    }

    /// All rows at once.
    pub(super) fn batch(&self, data: &Data) -> Result<Answered, Failure> {
        let x = data.table.features.view();
        let answered = match self {
            Opened::Budgeted { model, point } => {
                let costs = model.model.costs(x, *point);
                costs.and_then(|costs| Ok((costs, model.model.compile(*point).predict(x)?)))
            }
            Opened::Tuned { candidate, .. } => {
                let costs = candidate.model.costs(x);
                costs.and_then(|costs| Ok((costs, candidate.model.predict(x)?)))
            }
        };
        let (costs, outputs) = answered.map_err(|error| data.explain(&error))?;
        let classes = CompiledForest::classes(&outputs).into_iter().map(|class| class as usize).collect();
        let outputs = outputs.rows().into_iter().map(|row| row.to_vec()).collect();
        Ok(Answered { outputs, classes, costs: costs.per_example, sources: None })
    }

    /// One row, its features asked for one by one.
    pub(super) fn lazily(
        &self,
        value: impl FnMut(usize) -> f64,
        options: LazyOptions,
    ) -> Result<LazyPrediction, LazyError<std::convert::Infallible>> {
        match self {
            Opened::Budgeted { model, point } => model.model.predict_lazy(value, *point, options),
            Opened::Tuned { candidate, .. } => candidate.model.predict_lazy(value, options),
        }
    }
}

#[cfg(test)]
mod tests {
    use secateur::forest::tune::{Chosen, Measured};
    use secateur::forest::{Aggregation, Band, Forest, Judged, Metrics, Precision, RawForest, RawTree, StagedForest};

    use super::*;

    /// A model of one leaf that is said to cost so much.
    fn candidate(cost: f64) -> Candidate {
        let leaf = RawTree {
            feature: vec![-1],
            threshold: vec![0.0],
            children_left: vec![-1],
            children_right: vec![-1],
            missing: Vec::new(),
            value: vec![cost],
        };
        let raw = RawForest {
            task: Task::Regression,
            n_features: 1,
            precision: Precision::F64,
            aggregation: Aggregation::Mean,
            base: Vec::new(),
            trees: vec![leaf],
        };
        let prices = PriceList::uniform(&["a".to_owned()], 1.0).unwrap();
        let model = StagedForest::new(Forest::new(raw).unwrap(), None, prices).unwrap();
        let band = Band { mean: cost, low: cost, high: cost, standard_error: 0.0 };
        let measured = Measured { cost, metrics: Metrics::default() };
        Candidate {
            origin: String::new(),
            model,
            valid: Judged { measured, loss: band, cost: band, acquired: vec![1.0] },
        }
    }

    #[test]
    fn a_budget_gets_the_model_that_was_chosen_for_it() {
        let chosen = |(budget, model): (f64, usize)| Chosen { budget, model };
        let tuned = Tuned {
            models: [1.0, 1.5, 1.9].map(candidate).to_vec(),
            // The largest budget has a cheaper model than the one before.
            chosen: [(0.5, 0), (1.2, 0), (2.0, 2), (3.0, 1)].map(chosen).to_vec(),
            folds: 1,
            stopped: None,
        };
        let cost = |budget: f64| tuned.within(budget).map(|candidate| candidate.valid.measured.cost);
        assert_eq!([1.2, 2.0, 2.9, 3.0, 1e9].map(cost), [1.0, 1.9, 1.9, 1.5, 1.5].map(Some));
        // The cheapest model stands for a budget that it does not keep.
        assert_eq!([0.5, 0.9].map(cost), [None; 2]);
        assert_eq!(cost(1.0), Some(1.0));
    }
}
