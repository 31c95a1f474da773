//! The report: one HTML page that shows what a budget buys.
//!
//! The page stands alone: no script, no font, no picture is loaded, so it can be mailed, archived and printed. Pictures are
//! inline SVG, drawn here and not by a plotting crate, so that colours follow the reader's light or dark mode and every
//! number can be pointed at. The same input gives the same bytes.
//!
//! Invariants: the page is put together by `html!` of maud, which escapes all text; text from outside (title, names, notes)
//! goes through `text::clean` before, and numbers through the rest of `text`, which never writes "NaN" or "inf".

mod axis;
mod facts;
mod frontier;
mod headline;
mod histogram;
mod html;
mod intervals;
mod page;
mod picture;
mod plot;
mod sources;
mod text;
mod tuned;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use secateur::forest::{BudgetedForest, Costs, Curve, OperatingPoint};

pub use intervals::ReportIntervals;
pub use picture::{Line, Picture, Scale};
pub use tuned::{OnExamples, Series, SeriesPoint, TuneInput, write_tune_html};

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct ReportInput<'a> {
    /// Heading of the page, such as the name of the data.
    pub title: &'a str,
    /// The model.
    pub model: &'a BudgetedForest,
    /// The operating point to report on; one beyond the last means the unpruned forest.
    pub chosen: OperatingPoint,
    /// Names of the features, in the order of the model's columns. Missing ones are numbered.
    pub feature_names: &'a [String],
    /// Curve on the data the forest was pruned on, if it is to be compared.
    pub prune: Option<&'a Curve>,
    /// Curve on validation data: what all figures are taken from.
    pub valid: &'a Curve,
    /// What each validation example pays at the chosen point. If every example counts once (no weights), the report gives
    /// standard errors, unless there are intervals.
    pub valid_costs: &'a Costs,
    /// Bootstrap intervals on the validation data, if they are to be shown.
    pub intervals: Option<&'a ReportIntervals>,
    /// Further facts to print, as (what, value): data, rows, seeds, seconds, certificate.
    pub notes: &'a [(String, String)],
}

/// Writes the report as one HTML file.
///
/// # Errors
/// What `out` returns; [`io::ErrorKind::InvalidInput`] if a curve does not have one point per operating point of the model,
/// with a share for each source.
///
/// # Complexity
/// O(nodes + points x sources) time; a few hundred kilobytes for curves of any length.
///
/// # Example
/// ```
/// use ndarray::array;
/// use secateur::forest::{DatasetView, Loss, LossOn, OperatingPoint, PriceList, TargetView, grow, prune};
/// use secateur_cli::report::{ReportInput, write_html};
/// use secateur_program::Control;
///
/// let x = array![[0.0, 5.0], [1.0, 4.0], [2.0, 7.0], [3.0, 6.0]];
/// let target = TargetView::Classes { labels: &[0, 0, 1, 1], n_classes: 2 };
/// let params = grow::GrowParams { n_trees: 10, ..Default::default() };
/// let forest = grow::grow(x.view(), target, &[], None, &params, &Control::new())?.forest;
/// let examples = DatasetView::new(x.view(), target, None)?;
/// let names = ["a", "b"].map(String::from);
/// let prices = PriceList::uniform(&names, 1.0)?;
/// let model = prune(forest, Loss::Misclassification, LossOn::Stored, examples, &prices, &Control::new())?.budgeted;
///
/// let chosen = OperatingPoint(1);
/// let valid = model.curve(examples, &Control::new())?;
/// let valid_costs = model.costs(x.view(), chosen)?;
/// let mut page = Vec::new();
/// let input = ReportInput {
///     title: "Toy data",
///     model: &model,
///     chosen,
///     feature_names: &names,
///     prune: None,
///     valid: &valid,
///     valid_costs: &valid_costs,
///     intervals: None,
///     notes: &[("Rows".into(), "4".into())],
/// };
/// write_html(&input, &mut page)?;
/// assert!(page.starts_with(b"<!DOCTYPE html>"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_html(input: &ReportInput<'_>, out: impl Write) -> io::Result<()> {
    check("validation", input.valid, input.model)?;
    if let Some(prune) = input.prune {
        check("pruning", prune, input.model)?;
    }
    page::write(&facts::Facts::new(input), out)
}

fn check(data: &str, curve: &Curve, model: &BudgetedForest) -> io::Result<()> {
    let refuse = |what: &str, found: usize, expected: usize| {
        let message = format!("the curve of the {data} data has {found} {what}, the model {expected}");
        Err(io::Error::new(io::ErrorKind::InvalidInput, message))
    };
    let (n_points, n_sources) = (model.points().len(), model.prices().sources().len());
    match (curve.points.len(), curve.acquired.dim()) {
        (points, _) if points != n_points => refuse("operating points", points, n_points),
        (_, (rows, _)) if rows != n_points => refuse("rows of acquisitions", rows, n_points),
        (_, (_, sources)) if sources != n_sources => refuse("sources", sources, n_sources),
        _ => Ok(()),
    }
}
