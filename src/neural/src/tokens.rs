//! Text as tokens: bytes, or a tokenizer's pieces.

use std::path::Path;

use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{PostProcessor, Tokenizer, TruncationDirection};

use super::batch::{Batch, Inputs};

/// What turns text into tokens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Tokens {
    /// One token per byte: 256.
    Bytes,
    /// A tokenizer of the `tokenizers` library.
    Pieces(Box<Tokenizer>),
}

/// What goes wrong with tokenizers.
#[derive(Debug, thiserror::Error)]
#[error("tokenizer: {0}")]
pub struct TokenError(String);

impl Tokens {
    /// Reads a `tokenizer.json`. What it says of cutting and filling up is left to [`Tokens::encode_row`] and
    /// [`padded_rows`].
    ///
    /// # Errors
    /// [`TokenError`] if it is not one.
    pub fn load(path: &Path) -> Result<Self, TokenError> {
        let failed = |error: tokenizers::Error| TokenError(format!("{}: {error}", path.display()));
        let mut tokenizer = Tokenizer::from_file(path).map_err(failed)?;
        tokenizer.with_truncation(None).map_err(failed)?;
        tokenizer.with_padding(None);
        Ok(Tokens::Pieces(Box::new(tokenizer)))
    }

    /// Learns byte pairs (Sennrich, Haddow and Birch 2016), bytes as alphabet, so that any text can be told.
    ///
    /// # Errors
    /// [`TokenError`] for a vocabulary below 256.
    pub fn byte_pairs(text: &str, vocabulary: usize) -> Result<Self, TokenError> {
        if vocabulary < 256 {
            return Err(TokenError(format!("a vocabulary of {vocabulary} has no room for 256 bytes")));
        }
        let failed = |error: tokenizers::Error| TokenError(error.to_string());
        let mut tokenizer = Tokenizer::new(BPE::default());
        tokenizer.with_pre_tokenizer(Some(ByteLevel::new(false, true, true)));
        tokenizer.with_decoder(Some(ByteLevel::default()));
        let mut trainer: TrainerWrapper = BpeTrainerBuilder::new()
            .show_progress(false)
            .vocab_size(vocabulary)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .build()
            .into();
        tokenizer.train(&mut trainer, text.lines().map(str::to_owned)).map_err(failed)?;
        Ok(Tokens::Pieces(Box::new(tokenizer)))
    }

    /// How many tokens there are.
    pub fn vocabulary(&self) -> usize {
        match self {
            Tokens::Bytes => 256,
            Tokens::Pieces(tokenizer) => tokenizer.get_vocab_size(true),
        }
    }

    /// The token of a piece that stands for itself, as `[CLS]`; none among bytes.
    pub fn id(&self, piece: &str) -> Option<u32> {
        match self {
            Tokens::Bytes => None,
            Tokens::Pieces(tokenizer) => tokenizer.token_to_id(piece),
        }
    }

