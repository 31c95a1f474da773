//! The comparison of solvers: the same program and the same question to each, answers compared before any time is reported.
//!
//! Every solver runs in a process of its own, ours too: the bench writes the program to a file ([`mod@file`]), starts the process
//! ([`process`]), and reads one line of JSON from it ([`Measured`]). Building a solver's own representation and solving are timed
//! apart by the process itself, and peak memory is counted from the moment the program is loaded. So a figure means the same
//! for Rust and for Python.
//!
//! | question | answer | compared |
//! |---|---|---|
//! | [`Question::At`] one lambda | objective in units of 1/den gain | all equal as integers, and equal to the verified path's |
//! | [`Question::Path`] every lambda | the vertices (gain, cost) of the path | see [`agree`] |
//!
//! Runs alternate between the solvers (A B C A B C ...), figures are medians. [`solvers::SOLVERS`] is the one place where a
//! solver is added.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "prints its measurements as they come")]

pub mod agree;
pub mod child;
pub mod commands;
pub mod file;
pub mod instance;
pub mod lambdas;
pub mod measured;
pub mod plot;
pub mod process;
pub mod report;
pub mod rounds;
pub mod solvers;

pub use measured::{Measured, Question};
