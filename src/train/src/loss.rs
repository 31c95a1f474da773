//! Losses of a node as a leaf: additive over nodes, so that pruning is a selection program.
//!
//! The loss of a pruned tree is the sum over its leaves of the loss of the examples that end there, each measured
//! against what the leaf predicts (the node's stored class counts or mean). The program minimises the mean over all
//! pairs (tree, example); the ensemble's own loss is another thing and is measured after pruning.

use rayon::prelude::*;
use secateur_program::{Control, Stop};

use secateur_forest::rows::{Rows, Walk};
use secateur_forest::{Aggregation, DataError, DatasetView, Forest, InBag, Loss, TargetView, Task};

/// Which examples a tree's loss is counted on.
///
/// Honest counts are not the best to prune by: out-of-bag and hold-out losses evaluate each tree alone and cut splits that help the
/// *mean* of many trees. Measured on MiniBooNE (`docs/results/losses.md`), in-bag and out-of-bag counts together gave the
/// most accurate forest at nearly every budget; choosing the operating point on validation data keeps the result honest.
#[derive(Debug, Clone, Copy)]
pub enum LossOn<'a> {
    /// The class counts stored in the nodes: the training sample as the grower saw it. Classification only. Optimistic.
    Stored,
    /// Examples that no tree was trained on.
    HoldOut(DatasetView<'a>),
    /// The training examples, for each tree those in its bag, as often as they are in it. Optimistic.
    InBag(DatasetView<'a>, &'a InBag),
    /// The training examples, for each tree those not in its bag: honest, and every example counts for some tree.
    OutOfBag(DatasetView<'a>, &'a InBag),
    /// The training examples, in the bag or not: in-bag and out-of-bag counts added.
    InAndOutOfBag(DatasetView<'a>, &'a InBag),
}

/// Why losses cannot be counted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LossError {
    /// The examples do not fit the forest.
    #[error(transparent)]
    Examples(#[from] DataError),
    /// A loss of the other task.
    #[error("{loss} is not a loss of this forest's task")]
    Task {
        /// The loss.
        loss: Loss,
    },
    /// Node values that are scores: what a tree adds is no prediction of its own.
    #[error("the forest adds scores, so its trees have no losses of their own: use a surrogate of its gains")]
    Scores,
    /// Gains that do not fit the forest.
    #[error("{found} gains for {expected} nodes, or gains or a weight that are no finite numbers")]
    Gains {
        /// Gains given.
        found: usize,
        /// Nodes of the forest.
        expected: usize,
    },
    /// Stored counts exist for classification only.
    #[error("a regression forest stores no counts: name the examples to count its loss on")]
    NothingStored,
    /// The bootstrap record is of another forest or of other data.
    #[error("the bootstrap record has {found} {what}, expected {expected}")]
    InBag {
        /// "rows" or "trees".
        what: &'static str,
        /// Number in the record.
        found: usize,
        /// Number expected.
        expected: usize,
    },
    /// No example counts for any tree.
    #[error("no example counts: every tree saw all of them")]
    NoWeight,
    /// Stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// Loss of every node as a leaf, summed over the examples that reach it.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeLosses {
    /// Summed loss, one entry per node of the forest.
    pub loss: Vec<f64>,
    /// Summed weight of all pairs (tree, example) that were counted: dividing by it gives mean losses.
    pub total_weight: f64,
}

impl NodeLosses {
    /// Losses whose differences are the given gains: `gains[v]` is what splitting node v saves, ignored at leaves. Divided by
    /// `total_weight` they are means. For ensembles whose trees have no loss of their own (boosted trees), the gains recorded
    /// while growing are such a surrogate.
    ///
    /// # Errors
    /// [`LossError::Gains`] for another number of nodes, a gain that is not finite, or a weight that is not positive.
    ///
    /// # Complexity
    /// O(nodes).
    pub fn from_gains(forest: &Forest, gains: &[f64], total_weight: f64) -> Result<Self, LossError> {
        let finite = gains.iter().all(|gain| gain.is_finite()) && total_weight > 0.0 && total_weight.is_finite();
        if gains.len() != forest.n_nodes() || !finite {
            return Err(LossError::Gains { found: gains.len(), expected: forest.n_nodes() });
        }
        let mut loss = vec![0.0; forest.n_nodes()];
        for node in (0..forest.n_nodes()).rev() {
            if let Some([left, right]) = forest.children(node) {
                loss[node] = gains[node] + loss[left] + loss[right];
            }
        }
        Ok(Self { loss, total_weight })
    }
}

