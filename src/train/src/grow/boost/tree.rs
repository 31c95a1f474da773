//! One tree, leaf by leaf: the leaf whose best split is worth most is split next.

use super::BoostData;
use super::cells::totals;
use super::ledger::Ledger;
use super::objective::Objective;
use super::params::BoostParams;
use super::split::{Search, Split};
use secateur_forest::{MissingDirection, RawTree, within};

/// A grown tree with what is needed to route binned rows through it.
pub(super) struct GrownTree {
    pub(super) raw: RawTree,
    /// Recorded gain of each node.
    pub(super) gains: Vec<f64>,
    /// The split of each inner node.
    splits: Vec<Option<Split>>,
    /// Score steps of each node, `(n_nodes, n_scores)`.
    steps: Vec<Vec<f64>>,
    /// Leaves with their rows of the sample.
    leaves: Vec<(usize, Vec<u32>)>,
}

/// Grows trees on the same data one after the other.
pub(super) struct TreeBuilder<'a> {
    data: &'a BoostData<'a>,
    params: &'a BoostParams,
    /// Cells given back by leaves.
    free: Vec<Vec<f64>>,
}

struct Leaf {
    node: usize,
    depth: usize,
    rows: Vec<u32>,
    cells: Vec<f64>,
    totals: Vec<f64>,
    /// Weight of rows that have not paid, by source.
    unpaid: Vec<f64>,
    weight: f64,
    /// The most that any of its rows has paid.
    spent: f64,
    best: Option<Split>,
}

impl<'a> TreeBuilder<'a> {
    pub(super) fn new(data: &'a BoostData<'a>, params: &'a BoostParams) -> Self {
        Self { data, params, free: Vec::new() }
    }

    /// Grows one tree on a sample of rows (ascending). `None`: no split is worth its price.
    pub(super) fn grow(&mut self, sample: &[u32], objective: &Objective, ledger: &mut Ledger<'_>) -> Option<GrownTree> {
        let mut growth = Growth::new(self.data, self.params, objective, sample.len(), std::mem::take(&mut self.free));
        let mut root = growth.counted(sample.to_vec(), 0, ledger);
        root.best = growth.best(&root, ledger);
        let mut tree = Growing::new(growth.search.steps(&root.totals));
        let mut leaves = vec![root];
        while leaves.len() < self.params.max_leaves {
            let Some((index, split)) = next(&leaves) else { break };
            let mut parent = leaves.swap_remove(index);
            let changed = ledger.pay(split.feature, &parent.rows, &mut parent.unpaid);
            let first_new = leaves.len();
            leaves.extend(growth.divided(parent, split, &mut tree, ledger));
            // A source that is paid for now is free below other leaves as well.
            for leaf in &mut leaves[if changed { 0 } else { first_new }..] {
                leaf.best = growth.best(leaf, ledger);
            }
        }
        self.free = growth.free;
        let leaves: Vec<(usize, Vec<u32>)> = leaves
            .into_iter()
            .map(|leaf| {
                self.free.push(leaf.cells);
                (leaf.node, leaf.rows)
            })
            .collect();
        (leaves.len() > 1).then(|| tree.finish(leaves, objective, self.params.learning_rate))
    }

    /// Adds the tree's scores to all rows; rows outside the sample pay for the splits they meet.
    pub(super) fn route(&self, tree: &GrownTree, others: bool, objective: &mut Objective, ledger: &mut Ledger<'_>) {
        let n_scores = objective.n_scores;
        let depth = tree.depths();
        let mut passed = 0.0;
        let mut add = |row: u32, node: usize| {
            passed += self.data.weights[row as usize] * depth[node];
            let scores = &mut objective.scores[row as usize * n_scores..][..n_scores];
            scores
                .iter_mut()
                .zip(&tree.steps[node])
                .for_each(|(score, step)| *score += self.params.learning_rate * step);
        };
        let mut seen = vec![!others; self.data.rows.len()];
        for (node, rows) in &tree.leaves {
            for &row in rows {
                seen[row as usize] = true;
                add(row, *node);
            }
        }
        for row in (0..seen.len()).filter(|&row| !seen[row]) {
            let mut node = 0;
            while let Some(split) = &tree.splits[node] {
                ledger.pay_for(split.feature, row as u32);
                let children =
                    if left(split, self.data, row as u32) { &tree.raw.children_left } else { &tree.raw.children_right };
                node = children[node] as usize;
            }
            add(row as u32, node);
        }
        ledger.pass(tree.splits.iter().flatten().count(), passed);
    }
}

