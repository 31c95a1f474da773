//! The tool started as a process, in a folder of its own.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A call of the tool, its standard error kept.
pub(crate) fn tool(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_secateur"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// How a call ended.
pub(crate) struct Ended {
    /// `None`: a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) err: String,
}

pub(crate) fn ended(child: &mut Child) -> Ended {
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    Ended { code: child.wait().unwrap().code(), err }
}

/// The call after `first` in a shell.
pub(crate) fn in_shell(first: &str, args: &[String]) -> Ended {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{first} && exec \"$@\""), "sh", env!("CARGO_BIN_EXE_secateur")]).args(args);
    ended(&mut command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap())
}

pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).stderr(Stdio::null()).status();
    // It may have ended already.
    sent.unwrap();
}

/// Whether SIGHUP is ignored in this process, and so in those it starts.
pub(crate) fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_none_or(|mask| mask & 1 == 1)
}

/// Temporary files of the tool in a folder.
pub(crate) fn unfinished(folder: &str) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".secateur-")).count()
}

/// What a tuned folder holds.
pub(crate) struct Set {
    pub(crate) model: Vec<u8>,
    /// The seed as the page has it.
    pub(crate) report: Option<String>,
    /// As the figures have it.
    pub(crate) seed: Option<String>,
}

impl Set {
    pub(crate) fn read(folder: &str) -> Self {
        let at = |name: &str| Path::new(folder).join(name);
        let figures = std::fs::read_to_string(at("tune.json")).ok();
        let seed = |figures: String| {
            let figures: serde_json::Value = serde_json::from_str(&figures).expect("figures are whole");
            figures["seed"].to_string()
        };
        let page = |page: String| {
            assert!(page.ends_with("</html>\n"), "a page is whole");
            let (_, seed) = page.split_once("Seed</th><td>").expect("a page names the seed");
            seed.split_once('<').expect("a cell ends").0.to_owned()
        };
        Self {
            model: std::fs::read(at("model.secateur")).expect("there is always a model"),
            report: std::fs::read_to_string(at("report.html")).ok().map(page),
            seed: figures.map(seed),
        }
    }
}

/// A temporary folder.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// With `train.csv`, the forest `forest` grown on it, and `model`, the same pruned.
    pub(crate) fn with_models() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let train = folder.file("train.csv", rows(0, 200));
        let [forest, model] = ["forest", "model"].map(|name| folder.path(name));
        for args in [
            &["train", "--data", &train, "--trees", "30", "--out", &forest][..],
            &["prune", "--model", &forest, "--data", &train, "--out", &model],
        ] {
            assert_eq!(ended(&mut tool(args).spawn().unwrap()).code, Some(0), "{args:?}");
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.0.path().join(name), content).unwrap();
        self.path(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// Rows of three features and a class, told by the first two up to noise.
pub(crate) fn rows(first: u64, rows: u64) -> String {
    let mut csv = String::from("a,b,c,level\n");
    for row in first..first + rows {
        let [a, b, c, noise] = [1, 2, 3, 4].map(|column| hash(row * 4 + column) % 100);
        let level = if a + b / 2 + noise / 5 > 80 { "high" } else { "low" };
        csv += &format!("{a},{b},{c},{level}\n");
    }
    csv
}

fn hash(value: u64) -> u64 {
    let mut bits = (value + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits ^ (bits >> 31)
}
