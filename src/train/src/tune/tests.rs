//! Tuning keeps its promises: budgets hold, what is reported was held out, threads do not matter.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ndarray::{Array2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_datasets::{Dataset, embedded};
use secateur_program::Control;

use super::*;
use crate::Prices;
use secateur_forest::{AcquisitionModel, Evaluation, IntervalOptions, LazyOptions, Metrics, TargetView};

/// Little of everything, so that a run takes a moment.
fn quick(budgets: &[f64]) -> TuneParams {
    TuneParams {
        budgets: budgets.to_vec(),
        folds: 3,
        price_levels: 3,
        capped_levels: 1,
        policy_trees: 5,
        policy_rounds: 20,
        policies: 2,
        bags: 2,
        predictor_rounds: 20,
        predictor_trees: 10,
        ..TuneParams::default()
    }
}

fn tumours() -> (Vec<Dataset>, PriceList) {
    let (table, _) = embedded::breast_cancer().unwrap();
    let prices = Prices::parse(&embedded::breast_cancer_prices()).unwrap().resolve(&table.feature_names).unwrap();
    (table.shuffle_split(3, &[250, 150, 169]).unwrap(), prices)
}

fn run(tables: &[Dataset], prices: &PriceList, params: &TuneParams) -> (Tuned, Vec<Trial>) {
    let examples = |part: usize| tables[part].view().unwrap();
    tune(examples(0), examples(1), tables[0].class_names(), prices, params, &Control::new()).unwrap()
}

#[test]
fn without_folds_the_model_of_the_training_part_is_what_is_measured() {
    let (tables, prices) = tumours();
    let params = TuneParams { folds: 1, retrain: false, ..quick(&[0.0, 1.0, 2.5, 5.0]) };
    let (tuned, _) = run(&tables, &prices, &params);
    let evaluate = |candidate: &TunedModel| {
        candidate.model.evaluate(tables[1].view().unwrap(), &IntervalOptions::default(), &Control::new())
    };
    assert_eq!(tuned.folds, 1);
    for candidate in &tuned.models {
        assert_eq!(evaluate(candidate).unwrap(), candidate.valid, "{}", candidate.origin);
    }
    // Trained anew the estimates stay, the models change.
    let (anew, _) = run(&tables, &prices, &TuneParams { retrain: true, ..params });
    let valid = |tuned: &Tuned| tuned.models.iter().map(|candidate| candidate.valid.clone()).collect::<Vec<_>>();
    assert_eq!(valid(&tuned), valid(&anew));
    assert!(tuned.models.iter().zip(&anew.models).any(|(before, after)| before.model != after.model));
}

#[test]
fn budgets_hold_held_out_and_on_all_examples() {
    let (tables, prices) = tumours();
    let budgets = [0.0, 1.0, 2.5, 5.0, 100.0];
    let (tuned, tried) = run(&tables, &prices, &quick(&budgets));
    assert_eq!(tuned.chosen.iter().map(|chosen| chosen.budget).collect::<Vec<_>>(), budgets);
    assert_eq!(tuned.folds, 3);
    let given: f64 = 400.0;
    for chosen in &tuned.chosen {
        let model = &tuned.models[chosen.model];
        let Evaluation { measured, loss, cost, .. } = &model.valid;
        assert!(measured.cost <= chosen.budget, "{} {}", measured.cost, chosen.budget);
        let costs = [0, 1].map(|part| {
            let examples = tables[part].view().unwrap();
            model.model.measure(examples).unwrap().cost * examples.len() as f64
        });
        assert!(costs[0] + costs[1] <= chosen.budget * given * (1.0 + 1e-9), "{costs:?} {}", chosen.budget);
        // Nothing that was measured within the budget is clearly better.
        let error = measured.metrics.error.unwrap();
        let better =
            |tried: &&Trial| tried.valid.cost <= chosen.budget && tried.valid.metrics.error.unwrap() + 0.03 < error;
        assert!(tried.iter().find(better).is_none());
        assert!((loss.mean - error).abs() < 1e-12 && (cost.mean - measured.cost).abs() < 1e-9);
        assert!(loss.low <= error && error <= loss.high);
    }
    assert!(tuned.models.windows(2).all(|pair| pair[0].valid.measured.cost <= pair[1].valid.measured.cost));
    // More money, fewer errors: at five measurements far fewer than with none, on other examples as well.
    let error = |budget: f64| tuned.within(budget).unwrap().valid.measured.metrics.error.unwrap();
    let test = |budget: f64| {
        let test = tables[2].view().unwrap();
        tuned.within(budget).unwrap().model.measure(test).unwrap().metrics.error.unwrap()
    };
    assert!(test(5.0) < 0.5 * test(0.0), "{} {}", test(5.0), test(0.0));
    assert!(error(5.0) < 0.5 * error(0.0), "{} {}", error(5.0), error(0.0));
    assert_eq!(tuned.within(-1.0), None);
    assert_eq!(tuned.within(1e9).unwrap(), &tuned.models[tuned.chosen[4].model]);
    // A model survives being stored.
    let json = serde_json::to_string(&tuned).unwrap();
    assert_eq!(serde_json::from_str::<Tuned>(&json).unwrap(), tuned);
}

