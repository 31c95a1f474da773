//! The command-line tool. All of it is in [`cli`]; here it meets the process: streams, signals, log.

mod cli;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    // The first Ctrl-C asks the work to stop, the second one ends the process. Without a handler the first one does.
    let handler = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    if let Err(error) = handler {
        tracing::warn!(%error, "Ctrl-C ends the process at once");
    }
    let streams = cli::Streams {
        out: &mut std::io::stdout(),
        err: &mut std::io::stderr(),
        terminal: std::io::stderr().is_terminal(),
        cancel,
    };
    ExitCode::from(cli::run(std::env::args_os(), streams))
}
