//! Sources and prices: what has to be bought before a feature is known.
//!
//! A feature is computed from *sources* (a test, a sensor, a call, a table). A source is paid once per example
//! (`per_example`: however many trees and features use it for that example), once per model (`per_model`: if any kept
//! split uses it at all), or both. That covers unit prices (each feature its own source), groups (a blood draw and a
//! test of its own), derived features (a ratio needs both parts) and free features (no sources).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Index of a source, `0..n_sources()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(pub u32);

impl SourceId {
    /// The index as a `usize`.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Something that is paid for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Name, unique in its list.
    pub name: String,
    /// Price per example for which it is acquired, >= 0, in the user's currency.
    pub per_example: f64,
    /// Price per example *on average over the examples the model serves*, paid if any kept split uses the source, >= 0.
    pub per_model: f64,
}

/// Prices of a forest's features: validated, one list of sources per feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PriceData", into = "PriceData")]
pub struct PriceList {
    sources: Vec<Source>,
    /// Sources of feature f: `needs[f]`, ascending.
    needs: Vec<Vec<SourceId>>,
    per_split: f64,
    per_node: f64,
}

#[derive(Serialize, Deserialize)]
struct PriceData {
    sources: Vec<Source>,
    needs: Vec<Vec<SourceId>>,
    per_split: f64,
    per_node: f64,
}

/// What is wrong with prices.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PriceError {
    /// A file that cannot be read.
    #[error("{}: {message}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        message: String,
    },
    /// A price that is negative, NaN or infinite.
    #[error("price of `{name}` is {price}; prices are finite and >= 0")]
    BadPrice {
        /// Source, `default`, `per_split` or `per_node`.
        name: String,
        /// The price.
        price: f64,
    },
    /// Prices for a feature that the data does not have.
    #[error("prices name feature `{feature}`, which the data does not have")]
    UnknownFeature {
        /// The feature.
        feature: String,
    },
    /// A feature needs a source without price.
    #[error("feature `{feature}` needs source `{source_name}`, which has no price")]
    UnknownSource {
        /// The feature.
        feature: String,
        /// The source.
        source_name: String,
    },
    /// A price that nothing is bought at: most often a misspelt feature.
    #[error("`{name}` has a price, but is neither a feature of the data nor needed by one")]
    UnusedSource {
        /// The source.
        name: String,
    },
    /// A feature for which the prices say nothing, and no default is given.
    #[error("feature `{feature}` has no price, and the prices give no default")]
    NoPrice {
        /// The feature.
        feature: String,
    },
    /// Two sources of the same name.
    #[error("source `{name}` is listed twice")]
    DuplicateSource {
        /// The name.
        name: String,
    },
    /// A source index out of range.
    #[error("feature {feature} needs source {source_index}, but there are {sources}")]
    SourceOutOfRange {
        /// Feature index.
        feature: usize,
        /// Source index named.
        source_index: u32,
        /// Number of sources.
        sources: usize,
    },
    /// The text is not a price file.
    #[error("not a price file: {message}")]
    Syntax {
        /// What the parser says, on one line.
        message: String,
    },
}

impl PriceList {
    /// Every feature its own source, at `price` per example.
    ///
    /// # Errors
    /// [`PriceError::BadPrice`], or a duplicated feature name.
    pub fn uniform(feature_names: &[String], price: f64) -> Result<Self, PriceError> {
        let sources = feature_names
            .iter()
            .map(|name| Source { name: name.clone(), per_example: price, per_model: 0.0 })
            .collect();
        Self::new(sources, (0..feature_names.len() as u32).map(|f| vec![SourceId(f)]).collect())
    }

    /// Sources, and for each feature those it needs.
    ///
    /// # Errors
    /// [`PriceError`] names the source or feature.
    pub fn new(sources: Vec<Source>, mut needs: Vec<Vec<SourceId>>) -> Result<Self, PriceError> {
        let mut seen = std::collections::HashSet::new();
        for source in &sources {
            for price in [source.per_example, source.per_model] {
                check_price(&source.name, price)?;
            }
            if !seen.insert(source.name.as_str()) {
                return Err(PriceError::DuplicateSource { name: source.name.clone() });
            }
        }
        for (feature, needs) in needs.iter_mut().enumerate() {
            needs.sort_unstable();
            needs.dedup();
            if let Some(source) = needs.iter().find(|source| source.index() >= sources.len()) {
                return Err(PriceError::SourceOutOfRange { feature, source_index: source.0, sources: sources.len() });
            }
        }
        Ok(Self { sources, needs, per_split: 0.0, per_node: 0.0 })
    }

    /// Adds a price per split evaluated for an example (latency) and per split kept in the model (size; on average over
    /// the examples served, as [`Source::per_model`]).
    ///
    /// # Errors
    /// [`PriceError::BadPrice`].
    pub fn with_split_prices(mut self, per_split: f64, per_node: f64) -> Result<Self, PriceError> {
        check_price("per_split", per_split)?;
        check_price("per_node", per_node)?;
        (self.per_split, self.per_node) = (per_split, per_node);
        Ok(self)
    }

    /// All sources in order.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Number of features that the list covers.
    pub fn n_features(&self) -> usize {
        self.needs.len()
    }

    /// The sources that a feature needs, ascending; none for a free feature.
    pub fn needs(&self, feature: usize) -> &[SourceId] {
        &self.needs[feature]
    }

    /// What a feature costs by itself: the prices per example of the sources that it needs, added up.
    pub fn price_of(&self, feature: usize) -> f64 {
        self.needs(feature)
            .iter()
            .map(|source| self.sources[source.index()].per_example)
            .fold(0.0, |sum, price| sum + price)
    }

    /// Price per split evaluated for an example.
    pub fn per_split(&self) -> f64 {
        self.per_split
    }

    /// Price per split kept in the model.
    pub fn per_node(&self) -> f64 {
        self.per_node
    }
}

/// Checks that a price is finite and not negative.
///
/// # Errors
/// [`PriceError::BadPrice`].
pub fn check_price(name: &str, price: f64) -> Result<(), PriceError> {
    if price.is_finite() && price >= 0.0 { Ok(()) } else { Err(PriceError::BadPrice { name: name.to_owned(), price }) }
}

impl From<PriceList> for PriceData {
    fn from(list: PriceList) -> Self {
        let PriceList { sources, needs, per_split, per_node } = list;
        Self { sources, needs, per_split, per_node }
    }
}

impl TryFrom<PriceData> for PriceList {
    type Error = PriceError;

    fn try_from(data: PriceData) -> Result<Self, PriceError> {
        PriceList::new(data.sources, data.needs)?.with_split_prices(data.per_split, data.per_node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn stored_lists_are_validated() {
        let list = PriceList::uniform(&names(&["a", "b"]), 1.0).unwrap();
        let mut json = serde_json::to_value(&list).unwrap();
        assert_eq!(serde_json::from_value::<PriceList>(json.clone()).unwrap(), list);
        json["needs"][1][0] = 7.into();
        assert!(serde_json::from_value::<PriceList>(json).is_err());
        assert_eq!(PriceList::uniform(&names(&["a", "a"]), 1.0), Err(PriceError::DuplicateSource { name: "a".into() }));
    }
}
