//! What tuning shows: JSON, text, and the report.

use crate::report::{OnExamples, TuneInput, write_tune_html};
use secateur::forest::tune::{Chosen, Measured};
use secateur::forest::{Evaluation, Forest, Task};
use serde_json::{Map, Value, json};

use super::{Done, FILES, ValueEnum};
use crate::commands::data::Data;
use crate::commands::model::{loss_name, loss_text};
use crate::commands::text;

/// Sources named per model in the text.
const NAMED: usize = 6;

impl Done<'_> {
    pub(super) fn json(&self) -> Value {
        let data = |data: Option<&Data>| data.map(|data| json!({ "file": data.file, "rows": data.table.n_examples() }));
        let (task, classes) = match self.task() {
            Task::Classification { classes } => ("class", Some(classes)),
            Task::Regression => ("regress", None),
        };
        let budgets = self.tuned.chosen.iter().map(|chosen| {
            json!({
                "budget": chosen.budget,
                "within": self.within(chosen.budget, chosen.model),
                "model": chosen.model,
                "valid": self.judged(&self.on_valid[chosen.model]),
                "test": self.on_test.map(|judged| self.judged(&judged[chosen.model])),
            })
        });
        let sizes = |forest: &Forest| json!({ "trees": forest.n_trees(), "splits": forest.n_splits() });
        let models = self.tuned.models.iter().map(|candidate| {
            json!({
                "origin": candidate.origin,
                "policy": sizes(candidate.model.policy()),
                "answer": candidate.model.predictor().map(sizes),
            })
        });
        let baselines = self.baselines.iter().map(|series| {
            let points = series.points.iter().map(
                |point| json!({ "budget": point.budget, "origin": point.origin, "valid": measured(&point.valid), "test": point.test.as_ref().map(measured) }),
            );
            json!({ "name": series.name, "description": series.description, "points": points.collect::<Value>() })
        });
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "task": task,
            "target": self.target(),
            "classes": classes,
            "features": self.encoding.columns.len(),
            "seed": self.args.seed,
            "effort": self.args.effort.to_possible_value().map(|value| value.get_name().to_owned()),
            "prices": {
                "file": self.args.prices,
                "unit": self.args.prices.is_none(),
                "sources": self.prices.sources(),
                "per_split": self.prices.per_split(),
                "per_node": self.prices.per_node(),
            },
            "train": data(self.data[0]),
            "valid": data(self.data[1]),
            "test": data(self.data[2]),
            "folds": self.tuned.folds,
            "held_out": self.held_out,
            "candidates": self.tried.len(),
            "stopped": self.stopped,
            "seconds": self.seconds,
            "out": self.args.out,
            "files": self.args.out.as_ref().map(|_| FILES),
            "budgets": budgets.collect::<Value>(),
            "models": models.collect::<Value>(),
            "caps": self.caps(),
            "baselines": baselines.collect::<Value>(),
        })
    }

    /// What held-out examples say of the model served under each cap.
    fn caps(&self) -> Value {
        let mut caps: Vec<f64> = self.tuned.caps.iter().map(|trial| trial.cap).collect();
        caps.dedup();
        let served = caps.into_iter().filter_map(|cap| Some((cap, self.tuned.under_cap(cap, f64::INFINITY)?.trial)));
        let entries = served.map(|(cap, trial)| {
            json!({ "cap": cap, "served": trial.cap, "model": trial.model, "when_cut": trial.when_cut, "cut": trial.cut, "valid": measured(&trial.valid) })
        });
        entries.collect()
    }

    fn judged(&self, judged: &Evaluation) -> Value {
        let mut fields = measured(&judged.measured);
        fields.insert("loss".into(), judged.loss.mean.into());
        fields.insert("loss_band".into(), json!(judged.loss));
        fields.insert("cost_band".into(), json!(judged.cost));
        let names = self.prices.sources().iter().map(|source| source.name.clone());
        let shares = names.zip(&judged.acquired).filter(|(_, share)| **share > 0.0);
        fields
            .insert("acquired".into(), shares.map(|(name, share)| (name, json!(share))).collect::<Map<_, _>>().into());
        fields.into()
    }

    fn within(&self, budget: f64, model: usize) -> bool {
        secateur::forest::within(self.tuned.models[model].valid.measured.cost, budget)
    }

    pub(super) fn text(&self) -> String {
        let task = self.task();
        let loss = loss_name(task);
        let mut lines = String::new();
        for (what, data) in ["train", "valid", "test"].into_iter().zip(self.data) {
            if let Some(data) = data {
                lines += &format!("{what:8} {} of {}\n", text::count(data.table.n_examples(), "row"), data.file);
            }
        }
        lines += &format!("target   {}: {}\n", self.target(), self.taken());
        lines += &format!("prices   {}\n", self.price_words());
        let candidates = text::count(self.tried.len(), "candidate");
        lines +=
            &format!("tried    {candidates} in {} s\nheld out {}\n\n", text::number(self.seconds), self.held_words());

        let mut heads = vec!["budget".to_owned(), "cost".into(), loss.into(), "95 % interval".into()];
        if self.on_test.is_some() {
            heads.extend(["test cost".to_owned(), format!("test {loss}"), "95 % interval".into()]);
        }
        heads.push("model".into());
        let rows: Vec<Vec<String>> = self
            .tuned
            .chosen
            .iter()
            .map(|chosen| {
                let mut cells = vec![text::number(chosen.budget)];
                for judged in [Some(self.on_valid), self.on_test].into_iter().flatten() {
                    let Evaluation { measured, loss, .. } = &judged[chosen.model];
                    let ends = [loss.low.max(0.0), loss.high].map(|end| loss_text(task, Some(end)));
                    cells.extend([text::number(measured.cost), loss_text(task, Some(loss.mean)), ends.join(" to ")]);
                }
                cells.push((chosen.model + 1).to_string());
                cells
            })
            .collect();
        let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
        lines += &text::table(&heads, &rows);
        lines.push('\n');
        for (index, candidate) in self.tuned.models.iter().enumerate() {
            lines +=
                &format!("model {}  {}\n         acquires {}\n", index + 1, candidate.origin, self.acquired(index));
        }
        lines += &self.cap_lines();
        lines += &self.baseline_lines();
        if let Some(folder) = &self.args.out {
            lines += &format!("\nwrote {} to {}\n", FILES.join(", "), folder.display());
        }
        lines
    }

    /// What is served where no row may cost more than a budget.
    fn cap_lines(&self) -> String {
        let heads = ["cap for every row", loss_name(self.task()), "cost", "rows cut short", "model"];
        let budgets = self.tuned.chosen.iter().map(|chosen| chosen.budget);
        let served = budgets.filter_map(|cap| Some((cap, self.tuned.under_cap(cap, f64::INFINITY)?.trial)));
        let rows: Vec<Vec<String>> = served
            .map(|(cap, trial)| {
                let metrics = &trial.valid.metrics;
                vec![
                    text::number(cap),
                    loss_text(self.task(), metrics.error.or(metrics.squared_error)),
                    text::number(trial.valid.cost),
                    format!("{:.0} %", 100.0 * trial.cut),
                    (trial.model + 1).to_string(),
                ]
            })
            .collect();
        if rows.is_empty() { String::new() } else { format!("\n{}", text::table(&heads, &rows)) }
    }

    /// What other methods lose at the same budgets.
    fn baseline_lines(&self) -> String {
        let on_test = self.on_test.is_some() && self.args.peers.is_some();
        let which = if on_test { "test" } else { "held out" };
        let name = format!("{}, {which}", loss_name(self.task()));
        let mut heads = vec![name.as_str(), "tuned"];
        let series = || self.baselines.iter().filter(|series| series.points.iter().any(|point| point.budget.is_some()));
        heads.extend(series().map(|series| series.name.as_str()));
        let write =
            |measured: &Measured| loss_text(self.task(), measured.metrics.error.or(measured.metrics.squared_error));
        let row = |chosen: &Chosen| {
            let own = self.on_test.filter(|_| on_test).unwrap_or(self.on_valid);
            let mut cells = vec![text::number(chosen.budget), write(&own[chosen.model].measured)];
            cells.extend(series().map(|series| {
                let point = series.points.iter().find(|point| point.budget == Some(chosen.budget));
                let measured = point.and_then(|point| if on_test { point.test.as_ref() } else { Some(&point.valid) });
                measured.map_or("-".to_owned(), write)
            }));
            cells
        };
        let rows: Vec<Vec<String>> = self.tuned.chosen.iter().map(row).collect();
        format!("\n{}", text::table(&heads, &rows))
    }

    /// The most acquired sources of a model, on held-out data.
    fn acquired(&self, model: usize) -> String {
        let shares = &self.on_valid[model].acquired;
        let mut sources: Vec<usize> = (0..shares.len()).filter(|&source| shares[source] > 0.0).collect();
        sources.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]).then(a.cmp(b)));
        if sources.is_empty() {
            return "nothing".into();
        }
        let named = sources
            .iter()
            .take(NAMED)
            .map(|&source| format!("{} ({:.0} %)", self.prices.sources()[source].name, 100.0 * shares[source]));
        let named: Vec<String> = named.collect();
        let more = sources.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        named.join(", ") + &more
    }

    fn peer_words(&self) -> String {
        match &self.args.peers {
            Some(python) => format!("trained by {}", python.display()),
            None => "not run; --peers PYTHON compares with LightGBM and scikit-learn".into(),
        }
    }

    fn held_words(&self) -> String {
        match self.tuned.folds {
            0 | 1 => "the validation data".into(),
            folds => format!("each of {folds} folds of training and validation data in turn"),
        }
    }

    fn price_words(&self) -> String {
        match &self.args.prices {
            Some(path) => format!("{} in {}", text::count(self.prices.sources().len(), "source"), path.display()),
            None => "every feature costs 1 (no --prices)".into(),
        }
    }

    pub(super) fn report(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        let names = self.encoding.feature_names();
        let [train, valid, test] = self
            .data
            .map(|data| data.map(|data| format!("{} ({})", data.file, text::count(data.table.n_examples(), "row"))));
        let mut notes: Vec<(String, String)> =
            [("Training data", train), ("Validation data", valid), ("Test data", test)]
                .into_iter()
                .filter_map(|(what, file)| Some((what.to_owned(), file?)))
                .collect();
        let limit = if self.stopped { "; stopped by the time limit, chosen among what was ready" } else { "" };
        notes.extend([
            ("Target".to_owned(), self.target().to_owned()),
            ("Prices".into(), self.price_words()),
            ("Candidates".into(), text::count(self.tried.len(), "model") + limit),
            ("Held out".into(), self.held_words()),
            ("Seed".into(), self.args.seed.to_string()),
            ("Seconds".into(), text::number(self.seconds)),
            ("Other programs".into(), self.peer_words()),
        ]);
        let on =
            |models, data: Option<&Data>| OnExamples { models, rows: data.map_or(0, |data| data.table.n_examples()) };
        let title = format!("{}: a model for each budget", self.target());
        let input = TuneInput {
            title: &title,
            tuned: self.tuned,
            feature_names: &names,
            tried: self.tried,
            valid: OnExamples { models: self.on_valid, rows: self.held_out },
            test: self.on_test.map(|models| on(models, self.data[2])),
            baselines: self.baselines,
            notes: &notes,
        };
        write_tune_html(&input, out)
    }
}

/// Cost and metrics.
fn measured(measured: &Measured) -> Map<String, Value> {
    let metrics = &measured.metrics;
    let metrics = json!({
        "error": metrics.error,
        "log_loss": metrics.log_loss,
        "brier": metrics.brier,
        "auc": metrics.auc,
        "squared_error": metrics.squared_error,
        "r2": metrics.r2,
    });
    Map::from_iter([("cost".to_owned(), json!(measured.cost)), ("metrics".to_owned(), metrics)])
}
