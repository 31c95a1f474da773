//! "Are Sixteen Heads Really Better than One?" (Michel, Levy and Neubig 2019, section 4): the least important heads of
//! all layers go first.
//!
//! The order in which heads go is the method; [`exact`] is what takes its place where heads share key/value heads, or
//! cost differently. (Without that, the best heads of equal cost are the most important ones, and the method is exact
//! for its own scores.)

use secateur_neural::EvaluateError;
use secateur_neural::score::Importance;
use secateur_neural::units::{Kept, UnitError, UnitKind, Units};
use secateur_program::{Control, Status};
use secateur_selection::{BudgetOptions, solve_within};

/// How heads are taken.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadOptions {
    /// Per cent of all heads that are gone after each step; in any order.
    pub prune_percent: Vec<f64>,
    /// This many heads of every layer, its most important ones, never go.
    pub at_least_x_heads_per_layer: usize,
    /// Importances are estimated anew before each step.
    pub exact_pruning: bool,
    /// Importances of a layer that has lost k heads are multiplied by `sqrt(k / layers)` (the authors' option).
    pub rescale_by_number: bool,
}

impl Default for HeadOptions {
    fn default() -> Self {
        Self {
            prune_percent: vec![50.0],
            at_least_x_heads_per_layer: 0,
            exact_pruning: false,
            rescale_by_number: false,
        }
    }
}

/// What stays after each step, from the smallest fraction of heads gone to the largest.
///
/// # Arguments
/// * `estimate`: importances of heads of a network of which these units stay; called once, or before each step.
///
/// # Errors
/// What `estimate` returns.
///
/// # Complexity
/// O(heads log heads) per step, beside `estimate`.
pub fn sequence(
    units: &Units,
    options: &HeadOptions,
    mut estimate: impl FnMut(&Kept) -> Result<Importance, EvaluateError>,
) -> Result<Vec<Kept>, EvaluateError> {
    let groups = head_groups(units);
    let total: usize = groups.iter().map(|group| units.groups()[*group].n_units).sum();
    let mut counts: Vec<usize> = options
        .prune_percent
        .iter()
        .map(|percent| (total as f64 * percent / 100.0).clamp(0.0, total as f64) as usize)
        .collect();
    counts.sort_unstable();
    let mut kept = units.all_kept();
    let mut steps = Vec::new();
    let mut importance: Option<Importance> = None;
    let mut gone = 0;
    for count in counts {
        if options.exact_pruning || importance.is_none() {
            importance = Some(estimate(&kept)?);
        }
        let importance = importance.as_ref().expect("just estimated");
        let mut order = ascending(&groups, importance, &kept, options);
        order.truncate(count - gone);
        gone += order.len();
        for (group, head) in order {
            kept.set(group, head, false);
        }
        steps.push(units.without_idle(kept.clone()));
    }
    Ok(steps)
}

/// Only the most important head of each layer stays (section 3.3).
pub fn one_head(units: &Units, importance: &Importance) -> Kept {
    let mut kept = units.all_kept();
    for group in head_groups(units) {
        let Some(scores) = &importance.of_units[group] else { continue };
        let best = (0..scores.len()).rev().max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        (0..scores.len()).filter(|head| Some(*head) != best).for_each(|head| kept.set(group, head, false));
    }
    units.without_idle(kept)
}

fn head_groups(units: &Units) -> Vec<usize> {
    (0..units.groups().len()).filter(|group| units.groups()[*group].kind == UnitKind::Heads).collect()
}

/// Heads that are there and may go, least important first; ties by layer and head.
fn ascending(groups: &[usize], importance: &Importance, kept: &Kept, options: &HeadOptions) -> Vec<(usize, usize)> {
    let mut scored: Vec<(f64, usize, usize)> = Vec::new();
    for group in groups {
        let Some(scores) = &importance.of_units[*group] else { continue };
        let mut left: Vec<usize> = (0..scores.len()).filter(|head| kept.group(*group)[*head]).collect();
        let lost = scores.len() - left.len();
        let rescale = match options.rescale_by_number && lost > 0 {
            true => (lost as f64 / groups.len() as f64).sqrt(),
            false => 1.0,
        };
        left.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        let may_go = left.into_iter().skip(options.at_least_x_heads_per_layer);
        scored.extend(may_go.map(|head| (scores[head] * rescale, *group, head)));
    }
    scored.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    scored.into_iter().map(|(_, group, head)| (group, head)).collect()
}

/// What the exact allocation keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactUnits {
    /// The units that stay.
    pub kept: Kept,
    /// Their summed importance.
    pub importance: f64,
    /// That of the units that go.
    pub lost: f64,
    /// No choice within the budget has more.
    pub bound: f64,
    /// Whether that is proven.
    pub status: Status,
}

/// The units of most summed importance within a budget on their cost and on that of the key/value heads that serve
/// them.
///
/// # Arguments
/// * `importance`: of the groups that may go ([`secateur_neural::score::importance`]).
/// * `costs`: per group and unit ([`secateur_neural::units::CostModel::unit_costs`]).
/// * `budget`: for all units with importances, and key/value heads.
/// * `control`: limits; at one, the best choice found, with its bound.
///
/// # Errors
/// [`UnitError`] for costs that do not fit, or a negative budget.
pub fn exact(
    units: &Units,
    importance: &Importance,
    costs: &[Vec<f64>],
    budget: f64,
    control: &Control,
) -> Result<ExactUnits, UnitError> {
    let lowered = units.lower(&importance.of_units, costs)?;
    let limit = lowered.limit(costs, budget)?;
    let found = solve_within(&lowered.program, &[limit], &BudgetOptions::default(), control);
    let unit = lowered.program.scale().gain_unit;
    let all: f64 = importance.of_units.iter().flatten().flatten().sum();
    let kept = found.gain as f64 * unit;
    Ok(ExactUnits {
        kept: units.kept(&lowered, &found.selection),
        importance: kept,
        lost: (all - kept).max(0.0),
        bound: found.bound as f64 * unit,
        status: found.status,
    })
}
