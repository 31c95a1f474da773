//! `--weights`: a row of weight 2 counts like the row twice, and a row of weight 0 not at all.

use serde_json::Value;

use super::{Called, Folder, call, classes, hash};

/// The rows of a file with weights from 0 to 3 in a column of their own, and the same rows written that often.
fn weighted(csv: &str) -> (String, String) {
    let mut lines = csv.lines();
    let header = lines.next().unwrap();
    let (mut column, mut repeated) = (format!("often,{header}\n"), format!("{header}\n"));
    for (row, line) in (0..).zip(lines) {
        let weight = hash(row) % 4;
        column += &format!("{weight},{line}\n");
        (0..weight).for_each(|_| repeated += &format!("{line}\n"));
    }
    (column, repeated)
}

/// Calls with a file of weights, and with the same rows repeated.
fn both(folder: &Folder, args: &[&str], out: Option<&str>) -> [Called; 2] {
    let (column, repeated) = weighted(&classes(900, 80));
    let (column, repeated) = (folder.file("column.csv", column), folder.file("repeated.csv", repeated));
    let call = |data: &str, weights: &[&str], name: &str| {
        let path = out.map(|out| folder.path(&format!("{name}.{out}")));
        let out = path.iter().flat_map(|path| ["--out", path]).collect::<Vec<_>>();
        call(&[args, &["--data", data], weights, &out].concat())
    };
    [call(&column, &["--weights", "often"], "column"), call(&repeated, &[], "repeated")]
}

/// Numbers equal but for the rounding of sums in another order; everything else equal.
fn assert_close(one: &Value, other: &Value) {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            assert!((one - other).abs() <= 1e-12 * (1.0 + other.abs()), "{one} and {other}");
        }
        (Value::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len());
            one.iter().zip(other).for_each(|(one, other)| assert_close(one, other));
        }
        (Value::Object(one), Value::Object(other)) => {
            assert!(one.keys().eq(other.keys()));
            one.values().zip(other.values()).for_each(|(one, other)| assert_close(one, other));
        }
        _ => assert_eq!(one, other),
    }
}

#[test]
fn a_forest_pruned_with_weights_is_the_one_pruned_on_repeated_rows() {
    let folder = Folder::new();
    let (forest, _) = folder.forest();
    for loss in ["misclassification", "gini"] {
        let args = ["prune", "--model", &forest, "--loss-on", "hold-out", "--loss", loss, "--best-within", "1.5"];
        for called in both(&folder, &args, Some("model")) {
            called.ok();
        }
        let [column, repeated] =
            ["column.model", "repeated.model"].map(|name| std::fs::read(folder.path(name)).unwrap());
        assert!(column == repeated, "{loss}: the model files differ");
    }
}

#[test]
fn measurements_count_rows_by_their_weights() {
    let folder = Folder::new();
    let model = folder.pruned();
    let [column, repeated] = both(&folder, &["curve", "--model", &model, "--json"], None).map(Called::json);
    assert!(column["points"].as_array().unwrap().len() > 3);
    assert_close(&column["points"], &repeated["points"]);
    for more in [&[][..], &["--lazy"]] {
        let args = [&["predict", "--model", &model, "--lambda", "0", "--json"], more].concat();
        let [column, repeated] = both(&folder, &args, None).map(Called::json);
        assert_eq!((&column["rows"], repeated["rows"] == column["rows"]), (&Value::from(80), false));
        assert!(column["loss"].as_f64().unwrap() > 0.0);
        assert_close(&column["loss"], &repeated["loss"]);
        assert_close(&column["mean_cost"], &repeated["mean_cost"]);
    }
    let args = ["report", "--model", &model, "--json"];
    let [column, repeated] = both(&folder, &args, Some("html")).map(Called::json);
    assert_close(&column["chosen"], &repeated["chosen"]);
}

#[test]
fn training_counts_rows_by_their_weights() {
    let folder = Folder::new();
    let train = |name: &str, weight: &dyn Fn(usize) -> &'static str| {
        let csv = classes(0, 90);
        let lines = csv.lines().enumerate();
        let lines = lines.map(|(row, line)| format!("{line},{}\n", if row == 0 { "w" } else { weight(row) }));
        let (data, model) = (folder.file(&format!("{name}.csv"), lines.collect::<String>()), folder.path(name));
        let args = ["train", "--data", &data, "--weights", "w", "--trees", "12", "--out", &model, "--json"];
        (call(&args).json(), data, model)
    };
    let (forest, data) = folder.forest();
    let plain = call(&["train", "--data", &data, "--trees", "12", "--out", &forest, "--json"]).json();
    let (twice, ..) = train("twice", &|_| "2");
    for key in ["splits", "out_of_bag", "features", "target"] {
        assert_eq!(twice[key], plain[key], "{key}");
    }
    let (odd, data, model) = train("odd", &|row| ["0", "0.3", "4"][row % 3]);
    assert_ne!(odd["splits"], plain["splits"]);
    // Pruning knows the training data again, by their weights; without them it cannot.
    let prune = |more: &[&str]| {
        let out = folder.path("pruned");
        call(&[&["prune", "--model", &model, "--data", &data, "--out", &out, "--json"], more].concat()).json()
    };
    assert_eq!(prune(&["--weights", "w"])["loss_on"], "both");
    assert_eq!(prune(&[])["loss_on"], "stored");
    let (out, data) = (folder.path("out"), folder.path("train.csv"));
    let weighted = folder.file("late.csv", weighted(&classes(0, 90)).0);
    let args = ["prune", "--model", &forest, "--data", &weighted, "--weights", "often", "--out", &out, "--json"];
    assert_eq!(call(&args).json()["loss_on"], "both", "the forest of {data} was grown on these rows without weights");
}

#[test]
fn tuning_counts_rows_by_their_weights() {
    let folder = Folder::new();
    let ones = |csv: &str| {
        let lines = csv.lines().enumerate();
        lines.map(|(row, line)| format!("{},{line}\n", if row == 0 { "often" } else { "1" })).collect::<String>()
    };
    let (train, valid, test) = (classes(0, 120), classes(300, 80), classes(900, 80));
    let (column, repeated) = weighted(&test);
    let (column, repeated) = (folder.file("column.csv", column), folder.file("repeated.csv", ones(&repeated)));
    let plain = [folder.file("train.csv", ones(&train)), folder.file("valid.csv", ones(&valid))];
    let odd = [folder.file("odd.csv", weighted(&train).0), folder.file("odd_valid.csv", weighted(&valid).0)];
    let tune = |[train, valid]: &[String; 2], test: &str, more: &[&str]| {
        let args = ["tune", "--train", train, "--valid", valid, "--test", test, "--effort", "quick"];
        call(&[&args[..], &["--budgets", "1,2", "--weights", "often", "--json"], more].concat())
    };
    let [one, other] = [&column, &repeated].map(|test| tune(&plain, test, &[]).json());
    for (one, other) in one["budgets"].as_array().unwrap().iter().zip(other["budgets"].as_array().unwrap()) {
        assert_close(&one["test"]["metrics"], &other["test"]["metrics"]);
        assert_close(&one["test"]["cost"], &other["test"]["cost"]);
    }
    let learned = tune(&odd, &column, &[]).json();
    assert_ne!(learned["budgets"][1]["valid"], one["budgets"][1]["valid"]);
    let line = tune(&plain, &column, &["--peers"]).error(2);
    assert!(line.contains("--weights often") && line.contains("--peers"), "{line}");
}
