//! The exact finish at one lambda: the flow of the multipliers is completed to a maximum one.
//!
//! Multipliers and what decisions send to their parents are a flow. It leaves *excess* (at roots that gain more than they pay, at resources that
//! are paid more than lambda c_r) and *deficit*; excess can move along pairs without bound, and back along pairs that carry flow.
//! First one pass, children first, repairs it: a decision with something left pays for what its resources still lack, one that has sent too
//! much takes back from resources that got too much. Then come phases (Dinic 1970, with distances to the deficits, as in Ahuja
//! and Orlin 1991, so that excess of any distance moves in the same phase):
//!
//! 1. Distances to the nearest deficit, by breadth-first search, only until the last excess is found. What finds none is *settled* for good.
//! 2. From every excess, ways are followed on which the distance falls by one per step, and flow is sent along. A place from which none goes on is
//!    put farther, by the least that gives it a step again; the search comes again when that has cost more than some searches.
//!
//! Invariants: after every way sent the flow is one, so the work can stop anywhere; the sum of the excess is the bound that it
//! proves, and never rises. No way leaves the settled, so those among the decisions are a selection, and its objective is the
//! excess settled. The phases end when all excess is settled: objective and bound then meet. What is reachable from excess then
//! is the smallest optimal selection (Picard and Queyranne 1980).
//!
//! No graph is built: the users of a resource come from the shards, all else from the program. Distances only grow, so at most
//! O((D + R) U) ways are sent, each of at most D + R steps; on real programs phases are some tens and ways shorter than twenty steps.
//! Memory: the flow, 8 bytes per pair (16 if amounts need 128 bits); the rest is per decision and resource.

mod phases;

use secateur_program::{Amounts, Control, Flow, Selection, SelectionProgram, Stop};

use super::grid::Grid;
use super::nodes::{NONE, Nodes};
use super::shard::Shards;
use crate::amount::{Amount, fits_64_bits};
use crate::pairs::Pairs;

/// How the exact finish went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Completion {
    /// Searches for distances.
    pub phases: u32,
    /// Ways along which flow was sent.
    pub ways: u64,
}

/// What the finish hands over.
pub(crate) struct Finished {
    /// Its selection and that one's objective, in units of `1/den`.
    pub(crate) selection: Selection,
    pub(crate) objective: i128,
    pub(crate) flow: Flow,
    pub(crate) completion: Completion,
    /// What stopped it before its end.
    pub(crate) stop: Option<Stop>,
}

/// The program at one lambda, with the multipliers of the best bound.
pub(crate) struct Start<'a> {
    pub(crate) program: &'a SelectionProgram,
    pub(crate) nodes: &'a Nodes,
    pub(crate) grid: &'a Grid,
    pub(crate) shards: &'a Shards,
    /// Objective of the best selection known.
    pub(crate) objective: i128,
}

impl Start<'_> {
    /// Completes the flow until the gap is at most this share of the bound; 0 asks for a maximum flow and the smallest optimal selection.
    pub(crate) fn finish(&self, tolerance: f64, control: &Control) -> Finished {
        let gains = self.nodes.gain.iter().map(|gain| gain.abs()).sum();
        let Self { program, nodes, grid, shards, .. } = *self;
        let flow = shards.kept(program, nodes);
        if grid.exponent == 0 && fits_64_bits(grid.num, grid.den, gains, program.total_cost()) {
            let (flow, finished) = Residual::new(program, nodes, grid, shards, flow).finish(self, tolerance, control);
            finished.with(Amounts::Narrow(flow))
        } else {
            let flow = flow.into_iter().map(|units| grid.wide(units)).collect();
            let (flow, finished) = Residual::new(program, nodes, grid, shards, flow).finish(self, tolerance, control);
            finished.with(Amounts::from(flow))
        }
    }
}

impl Finished {
    fn with(mut self, uses: Amounts) -> Self {
        self.flow.uses = uses;
        self
    }
}

