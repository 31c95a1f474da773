//! Models of LightGBM: taken over, pruned, served, and written back.

use secateur::forest::{Model, ModelFile, lightgbm};

use super::{Folder, call, classes};

const BINARY: &str = include_str!("../../../../../tests/golden/lightgbm/binary.txt");
const MULTICLASS: &str = include_str!("../../../../../tests/golden/lightgbm/multiclass.txt");
const REGRESSION: &str = include_str!("../../../../../tests/golden/lightgbm/regression.txt");
const ROWS: [(&str, &str); 3] = [
    (BINARY, include_str!("../../../../../tests/golden/lightgbm/binary.csv")),
    (MULTICLASS, include_str!("../../../../../tests/golden/lightgbm/multiclass.csv")),
    (REGRESSION, include_str!("../../../../../tests/golden/lightgbm/regression.csv")),
];

/// The golden rows with the model's own answers as the target: labels, or numbers.
fn data(rows: &str, columns: [&str; 4]) -> String {
    let mut csv = columns.join(",") + ",y\n";
    for line in rows.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        let scores: Vec<f64> = cells[4..].iter().map(|cell| cell.parse().unwrap()).collect();
        let largest = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
        let answer = match scores[..] {
            [score] if score > 5.0 => score.to_string(),
            [score] => u8::from(score > 0.0).to_string(),
            _ => largest.to_string(),
        };
        csv += &format!("{},{answer}\n", cells[..4].join(","));
    }
    csv
}

const PLAIN: [&str; 4] = ["p", "q", "r", "s"];

#[test]
fn models_are_imported_pruned_and_written_back() {
    let folder = Folder::new();
    for (model, rows) in ROWS {
        let (txt, csv) = (folder.file("m.txt", model), folder.file("d.csv", data(rows, PLAIN)));
        let (forest, pruned, back) = (folder.path("f"), folder.path("m"), folder.path("back.txt"));
        let imported = call(&["import", &txt, "--like", &csv, "--target", "y", "--out", &forest, "--json"]).json();
        let splits = imported["splits"].as_u64().unwrap();
        assert!(splits > 20);

        let args = ["prune", "--model", &forest, "--data", &csv, "--valid", &csv, "--budget", "1.5", "--out", &pruned];
        let answer = call(&[&args[..], &["--json"]].concat()).json();
        assert_eq!((&answer["certified"], &answer["loss"]), (&true.into(), &"gains".into()));
        assert_eq!(answer["loss_on"], serde_json::Value::Null);
        assert!(call(&args).ok().contains("gains recorded in the forest"));
        // The whole model answers as LightGBM did.
        let whole = call(&["predict", "--model", &pruned, "--data", &csv, "--unpruned", "--json"]).json();
        assert!(whole["loss"].as_f64().unwrap() < 1e-12, "{whole}");
        assert!(whole["mean_cost"].as_f64().unwrap() > 1.5);

        // What is written answers as the pruned model does.
        let written = call(&["convert", "--model", &pruned, "--lightgbm", &back, "--json"]).json();
        assert!(written["splits"].as_u64().unwrap() < splits);
        assert_eq!(written["splits"], answer["chosen"]["splits"]);
        let again = folder.path("g");
        call(&["import", &back, "--like", &csv, "--out", &again]).ok();
        let chosen = folder.path("chosen.csv");
        call(&["predict", "--model", &pruned, "--data", &csv, "--out", &chosen]).ok();
        let repeat = folder.path("repeat");
        call(&["prune", "--model", &again, "--data", &csv, "--lambda", "0", "--out", &repeat]).ok();
        let repeated = folder.path("repeated.csv");
        call(&["predict", "--model", &repeat, "--data", &csv, "--unpruned", "--out", &repeated]).ok();
        let answers = |name: &str| -> Vec<f64> {
            let answer = |line: &str| line.split(',').nth(1).unwrap().parse().unwrap();
            folder.read(name).lines().skip(1).map(answer).collect()
        };
        let (chosen, repeated) = (answers("chosen.csv"), answers("repeated.csv"));
        assert!(chosen.iter().zip(&repeated).all(|(a, b)| (a - b).abs() < 1e-9), "{chosen:?} {repeated:?}");

        // Unpruned, nothing is lost on the way.
        call(&["convert", "--model", &pruned, "--unpruned", "--lightgbm", &back]).ok();
        let as_it_came = lightgbm::write(&lightgbm::read(model).unwrap()).unwrap();
        assert_eq!(folder.read("back.txt"), as_it_came);
        call(&["convert", "--model", &forest, "--lightgbm", &back]).ok();
        assert_eq!(folder.read("back.txt"), as_it_came);

        // A pruned model, and one that was written and imported again, can be pruned anew, to the same path.
        let anew = |model: &str| {
            let args = ["prune", "--model", model, "--data", &csv, "--budget", "1.5", "--out", &repeat, "--json"];
            let answer = call(&args).json();
            ["breakpoints", "operating_points", "chosen"].map(|key| answer[key].clone())
        };
        let first = anew(&forest);
        assert!(first[0].as_u64().unwrap() > 2);
        assert_eq!(anew(&pruned), first);
        call(&["import", &back, "--like", &csv, "--out", &again]).ok();
        assert_eq!(anew(&again), first);
    }
}

