//! From a forest to a budgeted forest in one call.

use secateur_program::{Control, Status, Stop, VerifyError, verify_path};
use secateur_selection::{PathSolution, solve_path};

use super::loss::{LossError, LossOn, NodeLosses, node_losses};
use super::lower::{LowerError, lower};
use secateur_forest::{BudgetedForest, DataError, DatasetView, Forest, Loss, Lowered, PriceList, Proof};

/// A budgeted forest with everything that led to it.
#[derive(Debug, Clone)]
pub struct Pruned {
    /// The model.
    pub budgeted: BudgetedForest,
    /// The selection program.
    pub lowered: Lowered,
    /// Its path, with certificate, status and gap.
    pub solution: PathSolution,
}

/// Why a forest could not be pruned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PruneError {
    /// The data are malformed.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Losses could not be counted.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// The forest could not be lowered.
    #[error(transparent)]
    Lower(#[from] LowerError),
    /// A budget that is negative or NaN.
    #[error("the budget is {budget}, expected a number >= 0")]
    Budget {
        /// The budget.
        budget: f64,
    },
    /// The path failed its verification: a defect of the solver, not of the input.
    #[error("the solved path failed its verification, please report this: {0}")]
    NotCertified(#[from] VerifyError),
}

/// Prunes a forest for every lambda at once: counts losses and costs, solves the path, and verifies it.
///
/// If `control` stops the solver, the result is the best path so far with its gap, unverified
/// (`solution.status`); a stop before the solver is an error.
///
/// # Errors
/// [`PruneError`].
///
/// ```
/// use ndarray::array;
/// use secateur_forest::{DatasetView, Loss, PriceList, TargetView};
/// use secateur_program::Control;
/// use secateur_train::{LossOn, grow, prune};
///
/// let x = array![[0.0, 5.0], [1.0, 4.0], [2.0, 7.0], [3.0, 6.0]];
/// let target = TargetView::Classes { labels: &[0, 0, 1, 1], n_classes: 2 };
/// let params = grow::GrowParams { n_trees: 10, ..Default::default() };
/// let grown = grow::grow(x.view(), target, &["low".into(), "high".into()], None, &params, &Control::new())?;
///
/// let examples = DatasetView::new(x.view(), target, None)?;
/// let prices = PriceList::uniform(&["a", "b"].map(String::from), 1.0)?;
/// let pruned = prune(grown.forest, Loss::Misclassification, LossOn::Stored, examples, &prices, &Control::new())?;
/// let point = pruned.budgeted.at_lambda(0.1).expect("a lambda");
/// assert!(pruned.budgeted.on_pruning_data(point).1 <= 2.0); // two features at most
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prune(
    forest: Forest,
    loss: Loss,
    loss_on: LossOn<'_>,
    cost_on: DatasetView<'_>,
    prices: &PriceList,
    control: &Control,
) -> Result<Pruned, PruneError> {
    let losses = node_losses(&forest, loss_on, loss, control)?;
    prune_by(forest, &losses, loss, cost_on, prices, control)
}

/// [`prune`] with node losses from elsewhere: counted before, or a surrogate ([`NodeLosses::from_gains`]). `loss` says what
/// they stand for.
///
/// # Errors
/// [`PruneError`].
pub fn prune_by(
    forest: Forest,
    losses: &NodeLosses,
    loss: Loss,
    cost_on: DatasetView<'_>,
    prices: &PriceList,
    control: &Control,
) -> Result<Pruned, PruneError> {
    let lowered = lower(&forest, losses, cost_on, prices, control)?;
    let solution = solve_path(&lowered.program, control);
    if solution.status == Status::Optimal {
        verify_path(&lowered.program, &solution.path, &solution.flow)?;
    }
    let proof = Proof::of_solver(solution.status, solution.gap * lowered.program.scale().gain_unit);
    let budgeted = BudgetedForest::from_path(forest, prices.clone(), loss, &lowered, &solution.path, proof);
    Ok(Pruned { budgeted, lowered, solution })
}

impl PruneError {
    /// The stop that ended the work before the solver, if that is what happened.
    pub fn stop(&self) -> Option<Stop> {
        match self {
            PruneError::Loss(LossError::Stopped(stop)) | PruneError::Lower(LowerError::Stopped(stop)) => Some(*stop),
            _ => None,
        }
    }
}
