//! Every price level at once.
//!
//! The splitting method without a window solves for all thresholds together. Its levels give nested closed selections; the upper hull
//! of their gains over their costs gives thresholds (exact ratios). Its flow bounds every lambda: what is left at roots does not
//! depend on lambda, and resource r adds `max(0, inflow_r - lambda c_r)`. So one run gives a path, and a bound on its gap at every lambda.

use secateur_program::{Control, Flow, Multiplier, Path, SelectionProgram, Status};

use super::at::longest_row;
use super::grid::Grid;
use super::nodes::Nodes;
use super::options::PrimalDualOptions;
use super::run::flow;
use super::shard::{Change, Message, Shards};
use super::splitting::Splitting;

/// The gap of a path is looked at after this many passes, then every time they have grown by half.
const FIRST_LOOK: u32 = 8;

/// A path with a bound on what it lacks.
#[derive(Debug, Clone)]
pub struct PrimalDualPath {
    /// Closed and nested selections: near-optimal thresholds.
    pub path: Path,
    /// A flow that proves `bound_at`, in units of `1/unit` gains.
    pub flow: Flow,
    /// See `flow`.
    pub unit: i64,
    /// Bound on how much the objective of the path can be below the optimum at any lambda, in the program's gain integers (up to the rounding
    /// of doubles, which is added).
    pub gap: f64,
    /// The gap as a share of the bound at lambda = 0.
    pub relative_gap: f64,
    /// How the solver ended.
    pub status: Status,
    /// Passes done.
    pub passes: u32,
    bound: Bound,
}

impl PrimalDualPath {
    /// Upper bound on the objective of any selection at `lambda`, in the program's gain integers, rounded up. Infinite lambda gives 0. O(log R).
    pub fn bound_at(&self, lambda: Multiplier) -> f64 {
        if lambda.is_infinite() { 0.0 } else { self.bound.at(lambda) }
    }
}

/// Solves for every lambda at once, approximately, with a bound.
///
/// Stops when the gap at every lambda is at most `options.tolerance` times the bound at lambda = 0 (looked at now and then, not after every
/// pass), or at a limit. `options.method` and `options.finish` are not used.
///
/// # Complexity
/// O(U + D log D) per pass; 12 bytes per pair beside the program and a flow of 8 bytes per pair at the end.
///
/// ```
/// use secateur_program::{Control, Multiplier, SelectionProgram};
/// use secateur_selection::{PrimalDualOptions, primal_dual_path};
///
/// let mut builder = SelectionProgram::builder();
/// let (cheap, dear) = (builder.decision(6), builder.decision(6));
/// let (r, s) = (builder.resource(2), builder.resource(12));
/// builder.uses(cheap, r).uses(dear, s);
/// let program = builder.build()?;
///
/// let answer = primal_dual_path(&program, &PrimalDualOptions::default(), &Control::new());
/// assert_eq!(answer.path.threshold(cheap), Multiplier::new(3, 1)?);
/// assert_eq!(answer.path.threshold(dear), Multiplier::new(1, 2)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn primal_dual_path(program: &SelectionProgram, options: &PrimalDualOptions, control: &Control) -> PrimalDualPath {
    let nodes = Nodes::new(program);
    let mut shards = Shards::new(program, &nodes, options.n_shards(), true);
    // Flows as fine as 52 bits allow: the unit is a power of two.
    let spare = (program.total_positive_gain() as u64).leading_zeros().saturating_sub(12);
    let unit = 1i64 << spare.min(52);
    let grid = Grid::new(program, 0, unit, shards.longest().max(longest_row(program)));
    let mean = grid.gain(1) * program.total_positive_gain() as f64 / program.total_cost().max(1) as f64;
    let mut splitting = Splitting::new(&nodes, &shards, mean, 0.0..grid.cap);
    let marks = vec![0; nodes.len()];
    let mut best = look(program, &nodes, &shards, &grid, splitting.levels());
    let (mut passes, mut next_look) = (0, FIRST_LOOK);
    let status = loop {
        if best.gap == 0.0 {
            break Status::Optimal;
        }
        if best.relative_gap <= options.tolerance {
            break Status::WithinTolerance;
        }
        let stop = loop {
            if passes == options.max_passes {
                break Some(Status::PassLimit);
            }
            if let Err(stop) = control.check() {
                break Some(stop.into());
            }
            if passes == next_look {
                next_look += next_look / 2;
                break None;
            }
            control.report("primal-dual path", passes.into(), options.max_passes.into());
            let message = Message { marks: &marks, change: Change::Levels(splitting.levels()) };
            let reply = shards.pass(&grid, message);
            splitting.fit(&nodes, &grid, &reply);
            passes += 1;
        };
        shards.keep(&grid);
        let found = look(program, &nodes, &shards, &grid, splitting.levels());
        if found.gap < best.gap {
            best = found;
        }
        best.passes = passes;
        if let Some(status) = stop {
            break if best.gap == 0.0 { Status::Optimal } else { status };
        }
    };
    best.status = status;
    tracing::debug!(passes, gap = best.relative_gap, %status, "primal-dual path");
    best
}