/// Counts the loss of every node.
///
/// # Errors
/// [`LossError`].
///
/// # Complexity
/// O(examples x trees x depth) time, parallel over trees; O(nodes x classes) memory. The result does not depend on the
/// number of threads.
pub fn node_losses(forest: &Forest, on: LossOn<'_>, loss: Loss, control: &Control) -> Result<NodeLosses, LossError> {
    if forest.aggregation() == Aggregation::Sum {
        return Err(LossError::Scores);
    }
    if !loss.fits(forest.task()) {
        return Err(LossError::Task { loss });
    }
    let (examples, bag) = match on {
        LossOn::Stored => return stored(forest, loss),
        LossOn::HoldOut(examples) => (examples, None),
        LossOn::InBag(examples, bag) | LossOn::OutOfBag(examples, bag) | LossOn::InAndOutOfBag(examples, bag) => {
            (examples, Some(bag))
        }
    };
    forest.check(examples)?;
    let target = examples.target().ok_or(DataError::NoTarget)?;
    if let Some(bag) = bag {
        let sizes = [("rows", bag.n_rows(), examples.len()), ("trees", bag.n_trees(), forest.n_trees())];
        if let Some(&(what, found, expected)) = sizes.iter().find(|(_, found, expected)| found != expected) {
            return Err(LossError::InBag { what, found, expected });
        }
    }
    let view = examples.x();
    let rows = Rows::new(&view);
    let times = |tree: usize, row: usize| match (on, bag) {
        (LossOn::InBag(..), Some(bag)) => f64::from(bag.tree(tree)[row]),
        (LossOn::OutOfBag(..), Some(bag)) => f64::from(u8::from(bag.tree(tree)[row] == 0)),
        (LossOn::InAndOutOfBag(..), Some(bag)) => f64::from(bag.tree(tree)[row].max(1)),
        _ => 1.0,
    };
    let done = std::sync::atomic::AtomicU64::new(0);
    let trees: Vec<(Vec<f64>, f64)> = (0..forest.n_trees())
        .into_par_iter()
        .map(|tree| {
            let mut counter = TreeLosses::new(forest, tree, loss);
            for row in 0..rows.len() {
                if row % 4096 == 0 {
                    control.check()?;
                }
                let weight = times(tree, row) * examples.weight(row);
                if weight > 0.0 {
                    counter.add(rows.row(row), target, row, weight)?;
                }
            }
            let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            control.report("count losses", done, forest.n_trees() as u64);
            Ok(counter.finish())
        })
        .collect::<Result<_, LossError>>()?;
    let total_weight = trees.iter().map(|(_, weight)| weight).sum();
    if total_weight <= 0.0 {
        return Err(LossError::NoWeight);
    }
    Ok(NodeLosses { loss: trees.into_iter().flat_map(|(losses, _)| losses).collect(), total_weight })
}

fn stored(forest: &Forest, loss: Loss) -> Result<NodeLosses, LossError> {
    if matches!(forest.task(), Task::Regression) {
        return Err(LossError::NothingStored);
    }
    let losses = (0..forest.n_nodes()).map(|node| class_losses(forest, node, loss).dot(forest.value(node))).collect();
    let total_weight = forest.roots().map(|root| forest.value(root).iter().sum::<f64>()).sum();
    Ok(NodeLosses { loss: losses, total_weight })
}

/// Loss of a node as a leaf on each class.
struct ClassLosses {
    per_class: Vec<f64>,
}

impl ClassLosses {
    fn dot(&self, counts: &[f64]) -> f64 {
        // Classes that do not occur count nothing, whatever their loss.
        self.per_class.iter().zip(counts).filter(|(_, count)| **count > 0.0).map(|(loss, count)| loss * count).sum()
    }
}

fn class_losses(forest: &Forest, node: usize, loss: Loss) -> ClassLosses {
    let counts = forest.value(node);
    let total: f64 = counts.iter().sum();
    let per_class = match loss {
        Loss::Misclassification => {
            let majority = forest.majority(node);
            (0..counts.len()).map(|class| f64::from(u8::from(class != majority))).collect()
        }
        Loss::Brier => {
            let squares: f64 = counts.iter().map(|count| (count / total).powi(2)).sum();
            counts.iter().map(|count| 1.0 - 2.0 * count / total + squares).collect()
        }
        Loss::LogLoss => {
            let classes = counts.len() as f64;
            counts.iter().map(|count| -((count + 1.0) / (total + classes)).ln()).collect()
        }
        Loss::SquaredError => Vec::new(),
    };
    ClassLosses { per_class }
}

/// Counts of one tree, by node.
struct TreeLosses<'a> {
    forest: &'a Forest,
    first: usize,
    loss: Loss,
    /// Class counts `(nodes, classes)`, or summed squared errors `(nodes,)`.
    sums: Vec<f64>,
    weight: f64,
}

impl<'a> TreeLosses<'a> {
    fn new(forest: &'a Forest, tree: usize, loss: Loss) -> Self {
        let nodes = forest.tree(tree);
        Self { forest, first: nodes.start, loss, sums: vec![0.0; nodes.len() * forest.n_outputs()], weight: 0.0 }
    }

    fn add(&mut self, values: &[f64], target: TargetView<'_>, row: usize, weight: f64) -> Result<(), DataError> {
        self.weight += weight;
        let mut walk = Walk::new(self.forest, values, self.first);
        loop {
            let node = walk.node();
            let local = node - self.first;
            match target {
                TargetView::Classes { labels, .. } => {
                    self.sums[local * self.forest.n_outputs() + labels[row] as usize] += weight;
                }
                TargetView::Values(targets) => {
                    self.sums[local] += weight * (self.forest.value(node)[0] - targets[row]).powi(2);
                }
            }
            if walk.step().map_err(|missing| missing.in_row(row))?.is_none() {
                return Ok(());
            }
        }
    }

    fn finish(self) -> (Vec<f64>, f64) {
        let losses = match self.loss {
            Loss::SquaredError => self.sums,
            loss => {
                let counts = self.sums.chunks_exact(self.forest.n_outputs()).enumerate();
                counts.map(|(local, counts)| class_losses(self.forest, self.first + local, loss).dot(counts)).collect()
            }
        };
        (losses, self.weight)
    }
}
