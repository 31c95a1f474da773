//! Lists of node numbers in compressed rows, and turning them round.

use rayon::prelude::*;

/// Rows below this many entries are turned round by one thread.
const PARALLEL_ENTRIES: usize = 1 << 18;

/// Row `v` is `head[start[v]..start[v + 1]]`. In a block: the nodes that tail `v` has pairs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pairs {
    pub(crate) start: Vec<u32>,
    pub(crate) head: Vec<u32>,
}

impl Pairs {
    /// One row.
    pub(crate) fn of(&self, tail: usize) -> &[u32] {
        &self.head[self.start[tail] as usize..self.start[tail + 1] as usize]
    }

    /// Number of rows.
    pub(crate) fn tails(&self) -> usize {
        self.start.len() - 1
    }

    /// Turns rows round: given for each of `n_rows` the ascending columns in it, lists for each of `columns` the rows it is in, ascending.
    ///
    /// Every thread reads all rows and writes a range of columns of its own, so the result does not depend on their number. O(entries).
    pub(crate) fn turned<'r>(rows: impl Fn(usize) -> &'r [u32] + Sync, n_rows: usize, columns: usize) -> Pairs {
        let mut start = vec![0u32; columns + 1];
        for row in 0..n_rows {
            rows(row).iter().for_each(|&column| start[column as usize + 1] += 1);
        }
        for column in 0..columns {
            start[column + 1] += start[column];
        }
        let mut head = vec![0u32; start[columns] as usize];
        let parts = if head.len() < PARALLEL_ENTRIES { 1 } else { rayon::current_num_threads().min(8) };
        // Column ranges of about equally many entries.
        let bounds: Vec<usize> = (0..=parts)
            .map(|part| start.partition_point(|&first| (first as usize) < head.len() * part / parts).min(columns))
            .collect();
        let mut slices = Vec::with_capacity(parts);
        let mut rest = head.as_mut_slice();
        for range in bounds.windows(2) {
            let length = (start[range[1]] - start[range[0]]) as usize;
            let (slice, after) = rest.split_at_mut(length);
            slices.push((range[0] as u32..range[1] as u32, slice));
            rest = after;
        }
        slices.into_par_iter().for_each(|(range, slice)| {
            let base = start[range.start as usize];
            let mut next: Vec<u32> =
                start[range.start as usize..range.end as usize].iter().map(|first| first - base).collect();
            for row in 0..n_rows {
                let columns = rows(row);
                let from = columns.partition_point(|&column| column < range.start);
                for &column in columns[from..].iter().take_while(|&&column| column < range.end) {
                    let slot = &mut next[(column - range.start) as usize];
                    slice[*slot as usize] = row as u32;
                    *slot += 1;
                }
            }
        });
        Pairs { start, head }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn turned_rows_hold_the_same_entries_for_any_number_of_threads(
            rows in prop::collection::vec(prop::collection::btree_set(0u32..7, 0..7), 0..9),
            threads in 1usize..4,
        ) {
            let rows: Vec<Vec<u32>> = rows.into_iter().map(|row| row.into_iter().collect()).collect();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let turned = pool.install(|| Pairs::turned(|row| &rows[row], rows.len(), 7));
            prop_assert_eq!(turned.tails(), 7);
            for column in 0..7u32 {
                let holders = (0..rows.len()).filter(|&row| rows[row].contains(&column)).map(|row| row as u32);
                prop_assert_eq!(turned.of(column as usize), holders.collect::<Vec<u32>>());
            }
        }
    }

    #[test]
    fn many_entries_are_turned_by_ranges() {
        let row: Vec<u32> = (0..600).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let turned = pool.install(|| Pairs::turned(|_| &row, 1000, 600));
        let all: Vec<u32> = (0..1000).collect();
        assert!(turned.head.len() >= PARALLEL_ENTRIES);
        assert!((0..600).all(|column| turned.of(column) == all));
    }
}
