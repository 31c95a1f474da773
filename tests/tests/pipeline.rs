//! The main job end to end on real data: trained, pruned, saved, loaded, chosen, served.

use secateur::forest::smartcore::{SmartcoreParams, train_classifier};
use secateur::forest::{Choice, CompiledForest, LazyOptions, Loss, LossOn, Model, ModelFile, prune};
use secateur_datasets::Encoding;
use secateur_program::{Control, Status};

use secateur_tests::{BreastCancer, examples, target};

fn errors(outputs: &ndarray::Array2<f64>, labels: &[u32]) -> usize {
    CompiledForest::classes(outputs).iter().zip(labels).filter(|(class, label)| class != label).count()
}

#[test]
fn breast_cancer_is_diagnosed_at_a_fraction_of_the_cost() {
    let data = BreastCancer::grow(100, 11);
    let half = data.rest.n_examples() / 2;
    let parts = data.rest.shuffle_split(1, &[half, data.rest.n_examples() - half]).unwrap();
    let (valid, test) = (&parts[0], &parts[1]);
    let (train, valid, test_set) = (examples(&data.train), examples(valid), examples(test));
    let loss_on = LossOn::OutOfBag(train, &data.in_bag);
    let pruned = prune(data.forest.clone(), Loss::Brier, loss_on, valid, &data.prices, &Control::new()).unwrap();
    assert_eq!(pruned.solution.status, Status::Optimal);
    let model = &pruned.budgeted;
    let curve = model.curve(valid, &Control::new()).unwrap();
    let point = curve.choose(Choice::BestWithin(4.0)).unwrap();
    let on_test = model.curve(test_set, &Control::new()).unwrap();
    let (chosen, whole) = (on_test.at(point), on_test.at(model.unpruned()));
    // Figures of this seed, with room: the whole forest buys more than seven of ten measurements.
    assert!(whole.cost > 6.0 && whole.error.unwrap() < 0.08, "{whole:?}");
    assert!(chosen.cost <= 4.5 && chosen.error.unwrap() <= whole.error.unwrap() + 0.03, "{chosen:?}");

    // Saved, loaded and served one feature at a time, it is the same model.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.secateur");
    let encoding = Encoding::numeric(test.feature_names.clone(), None);
    let file = ModelFile {
        encoding,
        model: Model::Budgeted { forest: model.clone(), chosen: Some(point), gains: None, lightgbm: None },
    };
    file.save(&path).unwrap();
    let Model::Budgeted { forest: loaded, chosen: Some(loaded_point), .. } = ModelFile::load(&path).unwrap().model
    else {
        panic!("a budgeted forest was saved")
    };
    let outputs = loaded.compile(loaded_point).predict(test_set.x()).unwrap();
    let labels = match target(test) {
        secateur::forest::TargetView::Classes { labels, .. } => labels,
        secateur::forest::TargetView::Values(_) => panic!("classes"),
    };
    assert_eq!(errors(&outputs, labels) as f64 / labels.len() as f64, chosen.error.unwrap());
    let mut paid = 0.0;
    for row in test_set.x().rows() {
        let answer =
            loaded.predict_lazy(&mut |feature: usize| row[feature], loaded_point, LazyOptions::default()).unwrap();
        paid += answer.bill.total;
    }
    assert!((paid / labels.len() as f64 - chosen.cost).abs() < 1e-9);
}

#[test]
fn a_smartcore_forest_takes_the_same_road() {
    let data = BreastCancer::grow(1, 11);
    let names = data.train.class_names();
    let secateur::forest::TargetView::Classes { labels, .. } = target(&data.train) else { panic!("classes") };
    let params = SmartcoreParams { n_trees: 30, seed: 3, ..SmartcoreParams::default() };
    let trained = train_classifier(data.train.features.view(), labels, names, &params, &Control::new()).unwrap();
    let loss_on = LossOn::OutOfBag(examples(&data.train), &trained.in_bag);
    let cost_on = examples(&data.rest);
    let pruned =
        prune(trained.forest, Loss::Misclassification, loss_on, cost_on, &data.prices, &Control::new()).unwrap();
    assert!(pruned.lowered.exact);
    let curve = pruned.budgeted.curve(cost_on, &Control::new()).unwrap();
    let best = curve.at(curve.choose(Choice::Loss { tolerance: 0.0 }).unwrap());
    assert!(best.error.unwrap() < 0.1, "{best:?}");
}
