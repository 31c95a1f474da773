//! The fewest of given numbers whose sum lies in an interval: subset sum, by cardinality.
//!
//! ```text
//! min |S|  s.t.  low <= sum_{i in S} value_i <= high,   S a subset of 0 .. n
//! ```
//!
//! Sets of 0, 1, 2, ... numbers are tried in turn, so the first answer has the least cardinality. A set of c numbers
//! consists of a set of ceil(c / 2) and a disjoint set of floor(c / 2) numbers. The sets of both cardinalities are
//! listed in the order of their sums. As the sum of the first grows, the sums of the second that complete it fall, so
//! one pass over both lists finds all candidates: meeting in the middle (Horowitz and Sahni 1974).
//!
//! Numbers are integers, so that answers are exact. Callers scale real numbers first.
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
