//! Other programs on the same data: LightGBM and scikit-learn, trained by a Python that has them.
//!
//! For comparisons at equal cost. A peer is trained over a grid of settings on training data alone; every model comes back as a
//! [`Forest`], so that it is measured by the same meter as our own, and chosen by whatever rule the caller has.
//!
//! | idea | file |
//! |---|---|
//! | what can be trained, and its models | here |
//! | the grids | `train.py` |
//! | the process: started, listened to, stopped | `process` |
//! | forests of scikit-learn | `sklearn` |

mod error;
mod process;
mod sklearn;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::Path;

use ndarray::ArrayView2;
use secateur_program::Control;
use serde::Deserialize;

use secateur::forest::{Forest, PriceList, TargetView, lightgbm};

pub use error::PeerError;
pub use process::installed;

/// Iterations at which a boosted model is cut off, and after all of them.
const CUTS: [usize; 14] = [1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300];

/// A method of another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// LightGBM with `cegb_penalty_feature_lazy`: a price for every example that has not seen the feature yet.
    LightGbmLazy,
    /// LightGBM with `cegb_penalty_feature_coupled`: a price for a feature that no tree has used yet.
    LightGbmCoupled,
    /// LightGBM without prices.
    LightGbmPlain,
    /// A random forest of scikit-learn, unpruned.
    SklearnForest,
    /// The same, every tree pruned by minimal cost-complexity at the same `ccp_alpha`.
    SklearnCcp,
}

impl Peer {
    /// All peers.
    pub const ALL: [Peer; 5] =
        [Peer::LightGbmLazy, Peer::LightGbmCoupled, Peer::LightGbmPlain, Peer::SklearnForest, Peer::SklearnCcp];

    /// A short name.
    pub fn name(self) -> &'static str {
        match self {
            Peer::LightGbmLazy => "lightgbm-lazy",
            Peer::LightGbmCoupled => "lightgbm-coupled",
            Peer::LightGbmPlain => "lightgbm-plain",
            Peer::SklearnForest => "sklearn-forest",
            Peer::SklearnCcp => "sklearn-ccp",
        }
    }

    /// What it is, in words.
    pub fn description(self) -> &'static str {
        match self {
            Peer::LightGbmLazy => {
                "LightGBM, cegb_penalty_feature_lazy, over strengths, tree sizes and numbers of iterations"
            }
            Peer::LightGbmCoupled => {
                "LightGBM, cegb_penalty_feature_coupled, over strengths, tree sizes and numbers of iterations"
            }
            Peer::LightGbmPlain => "LightGBM without prices, over tree sizes and numbers of iterations",
            Peer::SklearnForest => "random forests of scikit-learn, all or sqrt features per split, unpruned",
            Peer::SklearnCcp => "the same, every tree pruned by minimal cost-complexity at any ccp_alpha",
        }
    }

    /// The Python module that it needs.
    pub fn module(self) -> &'static str {
        match self {
            Peer::LightGbmLazy | Peer::LightGbmCoupled | Peer::LightGbmPlain => "lightgbm",
            Peer::SklearnForest | Peer::SklearnCcp => "sklearn",
        }
    }
}

/// What a peer is trained on. It sees no other data.
#[derive(Debug, Clone, Copy)]
pub struct PeerData<'a> {
    /// Rows, shape `(n_examples, n_features)`, NaN where a value is missing.
    pub x: ArrayView2<'a, f64>,
    /// Answers, one per row.
    pub target: TargetView<'a>,
    /// Prices of the features. Peers know one price per example and feature: the sum over the sources that it needs.
    pub prices: &'a PriceList,
    /// Seed of the peer.
    pub seed: u64,
}

