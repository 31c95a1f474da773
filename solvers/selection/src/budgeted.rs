//! The best selection within hard limits, with a proven gap.
//!
//! ```text
//! max  sum_v g_v x_v    s.t.  x closed,   sum_v a_kv x_v + sum_r b_kr y_r <= most_k   for every limit k
//! ```
//!
//! Already one limit breaks total unimodularity. This is a precedence-constrained knapsack with shared items, which is
//! NP-hard (Johnson and Niemi 1983). With the limit priced at lambda it is the selection program again: that is its
//! Lagrangian relaxation. The path of the program ([`crate::solve_path`]) gives the best bound over all lambda, and the
//! *hull points* on both sides of the limit: selections that are optimal at some lambda. The best selection within the
//! limit lies between them. The steps, each in a file:
//!
//! 1. `core`: only decisions that can be in an optimal selection are kept, and limits become weights of resources.
//!    `reach`: of these, only decisions that fit within the limits together with their ancestors.
//! 2. `dual`: the multipliers of the limits that give the best bound. With one limit that takes one path. With several,
//!    it is a search over nonnegative combinations of them (`surrogate`).
//! 3. `fill`: the hull point is filled up. The path of what still fits is taken as far as possible, and the class that
//!    is too large is taken apart with the costs of resources divided among their users (`descend`, `density`). This is
//!    repeated.
//! 4. `improve`: the best set is made smaller or larger along a randomised order, and filled up again (oscillation).
//! 5. `branch`: branch and bound, with the path of a `part` of the program at every node.
//!
//! Of the path of a part only the class that is too large for the limit matters; the cuts that would tell other classes
//! apart are not made.
//!
//! Invariants: every set that is kept as the best keeps every limit. Every bound is a minimum of exact integers, each
//! the Lagrangian bound of a part that contains all sets that it bounds. Gains and uses are sums of the program's
//! integers. Random numbers come from the seed alone, and parallel work is divided in the same way for any number of
//! threads, so the answer is the same unless there is a stop.

mod answer;
mod branch;
mod core;
mod density;
mod descend;
mod dual;
mod fill;
mod improve;
mod part;
mod reach;
mod set;
mod surrogate;

use secateur_program::{Control, Limit, LimitError, SelectionProgram, Status, Stop};

pub use answer::{BudgetOptions, BudgetStats, BudgetedSolution};
use branch::Tree;
use core::Core;
use dual::{Dual, dual};
use fill::fill;
use improve::Search;
use part::{Classes, Part};
use reach::reach;
use set::Set;
use surrogate::Surrogate;

/// Rounds of improvement without success after which it ends.
const PATIENCE: u64 = 6;
/// Nodes of branch and bound that are tried before improvement, where the effort allows so many. They are enough to
/// prove many small programs; on large ones they change the bound by little.
const FIRST_NODES: u64 = 64;
/// Directions tried for several limits.
const DIRECTIONS: u32 = 24;

/// The best selection found that keeps every limit, and a proven bound on all of them.
///
/// With enough [`BudgetOptions::effort`] small programs are solved to proven optimality. A stop (time limit,
/// cancellation) is a status: selection and bound are valid whenever it comes.
///
/// # Panics
/// If a limit or the starting selection was made for another program.
///
/// # Complexity
/// One path for the bound (up to `24 + K` for K > 1 limits), and a few paths of ever smaller parts for the filling.
/// Then comes what the effort allows: a round of improvement is four fillings, a node of branch and bound is the path
/// of what the node leaves open.
///
/// ```
/// use secateur_program::{Control, Limit, SelectionProgram, Status};
/// use secateur_selection::{BudgetOptions, solve_within};
///
/// let mut builder = SelectionProgram::builder();
/// let (a, b, c) = (builder.decision(6), builder.decision(5), builder.decision(5));
/// let (r, s, t) = (builder.resource(5), builder.resource(4), builder.resource(4));
/// builder.uses(a, r).uses(b, s).uses(c, t);
/// let program = builder.build()?;
///
/// // The hull offers 5 for 4 (b or c) and 10 for 8; within 9 there is also 11 for 9.
/// let limit = Limit::on_cost(&program, 9)?;
/// let solution = solve_within(&program, &[limit], &BudgetOptions::default(), &Control::new());
/// assert_eq!((solution.gain, solution.cost, solution.status), (11, 9, Status::Optimal));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve_within(
    program: &SelectionProgram,
    limits: &[Limit],
    options: &BudgetOptions,
    control: &Control,
) -> BudgetedSolution {
    for limit in limits {
        assert_eq!(limit.per_decision().len(), program.n_decisions(), "limit and program belong together");
        assert_eq!(limit.per_resource().len(), program.n_resources(), "limit and program belong together");
    }
    let core = Core::new(program, limits);
    let start = options.start.iter().map(|start| core.set(start)).collect();
    Solver { program, core: &core, options, control }.solve(start, &mut None)
}

