//! Passes at one lambda, whatever the start.

use std::time::Instant;

use secateur_program::{Amounts, Control, Flow, Multiplier, Selection, SelectionProgram, Status};

use super::at::{PassRecord, PrimalDualSolution, solution};
use super::finish::{Finished, Start};
use super::grid::Grid;
use super::nodes::{Best, NONE, Nodes};
use super::options::PrimalDualOptions;
use super::shard::{BYTES_PER_PAIR, CANDIDATES, Change, Message, Reply, Shards};
use super::splitting::Splitting;

/// The authors' m: how slowly the factor of the step falls from 1.
const DAMPING: f64 = 500.0;

/// Candidates beside the best closed set: what lies above lambda times one plus these.
const OFFSETS: [f64; CANDIDATES - 1] = [0.0, -0.001, 0.001, -0.01, 0.01, -0.05, 0.05];

/// The state of a solve at one lambda.
pub(super) struct Run<'a> {
    program: &'a SelectionProgram,
    nodes: &'a Nodes,
    shards: &'a mut Shards,
    grid: Grid,
    /// Best closed set at the present multipliers.
    best: Best,
    /// Which candidates have each node; see [`Message::marks`].
    marks: Vec<u8>,
    objective: i128,
    selected: Vec<bool>,
    bound: i128,
    trace: Vec<PassRecord>,
    started: Instant,
}

impl<'a> Run<'a> {
    pub(super) fn new(program: &'a SelectionProgram, nodes: &'a Nodes, shards: &'a mut Shards, grid: Grid) -> Self {
        let best = nodes.best(&grid, &vec![0; nodes.len()]);
        let mut this = Self {
            marks: vec![0; nodes.len()],
            selected: vec![false; nodes.len()],
            objective: 0,
            bound: best.value,
            trace: Vec::new(),
            started: Instant::now(),
            program,
            nodes,
            shards,
            grid,
            best,
        };
        this.record();
        this
    }

    /// Goes on from the multipliers that the shards have, in units of which one is `factor` of the present, and from a selection.
    pub(super) fn warm(&mut self, factor: f64, selected: Vec<bool>, gain: i64, cost: i64) {
        self.shards.restate(&self.grid, factor);
        let reply = self.shards.pass(&self.grid, Message { marks: &self.marks, change: Change::Nothing });
        self.judge(&reply);
        let objective = i128::from(self.grid.den) * i128::from(gain) - i128::from(self.grid.num) * i128::from(cost);
        if objective > self.objective {
            (self.objective, self.selected) = (objective, selected);
        }
        self.trace.clear();
        self.record();
    }

    pub(super) fn work(
        &mut self,
        splitting: &mut Option<Splitting>,
        options: &PrimalDualOptions,
        control: &Control,
    ) -> (Status, Option<Finished>) {
        for pass in 0..=options.max_passes {
            if let Err(stop) = control.check() {
                return (stop.into(), None);
            }
            control.report("primal-dual", pass.into(), options.max_passes.into());
            let last = pass == options.max_passes;
            self.mark(splitting.as_ref().map(Splitting::levels));
            let mut mismatches = 0;
            if last || pass == 0 || splitting.is_none() {
                // A splitting pass prices its candidates by the way.
                let reply = self.shards.pass(&self.grid, Message { marks: &self.marks, change: Change::Nothing });
                self.offer(&reply);
                mismatches = reply.mismatches;
            }
            if let Some(record) = self.trace.last_mut() {
                record.objective = self.objective;
            }
            if self.gap() == 0 {
                return (Status::Optimal, None);
            }
            let relative = self.gap() as f64 / self.bound as f64;
            if relative <= options.tolerance {
                return (Status::WithinTolerance, None);
            }
            if options.finish > 0.0 && (last || relative <= options.finish) {
                let Self { program, nodes, grid, shards, objective, .. } = &*self;
                let start = Start { program, nodes, grid, shards, objective: *objective };
                let finished = start.finish(options.tolerance, control);
                return (finished.stop.map_or(Status::WithinTolerance, Into::into), Some(finished));
            }
            if last {
                break;
            }
            match splitting.as_mut() {
                Some(splitting) => {
                    let message = Message { marks: &self.marks, change: Change::Levels(splitting.levels()) };
                    let reply = self.shards.pass(&self.grid, message);
                    self.offer(&reply);
                    self.judge(&reply);
                    splitting.fit(self.nodes, &self.grid, &reply);
                }
                None => self.step(mismatches),
            }
            self.record();
        }
        (Status::PassLimit, None)
    }

    fn gap(&self) -> i128 {
        self.bound - self.objective
    }

