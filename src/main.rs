//! The command-line tool. All of it is in [`cli`]; here it meets the process: streams, signals, log.

mod cli;
mod signals;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use signals::Signals;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

    let signals = Signals::watch();
    let streams = cli::Streams {
        out: &mut std::io::stdout(),
        err: &mut std::io::stderr(),
        terminal: std::io::stderr().is_terminal(),
        cancel: Arc::clone(&signals.cancel),
        shows: Arc::clone(&signals.shows),
    };
    let code = cli::run(std::env::args_os(), streams);
    ExitCode::from(signals.end(code))
}
