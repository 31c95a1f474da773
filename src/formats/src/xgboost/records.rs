//! What a model records beside the forest, kept for the way back.

use serde::{Deserialize, Serialize};

use super::error::Syntax;
use super::value::{Typed, Value};

/// What a file records beside the forest and its gains: nothing that predictions depend on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// Sum of second derivatives at each node; empty if not recorded.
    pub covers: Vec<f32>,
    /// Weight of each node before the learning rate, row-major `(n_nodes, width)`: one number, or with vector leaves
    /// one per class. At leaves the learning rate may be in it. Empty if not recorded.
    pub base_weights: Vec<f32>,
    /// The place of each node in its tree of the file.
    pub places: Vec<u32>,
    /// Splits whose condition is not the one that its threshold stands for (-0, or no finite number): node, and the
    /// condition's bits.
    pub odd_conditions: Vec<(u32, u32)>,
    /// What is recorded of each tree.
    pub trees: Vec<TreeRecord>,
    /// What stands around the trees.
    pub header: Header,
}

/// What is recorded of a tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreeRecord {
    /// The class whose score it adds to; 0 where there is one score, or one per class in each leaf.
    pub group: u32,
    /// The iteration that grew it.
    pub iteration: u32,
    /// What its leaves are multiplied by (`weight_drop` of the booster `dart`), 1 where none is recorded.
    pub weight: f32,
    /// The learning rate that its inner values are scaled by, as the file lets it be found out; `None` if it does
    /// not: inner values are then means of the leaves below, by cover.
    pub learning_rate: Option<f32>,
    /// Nodes of the file that are marked as deleted. They were left out.
    pub deleted: u32,
}

/// What the scores of a model mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Objective {
    /// Two classes: the probability of the second is the logistic function of the score. The objective's name.
    Logistic(String),
    /// Several classes: softmax of their scores. The objective's name.
    Softmax(String),
    /// Regression or ranking: the score is the prediction. The objective's name.
    Identity(String),
}

impl Objective {
    /// The name in the file.
    pub fn name(&self) -> &str {
        match self {
            Objective::Logistic(name) | Objective::Softmax(name) | Objective::Identity(name) => name,
        }
    }
}

/// What stands around the trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The syntax of the file.
    pub syntax: Syntax,
    /// What the scores mean.
    pub objective: Objective,
    /// Names of the features in the order of columns, `f0`, `f1`, ... where the file has none.
    pub feature_names: Vec<String>,
    /// Whether a leaf has a score for every class.
    pub vector_leaves: bool,
    /// Everything else, with the list of trees left empty.
    pub(super) document: Value,
}

impl Header {
    /// The type of each feature as the file names it (`c` for categories, `float`, `int`, `i`, `q`); empty if there
    /// are none.
    pub fn feature_types(&self) -> Vec<String> {
        texts(self.learner().and_then(|learner| learner.get("feature_types")))
    }

    /// The iteration at which validation was best, from 0, where early stopping recorded it.
    ///
    /// `Booster.predict` takes all trees in spite of it, and so does the forest; the wrappers for scikit-learn take the
    /// iterations up to this one ([`Imported::up_to_best`](super::Imported::up_to_best)).
    pub fn best_iteration(&self) -> Option<usize> {
        match self.learner()?.get("attributes")?.get("best_iteration")? {
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The categories of each feature in the order of the codes that its splits compare, where the file has them
    /// (version 3.1 and later, trained on a data frame): texts as they are, numbers as digits. `None` for features
    /// without, and for those with a text that is not ASCII: XGBoost 3.2 counts characters where it means bytes, so
    /// that it cannot be told where such texts begin.
    ///
    /// A table that holds such categories as texts must be turned into codes by these lists before the forest sees it.
    pub fn categories(&self) -> Vec<Option<Vec<String>>> {
        let lists = self.model().and_then(|model| model.get("cats")).and_then(|cats| cats.get("enc"));
        let mut categories = match lists {
            Some(Value::Array(lists)) => lists.iter().map(category_names).collect(),
            _ => Vec::new(),
        };
        categories.resize(self.feature_names.len(), None);
        categories
    }

    fn learner(&self) -> Option<&Value> {
        self.document.get("learner")
    }

    /// The object that has the trees.
    fn model(&self) -> Option<&Value> {
        let booster = self.learner()?.get("gradient_booster")?;
        booster.get("gbtree").unwrap_or(booster).get("model")
    }
}

/// The texts of a list.
pub(super) fn texts(list: Option<&Value>) -> Vec<String> {
    let Some(Value::Array(list)) = list else { return Vec::new() };
    let text = |value: &Value| match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    list.iter().filter_map(text).collect()
}

/// The categories of one feature: bytes of all texts with their offsets, or numbers.
fn category_names(list: &Value) -> Option<Vec<String>> {
    let values = list.get("values")?.clone();
    let Some(offsets) = list.get("offsets") else {
        let numbers = values.integers()?;
        return Some(numbers.iter().map(i64::to_string).collect());
    };
    let offsets = offsets.clone().integers()?;
    let bytes: Vec<u8> = match values {
        Value::Typed(Typed::U8(bytes)) => bytes,
        other => other.integers()?.into_iter().map(|byte| byte as u8).collect(),
    };
    if offsets.len() < 2 || !bytes.is_ascii() {
        return None;
    }
    let name = |pair: &[i64]| {
        let [from, to] = [usize::try_from(pair[0]).ok()?, usize::try_from(pair[1]).ok()?];
        Some(String::from_utf8_lossy(bytes.get(from..to)?).into_owned())
    };
    offsets.windows(2).map(name).collect()
}
