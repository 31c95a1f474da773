//! From a text to a forest.

use super::error::{LightGbmError, Place};
use super::header::read_header;
use super::inner::mean_of_leaves;
use super::objective::Stated;
use super::text::Parts;
use super::tree::TextTree;
use super::{Header, Imported, Records};
use secateur_forest::{
    Aggregation, Forest, ForestError, LightGbmObjective as Objective, Precision, RawForest, RawTree, Task, preorder,
};

/// Node values may need this many times the bytes of the text; ordinary models of some hundred classes stay below.
const MAX_RATIO: usize = 200;

/// Node values may need this many bytes whatever the ratio.
const MIN_BYTES: usize = 64 << 20;

/// Reads a LightGBM text model. See the [module](super) for what is taken.
///
/// # Errors
/// [`LightGbmError`] names the tree, and the key or node.
///
/// # Complexity
/// O(bytes + nodes x classes) time and memory.
///
/// ```
/// use secateur_formats::lightgbm;
///
/// let text = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\n\
///     objective=regression\nfeature_names=age dose\nfeature_infos=[0:9] [0:1]\ntree_sizes=198\n\n\
///     Tree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=1\nsplit_gain=8\nthreshold=0.5\ndecision_type=2\nleft_child=-1\n\
///     right_child=-2\nleaf_value=1 3\nleaf_count=6 2\ninternal_value=1.5\ninternal_count=8\nshrinkage=1\n\n\n\
///     end of trees\n";
/// let model = lightgbm::read(text)?;
/// assert_eq!((model.forest.value(0), model.gains[0], model.records.counts[0]), (&[1.5][..], 8.0, 8));
/// assert_eq!(lightgbm::read(&lightgbm::write(&model)?)?.forest, model.forest);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(text: &str) -> Result<Imported, LightGbmError> {
    read_model(text, None)
}

/// As [`read`], for a model that does not say what its scores mean, or means something that is not supported.
///
/// # Errors
/// Those of [`read`]; [`LightGbmError::Stated`] if the model's own objective is supported.
pub fn read_as(text: &str, stated: Stated) -> Result<Imported, LightGbmError> {
    read_model(text, Some(stated))
}

fn read_model(text: &str, stated: Option<Stated>) -> Result<Imported, LightGbmError> {
    let parts = Parts::of(text)?;
    let header = read_header(&parts, stated)?;
    check_sizes(&parts)?;
    let per_iteration = header.per_iteration();
    if parts.trees.is_empty() {
        return Err(ForestError::NoTrees.into());
    }
    if parts.trees.len() % per_iteration != 0 {
        return Err(LightGbmError::Trees { found: parts.trees.len(), per_iteration });
    }
    let task = task(&header.objective);
    let n_outputs = task.n_outputs();
    let most = text.len().saturating_mul(MAX_RATIO).max(MIN_BYTES) / size_of::<f64>();

    let old = parts.header.get("version") == Some("v2");
    let mut read = Trees::new(header, task, old);
    for (index, (block, _)) in parts.trees.iter().enumerate() {
        let text_tree = TextTree::of(block, index)?;
        let nodes = read.gains.len() + text_tree.scores.len();
        if nodes.saturating_mul(n_outputs) > most {
            return Err(LightGbmError::TooLarge { nodes, classes: n_outputs, bytes: text.len() });
        }
        read.push(index, text_tree)?;
    }
    read.finish()
}

/// What has been read of a text's trees, one entry per node in the forest's order.
struct Trees {
    header: Header,
    task: Task,
    /// Whether the text is of version 2, whose inner values are of another scale than its leaves.
    old: bool,
    trees: Vec<RawTree>,
    gains: Vec<f64>,
    counts: Record<u64>,
    weights: Record<f64>,
    scores: Vec<f64>,
    places: Vec<u32>,
    decisions: Vec<u8>,
    /// One per tree.
    shrinkage: Vec<f64>,
}