/// What serving under a cap does to examples: error, mean cost, fraction cut short.
fn served(model: &AcquisitionModel, options: LazyOptions, table: &Dataset) -> [f64; 3] {
    let Some(TargetView::Classes { labels, .. }) = table.view().unwrap().target() else { panic!("classes") };
    let mut sums = [0.0; 3];
    for (row, label) in table.features.rows().into_iter().zip(labels) {
        let prediction = model.predict_lazy(&mut |feature: usize| row[feature], options).unwrap();
        assert!(prediction.bill.total <= options.cap.unwrap() * (1.0 + 1e-9));
        let now = [f64::from(prediction.class != *label as usize), prediction.bill.total, f64::from(prediction.cut)];
        sums.iter_mut().zip(now).for_each(|(sum, now)| *sum += now / table.features.nrows() as f64);
    }
    sums
}

#[test]
fn under_a_cap_the_model_is_served_that_erred_least_on_held_out_examples() {
    let (tables, prices) = tumours();
    let params = TuneParams { folds: 1, retrain: false, ..quick(&[1.0, 3.0, 8.0]) };
    let (tuned, _) = run(&tables, &prices, &params);
    // What is written down is what serving does.
    for trial in &tuned.caps {
        let options = LazyOptions { cap: Some(trial.cap), when_cut: trial.when_cut, ..LazyOptions::default() };
        let [error, cost, cut] = served(&tuned.models[trial.model].model, options, &tables[1]);
        assert!((error - trial.valid.metrics.error.unwrap()).abs() < 1e-12, "{trial:?}");
        assert!((cost - trial.valid.cost).abs() < 1e-9 && (cut - trial.cut).abs() < 1e-12, "{trial:?}");
    }
    // Every model is measured where it buys nothing, and where nothing of it is cut short.
    for model in 0..tuned.models.len() {
        let own = || tuned.caps.iter().filter(|trial| trial.model == model);
        assert!(own().any(|trial| trial.cap == 0.0 && trial.valid.cost == 0.0));
        let valid = &tuned.models[model].valid.measured;
        let whole = |trial: &CappedTrial| trial.cut == 0.0 && trial.valid.metrics.error == valid.metrics.error;
        assert!(own().any(whole), "{model}");
    }
    let error = |under: &UnderCap<'_>| under.trial.valid.metrics.error.unwrap();
    let mut before = f64::INFINITY;
    for cap in [0.0, 0.4, 1.0, 1.5, 2.0, 3.0, 4.5, 7.0, 1e9] {
        let under = tuned.under_cap(cap, f64::INFINITY).unwrap();
        let cheapest = tuned.caps.iter().filter(|trial| trial.model == 0 && trial.cap <= cap);
        let cheapest = cheapest.map(|trial| trial.valid.metrics.error.unwrap()).fold(f64::INFINITY, f64::min);
        assert!(error(&under) <= before.min(cheapest), "{cap}");
        assert!(under.options.cap.unwrap() <= cap);
        before = error(&under);
        // A mean budget holds as well.
        let both = tuned.under_cap(cap, 1.0).unwrap();
        assert!(both.trial.valid.cost <= 1.0 && error(&both) >= error(&under));
    }
    assert!(before < 0.5 * error(&tuned.under_cap(0.0, f64::INFINITY).unwrap()));
    assert_eq!(tuned.under_cap(-1.0, f64::INFINITY), None);
    assert_eq!(tuned.under_cap(f64::NAN, f64::INFINITY), None);
    assert_eq!(Tuned { caps: Vec::new(), ..tuned }.under_cap(5.0, f64::INFINITY), None);
}

#[test]
fn caps_are_measured_on_every_fold_with_models_that_have_not_seen_it() {
    let (tables, prices) = tumours();
    let (tuned, _) = run(&tables, &prices, &quick(&[2.0, 6.0]));
    for (model, candidate) in tuned.models.iter().enumerate() {
        let of_model = |trial: &&CappedTrial| trial.model == model && trial.cut == 0.0;
        let trial = tuned.caps.iter().find(of_model).unwrap();
        let (found, expected) = (&trial.valid, &candidate.valid.measured);
        assert!((found.cost - expected.cost).abs() < 1e-9, "{} {}", found.cost, expected.cost);
        assert_eq!(found.metrics.error, expected.metrics.error);
    }
}