/// The path of these levels and the bound of the multipliers kept.
fn look(program: &SelectionProgram, nodes: &Nodes, shards: &Shards, grid: &Grid, levels: &[f64]) -> PrimalDualPath {
    let path = hull(program, &nested(program, nodes, levels));
    let flow = flow(program, nodes, grid, shards.kept(program, nodes));
    let bound = Bound::new(program, &flow, grid.den);
    let gap = bound.gap(&path);
    let at_zero = bound.at(Multiplier::ZERO);
    PrimalDualPath {
        path,
        flow,
        unit: grid.den,
        gap,
        relative_gap: if gap == 0.0 { 0.0 } else { gap / at_zero },
        status: Status::PassLimit,
        passes: 0,
        bound,
    }
}

/// A path with one class per distinct level, whatever its thresholds are worth.
fn nested(program: &SelectionProgram, nodes: &Nodes, levels: &[f64]) -> Path {
    let mut distinct: Vec<f64> =
        levels.iter().zip(&nodes.active).filter(|(level, active)| **active && **level > 0.0).map(|(l, _)| *l).collect();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    let mut thresholds = vec![Multiplier::ZERO; nodes.len()];
    for (node, v) in nodes.decision.iter().enumerate() {
        let rank = distinct.partition_point(|&level| level <= levels[node]) as i64;
        thresholds[v.index()] = if nodes.always[node] {
            Multiplier::INFINITY
        } else if nodes.active[node] {
            Multiplier::new(rank, 1).expect("ranks are not negative")
        } else {
            Multiplier::ZERO
        };
    }
    Path::from_thresholds(program, &thresholds)
}

/// The path through the upper hull of a path's classes: of its nested selections, the best at every lambda. O(D log D + U).
fn hull(program: &SelectionProgram, path: &Path) -> Path {
    let classes = path.thresholds().len();
    let start = usize::from(path.thresholds()[0].is_infinite());
    // Vertices: (classes taken, gain, cost).
    let (gain, cost) = path.start();
    let mut vertices = vec![(start, gain, cost)];
    let slope = |a: &(usize, i64, i64), b: &(usize, i64, i64)| {
        let (gain, cost) = (b.1 - a.1, b.2 - a.2);
        if gain <= 0 { None } else { Multiplier::new(gain, cost).ok() }
    };
    for taken in start + 1..=classes {
        let (gain, cost) = path.totals_of(taken - 1);
        let vertex = (taken, gain, cost);
        let Some(mut last) = slope(&vertices[vertices.len() - 1], &vertex) else { continue };
        while vertices.len() > 1 && slope(&vertices[vertices.len() - 2], &vertices[vertices.len() - 1]) <= Some(last) {
            vertices.pop();
            last = slope(&vertices[vertices.len() - 1], &vertex).expect("a vertex gains more than those before it");
        }
        vertices.push(vertex);
    }
    let mut thresholds = vec![Multiplier::ZERO; classes];
    thresholds[..start].fill(Multiplier::INFINITY);
    for pair in vertices.windows(2) {
        thresholds[pair[0].0..pair[1].0].fill(slope(&pair[0], &pair[1]).unwrap_or(Multiplier::ZERO));
    }
    let of_decision: Vec<Multiplier> = program.decisions().map(|v| thresholds[path.class(v)]).collect();
    Path::from_thresholds(program, &of_decision)
}

