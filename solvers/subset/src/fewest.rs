//! The search, one cardinality after the other.

use std::ops::RangeInclusive;

use secateur_program::{Control, Stop};

use super::Combinations;
use super::combinations::count;

/// No list has more sets than this (a few hundred megabytes).
const MOST_SETS: usize = 1 << 23;
/// A stop is looked for after so many sets.
const CHECK: usize = 1 << 14;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fewest {
    /// Positions of the numbers in the list given, ascending. `None` if there is no such subset, or none was found in
    /// time.
    pub subset: Option<Vec<usize>>,
    /// No subset of fewer numbers has a sum in the interval. The number of values plus one if no subset at all has.
    pub at_least: usize,
    /// The limit that ended the search.
    pub stop: Option<Stop>,
}

impl Fewest {
    /// Whether the answer is proven: the subset is as small as possible, or there is none. Otherwise a limit was
    /// reached, or lists became too long.
    pub fn is_proven(&self, n_values: usize) -> bool {
        match &self.subset {
            Some(subset) => subset.len() == self.at_least,
            None => self.at_least > n_values,
        }
    }
}

/// Numbers that cannot be summed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubsetError {
    /// Too many for indices of 16 bits.
    #[error("{values} numbers, expected at most 65,536")]
    TooMany {
        /// How many there are.
        values: usize,
    },
    /// A sum might not fit.
    #[error("the absolute values sum up to more than 2^62")]
    TooLarge,
}

/// The fewest numbers whose sum lies in the interval. If several subsets have that size, equal calls give the same one.
///
/// # Arguments
/// * `values`: in any order, of any sign.
/// * `within`: both ends included.
/// * `control`: limits.
///
/// # Errors
/// [`SubsetError`].
///
/// # Complexity
/// For an answer of c numbers O(n^ceil(c/2) log n) time and memory. The search ends without an answer before a list has
/// more than 2^23 sets.
pub fn fewest(values: &[i64], within: RangeInclusive<i64>, control: &Control) -> Result<Fewest, SubsetError> {
    if values.len() > 1 << 16 {
        return Err(SubsetError::TooMany { values: values.len() });
    }
    let total: u128 = values.iter().map(|value| u128::from(value.unsigned_abs())).sum();
    if total > 1 << 62 {
        return Err(SubsetError::TooLarge);
    }
    let total = total as i64;
    let (low, high) = ((*within.start()).max(-total), (*within.end()).min(total));
    let bounds = Bounds::new(values);
    let mut lists = vec![Combinations::new(values, 0)];
    let mut found = Fewest { subset: None, at_least: 0, stop: None };
    for cardinality in 0..=values.len() {
        found.at_least = cardinality;
        let (least, most) = bounds.of(cardinality);
        if low > high || most < low || least > high {
            continue;
        }
        let half = cardinality.div_ceil(2);
        while lists.len() <= half {
            if let Err(stop) = control.check() {
                found.stop = Some(stop);
                return Ok(found);
            }
            if count(values.len(), lists.len(), MOST_SETS).is_none() {
                return Ok(found);
            }
            lists.push(Combinations::new(values, lists.len()));
        }
        match meet(&lists[half], &lists[cardinality - half], (low, high), control) {
            Ok(None) => {}
            Ok(subset) => {
                found.subset = subset;
                return Ok(found);
            }
            Err(stop) => {
                found.stop = Some(stop);
                return Ok(found);
            }
        }
    }
    found.at_least = values.len() + 1;
    Ok(found)
}

/// The union of a set of each list, if two disjoint ones have sums that add up to a number in the interval.
fn meet(
    a: &Combinations,
    b: &Combinations,
    (low, high): (i64, i64),
    control: &Control,
) -> Result<Option<Vec<usize>>, Stop> {
    // The first set of b with a sum of at least `low - sum`. It moves down as the sum of a grows.
    let mut first = b.len();
    for index in 0..a.len() {
        if index % CHECK == 0 {
            control.check()?;
        }
        let sum = a.sum(index);
        while first > 0 && sum + b.sum(first - 1) >= low {
            first -= 1;
        }
        for other in (first..b.len()).take_while(|other| sum + b.sum(*other) <= high) {
            let (own, others) = (a.members(index), b.members(other));
            if own.iter().all(|member| !others.contains(member)) {
                let mut subset: Vec<usize> = own.iter().chain(others).map(|member| usize::from(*member)).collect();
                subset.sort_unstable();
                return Ok(Some(subset));
            }
        }
    }
    Ok(None)
}

/// The least and the largest sum of every cardinality.
struct Bounds {
    least: Vec<i64>,
    most: Vec<i64>,
}

impl Bounds {
    fn new(values: &[i64]) -> Self {
        let mut ascending = values.to_vec();
        ascending.sort_unstable();
        let sums = |values: &mut dyn Iterator<Item = i64>| {
            let mut sums = vec![0];
            values.for_each(|value| sums.push(sums[sums.len() - 1] + value));
            sums
        };
        Self { least: sums(&mut ascending.iter().copied()), most: sums(&mut ascending.iter().rev().copied()) }
    }

    /// The least and the largest sum of so many numbers.
    fn of(&self, cardinality: usize) -> (i64, i64) {
        (self.least[cardinality], self.most[cardinality])
    }
}
