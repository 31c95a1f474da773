//! The primal-dual method of the paper, as its authors run it.

use secateur_program::{Control, DecisionId, Multiplier, SelectionProgram, Status, quantise};
use secateur_selection::{PrimalDualOptions, primal_dual_at};

use super::weakest_link::thresholds;
use super::{BaselineError, check_lowered};
use secateur_forest::{Forest, Lowered};

/// Fraction of all gain that need not be kept at the lowest lambda.
const GAIN_LEFT: f64 = 0.01;

/// What the primal-dual method found at one lambda.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceLevel {
    /// The lambda, in loss per unit of cost.
    pub lambda: f64,
    /// The forest of what is kept: [`BudgetedForest::whole`](secateur_forest::BudgetedForest::whole) measures it.
    pub forest: Forest,
    /// Mean tree loss on the pruning data.
    pub loss: f64,
    /// Mean cost per example on the pruning data.
    pub cost: f64,
    /// How far the best bound is above what was found, as a fraction of the bound: zero if proven optimal.
    pub gap: f64,
    /// How the level ended; a list ends with the level that was stopped.
    pub status: Status,
}

/// Prunes at one lambda after the other with 50 subgradient passes each, every level from zero multipliers (Nan, Wang and Saligrama
/// 2016, algorithm 1; see [`PrimalDualOptions::authors`]).
///
/// The paper lowers with [`Loss::Misclassification`](secateur_forest::Loss::Misclassification) counted in the trees' bags
/// ([`LossOn::InBag`](crate::LossOn::InBag)). Selections of different levels need not be nested, hence one forest each.
///
/// # Errors
/// [`BaselineError`]: a program of another forest, or a lambda that is NaN or negative. A stop is a status: the list ends there.
///
/// # Complexity
/// Per level 50 passes of O(U + D).
pub fn primal_dual_50(
    forest: &Forest,
    lowered: &Lowered,
    lambdas: &[f64],
    control: &Control,
) -> Result<Vec<PriceLevel>, BaselineError> {
    check_lowered(forest, lowered)?;
    let (program, scale) = (&lowered.program, lowered.program.scale());
    let multiplier = |(index, &value): (usize, &f64)| {
        scale.multiplier(value).ok_or(BaselineError::Lambda { index, value }).map(|multiplier| (value, multiplier))
    };
    let lambdas: Vec<(f64, Multiplier)> = lambdas.iter().enumerate().map(multiplier).collect::<Result<_, _>>()?;
    let mut kept = vec![false; forest.n_nodes()];
    let mut levels = Vec::with_capacity(lambdas.len());
    for &(lambda, multiplier) in &lambdas {
        control.report("values of lambda", levels.len() as u64, lambdas.len() as u64);
        let solution = primal_dual_at(program, multiplier, &PrimalDualOptions::authors(), control).solution;
        for (v, &node) in lowered.nodes.iter().enumerate() {
            kept[node as usize] = solution.selection.has(DecisionId(v as u32));
        }
        levels.push(PriceLevel {
            lambda,
            forest: forest.restricted(|node| kept[node]).0,
            loss: lowered.root_loss - solution.gain as f64 * scale.gain_unit,
            cost: solution.cost as f64 * scale.cost_unit,
            gap: solution.relative_gap(),
            status: solution.status,
        });
        if control.check().is_err() {
            break;
        }
    }
    Ok(levels)
}

/// Values of lambda for [`primal_dual_50`]: `count` of them, falling by one factor from where surely nothing that costs is kept to where surely
/// 99 % of all gain is. Just `[0.0]` if nothing costs.
///
/// The ends are bounds of the optimal selections: with the cost of each resource divided equally among its users no selection costs
/// more than it does, and with the whole cost charged to each user none costs less.
///
/// # Errors
/// [`BaselineError`]: costs that do not go into integers, or a stop.
///
/// # Complexity
/// O(U + D log D).
pub fn price_levels(lowered: &Lowered, count: usize, control: &Control) -> Result<Vec<f64>, BaselineError> {
    let program = &lowered.program;
    let mut users = vec![0u32; program.n_resources()];
    program.pairs().for_each(|(_, resource)| users[resource.index()] += 1);
    let shared = levels(program, |resource| f64::from(users[resource]), control)?;
    let charged = levels(program, |_| 1.0, control)?;
    let all: f64 = charged.iter().map(|(_, gain)| gain).sum();
    let mut rest = GAIN_LEFT * all;
    // What ends below the lowest level gains no more than the rest.
    let enough = charged.iter().rev().find(|(_, gain)| {
        rest -= gain;
        rest < 0.0
    });
    let (Some((highest, _)), Some((lowest, _))) = (shared.first(), enough) else { return Ok(vec![0.0]) };
    let (highest, lowest) = (1.001 * highest, 0.999 * lowest.min(*highest));
    let step = (lowest / highest).ln() / count.saturating_sub(1).max(1) as f64;
    Ok((0..count).map(|level| highest * (step * level as f64).exp()).collect())
}

/// Falling positive finite thresholds, in loss per unit of cost, and the gain of the decisions that have each, when a decision pays for
/// its resources alone, each divided by a number.
fn levels(
    program: &SelectionProgram,
    divide_by: impl Fn(usize) -> f64,
    control: &Control,
) -> Result<Vec<(f64, f64)>, BaselineError> {
    let cost = |v| program.uses(v).map(|resource| program.cost(resource) as f64 / divide_by(resource.index())).sum();
    let costs: Vec<f64> = program.decisions().map(cost).collect();
    let costs = quantise(&costs, 60)?;
    let thresholds = thresholds(program, &costs.integers, control)?;
    let mut sorted: Vec<(Multiplier, DecisionId)> = thresholds.into_iter().zip(program.decisions()).collect();
    sorted.retain(|(threshold, _)| !threshold.is_infinite() && *threshold > Multiplier::ZERO);
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let class = |class: &[(Multiplier, DecisionId)]| {
        let gain = class.iter().map(|&(_, v)| program.gain(v) as f64).sum();
        (program.scale().lambda(class[0].0) / costs.unit, gain)
    };
    Ok(sorted.chunk_by(|a, b| a.0 == b.0).map(class).collect())
}
