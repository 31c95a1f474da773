//! Which examples models are fitted on and which they are measured on.
//!
//! Large data: fitted on the training examples, measured on the validation examples. Small data: both are put together and dealt
//! into folds, and each fold is measured by models fitted on the others (cross-validation: Stone 1974). Classes are dealt
//! evenly.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use secateur_forest::{DataError, Dataset, DatasetView, TargetView};

/// Fewer examples than this per fold are not dealt.
const LEAST_PER_FOLD: usize = 4;

/// What one fold is fitted and measured on. Both have targets.
#[derive(Clone, Copy)]
pub(super) struct Fold<'a> {
    pub(super) fit: DatasetView<'a>,
    pub(super) held: DatasetView<'a>,
}

/// All folds: every example measured is in the `held` part of exactly one.
pub(super) struct Folds<'a> {
    train: DatasetView<'a>,
    valid: DatasetView<'a>,
    /// Both parts of each fold; empty where the two sets stay as they are.
    dealt: Vec<[Dataset; 2]>,
}

impl<'a> Folds<'a> {
    /// Deals into `n` folds, or leaves the two sets as they are for fewer than two, or where there are too few examples.
    ///
    /// # Errors
    /// [`DataError`] if the sets do not fit each other, or have no targets.
    pub(super) fn new(train: DatasetView<'a>, valid: DatasetView<'a>, n: usize, seed: u64) -> Result<Self, DataError> {
        let valid = alike(&train, valid)?;
        let mut folds = Self { train, valid, dealt: Vec::new() };
        if n >= 2 {
            let all = folds.all();
            let all = view(&all);
            let rows: Vec<usize> = (0..all.len()).filter(|&row| all.weight(row) > 0.0).collect();
            let n = n.min(rows.len() / LEAST_PER_FOLD);
            if n >= 2 {
                folds.dealt = deal(all, rows, n, seed);
            }
        }
        Ok(folds)
    }

    /// Number of folds, at least one.
    pub(super) fn len(&self) -> usize {
        self.dealt.len().max(1)
    }

    pub(super) fn fold(&self, fold: usize) -> Fold<'_> {
        match self.dealt.get(fold) {
            Some([fit, held]) => Fold { fit: view(fit), held: view(held) },
            None => Fold { fit: self.train.reborrow(), held: self.valid.reborrow() },
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Fold<'_>> {
        (0..self.len()).map(|fold| self.fold(fold))
    }

    /// The training and validation examples together.
    pub(super) fn all(&self) -> Dataset {
        DatasetView::joined(&[self.train.reborrow(), self.valid.reborrow()])
    }

    /// The examples measured, fold by fold.
    pub(super) fn held(&self) -> Dataset {
        DatasetView::joined(&self.iter().map(|fold| fold.held).collect::<Vec<_>>())
    }
}

/// A set made from views that were checked.
pub(super) fn view(examples: &Dataset) -> DatasetView<'_> {
    let target = examples.target_view().expect("sets without targets are refused");
    DatasetView::trusted(examples.features.view(), target, examples.weights.as_deref())
}

/// The targets of a part of the folds.
pub(super) fn target<'a>(examples: &DatasetView<'a>) -> TargetView<'a> {
    examples.target().expect("sets without targets are refused")
}

/// The validation examples, with the number of classes of the training examples.
fn alike<'a>(train: &DatasetView<'_>, valid: DatasetView<'a>) -> Result<DatasetView<'a>, DataError> {
    let (found, expected) = (valid.x().ncols(), train.x().ncols());
    if found != expected {
        return Err(DataError::Width { found, expected });
    }
    let targets = (train.target().ok_or(DataError::NoTarget)?, valid.target().ok_or(DataError::NoTarget)?);
    let kind = |target| if matches!(target, TargetView::Values(_)) { "numbers" } else { "classes" };
    match targets {
        (TargetView::Classes { n_classes: classes, .. }, TargetView::Classes { labels, .. }) => {
            if let Some(row) = labels.iter().position(|label| *label as usize >= classes) {
                return Err(DataError::Class { row, class: labels[row], classes });
            }
            let target = TargetView::Classes { labels, n_classes: classes };
            Ok(DatasetView::trusted(valid.x(), target, valid.weights()))
        }
        (TargetView::Values(_), TargetView::Values(_)) => Ok(valid),
        (train, valid) => Err(DataError::Kind { expected: kind(train), found: kind(valid) }),
    }
}

