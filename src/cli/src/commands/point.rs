//! Which operating point of a model to use.

use std::path::PathBuf;

use clap::Args;
use secateur::forest::tune::Tuned;
use secateur::forest::{Budget, Choice, OperatingPoint};
use secateur_program::Control;

use super::arguments::amount;
use super::data::{Data, Reading, Targets};
use super::failure::Failure;
use super::lambda::Lambda;
use super::model::Budgeted;
use super::session::Session;
use super::text;

/// Where to open the model.
#[derive(Debug, Clone, Args)]
#[command(
    next_help_heading = "Operating point (default: the one chosen when the model was pruned; of tuned models, that for the largest budget)"
)]
pub(super) struct PointArgs {
    /// Spend up to this mean cost per example, in the prices' unit, counted on the pruning data or on --on
    #[arg(long, value_name = "B", value_parser = amount, allow_negative_numbers = true)]
    budget: Option<f64>,
    /// Data to count the budget on; targets are not needed
    #[arg(long, value_name = "FILE", requires = "budget")]
    on: Option<PathBuf>,
    /// Lambda: loss that one unit of cost must save
    #[arg(long, value_name = "L", allow_negative_numbers = true, conflicts_with = "budget")]
    lambda: Option<Lambda>,
    /// The whole forest
    #[arg(long, conflicts_with_all = ["budget", "lambda"])]
    unpruned: bool,
    /// The point stored in the model; this is the default
    #[arg(long, conflicts_with_all = ["budget", "lambda", "unpruned"])]
    chosen: bool,
}

impl PointArgs {
    pub(super) fn resolve(
        &self,
        model: &Budgeted,
        reading: &Reading,
        control: &Control,
        session: &mut Session<'_>,
    ) -> Result<OperatingPoint, Failure> {
        if self.unpruned {
            return Ok(model.model.unpruned());
        }
        if let Some(lambda) = self.lambda {
            return Ok(model.model.at_lambda(lambda.value()).expect("values of lambda are checked when parsed"));
        }
        let Some(budget) = self.budget else {
            return model.chosen.ok_or_else(|| {
                Failure::Input("the model names no operating point; give --budget, --lambda or --unpruned".into())
            });
        };
        match &self.on {
            Some(path) => {
                let data = Data::read(path, model.wanted(&model.features()), reading, Targets::Ignored, session)?;
                model.curve(&data, control)?.choose(Choice::Budget(budget)).map_err(Failure::input)
            }
            None => model.model.at_budget(Budget::mean(budget)).map_err(Failure::input),
        }
    }

    /// Whether no point is named.
    pub(super) fn is_default(&self) -> bool {
        self.budget.is_none() && self.lambda.is_none() && !self.chosen
    }

    /// The budget to open tuned models at: without one, the largest that they were tuned for.
    pub(super) fn tuned_budget(&self, tuned: &Tuned) -> Result<f64, Failure> {
        let given = [("--lambda", self.lambda.is_some()), ("--unpruned", self.unpruned), ("--on", self.on.is_some())];
        if let Some((argument, _)) = given.into_iter().find(|(_, given)| *given) {
            let budgets: Vec<String> = tuned.chosen.iter().map(|chosen| text::number(chosen.budget)).collect();
            return Err(Failure::Input(format!(
                "{argument} does not apply to tuned models; say --budget B (tuned for {})",
                budgets.join(", ")
            )));
        }
        Ok(self.budget.unwrap_or_else(|| tuned.largest_budget()))
    }

    pub(super) fn inputs(&self) -> Option<&PathBuf> {
        self.on.as_ref()
    }
}