/// What all leaves of one tree share.
struct Growth<'a> {
    data: &'a BoostData<'a>,
    params: &'a BoostParams,
    objective: &'a Objective,
    search: Search<'a>,
    /// Sums over the sample, times this, stand for sums over all rows.
    scale: f64,
    /// Cells to be used again.
    free: Vec<Vec<f64>>,
}

impl<'a> Growth<'a> {
    fn new(
        data: &'a BoostData<'a>,
        params: &'a BoostParams,
        objective: &'a Objective,
        sampled: usize,
        free: Vec<Vec<f64>>,
    ) -> Self {
        let search = Search {
            features: &data.features,
            codes: &data.codes,
            n_scores: objective.n_scores,
            // One row has curvature of about a quarter of its weight (two, for squared errors): rows as curvature.
            l2: params.l2 * 0.25 / data.rows.len() as f64,
            min_rows: params.min_samples_leaf as f64,
        };
        Self { data, params, objective, search, scale: data.rows.len() as f64 / sampled as f64, free }
    }

    /// What a split on a feature is charged, in units of the objective; infinite beyond the cap.
    fn price(&self, leaf: &Leaf, feature: usize, ledger: &Ledger<'_>) -> f64 {
        let capped = self.params.cap.is_finite();
        let spent = if capped { leaf.spent + ledger.most_added(feature, &leaf.unpaid) } else { 0.0 };
        if !within(spent, self.params.cap) {
            return f64::INFINITY;
        }
        self.params.price_level * ledger.cost(feature, &leaf.unpaid, leaf.weight) / self.scale
    }

    /// The split of a leaf that is worth most beyond its price; `None` if none is, or the leaf must stay one.
    fn best(&self, leaf: &Leaf, ledger: &Ledger<'_>) -> Option<Split> {
        let deep = self.params.max_depth.is_some_and(|depth| leaf.depth >= depth);
        if deep || leaf.rows.len() < 2 * self.params.min_samples_leaf {
            return None;
        }
        self.search.best(&leaf.cells, &leaf.totals, |feature| self.price(leaf, feature, ledger))
    }

    /// A leaf of these rows, counted row by row.
    fn counted(&mut self, rows: Vec<u32>, depth: usize, ledger: &Ledger<'_>) -> Leaf {
        let codes = &self.data.codes;
        let n_scores = self.objective.n_scores;
        let stride = 2 * n_scores + 1;
        let mut cells = self.free.pop().unwrap_or_else(|| vec![0.0; codes.n_bins() * stride]);
        codes.count(&rows, &self.objective.derivatives, n_scores, &mut cells);
        let mut unpaid = vec![0.0; ledger.n_sources()];
        ledger.unpaid(&rows, &self.data.weights, &mut unpaid);
        let weight = rows.iter().map(|&row| self.data.weights[row as usize]).sum();
        let totals = totals(&cells, codes.offset[1], stride);
        let spent = ledger.most_spent(&rows);
        Leaf { node: 0, depth, rows, cells, totals, unpaid, weight, spent, best: None }
    }

    /// The two children of a leaf, the one of fewer rows first. That one is counted; the other one is what remains of the
    /// parent, so a level of the tree costs at most half of what counting all rows would.
    fn divided(&mut self, parent: Leaf, split: Split, tree: &mut Growing, ledger: &Ledger<'_>) -> [Leaf; 2] {
        let goes_left = |row: &u32| left(&split, self.data, *row);
        let (left_rows, right_rows): (Vec<u32>, Vec<u32>) = parent.rows.iter().partition(|row| goes_left(row));
        let small_left = left_rows.len() <= right_rows.len();
        let (small_rows, large_rows) = if small_left { (left_rows, right_rows) } else { (right_rows, left_rows) };
        let mut small = self.counted(small_rows, parent.depth + 1, ledger);
        let mut large = parent.without(&small, large_rows, ledger);
        let totals: [&[f64]; 2] = [&small.totals, &large.totals];
        (small.node, large.node) = tree.split(large.node, split, small_left, totals, &self.search);
        [small, large]
    }
}

