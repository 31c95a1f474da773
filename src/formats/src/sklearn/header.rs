//! What stands beside the arrays: the estimator, what its values mean, names.

use std::collections::BTreeMap;

use secateur_forest::{Aggregation, Forest, Precision, Task};
use serde::{Deserialize, Serialize};

use super::error::{SklearnError, WriteError};
use crate::lightgbm::shown;

/// What the scores of a model mean whose loss is not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// The score is the answer, a number.
    Raw,
}

/// How an estimator keeps its trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Family {
    /// `tree_`: single trees and averaged ones.
    Averaged,
    /// `tree_` of a `GradientBoosting` model: added, times the learning rate.
    Boosted,
    /// Nodes of a `HistGradientBoosting` model: added.
    Histogram,
}

/// What the entries of `value` mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Meaning {
    /// Weighted numbers of examples of each class.
    Counts,
    /// Their fractions.
    Fractions,
    /// The mean of a number.
    Mean,
    /// A score. Probabilities are the logistic function or softmax of `factor` times the sum of scores.
    Score {
        /// The factor, 2 for the exponential loss, else 1.
        factor: f64,
    },
}

/// What a file says beside its arrays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Name of the estimator's class.
    pub estimator: String,
    /// Names of the features, in the order of columns; `x0`, `x1`, ... if the estimator has none.
    pub feature_names: Vec<String>,
    /// How it keeps its trees.
    pub family: Family,
    /// What its values mean.
    pub meaning: Meaning,
    /// What values of leaves (`Boosted`) or of splits (`Histogram`) are still to be multiplied by.
    pub learning_rate: f64,
    /// Whether values of splits are kept that are worth those of leaves. If not, the mean of the leaves below stands
    /// for one.
    pub has_inner_values: bool,
    /// All texts of the file.
    pub texts: BTreeMap<String, String>,
}

/// Keys of the texts.
const KEYS: [&str; 11] = [
    "format",
    "version",
    "estimator",
    "sklearn_version",
    "n_features",
    "feature_names",
    "classes",
    "value",
    "loss",
    "learning_rate",
    "categorical",
];

/// Names of the categories of categorical features.
const CATEGORIES: &str = "categories";

const FORMAT: &str = "secateur-sklearn";
const VERSION: &str = "1";

/// Losses of regression whose score is the answer, under the names of all versions.
const IDENTITY: [&str; 8] =
    ["squared_error", "absolute_error", "huber", "quantile", "ls", "lad", "least_squares", "least_absolute_deviation"];

/// Losses of classification whose probabilities are the logistic function or softmax of the score.
const LOGISTIC: [&str; 5] = ["log_loss", "deviance", "auto", "binary_crossentropy", "categorical_crossentropy"];

/// Losses after whose trees the leaves get values of their own.
const LEAVES_ANEW: [&str; 4] = ["absolute_error", "quantile", "lad", "least_absolute_deviation"];

/// The family and whether it classifies.
fn kind(estimator: &str) -> Option<(Family, bool)> {
    let (name, classifier) = match estimator.strip_suffix("Classifier") {
        Some(name) => (name, true),
        None => (estimator.strip_suffix("Regressor")?, false),
    };
    let family = match name {
        "DecisionTree" | "ExtraTree" | "RandomForest" | "ExtraTrees" => Family::Averaged,
        "GradientBoosting" => Family::Boosted,
        "HistGradientBoosting" => Family::Histogram,
        _ => return None,
    };
    Some((family, classifier))
}

/// The texts of a file, looked up by key.
struct Texts<'a>(&'a BTreeMap<String, String>);

impl Texts<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn required(&self, key: &'static str) -> Result<&str, SklearnError> {
        self.get(key).ok_or(SklearnError::MissingKey { key })
    }

    /// A text that is a list in JSON.
    fn names(&self, key: &'static str, expected: &'static str) -> Result<Vec<String>, SklearnError> {
        let text = self.required(key)?;
        serde_json::from_str(text).map_err(|_| SklearnError::Metadata { key, found: shown(text), expected })
    }

    fn bad(&self, key: &'static str, expected: &'static str) -> SklearnError {
        SklearnError::Metadata { key, found: shown(self.get(key).unwrap_or_default()), expected }
    }
}

