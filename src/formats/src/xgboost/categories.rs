//! Splits on categories: lists of those that go right.
//!
//! A tree lists the nodes that have categories, where the list of each begins in the list of all, and how long it is.
//! A node that was pruned to a leaf keeps its list.

use std::collections::BTreeMap;

use super::error::{WriteError, XgboostError};
use super::fields::Fields;
use super::value::{Typed, Value};
use secateur_forest::{CategorySplit, Forest};

/// Codes of categories are below this number, the first whose successor is none in single precision.
const LIMIT: i64 = 1 << 24;

/// The categories of each node of the file that has some, in the order of nodes.
///
/// O(nodes + categories): no part of the list of all belongs to two nodes.
pub(super) fn categories(fields: &mut Fields, nodes: usize) -> Result<Vec<(u32, Vec<u32>)>, XgboostError> {
    // Versions before 1.3 have none.
    if !fields.has("split_type") {
        return Ok(Vec::new());
    }
    let types = fields.integers("split_type")?;
    fields.check_length("split_type", types.len(), nodes)?;
    fields.check_all("split_type", &types, |kind| kind == 0 || kind == 1, "0 or 1")?;
    let owners = fields.integers("categories_nodes")?;
    let expected: Vec<i64> = (0..nodes).filter(|&node| types[node] == 1).map(|node| node as i64).collect();
    fields.check_length("categories_nodes", owners.len(), expected.len())?;
    if let Some(index) = owners.iter().zip(&expected).position(|(found, expected)| found != expected) {
        let what = "the nodes with `split_type` 1 in their order";
        return Err(fields.bad("categories_nodes", index, owners[index], what));
    }
    let (starts, sizes) = (fields.integers("categories_segments")?, fields.integers("categories_sizes")?);
    let all = fields.integers("categories")?;
    fields.check_length("categories_segments", starts.len(), owners.len())?;
    fields.check_length("categories_sizes", sizes.len(), owners.len())?;
    fields.check_all("categories", &all, |code| (0..LIMIT).contains(&code), "a code of a category, below 2^24")?;
    let mut rest = &all[..];
    let mut lists = Vec::with_capacity(owners.len());
    for (index, &owner) in owners.iter().enumerate() {
        let at = (all.len() - rest.len()) as i64;
        if starts[index] != at {
            return Err(fields.bad("categories_segments", index, starts[index], "where the list before ends"));
        }
        let size = usize::try_from(sizes[index]).ok().filter(|size| (1..=rest.len()).contains(size));
        let size = size.ok_or_else(|| fields.bad("categories_sizes", index, sizes[index], "a category or more"))?;
        let mut members: Vec<u32> = rest[..size].iter().map(|&code| code as u32).collect();
        members.sort_unstable();
        if let Some(pair) = members.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(fields.bad("categories", at as usize, pair[0], "no category of a node twice"));
        }
        lists.push((owner as u32, members));
        rest = &rest[size..];
    }
    fields.check_length("categories", all.len(), all.len() - rest.len())?;
    Ok(lists)
}

/// The categories of the kept nodes that are splits, by their index among the kept ones.
pub(super) fn of_splits(
    lists: Vec<(u32, Vec<u32>)>,
    kept: &[u32],
    is_split: impl Fn(usize) -> bool,
) -> BTreeMap<u32, CategorySplit> {
    let splits = lists.into_iter().filter(|(node, _)| is_split(*node as usize));
    let placed = splits.filter_map(|(node, members)| Some((kept.binary_search(&node).ok()? as u32, members)));
    placed.map(|(node, members)| (node, CategorySplit { members, members_left: false })).collect()
}

/// How a split of a forest is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// On a threshold.
    Threshold,
    /// On categories, which go right: with the children exchanged where the forest sends them left.
    Categories {
        /// Whether the children are exchanged.
        exchanged: bool,
    },
    /// On no category at all: a comparison with this number, which sends every value the same way.
    Constant(f32),
}

/// How the split at `node` is written.
pub(super) fn kind(forest: &Forest, node: usize) -> Kind {
    match forest.categories(node) {
        None => Kind::Threshold,
        Some(split) if split.members().is_empty() => {
            Kind::Constant(if split.members_left() { f32::NEG_INFINITY } else { f32::INFINITY })
        }
        Some(split) => Kind::Categories { exchanged: split.members_left() },
    }
}

/// Sets the lists of a tree with these nodes.
pub(super) fn write(tree: &mut Value, forest: &Forest, nodes: &[usize]) -> Result<(), WriteError> {
    let (mut types, mut owners, mut starts, mut sizes, mut all) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, &node) in nodes.iter().enumerate() {
        let Kind::Categories { .. } = kind(forest, node) else {
            types.push(0);
            continue;
        };
        let members = forest.categories(node).map_or(&[][..], |split| split.members());
        if let Some(&category) = members.last().filter(|&&last| i64::from(last) >= LIMIT) {
            return Err(WriteError::Category { node, category });
        }
        types.push(1);
        owners.push(number as i32);
        starts.push(all.len() as i64);
        sizes.push(members.len() as i64);
        all.extend(members.iter().map(|&member| member as i32));
    }
    tree.set("split_type", Value::Typed(Typed::U8(types)));
    tree.set("categories_nodes", Value::Typed(Typed::I32(owners)));
    tree.set("categories_segments", Value::Typed(Typed::I64(starts)));
    tree.set("categories_sizes", Value::Typed(Typed::I64(sizes)));
    tree.set("categories", Value::Typed(Typed::I32(all)));
    Ok(())
}
