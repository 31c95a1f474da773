//! Proptest strategies for programs, shared by the tests of every solver (feature `testing`).

mod deep;

pub use deep::Deep;

use proptest::prelude::*;

use crate::certificate::{Amounts, Flow};
use crate::multiplier::Multiplier;
use crate::path::Path;
use crate::program::{DecisionId, ResourceId, SelectionProgram};

/// The size of a generated program, and the range of its numbers.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Most decisions.
    pub decisions: usize,
    /// Most resources.
    pub resources: usize,
    /// Most resources used by one decision.
    pub uses: usize,
    /// Gains are drawn from `-gain..=gain`.
    pub gain: i64,
    /// Costs are drawn from `0..=cost`.
    pub cost: i64,
    /// Whether parents always have smaller ids than their children.
    pub parents_first: bool,
}

/// Programs of a given shape: any parents, any uses, zero and negative gains, zero costs.
pub fn program(shape: Shape) -> impl Strategy<Value = SelectionProgram> {
    let Shape { decisions, resources, uses, gain, cost, parents_first } = shape;
    (0..=decisions, 0..=resources).prop_flat_map(move |(n, m)| {
        let decision = (-gain..=gain, any::<prop::sample::Index>(), any::<bool>());
        let used = prop::collection::vec(any::<prop::sample::Index>(), 0..=uses);
        (
            prop::collection::vec((decision, used), n),
            prop::collection::vec(0..=cost, m),
            Just((0..n as u32).collect::<Vec<u32>>()).prop_shuffle(),
        )
            .prop_map(move |(decisions, costs, shuffled)| {
                let id = |v: usize| DecisionId(if parents_first { v as u32 } else { shuffled[v] });
                let mut gains = vec![0; decisions.len()];
                let mut builder = SelectionProgram::builder();
                for (v, ((gain, ..), _)) in decisions.iter().enumerate() {
                    gains[id(v).index()] = *gain;
                }
                builder.decisions(&gains).resources(&costs);
                for (v, ((_, parent, root), used)) in decisions.iter().enumerate() {
                    if v > 0 && !root {
                        builder.requires(id(v), id(parent.index(v)));
                    }
                    if !costs.is_empty() {
                        for resource in used {
                            builder.uses(id(v), ResourceId(resource.index(costs.len()) as u32));
                        }
                    }
                }
                builder.build().expect("generated programs are valid")
            })
    })
}

/// Programs small enough for brute force, children before parents as often as not.
pub fn tiny() -> impl Strategy<Value = SelectionProgram> {
    let shape = Shape { decisions: 9, resources: 6, uses: 3, gain: 12, cost: 6, parents_first: false };
    prop_oneof![program(shape.clone()), program(Shape { parents_first: true, ..shape })]
}

/// Small programs with gains in -1..=2 and costs in 0..=1: ties everywhere.
pub fn ties_everywhere() -> impl Strategy<Value = SelectionProgram> {
    let shape = Shape { decisions: 10, resources: 6, uses: 3, gain: 1, cost: 1, parents_first: false };
    prop_oneof![program(shape.clone()), program(Shape { gain: 2, ..shape })]
}

/// Programs shaped as forests give them: binary trees over shared examples. A resource is one (source, example); in
/// each tree the example follows one path and uses the resource at the first node on it that tests the source.
///
/// `trees`, `depth` and `examples` are upper limits; gains are mostly >= 0.
pub fn forest_shaped(trees: usize, depth: u32, examples: usize) -> impl Strategy<Value = SelectionProgram> {
    let sources = 4usize;
    let nodes = (1usize << depth) - 1;
    let tree = prop::collection::vec((-1i64..8, 0..sources), nodes);
    let turns = prop::collection::vec(any::<u32>(), trees);
    (
        prop::collection::vec(tree, 1..=trees),
        prop::collection::vec(turns, 1..=examples),
        prop::collection::vec(0i64..5, sources),
    )
        .prop_map(move |(trees, examples, prices)| {
            let mut builder = SelectionProgram::builder();
            for tree in &trees {
                let base = builder.decision(tree[0].0).0;
                for (node, (gain, _)) in tree.iter().enumerate().skip(1) {
                    let child = builder.decision(*gain);
                    builder.requires(child, DecisionId(base + ((node - 1) / 2) as u32));
                }
            }
            for turns in &examples {
                let paid: Vec<ResourceId> = prices.iter().map(|&price| builder.resource(price)).collect();
                for (t, tree) in trees.iter().enumerate() {
                    let (mut node, mut met) = (0, vec![false; sources]);
                    for level in 0..depth {
                        let source = tree[node].1;
                        if !std::mem::replace(&mut met[source], true) {
                            builder.uses(DecisionId((t * nodes + node) as u32), paid[source]);
                        }
                        node = 2 * node + 1 + (turns[t] >> level & 1) as usize;
                    }
                }
            }
            builder.build().expect("forest-shaped programs are valid")
        })
}