#[test]
fn features_are_found_by_name_and_classes_are_named() {
    let folder = Folder::new();
    let named = BINARY.replace("feature_names=Column_0 Column_1 Column_2 Column_3", "feature_names=p q_1 r s");
    let txt = folder.file("m.txt", &named);
    // Columns in another order, one of them new, and targets in words.
    let mut csv = String::from("s,extra,q 1,p,r,y\n");
    for line in data(ROWS[0].1, PLAIN).lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let word = if cells[4] == "1" { "bad" } else { "good" };
        csv += &format!("{},7,{},{},{},{word}\n", cells[3], cells[1], cells[0], cells[2]);
    }
    let (csv, forest, pruned) = (folder.file("d.csv", csv), folder.path("f"), folder.path("m"));
    call(&["import", &txt, "--like", &csv, "--classes", "good,bad", "--out", &forest]).ok();
    call(&["prune", "--model", &forest, "--data", &csv, "--lambda", "0", "--out", &pruned]).ok();
    let whole = call(&["predict", "--model", &pruned, "--data", &csv, "--unpruned", "--json"]).json();
    assert_eq!(whole["loss"], 0.0);
    assert!(call(&["verify", "--model", &forest]).ok().contains("6 trees"));
}

#[test]
fn wrong_models_and_data_are_refused_by_name() {
    let folder = Folder::new();
    let (txt, csv) = (folder.file("m.txt", BINARY), folder.file("d.csv", data(ROWS[0].1, PLAIN)));
    let out = folder.file("precious", "old");
    let refused = |args: &[&str], needles: &[&str]| {
        let line = call(&[args, &["--out", &out]].concat()).error(2);
        assert!(needles.iter().all(|needle| line.contains(needle)), "{needles:?} not in {line}");
        assert_eq!(folder.read("precious"), "old");
    };
    let import = |model: &str, data: &str, more: &[&str], needles: &[&str]| {
        refused(&[&["import", model, "--like", data], more].concat(), needles);
    };
    import(&folder.path("none.txt"), &csv, &[], &["none.txt", "No such file"]);
    import(&txt, &folder.path("none.csv"), &[], &["none.csv", "No such file"]);
    import(&csv, &csv, &[], &["d.csv", "not a LightGBM text model"]);
    import(&txt, &csv, &["--target", "z"], &["d.csv", "\"z\""]);
    import(&txt, &csv, &["--drop", "p"], &["d.csv", "3 columns", "4 features", "--drop"]);
    import(&txt, &csv, &["--classes", "a,b,c"], &["--classes", "3 names", "2 classes"]);
    import(&txt, &csv, &["--classes", "0,2"], &["d.csv", "\"1\"", "--classes"]);
    let cut = folder.file("cut.txt", &BINARY[..2000]);
    import(&cut, &csv, &[], &["cut.txt", "end of trees"]);
    let category = folder.file("cat.txt", BINARY.replacen("decision_type=2", "decision_type=1", 1));
    import(&category, &csv, &[], &["cat.txt", "tree 0", "num_cat", "splits on categories"]);
    let named = folder.file("named.txt", BINARY.replace("Column_3", "blood"));
    import(&named, &csv, &[], &["d.csv", "\"Column_0\""]);
    let twice = folder.file("twice.txt", BINARY.replace("Column_0 Column_1 Column_2 Column_3", "p p q r"));
    import(&twice, &csv, &[], &["d.csv", "\"p\"", "two features"]);
    let words = folder.file("w.csv", data(ROWS[0].1, PLAIN).replace(",0\n", ",no\n").replace(",1\n", ",yes\n"));
    import(&txt, &words, &[], &["w.csv", "\"no\"", "--classes"]);
    let regression = folder.file("r.txt", REGRESSION);
    import(&regression, &csv, &["--classes", "0,1"], &["--classes", "numbers"]);
    import(&regression, &words, &[], &["w.csv", "\"y\""]);
    let mut rows = 0;
    let coloured = data(ROWS[0].1, PLAIN).lines().fold(String::new(), |csv, line| {
        rows += 1;
        let (_, rest) = line.split_once(',').unwrap();
        csv + &format!("{},{rest}\n", if rows == 1 { "p" } else { "red" })
    });
    import(&txt, &folder.file("c.csv", coloured), &[], &["c.csv", "\"p\"", "text"]);

    // Pruning by gains counts no losses, and needs gains.
    let (forest, pruned) = (folder.path("f"), folder.path("m"));
    call(&["import", &txt, "--like", &csv, "--out", &forest]).ok();
    let prune = ["prune", "--model", &forest, "--data", &csv, "--lambda", "0"];
    for more in [["--loss", "gini"], ["--loss-on", "hold-out"], ["--train-data", &csv]] {
        refused(&[&prune[..], &more].concat(), &[more[0], "gains"]);
    }
    call(&[&prune[..], &["--out", &pruned]].concat()).ok();
    let mut file = ModelFile::load(forest.as_ref()).unwrap();
    let Model::Forest { gains, .. } = &mut file.model else { panic!("a forest") };
    gains.as_mut().unwrap().pop();
    let fewer = folder.path("fewer");
    file.save(fewer.as_ref()).unwrap();
    refused(&["prune", "--model", &fewer, "--data", &csv, "--lambda", "0"], &["fewer", "gains", "nodes"]);

    // Conversion.
    let convert = |args: &[&str], needles: &[&str]| {
        let line = call(&[&["convert", "--lightgbm", &out], args].concat()).error(2);
        assert!(needles.iter().all(|needle| line.contains(needle)), "{needles:?} not in {line}");
        assert_eq!(folder.read("precious"), "old");
    };
    convert(&["--model", &forest, "--budget", "1"], &["not pruned"]);
    let bagged = folder.path("bagged");
    let grown = folder.file("train.csv", classes(0, 60));
    call(&["train", "--data", &grown, "--trees", "3", "--out", &bagged]).ok();
    convert(&["--model", &bagged], &["bagged", "does not add scores"]);
    convert(&["--model", &txt], &["m.txt", "not a model file"]);
    let line = call(&["convert", "--model", &forest, "--lightgbm", &forest]).error(2);
    assert!(line.contains("overwrite"), "{line}");
}

