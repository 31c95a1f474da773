//! Quality against achieved size: small networks trained here, pruned by every method, judged on data held out.
//!
//! | idea | file |
//! |---|---|
//! | networks, data, what is held out | [`tasks`] |
//! | training, once per task and seed | [`trained`] |
//! | what methods look at, measured once; judging | `setup.rs` |
//! | single weights: rules of scores with rules of shares | `weights.rs` |
//! | DSA's search for an expression | `searched.rs` |
//! | a search for shares in the manner of EvoPress | `evolved.rs` |
//! | learned N:M masks, and which maps have them | `masks.rs` |
//! | heads, and heads and channels: importances, SlimGPT, exact choices | `units.rs`, `units/` |
//! | what is kept of every pruned network | [`outcome`] |
//! | tables and pictures | `table.rs` |
//! | commands | [`commands`] |

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "prints its measurements as they come")]

pub mod commands;
mod evolved;
mod masks;
pub mod outcome;
mod searched;
mod setup;
mod table;
pub mod tasks;
pub mod trained;
mod units;
mod weights;
