//! Shares as whole numbers of weights.

use super::steps::Steps;
use super::{Shares, room};
use crate::Network;
use crate::methods::weights::Rule;

/// Shares that make masks of whole weights and spend a budget: as many weights stay as it allows, but for fewer than the smallest step by which the rule could
/// keep more of any map. So allocations by different rules are compared at equal counts.
///
/// Where shares do not add up to the budget (blocks of different sizes, shares cut off at 0 or 1) those that stay are moved by a common amount, none below 0 or
/// above 1. What stays of every map is then rounded down to what masks can be made of (the published programs round it up, beyond the budget: a weight per
/// row with Wanda), and what is left of the budget goes to the maps with the largest remainders.
///
/// # Arguments
/// * `shares`: that go, of every map that counts.
/// * `sparsity`: the share of the weights of all these maps that is to go.
/// * `rule`: what will prune by the shares.
///
/// # Complexity
/// O(maps^2).
pub fn whole(network: &Network, shares: &Shares, sparsity: f64, rule: Rule) -> Shares {
    let maps: Vec<Steps> = shares.keys().map(|map| Steps::of(network, map, rule)).collect();
    let wanted: Vec<f64> = shares.values().map(|share| 1.0 - share).collect();
    let kept = counts(&maps, &wanted, sparsity.clamp(0.0, 1.0));
    let share = |((map, steps), kept): ((&String, &Steps), &usize)| (map.clone(), steps.share(*kept));
    shares.keys().zip(&maps).zip(&kept).map(share).collect()
}

/// Weights that stay of every map.
fn counts(maps: &[Steps], wanted: &[f64], sparsity: f64) -> Vec<usize> {
    let all: usize = maps.iter().map(Steps::size).sum();
    let wanted = moved(maps, wanted, all as f64 * (1.0 - sparsity));
    let rounded = |slack: f64| -> Vec<usize> {
        maps.iter().zip(&wanted).map(|(steps, wanted)| steps.at_most((wanted + slack).floor() as usize)).collect()
    };
    let most = room(all, sparsity);
    // Sums of rounded numbers may be a little below a whole one.
    let mut kept = rounded(1e-6);
    if kept.iter().sum::<usize>() > most {
        kept = rounded(0.0);
    }
    let mut left = most.saturating_sub(kept.iter().sum());
    let mut next: Vec<Option<usize>> = maps.iter().zip(&kept).map(|(steps, kept)| steps.next(*kept)).collect();
    loop {
        let remainder = |(map, next): (usize, &Option<usize>)| {
            let step = (*next)? - kept[map];
            (step <= left).then(|| (map, step, (wanted[map] - kept[map] as f64) / step as f64))
        };
        // Of equal ones the first.
        let fitting = next.iter().enumerate().filter_map(remainder).rev();
        let Some((map, step, _)) = fitting.max_by(|a, b| a.2.total_cmp(&b.2)) else { return kept };
        kept[map] += step;
        left -= step;
        next[map] = maps[map].next(kept[map]);
    }
}

/// Kept shares moved by a common amount so that they add up to `most` weights, or hardly less; in weights.
fn moved(maps: &[Steps], wanted: &[f64], most: f64) -> Vec<f64> {
    let by = |amount: f64| -> Vec<f64> {
        let of_map = |(steps, share): (&Steps, &f64)| steps.size() as f64 * (share + amount).clamp(0.0, 1.0);
        maps.iter().zip(wanted).map(of_map).collect()
    };
    let far = 1.0 + wanted.iter().fold(0.0, |most: f64, share| most.max(share.abs()));
    let (mut low, mut high) = (-far, far);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if by(middle).iter().sum::<f64>() <= most { low = middle } else { high = middle }
    }
    by(low)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULES: [Rule; 3] = [Rule::Magnitude, Rule::Wanda, Rule::SparseGpt { damping: 0.01 }];

    proptest! {
        #[test]
        fn the_budget_is_spent_to_the_last_step(
            shapes in prop::collection::vec((1..40usize, 1..300usize, -0.2..1.2f64), 1..8),
            sparsity in 0.0..=1.0f64,
            which in 0..3usize,
        ) {
            let maps: Vec<Steps> =
                shapes.iter().map(|(rows, columns, _)| Steps::new(RULES[which], *rows, *columns)).collect();
            let wanted: Vec<f64> = shapes.iter().map(|(_, _, wanted)| *wanted).collect();
            let all: usize = maps.iter().map(Steps::size).sum();
            let kept = counts(&maps, &wanted, sparsity);
            let sum: usize = kept.iter().sum();
            let most = room(all, sparsity);
            prop_assert!(sum <= most, "{sum} {most}");
            for (steps, kept) in maps.iter().zip(&kept) {
                prop_assert_eq!(steps.kept(steps.share(*kept)), *kept);
                prop_assert!(steps.next(*kept).is_none_or(|next| sum + next - kept > most), "{kept:?} {most}");
            }
        }

        #[test]
        fn what_adds_up_is_rounded_and_not_moved(
            shapes in prop::collection::vec((1..40usize, 20..300usize), 1..8),
            sparsity in 0.1..0.9f64,
            which in 0..3usize,
        ) {
            let maps: Vec<Steps> = shapes.iter().map(|(rows, columns)| Steps::new(RULES[which], *rows, *columns)).collect();
            let kept = counts(&maps, &vec![1.0 - sparsity; maps.len()], sparsity);
            let step = |(steps, kept): (&Steps, &usize)| steps.next(*kept).map_or(0, |next| next - kept) as f64;
            let all_steps: f64 = maps.iter().zip(&kept).map(step).sum();
            for (steps, kept) in maps.iter().zip(&kept) {
                let apart = *kept as f64 - steps.size() as f64 * (1.0 - sparsity);
                // A map misses a step at most, and has at most what the others miss.
                prop_assert!(apart > -step((steps, kept)) - 1e-5, "{kept} {apart}");
                prop_assert!(apart < all_steps + 1e-5, "{kept} {apart}");
            }
        }
    }

    #[test]
    fn the_largest_remainder_is_kept_first() {
        // Rows of 10: half of them is 5; .46 and .54 of 10 leave .6 and .4 of a weight per row.
        let maps = [Steps::new(Rule::Wanda, 4, 10), Steps::new(Rule::Wanda, 4, 10)];
        assert_eq!(counts(&maps, &[0.46, 0.54], 0.5), [20, 20]);
        assert_eq!(counts(&maps, &[0.44, 0.56], 0.5), [16, 24]);
        // Cut off at all, the other one keeps the rest.
        assert_eq!(counts(&maps, &[1.3, 0.5], 0.2), [40, 24]);
        assert_eq!(counts(&maps, &[0.5, 0.5], 1.0), [0, 0]);
        assert_eq!(counts(&maps, &[0.5, 0.5], 0.0), [40, 40]);
    }
}
