//! Interrupted anywhere, an answer is valid: a closed selection, `objective <= optimum <= bound`, and no claim of an optimum that
//! is none.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use secateur_program::testing::forest_shaped;
use secateur_program::{Multiplier, SelectionProgram, Status};

use super::cases::ratios;
use super::{Certified, Interrupt, Solver, Stops, for_all, must, real, valid};

fn stopped(
    solver: &dyn Solver,
    program: &SelectionProgram,
    lambda: Multiplier,
    optimum: i128,
    interrupt: Interrupt,
) -> Result<Status, TestCaseError> {
    let answer = solver
        .solve(program, lambda, interrupt)
        .map_err(|refused| TestCaseError::fail(format!("{interrupt:?} is an error: {}", refused.0)))?;
    valid(program, lambda, optimum, &answer, true)?;
    Ok(answer.status)
}

/// With no time, or cancelled before the start: the status says so.
pub fn stopped_at_once(solver: &dyn Solver) {
    let promise = solver.promise();
    assert_ne!(promise.stops, Stops::Never, "the line of a solver that does not stop has no `stops`");
    let mut tried = 0;
    for case in real(promise.decisions, promise.size).filter(|case| case.size() > 100) {
        tried += 1;
        for lambda in case.certified.levels(3) {
            let optimum = case.certified.at(&case.program, lambda).optimum;
            let status = |interrupt| stopped(solver, &case.program, lambda, optimum, interrupt);
            must(
                &case.name,
                status(Interrupt::Time(Duration::ZERO)).map(|status| assert_eq!(status, Status::TimeLimit)),
            );
            if promise.stops == Stops::ByControl {
                must(&case.name, status(Interrupt::Cancelled).map(|status| assert_eq!(status, Status::Cancelled)));
            }
        }
    }
    assert!(tried > 0, "programs worth stopping");
}

/// Cancelled at its n-th report, or after some microseconds: wherever that is.
pub fn stopped_anywhere(solver: &dyn Solver) {
    let stops = solver.promise().stops;
    let time = (0u64..1500).prop_map(|micros| Interrupt::Time(Duration::from_micros(micros)));
    let interrupt = match stops {
        Stops::ByControl => prop_oneof![time, (1usize..40).prop_map(Interrupt::AtReport)].boxed(),
        _ => time.boxed(),
    };
    for_all(60, (forest_shaped(5, 5, 40), ratios(), interrupt), |(program, lambda, interrupt)| {
        let optimum = Certified::new(&program).at(&program, lambda).optimum;
        let status = stopped(solver, &program, lambda, optimum, interrupt)?;
        let expected = match interrupt {
            Interrupt::Time(_) => Status::TimeLimit,
            _ => Status::Cancelled,
        };
        let ended = matches!(status, Status::Optimal | Status::WithinTolerance) || status == expected;
        prop_assert!(ended, "{} after {:?}", status, interrupt);
        Ok(())
    });
}

/// On programs that take long enough, at shares of the time that the whole solve takes here and now.
pub fn stopped_midway(solver: &dyn Solver) {
    let promise = solver.promise();
    for case in real(promise.decisions, promise.size).filter(|case| case.size() > 1_000) {
        let lambda = case.certified.levels(3)[1];
        let optimum = case.certified.at(&case.program, lambda).optimum;
        let started = Instant::now();
        must(&case.name, stopped(solver, &case.program, lambda, optimum, Interrupt::Never).map(drop));
        let whole = started.elapsed();
        for share in 1..24 {
            let interrupt = Interrupt::Time(whole * share / 24);
            must(&case.name, stopped(solver, &case.program, lambda, optimum, interrupt).map(drop));
        }
    }
}