impl Header {
    /// Reads the texts; `bytes` is the size of the file, which bounds how many features it may have.
    pub(super) fn of(
        texts: &BTreeMap<String, String>,
        stated: Option<Stated>,
        bytes: usize,
    ) -> Result<(Self, Task), SklearnError> {
        let found = Texts(texts);
        check_format(&found)?;
        let estimator = found.required("estimator")?;
        let (family, classifier) =
            kind(estimator).ok_or_else(|| SklearnError::Estimator { found: shown(estimator) })?;
        let feature_names = feature_names(&found, bytes)?;
        let task = if classifier {
            let classes = found.names("classes", "a list of names")?;
            Task::Classification { classes }
        } else {
            Task::Regression
        };
        check_categories(&found, feature_names.len())?;
        let loss = if family == Family::Averaged { "" } else { found.required("loss")? };
        let meaning = meaning(&found, family, &task, stated)?;
        let learning_rate = if family == Family::Averaged { 1.0 } else { rate(&found)? };
        let has_inner_values = match family {
            Family::Averaged => true,
            // Trees are fitted to residuals. Only here is what they predict what is added.
            Family::Boosted => !classifier && ["squared_error", "ls"].contains(&loss),
            Family::Histogram => !LEAVES_ANEW.contains(&loss),
        };
        let (estimator, texts) = (estimator.to_owned(), texts.clone());
        Ok((Self { estimator, feature_names, family, meaning, learning_rate, has_inner_values, texts }, task))
    }

    /// A header for a forest from elsewhere, of the estimator that combines trees and rounds values as the forest does.
    pub(super) fn for_forest(forest: &Forest, names: &[String]) -> Self {
        let (family, name) = match (forest.aggregation(), forest.precision()) {
            (Aggregation::Mean | Aggregation::Vote, _) => (Family::Averaged, "RandomForest"),
            (Aggregation::Sum, Precision::F32) => (Family::Boosted, "GradientBoosting"),
            (Aggregation::Sum, Precision::F64) => (Family::Histogram, "HistGradientBoosting"),
        };
        let (kind, loss) = match forest.task() {
            Task::Classification { .. } => ("Classifier", "log_loss"),
            Task::Regression => ("Regressor", "squared_error"),
        };
        let meaning = match (family, forest.task()) {
            (Family::Averaged, Task::Classification { .. }) => Meaning::Fractions,
            (Family::Averaged, Task::Regression) => Meaning::Mean,
            _ => Meaning::Score { factor: 1.0 },
        };
        let estimator = format!("{name}{kind}");
        let n_features = forest.n_features();
        let name = |feature: usize| names.get(feature).cloned().unwrap_or_else(|| format!("x{feature}"));
        let feature_names: Vec<String> = (0..n_features).map(name).collect();
        let list = |names: &[String]| serde_json::to_string(names).expect("texts are JSON");
        let mut texts = vec![
            ("format", FORMAT.to_owned()),
            ("version", VERSION.to_owned()),
            ("estimator", estimator.clone()),
            ("n_features", n_features.to_string()),
            ("feature_names", list(&feature_names)),
        ];
        if let Task::Classification { classes } = forest.task() {
            texts.push(("classes", list(classes)));
        }
        match meaning {
            Meaning::Fractions => texts.push(("value", "fractions".into())),
            Meaning::Score { .. } => texts.extend([("loss", loss.to_owned()), ("learning_rate", "1.0".to_owned())]),
            Meaning::Counts | Meaning::Mean => {}
        }
        let texts = texts.into_iter().map(|(key, text)| (key.to_owned(), text)).collect();
        let has_inner_values = family != Family::Boosted || *forest.task() == Task::Regression;
        Self { estimator, feature_names, family, meaning, learning_rate: 1.0, has_inner_values, texts }
    }

