//! [`Pruner`]: a trained forest to a forest for every budget.

use secateur_forest::{
    Aggregation, Budget, Curve, CurveError, Dataset, Loss, Model, OperatingPoint, PriceList, TrainedForest,
};
use secateur_program::{Control, VerifyError, verify_path};
use secateur_selection::BudgetOptions;

use super::between::BetweenHull;
use super::loss::{LossOn, NodeLosses};
use super::prune::{PruneError, Pruned, prune, prune_by};

/// Prunes forests exactly: every budget at once.
///
/// Losses are counted on the data given to [`Pruner::fit`], in the bag and out of it where the forest's samples are known,
/// otherwise on all rows; a forest that adds scores is pruned by the gains that its trainer recorded.
///
/// ```
/// # use secateur_datasets::embedded;
/// # use secateur_forest::{Budget, Loss, PriceList};
/// # use secateur_program::Control;
/// use secateur_train::{Bagging, Pruner};
///
/// let (data, _) = embedded::iris()?;
/// let prices = PriceList::uniform(&data.feature_names, 1.0)?;
/// let forest = Bagging::default().trees(10).fit(&data, &Control::new())?;
/// let pruned = Pruner::new(&prices).loss(Loss::LogLoss).fit(forest, &data, &Control::new())?;
/// pruned.verify()?;
/// let point = pruned.budgeted.at_budget(Budget::mean(1.0))?;
/// assert!(pruned.budgeted.on_pruning_data(point).1 <= 1.0); // the mean cost
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Pruner<'a> {
    prices: &'a PriceList,
    loss: Option<Loss>,
}

impl<'a> Pruner<'a> {
    /// Prunes for these prices.
    pub fn new(prices: &'a PriceList) -> Self {
        Self { prices, loss: None }
    }

    /// The loss of a tree. Default: [`Loss::default_for`] the forest's task.
    #[must_use]
    pub fn loss(self, loss: Loss) -> Self {
        Self { loss: Some(loss), ..self }
    }

    /// Prunes a forest, with losses and costs counted on `train`: the rows that it was grown on, in their order, if its
    /// samples are known.
    ///
    /// # Errors
    /// [`PruneError`]. A stop of the solver is none: it is the solution's status.
    ///
    /// # Complexity
    /// As [`prune()`].
    pub fn fit(
        &self,
        trained: impl Into<TrainedForest>,
        train: &Dataset,
        control: &Control,
    ) -> Result<Pruned, PruneError> {
        let TrainedForest { forest, in_bag, gains } = trained.into();
        let view = train.view()?;
        let loss = self.loss.unwrap_or_else(|| Loss::default_for(forest.task()));
        if let Some(gains) = gains.filter(|_| forest.aggregation() == Aggregation::Sum) {
            let losses = NodeLosses::from_gains(&forest, &gains, view.total_weight())?;
            return prune_by(forest, &losses, loss, view, self.prices, control);
        }
        let on = match &in_bag {
            Some(in_bag) => LossOn::InAndOutOfBag(view, in_bag),
            None => LossOn::HoldOut(view),
        };
        prune(forest, loss, on, view, self.prices, control)
    }
}

impl Pruned {
    /// Checks the certificate of the path, with no solver: every operating point is optimal at its lambdas.
    ///
    /// # Errors
    /// [`VerifyError`] names what does not hold; a path that a limit stopped has no certificate.
    pub fn verify(&self) -> Result<(), VerifyError> {
        verify_path(&self.lowered.program, &self.solution.path, &self.solution.flow).map(|_| ())
    }

    /// Loss and cost at every operating point, on other data.
    ///
    /// # Errors
    /// [`CurveError`].
    pub fn curve(&self, data: &Dataset, control: &Control) -> Result<Curve, CurveError> {
        self.budgeted.curve(data.view()?, control)
    }

    /// The best pruning for one hard budget on the mean cost of the pruning data, with its proven gap: it may lie between two
    /// operating points.
    ///
    /// # Errors
    /// [`PruneError::Budget`].
    pub fn within_budget(
        &self,
        budget: Budget,
        options: &BudgetOptions,
        control: &Control,
    ) -> Result<BetweenHull, PruneError> {
        let mut found = self.within(&[budget.mean_limit()], options, control)?;
        Ok(found.pop().expect("one pruning per budget"))
    }

    /// The model for a file, with the operating point that it is opened at unless another is asked for.
    pub fn into_model(self, chosen: OperatingPoint) -> Model {
        Model::Budgeted { forest: self.budgeted, chosen: Some(chosen), gains: None, lightgbm: None }
    }
}
