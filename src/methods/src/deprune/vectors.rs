//! Vectors that go or stay, in order of magnitude, in parts of which each keeps as many.

use ndarray::ArrayView2;

use super::layers::groups;
use crate::MethodError;
use crate::error::check_fraction;

/// The vectors of a layer. Columns of a lowered depthwise convolution have a part per product; filters of a projection
/// have one part.
///
/// A count `c` means the `c` largest vectors of every part, or all of a part that has fewer.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    /// Per part the places of its vectors, largest first.
    parts: Vec<Vec<usize>>,
    /// Magnitude of every vector, by place.
    magnitudes: Vec<f64>,
}

impl Vectors {
    /// Columns of a depthwise convolution: `abs(w)`, at the place `channel * taps + tap`.
    ///
    /// # Arguments
    /// * `depthwise`: shape (channels, taps).
    pub fn columns(depthwise: ArrayView2<'_, f32>) -> Self {
        let taps = depthwise.ncols();
        let magnitudes = depthwise.iter().map(|weight| f64::from(weight.abs())).collect();
        let parts = groups(depthwise.nrows()).map(|group| (group.start * taps..group.end * taps).collect());
        Self::sorted(parts.collect(), magnitudes)
    }

    /// Filters of a projection: their l2 norms.
    ///
    /// # Arguments
    /// * `project`: shape (filters, channels).
    pub fn filters(project: ArrayView2<'_, f32>) -> Self {
        let square =
            |row: ndarray::ArrayView1<'_, f32>| row.iter().map(|weight| f64::from(*weight).powi(2)).sum::<f64>();
        let magnitudes = project.rows().into_iter().map(|row| square(row).sqrt()).collect();
        Self::sorted(vec![(0..project.nrows()).collect()], magnitudes)
    }

    /// Ties: the later one first, as [`crate::ratios::keep_best`] has it.
    fn sorted(mut parts: Vec<Vec<usize>>, magnitudes: Vec<f64>) -> Self {
        for part in &mut parts {
            part.sort_by(|a, b| magnitudes[*b].total_cmp(&magnitudes[*a]).then(b.cmp(a)));
        }
        Self { parts, magnitudes }
    }

    /// Vectors in all parts.
    pub fn len(&self) -> usize {
        self.magnitudes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.magnitudes.is_empty()
    }

    /// Parts.
    pub fn n_parts(&self) -> usize {
        self.parts.len()
    }

    /// The count at which all stay: the vectors of the largest part.
    pub fn most(&self) -> usize {
        self.parts.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Vectors that stay at a count.
    pub fn n_kept(&self, count: usize) -> usize {
        self.parts.iter().map(|part| part.len().min(count)).sum()
    }

    /// The least count at which no more than a fraction of all vectors goes; what goes falls short of that fraction by
    /// fewer vectors than there are parts.
    ///
    /// # Errors
    /// [`MethodError::Number`] if it is no fraction.
    ///
    /// # Complexity
    /// O(parts log most).
    pub fn count_at(&self, gone: f64) -> Result<usize, MethodError> {
        check_fraction(|| "fraction of vectors that go".into(), gone)?;
        let stay = self.len() - (self.len() as f64 * gone) as usize;
        let (mut least, mut most) = (0, self.most());
        while least < most {
            let middle = (least + most) / 2;
            match self.n_kept(middle) < stay {
                true => least = middle + 1,
                false => most = middle,
            }
        }
        Ok(least)
    }

    /// Which vectors stay at a count, by place.
    ///
    /// # Complexity
    /// O(vectors).
    pub fn kept(&self, count: usize) -> Vec<bool> {
        let mut kept = vec![false; self.len()];
        self.parts.iter().flat_map(|part| part.iter().take(count)).for_each(|place| kept[*place] = true);
        kept
    }

    /// The magnitude that stays at the counts 0, 1, ... [`Self::most`].
    ///
    /// # Complexity
    /// O(vectors).
    pub fn kept_magnitudes(&self) -> Vec<f64> {
        let of_rank = |rank: usize| -> f64 {
            self.parts.iter().filter_map(|part| part.get(rank)).map(|place| self.magnitudes[*place]).sum()
        };
        let mut kept = vec![0.0];
        for rank in 0..self.most() {
            kept.push(kept[rank] + of_rank(rank));
        }
        kept
    }
}
