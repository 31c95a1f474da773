//! Forests of scikit-learn, as `benches/decisions/peers.py` writes them.

use std::path::Path;

use secateur::forest::{Aggregation, Forest, MissingDirection, Precision, RawForest, RawTree, Task};
use secateur_datasets::{Table, Target};

use crate::workloads::Failure;

/// Little-endian words of a file.
struct Words<'a>(std::slice::ChunksExact<'a, u8>);

impl Words<'_> {
    fn word(&mut self) -> Result<[u8; 8], Failure> {
        let word = self.0.next().ok_or("a forest file that ends early")?;
        Ok(word.try_into().expect("chunks have eight bytes"))
    }

    fn integer(&mut self) -> Result<i64, Failure> {
        Ok(i64::from_le_bytes(self.word()?))
    }

    fn integers(&mut self, count: usize) -> Result<Vec<i64>, Failure> {
        (0..count).map(|_| self.integer()).collect()
    }

    fn doubles(&mut self, count: usize) -> Result<Vec<f64>, Failure> {
        (0..count).map(|_| Ok(f64::from_le_bytes(self.word()?))).collect()
    }
}

/// Reads a forest trained on this table. Features are rounded to f32 before they are compared, as scikit-learn does; missing
/// values have a direction if the training part had any.
pub(super) fn read_forest(path: &Path, train: &Table) -> Result<Forest, Failure> {
    let bytes = std::fs::read(path)?;
    let mut words = Words(bytes.chunks_exact(8));
    let task = match &train.target {
        Target::Classes { names, .. } => Task::Classification { classes: names.clone() },
        _ => Task::Regression,
    };
    let some_missing = train.features.iter().any(|value| value.is_nan());
    let (n_trees, n_outputs) = (words.integer()?, words.integer()? as usize);
    let trees = (0..n_trees)
        .map(|_| {
            let nodes = words.integer()? as usize;
            let (children_left, children_right) = (words.integers(nodes)?, words.integers(nodes)?);
            let feature = words.integers(nodes)?;
            let direction = |left: i64| if left == 0 { MissingDirection::Right } else { MissingDirection::Left };
            let missing: Vec<MissingDirection> = words.integers(nodes)?.into_iter().map(direction).collect();
            let threshold = words.doubles(nodes)?;
            let value = words.doubles(nodes * n_outputs)?;
            let missing = if some_missing { missing } else { Vec::new() };
            Ok(RawTree { feature, threshold, children_left, children_right, missing, value })
        })
        .collect::<Result<_, Failure>>()?;
    let (n_features, base) = (train.n_features(), Vec::new());
    let (precision, aggregation) = (Precision::F32, Aggregation::Mean);
    Ok(Forest::new(RawForest { task, n_features, precision, aggregation, base, trees })?)
}
