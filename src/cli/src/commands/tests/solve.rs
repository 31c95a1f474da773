//! `solve` and `verify`.

use serde_json::Value;

use super::{Folder, call};

/// Two independent decisions, and a third that gains nothing for its price.
const SMALL: &str = "c small\np sel 3 3 3\nd 6 0\nd 6 0\nd -1 2\nr 2\nr 12\nr 1\nu 1 1\nu 2 2\nu 3 3\n";

/// The same in tenths and hundredths, with a decision that is free.
const DECIMAL: &str = "p sel 3 2 2\nd 0.6 0\nd 0.6 0\nd 0.5 0\nr 0.02\nr 0.12\nu 1 1\nu 2 2\n";

fn numbers(value: &Value, keys: [&str; 3]) -> [f64; 3] {
    keys.map(|key| value[key].as_f64().unwrap())
}

#[test]
fn the_whole_path_has_the_known_breakpoints() {
    let folder = Folder::new();
    let file = folder.file("small.sel", SMALL);
    let answer = call(&["solve", &file, "--json"]).json();
    assert_eq!((&answer["decisions"], &answer["resources"], &answer["uses"]), (&3.into(), &3.into(), &3.into()));
    assert_eq!((&answer["certified"], &answer["status"]), (&true.into(), &"optimal".into()));
    assert_eq!(answer["gap"], 0.0);
    assert!(answer["seconds"].as_f64().unwrap() >= 0.0);
    let points = answer["breakpoints"].as_array().unwrap();
    let found: Vec<_> = points.iter().map(|point| numbers(point, ["lambda", "gain", "cost"])).collect();
    assert_eq!(found, [[3.0, 6.0, 2.0], [0.5, 12.0, 14.0]]);
    assert_eq!(points[1]["lambda_ratio"], serde_json::json!([1, 2]));

    let text = call(&["solve", &file]).ok();
    assert!(text.contains("2 breakpoints") && text.contains("certificate verified"), "{text}");
}

#[test]
fn decimal_programs_answer_in_their_own_units() {
    let folder = Folder::new();
    let file = folder.file("decimal.sel", DECIMAL);
    let answer = call(&["solve", &file, "--json"]).json();
    assert_eq!(numbers(&answer["breakpoints"][0], ["lambda", "gain", "cost"]), [30.0, 1.1, 0.02]);
    assert_eq!((&answer["start"]["gain"], &answer["start"]["cost"]), (&0.5.into(), &0.0.into()));
    assert_eq!(answer["breakpoints"][0]["lambda_ratio"], serde_json::json!([3, 1]));
    let at = call(&["solve", &file, "--lambda", "10", "--json"]).json();
    assert_eq!(at["selected"], serde_json::json!([1, 3]));
    assert!((at["objective"].as_f64().unwrap() - (1.1 - 10.0 * 0.02)).abs() < 1e-12);
}

#[test]
fn a_ratio_is_a_lambda_of_its_own() {
    let folder = Folder::new();
    // The only breakpoint is 7/5: at it the decision pays for nothing more than it gains.
    let file = folder.file("ratio.sel", "p sel 1 1 1\nd 7 0\nr 5\nu 1 1\n");
    let at = |lambda: &str| call(&["solve", &file, "--lambda", lambda, "--json"]).json();
    assert_eq!(
        (&at("7/5")["lambda_ratio"], &at("7/5")["selected"]),
        (&serde_json::json!([7, 5]), &serde_json::json!([]))
    );
    assert_eq!(at("13999/10000")["selected"], serde_json::json!([1]));
    // Exact numbers are no obstacle to --exact.
    assert_eq!(
        call(&["solve", &file, "--exact", "--json"]).json()["breakpoints"][0]["lambda_ratio"],
        at("7/5")["lambda_ratio"]
    );
}

#[test]
fn doubles_with_all_their_digits_are_rounded_and_the_unit_is_told() {
    let folder = Folder::new();
    let text = "\u{feff}p sel 2 1 2\r\nd 502.5000895788765 0\r\nd 0.06868326992118212 0\r\nr 0.3773327829082323\r\nu 1 1\r\nu 2 1\r\n";
    let file = folder.file("doubles.sel", text);
    let answer = call(&["solve", &file, "--json"]).json();
    assert_eq!(answer["certified"], true);
    let [gain, cost] = ["gain", "cost"].map(|key| answer["breakpoints"][0][key].as_f64().unwrap());
    assert!((gain - (502.5000895788765 + 0.06868326992118212)).abs() < 1e-12, "{gain}");
    assert_eq!(cost, 0.3773327829082323);
    assert_eq!(answer["units"], serde_json::json!({ "gain": 2f64.powi(-53), "cost": 1e-16 }));
    let warning = answer["warnings"][0].as_str().unwrap();
    assert!(
        warning.contains("doubles.sel: gains rounded to multiples of 1.1102230246251565e-16, by at most "),
        "{warning}"
    );
    assert_eq!(answer["warnings"].as_array().unwrap().len(), 1);

    // What is solved is what is verified.
    let path = folder.path("path.json");
    call(&["solve", &file, "--path-out", &path]).ok();
    assert_eq!(call(&["verify", &file, &path, "--json"]).json()["accepted"], true);
}

