//! The bins of one feature at a small node: chains of examples instead of counts.
//!
//! Most nodes of a deep tree hold a few examples, and a histogram would be nearly empty. Here each bin is a linked list of
//! the node's examples and a bit set tells which bins have one, so a pass over a feature costs O(examples + bins / 4096)
//! with no need to clear anything but the bits.

use super::bins::Code;
use super::statistic::Entry;

const END: u32 = u32::MAX;

/// Examples by bin. The content of `head` counts only where the bin's bit is set.
#[derive(Debug, Default)]
pub(super) struct Chains {
    /// First example of each bin, an index into the node's examples.
    head: Vec<u32>,
    /// The next example of the same bin, per example.
    next: Vec<u32>,
    /// Bit `b % 64` of word `b / 64`: bin `b` has an example.
    occupied: Vec<u64>,
    /// Bit `w % 64` of word `w / 64`: word `w` of `occupied` is not zero.
    words: Vec<u64>,
}

impl Chains {
    /// For features of at most `n_bins` bins.
    pub(super) fn new(n_bins: usize) -> Self {
        let n_words = n_bins.div_ceil(64);
        Self {
            head: vec![END; n_bins],
            next: Vec::new(),
            occupied: vec![0; n_words],
            words: vec![0; n_words.div_ceil(64)],
        }
    }

    /// Sorts a node's examples into bins.
    pub(super) fn fill<I, C: Code>(&mut self, examples: &[Entry<I>], column: &[C]) {
        self.clear();
        if self.next.len() < examples.len() {
            self.next.resize(examples.len(), END);
        }
        for (index, (example, next)) in examples.iter().zip(&mut self.next).enumerate() {
            let bin: usize = column[example.row as usize].into();
            let word = &mut self.occupied[bin / 64];
            let bit = 1 << (bin % 64);
            *next = if *word & bit == 0 { END } else { self.head[bin] };
            self.head[bin] = index as u32;
            *word |= bit;
            self.words[bin / 4096] |= 1 << (bin / 64 % 64);
        }
    }

    fn clear(&mut self) {
        for (block, word) in self.words.iter_mut().enumerate() {
            let mut set = std::mem::take(word);
            while set != 0 {
                self.occupied[block * 64 + set.trailing_zeros() as usize] = 0;
                set &= set - 1;
            }
        }
    }

    /// The first bin at or after `bin` that has an example.
    #[inline]
    pub(super) fn first_from(&self, bin: usize) -> Option<usize> {
        let from = |word: u64, bit: usize| word & (u64::MAX << bit);
        let here = from(*self.occupied.get(bin / 64)?, bin % 64);
        if here != 0 {
            return Some(bin / 64 * 64 + here.trailing_zeros() as usize);
        }
        let after = bin / 64 + 1;
        let mut block = after / 64;
        let mut set = from(*self.words.get(block)?, after % 64);
        while set == 0 {
            block += 1;
            set = *self.words.get(block)?;
        }
        let word = block * 64 + set.trailing_zeros() as usize;
        Some(word * 64 + self.occupied[word].trailing_zeros() as usize)
    }

    /// The examples of a bin that has one.
    #[inline]
    pub(super) fn bin(&self, bin: usize) -> impl Iterator<Item = usize> + '_ {
        let mut index = self.head[bin];
        std::iter::from_fn(move || {
            (index != END).then(|| {
                let this = index as usize;
                index = self.next[this];
                this
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bins_come_in_order_with_all_their_examples(
            rounds in prop::collection::vec(prop::collection::vec(prop_oneof![0u16..300, 0u16..=u16::MAX], 0..60), 1..4),
        ) {
            let mut chains = Chains::new(65_536);
            for column in rounds {
                let examples: Vec<Entry<()>> = (0..column.len() as u32).map(|row| Entry { row, item: () }).collect();
                chains.fill(&examples, &column);
                let mut found = Vec::new();
                let mut bin = chains.first_from(0);
                while let Some(this) = bin {
                    found.extend(chains.bin(this).map(|example| (this, example)));
                    bin = chains.first_from(this + 1);
                }
                let mut expected: Vec<(usize, usize)> =
                    column.iter().enumerate().map(|(example, &bin)| (usize::from(bin), example)).collect();
                expected.sort_unstable();
                prop_assert!(found.windows(2).all(|pair| pair[0].0 <= pair[1].0));
                found.sort_unstable();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
