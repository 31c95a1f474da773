//! Models of LightGBM: taken over, pruned, served, and written back.

use secateur::forest::{Model, ModelFile, lightgbm};

use super::{Folder, call, classes};

const BINARY: &str = include_str!("../../../tests/golden/lightgbm/binary.txt");
const MULTICLASS: &str = include_str!("../../../tests/golden/lightgbm/multiclass.txt");
const REGRESSION: &str = include_str!("../../../tests/golden/lightgbm/regression.txt");
const ROWS: [(&str, &str); 3] = [
    (BINARY, include_str!("../../../tests/golden/lightgbm/binary.csv")),
    (MULTICLASS, include_str!("../../../tests/golden/lightgbm/multiclass.csv")),
    (REGRESSION, include_str!("../../../tests/golden/lightgbm/regression.csv")),
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
        assert_eq!(lightgbm::read(&folder.read("back.txt")).unwrap().forest.n_splits() as u64, splits);
        call(&["convert", "--model", &forest, "--lightgbm", &back]).ok();
    }
}

#[test]
fn features_are_found_by_name_and_classes_are_named() {
    let folder = Folder::new();
    let named = BINARY.replace("feature_names=Column_0 Column_1 Column_2 Column_3", "feature_names=p q_1 r s");
    let txt = folder.file("m.txt", &named);
    // Columns in another order, one of them new, and answers in words.
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
    import(&category, &csv, &[], &["cat.txt", "tree 0, node 0", "categorical"]);
    let named = folder.file("named.txt", BINARY.replace("Column_3", "blood"));
    import(&named, &csv, &[], &["d.csv", "\"Column_0\""]);
    let twice = folder.file("twice.txt", BINARY.replace("Column_0 Column_1 Column_2 Column_3", "p p q r"));
    import(&twice, &csv, &[], &["twice.txt", "two features"]);
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
    refused(&["prune", "--model", &pruned, "--data", &csv, "--lambda", "0"], &["records no gains"]);
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
