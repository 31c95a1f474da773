//! `solve` with other solvers and hard budgets, `compare` and `export`.

use serde_json::{Value, json};

use super::{Folder, call};

/// Hull points 0, 5 for 4 (either of two), 10 for 8, 16 for 13; within 9 there is also 11 for 9.
const KNAPSACK: &str = "p sel 3 3 3\nd 6 0\nd 5 0\nd 5 0\nr 5\nr 4\nr 4\nu 1 1\nu 2 2\nu 3 3\n";

fn knapsack(folder: &Folder) -> String {
    folder.file("knapsack.sel", KNAPSACK)
}

#[test]
fn every_solver_answers_one_price_level_alike() {
    let folder = Folder::new();
    let file = knapsack(&folder);
    for solver in ["cut", "primal-dual"] {
        let answer = call(&["solve", &file, "--solver", solver, "--lambda", "1.22", "--json"]).json();
        assert_eq!((&answer["solver"], &answer["status"]), (&solver.into(), &"optimal".into()));
        assert!((answer["objective"].as_f64().unwrap() - 0.24).abs() < 1e-12, "{answer}");
        assert_eq!((&answer["bound"], &answer["relative_gap"]), (&answer["objective"], &json!(0.0)));
        assert_eq!((&answer["selected"], &answer["certified"]), (&json!([2, 3]), &true.into()));
        assert!(answer["seconds"].as_f64().unwrap() >= 0.0);
    }
    let paper = ["--solver", "primal-dual", "--method", "subgradient", "--passes", "3", "--lambda", "1.22", "--json"];
    let answer = call(&[&["solve", &file][..], &paper].concat()).stopped();
    assert!(answer["passes"].as_u64().unwrap() <= 3);
    assert!(answer["objective"].as_f64().unwrap() <= 0.24 + 1e-12 && answer["bound"].as_f64().unwrap() >= 0.24 - 1e-12);
}

#[test]
fn the_primal_dual_path_is_the_path() {
    let folder = Folder::new();
    let file = knapsack(&folder);
    let [exact, approximate] = ["cut", "primal-dual"].map(|solver| {
        let called = call(&["solve", &file, "--solver", solver, "--tolerance", "0", "--json"]);
        // It is the path to the last integer, and its bound is not.
        let answer = if solver == "cut" { called.json() } else { called.stopped() };
        assert_eq!(answer["solver"], solver);
        answer["breakpoints"].clone()
    });
    assert_eq!(exact, approximate);
}

#[test]
fn budgets_are_kept_and_used_beyond_the_hull() {
    let folder = Folder::new();
    let file = knapsack(&folder);
    for (budget, gain, cost) in
        [("0", 0.0, 0.0), ("3.9", 0.0, 0.0), ("4", 5.0, 4.0), ("9", 11.0, 9.0), ("99", 16.0, 13.0)]
    {
        let answer = call(&["solve", &file, "--budget", budget, "--json"]).json();
        assert_eq!((answer["gain"].as_f64(), answer["cost"].as_f64()), (Some(gain), Some(cost)), "budget {budget}");
        assert_eq!((&answer["bound"], &answer["status"]), (&answer["gain"], &"optimal".into()), "budget {budget}");
    }
    let nine = call(&["solve", &file, "--budget", "9", "--json"]).json();
    assert_eq!((&nine["hull_gain"], nine["hull_bound"].as_f64()), (&json!(10.0), Some(11.0)));
    let one = call(&["solve", &file, "--budget", "9", "--max-decisions", "1", "--json"]).json();
    assert_eq!((&one["gain"], &one["selected"]), (&json!(6.0), &json!([1])));
    let two = call(&["solve", &file, "--max-decisions", "2", "--json"]).json();
    assert_eq!(two["gain"], 11.0);
    assert!(call(&["solve", &file, "--budget", "9"]).ok().contains("status     optimal\n"));
}

#[test]
fn budgets_of_decimal_programs_are_in_their_own_units() {
    let folder = Folder::new();
    let file = folder.file("decimal.sel", "p sel 2 2 2\nd 0.6 0\nd 0.5 0\nr 0.1\nr 0.2\nu 1 1\nu 2 2\n");
    let answer = call(&["solve", &file, "--budget", "0.3", "--json"]).json();
    assert_eq!((&answer["gain"], &answer["cost"]), (&json!(1.1), &json!(0.3)));
    assert_eq!(call(&["solve", &file, "--budget", "0.29", "--json"]).json()["gain"], 0.6);
}

