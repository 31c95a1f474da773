//! l2 by validation, and scores along the pruning path.

use super::*;
use crate::prune_by;
use secateur_forest::PriceList;

fn best(world: &World, valid: &World, l2s: &[f64], prior: Prior) -> BestRefit {
    let options = RefitOptions { prior, ..RefitOptions::default() };
    refit_best(&world.forest, world.examples(), valid.examples(), l2s, &options, &Control::new()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_strength_of_least_validation_loss_is_chosen(
        seed in any::<u64>(),
        classes in 0usize..4,
        prior in any_prior(),
    ) {
        let train = world(seed, classes, Aggregation::Sum, 1..40);
        let valid = World { forest: train.forest.clone(), ..world(seed ^ 1, classes, Aggregation::Sum, 1..40) };
        let found = best(&train, &valid, &[1e-3, 10.0, 0.1, 0.1], prior);
        let l2s: Vec<f64> = found.trials.iter().map(|trial| trial.l2).collect();
        let expected = [f64::INFINITY, 10.0, 0.1, 1e-3];
        let expected = &expected[usize::from(prior == Prior::Zero)..];
        prop_assert_eq!(&l2s, &expected[..l2s.len()]);
        let at = l2s.iter().position(|l2| *l2 == found.l2).unwrap();
        prop_assert_eq!(l2s.len(), expected.len().min(at + 3), "two in vain end the search");
        // The losses are those of the forests.
        let factor = if classes == 0 { 2.0 } else { 1.0 };
        let chosen = factor * valid.loss(found.refitted.forest.base(), &values(&found.refitted.forest));
        let least = found.trials.iter().map(|trial| trial.loss).fold(f64::INFINITY, f64::min);
        prop_assert!(close(chosen, least, 1e-12), "{chosen} chosen, {least} possible");
        let first = found.trials.iter().find(|trial| trial.loss == least).unwrap();
        prop_assert_eq!(found.l2, first.l2);
    }

    #[test]
    fn scores_are_carried_along_the_path(seed in any::<u64>(), classes in 0usize..4) {
        let world = world(seed, classes, Aggregation::Sum, 1..30);
        let gains: Vec<f64> = (0..world.forest.n_nodes()).map(|node| 1.0 + (node % 3) as f64).collect();
        let losses = crate::NodeLosses::from_gains(&world.forest, &gains, 1.0).unwrap();
        let prices = PriceList::uniform(&["a", "b", "c"].map(String::from), 1.0).unwrap();
        let loss = secateur_forest::Loss::default_for(world.forest.task());
        let pruned = prune_by(world.forest.clone(), &losses, loss, world.examples(), &prices, &Control::new()).unwrap();
        let model = &pruned.budgeted;
        let all: Vec<(Forest, Vec<u32>)> = model.points().map(|point| model.pruned(point)).collect();
        let parents = world.forest.parents();
        for (from, from_origin) in &all {
            for (to, to_origin) in &all {
                let carried = carry(&world.forest, from, from_origin, to_origin).unwrap();
                let k = world.forest.n_outputs();
                for node in 0..to.n_nodes() {
                    // The node itself, or the nearest one above that the source has.
                    let mut origin = to_origin[node];
                    let at = loop {
                        match from_origin.iter().position(|&o| o == origin) {
                            Some(at) => break at,
                            None => origin = parents[origin as usize].unwrap(),
                        }
                    };
                    prop_assert_eq!(&carried[node * k..(node + 1) * k], from.value(at));
                }
                let refitter = Refitter::new(to, world.examples(), &exact(Prior::Zero), &Control::new()).unwrap();
                let warm = refitter.solve(0.01, Some(&carried), &Control::new()).unwrap();
                let cold = refitter.solve(0.01, None, &Control::new()).unwrap();
                prop_assert!(close(warm.objective, cold.objective, 1e-12));
            }
        }
    }
}

#[test]
fn a_forest_that_cannot_be_bettered_is_left_as_it_is() {
    // Refitted on answers that say the opposite of the validation answers.
    let mut train = world(2, 2, Aggregation::Sum, 30..31);
    let mut valid = World { forest: train.forest.clone(), ..world(2, 2, Aggregation::Sum, 30..31) };
    let base = train.forest.base().to_vec();
    for row in 0..30 {
        let mut scores = base.clone();
        for leaf in train.reached(row) {
            scores.iter_mut().zip(train.forest.value(leaf)).for_each(|(sum, value)| *sum += value);
        }
        valid.labels[row] = u32::from(scores[1] > scores[0]);
        train.labels[row] = 1 - valid.labels[row];
    }
    let found = best(&train, &valid, &L2_GRID, Prior::Current);
    assert_eq!(found.l2, f64::INFINITY);
    assert_eq!(found.trials.len(), 3);
}

#[test]
fn what_does_not_fit_is_named() {
    let world = world(4, 2, Aggregation::Mean, 10..11);
    let options = RefitOptions::default();
    let choose = |l2s: &[f64], control: &Control| {
        refit_best(&world.forest, world.examples(), world.examples(), l2s, &options, control)
    };
    assert_eq!(choose(&[], &Control::new()).unwrap_err(), RefitError::NoL2);
    assert_eq!(choose(&[1.0, 0.0], &Control::new()).unwrap_err(), RefitError::L2 { value: 0.0 });
    let origin: Vec<u32> = (0..world.forest.n_nodes() as u32).collect();
    for (from, to) in
        [(&origin[1..], &origin[..]), (&origin[..], &[u32::MAX][..]), (&vec![u32::MAX; origin.len()], &[0])]
    {
        assert!(matches!(carry(&world.forest, &world.forest, from, to), Err(RefitError::Values { .. })));
    }
}
