//! Prices as a user writes them: by name, in a TOML or JSON file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use secateur_forest::{PriceError, PriceList, Source, SourceId, check_price};

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
#[serde(untagged, expecting = "a price is a number, or { per_example = ..., per_model = ... }")]
pub enum PriceEntry {
    /// A plain number.
    Plain(f64),
    /// Prices by name.
    Named(NamedPrice),
}

/// The prices of one source by name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedPrice {
    /// See [`Source::per_example`].
    #[serde(default)]
    pub per_example: f64,
    /// See [`Source::per_model`].
    #[serde(default)]
    pub per_model: f64,
}

/// Prices as a user writes them, by name.
///
/// ```
/// use secateur_train::Prices;
///
/// let spec = Prices::parse(r#"
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
/// # Ok::<(), secateur_forest::PriceError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prices {
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

impl Prices {
    /// Reads a price file; see [`Prices::parse`].
    ///
    /// # Errors
    /// [`PriceError::File`] if it cannot be read, else as [`Prices::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self, PriceError> {
        let path = path.as_ref();
        let failed = |error: std::io::Error| PriceError::File { path: path.to_owned(), message: error.to_string() };
        Self::parse(&std::fs::read_to_string(path).map_err(failed)?)
    }

    /// Parses a price file: JSON if it starts with `{`, TOML otherwise. Names with a dot may stand unquoted in TOML
    /// (`Sepal.Length = 5`), although its keys are then those of tables.
    ///
    /// # Errors
    /// [`PriceError::Syntax`] with the parser's words.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let one_line = |message: String| message.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| PriceError::Syntax { message: one_line(error.to_string()) })
        } else {
            let refuse = |error: toml::de::Error| {
                let hint =
                    if has_open_name(text) { "; a name with dots, blanks or signs is quoted: \"a.b\" = 5" } else { "" };
                PriceError::Syntax { message: format!("{}{hint}", one_line(error.to_string())) }
            };
            let mut document: toml::Table = toml::from_str(text).map_err(refuse)?;
            if !join_dotted(&mut document) {
                // As it stands, so that the parser's words show the place.
                return toml::from_str(text).map_err(refuse);
            }
            document.try_into().map_err(refuse)
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

/// Joins the keys of tables among prices and needs, which names with dots become: `Sepal.Length = 5` is a table
/// `Sepal`. Whether there were some.
fn join_dotted(document: &mut toml::Table) -> bool {
    let mut found = false;
    for (section, is_entry) in [("sources", is_entry as fn(&toml::Value) -> bool), ("features", |_| false)] {
        let Some(toml::Value::Table(entries)) = document.get_mut(section) else { continue };
        let mut pending: Vec<(String, toml::Value)> = std::mem::take(entries).into_iter().collect();
        while let Some((name, value)) = pending.pop() {
            match value {
                toml::Value::Table(table) if !is_entry(&toml::Value::Table(table.clone())) => {
                    found = true;
                    pending.extend(table.into_iter().map(|(key, value)| (format!("{name}.{key}"), value)));
                }
                value => {
                    // A name that stands there twice, once quoted: the parser of entries refuses the table.
                    if let Some(other) = entries.insert(name.clone(), value) {
                        let twice = toml::Table::from_iter([("twice".to_owned(), other)]);
                        entries.insert(name, toml::Value::Table(twice));
                    }
                }
            }
        }
    }
    found
}

/// Whether a table is a price by names, if misspelt: its keys begin like those, or it has none.
fn is_entry(value: &toml::Value) -> bool {
    value.as_table().is_some_and(|table| table.is_empty() || table.keys().any(|key| key.starts_with("per_")))
}

/// Whether some line gives a name that TOML takes only in quotes.
fn has_open_name(text: &str) -> bool {
    text.lines().filter_map(|line| line.split_once('=')).any(|(name, _)| {
        let name = name.trim();
        !name.starts_with(['"', '\'', '#', '['])
            && name.contains(|character: char| !character.is_ascii_alphanumeric() && !"-_".contains(character))
    })
}

/// Sources met so far, in the order of the features that need them.
struct SourceTable<'a> {
    spec: &'a Prices,
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
            (PriceEntry::Named(named), _) => (named.per_example, named.per_model),
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
        Prices::parse(text)?.resolve(&names(features))
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
    fn names_with_dots_need_no_quotes() {
        for text in [
            "default = 1\n[sources]\nSepal.Length = 5\na.b.c = { per_model = 3 }",
            "default = 1\n[sources]\n\"Sepal.Length\" = 5\n\"a.b.c\" = { per_model = 3 }",
            "default = 1\n[sources.Sepal]\nLength = 5\n[sources.a.b.c]\nper_model = 3",
        ] {
            let list = resolve(text, &["Sepal.Length", "a.b.c", "y"]).unwrap();
            let prices: Vec<_> = list.sources().iter().map(|source| (source.per_example, source.per_model)).collect();
            assert_eq!(prices, [(5.0, 0.0), (0.0, 3.0), (1.0, 0.0)], "{text}");
        }
        let needs = resolve("[sources]\nlab.a = 2\n[features]\nx.y = ['lab.a']", &["x.y"]).unwrap();
        assert_eq!(needs.needs(0), [SourceId(0)]);
        let message = |text: &str| Prices::parse(text).unwrap_err().to_string();
        for text in ["[sources]\nSepal Length = 5", "[sources]\nSepal = 1\nSepal.Length = 5", "[sources]\na+b = 1"] {
            assert!(message(text).ends_with("is quoted: \"a.b\" = 5"), "{}", message(text));
        }
        assert!(
            message("[sources]\na = 'much'").contains("a price is a number, or"),
            "{}",
            message("[sources]\na = 'much'")
        );
        assert!(message("{\"sources\": {\"a\": \"much\"}}").contains("a price is a number, or"));
        assert!(Prices::parse("[sources]\nx.y = 1\n\"x.y\" = 2").is_err());
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
        assert!(message("[sources]\na = { per_exampel = 40 }", &["a"]).starts_with("not a price file:"));
        assert!(message("prices = 3", &["a"]).starts_with("not a price file:"));
        assert!(message("{\"default\": ", &["a"]).starts_with("not a price file:"));
    }
}
