//! Splits on categories: `cat_boundaries` and `cat_threshold`, read and written.
//!
//! The threshold of such a split is the index of its bitset: the words `cat_boundaries[i]..cat_boundaries[i + 1]` of
//! `cat_threshold`, 32 categories each, the lowest bit first. LightGBM rounds a value towards zero into 31 bits; members go left.

use std::collections::BTreeMap;

use super::direction::{CATEGORICAL, CATEGORICAL_NAN, CATEGORICAL_NOTHING, categorical};
use super::error::{LightGbmError, WriteError};
use super::text::Block;
use secateur_forest::{Categories, CategorySplit, Forest, MissingDirection};

/// Categories of a word.
const BITS: u32 = 32;

/// Most words of one bitset: LightGBM's categories have 31 bits.
const MOST_WORDS: usize = 1 << 26;

/// Most words that are written: 64 MiB of text. A set of few large categories has many.
const MOST_WRITTEN: usize = 1 << 25;

/// The splits on categories of a tree's text, by their index.
///
/// # Errors
/// [`LightGbmError`] for bitsets that are not there or that no split, or more than one, names.
pub(super) fn read(
    block: &Block<'_>,
    decisions: &[u8],
    thresholds: &[f64],
) -> Result<BTreeMap<u32, CategorySplit>, LightGbmError> {
    let expected = block.number("num_cat", "a number of categorical splits")?;
    let found = decisions.iter().filter(|&decision| decision & CATEGORICAL != 0).count();
    if found != expected {
        return Err(block.bad("num_cat", 0, &expected.to_string(), "the number of splits on categories"));
    }
    if found == 0 {
        return Ok(BTreeMap::new());
    }
    let bitsets = Bitsets::of(block, found)?;
    let mut taken = vec![false; found];
    let mut splits = BTreeMap::new();
    for (node, (&decision, &index)) in decisions.iter().zip(thresholds).enumerate() {
        if decision & CATEGORICAL == 0 {
            continue;
        }
        let bad = |expected| block.bad("threshold", node, &index.to_string(), expected);
        if !(index >= 0.0 && index < found as f64 && index.fract() == 0.0) {
            return Err(bad("the index of a bitset of categories"));
        }
        if std::mem::replace(&mut taken[index as usize], true) {
            return Err(bad("the index of a bitset that no other split has"));
        }
        splits.insert(node as u32, CategorySplit { members: bitsets.members(index as usize), members_left: true });
    }
    Ok(splits)
}

struct Bitsets {
    boundaries: Vec<usize>,
    words: Vec<u32>,
}

impl Bitsets {
    fn of(block: &Block<'_>, count: usize) -> Result<Self, LightGbmError> {
        let boundaries: Vec<usize> = block.list("cat_boundaries", count + 1, "a number of words")?;
        let wrong = |pair: &[usize]| !(pair[0] <= pair[1] && pair[1] - pair[0] <= MOST_WORDS);
        if let Some(index) = boundaries.windows(2).position(wrong) {
            let found = boundaries[index + 1].to_string();
            return Err(block.bad("cat_boundaries", index + 1, &found, "at least the one before, at most 2^26 more"));
        }
        let words = block.list("cat_threshold", boundaries[count], "a word of 32 bits")?;
        Ok(Self { boundaries, words })
    }

    fn members(&self, index: usize) -> Vec<u32> {
        let words = &self.words[self.boundaries[index]..self.boundaries[index + 1]];
        let bits = |(word, &bits): (usize, &u32)| {
            (0..BITS).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word as u32 * BITS + bit)
        };
        words.iter().enumerate().flat_map(bits).collect()
    }
}

/// The `decision_type` of a split on categories, the recorded one where it still holds.
///
/// # Errors
/// [`WriteError::MissingWithMembers`]: LightGBM sends missing values to where the members do not go.
pub(super) fn decision(
    forest: &Forest,
    node: usize,
    split: Categories<'_>,
    recorded: Option<u8>,
) -> Result<u8, WriteError> {
    let missing = forest.missing(node);
    let with_others = if split.members_left() { MissingDirection::Right } else { MissingDirection::Left };
    match recorded.filter(|&decision| categorical(decision)) {
        _ if missing == MissingDirection::Refuse => Ok(CATEGORICAL_NOTHING),
        _ if missing != with_others => Err(WriteError::MissingWithMembers { node }),
        Some(decision) => Ok(decision),
        None => Ok(CATEGORICAL_NAN),
    }
}

/// The bitsets of a tree's text as they are written.
pub(super) struct Written {
    boundaries: Vec<usize>,
    words: Vec<u32>,
}

impl Written {
    pub(super) fn new() -> Self {
        Self { boundaries: vec![0], words: Vec::new() }
    }

    /// Number of bitsets so far.
    pub(super) fn len(&self) -> usize {
        self.boundaries.len() - 1
    }

    /// Adds the members of a split, and says which index they have.
    ///
    /// # Errors
    /// [`WriteError::Category`] for a category that LightGBM has no number for, or that would need too long a text.
    pub(super) fn push(&mut self, node: usize, members: &[u32]) -> Result<usize, WriteError> {
        let start = self.words.len();
        let last = members.last().map_or(0, |last| last / BITS) as usize;
        if last >= MOST_WORDS || start + last >= MOST_WRITTEN {
            return Err(WriteError::Category { node, category: members.last().copied().unwrap_or_default() });
        }
        self.words.resize(start + last + 1, 0);
        for member in members {
            self.words[start + (member / BITS) as usize] |= 1 << (member % BITS);
        }
        self.boundaries.push(self.words.len());
        Ok(self.len() - 1)
    }

    pub(super) fn boundaries(&self) -> &[usize] {
        &self.boundaries
    }

    pub(super) fn words(&self) -> &[u32] {
        &self.words
    }
}
