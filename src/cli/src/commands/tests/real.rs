//! Regression on real data, end to end. Runs only where `SECATEUR_DATA` is set.

use secateur_corpora::Catalogue;
use secateur_datasets::{Dataset, Target, write_csv};

use super::{Folder, call};

/// Writes parts of a data set as CSV files, features with these indices left out of training.
struct Set {
    folder: Folder,
    files: [String; 3],
    left_out: String,
    /// Variance of the test answers.
    variance: f64,
}

fn set(name: &str, left_out: &[usize]) -> Option<Set> {
    let Ok(catalogue) = Catalogue::from_env() else {
        println!("{name} skipped: SECATEUR_DATA is not set");
        return None;
    };
    let loaded = catalogue.load(name).unwrap();
    let all = loaded.all.unwrap();
    let parts = all.shuffle_split(1, &[4000, 1500, 3000]).unwrap();
    let folder = Folder::new();
    let write = |part: &Dataset, file: &str| {
        let mut csv = Vec::new();
        write_csv(part, &loaded.encoding, &mut csv, file).unwrap();
        folder.file(file, csv)
    };
    let files = [write(&parts[0], "train.csv"), write(&parts[1], "valid.csv"), write(&parts[2], "test.csv")];
    let Target::Values(answers) = &parts[2].target else { panic!("numbers") };
    let mean = answers.iter().sum::<f64>() / answers.len() as f64;
    let variance = answers.iter().map(|answer| (answer - mean).powi(2)).sum::<f64>() / answers.len() as f64;
    let left_out = left_out.iter().map(|&feature| all.feature_names[feature].clone()).collect::<Vec<_>>().join(",");
    Some(Set { folder, files, left_out, variance })
}

/// Trains, prunes to a budget, and judges on test data: R2 unpruned and at the budget.
fn regress(set: &Set, budget: f64) -> (f64, f64) {
    let [train, valid, test] = &set.files;
    let (forest, model, page) = (set.folder.path("forest"), set.folder.path("model"), set.folder.path("page.html"));
    let mut args = vec!["train", "--data", train, "--trees", "30", "--min-leaf", "3", "--out", &forest];
    if !set.left_out.is_empty() {
        args.extend(["--drop", &set.left_out]);
    }
    call(&args).ok();
    let budget_text = budget.to_string();
    let args = ["prune", "--model", &forest, "--data", train, "--valid", valid, "--best-within", &budget_text];
    let pruned = call(&[&args[..], &["--out", &model, "--report", &page, "--json"]].concat()).json();
    assert_eq!((&pruned["certified"], &pruned["loss"]), (&true.into(), &"squared-error".into()));
    assert!(pruned["chosen"]["cost"].as_f64().unwrap() <= budget);
    let interval = &pruned["bands"]["loss"];
    assert!(interval["low"].as_f64().unwrap() < interval["high"].as_f64().unwrap());
    assert!(set.folder.read("page.html").contains("Mean squared error"));

    let curve = call(&["curve", "--model", &model, "--data", test, "--json"]).json();
    let points = curve["points"].as_array().unwrap();
    let of = |point: &serde_json::Value, name: &str| point[name].as_f64().unwrap();
    let costs: Vec<f64> = points.iter().map(|point| of(point, "cost")).collect();
    assert!(costs.is_sorted() && costs[0] == 0.0 && costs.len() > 20);
    let chosen = &points[curve["chosen"].as_u64().unwrap() as usize];
    // The budget was kept on other rows of the same data.
    assert!(of(chosen, "cost") <= 1.05 * budget, "{chosen}");
    let predicted = call(&["predict", "--model", &model, "--data", test, "--json"]).json();
    assert!((predicted["loss"].as_f64().unwrap() / of(chosen, "squared_error") - 1.0).abs() < 1e-9);
    let r2 = |point: &serde_json::Value| 1.0 - of(point, "squared_error") / set.variance;
    let found = (r2(&points[points.len() - 1]), r2(chosen));
    println!(
        "unpruned: cost {:.2}, R2 {:.3}; chosen: cost {:.2}, R2 {:.3}",
        costs[costs.len() - 1],
        found.0,
        of(chosen, "cost"),
        found.1
    );
    assert!(r2(&points[0]) < 0.01, "roots predict the mean");
    found
}

#[test]
fn houses_are_valued_within_a_budget() {
    let Some(set) = set("cal_housing", &[]) else { return };
    let (unpruned, chosen) = regress(&set, 4.0);
    assert!(unpruned > 0.72, "{unpruned}");
    assert!(chosen > 0.66 && chosen < unpruned + 0.02, "{chosen}");
}

#[test]
fn bicycles_are_counted_within_a_budget() {
    // The last two columns are the two kinds of customers, of which the answer is the sum.
    let Some(set) = set("bike", &[15, 16]) else { return };
    let (unpruned, chosen) = regress(&set, 4.0);
    assert!(unpruned > 0.88, "{unpruned}");
    assert!(chosen > 0.7 && chosen < unpruned + 0.02, "{chosen}");
}
