//! From a text to a forest.

use super::error::LightGbmError;
use super::header::{Stated, read_header};
use super::text::Parts;
use super::tree::TextTree;
use super::{Imported, Records};
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
    let (n_outputs, n_features) = (task.n_outputs(), header.feature_names.len());
    let most = text.len().saturating_mul(MAX_RATIO).max(MIN_BYTES) / size_of::<f64>();

    let (mut trees, mut gains) = (Vec::new(), Vec::new());
    let (mut counts, mut weights) = (Record::default(), Record::default());
    let (mut text_scores, mut places, mut shrinkage) = (Vec::new(), Vec::new(), Vec::new());
    for (index, (block, _)) in parts.trees.iter().enumerate() {
        let text_tree = TextTree::of(block, index, &header.feature_names)?;
        let TextTree { tree, scores, gains: gain, counts: count, weights: weight, shrinkage: rate } = text_tree;
        let nodes = gains.len() + scores.len();
        if nodes.saturating_mul(n_outputs) > most {
            return Err(LightGbmError::TooLarge { nodes, classes: n_outputs, bytes: text.len() });
        }
        let output = match header.objective {
            Objective::Binary { .. } => 1,
            Objective::Multiclass { .. } => index % per_iteration,
            Objective::Identity(_) => 0,
        };
        let mut value = vec![0.0; scores.len() * n_outputs];
        for (node, &score) in scores.iter().enumerate() {
            value[node * n_outputs + output] = header.scaled(score);
        }
        let tree = RawTree { value, ..tree };
        // The order in which the forest will number these nodes.
        let order = preorder(index, &tree, n_features, n_outputs)?;
        gains.extend(order.iter().map(|&node| gain[node as usize]));
        counts.push(&order, &count);
        weights.push(&order, &weight);
        text_scores.extend(order.iter().map(|&node| scores[node as usize]));
        places.extend(order);
        shrinkage.push(rate);
        trees.push(tree);
    }
    let forest = Forest::new(RawForest {
        task,
        n_features,
        precision: Precision::F64,
        aggregation: Aggregation::Sum,
        base: Vec::new(),
        trees,
    })?;
    if text_scores.iter().all(|&score| header.scaled(score) == score) {
        text_scores.clear();
    }
    let (counts, weights, scores) = (counts.finish(), weights.finish(), text_scores);
    Ok(Imported { forest, gains, records: Records { counts, weights, scores, places, shrinkage, header } })
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
