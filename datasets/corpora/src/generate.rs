//! Seeded artificial data. Equal arguments give equal tables on every platform up to the last place
//! of the elementary functions.

use std::f64::consts::PI;

use ndarray::Array2;

use crate::error::{Error, Result};
use secateur_datasets::random::Stream;
use secateur_datasets::{Dataset, Target};

/// Shape of a [`classification`] problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// DatasetView, at least 1.
    pub n_examples: usize,
    /// Features that carry the class, at least 1.
    pub n_informative: usize,
    /// Features that are linear combinations of the informative ones.
    pub n_redundant: usize,
    /// Features that are standard normal noise.
    pub n_noise: usize,
    /// Classes, at least 1.
    pub n_classes: usize,
    /// Normal clusters per class, at least 1.
    pub clusters_per_class: usize,
    /// Half the side of the cube that the cluster centres are drawn from, in standard deviations.
    pub separation: f64,
    /// Fraction of labels that are drawn anew at random, in `[0, 1]`.
    pub label_noise: f64,
}

impl Default for Classification {
    fn default() -> Self {
        Self {
            n_examples: 1000,
            n_informative: 5,
            n_redundant: 3,
            n_noise: 12,
            n_classes: 2,
            clusters_per_class: 2,
            separation: 2.0,
            label_noise: 0.01,
        }
    }
}

/// Classes made of normal clusters, in the manner of Guyon's Madelon data (2003). Features are called
/// `informative1`, ..., `redundant1`, ..., `noise1`, ... in this order; classes `0`, `1`, ....
///
/// # Errors
/// [`Error::Specification`] for a size of zero, or a fraction or separation out of range.
pub fn classification(seed: u64, shape: &Classification) -> Result<Dataset> {
    let sizes = [shape.n_examples, shape.n_informative, shape.n_classes, shape.clusters_per_class];
    let clusters = shape.n_classes.checked_mul(shape.clusters_per_class);
    let clusters = clusters.filter(|_| !sizes.contains(&0) && u32::try_from(shape.n_classes).is_ok());
    let clusters =
        clusters.ok_or_else(|| refused("there must be examples, informative features, classes and clusters"))?;
    if !(0.0..=1.0).contains(&shape.label_noise) {
        return Err(refused(&format!("label noise of {} is outside 0 to 1", shape.label_noise)));
    }
    if !shape.separation.is_finite() || shape.separation < 0.0 {
        return Err(refused(&format!("separation of {}", shape.separation)));
    }
    let (informative, redundant) = (shape.n_informative, shape.n_redundant);
    let n_features = informative + redundant + shape.n_noise;
    let mut stream = Stream::new(seed);
    let mut uniform = |half: f64| half * (2.0 * stream.unit() - 1.0);
    let centres = Array2::from_shape_simple_fn((clusters, informative), || uniform(shape.separation));
    let mixing = Array2::from_shape_simple_fn((redundant, informative), || uniform(1.0));

    let mut features = Array2::zeros((shape.n_examples, n_features));
    let mut labels = Vec::with_capacity(shape.n_examples);
    for mut row in features.rows_mut() {
        let cluster = stream.index(clusters);
        for (value, centre) in row.iter_mut().zip(centres.row(cluster)) {
            *value = centre + stream.normal();
        }
        for (to, weights) in mixing.rows().into_iter().enumerate() {
            row[informative + to] = weights.iter().zip(&row).map(|(weight, value)| weight * value).sum();
        }
        for value in row.iter_mut().skip(informative + redundant) {
            *value = stream.normal();
        }
        let label =
            if stream.unit() < shape.label_noise { stream.index(shape.n_classes) } else { cluster % shape.n_classes };
        labels.push(label as u32);
    }
    let kinds = [("informative", informative), ("redundant", redundant), ("noise", shape.n_noise)];
    let feature_names = kinds.iter().flat_map(|&(kind, n)| numbered(kind, n)).collect();
    let names = (0..shape.n_classes).map(|class| class.to_string()).collect();
    Ok(Dataset { features, feature_names, target: Target::Classes { labels, names }, weights: None, groups: None })
}

/// Regression problem 1 of Friedman (Annals of Statistics 19, 1991): features uniform in `[0, 1]`,
/// `y = 10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5 + noise`.
///
/// # Arguments
/// `n_features` is at least 5, the others carry nothing. `noise` is a standard deviation.
///
/// # Errors
/// [`Error::Specification`] without examples, with fewer features, or with an impossible noise.
pub fn friedman1(seed: u64, n_examples: usize, n_features: usize, noise: f64) -> Result<Dataset> {
    if n_examples == 0 || n_features < 5 || !noise.is_finite() || noise < 0.0 {
        return Err(refused(&format!(
            "{n_examples} examples of {n_features} features (at least 5) with noise {noise}"
        )));
    }
    let mut stream = Stream::new(seed);
    let features = Array2::from_shape_simple_fn((n_examples, n_features), || stream.unit());
    let values = features.rows().into_iter().map(|x| {
        let signal = 10.0 * (PI * x[0] * x[1]).sin() + 20.0 * (x[2] - 0.5).powi(2) + 10.0 * x[3] + 5.0 * x[4];
        signal + noise * stream.normal()
    });
    let target = Target::Values(values.collect());
    Ok(Dataset { features, feature_names: numbered("x", n_features).collect(), target, weights: None, groups: None })
}

