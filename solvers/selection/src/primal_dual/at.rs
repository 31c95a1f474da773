//! One price level.

use std::time::Instant;

use secateur_program::{Amounts, Control, Flow, Multiplier, Selection, SelectionProgram, Solution, Status};

use super::finish::finish;
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
    /// Pairs of the part that went to the exact cut, if one did.
    pub finished_pairs: Option<usize>,
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
    if lambda.is_infinite() {
        // Gains do not count, and the smallest optimum is empty.
        let solution = solution(program, lambda, Selection::empty(program), Flow::zero(program), Status::Optimal);
        return PrimalDualSolution {
            solution,
            passes: 0,
            trace: Vec::new(),
            pairs: 0,
            bytes_per_pair: BYTES_PER_PAIR,
            finished_pairs: None,
        };
    }
    let nodes = Nodes::new(program);
    let shards = Shards::new(program, &nodes, options.n_shards(), options.method == Method::Splitting);
    let grid = Grid::new(program, lambda.num(), lambda.den(), shards.longest().max(longest_row(program)));
    let mut run = Run::new(program, nodes, shards, grid);
    let (status, finished) = run.work(options, control);
    run.answer(lambda, status, finished)
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
    nodes: Nodes,
    shards: Shards,
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

/// A selection and a flow that prove each other optimal.
struct Finished {
    selection: Selection,
    flow: Flow,
    pairs: usize,
}

impl<'a> Run<'a> {
    fn new(program: &'a SelectionProgram, nodes: Nodes, shards: Shards, grid: Grid) -> Self {
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

    fn work(&mut self, options: &PrimalDualOptions, control: &Control) -> (Status, Option<Finished>) {
        let level = self.grid.level();
        let window = level * (1.0 - WINDOW)..level * (1.0 + WINDOW);
        let mut splitting =
            (options.method == Method::Splitting).then(|| Splitting::new(&self.nodes, &self.shards, level, window));
        let mut try_at = 1e-2;
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
            if options.finish > 0.0 && (last || relative <= try_at) {
                while relative <= try_at {
                    try_at /= 10.0;
                }
                match self.finish(options.finish, control) {
                    Ok(Some(finished)) => return (Status::Optimal, Some(finished)),
                    Ok(None) => {}
                    Err(stop) => return (stop.into(), None),
                }
            }
            if last {
                break;
            }
            match &mut splitting {
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

    fn finish(&self, share: f64, control: &Control) -> Result<Option<Finished>, secateur_program::Stop> {
        let most = (share * (self.shards.pairs() + self.nodes.len()) as f64) as usize;
        let found = finish(self.program, &self.nodes, &self.grid, &self.shards, most, control)?;
        Ok(found.map(|(selection, flow, pairs)| Finished { selection, flow, pairs }))
    }

    fn answer(self, lambda: Multiplier, status: Status, finished: Option<Finished>) -> PrimalDualSolution {
        let (passes, pairs) = (self.trace.len() as u32 - 1, self.shards.pairs());
        let finished_pairs = finished.as_ref().map(|finished| finished.pairs);
        let (selection, flow) = match finished {
            Some(finished) => (finished.selection, finished.flow),
            None => {
                let marks = self.nodes.by_decision(self.selected.iter().copied());
                let selection = Selection::new(self.program, marks).expect("candidates are closed");
                (selection, flow(self.program, &self.nodes, &self.grid, self.uses()))
            }
        };
        let solution = solution(self.program, lambda, selection, flow, status);
        tracing::debug!(passes, gap = solution.relative_gap(), ?finished_pairs, %status, "primal-dual");
        PrimalDualSolution {
            solution,
            passes,
            trace: self.trace,
            pairs,
            bytes_per_pair: BYTES_PER_PAIR,
            finished_pairs,
        }
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
