//! The command-line tool `secateur`, and what it is made of.
//!
//! | module | |
//! |---|---|
//! | [`main()`] | the process: streams, signals, log |
//! | `commands` | one file a command |
//! | [`report`] | the HTML report |
//! | [`peers`] | LightGBM and scikit-learn on the same data, trained by a Python that has them |
//! | [`measure`] | seconds and peak memory of a piece of work |

mod commands;
pub mod measure;
pub mod peers;
pub mod report;
mod signals;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use signals::Signals;
use tracing_subscriber::EnvFilter;

/// Runs the tool on the process's arguments and streams, and returns its exit code.
pub fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

    let signals = Signals::watch();
    let streams = commands::Streams {
        out: &mut std::io::stdout(),
        err: &mut std::io::stderr(),
        terminal: std::io::stderr().is_terminal(),
        cancel: Arc::clone(&signals.cancel),
        shows: Arc::clone(&signals.shows),
    };
    let code = commands::run(std::env::args_os(), streams);
    ExitCode::from(signals.end(code))
}