impl PeerData<'_> {
    fn n_classes(&self) -> usize {
        match self.target {
            TargetView::Classes { n_classes, .. } => n_classes,
            TargetView::Values(_) => 0,
        }
    }

    fn class_names(&self) -> Vec<String> {
        (0..self.n_classes()).map(|class| class.to_string()).collect()
    }

    /// Writes what the script reads.
    fn write(&self, folder: &Path) -> std::io::Result<()> {
        let facts = serde_json::json!({
            "rows": self.x.nrows(),
            "features": self.x.ncols(),
            "classes": self.n_classes(),
            "prices": (0..self.x.ncols()).map(|feature| self.prices.price_of(feature)).collect::<Vec<_>>(),
            "seed": self.seed,
        });
        std::fs::write(folder.join("problem.json"), facts.to_string())?;
        write_doubles(&folder.join("train_x.f64"), self.x.iter().copied())?;
        let targets = folder.join("train_y.f64");
        match self.target {
            TargetView::Classes { labels, .. } => write_doubles(&targets, labels.iter().map(|&label| f64::from(label))),
            TargetView::Values(values) => write_doubles(&targets, values.iter().copied()),
        }
    }
}

/// Little-endian, in order.
fn write_doubles(path: &Path, values: impl Iterator<Item = f64>) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
    for value in values {
        out.write_all(&value.to_le_bytes())?;
    }
    out.flush()
}

/// A model of a peer. Its classes are called `0`, `1`, ... in the order of the labels.
#[derive(Debug, Clone, PartialEq)]
pub struct PeerModel {
    /// Its settings.
    pub label: String,
    /// The whole model.
    pub forest: Forest,
    /// Boosting iterations, or trees.
    pub iterations: usize,
    /// Seconds of training.
    pub seconds: f64,
    /// Trees per iteration if it can be cut off after any; 0 if only the whole is a model.
    trees_per_iteration: usize,
}

impl PeerModel {
    /// The model after some numbers of iterations, and whole, each with its settings in words.
    pub fn cuts(&self) -> impl Iterator<Item = (String, Forest)> + '_ {
        let per_iteration = self.trees_per_iteration;
        let iterations = self.forest.n_trees().checked_div(per_iteration).unwrap_or(0);
        let cuts = CUTS.into_iter().filter(move |&cut| cut < iterations);
        let cut_off = cuts.map(move |cut| {
            let label = format!("{}, {cut} of {} iterations", self.label, self.iterations);
            (label, self.forest.first_trees(cut * per_iteration))
        });
        cut_off.chain(std::iter::once((self.label.clone(), self.forest.clone())))
    }
}

/// What the script says of a model.
#[derive(Debug, Deserialize)]
struct Line {
    label: String,
    file: String,
    iterations: usize,
    seconds: f64,
}

/// Trains a peer over its grid; every model is handed on while the next one is trained.
///
/// # Arguments
/// * `python`: a Python with numpy and the peer's module.
/// * `control`: limits; the process is killed when they are reached. Progress counts models, in a stage of the peer's name.
///
/// # Errors
/// [`PeerError`], or what `each` returns: then the process is killed.
pub fn train<E: From<PeerError>>(
    peer: Peer,
    python: &Path,
    data: &PeerData<'_>,
    control: &Control,
    mut each: impl FnMut(PeerModel) -> Result<(), E>,
) -> Result<(), E> {
    let folder = secateur_files::temporary_folder().map_err(|error| PeerError::Files { message: error.to_string() })?;
    data.write(folder.path()).map_err(|error| PeerError::Files { message: error.to_string() })?;
    let malformed = |message: String| PeerError::Malformed { peer: peer.name(), message };
    process::run(peer, python, folder.path(), control, |line| {
        let line: Line = serde_json::from_str(line).map_err(|error| malformed(error.to_string()))?;
        let path = folder.path().join(&line.file);
        let bytes = std::fs::read(&path).map_err(|error| PeerError::Files { message: error.to_string() })?;
        let boosted = peer.module() == "lightgbm";
        let forest = if boosted {
            let text = String::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
            lightgbm::read(&text).map_err(|error| malformed(error.to_string()))?.forest
        } else {
            sklearn::read_forest(&bytes, data).map_err(malformed)?
        };
        // One tree per class, but for two.
        let per_iteration = if data.n_classes() > 2 { data.n_classes() } else { 1 };
        let trees_per_iteration = if boosted { per_iteration } else { 0 };
        let Line { label, iterations, seconds, .. } = line;
        each(PeerModel { label, forest, iterations, seconds, trees_per_iteration })?;
        // Models of a large grid would fill the disk.
        std::fs::remove_file(path).map_err(|error| PeerError::Files { message: error.to_string() })?;
        Ok(())
    })
}
