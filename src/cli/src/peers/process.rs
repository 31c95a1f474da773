//! The process that trains: started, listened to, and killed when its time is up.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use secateur_program::Control;

use super::{Peer, PeerError};

const SCRIPT: &str = include_str!("train.py");

/// How often limits are looked at while nothing is said.
const POLL: Duration = Duration::from_millis(20);

/// Characters of what a failed script said that are passed on: the end is what matters.
const SAID: usize = 400;

/// Peers whose modules a Python has.
///
/// # Errors
/// [`PeerError::Python`] if it cannot be started.
pub fn installed(python: &Path) -> Result<Vec<Peer>, PeerError> {
    let has = |module: &str| -> Result<bool, PeerError> {
        let find = format!(
            "import sys, importlib.util as u; sys.exit(not (u.find_spec('{module}') and u.find_spec('numpy')))"
        );
        let mut command = Command::new(python);
        command.args(["-c", &find]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().map(|status| status.success()).map_err(|error| cannot_start(python, &error))
    };
    let modules = [("lightgbm", has("lightgbm")?), ("sklearn", has("sklearn")?)];
    let there = |peer: &Peer| modules.contains(&(peer.module(), true));
    Ok(Peer::ALL.into_iter().filter(there).collect())
}

fn cannot_start(python: &Path, error: &std::io::Error) -> PeerError {
    PeerError::Python { python: python.to_owned(), message: error.to_string() }
}

/// A process that does not outlive its owner.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the script on a folder; every line of JSON that it prints is handed on while it trains the next model.
pub(super) fn run<E: From<PeerError>>(
    peer: Peer,
    python: &Path,
    folder: &Path,
    control: &Control,
    mut each: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let files = |error: std::io::Error| PeerError::Files { message: error.to_string() };
    let (script, said) = (folder.join("train.py"), folder.join("stderr.txt"));
    std::fs::write(&script, SCRIPT).map_err(files)?;
    // What it says goes to a file: a pipe that nobody reads would block a process that says much.
    let mut process = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // On a busy machine threads that spin while they wait take longer than the work.
        .env("OMP_WAIT_POLICY", "PASSIVE")
        .arg(script)
        .arg(peer.name())
        .args([folder, folder])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(&said).map_err(files)?)
        .spawn()
        .map(Owned)
        .map_err(|error| cannot_start(python, &error))?;
    let stdout = process.0.stdout.take().expect("standard output is piped");
    let (sender, lines) = channel();
    // Ends with the process, whose output it reads.
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let (mut models, mut of) = (0, 0);
    loop {
        control.check().map_err(PeerError::from)?;
        match lines.recv_timeout(POLL) {
            Ok(line) if line.starts_with('{') => {
                each(&line)?;
                models += 1;
                control.report(peer.name(), models, of);
            }
            Ok(line) => of = line.strip_prefix("models ").and_then(|number| number.parse().ok()).unwrap_or(of),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = process.0.wait().map_err(files)?;
    if status.success() {
        return Ok(());
    }
    let said = std::fs::read(&said).map_err(files)?;
    let said = String::from_utf8_lossy(&said);
    let missing = said.lines().find_map(|line| line.strip_prefix("ModuleNotFoundError: No module named "));
    Err(match missing {
        Some(module) => {
            let module = module.trim_matches('\'').to_owned();
            PeerError::NotInstalled { python: python.to_owned(), module }
        }
        None => {
            let said = said.trim();
            let skipped = said.char_indices().rev().nth(SAID).map_or(0, |(at, _)| at);
            let last = said[skipped..].lines().collect::<Vec<_>>().join("; ");
            PeerError::Failed { peer: peer.name(), message: format!("ended with {status}: {last}") }
        }
    }
    .into())
}
