//! The tool as a process: signals, limits of the system, permissions, and being killed.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "all of it is a test; in functions beside tests the lint sees no test")]

mod tool;

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use tool::{Folder, ended, signal, tool};

/// From a signal to the end: 0.3 s are promised, and a machine that runs other tests is given more.
const PATIENCE: Duration = Duration::from_millis(1500);

#[test]
fn signals_end_the_process_at_once_and_leave_nothing() {
    let folder = Folder::with_models();
    let rows = folder.file("rows.csv", tool::rows(0, 400_000));
    let out = folder.file("answers.csv", "old");
    let model = folder.path("model");
    let args = ["predict", "--model", &model, "--data", &rows, "--out", &out];
    assert_eq!(ended(&mut tool(&args).spawn().unwrap()).code, Some(0));
    let new = folder.read("answers.csv");
    let before = folder.names();
    // `nohup` and some services have it ignored, and then so has the tool.
    let hangup = (!tool::ignores_hangup()).then_some(("HUP", 129));
    let mut tried = 0;
    for (name, code) in [("INT", 130), ("TERM", 143)].into_iter().chain(hangup) {
        for wait in [0.02, 0.2, 0.5] {
            folder.file("answers.csv", "old");
            let mut child = tool(&args).spawn().unwrap();
            std::thread::sleep(Duration::from_secs_f64(wait));
            let asked = Instant::now();
            signal(&child, name);
            let ended = ended(&mut child);
            let took = asked.elapsed();
            if ended.code == Some(0) {
                continue;
            }
            assert!(took < PATIENCE, "SIG{name} after {wait} s took {took:?}");
            // Before there is a handler, the signal does what it does by itself.
            let said = ended.err.as_str();
            if ended.code.is_some() {
                let whole = said == "error: interrupted\n" || said == "error: interrupted, after writing\n";
                assert!(ended.code == Some(code) && whole, "SIG{name} at {wait}: {:?}, {said}", ended.code);
            }
            // On a busy machine the signal may come between the last write and the end, and is said to.
            let written = said.contains("after writing");
            tried += usize::from(!written);
            let left = folder.read("answers.csv");
            assert!(left == if written { new.as_str() } else { "old" }, "SIG{name} at {wait}: {} bytes", left.len());
            assert_eq!(folder.names(), before);
        }
    }
    assert!(tried >= 3, "too fast to be interrupted: {tried}");
}

#[test]
fn files_have_the_permissions_of_those_they_replace_or_of_the_umask() {
    let folder = Folder::with_models();
    let mode = |name: &str| std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
    let data = folder.path("train.csv");
    let convert = |umask: &str, out: &str| {
        let (out, model) = (folder.path(out), folder.path("model"));
        let args = ["predict", "--model", &model, "--data", &data, "--out", &out].map(String::from);
        assert_eq!(tool::in_shell(&format!("umask {umask}"), &args).code, Some(0));
    };
    for (umask, expected) in [("077", 0o600), ("022", 0o644), ("002", 0o664)] {
        convert(umask, umask);
        assert_eq!(mode(umask), expected, "umask {umask}");
    }
    // What is private stays private, and so on.
    convert("022", "077");
    convert("077", "002");
    assert_eq!((mode("077"), mode("002")), (0o600, 0o664));
}

#[test]
fn a_full_disk_leaves_the_old_files() {
    let folder = Folder::with_models();
    let [forest, train] = ["forest", "train.csv"].map(|name| folder.path(name));
    let out = folder.file("pruned", "old");
    let report = folder.file("report.html", "old");
    let before = folder.names();
    let args = ["prune", "--model", &forest, "--data", &train, "--out", &out, "--report", &report].map(String::from);
    // The model fits, the page does not.
    let ended = tool::in_shell("ulimit -f 8", &args);
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("report.html: cannot write: File too large"), "{}", ended.err);
    assert_eq!((folder.read("pruned"), folder.read("report.html")), ("old".into(), "old".into()));
    assert_eq!(folder.names(), before);

    let tuned = folder.path("tuned");
    let args = ["tune", "--train", &train, "--valid", &train, "--effort", "quick", "--out", &tuned, "--quiet"];
    let ended = tool::in_shell("ulimit -f 1", &args.map(String::from));
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert_eq!(folder.names(), before, "the folder that was made for it is gone");
}

/// The folder holds the files of one run, or of the run before, at whatever moment the process is killed.
#[test]
fn a_tuned_folder_is_one_set_also_when_killed() {
    let folder = Folder::with_models();
    let train = folder.path("train.csv");
    let tuned = folder.path("tuned");
    let args = |seed: &'static str| {
        let more = ["--budgets", "1,2", "--seed", seed, "--out", &tuned, "--overwrite"];
        [&["tune", "--train", &train, "--valid", &train, "--effort", "quick"][..], &more].concat()
    };
    // What the runs of two seeds leave when nothing happens to them.
    let mut lasted = Duration::ZERO;
    let runs: Vec<tool::Set> = ["1", "2"]
        .map(|seed| {
            let started = Instant::now();
            assert_eq!(ended(&mut tool(&args(seed)).spawn().unwrap()).code, Some(0));
            lasted = started.elapsed();
            tool::Set::read(&tuned)
        })
        .into();
    assert!(runs[0].model != runs[1].model);
    for (run, seed) in runs.iter().zip(["1", "2"]) {
        assert_eq!((run.seed.as_deref(), run.report.as_deref()), (Some(seed), Some(seed)));
    }
    let mut killed = 0;
    for round in 0..12u32 {
        let seed = if round % 2 == 0 { "1" } else { "2" };
        let mut child = tool(&args(seed)).spawn().unwrap();
        if round % 3 == 0 {
            std::thread::sleep(lasted.mul_f64(f64::from(round) / 12.0));
        } else {
            // When the files are written, and put in place.
            while child.try_wait().unwrap().is_none() && tool::unfinished(&tuned) < round as usize % 4 {
                std::thread::yield_now();
            }
        }
        killed += u32::from(child.kill().is_ok() && child.wait().unwrap().code().is_none());
        let found = tool::Set::read(&tuned);
        let of = runs.iter().find(|run| run.model == found.model).expect("the model is whole");
        // Files of the set may be missing for the moment in which the process was killed; none is of another run.
        assert!(found.seed.is_none() || found.seed == of.seed, "round {round}: model and figures of two runs");
        assert!(found.report.is_none() || found.report == of.report, "round {round}: model and report of two runs");
    }
    assert!(killed > 0);
}
