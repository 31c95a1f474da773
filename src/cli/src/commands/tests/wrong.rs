//! Wrong inputs: one clear line that names the thing, a code other than 0, nothing overwritten.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Folder, call, call_with, classes};

/// Calls with `--out` at a file that exists, and checks that it does not change.
fn refused(folder: &Folder, args: &[&str], needles: &[&str]) {
    let out = folder.file("precious", "old");
    let line = call(&[args, &["--out", &out]].concat()).error(2);
    for needle in needles {
        assert!(line.contains(needle), "{needle:?} is not in: {line}");
    }
    assert_eq!(folder.read("precious"), "old", "{args:?}");
}

#[test]
fn training_data() {
    let folder = Folder::new();
    let good = classes(0, 30);
    for (content, more, needles) in [
        (good.as_str(), &["--target", "size"][..], &["bad.csv", "\"size\"", "level"][..]),
        ("", &[], &["bad.csv", "empty"]),
        ("a,level\n", &[], &["bad.csv", "no row"]),
        ("a,level\n1,x\n2,x\n", &[], &["bad.csv", "\"level\"", "one class only", "\"x\""]),
        ("a,y\n1,2\n2,2\n", &["--task", "regress"], &["bad.csv", "\"y\"", "in every row"]),
        ("a,level\n1,x\n2\n", &[], &["bad.csv, line 3"]),
        ("a,level\n1,x\n2,\n", &[], &["bad.csv, line 3", "\"level\"", "missing"]),
        ("a,level\n1,x\ninf,y\n", &[], &["bad.csv, line 3", "\"a\"", "inf"]),
        ("a,b,level\n1,1,x\n1,,y\n", &["--engine", "smartcore"], &["bad.csv, data row 2", "\"b\"", "missing"]),
        (&good, &["--features", "9"], &["--features 9", "bad.csv"]),
        (&good, &["--features", "9", "--engine", "smartcore"], &["--features 9", "bad.csv"]),
        (&good, &["--criterion", "squared-error"], &["--criterion", "bad.csv"]),
        (&good, &["--drop", "zz"], &["bad.csv", "\"zz\""]),
    ] {
        let data = folder.file("bad.csv", content);
        refused(&folder, &[&["train", "--data", &data], more].concat(), needles);
    }
    refused(&folder, &["train", "--data", &folder.path("none.csv")], &["none.csv", "No such file"]);
    let gz = folder.file("cut.gz", [0x1f, 0x8b, 8, 0, 0]);
    refused(&folder, &["train", "--data", &gz], &["cut.gz", "damaged"]);
}

#[test]
fn prices() {
    let folder = Folder::new();
    let (model, data) = folder.forest();
    for (prices, needles) in [
        ("default = -1", &["p.toml", "`default`", "-1"][..]),
        ("default = 1\n[sources]\nb = -2\n", &["p.toml", "`b`", "-2"]),
        ("default = nan", &["p.toml", "NaN"]),
        ("default = 1\n[features]\nzz = []\n", &["p.toml", "`zz`"]),
        ("default = 1\n[sources]\nzz = 1\n", &["p.toml", "`zz`"]),
        ("[sources]\na = 1\n", &["p.toml", "`b`", "no price"]),
        ("default = [", &["p.toml", "not a price file"]),
        ("{\"default\": \"x\"}", &["p.toml", "not a price file"]),
    ] {
        let prices = folder.file("p.toml", prices);
        refused(&folder, &["prune", "--model", &model, "--data", &data, "--prices", &prices], needles);
    }
    let none = folder.path("none.toml");
    refused(&folder, &["prune", "--model", &model, "--data", &data, "--prices", &none], &["none.toml"]);
}

