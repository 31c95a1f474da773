//! Models of a folder that `SECATEUR_ONNX` names, in the form of `tests/golden/onnx`: real data, hundreds of trees.
//!
//! `out/summary.csv` gets a line per model: trees, nodes, rows, the largest deviation, labels that differ, flipped
//! leaves, whether the file comes back byte for byte. Beside it lie the models written back whole, pruned, and anew in
//! both versions, and what is predicted for each row by the whole and by the pruned forest.

use std::fmt::Write as _;
use std::path::Path;

use super::super::{Version, write, write_as};
use super::*;
use secateur_forest::argmax;

#[test]
#[ignore = "reads the folder that SECATEUR_ONNX names"]
fn models_of_a_folder_are_those_of_the_runtime() {
    let folder = std::path::PathBuf::from(std::env::var_os("SECATEUR_ONNX").expect("a folder"));
    let out = folder.join("out");
    std::fs::create_dir_all(&out).unwrap();
    let mut summary = String::from("model,trees,nodes,rows,deviation,labels,leaves,bytes\n");
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "onnx")) {
        summary.push_str(&compare(path, &out));
    }
    std::fs::write(out.join("summary.csv"), summary).unwrap();
}

fn compare(path: &Path, out: &Path) -> String {
    let name = path.file_stem().unwrap().to_str().unwrap();
    let bytes = std::fs::read(path).unwrap();
    let model = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    let forest = &model.forest;
    let rows = rows(&std::fs::read_to_string(path.with_extension("csv")).unwrap(), forest);
    let (mut deviation, mut labels, mut leaves) = (0.0f64, 0, 0);
    let predictions = predict_all(forest, &rows);
    for (row, found) in rows.iter().zip(&predictions) {
        deviation = found.iter().zip(&row.numbers).fold(deviation, |most, (a, b)| most.max((a - b).abs()));
        labels += usize::from(row.class.is_some_and(|class| class != argmax(found)));
        let places = &model.records.places;
        let place = |(node, root): (usize, usize)| if places.is_empty() { node - root } else { places[node] as usize };
        let ends = ends(forest, &row.features).into_iter().zip(forest.roots()).map(place);
        leaves += ends.zip(&row.leaves).filter(|(found, expected)| found != *expected).count();
    }
    let whole = write(&model).unwrap();
    let (small, origin) = forest.restricted(|node| node % 7 != 3);
    let small = model.pruned(small, &origin).unwrap();
    let files = [
        ("whole", whole.clone()),
        ("3", write_as(&model, Version::V3).unwrap()),
        ("5", write_as(&model, Version::V5).unwrap()),
        ("pruned", write(&small).unwrap()),
        ("pruned-3", write_as(&small, Version::V3).unwrap()),
        ("pruned-5", write_as(&small, Version::V5).unwrap()),
    ];
    for (ending, bytes) in files {
        assert!(read(&bytes).is_ok(), "{name}.{ending}");
        std::fs::write(out.join(format!("{name}.{ending}.onnx")), bytes).unwrap();
    }
    let text = |predictions: &[Vec<f64>]| {
        let line = |row: &Vec<f64>| row.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(",");
        predictions.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    std::fs::write(out.join(format!("{name}.whole.csv")), text(&predictions)).unwrap();
    std::fs::write(out.join(format!("{name}.pruned.csv")), text(&predict_all(&small.forest, &rows))).unwrap();
    let mut line = String::new();
    let (trees, nodes, same) = (forest.n_trees(), forest.n_nodes(), whole == bytes);
    writeln!(line, "{name},{trees},{nodes},{},{deviation:e},{labels},{leaves},{same}", rows.len()).unwrap();
    line
}

fn predict_all(forest: &Forest, rows: &[Row]) -> Vec<Vec<f64>> {
    let names: Vec<String> = (0..forest.n_features()).map(|feature| feature.to_string()).collect();
    let whole = BudgetedForest::whole(forest.clone(), PriceList::uniform(&names, 1.0).unwrap()).unwrap();
    rows.iter().map(|row| whole.predict_row(&row.features, whole.unpruned()).unwrap()).collect()
}