    /// The columns with categories, ascending; empty if there are none.
    pub fn categorical(&self) -> Vec<usize> {
        self.texts.get("categorical").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The categories of each column, in the order of their numbers: what trees call 0, 1, ... `None` for columns that
    /// have none, or where the table of the training had numbers for categories already.
    pub fn categories(&self) -> Vec<Option<Vec<String>>> {
        let lists = self.texts.get("categories").and_then(|text| serde_json::from_str::<Vec<Vec<String>>>(text).ok());
        let mut columns = vec![None; self.feature_names.len()];
        for (column, names) in self.categorical().into_iter().zip(lists.unwrap_or_default()) {
            if let Some(categories) = columns.get_mut(column) {
                *categories = Some(names);
            }
        }
        columns
    }

    /// Trees of one iteration, each for a class; of models that add scores.
    pub fn per_iteration(&self, n_outputs: usize) -> usize {
        if n_outputs == 2 { 1 } else { n_outputs }
    }

    /// Whether a model of this estimator can be made of the forest.
    pub(super) fn check(&self, forest: &Forest) -> Result<(), WriteError> {
        let estimator = || self.estimator.clone();
        let averaged = self.family == Family::Averaged;
        if forest.aggregation() != if averaged { Aggregation::Mean } else { Aggregation::Sum } {
            let expected = if averaged { "averaged" } else { "added" };
            return Err(WriteError::Aggregation { estimator: estimator(), expected });
        }
        let (precision, expected) = match self.family {
            Family::Averaged | Family::Boosted => (Precision::F32, "rounded to single precision"),
            Family::Histogram => (Precision::F64, "as they are"),
        };
        if forest.precision() != precision {
            return Err(WriteError::Precision { estimator: estimator(), expected });
        }
        let classes = self.texts.get("classes").and_then(|text| serde_json::from_str::<Vec<String>>(text).ok());
        let expected = classes.map_or(0, |classes| classes.len());
        let found = match forest.task() {
            Task::Classification { classes } => classes.len(),
            Task::Regression => 0,
        };
        if found != expected {
            return Err(WriteError::Header { estimator: estimator(), what: "classes", found, expected });
        }
        let (found, expected) = (forest.n_features(), self.feature_names.len());
        if found != expected {
            return Err(WriteError::Header { estimator: estimator(), what: "features", found, expected });
        }
        Ok(())
    }
}

fn check_format(texts: &Texts<'_>) -> Result<(), SklearnError> {
    let text = |key| texts.get(key).map(shown).unwrap_or_default();
    if text("format") != FORMAT {
        return Err(SklearnError::NotAModel { found: text("format") });
    }
    if text("version") != VERSION {
        return Err(SklearnError::Version { found: text("version") });
    }
    let known = |key: &str| KEYS.contains(&key) || key == CATEGORIES;
    match texts.0.keys().find(|key| !known(key)) {
        Some(key) => Err(SklearnError::UnknownKey { key: shown(key) }),
        None => Ok(()),
    }
}

fn feature_names(texts: &Texts<'_>, bytes: usize) -> Result<Vec<String>, SklearnError> {
    let expected = "a number of features, at most one a byte of the file";
    let number = texts.required("n_features")?.parse().ok().filter(|number| *number <= bytes);
    let number: usize = number.ok_or_else(|| texts.bad("n_features", expected))?;
    if texts.get("feature_names").is_none() {
        return Ok((0..number).map(|feature| format!("x{feature}")).collect());
    }
    let names = texts.names("feature_names", "a list of names")?;
    if names.len() != number {
        return Err(texts.bad("feature_names", "as many names as `n_features` says"));
    }
    Ok(names)
}

/// `categorical` must list columns, ascending, and `categories` as many lists of names.
fn check_categories(texts: &Texts<'_>, n_features: usize) -> Result<(), SklearnError> {
    let list = |text: Option<&str>| text.map(serde_json::from_str::<Vec<usize>>).transpose();
    let columns = list(texts.get("categorical")).ok().map(Option::unwrap_or_default).filter(|columns| {
        columns.windows(2).all(|pair| pair[0] < pair[1]) && columns.last().is_none_or(|last| *last < n_features)
    });
    let columns = columns.ok_or_else(|| texts.bad("categorical", "a list of columns, ascending"))?;
    let names = texts.get(CATEGORIES).map(serde_json::from_str::<Vec<Vec<String>>>).transpose().ok();
    match names {
        Some(names) if names.as_ref().is_none_or(|names| names.len() == columns.len()) => Ok(()),
        _ => Err(texts.bad(CATEGORIES, "a list of names for each column of `categorical`")),
    }
}

fn rate(texts: &Texts<'_>) -> Result<f64, SklearnError> {
    let rate = texts.required("learning_rate")?.parse().ok();
    rate.filter(|rate: &f64| rate.is_finite() && *rate != 0.0)
        .ok_or_else(|| texts.bad("learning_rate", "a finite number other than zero"))
}

/// What the values mean: as the estimator and its loss say, or as stated where that is not supported.
fn meaning(texts: &Texts<'_>, family: Family, task: &Task, stated: Option<Stated>) -> Result<Meaning, SklearnError> {
    let estimator = || texts.get("estimator").unwrap_or_default().to_owned();
    let loss = texts.get("loss").unwrap_or_default();
    let supported = match (family, task) {
        (Family::Averaged, Task::Regression) => Some(Meaning::Mean),
        (Family::Averaged, Task::Classification { .. }) => match texts.required("value")? {
            "fractions" => Some(Meaning::Fractions),
            "counts" => Some(Meaning::Counts),
            _ => return Err(texts.bad("value", "`fractions` or `counts`")),
        },
        (_, Task::Classification { classes }) => {
            if classes.len() < 2 {
                return Err(texts.bad("classes", "at least 2 classes"));
            }
            let exponential = family == Family::Boosted && loss == "exponential" && classes.len() == 2;
            if !exponential && !LOGISTIC.contains(&loss) {
                return Err(texts.bad("loss", "`log_loss`, or `exponential` for two classes"));
            }
            Some(Meaning::Score { factor: if exponential { 2.0 } else { 1.0 } })
        }
        (_, Task::Regression) => IDENTITY.contains(&loss).then_some(Meaning::Score { factor: 1.0 }),
    };
    match (supported, stated) {
        (Some(_), Some(_)) => Err(SklearnError::Stated { estimator: estimator(), loss: shown(loss) }),
        (Some(meaning), None) => Ok(meaning),
        (None, Some(Stated::Raw)) => Ok(Meaning::Score { factor: 1.0 }),
        (None, None) => Err(SklearnError::Loss { loss: shown(loss), estimator: estimator() }),
    }
}