/// The Lagrangian bound as a function of lambda: convex and piecewise linear.
#[derive(Debug, Clone)]
struct Bound {
    unit: i64,
    /// What decisions keep.
    excess: i128,
    /// Resources by level, highest first: the level, and the inflow and cost of all up to here.
    resources: Vec<(f64, i128, i128)>,
}

impl Bound {
    fn new(program: &SelectionProgram, flow: &Flow, unit: i64) -> Self {
        let mut left: Vec<i128> = program.decisions().map(|v| i128::from(program.gain(v)) * i128::from(unit)).collect();
        let mut inflow = vec![0i128; program.n_resources()];
        for v in program.decisions() {
            for (pair, r) in program.use_range(v).zip(program.uses(v)) {
                inflow[r.index()] += flow.uses.get(pair);
                left[v.index()] -= flow.uses.get(pair);
            }
            if let Some(parent) = program.parent(v) {
                left[v.index()] -= flow.requires.get(v.index());
                left[parent.index()] += flow.requires.get(v.index());
            }
        }
        let mut excess = left.iter().filter(|left| **left > 0).sum();
        let mut resources: Vec<(f64, i128, i128)> = Vec::new();
        for r in program.resources() {
            match (inflow[r.index()], program.cost(r)) {
                (0, _) => {}
                (inflow, 0) => excess += inflow,
                (inflow, cost) => resources.push((inflow as f64 / (cost as f64 * unit as f64), inflow, cost.into())),
            }
        }
        resources.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let (mut inflows, mut costs) = (0, 0);
        for (_, inflow, cost) in &mut resources {
            inflows += *inflow;
            costs += *cost;
            (*inflow, *cost) = (inflows, costs);
        }
        Self { unit, excess, resources }
    }

    /// Rounded up. A resource on the wrong side of lambda by rounding only makes the bound worse by as much.
    fn at(&self, lambda: Multiplier) -> f64 {
        let lambda = lambda.to_f64();
        let count = self.resources.partition_point(|&(level, ..)| level > lambda);
        let (inflow, cost) =
            if count == 0 { (0, 0) } else { (self.resources[count - 1].1, self.resources[count - 1].2) };
        let received = (self.excess + inflow) as f64 / self.unit as f64;
        let paid = lambda * cost as f64;
        (received - paid).max(0.0) + 8.0 * f64::EPSILON * received
    }

    /// The most by which a path is below the bound. Between its thresholds the path's objective is linear and the bound convex, so
    /// it is enough to look at the thresholds, from both sides.
    fn gap(&self, path: &Path) -> f64 {
        let mut gap = 0f64;
        let mut below = path.start();
        let end = (Multiplier::ZERO, path.totals_at(Multiplier::ZERO));
        for (lambda, totals) in path.breakpoints().map(|point| (point.lambda, (point.gain, point.cost))).chain([end]) {
            for (gain, cost) in [below, totals] {
                let value = gain as f64 - lambda.to_f64() * cost as f64;
                let rounding = 8.0 * f64::EPSILON * (gain.unsigned_abs() as f64);
                gap = gap.max(self.at(lambda) - value + rounding);
            }
            below = totals;
        }
        gap
    }
}
