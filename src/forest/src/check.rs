//! Whether data fit a forest.

use secateur_datasets::{DataError, DatasetView, TargetView};

use super::model::{Forest, Task};

impl Forest {
    /// Checks that the forest can read these rows, and that their targets, if there are any, are of its kind.
    ///
    /// # Errors
    /// [`DataError`].
    pub fn check(&self, data: DatasetView<'_>) -> Result<(), DataError> {
        if data.x().ncols() != self.n_features() {
            return Err(DataError::Width { found: data.x().ncols(), expected: self.n_features() });
        }
        match (self.task(), data.target()) {
            (Task::Classification { classes }, Some(TargetView::Classes { labels, .. })) => {
                let classes = classes.len();
                match labels.iter().position(|label| *label as usize >= classes) {
                    Some(row) => Err(DataError::Class { row, class: labels[row], classes }),
                    None => Ok(()),
                }
            }
            (Task::Classification { .. }, Some(TargetView::Values(_))) => {
                Err(DataError::Kind { expected: "classes", found: "numbers" })
            }
            (Task::Regression, Some(TargetView::Classes { .. })) => {
                Err(DataError::Kind { expected: "numbers", found: "classes" })
            }
            (Task::Regression, Some(TargetView::Values(_))) | (_, None) => Ok(()),
        }
    }
}