impl Trees {
    fn new(header: Header, task: Task, old: bool) -> Self {
        Self {
            header,
            task,
            old,
            trees: Vec::new(),
            gains: Vec::new(),
            counts: Record::default(),
            weights: Record::default(),
            scores: Vec::new(),
            places: Vec::new(),
            decisions: Vec::new(),
            shrinkage: Vec::new(),
        }
    }

    fn push(&mut self, index: usize, text: TextTree) -> Result<(), LightGbmError> {
        let TextTree { mut tree, mut scores, gains, counts, weights, decisions, shrinkage } = text;
        let n_outputs = self.task.n_outputs();
        tree.value = vec![0.0; scores.len() * n_outputs];
        // The order in which the forest will number these nodes.
        let order = preorder(index, &tree, self.header.feature_names.len(), n_outputs)?;
        if self.old && order.len() > 1 {
            if counts.is_empty() {
                return Err(LightGbmError::MissingKey { place: Place::Tree(index), key: "leaf_count" });
            }
            mean_of_leaves(&tree, &order, &mut scores, &counts);
        }
        let output = match self.header.objective {
            Objective::Binary { .. } => 1,
            Objective::Multiclass { .. } => index % self.header.per_iteration(),
            Objective::Identity(_) => 0,
        };
        for (node, &score) in scores.iter().enumerate() {
            tree.value[node * n_outputs + output] = self.header.scaled(score);
        }
        self.gains.extend(order.iter().map(|&node| gains[node as usize]));
        self.counts.push(&order, &counts);
        self.weights.push(&order, &weights);
        self.scores.extend(order.iter().map(|&node| scores[node as usize]));
        self.decisions.extend(order.iter().map(|&node| decisions[node as usize]));
        self.places.extend(order);
        self.shrinkage.push(shrinkage);
        self.trees.push(tree);
        Ok(())
    }

    fn finish(self) -> Result<Imported, LightGbmError> {
        let Self { header, task, trees, gains, counts, weights, mut scores, places, mut decisions, shrinkage, .. } =
            self;
        let forest = Forest::new(RawForest {
            task,
            n_features: header.feature_names.len(),
            precision: Precision::F64,
            aggregation: Aggregation::Sum,
            base: Vec::new(),
            trees,
        })?;
        if scores.iter().all(|&score| header.scaled(score) == score) {
            scores.clear();
        }
        if !forest.has_categories() {
            decisions.clear();
        }
        let (counts, weights) = (counts.finish(), weights.finish());
        let records = Records { counts, weights, scores, places, decisions, shrinkage, header };
        Ok(Imported { forest, gains, records })
    }
}
/// Values per node, if every tree with a split has them.
#[derive(Default)]
struct Record<T> {
    values: Vec<T>,
    there: bool,
    lacking: bool,
}

impl<T: Copy + Default> Record<T> {
    /// Adds a tree's values, in the forest's order of nodes. A tree of one leaf may lack them.
    fn push(&mut self, order: &[u32], values: &[T]) {
        self.there |= !values.is_empty();
        self.lacking |= values.is_empty() && order.len() > 1;
        self.values.extend(order.iter().map(|&node| values.get(node as usize).copied().unwrap_or_default()));
    }

    fn finish(self) -> Vec<T> {
        if self.there && !self.lacking { self.values } else { Vec::new() }
    }
}

fn task(objective: &Objective) -> Task {
    let classes = match objective {
        Objective::Binary { .. } => 2,
        Objective::Multiclass { classes } => *classes,
        Objective::Identity(_) => return Task::Regression,
    };
    Task::Classification { classes: (0..classes).map(|class| class.to_string()).collect() }
}

/// `tree_sizes`, where there is one, says the bytes of each tree.
fn check_sizes(parts: &Parts<'_>) -> Result<(), LightGbmError> {
    let header = &parts.header;
    if header.get("tree_sizes").is_none() {
        return Ok(());
    }
    let sizes: Vec<usize> = header.list("tree_sizes", parts.trees.len(), "a number of bytes")?;
    for (tree, (&expected, &(_, found))) in sizes.iter().zip(&parts.trees).enumerate() {
        if found != expected {
            return Err(LightGbmError::TreeSize { tree, found, expected });
        }
    }
    Ok(())
}
