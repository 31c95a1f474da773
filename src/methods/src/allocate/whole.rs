//! Fractions as whole numbers of weights.

use secateur_neural::Network;

use super::steps::Steps;
use super::{Fractions, room};
use crate::weights::Rule;

/// Fractions that make masks of whole weights and spend a budget: as many weights stay as it allows, but for fewer than
/// the smallest step by which the rule could keep more of any linear layer. So allocations by different rules are
/// compared at equal counts.
///
/// Where fractions do not add up to the budget (blocks of different sizes, fractions cut off at 0 or 1) those that stay
/// are moved by a common amount, none below 0 or above 1. What stays of every linear layer is then rounded down to what
/// masks can be made of (the published programs round it up, beyond the budget: a weight per row with Wanda), and what
/// is left of the budget goes to the linear layers with the largest remainders.
///
/// # Arguments
/// * `fractions`: that go, of every linear layer that counts.
/// * `sparsity`: the fraction of the weights of all these linear layers that is to go.
/// * `rule`: what will prune by the fractions.
///
/// # Complexity
/// O(linear layers^2).
pub fn whole(network: &Network, fractions: &Fractions, sparsity: f64, rule: Rule) -> Fractions {
    let linears: Vec<Steps> = fractions.keys().map(|linear| Steps::of(network, linear, rule)).collect();
    let wanted: Vec<f64> = fractions.values().map(|fraction| 1.0 - fraction).collect();
    let kept = counts(&linears, &wanted, sparsity.clamp(0.0, 1.0));
    let fraction = |((linear, steps), kept): ((&String, &Steps), &usize)| (linear.clone(), steps.fraction(*kept));
    fractions.keys().zip(&linears).zip(&kept).map(fraction).collect()
}

/// Weights that stay of every linear layer.
fn counts(linears: &[Steps], wanted: &[f64], sparsity: f64) -> Vec<usize> {
    let all: usize = linears.iter().map(Steps::size).sum();
    let wanted = moved(linears, wanted, all as f64 * (1.0 - sparsity));
    let rounded = |slack: f64| -> Vec<usize> {
        linears.iter().zip(&wanted).map(|(steps, wanted)| steps.at_most((wanted + slack).floor() as usize)).collect()
    };
    let most = room(all, sparsity);
    // Sums of rounded numbers may be a little below a whole one.
    let mut kept = rounded(1e-6);
    if kept.iter().sum::<usize>() > most {
        kept = rounded(0.0);
    }
    let mut left = most.saturating_sub(kept.iter().sum());
    let mut next: Vec<Option<usize>> = linears.iter().zip(&kept).map(|(steps, kept)| steps.next(*kept)).collect();
    loop {
        let remainder = |(linear, next): (usize, &Option<usize>)| {
            let step = (*next)? - kept[linear];
            (step <= left).then(|| (linear, step, (wanted[linear] - kept[linear] as f64) / step as f64))
        };
        // Of equal ones the first.
        let fitting = next.iter().enumerate().filter_map(remainder).rev();
        let Some((linear, step, _)) = fitting.max_by(|a, b| a.2.total_cmp(&b.2)) else { return kept };
        kept[linear] += step;
        left -= step;
        next[linear] = linears[linear].next(kept[linear]);
    }
}

/// Kept fractions moved by a common amount so that they add up to `most` weights, or hardly less; in weights.
fn moved(linears: &[Steps], wanted: &[f64], most: f64) -> Vec<f64> {
    let by = |amount: f64| -> Vec<f64> {
        let of_linear = |(steps, fraction): (&Steps, &f64)| steps.size() as f64 * (fraction + amount).clamp(0.0, 1.0);
        linears.iter().zip(wanted).map(of_linear).collect()
    };
    let far = 1.0 + wanted.iter().fold(0.0, |most: f64, fraction| most.max(fraction.abs()));
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
            let linears: Vec<Steps> =
                shapes.iter().map(|(rows, columns, _)| Steps::new(RULES[which], *rows, *columns)).collect();
            let wanted: Vec<f64> = shapes.iter().map(|(_, _, wanted)| *wanted).collect();
            let all: usize = linears.iter().map(Steps::size).sum();
            let kept = counts(&linears, &wanted, sparsity);
            let sum: usize = kept.iter().sum();
            let most = room(all, sparsity);
            prop_assert!(sum <= most, "{sum} {most}");
            for (steps, kept) in linears.iter().zip(&kept) {
                prop_assert_eq!(steps.kept(steps.fraction(*kept)), *kept);
                prop_assert!(steps.next(*kept).is_none_or(|next| sum + next - kept > most), "{kept:?} {most}");
            }
        }

        #[test]
        fn what_adds_up_is_rounded_and_not_moved(
            shapes in prop::collection::vec((1..40usize, 20..300usize), 1..8),
            sparsity in 0.1..0.9f64,
            which in 0..3usize,
        ) {
            let linears: Vec<Steps> = shapes.iter().map(|(rows, columns)| Steps::new(RULES[which], *rows, *columns)).collect();
            let kept = counts(&linears, &vec![1.0 - sparsity; linears.len()], sparsity);
            let step = |(steps, kept): (&Steps, &usize)| steps.next(*kept).map_or(0, |next| next - kept) as f64;
            let all_steps: f64 = linears.iter().zip(&kept).map(step).sum();
            for (steps, kept) in linears.iter().zip(&kept) {
                let apart = *kept as f64 - steps.size() as f64 * (1.0 - sparsity);
                // A linear layer misses a step at most, and has at most what the others miss.
                prop_assert!(apart > -step((steps, kept)) - 1e-5, "{kept} {apart}");
                prop_assert!(apart < all_steps + 1e-5, "{kept} {apart}");
            }
        }
    }

    #[test]
    fn the_largest_remainder_is_kept_first() {
        // Rows of 10: half of them is 5; .46 and .54 of 10 leave .6 and .4 of a weight per row.
        let linears = [Steps::new(Rule::Wanda, 4, 10), Steps::new(Rule::Wanda, 4, 10)];
        assert_eq!(counts(&linears, &[0.46, 0.54], 0.5), [20, 20]);
        assert_eq!(counts(&linears, &[0.44, 0.56], 0.5), [16, 24]);
        // Cut off at all, the other one keeps the rest.
        assert_eq!(counts(&linears, &[1.3, 0.5], 0.2), [40, 24]);
        assert_eq!(counts(&linears, &[0.5, 0.5], 1.0), [0, 0]);
        assert_eq!(counts(&linears, &[0.5, 0.5], 0.0), [40, 40]);
    }
}
