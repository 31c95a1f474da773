//! From a data file to predictions.

use std::io::Write;

use super::{Folder, call, classes, numbers};

#[test]
fn a_forest_is_trained_pruned_and_served() {
    let folder = Folder::new();
    let (forest, data) = folder.forest();
    let prices = folder.file("prices.toml", "default = 1\n[sources]\na = 2.5\n[features]\nc = []\n");
    let valid = folder.file("valid.csv", classes(500, 60));
    let (model, report, program) = (folder.path("m"), folder.path("r.html"), folder.path("p.sel"));
    let args = ["prune", "--model", &forest, "--data", &data, "--prices", &prices, "--valid", &valid, "--out", &model];
    let more = ["--report", &report, "--program", &program, "--best-within", "3", "--json"];
    let pruned = call(&[&args[..], &more].concat()).json();
    assert_eq!((&pruned["certified"], &pruned["loss_on"]), (&true.into(), &"both".into()));
    assert_eq!((&pruned["warnings"], &pruned["loss"]), (&serde_json::json!([]), &"gini".into()));
    assert!(pruned["chosen"]["cost"].as_f64().unwrap() <= 3.0);
    assert!(folder.read("r.html").contains("<!DOCTYPE html>"));
    let solved = call(&["solve", &program, "--json"]).json();
    assert_eq!(solved["breakpoints"].as_array().unwrap().len() as u64, pruned["breakpoints"].as_u64().unwrap());

    // The curve knows the chosen point, and its table has about as many points as asked for.
    let csv = folder.path("curve.csv");
    let curve = call(&["curve", "--model", &model, "--data", &valid, "--csv", &csv, "--json"]).json();
    let chosen = &curve["points"][curve["chosen"].as_u64().unwrap() as usize];
    assert_eq!(*chosen, pruned["chosen"]);
    assert_eq!(folder.read("curve.csv").lines().count(), curve["points"].as_array().unwrap().len() + 1);
    let table = call(&["curve", "--model", &model, "--data", &valid, "--points", "4"]).ok();
    assert!((4..=6).contains(&table.lines().count()), "{table}");

    // Predictions cost what the curve says, bought one by one or not.
    let batch = call(&["predict", "--model", &model, "--data", &valid, "--json"]).json();
    let lazy = call(&["predict", "--model", &model, "--data", &valid, "--lazy", "--json"]).json();
    assert!((batch["mean_cost"].as_f64().unwrap() - chosen["cost"].as_f64().unwrap()).abs() < 1e-9);
    assert_eq!(batch["mean_cost"], lazy["mean_cost"]);
    assert_eq!(batch["loss"], chosen["error"]);
    for row in 0..60 {
        let [one, other] = [&batch, &lazy].map(|answer| &answer["predictions"][row]);
        assert_eq!((&one["class"], &one["cost"]), (&other["class"], &other["cost"]));
        assert!(other["sources"].as_array().unwrap().iter().all(|source| source != "c"), "c is free");
    }
    assert!(call(&["verify", "--model", &model]).ok().contains("12 trees"));
    let page = folder.path("page.html");
    let args = ["report", "--model", &model, "--data", &valid, "--prune-data", &data, "--out", &page, "--json"];
    assert_eq!(call(&args).json()["chosen"], pruned["chosen"]);
    assert!(folder.exists("page.html"));
}

#[test]
fn every_operating_point_can_be_asked_for() {
    let folder = Folder::new();
    let model = folder.pruned();
    let rows = folder.file("rows.csv", "c,b,a\n1,20,30\n5,90,90\n"); // any order, no answers
    let predict =
        |more: &[&str]| call(&[&["predict", "--model", &model, "--data", &rows, "--json"], more].concat()).json();
    let cost = |more: &[&str]| predict(more)["mean_cost"].as_f64().unwrap();
    assert_eq!(cost(&["--budget", "0"]), 0.0);
    assert_eq!(cost(&["--lambda", "inf"]), 0.0);
    assert!(cost(&["--unpruned"]) >= cost(&["--chosen"]));
    assert!(cost(&["--budget", "1", "--on", &rows]) <= 1.0);
    assert_eq!(cost(&["--budget", "inf"]), cost(&["--unpruned"]));
    assert!(predict(&["--unpruned", "--cap", "1"])["most_cost"].as_f64().unwrap() <= 1.0);
    assert_eq!(predict(&["--chosen"])["loss"], serde_json::Value::Null);
    let shares = &predict(&["--unpruned", "--probabilities"])["predictions"][0]["probabilities"];
    assert!((shares[0].as_f64().unwrap() + shares[1].as_f64().unwrap() - 1.0).abs() < 1e-12);

    let out = folder.path("predictions.csv");
    call(&["predict", "--model", &model, "--data", &rows, "--settle", "--probabilities", "--out", &out]).ok();
    let answers = folder.read("predictions.csv");
    assert!(answers.starts_with("row,prediction,cost,p(high),p(low),sources\n1,"), "{answers}");
    assert_eq!(answers.lines().count(), 3);
    let plain = call(&["predict", "--model", &model, "--data", &rows]);
    assert!(plain.out.starts_with("row,prediction,cost\n1,low,") && plain.err.contains("mean cost"), "{plain:?}");
    assert_eq!(call(&["predict", "--model", &model, "--data", &rows, "--quiet"]).err, "");
}

