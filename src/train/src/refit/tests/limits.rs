//! Edges, stops, threads, and errors.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    for classes in [0, 2, 3] {
        let world = world(5, classes, Aggregation::Mean, 5000..5001);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| world.refit(1e-4, &RefitOptions::default()))
        };
        let one = on(1);
        assert!(one.products > 2);
        assert_eq!(one, on(2));
        assert_eq!(one, on(3));
    }
}

#[test]
fn blocks_of_rows_do_not_change_the_minimum() {
    // Rows over several blocks, the last of them short, against the definition.
    for classes in [0, 2, 3] {
        let world = world(8, classes, Aggregation::Mean, 4500..4501);
        let refitted = world.refit(1e-3, &exact(Prior::Zero));
        let drawn_to = vec![0.0; values(&refitted.forest).len()];
        let found = world.objective(refitted.forest.base(), &values(&refitted.forest), &drawn_to, 1e-3);
        assert!(close(found, refitted.objective, 1e-10));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_stop_at_any_time_is_a_status(seed in any::<u64>(), classes in 0usize..4, at in 0u64..4, prior in any_prior()) {
        let world = world(seed, classes, Aggregation::Sum, 1..30);
        let refitter = Refitter::new(&world.forest, world.examples(), &exact(prior), &Control::new()).unwrap();
        let flag = Arc::new(AtomicBool::new(at == 0));
        let cancel = Arc::clone(&flag);
        let control = Control::new().with_cancel_flag(flag).with_observer(move |progress| {
            if progress.done + 1 >= at {
                cancel.store(true, Ordering::Relaxed);
            }
        });
        let start = refitter.solve(f64::INFINITY, None, &Control::new()).unwrap();
        let stopped = refitter.solve(1e-3, None, &control).unwrap();
        prop_assert!(stopped.objective <= start.objective);
        prop_assert!(stopped.steps as u64 <= at);
        let expected = [Status::Cancelled, Status::WithinTolerance];
        prop_assert!(expected.contains(&stopped.status));
        prop_assert!(at > 0 || stopped.status == Status::Cancelled);
    }

    #[test]
    fn numbers_of_any_size_do_no_harm(
        seed in any::<u64>(),
        classes in 0usize..4,
        size in -300i32..140,
        weight in -300i32..300,
        l2 in -323i32..308,
        prior in any_prior(),
    ) {
        let mut world = world(seed, classes, Aggregation::Mean, 1..12);
        world.numbers.iter_mut().for_each(|number| *number *= 10f64.powi(size - 3));
        world.weights.iter_mut().flatten().for_each(|w| *w *= 10f64.powi(weight));
        let l2 = 10f64.powi(l2).max(5e-324);
        let options = RefitOptions { prior, ..RefitOptions::default() };
        let refitter = Refitter::new(&world.forest, world.examples(), &options, &Control::new()).unwrap();
        match refitter.solve(l2, None, &Control::new()) {
            Ok(refitted) => {
                let start = refitter.solve(f64::INFINITY, None, &Control::new()).unwrap();
                prop_assert!(refitted.objective.is_finite() && refitted.objective <= start.objective);
            }
            Err(error) => prop_assert!(matches!(error, RefitError::Scores(_)) && l2 < 1e-12, "{error}"),
        }
    }

    #[test]
    fn units_of_the_answers_are_units_of_the_scores(seed in any::<u64>(), exponent in -40i32..40) {
        let mut world = world(seed, 0, Aggregation::Mean, 1..30);
        let factor = f64::from(exponent).exp2();
        let before = world.refit(1e-3, &exact(Prior::Zero));
        world.numbers.iter_mut().for_each(|number| *number *= factor);
        let after = world.refit(1e-3, &exact(Prior::Zero));
        let expected: Vec<f64> = values(&before.forest).into_iter().map(|value| value * factor).collect();
        prop_assert_eq!(values(&after.forest), expected);
        prop_assert_eq!(after.objective, before.objective * factor * factor);
    }
}

#[test]
fn answers_of_one_class_only_keep_the_other_possible() {
    for classes in [1, 2, 3] {
        let mut world = world(3, classes, Aggregation::Mean, 20..21);
        world.labels.fill(0);
        let refitted = world.refit(1e-3, &RefitOptions::default());
        assert!(values(&refitted.forest).iter().all(|value| value.is_finite() && value.abs() < 1.0));
        assert!(refitted.objective < 1e-5);
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let world = world(1, 0, Aggregation::Mean, 10..11);
    let (control, options) = (Control::new(), RefitOptions::default());
    let with = |l2, options| refit(&world.forest, world.examples(), l2, &options, &control).unwrap_err();
    for l2 in [0.0, -1.0, f64::NEG_INFINITY] {
        assert_eq!(with(l2, options), RefitError::L2 { value: l2 });
    }
    assert!(matches!(with(f64::NAN, options), RefitError::L2 { .. }));
    assert_eq!(with(1.0, RefitOptions { tolerance: -1.0, ..options }), RefitError::Tolerance { value: -1.0 });
    let unlabelled = DatasetView::unlabelled(world.x.view(), None).unwrap();
    assert_eq!(refit(&world.forest, unlabelled, 1.0, &options, &control).unwrap_err(), DataError::NoTarget.into());
    let refitter = Refitter::new(&world.forest, world.examples(), &options, &control).unwrap();
    let (nodes, what) = (world.forest.n_nodes(), "values to start from");
    for warm in [vec![0.0], vec![f64::NAN; nodes]] {
        let expected = RefitError::Values { what, found: warm.len(), expected: nodes };
        assert_eq!(refitter.solve(1.0, Some(&warm), &control).unwrap_err(), expected);
    }
    let huge = vec![-1e200; 10];
    let examples = DatasetView::new(world.x.view(), TargetView::Values(&huge), None).unwrap();
    let options = RefitOptions { prior: Prior::Current, ..options };
    let error = refit(&world.forest, examples, 1.0, &options, &control).unwrap_err();
    assert_eq!(error, RefitError::Magnitude { value: 1e200, limit: 1e140 });
    control.cancel();
    let stopped = RefitError::Stopped(Stop::Cancelled);
    assert_eq!(refit(&world.forest, world.examples(), 1.0, &options, &control).unwrap_err(), stopped);
}
