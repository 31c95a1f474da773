//! The model file: one gzipped JSON document per model, with a format name and a version.
//!
//! gzip carries a length and a checksum, so a truncated or damaged file is found before anything is believed; JSON keeps it
//! readable (`zcat model`). What is read passes the same validation as any other source of models. A file may inflate to
//! 64 MiB, and beyond that to 200 times its size at most.

use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use secateur_datasets::{Encoding, TargetKind};
use serde::{Deserialize, Serialize};

use super::bag::InBag;
use super::budgeted::{BudgetedForest, OperatingPoint};
use super::model::{Forest, Task};
use crate::records::LightGbmRecords;
use crate::trained::TrainedForest;
use crate::tuned::Tuned;
use secateur_files::write_atomically;

const FORMAT: &str = "secateur-model";

/// The latest version; older ones are read. 2 added [`Model::Tuned`] and forests of scores, 3 splits on categories.
const VERSION: u32 = 3;

/// Version of files without splits on categories: a release that does not know them reads these.
const WITHOUT_CATEGORIES: u32 = 2;

/// A large file inflates to at most this many times its size; ordinary models stay below 20.
const MAX_RATIO: u64 = 200;

/// Files may inflate to this many bytes whatever the ratio: a forest of equal trees repeats itself.
const MIN_INFLATED: u64 = 64 << 20;

/// Bytes of text that go to the compressor at once.
const WRITE_BUFFER: usize = 64 << 10;

/// A model with what is needed to read data for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFile {
    /// How columns become features, and the target's name and classes.
    pub encoding: Encoding,
    /// The model.
    pub model: Model,
}

/// What a model file holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// A trained forest, not yet pruned.
    Forest {
        /// The forest.
        forest: Forest,
        /// Which training rows each tree saw, in the order of the training file.
        in_bag: Option<InBag>,
        /// What each split was worth to the grower, 0 at leaves, one per node: what a forest that adds scores is pruned by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gains: Option<Vec<f64>>,
        /// What else LightGBM recorded, for the way back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lightgbm: Option<Box<LightGbmRecords>>,
    },
    /// A forest with a threshold per split.
    Budgeted {
        /// The model.
        forest: BudgetedForest,
        /// The operating point to use when none is named.
        chosen: Option<OperatingPoint>,
        /// As in [`Model::Forest`]: of the whole forest, which can be pruned anew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gains: Option<Vec<f64>>,
        /// As in [`Model::Forest`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lightgbm: Option<Box<LightGbmRecords>>,
    },
    /// Models for several budgets, chosen on validation data.
    Tuned {
        /// The models.
        tuned: Tuned,
    },
}

impl Model {
    /// The forest, pruned or not; `None` for tuned models, which are many.
    pub fn forest(&self) -> Option<&Forest> {
        match self {
            Model::Forest { forest, .. } => Some(forest),
            Model::Budgeted { forest, .. } => Some(forest.forest()),
            Model::Tuned { .. } => None,
        }
    }

    /// The gains recorded for the forest's nodes, if any.
    fn gains(&self) -> Option<&[f64]> {
        match self {
            Model::Forest { gains, .. } | Model::Budgeted { gains, .. } => gains.as_deref(),
            Model::Tuned { .. } => None,
        }
    }

    /// What LightGBM recorded, if the forest is from there.
    pub fn lightgbm(&self) -> Option<&LightGbmRecords> {
        match self {
            Model::Forest { lightgbm, .. } | Model::Budgeted { lightgbm, .. } => lightgbm.as_deref(),
            Model::Tuned { .. } => None,
        }
    }

    /// All forests in it: they have the same features and predict the same.
    fn forests(&self) -> Vec<&Forest> {
        match self {
            Model::Forest { forest, .. } => vec![forest],
            Model::Budgeted { forest, .. } => vec![forest.forest()],
            Model::Tuned { tuned } => {
                let models = tuned.models.iter().map(|candidate| &candidate.model);
                models.flat_map(|model| std::iter::once(model.policy()).chain(model.predictor())).collect()
            }
        }
    }
}

/// Why a model file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelFileError {
    /// The file system refused.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Not gzip, truncated, or damaged.
    #[error("{}: not a model file, or damaged: {error}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        error: std::io::Error,
    },
    /// Inflates to far more than any model of its size.
    #[error("{}: inflates to more than {limit} bytes from {bytes}; no model does", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// Another document.
    #[error("{}: not a {FORMAT} document: {message}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// Written by a later release.
    #[error("{}: version {found} is newer than {VERSION}, the latest that this release reads", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
}

#[derive(Serialize)]
struct Written<'a> {
    format: &'static str,
    version: u32,
    #[serde(flatten)]
    file: &'a ModelFile,
}

#[derive(Deserialize)]
struct Header {
    format: String,
    version: u32,
}

impl From<Tuned> for Model {
    fn from(tuned: Tuned) -> Self {
        Model::Tuned { tuned }
    }
}

impl From<TrainedForest> for Model {
    fn from(trained: TrainedForest) -> Self {
        let TrainedForest { forest, in_bag, gains } = trained;
        Model::Forest { forest, in_bag, gains, lightgbm: None }
    }
}

