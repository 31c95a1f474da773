//! Quality against achieved size: small networks trained here, pruned by every method, judged on data held out.
//!
//! | idea | file |
//! |---|---|
//! | networks, data, what is held out | [`tasks`] |
//! | training, once per task and seed | [`trained`] |
//! | commands | [`commands`] |

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "prints its measurements as they come")]

pub mod commands;
pub mod tasks;
pub mod trained;
