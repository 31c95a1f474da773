//! What a forest is trained on or measured against.

/// True answers of a set of examples, one per row, with optional weights per example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target<'a> {
    /// Class indices in `0..n_classes`.
    Classes {
        /// One class per example.
        labels: &'a [u32],
        /// Number of classes.
        n_classes: usize,
    },
    /// Numbers to regress on.
    Values(&'a [f64]),
}

impl Target<'_> {
    /// Number of examples.
    pub fn len(&self) -> usize {
        match self {
            Target::Classes { labels, .. } => labels.len(),
            Target::Values(values) => values.len(),
        }
    }

    /// Whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
