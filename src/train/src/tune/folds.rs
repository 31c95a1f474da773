//! Which examples models are fitted on and which they are measured on.
//!
//! Large data: fitted on the training examples, measured on the validation examples. Small data: both are put together and dealt
//! into folds, and each fold is measured by models fitted on the others (cross-validation: Stone 1974). Classes are dealt
//! evenly.

use std::borrow::Cow;

use ndarray::{Array2, ArrayView2, Axis, CowArray, Ix2};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use secateur_forest::{DataError, DatasetView, TargetView};

/// Fewer examples than this per fold are not dealt.
const LEAST_PER_FOLD: usize = 4;

/// Examples with targets: borrowed, or put together from others.
pub(super) struct Part<'a> {
    x: CowArray<'a, f64, Ix2>,
    targets: Targets<'a>,
    weights: Option<Cow<'a, [f64]>>,
}

enum Targets<'a> {
    Classes(Cow<'a, [u32]>, usize),
    Values(Cow<'a, [f64]>),
}

/// What one fold is fitted and measured on.
pub(super) struct Fold<'a> {
    pub(super) fit: Part<'a>,
    pub(super) held: Part<'a>,
}

/// All folds: every example measured is in the `held` part of exactly one.
pub(super) struct Folds<'a> {
    pub(super) folds: Vec<Fold<'a>>,
    train: Part<'a>,
    valid: Part<'a>,
}

impl<'a> Folds<'a> {
    /// Deals into `n` folds, or leaves the two parts as they are for fewer than two, or where there are too few examples.
    ///
    /// # Errors
    /// [`DataError`] if the parts do not fit each other, or have no targets.
    pub(super) fn new(train: DatasetView<'a>, valid: DatasetView<'a>, n: usize, seed: u64) -> Result<Self, DataError> {
        let parts = || Ok::<_, DataError>((Part::of(train)?, Part::of(valid)?));
        let (first, second) = parts()?;
        first.check_like(&second)?;
        let (train, valid) = parts()?;
        let mut folds = Self { folds: vec![Fold { fit: first, held: second }], train, valid };
        if n >= 2 {
            let all: Part<'_> = folds.all();
            let rows = all.usable();
            let n = n.min(rows.len() / LEAST_PER_FOLD);
            if n >= 2 {
                folds.folds = all.deal(rows, n, seed);
            }
        }
        Ok(folds)
    }

    /// The training and validation examples together.
    pub(super) fn all<'b>(&self) -> Part<'b> {
        self.train.joined(&self.valid)
    }

    /// The examples measured, fold by fold.
    pub(super) fn held<'b>(&self) -> Part<'b> {
        let (first, others) = self.folds.split_first().expect("there is a fold");
        let owned = first.held.select(&(0..first.held.len()).collect::<Vec<_>>());
        others.iter().fold(owned, |all, fold| all.joined(&fold.held))
    }
}

impl<'a> Part<'a> {
    fn of(examples: DatasetView<'a>) -> Result<Self, DataError> {
        let targets = match examples.target().ok_or(DataError::NoTarget)? {
            TargetView::Classes { labels, n_classes } => Targets::Classes(labels.into(), n_classes),
            TargetView::Values(values) => Targets::Values(values.into()),
        };
        Ok(Self { x: examples.x().into(), targets, weights: examples.weights().map(Cow::Borrowed) })
    }

    fn check_like(&self, other: &Self) -> Result<(), DataError> {
        let (found, expected) = (other.x.ncols(), self.x.ncols());
        if found != expected {
            return Err(DataError::Width { found, expected });
        }
        let kind = |part: &Self| if matches!(part.targets, Targets::Values(_)) { "numbers" } else { "classes" };
        let (found, expected) = (kind(other), kind(self));
        if found != expected {
            return Err(DataError::Kind { expected, found });
        }
        if let (Targets::Classes(_, classes), Targets::Classes(labels, _)) = (&self.targets, &other.targets)
            && let Some(row) = labels.iter().position(|label| *label as usize >= *classes)
        {
            return Err(DataError::Class { row, class: labels[row], classes: *classes });
        }
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.x.nrows()
    }

