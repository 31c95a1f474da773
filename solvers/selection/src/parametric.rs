//! The whole path by divide and conquer on lambda with contraction.
//!
//! A block (see [`crate::block`]) is solved at the price level where it is worth exactly nothing as a whole. Either nothing
//! smaller is worth more: then all of it has this threshold, and the flow proves it. Or a part is worth more: that part has
//! higher thresholds, the rest has not, and each goes on alone, with the trees of the solve kept (only their flows are
//! recomputed). Every solve either finishes a class or splits off one, so there are fewer than two solves per class; the pairs
//! worked on are a small multiple of the program's.
//!
//! Source: the decomposition of a base polytope by repeated cuts (Fujishige 1980; Groenevelt 1991), on the closures of
//! Gallo, Grigoriadis and Tarjan (1989); contraction as in Tarjan, Ward, Zhang, Zhou and Mao (2006).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use secateur_program::{Control, Flow, Multiplier, Path, SelectionProgram, Status, Stop};

use crate::block::{Block, Outcome};
use crate::pseudoflow::TreePair;
use crate::reduce::Reduced;

/// How much work a path was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PathStats {
    /// Cuts begun.
    pub solves: u64,
    /// Sum over all cuts of the pairs of their blocks.
    pub pairs_worked_on: u64,
    /// Nodes and pairs that the cuts looked at, again and again where they came by again.
    pub steps: u64,
    /// Uses pairs of the program.
    pub uses: u64,
    /// Uses pairs left after settling the ends and merging identical resources.
    pub uses_merged: u64,
}

/// The path and its proof.
#[derive(Debug, Clone)]
pub struct PathSolution {
    /// One threshold per decision and per resource.
    pub path: Path,
    /// The certificate; complete iff `status` is [`Status::Optimal`].
    pub flow: Flow,
    /// Whether the path is proven optimal. After a stop selections are closed and nested, and optimal except inside blocks not
    /// yet solved.
    pub status: Status,
    /// Bound on how much the objective of the path can be below the optimum at any lambda, in the program's gain
    /// integers. Zero if optimal.
    pub gap: f64,
    /// Work done.
    pub stats: PathStats,
}

/// A set of equal threshold with its flow; `open` if the work was stopped before it was proven.
struct Class {
    block: Block,
    threshold: Multiplier,
    flows: Vec<TreePair>,
    open: bool,
}

/// Blocks with fewer pairs are not worth a task of their own.
const TASK_PAIRS: usize = 4096;

/// Solves a program for every lambda >= 0.
///
/// A stop (time limit, cancellation) gives the best path known so far, never an error: blocks not yet solved count as one
/// class each.
///
/// # Complexity
/// Fewer than two cuts per class, each on its own block; blocks shrink as they split. Parallel over blocks (rayon); the
/// answer is the same, byte for byte, for any number of threads.
pub fn solve_path(program: &SelectionProgram, control: &Control) -> PathSolution {
    let reduced = Reduced::new(program);
    let work = Work::new(control);
    let block = reduced.block();
    work.total.store(block.decisions.len() as u64, Ordering::Relaxed);
    if !block.decisions.is_empty() {
        rayon::scope(|scope| work.run(block, scope));
    }
    work.finish(program, &reduced)
}

/// A set of one block whose members are taken together, with its threshold.
pub(crate) struct BlockClass {
    pub(crate) threshold: Multiplier,
    /// Ids of the decisions, as the block has them.
    pub(crate) decisions: Vec<u32>,
}

impl BlockClass {
    fn of(block: Block, threshold: Multiplier) -> Self {
        Self { threshold, decisions: block.decisions }
    }
}

/// The classes of a block alone, in no order, without a proof. Blocks that a stop left open count as one class each.
pub(crate) fn block_classes(block: Block, control: &Control) -> (Vec<BlockClass>, Option<Stop>) {
    let work = Work::new(control);
    work.total.store(block.decisions.len() as u64, Ordering::Relaxed);
    rayon::scope(|scope| work.run(block, scope));
    let (classes, stop) = work.into_classes();
    (classes.into_iter().map(|class| BlockClass::of(class.block, class.threshold)).collect(), stop)
}

