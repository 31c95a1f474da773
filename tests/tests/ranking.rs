//! Ranking on real data: a forest of relevances, pruned by squared error, judged by query. Runs only where `SECATEUR_DATA` is
//! set.

use secateur_corpora::Catalogue;
use secateur_datasets::Dataset;
use secateur_program::Control;

use secateur::forest::grow::{GrowParams, grow};
use secateur::forest::intervals::interval;
use secateur::forest::metrics::{QueryScores, RankingOptions, query_scores};
use secateur::forest::{
    Choice, Curve, DatasetView, IntervalOptions, Loss, LossOn, OperatingPoint, PriceList, TargetView, prune,
};

/// The relevances of a table, which it holds as classes.
fn relevance(table: &Dataset) -> Vec<f64> {
    let secateur_datasets::Target::Classes { labels, names } = &table.target else { panic!("classes") };
    labels.iter().map(|&label| names[label as usize].parse().expect("relevances are numbers")).collect()
}

fn examples_of<'a>(table: &'a Dataset, answers: &'a [f64]) -> DatasetView<'a> {
    DatasetView::new(table.features.view(), TargetView::Values(answers), None).expect("a valid data set")
}

#[test]
fn documents_are_ranked_on_a_budget() {
    let Ok(catalogue) = Catalogue::from_env() else {
        println!("ranking skipped: SECATEUR_DATA is not set");
        return;
    };
    let set = catalogue.load("mq2008").unwrap();
    let [train, valid, test] = [set.train, set.valid, set.test].map(Option::unwrap);
    let [train_y, valid_y, test_y] = [&train, &valid, &test].map(relevance);
    let control = Control::new();
    let params = GrowParams { n_trees: 30, min_samples_leaf: 10, max_depth: Some(8), ..GrowParams::default() };
    let grown = grow(train.features.view(), TargetView::Values(&train_y), &[], None, &params, &control).unwrap();
    let prices = PriceList::uniform(&train.feature_names, 1.0).unwrap();
    let examples = examples_of(&train, &train_y);
    let on = LossOn::InAndOutOfBag(examples, &grown.in_bag);
    let model = prune(grown.forest, Loss::SquaredError, on, examples, &prices, &control).unwrap().budgeted;

    let options = RankingOptions::default();
    let judge = |table: &Dataset, answers: &[f64], points: &[OperatingPoint]| -> (Curve, Vec<QueryScores>) {
        let examples = examples_of(table, answers);
        let groups = table.groups.as_deref().unwrap();
        let scores = model.query_scores(points, examples, groups, &options).unwrap();
        (model.curve(examples, &control).unwrap(), scores)
    };
    let costs = model.curve(examples_of(&valid, &valid_y), &control).unwrap();
    let points: Vec<OperatingPoint> =
        [0.0, 2.0, 5.0, 10.0, f64::INFINITY].map(|budget| costs.choose(Choice::Budget(budget)).unwrap()).to_vec();
    let judged = [("valid", judge(&valid, &valid_y, &points)), ("test", judge(&test, &test_y, &points))];
    for (name, (curve, scores)) in &judged {
        for (point, scores) in points.iter().zip(scores) {
            let ndcg = interval(&scores.ndcg, None, &IntervalOptions::default(), &control).unwrap();
            println!(
                "{name} cost {:.2}: NDCG@10 {:.4} ({:.4} to {:.4}), P@5 {:.4}, {} queries",
                curve.at(*point).cost,
                ndcg.mean,
                ndcg.low,
                ndcg.high,
                scores.mean_precision().unwrap(),
                scores.queries.len()
            );
            assert!((ndcg.mean - scores.mean_ndcg().unwrap()).abs() < 1e-12);
        }
        // Few features are nearly as good as all. With none, every score is the same and the order of the file stands.
        let ndcg: Vec<f64> = scores.iter().map(|scores| scores.mean_ndcg().unwrap()).collect();
        assert!(ndcg[4] > ndcg[0] + 0.05 && ndcg[2] > ndcg[0] + 0.03, "{ndcg:?}");
        assert!(curve.at(points[2]).cost < 0.5 * curve.at(points[4]).cost);
    }
    // A perfect ranking falls short of 1 only by the queries without a relevant document.
    let groups = test.groups.as_deref().unwrap();
    let perfect = query_scores(&test_y, &test_y, groups, &options).unwrap();
    assert!(perfect.ndcg.iter().all(|ndcg| *ndcg == 0.0 || (*ndcg - 1.0).abs() < 1e-12));
    let empty = perfect.ndcg.iter().filter(|ndcg| **ndcg == 0.0).count();
    assert!(empty > 0 && perfect.mean_ndcg().unwrap() < 1.0, "{empty}");
}
