//! The whole path: divide and conquer on lambda, with contraction.
//!
//! # Words
//!
//! A *closed set* contains with each decision its parent and the resources that it uses. For a set T of decisions and
//! resources and a lambda, let `w(T) = gain(T) - lambda cost(T)` be its worth. It is modular: w(A) + w(B) = w(A | B) +
//! w(A & B), for the union and the intersection, and both are closed if A and B are. X(lambda) is the smallest closed
//! set of maximum worth; there is one, since the intersection of two optimal sets is optimal.
//!
//! **Nesting.** If lambda < mu, then X(mu) is contained in X(lambda). *Proof.* Let A = X(mu) and B = X(lambda). B is
//! optimal at lambda, so A | B is worth no more there, which says that A \\ B is worth at most zero at lambda. At mu it
//! is worth no more than at lambda, as costs are not negative. So A & B is worth at least as much as A at mu. A is the
//! smallest optimum at mu, hence A & B = A. (Gallo, Grigoriadis and Tarjan 1989, section 2, for cuts.)
//!
//! Hence every decision v has one *threshold* theta_v: it is in X(lambda) iff lambda < theta_v. A positive finite
//! threshold is a *breakpoint* of the path, and the decisions and resources that have it are the *class* of the
//! breakpoint.
//!
//! A *block* with limits low < high is P = X(low) \\ X(high), a program of its own on the pairs inside P. What is in
//! X(high) has been selected and paid, so pairs from P into it no longer bind. The members of P are those with low <
//! theta <= high. By construction P is the smallest optimum of its own program at low, and nothing is the smallest
//! optimum at high. The first block has the limits 0 and infinity; [`crate::ends`] finds X(0) and X(infinity) without a
//! cut.
//!
//! # The lemma
//!
//! The *balance* of a block is beta = gain(P) / cost(P): the lambda at which the whole block is worth nothing. It is
//! defined, and low < beta <= high. For at low P is worth more than nothing, so gain(P) > low cost(P) >= 0. At a finite
//! high P is worth at most nothing, so cost(P) > 0 and beta <= high; and if high is infinite, cost(P) = 0 would make P
//! a part of X(infinity).
//!
//! **Lemma.** Let S be the smallest closed set of maximum worth of a block at its balance. Either S is empty, and the
//! block is the class of one breakpoint, beta. Or S and P \\ S are both blocks with fewer decisions, with the limits
//! beta, high and low, beta.
//!
//! *Proof.* Let S be empty. Then no closed set T in P is worth more than zero at beta. For lambda >= beta the worth of
//! T is at most what it is at beta, so the empty set is the smallest optimum. Now let low <= lambda < beta. At lambda,
//! P is worth more than T by
//!
//! ```text
//! w(P) - w(T)  =  [0 - (worth of T at beta)]  +  (beta - lambda) (cost(P) - cost(T))  >=  0.
//! ```
//!
//! So P is optimal. It is the smallest optimum: if T is another one, both terms are zero, so T costs what P costs and
//! is worth zero at beta; then it gains what P gains, and would be an optimum at low that does not contain P, against
//! what is known of P. Together: every member of P is selected iff lambda < beta.
//!
//! If S is not empty, it is worth more than zero, or the empty set would be as good and smaller. P is worth zero at
//! beta, so S is not P. S has the members with beta < theta, and P \\ S those with theta <= beta. Both contain
//! decisions: S because resources alone are worth less than nothing, and P \\ S because every resource of P is used by
//! a decision of P.
//!
//! # The algorithm
//!
//! Solve the first block at its balance, then each part at its own balance, and so on ([`crate::pseudoflow`] finds S).
//! A path with k breakpoints takes k cuts that end at a class and k - 1 that split: 2 k - 1. Parts are independent, so
//! they are solved in parallel, and the result does not depend on the order.
//!
//! A part keeps the trees of the cut that made it, since S is a union of trees. Only their flows are computed anew.
//!
//! The flow at the end of a cut with empty S is the certificate of the class. No root has a positive excess, and all
//! excesses add up to what P is worth at beta, zero. So every root has excess zero: every decision sends on exactly
//! what it gains and receives, and every resource receives exactly beta times its cost.
//!
//! # An example
//!
//! Decisions a, b, c gain 5, 4, 1. Resources r, s, t cost 6, 2, 4. Decision a uses r, b uses r and s, c uses t. At
//! lambda = 0 everything is selected, and nothing is free: the first block is everything, with the limits 0 and
//! infinity.
//!
//! | cut | block | balance | S |
//! |---|---|---|---|
//! | 1 | a, b, c, r, s, t | 10 / 12 = 5/6 | a, b, r, s, worth 9 - 8 * 5/6 = 7/3 |
//! | 2 | a, b, r, s | 9 / 8 | empty: a alone is worth 5 - 6 * 9/8 < 0, b alone 4 - 8 * 9/8 < 0 |
//! | 3 | c, t | 1 / 4 | empty |
//!
//! So a and b have the threshold 9/8, and c has 1/4: two breakpoints, three cuts.
//!
//! ```
//! use secateur_program::{Control, Multiplier, SelectionProgram, verify_path};
//! use secateur_selection::solve_path;
//!
//! let mut builder = SelectionProgram::builder();
//! let (a, b, c) = (builder.decision(5), builder.decision(4), builder.decision(1));
//! let (r, s, t) = (builder.resource(6), builder.resource(2), builder.resource(4));
//! builder.uses(a, r).uses(b, r).uses(b, s).uses(c, t);
//! let program = builder.build()?;
//!
//! let solution = solve_path(&program, &Control::new());
//! assert_eq!(solution.path.threshold(a), Multiplier::new(9, 8)?);
//! assert_eq!(solution.path.threshold(b), Multiplier::new(9, 8)?);
//! assert_eq!(solution.path.threshold(c), Multiplier::new(1, 4)?);
//! assert_eq!(solution.stats.cuts, 3);
//! verify_path(&program, &solution.path, &solution.flow)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Sources
//!
//! Splitting at the balance is the decomposition of a base polytope (Fujishige 1980; Groenevelt 1991). Gallo,
//! Grigoriadis and Tarjan (1989), "A fast parametric maximum flow algorithm and applications", SIAM J. Comput. 18(1),
//! section 3, have contraction for parametric cuts; Tarjan, Ward, Zhang, Zhou and Mao (2006) have it for balancing
//! flows.

