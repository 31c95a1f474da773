//! [`Dataset`]: the one representation of examples that everything else reads.
//!
//! Invariant: `features`, `target`, `weights` and `groups` have one entry per example, `feature_names` one per
//! column; class labels index into the class names. Missing features are NaN.

use ndarray::{Array2, Axis, concatenate};

use crate::error::{Error, Result};
#[cfg(feature = "read")]
use crate::random::Stream;

/// What is to be predicted, one entry per example.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// Classification.
    Classes {
        /// Class of each example, an index into `names`.
        labels: Vec<u32>,
        /// Class names in the order of their labels.
        names: Vec<String>,
    },
    /// Regression: one finite value per example.
    Values(Vec<f64>),
    /// Unlabelled.
    None,
}

impl Target {
    fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Classes { labels, names } => {
                Self::Classes { labels: rows.iter().map(|&row| labels[row]).collect(), names: names.clone() }
            }
            Self::Values(values) => Self::Values(rows.iter().map(|&row| values[row]).collect()),
            Self::None => Self::None,
        }
    }
}

/// Examples with named features.
///
/// ```
/// use ndarray::array;
/// use secateur_datasets::{Dataset, Target};
///
/// let target = Target::Classes { labels: vec![0, 1, 1, 0], names: vec!["no".into(), "yes".into()] };
/// let data = Dataset {
///     features: array![[34.0, 1.0], [51.0, f64::NAN], [62.0, 0.0], [29.0, 1.0]], // NaN: missing
///     feature_names: vec!["age".into(), "dose".into()],
///     target,
///     weights: None,
///     groups: None,
/// };
/// assert_eq!(data.select(&[1, 2]).n_examples(), 2);
/// let view = data.view()?; // checks lengths and labels; what everything that learns or measures takes
/// assert_eq!((view.len(), view.total_weight()), (4, 4.0));
/// # Ok::<(), secateur_datasets::DataError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Shape `(n_examples, n_features)`, row-major; NaN where a value is missing.
    pub features: Array2<f64>,
    /// One distinct name per column of `features`.
    pub feature_names: Vec<String>,
    /// What is to be predicted.
    pub target: Target,
    /// How often each example counts, >= 0; `None`: each once.
    pub weights: Option<Vec<f64>>,
    /// Query id of each example (`qid:` of ranking files), if the file has them.
    pub groups: Option<Vec<u64>>,
}

impl Dataset {
    /// Number of examples.
    #[must_use]
    pub fn n_examples(&self) -> usize {
        self.features.nrows()
    }

    /// Names of the classes in the order of their indices; empty without classes.
    #[must_use]
    pub fn class_names(&self) -> &[String] {
        match &self.target {
            Target::Classes { names, .. } => names,
            Target::Values(_) | Target::None => &[],
        }
    }

    /// Number of features.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.features.ncols()
    }

    /// The given rows in the given order; a row may be repeated.
    ///
    /// # Panics
    /// If a row is not below [`n_examples`](Self::n_examples).
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            features: self.features.select(Axis(0), rows),
            feature_names: self.feature_names.clone(),
            target: self.target.select(rows),
            weights: self.weights.as_ref().map(|weights| rows.iter().map(|&row| weights[row]).collect()),
            groups: self.groups.as_ref().map(|ids| rows.iter().map(|&row| ids[row]).collect()),
        }
    }

    /// Disjoint parts of the given sizes of one seeded permutation of the rows; rows beyond the sum
    /// of the sizes are left out. The same seed gives the same parts on every platform.
    ///
    /// # Errors
    /// [`Error::Split`] if the sizes add up to more than there is.
    #[cfg(feature = "read")]
    pub fn shuffle_split(&self, seed: u64, parts: &[usize]) -> Result<Vec<Self>> {
        let n_examples = self.n_examples();
        let total = parts.iter().try_fold(0usize, |sum, &part| sum.checked_add(part));
        if total.is_none_or(|total| total > n_examples) {
            return Err(Error::Split { parts: parts.to_vec(), n_examples });
        }
        let order = Stream::new(seed).permutation(n_examples);
        let mut rest = order.as_slice();
        Ok(parts
            .iter()
            .map(|&part| {
                let (rows, after) = rest.split_at(part);
                rest = after;
                self.select(rows)
            })
            .collect())
    }

    /// Disjoint parts, whose sizes are these fractions of the rows (rounded down, what is left goes to the last part), of one
    /// seeded permutation.
    ///
    /// # Errors
    /// [`Error::Fractions`] for fractions that are negative, no numbers, or add up to more than one.
    #[cfg(feature = "read")]
    pub fn split<const N: usize>(&self, seed: u64, fractions: [f64; N]) -> Result<[Self; N]> {
        let total: f64 = fractions.iter().sum();
        if fractions.iter().any(|fraction| fraction.is_nan() || *fraction < 0.0) || total > 1.0 + 1e-9 {
            return Err(Error::Fractions { fractions: fractions.to_vec() });
        }
        let n_examples = self.n_examples();
        let mut sizes = fractions.map(|fraction| ((fraction * n_examples as f64) as usize).min(n_examples));
        if total > 1.0 - 1e-9
            && let Some((last, others)) = sizes.split_last_mut()
        {
            *last = n_examples - others.iter().sum::<usize>();
        }
        let parts = self.shuffle_split(seed, &sizes)?;
        Ok(parts.try_into().unwrap_or_else(|_| unreachable!("one part per size")))
    }

    /// The rows of all tables, one after the other.
    ///
    /// # Errors
    /// [`Error::Join`] if there is no table, or names, kind of target, class names or presence of
    /// groups differ.
    pub fn join(tables: &[Self]) -> Result<Self> {
        let first = tables.first().ok_or(Error::Join { what: "number: there is none" })?;
        if tables.iter().any(|table| table.feature_names != first.feature_names) {
            return Err(Error::Join { what: "feature names" });
        }
        let views: Vec<_> = tables.iter().map(|table| table.features.view()).collect();
        let features = concatenate(Axis(0), &views).map_err(|_| Error::Join { what: "number of columns" })?;
        let mut target = first.target.clone();
        let mut groups = first.groups.clone();
        let mut weights = first.weights.clone();
        for table in &tables[1..] {
            match (&mut target, &table.target) {
                (Target::Classes { labels, names }, Target::Classes { labels: more, names: other })
                    if names == other =>
                {
                    labels.extend_from_slice(more);
                }
                (Target::Values(values), Target::Values(more)) => values.extend_from_slice(more),
                (Target::None, Target::None) => {}
                _ => return Err(Error::Join { what: "target" }),
            }
            match (&mut groups, &table.groups) {
                (Some(ids), Some(more)) => ids.extend_from_slice(more),
                (None, None) => {}
                _ => return Err(Error::Join { what: "groups" }),
            }
            match (&mut weights, &table.weights) {
                (Some(all), Some(more)) => all.extend_from_slice(more),
                (None, None) => {}
                _ => return Err(Error::Join { what: "weights" }),
            }
        }
        Ok(Self { features, feature_names: first.feature_names.clone(), target, weights, groups })
    }
}

