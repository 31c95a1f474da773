//! Shares as whole numbers of weights.

use super::Shares;
use crate::neural::Network;
use crate::neural::methods::obs::SPARSE_GPT_BLOCK;
use crate::neural::methods::weights::Rule;

/// The least shares at which as many weights of every map go as the given ones ask for. The published programs round down what goes, in every row (Wanda), every
/// block of columns (SparseGPT) or the map (magnitudes): what is left is more than the budget, by as much as one weight per row.
///
/// # Complexity
/// O(maps).
pub fn whole(network: &Network, shares: &Shares, rule: Rule) -> Shares {
    let of_map = |(map, share): (&String, &f64)| {
        let shape = network.weights().shape(&format!("{map}.weight")).unwrap_or(&[]);
        let rows = shape.first().copied().unwrap_or(0);
        let columns = shape.iter().skip(1).product();
        (map.clone(), of_parts(&parts(rule, rows, columns), *share))
    };
    shares.iter().map(of_map).collect()
}

/// Weights that compete, and how many such parts there are.
fn parts(rule: Rule, rows: usize, columns: usize) -> Vec<(usize, usize)> {
    match rule {
        Rule::Magnitude => vec![(rows * columns, 1)],
        Rule::Wanda => vec![(columns, rows)],
        Rule::SparseGpt { .. } => {
            let block = SPARSE_GPT_BLOCK;
            vec![(block * rows, columns / block), (columns % block * rows, 1)]
        }
    }
}

fn of_parts(parts: &[(usize, usize)], share: f64) -> f64 {
    let share = share.clamp(0.0, 1.0);
    let size: usize = parts.iter().map(|(size, times)| size * times).sum();
    let wanted = (size as f64 * share - 1e-6).ceil();
    // As masks are made: whole weights of each part.
    let gone =
        |share: f64| -> usize { parts.iter().map(|(size, times)| (*size as f64 * share) as usize * times).sum() };
    let (mut low, mut high) = (share, 1.0);
    if gone(low) as f64 >= wanted {
        return low;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if gone(middle) as f64 >= wanted { high = middle } else { low = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_many_go_as_were_asked_for_and_hardly_more(
            rows in 1..40usize, columns in 1..300usize, share in 0.0..=1.0f64, which in 0..3usize,
        ) {
            let rule = [Rule::Magnitude, Rule::Wanda, Rule::SparseGpt { damping: 0.01 }][which];
            let parts = parts(rule, rows, columns);
            let found = of_parts(&parts, share);
            let gone = |share: f64| -> usize {
                parts.iter().map(|(size, times)| (*size as f64 * share) as usize * times).sum()
            };
            let size = rows * columns;
            prop_assert_eq!(parts.iter().map(|(size, times)| size * times).sum::<usize>(), size);
            prop_assert!((0.0..=1.0).contains(&found) && found >= share);
            prop_assert!(gone(found) as f64 >= size as f64 * share - 1e-5);
            // One weight of every part more at most.
            let n_parts: usize = parts.iter().map(|(_, times)| times).sum();
            prop_assert!(gone(found) as f64 <= size as f64 * share + n_parts as f64 + 1e-5);
        }
    }
}
