//! Every lambda at once.
//!
//! The splitting method without a window solves for all thresholds together. Its levels give nested closed selections;
//! the upper hull of their gains over their costs gives thresholds, as exact ratios ([`hull`]). Its flow bounds the
//! optimum at every lambda: what is left at the roots of the trees does not depend on lambda, and resource r adds
//! `max(0, inflow_r - lambda c_r)` ([`bound`]). So one run gives a path, and a bound on its gap at every lambda.

mod bound;
mod hull;

use secateur_program::{Control, Flow, Multiplier, Path, SelectionProgram, Status};

use super::at::longest_row;
use super::grid::Grid;
use super::nodes::Nodes;
use super::options::{Method, PrimalDualOptions};
use super::run::flow;
use super::shard::{Change, Message, Shards};
use super::splitting::Levels;
use bound::Bound;
use hull::{hull, nested};

/// The gap of the path is computed after this many iterations, then every time their number has grown by half.
const FIRST_LOOK: u32 = 8;

/// A path, with a bound on how far it is from the optimal one.
#[derive(Debug, Clone)]
pub struct PrimalDualPath {
    /// Closed and nested selections: near-optimal thresholds.
    pub path: Path,
    /// A flow that proves `bound_at`, in units of `1/unit` gains.
    pub flow: Flow,
    /// Flow amounts are in units of `1/unit` gains.
    pub unit: i64,
    /// The most by which the objective of the path can be below the optimum, at any lambda, in the program's gain
    /// integers. It includes the rounding errors of doubles.
    pub gap: f64,
    /// The gap divided by the bound at lambda = 0.
    pub relative_gap: f64,
    /// How the solver ended.
    pub status: Status,
    /// Iterations done.
    pub iterations: u32,
    bound: Bound,
}

impl PrimalDualPath {
    /// Upper bound on the objective of any selection at `lambda`, in the program's gain integers, rounded up; zero at
    /// an infinite lambda. O(log R).
    pub fn bound_at(&self, lambda: Multiplier) -> f64 {
        if lambda.is_infinite() { 0.0 } else { self.bound.at(lambda) }
    }
}

/// Solves for every lambda at once, approximately, with a bound.
///
/// Ends when the gap at every lambda is at most `options.tolerance` times the bound at lambda = 0, or at a limit. The
/// gap is not computed after every iteration, but each time their number has grown by half. `options.method` and
/// `options.finish` are not used.
///
/// # Complexity
/// O(U + D log D) per iteration; 12 bytes per pair beside the program, and a flow of 8 bytes per pair in the end.
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
    let mut shards = Shards::new(program, &nodes, options.n_shards(), Method::Splitting);
    // Flows as fine as 52 bits allow; the unit is a power of two.
    let spare = (program.total_positive_gain() as u64).leading_zeros().saturating_sub(12);
    let unit = 1i64 << spare.min(52);
    let grid = Grid::new(program, 0, unit, shards.longest().max(longest_row(program)));
    let mean = grid.gain(1) * program.total_positive_gain() as f64 / program.total_cost().max(1) as f64;
    let mut levels = Levels::new(&nodes, &shards, mean, 0.0..grid.cap);
    let no_candidates = vec![0; nodes.len()];
    let mut best = evaluate(program, &nodes, &shards, &grid, levels.levels());
    let (mut k, mut next_look) = (0, FIRST_LOOK);
    best.status = loop {
        if best.gap == 0.0 {
            break Status::Optimal;
        }
        if best.relative_gap <= options.tolerance {
            break Status::WithinTolerance;
        }
        // Iterations until the next look at the gap, or until a limit.
        let limit = loop {
            if k == options.max_iterations {
                break Some(Status::IterationLimit);
            }
            if let Err(stop) = control.check() {
                break Some(stop.into());
            }
            if k == next_look {
                next_look += next_look / 2;
                break None;
            }
            control.report("primal-dual path", k.into(), options.max_iterations.into());
            let message = Message { marks: &no_candidates, change: Change::Levels(levels.levels()) };
            let reply = shards.exchange(&grid, message);
            levels.fit(&nodes, &grid, &reply);
            k += 1;
        };
        shards.keep(&grid);
        let found = evaluate(program, &nodes, &shards, &grid, levels.levels());
        if found.gap < best.gap {
            best = found;
        }
        best.iterations = k;
        if let Some(status) = limit {
            break if best.gap == 0.0 { Status::Optimal } else { status };
        }
    };
    tracing::debug!(iterations = k, gap = best.relative_gap, status = %best.status, "primal-dual path");
    best
}

/// The path of these levels, and the bound of the multipliers that the shards have kept.
fn evaluate(program: &SelectionProgram, nodes: &Nodes, shards: &Shards, grid: &Grid, levels: &[f64]) -> PrimalDualPath {
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
        status: Status::IterationLimit,
        iterations: 0,
        bound,
    }
}