/// Solves for several budgets on cost, in any order; answers come in the order given.
///
/// A larger budget never has a smaller gain or a smaller bound: each answer is a start for the next larger budget, and
/// each bound also holds for all smaller budgets. The core and the path of the whole program are shared.
///
/// # Errors
/// [`LimitError::Negative`] for a negative budget.
///
/// # Panics
/// If the starting selection was made for another program.
pub fn solve_within_each(
    program: &SelectionProgram,
    budgets: &[i64],
    options: &BudgetOptions,
    control: &Control,
) -> Result<Vec<BudgetedSolution>, LimitError> {
    let limits: Vec<Limit> = budgets.iter().map(|&most| Limit::on_cost(program, most)).collect::<Result<_, _>>()?;
    let Some(limit) = limits.first() else { return Ok(Vec::new()) };
    let mut core = Core::new(program, std::slice::from_ref(limit));
    let mut order: Vec<usize> = (0..budgets.len()).collect();
    order.sort_by_key(|&index| budgets[index]);
    let mut known: Vec<Set> = options.start.iter().map(|start| core.set(start)).collect();
    let mut whole = None;
    let mut solved: Vec<(usize, BudgetedSolution)> = Vec::new();
    for &index in &order {
        core.most = vec![budgets[index]];
        let solution = Solver { program, core: &core, options, control }.solve(known.clone(), &mut whole);
        known.truncate(options.start.iter().count());
        known.push(core.set(&solution.selection));
        solved.push((index, solution));
    }
    let mut bound = i64::MAX;
    for (_, solution) in solved.iter_mut().rev() {
        bound = bound.min(solution.bound);
        solution.bound = bound;
        if solution.gap() == 0 {
            solution.status = Status::Optimal;
        }
    }
    solved.sort_by_key(|(index, _)| *index);
    Ok(solved.into_iter().map(|(_, solution)| solution).collect())
}

/// One program with its limits.
struct Solver<'a> {
    program: &'a SelectionProgram,
    core: &'a Core<'a>,
    options: &'a BudgetOptions,
    control: &'a Control,
}

