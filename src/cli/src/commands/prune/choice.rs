//! Which operating point a pruned model stores.

use clap::Args;
use secateur::forest::{BudgetedForest, Choice, Curve, OperatingPoint};

use crate::commands::arguments::amount;
use crate::commands::failure::Failure;
use crate::commands::lambda::Lambda;

/// How the stored operating point is chosen.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Operating point to store (default: --tolerance 0)")]
pub(in crate::commands) struct ChoiceArgs {
    /// The largest whose mean cost is at most this
    #[arg(long, value_name = "B", value_parser = amount, allow_negative_numbers = true)]
    budget: Option<f64>,
    /// With --budget: not a point of the path, but the best pruning found for a mean cost of at most B on --data, with a proven
    /// bound; the model then knows no other budget
    #[arg(long, requires = "budget")]
    between: bool,
    /// The one of smallest loss whose mean cost is at most this
    #[arg(long, value_name = "B", value_parser = amount, allow_negative_numbers = true, conflicts_with = "budget")]
    best_within: Option<f64>,
    /// The optimal one at this lambda, in loss per unit of cost
    #[arg(long, value_name = "L", allow_negative_numbers = true, conflicts_with_all = ["budget", "best_within"])]
    lambda: Option<Lambda>,
    /// The cheapest whose loss exceeds the smallest by at most this
    #[arg(long, value_name = "T", value_parser = amount, allow_negative_numbers = true,
          conflicts_with_all = ["budget", "best_within", "lambda"])]
    tolerance: Option<f64>,
}

impl ChoiceArgs {
    /// Whether the choice goes by losses, which are honest only on data that did not prune.
    pub(super) fn by_loss(&self) -> bool {
        matches!(self.choice(), Some(Choice::BestWithin(_) | Choice::Loss { .. }))
    }

    /// The budget that the path is left for.
    pub(super) fn between(&self) -> Option<f64> {
        self.budget.filter(|_| self.between)
    }

    /// `None` for a lambda, which needs no data.
    fn choice(&self) -> Option<Choice> {
        match (self.budget, self.best_within, self.lambda) {
            (Some(budget), ..) => Some(Choice::Budget(budget)),
            (_, Some(budget), _) => Some(Choice::BestWithin(budget)),
            (.., Some(_)) => None,
            _ => Some(Choice::Loss { tolerance: self.tolerance.unwrap_or(0.0) }),
        }
    }

    pub(super) fn choose(&self, model: &BudgetedForest, curve: &Curve) -> Result<OperatingPoint, Failure> {
        match (self.choice(), self.lambda) {
            (Some(choice), _) => curve.choose(choice).map_err(Failure::input),
            (None, lambda) => {
                let lambda = lambda.map_or(0.0, Lambda::value);
                Ok(model.at_lambda(lambda).expect("values of lambda are checked when parsed"))
            }
        }
    }
}
