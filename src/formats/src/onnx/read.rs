//! From bytes to a forest.

use prost::Message;
use secateur_forest::{Forest, Precision, RawForest, Task};

use super::attributes::{domain, operator};
use super::ensemble::{Ensemble, EnsembleKind, Mode, Tree, check_size};
use super::error::OnnxError;
use super::fill::empty;
use super::inputs::Inputs;
use super::machine::Machine;
use super::proto::{GraphProto, ModelProto, NodeProto};
use super::records::{Listing, Source};
use super::scoring::{Scoring, Stated, settle};
use super::symbols::{Element, Features, Value};
use super::{Imported, Records, categories, merge, values, wire};

/// Reads an ONNX model. See the [module](super) for what is taken.
///
/// # Errors
/// [`OnnxError`] names the operator and attribute, or the tree and node.
///
/// # Complexity
/// O(bytes + nodes x outputs) time and memory.
///
/// ```
/// use secateur_forest::{Aggregation, Forest, Precision, RawForest, RawTree, Task};
/// use secateur_formats::onnx;
///
/// # let tree = RawTree { feature: vec![1, -1, -1], threshold: vec![0.5, 0.0, 0.0], children_left: vec![1, -1, -1],
/// #     children_right: vec![2, -1, -1], value: vec![2.0, 1.0, 3.0], ..RawTree::default() };
/// # let raw = RawForest { task: Task::Regression, n_features: 2, precision: Precision::F32,
/// #     aggregation: Aggregation::Mean, base: vec![], trees: vec![tree] };
/// let forest = Forest::new(raw)?; // one split, on the second of two features
/// let bytes = onnx::write(&onnx::Imported::of(forest.clone(), &["age".into(), "dose".into()]))?;
/// let model = onnx::read(&bytes)?;
/// assert_eq!((model.forest.threshold(0), &model.records.feature_names[1][..]), (0.5, "dose"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(bytes: &[u8]) -> Result<Imported, OnnxError> {
    read_model(bytes, None)
}

/// As [`read`], for a model that gives scores of classes and does not say how they become probabilities.
///
/// # Errors
/// Those of [`read`]; [`OnnxError::Stated`] if the model gives probabilities, or a number.
pub fn read_as(bytes: &[u8], stated: Stated) -> Result<Imported, OnnxError> {
    read_model(bytes, Some(stated))
}

fn read_model(bytes: &[u8], stated: Option<Stated>) -> Result<Imported, OnnxError> {
    wire::check(bytes)?;
    let mut model = ModelProto::decode(bytes).map_err(|error| OnnxError::Decode { reason: error.to_string() })?;
    check_parts(&model)?;
    let graph = model.graph.as_ref().ok_or(OnnxError::Missing { what: "graph" })?;
    check_graph(graph)?;
    let opsets = Opsets::of(&model);
    graph.node.iter().try_for_each(|node| opsets.check(node))?;

    let mut machine = Machine::new(bytes.len());
    graph.initializer.iter().try_for_each(|tensor| machine.constant(tensor))?;
    let inputs = Inputs::declare(&mut machine, graph)?;
    machine.run(graph)?;
    let outputs = outputs(graph, &machine)?;
    let (ensemble, ..) = machine.ensemble.as_ref().ok_or(OnnxError::Missing { what: "tree ensemble" })?;
    let (scoring, classes) = settle(&outputs, ensemble, stated)?;
    drop(outputs);
    let (ensemble, node, features) = machine.ensemble.expect("it was there a moment ago");
    let ensemble = merge::targets(ensemble, &scoring);
    check_size(ensemble.n_nodes(), scoring.n_outputs(), bytes.len())?;

    let whole = categories::features(&ensemble, features.element == Element::Integer)?;
    let widest = || ensemble.trees.iter().flat_map(|tree| &tree.raw.feature).max().copied().unwrap_or(-1);
    let n_features = inputs.width.unwrap_or_else(|| usize::try_from(widest().saturating_add(1)).unwrap_or(0));
    if n_features > super::MAX_FEATURES {
        return Err(OnnxError::TooLarge { what: "features", found: n_features, limit: super::MAX_FEATURES });
    }
    let names = inputs.names(&model, n_features);
    let task = if classes.is_empty() { Task::Regression } else { Task::Classification { classes } };
    let (forest, orders) = forest(&ensemble, &scoring, &features, n_features, task)?;
    let graph = model.graph.as_mut().expect("it was there before");
    empty(&mut graph.node[node]);
    let columns = as_they_come(&features, n_features);
    let source = Source {
        shell: model.encode_to_vec(),
        node,
        kind: ensemble.kind,
        width: ensemble.width,
        rounded: forest.precision() == Precision::F32,
        listing: listing(&ensemble),
        weights_in_preorder: in_preorder(&ensemble, &orders),
        base: ensemble.base.clone(),
        columns,
        scoring,
    };
    let records =
        Records { whole_features: as_columns(&whole, &features), ..records(&ensemble, &orders, names, source) };
    let mut imported = Imported { gains: vec![0.0; forest.n_nodes()], forest, records };
    if weights_follow(&imported, &ensemble, &orders) {
        imported.records.weights.clear();
    }
    Ok(imported)
}

