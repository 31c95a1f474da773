//! From a forest to a file of arrays.

use super::arrays::Writer;
use super::categories::left_bits;
use super::error::WriteError;
use super::header::{Family, Meaning};
use super::value::{Values, count};
use super::{Imported, Records};
use secateur_forest::Forest;

/// What scikit-learn has for the feature and the threshold of a leaf of `tree_`.
const UNDEFINED: i32 = -2;

/// What `HistGradientBoosting` has for the gain of a leaf for which no split was found.
const NO_GAIN: f64 = -1.0;

/// How far counts may sum up to something other than the recorded weight, as a part of it.
const SAME_WEIGHT: f64 = 1e-9;

/// Writes a model as a file of arrays, which `load_into` of `secateur_sklearn.py` puts into a copy of the fitted
/// estimator.
///
/// Nodes stand in the order in which they came. Values are written as they came where the forest still has them; else
/// scores divided by the learning rate, and counts by their sum. A model of which nothing was pruned gives the bytes
/// that it was read from. Missing values go where the forest sends them; where it refuses them, and they are sent
/// somewhere at other splits, they go right.
///
/// # Errors
/// [`WriteError`] if the estimator of the records cannot hold the forest, or records are not of its size.
///
/// # Complexity
/// O(nodes x classes) time and memory.
pub fn write(model: &Imported) -> Result<Vec<u8>, WriteError> {
    check(model)?;
    let Imported { forest, gains, records } = model;
    let (order, node_counts) = ordered(forest, &records.places);
    let histogram = records.header.family == Family::Histogram;
    let mut writer = Writer::default();
    writer.i64s("node_count", &node_counts);
    let mut places = vec![0i32; forest.n_nodes()];
    for (tree, range) in (0..forest.n_trees()).map(|tree| (tree, forest.tree(tree))) {
        for (place, node) in order[range].iter().enumerate() {
            places[*node] = i32::try_from(place).map_err(|_| too_large("nodes", node_counts[tree] as usize))?;
        }
    }
    let each = |of: &dyn Fn(usize) -> i32| -> Vec<i32> { order.iter().map(|&node| of(node)).collect() };
    let child = |node: usize, side: usize| forest.children(node).map_or(-1, |children| places[children[side]]);
    writer.i32s("children_left", &each(&|node| child(node, 0)));
    writer.i32s("children_right", &each(&|node| child(node, 1)));
    let undefined = if histogram { 0 } else { UNDEFINED };
    // The number of features was checked against the integers of the file.
    writer.i32s("feature", &each(&|node| forest.feature(node).map_or(undefined, |feature| feature as i32)));
    let thresholds = order.iter().map(|&node| threshold(forest, node, undefined));
    writer.f64s("threshold", &[order.len()], &thresholds.collect::<Vec<_>>());
    write_values(&mut writer, model, &order)?;
    write_records(&mut writer, model, &order)?;
    write_categories(&mut writer, model, &order)?;
    if histogram || !records.gains.is_empty() {
        let of_leaf = |node: usize| records.gains.get(node).copied().unwrap_or(NO_GAIN);
        let gains = order.iter().map(|&node| if forest.is_leaf(node) { of_leaf(node) } else { gains[node] });
        writer.f64s("gain", &[order.len()], &gains.collect::<Vec<_>>());
    }
    Ok(writer.finish(&records.header.texts))
}

fn too_large(what: &'static str, found: usize) -> WriteError {
    WriteError::TooLarge { what, found }
}

/// The parts of a model must fit each other.
fn check(model: &Imported) -> Result<(), WriteError> {
    let Imported { forest, gains, records } = model;
    records.header.check(forest)?;
    let expected = forest.n_nodes();
    let columns = Values::new(&records.header, forest.task()).columns();
    let none_or = |found: usize| if found == 0 { expected } else { found };
    let lengths = [
        ("gains", gains.len()),
        ("counts", none_or(records.counts.len())),
        ("weights", none_or(records.weights.len())),
        ("impurities", none_or(records.impurities.len())),
        ("recorded gains", none_or(records.gains.len())),
        ("places", none_or(records.places.len())),
        ("bins", none_or(records.bins.len())),
        ("values", if records.values.len() == expected * columns { expected } else { none_or(records.values.len()) }),
    ];
    if let Some(&(what, found)) = lengths.iter().find(|(_, found)| *found != expected) {
        return Err(WriteError::Length { what, found, expected });
    }
    if i32::try_from(forest.n_features()).is_err() {
        return Err(too_large("features", forest.n_features()));
    }
    match (0..expected).find(|&node| forest.missing(node).counts_zeros()) {
        Some(node) => Err(WriteError::ZeroIsMissing { node }),
        None => Ok(()),
    }
}

/// The nodes tree by tree, in the order of the file, and the number of nodes of each tree.
fn ordered(forest: &Forest, places: &[u32]) -> (Vec<usize>, Vec<i64>) {
    let mut order: Vec<usize> = (0..forest.n_nodes()).collect();
    let mut node_counts = Vec::with_capacity(forest.n_trees());
    for range in (0..forest.n_trees()).map(|tree| forest.tree(tree)) {
        node_counts.push(range.len() as i64);
        if !places.is_empty() {
            let root = range.start;
            order[range].sort_by_key(|&node| (node != root, places[node]));
        }
    }
    (order, node_counts)
}

/// A threshold beyond all numbers, which parts missing values from all others, is infinite again.
fn threshold(forest: &Forest, node: usize, undefined: i32) -> f64 {
    match forest.threshold(node) {
        _ if forest.is_leaf(node) => f64::from(undefined),
        f64::MAX => f64::INFINITY,
        f64::MIN => f64::NEG_INFINITY,
        threshold => threshold,
    }
}