/// A model of three leaves: 1 if `a <= 0.5`, else 2 if the flag is zero, else 4.
const TINY: &str = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\n\
    objective=regression\nfeature_names=a flag\nfeature_infos=[0:9] [0:1]\n\nTree=0\nnum_leaves=3\nnum_cat=0\n\
    split_feature=0 1\nsplit_gain=8 4\nthreshold=0.5 1.0000000180025095e-35\ndecision_type=2 2\nleft_child=-1 -2\n\
    right_child=1 -3\nleaf_value=1 2 4\nleaf_weight=4 2 2\nleaf_count=4 2 2\ninternal_value=2 3\ninternal_weight=8 4\n\
    internal_count=8 4\nis_linear=0\nshrinkage=0.1\n\n\nend of trees\n";

impl Folder {
    /// What the whole model answers on `data` after import with the columns of `like`.
    fn answers(&self, model: &str, like: &str, data: &str, more: &[&str]) -> Vec<String> {
        let (forest, pruned, out) = (self.path("answers.f"), self.path("answers.m"), self.path("predictions.csv"));
        call(&[&["import", model, "--like", like, "--out", &forest], more].concat()).ok();
        call(&["prune", "--model", &forest, "--data", like, "--lambda", "0", "--out", &pruned]).ok();
        call(&["predict", "--model", &pruned, "--data", data, "--unpruned", "--out", &out]).ok();
        let answer = |line: &str| line.split(',').nth(1).unwrap().to_owned();
        self.read("predictions.csv").lines().skip(1).map(answer).collect()
    }
}

