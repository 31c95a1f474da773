//! Models of at least 100 trees on real data: `tests/golden/xgboost/real.py` makes them, and checks what is written.

use std::fs::{read as load, read_dir, read_to_string, write as save};
use std::path::PathBuf;

use super::super::{Records, write};
use super::*;

/// A score of one in the fixed point in which forests of classes add up.
const ONE: f64 = (1u64 << 32) as f64;

/// What came of one model.
#[derive(Default)]
struct Measured {
    /// Leaves reached that are not the library's, of so many.
    flipped: [usize; 2],
    /// Largest deviation of margins that are added up in double precision, and in fixed point.
    deviations: [f64; 2],
    /// Margins that are the library's to the last bit when added up as it does, of so many.
    same: [usize; 2],
}

fn measure(model: &Imported, rows: &[Row]) -> Measured {
    let mut measured = Measured::default();
    for row in rows {
        let ends = ends(&model.forest, &row.values);
        measured.flipped[1] += ends.len();
        measured.flipped[0] += ends.iter().zip(&row.leaves).filter(|&(&a, &b)| model.records.places[a] != b).count();
        let mut fixed: Vec<i64> = model.forest.base().iter().map(|score| (score * ONE).round() as i64).collect();
        for &end in &ends {
            let scores = fixed.iter_mut().zip(model.forest.value(end));
            scores.for_each(|(sum, score)| *sum += (score * ONE).round() as i64);
        }
        let fixed: Vec<f64> = fixed.into_iter().map(|sum| sum as f64 / ONE).collect();
        let sums = [margins(model, &row.values), margins_of(model, &fixed)];
        for (deviation, sums) in measured.deviations.iter_mut().zip(sums) {
            let found = sums.iter().zip(&row.margins).map(|(a, b)| (a - f64::from(*b)).abs());
            *deviation = found.fold(*deviation, f64::max);
        }
        let single = single_margins(model, &row.values);
        measured.same[1] += single.len();
        measured.same[0] += single.iter().zip(&row.margins).filter(|(a, b)| a == b).count();
    }
    measured
}

/// Writes the model as it came and pruned to the better half of its splits, with the margins of the latter.
fn write_out(model: &Imported, rows: &[Row], at: impl Fn(&str) -> PathBuf) {
    save(at("out.json"), write(model, Syntax::Json).unwrap()).unwrap();
    let mut gains: Vec<f64> = model.gains.iter().copied().filter(|gain| *gain > 0.0).collect();
    gains.sort_by(f64::total_cmp);
    let (forest, origin) = model.forest.restricted(|node| model.gains[node] >= gains[gains.len() / 2]);
    let pruned = model.pruned(forest, &origin).unwrap();
    save(at("pruned.ubj"), write(&pruned, Syntax::Ubjson).unwrap()).unwrap();
    let line = |row: &Row| {
        let margins = margins(&pruned, &row.values).into_iter().map(|margin| margin.to_string());
        margins.collect::<Vec<_>>().join(",") + "\n"
    };
    save(at("pruned.csv"), rows.iter().map(line).collect::<String>()).unwrap();
}

#[test]
fn models_on_real_data_reach_the_same_leaves() {
    let Some(folder) = std::env::var_os("SECATEUR_XGBOOST_REAL").map(PathBuf::from) else {
        println!("real models of XGBoost skipped: SECATEUR_XGBOOST_REAL is not set");
        return;
    };
    let mut names: Vec<String> = read_dir(&folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_suffix(".csv").map(str::to_owned))
        .filter(|name| !name.contains('.'))
        .collect();
    names.sort();
    println!("| model | trees | nodes | flipped | in doubles | in fixed point | bit for bit | no learning rate |");
    println!("|---|---|---|---|---|---|---|---|");
    for name in names {
        let at = |ending: &str| folder.join(format!("{name}.{ending}"));
        let read = |bytes: &[u8]| read(bytes).or_else(|_| read_as(bytes, Stated::Raw)).unwrap();
        let model = read(&load(at("json")).unwrap());
        let binary = read(&load(at("ubj")).unwrap());
        save(at("out.ubj"), write(&binary, Syntax::Ubjson).unwrap()).unwrap();
        let header = model.records.header.clone();
        let binary = Imported { records: Records { header, ..binary.records }, ..binary };
        assert_eq!(binary, model, "{name}");
        let rows = rows(&read_to_string(at("csv")).unwrap(), &model);
        let Measured { flipped, deviations, same } = measure(&model, &rows);
        let without = model.records.trees.iter().filter(|tree| tree.learning_rate.is_none()).count();
        let (trees, nodes) = (model.forest.n_trees(), model.forest.n_nodes());
        println!(
            "| {name} | {trees} | {nodes} | {} of {} | {:.1e} | {:.1e} | {} of {} | {without} |",
            flipped[0], flipped[1], deviations[0], deviations[1], same[0], same[1]
        );
        assert_eq!(flipped[0], 0, "{name}");
        assert!(deviations[0] <= 1e-4, "{name}");
        write_out(&model, &rows, at);
    }
}
