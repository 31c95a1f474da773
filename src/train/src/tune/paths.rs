//! Paths of policies: forests that can be cut to any cost.

use super::folds::target;
use super::{Setting, TuneError};
use crate::grow::boost::{BoostData, BoostParams};
use crate::grow::{GrowParams, grow};
use crate::loss::{LossOn, NodeLosses};
use crate::prune::{prune, prune_by};
use secateur_forest::{BudgetedForest, CurvePoint, DatasetView, Forest, Loss, OperatingPoint, TargetView, within};

/// Bins of a feature while boosting.
pub(super) const MAX_BINS: usize = 255;

/// What a policy is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Family {
    /// Boosted trees that pay for what they ask, the first so many.
    Boosted,
    /// The same, pruned exactly on recorded gains.
    PrunedBoosted,
    /// Bagged trees, pruned exactly on their own loss.
    PrunedBagged,
}

/// A forest to grow and prune.
#[derive(Debug, Clone, Copy)]
pub(super) enum Job {
    Bagged,
    /// At a lambda, with a cap on what a training example pays, of trees of at most so many leaves.
    Boosted {
        level: f64,
        cap: f64,
        leaves: usize,
    },
}

/// A forest and its operating points, of which a cost names one: the last that costs no more on the examples it was fitted on.
pub(super) struct Path {
    family: Family,
    model: BudgetedForest,
    /// Mean cost on the examples fitted on, by point; never falls.
    fit_costs: Vec<f64>,
    /// What held-out examples say, by point; empty if there are none.
    pub(super) held: Vec<CurvePoint>,
}

impl Path {
    fn new(
        family: Family,
        model: BudgetedForest,
        fit_costs: Vec<f64>,
        held: Option<DatasetView<'_>>,
        setting: &Setting<'_>,
    ) -> Result<Self, TuneError> {
        let held = held.map(|held| model.curve(held, setting.control)).transpose()?;
        Ok(Self { family, model, fit_costs, held: held.map_or_else(Vec::new, |curve| curve.points) })
    }

    /// Of a forest that was pruned on the examples it was fitted on.
    fn pruned(
        family: Family,
        model: BudgetedForest,
        held: Option<DatasetView<'_>>,
        setting: &Setting<'_>,
    ) -> Result<Self, TuneError> {
        let costs = model.points().map(|point| model.on_pruning_data(point).1).collect();
        Self::new(family, model, costs, held, setting)
    }

    /// The operating point of a cost.
    pub(super) fn point(&self, cost: f64) -> usize {
        self.fit_costs.partition_point(|fit| within(*fit, cost)).saturating_sub(1)
    }

    /// What it costs on the examples fitted on.
    pub(super) fn fit_cost(&self, cost: f64) -> f64 {
        self.fit_costs[self.point(cost)]
    }

    /// The forest that a cost names.
    pub(super) fn cut(&self, cost: f64) -> Forest {
        let point = self.point(cost);
        match self.family {
            Family::Boosted if point > 0 => self.model.forest().first_trees(point),
            _ => self.model.pruned(OperatingPoint(point as u32)).0,
        }
    }
}

/// What a job made: its paths, and how many trees were boosted.
pub(super) struct Made {
    pub(super) paths: Vec<(Family, Path)>,
    pub(super) rounds: usize,
}

impl Made {
    pub(super) fn path(&self, family: Family) -> &Path {
        &self.paths.iter().find(|(own, _)| *own == family).expect("a job has the paths of its families").1
    }
}

impl Job {
    /// Families of the paths that it makes.
    pub(super) fn families(self) -> &'static [Family] {
        match self {
            Job::Bagged => &[Family::PrunedBagged],
            Job::Boosted { .. } => &[Family::PrunedBoosted, Family::Boosted],
        }
    }

    /// How it is described.
    pub(super) fn name(self, setting: &Setting<'_>) -> String {
        match self {
            Job::Bagged => format!("{} bagged trees", setting.params.policy_trees.max(1)),
            Job::Boosted { level, cap, leaves } => {
                let cap = if cap.is_finite() { format!(", cap {cap}") } else { String::new() };
                format!("trees of {leaves} leaves boosted at price level {level:.3e}{cap}")
            }
        }
    }

    /// Grows and prunes. With `held` boosting ends where that is best; `rounds`: most trees that are boosted.
    pub(super) fn run(
        self,
        setting: &Setting<'_>,
        fit: DatasetView<'_>,
        data: &BoostData<'_>,
        held: Option<DatasetView<'_>>,
        rounds: usize,
    ) -> Result<Made, TuneError> {
        let Setting { class_names, prices, params, control, .. } = *setting;
        match self {
            Job::Bagged => {
                let grow_params = GrowParams {
                    n_trees: params.policy_trees.max(1),
                    min_samples_leaf: if matches!(target(&fit), TargetView::Values(_)) { 3 } else { 1 },
                    directions_everywhere: true,
                    seed: params.seed,
                    ..GrowParams::default()
                };
                let grown = grow(fit.x(), target(&fit), class_names, fit.weights(), &grow_params, control)?;
                let loss = Loss::default_for(grown.forest.task());
                let counted = LossOn::InAndOutOfBag(fit.reborrow(), &grown.in_bag);
                let model = prune(grown.forest, loss, counted, fit, prices, control)?.budgeted;
                let path = Path::pruned(Family::PrunedBagged, model, held, setting)?;
                Ok(Made { paths: vec![(Family::PrunedBagged, path)], rounds: 0 })
            }
            Job::Boosted { level, cap, leaves } => {
                let boost = BoostParams {
                    price_level: level,
                    cap,
                    max_leaves: leaves,
                    n_trees: rounds,
                    min_samples_leaf: setting.min_leaf(),
                    seed: params.seed,
                    ..BoostParams::default()
                };
                let boosted = data.boost(&boost, held, control)?;
                let rounds = boosted.forest.n_trees();
                let losses = NodeLosses::from_gains(&boosted.forest, &boosted.gains, 1.0)?;
                let loss = match target(&fit) {
                    TargetView::Classes { .. } => Loss::LogLoss,
                    TargetView::Values(_) => Loss::SquaredError,
                };
                let whole = BudgetedForest::tree_by_tree(&boosted.forest, prices.clone())?;
                let pruned = prune_by(boosted.forest, &losses, loss, fit, prices, control)?.budgeted;
                let costs = [&[0.0][..], &boosted.costs].concat();
                let paths = vec![
                    (Family::PrunedBoosted, Path::pruned(Family::PrunedBoosted, pruned, held, setting)?),
                    (Family::Boosted, Path::new(Family::Boosted, whole, costs, held, setting)?),
                ];
                Ok(Made { paths, rounds })
            }
        }
    }
}
