//! What both methods share at one lambda: the best bound, the best selection, and when to end.

use std::time::Instant;

use secateur_program::{Amounts, Control, Flow, Multiplier, Selection, SelectionProgram, Status, Stop};

use super::at::{IterationRecord, PrimalDualSolution, solution};
use super::finish::{Finished, Start};
use super::grid::Grid;
use super::nodes::{Best, Nodes};
use super::options::PrimalDualOptions;
use super::shard::{BYTES_PER_PAIR, CANDIDATES, Change, Message, Reply, Shards};
use crate::forest::NONE;

/// Candidates beside the best closed set: the decisions with levels above lambda times one plus each of these.
const OFFSETS: [f64; CANDIDATES - 1] = [0.0, -0.001, 0.001, -0.01, 0.01, -0.05, 0.05];

/// The state of a solve at one lambda.
pub(super) struct Run<'a> {
    program: &'a SelectionProgram,
    pub(super) nodes: &'a Nodes,
    shards: &'a mut Shards,
    pub(super) grid: Grid,
    /// The best closed set at the present multipliers.
    best: Best,
    /// The candidates that contain each node, see [`Message::marks`].
    marks: Vec<u8>,
    /// The best objective so far, and its selection by node.
    objective: i128,
    selected: Vec<bool>,
    /// The best bound so far. Its multipliers are those that the shards have kept.
    bound: i128,
    trace: Vec<IterationRecord>,
    started: Instant,
}

/// How a run ended.
pub(super) struct End {
    pub(super) status: Status,
    /// The exact finish, if there was one.
    pub(super) finished: Option<Finished>,
}

impl End {
    /// By a limit of the caller's.
    pub(super) fn stopped(stop: Stop) -> Self {
        Self { status: stop.into(), finished: None }
    }
}

impl<'a> Run<'a> {
    /// Starts from zero multipliers and the empty selection.
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

    /// Goes on from the multipliers that the shards hold, in units of which one is `factor` of the present ones, and
    /// from a selection.
    pub(super) fn warm(&mut self, factor: f64, selected: Vec<bool>, gain: i64, cost: i64) {
        self.shards.restate(&self.grid, factor);
        let reply = self.exchange(Change::Nothing);
        self.update_bound(&reply);
        let objective = i128::from(self.grid.den) * i128::from(gain) - i128::from(self.grid.num) * i128::from(cost);
        if objective > self.objective {
            (self.objective, self.selected) = (objective, selected);
        }
        self.trace.clear();
        self.record();
    }

    /// Begins iteration `k`: looks for a stop and reports progress.
    pub(super) fn begin(&self, k: u32, options: &PrimalDualOptions, control: &Control) -> Result<(), Stop> {
        control.check()?;
        control.report("primal-dual", k.into(), options.max_iterations.into());
        Ok(())
    }

    /// One exchange with the resources' side.
    pub(super) fn exchange(&mut self, change: Change<'_>) -> Reply {
        self.shards.exchange(&self.grid, Message { marks: &self.marks, change })
    }