impl Solver<'_> {
    /// Solves from several starts. `whole` keeps the path of the whole core under its only limit for later calls.
    fn solve(&self, starts: Vec<Set>, whole: &mut Option<Classes>) -> BudgetedSolution {
        let core = self.core;
        let mut state = State {
            best: Set::empty(core),
            bound: (0..core.len()).map(|v| core.gain[v]).sum(),
            answer: BudgetedSolution::empty(self.program, core.n_limits(), 0),
        };
        state.answer.hull_bound = state.bound;
        for start in starts {
            state.offer(core, start);
        }
        let stopped = self.run(&mut state, whole).err();
        let State { best, bound, mut answer } = state;
        answer.selection = core.selection(&best.has);
        answer.gain = best.gain;
        answer.cost = answer.selection.cost(self.program);
        answer.used = best.used;
        answer.bound = bound.max(best.gain);
        answer.status = match stopped {
            _ if answer.gap() == 0 => Status::Optimal,
            _ if answer.relative_gap() <= self.options.tolerance => Status::WithinTolerance,
            Some(stop) => stop.into(),
            None => Status::IterationLimit,
        };
        tracing::debug!(gain = answer.gain, bound = answer.bound, status = %answer.status, "budget solved");
        answer
    }

    /// The steps of the module's page.
    fn run(&self, state: &mut State, whole: &mut Option<Classes>) -> Result<(), Stop> {
        let (core, control) = (self.core, self.control);
        let all = Set::full(core);
        if all.within(&core.most) {
            state.answer.hull_gain = all.gain;
            state.offer(core, all);
            return Ok(());
        }
        control.check()?;
        let unpriced = vec![0; core.n_resources()];
        let alive = reach(core, &Set::empty(core), |_| true, &unpriced).fits;
        let part = Part::new(core, &Set::empty(core), &alive);
        state.answer.stats.decisions = part.decisions.len() as u64;
        control.report("bound by a path", 0, 1);
        let Some(dual) = self.dual(&part, whole) else { return control.check() };
        state.answer.stats.paths = dual.paths;
        state.bound = state.bound.min(dual.bound);
        (state.answer.hull_bound, state.answer.lambdas) = (state.bound, dual.multipliers);
        let hull = part.first_classes(core, &dual.classes, dual.classes.within(&core.most));
        state.answer.hull_gain = hull.gain;
        state.offer(core, hull.clone());
        control.report("fill", 0, 1);
        self.fill(state, hull, &dual.surrogate, &alive)?;
        let started = state.best.clone();
        self.fill(state, started, &dual.surrogate, &alive)?;

        let size = (part.decisions.len() + part.resources.len() + part.pairs + 1) as u64;
        let allowed = self.options.effort / size;
        let surrogates: Vec<Surrogate> = std::iter::once(dual.surrogate).chain(singles(core)).collect();
        let mut tree = Tree::new(core, &surrogates, &alive, state.bound);
        if allowed >= FIRST_NODES {
            self.branch(state, &mut tree, FIRST_NODES)?;
        }
        self.improve(state, &surrogates[0], &alive, allowed / 2)?;
        self.branch(state, &mut tree, allowed)
    }

    fn dual(&self, part: &Part, whole: &mut Option<Classes>) -> Option<Dual> {
        let share = self.core.n_limits() == 1 && part.decisions.len() == self.core.len();
        if let (true, Some(classes)) = (share, &*whole) {
            let surrogate = Surrogate::new(self.core, vec![1]);
            let (bound, lambda) = classes.bound(surrogate.most);
            let multipliers = surrogate.multipliers(lambda);
            return Some(Dual { surrogate, bound, multipliers, classes: classes.clone(), paths: 0 });
        }
        let dual = dual(self.core, part, DIRECTIONS, self.control)?;
        if share {
            *whole = Some(dual.classes.clone());
        }
        Some(dual)
    }

    fn fill(&self, state: &mut State, mut set: Set, surrogate: &Surrogate, alive: &[bool]) -> Result<(), Stop> {
        let ended = fill(self.core, surrogate, &mut set, alive, self.control);
        state.offer(self.core, set);
        ended
    }

    fn improve(&self, state: &mut State, surrogate: &Surrogate, alive: &[bool], rounds: u64) -> Result<(), Stop> {
        let search = Search { core: self.core, surrogate, alive, seed: self.options.seed, control: self.control };
        let mut failed = 0;
        for round in 0..rounds {
            if self.is_enough(state) || failed == PATIENCE {
                break;
            }
            self.control.report("improve", round, rounds);
            failed = if search.round(&mut state.best, round)? { 0 } else { failed + 1 };
            state.answer.stats.rounds += 1;
        }
        Ok(())
    }

    fn branch(&self, state: &mut State, tree: &mut Tree<'_>, nodes: u64) -> Result<(), Stop> {
        if self.is_enough(state) {
            return Ok(());
        }
        let ended = tree.run(&mut state.best, nodes, self.control);
        state.bound = state.bound.min(tree.bound().unwrap_or(state.best.gain).max(state.best.gain));
        state.answer.stats.nodes = tree.nodes;
        ended
    }

    /// Whether the gap is within the tolerance.
    fn is_enough(&self, state: &State) -> bool {
        let gap = state.bound - state.best.gain;
        gap <= 0 || gap as f64 <= self.options.tolerance * state.bound as f64
    }
}

/// The best set and the best bound so far.
struct State {
    best: Set,
    bound: i64,
    answer: BudgetedSolution,
}

impl State {
    /// Takes a set as the best if it is, and if it keeps the limits.
    fn offer(&mut self, core: &Core<'_>, set: Set) {
        if set.gain > self.best.gain && set.within(&core.most) {
            self.best = set;
        }
    }
}

/// With several limits, each of them alone.
fn singles<'a>(core: &'a Core<'_>) -> impl Iterator<Item = Surrogate> + 'a {
    let k = core.n_limits();
    let single = move |limit| Surrogate::new(core, (0..k).map(|other| i64::from(other == limit)).collect());
    (0..k).filter(move |_| k > 1).map(single)
}

#[cfg(test)]
mod tests;
