use proptest::prelude::*;

use super::*;

/// The most gain over all choices within the budget.
fn enumerated(layers: &[Vec<Item>], most: i64) -> i64 {
    let Some((first, others)) = layers.split_first() else { return 0 };
    let fitting = first.iter().filter(|item| item.cost <= most);
    fitting.map(|item| item.gain + enumerated(others, most - item.cost)).max().expect("the first item costs nothing")
}

/// Layers of up to six items: any numbers, or few distinct ones, or equal costs, or gains in proportion to costs, or
/// any sizes at once; all layers of one kind or each of its own.
fn layers() -> impl Strategy<Value = Vec<Vec<Item>>> {
    let free = (0..1000i64, -200..1000i64).boxed();
    let ties = (0..7i64, -2..9i64).boxed();
    let nothing = (Just(0i64), -5..5i64).boxed();
    let line = (0..1000i64).prop_map(|cost| (cost, cost)).boxed();
    let huge = (0..48u32, 0..48u32, 1..16i64).prop_map(|(a, b, by)| (by << a, (by - 8) << b)).boxed();
    let kinds = [free, ties, nothing, line, huge];
    let any = prop::sample::select(kinds.to_vec());
    prop_oneof![
        any.clone().prop_flat_map(|kind| prop::collection::vec(layer(kind), 0..6)),
        prop::collection::vec(any.prop_flat_map(layer), 0..6),
    ]
}

fn layer(numbers: BoxedStrategy<(i64, i64)>) -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec(numbers, 0..6).prop_map(|mut numbers| {
        numbers.sort_unstable();
        let first = Item { cost: 0, gain: 0, step: 0 };
        let others = numbers.iter().zip(1..).map(|(&(cost, gain), step)| Item { cost, gain, step });
        std::iter::once(first).chain(others).collect()
    })
}

fn check(layers: &[Vec<Item>], most: i64, solution: &Solution) {
    let taken = || layers.iter().zip(&solution.steps).map(|(items, step)| items[*step as usize]);
    assert_eq!(solution.steps.len(), layers.len());
    assert_eq!(taken().map(|item| item.gain).sum::<i64>(), solution.gain);
    assert!(taken().map(|item| item.cost).sum::<i64>() <= most);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_most_gain_within_the_budget(layers in layers(), fraction in 0.0..1.05f64) {
        let dearest: i64 = layers.iter().filter_map(|items| items.iter().map(|item| item.cost).max()).sum();
        let most = (fraction * dearest as f64) as i64;
        let best = enumerated(&layers, most);
        let solution = solve(&layers, most, Room::default(), &Control::new());
        check(&layers, most, &solution);
        prop_assert_eq!((solution.gain, solution.bound, solution.end), (best, best, End::Proven));
    }

    #[test]
    fn lists_that_end_early_leave_a_choice_and_a_bound(
        layers in layers(), fraction in 0.0..1.05f64, kept in 0..12usize, listed in 0..6usize,
    ) {
        let dearest: i64 = layers.iter().filter_map(|items| items.iter().map(|item| item.cost).max()).sum();
        let most = (fraction * dearest as f64) as i64;
        let best = enumerated(&layers, most);
        let solution = solve(&layers, most, Room { kept, listed }, &Control::new());
        check(&layers, most, &solution);
        prop_assert!(solution.gain <= best && best <= solution.bound, "{:?} {}", solution, best);
        prop_assert_eq!(solution.end == End::Proven, solution.gain == solution.bound);
    }
}

/// The most gain over all choices within the budget, for every budget in turn: a list of budgets instead of choices.
fn tabulated(layers: &[Vec<Item>], most: i64) -> i64 {
    let mut best = vec![0i64; most as usize + 1];
    for items in layers {
        let with = |room: usize| {
            let fitting = items.iter().filter(|item| item.cost as usize <= room);
            fitting.map(|item| item.gain + best[room - item.cost as usize]).max().expect("the first item costs nothing")
        };
        best = (0..best.len()).map(with).collect();
    }
    best[most as usize]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn many_layers_of_small_numbers(
        layers in (2..16i64).prop_flat_map(|to| prop::collection::vec(layer((1..to, 0..to).boxed()), 6..14)),
        fraction in 0.0..1.0f64,
    ) {
        let most = (fraction * 60.0) as i64;
        let solution = solve(&layers, most, Room::default(), &Control::new());
        check(&layers, most, &solution);
        prop_assert_eq!((solution.gain, solution.end), (tabulated(&layers, most), End::Proven));
    }
}

#[test]
fn large_tables_are_proven() {
    // Twenty layers of two hundred levels; the gains of a layer are concave but for their last digits.
    let item = |layer: i64, step: i64| {
        let digits = if step == 0 { 0 } else { (step * 7919 + layer * 31) % 97 };
        Item { cost: step * (1 + layer % 3), gain: (400 - step) * step * (3 + layer % 5) + digits, step: step as u32 }
    };
    let layers: Vec<Vec<Item>> = (0..20).map(|layer| (0..200).map(|step| item(layer, step)).collect()).collect();
    for most in [10, 333, 1999, 5000] {
        let solution = solve(&layers, most, Room::default(), &Control::new());
        check(&layers, most, &solution);
        assert_eq!((solution.gain, solution.end), (tabulated(&layers, most), End::Proven), "{most}");
    }
}
