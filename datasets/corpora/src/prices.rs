//! What it costs to know a feature of an example.
//!
//! A source is something paid for once per example, such as drawing blood; a feature needs one or
//! more sources. The price of a set of features is therefore the sum over the union of their
//! sources, not the sum over the features.
//!
//! The published clinical prices (P. Turney, JAIR 2, 1995, pages 369-409) state for each test what
//! it costs alone (`full`) and after another test of its group (`discount`). That is one source per
//! group at `full - discount` and one per test at `discount`. A feature that is computed from others
//! needs their sources and has none of its own.

use std::collections::{BTreeMap, HashSet};

use secateur_train::{PriceEntry, Prices};
use serde::Deserialize;

use crate::error::{Error, Result};

/// Prices of sources, and the sources that each feature needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PriceSheet {
    /// Name and price of each source, paid once per example, in one currency unit.
    pub(crate) sources: Vec<(String, f64)>,
    /// Name of each feature and the names of the sources it needs.
    pub(crate) features: Vec<(String, Vec<String>)>,
}

impl PriceSheet {
    /// Checks that names are distinct, prices finite and not negative, and needed sources listed.
    ///
    /// # Errors
    /// [`Error::Prices`] that names `sheet` and what is wrong.
    fn check(&self, sheet: &str) -> Result<()> {
        let mut sources = HashSet::new();
        for (name, price) in &self.sources {
            if !price.is_finite() || *price < 0.0 {
                return Err(refused(sheet, format!("source {name:?} has the price {price}")));
            }
            if !sources.insert(name.as_str()) {
                return Err(refused(sheet, format!("source {name:?} is listed twice")));
            }
        }
        let mut features = HashSet::new();
        for (name, needs) in &self.features {
            if !features.insert(name.as_str()) {
                return Err(refused(sheet, format!("feature {name:?} is listed twice")));
            }
            if let Some(unknown) = needs.iter().find(|need| !sources.contains(need.as_str())) {
                return Err(refused(sheet, format!("feature {name:?} needs the unlisted source {unknown:?}")));
            }
        }
        Ok(())
    }
}

impl From<PriceSheet> for Prices {
    fn from(sheet: PriceSheet) -> Self {
        let source = |(name, price): (String, f64)| (name, PriceEntry::Plain(price));
        Prices {
            sources: sheet.sources.into_iter().map(source).collect(),
            features: sheet.features.into_iter().collect(),
            ..Prices::default()
        }
    }
}

fn refused(file: &str, reason: String) -> Error {
    Error::Prices { file: file.to_owned(), reason }
}

/// One data set in the published file. Feature order is that of the table, hence not kept here.
#[derive(Deserialize)]
struct Published {
    full: BTreeMap<String, f64>,
    #[serde(default)]
    discount: BTreeMap<String, f64>,
    #[serde(default)]
    groups_derived: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    derived_feature: BTreeMap<String, Vec<String>>,
}

/// Readable name of the shared source of a group.
fn group_name(set: &str, group: &str) -> String {
    match (set, group) {
        ("heart_disease_cleveland" | "pima_indians_diabetes", "A") => "blood_draw".into(),
        ("heart_disease_cleveland", _) => format!("exercise_test_{group}"),
        _ => format!("shared_{group}"),
    }
}

/// Sheet of the data set `set` of the published file, for `features` in their order.
pub(crate) fn published(bytes: &[u8], file: &str, set: &str, features: &[String]) -> Result<PriceSheet> {
    let all: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(bytes).map_err(|cause| refused(file, cause.to_string()))?;
    let entry = all.get(set).ok_or_else(|| refused(file, format!("it has no entry {set:?}")))?;
    let prices = Published::deserialize(entry).map_err(|cause| refused(file, format!("{set}: {cause}")))?;

    let mut sources = Vec::new();
    let mut group_of = BTreeMap::new();
    for (title, members) in &prices.groups_derived {
        let name = group_name(set, title.split(' ').next().unwrap_or(title));
        let mut shared = None;
        for member in members {
            let difference = cents(prices.price(file, member)? - prices.own(file, member)?);
            if *shared.get_or_insert(difference) != difference {
                return Err(refused(file, format!("{set}: {member:?} differs from its group {title:?}")));
            }
            if group_of.insert(member.as_str(), name.clone()).is_some() {
                return Err(refused(file, format!("{set}: {member:?} is in two groups")));
            }
        }
        sources.push((name, shared.unwrap_or(0.0)));
    }
    let needs_of = |feature: &str| -> Vec<String> {
        group_of.get(feature).cloned().into_iter().chain([feature.to_owned()]).collect()
    };
    let mut needs = Vec::with_capacity(features.len());
    for feature in features {
        if let Some(parts) = prices.derived_feature.get(feature) {
            needs.push((feature.clone(), parts.iter().flat_map(|part| needs_of(part)).collect()));
        } else {
            sources.push((feature.clone(), prices.own(file, feature)?));
            needs.push((feature.clone(), needs_of(feature)));
        }
    }
    let sheet = PriceSheet { sources, features: needs };
    sheet.check(file)?;
    Ok(sheet)
}

