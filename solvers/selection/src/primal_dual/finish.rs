//! The exact finish at one lambda: only what the multipliers leave open goes to the cut.
//!
//! Multipliers and what decisions send to their parents are a flow. Where it leaves an excess (a root that gains more than it pays, a
//! resource that is paid more than lambda c_r) and where a deficit, the optimum is found by sending excess to deficits: along
//! pairs, and back along pairs that carry flow. Every such way lies among the nodes that an excess reaches and that reach a
//! deficit: the *open* nodes. So the maximum flow on the open part alone, with the flow across its border frozen, completes the flow to a
//! maximum one, and what is then reachable from an excess is the smallest optimal selection (Picard and Queyranne 1980). Near the
//! optimum the open part is small.
//!
//! First the flow is repaired by one pass, children first: a decision with something left pays for what its resources still lack, one that has
//! sent too much takes back from resources that got too much. That keeps small errors of the multipliers from linking everything.
//!
//! O(U log U) beside the cut; 8 bytes per pair for the flow (16 if amounts need 128 bits), 24 while it is handed over.

use secateur_program::{Amounts, Control, Flow, ResourceId, Selection, SelectionProgram, Stop};

use super::grid::Grid;
use super::nodes::{NONE, Nodes};
use super::shard::Shards;
use crate::amount::{Amount, fits_64_bits};
use crate::greedy::greedy_basis;
use crate::pairs::Pairs;
use crate::pseudoflow::{Pseudoflow, TreePair};

/// The smallest optimal selection, a flow that proves it, and the number of open pairs; `None` if more than `most` pairs are open.
pub(crate) fn finish(
    program: &SelectionProgram,
    nodes: &Nodes,
    grid: &Grid,
    shards: &Shards,
    most: usize,
    control: &Control,
) -> Result<Option<(Selection, Flow, usize)>, Stop> {
    let gains = nodes.gain.iter().map(|gain| gain.abs()).sum();
    if grid.exponent == 0 && fits_64_bits(grid.num, grid.den, gains, program.total_cost()) {
        let flow = shards.kept(program, nodes);
        Residual { program, nodes, grid, shards, flow }.finish(most, control)
    } else {
        let flow: Vec<i128> = shards.kept(program, nodes).into_iter().map(|units| grid.wide(units)).collect();
        Residual { program, nodes, grid, shards, flow }.finish(most, control)
    }
}

/// A flow and the ways along which it can change.
struct Residual<'a, F> {
    program: &'a SelectionProgram,
    nodes: &'a Nodes,
    grid: &'a Grid,
    shards: &'a Shards,
    /// Per uses pair of the program.
    flow: Vec<F>,
}

/// What is sent to parents, and what is left: positive excess, negative deficit. Nodes first, then resources.
struct Balance {
    sent: Vec<i128>,
    excess: Vec<i128>,
}

/// The open part as a program of its own: nodes `0..decisions.len()`, then the resources.
struct Open {
    decisions: Vec<u32>,
    resources: Vec<u32>,
    supply: Vec<i128>,
    pairs: Pairs,
}

