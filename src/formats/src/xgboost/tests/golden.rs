//! What XGBoost predicts.

use super::super::XgboostError;
use super::*;
use secateur_forest::{BudgetedForest, PriceList, Task};

#[test]
fn leaves_and_margins_are_those_of_xgboost() {
    for golden in &GOLDEN {
        let model = golden.read();
        let rows = golden.rows(&model);
        assert_eq!(rows.len(), 24);
        for Row { values, margins: expected, leaves } in &rows {
            let found: Vec<u32> = ends(&model.forest, values).iter().map(|&node| model.records.places[node]).collect();
            assert_eq!(&found, leaves, "{}", golden.name);
            let found = margins(&model, values);
            assert!(close(&found, expected), "{}: {found:?} {expected:?}", golden.name);
            // Bit for bit in the library's own arithmetic. (Version 1.0 adds the base score last.)
            let same = &single_margins(&model, values) == expected || golden.name.starts_with("oldest");
            assert!(same, "{}: {found:?} {expected:?}", golden.name);
        }
    }
}

#[test]
fn answers_are_the_objectives_function_of_the_margins() {
    for golden in &GOLDEN {
        let model = golden.read();
        let prices = PriceList::uniform(&model.records.header.feature_names, 1.0).unwrap();
        let whole = BudgetedForest::whole(model.forest.clone(), prices).unwrap();
        for Row { values, margins, .. } in golden.rows(&model) {
            let margins: Vec<f64> = margins.into_iter().map(f64::from).collect();
            let wanted = match model.records.header.objective {
                Objective::Logistic(_) => {
                    let p = 1.0 / (1.0 + (-margins[0]).exp());
                    vec![1.0 - p, p]
                }
                Objective::Softmax(_) => {
                    let total: f64 = margins.iter().map(|score| score.exp()).sum();
                    margins.iter().map(|score| score.exp() / total).collect()
                }
                Objective::Identity(_) => margins.clone(),
            };
            let answer = whole.predict_row(&values, whole.unpruned()).unwrap();
            let near = answer.iter().zip(&wanted).all(|(a, b)| (a - b).abs() <= 1e-6 * b.abs().max(1.0));
            assert!(near, "{}: {answer:?} {wanted:?}", golden.name);
        }
    }
}

#[test]
fn base_scores_are_turned_into_margins() {
    let base = |name: &str| named(name).read().forest.base().to_vec();
    let logit = |p: f64| (p / (1.0 - p)).ln();
    assert!((base("old-logistic")[1] - logit(0.3)).abs() < 1e-7);
    // Versions before 1.4 took the base score of `binary:logitraw` for a probability.
    assert!((base("oldest-logitraw")[1] - logit(0.3)).abs() < 1e-7);
    assert_eq!(base("logitraw"), [0.0, f64::from(0.3f32)]);
    assert_eq!(base("old-logitraw"), [0.0, f64::from(0.3f32)]);
    assert_eq!(base("old-softmax"), [0.5; 3]);
    assert!(base("softprob").iter().all(|score| *score != 0.5));
    let text = String::from_utf8(named("old-logistic").bytes.to_vec()).unwrap();
    for (spelling, probability) in [("0.500000", 0.5), ("[2.5E-1]", 0.25), ("(0.75)", 0.75), ("5E-1", 0.5)] {
        let text = text.replace("\"base_score\":\"3E-1\"", &format!("\"base_score\":\"{spelling}\""));
        let found = read(text.as_bytes()).unwrap().forest.base()[1];
        assert!((found - logit(probability)).abs() < 1e-6, "{spelling}: {found}");
    }
    for spelling in ["", "x", "[5E-1", "[5E-1,5E-1]", "1E0", "0E0", "NaN", "-1E0", "[]"] {
        let text = text.replace("\"base_score\":\"3E-1\"", &format!("\"base_score\":\"{spelling}\""));
        let found = read(text.as_bytes()).unwrap_err().to_string();
        assert!(found.contains("base_score"), "{spelling}: {found}");
    }
}

#[test]
fn learning_rates_are_found_out() {
    for golden in &GOLDEN {
        let model = golden.read();
        for tree in &model.records.trees {
            let rate = tree.learning_rate.unwrap_or(0.0);
            assert!((rate - golden.rate).abs() <= 2e-6 * golden.rate, "{}: {rate} {}", golden.name, golden.rate);
        }
    }
}

/// What XGBoost's own pruning makes of a node is what the forest predicts there.
#[test]
fn inner_values_are_base_weights_times_the_learning_rate() {
    let model = named("deleted").read();
    let pruned: u32 = model.records.trees.iter().map(|tree| tree.deleted).sum();
    assert!(pruned > 10);
    let mut checked = 0;
    for node in 0..model.forest.n_nodes() {
        // Leaves that pruning has made have the learning rate apart from their base weight, as all of this way of
        // growing.
        let found = f64::from(0.3f32 * model.records.base_weights[node]);
        assert_eq!(model.forest.value(node)[1], found);
        checked += 1;
    }
    assert_eq!(checked, model.forest.n_nodes());
    // Trees whose leaves are medians: inner values are means by cover.
    let model = named("absolute").read();
    for node in 0..model.forest.n_nodes() {
        let Some([left, right]) = model.forest.children(node) else { continue };
        let [a, b] = [left, right].map(|child| f64::from(model.records.covers[child]));
        let mean = (a * model.forest.value(left)[0] + b * model.forest.value(right)[0]) / (a + b);
        assert!((model.forest.value(node)[0] - mean).abs() <= 1e-6 * mean.abs().max(1.0));
    }
}