#[test]
fn the_model_keeps_its_features_whatever_the_file_has() {
    let folder = Folder::new();
    let (txt, forest, back) = (folder.file("m.txt", TINY), folder.path("f"), folder.path("back.txt"));
    let csv = folder.file("d.csv", "id,flag,other,a,y\n1,0,x,0,1\n2,0,y,1,2\n3,1,x,1,4\n");
    assert_eq!(folder.answers(&txt, &csv, &csv, &[]), ["1", "2", "4"]);
    call(&["import", &txt, "--like", &csv, "--out", &forest]).ok();
    call(&["convert", "--model", &forest, "--lightgbm", &back]).ok();
    let text = folder.read("back.txt");
    // All of it, but for types of decisions that say the same in other numbers.
    for line in TINY.lines().filter(|line| line.contains('=') && !line.starts_with("decision_type")) {
        let key = line.split_once('=').unwrap().0;
        let found = text.lines().find(|line| line.split('=').next() == Some(key)).unwrap_or("none");
        let number = |text: &str| text.parse::<f64>().map_or_else(|_| text.to_owned(), |number| number.to_string());
        let words = |line: &str| line.split([' ', '=']).map(number).collect::<Vec<_>>();
        assert_eq!(words(found), words(line));
    }
    // The features of a file without the columns that the model does not have.
    let plain = folder.file("p.csv", "a,flag,y\n0,0,1\n1,1,4\n");
    assert_eq!(folder.answers(&back, &csv, &plain, &[]), ["1", "4"]);
}

#[test]
fn columns_are_found_by_exact_names_first() {
    let folder = Folder::new();
    let txt = folder.file("m.txt", TINY.replace("feature_names=a flag", "feature_names=a_b flag"));
    let both = folder.file("both.csv", "a_b,flag,a b,y\n0,0,9,1\n1,0,9,2\n1,1,9,4\n");
    assert_eq!(folder.answers(&txt, &both, &both, &[]), ["1", "2", "4"]);
    let several = folder.file("several.csv", "a b,flag,a:b,y\n0,0,9,1\n1,0,9,2\n");
    let line = call(&["import", &txt, "--like", &several, "--out", &folder.path("f")]).error(2);
    assert!(line.contains("\"a b\" and \"a:b\"") && line.contains("\"a_b\"") && line.contains("--drop"), "{line}");
    assert_eq!(folder.answers(&txt, &several, &several, &["--drop", "a:b"]), ["1", "2"]);
    // LightGBM writes `_` for blanks, and our reader trims them.
    for (name, column) in
        [("_a", " a"), ("a_", "a "), ("a\u{a0}b", "a\u{a0}b"), ("a_b", "a\u{2009}b"), ("\u{a0}a", "\u{a0}a")]
    {
        let txt = folder.file("m.txt", TINY.replace("feature_names=a flag", &format!("feature_names={name} flag")));
        let csv = folder.file("d.csv", format!("{column}, flag,y\n0,0,1\n1,0,2\n1,1,4\n"));
        assert_eq!(folder.answers(&txt, &csv, &csv, &[]), ["1", "2", "4"], "{name:?}");
    }
}

#[test]
fn false_and_true_are_numbers() {
    let folder = Folder::new();
    let txt = folder.file("m.txt", TINY);
    for [no, yes] in [["False", "True"], ["false", "true"], ["FALSE", "TRUE"]] {
        let csv = folder.file("d.csv", format!("a,flag,y\n0,{yes},1\n1,{no},2\n1,{yes},4\n1,,3\n"));
        // A missing value is compared as 0 by a model trained without any.
        assert_eq!(folder.answers(&txt, &csv, &csv, &[]), ["1", "2", "4", "2"]);
        // One of them is enough to know the other.
        for (cell, answer) in [(yes, "4"), (no, "2")] {
            let one = folder.file("one.csv", format!("a,flag,y\n1,{cell},4\n1,{cell},4\n"));
            assert_eq!(folder.answers(&txt, &one, &csv, &[])[..3], ["1", "2", "4"]);
            assert_eq!(folder.answers(&txt, &csv, &one, &[]), [answer, answer]);
            // Alone, too, it is the number that the model's ranges are about.
            let ranges = if cell == yes { "[0:9] [1:1]" } else { "[0:9] [0:0]" };
            let alone = folder.file("alone.txt", TINY.replace("[0:9] [0:1]", ranges));
            let warnings = call(&["import", &alone, "--like", &one, "--out", &folder.path("f"), "--json"]).json();
            assert_eq!(warnings["warnings"], serde_json::json!([]));
        }
    }
    for cells in [["True", "FALSE"], ["yes", "no"], ["True", "maybe"]] {
        let csv = folder.file("d.csv", format!("a,flag,y\n1,{},1\n1,{},2\n", cells[0], cells[1]));
        let line = call(&["import", &txt, "--like", &csv, "--out", &folder.path("f")]).error(2);
        assert!(line.contains("\"flag\"") && line.contains("text"), "{line}");
    }
}

