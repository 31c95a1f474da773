//! The model of a file, opened as the arguments say.

use std::path::Path;

use secateur::forest::lightgbm::Records;
use secateur::forest::{
    Budget, CompiledForest, LazyError, LazyOptions, LazyPrediction, Model, ModelFile, Predictions, Predictor, WhenCut,
};
use serde_json::{Value, json};

use super::Predicted;
use crate::commands::data::{Data, Reading};
use crate::commands::failure::Failure;
use crate::commands::model::Budgeted;
use crate::commands::point::PointArgs;
use crate::commands::session::Session;
use crate::commands::text;

/// A model of which every row is asked.
pub(super) struct Opened {
    pub(super) predictor: Predictor,
    /// What LightGBM recorded, if the forest is from there.
    pub(super) lightgbm: Option<Box<Records>>,
    /// The budget and the cap that tuned models were opened at.
    tuned_at: Option<(f64, Option<f64>)>,
}

impl Opened {
    /// Opens the model of a file.
    pub(super) fn load(
        path: &Path,
        args: &PointArgs,
        cap: Option<f64>,
        reading: &Reading,
        session: &mut Session<'_>,
    ) -> Result<Self, Failure> {
        let file = crate::commands::model::load(path)?;
        if matches!(file.model, Model::Tuned { .. }) {
            return Self::of_tuned(file, args, cap, session);
        }
        let budgeted = Budgeted::of_file(file, path, session)?;
        let point = args.resolve(&budgeted, reading, &session.control(None), session)?;
        let Budgeted { encoding, model: forest, chosen, lightgbm } = budgeted;
        let model = Model::Budgeted { forest, chosen, gains: None, lightgbm: None };
        let predictor = ModelFile { encoding, model }.open(point).map_err(Failure::input)?;
        Ok(Self { predictor, lightgbm, tuned_at: None })
    }

    fn of_tuned(
        file: ModelFile,
        args: &PointArgs,
        cap: Option<f64>,
        session: &mut Session<'_>,
    ) -> Result<Self, Failure> {
        let Model::Tuned { tuned } = &file.model else { unreachable!("tuned models were asked for") };
        let mean = args.tuned_budget(tuned)?;
        let measured = !tuned.caps.is_empty();
        let budget = match (cap, tuned.within(mean)) {
            (Some(cap), _) => Budget::mean(mean).with_cap(cap),
            (None, Some(_)) => Budget::mean(mean),
            (None, None) => {
                let least = tuned.models[0].valid.measured.cost;
                session.warn(format!(
                    "no model costs {} or less: the cheapest, which cost {} on held-out data, is used",
                    text::number(mean),
                    text::number(least)
                ));
                Budget::mean(least)
            }
        };
        let predictor = file.open(budget).map_err(Failure::input)?;
        if let (Some(cap), None, Some(candidate)) = (cap, predictor.capped_trial(), predictor.candidate()) {
            let reason = match measured {
                false => "the file holds no measurements under caps (tune again for them)",
                true => "nothing was measured within this cap and budget",
            };
            let model = match Budget::cap(cap).allows_example(candidate.model.most_cost()) {
                true => "the dearest model that cannot cost more",
                false => "the cheapest model",
            };
            session
                .warn(format!("{reason}: {model} is used, and its policy predicts for rows that the cap cuts short"));
        }
        Ok(Self { predictor, lightgbm: None, tuned_at: Some((mean, cap)) })
    }

    /// Which model it is, in words.
    pub(super) fn words(&self) -> String {
        if let Some((forest, point)) = self.predictor.budgeted() {
            return format!("point {} of {}", point.0, forest.unpruned().0);
        }
        let origin = self.predictor.candidate().map_or("", |candidate| &candidate.origin);
        match self.tuned_at {
            Some((_, Some(cap))) => format!("under cap {} ({origin}{})", text::number(cap), self.when_cut(cap)),
            Some((budget, None)) => format!("model for budget {} ({origin})", text::number(budget)),
            None => origin.to_owned(),
        }
    }

    /// What is done about rows that would cost more than the cap, in words.
    fn when_cut(&self, cap: f64) -> String {
        let Some(trial) = self.predictor.capped_trial() else { return String::new() };
        if trial.cut == 0.0 {
            return "; no held-out row costs more".into();
        }
        let who = match trial.when_cut {
            WhenCut::Predictor => "predicted as ever",
            WhenCut::Policy => "predicted by the policy",
        };
        let capped = if trial.cap < cap { format!(", capped at {}", text::number(trial.cap)) } else { String::new() };
        format!("{capped}; {:.0} % of held-out rows are cut short, then {who}", 100.0 * trial.cut)
    }

    /// Which model it is, as fields of the JSON answer.
    pub(super) fn json(&self) -> Value {
        if let Some((forest, point)) = self.predictor.budgeted() {
            return json!({ "point": point, "lambda": forest.lambda(point) });
        }
        let (budget, cap) = self.tuned_at.unwrap_or((f64::INFINITY, None));
        let when_cut = self.predictor.lazy_options().when_cut;
        let trial = self.predictor.capped_trial();
        let capped = cap.map(|cap| json!({ "cap": cap, "when_cut": when_cut, "measured": trial }));
        let candidate = self.predictor.candidate();
        json!({
            "budget": budget.is_finite().then_some(budget),
            "origin": candidate.map(|candidate| &candidate.origin),
            "valid_cost": candidate.map(|candidate| candidate.valid.cost),
            "capped": capped,
        })
    }

    /// How rows are asked one by one.
    pub(super) fn options(&self, cap: Option<f64>) -> LazyOptions {
        match self.predictor.budgeted() {
            Some(_) => LazyOptions { cap, ..LazyOptions::default() },
            None => self.predictor.lazy_options(),
        }
    }

    /// All rows at once.
    pub(super) fn batch(&self, data: &Data) -> Result<Predicted, Failure> {
        let predictions = self.predictor.predict(data.table.features.view());
        let Predictions { outputs, costs, .. } = predictions.map_err(|error| data.explain(&error))?;
        let classes = CompiledForest::classes(&outputs).into_iter().map(|class| class as usize).collect();
        let outputs = outputs.rows().into_iter().map(|row| row.to_vec()).collect();
        Ok(Predicted { outputs, classes, costs, sources: None })
    }

    /// One row, its features asked for one by one.
    pub(super) fn lazily(
        &self,
        mut value: impl FnMut(usize) -> f64,
        options: LazyOptions,
    ) -> Result<LazyPrediction, LazyError<std::convert::Infallible>> {
        self.predictor.predict_lazy(&mut value, options)
    }
}
