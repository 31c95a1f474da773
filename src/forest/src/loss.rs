//! The losses that a tree is pruned by: what a node pays for predicting as a leaf.

use serde::{Deserialize, Serialize};

use super::model::Task;

/// What a tree pays for predicting node value p when the answer is y.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// 1 if the most frequent class of the node is not y (Nan, Wang and Saligrama 2016).
    Misclassification,
    /// Brier score, sum over classes of `(p_c - [c = y])^2`; on the training sample this is the Gini impurity, whose name it
    /// bears in files.
    #[serde(rename = "gini")]
    Brier,
    /// `-ln p_y` with p estimated from the node's counts n_c as `(n_c + 1) / (n + classes)`, so that it is always finite.
    LogLoss,
    /// `(mean - y)^2`.
    SquaredError,
}

impl Loss {
    /// The loss for a task when none is named: the Brier score, which sees how sure a node is and pruned best in
    /// measurements, or squared error.
    pub fn default_for(task: &Task) -> Self {
        match task {
            Task::Classification { .. } => Loss::Brier,
            Task::Regression => Loss::SquaredError,
        }
    }

    /// Whether it is a loss of this task.
    pub fn fits(self, task: &Task) -> bool {
        matches!(task, Task::Regression) == (self == Loss::SquaredError)
    }
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Loss::Misclassification => "misclassification",
            Loss::Brier => "gini",
            Loss::LogLoss => "log-loss",
            Loss::SquaredError => "squared-error",
        })
    }
}