#[test]
fn indices_of_libsvm_files_are_columns() {
    let folder = Folder::new();
    let unnamed = |n: usize, of: [usize; 2]| {
        let names: Vec<String> = (0..n).map(|index| format!("Column_{index}")).collect();
        TINY.replace("max_feature_idx=1", &format!("max_feature_idx={}", n - 1))
            .replace("feature_names=a flag", &format!("feature_names={}", names.join(" ")))
            .replace("feature_infos=[0:9] [0:1]", &format!("feature_infos={}", vec!["none"; n].join(" ")))
            .replace("split_feature=0 1", &format!("split_feature={} {}", of[0], of[1]))
    };
    let one_based = folder.file("1.svm", "1 1:0 2:0\n2 1:1\n4 1:1 2:1\n");
    let zero_based = folder.file("0.svm", "1 0:0 1:0\n2 0:1\n4 0:1 1:1\n");
    // LightGBM counts from 0: of a file that counts from 1 the first feature is empty.
    let empty_first = folder.file("e.txt", unnamed(3, [1, 2]));
    assert_eq!(folder.answers(&empty_first, &one_based, &one_based, &[]), ["1", "2", "4"]);
    let back = folder.path("back.txt");
    call(&["convert", "--model", &folder.path("answers.f"), "--lightgbm", &back]).ok();
    assert!(folder.read("back.txt").contains("feature_names=Column_0 Column_1 Column_2\n"));
    // The last feature may have no values.
    let longer = folder.file("l.txt", unnamed(5, [1, 2]));
    assert_eq!(folder.answers(&longer, &one_based, &one_based, &[]), ["1", "2", "4"]);
    // Loaders that count from 1, and files that count from 0.
    let shifted = folder.file("s.txt", unnamed(2, [0, 1]));
    assert_eq!(folder.answers(&shifted, &one_based, &one_based, &[]), ["1", "2", "4"]);
    assert_eq!(folder.answers(&shifted, &zero_based, &zero_based, &[]), ["1", "2", "4"]);
    // Two features that a split asks for, of which the file has more.
    let wide = folder.file("w.svm", "1 0:1 1:0 2:1\n2 0:1\n");
    let line = call(&["import", &shifted, "--like", &wide, "--out", &folder.path("f")]).error(2);
    assert!(line.contains("w.svm") && line.contains("0 to 2") && line.contains("2 features"), "{line}");
    let wider = folder.file("w.svm", "1 1:1 4:1\n2 1:1\n");
    let line = call(&["import", &shifted, "--like", &wider, "--out", &folder.path("f")]).error(2);
    assert!(line.contains("w.svm, line 1") && line.contains("index 4"), "{line}");
}

#[test]
fn labels_are_asked_for_unless_the_data_has_them_all() {
    let folder = Folder::new();
    let (txt, out) = (folder.file("m.txt", BINARY), folder.path("f"));
    let labelled = |no: &str, yes: &str| {
        data(ROWS[0].1, PLAIN).replace(",1\n", &format!(",{yes}\n")).replace(",0\n", &format!(",{no}\n"))
    };
    for (no, yes, needles, classes) in [
        ("1", "2", ["\"1\", \"2\"", "--classes 1,2"], "1,2"),
        ("-1", "1", ["\"-1\", \"1\"", "--classes -1,1"], "-1,1"),
        ("no", "yes", ["\"no\", \"yes\"", "--classes no,yes"], "no,yes"),
        ("1", "1", ["the label \"1\"", "--classes 0,1"], "0,1"),
        ("b", "b", ["the label \"b\"", "--classes NAME0,NAME1"], "a,b"),
    ] {
        let csv = folder.file("d.csv", labelled(no, yes));
        let line = call(&["import", &txt, "--like", &csv, "--out", &out]).error(2);
        assert!(needles.iter().all(|needle| line.contains(needle)), "{needles:?} not in {line}");
        call(&["import", &txt, "--like", &csv, "--out", &out, "--classes", classes]).ok();
    }
    // Three classes of which the data has two: which ones, nobody knows.
    let multiclass = folder.file("m3.txt", MULTICLASS);
    let csv = folder.file("d.csv", data(ROWS[1].1, PLAIN).replace(",0\n", ",2\n"));
    let line = call(&["import", &multiclass, "--like", &csv, "--out", &out]).error(2);
    assert!(line.contains("\"1\", \"2\"") && line.contains("--classes 0,1,2"), "{line}");
}

