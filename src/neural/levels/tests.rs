use proptest::prelude::*;

use super::*;

/// The least loss over all choices within the budget.
fn enumerated(layers: &[Vec<Level>], budget: f64) -> Option<f64> {
    let Some((first, others)) = layers.split_first() else { return Some(0.0) };
    let rest = |level: &Level| Some(level.loss + enumerated(others, budget - level.cost)?);
    first.iter().filter(|level| level.cost <= budget + 1e-12).filter_map(rest).min_by(f64::total_cmp)
}

fn table() -> impl Strategy<Value = Vec<Vec<Level>>> {
    let level = (0..40u32, -10..60i32)
        .prop_map(|(cost, loss)| Level { cost: f64::from(cost) / 4.0, loss: f64::from(loss) / 8.0 });
    prop::collection::vec(prop::collection::vec(level, 1..6), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_least_loss_within_the_budget(layers in table(), share in -0.1..1.1f64) {
        let table = LevelTable::new(layers.clone()).unwrap();
        let sum = |of: fn(f64, f64) -> f64, start: f64| -> f64 {
            layers.iter().map(|own| own.iter().map(|level| level.cost).fold(start, of)).sum()
        };
        let (least, most) = (sum(f64::min, f64::INFINITY), sum(f64::max, 0.0));
        let budget = least + share * (most - least);
        match table.within(budget, &Control::new()) {
            Err(LevelError::Budget { least: found, .. }) => prop_assert!(budget < least && found == least),
            Err(error) => prop_assert!(false, "{error}"),
            Ok(choice) => {
                prop_assert!(choice.cost <= budget + 1e-9, "{choice:?} {budget}");
                prop_assert!((choice.loss - enumerated(&layers, budget).unwrap()).abs() < 1e-9, "{choice:?}");
                prop_assert_eq!(choice.status, Status::Optimal);
                prop_assert!((choice.least_loss - choice.loss).abs() < 1e-9);
                let sum: f64 = choice.levels.iter().zip(&layers).map(|(level, own)| own[*level].loss).sum();
                prop_assert!((sum - choice.loss).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn points_of_the_path_are_best_at_what_they_cost(layers in table()) {
        let table = LevelTable::new(layers.clone()).unwrap();
        let path = table.path(&Control::new()).unwrap();
        prop_assert!(!path.is_empty());
        for pair in path.windows(2) {
            prop_assert!(pair[0].cost <= pair[1].cost && pair[0].loss >= pair[1].loss, "{pair:?}");
        }
        for choice in path {
            prop_assert!((choice.loss - enumerated(&layers, choice.cost).unwrap()).abs() < 1e-9, "{choice:?}");
        }
    }
}

/// The losses of all choices within the budget, least first.
fn all_losses(layers: &[Vec<Level>], budget: f64) -> Vec<f64> {
    let mut losses = vec![(0.0, 0.0)];
    for own in layers {
        let longer = |(loss, cost): &(f64, f64)| {
            own.iter().map(|level| (loss + level.loss, cost + level.cost)).collect::<Vec<_>>()
        };
        losses = losses.iter().flat_map(longer).collect();
    }
    let mut losses: Vec<f64> =
        losses.into_iter().filter(|(_, cost)| *cost <= budget + 1e-12).map(|(loss, _)| loss).collect();
    losses.sort_by(f64::total_cmp);
    losses
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_best_few_in_order(mut layers in table(), share in 0.0..1.1f64, n in 1..12usize) {
        layers.truncate(4);
        let most: f64 = layers.iter().map(|own| own.iter().map(|level| level.cost).fold(0.0, f64::max)).sum();
        let budget = share * most;
        let expected = all_losses(&layers, budget);
        let found = LevelTable::new(layers).unwrap().ranked(budget, n, &Control::new());
        if expected.is_empty() {
            let refused = matches!(found, Err(LevelError::Budget { .. }));
            prop_assert!(refused);
        } else {
            let found = found.unwrap();
            prop_assert_eq!(found.len(), n.min(expected.len()));
            for (choice, loss) in found.iter().zip(expected) {
                prop_assert!((choice.loss - loss).abs() < 1e-9, "{choice:?} {loss}");
            }
            let mut levels: Vec<&Vec<usize>> = found.iter().map(|choice| &choice.levels).collect();
            levels.sort();
            levels.dedup();
            prop_assert_eq!(levels.len(), found.len());
        }
    }
}

#[test]
fn wrong_numbers_are_named() {
    let level = |loss: f64, cost: f64| Level { loss, cost };
    let refused = |layers: Vec<Vec<Level>>| LevelTable::new(layers).unwrap_err().to_string();
    assert_eq!(refused(vec![vec![level(0.0, 1.0)], vec![]]), "layer 1 has no level");
    assert_eq!(refused(vec![vec![level(f64::NAN, 1.0)]]), "layer 0, level 0: loss is NaN");
    assert_eq!(refused(vec![vec![level(0.0, 0.0), level(0.0, -1.0)]]), "layer 0, level 1: cost is -1");
    let table = LevelTable::new(vec![vec![level(0.0, 1.0)]]).unwrap();
    let message = table.within(0.5, &Control::new()).unwrap_err().to_string();
    assert_eq!(message, "the budget is 0.5, the cheapest levels cost 1");
    assert_eq!(table.within(1.0, &Control::new()).unwrap().levels, [0]);
}
