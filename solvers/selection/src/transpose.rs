//! The transposition of compressed rows, by several threads where there are many entries.

use rayon::prelude::*;
use secateur_program::CompressedRows;

/// Fewer entries than this are transposed by one thread.
const PARALLEL_ENTRIES: usize = 1 << 18;

/// For every column the rows that have an entry in it, ascending. Row i is `row(i)`: its columns, ascending.
///
/// Every thread reads all rows and writes a range of columns of its own, so the result does not depend on the number of
/// threads. There are fewer than 2^32 entries, as in every program. O(rows + columns + entries).
pub(crate) fn transpose<'r>(
    row: impl Fn(usize) -> &'r [u32] + Sync,
    n_rows: usize,
    n_columns: usize,
) -> CompressedRows {
    let mut count = vec![0u32; n_columns];
    for index in 0..n_rows {
        row(index).iter().for_each(|&column| count[column as usize] += 1);
    }
    let mut start = Vec::with_capacity(n_columns + 1);
    start.push(0);
    for count in count {
        start.push(start[start.len() - 1] + count as usize);
    }
    let mut entries = vec![0u32; start[n_columns]];
    let parts = if entries.len() < PARALLEL_ENTRIES { 1 } else { rayon::current_num_threads().min(8) };
    // Ranges of columns with about equally many entries, and the part of the entries that belongs to each.
    let bounds: Vec<usize> = (0..=parts)
        .map(|part| start.partition_point(|&first| first < entries.len() * part / parts).min(n_columns))
        .collect();
    let mut slices = Vec::with_capacity(parts);
    let mut rest = entries.as_mut_slice();
    for range in bounds.windows(2) {
        let (slice, after) = rest.split_at_mut(start[range[1]] - start[range[0]]);
        slices.push((range[0]..range[1], slice));
        rest = after;
    }
    slices.into_par_iter().for_each(|(columns, slice)| {
        let base = start[columns.start];
        let mut next: Vec<u32> = start[columns.clone()].iter().map(|first| (first - base) as u32).collect();
        let (begin, end) = (columns.start as u32, columns.end as u32);
        for index in 0..n_rows {
            let entries = row(index);
            let from = entries.partition_point(|&column| column < begin);
            for &column in entries[from..].iter().take_while(|&&column| column < end) {
                let slot = &mut next[(column - begin) as usize];
                slice[*slot as usize] = index as u32;
                *slot += 1;
            }
        }
    });
    CompressedRows::from_parts(start, entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn transposed_rows_hold_the_same_entries_for_any_number_of_threads(
            rows in prop::collection::vec(prop::collection::btree_set(0u32..7, 0..7), 0..9),
            threads in 1usize..4,
        ) {
            let rows: Vec<Vec<u32>> = rows.into_iter().map(|row| row.into_iter().collect()).collect();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let transposed = pool.install(|| transpose(|row| &rows[row], rows.len(), 7));
            prop_assert_eq!(transposed.n_rows(), 7);
            for column in 0..7u32 {
                let holders = (0..rows.len()).filter(|&row| rows[row].contains(&column)).map(|row| row as u32);
                prop_assert_eq!(transposed.row(column as usize), holders.collect::<Vec<u32>>());
            }
        }
    }

    #[test]
    fn many_entries_are_transposed_by_ranges() {
        let row: Vec<u32> = (0..600).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let transposed = pool.install(|| transpose(|_| &row, 1000, 600));
        let all: Vec<u32> = (0..1000).collect();
        assert!(transposed.n_entries() >= PARALLEL_ENTRIES);
        assert!((0..600).all(|column| transposed.row(column) == all));
    }
}
