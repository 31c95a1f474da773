//! Lowering: from a forest, examples and prices to a selection program.
//!
//! | program | forest |
//! |---|---|
//! | decision v | inner node v kept as a split |
//! | gain g_v | loss(v as leaf) - loss(left child as leaf) - loss(right child as leaf) |
//! | v requires p | p is v's parent split |
//! | resource r | (source s, example i), cost = price of s times weight of i |
//! | v uses (s, i) | v is the first node on i's path in v's tree whose feature needs s |
//!
//! Only the first node on the path uses the resource: later ones require it. Examples whose paths meet a source at the
//! same nodes in every tree share one resource (their costs add up). Prices per model are resources used by the topmost nodes of
//! each tree that need the source; prices per split and per node are resources of one decision each. All of it keeps the program's
//! form, hence its exactness. Source: Nan, Wang and Saligrama (2016), section 3, restated as one closure.

use rayon::prelude::*;
use secateur_program::{
    BuildError, Control, DecisionId, MergeOverflow, QuantiseError, ResourceMerger, Scale, SelectionProgram, Stop,
    quantise,
};

use super::loss::NodeLosses;
use secateur_forest::rows::{Rows, Walk};
use secateur_forest::{DataError, DatasetView, Forest, Lowered, PriceList};

/// Marks a node that is no decision (a leaf).
const NONE: u32 = u32::MAX;

/// Examples per task while routing.
const CHUNK: usize = 256;

/// Chunks routed before their resources are merged: bounds memory.
const CHUNKS_AT_ONCE: usize = 32;

/// Bits of the sum of weights that are not whole.
const WEIGHT_BITS: u32 = 22;

/// Bits for all costs together.
const COST_BITS: u32 = 61;

/// Why a forest cannot be lowered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LowerError {
    /// The examples do not fit the forest.
    #[error(transparent)]
    Examples(#[from] DataError),
    /// The prices are for another number of features.
    #[error("the prices cover {found} features, the forest has {expected}")]
    Prices {
        /// Features of the price list.
        found: usize,
        /// Features of the forest.
        expected: usize,
    },
    /// Losses of another forest.
    #[error("losses for {found} nodes, the forest has {expected}")]
    Losses {
        /// Entries found.
        found: usize,
        /// Nodes of the forest.
        expected: usize,
    },
    /// Gains or prices do not go into integers.
    #[error("{what} cannot be stored as integers: {error}")]
    Quantise {
        /// "gains", "prices" or "weights".
        what: &'static str,
        /// Why.
        error: QuantiseError,
    },
    /// Costs add up to more than 64 bits hold.
    #[error("prices times examples exceed 64-bit integers; use coarser prices or weights")]
    CostOverflow,
    /// The program is refused.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl From<MergeOverflow> for LowerError {
    fn from(_: MergeOverflow) -> Self {
        LowerError::CostOverflow
    }
}

/// Lowers a forest: gains from `losses`, costs counted on `cost_on`.
///
/// # Errors
/// [`LowerError`].
///
/// # Complexity
/// One pass over the examples, O(examples x trees x depth), parallel and streamed; memory is that of the merged program.
pub fn lower(
    forest: &Forest,
    losses: &NodeLosses,
    cost_on: DatasetView<'_>,
    prices: &PriceList,
    control: &Control,
) -> Result<Lowered, LowerError> {
    forest.check(cost_on)?;
    if prices.n_features() != forest.n_features() {
        return Err(LowerError::Prices { found: prices.n_features(), expected: forest.n_features() });
    }
    if losses.loss.len() != forest.n_nodes() {
        return Err(LowerError::Losses { found: losses.loss.len(), expected: forest.n_nodes() });
    }
    let nodes: Vec<u32> = (0..forest.n_nodes() as u32).filter(|&node| !forest.is_leaf(node as usize)).collect();
    let mut decision_of = vec![NONE; forest.n_nodes()];
    for (decision, &node) in nodes.iter().enumerate() {
        decision_of[node as usize] = decision as u32;
    }
    let money = Money::new(prices, cost_on, nodes.len())?;
    let mut merger = ResourceMerger::new();
    let priced = Priced { forest, decision_of: &decision_of, prices, money: &money };
    per_example(priced, cost_on, &mut merger, control)?;
    per_model(priced, &mut merger)?;
    per_decision(forest, &decision_of, cost_on, &money, &mut merger)?;

    let total_cost: i128 = merger.costs().iter().map(|&cost| i128::from(cost)).sum();
    let gains: Vec<f64> = nodes.iter().map(|&node| gain(forest, losses, node as usize)).collect();
    // Gains that need rounding get the bits that keep flows in 64-bit integers, if that is precise enough.
    let cost_bits = 128 - total_cost.leading_zeros();
    let gains = quantise(&gains, 61u32.saturating_sub(cost_bits).clamp(36, 50))
        .map_err(|error| LowerError::Quantise { what: "gains", error })?;
    let mut builder = SelectionProgram::builder();
    builder.scale(Scale { gain_unit: gains.unit / losses.total_weight, cost_unit: money.unit });
    builder.decisions(&gains.integers);
    for &node in &nodes {
        for child in forest.children(node as usize).into_iter().flatten().filter(|&child| !forest.is_leaf(child)) {
            builder.requires(DecisionId(decision_of[child]), DecisionId(decision_of[node as usize]));
        }
    }
    builder.merged_resources(&merger);
    let root_loss = forest.roots().map(|root| losses.loss[root]).sum::<f64>() / losses.total_weight;
    Ok(Lowered { program: builder.build()?, nodes, root_loss, exact: gains.exact && money.exact })
}