    fn record(&mut self) {
        let pass = self.trace.len() as u32;
        let seconds = self.started.elapsed().as_secs_f64();
        self.trace.push(PassRecord { pass, objective: self.objective, bound: self.bound, seconds });
    }

    /// The authors' step for the present multipliers.
    fn step(&mut self, mismatches: u64) {
        let pass = (self.trace.len() - 1) as f64;
        let gap = self.gap() as f64 / f64::from(self.grid.exponent as f32).exp2();
        let eta = ((1.0 + DAMPING) * gap / (mismatches.max(1) as f64 * (pass + DAMPING))).round().max(1.0);
        let reply = self.shards.pass(&self.grid, Message { marks: &self.marks, change: Change::Step(eta) });
        self.judge(&reply);
    }

    /// Takes the best candidate of the message that was answered, if it beats the best so far.
    fn offer(&mut self, reply: &Reply) {
        for candidate in 0..CANDIDATES {
            let has = |marks: u8| marks >> candidate & 1 == 1;
            let members = self.nodes.gain.iter().zip(&self.marks).filter(|(_, marks)| has(**marks));
            let gain: i128 = members.map(|(&gain, _)| i128::from(gain)).sum();
            let cost = i128::from(reply.costs[candidate]);
            let objective = i128::from(self.grid.den) * gain - i128::from(self.grid.num) * cost;
            if objective > self.objective {
                self.objective = objective;
                self.selected = self.marks.iter().map(|&marks| has(marks)).collect();
            }
        }
    }

    /// Bounds with the multipliers that the reply is about, and keeps them if they are the best so far.
    fn judge(&mut self, reply: &Reply) {
        self.best = self.nodes.best(&self.grid, &reply.prices);
        let bound = self.best.value + reply.surplus;
        if bound < self.bound {
            self.bound = bound;
            self.shards.keep(&self.grid);
        }
    }

    /// Marks the candidates: the best closed set, and what lies above lambda and nearby.
    fn mark(&mut self, levels: Option<&[f64]>) {
        let level = self.grid.level();
        for (v, marks) in self.marks.iter_mut().enumerate() {
            *marks = u8::from(self.best.taken[v]);
            if let Some(levels) = levels {
                for (candidate, offset) in OFFSETS.iter().enumerate() {
                    let above = self.nodes.active[v] && levels[v] > level * (1.0 + offset);
                    *marks |= u8::from(above || self.nodes.always[v]) << (candidate + 1);
                }
            }
        }
    }

    /// The flow of the best bound, its uses part in the program's order.
    fn uses(&self) -> Vec<i64> {
        self.shards.kept(self.program, self.nodes)
    }

    pub(super) fn answer(
        self,
        lambda: Multiplier,
        status: Status,
        finished: Option<Finished>,
    ) -> (PrimalDualSolution, Vec<bool>) {
        let (passes, pairs) = (self.trace.len() as u32 - 1, self.shards.pairs());
        let completion = finished.as_ref().map(|finished| finished.completion);
        let incumbent = || {
            let marks = self.nodes.by_decision(self.selected.iter().copied());
            Selection::new(self.program, marks).expect("candidates are closed")
        };
        let (selection, flow) = match finished {
            Some(finished) if finished.objective >= self.objective => (finished.selection, finished.flow),
            Some(finished) => (incumbent(), finished.flow),
            None => (incumbent(), flow(self.program, self.nodes, &self.grid, self.uses())),
        };
        let solution = solution(self.program, lambda, selection, flow, status);
        tracing::debug!(passes, gap = solution.relative_gap(), ?completion, %status, "primal-dual");
        let selected = self.nodes.decision.iter().map(|&v| solution.selection.has(v)).collect();
        let answer = PrimalDualSolution {
            solution,
            passes,
            trace: self.trace,
            pairs,
            bytes_per_pair: BYTES_PER_PAIR,
            completion,
        };
        (answer, selected)
    }
}

/// Multipliers, completed by what the dynamic programme sends to parents, as a flow.
pub(super) fn flow(program: &SelectionProgram, nodes: &Nodes, grid: &Grid, uses: Vec<i64>) -> Flow {
    let prices = nodes.decision.iter().map(|&v| uses[program.use_range(v)].iter().sum()).collect::<Vec<i64>>();
    let best = nodes.best(grid, &prices);
    let mut requires = vec![0; nodes.len()];
    for (node, &v) in nodes.decision.iter().enumerate().filter(|(node, _)| nodes.parent[*node] != NONE) {
        requires[v.index()] = best.worth[node].max(0);
    }
    let uses = if grid.exponent == 0 {
        Amounts::Narrow(uses)
    } else {
        Amounts::from(uses.iter().map(|&units| grid.wide(units)).collect::<Vec<i128>>())
    };
    Flow { requires: Amounts::from(requires), uses }
}
