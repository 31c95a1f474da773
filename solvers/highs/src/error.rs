//! What can go wrong between a program and an answer of HiGHS.

use secateur_program::{LimitError, VerifyError};

/// Why there is no answer. A reached time limit is not among the reasons.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HighsError {
    /// At an infinite multiplier the scaled objective would forget the gains.
    #[error("lambda is infinite; HiGHS needs a finite one")]
    InfiniteMultiplier,
    /// A coefficient that a double cannot hold exactly.
    #[error("{what} {index}: coefficient {value} exceeds 2^53 in absolute value; coarser units help")]
    Coefficient {
        /// "decision" or "resource".
        what: &'static str,
        /// Its id.
        index: u32,
        /// The coefficient: den * gain, or num * cost.
        value: i128,
    },
    /// A weight of a limit, or the limit, that a double cannot hold exactly.
    #[error("limit {limit}: {number} is beyond HiGHS (weights below 10^15, limits up to 2^53); coarser units help")]
    LimitNumber {
        /// Which limit, from 0.
        limit: usize,
        /// The weight or limit.
        number: i64,
    },
    /// A limit made for another program.
    #[error("limit {limit}: {error}")]
    Limit {
        /// Which limit, from 0.
        limit: usize,
        /// What does not fit.
        error: LimitError,
    },
    /// HiGHS keeps rows up to a tolerance; its answer exceeds a limit in integers.
    #[error("limit {limit}: the answer of HiGHS uses {used}, at most {most} is allowed")]
    Exceeded {
        /// Which limit, from 0.
        limit: usize,
        /// What the selection uses.
        used: i64,
        /// The limit.
        most: i64,
    },
    /// More columns, rows or entries than the 32-bit indices of HiGHS can name.
    #[error("{found} {what}, HiGHS takes at most {limit}")]
    TooLarge {
        /// "columns" or "entries".
        what: &'static str,
        /// How many.
        found: usize,
        /// Most that fit.
        limit: usize,
    },
    /// A number of threads that is not in `1..=MAX_THREADS`.
    #[error("{found} threads, expected 1 to {limit}")]
    Threads {
        /// Number asked for.
        found: u32,
        /// Most that are accepted.
        limit: u32,
    },
    /// The operating system gave no thread to solve on.
    #[error("no thread for the solve: {reason}")]
    Spawn {
        /// What the system says.
        reason: String,
    },
    /// HiGHS ended without an answer.
    #[error("HiGHS: {message}")]
    Solver {
        /// What it says.
        message: String,
    },
    /// The flow made of the duals is malformed: a defect of this crate.
    #[error("the flow made of the duals is malformed: {0}")]
    Flow(#[from] VerifyError),
}