impl<F: Amount + TryFrom<i128>> Residual<'_, F> {
    fn finish(mut self, most: usize, control: &Control) -> Result<Option<(Selection, Flow, usize)>, Stop> {
        let Some(mut balance) = self.repair() else { return Ok(None) };
        control.check()?;
        let children = Children::new(self.nodes);
        let reached = self.reached(&balance, &children);
        control.check()?;
        let is_open = self.reaching(&balance, &children, &reached);
        let Some(open) = self.open(&is_open, &mut balance, most) else { return Ok(None) };
        let pairs = open.pairs.head.len();
        let (flows, stop) = open.cut(control);
        if let Some(stop) = stop {
            return Err(stop);
        }
        if self.write(&open, &flows, &mut balance).is_none() {
            return Ok(None);
        }
        let reached = self.reached(&balance, &children);
        let selection =
            Selection::new(self.program, self.nodes.by_decision(reached[..self.nodes.len()].iter().copied()));
        let mut requires = vec![0; self.nodes.len()];
        for (v, &sent) in self.nodes.decision.iter().zip(&balance.sent) {
            requires[v.index()] = sent;
        }
        let flow = Flow {
            requires: Amounts::from(requires),
            uses: Amounts::from(self.flow.into_iter().map(Amount::wide).collect::<Vec<i128>>()),
        };
        Ok(Some((selection.expect("with a node its parent is reached"), flow, pairs)))
    }

    /// Pairs of an active node with resources that cost something: (position among the program's pairs, resource).
    fn pairs(&self, node: usize) -> impl Iterator<Item = (usize, usize)> + use<'_, F> {
        let v = self.nodes.decision[node];
        let pairs = self.program.use_range(v).zip(self.program.uses(v));
        pairs
            .filter(move |&(_, r)| self.nodes.active[node] && self.program.cost(r) > 0)
            .map(|(pair, r)| (pair, r.index()))
    }

    fn due(&self, resource: usize) -> i128 {
        i128::from(self.grid.num) * i128::from(self.program.cost(ResourceId(resource as u32)))
    }

    /// Balances every decision as far as its own pairs allow. `None` if an amount outgrows its type.
    fn repair(&mut self) -> Option<Balance> {
        let n = self.nodes.len();
        let mut excess = vec![0; n];
        excess.extend((0..self.program.n_resources()).map(|r| -self.due(r)));
        for v in 0..n {
            for (pair, r) in self.pairs(v) {
                excess[n + r] += self.flow[pair].wide();
            }
        }
        let mut sent = vec![0; n];
        for v in (0..n).rev() {
            let mut left = excess[v] + i128::from(self.nodes.gain[v]) * i128::from(self.grid.den);
            let pairs: Vec<(usize, usize)> = self.pairs(v).collect();
            left -= pairs.iter().map(|&(pair, _)| self.flow[pair].wide()).sum::<i128>();
            for (pair, r) in pairs {
                let over = excess[n + r];
                let more = if left > 0 {
                    left.min(-over).max(0)
                } else {
                    -(-left).min(over.max(0)).min(self.flow[pair].wide())
                };
                if more != 0 {
                    self.flow[pair] = F::try_from(self.flow[pair].wide() + more).ok()?;
                    excess[n + r] += more;
                    left -= more;
                }
            }
            let parent = self.nodes.parent[v];
            if parent != NONE {
                sent[v] = left.max(0);
                excess[parent as usize] += sent[v];
            }
            excess[v] = left - sent[v];
        }
        Some(Balance { sent, excess })
    }

    fn carries(&self, node: u32, resource: usize) -> bool {
        let pair = self.program.pair(self.nodes.decision[node as usize], ResourceId(resource as u32));
        self.flow[pair.expect("shards hold the program's pairs")] > F::default()
    }

    /// Nodes and resources that an excess can reach.
    fn reached(&self, balance: &Balance, children: &Children) -> Vec<bool> {
        let n = self.nodes.len();
        let mut search =
            Search::from((0..balance.excess.len()).filter(|&i| balance.excess[i] > 0), balance.excess.len());
        while let Some(at) = search.stack.pop() {
            if at >= n {
                for &user in self.shards.users(at - n) {
                    if !search.found[user as usize] && self.carries(user, at - n) {
                        search.visit(user as usize);
                    }
                }
                continue;
            }
            self.pairs(at).for_each(|(_, r)| search.visit(n + r));
            if self.nodes.parent[at] != NONE {
                search.visit(self.nodes.parent[at] as usize);
            }
            children.of(at).filter(|&child| balance.sent[child] > 0).for_each(|child| search.visit(child));
        }
        search.found
    }

    /// Nodes and resources, among those `within`, that can reach a deficit.
    fn reaching(&self, balance: &Balance, children: &Children, within: &[bool]) -> Vec<bool> {
        let n = self.nodes.len();
        let deficits = (0..within.len()).filter(|&i| within[i] && balance.excess[i] < 0);
        let mut search = Search::from(deficits, within.len());
        while let Some(at) = search.stack.pop() {
            let mut visit = |from: usize| {
                if within[from] {
                    search.visit(from);
                }
            };
            if at >= n {
                self.shards.users(at - n).iter().for_each(|&user| visit(user as usize));
                continue;
            }
            self.pairs(at).filter(|&(pair, _)| self.flow[pair] > F::default()).for_each(|(_, r)| visit(n + r));
            children.of(at).for_each(&mut visit);
            if self.nodes.parent[at] != NONE && balance.sent[at] > 0 {
                visit(self.nodes.parent[at] as usize);
            }
        }
        search.found
    }

    /// Takes the open part out: its supplies are what is there without the flow inside it, which is set to zero.
    fn open(&mut self, is_open: &[bool], balance: &mut Balance, most: usize) -> Option<Open> {
        let n = self.nodes.len();
        let mut name = vec![NONE; is_open.len()];
        let decisions: Vec<u32> = (0..n as u32).filter(|&v| is_open[v as usize]).collect();
        let resources: Vec<u32> = (n..is_open.len()).filter(|&i| is_open[i]).map(|i| (i - n) as u32).collect();
        let members = decisions.iter().map(|&v| v as usize).chain(resources.iter().map(|&r| n + r as usize));
        members.enumerate().for_each(|(index, member)| name[member] = index as u32);
        let mut pairs = Pairs { start: vec![0], head: Vec::new() };
        for &v in &decisions {
            let inside = self.pairs(v as usize).map(|(_, r)| name[n + r]);
            pairs.head.extend(inside.filter(|&head| head != NONE));
            let parent = self.nodes.parent[v as usize];
            pairs.head.extend((parent != NONE).then(|| name[parent as usize]).filter(|&head| head != NONE));
            if pairs.head.len() > most.min(u32::MAX as usize) {
                return None;
            }
            pairs.start.push(pairs.head.len() as u32);
        }
        for &v in &decisions {
            let v = v as usize;
            for (pair, r) in self.pairs(v).filter(|&(_, r)| is_open[n + r]).collect::<Vec<_>>() {
                let amount = std::mem::take(&mut self.flow[pair]).wide();
                balance.excess[v] += amount;
                balance.excess[n + r] -= amount;
            }
            let parent = self.nodes.parent[v];
            if parent != NONE && is_open[parent as usize] {
                let amount = std::mem::take(&mut balance.sent[v]);
                balance.excess[v] += amount;
                balance.excess[parent as usize] -= amount;
            }
        }
        let supply = (0..is_open.len()).filter(|&i| is_open[i]).map(|i| balance.excess[i]).collect();
        Some(Open { decisions, resources, supply, pairs })
    }

    /// Writes the flow of the open part back.
    fn write(&mut self, open: &Open, flows: &[TreePair], balance: &mut Balance) -> Option<()> {
        let n = self.nodes.len();
        for &TreePair { tail, head, flow } in flows {
            let v = open.decisions[tail as usize];
            let to = match (head as usize).checked_sub(open.decisions.len()) {
                None => {
                    balance.sent[v as usize] += flow;
                    open.decisions[head as usize] as usize
                }
                Some(resource) => {
                    let r = open.resources[resource];
                    let pair = self.program.pair(self.nodes.decision[v as usize], ResourceId(r));
                    self.flow[pair.expect("open pairs are the program's")] = F::try_from(flow).ok()?;
                    n + r as usize
                }
            };
            balance.excess[v as usize] -= flow;
            balance.excess[to] += flow;
        }
        Some(())
    }
}