#[test]
fn models() {
    let folder = Folder::new();
    let (forest, data) = folder.forest();
    let bytes = std::fs::read(&forest).unwrap();
    for (content, needle) in
        [(&bytes[..bytes.len() / 2], "damaged"), (&bytes[..0], "damaged"), (b"hello".as_slice(), "not a model file")]
    {
        let model = folder.file("cut.model", content);
        refused(&folder, &["prune", "--model", &model, "--data", &data], &["cut.model", needle]);
        refused(&folder, &["predict", "--model", &model, "--data", &data], &["cut.model", needle]);
        refused(&folder, &["report", "--model", &model, "--data", &data], &["cut.model", needle]);
        assert!(call(&["verify", "--model", &model]).error(2).contains("cut.model"));
    }
    refused(&folder, &["predict", "--model", &forest, "--data", &data], &["forest.model", "secateur prune"]);
    let none = folder.path("none");
    refused(&folder, &["predict", "--model", &none, "--data", &data], &["none"]);
}

#[test]
fn rows_that_do_not_fit_the_model() {
    let folder = Folder::new();
    let model = folder.pruned();
    for (content, needles) in [
        ("a,b\n1,2\n", &["rows.csv", "\"c\""][..]),
        ("a,b,c\n1,2,x\n", &["rows.csv, line 2", "\"c\"", "\"x\""]),
        ("a,b,c\n1,2,1e999\n", &["rows.csv, line 2", "\"c\""]),
        ("a,b,c,level\n1,2,3,medium\n", &["rows.csv, line 2", "medium", "low"]),
    ] {
        let rows = folder.file("rows.csv", content);
        refused(&folder, &["predict", "--model", &model, "--data", &rows, "--unpruned"], needles);
    }
    // The model was trained without missing values, so it has no direction for them.
    let rows = folder.file("rows.csv", "a,b,c\n90,90,5\n,90,5\n");
    let needles = ["rows.csv, data row 2", "\"a\"", "missing"];
    refused(&folder, &["predict", "--model", &model, "--data", &rows, "--unpruned"], &needles);
    refused(&folder, &["predict", "--model", &model, "--data", &rows, "--unpruned", "--lazy"], &needles);
    let line = call(&["curve", "--model", &model, "--data", &rows]).error(2);
    assert!(needles.iter().all(|needle| line.contains(needle)), "{line}");
    // Unknown answers do not matter if they are not read.
    let rows = folder.file("rows.csv", "a,b,c,level\n1,2,3,medium\n");
    call(&["predict", "--model", &model, "--data", &rows, "--unlabelled"]).ok();
}

#[test]
fn numbers_out_of_range() {
    let folder = Folder::new();
    let (forest, data) = folder.forest();
    let args = ["prune", "--model", &forest, "--data", &data];
    for (option, value) in [
        ("--budget", "-1"),
        ("--budget", "nan"),
        ("--best-within", "-0.5"),
        ("--lambda", "-1"),
        ("--lambda", "much"),
        ("--tolerance", "-1"),
        ("--time-limit", "-3"),
        ("--threads", "0"),
        ("--loss", "zero-one"),
    ] {
        refused(&folder, &[&args[..], &[option, value]].concat(), &[option, value]);
    }
    refused(&folder, &[&args[..], &["--loss", "squared-error"]].concat(), &["squared-error"]);
    refused(&folder, &["train", "--data", &data, "--trees", "0"], &["--trees"]);
    refused(&folder, &["train", "--data", &data, "--delimiter", "ab"], &["--delimiter", "ab"]);
    refused(&folder, &[&args[..], &["--budget", "1", "--lambda", "1"]].concat(), &["--budget", "--lambda"]);
}

#[test]
fn outputs_are_checked_before_the_work() {
    let folder = Folder::new();
    let (forest, data) = folder.forest();
    let nowhere = folder.path("none/out");
    for args in [
        &["train", "--data", &data, "--out", &nowhere][..],
        &["prune", "--model", &forest, "--data", &data, "--out", &nowhere],
        &["demo", "--out", &folder.path("none/demo")],
        &["solve", &data, "--path-out", &nowhere],
        &["curve", "--model", &forest, "--data", &data, "--csv", &nowhere],
    ] {
        let line = call(args).error(2);
        assert!(line.contains("none") && line.contains("out"), "{line}");
    }
    let before = folder.read("train.csv");
    let line = call(&["train", "--data", &data, "--out", &data]).error(2);
    assert!(line.contains("overwrite") && folder.read("train.csv") == before, "{line}");
    let same = folder.path("same");
    let line = call(&["prune", "--model", &forest, "--data", &data, "--out", &same, "--report", &same]).error(2);
    assert!(line.contains("--report and --out"), "{line}");
    let own = folder.path(".");
    assert!(call(&["train", "--data", &data, "--out", &own]).error(2).contains("--out"));
}

