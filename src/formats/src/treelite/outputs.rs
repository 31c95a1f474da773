//! What trees add, and what becomes of the sums, in treelite's terms.

use secateur_forest::{Aggregation, Forest, Task};

/// treelite's kinds of task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskType {
    BinaryClassifier = 0,
    Regressor = 1,
    MultiClassifier = 2,
}

/// How a forest's values become treelite's.
pub(super) struct Outputs<'a> {
    forest: &'a Forest,
    pub(super) task: TaskType,
    pub(super) postprocessor: &'static str,
    /// Number of classes, 1 for numbers and for the score of two classes.
    pub(super) classes: usize,
    /// Whether each tree adds to one class only; else leaves have a number for each.
    pub(super) in_turn: bool,
}

impl<'a> Outputs<'a> {
    pub(super) fn of(forest: &'a Forest) -> Self {
        let (task, postprocessor, classes) = match (forest.task(), forest.aggregation()) {
            (Task::Regression, _) => (TaskType::Regressor, "identity", 1),
            (Task::Classification { classes }, Aggregation::Sum) => match classes.len() {
                2 => (TaskType::BinaryClassifier, "sigmoid", 1),
                several => (TaskType::MultiClassifier, "softmax", several),
            },
            (Task::Classification { classes }, Aggregation::Mean | Aggregation::Vote) => {
                (TaskType::MultiClassifier, "identity_multiclass", classes.len())
            }
        };
        let mut outputs = Self { forest, task, postprocessor, classes, in_turn: classes == 1 };
        if classes > 1 && forest.aggregation() == Aggregation::Sum {
            outputs.in_turn = (0..forest.n_trees()).all(|tree| outputs.takes_its_turn(tree));
        }
        outputs
    }

    /// Whether the sums are divided by the number of trees.
    pub(super) fn are_averaged(&self) -> bool {
        self.forest.aggregation() != Aggregation::Sum
    }

    /// The class that a tree adds to, -1 if to all.
    pub(super) fn class(&self, tree: usize) -> i32 {
        // Classes were counted in 32 bits.
        if self.in_turn { (tree % self.classes) as i32 } else { -1 }
    }

    /// What the sums start from, one per class.
    pub(super) fn base(&self) -> Vec<f64> {
        match (self.are_averaged(), self.forest.base()) {
            (true, _) => vec![0.0; self.classes],
            (false, [first, second]) => vec![second - first],
            (false, base) => base.to_vec(),
        }
    }

    /// What a leaf adds: one number if trees take turns, else one per class.
    pub(super) fn leaf(&self, tree: usize, node: usize) -> Vec<f64> {
        let value = self.forest.value(node);
        match (self.forest.task(), self.forest.aggregation()) {
            (Task::Regression, _) => value.to_vec(),
            (_, Aggregation::Mean) => {
                let sum: f64 = value.iter().sum();
                value.iter().map(|count| count / sum).collect()
            }
            (_, Aggregation::Vote) => {
                let vote = self.forest.majority(node);
                (0..self.classes).map(|class| f64::from(u8::from(class == vote))).collect()
            }
            (_, Aggregation::Sum) => match value {
                [first, second] => vec![second - first],
                scores if self.in_turn => vec![scores[tree % self.classes]],
                scores => scores.to_vec(),
            },
        }
    }

    /// Whether a tree adds nothing to other classes than the one whose turn it is.
    fn takes_its_turn(&self, tree: usize) -> bool {
        let turn = tree % self.classes;
        let others = |node: usize| self.forest.value(node).iter().enumerate().filter(move |(class, _)| *class != turn);
        self.forest
            .tree(tree)
            .filter(|&node| self.forest.is_leaf(node))
            .all(|node| others(node).all(|(_, score)| *score == 0.0))
    }
}
