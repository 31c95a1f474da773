//! What networks are run and trained on.

use ndarray::{Array2, Array4};

use super::{Config, NetworkError};

/// Inputs of one pass.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Inputs {
    /// For decoders and encoders.
    Tokens {
        /// Shape (batch, length).
        tokens: Array2<u32>,
        /// Tokens of each row that are no padding; decoders look at no later token and do not need it.
        lengths: Vec<usize>,
    },
    /// For convolutions: shape (batch, channels, rows, columns).
    Images(Array4<f32>),
    /// For dense layers: shape (batch, inputs).
    Rows(Array2<f32>),
}

/// Inputs with labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// What the network is given.
    pub inputs: Inputs,
    /// One label per row of the logits.
    pub labels: Vec<u32>,
}

impl Inputs {
    /// Rows of tokens without padding.
    pub fn tokens(tokens: Array2<u32>) -> Self {
        let lengths = vec![tokens.ncols(); tokens.nrows()];
        Inputs::Tokens { tokens, lengths }
    }

    /// Examples.
    pub fn len(&self) -> usize {
        match self {
            Inputs::Tokens { tokens, .. } => tokens.nrows(),
            Inputs::Images(images) => images.dim().0,
            Inputs::Rows(rows) => rows.nrows(),
        }
    }

    /// Whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows of the logits of a network: tokens for a decoder, else examples.
    pub(super) fn n_logits(&self, config: &Config) -> usize {
        match (self, config) {
            (Inputs::Tokens { tokens, .. }, Config::Decoder(_)) => tokens.len(),
            _ => self.len(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Inputs::Tokens { .. } => "tokens",
            Inputs::Images(_) => "images",
            Inputs::Rows(_) => "rows of numbers",
        }
    }

    /// Whether a network of this configuration takes these inputs.
    ///
    /// # Errors
    /// [`NetworkError`]: inputs of another kind or size, tokens outside the vocabulary.
    pub fn check(&self, config: &Config) -> Result<(), NetworkError> {
        if self.is_empty() {
            return Err(NetworkError::Size { what: "number of examples", expected: 1, found: 0 });
        }
        match (self, config) {
            (Inputs::Tokens { tokens, .. }, Config::Decoder(config)) => {
                check_tokens(tokens, config.vocab_size, config.max_position_embeddings)
            }
            (Inputs::Tokens { tokens, lengths }, Config::Encoder(config)) => {
                check_tokens(tokens, config.vocab_size, config.max_position_embeddings)?;
                size("number of lengths", tokens.nrows(), lengths.len())?;
                match lengths.iter().find(|length| **length == 0 || **length > tokens.ncols()) {
                    Some(length) => size("length of a row", tokens.ncols(), *length),
                    None => Ok(()),
                }
            }
            (Inputs::Images(images), Config::Convnet(config)) => {
                let (_, channels, rows, columns) = images.dim();
                size("number of channels", config.in_channels, channels)?;
                size("number of pixel rows", config.image_size, rows)?;
                size("number of pixel columns", config.image_size, columns)
            }
            (Inputs::Rows(rows), Config::Mlp(config)) => size("number of inputs", config.widths[0], rows.ncols()),
            _ => {
                let expected = match config {
                    Config::Decoder(_) | Config::Encoder(_) => "tokens",
                    Config::Convnet(_) => "images",
                    Config::Mlp(_) => "rows of numbers",
                };
                Err(NetworkError::Kind { expected, found: self.kind() })
            }
        }
    }
}

impl Batch {
    /// Whether a network of this configuration takes the inputs, and has a class for every label.
    ///
    /// # Errors
    /// [`NetworkError`]: inputs as in [`Inputs::check`], another number of labels, labels outside the classes.
    pub fn check(&self, config: &Config) -> Result<(), NetworkError> {
        self.inputs.check(config)?;
        size("number of labels", self.inputs.n_logits(config), self.labels.len())?;
        let classes = config.n_classes();
        match self.labels.iter().position(|label| *label as usize >= classes) {
            Some(row) => Err(NetworkError::Label { row, label: self.labels[row], classes }),
            None => Ok(()),
        }
    }
}

fn size(what: &'static str, expected: usize, found: usize) -> Result<(), NetworkError> {
    if expected == found { Ok(()) } else { Err(NetworkError::Size { what, expected, found }) }
}

fn check_tokens(tokens: &Array2<u32>, vocabulary: usize, longest: usize) -> Result<(), NetworkError> {
    if tokens.ncols() == 0 || tokens.ncols() > longest {
        return Err(NetworkError::Size { what: "length of a row", expected: longest, found: tokens.ncols() });
    }
    match tokens.indexed_iter().find(|(_, token)| **token as usize >= vocabulary) {
        Some(((row, position), token)) => Err(NetworkError::Token { row, position, token: *token, vocabulary }),
        None => Ok(()),
    }
}