    /// Tokens of a text.
    ///
    /// # Errors
    /// [`TokenError`] where the tokenizer fails.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenError> {
        match self {
            Tokens::Bytes => Ok(text.bytes().map(u32::from).collect()),
            Tokens::Pieces(tokenizer) => {
                let encoding = tokenizer.encode_fast(text, false).map_err(|error| TokenError(error.to_string()))?;
                Ok(encoding.get_ids().to_vec())
            }
        }
    }

    /// Whether the tokenizer's own post-processor puts tokens around a text, as `[CLS]` and `[SEP]`.
    pub fn frames(&self) -> bool {
        match self {
            Tokens::Bytes => false,
            Tokens::Pieces(tokenizer) => {
                tokenizer.get_post_processor().is_some_and(|processor| processor.added_tokens(false) > 0)
            }
        }
    }

    /// Tokens of a text as a row for an encoder: with what the tokenizer's post-processor puts around it, the text cut
    /// so that the row has at most `most` tokens.
    ///
    /// # Errors
    /// [`TokenError`] where the tokenizer fails, or has no room for any token of the text.
    pub fn encode_row(&self, text: &str, most: usize) -> Result<Vec<u32>, TokenError> {
        let Tokens::Pieces(tokenizer) = self else {
            let mut row = self.encode(text)?;
            row.truncate(most);
            return Ok(row);
        };
        let failed = |error: tokenizers::Error| TokenError(error.to_string());
        let around = tokenizer.get_post_processor().map_or(0, |processor| processor.added_tokens(false));
        let Some(room) = most.checked_sub(around).filter(|room| *room > 0) else {
            return Err(TokenError(format!("{around} tokens around a text leave no room for it in rows of {most}")));
        };
        let mut encoding = tokenizer.encode(text, false).map_err(failed)?;
        encoding.truncate(room, 0, TruncationDirection::Right);
        Ok(tokenizer.post_process(encoding, None, true).map_err(failed)?.get_ids().to_vec())
    }

    /// Text of tokens; bytes that are no text become the replacement character.
    ///
    /// # Errors
    /// [`TokenError`] where the tokenizer fails.
    pub fn decode(&self, tokens: &[u32]) -> Result<String, TokenError> {
        match self {
            Tokens::Bytes => {
                let bytes: Vec<u8> = tokens.iter().map(|token| *token as u8).collect();
                Ok(String::from_utf8_lossy(&bytes).into_owned())
            }
            Tokens::Pieces(tokenizer) => tokenizer.decode(tokens, false).map_err(|error| TokenError(error.to_string())),
        }
    }

    /// Writes a `tokenizer.json`; bytes need none.
    ///
    /// # Errors
    /// [`TokenError`] for a file that cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), TokenError> {
        let Tokens::Pieces(tokenizer) = self else { return Ok(()) };
        let failed = |error: String| TokenError(format!("{}: {error}", path.display()));
        let text = tokenizer.to_string(true).map_err(|error| failed(error.to_string()))?;
        secateur_files::write_atomically(path, |file| file.write_all(text.as_bytes()))
            .map_err(|error| failed(error.to_string()))
    }
}

/// Random rows of a text, each label the token after.
///
/// # Arguments
/// * `step`: with `seed` says which rows.
/// * `batch`, `length`: rows and tokens per row; `tokens` has more than `length`.
///
/// # Panics
/// If `tokens` is not longer than `length`.
pub fn random_windows(tokens: &[u32], batch: usize, length: usize, seed: u64, step: usize) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(step as u64 + 1);
    let starts: Vec<usize> = (0..batch).map(|_| rng.random_range(0..tokens.len() - length)).collect();
    windows(tokens, &starts, length)
}

/// Windows one after another without overlap, in batches: the usual way to measure perplexity. What does not fill a
/// window is left out.
pub fn consecutive_windows(tokens: &[u32], batch: usize, length: usize) -> Vec<Batch> {
    let starts: Vec<usize> =
        (0..tokens.len().saturating_sub(1) / length.max(1)).map(|window| window * length).collect();
    starts.chunks(batch.max(1)).map(|starts| windows(tokens, starts, length)).collect()
}

/// Rows of different lengths as one batch for an encoder: cut at `most` tokens, filled up with token 0, which lengths
/// tell from text.
///
/// # Arguments
/// * `labels`: one per row.
pub fn padded_rows(rows: &[&[u32]], labels: &[u32], most: usize) -> Batch {
    let lengths: Vec<usize> = rows.iter().map(|row| row.len().min(most)).collect();
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let token = |(row, place): (usize, usize)| rows[row].get(place).copied().filter(|_| place < lengths[row]);
    let tokens = Array2::from_shape_fn((rows.len(), longest), |place| token(place).unwrap_or(0));
    Batch { inputs: Inputs::Tokens { tokens, lengths }, labels: labels.to_vec() }
}

fn windows(tokens: &[u32], starts: &[usize], length: usize) -> Batch {
    let inputs = Array2::from_shape_fn((starts.len(), length), |(row, place)| tokens[starts[row] + place]);
    let labels = starts.iter().flat_map(|start| tokens[start + 1..=start + length].iter().copied()).collect();
    Batch { inputs: Inputs::tokens(inputs), labels }
}
