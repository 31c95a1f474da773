//! The out-of-bag loss: each example evaluated by the trees that have not seen it (Breiman 2001, section 3.1).

use rayon::prelude::*;

use super::loss::LossError;
use secateur_forest::predict::{Outputs, Sum};
use secateur_forest::rows::{Rows, Walk};
use secateur_forest::{Aggregation, DataError, DatasetView, Forest, InBag, TargetView, Task};

/// Loss of a forest on its own training data, each example predicted by the trees that have not seen it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutOfBag {
    /// Fraction of examples (by weight) whose class is predicted wrongly, or mean squared error.
    pub loss: f64,
    /// Examples that at least one tree has not seen; the others do not count.
    pub examples: usize,
}

/// The out-of-bag loss; `None` if every tree has seen every example.
///
/// # Errors
/// [`LossError`] if the examples have no targets, or do not fit the forest or the bootstrap record.
///
/// # Complexity
/// O(examples x trees x depth), parallel over examples; the same result for any number of threads.
pub fn out_of_bag(forest: &Forest, examples: DatasetView<'_>, in_bag: &InBag) -> Result<Option<OutOfBag>, LossError> {
    if forest.aggregation() == Aggregation::Sum {
        return Err(LossError::Scores);
    }
    forest.check(examples)?;
    let target = examples.target().ok_or(DataError::NoTarget)?;
    let sizes = [("rows", in_bag.n_rows(), examples.len()), ("trees", in_bag.n_trees(), forest.n_trees())];
    if let Some(&(what, found, expected)) = sizes.iter().find(|(_, found, expected)| found != expected) {
        return Err(LossError::InBag { what, found, expected });
    }
    let (view, outputs) = (examples.x(), Outputs::of_forest(forest));
    let rows = Rows::new(&view);
    let losses: Vec<Option<f64>> = (0..rows.len())
        .into_par_iter()
        .map(|row| {
            let mut sum = outputs.sum();
            let mut seen_by_all = true;
            for (_, root) in forest.roots().enumerate().filter(|(tree, _)| in_bag.tree(*tree)[row] == 0) {
                seen_by_all = false;
                let mut walk = Walk::new(forest, rows.row(row), root);
                while walk.step().map_err(|missing| missing.in_row(row))?.is_some() {}
                sum.add(&outputs, walk.node());
            }
            Ok((!seen_by_all).then(|| loss(&sum, target, row)))
        })
        .collect::<Result<_, DataError>>()?;
    let (mut total, mut weight, mut evaluated) = (0.0, 0.0, 0);
    for (row, loss) in losses.into_iter().enumerate() {
        if let Some(loss) = loss {
            total += loss * examples.weight(row);
            weight += examples.weight(row);
            evaluated += 1;
        }
    }
    Ok((weight > 0.0).then(|| OutOfBag { loss: total / weight, examples: evaluated }))
}

/// Whether these targets and weights, in this order, are those that the trees were grown on: what each tree's sample
/// says must be what its root holds. A few trees are asked; other data of the same size agree by accident only if their
/// targets are nearly the same. Features are not looked at.
pub fn was_grown_on(forest: &Forest, examples: DatasetView<'_>, in_bag: &InBag) -> bool {
    /// Trees asked.
    const TREES: usize = 8;
    let Some(target) = examples.target() else { return false };
    if in_bag.n_rows() != target.len() || in_bag.n_trees() != forest.n_trees() {
        return false;
    }
    forest.roots().enumerate().take(TREES).all(|(tree, root)| {
        let (mut found, mut drawn) = (vec![0.0; forest.n_outputs()], 0.0);
        for (row, &times) in in_bag.tree(tree).iter().enumerate().filter(|(_, times)| **times > 0) {
            let weight = f64::from(times) * examples.weight(row);
            drawn += weight;
            match target {
                TargetView::Classes { labels, .. } => match found.get_mut(labels[row] as usize) {
                    Some(found) => *found += weight,
                    None => return false,
                },
                TargetView::Values(values) => found[0] += weight * values[row],
            }
        }
        match (target, forest.task(), examples.weights()) {
            (TargetView::Classes { .. }, Task::Classification { .. }, None) => found == forest.value(root),
            // Sums of weights are rounded.
            (TargetView::Classes { .. }, Task::Classification { .. }, Some(_)) => {
                found.iter().zip(forest.value(root)).all(|(found, held)| (found - held).abs() <= 1e-9 * drawn)
            }
            (TargetView::Values(_), Task::Regression, _) => {
                let mean = found[0] / drawn;
                (mean - forest.value(root)[0]).abs() <= 1e-9 * (1.0 + mean.abs())
            }
            _ => false,
        }
    })
}

