//! `secateur curve`: the whole loss-cost table of a model on any data.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use secateur::forest::{Curve as LossCurve, CurvePoint};
use serde_json::json;

use super::arguments::seconds;
use super::data::{Data, Reading, Targets};
use super::failure::Outcome;
use super::files;
use super::model::{Budgeted, loss_name, loss_text, spread};
use super::session::Session;
use super::text;

/// The loss and the mean cost of a pruned model on any data, at every operating point.
///
/// Costs are in the unit of the prices, per example. Without targets in the data, costs only. `lambda` is the lambda
/// just below which a point is optimal on the pruning data.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  secateur curve --model model.secateur --data test.csv --points 20 --csv curve.csv")]
pub(super) struct Curve {
    /// Pruned model
    #[arg(long, value_name = "MODEL")]
    model: PathBuf,
    /// Data to measure on
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Points in the printed table, evenly spread over the cost; --json and --csv have them all
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..))]
    points: u32,
    /// Write all points to this CSV file, with the share of examples that acquire each source
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Stop after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    time_limit: Option<Duration>,
    #[command(flatten)]
    reading: Reading,
}

impl Curve {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        files::check_outputs(&[("--csv", self.csv.as_ref())], &[Some(&self.model), Some(&self.data)])?;
        let model = Budgeted::load(&self.model, session)?;
        let data = Data::read(&self.data, model.wanted(&model.features()), &self.reading, Targets::IfThere, session)?;
        let control = session.control(self.time_limit);
        let started = Instant::now();
        let curve = model.curve(&data, &control)?;
        let elapsed = started.elapsed().as_secs_f64();
        if let Some(path) = &self.csv {
            files::write(path, |out| out.write_all(csv(&model, &curve).as_bytes()))?;
        }
        let task = model.model.forest().task();
        session.answer(
            || {
                json!({
                    "rows": data.table.n_examples(),
                    "seconds": elapsed,
                    "chosen": model.chosen,
                    "points": curve.points,
                })
            },
            || {
                let rows: Vec<Vec<String>> = spread(&curve, self.points as usize)
                    .into_iter()
                    .map(|point| {
                        let at = curve.at(point);
                        let loss = loss_text(task, at.loss());
                        vec![text::number(at.cost), loss, at.splits.to_string(), text::number(at.lambda)]
                    })
                    .collect();
                format!(
                    "{} of {}, {}\n{}",
                    text::count(data.table.n_examples(), "row"),
                    data.file,
                    text::count(curve.points.len(), "operating point"),
                    text::table(&["cost", loss_name(task), "splits", "lambda"], &rows)
                )
            },
        )
    }
}

fn csv(model: &Budgeted, curve: &LossCurve) -> String {
    let mut out = String::from("point,lambda,cost,splits,error,log_loss,brier,squared_error");
    for source in model.model.prices().sources() {
        let _ = write!(out, ",{}", files::csv_cell(&format!("acquired {}", source.name)));
    }
    out.push('\n');
    for (row, point) in curve.points.iter().enumerate() {
        let CurvePoint { lambda, cost, splits, .. } = point;
        let _ = write!(out, "{},{lambda},{cost},{splits}", point.point.0);
        for loss in [point.error, point.log_loss, point.brier, point.squared_error] {
            let _ = write!(out, ",{}", loss.map(|loss| loss.to_string()).unwrap_or_default());
        }
        for share in curve.acquired.row(row) {
            let _ = write!(out, ",{share}");
        }
        out.push('\n');
    }
    out
}
