use proptest::prelude::*;

use super::*;

/// The most gain over all choices within the budget.
fn enumerated(layers: &[Vec<Item>], most: i64) -> i64 {
    let Some((first, others)) = layers.split_first() else { return 0 };
    let fitting = first.iter().filter(|item| item.cost <= most);
    fitting.map(|item| item.gain + enumerated(others, most - item.cost)).max().expect("the first item costs nothing")
}

/// Layers of up to six items: any numbers, or few distinct ones, or equal costs, or gains in proportion to costs, or any sizes at once.
fn layers() -> impl Strategy<Value = Vec<Vec<Item>>> {
    let free = (0..1000i64, -200..1000i64);
    let ties = (0..4i64, -2..4i64);
    let nothing = (Just(0i64), -5..5i64);
    let line = (0..1000i64).prop_map(|cost| (cost, cost));
    let huge = (0..48u32, 0..48u32, 1..16i64).prop_map(|(a, b, by)| (by << a, (by - 8) << b));
    let kinds = prop_oneof![
        prop::collection::vec(free.clone(), 0..6).boxed(),
        prop::collection::vec(ties.clone(), 0..6).boxed(),
        prop::collection::vec(line, 0..6).boxed(),
        prop::collection::vec(huge, 0..6).boxed(),
        prop::collection::vec(prop_oneof![free, ties, nothing], 0..6).boxed(),
    ];
    let layer = kinds.prop_map(|mut numbers| {
        numbers.sort_unstable();
        let first = Item { cost: 0, gain: 0, step: 0 };
        let others = numbers.iter().zip(1..).map(|(&(cost, gain), step)| Item { cost, gain, step });
        std::iter::once(first).chain(others).collect()
    });
    prop::collection::vec(layer, 0..6)
}

fn check(layers: &[Vec<Item>], most: i64, answer: &Answer) {
    let taken = || layers.iter().zip(&answer.steps).map(|(items, step)| items[*step as usize]);
    assert_eq!(answer.steps.len(), layers.len());
    assert_eq!(taken().map(|item| item.gain).sum::<i64>(), answer.gain);
    assert!(taken().map(|item| item.cost).sum::<i64>() <= most);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_most_gain_within_the_budget(layers in layers(), share in 0.0..1.05f64) {
        let dearest: i64 = layers.iter().filter_map(|items| items.iter().map(|item| item.cost).max()).sum();
        let most = (share * dearest as f64) as i64;
        let best = enumerated(&layers, most);
        let answer = solve(&layers, most, Room::default(), &Control::new());
        check(&layers, most, &answer);
        prop_assert_eq!((answer.gain, answer.bound, answer.end), (best, best, End::Proven));
    }

    #[test]
    fn lists_that_end_early_leave_a_choice_and_a_bound(
        layers in layers(), share in 0.0..1.05f64, kept in 0..12usize, listed in 0..6usize,
    ) {
        let dearest: i64 = layers.iter().filter_map(|items| items.iter().map(|item| item.cost).max()).sum();
        let most = (share * dearest as f64) as i64;
        let best = enumerated(&layers, most);
        let answer = solve(&layers, most, Room { kept, listed }, &Control::new());
        check(&layers, most, &answer);
        prop_assert!(answer.gain <= best && best <= answer.bound, "{:?} {}", answer, best);
        prop_assert_eq!(answer.end == End::Proven, answer.gain == answer.bound);
    }
}

#[test]
fn what_is_large_is_solved() {
    // Twenty layers of two hundred levels, gains near a concave curve: too many choices to enumerate, so by all lists without bounds.
    let layers: Vec<Vec<Item>> = (0..20i64)
        .map(|layer| {
            let gain =
                |step: i64| (400 - step) * step * (3 + layer % 5) + (step * 7919 + layer * 31) % 97 - 97 * step.min(1);
            (0..200).map(|step| Item { cost: step * (1 + layer % 3), gain: gain(step), step: step as u32 }).collect()
        })
        .map(|mut items: Vec<Item>| {
            items[0].gain = 0;
            items
        })
        .collect();
    for most in [10, 333, 1999, 5000] {
        let mut best = vec![0i64; most as usize + 1];
        for items in &layers {
            let with = |room: usize| {
                let fitting = items.iter().filter(|item| item.cost as usize <= room);
                fitting.map(|item| item.gain + best[room - item.cost as usize]).max().expect("the first costs nothing")
            };
            best = (0..best.len()).map(with).collect();
        }
        let answer = solve(&layers, most, Room::default(), &Control::new());
        check(&layers, most, &answer);
        assert_eq!((answer.gain, answer.end), (best[most as usize], End::Proven), "{most}");
    }
}
