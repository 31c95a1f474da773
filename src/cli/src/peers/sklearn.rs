//! Forests of scikit-learn, as `train.py` writes them.

use super::PeerData;
use secateur::forest::{Aggregation, Forest, MissingDirection, Precision, RawForest, RawTree, TargetView, Task};

/// Little-endian words of a file.
struct Words<'a>(std::slice::ChunksExact<'a, u8>);

impl Words<'_> {
    fn word(&mut self) -> Result<[u8; 8], String> {
        let word = self.0.next().ok_or("the file ends early")?;
        Ok(word.try_into().expect("chunks have eight bytes"))
    }

    fn integer(&mut self) -> Result<i64, String> {
        Ok(i64::from_le_bytes(self.word()?))
    }

    /// A number of things of at least a word each.
    fn count(&mut self) -> Result<usize, String> {
        let count = self.integer()?;
        let there = self.0.len();
        usize::try_from(count).ok().filter(|count| *count <= there).ok_or(format!("{count} things in {there} words"))
    }

    fn integers(&mut self, count: usize) -> Result<Vec<i64>, String> {
        (0..count).map(|_| self.integer()).collect()
    }

    fn doubles(&mut self, count: usize) -> Result<Vec<f64>, String> {
        (0..count).map(|_| Ok(f64::from_le_bytes(self.word()?))).collect()
    }
}

/// Reads a forest trained on these examples; an error says what is wrong with the file. Features are rounded to f32 before
/// they are compared, as scikit-learn does; missing values have a direction if the training examples had any.
pub(super) fn read_forest(bytes: &[u8], data: &PeerData<'_>) -> Result<Forest, String> {
    let mut words = Words(bytes.chunks_exact(8));
    let task = match data.target {
        TargetView::Classes { .. } => Task::Classification { classes: data.class_names() },
        TargetView::Values(_) => Task::Regression,
    };
    let some_missing = data.x.iter().any(|value| value.is_nan());
    let (n_trees, n_outputs) = (words.count()?, words.count()?);
    let trees = (0..n_trees)
        .map(|_| {
            let nodes = words.count()?;
            let (children_left, children_right) = (words.integers(nodes)?, words.integers(nodes)?);
            let feature = words.integers(nodes)?;
            let direction = |left: i64| if left == 0 { MissingDirection::Right } else { MissingDirection::Left };
            let missing: Vec<MissingDirection> = words.integers(nodes)?.into_iter().map(direction).collect();
            let threshold = words.doubles(nodes)?;
            let value = words.doubles(nodes.saturating_mul(n_outputs).min(bytes.len()))?;
            let missing = if some_missing { missing } else { Vec::new() };
            Ok(RawTree { feature, threshold, children_left, children_right, missing, value, ..RawTree::default() })
        })
        .collect::<Result<_, String>>()?;
    let (n_features, base) = (data.x.ncols(), Vec::new());
    let (precision, aggregation) = (Precision::F32, Aggregation::Mean);
    let raw = RawForest { task, n_features, precision, aggregation, base, trees };
    Forest::new(raw).map_err(|error| error.to_string())
}
