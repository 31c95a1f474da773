//! A model opened at a budget or an operating point: one way to ask all kinds of models.

use secateur::forest::tune::Candidate;
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
    Budgeted(Budgeted),
    Tuned { encoding: Encoding, tuned: secateur::forest::tune::Tuned },
}

/// A model of which every row is asked.
pub(super) enum Opened<'a> {
    Budgeted { model: &'a Budgeted, point: OperatingPoint },
    Tuned { candidate: &'a Candidate, budget: f64 },
}

impl Loaded {
    pub(super) fn load(path: &std::path::Path) -> Result<Self, Failure> {
        match crate::cli::model::load(path)? {
            ModelFile { encoding, model: Model::Tuned { tuned } } => Ok(Loaded::Tuned { encoding, tuned }),
            file => Ok(Loaded::Budgeted(Budgeted::of_file(file, path)?)),
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
                        "no model costs {} or less: the cheapest, which cost {} on the validation data, is used",
                        text::number(budget),
                        text::number(cheapest.valid.cost)
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