/// Like [`block_classes`], but only the class with which the cost first exceeds `room` is told from its neighbours: what lies above it and
/// what lies below may come in larger sets, each optimal together with all before it at some lambda, and each with the
/// threshold at which it is worth nothing as a whole. Of two parts only one is split further, so the cuts are as many as the search is deep.
pub(crate) fn block_classes_around(block: Block, room: i64, control: &Control) -> (Vec<BlockClass>, Option<Stop>) {
    let mut classes = Vec::new();
    let (mut next, mut room) = (Some(block), room);
    while let Some(mut block) = next.take() {
        let balance = block.balance();
        if block.cost() <= room {
            classes.push(BlockClass::of(block, balance)); // all of it fits
            break;
        }
        match control.check().and_then(|()| block.solve(control)) {
            Ok((Outcome::Class(..), _)) => classes.push(BlockClass::of(block, balance)),
            Ok((Outcome::Split(parts), _)) => {
                let [upper, lower] = *parts;
                let cost = upper.cost();
                let (settled, open) = if cost <= room { (upper, lower) } else { (lower, upper) };
                if cost <= room {
                    room -= cost;
                }
                let threshold = settled.balance();
                classes.push(BlockClass::of(settled, threshold));
                next = Some(open);
            }
            Err(stop) => {
                classes.push(BlockClass::of(block, balance));
                return (classes, Some(stop));
            }
        }
    }
    (classes, None)
}

/// What the tasks of one path share.
struct Work<'a> {
    control: &'a Control,
    classes: Mutex<Vec<Class>>,
    stop: Mutex<Option<Stop>>,
    solves: AtomicU64,
    pairs: AtomicU64,
    steps: AtomicU64,
    done: AtomicU64,
    total: AtomicU64,
}

impl<'a> Work<'a> {
    fn new(control: &'a Control) -> Self {
        Self {
            control,
            classes: Mutex::default(),
            stop: Mutex::default(),
            solves: AtomicU64::default(),
            pairs: AtomicU64::default(),
            steps: AtomicU64::default(),
            done: AtomicU64::default(),
            total: AtomicU64::default(),
        }
    }

    /// Works on a block and all that comes of it; large parts become tasks of their own.
    fn run<'s>(&'s self, block: Block, scope: &rayon::Scope<'s>) {
        let mut waiting = vec![block];
        while let Some(mut block) = waiting.pop() {
            self.solves.fetch_add(1, Ordering::Relaxed);
            self.pairs.fetch_add(block.pairs.head.len() as u64, Ordering::Relaxed);
            let solved = self.control.check().and_then(|()| block.solve(self.control));
            let solved = solved.map(|(outcome, steps)| {
                self.steps.fetch_add(steps, Ordering::Relaxed);
                outcome
            });
            match solved {
                Ok(Outcome::Class(threshold, flows)) => {
                    self.finish_class(Class { block, threshold, flows, open: false });
                }
                Ok(Outcome::Split(parts)) => {
                    let [upper, lower] = *parts;
                    for part in [lower, upper] {
                        if part.pairs.head.len() >= TASK_PAIRS {
                            scope.spawn(|scope| self.run(part, scope));
                        } else {
                            waiting.push(part);
                        }
                    }
                }
                Err(stop) => {
                    lock(&self.stop).get_or_insert(stop);
                    let threshold = block.balance();
                    self.finish_class(Class { block, threshold, flows: Vec::new(), open: true });
                }
            }
        }
    }

    fn finish_class(&self, class: Class) {
        let members = class.block.decisions.len() as u64;
        lock(&self.classes).push(class);
        let done = self.done.fetch_add(members, Ordering::Relaxed) + members;
        self.control.report("solve path", done, self.total.load(Ordering::Relaxed));
    }

    fn into_classes(self) -> (Vec<Class>, Option<Stop>) {
        let classes = self.classes.into_inner().unwrap_or_else(PoisonError::into_inner);
        (classes, self.stop.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn finish(self, program: &SelectionProgram, reduced: &Reduced<'_>) -> PathSolution {
        let mut thresholds = reduced.thresholds();
        let mut flow = reduced.flow(1);
        let mut gap = 0f64;
        let [solves, pairs, steps] =
            [&self.solves, &self.pairs, &self.steps].map(|counter| counter.load(Ordering::Relaxed));
        let (classes, stop) = self.into_classes();
        for class in classes {
            for &decision in &class.block.decisions {
                thresholds[reduced.decision(decision).index()] = class.threshold;
            }
            if class.open {
                gap = gap.max(class.block.gap());
            }
            flow.add(&class.block.decisions, &class.block.resources, class.threshold, &class.flows);
        }
        let (uses, uses_merged) = reduced.pairs_merged();
        let (uses, uses_merged) = (uses as u64, uses_merged as u64);
        let stats = PathStats { solves, pairs_worked_on: pairs, steps, uses, uses_merged };
        let path = Path::from_thresholds(program, &thresholds);
        tracing::debug!(classes = path.thresholds().len(), ?stats, "path solved");
        PathSolution { path, flow: flow.build(), status: stop.map_or(Status::Optimal, Status::from), gap, stats }
    }
}

/// A poisoned lock only means that another task panicked; the panic itself is passed on by rayon.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