#[test]
fn values_outside_the_recorded_ranges_are_a_warning() {
    let folder = Folder::new();
    let (txt, forest, pruned) = (folder.file("m.txt", TINY), folder.path("f"), folder.path("m"));
    let inside = folder.file("in.csv", "a,flag,y\n0,0,1\n9,1,4\n,0,2\n");
    let outside = folder.file("out.csv", "a,flag,y\n-0.5,0,1\n9.5,2,4\n3,0,2\n");
    let warned = |args: &[&str], expected: &[&str]| {
        let answer = call(&[args, &["--json"]].concat()).json();
        let ranges = answer["warnings"].as_array().unwrap().iter().filter_map(|line| line.as_str());
        let ranges: Vec<&str> = ranges.filter(|line| line.contains("ranges")).collect();
        assert_eq!(ranges.len(), expected.len(), "{ranges:?}");
        assert!(ranges.iter().zip(expected).all(|(line, file)| line.contains(file)), "{ranges:?}");
        assert!(
            ranges.iter().all(|line| line.ends_with("in 2 columns: \"a\" (2 rows), \"flag\" (1 row)")),
            "{ranges:?}"
        );
    };
    warned(&["import", &txt, "--like", &outside, "--out", &forest], &["out.csv"]);
    warned(&["import", &txt, "--like", &inside, "--out", &forest], &[]);
    let prune = ["prune", "--model", &forest, "--lambda", "0", "--out", &pruned, "--data"];
    warned(&[&prune[..], &[&outside, "--valid", &outside]].concat(), &["out.csv", "out.csv"]);
    warned(&[&prune[..], &[&inside]].concat(), &[]);
    warned(&["predict", "--model", &pruned, "--data", &outside], &["out.csv"]);
    warned(&["predict", "--model", &pruned, "--data", &inside], &[]);
    // Of many columns a few are named.
    let names: Vec<String> = (0..9).map(|index| format!("f{index}")).collect();
    let many = TINY
        .replace("max_feature_idx=1", "max_feature_idx=8")
        .replace("feature_names=a flag", &format!("feature_names={}", names.join(" ")))
        .replace("feature_infos=[0:9] [0:1]", &format!("feature_infos={}", ["[0:1]"; 9].join(" ")));
    let csv = folder.file("many.csv", format!("{},y\n{}1\n{}2\n", names.join(","), "7,".repeat(9), "8,".repeat(9)));
    let answer = call(&["import", &folder.file("many.txt", many), "--like", &csv, "--out", &forest, "--json"]).json();
    let line = answer["warnings"][0].as_str().unwrap();
    assert!(line.contains("9 columns: \"f0\" (2 rows)") && line.ends_with("\"f4\" (2 rows) and 4 more"), "{line}");
}

#[test]
fn models_without_gains_are_not_pruned_to_nothing() {
    let folder = Folder::new();
    let csv = folder.file("d.csv", "a,flag,y\n0,0,1\n1,0,2\n1,1,4\n");
    let (forest, pruned) = (folder.path("f"), folder.path("m"));
    for to in ["split_gain=0 0\n", ""] {
        let txt = folder.file("m.txt", TINY.replace("split_gain=8 4\n", to));
        let answer = call(&["import", &txt, "--like", &csv, "--out", &forest, "--json"]).json();
        assert!(answer["warnings"][0].as_str().unwrap().contains("`split_gain`"), "{answer}");
        let line = call(&["prune", "--model", &forest, "--data", &csv, "--lambda", "0", "--out", &pruned]).error(2);
        assert!(line.contains("no gains") && line.contains("import LightGBM's model as it was trained"), "{line}");
        let mut file = ModelFile::load(forest.as_ref()).unwrap();
        let Model::Forest { forest: trees, gains, .. } = &mut file.model else { panic!("a forest") };
        *gains = Some(vec![0.0; trees.n_nodes()]);
        file.save(forest.as_ref()).unwrap();
        let line = call(&["prune", "--model", &forest, "--data", &csv, "--lambda", "0", "--out", &pruned]).error(2);
        assert!(line.contains("gains that are all zero"), "{line}");
    }
    // A model without splits has nothing to prune, and nothing to lose.
    let (header, _) = TINY.split_once("num_leaves=3").unwrap();
    let leaf = folder.file("leaf.txt", format!("{header}num_leaves=1\nnum_cat=0\nleaf_value=2\n\nend of trees\n"));
    assert_eq!(folder.answers(&leaf, &csv, &csv, &[]), ["2", "2", "2"]);
}

