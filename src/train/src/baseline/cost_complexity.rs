//! Minimal cost-complexity pruning of every tree, with one alpha for the whole forest.

use secateur_program::{Control, Multiplier, Scale};

use super::weakest_link::thresholds;
use super::{BaselineError, check_lowered};
use secateur_forest::{BudgetedForest, Forest, Loss, Lowered, PriceList};

/// Distinct alphas up to here are all kept; more are thinned.
const MOST_CLASSES: usize = 512;

/// A thinned class takes as many splits as make this fraction of all that are kept before it.
const SHARE: usize = 64;

/// Prunes every tree to the smallest subtree that minimises `R(T) + alpha |leaves of T|`, for every alpha at once (Breiman, Friedman,
/// Olshen and Stone 1984, chapter 3; one alpha for all trees, as scikit-learn's `ccp_alpha`).
///
/// The threshold of a split is its alpha: it is kept iff alpha is below. So [`BudgetedForest::at_lambda`] takes an alpha, and
/// [`BudgetedForest::lambda`] gives one. `R(T)` is the tree's mean loss, as lowered: with [`Loss::Brier`] or
/// [`Loss::SquaredError`] counted on the trees' own samples it is scikit-learn's impurity. The weight of a tree is taken to be the mean over
/// trees, which is each tree's own when all samples are of one size, as bootstrap samples are. `loss` says what was lowered with;
/// `prices` are those lowered with: the alphas do not depend on them, the costs stated for each class do.
///
/// More than 512 distinct alphas are thinned to operating points a 64th of the kept splits apart, each of them optimal for its alpha.
///
/// # Errors
/// [`BaselineError`]: a program or prices of another forest, or a stop.
///
/// # Complexity
/// O(splits log splits), and one pass over the program's uses pairs for the costs.
pub fn cost_complexity(
    forest: Forest,
    prices: &PriceList,
    loss: Loss,
    lowered: &Lowered,
    control: &Control,
) -> Result<BudgetedForest, BaselineError> {
    check_lowered(&forest, lowered)?;
    let mut alphas = thresholds(&lowered.program, &vec![1; lowered.nodes.len()], control)?;
    thin(&mut alphas);
    // Gains are means over all trees; a tree's own loss is counted over its fraction of them.
    let gain_unit = lowered.program.scale().gain_unit * forest.n_trees() as f64;
    let scale = Scale { gain_unit, cost_unit: 1.0 };
    Ok(BudgetedForest::with_thresholds(forest, prices.clone(), loss, lowered, &alphas, scale)?)
}

/// Lowers thresholds to those of fewer classes: each class takes the smallest threshold of those it joins.
fn thin(thresholds: &mut [Multiplier]) {
    let mut sorted = thresholds.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let classes: Vec<&[Multiplier]> = sorted.chunk_by(|a, b| a == b).collect();
    if classes.len() <= MOST_CLASSES {
        return;
    }
    let (mut kept, mut before) = (0, 0);
    let mut left = Vec::new();
    for (index, class) in classes.iter().enumerate() {
        kept += class.len();
        // What is never kept stays apart from the rest.
        let last = classes.get(index + 1).is_none_or(|next| next[0] == Multiplier::ZERO);
        if last || kept - before > before / SHARE {
            left.push(class[0]);
            before = kept;
        }
    }
    for threshold in thresholds {
        *threshold = left[left.partition_point(|other| other > threshold)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_classes_are_few_and_keep_their_order() {
        let mut thresholds: Vec<Multiplier> =
            (0..20_000).map(|v| Multiplier::new((v * 7919) % 20_000, 1).unwrap()).collect();
        let exact = thresholds.clone();
        thin(&mut thresholds);
        let mut distinct = thresholds.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert!((300..600).contains(&distinct.len()), "{}", distinct.len());
        assert_eq!(thresholds.iter().filter(|threshold| **threshold == Multiplier::ZERO).count(), 1);
        for (thin, exact) in thresholds.iter().zip(&exact) {
            // A class is what lies between its threshold and the next one.
            let next = distinct.partition_point(|other| other <= thin);
            assert!(thin <= exact && distinct.get(next).is_none_or(|next| exact < next));
            assert!(exact.num() - thin.num() <= 20_000 / 64);
        }
    }
}
