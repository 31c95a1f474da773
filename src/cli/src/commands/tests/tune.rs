//! From data and prices to a model per budget.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value;

use super::{Folder, assert_keys, call, call_with, classes, numbers};

/// Training, validation and test files.
fn files(folder: &Folder) -> [String; 3] {
    [("train.csv", 0, 150), ("valid.csv", 500, 80), ("test.csv", 900, 70)]
        .map(|(name, first, rows)| folder.file(name, classes(first, rows)))
}

/// The call without outputs.
fn args<'a>(train: &'a str, valid: &'a str) -> Vec<&'a str> {
    vec!["tune", "--train", train, "--valid", valid, "--effort", "quick"]
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn budgets_get_models_that_are_reported_stored_and_served() {
    let folder = Folder::new();
    let [train, valid, test] = files(&folder);
    let prices = folder.file("prices.toml", "default = 1\n[sources]\nb = 0.5\n");
    let out = folder.path("tuned");
    let more = ["--test", &test, "--target", "level", "--prices", &prices, "--budgets", "2,0,0.5,0.5", "--seed", "3"];
    let args = [&args(&train, &valid)[..], &more, &["--out", &out]].concat();
    let predicted = call(&[&args[..], &["--json"]].concat());
    assert_eq!(predicted.err, "");
    assert_eq!(folder.read("tuned/tune.json"), predicted.out);
    let answer = predicted.json();

    // The keys that the help names.
    let help = call(&["tune", "--help"]).ok();
    for (object, keys) in [
        (
            &answer,
            "version task target classes features seed effort prices train valid test folds held_out candidates stopped seconds out files warnings budgets models caps baselines",
        ),
        (&answer["prices"], "file unit sources per_split per_node"),
        (&answer["train"], "file rows"),
        (&answer["budgets"][0], "budget within model valid test"),
        (&answer["budgets"][0]["test"], "cost cost_band loss loss_band metrics acquired"),
        (&answer["budgets"][0]["valid"]["metrics"], "error log_loss brier auc squared_error r2"),
        (&answer["budgets"][0]["valid"]["loss_band"], "mean low high standard_error"),
        (&answer["models"][0], "origin policy answer"),
        (&answer["baselines"][0], "name description points"),
        (&answer["baselines"][0]["points"][0], "budget origin valid test"),
        (&answer["caps"][0], "cap served model when_cut cut valid"),
    ] {
        assert_keys(object, keys, &help);
    }
    assert_eq!((&answer["seed"], &answer["task"], &answer["stopped"]), (&3.into(), &"class".into(), &false.into()));
    assert_eq!((&answer["prices"]["unit"], &answer["target"]), (&false.into(), &"level".into()));

    // Budgets are kept on validation data, each once, and more of them buys no worse models.
    let budgets = answer["budgets"].as_array().unwrap();
    let of = |key: &str| budgets.iter().map(|entry| number(&entry["valid"][key])).collect::<Vec<_>>();
    assert_eq!(budgets.iter().map(|entry| number(&entry["budget"])).collect::<Vec<_>>(), [0.0, 0.5, 2.0]);
    assert!(of("cost").iter().zip([0.0, 0.5, 2.0]).all(|(cost, budget)| *cost <= budget + 1e-9), "{:?}", of("cost"));
    assert!(of("loss")[2] < of("loss")[0], "{:?}", of("loss"));
    for judged in budgets.iter().flat_map(|entry| [&entry["valid"], &entry["test"]]) {
        let [loss, low, high] = ["mean", "low", "high"].map(|key| number(&judged["loss_band"][key]));
        assert!(low <= loss && loss <= high && (loss - number(&judged["metrics"]["error"])).abs() < 1e-12);
        assert!((number(&judged["cost_band"]["mean"]) - number(&judged["cost"])).abs() < 1e-9);
        // Unit prices but for b: the cost is what the shares say.
        let paid: f64 = judged["acquired"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, share)| if name == "b" { 0.5 } else { 1.0 } * number(share))
            .sum();
        assert!((paid - number(&judged["cost"])).abs() < 1e-9, "{judged}");
    }
    let names: Vec<&str> =
        answer["baselines"].as_array().unwrap().iter().map(|series| series["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["boosting alone", "pruning alone", "unpruned forest"]);

    // The page is there, and so is the model: it predicts the test data as reported.
    assert!(folder.read("tuned/report.html").contains("The model for each budget"));
    let model = folder.path("tuned/model.secateur");
    for (entry, budget) in budgets.iter().zip(["0", "0.5", "2"]) {
        let args = ["predict", "--model", &model, "--data", &test, "--budget", budget, "--json"];
        let (batch, lazy) = (call(&args).json(), call(&[&args[..], &["--lazy"]].concat()).json());
        assert!((number(&batch["mean_cost"]) - number(&entry["test"]["cost"])).abs() < 1e-9, "{budget}");
        assert!((number(&batch["loss"]) - number(&entry["test"]["metrics"]["error"])).abs() < 1e-12, "{budget}");
        assert_eq!(batch["mean_cost"], lazy["mean_cost"]);
        assert_eq!(number(&batch["budget"]), budget.parse::<f64>().unwrap());
    }
    let plain = call(&["predict", "--model", &model, "--data", &test, "--budget", "2", "--probabilities"]);
    assert!(
        plain.out.starts_with("row,prediction,cost,p(high),p(low)\n1,") && plain.err.contains("budget 2"),
        "{}",
        plain.err
    );
    let capped = call(&["predict", "--model", &model, "--data", &test, "--cap", "0.5", "--json"]).json();
    assert!(number(&capped["most_cost"]) <= 0.5 && number(&capped["budget"]) == 2.0);
    // What is served under the cap is what held-out rows say, and the words say so.
    let of_cap = |entry: &&Value| number(&entry["cap"]) <= 0.5;
    let measured = answer["caps"].as_array().unwrap().iter().rfind(of_cap).unwrap();
    assert_eq!(capped["capped"]["measured"]["valid"]["metrics"]["error"], measured["valid"]["metrics"]["error"]);
    let words = call(&["predict", "--model", &model, "--data", &test, "--cap", "0.5"]).err;
    assert!(words.contains("under cap 0.5 (") && words.contains("held-out row"), "{words}");
    let verified = call(&["verify", "--model", &model, "--json"]).json();
    assert_eq!((&verified["kind"], &verified["budgets"]), (&"tuned".into(), &serde_json::json!([0.0, 0.5, 2.0])));
    assert!(call(&["verify", "--model", &model]).ok().contains("budget 2: "));

    // Other commands say what it is, and options that do not apply are named.
    let elsewhere = folder.path("elsewhere");
    for args in [
        &["prune", "--model", &model, "--data", &train, "--out", &elsewhere][..],
        &["report", "--model", &model, "--data", &train, "--out", &elsewhere],
        &["curve", "--model", &model, "--data", &train],
    ] {
        let line = call(args).error(2);
        assert!(line.contains("model.secateur") && line.contains("secateur tune"), "{line}");
    }
    for option in [&["--lambda", "1"][..], &["--unpruned"], &["--budget", "1", "--on", &test]] {
        let line = call(&[&["predict", "--model", &model, "--data", &test][..], option].concat()).error(2);
        assert!(
            line.contains(option.iter().rfind(|word| word.starts_with("--")).unwrap()) && line.contains("0.5"),
            "{line}"
        );
    }

    // What is there is replaced only if asked, and then by the same bytes.
    let before = std::fs::read(&model).unwrap();
    let line = call(&args).error(2);
    assert!(line.contains("model.secateur exists") && line.contains("--overwrite"), "{line}");
    call(&[&args[..], &["--overwrite", "--threads", "1"]].concat()).ok();
    assert!(std::fs::read(&model).unwrap() == before, "the same model for one thread");
}

#[test]
fn numbers_are_regressed_on_with_budgets_of_its_own() {
    let folder = Folder::new();
    let (train, valid) = (folder.file("train.csv", numbers(120)), folder.file("valid.csv", numbers(160)));
    let text = call(&args(&train, &valid)).ok();
    assert!(
        text.contains("squared error") && text.contains("every feature costs 1") && text.contains("model 1"),
        "{text}"
    );
    let answer = call(&[&args(&train, &valid)[..], &["--json"]].concat()).json();
    assert_eq!((answer["budgets"].as_array().unwrap().len(), &answer["prices"]["unit"]), (8, &true.into()));
    assert_eq!((&answer["task"], &answer["test"], &answer["out"]), (&"regress".into(), &Value::Null, &Value::Null));
    assert!(number(&answer["budgets"][7]["valid"]["metrics"]["r2"]) > 0.8);
}

#[test]
fn wrong_inputs_are_named_and_leave_nothing_behind() {
    let folder = Folder::new();
    let [train, valid, _] = files(&folder);
    let out = folder.path("tuned");
    let file = |name: &str, content: &str| folder.file(name, content);
    let other = file("other.csv", "a,b,level\n1,2,low\n");
    let unknown = file("unknown.csv", "a,b,c,level\n1,2,3,medium\n");
    let unlabelled = file("unlabelled.csv", "a,b,c\n1,2,3\n");
    let (none, single) = (file("none.csv", "a,b,c,level\n"), file("single.csv", "a,b,c,level\n1,2,3,x\n4,5,6,x\n"));
    let (prices, absent) = (file("p.toml", "default = -1"), folder.path("absent.csv"));
    let plain_file = file("plain", "old");
    for (args, needles) in [
        (vec!["--train", &train, "--valid", &valid, "--target", "size"], &["train.csv", "\"size\""][..]),
        (vec!["--train", &train, "--valid", &valid, "--budgets", "2,-1"], &["--budgets", "-1"]),
        (vec!["--train", &train, "--valid", &valid, "--budgets", "inf"], &["--budgets", "inf"]),
        (vec!["--train", &train, "--valid", &valid, "--budgets", ""], &["--budgets"]),
        (vec!["--train", &train, "--valid", &other], &["other.csv", "\"c\""]),
        (vec!["--train", &train, "--valid", &unknown], &["unknown.csv, line 2", "medium", "low"]),
        (vec!["--train", &train, "--valid", &unlabelled], &["unlabelled.csv", "level"]),
        (vec!["--train", &train, "--valid", &valid, "--test", &unlabelled], &["unlabelled.csv", "level"]),
        (vec!["--train", &none, "--valid", &valid], &["none.csv", "no row"]),
        (vec!["--train", &train, "--valid", &none], &["none.csv"]),
        (vec!["--train", &single, "--valid", &single], &["single.csv", "one class only"]),
        (vec!["--train", &train, "--valid", &valid, "--prices", &prices], &["p.toml", "`default`", "-1"]),
        (vec!["--train", &train, "--valid", &absent], &["absent.csv", "No such file"]),
        (vec!["--train", &train, "--valid", &valid, "--task", "regress"], &["train.csv", "level"]),
        (vec!["--train", &train], &["--valid"]),
        (vec!["--train", &train, "--valid", &valid, "--out", &plain_file], &["--out", "not a folder"]),
    ] {
        let mut call_args = vec!["tune"];
        call_args.extend(args.iter().copied());
        if !args.contains(&"--out") {
            call_args.extend(["--out", &out]);
        }
        let line = call(&call_args).error(2);
        assert!(needles.iter().all(|needle| line.contains(needle)), "{needles:?} not in {line}");
        assert!(!folder.exists("tuned"));
    }
    let nowhere = folder.path("none/tuned");
    assert!(call(&[&args(&train, &valid)[..], &["--out", &nowhere]].concat()).error(2).contains("--out"));
    assert_eq!(folder.read("plain"), "old");

    let args = [&args(&train, &valid)[..], &["--out", &out]].concat();
    assert_eq!(call_with(&args, Arc::new(AtomicBool::new(true))).error(130), "interrupted");
    assert!(call(&[&args[..], &["--time-limit", "0"]].concat()).error(1).contains("time limit"));
    assert!(!folder.exists("tuned"));
}

/// A peer that says `x <= 50` on the first feature, played by a shell script; scikit-learn is there and fails.
#[cfg(unix)]
#[test]
fn peers_are_chosen_and_reported_by_the_same_rules() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let [train, valid, test] = files(&folder);
    let tree = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=2\n\
                objective=binary sigmoid:1\nfeature_names=a b c\nfeature_infos=none none none\ntree_sizes=242\n\n\
                Tree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=0\nsplit_gain=1\nthreshold=50\ndecision_type=2\n\
                left_child=-1\nright_child=-2\nleaf_value=1 -1\nleaf_weight=1 1\nleaf_count=1 1\ninternal_value=0\n\
                internal_weight=2\ninternal_count=2\nis_linear=0\nshrinkage=1\n\n\nend of trees\n";
    let model = folder.file("model.txt", tree);
    let python = |name: &str, body: &str| {
        let path = folder.file(name, format!("#!/bin/sh\n[ \"$1\" = -c ] && {body}\n"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let line = r#"{"label":"stump","file":"0.txt","iterations":1,"seconds":0}"#;
    let answer = format!(
        "exit 0\ncase \"$2\" in sklearn*) echo no forest today >&2; exit 1;; esac\ncp {model} \"$4/0.txt\"\necho '{line}'"
    );
    let playing = python("python", &answer);
    let more = ["--test", &test, "--target", "level", "--budgets", "0.5,1"];
    let base = [&args(&train, &valid)[..], &more].concat();
    let predicted = call(&[&base[..], &["--peers", &playing, "--json"]].concat());
    let answer = predicted.json();
    let warnings = answer["warnings"].to_string();
    for peer in ["sklearn-forest", "sklearn-ccp"] {
        assert!(warnings.contains(&format!("{peer}: left out")) && warnings.contains("no forest today"), "{warnings}");
    }
    let baselines = answer["baselines"].as_array().unwrap();
    let lazy = baselines.iter().find(|series| series["name"] == "lightgbm-lazy").expect(&warnings);
    // A split of price 1 is beyond the first budget.
    let points = lazy["points"].as_array().unwrap();
    assert_eq!((points.len(), number(&points[0]["budget"]), points[0]["origin"].as_str()), (1, 1.0, Some("stump")));
    assert!((number(&points[0]["test"]["cost"]) - 1.0).abs() < 1e-12);
    assert!((0.0..0.5).contains(&number(&points[0]["test"]["metrics"]["error"])), "{points:?}");
    let text = call(&[&base[..], &["--peers", &playing]].concat());
    assert!(text.out.contains("error, test") && text.out.contains("lightgbm-coupled"), "{}", text.out);

    // Nothing to compare with is said; a Python that is not there is wrong input.
    let bare = call(&[&base[..], &["--peers", &python("bare", "exit 1")]].concat());
    assert!(bare.err.contains("--peers") && bare.err.contains("neither lightgbm nor scikit-learn"), "{}", bare.err);
    assert!(call(&[&base[..], &["--peers", "/nowhere/python"]].concat()).error(2).contains("--peers /nowhere/python"));
}