/// What a model may not have.
fn check_parts(model: &ModelProto) -> Result<(), OnnxError> {
    let refused = |what| Err(OnnxError::Part { what });
    if !model.functions.is_empty() {
        return refused("functions of its own");
    }
    if !model.training_info.is_empty() {
        return refused("training information");
    }
    if model.opset_import.is_empty() {
        return Err(OnnxError::Missing { what: "imported operators" });
    }
    Ok(())
}

fn check_graph(graph: &GraphProto) -> Result<(), OnnxError> {
    let refused = |what| Err(OnnxError::Part { what });
    if !graph.sparse_initializer.is_empty() {
        return refused("sparse constants");
    }
    if !graph.quantization_annotation.is_empty() {
        return refused("quantised values");
    }
    Ok(())
}

/// The versions in which operators are imported, of ONNX's own domain and of `ai.onnx.ml`.
struct Opsets {
    own: Vec<i64>,
    ml: Vec<i64>,
}

impl Opsets {
    fn of(model: &ModelProto) -> Self {
        let versions = |domains: &[&str]| {
            let named = |domain: &Option<String>| domains.contains(&domain.as_deref().unwrap_or_default());
            let of = model.opset_import.iter().filter(|opset| named(&opset.domain));
            let mut versions: Vec<i64> = of.map(|opset| opset.version.unwrap_or(0)).collect();
            versions.dedup();
            versions
        };
        Self { own: versions(&["", "ai.onnx"]), ml: versions(&["ai.onnx.ml"]) }
    }

    /// That the operators of a node's domain are imported in a version that is known. O(1).
    fn check(&self, node: &NodeProto) -> Result<(), OnnxError> {
        let domain = domain(node);
        let (versions, last, expected) = match domain {
            "" => (&self.own, i64::MAX, "one version"),
            "ai.onnx.ml" => (&self.ml, 5, "one version from 1 to 5"),
            _ => return Err(OnnxError::Unsupported { operator: operator(node) }),
        };
        let found = match versions[..] {
            [version] if (1..=last).contains(&version) => return Ok(()),
            [] => "no version".to_owned(),
            [version] => format!("version {version}"),
            [first, second, ..] => format!("versions {first} and {second}"),
        };
        Err(OnnxError::Opset { domain: domain.to_owned(), found, expected })
    }
}

/// The values of the graph's outputs.
fn outputs<'m>(graph: &GraphProto, machine: &'m Machine<'_>) -> Result<Vec<&'m Value>, OnnxError> {
    let output = |name: &str| machine.output(name).ok_or(OnnxError::Outputs { what: "one is computed by no node" });
    graph.output.iter().map(|info| output(info.name.as_deref().unwrap_or_default())).collect()
}

/// The forest, and for each tree the file's index of each of its nodes, in the forest's order.
fn forest(
    ensemble: &Ensemble,
    scoring: &Scoring,
    features: &Features,
    n_features: usize,
    task: Task,
) -> Result<(Forest, Vec<Vec<u32>>), OnnxError> {
    let columns = features.columns.as_deref().map(Vec::as_slice);
    let built = (0..ensemble.trees.len()).map(|tree| values::of_tree(ensemble, tree, scoring, columns, n_features));
    let (trees, orders) = built.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    let rounded = features.rounded || features.element != Element::Double;
    let raw = RawForest {
        task,
        n_features,
        precision: if rounded { Precision::F32 } else { Precision::F64 },
        aggregation: scoring.aggregation(),
        base: scoring.base(&ensemble.base),
        trees,
    };
    Ok((Forest::new(raw)?, orders))
}

