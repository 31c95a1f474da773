//! Metrics and intervals of pruned forests: example by example they say what the curve says.

use proptest::prelude::*;
use secateur_forest::intervals::{interval, paired_interval};
use secateur_forest::metrics::{RankingOptions, query_scores};

use super::*;

const OPTIONS: IntervalOptions = IntervalOptions { resamples: 1000, level: 0.95, seed: 7 };

fn of(values: &[f64], weights: Option<&[f64]>) -> Interval {
    interval(values, weights, &OPTIONS, &Control::new()).unwrap()
}

fn weighted_mean(values: &[f64], weights: Option<&[f64]>) -> f64 {
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let total: f64 = (0..values.len()).map(weight).sum();
    values.iter().enumerate().map(|(row, value)| value * weight(row)).sum::<f64>() / total
}

proptest! {
    #[test]
    fn means_over_examples_are_those_of_the_curve(seed in any::<u64>(), classification in any::<bool>(), aggregation in any_aggregation()) {
        let world = world(seed, classification, aggregation);
        let loss = Loss::default_for(world.forest.task());
        let (model, examples) = (world.prune(loss).budgeted, world.examples());
        let curve = model.curve(examples, &Control::new()).unwrap();
        for point in model.points() {
            let (each, at) = (model.per_example(point, examples).unwrap(), curve.at(point));
            let metrics = Metrics::of(each.outputs.view(), examples.target().unwrap(), examples.weights()).unwrap();
            let near = |a: f64, b: f64| (a - b).abs() < 1e-9 * (1.0 + b.abs());
            prop_assert!(near(weighted_mean(&each.costs, examples.weights()), at.cost));
            prop_assert!(near(weighted_mean(each.losses.as_ref().unwrap(), examples.weights()), at.loss().unwrap()));
            for (found, expected) in [
                (metrics.error, at.error), (metrics.log_loss, at.log_loss), (metrics.brier, at.brier),
                (metrics.squared_error, at.squared_error),
            ] {
                prop_assert_eq!(found.is_some(), expected.is_some());
                prop_assert!(found.is_none_or(|found| near(found, expected.unwrap())), "{:?} {:?}", metrics, at);
            }
        }
    }
}

#[test]
fn a_forest_of_numbers_is_a_ranker() {
    let world = world(5, false, Aggregation::Mean);
    let model = world.prune(Loss::SquaredError).budgeted;
    let relevance: Vec<f64> = world.numbers.iter().map(|number| number.abs().round()).collect();
    let groups: Vec<u64> = (0..relevance.len() as u64).map(|row| row / 6).collect();
    let examples = DatasetView::new(world.x.view(), TargetView::Values(&relevance), None).unwrap();
    let points = [model.closed(), model.unpruned()];
    let options = RankingOptions::default();
    let found = model.query_scores(&points, examples, &groups, &options).unwrap();
    for (point, found) in points.iter().zip(&found) {
        let scores = model.per_example(*point, examples).unwrap().outputs.column(0).to_vec();
        assert_eq!(found, &query_scores(&scores, &relevance, &groups, &options).unwrap());
    }
    assert_ne!(found[0], found[1]);
    let bare = DatasetView::unlabelled(world.x.view(), None).unwrap();
    assert_eq!(model.query_scores(&[OperatingPoint(0)], bare, &groups, &options), Err(DataError::NoTarget.into()));
}

#[test]
fn an_operating_point_has_the_bands_of_its_examples() {
    for (seed, classification) in [(11, true), (12, false), (13, true)] {
        let world = world(seed, classification, Aggregation::Mean);
        let model = world.prune(Loss::default_for(world.forest.task())).budgeted;
        let (examples, control) = (world.examples(), Control::new());
        let point = OperatingPoint(1);
        let found = model.intervals(point, examples, &OPTIONS, &control).unwrap();
        let [here, whole] = [point, model.unpruned()].map(|point| model.per_example(point, examples).unwrap());
        let (losses, weights) = (here.losses.unwrap(), examples.weights());
        assert_eq!(found.loss, Some(of(&losses, weights)));
        assert_eq!(found.cost, of(&here.costs, weights));
        let above = paired_interval(&losses, &whole.losses.unwrap(), weights, &OPTIONS, &control).unwrap();
        assert_eq!(found.loss_above_unpruned, Some(above));
        let above = paired_interval(&here.costs, &whole.costs, weights, &OPTIONS, &control).unwrap();
        assert_eq!(found.cost_above_unpruned, above);
        assert_eq!(model.loss_intervals(&[point], examples, &OPTIONS, &control).unwrap(), [found.loss.unwrap()]);
        assert!((found.cost.mean - model.curve(examples, &control).unwrap().at(point).cost).abs() < 1e-9);
    }
}