fn gain(forest: &Forest, losses: &NodeLosses, node: usize) -> f64 {
    let children = forest.children(node).expect("decisions are splits");
    losses.loss[node] - children.iter().map(|&child| losses.loss[child]).sum::<f64>()
}

/// Prices and weights as integers of one unit.
struct Money {
    per_example: Vec<i64>,
    per_model: Vec<i64>,
    per_split: i64,
    per_node: i64,
    /// Weight of each example; empty if all are one.
    weights: Vec<i64>,
    total_weight: i64,
    /// Mean cost per example that one integer stands for.
    unit: f64,
    exact: bool,
}

impl Money {
    /// `splits` bounds how many splits one example passes.
    fn new(prices: &PriceList, examples: DatasetView<'_>, splits: usize) -> Result<Self, LowerError> {
        let sources = prices.sources();
        let mut all: Vec<f64> = sources.iter().map(|source| source.per_example).collect();
        all.extend(sources.iter().map(|source| source.per_model));
        all.extend([prices.per_split(), prices.per_node()]);
        let weights: Vec<f64> = (0..examples.len()).map(|row| examples.weight(row)).collect();
        let bits = WEIGHT_BITS.max(2 + weights.len().ilog2());
        let weights = quantise(&weights, bits.max(40))
            .ok()
            .filter(|weights| weights.exact)
            .map_or_else(|| quantise(&weights, bits), Ok);
        let weights = weights.map_err(|error| LowerError::Quantise { what: "weights", error })?;
        let total_weight: i64 = weights.integers.iter().sum();
        // A price is paid at most once per example, or once per split of each: leave room for all of it.
        let times = if prices.per_split() > 0.0 || prices.per_node() > 0.0 { splits.max(1) } else { 1 };
        let room = (i128::from(total_weight) * times as i128).ilog2() + 1;
        let all = quantise(&all, COST_BITS.saturating_sub(room).min(40))
            .map_err(|error| LowerError::Quantise { what: "prices", error })?;
        let ones = weights.integers.iter().all(|weight| *weight == 1);
        let n = sources.len();
        Ok(Self {
            per_example: all.integers[..n].to_vec(),
            per_model: all.integers[n..2 * n].to_vec(),
            per_split: all.integers[2 * n],
            per_node: all.integers[2 * n + 1],
            weights: if ones { Vec::new() } else { weights.integers },
            total_weight,
            unit: all.unit / total_weight as f64,
            exact: all.exact && weights.exact,
        })
    }

    fn weight(&self, row: usize) -> i64 {
        self.weights.get(row).copied().unwrap_or(1)
    }
}

fn product(price: i64, weight: i64) -> Result<i64, LowerError> {
    price.checked_mul(weight).ok_or(LowerError::CostOverflow)
}

/// A forest whose inner nodes are decisions, with its prices in whole units.
#[derive(Clone, Copy)]
struct Priced<'a> {
    forest: &'a Forest,
    /// The decision of each inner node.
    decision_of: &'a [u32],
    prices: &'a PriceList,
    money: &'a Money,
}

/// The resources of a chunk of examples: users back to back, their number and the source of each.
#[derive(Default)]
struct Bought {
    users: Vec<u32>,
    resources: Vec<(u32, i64)>,
}

/// Adds what each example pays for the sources that the forest first needs for it.
fn per_example(
    priced: Priced<'_>,
    examples: DatasetView<'_>,
    merger: &mut ResourceMerger,
    control: &Control,
) -> Result<(), LowerError> {
    let view = examples.x();
    let rows = Rows::new(&view);
    let starts: Vec<usize> = (0..rows.len()).step_by(CHUNK).collect();
    for batch in starts.chunks(CHUNKS_AT_ONCE) {
        control.check()?;
        let bought: Vec<Bought> = batch
            .par_iter()
            .map(|&start| {
                let mut scan = FirstUses::new(priced);
                (start..rows.len().min(start + CHUNK)).try_for_each(|row| scan.example(rows.row(row), row))?;
                Ok(scan.bought)
            })
            .collect::<Result<_, LowerError>>()?;
        for chunk in bought {
            let mut users = chunk.users.as_slice();
            for (count, cost) in chunk.resources {
                let (own, rest) = users.split_at(count as usize);
                merger.add(own, cost)?;
                users = rest;
            }
        }
        let done = batch[batch.len() - 1] + CHUNK;
        control.report("route examples", done.min(rows.len()) as u64, rows.len() as u64);
    }
    Ok(())
}

