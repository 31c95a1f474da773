//! The sample each tree is grown on.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The random numbers of one tree: a stream of their own, so that trees may be grown in any order on any thread.
pub(super) fn tree_rng(seed: u64, tree: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(tree as u64);
    rng
}

/// How samples are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sampling {
    pub(super) with_replacement: bool,
    /// Fraction of the rows, in (0, 1].
    pub(super) fraction: f64,
}

impl Sampling {
    /// Multiplicity of each of `n_rows` rows in a sample drawn from `usable` rows (ascending indices, not empty).
    ///
    /// Rows that are not usable get 0. O(n_rows).
    pub(super) fn draw(&self, n_rows: usize, usable: &[u32], rng: &mut ChaCha8Rng) -> Vec<u16> {
        let mut multiplicity = vec![0u16; n_rows];
        let n_usable = usable.len() as u32;
        let size = ((self.fraction * f64::from(n_usable)).round() as u32).clamp(1, n_usable);
        if self.with_replacement {
            for _ in 0..size {
                let row = usable[rng.random_range(0..n_usable) as usize] as usize;
                multiplicity[row] = multiplicity[row].saturating_add(1);
            }
        } else if size == n_usable {
            usable.iter().for_each(|&row| multiplicity[row as usize] = 1);
        } else {
            let mut order = usable.to_vec();
            for place in 0..size {
                order.swap(place as usize, rng.random_range(place..n_usable) as usize);
                multiplicity[order[place as usize] as usize] = 1;
            }
        }
        multiplicity
    }
}

/// Draws feature lists in random order without copying them: a permutation that is put back after use.
#[derive(Debug, Default)]
pub(super) struct Shuffle {
    /// The identity, between uses.
    place: Vec<u32>,
    /// Places drawn since the start.
    swapped: Vec<u32>,
    len: u32,
}

impl Shuffle {
    /// Starts anew on `0..len`.
    pub(super) fn start(&mut self, len: usize) {
        for (drawn, &other) in self.swapped.iter().enumerate() {
            self.place[drawn] = drawn as u32;
            self.place[other as usize] = other;
        }
        self.swapped.clear();
        self.place.extend(self.place.len() as u32..len as u32);
        self.len = len as u32;
    }

    /// A number not drawn since the start; `None` when all were.
    pub(super) fn draw(&mut self, rng: &mut ChaCha8Rng) -> Option<usize> {
        let next = self.swapped.len() as u32;
        if next == self.len {
            return None;
        }
        let other = rng.random_range(next..self.len);
        self.place.swap(next as usize, other as usize);
        self.swapped.push(other);
        Some(self.place[next as usize] as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_have_the_size_asked_for_and_only_usable_rows() {
        let usable = [1, 2, 5, 6];
        for (with_replacement, fraction, size) in
            [(true, 1.0, 4), (true, 0.5, 2), (false, 1.0, 4), (false, 0.75, 3), (true, 1e-9, 1)]
        {
            for tree in 0..20 {
                let drawn = Sampling { with_replacement, fraction }.draw(8, &usable, &mut tree_rng(3, tree));
                assert_eq!(drawn.iter().map(|&m| usize::from(m)).sum::<usize>(), size);
                assert_eq!(drawn.len(), 8);
                assert!((0..8).all(|row| drawn[row] == 0 || usable.contains(&(row as u32))));
                assert!(with_replacement || drawn.iter().all(|&m| m <= 1));
            }
        }
    }

    #[test]
    fn trees_have_streams_of_their_own() {
        let first = |seed, tree| tree_rng(seed, tree).random::<u64>();
        assert_eq!(first(1, 0), first(1, 0));
        assert_ne!(first(1, 0), first(1, 1));
        assert_ne!(first(1, 0), first(2, 0));
    }

    #[test]
    fn a_shuffle_is_a_permutation_and_starts_afresh() {
        let mut shuffle = Shuffle::default();
        let mut rng = tree_rng(0, 0);
        let mut firsts = [0; 3];
        for round in 0..3000 {
            let len = [5, 3, 9][round % 3];
            shuffle.start(len);
            let taken = if round % 2 == 0 { len } else { len / 2 };
            let mut drawn: Vec<usize> = (0..taken).map(|_| shuffle.draw(&mut rng).unwrap()).collect();
            assert!(taken < len || shuffle.draw(&mut rng).is_none());
            if len == 3 {
                firsts[drawn[0]] += 1;
            }
            drawn.sort_unstable();
            drawn.dedup();
            assert!(drawn.len() == taken && drawn.iter().all(|&place| place < len));
        }
        assert!(firsts.iter().all(|&count| (250..420).contains(&count)), "{firsts:?}");
    }
}
