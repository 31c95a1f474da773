//! One price level.

use std::time::Instant;

use secateur_program::{Amounts, Control, Flow, Multiplier, Selection, SelectionProgram, Solution, Status};

use super::finish::{Completion, Finished, Start};
use super::grid::Grid;
use super::nodes::{Best, Nodes};
use super::options::{Method, PrimalDualOptions};
use super::shard::{BYTES_PER_PAIR, CANDIDATES, Change, Message, Reply, Shards};
use super::splitting::Splitting;

/// The authors' m: how slowly the factor of the step falls from 1.
const DAMPING: f64 = 500.0;

/// Levels are clipped to lambda times one plus or minus this. Measured: 0.5 takes up to twice the passes, 0.02 up to three times.
const WINDOW: f64 = 0.1;

/// Candidates beside the best closed set: what lies above lambda times one plus these.
const OFFSETS: [f64; CANDIDATES - 1] = [0.0, -0.001, 0.001, -0.01, 0.01, -0.05, 0.05];

/// Where a solve stood after a pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PassRecord {
    /// Passes done; 0 stands for zero multipliers.
    pub pass: u32,
    /// Best objective so far, in units of `1/den` of lambda.
    pub objective: i128,
    /// Best bound so far, same unit.
    pub bound: i128,
    /// Wall-clock time since the start.
    pub seconds: f64,
}

/// The answer at one lambda.
#[derive(Debug, Clone)]
pub struct PrimalDualSolution {
    /// Selection, objective, bound, and the flow that proves the bound.
    pub solution: Solution,
    /// Passes done.
    pub passes: u32,
    /// One record per pass, with best objective and bound so far: both monotone.
    pub trace: Vec<PassRecord>,
    /// Uses pairs that carry multipliers, and bytes that the shards hold for each.
    pub pairs: usize,
    /// See `pairs`.
    pub bytes_per_pair: usize,
    /// How the exact finish went, if there was one.
    pub completion: Option<Completion>,
}

/// Solves a program at one lambda by multipliers: a selection, a bound, and the flow that proves it, better with every pass.
///
/// The best selection and the best bound seen are kept, whatever stops the work: proven optimality, tolerance, the limit on passes, time, or
/// cancellation.
///
/// # Complexity
/// O(U + D log D) per pass, 12 bytes per pair beside the program; a flow of 8 bytes per pair at the end.
///
/// ```
/// use secateur_program::{Control, Multiplier, SelectionProgram, Status};
/// use secateur_selection::{PrimalDualOptions, primal_dual_at};
///
/// let mut builder = SelectionProgram::builder();
/// let (u, v) = (builder.decision(5), builder.decision(4));
/// let r = builder.resource(6);
/// builder.uses(u, r).uses(v, r);
/// let program = builder.build()?;
///
/// let lambda = Multiplier::new(1, 1)?;
/// let answer = primal_dual_at(&program, lambda, &PrimalDualOptions::default(), &Control::new());
/// assert_eq!(answer.solution.status, Status::Optimal);
/// assert_eq!((answer.solution.objective, answer.solution.bound), (3, 3)); // 5 + 4 - 6
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn primal_dual_at(
    program: &SelectionProgram,
    lambda: Multiplier,
    options: &PrimalDualOptions,
    control: &Control,
) -> PrimalDualSolution {
    PrimalDual::new(program, options.clone()).solve(lambda, control)
}

/// A solver that goes from lambda to lambda: multipliers, levels and the best selection of one start the next.
///
/// Worth it for lambdas near each other, best in the order of a path. Every answer holds by itself, with its own bound and flow.
///
/// ```
/// use secateur_program::{Control, Multiplier, SelectionProgram};
/// use secateur_selection::{PrimalDual, PrimalDualOptions};
///
/// let mut builder = SelectionProgram::builder();
/// let v = builder.decision(5);
/// let r = builder.resource(6);
/// builder.uses(v, r);
/// let program = builder.build()?;
///
/// let mut solver = PrimalDual::new(&program, PrimalDualOptions::default());
/// let at_one = solver.solve(Multiplier::new(1, 1)?, &Control::new());
/// let at_half = solver.solve(Multiplier::new(1, 2)?, &Control::new());
/// assert_eq!((at_one.solution.objective, at_half.solution.objective), (0, 4)); // 2 * 5 - 1 * 6, in halves
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PrimalDual<'a> {
    program: &'a SelectionProgram,
    options: PrimalDualOptions,
    nodes: Nodes,
    shards: Shards,
    /// Most pairs of a decision or resource.
    longest: usize,
    /// Of the last lambda.
    last: Option<Last>,
}

