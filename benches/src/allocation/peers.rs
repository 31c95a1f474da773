//! What others do about chains within a budget. Each gives the steps taken of every chain.

use super::chains::{Chain, Instance};

/// The next step of most gain per cost that fits, until none does; steps at no cost come first.
pub fn greedy(instance: &Instance) -> Vec<usize> {
    let mut steps = vec![0; instance.chains.len()];
    let mut left = instance.budget;
    loop {
        let next = |(chain, steps): (usize, &usize)| {
            let own = &instance.chains[chain];
            Some((chain, *own.gains.get(*steps)?, own.costs[*steps]))
        };
        let fitting = steps.iter().enumerate().filter_map(next).filter(|(_, _, cost)| *cost <= left);
        // Gain a over cost b against gain c over cost d: a d against c b.
        let Some((chain, _, cost)) = fitting.max_by_key(|(_, gain, cost)| Ratio(*gain, *cost)) else { return steps };
        steps[chain] += 1;
        left -= cost;
    }
}

/// A positive gain over a cost that may be zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ratio(i64, i64);

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0 * other.1).cmp(&(other.0 * self.1))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The knapsack of HALP (Shen et al. 2022): the table over items and budgets, in which an item is taken only if the item before it in its chain was taken at the
/// budget that is left. Only the best choice at that budget is asked, so that a poor first step hides a good second one.
pub fn halp(instance: &Instance) -> Vec<usize> {
    let rooms = instance.budget as usize + 1;
    let mut best = vec![0i64; rooms];
    // Per step, all chains in a row: at which budgets it is taken.
    let mut taken: Vec<Vec<bool>> = Vec::new();
    for chain in &instance.chains {
        for step in 0..chain.gains.len() {
            let (gain, cost) = (chain.gains[step], chain.costs[step] as usize);
            let before = taken.last().filter(|_| step > 0);
            let takes = |room: usize| {
                room >= cost && before.is_none_or(|taken| taken[room - cost]) && best[room - cost] + gain > best[room]
            };
            let own: Vec<bool> = (0..rooms).map(takes).collect();
            best = (0..rooms).map(|room| if own[room] { best[room - cost] + gain } else { best[room] }).collect();
            taken.push(own);
        }
    }
    let mut steps = vec![0; instance.chains.len()];
    let mut room = rooms - 1;
    let mut item = taken.len();
    for (index, chain) in instance.chains.iter().enumerate().rev() {
        for step in (0..chain.gains.len()).rev() {
            item -= 1;
            if taken[item][room] {
                steps[index] += 1;
                room -= chain.costs[step] as usize;
            }
        }
    }
    steps
}

/// How a cost becomes a number of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// As published; may exceed the budget.
    Nearest,
    /// Keeps the budget.
    Up,
}

/// The dynamic programme of SPDY (Frantar and Alistarh 2022): exact, once the budget is cut into buckets.
pub fn buckets(instance: &Instance, buckets: usize, rounding: Rounding) -> Vec<usize> {
    let rounded = |cost: i64| {
        let (scaled, most) = (cost as usize * buckets, instance.budget as usize);
        match rounding {
            Rounding::Nearest => (scaled + most / 2) / most,
            Rounding::Up => scaled.div_ceil(most),
        }
    };
    // Of every level, the number of steps taken but one.
    let weights = |chain: &Chain| {
        let sums = chain.costs.iter().scan(0, |sum, cost| {
            *sum += cost;
            Some(rounded(*sum))
        });
        sums.collect::<Vec<usize>>()
    };
    let weights: Vec<Vec<usize>> = instance.chains.iter().map(weights).collect();
    let mut best = vec![0i64; buckets + 1];
    let mut taken: Vec<Vec<usize>> = Vec::new();
    for (chain, weights) in instance.chains.iter().zip(&weights) {
        let mut next = best.clone();
        let mut own = vec![0; buckets + 1];
        for (step, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight <= buckets) {
            let gain = chain.gains[..=step].iter().sum::<i64>();
            for room in *weight..=buckets {
                if best[room - weight] + gain > next[room] {
                    next[room] = best[room - weight] + gain;
                    own[room] = step + 1;
                }
            }
        }
        best = next;
        taken.push(own);
    }
    let mut steps = vec![0; instance.chains.len()];
    let mut room = buckets;
    for chain in (0..steps.len()).rev() {
        steps[chain] = taken[chain][room];
        if steps[chain] > 0 {
            room -= weights[chain][steps[chain] - 1];
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::super::chains::FAMILIES;
    use super::*;

    #[test]
    fn what_keeps_the_budget_is_at_most_the_best() {
        for seed in 0..60 {
            for (family, _) in FAMILIES {
                let instance = Instance::new(seed, family);
                let found = [greedy(&instance), halp(&instance), buckets(&instance, 100, Rounding::Up)];
                for steps in found {
                    let (gain, cost) = instance.totals(&steps);
                    assert!(cost <= instance.budget && gain <= instance.best(), "{seed} {steps:?}");
                }
            }
        }
    }

    #[test]
    fn buckets_of_one_unit_are_exact() {
        for seed in 0..60 {
            for (family, _) in FAMILIES {
                let instance = Instance::new(seed, family);
                for rounding in [Rounding::Up, Rounding::Nearest] {
                    let steps = buckets(&instance, instance.budget as usize, rounding);
                    assert_eq!(instance.totals(&steps).0, instance.best(), "{seed}");
                }
            }
        }
    }

    #[test]
    fn a_poor_first_step_hides_a_good_second_one_from_halp() {
        let chain = |gains: &[i64], costs: &[i64]| Chain { gains: gains.to_vec(), costs: costs.to_vec() };
        let instance = Instance { chains: vec![chain(&[5], &[2]), chain(&[4, 4], &[2, 0])], budget: 2 };
        assert_eq!((halp(&instance), instance.best()), (vec![1, 0], 8));
        assert_eq!(greedy(&instance), [1, 0]);
        assert_eq!(buckets(&instance, 10, Rounding::Up), [0, 2]);
    }
}
