use std::time::Duration;

use proptest::prelude::*;
use secateur_program::{Control, Stop};

use super::*;

/// By trying all.
fn brute_force(values: &[i64], low: i64, high: i64) -> Option<u32> {
    let sum = |set: u32| -> i64 { (0..values.len()).filter(|i| set >> i & 1 == 1).map(|i| values[i]).sum() };
    (0u32..1 << values.len()).filter(|set| (low..=high).contains(&sum(*set))).map(u32::count_ones).min()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn as_few_as_brute_force_finds(
        values in prop::collection::vec(-60..60i64, 0..12),
        low in -150..150i64,
        width in 0..6i64,
    ) {
        let high = low + width;
        let found = fewest(&values, low..=high, &Control::new()).unwrap();
        let expected = brute_force(&values, low, high);
        prop_assert_eq!(found.subset.as_ref().map(|subset| subset.len() as u32), expected);
        prop_assert!(found.is_proven(values.len()) && found.stop.is_none());
        if let Some(subset) = found.subset {
            prop_assert!(subset.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!((low..=high).contains(&subset.iter().map(|place| values[*place]).sum::<i64>()));
        }
    }
}

#[test]
fn intervals_that_nothing_or_everything_meets() {
    let control = Control::new();
    let of = |low: i64, high: i64| fewest(&[5, 7], low..=high, &control).unwrap();
    assert_eq!(of(0, 0).subset, Some(vec![]));
    assert_eq!(of(i64::MIN, i64::MAX).subset, Some(vec![]));
    assert_eq!((of(12, i64::MAX).subset, of(13, i64::MAX).subset), (Some(vec![0, 1]), None));
    assert_eq!(of(13, i64::MAX).at_least, 3);
    #[allow(clippy::reversed_empty_ranges, reason = "an empty interval")]
    let empty = of(7, 5);
    assert_eq!((empty.subset.clone(), empty.is_proven(2)), (None, true));
    assert_eq!(fewest(&[], 1..=1, &control).unwrap().at_least, 1);
}

#[test]
fn large_numbers_are_refused_not_wrapped() {
    let control = Control::new();
    assert_eq!(fewest(&[i64::MIN], 0..=1, &control).unwrap_err(), SubsetError::TooLarge);
    assert_eq!(fewest(&[1 << 61, 1 << 61, 1], 0..=1, &control).unwrap_err(), SubsetError::TooLarge);
    assert!(fewest(&[1 << 61, 1 << 61], 1 << 62..=i64::MAX, &control).unwrap().subset.is_some());
    let message = fewest(&vec![1; 70_000], 5..=5, &control).unwrap_err().to_string();
    assert_eq!(message, "70000 numbers, expected at most 65,536");
}

#[test]
fn limits_leave_what_is_ruled_out() {
    let values: Vec<i64> = (0..200).map(|i| 1_000_000_000 + i * i * 7919).collect();
    let none = Control::new().with_time_limit(Duration::ZERO);
    let found = fewest(&values, 5_000_000_001..=5_000_000_001, &none).unwrap();
    assert_eq!((found.subset, found.stop), (None, Some(Stop::TimeLimit)));
    // No set of eight or more could be listed: all sums of fewer are too small.
    let found = fewest(&values, 100_000_000_000..=100_000_000_001, &Control::new()).unwrap();
    assert_eq!((found.subset.clone(), found.stop, found.is_proven(200)), (None, None, false));
    assert!(found.at_least > 50);
}
