//! What ends a command early: one line and an exit code.

use std::fmt::Display;

use secateur_program::Stop;

/// Most characters of a line; a list of a thousand columns helps nobody.
const MAX_LINE: usize = 600;

/// Exit code of work that Ctrl-C ended; `main` knows other signals.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(super) enum Failure {
    /// A claim was refused, or a time limit came before the answer. Exit code 1.
    Refused(String),
    /// Wrong usage or input. Exit code 2.
    Input(String),
    /// A signal asked for the end. Exit code [`INTERRUPTED`].
    Interrupted,
    /// Standard output is closed: whoever reads it has seen enough. No message, exit code 0.
    Closed,
}

/// What a command returns; its answer has been printed.
pub(super) type Outcome = Result<(), Failure>;

impl Failure {
    /// Wrong input, in the words of a library error and of what caused it.
    pub(super) fn input(error: impl std::error::Error) -> Self {
        Failure::Input(chain(&error))
    }

    /// Wrong input in a file.
    pub(super) fn in_file(file: impl Display, error: impl std::error::Error) -> Self {
        Failure::Input(format!("{file}: {}", chain(&error)))
    }

    /// A stop before there was anything to show.
    pub(super) fn stopped(stop: Stop) -> Self {
        match stop {
            Stop::TimeLimit => Failure::Refused("the time limit was reached; nothing was written".into()),
            Stop::Cancelled => Failure::Interrupted,
        }
    }

    pub(super) fn code(&self) -> u8 {
        match self {
            Failure::Refused(_) => 1,
            Failure::Input(_) => 2,
            Failure::Interrupted => INTERRUPTED,
            Failure::Closed => 0,
        }
    }

    /// The line to show, without `error: `; `None` if there is nothing to say.
    pub(super) fn line(&self) -> Option<String> {
        match self {
            Failure::Refused(message) | Failure::Input(message) => Some(one_line(message)),
            Failure::Interrupted => Some("interrupted".into()),
            Failure::Closed => None,
        }
    }
}

impl From<std::io::Error> for Failure {
    /// Of standard output; files have their own messages.
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::Input(format!("standard output: {error}")),
        }
    }
}

/// An error's words and those of its causes, as far as they say more.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !message.contains(&words) {
            message = format!("{message}: {words}");
        }
        cause = error.source();
    }
    message
}

pub(super) fn one_line(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_LINE) {
        Some((end, _)) => format!("{} ...", &line[..end]),
        None => line,
    }
}

/// The parser's message on one line: its first paragraph, without the usage that follows.
pub(super) fn usage(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::Input("no command given; see `secateur --help`".into());
    }
    let first = text.split("\n\n").next().unwrap_or(text);
    let tip = text.split("\n\n").find_map(|part| part.trim().strip_prefix("tip: ")).map(one_line);
    let tip = tip.map(|tip| format!("; {tip}")).unwrap_or_default();
    Failure::Input(format!("{}{tip} (--help shows the usage)", one_line(first)))
}