/// Integers of few levels: many equal values within and across columns, so that splits and orders
/// tie. The class is whether the first half of the features sums to more than the mean, with a tenth
/// of the labels drawn anew.
///
/// # Errors
/// [`Error::Specification`] without examples, features or levels.
pub fn tied(seed: u64, n_examples: usize, n_features: usize, n_levels: u32) -> Result<Dataset> {
    if n_examples == 0 || n_features == 0 || n_levels == 0 {
        return Err(refused(&format!("{n_examples} examples of {n_features} features with {n_levels} levels")));
    }
    let mut stream = Stream::new(seed);
    let features = Array2::from_shape_simple_fn((n_examples, n_features), || stream.below(u64::from(n_levels)) as f64);
    let half = n_features.div_ceil(2);
    let mean = half as f64 * f64::from(n_levels - 1) / 2.0;
    let labels = features.rows().into_iter().map(|row| {
        let above = row.iter().take(half).sum::<f64>() > mean;
        if stream.below(10) == 0 { stream.below(2) as u32 } else { u32::from(above) }
    });
    let target = Target::Classes { labels: labels.collect(), names: vec!["0".into(), "1".into()] };
    Ok(Dataset { features, feature_names: numbered("x", n_features).collect(), target, weights: None, groups: None })
}

fn numbered(prefix: &str, n: usize) -> impl Iterator<Item = String> {
    (1..=n).map(move |index| format!("{prefix}{index}"))
}

fn refused(reason: &str) -> Error {
    Error::Specification { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_tables() {
        let shape = Classification::default();
        let (a, b, c) = (
            classification(3, &shape).unwrap(),
            classification(3, &shape).unwrap(),
            classification(4, &shape).unwrap(),
        );
        assert_eq!((&a.features, &a.target), (&b.features, &b.target));
        assert_ne!(a.features, c.features);
        assert_eq!(a.features.dim(), (1000, 20));
        assert_eq!(
            [&a.feature_names[0], &a.feature_names[5], &a.feature_names[19]],
            ["informative1", "redundant1", "noise12"]
        );
    }

    #[test]
    fn informative_features_tell_the_classes_apart() {
        let shape = Classification {
            n_examples: 4000,
            n_informative: 2,
            n_redundant: 1,
            n_noise: 1,
            clusters_per_class: 1,
            separation: 8.0,
            label_noise: 0.0,
            ..Classification::default()
        };
        let table = classification(5, &shape).unwrap();
        let Target::Classes { labels, .. } = &table.target else { panic!("kind") };
        let gap = |column: usize| {
            let mean = |class| {
                let values = table.features.column(column);
                let picked: Vec<f64> =
                    values.iter().zip(labels).filter(|(_, l)| **l == class).map(|(v, _)| *v).collect();
                picked.iter().sum::<f64>() / picked.len() as f64
            };
            (mean(0) - mean(1)).abs()
        };
        assert!(gap(0).max(gap(1)) > 1.0);
        assert!(gap(3) < 0.2);
    }

    #[test]
    fn friedman_follows_its_formula() {
        let table = friedman1(1, 50, 7, 0.0).unwrap();
        let Target::Values(values) = &table.target else { panic!("kind") };
        for (x, y) in table.features.rows().into_iter().zip(values) {
            let expected =
                10.0 * (PI * x[0] * x[1]).sin() + 20.0 * (x[2] - 0.5) * (x[2] - 0.5) + 10.0 * x[3] + 5.0 * x[4];
            assert!((y - expected).abs() < 1e-12);
        }
        assert_eq!(table.feature_names[6], "x7");
    }

    #[test]
    fn tied_values_are_few_integers() {
        let table = tied(2, 500, 6, 3).unwrap();
        assert!(table.features.iter().all(|value| [0.0, 1.0, 2.0].contains(value)));
        let Target::Classes { labels, .. } = &table.target else { panic!("kind") };
        assert!(labels.contains(&0) && labels.contains(&1));
    }

    #[test]
    fn impossible_shapes_are_refused() {
        let bad = [
            Classification { n_examples: 0, ..Classification::default() },
            Classification { n_classes: 0, ..Classification::default() },
            Classification { label_noise: 1.5, ..Classification::default() },
            Classification { label_noise: f64::NAN, ..Classification::default() },
            Classification { separation: f64::INFINITY, ..Classification::default() },
        ];
        for shape in bad {
            assert!(matches!(classification(1, &shape), Err(Error::Specification { .. })), "{shape:?}");
        }
        assert!(friedman1(1, 10, 4, 1.0).unwrap_err().to_string().contains("4 features"));
        assert!(matches!(friedman1(1, 10, 5, -1.0), Err(Error::Specification { .. })));
        assert!(matches!(tied(1, 10, 5, 0), Err(Error::Specification { .. })));
    }
}
