//! Agreement with the truth.

use proptest::prelude::*;
use secateur_program::testing::{forest_shaped, huge, planted_optimum, ties_everywhere};
use secateur_program::{Multiplier, SelectionProgram, Status, brute_force_path};

use super::cases::{large, ratios, small};
use super::{Answer, Certified, Interrupt, Solver, Truth, for_all, judge, must, real, valid};

/// An answer that must be there.
pub(super) fn answer(
    solver: &dyn Solver,
    program: &SelectionProgram,
    lambda: Multiplier,
) -> Result<Answer, TestCaseError> {
    solver
        .solve(program, lambda, Interrupt::Never)
        .map_err(|refused| TestCaseError::fail(format!("refused at {lambda}: {}", refused.0)))
}

/// Solves and judges.
pub(super) fn agrees(
    solver: &dyn Solver,
    program: &SelectionProgram,
    lambda: Multiplier,
    truth: &Truth,
) -> Result<(), TestCaseError> {
    judge(program, lambda, truth, solver.promise(), &answer(solver, program, lambda)?)
}

/// Small programs of every kind, by enumeration.
pub fn generated(solver: &dyn Solver) {
    for_all(150, (small(), ratios()), |(program, lambda)| {
        agrees(solver, &program, lambda, &Truth::enumerated(&program, lambda))
    });
}

/// Programs built backwards from their answer, at every breakpoint.
pub fn planted(solver: &dyn Solver) {
    let classes = if solver.promise().decisions < 100 { 2 } else { 6 };
    for_all(24, planted_optimum(classes), |planted| {
        let certified = Certified { path: planted.path.clone() };
        for &lambda in planted.path.thresholds().iter().filter(|lambda| !lambda.is_infinite()) {
            agrees(solver, &planted.program, lambda, &certified.at(&planted.program, lambda))?;
        }
        Ok(())
    });
}

/// Golden programs and programs of real data, as large as the solver takes.
pub fn files(solver: &dyn Solver) {
    let promise = solver.promise();
    let mut cases = 0;
    for case in real(promise.decisions, promise.size) {
        for lambda in case.certified.levels(5) {
            let truth = case.certified.at(&case.program, lambda);
            must(&case.name, agrees(solver, &case.program, lambda, &truth));
        }
        cases += 1;
    }
    assert!(cases >= 3, "the golden programs at least");
}

/// At lambdas where selections tie the flow shows the same smallest and largest optimum, whoever found it.
pub fn ties(solver: &dyn Solver) {
    let program = prop_oneof![ties_everywhere().boxed(), forest_shaped(3, 2, 8).boxed()];
    for_all(40, program, |program| {
        let path = brute_force_path(&program);
        for &lambda in path.thresholds().iter().filter(|lambda| !lambda.is_infinite()) {
            agrees(solver, &program, lambda, &Truth::enumerated(&program, lambda))?;
        }
        Ok(())
    });
}

/// Gains, costs and lambdas near the limits of 64 bits: exact, or a typed error; a program is never solved wrongly.
pub fn near_the_limits(solver: &dyn Solver) {
    let promise = solver.promise();
    let wide = (prop_oneof![1i64..9, 1..i64::MAX], prop_oneof![1i64..9, 1..i64::MAX]);
    let program = prop_oneof![huge().boxed(), large().boxed(), small()];
    for_all(150, (program, wide), |(program, (num, den))| {
        let lambda = Multiplier::new(num, den).expect("positive");
        let truth = Truth::enumerated(&program, lambda);
        match solver.solve(&program, lambda, Interrupt::Never) {
            Ok(answer) if promise.wide => judge(&program, lambda, &truth, promise, &answer),
            Ok(answer) => {
                if answer.status == Status::Optimal && answer.flow.is_some() {
                    prop_assert_eq!(answer.bound, Some(truth.optimum), "a false proof");
                }
                valid(&program, lambda, truth.optimum, &answer, false)
            }
            Err(refused) => {
                prop_assert!(!promise.wide, "refused: {}", refused.0);
                prop_assert!(!refused.0.is_empty());
                Ok(())
            }
        }
    });
}

/// One thread and two give the same answer, byte for byte.
pub fn threads(solver: &dyn Solver) {
    let promise = solver.promise();
    let pools = [1, 2].map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool"));
    let same = |program: &SelectionProgram, lambda: Multiplier| {
        let [one, two] = pools.each_ref().map(|pool| pool.install(|| answer(solver, program, lambda)));
        prop_assert_eq!(one?, two?, "at {}", lambda);
        Ok(())
    };
    let shape = if promise.decisions < 60 { forest_shaped(3, 2, 8).boxed() } else { forest_shaped(4, 4, 30).boxed() };
    for_all(12, (shape, ratios()), |(program, lambda)| same(&program, lambda));
    for case in real(promise.decisions, promise.size) {
        for lambda in case.certified.levels(2) {
            must(&case.name, same(&case.program, lambda));
        }
    }
}