/// Deals rows into folds, each class evenly.
fn deal(all: DatasetView<'_>, mut rows: Vec<usize>, n: usize, seed: u64) -> Vec<[Dataset; 2]> {
    rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    if let TargetView::Classes { labels, .. } = target(&all) {
        rows.sort_by_key(|&row| labels[row]);
    }
    let of_fold = |fold: usize, held: bool| -> Vec<usize> {
        let own = rows.iter().enumerate().filter(|(place, _)| (place % n == fold) == held);
        let mut own: Vec<usize> = own.map(|(_, &row)| row).collect();
        own.sort_unstable();
        own
    };
    (0..n).map(|fold| [false, true].map(|held| all.select(&of_fold(fold, held)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Axis, array};

    #[test]
    fn every_example_is_measured_once_by_what_was_fitted_on_the_others() {
        let x = Array2::from_shape_fn((40, 1), |(row, _)| row as f64);
        let labels: Vec<u32> = (0..40).map(|row| u32::from(row % 4 == 0)).collect();
        let target_of = |rows: std::ops::Range<usize>| TargetView::Classes { labels: &labels[rows], n_classes: 2 };
        let (top, bottom) = x.view().split_at(Axis(0), 25);
        let weights: Vec<f64> = (0..15).map(|row| f64::from(u8::from(row != 2))).collect();
        let train = DatasetView::new(top, target_of(0..25), None).unwrap();
        let valid = DatasetView::new(bottom, target_of(25..40), Some(&weights)).unwrap();
        let folds = Folds::new(train, valid, 5, 3).unwrap();
        let mut seen = Vec::new();
        for fold in folds.iter() {
            let held: Vec<usize> = fold.held.x().column(0).iter().map(|row| *row as usize).collect();
            let fit: Vec<usize> = fold.fit.x().column(0).iter().map(|row| *row as usize).collect();
            // The example of weight 0 is nowhere.
            assert_eq!(held.len() + fit.len(), 39);
            assert!(held.iter().all(|row| !fit.contains(row)));
            let TargetView::Classes { labels: own, .. } = target(&fold.held) else { panic!("classes") };
            assert!(held.iter().zip(own).all(|(row, label)| labels[*row] == *label));
            // Ten of the second class in five folds.
            assert_eq!(own.iter().sum::<u32>(), 2);
            seen.extend(held);
        }
        assert_eq!(folds.held().features.column(0).iter().map(|row| *row as usize).collect::<Vec<_>>(), seen);
        seen.sort_unstable();
        assert_eq!(seen, (0..40).filter(|row| *row != 27).collect::<Vec<_>>());
        assert_eq!(folds.all().n_examples(), 40);
    }

    #[test]
    fn without_folds_the_parts_stay() {
        let (x, y) = (array![[0.0], [1.0], [2.0]], [1.0, 2.0, 3.0]);
        let part = || DatasetView::new(x.view(), TargetView::Values(&y), None).unwrap();
        for n in [0, 1, 5] {
            let folds = Folds::new(part(), part(), n, 0).unwrap();
            assert_eq!((folds.len(), folds.fold(0).fit.len(), folds.fold(0).held.len()), (1, 3, 3), "{n}");
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
        // Validation examples of fewer classes are examples of the same classes.
        let three = DatasetView::new(x.view(), classes(3), None).unwrap();
        assert_eq!(Folds::new(three, two, 0, 0).unwrap().all().class_names().len(), 3);
    }
}