#[cfg(test)]
#[cfg(feature = "read")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbered(n: usize) -> Dataset {
        Dataset {
            features: Array2::from_shape_fn((n, 2), |(row, column)| (2 * row + column) as f64),
            feature_names: vec!["a".into(), "b".into()],
            target: Target::Values((0..n).map(|row| row as f64).collect()),
            weights: Some((0..n).map(|row| row as f64).collect()),
            groups: Some((0..n as u64).collect()),
        }
    }

    proptest! {
        #[test]
        fn parts_are_disjoint_and_rows_stay_whole(n in 0usize..60, cuts in prop::collection::vec(0usize..30, 0..4), seed: u64) {
            let table = numbered(n);
            let total: usize = cuts.iter().sum();
            match table.shuffle_split(seed, &cuts) {
                Ok(parts) => {
                    prop_assert!(total <= n);
                    let mut seen = Vec::new();
                    for (part, &size) in parts.iter().zip(&cuts) {
                        prop_assert_eq!(part.n_examples(), size);
                        let Target::Values(values) = &part.target else { panic!("kind") };
                        for (row, &value) in values.iter().enumerate() {
                            prop_assert_eq!(part.features[(row, 1)], 2.0 * value + 1.0);
                            prop_assert_eq!(part.groups.as_ref().unwrap()[row], value as u64);
                            seen.push(value as usize);
                        }
                    }
                    seen.sort_unstable();
                    seen.dedup();
                    prop_assert_eq!(seen.len(), total);
                    let again = table.shuffle_split(seed, &cuts).unwrap();
                    prop_assert!(parts.iter().zip(&again).all(|(a, b)| a.features == b.features));
                }
                Err(Error::Split { n_examples, .. }) => {
                    prop_assert!(total > n);
                    prop_assert_eq!(n_examples, n);
                }
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }

    #[test]
    fn split_sizes_that_overflow_are_refused() {
        let error = numbered(3).shuffle_split(1, &[usize::MAX, 2]).unwrap_err();
        assert!(matches!(error, Error::Split { n_examples: 3, .. }));
        assert!(error.to_string().contains("3 examples"));
    }

    #[test]
    fn select_repeats_and_join_appends() {
        let table = numbered(4);
        let picked = table.select(&[3, 0, 3]);
        assert_eq!(picked.features.column(0).to_vec(), [6.0, 0.0, 6.0]);
        let joined = Dataset::join(&[picked, table.select(&[1])]).unwrap();
        assert_eq!(joined.groups, Some(vec![3, 0, 3, 1]));
        assert_eq!(joined.target, Target::Values(vec![3.0, 0.0, 3.0, 1.0]));
        assert_eq!((joined.n_examples(), joined.n_features()), (4, 2));
    }

    #[test]
    fn join_refuses_what_differs() {
        assert!(matches!(Dataset::join(&[]), Err(Error::Join { .. })));
        let mut other = numbered(2);
        other.feature_names[0] = "z".into();
        assert!(matches!(Dataset::join(&[numbered(1), other]), Err(Error::Join { what: "feature names" })));
        let mut other = numbered(2);
        other.target = Target::None;
        assert!(matches!(Dataset::join(&[numbered(1), other]), Err(Error::Join { what: "target" })));
        let mut other = numbered(2);
        other.groups = None;
        assert!(matches!(Dataset::join(&[numbered(1), other]), Err(Error::Join { what: "groups" })));
    }
}