/// Finds for one example after the other the first node of each tree that needs each source.
struct FirstUses<'a> {
    priced: Priced<'a>,
    /// Users of each source for the present example, ascending.
    users: Vec<Vec<u32>>,
    /// The walk (counted over trees and examples) that met the source last.
    met: Vec<u64>,
    walk: u64,
    bought: Bought,
}

impl<'a> FirstUses<'a> {
    fn new(priced: Priced<'a>) -> Self {
        let sources = priced.prices.sources().len();
        let (users, met) = (vec![Vec::new(); sources], vec![0; sources]);
        Self { priced, users, met, walk: 0, bought: Bought::default() }
    }

    fn example(&mut self, values: &[f64], row: usize) -> Result<(), LowerError> {
        let Priced { forest, decision_of, prices, money } = self.priced;
        let weight = money.weight(row);
        if weight == 0 {
            return Ok(());
        }
        for root in forest.roots() {
            self.walk += 1;
            let mut walk = Walk::new(forest, values, root);
            while let Some((node, feature)) = walk.step().map_err(|missing| missing.in_row(row))? {
                for source in prices.needs(feature) {
                    let met = std::mem::replace(&mut self.met[source.index()], self.walk);
                    if met != self.walk && money.per_example[source.index()] > 0 {
                        self.users[source.index()].push(decision_of[node]);
                    }
                }
            }
        }
        for (users, &price) in self.users.iter_mut().zip(&money.per_example) {
            if !users.is_empty() {
                self.bought.resources.push((users.len() as u32, product(price, weight)?));
                self.bought.users.append(users);
            }
        }
        Ok(())
    }
}

/// Adds the sources that are paid once for the model, whatever the examples.
fn per_model(priced: Priced<'_>, merger: &mut ResourceMerger) -> Result<(), LowerError> {
    let Priced { forest, decision_of, prices, money } = priced;
    let priced = |source: usize| money.per_model[source] > 0;
    if !(0..money.per_model.len()).any(priced) {
        return Ok(());
    }
    let ends = subtree_ends(forest);
    let mut users: Vec<Vec<u32>> = vec![Vec::new(); money.per_model.len()];
    // Nodes below this one are under a user already.
    let mut covered_until = vec![0usize; money.per_model.len()];
    for node in 0..forest.n_nodes() {
        let Some(feature) = forest.feature(node) else { continue };
        for source in prices.needs(feature).iter().map(|source| source.index()) {
            if priced(source) && node >= covered_until[source] {
                users[source].push(decision_of[node]);
                covered_until[source] = ends[node];
            }
        }
    }
    for (users, &price) in users.iter().zip(&money.per_model).filter(|(users, _)| !users.is_empty()) {
        merger.add(users, product(price, money.total_weight)?)?;
    }
    Ok(())
}

/// One past the last node of each node's subtree.
fn subtree_ends(forest: &Forest) -> Vec<usize> {
    let mut ends = vec![0; forest.n_nodes()];
    for node in (0..forest.n_nodes()).rev() {
        ends[node] = forest.children(node).map_or(node + 1, |[_, right]| ends[right]);
    }
    ends
}

/// Prices per split evaluated and per split kept: one resource per decision.
fn per_decision(
    forest: &Forest,
    decision_of: &[u32],
    examples: DatasetView<'_>,
    money: &Money,
    merger: &mut ResourceMerger,
) -> Result<(), LowerError> {
    if money.per_split == 0 && money.per_node == 0 {
        return Ok(());
    }
    let mut reached = vec![0i64; forest.n_nodes()];
    if money.per_split > 0 {
        let view = examples.x();
        let rows = Rows::new(&view);
        let trees: Vec<Vec<i64>> = (0..forest.n_trees())
            .into_par_iter()
            .map(|tree| {
                let nodes = forest.tree(tree);
                let mut reached = vec![0i64; nodes.len()];
                for row in (0..rows.len()).filter(|&row| money.weight(row) > 0) {
                    let mut walk = Walk::new(forest, rows.row(row), nodes.start);
                    while let Some((node, _)) = walk.step().map_err(|missing| missing.in_row(row))? {
                        reached[node - nodes.start] += money.weight(row);
                    }
                }
                Ok(reached)
            })
            .collect::<Result<_, LowerError>>()?;
        reached = trees.into_iter().flatten().collect();
    }
    for (node, &decision) in decision_of.iter().enumerate().filter(|(_, decision)| **decision != NONE) {
        let split = product(money.per_split, reached[node])?;
        let kept = product(money.per_node, money.total_weight)?;
        merger.add(&[decision], split.checked_add(kept).ok_or(LowerError::CostOverflow)?)?;
    }
    Ok(())
}