/// A flow and the ways along which it can change. Places are the nodes, then the resources.
struct Residual<'a, F> {
    program: &'a SelectionProgram,
    nodes: &'a Nodes,
    shards: &'a Shards,
    children: Pairs,
    /// Per uses pair of the program.
    flow: Vec<F>,
    /// What each node sends to its parent.
    sent: Vec<F>,
    /// What is left at each place: positive excess, negative deficit.
    excess: Vec<F>,
    /// Places from which no deficit can be reached.
    settled: Vec<bool>,
    steps: u32,
    completion: Completion,
}

/// A step from one place to another.
#[derive(Clone, Copy)]
enum Step {
    /// More along a uses pair.
    Pay(usize),
    /// Less along a uses pair.
    TakeBack(usize),
    /// More to the node's parent.
    Send(usize),
    /// Less from a child.
    Recall(usize),
}

impl<'a, F: Amount> Residual<'a, F> {
    fn new(program: &'a SelectionProgram, nodes: &'a Nodes, grid: &Grid, shards: &'a Shards, flow: Vec<F>) -> Self {
        let n = nodes.len();
        let mut excess: Vec<F> = nodes.gain.iter().map(|&gain| F::scaled(grid.den, gain)).collect();
        excess.extend(program.resources().map(|r| -F::scaled(grid.num, program.cost(r))));
        let places = excess.len();
        let mut this = Self {
            program,
            nodes,
            shards,
            children: children(nodes),
            flow,
            sent: vec![F::default(); n],
            excess,
            settled: vec![false; places],
            steps: 0,
            completion: Completion::default(),
        };
        for v in 0..n {
            for (pair, r) in this.pairs(v) {
                this.excess[v] -= this.flow[pair];
                this.excess[n + r] += this.flow[pair];
            }
        }
        this.repair();
        this
    }

    fn finish(mut self, start: &Start<'_>, tolerance: f64, control: &Control) -> (Vec<F>, Finished) {
        let stop = self.complete(start, tolerance, control).err();
        // With all excess settled, the smallest optimum; else what is settled.
        let taken = if stop.is_none() && tolerance == 0.0 { self.reached() } else { self.settled.clone() };
        let objective = self.sum_of(|place| taken[place]);
        // Decisions that are not worth having even if all is free take no part, and may be settled without having paid.
        let Nodes { active, always, .. } = self.nodes;
        let marks = (0..self.nodes.len()).map(|v| taken[v] && (active[v] || always[v]));
        let marks = self.nodes.by_decision(marks);
        let mut requires = vec![0; self.nodes.len()];
        for (v, &sent) in self.nodes.decision.iter().zip(&self.sent) {
            requires[v.index()] = sent.wide();
        }
        let finished = Finished {
            selection: Selection::new(self.program, marks).expect("with a node its parent is settled, or reached"),
            objective,
            flow: Flow { requires: Amounts::from(requires), uses: Amounts::zeros(0) },
            completion: self.completion,
            stop,
        };
        (self.flow, finished)
    }

    /// Phases until the gap is small enough or all excess is settled.
    fn complete(&mut self, start: &Start<'_>, tolerance: f64, control: &Control) -> Result<(), Stop> {
        loop {
            control.check()?;
            control.report("complete the flow", self.completion.phases.into(), u64::from(self.completion.phases) + 1);
            let Some(mut distances) = self.distances() else { return Ok(()) };
            if tolerance > 0.0 {
                let bound = self.sum_of(|_| true);
                let gap = bound - start.objective.max(self.sum_of(|place| self.settled[place]));
                if gap as f64 <= tolerance * bound as f64 {
                    return Ok(());
                }
            }
            self.completion.phases += 1;
            self.block(&mut distances, control)?;
            tracing::trace!(phase = self.completion.phases, ways = self.completion.ways, "complete the flow");
        }
    }

    /// Sum of the excess at some places.
    fn sum_of(&self, at: impl Fn(usize) -> bool) -> i128 {
        let places = self.excess.iter().enumerate();
        places.filter(|&(place, &excess)| excess > F::default() && at(place)).map(|(_, excess)| excess.wide()).sum()
    }

