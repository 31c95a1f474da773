//! Rows of different lengths in one array: the compressed sparse row format (CSR).
//!
//! Row i is `entries[start[i]..start[i + 1]]`. All rows together take two allocations, and a row is one slice. Every
//! list of lists in the solvers is stored so: the resources of each decision, the users of each resource, the children
//! of each node of a forest.

use std::ops::Range;

/// Rows of entries, one after the other in one array.
///
/// ```
/// use secateur_program::CompressedRows;
///
/// // Decision 0 uses resources 2 and 0, decision 2 uses resource 2.
/// let uses = [(0, 2), (2, 2), (0, 0)];
/// let rows = CompressedRows::grouped(3, || uses.into_iter());
/// assert_eq!((rows.row(0), rows.row(1), rows.row(2)), (&[2, 0][..], &[][..], &[2][..]));
/// assert_eq!((rows.n_rows(), rows.n_entries()), (3, 3));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompressedRows<T = u32> {
    /// Where each row starts, and the number of entries at the end. Never empty, never decreasing.
    start: Vec<usize>,
    entries: Vec<T>,
}

impl<T> Default for CompressedRows<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> CompressedRows<T> {
    /// No rows.
    pub fn new() -> Self {
        Self { start: vec![0], entries: Vec::new() }
    }

    /// No rows, with room for some.
    pub fn with_capacity(rows: usize, entries: usize) -> Self {
        let mut start = Vec::with_capacity(rows + 1);
        start.push(0);
        Self { start, entries: Vec::with_capacity(entries) }
    }

    /// The rows of which row i is `entries[start[i]..start[i + 1]]`.
    ///
    /// # Panics
    /// If `start` does not begin with 0, decreases, or does not end with the number of entries.
    pub fn from_parts(start: Vec<usize>, entries: Vec<T>) -> Self {
        assert_eq!(start.first(), Some(&0), "the first row starts at the first entry");
        assert!(start.windows(2).all(|pair| pair[0] <= pair[1]), "rows do not overlap");
        assert_eq!(start.last(), Some(&entries.len()), "the last row ends at the last entry");
        Self { start, entries }
    }

    /// Adds a row behind the others.
    #[inline]
    pub fn push(&mut self, row: impl IntoIterator<Item = T>) {
        self.entries.extend(row);
        self.start.push(self.entries.len());
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.start.len() - 1
    }

    /// Number of entries in all rows together.
    pub fn n_entries(&self) -> usize {
        self.entries.len()
    }

    /// One row. Panics if there is no such row.
    #[inline]
    pub fn row(&self, row: usize) -> &[T] {
        &self.entries[self.start[row]..self.start[row + 1]]
    }

    /// Positions of a row's entries in [`CompressedRows::entries`]. Panics if there is no such row.
    #[inline]
    pub fn range(&self, row: usize) -> Range<usize> {
        self.start[row]..self.start[row + 1]
    }

    /// Where each row starts in [`CompressedRows::entries`], and the number of entries at the end.
    pub fn starts(&self) -> &[usize] {
        &self.start
    }

    /// All rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[T]> + '_ {
        self.start.windows(2).map(|range| &self.entries[range[0]..range[1]])
    }

    /// The entries of all rows, one row after the other.
    pub fn entries(&self) -> &[T] {
        &self.entries
    }
}

impl<T: Copy> CompressedRows<T> {
    /// Groups entries by row, by counting sort: the entries of a row keep the order in which `pairs` gives them.
    ///
    /// # Arguments
    /// * `n_rows`: number of rows.
    /// * `pairs`: gives all pairs (row, entry). It is called twice, to count and to place, and must give the same
    ///   pairs.
    ///
    /// # Panics
    /// If a pair names a row that is not in `0..n_rows`, or if the second call gives other rows than the first.
    ///
    /// # Complexity
    /// O(rows + pairs).
    pub fn grouped<I: Iterator<Item = (usize, T)>>(n_rows: usize, pairs: impl Fn() -> I) -> Self {
        let mut start = vec![0; n_rows + 1];
        let mut any = None;
        pairs().for_each(|(row, entry)| {
            start[row + 1] += 1;
            any = Some(entry);
        });
        let Some(any) = any else { return Self { start, entries: Vec::new() } };
        for row in 0..n_rows {
            start[row + 1] += start[row];
        }
        let mut entries = vec![any; start[n_rows]];
        let mut next = start.clone();
        pairs().for_each(|(row, entry)| {
            entries[next[row]] = entry;
            next[row] += 1;
        });
        assert!(next[..n_rows] == start[1..], "both calls give the same pairs");
        Self { start, entries }
    }
}