#[test]
fn records_of_another_forest_are_refused() {
    let folder = Folder::new();
    let (txt, forest) = (folder.file("m.txt", TINY), folder.path("f"));
    let csv = folder.file("d.csv", "a,flag,y\n0,0,1\n1,0,2\n1,1,4\n");
    call(&["import", &txt, "--like", &csv, "--out", &forest]).ok();
    let mut file = ModelFile::load(forest.as_ref()).unwrap();
    let Model::Forest { lightgbm: Some(records), .. } = &mut file.model else { panic!("a forest with records") };
    records.counts.pop();
    file.save(forest.as_ref()).unwrap();
    let line = call(&["convert", "--model", &forest, "--lightgbm", &folder.path("back.txt")]).error(2);
    assert!(line.contains("records are of another forest"), "{line}");
}

#[test]
fn custom_objectives_are_read_as_stated() {
    let folder = Folder::new();
    let custom = TINY.replace("objective=regression\n", "");
    let (txt, out) = (folder.file("m.txt", &custom), folder.path("f"));
    let csv = folder.file("d.csv", "a,flag,y\n0,0,1\n1,0,0\n1,1,1\n");
    let refused = |model: &str, more: &[&str], needles: &[&str]| {
        let line = call(&[&["import", model, "--like", &csv, "--out", &out], more].concat()).error(2);
        assert!(needles.iter().all(|needle| line.contains(needle)), "{needles:?} not in {line}");
    };
    refused(&txt, &[], &["m.txt", "custom", "--scores raw"]);
    assert_eq!(folder.answers(&txt, &csv, &csv, &["--scores", "raw"]), ["1", "2", "4"]);
    assert_eq!(folder.answers(&txt, &csv, &csv, &["--scores", "binary"]), ["1", "1", "1"]);
    refused(&txt, &["--scores", "multiclass"], &["num_class", "2 classes"]);
    let poisson = folder.file("p.txt", TINY.replace("objective=regression", "objective=poisson"));
    refused(&poisson, &[], &["p.txt", "`poisson`", "--scores raw"]);
    assert_eq!(folder.answers(&poisson, &csv, &csv, &["--scores", "raw"]), ["1", "2", "4"]);
    refused(&folder.file("r.txt", TINY), &["--scores", "raw"], &["r.txt", "`regression`", "leave --scores out"]);
}

#[test]
fn zeros_that_count_as_missing_go_their_own_way() {
    let folder = Folder::new();
    // Zeros and missing values go right, apart from what is around them.
    let txt = TINY
        .replace("threshold=0.5 1.0000000180025095e-35", "threshold=0.5 3")
        .replace("decision_type=2 2", "decision_type=4 6");
    let txt = folder.file("m.txt", txt);
    let csv = folder.file("d.csv", "a,flag,y\n-1,0,1\n0,0,2\n,5,4\n0.2,5,1\n1e-40,3,2\n1,,2\n");
    assert_eq!(folder.answers(&txt, &csv, &csv, &[]), ["1", "2", "4", "1", "2", "2"]);
    let lazy = ["predict", "--model", &folder.path("answers.m"), "--data", &csv, "--unpruned", "--lazy", "--json"];
    assert_eq!(call(&lazy).json()["predictions"][3]["value"], 1.0);
    let back = folder.path("back.txt");
    call(&["convert", "--model", &folder.path("answers.f"), "--lightgbm", &back]).ok();
    assert!(folder.read("back.txt").contains("decision_type=4 6\n"));
}

const PANDAS: [&str; 2] = [
    include_str!("../../../../../tests/golden/lightgbm/pandas.txt"),
    include_str!("../../../../../tests/golden/lightgbm/pandas.csv"),
];

