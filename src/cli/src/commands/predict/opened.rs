//! A model opened at a budget or an operating point: one way to ask all kinds of models.

use secateur::forest::lightgbm::Records;
use secateur::forest::tune::{Candidate, CappedTrial, Tuned, UnderCap};
use secateur::forest::{
    CompiledForest, LazyError, LazyOptions, LazyPrediction, Model, ModelFile, OperatingPoint, PriceList, Task, WhenCut,
};
use secateur_datasets::Encoding;
use serde_json::{Value, json};

use super::Answered;
use crate::commands::data::{Data, Reading};
use crate::commands::failure::Failure;
use crate::commands::model::{Budgeted, features_of, marked};
use crate::commands::point::PointArgs;
use crate::commands::session::Session;
use crate::commands::text;

/// What a file holds.
pub(super) enum Loaded {
    Budgeted(Box<Budgeted>),
    Tuned { encoding: Encoding, tuned: Tuned },
}

/// A model of which every row is asked.
pub(super) enum Opened<'a> {
    Budgeted { model: &'a Budgeted, point: OperatingPoint },
    Tuned { candidate: &'a Candidate, budget: f64, capped: Option<Capped<'a>> },
}

/// How rows are served under a cap.
pub(super) struct Capped<'a> {
    cap: f64,
    options: LazyOptions,
    /// What held-out rows say; `None`: nothing was measured.
    trial: Option<&'a CappedTrial>,
}

impl Loaded {
    pub(super) fn load(path: &std::path::Path, session: &mut Session<'_>) -> Result<Self, Failure> {
        match crate::commands::model::load(path)? {
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

    /// What LightGBM recorded, if the forest is from there.
    pub(super) fn lightgbm(&self) -> Option<&Records> {
        match self {
            Loaded::Budgeted(model) => model.lightgbm.as_deref(),
            Loaded::Tuned { .. } => None,
        }
    }

    /// Opens it as the arguments say.
    pub(super) fn open(
        &self,
        args: &PointArgs,
        cap: Option<f64>,
        reading: &Reading,
        session: &mut Session<'_>,
    ) -> Result<Opened<'_>, Failure> {
        match self {
            Loaded::Budgeted(model) => {
                let point = args.resolve(model, reading, &session.control(None), session)?;
                Ok(Opened::Budgeted { model, point })
            }
            Loaded::Tuned { tuned, .. } => {
                let budget = args.tuned_budget(tuned)?;
                if let Some(cap) = cap {
                    let (candidate, capped) = capped(tuned, cap, budget, session);
                    return Ok(Opened::Tuned { candidate, budget, capped: Some(capped) });
                }
                let candidate = tuned.within(budget).unwrap_or_else(|| {
                    let cheapest = &tuned.models[0];
                    session.warn(format!(
                        "no model costs {} or less: the cheapest, which cost {} on held-out data, is used",
                        text::number(budget),
                        text::number(cheapest.valid.measured.cost)
                    ));
                    cheapest
                });
                Ok(Opened::Tuned { candidate, budget, capped: None })
            }
        }
    }
}

/// The model that held-out rows prefer under a cap. Files of releases that did not measure that: the dearest model that cannot cost more, or
/// the cheapest, its policy answering where the cap cuts.
fn capped<'a>(tuned: &'a Tuned, cap: f64, budget: f64, session: &mut Session<'_>) -> (&'a Candidate, Capped<'a>) {
    if let Some(UnderCap { trial, candidate, options }) = tuned.under_cap(cap, budget) {
        return (candidate, Capped { cap, options, trial: Some(trial) });
    }
    let reason = match tuned.caps.is_empty() {
        true => "the file holds no measurements under caps (tune again for them)",
        false => "nothing was measured within this cap and budget",
    };
    let most = |candidate: &Candidate| candidate.model.most_cost();
    let fits = tuned.models.iter().rev().find(|candidate| most(candidate) <= cap * (1.0 + 1e-12));
    let candidate = fits.unwrap_or(&tuned.models[0]);
    let model = if fits.is_some() { "the dearest model that cannot cost more" } else { "the cheapest model" };
    session.warn(format!("{reason}: {model} is used, and its policy answers for rows that the cap cuts short"));
    let options = LazyOptions { cap: Some(cap), when_cut: WhenCut::Policy, ..LazyOptions::default() };
    (candidate, Capped { cap, options, trial: None })
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

    /// By feature: whether a split that is kept asks for it.
    pub(super) fn needed(&self) -> Vec<bool> {
        match self {
            Opened::Budgeted { model, point } => {
                let forest = model.model.forest();
                let kept = (0..forest.n_nodes()).filter(|node| model.model.keeps(*node, *point));
                marked(forest.n_features(), kept.filter_map(|node| forest.feature(node)))
            }
            Opened::Tuned { candidate, .. } => {
                let mut needed = features_of(candidate.model.policy());
                if let Some(answer) = candidate.model.answer() {
                    needed.iter_mut().zip(features_of(answer)).for_each(|(needed, too)| *needed |= too);
                }
                needed
            }
        }
    }

    /// Which model it is, in words.
    pub(super) fn words(&self) -> String {
        match self {
            Opened::Budgeted { model, point } => format!("point {} of {}", point.0, model.model.unpruned().0),
            Opened::Tuned { candidate, budget, capped: None } => {
                format!("model for budget {} ({})", text::number(*budget), candidate.origin)
            }
            Opened::Tuned { candidate, capped: Some(capped), .. } => {
                format!("under cap {} ({}{})", text::number(capped.cap), candidate.origin, capped.words())
            }
        }
    }

    /// Which model it is, as fields of the JSON answer.
    pub(super) fn json(&self) -> Value {
        match self {
            Opened::Budgeted { model, point } => json!({ "point": point, "lambda": model.model.lambda(*point) }),
            Opened::Tuned { candidate, budget, capped } => {
                let budget = budget.is_finite().then_some(budget);
                let capped = capped.as_ref().map(|capped| json!({ "cap": capped.cap, "when_cut": capped.options.when_cut, "measured": capped.trial }));
                json!({ "budget": budget, "origin": candidate.origin, "valid_cost": candidate.valid.cost, "capped": capped })
            }
        }
    }

    /// How rows are asked one by one.
    pub(super) fn options(&self, cap: Option<f64>) -> LazyOptions {
        match self {
            Opened::Tuned { capped: Some(capped), .. } => capped.options,
            _ => LazyOptions { cap, ..LazyOptions::default() },
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

impl Capped<'_> {
    /// What is done about rows that would cost more, in words.
    fn words(&self) -> String {
        let Some(trial) = self.trial else { return String::new() };
        if trial.cut == 0.0 {
            return "; no held-out row costs more".into();
        }
        let who = match trial.when_cut {
            WhenCut::Answer => "answered as ever",
            WhenCut::Policy => "answered by the policy",
        };
        let capped =
            if trial.cap < self.cap { format!(", capped at {}", text::number(trial.cap)) } else { String::new() };
        format!("{capped}; {:.0} % of held-out rows are cut short, then {who}", 100.0 * trial.cut)
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
            caps: Vec::new(),
            stopped: None,
        };
        let cost = |budget: f64| tuned.within(budget).map(|candidate| candidate.valid.measured.cost);
        assert_eq!([1.2, 2.0, 2.9, 3.0, 1e9].map(cost), [1.0, 1.9, 1.9, 1.5, 1.5].map(Some));
        // The cheapest model stands for a budget that it does not keep.
        assert_eq!([0.5, 0.9].map(cost), [None; 2]);
        assert_eq!(cost(1.0), Some(1.0));
    }
}