#[test]
fn threads_do_not_change_what_is_chosen() {
    let (tables, prices) = tumours();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&tables, &prices, &quick(&[2.0, 6.0])))
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn numbers_are_tuned_for_as_well() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let x = Array2::from_shape_simple_fn((400, 4), || rng.random_range(-1.0..1.0));
    let y: Vec<f64> = x.rows().into_iter().map(|row| 2.0 * row[0] + row[1] + row[2]).collect();
    let (xa, xb) = x.view().split_at(Axis(0), 250);
    let (ya, yb) = y.split_at(250);
    let (train, valid) = (
        DatasetView::new(xa, TargetView::Values(ya), None).unwrap(),
        DatasetView::new(xb, TargetView::Values(yb), None).unwrap(),
    );
    let prices = PriceList::uniform(&["a", "b", "c", "d"].map(String::from), 2.0).unwrap();
    let (tuned, _) = tune(train, valid, &[], &prices, &quick(&[0.0, 2.0, 6.0]), &Control::new()).unwrap();
    let loss = |budget: f64| tuned.within(budget).unwrap().valid.measured.metrics.squared_error.unwrap();
    // The first column explains most, all three nearly everything.
    assert!(loss(2.0) < 0.6 * loss(0.0) && loss(6.0) < 0.6 * loss(2.0), "{} {} {}", loss(0.0), loss(2.0), loss(6.0));
    assert!(tuned.chosen.iter().all(|chosen| tuned.models[chosen.model].valid.measured.cost <= chosen.budget));
}

#[test]
fn without_budgets_a_spread_is_tuned_for() {
    let (tables, prices) = tumours();
    let (tuned, tried) = run(&tables, &prices, &quick(&[]));
    assert_eq!(tuned.chosen.len(), 8);
    let dearest = tried.iter().map(|tried| tried.valid.cost).fold(0.0, f64::max);
    assert!((tuned.chosen[7].budget - dearest).abs() < 1e-9);
}

#[test]
fn a_stop_leaves_what_is_ready_or_says_so() {
    let (tables, prices) = tumours();
    let examples = |part: usize| tables[part].view().unwrap();
    let stopped = Control::new().with_time_limit(Duration::ZERO);
    let early = tune(examples(0), examples(1), tables[0].class_names(), &prices, &quick(&[3.0]), &stopped);
    assert!(early.unwrap_err().stop().is_some());
    // Cancelled when the first predictors are reported: the others are left out, a model is there.
    let reports = Arc::new(AtomicU64::new(0));
    let flag = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (seen, cancel) = (Arc::clone(&reports), Arc::clone(&flag));
    let late = Control::new().with_cancel_flag(flag).with_observer(move |progress| {
        if progress.stage == "tune: predictors" {
            seen.fetch_add(1, Ordering::Relaxed);
            cancel.store(true, Ordering::Relaxed);
        }
    });
    let (tuned, _) = tune(examples(0), examples(1), tables[0].class_names(), &prices, &quick(&[3.0]), &late).unwrap();
    assert!(reports.load(Ordering::Relaxed) > 0);
    assert!(tuned.models[tuned.chosen[0].model].valid.measured.cost <= 3.0);
}

#[test]
fn what_is_wrong_is_named() {
    let (tables, prices) = tumours();
    let examples = |part: usize| tables[part].view().unwrap();
    let bad = quick(&[1.0, f64::NAN]);
    let error = tune(examples(0), examples(1), &[], &prices, &bad, &Control::new()).unwrap_err();
    assert!(matches!(error, TuneError::Budget { budget } if budget.is_nan()));
    let narrow = PriceList::uniform(&["a".to_owned()], 1.0).unwrap();
    let error = tune(examples(0), examples(1), &[], &narrow, &quick(&[1.0]), &Control::new()).unwrap_err();
    assert_eq!(error, TuneError::Prices { found: 1, expected: 30 });
    let unlabelled = DatasetView::unlabelled(tables[1].features.view(), None).unwrap();
    let error = tune(examples(0), unlabelled, &[], &prices, &quick(&[1.0]), &Control::new()).unwrap_err();
    assert_eq!(error, TuneError::Examples(DataError::NoTarget));
}

#[test]
fn the_least_log_loss_of_the_nearly_best_within_the_budget_is_taken() {
    let measured = [(1.0, 0.20, 0.30), (2.0, 0.10, 0.50), (2.0, 0.12, 0.40), (2.0, 0.14, 0.20), (3.0, 0.00, 0.00)];
    // One standard error at 100 rows and an error of 0.1 is 0.03: the third is close enough, the fourth is not.
    let measured = measured.map(|(cost, error, log_loss)| {
        let metrics = Metrics { error: Some(error), log_loss: Some(log_loss), ..Metrics::default() };
        Measured { cost, metrics }
    });
    let taken = [0.5, 1.0, 2.0, 3.0].map(|budget| best_within(&measured, budget, 100.0));
    assert_eq!(taken, [None, Some(0), Some(2), Some(4)]);
}
