//! `secateur report`: the page for people.

use std::path::PathBuf;

use crate::report::{ReportInput, ReportIntervals, write_html};
use clap::Args;
use secateur::forest::{BudgetedForest, Curve, IntervalOptions, OperatingPoint};
use secateur_datasets::Encoding;
use secateur_program::Control;
use serde_json::json;

use super::data::{Data, Reading, Targets};
use super::failure::{Failure, Outcome};
use super::files;
use super::model::{Budgeted, interval_failure};
use super::point::PointArgs;
use super::session::Session;
use super::text;

/// Write one self-contained HTML page about a pruned model.
///
/// It shows the loss-cost frontier with the operating point, how often each source is acquired, the nodes kept per tree
/// and the cost per example.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  secateur report --model model.secateur --data valid.csv --out report.html")]
pub(super) struct Report {
    /// Pruned model
    #[arg(long, value_name = "MODEL")]
    model: PathBuf,
    /// Data to measure on, with targets
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Pruning data, with targets, for a second curve
    #[arg(long, value_name = "FILE")]
    prune_data: Option<PathBuf>,
    /// Page to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Title of the page [default: the model's file name]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    point: PointArgs,
    #[command(flatten)]
    reading: Reading,
}

impl Report {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        let inputs = [Some(&self.model), Some(&self.data), self.prune_data.as_ref(), self.point.inputs()];
        files::check_outputs(&[("--out", Some(&self.out))], &inputs)?;
        let model = Budgeted::load(&self.model, session)?;
        let features = model.features();
        let data = Data::read(&self.data, model.wanted(&features), &self.reading, Targets::Required, session)?;
        let prune = self.prune_data.as_ref();
        let prune = Data::read_optional(prune, model.wanted(&features), &self.reading, Targets::Required, session)?;
        let control = session.control(None);
        let chosen = self.point.resolve(&model, &self.reading, &control, session)?;
        let valid = model.curve(&data, &control)?;
        let prune_curve = prune.as_ref().map(|prune| model.curve(prune, &control)).transpose()?;
        let name = self.model.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut notes = vec![("Model".to_owned(), self.model.display().to_string())];
        notes.push(("Thresholds".into(), model.model.proof().to_string()));
        notes.push(("Measured on".into(), format!("{} ({})", data.file, text::count(data.table.n_examples(), "row"))));
        if let Some(prune) = &prune {
            let rows = text::count(prune.table.n_examples(), "row");
            notes.push(("Pruning data".into(), format!("{} ({rows})", prune.file)));
        }
        let page = Page {
            title: self.title.as_deref().unwrap_or(&name),
            model: &model.model,
            encoding: &model.encoding,
            chosen,
            prune: prune_curve.as_ref(),
            valid: &valid,
            valid_data: &data,
            intervals: &intervals(&model.model, chosen, &valid, &data, &control)?,
            notes: &notes,
        };
        files::write(&self.out, page.html(&self.out)?)?;
        session.answer(
            || json!({ "out": self.out, "chosen": valid.at(chosen) }),
            || format!("wrote {}\n", self.out.display()),
        )
    }
}

/// Intervals of a report: at the chosen point, and along the line of `valid`, which was measured on `data`.
pub(super) fn intervals(
    model: &BudgetedForest,
    chosen: OperatingPoint,
    valid: &Curve,
    data: &Data,
    control: &Control,
) -> Result<ReportIntervals, Failure> {
    let options = IntervalOptions::default();
    ReportIntervals::measure(model, chosen, valid, data.examples()?, &options, control)
        .map_err(|error| interval_failure(error, data))
}

/// The same without the line, which only a page needs.
pub(super) fn point_intervals(
    model: &BudgetedForest,
    chosen: OperatingPoint,
    data: &Data,
    control: &Control,
) -> Result<ReportIntervals, Failure> {
    let point = model.intervals(chosen, data.examples()?, &IntervalOptions::default(), control);
    let point = point.map_err(|error| interval_failure(error, data))?;
    Ok(ReportIntervals { point, frontier: Vec::new() })
}

/// What a report shows.
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    pub(super) model: &'a BudgetedForest,
    pub(super) encoding: &'a Encoding,
    pub(super) chosen: OperatingPoint,
    /// The curve on the pruning data.
    pub(super) prune: Option<&'a Curve>,
    /// The curve on the data it is judged by.
    pub(super) valid: &'a Curve,
    pub(super) valid_data: &'a Data,
    pub(super) intervals: &'a ReportIntervals,
    pub(super) notes: &'a [(String, String)],
}

impl Page<'_> {
    /// The page as something to write; `path` is for messages.
    pub(super) fn html(
        &self,
        path: &std::path::Path,
    ) -> Result<impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()> + use<>, Failure> {
        let costs = self.model.costs(self.valid_data.table.features.view(), self.chosen);
        let costs = costs.map_err(|error| self.valid_data.explain(&error))?;
        let mut html = Vec::new();
        let input = ReportInput {
            title: self.title,
            model: self.model,
            chosen: self.chosen,
            feature_names: &self.encoding.feature_names(),
            prune: self.prune,
            valid: self.valid,
            valid_costs: &costs,
            intervals: Some(self.intervals),
            notes: self.notes,
        };
        write_html(&input, &mut html).map_err(|error| Failure::in_file(path.display(), error))?;
        Ok(move |out: &mut dyn std::io::Write| out.write_all(&html))
    }
}
