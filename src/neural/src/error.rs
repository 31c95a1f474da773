//! What can be wrong with a network, or with what it is given.

/// Errors of networks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A tensor that the configuration asks for is not there.
    #[error("weight {name} is missing")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A tensor of another shape.
    #[error("weight {name} has shape {found:?}, expected {expected:?}")]
    Shape {
        /// Its name.
        name: String,
        /// As the configuration and the other weights have it.
        expected: Vec<usize>,
        /// As it is.
        found: Vec<usize>,
    },
    /// A tensor holds an infinity or no number.
    #[error("weight {name} is not finite at {index}")]
    NotFinite {
        /// Its name.
        name: String,
        /// Row-major place.
        index: usize,
    },
    /// A configuration that makes no network.
    #[error("configuration: {what}")]
    Config {
        /// Field and value.
        what: String,
    },
    /// Inputs of another kind than the network takes.
    #[error("the network takes {expected}, got {found}")]
    Kind {
        /// What it takes.
        expected: &'static str,
        /// What it got.
        found: &'static str,
    },
    /// An input of another size.
    #[error("input: {what} is {found}, expected {expected}")]
    Size {
        /// Which size.
        what: &'static str,
        /// As the network has it.
        expected: usize,
        /// As given.
        found: usize,
    },
    /// A token outside the vocabulary.
    #[error("input {row}, position {position}: token {token}, but the vocabulary has {vocabulary}")]
    Token {
        /// Row of the batch.
        row: usize,
        /// Place in the row.
        position: usize,
        /// The token.
        token: u32,
        /// Size of the vocabulary.
        vocabulary: usize,
    },
    /// A label outside the classes.
    #[error("label {label} at {row}, but there are {classes} classes")]
    Label {
        /// Row of the logits.
        row: usize,
        /// The label.
        label: u32,
        /// Number of classes.
        classes: usize,
    },
    /// Training went to infinity.
    #[error("the loss is not finite at step {step}: a smaller learning rate may help")]
    Diverged {
        /// Counted from 0.
        step: usize,
    },
}