impl Leaf {
    /// The other child of this leaf: sums are those of the leaf less those of the child that was counted.
    fn without(self, child: &Leaf, rows: Vec<u32>, ledger: &Ledger<'_>) -> Leaf {
        let (mut cells, mut unpaid) = (self.cells, self.unpaid);
        cells.iter_mut().zip(&child.cells).for_each(|(rest, taken)| *rest -= taken);
        unpaid.iter_mut().zip(&child.unpaid).for_each(|(rest, taken)| *rest = (*rest - taken).max(0.0));
        let totals = self.totals.iter().zip(&child.totals).map(|(all, small)| all - small).collect();
        let (weight, spent) = (self.weight - child.weight, ledger.most_spent(&rows));
        Leaf { node: self.node, depth: child.depth, rows, cells, totals, unpaid, weight, spent, best: None }
    }
}

impl GrownTree {
    /// Splits above each node. Children come after their parents.
    fn depths(&self) -> Vec<f64> {
        let mut depths = vec![0.0; self.splits.len()];
        for node in (0..depths.len()).filter(|&node| self.splits[node].is_some()) {
            for child in [self.raw.children_left[node], self.raw.children_right[node]] {
                depths[child as usize] = depths[node] + 1.0;
            }
        }
        depths
    }
}

fn left(split: &Split, data: &BoostData<'_>, row: u32) -> bool {
    let code = data.codes.row(row)[split.feature] as usize;
    if code == data.features[split.feature].n_values() { split.missing_left } else { code <= split.bin }
}

/// The leaf to split next: the largest worth, ties to the lowest node.
fn next(leaves: &[Leaf]) -> Option<(usize, Split)> {
    let mut next: Option<(usize, Split)> = None;
    for (index, leaf) in leaves.iter().enumerate() {
        let Some(split) = leaf.best else { continue };
        let better = next.is_none_or(|(other, best)| {
            split.worth > best.worth || (split.worth == best.worth && leaf.node < leaves[other].node)
        });
        if better {
            next = Some((index, split));
        }
    }
    next
}

/// Nodes of a tree that grows.
struct Growing {
    splits: Vec<Option<Split>>,
    children: Vec<[i64; 2]>,
    steps: Vec<Vec<f64>>,
}

impl Growing {
    fn new(root: Vec<f64>) -> Self {
        Self { splits: vec![None], children: vec![[-1, -1]], steps: vec![root] }
    }

    /// Splits a leaf; returns the nodes of the child of fewer and of more rows.
    fn split(
        &mut self,
        node: usize,
        split: Split,
        small_left: bool,
        [small, large]: [&[f64]; 2],
        search: &Search<'_>,
    ) -> (usize, usize) {
        let first = self.children.len();
        self.splits[node] = Some(split);
        self.children[node] = [first as i64, first as i64 + 1];
        self.splits.extend([None, None]);
        self.children.extend([[-1, -1]; 2]);
        let (left, right) = if small_left { (small, large) } else { (large, small) };
        self.steps.extend([search.steps(left), search.steps(right)]);
        if small_left { (first, first + 1) } else { (first + 1, first) }
    }

    fn finish(self, leaves: Vec<(usize, Vec<u32>)>, objective: &Objective, rate: f64) -> GrownTree {
        let split = |feature: fn(&Split) -> f64, leaf: f64| -> Vec<f64> {
            self.splits.iter().map(|split| split.as_ref().map_or(leaf, feature)).collect()
        };
        let direction =
            |split: &Split| if split.missing_left { MissingDirection::Left } else { MissingDirection::Right };
        let scaled = |steps: &Vec<f64>| objective.outputs(&steps.iter().map(|step| rate * step).collect::<Vec<_>>());
        let raw = RawTree {
            feature: self.splits.iter().map(|split| split.as_ref().map_or(-1, |split| split.feature as i64)).collect(),
            threshold: split(|split| split.threshold, 0.0),
            children_left: self.children.iter().map(|[left, _]| *left).collect(),
            children_right: self.children.iter().map(|[_, right]| *right).collect(),
            missing: self
                .splits
                .iter()
                .map(|split| split.as_ref().map_or(MissingDirection::Refuse, direction))
                .collect(),
            value: self.steps.iter().flat_map(scaled).collect(),
            ..RawTree::default()
        };
        // A step of `rate` times the full one lowers a quadratic by rate (2 - rate) of what the full step does.
        let gains = split(|split| split.gain, 0.0).into_iter().map(|gain| gain * rate * (2.0 - rate)).collect();
        GrownTree { raw, gains, splits: self.splits, steps: self.steps, leaves }
    }
}
