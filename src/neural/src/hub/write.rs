//! Writing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use ndarray::ArrayD;
use serde_json::{Map, Value, json};

use super::formats::Numbers;
use super::read::known_fields;
use super::{CONFIG, Checkpoint, HubError, INDEX, SINGLE, SaveOptions, TEMPLATES};
use secateur_files::write_atomically;

impl Checkpoint {
    /// Writes a directory, which is made if it is not there. Weights come before the configuration that describes them,
    /// every file in one piece; weights of another model that was there are removed at the end.
    ///
    /// # Errors
    /// [`HubError::Io`] naming the file.
    ///
    /// # Complexity
    /// O(bytes).
    pub fn save(&self, directory: &Path, options: &SaveOptions) -> Result<(), HubError> {
        make(directory)?;
        let written = self.save_weights(directory, options)?;
        write(&directory.join(CONFIG), self.config_text().as_bytes())?;
        for from in &self.companions {
            let Some(name) = from.file_name() else { continue };
            let is_template = from.parent().and_then(Path::file_name).is_some_and(|folder| folder == TEMPLATES);
            let folder = if is_template { directory.join(TEMPLATES) } else { directory.to_path_buf() };
            make(&folder)?;
            let to = folder.join(name);
            if !same_file(from, &to) {
                let bytes = std::fs::read(from).map_err(|source| HubError::Io { path: from.clone(), source })?;
                write(&to, &bytes)?;
            }
        }
        remove_others(directory, &written)
    }

    fn config_text(&self) -> String {
        let mut fields = self.other_fields.clone();
        fields.extend(known_fields(self.network.config()));
        if let Some(format) = self.format_name() {
            for name in ["torch_dtype", "dtype"].into_iter().filter(|name| self.other_fields.contains_key(*name)) {
                fields.insert(name.into(), json!(format));
            }
        }
        if !fields.contains_key("architectures") {
            let class = match self.network.config().model_type() {
                "llama" => Some("LlamaForCausalLM"),
                "bert" => Some("BertForSequenceClassification"),
                _ => None,
            };
            fields.extend(class.map(|class| ("architectures".to_owned(), json!([class]))));
        }
        pretty(&fields)
    }

    /// The names of the files written.
    fn save_weights(&self, directory: &Path, options: &SaveOptions) -> Result<BTreeSet<String>, HubError> {
        let mut shards: Vec<Vec<(&str, &ArrayD<f32>)>> = vec![Vec::new()];
        let (mut filled, mut total) = (0u64, 0u64);
        for (name, tensor) in self.network.weights().iter() {
            let bytes = Numbers::bytes(tensor.len(), self.format(name, tensor)) as u64;
            if filled > 0 && filled + bytes > options.shard_bytes {
                shards.push(Vec::new());
                filled = 0;
            }
            filled += bytes;
            total += bytes;
            shards.last_mut().expect("there is a shard").push((name, tensor));
        }
        let n = shards.len();
        let name_of = |shard: usize| match n {
            1 => SINGLE.to_owned(),
            _ => format!("model-{:05}-of-{n:05}.safetensors", shard + 1),
        };
        let mut weight_map: BTreeMap<&str, String> = BTreeMap::new();
        for (shard, tensors) in shards.iter().enumerate() {
            weight_map.extend(tensors.iter().map(|(name, _)| (*name, name_of(shard))));
            let path = directory.join(name_of(shard));
            let views =
                tensors.iter().map(|(name, tensor)| (*name, Numbers { tensor, format: self.format(name, tensor) }));
            // Readers of other libraries ask for this entry.
            let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
            let bytes = safetensors::serialize(views, Some(metadata))
                .map_err(|error| HubError::Tensors { path: path.clone(), reason: error.to_string() })?;
            write(&path, &bytes)?;
        }
        let mut written: BTreeSet<String> = (0..n).map(name_of).collect();
        if n > 1 {
            let index = json!({ "metadata": { "total_size": total }, "weight_map": weight_map });
            write(&directory.join(INDEX), format!("{index:#}\n").as_bytes())?;
            written.insert(INDEX.to_owned());
        }
        Ok(written)
    }
}

fn pretty(fields: &Map<String, Value>) -> String {
    let mut text = serde_json::to_string_pretty(fields).expect("fields with text as names are JSON");
    text.push('\n');
    text
}

fn make(directory: &Path) -> Result<(), HubError> {
    std::fs::create_dir_all(directory).map_err(|source| HubError::Io { path: directory.to_path_buf(), source })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), HubError> {
    write_atomically(path, |file| file.write_all(bytes))
        .map_err(|source| HubError::Io { path: path.to_path_buf(), source })
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Removes weights that an earlier model left, which a reader would take for this one's.
fn remove_others(directory: &Path, written: &BTreeSet<String>) -> Result<(), HubError> {
    let io = |source| HubError::Io { path: directory.to_path_buf(), source };
    for entry in std::fs::read_dir(directory).map_err(io)? {
        let path: PathBuf = entry.map_err(io)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let is_shard = name.starts_with("model-") && name.ends_with(".safetensors");
        if (is_shard || name == SINGLE || name == INDEX) && !written.contains(name) {
            std::fs::remove_file(&path).map_err(|source| HubError::Io { path: path.clone(), source })?;
        }
    }
    Ok(())
}
