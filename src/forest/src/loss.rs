//! The losses: what a node pays for predicting as a leaf, and what a prediction pays on an example.

use serde::{Deserialize, Serialize};

use secateur_datasets::TargetView;

use super::model::Task;

/// What is paid for predicting p where the target is y. A tree is pruned by it node by node; predictions are evaluated by it
/// example by example ([`example_losses`](crate::metrics::example_losses)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// 1 if the most probable class (of a node: the most frequent one) is not y (Nan, Wang and Saligrama 2016).
    Misclassification,
    /// Brier score, sum over classes of `(p_c - [c = y])^2`; on the training sample this is the Gini impurity, whose name it
    /// bears in files.
    #[serde(rename = "gini")]
    Brier,
    /// `-ln p_y`. Of a node, p is estimated from its counts n_c as `(n_c + 1) / (n + classes)`, so that it is always finite.
    LogLoss,
    /// `(p - y)^2`; a node predicts its mean.
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

    /// The loss that predictions of such targets are evaluated by: the error, or the squared error.
    pub fn of_predictions(target: TargetView<'_>) -> Self {
        match target {
            TargetView::Classes { .. } => Loss::Misclassification,
            TargetView::Values(_) => Loss::SquaredError,
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