    pub(super) fn x(&self) -> ArrayView2<'_, f64> {
        self.x.view()
    }

    pub(super) fn target(&self) -> TargetView<'_> {
        match &self.targets {
            Targets::Classes(labels, n_classes) => TargetView::Classes { labels, n_classes: *n_classes },
            Targets::Values(values) => TargetView::Values(values),
        }
    }

    pub(super) fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    pub(super) fn examples(&self) -> DatasetView<'_> {
        self.with_rows(self.x())
    }

    /// Other rows with the same targets.
    pub(super) fn with_rows<'b>(&'b self, x: ArrayView2<'b, f64>) -> DatasetView<'b> {
        DatasetView::trusted(x, self.target(), self.weights())
    }

    /// Examples that count.
    fn usable(&self) -> Vec<usize> {
        (0..self.len()).filter(|&row| self.weights().is_none_or(|weights| weights[row] > 0.0)).collect()
    }

    pub(super) fn select<'b>(&self, rows: &[usize]) -> Part<'b> {
        let targets = match &self.targets {
            Targets::Classes(labels, n_classes) => {
                Targets::Classes(rows.iter().map(|&row| labels[row]).collect(), *n_classes)
            }
            Targets::Values(values) => Targets::Values(rows.iter().map(|&row| values[row]).collect()),
        };
        let weights = self.weights().map(|weights| rows.iter().map(|&row| weights[row]).collect());
        Part { x: self.x.select(Axis(0), rows).into(), targets, weights }
    }

    pub(super) fn joined<'b>(&self, other: &Part<'_>) -> Part<'b> {
        let targets = match (&self.targets, &other.targets) {
            (Targets::Classes(a, n_classes), Targets::Classes(b, _)) => {
                Targets::Classes([&a[..], &b[..]].concat().into(), *n_classes)
            }
            (Targets::Values(a), Targets::Values(b)) => Targets::Values([&a[..], &b[..]].concat().into()),
            _ => unreachable!("parts are checked to be alike"),
        };
        let weights = (self.weights.is_some() || other.weights.is_some()).then(|| {
            let of = |part: &Part<'_>| part.weights().map_or_else(|| vec![1.0; part.len()], <[f64]>::to_vec);
            Cow::Owned([of(self), of(other)].concat())
        });
        let mut x = Array2::zeros((self.len() + other.len(), self.x.ncols()));
        let (mut above, mut below) = x.view_mut().split_at(Axis(0), self.len());
        above.assign(&self.x);
        below.assign(&other.x);
        Part { x: x.into(), targets, weights }
    }

    fn deal<'b>(&self, mut rows: Vec<usize>, n: usize, seed: u64) -> Vec<Fold<'b>> {
        rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        if let Targets::Classes(labels, _) = &self.targets {
            rows.sort_by_key(|&row| labels[row]);
        }
        let of_fold = |fold: usize, held: bool| -> Vec<usize> {
            let mut own: Vec<usize> =
                rows.iter().enumerate().filter(|(place, _)| (place % n == fold) == held).map(|(_, &row)| row).collect();
            own.sort_unstable();
            own
        };
        let fold = |fold| Fold { fit: self.select(&of_fold(fold, false)), held: self.select(&of_fold(fold, true)) };
        (0..n).map(fold).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn every_example_is_measured_once_by_what_was_fitted_on_the_others() {
        let x = Array2::from_shape_fn((40, 1), |(row, _)| row as f64);
        let labels: Vec<u32> = (0..40).map(|row| u32::from(row % 4 == 0)).collect();
        let target = |rows: std::ops::Range<usize>| TargetView::Classes { labels: &labels[rows], n_classes: 2 };
        let (top, bottom) = x.view().split_at(Axis(0), 25);
        let weights: Vec<f64> = (0..15).map(|row| f64::from(u8::from(row != 2))).collect();
        let train = DatasetView::new(top, target(0..25), None).unwrap();
        let valid = DatasetView::new(bottom, target(25..40), Some(&weights)).unwrap();
        let folds = Folds::new(train, valid, 5, 3).unwrap();
        let mut seen = Vec::new();
        for fold in &folds.folds {
            let held: Vec<usize> = fold.held.x().column(0).iter().map(|row| *row as usize).collect();
            let fit: Vec<usize> = fold.fit.x().column(0).iter().map(|row| *row as usize).collect();
            // The example of weight 0 is nowhere.
            assert_eq!(held.len() + fit.len(), 39);
            assert!(held.iter().all(|row| !fit.contains(row)));
            let TargetView::Classes { labels: own, .. } = fold.held.target() else { panic!("classes") };
            assert!(held.iter().zip(own).all(|(row, label)| labels[*row] == *label));
            // Ten of the second class in five folds.
            assert_eq!(own.iter().sum::<u32>(), 2);
            seen.extend(held);
        }
        assert_eq!(folds.held().x().column(0).iter().map(|row| *row as usize).collect::<Vec<_>>(), seen);
        seen.sort_unstable();
        assert_eq!(seen, (0..40).filter(|row| *row != 27).collect::<Vec<_>>());
        assert_eq!(folds.all().len(), 40);
    }

    #[test]
    fn without_folds_the_parts_stay() {
        let (x, y) = (array![[0.0], [1.0], [2.0]], [1.0, 2.0, 3.0]);
        let part = || DatasetView::new(x.view(), TargetView::Values(&y), None).unwrap();
        for n in [0, 1, 5] {
            let folds = Folds::new(part(), part(), n, 0).unwrap();
            assert_eq!((folds.folds.len(), folds.folds[0].fit.len(), folds.folds[0].held.len()), (1, 3, 3), "{n}");
        }
    }

    #[test]
    fn parts_that_differ_are_refused() {
        let (x, wide, y) = (array![[0.0], [1.0]], array![[0.0, 1.0]], [1.0, 2.0]);
        let labels = [0, 1];
        let classes = |n_classes| TargetView::Classes { labels: &labels, n_classes };
        let values = DatasetView::new(x.view(), TargetView::Values(&y), None).unwrap();
        let two = DatasetView::new(x.view(), classes(2), None).unwrap();
        let wide = DatasetView::new(wide.view(), TargetView::Values(&y[..1]), None).unwrap();
        let refused = |a, b| Folds::new(a, b, 0, 0).err().unwrap();
        assert_eq!(refused(values, wide), DataError::Width { found: 2, expected: 1 });
        assert_eq!(refused(values, two), DataError::Kind { expected: "numbers", found: "classes" });
        let one = DatasetView::new(x.view(), classes(1), None).unwrap();
        assert_eq!(refused(one, two), DataError::Class { row: 1, class: 1, classes: 1 });
    }
}