impl ModelFile {
    /// A model, and how the columns of data become its features.
    pub fn new(encoding: Encoding, model: impl Into<Model>) -> Self {
        Self { encoding, model: model.into() }
    }

    /// Writes the file atomically: on an error the old one, if any, is untouched.
    ///
    /// # Errors
    /// [`ModelFileError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), ModelFileError> {
        write_atomically(path, |out| self.write(out))
            .map_err(|error| ModelFileError::Io { path: path.to_owned(), error })
    }

    /// Writes the document to any writer.
    ///
    /// # Errors
    /// What the writer returns.
    pub fn write(&self, out: impl Write) -> std::io::Result<()> {
        // serde writes every comma by itself, and a call of the compressor costs far more than a byte.
        let mut encoder = BufWriter::with_capacity(WRITE_BUFFER, GzEncoder::new(out, Compression::new(6)));
        let categories = self.model.forests().iter().any(|forest| forest.has_categories());
        let version = if categories { VERSION } else { WITHOUT_CATEGORIES };
        serde_json::to_writer(&mut encoder, &Written { format: FORMAT, version, file: self })?;
        encoder.into_inner()?.finish()?.flush()
    }

    /// Reads and validates a model file.
    ///
    /// # Errors
    /// [`ModelFileError`] names the file and what is wrong.
    pub fn load(path: &Path) -> Result<Self, ModelFileError> {
        let bytes = std::fs::read(path).map_err(|error| ModelFileError::Io { path: path.to_owned(), error })?;
        Self::parse(&bytes, path)
    }

    /// Reads a model from bytes; `path` is for messages.
    ///
    /// # Errors
    /// As [`ModelFile::load`].
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, ModelFileError> {
        let path = || path.to_owned();
        let limit = (bytes.len() as u64).saturating_mul(MAX_RATIO).max(MIN_INFLATED);
        let mut document = Vec::new();
        GzDecoder::new(bytes)
            .take(limit + 1)
            .read_to_end(&mut document)
            .map_err(|error| ModelFileError::Damaged { path: path(), error })?;
        if document.len() as u64 > limit {
            return Err(ModelFileError::TooLarge { path: path(), bytes: bytes.len() as u64, limit });
        }
        let content = |error: serde_json::Error| ModelFileError::Content { path: path(), message: error.to_string() };
        let header: Header = serde_json::from_slice(&document).map_err(content)?;
        if header.format != FORMAT {
            let message = format!("its format is `{}`", header.format);
            return Err(ModelFileError::Content { path: path(), message });
        }
        if header.version > VERSION {
            return Err(ModelFileError::Version { path: path(), found: header.version });
        }
        let file: ModelFile = serde_json::from_slice(&document).map_err(content)?;
        file.check().map_err(|message| ModelFileError::Content { path: path(), message })?;
        Ok(file)
    }

    /// The parts must fit each other.
    fn check(&self) -> Result<(), String> {
        self.encoding.check().map_err(|error| error.to_string())?;
        let forests = self.model.forests();
        let Some(first) = forests.first() else { return Err("it holds no model".into()) };
        let columns = self.encoding.columns.len();
        if let Some(forest) = forests.iter().find(|forest| forest.n_features() != columns) {
            return Err(format!("{columns} columns for a forest with {} features", forest.n_features()));
        }
        if forests.iter().any(|forest| forest.task() != first.task()) {
            return Err("its models predict different things".into());
        }
        match (&self.encoding.target, first.task()) {
            (None, _) => {}
            (Some(target), Task::Classification { classes }) => match &target.kind {
                TargetKind::Classes { names } if names == classes => {}
                _ => return Err(format!("the target {:?} does not have the classes of the forest", target.name)),
            },
            (Some(target), Task::Regression) if target.kind != TargetKind::Numeric => {
                return Err(format!("the target {:?} has classes, the forest predicts numbers", target.name));
            }
            (Some(_), Task::Regression) => {}
        }
        if let Model::Budgeted { forest, chosen: Some(chosen), .. } = &self.model
            && *chosen > forest.unpruned()
        {
            return Err(format!("operating point {} is chosen, the last is {}", chosen.0, forest.unpruned().0));
        }
        if let Model::Tuned { tuned } = &self.model
            && let Some(chosen) = tuned.chosen.iter().find(|chosen| chosen.model >= tuned.models.len())
        {
            return Err(format!("model {} is chosen, there are {}", chosen.model, tuned.models.len()));
        }
        if let Model::Tuned { tuned } = &self.model
            && let Some(trial) = tuned.caps.iter().find(|trial| trial.model >= tuned.models.len())
        {
            return Err(format!("model {} is measured under a cap, there are {}", trial.model, tuned.models.len()));
        }
        if let Some(gains) = self.model.gains() {
            let (found, expected) = (gains.len(), first.n_nodes());
            if found != expected {
                return Err(format!("{found} gains for {expected} nodes"));
            }
        }
        if self.model.lightgbm().is_some_and(|records| !records.fit(first)) {
            return Err("LightGBM's records are of another forest".into());
        }
        if let Model::Forest { forest, in_bag: Some(in_bag), .. } = &self.model
            && in_bag.n_trees() != forest.n_trees()
        {
            return Err(format!("a bootstrap record of {} trees for {}", in_bag.n_trees(), forest.n_trees()));
        }
        Ok(())
    }
}
