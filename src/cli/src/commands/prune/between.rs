//! `--between`: a pruning for one budget that need not be on the path.

use secateur::forest::{BetweenHull, Curve, OperatingPoint, Pruned};
use secateur_program::{Control, Status};
use secateur_selection::BudgetOptions;
use serde_json::{Value, json};

use crate::commands::data::Data;
use crate::commands::failure::Failure;
use crate::commands::session::Session;
use crate::commands::text;

/// The pruning found.
pub(super) struct Between {
    pub(super) hull: BetweenHull,
}

impl Between {
    pub(super) fn solve(
        pruned: &Pruned,
        budget: f64,
        control: &Control,
        session: &mut Session<'_>,
    ) -> Result<Self, Failure> {
        let found = pruned.within(&[budget], &BudgetOptions::default(), control).map_err(Failure::input)?;
        let hull = found.into_iter().next().expect("one budget has one answer");
        match hull.status {
            Status::Cancelled => return Err(Failure::Interrupted),
            Status::Optimal => {}
            status => {
                let gap = hull.loss - hull.loss_bound;
                session.unproven(format!(
                    "stopped ({status}): the pruning between the path's points is not proven the best, gap {gap:.3e}"
                ));
            }
        }
        Ok(Self { hull })
    }

    /// Its operating point; warns if the budget, kept on the pruning data, is not kept on the data it is judged by.
    pub(super) fn point_on(&self, judge: &Data, judged: &Curve, session: &mut Session<'_>) -> OperatingPoint {
        let (cost, budget) = (judged.at(BetweenHull::POINT).cost, self.hull.budget);
        if !secateur::forest::within(cost, budget) {
            session.warn(format!(
                "the pruning costs {} on {}, though at most {} where costs were counted; a smaller --budget leaves room",
                text::number(cost),
                judge.file,
                text::number(budget)
            ));
        }
        BetweenHull::POINT
    }

    pub(super) fn words(&self) -> String {
        let BetweenHull { budget, cost, loss, loss_bound, hull_loss, .. } = &self.hull;
        let [budget, cost, loss, bound, hull] =
            [budget, cost, loss, loss_bound, hull_loss].map(|value| text::number(*value));
        format!(
            "for a budget of {budget} costs {cost}, tree loss {loss} (the path's point {hull}, no pruning below {bound})"
        )
    }

    pub(super) fn json(&self) -> Value {
        let BetweenHull { budget, cost, loss, loss_bound, hull_loss, status, .. } = &self.hull;
        json!({
            "budget": budget,
            "cost": cost,
            "loss": loss,
            "bound": loss_bound,
            "path_loss": hull_loss,
            "status": status.name(),
        })
    }
}
