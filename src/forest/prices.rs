//! Sources and prices: what has to be bought before a feature is known.
//!
//! A feature is computed from *sources* (a test, a sensor, a call, a table). A source is paid once per example
//! (`per_example`: however many trees and features use it for that example), once per model (`per_model`: if any kept
//! split uses it at all), or both. That covers unit prices (each feature its own source), groups (a blood draw and a
//! test of its own), derived features (a ratio needs both parts) and free features (no sources).

use std::collections::BTreeMap;

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

    /// Price per split evaluated for an example.
    pub fn per_split(&self) -> f64 {
        self.per_split
    }

    /// Price per split kept in the model.
    pub fn per_node(&self) -> f64 {
        self.per_node
    }
}

fn check_price(name: &str, price: f64) -> Result<(), PriceError> {
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

/// How often a plain price in a file is paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriceMode {
    /// Once per example for which the source is acquired (lazy).
    #[default]
    PerExample,
    /// Once if any kept split uses the source (coupled).
    PerModel,
}

/// A price in a file: a number, paid as the file's mode says, or both prices by name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PriceEntry {
    /// A plain number.
    Plain(f64),
    /// Both prices.
    Named {
        /// See [`Source::per_example`].
        #[serde(default)]
        per_example: f64,
        /// See [`Source::per_model`].
        #[serde(default)]
        per_model: f64,
    },
}

/// Prices as a user writes them, by name.
///
/// ```
/// use secateur::forest::PriceSpec;
///
/// let spec = PriceSpec::parse(r#"
///     default = 1.0                  # any feature not named below
///     [sources]
///     draw = 2.10                    # shared by the two tests
///     chol = 5.17
///     fbs = 3.10
///     [features]
///     chol = ["draw", "chol"]
///     fbs = ["draw", "fbs"]
///     age = []                       # free
/// "#)?;
/// let names = ["age", "chol", "fbs", "pulse"].map(String::from);
/// let prices = spec.resolve(&names)?;
/// assert_eq!(prices.sources().len(), 4); // draw, chol, fbs and pulse
/// assert!(prices.needs(0).is_empty());
/// # Ok::<(), secateur::forest::PriceError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PriceSpec {
    /// Price of a feature that is named nowhere else.
    pub default: Option<f64>,
    /// What a plain price means.
    pub mode: PriceMode,
    /// Price per split evaluated.
    pub per_split: f64,
    /// Price per split kept.
    pub per_node: f64,
    /// Prices by source. A source with a feature's name is that feature's own, unless `features` says otherwise.
    pub sources: BTreeMap<String, PriceEntry>,
    /// The sources that a feature needs; an empty list makes it free.
    pub features: BTreeMap<String, Vec<String>>,
}

impl PriceSpec {
    /// Reads a price file: JSON if it starts with `{`, TOML otherwise.
    ///
    /// # Errors
    /// [`PriceError::Syntax`] with the parser's words.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let one_line = |message: String| message.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| PriceError::Syntax { message: one_line(error.to_string()) })
        } else {
            toml::from_str(text).map_err(|error| PriceError::Syntax { message: one_line(error.to_string()) })
        }
    }

    /// The price list of these features, in their order.
    ///
    /// # Errors
    /// [`PriceError`] names a feature or source that does not fit.
    pub fn resolve(&self, feature_names: &[String]) -> Result<PriceList, PriceError> {
        let known: std::collections::HashSet<&str> = feature_names.iter().map(String::as_str).collect();
        if let Some(feature) = self.features.keys().find(|feature| !known.contains(feature.as_str())) {
            return Err(PriceError::UnknownFeature { feature: feature.clone() });
        }
        if let Some(price) = self.default {
            check_price("default", price)?;
        }
        let mut table = SourceTable { spec: self, sources: Vec::new(), by_name: BTreeMap::new() };
        let needs = feature_names.iter().map(|feature| table.needs_of(feature)).collect::<Result<Vec<_>, _>>()?;
        if let Some(name) = self.sources.keys().find(|name| !table.by_name.contains_key(*name)) {
            return Err(PriceError::UnusedSource { name: name.clone() });
        }
        PriceList::new(table.sources, needs)?.with_split_prices(self.per_split, self.per_node)
    }
}

