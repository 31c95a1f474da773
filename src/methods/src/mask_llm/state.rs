//! Where learning stands: what is needed to go on, in memory and as a file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use ndarray::Array2;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::MaskFileError;
use secateur_files::write_atomically;

/// Key of the metadata.
const FACTS: &str = "secateur.mask_llm";

/// Where the logits of a linear layer stand.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearState {
    /// Kept of every block.
    pub n: usize,
    /// Places of a block.
    pub m: usize,
    /// Shape (blocks, candidates); blocks run along the rows of the weight.
    pub logits: Array2<f32>,
    /// Mean gradient and mean squared gradient; none before the first step.
    pub moments: Option<(Array2<f32>, Array2<f32>)>,
}

/// Where learning stands.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskState {
    /// Steps done.
    pub step: usize,
    /// That of the options: noise goes on where it ended.
    pub seed: u64,
    /// Every linear layer.
    pub linears: BTreeMap<String, LinearState>,
}

#[derive(Serialize, Deserialize)]
struct Facts {
    step: usize,
    seed: u64,
    patterns: BTreeMap<String, (usize, usize)>,
}

const PARTS: [&str; 3] = ["logits", "moment_1", "moment_2"];

impl MaskState {
    /// Writes a file of safetensors, in one piece.
    ///
    /// # Errors
    /// [`MaskFileError`].
    ///
    /// # Complexity
    /// O(blocks times candidates).
    pub fn save(&self, path: &Path) -> Result<(), MaskFileError> {
        let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
        for (linear, state) in &self.linears {
            let moments = state.moments.as_ref().map(|(first, second)| [first, second]);
            let all = std::iter::once(&state.logits).chain(moments.into_iter().flatten());
            for (part, values) in PARTS.iter().zip(all) {
                let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                tensors.push((format!("{linear}.{part}"), values.shape().to_vec(), bytes));
            }
        }
        let mut views = Vec::with_capacity(tensors.len());
        for (name, shape, bytes) in &tensors {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes).expect("as many bytes as the shape has");
            views.push((name, view));
        }
        let patterns = self.linears.iter().map(|(linear, state)| (linear.clone(), (state.n, state.m))).collect();
        let facts = Facts { step: self.step, seed: self.seed, patterns };
        let text = serde_json::to_string(&facts).expect("numbers and names are JSON");
        let facts = Some(HashMap::from([(FACTS.to_owned(), text)]));
        let bytes = safetensors::serialize(views, facts).map_err(|error| MaskFileError::content(path, error))?;
        write_atomically(path, |file| file.write_all(&bytes)).map_err(|source| MaskFileError::io(path, source))
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// [`MaskFileError`] for anything else.
    pub fn load(path: &Path) -> Result<Self, MaskFileError> {
        let bytes = std::fs::read(path).map_err(|source| MaskFileError::io(path, source))?;
        let wrong = |error: &dyn std::fmt::Display| MaskFileError::content(path, error);
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|error| wrong(&error))?;
        let text = header.metadata().as_ref().and_then(|facts| facts.get(FACTS));
        let text = text.ok_or_else(|| wrong(&"no state of learned masks"))?;
        let facts: Facts = serde_json::from_str(text).map_err(|error| wrong(&error))?;
        let file = SafeTensors::deserialize(&bytes).map_err(|error| wrong(&error))?;
        let part = |linear: &str, part: &str| -> Result<Option<Array2<f32>>, MaskFileError> {
            let Ok(view) = file.tensor(&format!("{linear}.{part}")) else { return Ok(None) };
            let [rows, columns] = *view.shape() else { return Err(wrong(&format!("{linear}.{part} is no matrix"))) };
            if view.dtype() != Dtype::F32 {
                return Err(wrong(&format!("{linear}.{part} is not in single precision")));
            }
            let numbers = view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            Array2::from_shape_vec((rows, columns), numbers).map(Some).map_err(|error| wrong(&error))
        };
        let mut linears = BTreeMap::new();
        for (linear, (n, m)) in facts.patterns {
            let logits = part(&linear, PARTS[0])?.ok_or_else(|| wrong(&format!("{linear} has no logits")))?;
            let moments = part(&linear, PARTS[1])?.zip(part(&linear, PARTS[2])?);
            linears.insert(linear, LinearState { n, m, logits, moments });
        }
        Ok(Self { step: facts.step, seed: facts.seed, linears })
    }
}
