//! The report on tuned models: what each budget buys, and how that compares.
//!
//! The same page, pictures and tables as for one pruned forest; other sections, since there are several models and no path.

mod frontier;
mod tables;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::facts::LossKind;
use super::page::{notes, shell};
use super::text::{counted, number};
use maud::{Markup, html};
use secateur::forest::Evaluation;
use secateur::forest::tune::{Measured, Trial, Tuned};

/// What a report on tuned models is made of.
#[derive(Debug, Clone, Copy)]
pub struct TuneInput<'a> {
    /// Heading of the page.
    pub title: &'a str,
    /// The models and what was chosen for each budget.
    pub tuned: &'a Tuned,
    /// Names of the features, in the order of the models' columns. Missing ones are numbered.
    pub feature_names: &'a [String],
    /// Everything that was measured on held-out examples.
    pub tried: &'a [Trial],
    /// Each model on the held-out examples ([`TunedModel::valid`](secateur::forest::tune::TunedModel::valid)).
    pub valid: OnExamples<'a>,
    /// Each model on test examples, if there are any.
    pub test: Option<OnExamples<'a>>,
    /// What the models are compared with. Anything that has a cost and metrics can stand here, whoever computed them.
    pub baselines: &'a [Series],
    /// Further facts to print, as (what, value).
    pub notes: &'a [(String, String)],
}

/// All models on one set of examples.
#[derive(Debug, Clone, Copy)]
pub struct OnExamples<'a> {
    /// One entry per model of [`Tuned::models`].
    pub models: &'a [Evaluation],
    /// Number of examples.
    pub rows: usize,
}

/// A method to compare with.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// A short name, such as "boosting alone".
    pub name: String,
    /// What it does, and by whom.
    pub description: String,
    /// Its models.
    pub points: Vec<SeriesPoint>,
}

/// One model of a method to compare with.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesPoint {
    /// The budget that it was chosen for; `None`: it does not know budgets.
    pub budget: Option<f64>,
    /// How it was made, in words.
    pub origin: String,
    /// Cost and metrics on the held-out examples.
    pub valid: Measured,
    /// The same on test examples, if known.
    pub test: Option<Measured>,
}

/// Writes the report on tuned models as one HTML file.
///
/// # Errors
/// What `out` returns; [`io::ErrorKind::InvalidInput`] if there is no model, or not one judgement per model with a share
/// for each source.
///
/// # Complexity
/// O(nodes + candidates + models x sources); a few hundred kilobytes.
pub fn write_tune_html(input: &TuneInput<'_>, out: impl Write) -> io::Result<()> {
    check(input)?;
    let facts = Facts::new(input);
    let title = if input.title.trim().is_empty() { "Models for every budget" } else { input.title };
    let sections = [
        ("frontier", "What a budget buys", frontier::figures(&facts)),
        ("budgets", "The model for each budget", tables::budgets(&facts)),
        ("baselines", "Compared with other methods", tables::baselines(&facts)),
        ("sources", "What is acquired", tables::sources(&facts)),
        ("notes", "Notes", notes(input.notes)),
    ];
    shell(title, &lead(&facts), &sections, out)
}

fn check(input: &TuneInput<'_>) -> io::Result<()> {
    let refuse = |message: String| Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    let models = &input.tuned.models;
    if models.is_empty() || input.tuned.chosen.is_empty() {
        return refuse("there is no model to report on".into());
    }
    if let Some(chosen) = input.tuned.chosen.iter().find(|chosen| chosen.model >= models.len()) {
        return refuse(format!("model {} is chosen, there are {}", chosen.model, models.len()));
    }
    for judged in [Some(input.valid), input.test].into_iter().flatten() {
        if judged.models.len() != models.len() {
            return refuse(format!("{} judgements for {} models", judged.models.len(), models.len()));
        }
        for (candidate, judged) in models.iter().zip(judged.models) {
            let (found, expected) = (judged.acquired.len(), candidate.model.prices().sources().len());
            if found != expected {
                return refuse(format!("shares of {found} sources, the prices have {expected}"));
            }
        }
    }
    Ok(())
}

/// What the sections share.
struct Facts<'a> {
    input: &'a TuneInput<'a>,
    kind: LossKind,
}

impl<'a> Facts<'a> {
    fn new(input: &'a TuneInput<'a>) -> Self {
        Self { input, kind: LossKind::of(input.tuned.models[0].model.task()) }
    }

    /// The loss of the pictures.
    fn loss(&self, measured: &Measured) -> Option<f64> {
        let loss = measured.metrics.error.or(measured.metrics.squared_error);
        loss.filter(|loss| loss.is_finite())
    }

    /// Cost and loss, if both can be drawn.
    fn place(&self, measured: &Measured) -> Option<(f64, f64)> {
        Some((measured.cost, self.loss(measured)?)).filter(|(cost, _)| cost.is_finite())
    }

    /// Budgets that a model was chosen for, in words.
    fn budgets_of(&self, model: usize) -> String {
        let chosen = self.input.tuned.chosen.iter().filter(|chosen| chosen.model == model);
        let budgets: Vec<String> = chosen.map(|chosen| number(chosen.budget)).collect();
        format!("budget {}", budgets.join(", "))
    }

    fn describe(&self, measured: &Measured) -> String {
        let loss = self.kind.write(self.loss(measured));
        format!("cost {}, {} {loss}", number(measured.cost), self.kind.title().to_lowercase())
    }
}

/// The result in a sentence.
fn lead(facts: &Facts<'_>) -> Markup {
    let input = facts.input;
    let (what, judged) = match input.test {
        Some(test) => ("test example", test),
        None => ("held-out example", input.valid),
    };
    let (first, last) = (&judged.models[0], &judged.models[judged.models.len() - 1]);
    let name = match facts.kind {
        LossKind::Error => "an error rate of",
        LossKind::SquaredError => "a mean squared error of",
    };
    let at = |judged: &Evaluation| {
        let (loss, cost) = (facts.kind.write(facts.loss(&judged.measured)), number(judged.measured.cost));
        html! { (name) " " b { (loss) } " at a mean cost of " b { (cost) } }
    };
    let measured = format!("measured on {}", counted(judged.rows, what));
    let (models, budgets) = (judged.models.len(), counted(input.tuned.chosen.len(), "budget"));
    html! {
        @if models == 1 {
            "One model was chosen: " (at(first))
        } @else {
            (models) " models serve " (budgets) ": from " (at(first)) " to " (at(last))
        }
        ", " (measured) "."
    }
}