#[test]
fn programs() {
    let folder = Folder::new();
    for (content, needles) in [
        ("", &["no line `p sel"][..]),
        ("p sel 1 1 1\nd 1 0\nr -1\nu 1 1\n", &["line 3", "r -1"]),
        ("p sel 1 1 1\nd 1 0\nr 1\nu 1 2\n", &["line 4", "resource 2"]),
        ("p sel 2 0 0\nd 1 2\nd 1 1\n", &["decision"]),
        ("p sel 2 0 0\nd 1 0\n", &["2 decisions", "1"]),
        ("p sel 1 0 0\nd one 0\n", &["line 2", "d one 0"]),
        ("p sel 18446744073709551615 0 0\n", &["decisions"]),
        ("hello\n", &["line 1", "hello"]),
    ] {
        let file = folder.file("bad.sel", content);
        let line = call(&["solve", &file]).error(2);
        assert!(line.contains("bad.sel"), "{line}");
        assert!(needles.iter().all(|needle| line.contains(needle)), "{needles:?} not in {line}");
    }
    let file = folder.file("good.sel", "p sel 1 1 1\nd 1 0\nr 1\nu 1 1\n");
    for lambda in ["-1", "nan", "1/0", "inf"] {
        assert!(call(&["solve", &file, "--lambda", lambda]).error(2).contains("--lambda"));
    }
    assert!(call(&["solve", &folder.path("none.sel")]).error(2).contains("none.sel"));
    assert!(call(&["verify", &file]).error(2).contains("PATH.json"));
}

#[test]
fn usage() {
    assert!(call(&[]).error(2).contains("--help"));
    assert!(call(&["prune"]).error(2).contains("--model"));
    assert!(call(&["plant"]).error(2).contains("'plant'"));
    assert!(call(&["train", "--dta", "x"]).error(2).contains("--dta"));
}

#[test]
fn interruptions_and_limits_leave_nothing_behind() {
    let folder = Folder::new();
    let (forest, data) = folder.forest();
    let out = folder.file("precious", "old");
    let stopped = || Arc::new(AtomicBool::new(true));
    let train = ["train", "--data", &data, "--out", &out];
    let prune = ["prune", "--model", &forest, "--data", &data, "--out", &out];
    for args in [&train[..], &prune] {
        assert_eq!(call_with(args, stopped()).error(130), "interrupted");
        let line = call(&[args, &["--time-limit", "0"]].concat()).error(1);
        assert!(line.contains("time limit"), "{line}");
        assert_eq!(folder.read("precious"), "old");
    }
    let demo = folder.path("demo");
    assert_eq!(call_with(&["demo", "--out", &demo], stopped()).error(130), "interrupted");

    // A solver that is stopped still shows what it has, unproven.
    let program = folder.file("s.sel", "p sel 2 2 2\nd 6 0\nd 6 0\nr 2\nr 12\nu 1 1\nu 2 2\n");
    let called = call(&["solve", &program, "--time-limit", "0", "--path-out", &out, "--json"]);
    assert!(called.err.contains("warning: the time limit"), "{}", called.err);
    let answer = called.stopped();
    assert_eq!((&answer["certified"], &answer["status"]), (&false.into(), &"time-limit".into()));
    let called = call_with(&["solve", &program], stopped());
    assert!(called.code == 130 && called.out.contains("not proven optimal"), "{called:?}");
    assert_eq!(folder.read("precious"), "old");
}
