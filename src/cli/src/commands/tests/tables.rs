//! Data files that are not what they seem: a result with a warning, or one line that says what settles it.

use super::{Called, Folder, call, hash};

/// A column `a` of these cells, `b` and a class.
fn table(cell: impl Fn(u64) -> String) -> String {
    let row = |row| format!("{};{};{}\n", cell(row), hash(row) % 50, if hash(row) % 50 > 20 { "hi" } else { "lo" });
    format!("a;b;y\n{}", (0..40).map(row).collect::<String>())
}

fn train(folder: &Folder, content: impl AsRef<[u8]>, more: &[&str]) -> Called {
    let (data, model) = (folder.file("t.csv", content), folder.path("t.forest"));
    call(&[&["train", "--data", &data, "--trees", "5", "--out", &model], more].concat())
}

fn refused(folder: &Folder, content: impl AsRef<[u8]>, more: &[&str], needles: &[&str]) {
    let line = train(folder, content, more).error(2);
    assert!(needles.iter().all(|needle| line.contains(needle)), "{needles:?} not in: {line}");
}

#[test]
fn the_option_that_settles_it_is_named() {
    let folder = Folder::new();
    for (cell, option) in [
        ("0,126", "--decimal ,"),
        ("1,234.5", "--thousands ,"),
        ("1'234", "--thousands ''\\'''"),
        ("$12", "--categorical a"),
        ("12%", "--categorical a"),
        ("2024-01-31", "--drop"),
    ] {
        refused(&folder, table(|_| cell.into()), &[], &["t.csv, line 2", "\"a\"", cell, option]);
    }
    let odd = |row: u64| if row % 9 == 4 { "off scale".to_owned() } else { row.to_string() };
    refused(&folder, table(odd), &[], &["line 6", "\"a\"", "--missing 'off scale'", "--categorical a"]);
    train(&folder, table(odd), &["--missing", "off scale"]).ok();
    train(&folder, table(odd), &["--categorical", "a"]).ok();
    train(&folder, table(|row| format!("0,{row}")), &["--decimal", ","]).ok();
    train(&folder, table(|row| format!("{}.{:03},5", row + 1, row)), &["--decimal", ",", "--thousands", "."]).ok();
    refused(&folder, "5,6,7\n3,1,0\n4,5,1\n", &[], &["line 1", "5, 6, 7", "--header yes or --header no"]);
    refused(&folder, b"PAR1\x15\0\0", &[], &["t.csv: looks like a Parquet file: write it as CSV"]);
    refused(&folder, b"\xff\xfea\0\n\0", &[], &["looks like UTF-16 text: save it as UTF-8"]);
    refused(&folder, "a,y\n1,1.5\n2,1e308\n", &[], &["line 3", "\"y\"", "1e308"]);
    let wide: String = (0..2000).map(|row| format!("{} {}:1\n", row % 2, 60_000 - row)).collect();
    refused(&folder, wide, &[], &["t.csv", "--n-features 60000"]);
}

