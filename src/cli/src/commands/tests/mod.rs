//! The tool called in-process, on small files in a temporary folder.

#[cfg(feature = "neural")]
mod allocate;
mod lightgbm;
mod messages;
mod pipeline;
mod real;
mod solve;
mod solvers;
mod status;
mod tables;
mod tune;
mod weights;
mod wrong;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value;

use super::{Streams, run};

/// What a call left behind.
#[derive(Debug)]
struct Called {
    code: u8,
    out: String,
    err: String,
}

impl Called {
    /// The answer of a call that must succeed.
    fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}", self.err);
        self.out
    }

    /// The JSON answer of a call that must succeed.
    fn json(self) -> Value {
        let out = self.ok();
        assert_eq!(out.matches('\n').count(), 1, "one document on one line: {out}");
        serde_json::from_str(&out).unwrap()
    }

    /// The JSON answer of a call that a limit must have stopped.
    fn stopped(self) -> Value {
        assert_eq!(self.code, 1, "{}", self.err);
        assert!(self.err.starts_with("warning: ") && self.err.contains("not proven optimal"), "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }

    /// The one error line of a call that must fail.
    fn error(self, code: u8) -> String {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        let line = self.err.strip_suffix('\n').unwrap();
        assert_eq!(line.lines().count(), 1, "one line: {line}");
        line.strip_prefix("error: ").unwrap().to_owned()
    }
}

/// An object has these keys, separated by spaces, and the help names them.
fn assert_keys(object: &Value, keys: &str, help: &str) {
    let mut found: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    let mut keys: Vec<&str> = keys.split(' ').collect();
    found.sort_unstable();
    keys.sort_unstable();
    assert_eq!(found, keys);
    for key in keys {
        assert!(help.contains(key), "{key} is in the help");
    }
}

fn call(args: &[&str]) -> Called {
    call_with(args, Arc::default())
}

fn call_with(args: &[&str], cancel: Arc<AtomicBool>) -> Called {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let streams = Streams { out: &mut out, err: &mut err, terminal: false, cancel, shows: Arc::default() };
    let code = run(std::iter::once("secateur").chain(args.iter().copied()).map(Into::into), streams);
    Called { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// A temporary folder with files.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.0.path().join(name), content).unwrap();
        self.path(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn exists(&self, name: &str) -> bool {
        PathBuf::from(self.path(name)).exists()
    }

    /// A forest grown on [`classes`], and the file it was grown on.
    fn forest(&self) -> (String, String) {
        let (data, model) = (self.file("train.csv", classes(0, 90)), self.path("forest.model"));
        call(&["train", "--data", &data, "--trees", "12", "--out", &model]).ok();
        (model, data)
    }

    /// A model pruned on [`classes`].
    fn pruned(&self) -> String {
        let ((forest, data), model) = (self.forest(), self.path("pruned.model"));
        let valid = self.file("valid.csv", classes(500, 60));
        call(&["prune", "--model", &forest, "--data", &data, "--valid", &valid, "--out", &model]).ok();
        model
    }
}

/// Rows of three features, `a` and `b` informative, `c` not, and a class, `low` or `high`.
fn classes(first: u64, rows: u64) -> String {
    let mut csv = String::from("a,b,c,level\n");
    for row in first..first + rows {
        let [a, b, c] = [1, 2, 3].map(|column| hash(row * 3 + column) % 100);
        let level = if a + b / 2 + hash(row) % 20 > 80 { "high" } else { "low" };
        csv += &format!("{a},{b},{c},{level}\n");
    }
    csv
}

/// The same features with a number to regress on.
fn numbers(rows: u64) -> String {
    let mut csv = String::from("a,b,c,y\n");
    for row in 0..rows {
        let [a, b, c] = [1, 2, 3].map(|column| hash(row * 3 + column) % 100);
        csv += &format!("{a},{b},{c},{}.5\n", 2 * a + b + hash(row) % 10);
    }
    csv
}

fn hash(value: u64) -> u64 {
    let mut bits = (value + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits ^ (bits >> 31)
}

#[test]
fn every_command_explains_itself() {
    let help = call(&["--help"]).ok();
    for command in [
        "demo", "train", "tune", "import", "prune", "curve", "predict", "report", "convert", "solve", "compare",
        "export", "verify",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is not in the help");
        let text = call(&[command, "--help"]).ok();
        assert!(text.contains("Example"), "{command} shows no example");
    }
    assert!(call(&["--version"]).ok().starts_with("secateur "));
}

#[test]
fn the_demonstration_is_whole() {
    let folder = Folder::new();
    let out = folder.path("demo");
    let answer = call(&["demo", "--out", &out, "--json"]).json();
    assert!(answer["test"].as_array().unwrap().len() >= 5);
    assert_eq!(answer["certified"], true);
    for file in answer["files"].as_array().unwrap() {
        assert!(folder.exists(&format!("demo/{}", file.as_str().unwrap())), "{file}");
    }
    // What it wrote is input for the other commands, and pruning again gives the same model.
    let at = |name: &str| folder.path(&format!("demo/{name}"));
    let (forest, train, prices) = (at("forest.secateur"), at("train.csv"), at("prices.toml"));
    let (valid, again) = (at("valid.csv"), at("again.secateur"));
    let args = ["prune", "--model", &forest, "--data", &train, "--prices", &prices, "--valid", &valid];
    call(&[&args[..], &["--best-within", "5", "--out", &again]].concat()).ok();
    assert_eq!(std::fs::read(&again).unwrap(), std::fs::read(at("model.secateur")).unwrap());
    let solved = call(&["solve", &at("program.sel"), "--json"]).json();
    assert_eq!(solved["breakpoints"].as_array().unwrap().len() as u64, answer["breakpoints"].as_u64().unwrap());
}
