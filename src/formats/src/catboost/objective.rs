//! What the scores of a model mean, as its recorded loss says.

use secateur_forest::{Forest, Task};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::CatBoostError;
use crate::lightgbm::shown;

/// What the scores of a model mean that does not say so itself: one trained with a loss of one's own, or with one that
/// is not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// The score is the answer.
    Raw,
    /// Two classes: the probability of the second is the logistic function of the score. Only where no loss is
    /// recorded.
    Binary,
    /// Several classes: softmax of their scores. Only where no loss is recorded.
    Multiclass,
}

/// What the scores of a model mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Objective {
    /// One score: the probability of the second class is its logistic function.
    Binary,
    /// A score per class: softmax.
    Multiclass,
    /// The score is the prediction. Name of the loss.
    Identity(String),
}

/// Losses whose score is the answer.
const IDENTITY: [&str; 21] = [
    "RMSE",
    "MAE",
    "Quantile",
    "MAPE",
    "Lq",
    "Huber",
    "Expectile",
    "LogCosh",
    "RMSPE",
    "MSLE",
    "GroupQuantile",
    "YetiRank",
    "YetiRankPairwise",
    "PairLogit",
    "PairLogitPairwise",
    "QueryRMSE",
    "QuerySoftMax",
    "StochasticFilter",
    "StochasticRank",
    "LambdaMart",
    "UserPerObjMetric",
];

impl Objective {
    /// Reads the loss of `model_info`; `scores` is the number of scores per leaf.
    pub(super) fn of(info: &Value, scores: usize, stated: Option<Stated>) -> Result<Self, CatBoostError> {
        let loss = info.pointer("/params/loss_function/type").and_then(Value::as_str).unwrap_or_default();
        let supported = match loss {
            "Logloss" | "CrossEntropy" => Some(Objective::Binary),
            "MultiClass" => Some(Objective::Multiclass),
            loss if IDENTITY.contains(&loss) => Some(Objective::Identity(loss.into())),
            _ => None,
        };
        // Losses of one's own are called by what CatBoost made of them.
        let custom = loss.is_empty() || loss.starts_with("PythonUserDefined");
        let objective = match (supported, stated) {
            (Some(_), Some(_)) => return Err(CatBoostError::Stated { loss: shown(loss) }),
            (Some(objective), None) => objective,
            (None, Some(Stated::Raw)) => Objective::Identity(loss.into()),
            (None, Some(Stated::Binary)) if custom => Objective::Binary,
            (None, Some(Stated::Multiclass)) if custom => Objective::Multiclass,
            (None, None) if custom => return Err(CatBoostError::NoLoss),
            (None, _) => return Err(CatBoostError::Loss { loss: shown(loss) }),
        };
        match (&objective, scores) {
            (Objective::Multiclass, 2..) | (Objective::Binary | Objective::Identity(_), 1) => Ok(objective),
            (Objective::Multiclass, found) => Err(CatBoostError::Scores { found, expected: "at least two" }),
            (_, found) => Err(CatBoostError::Scores { found, expected: "one" }),
        }
    }

    /// The task, with the recorded names of classes, or with their numbers.
    pub(super) fn task(&self, info: &Value, scores: usize) -> Result<Task, CatBoostError> {
        let expected = match self {
            Objective::Identity(_) => return Ok(Task::Regression),
            Objective::Binary => 2,
            Objective::Multiclass => scores,
        };
        let names = ["/class_params/class_names", "/multiclass_params/class_names"];
        let names = names.iter().find_map(|at| info.pointer(at)?.as_array());
        let Some(names) = names.filter(|names| !names.is_empty()) else {
            return Ok(Task::Classification { classes: (0..expected).map(|class| class.to_string()).collect() });
        };
        if names.len() != expected {
            return Err(CatBoostError::Classes { found: names.len(), expected });
        }
        // Tables say True and False as Python does.
        let name = |name: &Value| match name {
            Value::String(name) => name.clone(),
            Value::Bool(name) => (if *name { "True" } else { "False" }).to_owned(),
            other => other.to_string(),
        };
        Ok(Task::Classification { classes: names.iter().map(name).collect() })
    }

    /// That of a forest from elsewhere, and a `model_info` which says so.
    pub(super) fn for_forest(forest: &Forest) -> (Self, Value) {
        let (objective, loss) = match forest.task() {
            Task::Regression => (Objective::Identity("RMSE".into()), "RMSE"),
            Task::Classification { classes } if classes.len() == 2 => (Objective::Binary, "Logloss"),
            Task::Classification { .. } => (Objective::Multiclass, "MultiClass"),
        };
        let mut info = json!({ "params": { "loss_function": { "type": loss, "params": {} } } });
        if let Task::Classification { classes } = forest.task() {
            info["class_params"] = json!({
                "class_label_type": "String",
                "class_names": classes,
                "class_to_label": (0..classes.len()).collect::<Vec<_>>(),
                "classes_count": 0,
            });
        }
        (objective, info)
    }

    /// Where the scores of a leaf stand among the forest's.
    pub(super) fn first_output(&self) -> usize {
        usize::from(*self == Objective::Binary)
    }
}
