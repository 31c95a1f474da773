//! What allocations are worth that are not exact, and what exact ones cost.
//!
//! | idea | file |
//! |---|---|
//! | small random chains that can be enumerated | [`chains`] |
//! | what others do about chains: greedy, HALP's knapsack, SPDY's buckets | [`peers`] |
//! | how often and how far each is wrong | [`wrong`] |
//! | level tables as pruning databases have them | [`tables`] |
//! | exact lists against a mixed-integer solver on them | [`timed`] |
//! | programs of up to a million units | [`units`] |
//! | whole paths and budgets on them | [`large`] |
//! | commands | [`commands`] |

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "prints its measurements as they come")]

pub mod chains;
pub mod commands;
pub mod large;
pub mod peers;
pub mod tables;
pub mod timed;
pub mod units;
pub mod wrong;
