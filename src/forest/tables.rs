//! From the tables and price sheets of `secateur-datasets`.

use secateur_datasets::{PriceSheet, Table};

use super::examples::{ExampleError, Examples};
use super::price_spec::{PriceEntry, PriceSpec};
use super::target::Target;

impl<'a> Target<'a> {
    /// The answers of a table; `None` if it has none.
    pub fn of_table(table: &'a Table) -> Option<Self> {
        match &table.target {
            secateur_datasets::Target::Classes { labels, names } => {
                Some(Target::Classes { labels, n_classes: names.len() })
            }
            secateur_datasets::Target::Values(values) => Some(Target::Values(values)),
            secateur_datasets::Target::None => None,
        }
    }
}

impl<'a> Examples<'a> {
    /// The rows of a table, with its answers if it has any, each of weight one.
    ///
    /// # Errors
    /// As [`Examples::new`].
    pub fn of_table(table: &'a Table) -> Result<Self, ExampleError> {
        match Target::of_table(table) {
            Some(target) => Examples::new(table.features.view(), target, None),
            None => Examples::unlabelled(table.features.view(), None),
        }
    }
}

impl From<&PriceSheet> for PriceSpec {
    /// The same prices per example, and the same needs.
    fn from(sheet: &PriceSheet) -> Self {
        let source = |(name, price): &(String, f64)| (name.clone(), PriceEntry::Plain(*price));
        PriceSpec {
            sources: sheet.sources.iter().map(source).collect(),
            features: sheet.features.iter().cloned().collect(),
            ..PriceSpec::default()
        }
    }
}