/// Some of the ensemble's features, which are there, as columns in ascending order.
fn as_columns(of: &[i64], features: &Features) -> Vec<u32> {
    let column = |&feature: &i64| match &features.columns {
        Some(columns) => columns[feature as usize],
        None => feature as u32,
    };
    let mut columns: Vec<u32> = of.iter().map(column).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// The columns that the ensemble's features are, or nothing if they are all columns as they come.
fn as_they_come(features: &Features, n_features: usize) -> Vec<u32> {
    match &features.columns {
        Some(columns) if !columns.iter().copied().eq(0..n_features as u32) => columns.to_vec(),
        _ => Vec::new(),
    }
}

/// Which leaves have which weights.
fn listing(ensemble: &Ensemble) -> Listing {
    let n_targets = ensemble.n_targets;
    let wanted = ensemble.targets.as_slice();
    let every = |tree: &Tree, is_listed: &dyn Fn(usize) -> bool| {
        let leaves = (0..tree.len()).filter(|&node| tree.raw.children_left[node] == -1);
        leaves
            .into_iter()
            .all(|leaf| (0..n_targets).all(|target| tree.listed[leaf * n_targets + target] == is_listed(target)))
    };
    if ensemble.trees.iter().all(|tree| every(tree, &|target| wanted.contains(&target))) {
        Listing::All
    } else if ensemble.trees.iter().enumerate().all(|(index, tree)| every(tree, &|target| target == index % n_targets))
    {
        Listing::InTurn
    } else {
        Listing::NonZero
    }
}

/// Whether weights are listed in the forest's order of leaves, which is not that of the file's nodes.
fn in_preorder(ensemble: &Ensemble, orders: &[Vec<u32>]) -> bool {
    if ensemble.weighed.is_sorted() {
        return false;
    }
    // For each place of a tree its rank in the forest.
    let rank = |(tree, order): (&Tree, &Vec<u32>)| {
        let mut rank = vec![0; tree.places.iter().max().map_or(0, |&last| last as usize + 1)];
        order.iter().enumerate().for_each(|(new, &node)| rank[tree.places[node as usize] as usize] = new);
        rank
    };
    let ranks: Vec<Vec<usize>> = ensemble.trees.iter().zip(orders).map(rank).collect();
    ensemble.weighed.iter().map(|&(tree, place)| (tree, ranks[tree as usize][place as usize])).is_sorted()
}

/// What is recorded of each node, in the forest's order.
fn records(ensemble: &Ensemble, orders: &[Vec<u32>], feature_names: Vec<String>, source: Source) -> Records {
    let n_targets = ensemble.n_targets;
    let nodes =
        || ensemble.trees.iter().zip(orders).flat_map(|(tree, order)| order.iter().map(move |&v| (tree, v as usize)));
    let modes: Vec<Mode> = nodes().map(|(tree, node)| tree.modes[node]).collect();
    let has_rates = ensemble.trees.iter().all(|tree| tree.hitrates.len() == tree.len());
    // A list of its own for leaves has an order of its own.
    let in_order = ensemble.kind != EnsembleKind::TreeEnsemble
        && ensemble
            .trees
            .iter()
            .zip(orders)
            .all(|(tree, order)| order.iter().map(|&v| tree.places[v as usize]).is_sorted());
    Records {
        feature_names,
        source: Some(source),
        whole_features: Vec::new(),
        hitrates: if has_rates { nodes().map(|(tree, node)| tree.hitrates[node]).collect() } else { Vec::new() },
        modes: if modes.iter().all(|mode| *mode == Mode::Leq) { Vec::new() } else { modes },
        places: if in_order { Vec::new() } else { nodes().map(|(tree, node)| tree.places[node]).collect() },
        weights: nodes()
            .flat_map(|(tree, node)| tree.weights[node * n_targets..(node + 1) * n_targets].iter().copied())
            .collect(),
    }
}

/// Whether the file's weights are those that writing would compute.
fn weights_follow(imported: &Imported, ensemble: &Ensemble, orders: &[Vec<u32>]) -> bool {
    let source = imported.records.source.as_ref().expect("a model that was read has a source");
    let recorded = imported.records.weights.chunks_exact(ensemble.n_targets);
    let leaves = recorded.enumerate().filter(|(node, _)| imported.forest.is_leaf(*node));
    leaves.into_iter().all(|(node, recorded)| {
        let values = imported.forest.value(node);
        let found = source.scoring.weights(values, &source.base, orders.len());
        found.iter().zip(recorded).all(|(found, recorded)| source.width.round(*found) == *recorded)
    })
}
