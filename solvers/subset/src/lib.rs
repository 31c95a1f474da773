//! The fewest of given numbers whose sum lies in an interval: subset sum, by cardinality.
//!
//! ```text
//! min |S|  s.t.  low <= sum_{i in S} value_i <= high,   S a subset of 0 .. n
//! ```
//!
//! Sets of 0, 1, 2, ... numbers in turn: a set of c is one of ceil(c / 2) and one of floor(c / 2), so both kinds are listed in order of their sums
//! and met in the middle (Horowitz and Sahni 1974). The first cardinality with an answer is the least. Numbers are integers, so that answers are exact;
//! callers scale theirs.
//!
//! ```
//! use secateur_program::Control;
//! use secateur_subset::fewest;
//!
//! let values = [50, 31, 19, 8, 3];
//! let found = fewest(&values, 56..=58, &Control::new())?;
//! assert_eq!(found.subset, Some(vec![0, 3])); // 50 + 8: no single number will do
//! assert_eq!(found.at_least, 2);
//! # Ok::<(), secateur_subset::SubsetError>(())
//! ```

mod combinations;
mod fewest;
#[cfg(test)]
mod tests;

pub use fewest::{Fewest, SubsetError, fewest};

use combinations::Combinations;
