//! Networks in directories as Hugging Face's libraries have them: `config.json`, `model.safetensors` (or shards with an
//! index), and the files of the tokenizer and of chats, which are carried along unread.

mod error;
mod fields;
mod formats;
mod read;
mod write;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value};

pub use error::HubError;
pub use formats::Format;

use super::Network;

/// A network with what its directory says beside it.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// The network.
    pub network: Network,
    /// Fields of `config.json` that the network has no use for; they go back into the file.
    pub other_fields: Map<String, Value>,
    /// Files of the tokenizer, of chats and of generation, copied as they are.
    pub companions: Vec<PathBuf>,
    /// Formats of the tensors that are not in single precision; they are written in the same.
    pub formats: BTreeMap<String, Format>,
}

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaveOptions {
    /// Most bytes of tensors in one file; more are divided into shards.
    pub shard_bytes: u64,
}

impl Default for SaveOptions {
    /// Shards of 5 GB.
    fn default() -> Self {
        Self { shard_bytes: 5_000_000_000 }
    }
}

impl From<Network> for Checkpoint {
    /// A network trained here.
    fn from(network: Network) -> Self {
        Self { network, other_fields: Map::new(), companions: Vec::new(), formats: BTreeMap::new() }
    }
}

const CONFIG: &str = "config.json";
const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// Files that belong to a model and are not read here.
const COMPANIONS: [&str; 13] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "generation_config.json",
    "chat_template.jinja",
    "chat_template.json",
];

/// A folder of further ones.
const TEMPLATES: &str = "additional_chat_templates";
