//! The serde form of smartcore's forests, the fields that matter.
//!
//! Unknown fields are skipped. Node lists report which tree and node was malformed.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// A forest of either kind: exactly one of `forest_regressor` and `trees` is present once it is fitted.
#[derive(serde::Deserialize)]
pub(super) struct Document {
    /// Random forest regressor, extra trees regressor.
    #[serde(default)]
    pub(super) forest_regressor: Option<RegressorForest>,
    /// Random forest classifier.
    #[serde(default)]
    pub(super) trees: Option<List<ClassifierTree>>,
    /// Class labels, ascending; a node's output is an index into them.
    #[serde(default)]
    pub(super) classes: Option<Vec<serde_json::Number>>,
    /// Per tree and row, whether the row is in the bag.
    #[serde(default)]
    pub(super) samples: Option<Vec<Vec<bool>>>,
}

#[derive(serde::Deserialize)]
pub(super) struct RegressorForest {
    #[serde(default)]
    pub(super) trees: Option<List<RegressorTree>>,
    #[serde(default)]
    pub(super) num_features: Option<usize>,
    #[serde(default)]
    pub(super) samples: Option<Vec<Vec<bool>>>,
}

#[derive(serde::Deserialize)]
pub(super) struct ClassifierTree {
    pub(super) nodes: List<Node<usize>>,
    pub(super) classes: Vec<serde_json::Number>,
    pub(super) num_features: usize,
}

#[derive(serde::Deserialize)]
pub(super) struct RegressorTree {
    pub(super) nodes: List<Node<f64>>,
}

/// One node; `Output` is a class index or a mean.
#[derive(serde::Deserialize)]
pub(super) struct Node<Output> {
    pub(super) output: Output,
    /// Examples of the bag, classifier only.
    #[serde(default)]
    pub(super) n_node_samples: Option<u64>,
    pub(super) split_feature: usize,
    // Deserialized by name because a plain `Option` would take an absent field for null.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) split_value: Option<f64>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) true_child: Option<usize>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) false_child: Option<usize>,
}

/// What an entry of a [`List`] is called in messages.
pub(super) trait Entry {
    const NAME: &'static str;
}

impl Entry for ClassifierTree {
    const NAME: &'static str = "tree";
}

impl Entry for RegressorTree {
    const NAME: &'static str = "tree";
}

impl<Output> Entry for Node<Output> {
    const NAME: &'static str = "node";
}

/// A sequence whose error messages say which entry is wrong.
pub(super) struct List<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de> + Entry> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Entry> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list with one entry per {}", T::NAME)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
        let mut entries = Vec::new();
        loop {
            match seq.next_element() {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => return Ok(List(entries)),
                Err(error) => return Err(A::Error::custom(format!("{} {}: {error}", T::NAME, entries.len()))),
            }
        }
    }
}
