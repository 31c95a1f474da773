//! What is not proven says so: in exit codes, warnings and model files, also with --quiet.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use secateur::forest::{Model, ModelFile, OperatingPoint, PriceList, Proof, prune};
use secateur_datasets::{ReadOptions, read_table_with};
use secateur_program::Control;
use serde_json::Value;

use super::{Folder, call, classes};

const QUIET: &str = "--quiet";

/// A model whose solver was stopped before its first cut.
fn stopped(folder: &Folder) -> String {
    let (forest, data) = folder.forest();
    let ModelFile { encoding, model } = ModelFile::load(Path::new(&forest)).unwrap();
    let Model::Forest { forest, .. } = model else { unreachable!("a forest") };
    let table = read_table_with(&encoding, Path::new(&data), &ReadOptions::default()).unwrap();
    let prices = PriceList::uniform(&encoding.feature_names(), 1.0).unwrap();
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    let control = Control::new().with_cancel_flag(cancel).with_observer(move |progress| {
        if progress.stage == "solve path" {
            flag.store(true, Ordering::Relaxed);
        }
    });
    let loss = secateur::forest::Loss::Brier;
    let examples = table.view().unwrap();
    let pruned = prune(forest, loss, secateur::forest::LossOn::Stored, examples, &prices, &control).unwrap();
    assert!(matches!(pruned.budgeted.proof(), Proof::Stopped { gap: Some(gap) } if gap > 0.0));
    let model =
        Model::Budgeted { forest: pruned.budgeted, chosen: Some(OperatingPoint(0)), gains: None, lightgbm: None };
    let path = folder.path("stopped.model");
    ModelFile { encoding, model }.save(Path::new(&path)).unwrap();
    path
}

#[test]
fn an_unproven_model_says_so_wherever_it_is_used() {
    let folder = Folder::new();
    let model = stopped(&folder);
    let rows = folder.file("rows.csv", classes(900, 20));
    let page = folder.path("page.html");
    let warning = "thresholds are NOT proven optimal: the solver was stopped by a limit, gap ";
    for more in [&[][..], &[QUIET], &["--json"], &[QUIET, "--json"]] {
        let verified = call(&[&["verify", "--model", &model][..], more].concat());
        assert_eq!(verified.code, 1, "{}", verified.err);
        assert!(verified.err.starts_with("warning: the thresholds") && verified.err.contains(warning));
        assert!(verified.out.contains("NOT proven") || verified.out.contains(r#""status":"stopped""#));
        for args in [
            &["curve", "--model", &model, "--data", &rows][..],
            &["predict", "--model", &model, "--data", &rows],
            &["report", "--model", &model, "--data", &rows, "--out", &page],
        ] {
            let called = call(&[args, more].concat());
            assert_eq!(called.code, 0, "{}", called.err);
            let said = called.err.lines().filter(|line| line.contains(warning)).count();
            assert_eq!(said, 1, "{args:?}: {}", called.err);
        }
    }
    assert!(folder.read("page.html").contains("NOT proven optimal"));
    let answer: Value = serde_json::from_str(&call(&["verify", "--model", &model, "--json"]).out).unwrap();
    assert_eq!(answer["accepted"], true);
    assert!(answer["thresholds"]["gap"].as_f64().unwrap() > 0.0);
    // A model of scores would be written; this one is refused afterwards.
    let out = folder.path("model.txt");
    assert!(call(&["convert", "--model", &model, "--lightgbm", &out]).err.contains(warning));
}

#[test]
fn a_proven_model_says_so_and_one_of_an_older_release_does_not() {
    let folder = Folder::new();
    let model = folder.pruned();
    let verified = call(&["verify", "--model", &model]);
    assert_eq!(verified.err, "");
    assert!(verified.ok().contains("\nthresholds proven optimal when it was pruned\n"));
    assert_eq!(call(&["verify", "--model", &model, "--json"]).json()["thresholds"]["status"], "proven");

    let mut document = String::new();
    GzDecoder::new(std::fs::File::open(&model).unwrap()).read_to_string(&mut document).unwrap();
    let mut document: Value = serde_json::from_str(&document).unwrap();
    let edit = |document: &Value| {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        serde_json::to_writer(&mut encoder, document).unwrap();
        folder.file("edited.model", encoder.finish().unwrap())
    };
    let pruned = document["model"]["budgeted"]["forest"].as_object_mut().unwrap();
    pruned.remove("proof").expect("the file has it");
    let called = call(&["verify", "--model", &edit(&document), QUIET]);
    assert_eq!(called.code, 0);
    assert_eq!(called.err, "warning: the thresholds are not recorded whether they are proven optimal\n");
    document["model"]["budgeted"]["forest"]["proof"] = serde_json::json!({ "status": "stopped", "gap": -1.0 });
    assert!(call(&["verify", "--model", &edit(&document)]).error(2).contains("gap"));
}

#[test]
fn a_pruning_stopped_by_its_limit_is_written_and_ends_with_1() {
    let folder = Folder::new();
    // Answers by chance, so that there is much to prune.
    let data = folder.file("train.csv", classes(0, 3000));
    let (forest, out) = (folder.path("forest"), folder.path("out"));
    call(&["train", "--data", &data, "--trees", "60", "--out", &forest]).ok();
    let mut limit = 0.001;
    let (code, err) = loop {
        assert!(limit < 100.0, "no limit stopped the solver");
        let text = limit.to_string();
        let args = ["prune", "--model", &forest, "--data", &data, "--loss-on", "stored", "--lambda", "0.001"];
        let called = call(&[&args[..], &["--out", &out, "--time-limit", &text, QUIET]].concat());
        match (called.code, folder.exists("out")) {
            // Too early for anything to be written.
            (1, false) => assert!(called.err.ends_with("error: the time limit was reached; nothing was written\n")),
            _ => break (called.code, called.err),
        }
        limit *= 1.2;
    };
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("warning: stopped (time-limit): the path is not proven optimal, gap "), "{err}");
    let verified = call(&["verify", "--model", &out]);
    assert!(verified.code == 1 && verified.err.contains("NOT proven optimal"), "{}", verified.err);
}

#[test]
fn solvers_stopped_by_limits_answer_and_end_with_1() {
    let folder = Folder::new();
    let file = folder.file("s.sel", "p sel 2 2 2\nd 6 0\nd 6 0\nr 2\nr 12\nu 1 1\nu 2 2\n");
    for args in [
        &["--time-limit", "0"][..],
        &["--lambda", "1", "--time-limit", "0"],
        &["--budget", "5", "--time-limit", "0"],
        &["--solver", "primal-dual", "--time-limit", "0"],
        &["--solver", "primal-dual", "--passes", "0"],
    ] {
        let called = call(&[&["solve", &file, QUIET][..], args].concat());
        assert_eq!(called.code, 1, "{args:?}: {}{}", called.out, called.err);
        assert!(called.err.starts_with("warning: the ") && called.err.contains("is not proven optimal, gap"));
        assert_eq!(called.err.lines().count(), 1);
        assert!(!called.out.is_empty(), "{args:?}");
    }
}