    /// Pairs of an active node with resources that cost something: (position among the program's pairs, resource).
    fn pairs(&self, node: usize) -> impl Iterator<Item = (usize, usize)> + use<'a, F> {
        let (program, v) = (self.program, self.nodes.decision[node]);
        let active = self.nodes.active[node];
        let pairs = program.use_range(v).zip(program.uses(v));
        pairs.filter(move |&(_, r)| active && program.cost(r) > 0).map(|(pair, r)| (pair, r.index()))
    }

    /// Balances every decision as far as its own pairs allow, children first.
    fn repair(&mut self) {
        let (n, zero) = (self.nodes.len(), F::default());
        for v in (0..n).rev() {
            for (pair, r) in self.pairs(v) {
                let (left, over) = (self.excess[v], self.excess[n + r]);
                if left > zero && over < zero {
                    self.shift(v, n + r, Step::Pay(pair), left.min(-over));
                } else if left < zero && over > zero {
                    let amount = (-left).min(over).min(self.flow[pair]);
                    self.shift(n + r, v, Step::TakeBack(pair), amount);
                }
            }
            let parent = self.nodes.parent[v];
            if parent != NONE && self.excess[v] > zero {
                self.shift(v, parent as usize, Step::Send(v), self.excess[v]);
            }
        }
    }

    /// Moves excess by one step.
    fn shift(&mut self, from: usize, to: usize, step: Step, amount: F) {
        self.change(step, amount);
        self.excess[from] -= amount;
        self.excess[to] += amount;
    }

    fn change(&mut self, step: Step, amount: F) {
        match step {
            Step::Pay(pair) => self.flow[pair] += amount,
            Step::TakeBack(pair) => self.flow[pair] -= amount,
            Step::Send(child) => self.sent[child] += amount,
            Step::Recall(child) => self.sent[child] -= amount,
        }
    }

    /// The most that can go along a step, if there is a limit.
    fn room(&self, step: Step) -> Option<F> {
        match step {
            Step::Pay(_) | Step::Send(_) => None,
            Step::TakeBack(pair) => Some(self.flow[pair]),
            Step::Recall(child) => Some(self.sent[child]),
        }
    }

    /// Places that an excess can reach.
    fn reached(&self) -> Vec<bool> {
        let (n, zero) = (self.nodes.len(), F::default());
        let mut found: Vec<bool> = self.excess.iter().map(|&excess| excess > zero).collect();
        let mut stack: Vec<usize> = (0..found.len()).filter(|&place| found[place]).collect();
        while let Some(at) = stack.pop() {
            let mut visit = |to: usize| {
                if !std::mem::replace(&mut found[to], true) {
                    stack.push(to);
                }
            };
            if at >= n {
                for &user in self.shards.users(at - n) {
                    if self.flow[self.pair(user, at - n)] > zero {
                        visit(user as usize);
                    }
                }
                continue;
            }
            self.pairs(at).for_each(|(_, r)| visit(n + r));
            if self.nodes.parent[at] != NONE {
                visit(self.nodes.parent[at] as usize);
            }
            let children = self.children.of(at).iter().map(|&child| child as usize);
            children.filter(|&child| self.sent[child] > zero).for_each(&mut visit);
        }
        found
    }
}

/// Children of each node.
fn children(nodes: &Nodes) -> Pairs {
    let mut start = vec![0u32; nodes.len() + 1];
    let with_parent = || nodes.parent.iter().enumerate().filter(|(_, parent)| **parent != NONE);
    with_parent().for_each(|(_, &parent)| start[parent as usize + 1] += 1);
    for node in 0..nodes.len() {
        start[node + 1] += start[node];
    }
    let mut next = start.clone();
    let mut head = vec![0; start[nodes.len()] as usize];
    for (child, &parent) in with_parent() {
        head[next[parent as usize] as usize] = child as u32;
        next[parent as usize] += 1;
    }
    Pairs { start, head }
}
