//! What a file says beside the forest, kept for the way back.

use std::collections::BTreeMap;

use secateur_forest::Forest;
use serde::{Deserialize, Serialize};

use super::header::Header;

/// What a file records beside the forest and its gains: nothing that predictions depend on. One entry per node where
/// nothing else is said; lists are empty where nothing is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// Number of training examples at each node (`n_node_samples`).
    pub counts: Vec<u64>,
    /// Their weight (`weighted_n_node_samples`).
    pub weights: Vec<f64>,
    /// Impurity at each node, in the measure that the trees were grown with.
    pub impurities: Vec<f64>,
    /// The values of the file, row-major: one column per class, or one.
    pub values: Vec<f64>,
    /// The place of each node in its tree of the file; empty if nodes stand in preorder.
    pub places: Vec<u32>,
    /// The gains of the file. Leaves may have one too: of a split that was found and not made. Where there are none,
    /// those of splits are computed from impurities.
    pub gains: Vec<f64>,
    /// Whether the file says where missing values go. If not, the estimator refuses them.
    pub missing_is_recorded: bool,
    /// Bin of the threshold of each split (`HistGradientBoosting`): training goes on from it.
    pub bins: Vec<u8>,
    /// The set of bins that go left, of splits on categories: training goes on from it.
    pub category_bins: BTreeMap<u32, [u32; 8]>,
    /// The categories that training knew, of each column that has some: a set of 256 bits.
    pub known_categories: Vec<[u32; 8]>,
    /// The estimator and all else that is said once.
    pub header: Header,
}

impl Records {
    /// Nothing but a header.
    pub(super) fn none(header: Header, missing_is_recorded: bool) -> Self {
        Self {
            counts: Vec::new(),
            weights: Vec::new(),
            impurities: Vec::new(),
            values: Vec::new(),
            places: Vec::new(),
            gains: Vec::new(),
            missing_is_recorded,
            bins: Vec::new(),
            category_bins: BTreeMap::new(),
            known_categories: Vec::new(),
            header,
        }
    }

    /// Whether they are of a forest with so many nodes and features.
    pub fn fit(&self, forest: &Forest) -> bool {
        let fits = |found: usize| found == 0 || found == forest.n_nodes();
        let lists = [
            self.counts.len(),
            self.weights.len(),
            self.impurities.len(),
            self.gains.len(),
            self.places.len(),
            self.bins.len(),
        ];
        lists.into_iter().all(fits)
            && [0, forest.n_nodes(), forest.n_nodes() * forest.n_outputs()].contains(&self.values.len())
            && self.header.feature_names.len() == forest.n_features()
    }

    /// Those of the nodes that are left; `None` if `origin` has others than `n_nodes`.
    pub(super) fn kept(&self, origin: &[u32], n_nodes: usize) -> Option<Self> {
        let columns = self.values.len() / n_nodes.max(1);
        let rows = origin.iter().map(|&node| self.values.get(node as usize * columns..(node as usize + 1) * columns));
        let bits = |(node, old): (u32, &u32)| Some((node, *self.category_bins.get(old)?));
        Some(Self {
            counts: kept(&self.counts, origin)?,
            weights: kept(&self.weights, origin)?,
            impurities: kept(&self.impurities, origin)?,
            gains: kept(&self.gains, origin)?,
            values: rows.collect::<Option<Vec<_>>>()?.concat(),
            places: kept(&self.places, origin)?,
            bins: kept(&self.bins, origin)?,
            category_bins: (0u32..).zip(origin).filter_map(bits).collect(),
            known_categories: self.known_categories.clone(),
            ..Self::none(self.header.clone(), self.missing_is_recorded)
        })
    }
}

/// The entries of nodes that are left; nothing stays nothing.
fn kept<T: Copy>(entries: &[T], origin: &[u32]) -> Option<Vec<T>> {
    let origin = if entries.is_empty() { &[] } else { origin };
    origin.iter().map(|&node| entries.get(node as usize).copied()).collect()
}
