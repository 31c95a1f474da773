//! What is returned is the minimum.

use super::*;

/// Solves `a x = b` for a positive definite matrix, by Cholesky's factors.
fn cholesky(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for j in 0..n {
        for k in 0..j {
            for i in j..n {
                a[i][j] -= a[i][k] * a[j][k];
            }
        }
        let pivot = a[j][j].sqrt();
        (j..n).for_each(|i| a[i][j] /= pivot);
    }
    for i in 0..n {
        (0..i).for_each(|k| b[i] -= a[i][k] * b[k]);
        b[i] /= a[i][i];
    }
    for i in (0..n).rev() {
        (i + 1..n).for_each(|k| b[i] -= a[k][i] * b[k]);
        b[i] /= a[i][i];
    }
    b
}

/// Votes are for classes.
fn fitting(aggregation: Aggregation, classes: usize) -> Aggregation {
    if classes == 0 && aggregation == Aggregation::Vote { Aggregation::Mean } else { aggregation }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn ridge_is_the_solution_of_the_normal_equations(
        seed in any::<u64>(),
        exponent in -4i32..1,
        prior in any_prior(),
        sum in any::<bool>(),
    ) {
        let world = world(seed, 0, if sum { Aggregation::Sum } else { Aggregation::Mean }, 1..40);
        let l2 = 10f64.powi(exponent);
        let refitted = world.refit(l2, &exact(prior));
        let drawn_to = values(&world.refit(f64::INFINITY, &exact(prior)).forest);
        let (leaves, examples) = (world.leaves(), world.examples());
        let n = leaves.len();
        let (mut a, mut b) = (vec![vec![0.0; n]; n], vec![0.0; n]);
        for i in 0..n {
            a[i][i] = l2;
            b[i] = l2 * drawn_to[leaves[i]];
        }
        for row in 0..examples.len() {
            let at: Vec<usize> =
                world.reached(row).iter().map(|leaf| leaves.iter().position(|l| l == leaf).unwrap()).collect();
            let weight = examples.weight(row) / examples.total_weight();
            for &i in &at {
                b[i] += weight * (world.numbers[row] - refitted.forest.base()[0]);
                at.iter().for_each(|&j| a[i][j] += weight);
            }
        }
        for (leaf, expected) in leaves.iter().zip(cholesky(a, b)) {
            let found = refitted.forest.value(*leaf)[0];
            prop_assert!(close(found, expected, 1e-5), "leaf {leaf}: {found}, expected {expected}");
        }
    }

    #[test]
    fn the_gradient_vanishes_and_no_other_scores_are_better(
        seed in any::<u64>(),
        classes in 0usize..5,
        aggregation in any_aggregation(),
        prior in any_prior(),
        exponent in -4i32..1,
    ) {
        let world = world(seed, classes, fitting(aggregation, classes), 1..30);
        let l2 = 10f64.powi(exponent);
        let refitted = world.refit(l2, &exact(prior));
        prop_assert_eq!(refitted.status, Status::WithinTolerance);
        let (base, found) = (refitted.forest.base(), values(&refitted.forest));
        let drawn_to = values(&world.refit(f64::INFINITY, &exact(prior)).forest);
        let objective = |values: &[f64]| world.objective(base, values, &drawn_to, l2);
        let best = objective(&found);
        prop_assert!(close(best, refitted.objective, 1e-10), "{best} is stated as {}", refitted.objective);
        let k = world.forest.n_outputs();
        for leaf in world.leaves() {
            for output in usize::from(k == 2)..k {
                let shifted = |by: f64| {
                    let mut shifted = found.clone();
                    shifted[leaf * k + output] += by;
                    objective(&shifted)
                };
                let slope = (shifted(1e-4) - shifted(-1e-4)) / 2e-4;
                prop_assert!(slope.abs() < 1e-6 * (1.0 + best), "slope {slope} at leaf {leaf}, output {output}");
            }
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for size in [1e-3, 0.1, 1.0, 10.0] {
            let other: Vec<f64> = found.iter().map(|value| value + size * rng.random_range(-1.0..1.0)).collect();
            prop_assert!(objective(&other) >= best - 1e-12 * (1.0 + best));
        }
    }

    #[test]
    fn every_step_lowers_the_objective(seed in any::<u64>(), classes in 0usize..4, prior in any_prior()) {
        let world = world(seed, classes, Aggregation::Sum, 1..30);
        let objectives: Vec<f64> = (0..6)
            .map(|max_steps| world.refit(1e-3, &RefitOptions { max_steps, ..exact(prior) }))
            .map(|refitted| refitted.objective)
            .collect();
        prop_assert!(objectives.windows(2).all(|pair| pair[1] <= pair[0]), "{objectives:?}");
        prop_assert!(objectives[5] <= world.refit(f64::INFINITY, &exact(prior)).objective);
    }

    #[test]
    fn weights_are_repeated_rows(seed in any::<u64>(), classes in 0usize..4, prior in any_prior()) {
        let mut world = world(seed, classes, Aggregation::Mean, 1..30);
        let one_to_three = || (0..world.labels.len()).map(|row| (1 + row % 3) as f64).collect();
        let weights: Vec<f64> = world.weights.clone().unwrap_or_else(one_to_three);
        let times = weights.iter().enumerate();
        let rows: Vec<usize> = times.flat_map(|(row, &times)| std::iter::repeat_n(row, times as usize)).collect();
        let repeated = World {
            forest: world.forest.clone(),
            x: world.x.select(ndarray::Axis(0), &rows),
            labels: rows.iter().map(|&row| world.labels[row]).collect(),
            numbers: rows.iter().map(|&row| world.numbers[row]).collect(),
            weights: None,
        };
        world.weights = Some(weights);
        let [a, b] = [&world, &repeated].map(|world| world.refit(0.01, &exact(prior)));
        prop_assert!(close(a.objective, b.objective, 1e-12));
        for (a, b) in values(&a.forest).into_iter().zip(values(&b.forest)) {
            prop_assert!(close(a, b, 1e-5), "{a} and {b}");
        }
    }

    #[test]
    fn an_infinite_strength_leaves_the_prior(
        seed in any::<u64>(),
        classes in 0usize..4,
        aggregation in any_aggregation(),
    ) {
        let world = world(seed, classes, fitting(aggregation, classes), 1..30);
        let none = world.refit(f64::INFINITY, &exact(Prior::Current));
        let k = world.forest.n_outputs();
        for row in 0..world.labels.len() {
            let leaves = world.reached(row);
            let mut now = none.forest.base().to_vec();
            let mut before = vec![0.0; k];
            for leaf in leaves.iter().copied() {
                now.iter_mut().zip(none.forest.value(leaf)).for_each(|(sum, value)| *sum += value);
                for (sum, value) in before.iter_mut().zip(world.forest.value(leaf)) {
                    *sum += match (aggregation, classes) {
                        (Aggregation::Sum, _) => *value,
                        (_, 0) => value / leaves.len() as f64,
                        _ => (value + 1.0).ln() / leaves.len() as f64,
                    };
                }
            }
            if aggregation == Aggregation::Sum {
                before.iter_mut().zip(world.forest.base()).for_each(|(sum, base)| *sum += base);
            }
            // Scores of classes count by their differences.
            let zero = if classes == 0 { (0.0, 0.0) } else { (now[0], before[0]) };
            for (now, before) in now.iter().zip(&before) {
                prop_assert!(close(now - zero.0, before - zero.1, 1e-9), "{now} was {before}");
            }
        }
        // And a large one nearly so.
        let near = world.refit(1e9, &exact(Prior::Current));
        for (a, b) in values(&near.forest).into_iter().zip(values(&none.forest)) {
            prop_assert!(close(a, b, 1e-6));
        }
    }

    #[test]
    fn warm_starts_end_at_the_same_minimum(seed in any::<u64>(), classes in 0usize..4) {
        let world = world(seed, classes, Aggregation::Mean, 1..30);
        let refitter = Refitter::new(&world.forest, world.examples(), &exact(Prior::Zero), &Control::new()).unwrap();
        let cold = refitter.solve(0.01, None, &Control::new()).unwrap();
        let other = refitter.solve(1.0, None, &Control::new()).unwrap();
        let warm = refitter.solve(0.01, Some(&values(&other.forest)), &Control::new()).unwrap();
        prop_assert!(close(cold.objective, warm.objective, 1e-12));
        // From the minimum there is nothing left to do.
        let again = refitter.solve(0.01, Some(&values(&cold.forest)), &Control::new()).unwrap();
        prop_assert!(close(again.objective, cold.objective, 1e-12) && again.steps <= 2, "{} steps", again.steps);
    }
}

#[test]
fn a_leaf_without_examples_has_its_prior_and_inner_nodes_have_means() {
    let tree = RawTree {
        feature: vec![0, 1, -1, -1, -1],
        threshold: vec![0.0, 0.0, 0.0, 0.0, 0.0],
        children_left: vec![1, 2, -1, -1, -1],
        children_right: vec![4, 3, -1, -1, -1],
        missing: vec![],
        value: vec![0.0, 0.0, 5.0, 6.0, 7.0],
        ..RawTree::default()
    };
    let raw = RawForest {
        task: Task::Regression,
        n_features: 2,
        precision: Precision::F64,
        aggregation: Aggregation::Sum,
        base: vec![1.0],
        trees: vec![tree],
    };
    let forest = Forest::new(raw).unwrap();
    let x = ndarray::array![[-1.0, -1.0], [-1.0, 1.0], [-1.0, 1.0], [-1.0, 1.0]];
    let examples = DatasetView::new(x.view(), TargetView::Values(&[2.0, 4.0, 4.0, 4.0]), None).unwrap();
    let refitted = refit(&forest, examples, 1e-9, &exact(Prior::Current), &Control::new()).unwrap().forest;
    let expected = [2.5, 2.5, 1.0, 3.0, 7.0];
    for (node, expected) in expected.into_iter().enumerate() {
        assert!(close(refitted.value(node)[0], expected, 1e-7), "node {node}: {:?}", refitted.value(node));
    }
}