/// A program with its answer, built from a certificate: classes, thresholds and flows are drawn first, and gains and
/// costs follow from them. Every decision has a positive gain, so the smallest optimal selections are unique.
#[derive(Debug, Clone)]
pub struct Planted {
    /// The program.
    pub program: SelectionProgram,
    /// Its path.
    pub path: Path,
    /// A certificate of the path.
    pub flow: Flow,
}

/// Programs with up to `classes` classes of up to 5 decisions each, and their answers.
pub fn planted_optimum(classes: usize) -> impl Strategy<Value = Planted> {
    let sends = prop::collection::vec((0usize..4, 1i64..20), 1..4);
    let member = (any::<prop::sample::Index>(), any::<bool>(), sends, 1i64..9)
        .prop_map(|(parent, root, sends, up)| Member { parent, root, sends, up });
    let theta = (1i64..10, 1i64..10).prop_map(|(num, den)| Multiplier::new(num, den).expect("positive"));
    prop::collection::btree_map(theta, prop::collection::vec(member, 1..6), 1..=classes).prop_map(|classes| {
        let mut plant = Plant::default();
        // The largest threshold first: parents may stand in earlier classes.
        classes.iter().rev().for_each(|(&theta, members)| plant.class(theta, members));
        plant.harvest()
    })
}

#[derive(Debug, Clone)]
struct Member {
    parent: prop::sample::Index,
    root: bool,
    /// (resource slot of the class, amount).
    sends: Vec<(usize, i64)>,
    up: i64,
}

#[derive(Default)]
struct Plant {
    gains: Vec<i64>,
    costs: Vec<i64>,
    parents: Vec<Option<usize>>,
    thresholds: Vec<Multiplier>,
    sent_up: Vec<i64>,
    /// (decision, resource, amount).
    pairs: Vec<(usize, usize, i64)>,
}

impl Plant {
    fn class(&mut self, theta: Multiplier, members: &[Member]) {
        // Amounts are in units of 1/den. Multiples of num * den make gains (amount / den) and costs (amount / num)
        // whole.
        let unit = theta.num() * theta.den();
        let (first, first_resource) = (self.gains.len(), self.costs.len());
        self.costs.extend([0; 4]);
        let mut spent = vec![0i64; members.len()];
        for (index, member) in members.iter().enumerate() {
            let v = first + index;
            let parent = (!member.root && v > 0).then(|| member.parent.index(v));
            let mut amounts = [0; 4];
            member.sends.iter().for_each(|&(slot, amount)| amounts[slot] += amount * unit);
            for (slot, amount) in amounts.into_iter().enumerate().filter(|(_, amount)| *amount > 0) {
                self.pay(v, first_resource + slot, amount, theta);
                spent[index] += amount;
            }
            let up = parent.filter(|&parent| parent >= first).map_or(0, |parent| {
                spent[parent - first] -= member.up * unit;
                member.up * unit
            });
            spent[index] += up;
            self.sent_up.push(up);
            self.parents.push(parent);
            self.thresholds.push(theta);
        }
        for (index, mut spent) in spent.into_iter().enumerate() {
            if spent <= 0 {
                // A private resource lifts the gain above zero.
                let lift = unit - spent;
                self.costs.push(0);
                self.pay(first + index, self.costs.len() - 1, lift, theta);
                spent += lift;
            }
            self.gains.push(spent / theta.den());
        }
    }

    fn pay(&mut self, v: usize, r: usize, amount: i64, theta: Multiplier) {
        self.pairs.push((v, r, amount));
        self.costs[r] += amount / theta.num();
    }

    fn harvest(mut self) -> Planted {
        let mut builder = SelectionProgram::builder();
        builder.decisions(&self.gains).resources(&self.costs);
        for (v, parent) in self.parents.iter().enumerate() {
            if let Some(parent) = parent {
                builder.requires(DecisionId(v as u32), DecisionId(*parent as u32));
            }
        }
        self.pairs.sort_unstable();
        for &(v, r, _) in &self.pairs {
            builder.uses(DecisionId(v as u32), ResourceId(r as u32));
        }
        let program = builder.build().expect("planted programs are valid");
        let path = Path::from_thresholds(&program, &self.thresholds);
        let uses = self.pairs.iter().map(|&(_, _, amount)| amount).collect();
        let flow = Flow { requires: Amounts::Narrow(self.sent_up), uses: Amounts::Narrow(uses) };
        Planted { program, path, flow }
    }
}

/// Programs with gains and costs near the limits of 64-bit sums.
pub fn huge() -> impl Strategy<Value = SelectionProgram> {
    let shape =
        Shape { decisions: 8, resources: 5, uses: 3, gain: i64::MAX / 8, cost: i64::MAX / 5, parents_first: false };
    program(shape)
}
