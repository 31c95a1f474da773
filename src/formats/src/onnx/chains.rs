//! Chains of splits on equality made one split on several categories.
//!
//! Before `TreeEnsemble` there is no split on a set. Converters write a chain instead: `x == a`, where that fails `x ==
//! b`, and so on, all with one and the same true branch. To a forest that branch would have several parents.

use secateur_forest::{CategorySplit, RawTree};

use super::ensemble::{Mode, Tree};

/// Makes every such chain of a tree one split, in the place of its first. O(nodes x targets).
pub(super) fn fuse(tree: &mut Tree, n_targets: usize) {
    let parents = parents(&tree.raw);
    // Whether a split goes into the one above it.
    let mut absorbed = vec![false; tree.len()];
    for node in 0..tree.len() {
        if let Some(next) = next(tree, node).filter(|&next| next != 0 && parents[next] == 1) {
            absorbed[next] = true;
        }
    }
    if !absorbed.contains(&true) {
        return;
    }
    for head in (0..tree.len()).filter(|&node| !absorbed[node]) {
        let mut last = head;
        let mut members = Vec::new();
        while let Some(next) = next(tree, last).filter(|&next| absorbed[next]) {
            last = next;
            members.extend_from_slice(&tree.raw.categories[&(last as u32)].members);
        }
        if last != head {
            let split = tree.raw.categories.get_mut(&(head as u32)).expect("a chain begins with a split on equality");
            members.extend_from_slice(&split.members);
            members.sort_unstable();
            members.dedup();
            *split = CategorySplit { members, members_left: true };
            tree.raw.children_right[head] = tree.raw.children_right[last];
        }
    }
    keep(tree, &absorbed, n_targets);
}

/// How many splits have each node for a child.
fn parents(raw: &RawTree) -> Vec<u32> {
    let mut parents = vec![0u32; raw.feature.len()];
    for &child in raw.children_left.iter().chain(&raw.children_right).filter(|child| **child >= 0) {
        parents[child as usize] += 1;
    }
    parents
}

/// The next split of a chain: that of the false branch, if it differs in the number only.
fn next(tree: &Tree, node: usize) -> Option<usize> {
    let raw = &tree.raw;
    let next = usize::try_from(raw.children_right[node]).ok()?;
    let on_equality = |node: usize| raw.children_left[node] != -1 && tree.modes[node] == Mode::Eq;
    let alike = next != node
        && on_equality(node)
        && on_equality(next)
        && raw.feature[node] == raw.feature[next]
        && raw.missing[node] == raw.missing[next]
        && raw.children_left[node] == raw.children_left[next];
    alike.then_some(next)
}

/// The tree without some of its nodes, to which no child leads any more.
fn keep(tree: &mut Tree, gone: &[bool], n_targets: usize) {
    let kept: Vec<usize> = (0..tree.len()).filter(|&node| !gone[node]).collect();
    let mut number = vec![-1i64; tree.len()];
    kept.iter().enumerate().for_each(|(new, &old)| number[old] = new as i64);
    let renamed = |children: &[i64]| -> Vec<i64> {
        kept.iter().map(|&node| if children[node] < 0 { -1 } else { number[children[node] as usize] }).collect()
    };
    let rows = |node: &usize| node * n_targets..(node + 1) * n_targets;
    let raw = &tree.raw;
    let categories = kept
        .iter()
        .filter_map(|&node| raw.categories.get(&(node as u32)).map(|split| (number[node] as u32, split.clone())));
    let new = RawTree {
        feature: kept.iter().map(|&node| raw.feature[node]).collect(),
        threshold: kept.iter().map(|&node| raw.threshold[node]).collect(),
        children_left: renamed(&raw.children_left),
        children_right: renamed(&raw.children_right),
        missing: kept.iter().map(|&node| raw.missing[node]).collect(),
        value: Vec::new(),
        categories: categories.collect(),
    };
    let hitrates = if tree.hitrates.is_empty() { &[][..] } else { &kept };
    *tree = Tree {
        raw: new,
        modes: kept.iter().map(|&node| tree.modes[node]).collect(),
        hitrates: hitrates.iter().map(|&node| tree.hitrates[node]).collect(),
        places: kept.iter().map(|&node| tree.places[node]).collect(),
        weights: kept.iter().flat_map(|node| tree.weights[rows(node)].iter().copied()).collect(),
        listed: kept.iter().flat_map(|node| tree.listed[rows(node)].iter().copied()).collect(),
    };
}
