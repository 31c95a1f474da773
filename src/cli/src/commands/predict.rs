//! `secateur predict`: predictions and bills, row by row.

mod opened;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use secateur::forest::{LazyError, LazyOptions, TargetView, Task};
use secateur_program::Control;
use serde_json::{Value, json};

use super::arguments::amount;
use super::data::{Data, Reading, Targets, Wanted};
use super::failure::{Failure, Outcome};
use super::files;
use super::model::{loss_name, loss_text};
use super::point::PointArgs;
use super::ranges;
use super::session::Session;
use super::text;
use opened::Opened;

/// Predict the rows of a file and say what each prediction costs.
///
/// Prints (or writes) CSV: row (from 1), prediction, cost in the prices' unit. The file needs the columns that the model's
/// kept splits ask for, found by name; if it has targets, the loss is reported too.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  secateur predict --model model.secateur --data new.csv --out predictions.csv\n  \
                        secateur predict --model model.secateur --data new.csv --budget 5 --lazy --cap 12 --probabilities")]
pub(super) struct Predict {
    /// Pruned model, or models from `secateur tune`
    #[arg(long, value_name = "MODEL")]
    model: PathBuf,
    /// Rows to predict
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Do not look at the target column, should there be one
    #[arg(long)]
    unlabelled: bool,
    /// Ask for features one by one, as in service, and report the sources bought; same predictions and costs
    #[arg(long)]
    lazy: bool,
    /// Never pay more than this for a row (implies --lazy): splits beyond it predict as leaves; of tuned models, the one is
    /// served that erred least on held-out rows under such a cap
    #[arg(long, value_name = "C", value_parser = amount, allow_negative_numbers = true)]
    cap: Option<f64>,
    /// Stop buying as soon as the class cannot change (implies --lazy)
    #[arg(long)]
    settle: bool,
    /// Also give the probability of every class
    #[arg(long)]
    probabilities: bool,
    /// Write the CSV to this file instead of standard output
    #[arg(long, value_name = "FILE.csv")]
    out: Option<PathBuf>,
    #[command(flatten)]
    point: PointArgs,
    #[command(flatten)]
    reading: Reading,
}

/// Predictions and bills, one entry per row.
struct Predicted {
    /// Probabilities or values.
    outputs: Vec<Vec<f64>>,
    /// Most probable classes; zeros for regression.
    classes: Vec<usize>,
    costs: Vec<f64>,
    /// Sources bought in order, if they were bought one by one.
    sources: Option<Vec<Vec<u32>>>,
}

impl Predict {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        let inputs = [Some(&self.model), Some(&self.data), self.point.inputs()];
        files::check_outputs(&[("--out", self.out.as_ref())], &inputs)?;
        let model = Opened::load(&self.model, &self.point, self.cap, &self.reading, session)?;
        let targets = if self.unlabelled { Targets::Ignored } else { Targets::IfThere };
        let needed = model.predictor.needed();
        let wanted = Wanted::only(model.predictor.encoding(), &needed);
        let data = Data::read(&self.data, wanted, &self.reading, targets, session)?;
        if let Some(records) = &model.lightgbm {
            ranges::warn(&records.header, &data, session);
        }
        let lazy = self.lazy || self.cap.is_some() || self.settle;
        let predicted = if lazy { self.lazily(&model, &data, &session.control(None))? } else { model.batch(&data)? };
        session.control(None).check()?;

        let task = model.predictor.task();
        let names = Names { task, model: &model, probabilities: self.probabilities };
        if let Some(path) = &self.out {
            files::write(path, |out| out.write_all(names.csv(&predicted).as_bytes()))?;
        }
        let summary = Summary::new(&data, &model, &predicted);
        if session.json() {
            let predictions = self.out.is_none().then(|| names.json(&predicted));
            return session.answer(|| summary.json(self.out.as_ref(), predictions), String::new);
        }
        match &self.out {
            Some(path) => session.print(&format!("{}\nwrote {}\n", summary.line(), path.display())),
            None => {
                session.print(&names.csv(&predicted))?;
                session.note(&summary.line());
                Ok(())
            }
        }
    }

    fn lazily(&self, model: &Opened, data: &Data, control: &Control) -> Result<Predicted, Failure> {
        let options = LazyOptions { stop_when_settled: self.settle, ..model.options(self.cap) };
        let mut predicted = Predicted { outputs: Vec::new(), classes: Vec::new(), costs: Vec::new(), sources: None };
        let mut sources = Vec::new();
        for (row, values) in data.table.features.rows().into_iter().enumerate() {
            control.check()?;
            let prediction = model.lazily(|feature: usize| values[feature], options);
            let prediction = prediction.map_err(|error| match error {
                LazyError::Missing { feature } => Failure::Input(data.missing(row, feature)),
                other => Failure::Input(format!("{}, data row {}: {other}", data.file, row + 1)),
            })?;
            predicted.outputs.push(prediction.outputs);
            predicted.classes.push(prediction.class);
            predicted.costs.push(prediction.bill.total);
            sources.push(prediction.bill.sources.iter().map(|source| source.0).collect());
        }
        predicted.sources = Some(sources);
        if self.cap.is_none() && !self.settle {
            same_bills(&predicted, &model.batch(data)?)?;
        }
        Ok(predicted)
    }
}

