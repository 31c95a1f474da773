//! From the tables of `secateur-datasets`.

use secateur_datasets::Table;

use super::examples::{ExampleError, Examples};
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