#[test]
fn losses_are_counted_where_it_prunes_best_unless_asked_otherwise() {
    let folder = Folder::new();
    let ((forest, train), out) = (folder.forest(), folder.path("m"));
    let other = folder.file("other.csv", classes(300, 90)); // as many rows as the training data
    let prune = |data: &str, more: &[&str]| {
        let args = ["prune", "--model", &forest, "--data", data, "--lambda", "0.01", "--out", &out, "--json"];
        call(&[&args[..], more].concat())
    };
    assert_eq!(prune(&train, &[]).json()["loss_on"], "both");
    assert_eq!(prune(&other, &[]).json()["loss_on"], "stored");
    assert_eq!(prune(&other, &["--train-data", &train]).json()["loss_on"], "both");
    for (data, more) in
        [(&train, ["--loss-on", "hold-out"]), (&other, ["--loss-on", "stored"]), (&train, ["--loss-on", "both"])]
    {
        let called = prune(data, &more);
        assert!(called.err.starts_with("warning: ") && called.err.contains("optimistic"), "{}", called.err);
        assert_eq!(called.json()["warnings"].as_array().unwrap().len(), 1);
    }
    assert!(prune(&other, &["--loss-on", "out-of-bag"]).error(2).contains("other.csv"));
    let few = folder.file("few.csv", classes(0, 10));
    assert!(prune(&few, &["--loss-on", "in-bag"]).error(2).contains("10 rows"));
    // A choice by loss on rows that the forest was grown on or pruned by is warned about; on unseen rows it is not.
    for (data, more, warned) in
        [(&other, &["--loss-on", "hold-out"][..], true), (&train, &[], true), (&other, &[], false)]
    {
        let called = call(&[&["prune", "--model", &forest, "--data", data, "--out", &out][..], more].concat());
        assert_eq!(called.err.contains("--valid"), warned, "{}", called.err);
    }
    // A pruned model is pruned anew.
    let anew = folder.path("anew");
    call(&["prune", "--model", &out, "--data", &other, "--budget", "1", "--out", &anew]).ok();
    let line = call(&["prune", "--model", &out, "--data", &train, "--loss-on", "out-of-bag", "--out", &anew]).error(2);
    assert!(line.contains("no record"), "{line}");
}

#[test]
fn both_engines_regress_and_classify() {
    let folder = Folder::new();
    let (y, level) = (folder.file("y.csv", numbers(80)), folder.file("level.csv", classes(0, 80)));
    for engine in ["own", "smartcore"] {
        for (data, features, name) in [(&y, "2", "number"), (&level, "0.7", "classes"), (&level, "sqrt", "classes")] {
            let (forest, model) = (folder.path("f"), folder.path("m"));
            let args = ["train", "--data", data, "--engine", engine, "--trees", "8", "--features", features];
            let trained =
                call(&[&args[..], &["--max-depth", "6", "--min-leaf", "2", "--out", &forest, "--json"]].concat());
            let trained = trained.json();
            assert!(trained["out_of_bag"].as_f64().unwrap() > 0.0, "{engine} {name}");
            assert_eq!(trained["classes"].is_null(), name == "number");
            let pruned =
                call(&["prune", "--model", &forest, "--data", data, "--budget", "1.5", "--out", &model, "--json"]);
            assert_eq!(pruned.json()["certified"], true);
            let predicted = call(&["predict", "--model", &model, "--data", data, "--lazy", "--json"]).json();
            assert!(predicted["loss"].as_f64().unwrap() > 0.0);
        }
    }
}

#[test]
fn other_formats_and_categories_are_read() {
    let folder = Folder::new();
    let csv = "colour;x;kind\nred;1;A\nblue;2;B\nred;3;A\nblue;-9;B\ngreen;5;A\n";
    let data = folder.file("t.csv", csv);
    let (forest, model) = (folder.path("f"), folder.path("m"));
    let trained = call(&["train", "--data", &data, "--target", "kind", "--missing", "-9", "--out", &forest, "--json"]);
    assert_eq!(trained.json()["features"], 2);
    call(&["prune", "--model", &forest, "--data", &data, "--missing", "-9", "--lambda", "0", "--out", &model]).ok();
    let unseen = folder.file("u.csv", "colour;x\npink;1\n");
    let called = call(&["predict", "--model", &model, "--data", &unseen]);
    assert!(called.code == 0 && called.err.contains("\"pink\" was not seen in training"), "{}", called.err);
    let line = call(&["predict", "--model", &model, "--data", &unseen, "--strict"]).error(2);
    assert!(line.contains("u.csv, line 2, column \"colour\"") && line.contains("pink"), "{line}");

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for row in 0..40 {
        writeln!(gzip, "{} 1:{row} 3:{}", i32::from(row > 20), row % 7).unwrap();
    }
    let data = folder.file("t.libsvm.gz", gzip.finish().unwrap());
    assert_eq!(call(&["train", "--data", &data, "--out", &forest, "--json"]).json()["features"], 3);
    let line = call(&["train", "--data", &data, "--target", "y", "--out", &forest]).error(2);
    assert!(line.contains("\"y\""), "{line}");
}