/// The golden rows as whoever trained the model had them: categories by name. Columns in another order than the model's.
fn with_categories(years: [&str; 5]) -> String {
    let lists = [&["blue", "dark red", "green", "red"][..], &["small", "middle", "large"], &years];
    let mut csv = String::from("year,weight,size,colour,y\n");
    for line in PANDAS[1].lines() {
        let cells: Vec<&str> = line.split(',').collect();
        let name = |cell: &str, list: usize| match cell.parse::<f64>() {
            Ok(code) => lists[list][code as usize],
            Err(_) => "",
        };
        let (colour, size, year) = (name(cells[0], 0), name(cells[2], 1), name(cells[3], 2));
        csv += &format!("{year},{},{size},{colour},{}\n", cells[1], cells[4]);
    }
    csv
}

#[test]
fn categories_are_coded_as_the_model_has_them() {
    let folder = Folder::new();
    let txt = folder.file("m.txt", PANDAS[0]);
    let expected: Vec<f64> = PANDAS[1].lines().map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect();
    for years in [["70", "72", "75", "79", "81"], ["70.0", "72.0", "75.0", "79.0", "81.0"]] {
        let csv = folder.file("d.csv", with_categories(years));
        let answers = folder.answers(&txt, &csv, &csv, &["--categorical", "year"]);
        let near = |(found, expected): (&String, &f64)| (found.parse::<f64>().unwrap() - expected).abs() < 1e-9;
        assert!(answers.len() == 40 && answers.iter().zip(&expected).all(near), "{answers:?} {expected:?}");
    }
    // A few rows that do not have all categories.
    let csv = folder.file("d.csv", with_categories(["70", "72", "75", "79", "81"]));
    let few = folder.file(
        "few.csv",
        with_categories(["70", "72", "75", "79", "81"])
            .lines()
            .take(7)
            .fold(String::new(), |csv, line| csv + line + "\n"),
    );
    let answers = folder.answers(&txt, &few, &csv, &["--categorical", "year"]);
    assert!(answers.len() == 40 && answers[39].parse::<f64>().is_ok_and(|found| (found - expected[39]).abs() < 1e-9));
    // What is written back has the lists, and is read alike.
    let back = folder.path("back.txt");
    call(&["convert", "--model", &folder.path("answers.f"), "--lightgbm", &back]).ok();
    assert_eq!(folder.read("back.txt").lines().last(), PANDAS[0].lines().last());
    assert_eq!(
        folder.answers(&back, &csv, &csv, &["--categorical", "year"]),
        folder.answers(&txt, &csv, &csv, &["--categorical", "year"])
    );
}

#[test]
fn categories_without_a_code_are_refused() {
    let folder = Folder::new();
    let refused = |model: &str, csv: String, more: &[&str], needles: &[&str]| {
        let (txt, csv) = (folder.file("m.txt", model), folder.file("d.csv", csv));
        let line = call(&[&["import", &txt, "--like", &csv, "--out", &folder.path("f")], more].concat()).error(2);
        assert!(needles.iter().all(|needle| line.contains(needle)), "{needles:?} not in {line}");
    };
    let years = ["70", "72", "75", "79", "81"];
    let csv = || with_categories(years);
    let year = ["--categorical", "year"];
    // Without a word on `year` its numbers would be taken for codes.
    refused(PANDAS[0], csv(), &[], &["d.csv", "2 columns of text", "3 columns of categories", "--categorical"]);
    refused(PANDAS[0], csv().replace("green", "grey"), &year, &["d.csv", "\"colour\"", "\"grey\" is none"]);
    refused(PANDAS[0], csv().replace("79,", "99,"), &year, &["d.csv", "\"year\"", "\"99\" is none"]);
    let lists = PANDAS[0].lines().last().unwrap();
    refused(&PANDAS[0].replace(lists, "pandas_categorical:null"), csv(), &year, &["holds text", "codes of categories"]);
    refused(&PANDAS[0].replace(lists, "pandas_categorical:[[NaN]]"), csv(), &year, &["d.csv", "pandas_categorical"]);
    // Codes themselves are welcome where the model records no lists.
    let codes = String::from("colour,weight,size,year,y\n") + PANDAS[1];
    refused(PANDAS[0], codes.clone(), &[], &["0 columns of text", "3 columns of categories"]);
    let (txt, csv) =
        (folder.file("m.txt", PANDAS[0].replace(lists, "pandas_categorical:null")), folder.file("d.csv", codes));
    let answers = folder.answers(&txt, &csv, &csv, &[]);
    let near = |(found, line): (&String, &str)| {
        (found.parse::<f64>().unwrap() - line.rsplit(',').next().unwrap().parse::<f64>().unwrap()).abs() < 1e-9
    };
    assert!(answers.len() == 40 && answers.iter().zip(PANDAS[1].lines()).all(near));
}