#[test]
fn one_price_level_gives_the_smallest_optimum() {
    let folder = Folder::new();
    let file = folder.file("small.sel", SMALL);
    for (lambda, selected, [objective, gain, cost]) in [
        ("1", vec![1], [4.0, 6.0, 2.0]),
        ("0.5", vec![1], [5.0, 6.0, 2.0]), // a tie with taking both
        ("0.25", vec![1, 2], [8.5, 12.0, 14.0]),
        ("0", vec![1, 2], [12.0, 12.0, 14.0]),
        ("100", vec![], [0.0, 0.0, 0.0]),
    ] {
        let answer = call(&["solve", &file, "--lambda", lambda, "--json"]).json();
        assert_eq!(answer["selected"], serde_json::json!(selected), "lambda {lambda}");
        assert_eq!(numbers(&answer, ["objective", "gain", "cost"]), [objective, gain, cost], "lambda {lambda}");
        assert_eq!(answer["lambda"].as_f64(), lambda.parse().ok());
        assert_eq!(answer["certified"], true);
    }
}

#[test]
fn compressed_programs_are_read() {
    let folder = Folder::new();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, SMALL.as_bytes()).unwrap();
    let file = folder.file("small.sel.gz", gzip.finish().unwrap());
    assert_eq!(call(&["solve", &file, "--json"]).json()["decisions"], 3);
}

#[test]
fn verify_accepts_the_path_and_refuses_every_change_of_it() {
    let folder = Folder::new();
    let (program, path) = (folder.file("small.sel", SMALL), folder.path("path.json"));
    call(&["solve", &program, "--path-out", &path]).ok();
    assert_eq!(call(&["verify", &program, &path, "--json"]).json()["accepted"], true);
    assert!(call(&["verify", &program, &path]).ok().starts_with("accepted"));

    let sound: Value = serde_json::from_str(&folder.read("path.json")).unwrap();
    assert_eq!((&sound["format"], &sound["version"]), (&"secateur-path".into(), &1.into()));
    let changes: [fn(&mut Value); 6] = [
        |file| file["path"]["thresholds"][0] = serde_json::json!([7, 2]),
        |file| file["path"]["thresholds"][1] = serde_json::json!([1, 3]),
        |file| file["path"]["decision_class"][1] = 0.into(),
        |file| file["path"]["costs"][0] = 3.into(),
        |file| file["flow"]["uses"][0] = 5.into(),
        |file| file["flow"]["requires"][0] = 1.into(),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut file = sound.clone();
        change(&mut file);
        assert_ne!(file, sound, "change {number} changes something");
        let path = folder.file("changed.json", file.to_string());
        let line = call(&["verify", &program, &path]).error(1);
        assert!(line.contains("changed.json: refused: "), "change {number}: {line}");
        let json = call(&["verify", &program, &path, "--json"]);
        assert_eq!(serde_json::from_str::<Value>(&json.out).unwrap()["accepted"], false);
    }
    let other = folder.file("decimal.sel", DECIMAL);
    call(&["verify", &other, &path]).error(1);
}

#[test]
fn what_is_no_path_file_is_an_input_error() {
    let folder = Folder::new();
    let (program, path) = (folder.file("small.sel", SMALL), folder.path("path.json"));
    call(&["solve", &program, "--path-out", &path]).ok();
    let sound = folder.read("path.json");
    for (content, needle) in [
        (sound[..sound.len() / 2].to_owned(), "not a secateur-path document"),
        (sound.replace("\"version\":1", "\"version\":2"), "version 2"),
        (sound.replace("secateur-path", "other"), "\"other\""),
        (sound.replace("\"decision_class\":[0", "\"decision_class\":[9"), "class 9"),
        (String::new(), "not a secateur-path document"),
    ] {
        let path = folder.file("wrong.json", content);
        let line = call(&["verify", &program, &path]).error(2);
        assert!(line.contains("wrong.json") && line.contains(needle), "{line}");
    }
    assert!(call(&["verify", &program, &folder.path("none.json")]).error(2).contains("none.json"));
}
