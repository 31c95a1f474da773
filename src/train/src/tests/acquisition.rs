//! Acquire, then predict: against its definition, row by row.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use secateur_forest::{AcquisitionError, AcquisitionModel, WhenCut};

/// Another forest for the same task, with a direction at every split.
fn predictor(seed: u64, task: &Task) -> Forest {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5eed);
    let classification = matches!(task, Task::Classification { .. });
    let mut trees: Vec<_> = (0..3).map(|_| random_tree(&mut rng, classification, 4, false)).collect();
    put_categories(&mut trees, seed);
    let (precision, aggregation) = (Precision::F64, Aggregation::Mean);
    let base = Vec::new();
    Forest::new(RawForest { task: task.clone(), n_features: FEATURES, precision, aggregation, base, trees }).unwrap()
}

/// What a forest says of one row.
fn says(forest: &Forest, prices: &PriceList, values: &[f64]) -> Vec<f64> {
    let whole = BudgetedForest::whole(forest.clone(), prices.clone()).unwrap();
    whole.predict_row(values, whole.unpruned()).unwrap()
}

proptest! {
    #[test]
    fn the_predictor_sees_what_the_policy_bought_and_nothing_else(
        seed in any::<u64>(), classification in any::<bool>(), aggregation in any_aggregation()
    ) {
        let world = world(seed, classification, aggregation);
        let (policy, prices) = (world.forest.clone(), world.prices.clone());
        let predictor = predictor(seed, policy.task());
        let model = AcquisitionModel::new(policy.clone(), Some(predictor.clone()), prices.clone()).unwrap();
        let bought_alone = BudgetedForest::whole(policy.clone(), prices.clone()).unwrap();
        let (outputs, costs) = (model.predict(world.x.view()).unwrap(), model.costs(world.x.view()).unwrap());
        for (row, values) in world.x.rows().into_iter().enumerate() {
            let values = values.to_vec();
            let mut asked = [false; FEATURES];
            let mut ask = |feature: usize| { assert!(!std::mem::replace(&mut asked[feature], true)); values[feature] };
            let point = bought_alone.unpruned();
            let bought = bought_alone.predict_lazy(&mut ask, point, LazyOptions::default()).unwrap().bill;
            // The definition: what needs a source that was not bought is missing.
            let known = |feature: usize| prices.needs(feature).iter().all(|source| bought.sources.contains(source));
            let masked: Vec<f64> = (0..FEATURES).map(|f| if known(f) { values[f] } else { f64::NAN }).collect();
            let expected = says(&predictor, &prices, &masked);
            prop_assert_eq!(&outputs.row(row).to_vec(), &expected);
            let lazy = model.predict_lazy(&mut |feature: usize| { assert!(known(feature)); values[feature] }, LazyOptions::default()).unwrap();
            prop_assert_eq!(&lazy.outputs, &expected);
            prop_assert_eq!(&lazy.bill.sources, &bought.sources);
            prop_assert!(close(lazy.bill.total, costs.per_example[row]));
            prop_assert_eq!(lazy.bill.splits as u32, costs.splits[row]);
            prop_assert!(close(lazy.bill.total, bought.total + prices.per_split() * (lazy.bill.splits - bought.splits) as f64));
        }
    }

    #[test]
    fn without_a_predictor_the_policy_predicts(seed in any::<u64>(), classification in any::<bool>(), aggregation in any_aggregation()) {
        let world = world(seed, classification, aggregation);
        let alone = AcquisitionModel::new(world.forest.clone(), None, world.prices.clone()).unwrap();
        let whole = BudgetedForest::whole(world.forest.clone(), world.prices.clone()).unwrap();
        let x = world.x.view();
        prop_assert_eq!(alone.predict(x).unwrap(), whole.compile(whole.unpruned()).predict(x).unwrap());
        prop_assert_eq!(alone.costs(x).unwrap(), whole.costs(x, whole.unpruned()).unwrap());
        let curve = whole.curve(world.examples(), &Control::new()).unwrap();
        let measured = alone.measure(world.examples()).unwrap();
        let at = curve.at(whole.unpruned());
        prop_assert!(close(measured.cost, at.cost), "{} {}", measured.cost, at.cost);
        let same = |a: Option<f64>, b: Option<f64>| match (a, b) { (Some(a), Some(b)) => close(a, b), (a, b) => a == b };
        prop_assert!(same(measured.metrics.error, at.error) && same(measured.metrics.log_loss, at.log_loss));
        prop_assert!(same(measured.metrics.squared_error, at.squared_error));
    }

    #[test]
    fn a_cap_holds_for_both_stages(seed in any::<u64>(), cap in 0.0f64..8.0) {
        let world = world(seed, true, Aggregation::Mean);
        let predictor = predictor(seed, world.forest.task());
        let model = AcquisitionModel::new(world.forest.clone(), Some(predictor), world.prices.clone()).unwrap();
        for values in world.x.rows() {
            let whole = model.predict_lazy(&mut |feature: usize| values[feature], LazyOptions::default()).unwrap();
            let options = LazyOptions { cap: Some(cap), ..LazyOptions::default() };
            let capped = model.predict_lazy(&mut |feature: usize| values[feature], options).unwrap();
            prop_assert!(capped.bill.total <= cap * (1.0 + 1e-12));
            prop_assert!(!whole.cut);
            if whole.bill.total <= cap {
                prop_assert_eq!(&capped, &whole);
            }
            // The policy steps in for examples that are cut short in its own part, and for no others.
            let mut ask = |feature: usize| values[feature];
            let stepped_in = model.predict_lazy(&mut ask, LazyOptions { when_cut: WhenCut::Policy, ..options }).unwrap();
            let policy = AcquisitionModel::new(model.policy().clone(), None, world.prices.clone()).unwrap();
            let alone = policy.predict_lazy(&mut ask, options).unwrap();
            prop_assert_eq!(&stepped_in, if alone.cut { &alone } else { &capped });
            // Nothing costs more than the bound that needs no example.
            prop_assert!(whole.bill.total <= model.most_cost() * (1.0 + 1e-12));
        }
    }
}

#[test]
fn forests_that_do_not_fit_are_refused() {
    let world = world(1, true, Aggregation::Mean);
    let task = world.forest.task().clone();
    let (policy, prices) = (world.forest, world.prices);
    let mut refusing = predictor(1, &task).to_raw();
    refusing.trees[0].missing = Vec::new();
    let node = refusing.trees[0].children_left.iter().position(|child| *child >= 0).unwrap();
    let refused = AcquisitionModel::new(policy.clone(), Some(Forest::new(refusing).unwrap()), prices.clone());
    assert_eq!(refused, Err(AcquisitionError::NoDirection { node }));
    let other = predictor(1, &Task::Regression);
    assert_eq!(AcquisitionModel::new(policy.clone(), Some(other), prices.clone()), Err(AcquisitionError::Task));
    let narrow = PriceList::uniform(&["a".to_owned()], 1.0).unwrap();
    assert!(matches!(AcquisitionModel::new(policy.clone(), None, narrow), Err(AcquisitionError::Prices(_))));
    // What is stored comes back, and malformed documents are refused like malformed forests.
    let model = AcquisitionModel::new(policy, Some(predictor(1, &task)), prices).unwrap();
    let mut json = serde_json::to_value(&model).unwrap();
    assert_eq!(serde_json::from_value::<AcquisitionModel>(json.clone()).unwrap(), model);
    json["answer"]["trees"][0]["missing"] = serde_json::json!([]);
    assert!(serde_json::from_value::<AcquisitionModel>(json).is_err());
}
