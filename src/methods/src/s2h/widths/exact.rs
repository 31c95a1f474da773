//! The widths that lose least within a budget where costs are products: dynamic programming.
//!
//! Groups are decided in order. A group is *open* as long as a later product contains it; partial choices that agree in
//! the widths of the open groups go on in the same way, so that of these only the undominated ones in (cost, loss) are
//! listed (Nemhauser and Ullmann 1969). In a sequential network one group is open at a time: the lists are per (layer,
//! width).

use std::collections::BTreeMap;

use secateur_program::{Control, Status};

use super::super::resource::WidthCosts;
use super::GroupWidths;

/// Partial choices listed at a time before the lists are thinned (32 bytes each; while a group is added, as many for
/// each of its candidates).
const MOST_LISTED: usize = 1 << 18;

/// A choice for the groups so far.
#[derive(Debug, Clone, Copy)]
struct Partial {
    cost: f64,
    loss: f64,
    /// Its last step; once the lists of a group are final, the place of that step, in `before`.
    step: Step,
}

/// A step of a choice: the place of the one before, and a level.
#[derive(Debug, Clone, Copy)]
struct Step {
    before: usize,
    level: usize,
}

/// Levels of all groups.
///
/// * `budget`: at least the cost of the narrowest widths.
pub(super) fn least_loss(
    groups: &[GroupWidths],
    costs: &WidthCosts,
    budget: f64,
    control: &Control,
) -> (Vec<usize>, Status) {
    least_loss_in(groups, costs, budget, MOST_LISTED, control)
}

/// The same with lists of at most so many.
pub(super) fn least_loss_in(
    groups: &[GroupWidths],
    costs: &WidthCosts,
    budget: f64,
    most: usize,
    control: &Control,
) -> (Vec<usize>, Status) {
    let products = Products(&costs.products);
    let mut widths: Vec<usize> = groups.iter().map(|own| own.counts[0]).collect();
    let rest = products.rest(&widths);
    let stays: f64 = costs.products.iter().filter(|(_, set)| set.is_empty()).map(|(cost, _)| cost).sum();
    let mut steps: Vec<Step> = Vec::new();
    let mut status = Status::Optimal;
    let mut most = most;
    let start = Partial { cost: stays, loss: 0.0, step: Step { before: usize::MAX, level: 0 } };
    let mut lists: BTreeMap<Vec<usize>, Vec<Partial>> = BTreeMap::from([(Vec::new(), vec![start])]);
    let mut open: Vec<usize> = Vec::new();
    for (group, own) in groups.iter().enumerate() {
        if let Err(stop) = control.check() {
            // Goes on with what little fits at once.
            (most, status) = (0, stop.into());
        }
        let open_next = products.open_after(group);
        let mut next: BTreeMap<Vec<usize>, Vec<Partial>> = BTreeMap::new();
        for (key, list) in &lists {
            open.iter().zip(key).for_each(|(group, width)| widths[*group] = *width);
            for (level, (count, loss)) in own.counts.iter().zip(&own.losses).enumerate() {
                widths[group] = *count;
                let more = products.closing(group, &widths);
                let key = open_next.iter().map(|group| widths[*group]).collect();
                let bucket = next.entry(key).or_default();
                for partial in list.iter().filter(|partial| partial.cost + more + rest[group + 1] <= budget) {
                    let step = Step { before: partial.step.before, level };
                    bucket.push(Partial { cost: partial.cost + more, loss: partial.loss + loss, step });
                }
            }
        }
        next.values_mut().for_each(undominated);
        let listed: usize = next.values().map(Vec::len).sum();
        if listed > most {
            let each = (most / next.len().max(1)).max(2);
            next.values_mut().for_each(|list| thin(list, each));
            if status == Status::Optimal {
                status = Status::IterationLimit;
            }
        }
        for partial in next.values_mut().flatten() {
            steps.push(partial.step);
            partial.step.before = steps.len() - 1;
        }
        (lists, open) = (next, open_next);
    }
    let best = lists.into_values().flatten().min_by(|a, b| a.loss.total_cmp(&b.loss));
    // Should rounding leave nothing within the budget, the narrowest widths are it.
    (best.map_or_else(|| vec![0; groups.len()], |best| levels_of(best, &steps, groups.len())), status)
}

/// The levels of a choice for all groups, from its last step back.
fn levels_of(choice: Partial, steps: &[Step], n_groups: usize) -> Vec<usize> {
    let mut levels = vec![0; n_groups];
    let mut at = choice.step.before;
    for level in levels.iter_mut().rev() {
        (*level, at) = (steps[at].level, steps[at].before);
    }
    levels
}

/// Products of widths that are paid for: a price, and the groups whose widths it is multiplied with.
struct Products<'a>(&'a [(f64, Vec<usize>)]);

impl Products<'_> {
    /// The cost of the products whose last group is this one.
    fn closing(&self, group: usize, widths: &[usize]) -> f64 {
        let last = |set: &[usize]| set.iter().max() == Some(&group);
        let product =
            |(cost, set): &(f64, Vec<usize>)| set.iter().map(|group| widths[*group] as f64).product::<f64>() * cost;
        self.0.iter().filter(|(_, set)| last(set)).map(product).sum()
    }

    /// What the groups from each one on cost with these widths; 0 at the end.
    fn rest(&self, widths: &[usize]) -> Vec<f64> {
        let mut rest = vec![0.0; widths.len() + 1];
        for group in (0..widths.len()).rev() {
            rest[group] = rest[group + 1] + self.closing(group, widths);
        }
        rest
    }

    /// Groups up to this one that a later product contains.
    fn open_after(&self, group: usize) -> Vec<usize> {
        let later = |set: &[usize]| set.iter().max().is_some_and(|last| *last > group);
        (0..=group).filter(|own| self.0.iter().any(|(_, set)| set.contains(own) && later(set))).collect()
    }
}

/// By cost, every one losing less than those before.
fn undominated(list: &mut Vec<Partial>) {
    list.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.loss.total_cmp(&b.loss)));
    let mut least = f64::INFINITY;
    list.retain(|partial| {
        let better = partial.loss < least;
        least = least.min(partial.loss);
        better
    });
}

/// So many of a list, evenly, the first and the last among them.
fn thin(list: &mut Vec<Partial>, n: usize) {
    if list.len() > n {
        let last = list.len() - 1;
        *list = (0..n).map(|at| list[at * last / (n - 1)]).collect();
    }
}
