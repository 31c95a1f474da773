use proptest::prelude::*;
use secateur_program::Control;

use super::knapsack::Room;
use super::within::Found;
use super::*;

/// The least loss over all choices within the budget.
fn enumerated(layers: &[Vec<Level>], budget: f64) -> Option<f64> {
    let Some((first, others)) = layers.split_first() else { return Some(0.0) };
    let rest = |level: &Level| Some(level.loss + enumerated(others, budget - level.cost)?);
    first.iter().filter(|level| level.cost <= budget + 1e-12).filter_map(rest).min_by(f64::total_cmp)
}

/// Costs of the cheapest and of the dearest choice.
fn range(layers: &[Vec<Level>]) -> (f64, f64) {
    let sum = |of: fn(f64, f64) -> f64, start: f64| -> f64 {
        layers.iter().map(|own| own.iter().map(|level| level.cost).fold(start, of)).sum()
    };
    (sum(f64::min, f64::INFINITY), sum(f64::max, 0.0))
}

fn table() -> impl Strategy<Value = Vec<Vec<Level>>> {
    let level = (0..40u32, -10..60i32)
        .prop_map(|(cost, loss)| Level { cost: f64::from(cost) / 4.0, loss: f64::from(loss) / 8.0 });
    prop::collection::vec(prop::collection::vec(level, 1..6), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_least_loss_within_the_budget(layers in table(), fraction in -0.1..1.1f64) {
        let table = LevelTable::new(layers.clone()).unwrap();
        let (least, most) = range(&layers);
        let budget = least + fraction * (most - least);
        match table.within(budget, &Control::new()) {
            Err(LevelError::Budget { least: found, .. }) => prop_assert!(budget < least && found == least),
            Err(error) => prop_assert!(false, "{error}"),
            Ok(choice) => {
                prop_assert!(choice.cost <= budget + 1e-9, "{choice:?} {budget}");
                prop_assert!((choice.loss - enumerated(&layers, budget).unwrap()).abs() < 1e-9, "{choice:?}");
                prop_assert_eq!(choice.status, Status::Optimal);
                prop_assert_eq!(choice.least_loss, choice.loss);
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
    fn the_best_few_in_order(mut layers in table(), fraction in 0.0..1.1f64, n in 1..12usize) {
        layers.truncate(4);
        let most: f64 = layers.iter().map(|own| own.iter().map(|level| level.cost).fold(0.0, f64::max)).sum();
        let budget = fraction * most;
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn greedy_keeps_the_budget_and_is_never_better_than_exact(layers in table(), fraction in -0.1..1.1f64) {
        let table = LevelTable::new(layers.clone()).unwrap();
        let (least, most) = range(&layers);
        let budget = least + fraction * (most - least);
        match (table.greedy(budget), table.within(budget, &Control::new())) {
            (Err(own), Err(other)) => prop_assert_eq!(own, other),
            (Ok(greedy), Ok(exact)) => {
                prop_assert!(greedy.cost <= budget + 1e-9, "{greedy:?} {budget}");
                prop_assert!(greedy.loss >= exact.loss - 1e-9, "{greedy:?} {exact:?}");
                prop_assert!(greedy.least_loss <= exact.loss + 1e-9, "{greedy:?} {exact:?}");
                let sum: f64 = greedy.levels.iter().zip(&layers).map(|(level, own)| own[*level].loss).sum();
                prop_assert!((sum - greedy.loss).abs() < 1e-9);
                // Nothing that would save any loss fits in what is left.
                for (own, level) in layers.iter().zip(&greedy.levels) {
                    let room = budget - greedy.cost + own[*level].cost;
                    let better = own.iter().any(|other| other.loss < own[*level].loss && other.cost <= room - 1e-9);
                    prop_assert!(!better, "{greedy:?}");
                }
            }
            (own, other) => prop_assert!(false, "{own:?} {other:?}"),
        }
    }

    #[test]
    fn greedy_is_exact_where_the_path_has_a_point(layers in table()) {
        let table = LevelTable::new(layers).unwrap();
        for point in table.path(&Control::new()).unwrap() {
            let greedy = table.greedy(point.cost).unwrap();
            prop_assert!((greedy.loss - point.loss).abs() < 1e-9, "{greedy:?} {point:?}");
            prop_assert_eq!(greedy.status, Status::Optimal);
        }
    }
}

#[test]
fn greedy_passes_over_levels_along_the_hull_and_ends_off_it() {
    let level = |(cost, loss): (f64, f64)| Level { loss, cost };
    // A poor first step hides nothing: 8 for 2 is steeper than 5 for 2 elsewhere.
    let layers = [vec![(0.0, 8.0), (1.0, 7.0), (2.0, 0.0)], vec![(0.0, 5.0), (2.0, 0.0)]];
    let table = LevelTable::new(layers.map(|own| own.into_iter().map(level).collect()).to_vec()).unwrap();
    let levels = |budget: f64| table.greedy(budget).unwrap().levels;
    assert_eq!((levels(2.0), levels(4.0)), (vec![2, 0], vec![2, 1]));
    // With room for one only the poor step fits.
    assert_eq!(levels(1.0), [1, 0]);
    assert_eq!(table.greedy(-1.0).unwrap_err(), LevelError::Budget { budget: -1.0, least: 0.0 });
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

#[test]
fn several_budgets_are_each_solved_alone() {
    let level = |(loss, cost): (f64, f64)| Level { loss, cost };
    let layers = [[(9.0, 0.0), (5.0, 1.0), (0.0, 2.0)], [(7.0, 0.5), (7.5, 1.0), (2.0, 3.0)]];
    let table = LevelTable::new(layers.map(|layer| layer.map(level).to_vec()).to_vec()).unwrap();
    let budgets = [5.0, 0.5, 2.5, f64::INFINITY, 3.5];
    let choices = table.within_each(&budgets, &Control::new()).unwrap();
    for (budget, choice) in budgets.into_iter().zip(&choices) {
        assert_eq!(*choice, table.within(budget, &Control::new()).unwrap(), "{budget}");
    }
    assert_eq!(choices.iter().map(|choice| choice.loss).collect::<Vec<_>>(), [2.0, 16.0, 7.0, 2.0, 7.0]);
    assert!(table.within_each(&[], &Control::new()).unwrap().is_empty());
    let refused = table.within_each(&[1.0, 0.0], &Control::new()).unwrap_err();
    assert_eq!(refused, LevelError::Budget { budget: 0.0, least: 0.5 });
}

#[test]
fn a_stop_is_a_status_with_a_choice_that_fits() {
    let level = |step: u32| Level { loss: f64::from(40 - step) * 3.1, cost: f64::from(step * step) };
    let table = LevelTable::new(vec![(0..40).map(level).collect(); 6]).unwrap();
    let stopped = Control::new().with_time_limit(std::time::Duration::ZERO);
    let best = table.within(1000.0, &Control::new()).unwrap();
    let choice = table.within(1000.0, &stopped).unwrap();
    assert_eq!((best.status, choice.status), (Status::Optimal, Status::TimeLimit));
    assert!(choice.cost <= 1000.0 && choice.least_loss <= best.loss && best.loss <= choice.loss);
    let cancelled = Control::new();
    cancelled.cancel();
    for choice in table.within_each(&[1000.0, 900.0], &cancelled).unwrap() {
        assert!(choice.cost <= 1000.0 && choice.status == Status::Cancelled, "{choice:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_larger_budget_never_loses_more(layers in table(), mut fractions in prop::collection::vec(0.0..1.0f64, 1..6)) {
        let table = LevelTable::new(layers).unwrap();
        let (least, most) = range(table.layers());
        fractions.sort_by(f64::total_cmp);
        let budgets: Vec<f64> = fractions.iter().map(|fraction| least + fraction * (most - least)).collect();
        for control in [Control::new(), Control::new().with_time_limit(std::time::Duration::ZERO)] {
            let choices = table.within_each(&budgets, &control).unwrap();
            for (budget, choice) in budgets.iter().zip(&choices) {
                prop_assert!(choice.cost <= budget + 1e-9 && choice.least_loss <= choice.loss);
            }
            for pair in choices.windows(2) {
                prop_assert!(pair[1].loss <= pair[0].loss, "{pair:?}");
            }
        }
    }

    #[test]
    fn without_room_for_lists_the_budgeted_solver_goes_on(layers in table(), fraction in 0.0..1.0f64) {
        let table = LevelTable::new(layers).unwrap();
        let chains = table.chains().unwrap();
        let most = (fraction * chains.program().total_cost() as f64) as i64;
        let limit = secateur_program::Limit::on_cost(chains.program(), most).unwrap();
        let find = |room| Found::within(&chains, &chains.items(), &limit, room, &Control::new());
        let (exact, found) = (find(Room::default()), find(Room { kept: 0, listed: 0 }));
        prop_assert_eq!((exact.status, found.status), (Status::Optimal, Status::Optimal));
        prop_assert_eq!((exact.gain, exact.bound), (found.gain, found.bound));
        for found in [exact, found] {
            prop_assert!(limit.allows(&found.selection));
            prop_assert_eq!(found.selection.gain(chains.program()), found.gain);
        }
    }
}
