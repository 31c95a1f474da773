//! Hard limits: what a solver under limits is and promises, what its answers must fulfil, and the laws.
//!
//! Truth is an enumeration on small programs. On large ones it is the hull: the selection of the certified path at a breakpoint has
//! the most gain of all that cost no more. Between breakpoints HiGHS, where it finishes, is the judge.

use std::time::Duration;

use proptest::prelude::*;
use secateur_highs::{HighsOptions, solve_mip_within};
use secateur_program::testing::forest_shaped;
use secateur_program::{Limit, Selection, SelectionProgram, Status, brute_force_within};

use super::cases::small;
use super::{Certified, Interrupt, Refused, Stops, for_all, must, real};

/// What a solver says under limits. Bounds are in gain integers.
#[derive(Debug, Clone, PartialEq)]
pub struct WithinAnswer {
    /// The selection.
    pub selection: Selection,
    /// A bound on the gain of every selection that keeps the limits, if it gives one.
    pub bound: Option<i128>,
    /// How it ended.
    pub status: Status,
}

/// What a solver under limits promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WithinPromise {
    /// Not interrupted, the gain is the optimum. Otherwise any selection within the limits will do, with a true bound.
    pub exact: bool,
    /// Most decisions it takes.
    pub decisions: usize,
    /// Largest D + R + U that it solves within some tenths of a second in a test build.
    pub size: usize,
    /// Most limits at once.
    pub limits: usize,
    /// Which interruptions it knows.
    pub stops: Stops,
}

/// A solver under hard limits, under test.
pub trait Within: Sync {
    /// What it promises.
    fn promise(&self) -> WithinPromise;

    /// The selection of most gain that keeps every limit.
    ///
    /// # Errors
    /// [`Refused`] with the solver's typed error.
    fn solve(
        &self,
        program: &SelectionProgram,
        limits: &[Limit],
        interrupt: Interrupt,
    ) -> Result<WithinAnswer, Refused>;
}

/// Valid whatever the status: a closed selection of this program that keeps every limit, `gain <= optimum <= bound`.
fn valid(
    program: &SelectionProgram,
    limits: &[Limit],
    optimum: i64,
    answer: &WithinAnswer,
) -> Result<(), TestCaseError> {
    let marks = program.decisions().map(|v| answer.selection.has(v)).collect();
    let closed = Selection::new(program, marks);
    prop_assert_eq!(closed.as_ref(), Ok(&answer.selection), "no selection of this program");
    for limit in limits {
        prop_assert!(limit.allows(&answer.selection), "uses {} of {}", limit.used(&answer.selection), limit.most());
    }
    let gain = answer.selection.gain(program);
    prop_assert!(gain <= optimum, "gain {} above the optimum {}", gain, optimum);
    prop_assert!(answer.bound.is_none_or(|bound| bound >= i128::from(optimum)), "{:?} below {}", answer.bound, optimum);
    if answer.status == Status::Optimal {
        prop_assert_eq!(gain, optimum, "claims an optimum");
        prop_assert!(answer.bound.is_none_or(|bound| bound == i128::from(optimum)), "{:?} is loose", answer.bound);
    }
    Ok(())
}

fn agrees(
    solver: &dyn Within,
    program: &SelectionProgram,
    limits: &[Limit],
    optimum: i64,
) -> Result<WithinAnswer, TestCaseError> {
    let answer = solver
        .solve(program, limits, Interrupt::Never)
        .map_err(|refused| TestCaseError::fail(format!("refused: {}", refused.0)))?;
    valid(program, limits, optimum, &answer)?;
    if solver.promise().exact {
        prop_assert_eq!(answer.status, Status::Optimal);
    } else {
        prop_assert!(answer.bound.is_some(), "neither exact nor bounded");
    }
    Ok(answer)
}

fn budget(program: &SelectionProgram, most: i64) -> Limit {
    Limit::on_cost(program, most).expect("not negative")
}

/// A share of all costs, or some of the cheapest.
fn budgets() -> impl Strategy<Value = (u8, i64)> {
    (any::<u8>(), 0i64..6)
}

fn amount(program: &SelectionProgram, (share, more): (u8, i64)) -> i64 {
    program.total_cost() * i64::from(share) / 255 + more
}

/// One budget on small programs of every kind, by enumeration.
pub fn generated(solver: &dyn Within) {
    for_all(120, (small(), budgets()), |(program, budget_drawn)| {
        let limits = [budget(&program, amount(&program, budget_drawn))];
        let optimum = brute_force_within(&program, &limits).gain(&program);
        agrees(solver, &program, &limits, optimum).map(drop)
    });
}