fn loss(sum: &Sum, target: TargetView<'_>, row: usize) -> f64 {
    match target {
        TargetView::Classes { labels, .. } => f64::from(u8::from(sum.class() != labels[row] as usize)),
        TargetView::Values(values) => {
            let mut mean = [0.0];
            sum.write(&mut mean);
            (mean[0] - values[row]).powi(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use secateur_forest::{Precision, RawForest, RawTree};

    /// Two stumps on one feature; the second one answers the other way round.
    fn stumps() -> Forest {
        let stump = |low: [f64; 2], high: [f64; 2]| RawTree {
            feature: vec![0, -1, -1],
            threshold: vec![0.5, 0.0, 0.0],
            children_left: vec![1, -1, -1],
            children_right: vec![2, -1, -1],
            missing: Vec::new(),
            value: [[1.0, 1.0], low, high].concat(),
            ..RawTree::default()
        };
        Forest::new(RawForest {
            task: Task::Classification { classes: vec!["a".into(), "b".into()] },
            n_features: 1,
            precision: Precision::F64,
            aggregation: Aggregation::Mean,
            base: Vec::new(),
            trees: vec![stump([1.0, 0.0], [0.0, 1.0]), stump([0.0, 1.0], [1.0, 0.0])],
        })
        .unwrap()
    }

    #[test]
    fn each_example_is_judged_by_the_trees_that_have_not_seen_it() {
        let forest = stumps();
        let x = array![[0.0], [1.0], [0.0]];
        let target = TargetView::Classes { labels: &[0, 1, 0], n_classes: 2 };
        let examples = DatasetView::new(x.view(), target, None).unwrap();
        // Row 0 is evaluated by the right tree, row 1 by the wrong one, row 2 by none.
        let in_bag = InBag::new(3, vec![vec![0, 2, 1], vec![1, 0, 1]]).unwrap();
        let evaluated = out_of_bag(&forest, examples, &in_bag).unwrap();
        assert_eq!(evaluated, Some(OutOfBag { loss: 0.5, examples: 2 }));
        let all = InBag::new(3, vec![vec![1, 1, 1], vec![1, 1, 1]]).unwrap();
        assert_eq!(out_of_bag(&forest, examples, &all).unwrap(), None);
        let other = InBag::new(2, vec![vec![1, 1], vec![1, 1]]).unwrap();
        assert_eq!(
            out_of_bag(&forest, examples, &other).unwrap_err(),
            LossError::InBag { what: "rows", found: 2, expected: 3 }
        );
    }

    #[test]
    fn the_training_data_are_recognised() {
        let forest = stumps(); // roots that hold one example of each class
        let in_bag = InBag::new(3, vec![vec![1, 1, 0], vec![0, 1, 1]]).unwrap();
        let x = array![[0.0], [1.0], [0.0]];
        let grown_on = |labels: &[u32], weights: Option<&[f64]>| {
            let target = TargetView::Classes { labels, n_classes: 2 };
            let (rows, _) = x.view().split_at(ndarray::Axis(0), labels.len());
            was_grown_on(&forest, DatasetView::new(rows, target, weights).unwrap(), &in_bag)
        };
        assert!(grown_on(&[0, 1, 0], None));
        assert!(!grown_on(&[0, 1, 1], None) && !grown_on(&[0, 1], None) && !grown_on(&[0, 7, 0], None));
        assert!(grown_on(&[0, 1, 0], Some(&[1.0, 1.0, 1.0])));
        assert!(!grown_on(&[0, 1, 0], Some(&[1.0, 2.0, 1.0])));
        let unlabelled = DatasetView::unlabelled(x.view(), None).unwrap();
        assert!(!was_grown_on(&forest, unlabelled, &in_bag));
    }
}
