//! The battery: laws that every solver of the selection program passes.
//!
//! A solver under test is a [`Solver`] (one lambda) or a [`Within`] (hard limits): how it is called, and what it promises. A law is
//! a function of it that panics where the law is broken. `tests/battery.rs` has one line per solver; the macro
//! [`battery!`](crate::battery!) makes one test of each law.
//!
//! Truth never comes from the solver under test: it is an enumeration ([`Truth::enumerated`]) or a path with a certificate that
//! `secateur_program::verify_path` accepts ([`Certified`]).
//!
//! | file | what |
//! |---|---|
//! | `solver.rs` | what a solver is and promises |
//! | `truth.rs` | optima to compare with |
//! | `judge.rs` | what one answer must fulfil |
//! | `cases.rs` | programs: generated, golden, of real data |
//! | `laws.rs`, `metamorphic.rs`, `stopping.rs` | the laws of one lambda |
//! | `within.rs` | hard limits: solver, judge and laws |
//! | `adapters.rs` | the solvers of this workspace |

pub mod adapters;
mod cases;
mod judge;
pub mod laws;
pub mod metamorphic;
mod solver;
pub mod stopping;
mod truth;
pub mod within;

pub use cases::{Case, golden, real};
pub use judge::{judge, valid};
pub use solver::{Answer, Interrupt, Promise, Refused, Solver, Stops};
pub use truth::{Certified, Truth};
pub use within::{Within, WithinAnswer, WithinPromise};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

/// Runs a law on generated inputs and panics with the smallest input found that breaks it.
fn for_all<S: Strategy>(cases: u32, strategy: S, law: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    // There is no source file to keep failures beside: they are shrunk and printed.
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    if let Err(broken) = TestRunner::new(config).run(&strategy, law) {
        panic!("{broken}");
    }
}

/// Panics with the name of the case in which a law is broken.
fn must(case: &str, kept: Result<(), TestCaseError>) {
    if let Err(broken) = kept {
        panic!("{case}: {broken}");
    }
}

/// One line per solver of one lambda: `battery!(name, Solver)` or, for solvers that can be stopped, `battery!(name, Solver, stops)`.
#[macro_export]
macro_rules! battery {
    ($name:ident, $solver:expr) => {
        mod $name {
            use super::*;
            $crate::battery!(@laws $solver, laws: generated planted files ties near_the_limits threads);
            $crate::battery!(@laws $solver, metamorphic: permuted scaled split united monotone);
        }
    };
    ($name:ident, $solver:expr, stops) => {
        mod $name {
            use super::*;
            $crate::battery!(@laws $solver, laws: generated planted files ties near_the_limits threads);
            $crate::battery!(@laws $solver, metamorphic: permuted scaled split united monotone);
            $crate::battery!(@laws $solver, stopping: stopped_at_once stopped_anywhere stopped_midway);
        }
    };
    (@laws $solver:expr, $module:ident: $($law:ident)*) => {
        $(
            #[test]
            fn $law() {
                $crate::battery::$module::$law(&$solver);
            }
        )*
    };
}

/// One line per solver under hard limits: `battery_within!(name, Solver)`, or with `stops` as in [`battery!`](crate::battery!).
#[macro_export]
macro_rules! battery_within {
    ($name:ident, $solver:expr) => {
        mod $name {
            use super::*;
            $crate::battery!(@laws $solver, within: generated several_limits monotone hull files);
        }
    };
    ($name:ident, $solver:expr, stops) => {
        mod $name {
            use super::*;
            $crate::battery!(@laws $solver, within: generated several_limits monotone hull files stopped);
        }
    };
}