/// Several limits at once, or none, by enumeration: a budget, a number of decisions, arbitrary weights.
pub fn several_limits(solver: &dyn Within) {
    let weights = prop::collection::vec(0i64..9, 64);
    let chosen = prop::collection::vec(any::<bool>(), 3);
    for_all(120, (small(), budgets(), weights, any::<u8>(), chosen), |(program, drawn, weights, share, chosen)| {
        let (n, m) = (program.n_decisions(), program.n_resources());
        prop_assume!(n + m <= weights.len());
        let (a, b) = (weights[..n].to_vec(), weights[n..n + m].to_vec());
        let most = (a.iter().chain(&b).sum::<i64>()) * i64::from(share) / 255;
        let all = [
            budget(&program, amount(&program, drawn)),
            Limit::on_decisions(&program, i64::from(share) % 8).expect("not negative"),
            Limit::new(&program, a, b, most).expect("sound weights"),
        ];
        let limits = all.into_iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(limit, _)| limit);
        let limits: Vec<Limit> = limits.take(solver.promise().limits).collect();
        let optimum = brute_force_within(&program, &limits).gain(&program);
        agrees(solver, &program, &limits, optimum).map(drop)
    });
}

/// A larger budget never gains less where both are solved, and a bound holds for every smaller budget.
pub fn monotone(solver: &dyn Within) {
    for_all(80, (small(), budgets(), budgets()), |(program, a, b)| {
        let (a, b) = (amount(&program, a), amount(&program, b));
        let [small, large] = [a.min(b), a.max(b)].map(|most| [budget(&program, most)]);
        let optimum = |limits: &[Limit]| brute_force_within(&program, limits).gain(&program);
        let less = agrees(solver, &program, &small, optimum(&small))?;
        let more = agrees(solver, &program, &large, optimum(&large))?;
        let gain = less.selection.gain(&program);
        prop_assert!(more.bound.is_none_or(|bound| i128::from(gain) <= bound));
        if less.status == Status::Optimal && more.status == Status::Optimal {
            prop_assert!(gain <= more.selection.gain(&program));
        }
        Ok(())
    });
}

/// Budgets that are costs of breakpoints: the hull's selection is the optimum. One unit less, and it is out of reach.
pub fn hull(solver: &dyn Within) {
    let promise = solver.promise();
    let check = |program: &SelectionProgram, certified: &Certified, most: usize| {
        let breakpoints: Vec<_> = certified.path.breakpoints().collect();
        let stride = breakpoints.len().div_ceil(most).max(1);
        for point in breakpoints.iter().step_by(stride) {
            agrees(solver, program, &[budget(program, point.cost)], point.gain)?;
            let short = [budget(program, point.cost - 1)];
            let answer = solver.solve(program, &short, Interrupt::Never);
            let answer = answer.map_err(|refused| TestCaseError::fail(refused.0))?;
            prop_assert!(short[0].allows(&answer.selection), "over a budget of {}", point.cost - 1);
            prop_assert!(answer.selection.gain(program) < point.gain);
        }
        Ok(())
    };
    let shape = if promise.decisions < 60 { forest_shaped(3, 2, 8).boxed() } else { forest_shaped(4, 4, 20).boxed() };
    for_all(10, shape, |program| check(&program, &Certified::new(&program), 4));
    for case in real(promise.decisions, promise.size) {
        must(&case.name, check(&case.program, &case.certified, 3));
    }
}

/// Golden programs and programs of real data between their breakpoints, against HiGHS where it finishes in time.
pub fn files(solver: &dyn Within) {
    let promise = solver.promise();
    for case in real(promise.decisions, promise.size.min(2_000)) {
        let program = &case.program;
        let costs =
            [0].into_iter().chain(case.certified.path.breakpoints().map(|point| point.cost)).collect::<Vec<_>>();
        let middles = costs.windows(2).map(|pair| pair[0] + (pair[1] - pair[0]) / 2).collect::<Vec<_>>();
        for &most in middles.iter().step_by(middles.len().div_ceil(2).max(1)) {
            let limits = [budget(program, most)];
            let options = HighsOptions { time_limit: Some(Duration::from_secs(2)), ..HighsOptions::default() };
            let judge = solve_mip_within(program, &limits, &options).expect("HiGHS takes it");
            if judge.status == Status::Optimal {
                must(&case.name, agrees(solver, program, &limits, judge.gain).map(drop));
            }
        }
    }
}

/// Interrupted, the answer keeps the limits and its bound is true.
pub fn stopped(solver: &dyn Within) {
    let stops = solver.promise().stops;
    assert_ne!(stops, Stops::Never, "the line of a solver that does not stop has no `stops`");
    let time = prop_oneof![Just(0u64), 0u64..1500].prop_map(|micros| Interrupt::Time(Duration::from_micros(micros)));
    let interrupt = match stops {
        Stops::ByControl => {
            prop_oneof![time, Just(Interrupt::Cancelled), (1usize..40).prop_map(Interrupt::AtReport)].boxed()
        }
        _ => time.boxed(),
    };
    for_all(60, (forest_shaped(4, 4, 20), interrupt, any::<prop::sample::Index>()), |(program, interrupt, at)| {
        // The optimum at a breakpoint's cost is known.
        let points: Vec<_> = Certified::new(&program).path.breakpoints().collect();
        prop_assume!(!points.is_empty());
        let point = points[at.index(points.len())];
        let limits = [budget(&program, point.cost)];
        let answer = solver.solve(&program, &limits, interrupt);
        let answer =
            answer.map_err(|refused| TestCaseError::fail(format!("{interrupt:?} is an error: {}", refused.0)))?;
        valid(&program, &limits, point.gain, &answer)
    });
}
