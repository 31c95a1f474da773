//! Losses of rows against differences.

use super::super::rows::RowLosses;
use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn derivatives_are_limits_of_differences(seed in any::<u64>(), classes in 0usize..5) {
        let world = world(seed, classes, Aggregation::Sum, 1..12);
        let (examples, planes) = (world.examples(), if classes > 2 { classes } else { 1 });
        let losses = RowLosses::new(examples, examples.target().unwrap(), planes, 0.5, 2.0);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let n = examples.len() * planes;
        let margins: Vec<f64> = (0..n).map(|_| rng.random_range(-3.0..3.0)).collect();
        let at = |margins: &[f64]| {
            let (mut gradient, mut state) = (vec![0.0; n], vec![0.0; n]);
            losses.linearise(0, margins, &mut gradient, &mut state);
            (losses.loss(0, margins), gradient, state)
        };
        let (_, gradient, state) = at(&margins);
        let mut diagonal = vec![0.0; n];
        losses.diagonal(0, &state, &mut diagonal);
        for number in 0..n {
            let moved = |by: f64| {
                let mut moved = margins.clone();
                moved[number] += by;
                at(&moved)
            };
            let (above, below) = (moved(1e-5), moved(-1e-5));
            prop_assert!((gradient[number] - (above.0 - below.0) / 2e-5).abs() < 1e-8);
            let mut column = vec![0.0; n];
            column[number] = 1.0;
            losses.curve(0, &state, &mut column);
            prop_assert!((column[number] - diagonal[number]).abs() < 1e-14);
            for (column, (above, below)) in column.iter().zip(above.1.iter().zip(&below.1)) {
                prop_assert!((column - (above - below) / 2e-5).abs() < 1e-8);
            }
        }
    }
}