    /// Proposes candidates: the best closed set at the present multipliers, and with levels what lies above lambda and
    /// above some lambdas near it.
    pub(super) fn propose(&mut self, levels: Option<&[f64]>) {
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

    /// Takes the best of the candidates that were proposed, if it is better than the best selection so far.
    pub(super) fn update_incumbent(&mut self, reply: &Reply) {
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

    /// Computes the bound of the multipliers that the reply is about, and keeps them if it is the best so far.
    pub(super) fn update_bound(&mut self, reply: &Reply) {
        self.best = self.nodes.best(&self.grid, &reply.prices);
        let bound = self.best.value + reply.surplus;
        if bound < self.bound {
            self.bound = bound;
            self.shards.keep(&self.grid);
        }
    }

    /// Whether iteration `k` is the end: at a gap of zero or within the tolerance, after the exact finish if that is
    /// due, and at the iteration limit.
    pub(super) fn end(&mut self, k: u32, options: &PrimalDualOptions, control: &Control) -> Option<End> {
        if let Some(record) = self.trace.last_mut() {
            record.objective = self.objective;
        }
        let last = k == options.max_iterations;
        let relative = self.gap() as f64 / self.bound as f64;
        let status = if self.gap() == 0 {
            Status::Optimal
        } else if relative <= options.tolerance {
            Status::WithinTolerance
        } else if options.finish > 0.0 && (last || relative <= options.finish) {
            return Some(self.finish(options, control));
        } else if last {
            Status::IterationLimit
        } else {
            return None;
        };
        Some(End { status, finished: None })
    }

    /// Completes the flow of the best bound.
    fn finish(&self, options: &PrimalDualOptions, control: &Control) -> End {
        let Self { program, nodes, grid, shards, objective, .. } = self;
        let start = Start { program, nodes, grid, shards, objective: *objective };
        let finished = start.finish(options.tolerance, control);
        End { status: finished.stop.map_or(Status::WithinTolerance, Into::into), finished: Some(finished) }
    }

    fn gap(&self) -> i128 {
        self.bound - self.objective
    }

    /// Best bound minus best objective, in units of the grid.
    pub(super) fn gap_in_units(&self) -> f64 {
        self.gap() as f64 / f64::from(self.grid.exponent as f32).exp2()
    }

    /// Records where the run stands after an iteration.
    pub(super) fn record(&mut self) {
        let iteration = self.trace.len() as u32;
        let seconds = self.started.elapsed().as_secs_f64();
        self.trace.push(IterationRecord { iteration, objective: self.objective, bound: self.bound, seconds });
    }

    /// The answer, and its selection by node.
    pub(super) fn answer(self, lambda: Multiplier, end: End) -> (PrimalDualSolution, Vec<bool>) {
        let End { status, finished } = end;
        let (iterations, pairs) = (self.trace.len() as u32 - 1, self.shards.pairs());
        let completion = finished.as_ref().map(|finished| finished.completion);
        let incumbent = || self.nodes.forest.selection(self.program, self.selected.iter().copied());
        let (selection, flow): (Selection, Flow) = match finished {
            Some(finished) if finished.objective >= self.objective => (finished.selection, finished.flow),
            Some(finished) => (incumbent(), finished.flow),
            None => {
                let multipliers = self.shards.kept(self.program, self.nodes);
                (incumbent(), flow(self.program, self.nodes, &self.grid, multipliers))
            }
        };
        let solution = solution(self.program, lambda, selection, flow, status);
        tracing::debug!(iterations, gap = solution.relative_gap(), ?completion, %status, "primal-dual");
        let selected = self.nodes.forest.decision.iter().map(|&v| solution.selection.has(v)).collect();
        let answer = PrimalDualSolution {
            solution,
            iterations,
            trace: self.trace,
            pairs,
            bytes_per_pair: BYTES_PER_PAIR,
            completion,
        };
        (answer, selected)
    }
}

/// Multipliers (one per uses pair, in units), completed to a flow by what the dynamic programme sends to parents.
pub(super) fn flow(program: &SelectionProgram, nodes: &Nodes, grid: &Grid, multipliers: Vec<i64>) -> Flow {
    let Nodes { forest, .. } = nodes;
    let price = |v: &secateur_program::DecisionId| multipliers[program.use_range(*v)].iter().sum();
    let prices: Vec<i64> = forest.decision.iter().map(price).collect();
    let best = nodes.best(grid, &prices);
    let mut requires = vec![0; nodes.len()];
    for (node, &v) in forest.decision.iter().enumerate().filter(|(node, _)| forest.parent[*node] != NONE) {
        requires[v.index()] = best.worth[node].max(0);
    }
    let uses = if grid.exponent == 0 {
        Amounts::Narrow(multipliers)
    } else {
        Amounts::from(multipliers.iter().map(|&units| grid.wide(units)).collect::<Vec<i128>>())
    };
    Flow { requires: Amounts::from(requires), uses }
}