impl<T: Copy + Ord> CompressedRows<T> {
    /// Sorts every row and drops entries that a row has already. O(entries log entries of a row).
    pub fn sort_and_dedup(&mut self) {
        let (mut kept, mut begin) = (0, 0);
        for row in 0..self.n_rows() {
            let end = self.start[row + 1];
            self.entries[begin..end].sort_unstable();
            let first = kept;
            for index in begin..end {
                if kept == first || self.entries[kept - 1] != self.entries[index] {
                    self.entries[kept] = self.entries[index];
                    kept += 1;
                }
            }
            begin = end;
            self.start[row + 1] = kept;
        }
        self.entries.truncate(kept);
    }
}

impl CompressedRows<u32> {
    /// The children of every node of a forest, ascending, by the parent of each; `u32::MAX` stands for no parent.
    /// O(nodes).
    ///
    /// # Panics
    /// If a parent is neither a node nor `u32::MAX`.
    pub fn children(parents: &[u32]) -> Self {
        let with_parent =
            |(child, &parent): (usize, &u32)| (parent != u32::MAX).then_some((parent as usize, child as u32));
        Self::grouped(parents.len(), || parents.iter().enumerate().filter_map(with_parent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn grouping_is_pushing_row_by_row(pairs in prop::collection::vec((0usize..6, 0u32..9), 0..40)) {
            let grouped = CompressedRows::grouped(6, || pairs.iter().copied());
            let mut pushed = CompressedRows::new();
            for row in 0..6 {
                pushed.push(pairs.iter().filter(|pair| pair.0 == row).map(|pair| pair.1));
            }
            prop_assert_eq!(&grouped, &pushed);
            prop_assert_eq!(grouped.n_entries(), pairs.len());
            for (row, entries) in grouped.rows().enumerate() {
                prop_assert_eq!(entries, grouped.row(row));
                prop_assert_eq!(entries, &grouped.entries()[grouped.range(row)]);
            }
            let parts = CompressedRows::from_parts(grouped.start.clone(), grouped.entries.clone());
            prop_assert_eq!(&parts, &grouped);
        }

        #[test]
        fn sorted_rows_are_sets(pairs in prop::collection::vec((0usize..4, 0u32..5), 0..40)) {
            let mut rows = CompressedRows::grouped(4, || pairs.iter().copied());
            rows.sort_and_dedup();
            for row in 0..4 {
                let set: std::collections::BTreeSet<u32> =
                    pairs.iter().filter(|pair| pair.0 == row).map(|pair| pair.1).collect();
                prop_assert_eq!(rows.row(row), set.into_iter().collect::<Vec<u32>>());
            }
            prop_assert_eq!(rows.n_rows(), 4);
        }
    }

    #[test]
    fn children_are_listed_by_parent() {
        let rows = CompressedRows::children(&[u32::MAX, 0, 3, u32::MAX, 0]);
        assert_eq!(rows.rows().collect::<Vec<_>>(), [&[1, 4][..], &[], &[], &[2], &[]]);
        assert_eq!(CompressedRows::children(&[]), CompressedRows::new());
    }

    #[test]
    #[should_panic(expected = "rows do not overlap")]
    fn parts_that_are_no_rows_are_refused() {
        let _ = CompressedRows::from_parts(vec![0, 2, 1], vec![7, 8]);
    }
}