#[test]
fn files_that_never_end_are_refused() {
    let folder = Folder::new();
    let model = folder.path("t.forest");
    let line = call(&["train", "--data", "/dev/zero", "--out", &model]).error(2);
    assert!(line.contains("/dev/zero: this is a device"), "{line}");
    #[cfg(unix)]
    {
        let fifo = folder.path("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let line = call(&["train", "--data", &fifo, "--out", &model]).error(2);
        assert!(line.contains("named pipe"), "{line}");
    }
}

#[test]
fn what_the_target_was_taken_for_is_said() {
    let folder = Folder::new();
    let target = |value: &dyn Fn(u64) -> String| {
        let rows: String = (0..60).map(|row| format!("{},{}\n", hash(row) % 90, value(row))).collect();
        format!("a,y\n{rows}")
    };
    let whole = target(&|row| (row % 26).to_string());
    refused(&folder, &whole, &[], &["\"y\"", "26 distinct whole numbers in 60 rows", "--task class or --task regress"]);
    assert!(train(&folder, &whole, &["--task", "class"]).ok().contains("one of 0, 1"));
    assert!(train(&folder, &whole, &["--task", "regress"]).ok().contains("y: a number"));
    for (value, words) in [
        (target(&|row| (row % 3).to_string()), "y: one of 0, 1, 2 (taken for that; --task regress"),
        (target(&|row| format!("{row}.5")), "y: a number, 60 distinct values (taken for that; --task class"),
    ] {
        let out = train(&folder, value, &[]).ok();
        assert!(out.contains(words), "{out}");
    }
}

#[test]
fn all_commands_find_the_same_header() {
    let folder = Folder::new();
    let rows: String = (0..40).map(|row| format!("{},{},{}\n", row % 11, ["x", "x2"][row % 2], row % 2)).collect();
    train(&folder, &rows, &[]).ok();
    let (data, forest, model) = (folder.path("t.csv"), folder.path("t.forest"), folder.path("t.model"));
    let pruned = call(&["prune", "--model", &forest, "--data", &data, "--out", &model, "--json"]).json();
    assert!(pruned["operating_points"].as_u64().is_some());
    assert_eq!(call(&["predict", "--model", &model, "--data", &data, "--json"]).json()["rows"], 40);
    assert_eq!(call(&["curve", "--model", &model, "--data", &data, "--json"]).json()["rows"], 40);
}

#[test]
fn what_no_kept_split_asks_for_is_not_needed() {
    let folder = Folder::new();
    // Only `a` tells the classes apart.
    let row = |row: u64| {
        format!("{},{},{},{}\n", row % 30, hash(row) % 9, ["u", "v"][(hash(row) % 2) as usize], u8::from(row % 30 > 14))
    };
    train(&folder, format!("a,b,c,y\n{}", (0..90).map(row).collect::<String>()), &[]).ok();
    let (data, forest, model) = (folder.path("t.csv"), folder.path("t.forest"), folder.path("t.model"));
    call(&["prune", "--model", &forest, "--data", &data, "--budget", "1", "--out", &model]).ok();
    let alone = folder.file("alone.csv", "a\n20\n3\n");
    let unseen = folder.file("unseen.csv", "a,b,c\n20,$1,w\n3,,q\n");
    for more in [&[][..], &["--lazy"], &["--cap", "5"], &["--strict"]] {
        for rows in [&alone, &unseen] {
            let called = call(&[&["predict", "--model", &model, "--data", rows, "--lambda", "0.01"], more].concat());
            assert!(!called.err.contains("warning"), "{}", called.err);
            let out = called.ok();
            assert!(out.contains("\n1,1,1") && out.contains("\n2,0,1"), "{more:?}: {out}");
        }
    }
    // The table of all operating points asks for all that the forest splits on, and for nothing else.
    call(&["curve", "--model", &model, "--data", &alone]).ok();
    let none = folder.file("none.csv", "b,c\n1,u\n");
    assert!(call(&["predict", "--model", &model, "--data", &none]).error(2).contains("no column \"a\""));
}

#[test]
fn unseen_categories_are_missing_unless_that_is_refused() {
    let folder = Folder::new();
    // Missing values in training give the splits a direction.
    let row = |row: u64| {
        format!(
            "{},{},{}\n",
            ["u", "v", "", "t"][(row % 4) as usize],
            hash(row) % 9,
            ["lo", "hi"][(row % 4 / 2) as usize]
        )
    };
    train(&folder, format!("c,b,y\n{}", (0..80).map(row).collect::<String>()), &[]).ok();
    let (data, forest, model) = (folder.path("t.csv"), folder.path("t.forest"), folder.path("t.model"));
    call(&["prune", "--model", &forest, "--data", &data, "--lambda", "0", "--out", &model]).ok();
    let new = folder.file("new.csv", "c,b,y\nu,1,lo\nw,2,hi\nz,3,hi\n");
    for command in ["predict", "curve", "prune"] {
        let (of, out) = (if command == "prune" { &forest } else { &model }, folder.path("again"));
        let args =
            [&[command, "--model", of, "--data", &new][..], if command == "prune" { &["--out", &out] } else { &[] }];
        let called = call(&args.concat());
        let warning = "line 3, column \"c\": 2 cells hold categories that were not seen in training, such as \"w\"";
        assert_eq!(called.err.matches(warning).count(), 1, "{}", called.err);
        assert!(called.err.contains("--strict") && called.code == 0, "{}", called.err);
        let line = call(&[&args.concat()[..], &["--strict"]].concat()).error(2);
        assert!(line.contains("new.csv, line 3, column \"c\"") && line.contains("\"w\""), "{line}");
    }
}

#[test]
fn an_index_and_other_guesses_are_warnings() {
    let folder = Folder::new();
    let rows: String = (0..40).map(|row| format!("{row},0{},{},{}\n", row % 10, row % 7, row % 2)).collect();
    let called = train(&folder, format!(",zip,b,y\n{rows}"), &[]);
    assert_eq!(called.code, 0, "{}", called.err);
    assert!(called.err.contains("warning: ") && called.err.contains("\"x1\" is left out"), "{}", called.err);
    assert!(
        called.err.contains("\"00\" has leading zeros") && called.err.contains("--categorical zip"),
        "{}",
        called.err
    );
    let zero: String = (0..40).map(|row| format!("{} 0:{row} 1:{}\n", row % 2, row % 7)).collect();
    let called = train(&folder, &zero, &[]);
    assert!(called.code == 0 && called.err.contains("counted from 0"), "{}", called.err);
    refused(&folder, &zero, &["--first-index", "1"], &["line 1", "index from 1"]);
}