impl Open {
    /// A maximum flow from supplies to demands.
    fn cut(&self, control: &Control) -> (Vec<TreePair>, Option<Stop>) {
        let total = self.supply.iter().fold(0i128, |sum, supply| sum.saturating_add(supply.abs()));
        if total < i128::from(i64::MAX) {
            self.cut_in(self.supply.iter().map(|&supply| supply as i64).collect(), control)
        } else {
            self.cut_in(self.supply.clone(), control)
        }
    }

    fn cut_in<A: Amount>(&self, supply: Vec<A>, control: &Control) -> (Vec<TreePair>, Option<Stop>) {
        let basis = greedy_basis(&self.pairs, &supply);
        let mut pseudoflow = Pseudoflow::new(&self.pairs, supply, &basis);
        let stop = pseudoflow.solve(control).err();
        (pseudoflow.flows().collect(), stop)
    }
}

/// Children by node.
struct Children {
    first: Vec<u32>,
    next: Vec<u32>,
}

impl Children {
    fn new(nodes: &Nodes) -> Self {
        let mut this = Self { first: vec![NONE; nodes.len()], next: vec![NONE; nodes.len()] };
        for (v, &parent) in nodes.parent.iter().enumerate().filter(|(_, parent)| **parent != NONE) {
            this.next[v] = std::mem::replace(&mut this.first[parent as usize], v as u32);
        }
        this
    }

    fn of(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let first = Some(self.first[node]);
        let siblings = std::iter::successors(first, |&child| (child != NONE).then(|| self.next[child as usize]));
        siblings.take_while(|&child| child != NONE).map(|child| child as usize)
    }
}

/// A search from some nodes and resources.
struct Search {
    found: Vec<bool>,
    stack: Vec<usize>,
}

impl Search {
    fn from(sources: impl Iterator<Item = usize>, size: usize) -> Self {
        let mut this = Self { found: vec![false; size], stack: Vec::new() };
        sources.for_each(|source| this.visit(source));
        this
    }

    fn visit(&mut self, at: usize) {
        if !std::mem::replace(&mut self.found[at], true) {
            self.stack.push(at);
        }
    }
}
