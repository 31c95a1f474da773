//! One call of the tool: its streams, its warnings, its progress bars.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use secateur_program::{Control, Progress};
use serde_json::Value;

use super::failure::{Failure, Outcome, one_line};

/// What a call reads from and writes to.
pub(crate) struct Streams<'a> {
    /// Standard output.
    pub(crate) out: &'a mut (dyn Write + Send),
    /// Standard error.
    pub(crate) err: &'a mut (dyn Write + Send),
    /// Whether standard error is a terminal: progress bars are drawn on nothing else.
    pub(crate) terminal: bool,
    /// Set to ask long work to stop.
    pub(crate) cancel: Arc<AtomicBool>,
    /// Set by a command that shows what it has when it is stopped: it is then given the time.
    pub(crate) shows: Arc<AtomicBool>,
}

pub(super) struct Session<'a> {
    streams: Streams<'a>,
    json: bool,
    quiet: bool,
    warnings: Vec<String>,
    /// Whether the answer is less than what was asked for.
    unproven: bool,
    bar: Arc<Bar>,
}

impl<'a> Session<'a> {
    pub(super) fn new(streams: Streams<'a>, json: bool, quiet: bool) -> Self {
        let bar = Arc::new(Bar { shown: streams.terminal && !json && !quiet, now: Mutex::default() });
        Self { streams, json, quiet, warnings: Vec::new(), unproven: false, bar }
    }

    /// Limits, cancellation and progress for long work.
    pub(super) fn control(&self, limit: Option<Duration>) -> Control {
        self.control_showing(limit, |_| true)
    }

    /// The same, showing only some stages: where many of them run at once.
    pub(super) fn control_showing(&self, limit: Option<Duration>, shown: fn(&str) -> bool) -> Control {
        let control = Control::new().with_cancel_flag(Arc::clone(&self.streams.cancel));
        let control = match limit {
            Some(limit) => control.with_time_limit(limit),
            None => control,
        };
        if !self.bar.shown {
            return control;
        }
        let bar = Arc::clone(&self.bar);
        control.with_observer(move |progress| {
            if shown(progress.stage) {
                bar.show(progress);
            }
        })
    }

    /// Says what changes the meaning of the answer: on standard error, also with --quiet, and in the JSON document.
    pub(super) fn warn(&mut self, message: impl Into<String>) {
        self.bar.clear();
        let message = one_line(&message.into());
        // A closed standard error is no reason to stop.
        let _ = writeln!(self.streams.err, "warning: {message}");
        self.warnings.push(message);
    }

    /// A warning that the answer is not the one that was asked for: a limit stopped the work, or there is no proof. The call
    /// goes on, and ends with exit code 1.
    pub(super) fn unproven(&mut self, message: impl Into<String>) {
        self.unproven = true;
        self.warn(message);
    }

    /// The answer: as a JSON object, or as text.
    pub(super) fn answer(&mut self, json: impl FnOnce() -> Value, text: impl FnOnce() -> String) -> Outcome {
        if !self.json {
            return self.print(&text());
        }
        let document = self.document(json());
        self.print(&document)
    }

    /// A JSON object as the answer has it: with the warnings so far, on one line.
    pub(super) fn document(&self, mut document: Value) -> String {
        if let Value::Object(fields) = &mut document {
            fields.insert("warnings".into(), self.warnings.clone().into());
        }
        format!("{document}\n")
    }

    /// Asks for the time to show what there is, should the work be stopped.
    pub(super) fn shows_when_stopped(&self) {
        self.streams.shows.store(true, Ordering::Relaxed);
    }

    /// Text on standard output.
    pub(super) fn print(&mut self, text: &str) -> Outcome {
        self.bar.clear();
        self.streams.out.write_all(text.as_bytes())?;
        Ok(self.streams.out.flush()?)
    }

    /// A line on standard error that goes with text on standard output; not in JSON.
    pub(super) fn note(&mut self, text: &str) {
        self.bar.clear();
        if !self.json && !self.quiet {
            let _ = writeln!(self.streams.err, "{text}");
        }
    }

    /// Whether the answer is to be JSON.
    pub(super) fn json(&self) -> bool {
        self.json
    }

    /// Shows how the call ended and returns its exit code.
    pub(super) fn end(self, outcome: Outcome) -> u8 {
        self.bar.clear();
        let Err(failure) = outcome else { return u8::from(self.unproven) };
        if let Some(line) = failure.line() {
            let _ = writeln!(self.streams.err, "error: {line}");
        }
        failure.code()
    }
}

/// The progress bar of the present stage.
struct Bar {
    shown: bool,
    now: Mutex<Option<(&'static str, ProgressBar)>>,
}

impl Bar {
    fn show(&self, progress: Progress) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        match &*now {
            Some((stage, bar)) if *stage == progress.stage => {
                bar.set_length(progress.total);
                // Reports of threads may overtake each other.
                bar.set_position(bar.position().max(progress.done));
            }
            other => {
                if let Some((_, bar)) = other {
                    bar.finish_and_clear();
                }
                let bar = ProgressBar::with_draw_target(Some(progress.total), ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template("{msg:18} {bar:32} {pos}/{len} {elapsed}");
                bar.set_style(style.expect("the template is valid"));
                bar.set_message(progress.stage);
                bar.set_position(progress.done);
                *now = Some((progress.stage, bar));
            }
        }
    }

    fn clear(&self) {
        if let Some((_, bar)) = self.now.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

impl From<secateur_program::Stop> for Failure {
    fn from(stop: secateur_program::Stop) -> Self {
        Failure::stopped(stop)
    }
}
