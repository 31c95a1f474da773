//! Reading.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use ndarray::{ArrayD, IxDyn};
use safetensors::SafeTensors;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields;
use super::formats::{Format, numbers};
use super::{COMPANIONS, CONFIG, Checkpoint, HubError, INDEX, SINGLE, TEMPLATES};
use crate::{Config, Network, Weights};

impl Checkpoint {
    /// Reads a directory. Numbers become single precision; tensors that the configuration does not ask for are kept,
    /// but for buffers of integers (places and kinds of tokens, counts of batches), which other libraries make anew.
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
        let (weights, formats) = weights(directory)?;
        let known = known_fields(&config);
        let other_fields = fields.into_iter().filter(|(name, _)| !known.contains_key(name)).collect();
        let network = Network::new(config, weights)
            .map_err(|source| HubError::Network { path: directory.to_path_buf(), source })?;
        Ok(Self { network, other_fields, companions: companions(directory), formats })
    }
}

/// Last parts of the names of tensors that are no weights: places of tokens, kinds of tokens, counts of batches.
const BUFFERS: [&str; 3] = ["position_ids", "token_type_ids", "num_batches_tracked"];

/// The files that belong to a model and are copied as they are, in the order of names.
fn companions(directory: &Path) -> Vec<PathBuf> {
    let plain = COMPANIONS.iter().map(|name| directory.join(name));
    let templates = std::fs::read_dir(directory.join(TEMPLATES)).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = plain.chain(templates.map(|entry| entry.path())).collect();
    found.retain(|path| path.is_file());
    found.sort();
    found
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

/// The tensors, and the formats of those that are not in single precision.
type Tensors = (Weights, BTreeMap<String, Format>);

fn weights(directory: &Path) -> Result<Tensors, HubError> {
    let (single, index) = (directory.join(SINGLE), directory.join(INDEX));
    let mut tensors = Tensors::default();
    if single.is_file() {
        add_file(&mut tensors, &single)?;
    } else if index.is_file() {
        let Index { weight_map } = json(&index, &read(&index)?)?;
        let shards: BTreeSet<&String> = weight_map.values().collect();
        for shard in shards {
            if Path::new(shard).components().any(|part| !matches!(part, Component::Normal(_))) {
                return Err(HubError::Shard { path: index, shard: shard.clone() });
            }
            add_file(&mut tensors, &directory.join(shard))?;
        }
        if let Some((tensor, shard)) =
            weight_map.iter().find(|(tensor, _)| tensors.0.get(tensor).is_none() && !is_buffer(tensor))
        {
            return Err(HubError::NotInShard { path: index, tensor: tensor.clone(), shard: shard.clone() });
        }
    } else {
        return Err(HubError::NoWeights { path: directory.to_path_buf() });
    }
    Ok(tensors)
}

fn is_buffer(name: &str) -> bool {
    BUFFERS.contains(&name.rsplit('.').next().unwrap_or(name))
}

fn add_file((weights, formats): &mut Tensors, path: &Path) -> Result<(), HubError> {
    let bytes = read(path)?;
    let wrong = |reason: String| HubError::Tensors { path: path.to_path_buf(), reason };
    let file = SafeTensors::deserialize(&bytes).map_err(|error| wrong(error.to_string()))?;
    let mut tensors: Vec<_> = file.iter().collect();
    // In the order of names, so that the same file gives the same error.
    tensors.sort_unstable_by_key(|(name, _)| *name);
    for (name, view) in tensors {
        if is_buffer(name) {
            continue;
        }
        formats.extend(Format::of(view.dtype()).map(|format| (name.to_owned(), format)));
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