/// Which splits are on categories, and their sets.
fn write_categories(writer: &mut Writer, model: &Imported, order: &[usize]) -> Result<(), WriteError> {
    let Imported { forest, records, .. } = model;
    let histogram = records.header.family == Family::Histogram;
    let columns = if histogram { records.header.categorical() } else { Vec::new() };
    let (mut sets, mut bins) = (Vec::new(), Vec::new());
    for &node in order {
        let Some(split) = forest.categories(node) else { continue };
        let row = columns.iter().position(|column| forest.feature(node) == Some(*column));
        let known = row.and_then(|row| records.known_categories.get(row));
        let left = known.and_then(|known| left_bits(split, known, forest.missing(node)));
        let estimator = || records.header.estimator.clone();
        sets.push(left.ok_or_else(|| WriteError::Categories { estimator: estimator(), node })?);
        bins.push(records.category_bins.get(&(node as u32)).copied().unwrap_or_default());
    }
    if histogram {
        let mark = |node: &usize| u8::from(forest.categories(*node).is_some());
        writer.u8s("is_categorical", &order.iter().map(mark).collect::<Vec<_>>());
    }
    if !sets.is_empty() {
        writer.bits("left_categories", &sets);
        writer.bits("left_category_bins", &bins);
        writer.bits("known_categories", &records.known_categories);
    }
    Ok(())
}

/// What is recorded of nodes beside their splits and values.
fn write_records(writer: &mut Writer, model: &Imported, order: &[usize]) -> Result<(), WriteError> {
    let Imported { forest, records, .. } = model;
    let Records { counts, weights, impurities, bins, .. } = records;
    if !counts.is_empty() {
        let wide =
            |&node: &usize| i64::try_from(counts[node]).map_err(|_| too_large("examples", counts[node] as usize));
        writer.i64s("n_node_samples", &order.iter().map(wide).collect::<Result<Vec<_>, _>>()?);
    }
    for (name, entries) in [("weighted_n_node_samples", weights), ("impurity", impurities)] {
        if !entries.is_empty() {
            writer.f64s(name, &[order.len()], &order.iter().map(|&node| entries[node]).collect::<Vec<_>>());
        }
    }
    if !bins.is_empty() {
        let bin = |&node: &usize| if forest.is_leaf(node) { 0 } else { bins[node] };
        writer.u8s("bin_threshold", &order.iter().map(bin).collect::<Vec<_>>());
    }
    if records.missing_is_recorded {
        let left = |&node: &usize| u8::from(!forest.is_leaf(node) && forest.missing(node).is_left() == Some(true));
        writer.u8s("missing_go_to_left", &order.iter().map(left).collect::<Vec<_>>());
    }
    Ok(())
}

fn write_values(writer: &mut Writer, model: &Imported, order: &[usize]) -> Result<(), WriteError> {
    let Imported { forest, records, .. } = model;
    let values = Values::new(&records.header, forest.task());
    let columns = values.columns();
    let row = |node: usize| records.values.get(node * columns..(node + 1) * columns);
    let mut entries = Vec::with_capacity(order.len() * columns);
    for (tree, range) in (0..forest.n_trees()).map(|tree| (tree, forest.tree(tree))) {
        for &node in &order[range] {
            match records.header.meaning {
                Meaning::Counts | Meaning::Mean => entries.extend(forest.value(node)),
                Meaning::Fractions => entries.extend(fractions(forest, records, node, row(node))),
                Meaning::Score { .. } => entries.push(score(model, values, tree, node, row(node))?),
            }
        }
    }
    writer.f64s("value", &[order.len(), columns], &entries);
    if values.are_scores() {
        let base = values.unscaled_base(forest.base());
        writer.f64s("base", &[base.len()], &base);
    }
    if records.weights.is_empty() && records.header.meaning == Meaning::Fractions {
        let sums: Vec<f64> = order.iter().map(|&node| forest.value(node).iter().sum()).collect();
        writer.f64s("weighted_n_node_samples", &[order.len()], &sums);
    }
    Ok(())
}

/// The fractions of the classes at a node: as they came, if they give its counts.
fn fractions(forest: &Forest, records: &Records, node: usize, recorded: Option<&[f64]>) -> Vec<f64> {
    let counts = forest.value(node);
    let weight = records.weights.get(node).copied();
    if let (Some(recorded), Some(weight)) = (recorded, weight)
        && recorded.iter().zip(counts).all(|(fraction, counted)| count(*fraction, weight) == *counted)
    {
        return recorded.to_vec();
    }
    let sum: f64 = counts.iter().sum();
    let same = |weight: &f64| (weight - sum).abs() <= SAME_WEIGHT * sum;
    let weight = weight.filter(same).unwrap_or(sum);
    counts.iter().map(|count| count / weight).collect()
}

/// The value of a node that adds its score: as it came, if it does.
fn score(
    model: &Imported,
    values: Values<'_>,
    tree: usize,
    node: usize,
    recorded: Option<&[f64]>,
) -> Result<f64, WriteError> {
    let (forest, is_leaf) = (&model.forest, model.forest.is_leaf(node));
    let score = match forest.value(node) {
        [first, second] => second - first,
        scores => {
            let class = values.output(tree);
            if scores.iter().enumerate().any(|(other, score)| other != class && *score != 0.0) {
                return Err(WriteError::Classes { tree, node, class });
            }
            scores[class]
        }
    };
    let stands_in = !is_leaf && !model.records.header.has_inner_values;
    match recorded {
        Some(&[value]) if stands_in || values.scaled(value, is_leaf) == score => Ok(value),
        _ => Ok(values.unscaled(score, is_leaf)),
    }
}
