//! Which training rows each tree was grown on.

use serde::{Deserialize, Serialize};

/// How often each training row entered each tree's bootstrap sample.
///
/// Rows with multiplicity 0 are *out of bag* for that tree: the tree has not seen them, so its loss on them is honest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "InBagData")]
pub struct InBag {
    n_rows: usize,
    /// One vector of length `n_rows` per tree.
    multiplicity: Vec<Vec<u16>>,
}

#[derive(Deserialize)]
struct InBagData {
    n_rows: usize,
    multiplicity: Vec<Vec<u16>>,
}

impl TryFrom<InBagData> for InBag {
    type Error = &'static str;

    fn try_from(data: InBagData) -> Result<Self, Self::Error> {
        InBag::new(data.n_rows, data.multiplicity).ok_or("a tree's bootstrap record has not one entry per row")
    }
}

impl InBag {
    /// One vector of multiplicities per tree, all of length `n_rows`; `None` if a length differs.
    pub fn new(n_rows: usize, multiplicity: Vec<Vec<u16>>) -> Option<Self> {
        multiplicity.iter().all(|tree| tree.len() == n_rows).then_some(Self { n_rows, multiplicity })
    }

    /// Number of training rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of trees.
    pub fn n_trees(&self) -> usize {
        self.multiplicity.len()
    }

    /// Multiplicities of all rows in one tree's sample, length `n_rows`.
    pub fn tree(&self, tree: usize) -> &[u16] {
        &self.multiplicity[tree]
    }
}
