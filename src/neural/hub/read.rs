//! Reading.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use half::{bf16, f16};
use ndarray::{ArrayD, IxDyn};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields;
use super::{COMPANIONS, CONFIG, Checkpoint, HubError, INDEX, SINGLE};
use crate::neural::{Config, Network, Weights};

impl Checkpoint {
    /// Reads a directory. Numbers become single precision; tensors that the configuration does not ask for are kept.
    ///
    /// # Errors
    /// [`HubError`] naming the file.
    ///
    /// # Complexity
    /// O(bytes); one shard is in memory at a time, beside the network.
    pub fn load(directory: &Path) -> Result<Self, HubError> {
        let path = directory.join(CONFIG);
        let text = read(&path)?;
        let mut fields: Map<String, Value> = json(&path, &text)?;
        fields::in_their_places(&mut fields);
        let config: Config = serde_json::from_value(Value::Object(fields.clone()))
            .map_err(|error| HubError::Json { path: path.clone(), reason: error.to_string() })?;
        if let Some((field, found, expected)) = fields::foreign(&config, &fields) {
            return Err(HubError::Field { path, field, found, expected });
        }
        let weights = weights(directory)?;
        let known = known_fields(&config);
        let other_fields = fields.into_iter().filter(|(name, _)| !known.contains_key(name)).collect();
        let network = Network::new(config, weights)
            .map_err(|source| HubError::Network { path: directory.to_path_buf(), source })?;
        let companions = COMPANIONS.iter().map(|name| directory.join(name)).filter(|path| path.is_file()).collect();
        Ok(Self { network, other_fields, companions })
    }
}

/// The fields that a configuration writes.
pub(super) fn known_fields(config: &Config) -> Map<String, Value> {
    match serde_json::to_value(config) {
        Ok(Value::Object(fields)) => fields,
        _ => unreachable!("a configuration is an object"),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, HubError> {
    std::fs::read(path).map_err(|source| HubError::Io { path: path.to_path_buf(), source })
}

fn json<T: for<'a> Deserialize<'a>>(path: &Path, text: &[u8]) -> Result<T, HubError> {
    serde_json::from_slice(text).map_err(|error| HubError::Json { path: path.to_path_buf(), reason: error.to_string() })
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

fn weights(directory: &Path) -> Result<Weights, HubError> {
    let (single, index) = (directory.join(SINGLE), directory.join(INDEX));
    let mut weights = Weights::default();
    if single.is_file() {
        add_file(&mut weights, &single)?;
    } else if index.is_file() {
        let Index { weight_map } = json(&index, &read(&index)?)?;
        let shards: BTreeSet<&String> = weight_map.values().collect();
        for shard in shards {
            if Path::new(shard).components().any(|part| !matches!(part, Component::Normal(_))) {
                return Err(HubError::Shard { path: index, shard: shard.clone() });
            }
            add_file(&mut weights, &directory.join(shard))?;
        }
        if let Some((tensor, shard)) = weight_map.iter().find(|(tensor, _)| weights.get(tensor).is_none()) {
            return Err(HubError::NotInShard { path: index, tensor: tensor.clone(), shard: shard.clone() });
        }
    } else {
        return Err(HubError::NoWeights { path: directory.to_path_buf() });
    }
    Ok(weights)
}

fn add_file(weights: &mut Weights, path: &Path) -> Result<(), HubError> {
    let bytes = read(path)?;
    let wrong = |reason: String| HubError::Tensors { path: path.to_path_buf(), reason };
    let file = SafeTensors::deserialize(&bytes).map_err(|error| wrong(error.to_string()))?;
    let mut tensors: Vec<_> = file.iter().collect();
    // In the order of names, so that the same file gives the same error.
    tensors.sort_unstable_by_key(|(name, _)| *name);
    for (name, view) in tensors {
        let values = numbers(&view).ok_or_else(|| HubError::Dtype {
            path: path.to_path_buf(),
            tensor: name.to_owned(),
            dtype: format!("{:?}", view.dtype()),
        })?;
        let tensor = ArrayD::from_shape_vec(IxDyn(view.shape()), values).map_err(|error| wrong(error.to_string()))?;
        weights.insert(name, tensor);
    }
    Ok(())
}

/// Little-endian numbers in single precision. `None`: integers and formats below 16 bits.
fn numbers(view: &TensorView<'_>) -> Option<Vec<f32>> {
    let bytes = view.data();
    Some(match view.dtype() {
        Dtype::F64 => chunks(bytes).map(|chunk| f64::from_le_bytes(chunk) as f32).collect(),
        Dtype::F32 => chunks(bytes).map(f32::from_le_bytes).collect(),
        Dtype::F16 => chunks(bytes).map(|chunk| f16::from_le_bytes(chunk).to_f32()).collect(),
        Dtype::BF16 => chunks(bytes).map(|chunk| bf16::from_le_bytes(chunk).to_f32()).collect(),
        _ => return None,
    })
}

fn chunks<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.chunks_exact(N).map(|chunk| chunk.try_into().expect("chunks have the size asked for"))
}