/// The two ways to predict must agree.
fn same_bills(lazy: &Predicted, batch: &Predicted) -> Outcome {
    let same = |row: &usize| {
        let (one, other) = (lazy.costs[*row], batch.costs[*row]);
        (one - other).abs() <= 1e-9 * (1.0 + other.abs()) && lazy.outputs[*row] == batch.outputs[*row]
    };
    match (0..lazy.costs.len()).find(|row| !same(row)) {
        Some(row) => Err(Failure::Refused(format!(
            "row {}: bought one by one it costs {}, at once {}, or the predictions differ; please report this",
            row + 1,
            lazy.costs[row],
            batch.costs[row]
        ))),
        None => Ok(()),
    }
}

/// The mean over the rows of a file, with their weights.
fn mean(data: &Data, value: impl Fn(usize) -> f64) -> f64 {
    let weight = |row: usize| data.table.weights.as_ref().map_or(1.0, |weights| weights[row]);
    let rows = 0..data.table.n_examples();
    rows.clone().map(|row| weight(row) * value(row)).sum::<f64>() / rows.map(weight).sum::<f64>()
}

/// All predictions in a few figures.
struct Summary<'a> {
    data: &'a Data,
    model: &'a Opened,
    mean_cost: f64,
    most_cost: f64,
    /// Error rate or mean squared error, if the data have targets.
    loss: Option<f64>,
    /// Mean number of sources bought, if they were bought one by one.
    bought: Option<f64>,
}

impl<'a> Summary<'a> {
    fn new(data: &'a Data, model: &'a Opened, predicted: &Predicted) -> Self {
        let loss = data.table.target_view().map(|target| match target {
            TargetView::Classes { labels, .. } => {
                mean(data, |row| f64::from(u8::from(predicted.classes[row] != labels[row] as usize)))
            }
            TargetView::Values(values) => mean(data, |row| (predicted.outputs[row][0] - values[row]).powi(2)),
        });
        Self {
            data,
            model,
            mean_cost: mean(data, |row| predicted.costs[row]),
            most_cost: predicted.costs.iter().copied().fold(0.0, f64::max),
            loss,
            bought: predicted.sources.as_ref().map(|sources| mean(data, |row| sources[row].len() as f64)),
        }
    }

    fn line(&self) -> String {
        let task = self.model.predictor.task();
        let loss = self.loss.map(|loss| format!(", {} {}", loss_name(task), loss_text(task, Some(loss))));
        let bought = self.bought.map(|bought| format!(", {} sources bought per row", text::number(bought)));
        format!(
            "{}, {}: mean cost {}, most {}{}{}",
            text::count(self.data.table.n_examples(), "row"),
            self.model.words(),
            text::number(self.mean_cost),
            text::number(self.most_cost),
            loss.unwrap_or_default(),
            bought.unwrap_or_default(),
        )
    }

    fn json(&self, out: Option<&PathBuf>, predictions: Option<Vec<Value>>) -> Value {
        let mut answer = self.model.json();
        let more = json!({
            "rows": self.data.table.n_examples(),
            "mean_cost": self.mean_cost,
            "most_cost": self.most_cost,
            "loss": self.loss,
            "out": out,
            "predictions": predictions,
        });
        if let (Value::Object(answer), Value::Object(more)) = (&mut answer, more) {
            answer.extend(more);
        }
        answer
    }
}

/// Predictions in the words of the data.
struct Names<'a> {
    task: &'a Task,
    model: &'a Opened,
    probabilities: bool,
}

impl Names<'_> {
    fn classes(&self) -> &[String] {
        match self.task {
            Task::Classification { classes } => classes,
            Task::Regression => &[],
        }
    }

    fn source(&self, source: u32) -> &str {
        &self.model.predictor.prices().sources()[source as usize].name
    }

    fn csv(&self, predicted: &Predicted) -> String {
        let mut out = String::from("row,prediction,cost");
        if self.probabilities {
            for class in self.classes() {
                let _ = write!(out, ",{}", files::csv_cell(&format!("p({class})")));
            }
        }
        out.push_str(if predicted.sources.is_some() { ",sources\n" } else { "\n" });
        for (row, outputs) in predicted.outputs.iter().enumerate() {
            let answer = match self.task {
                Task::Classification { classes } => files::csv_cell(&classes[predicted.classes[row]]),
                Task::Regression => outputs[0].to_string(),
            };
            let _ = write!(out, "{},{answer},{}", row + 1, predicted.costs[row]);
            if self.probabilities && !self.classes().is_empty() {
                outputs.iter().for_each(|share| {
                    let _ = write!(out, ",{share}");
                });
            }
            if let Some(sources) = &predicted.sources {
                let names: Vec<&str> = sources[row].iter().map(|source| self.source(*source)).collect();
                let _ = write!(out, ",{}", files::csv_cell(&names.join(" ")));
            }
            out.push('\n');
        }
        out
    }

    fn json(&self, predicted: &Predicted) -> Vec<Value> {
        (0..predicted.outputs.len())
            .map(|row| {
                let outputs = &predicted.outputs[row];
                let mut entry = match self.task {
                    Task::Classification { classes } => json!({ "class": classes[predicted.classes[row]] }),
                    Task::Regression => json!({ "value": outputs[0] }),
                };
                entry["cost"] = predicted.costs[row].into();
                if self.probabilities && !self.classes().is_empty() {
                    entry["probabilities"] = json!(outputs);
                }
                if let Some(sources) = &predicted.sources {
                    entry["sources"] = sources[row].iter().map(|source| self.source(*source)).collect();
                }
                entry
            })
            .collect()
    }
}
