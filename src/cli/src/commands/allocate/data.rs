//! Text for networks: rows of tokens to measure on.

use std::path::Path;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use secateur_methods::pipeline::Sets;
use secateur_neural::{Batch, Config, Network, Tokens, consecutive_windows, padded_rows, random_windows};

use super::Allocate;
use crate::commands::failure::Failure;
use crate::commands::files::read_text;

/// Rows in one pass.
const BATCH: usize = 16;
/// Most rows that candidates are compared on.
const VALID: usize = 256;
/// Tokens of a row unless told otherwise.
const LENGTH: usize = 128;
/// Rows that parts are measured on unless told otherwise: of text, and of sentences with labels.
const ROWS: usize = 64;
const SENTENCES: usize = 512;
/// Part of the text that is held out where there is no other.
const HELD_OUT: usize = 5;

/// Reads the text that the arguments name.
pub(super) fn read(arguments: &Allocate, network: &Network) -> Result<Sets, Failure> {
    let (longest, vocabulary) = match network.config() {
        Config::Decoder(config) => (config.max_position_embeddings, config.vocab_size),
        Config::Encoder(config) => (config.max_position_embeddings, config.vocab_size),
        other => {
            let message = format!("model_type is {}, expected llama or bert", other.model_type());
            return Err(Failure::Input(format!("{}: {message}", arguments.model.display())));
        }
    };
    let length = arguments.seqlen.map_or(LENGTH.min(longest), |length| length as usize);
    if length > longest {
        return Err(Failure::Input(format!("--seqlen {length}: the network takes {longest} tokens at most")));
    }
    let tokens = tokenizer(&arguments.model, vocabulary)?;
    let text = read_text(&arguments.text)?;
    let other = arguments.valid.as_ref().map(|path| read_text(path)).transpose()?;
    let rows = |default: usize| arguments.nsamples.map_or(default, |rows| rows as usize);
    let (calibration, n_for_rises, valid) = match network.config() {
        Config::Encoder(config) => {
            let parse = |file: &Path, text: &str| sentences(file, text, &tokens, vocabulary, length, config.num_labels);
            let mut all = parse(&arguments.text, &text)?;
            let valid = match (&arguments.valid, other) {
                (Some(file), Some(text)) => parse(file, &text)?,
                _ => all.split_off(all.len() - (all.len() / HELD_OUT).max(1)),
            };
            all.shuffle(&mut ChaCha8Rng::seed_from_u64(arguments.seed));
            all.truncate(rows(SENTENCES));
            (batches(&all, length), usize::MAX, batches(&valid[..valid.len().min(8 * VALID)], length))
        }
        _ => {
            let mut all = encode(&arguments.text, &text, &tokens)?;
            let valid = match (&arguments.valid, other) {
                (Some(file), Some(text)) => encode(file, &text, &tokens)?,
                _ => all.split_off(all.len() - all.len() / HELD_OUT),
            };
            let short = |file: &Path, tokens: &[u32]| match tokens.len() > length {
                true => Ok(()),
                false => Err(Failure::Input(format!(
                    "{}: {} tokens, expected more than --seqlen {length}",
                    file.display(),
                    tokens.len()
                ))),
            };
            short(&arguments.text, &all)?;
            short(arguments.valid.as_ref().unwrap_or(&arguments.text), &valid)?;
            let rows = rows(ROWS);
            let calibration: Vec<Batch> = (0..rows.div_ceil(BATCH))
                .map(|step| random_windows(&all, BATCH.min(rows - step * BATCH), length, arguments.seed, step))
                .collect();
            let most = valid.len().min(VALID * length + 1);
            (calibration, 1, consecutive_windows(&valid[..most], BATCH, length))
        }
    };
    if calibration.is_empty() || valid.is_empty() {
        return Err(Failure::Input(format!("{}: too little text", arguments.text.display())));
    }
    let n_for_rises = n_for_rises.min(calibration.len());
    Ok(Sets { calibration, n_for_rises, valid, length })
}

/// `tokenizer.json`; without it bytes, where the network has as many tokens as there are bytes.
fn tokenizer(model: &Path, vocabulary: usize) -> Result<Tokens, Failure> {
    let path = model.join("tokenizer.json");
    if path.is_file() {
        return Tokens::load(&path).map_err(Failure::input);
    }
    match vocabulary {
        256 => Ok(Tokens::Bytes),
        _ => Err(Failure::Input(format!(
            "{}: no such file, and a vocabulary of {vocabulary} is not that of bytes",
            path.display()
        ))),
    }
}

fn encode(file: &Path, text: &str, tokens: &Tokens) -> Result<Vec<u32>, Failure> {
    tokens.encode(text).map_err(|error| Failure::in_file(file.display(), error))
}

/// Tokens and the label.
type Row = (Vec<u32>, u32);