/// Sources met so far, in the order of the features that need them.
struct SourceTable<'a> {
    spec: &'a PriceSpec,
    sources: Vec<Source>,
    by_name: BTreeMap<String, SourceId>,
}

impl SourceTable<'_> {
    fn needs_of(&mut self, feature: &str) -> Result<Vec<SourceId>, PriceError> {
        match self.spec.features.get(feature) {
            Some(names) => names
                .iter()
                .map(|name| {
                    let entry = self.spec.sources.get(name).copied().ok_or_else(|| PriceError::UnknownSource {
                        feature: feature.to_owned(),
                        source_name: name.clone(),
                    })?;
                    Ok(self.source(name, entry))
                })
                .collect(),
            None => {
                let entry = self.spec.sources.get(feature).copied().or(self.spec.default.map(PriceEntry::Plain));
                let entry = entry.ok_or_else(|| PriceError::NoPrice { feature: feature.to_owned() })?;
                Ok(vec![self.source(feature, entry)])
            }
        }
    }

    fn source(&mut self, name: &str, entry: PriceEntry) -> SourceId {
        if let Some(&id) = self.by_name.get(name) {
            return id;
        }
        let (per_example, per_model) = match (entry, self.spec.mode) {
            (PriceEntry::Plain(price), PriceMode::PerExample) => (price, 0.0),
            (PriceEntry::Plain(price), PriceMode::PerModel) => (0.0, price),
            (PriceEntry::Named { per_example, per_model }, _) => (per_example, per_model),
        };
        let id = SourceId(self.sources.len() as u32);
        self.sources.push(Source { name: name.to_owned(), per_example, per_model });
        self.by_name.insert(name.to_owned(), id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn resolve(text: &str, features: &[&str]) -> Result<PriceList, PriceError> {
        PriceSpec::parse(text)?.resolve(&names(features))
    }

    #[test]
    fn a_derived_feature_needs_both_parts() {
        let list =
            resolve("[sources]\nTT4 = 14.51\nT4U = 11.41\n[features]\nFTI = ['TT4', 'T4U']", &["TT4", "T4U", "FTI"]);
        let list = list.unwrap();
        assert_eq!(list.sources().len(), 2);
        assert_eq!(list.needs(2), [SourceId(0), SourceId(1)]);
        assert_eq!(list.needs(0), [SourceId(0)]);
    }

    #[test]
    fn modes_are_told_apart() {
        let list = resolve(r#"{"default": 2, "mode": "per-model", "sources": {"b": {"per_example": 1}}}"#, &["a", "b"]);
        let list = list.unwrap();
        let prices: Vec<_> = list.sources().iter().map(|source| (source.per_example, source.per_model)).collect();
        assert_eq!(prices, [(0.0, 2.0), (1.0, 0.0)]);
    }

    #[test]
    fn every_error_names_the_thing() {
        let message = |text, features: &[&str]| resolve(text, features).unwrap_err().to_string();
        assert_eq!(message("default = -1", &["a"]), "price of `default` is -1; prices are finite and >= 0");
        assert_eq!(message("[sources]\na = -2", &["a"]), "price of `a` is -2; prices are finite and >= 0");
        assert_eq!(message("[sources]\na = nan", &["a"]), "price of `a` is NaN; prices are finite and >= 0");
        assert_eq!(message("[features]\nx = []", &["a"]), "prices name feature `x`, which the data does not have");
        assert_eq!(message("[features]\na = ['s']", &["a"]), "feature `a` needs source `s`, which has no price");
        assert_eq!(
            message("default = 1\n[sources]\nx = 1", &["a"]),
            "`x` has a price, but is neither a feature of the data nor needed by one"
        );
        assert_eq!(message("", &["a"]), "feature `a` has no price, and the prices give no default");
        assert!(message("prices = 3", &["a"]).starts_with("not a price file:"));
        assert!(message("{\"default\": ", &["a"]).starts_with("not a price file:"));
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