/// What a lambda leaves for the next, beside multipliers.
struct Last {
    grid: Grid,
    splitting: Option<Splitting>,
    selected: Vec<bool>,
    gain: i64,
    cost: i64,
}

impl<'a> PrimalDual<'a> {
    /// Deals the program's pairs to shards. O(U + D log D), 12 bytes per pair.
    pub fn new(program: &'a SelectionProgram, options: PrimalDualOptions) -> Self {
        let nodes = Nodes::new(program);
        let shards = Shards::new(program, &nodes, options.n_shards(), options.method == Method::Splitting);
        let longest = shards.longest().max(longest_row(program));
        Self { program, options, nodes, shards, longest, last: None }
    }

    /// Solves at one lambda, from where the last solve ended; the first starts from zero multipliers. See [`primal_dual_at`].
    pub fn solve(&mut self, lambda: Multiplier, control: &Control) -> PrimalDualSolution {
        let program = self.program;
        if lambda.is_infinite() {
            // Gains do not count, and the smallest optimum is empty.
            let solution = solution(program, lambda, Selection::empty(program), Flow::zero(program), Status::Optimal);
            return PrimalDualSolution {
                solution,
                passes: 0,
                trace: Vec::new(),
                pairs: 0,
                bytes_per_pair: BYTES_PER_PAIR,
                completion: None,
            };
        }
        let grid = Grid::new(program, lambda.num(), lambda.den(), self.longest);
        let window = grid.level() * (1.0 - WINDOW)..grid.level() * (1.0 + WINDOW);
        let last = self.last.take();
        let mut splitting = match &last {
            None if self.options.method == Method::Splitting => {
                Some(Splitting::new(&self.nodes, &self.shards, grid.level(), window.clone()))
            }
            _ => None,
        };
        let mut run = Run::new(program, &self.nodes, &mut self.shards, grid);
        if let Some(last) = last {
            let factor = grid.per_unit_of(&last.grid);
            splitting = last.splitting;
            if let Some(splitting) = &mut splitting {
                splitting.restate(factor, window);
            }
            run.warm(factor, last.selected, last.gain, last.cost);
        }
        let (status, finished) = run.work(&mut splitting, &self.options, control);
        let (answer, selected) = run.answer(lambda, status, finished);
        let (gain, cost) = (answer.solution.gain, answer.solution.cost);
        self.last = Some(Last { grid, splitting, selected, gain, cost });
        answer
    }
}

pub(super) fn longest_row(program: &SelectionProgram) -> usize {
    program.decisions().map(|v| program.use_range(v).len()).max().unwrap_or(0)
}

fn solution(
    program: &SelectionProgram,
    lambda: Multiplier,
    selection: Selection,
    flow: Flow,
    status: Status,
) -> Solution {
    let solution = Solution::new(program, lambda, selection, flow, status);
    let mut solution = solution.expect("multipliers lie on pairs and their sums fit");
    if solution.is_proven() {
        // Stopped or not.
        solution.status = Status::Optimal;
    }
    solution
}

/// The state of a solve at one lambda.
struct Run<'a> {
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
    fn new(program: &'a SelectionProgram, nodes: &'a Nodes, shards: &'a mut Shards, grid: Grid) -> Self {
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
    fn warm(&mut self, factor: f64, selected: Vec<bool>, gain: i64, cost: i64) {
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

    fn work(
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
                    splitting.fit(&self.nodes, &self.grid, &reply);
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
        self.shards.kept(self.program, &self.nodes)
    }

    fn answer(self, lambda: Multiplier, status: Status, finished: Option<Finished>) -> (PrimalDualSolution, Vec<bool>) {
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
    for (node, &v) in nodes.decision.iter().enumerate().filter(|(node, _)| nodes.parent[*node] != super::nodes::NONE) {
        requires[v.index()] = best.worth[node].max(0);
    }
    let uses = if grid.exponent == 0 {
        Amounts::Narrow(uses)
    } else {
        Amounts::from(uses.iter().map(|&units| grid.wide(units)).collect::<Vec<i128>>())
    };
    Flow { requires: Amounts::from(requires), uses }
}