#[test]
fn one_thread_and_many_give_the_same_bytes() {
    let folder = Folder::new();
    let data = folder.file("t.csv", classes(0, 90));
    let [one, many] = ["1", "4"].map(|threads| {
        let (forest, model) = (folder.path("f"), folder.path("m"));
        call(&["train", "--data", &data, "--trees", "9", "--threads", threads, "--out", &forest]).ok();
        let args =
            ["prune", "--model", &forest, "--data", &data, "--budget", "1", "--threads", threads, "--out", &model];
        call(&args).ok();
        [std::fs::read(&forest).unwrap(), std::fs::read(&model).unwrap()]
    });
    assert!(one == many);
}

#[test]
fn figures_come_with_their_bands() {
    let folder = Folder::new();
    let (forest, data) = folder.forest();
    let (valid, out, page) = (folder.file("valid.csv", classes(500, 60)), folder.path("m"), folder.path("r.html"));
    let args = ["prune", "--model", &forest, "--data", &data, "--valid", &valid, "--out", &out, "--budget", "1.5"];
    let answer = call(&[&args[..], &["--report", &page, "--json"]].concat()).json();
    let intervals = &answer["bands"];
    for (name, figure) in [("cost", "cost"), ("loss", "error")] {
        let (low, high) = (intervals[name]["low"].as_f64().unwrap(), intervals[name]["high"].as_f64().unwrap());
        let figure = answer["chosen"][figure].as_f64().unwrap();
        assert!(low <= figure + 1e-9 && figure <= high + 1e-9 && (low < high || name == "cost"), "{name}: {intervals}");
        assert!((intervals[name]["mean"].as_f64().unwrap() - figure).abs() < 1e-9);
        let above = intervals[format!("{name}_above_unpruned")]["mean"].as_f64().unwrap();
        let whole = answer["unpruned"][if name == "cost" { "cost" } else { "error" }].as_f64().unwrap();
        assert!((above - (figure - whole)).abs() < 1e-9);
    }
    assert!(folder.read("r.html").contains("95% bootstrap confidence interval"));
    let text = call(&args).ok();
    assert!(
        text.contains("chosen, 95% bootstrap confidence interval: cost ") && text.contains("chosen minus unpruned: "),
        "{text}"
    );
}

#[test]
fn between_two_points_of_the_path_the_budget_is_spent() {
    let folder = Folder::new();
    let (forest, data) = folder.forest();
    let (valid, out, page) = (folder.file("valid.csv", classes(500, 60)), folder.path("m"), folder.path("r.html"));
    let mut filled = 0;
    for budget in ["0", "0.7", "1.3", "1.9", "inf"] {
        let args = ["prune", "--model", &forest, "--data", &data, "--valid", &valid, "--out", &out, "--json"];
        let answer = call(&[&args[..], &["--budget", budget, "--between", "--report", &page]].concat()).json();
        let between = &answer["between"];
        let number = |name: &str| between[name].as_f64().unwrap();
        assert!(number("cost") <= budget.parse().unwrap(), "{between}");
        assert!(
            number("bound") <= number("loss") + 1e-12 && number("loss") <= number("path_loss") + 1e-12,
            "{between}"
        );
        filled += u32::from(number("loss") < number("path_loss"));
        // The model is that pruning: on the pruning data it costs what was said.
        let curve = call(&["curve", "--model", &out, "--data", &data, "--json"]).json();
        let chosen = &curve["points"][curve["chosen"].as_u64().unwrap() as usize];
        assert!((chosen["cost"].as_f64().unwrap() - number("cost")).abs() < 1e-9);
        let predicted = call(&["predict", "--model", &out, "--data", &valid, "--json"]).json();
        let said = answer["chosen"]["cost"].as_f64().unwrap();
        assert!((predicted["mean_cost"].as_f64().unwrap() - said).abs() < 1e-9);
    }
    assert!(filled > 0, "no budget lay between points of the path");
    let args = ["prune", "--model", &forest, "--data", &data, "--out", &out];
    assert!(
        call(&[&args[..], &["--budget", "1.3", "--between"]].concat())
            .ok()
            .contains("\nbetween  for a budget of 1.3 costs ")
    );
    assert!(call(&[&args[..], &["--between"]].concat()).error(2).contains("--budget"));
}