#[test]
fn records_belong_to_their_nodes() {
    for golden in &GOLDEN {
        let Imported { forest, gains, records } = golden.read();
        for (node, gain) in gains.into_iter().enumerate() {
            assert_eq!(gain > 0.0, !forest.is_leaf(node), "{}", golden.name);
            let Some([left, right]) = forest.children(node) else { continue };
            let sum = records.covers[left] + records.covers[right];
            assert!((records.covers[node] - sum).abs() <= 1e-4 * sum, "{}", golden.name);
        }
    }
    let header = named("logistic").read().records.header;
    assert_eq!(header.feature_names, ["age", "dose", "chol", "fbs"]);
    assert_eq!(named("dart").read().records.header.feature_names[3], "f3");
    let groups = |name: &str| named(name).read().records.trees.iter().map(|tree| tree.group).collect::<Vec<_>>();
    assert_eq!(groups("softprob"), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
    assert_eq!(groups("boosted-forests"), [0, 0, 0, 1, 1, 1, 2, 2, 2]);
    let iterations = |name: &str| named(name).read().records.trees.into_iter().map(|tree| tree.iteration);
    assert!(iterations("boosted-forests").eq([0; 9]));
    assert!(iterations("softprob").eq([0, 0, 0, 1, 1, 1, 2, 2, 2]));
    // Nothing is recorded in version 1.
    assert!(iterations("old-softmax").eq([0, 0, 0, 1, 1, 1]));
    let renamed = named("softprob").read().with_classes(&["x", "y", "z"].map(String::from)).unwrap();
    assert_eq!(renamed.forest.task(), &Task::Classification { classes: ["x", "y", "z"].map(String::from).to_vec() });
}

#[test]
fn the_best_iteration_of_early_stopping_is_a_forest_too() {
    let golden = named("stopped");
    let model = golden.read();
    let best = model.up_to_best().unwrap();
    assert!(best.forest.n_trees() < model.forest.n_trees());
    assert_eq!(Some(best.forest.n_trees() - 1), model.records.header.best_iteration());
    let expected = include_str!("../../../../../tests/golden/xgboost/stopped-best.csv");
    let rows = golden.rows(&model);
    assert_eq!(rows.len(), expected.lines().count());
    for (row, expected) in rows.iter().zip(expected.lines()) {
        let expected: f32 = expected.parse().unwrap();
        assert_eq!(single_margins(&best, &row.values), [expected]);
    }
    assert_eq!(named("dart").read().up_to_best(), None);
}

#[test]
fn categories_are_named() {
    let model = named("categories").read();
    assert_eq!(model.records.header.feature_types(), ["float", "c", "c"]);
    let categories = model.records.header.categories();
    let names = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
    let years = names(&["70", "72", "75", "79", "81"]);
    // One is "gr\u{fc}n", whose length XGBoost gives in characters and not in bytes: what begins where is lost.
    assert_eq!(categories, [None, None, years]);
    let one_hot = named("one-hot").read();
    let colours = names(&["a", "b", "blue", "c", "d", "dark red", "e", "green", "red"]);
    assert_eq!(one_hot.records.header.categories()[1], colours);
    assert!(model.forest.has_categories());
    for node in 0..model.forest.n_nodes() {
        let Some(split) = model.forest.categories(node) else { continue };
        assert!(!split.members_left() && !split.members().is_empty());
    }
    assert_eq!(named("dart").read().records.header.categories(), vec![None; 4]);
}

#[test]
fn what_scores_mean_can_be_stated_where_it_is_not_recorded() {
    let golden = named("poisson");
    assert_eq!(read(golden.bytes).unwrap_err(), XgboostError::Objective { objective: "count:poisson".into() });
    assert!(read_as(golden.bytes, Stated::Binary).is_err());
    // A function of one's own is recorded as this.
    let model = read_as(named("regression").bytes, Stated::Binary).unwrap();
    assert_eq!(model.records.header.objective, Objective::Logistic("reg:squarederror".into()));
    assert_eq!(model.forest.n_outputs(), 2);
    let found = read_as(named("regression").bytes, Stated::Raw).unwrap_err();
    assert_eq!(found, XgboostError::Stated { objective: "reg:squarederror".into() });
    let text = String::from_utf8(named("softprob").bytes.to_vec()).unwrap();
    let custom = text.replace("multi:softprob", "reg:squarederror");
    let found = read(custom.as_bytes()).unwrap_err();
    assert_eq!(found, XgboostError::Outputs { objective: "reg:squarederror".into(), found: 3, expected: "1" });
    assert_eq!(read_as(custom.as_bytes(), Stated::Multiclass).unwrap().forest, named("softprob").read().forest);
}