mod classes;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use secateur_program::{Control, Flow, Multiplier, Path, SelectionProgram, Status, Stop};

use crate::block::{Block, Outcome};
use crate::pseudoflow::TreePair;
use crate::whole::WholeProgram;
pub(crate) use classes::{BlockClass, block_classes, block_classes_around};

/// How much work a path was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PathStats {
    /// Cuts begun.
    pub cuts: u64,
    /// Sum over all cuts of the pairs of their blocks.
    pub pairs_worked_on: u64,
    /// Nodes and pairs that the cuts looked at, each counted as often as it was looked at.
    pub steps: u64,
    /// Uses pairs of the program.
    pub uses: u64,
    /// Uses pairs left after settling the ends of the path and merging resources with the same users.
    pub uses_merged: u64,
}

/// The path and its proof.
#[derive(Debug, Clone)]
pub struct PathSolution {
    /// One threshold per decision and per resource.
    pub path: Path,
    /// The certificate; complete iff `status` is [`Status::Optimal`].
    pub flow: Flow,
    /// Whether the path is proven optimal. After a stop its selections are still closed and nested, and they are
    /// optimal except for the members of blocks that were not yet solved.
    pub status: Status,
    /// The most by which the objective of the path can be below the optimum, at any lambda, in the program's gain
    /// integers. Zero if the path is optimal.
    pub gap: f64,
    /// Work done.
    pub stats: PathStats,
}