impl Published {
    fn price(&self, file: &str, feature: &str) -> Result<f64> {
        self.full.get(feature).copied().ok_or_else(|| refused(file, format!("it has no price for {feature:?}")))
    }

    /// What the feature costs when the rest of its group is paid.
    fn own(&self, file: &str, feature: &str) -> Result<f64> {
        self.discount.get(feature).copied().map_or_else(|| self.price(file, feature), Ok)
    }
}

/// Differences of prices in whole cents, free of rounding errors.
fn cents(price: f64) -> f64 {
    (price * 100.0).round() / 100.0
}

#[cfg(test)]
impl PriceSheet {
    /// Price of knowing all of `features`: each source is paid once.
    ///
    /// # Errors
    /// [`Error::Prices`] for a feature that the sheet does not have.
    pub(crate) fn price_of(&self, features: &[&str]) -> Result<f64> {
        let mut needed = HashSet::new();
        for &feature in features {
            let found = self.features.iter().find(|(name, _)| name == feature);
            let (_, sources) = found.ok_or_else(|| refused("price sheet", format!("it has no feature {feature:?}")))?;
            needed.extend(sources.iter().map(String::as_str));
        }
        Ok(self.sources.iter().filter(|(name, _)| needed.contains(name.as_str())).map(|(_, price)| price).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"note": "n", "s": {"full": {"a": 7.27, "b": 5.2, "c": 1, "d": 9},
        "discount": {"a": 5.17, "b": 3.1}, "groups_derived": {"A (shared 2.10)": ["a", "b"]},
        "derived_feature": {"d": ["a", "c"]}}}"#;

    fn names() -> Vec<String> {
        ["a", "b", "c", "d"].map(String::from).to_vec()
    }

    #[test]
    fn groups_are_paid_once() {
        let sheet = published(FILE.as_bytes(), "f", "s", &names()).unwrap();
        assert_eq!(sheet.sources[0], ("shared_A".to_owned(), 2.1));
        assert_eq!(sheet.features[3], ("d".to_owned(), ["shared_A", "a", "c"].map(String::from).to_vec()));
        let price = |features: &[&str]| cents(sheet.price_of(features).unwrap());
        assert_eq!(price(&["a"]), 7.27);
        assert_eq!(price(&["b", "a"]), 10.37);
        assert_eq!(price(&["d"]), 8.27);
        assert_eq!(price(&["a", "b", "c", "d"]), 11.37);
        assert_eq!(price(&[]), 0.0);
        assert!(sheet.price_of(&["q"]).unwrap_err().to_string().contains("\"q\""));
    }

    #[test]
    fn contradictions_are_named() {
        let refused = |text: &str, set: &str, features: &[String]| {
            let error = published(text.as_bytes(), "p.json", set, features).unwrap_err();
            assert!(matches!(error, Error::Prices { .. }) && error.to_string().starts_with("p.json"));
            error.to_string()
        };
        assert!(refused("{", "s", &names()).contains("EOF"));
        assert!(refused(FILE, "t", &names()).contains("\"t\""));
        assert!(refused(FILE, "s", &["z".to_owned()]).contains("\"z\""));
        assert!(refused(&FILE.replace("3.1}", "3.2}"), "s", &names()).contains("\"b\""));
        assert!(refused(&FILE.replace("\"c\": 1", "\"c\": -1"), "s", &names()).contains("\"c\""));
        let sheet = PriceSheet { sources: vec![], features: vec![("a".into(), vec!["b".into()])] };
        assert!(sheet.check("p").unwrap_err().to_string().contains("\"b\""));
    }
}