#[test]
fn solvers_are_compared_side_by_side() {
    let folder = Folder::new();
    let file = knapsack(&folder);
    let answer = call(&["compare", &file, "--runs", "3", "--json"]).json();
    let rows = answer["solvers"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["solver"].as_str().unwrap()).collect();
    assert!(
        ["path", "cut", "primal-dual", "subgradient", "petgraph"].iter().all(|name| names.contains(name)),
        "{names:?}"
    );
    for row in rows.iter().filter(|row| row["solver"] != "subgradient") {
        assert_eq!((&row["status"], &row["relative_gap"]), (&"optimal".into(), &json!(0.0)), "{row}");
        assert_eq!(row["objective"], rows[0]["objective"]);
    }
    for key in ["bound", "seconds", "gain", "cost"] {
        assert!(rows.iter().all(|row| row[key].is_number()), "{key}");
    }
    let some = call(&["compare", &file, "--solvers", "cut,primal-dual", "--lambda", "1.22"]).ok();
    assert!(some.contains("primal-dual") && !some.contains("petgraph"), "{some}");
    let told = |row: &Value| row["reason"].as_str().is_some_and(|reason| !reason.is_empty());
    assert!(answer["skipped"].as_array().unwrap().iter().all(told));
}

#[test]
fn programs_are_exported_whole_or_not_at_all() {
    let folder = Folder::new();
    let (file, out) = (knapsack(&folder), folder.path("out"));
    for (format, first) in [("dimacs", "c "), ("lp", "\\ "), ("mps", "* "), ("dot", "digraph")] {
        call(&["export", &file, "--format", format, "--lambda", "1.22", "--out", &out]).ok();
        assert!(folder.read("out").starts_with(first), "{format}: {}", folder.read("out"));
    }
    call(&["export", &file, "--format", "mps", "--integer", "--lambda", "1.22", "--out", &out]).ok();
    assert!(folder.read("out").contains("INTORG"));
    assert!(call(&["export", &file, "--format", "lp", "--out", &out]).error(2).contains("--lambda"));

    let huge = folder.file("huge.sel", format!("p sel 1 0 0\nd {} 0\n", i64::MAX));
    let nowhere = folder.path("refused");
    for format in ["lp", "dimacs"] {
        call(&["export", &huge, "--format", format, "--lambda", "0.5", "--out", &nowhere]).error(2);
        assert!(!folder.exists("refused"), "{format}");
    }
}

#[test]
fn what_solvers_cannot_do_is_said_in_one_line() {
    let folder = Folder::new();
    let file = knapsack(&folder);
    assert!(call(&["solve", &file, "--solver", "highs"]).error(2).contains("--lambda"));
    assert!(call(&["solve", &file, "--solver", "primal-dual", "--budget", "4"]).error(2).contains("--solver cut"));
    for (argument, wrong) in [("--budget", "-1"), ("--budget", "x"), ("--max-decisions", "-1"), ("--tolerance", "1")] {
        assert!(call(&["solve", &file, argument, wrong]).error(2).contains(argument), "{argument} {wrong}");
    }
    assert!(call(&["solve", &file, "--budget", "4", "--lambda", "1"]).error(2).contains("--lambda"));
    assert!(call(&["compare", &file, "--runs", "0"]).error(2).contains("--runs"));
    assert!(call(&["compare", &folder.path("none.sel")]).error(2).contains("none.sel"));
    if !cfg!(feature = "highs") {
        assert!(call(&["solve", &file, "--solver", "highs", "--lambda", "1"]).error(2).contains("--features highs"));
    }
}

#[cfg(feature = "highs")]
#[test]
fn highs_agrees_where_it_is_built_in() {
    let folder = Folder::new();
    let file = knapsack(&folder);
    let answer = call(&["solve", &file, "--solver", "highs", "--lambda", "1.22", "--json"]).json();
    assert_eq!((&answer["status"], &answer["selected"]), (&"optimal".into(), &json!([2, 3])));
    let answer = call(&["solve", &file, "--solver", "highs", "--budget", "9", "--json"]).json();
    assert_eq!((&answer["gain"], &answer["bound"]), (&json!(11.0), &json!(11.0)));
    let answer = call(&["compare", &file, "--json"]).json();
    let rows = answer["solvers"].as_array().unwrap();
    assert_eq!(rows.iter().filter(|row| row["solver"].as_str().unwrap().starts_with("highs")).count(), 2);
}