/// The class of a breakpoint with the flow that proves it, or a block that a stop left open.
struct Class {
    block: Block,
    threshold: Multiplier,
    flows: Vec<TreePair>,
    open: bool,
}

/// Blocks with fewer pairs are not worth a task of their own.
const TASK_PAIRS: usize = 4096;

/// Solves a program for every lambda >= 0: one exact threshold per decision, and a flow that proves all of them.
///
/// A stop (time limit, cancellation) is a status, not an error. The path is then the best one known: each block that
/// was not yet solved counts as the class of one breakpoint.
///
/// # Complexity
/// 2 k - 1 cuts for k breakpoints, each on its own block; blocks shrink as they split. On programs of forests the pairs
/// of all blocks together are two to seven times those of the program. Blocks are solved in parallel (rayon); the
/// answer has the same bytes for any number of threads.
///
/// ```
/// use secateur_program::{Control, Multiplier, SelectionProgram, verify_path};
/// use secateur_selection::solve_path;
///
/// let mut builder = SelectionProgram::builder();
/// let (cheap, dear) = (builder.decision(6), builder.decision(6));
/// let (r, s) = (builder.resource(2), builder.resource(12));
/// builder.uses(cheap, r).uses(dear, s);
/// let program = builder.build()?;
///
/// let solution = solve_path(&program, &Control::new());
/// assert_eq!(solution.path.threshold(cheap), Multiplier::new(3, 1)?);
/// assert_eq!(solution.path.threshold(dear), Multiplier::new(1, 2)?);
/// verify_path(&program, &solution.path, &solution.flow)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve_path(program: &SelectionProgram, control: &Control) -> PathSolution {
    let whole = WholeProgram::new(program);
    let work = Work::new(control);
    let block = whole.block();
    if !block.decisions.is_empty() {
        work.run_all(block);
    }
    work.finish(program, &whole)
}

/// What the tasks of one path share.
struct Work<'a> {
    control: &'a Control,
    classes: Mutex<Vec<Class>>,
    stop: Mutex<Option<Stop>>,
    cuts: AtomicU64,
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
            cuts: AtomicU64::default(),
            pairs: AtomicU64::default(),
            steps: AtomicU64::default(),
            done: AtomicU64::default(),
            total: AtomicU64::default(),
        }
    }

    /// Solves a block and all parts that come of it.
    fn run_all(&self, block: Block) {
        self.total.store(block.decisions.len() as u64, Ordering::Relaxed);
        rayon::scope(|scope| self.run(block, scope));
    }

    /// The same as one task. Large parts become tasks of their own.
    fn run<'s>(&'s self, block: Block, scope: &rayon::Scope<'s>) {
        let mut waiting = vec![block];
        while let Some(mut block) = waiting.pop() {
            self.cuts.fetch_add(1, Ordering::Relaxed);
            self.pairs.fetch_add(block.pairs.n_entries() as u64, Ordering::Relaxed);
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
                        if part.pairs.n_entries() >= TASK_PAIRS {
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

    /// Puts the classes together to a path and its certificate.
    fn finish(self, program: &SelectionProgram, whole: &WholeProgram<'_>) -> PathSolution {
        let mut thresholds = whole.thresholds();
        let mut flow = whole.flow(1);
        let mut gap = 0f64;
        let [cuts, pairs, steps] =
            [&self.cuts, &self.pairs, &self.steps].map(|counter| counter.load(Ordering::Relaxed));
        let (classes, stop) = self.into_classes();
        for class in classes {
            for &decision in &class.block.decisions {
                thresholds[whole.decision(decision).index()] = class.threshold;
            }
            if class.open {
                gap = gap.max(class.block.gap());
            }
            flow.add(&class.block.decisions, &class.block.resources, class.threshold, &class.flows);
        }
        let (uses, uses_merged) = whole.pairs_merged();
        let (uses, uses_merged) = (uses as u64, uses_merged as u64);
        let stats = PathStats { cuts, pairs_worked_on: pairs, steps, uses, uses_merged };
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