/// A table with tabs: a header, then sentence and label. Rows are what the tokenizer's post-processor makes of
/// sentences; where it adds nothing, their first token is the tokenizer's `[CLS]`, or the first one after its
/// vocabulary.
fn sentences(
    file: &Path,
    text: &str,
    tokens: &Tokens,
    vocabulary: usize,
    length: usize,
    labels: usize,
) -> Result<Vec<Row>, Failure> {
    let wrong = |line: usize, what: String| Failure::Input(format!("{}, line {line}: {what}", file.display()));
    let mut lines = text.lines().enumerate();
    let header: Vec<&str> = lines.next().map(|(_, line)| line.split('\t').map(str::trim).collect()).unwrap_or_default();
    let column = |name: &str| {
        header.iter().position(|own| *own == name).ok_or_else(|| {
            wrong(1, format!("no column `{name}`, expected a header with sentence and label, and tabs between"))
        })
    };
    let (sentence, label) = (column("sentence")?, column("label")?);
    let first =
        tokens.id("[CLS]").or_else(|| Some(tokens.vocabulary() as u32).filter(|own| (*own as usize) < vocabulary));
    let mut rows = Vec::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |place: usize| {
            cells.get(place).map(|cell| cell.trim()).ok_or_else(|| wrong(index + 1, format!("{} columns", cells.len())))
        };
        let own = cell(label)?;
        let class = own.parse::<u32>().ok().filter(|class| (*class as usize) < labels);
        let class = class.ok_or_else(|| wrong(index + 1, format!("label `{own}`, expected 0 to {}", labels - 1)))?;
        let failed = |error: secateur_neural::TokenError| wrong(index + 1, error.to_string());
        let text = cell(sentence)?;
        let row: Vec<u32> = match tokens.frames() {
            true => tokens.encode_row(text, length).map_err(failed)?,
            false => first.into_iter().chain(tokens.encode(text).map_err(failed)?).take(length).collect(),
        };
        if row.is_empty() {
            return Err(wrong(index + 1, "no tokens".into()));
        }
        rows.push((row, class));
    }
    if rows.len() < 2 {
        return Err(Failure::Input(format!("{}: {} sentences, expected at least 2", file.display(), rows.len())));
    }
    Ok(rows)
}

fn batches(rows: &[Row], length: usize) -> Vec<Batch> {
    let of = |rows: &[Row]| {
        let tokens: Vec<&[u32]> = rows.iter().map(|(row, _)| row.as_slice()).collect();
        padded_rows(&tokens, &rows.iter().map(|(_, label)| *label).collect::<Vec<_>>(), length)
    };
    rows.chunks(BATCH).map(of).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use secateur_neural::{DecoderConfig, EncoderConfig};

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        allocate: Allocate,
    }

    fn sets(config: Config, text: &str, more: &[&str]) -> Sets {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("text");
        std::fs::write(&file, text).unwrap();
        let line = ["allocate", "--model", "none", "--budget", "0.5", "--text"].map(std::ffi::OsString::from);
        let line = line.into_iter().chain([file.into()]).chain(more.iter().map(Into::into));
        read(&Line::parse_from(line).allocate, &Network::random(config, 1).unwrap()).unwrap()
    }

    #[test]
    fn rises_are_measured_on_every_sentence_and_on_one_batch_of_text() {
        let decoder = Config::Decoder(DecoderConfig {
            vocab_size: 256,
            hidden_size: 8,
            intermediate_size: 8,
            num_hidden_layers: 1,
            num_attention_heads: 2,
            num_key_value_heads: None,
            head_dim: None,
            max_position_embeddings: 16,
            rms_norm_eps: 1e-6,
            rope_theta: 10_000.0,
            tie_word_embeddings: true,
            kv_of_query: None,
        });
        let text = "as many words as are needed for some windows of text; ".repeat(20);
        let of_text = sets(decoder, &text, &[]);
        assert_eq!((of_text.calibration.len() * BATCH, of_text.n_for_rises), (ROWS, 1));

        let encoder = Config::Encoder(EncoderConfig {
            vocab_size: 256,
            hidden_size: 8,
            intermediate_size: 8,
            num_hidden_layers: 1,
            num_attention_heads: 2,
            head_dim: None,
            max_position_embeddings: 16,
            type_vocab_size: 2,
            layer_norm_eps: 1e-6,
            num_labels: 2,
        });
        let table = format!("sentence\tlabel\n{}", "good\t1\nbad\t0\n".repeat(400));
        let of_sentences = sets(encoder.clone(), &table, &[]);
        assert_eq!((of_sentences.calibration.len() * BATCH, of_sentences.n_for_rises), (SENTENCES, SENTENCES / BATCH));
        assert_eq!(sets(encoder, &table, &["--nsamples", "32"]).n_for_rises, 2);
    }
}
