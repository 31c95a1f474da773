//! Tasks: a network small enough to train here, what it is trained on, calibrated on, and judged on.

use std::cmp::Reverse;

use ndarray::{Array4, Axis};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur::neural::{
    Batch, BlockConfig, Config, ConvnetConfig, DecoderConfig, EncoderConfig, Inputs, Network, Tokens, TrainOptions,
    consecutive_windows, padded_rows, random_windows,
};
use secateur_corpora::Catalogue;
use secateur_corpora::manifest::Role;
use secateur_corpora::texts::{Images, Sentence};

use crate::workloads::Failure;

/// Names of tasks.
pub const TASKS: [&str; 3] = ["shakespeare", "sst-2", "mnist"];

/// Photographs, which the curves leave out: the network takes long to train.
pub const CIFAR: &str = "cifar-10";

/// Tokens of a window of text.
const WINDOW: usize = 64;
/// Most tokens of a sentence, the first of which stands for the whole.
const SENTENCE: usize = 48;
/// Pieces of sentences.
const PIECES: usize = 2000;

/// What is learned, and what is measured on.
pub struct Task {
    /// One of [`TASKS`], or [`CIFAR`].
    pub name: &'static str,
    /// The network before training.
    pub config: Config,
    /// How it is trained.
    pub options: TrainOptions,
    /// What turns text into tokens, for texts.
    pub tokens: Option<Tokens>,
    /// What scores are computed on: a part of the training data.
    pub calibration: Vec<Batch>,
    /// What rises of the loss are measured on, of the same data. A batch of text predicts thousands of tokens; a sentence or a picture is a single
    /// prediction, and all of them are few.
    pub rises: Vec<Batch>,
    /// What choices between candidates are made on.
    pub valid: Vec<Batch>,
    /// What is reported.
    pub test: Vec<Batch>,
    /// Loss of the simplest model that learns anything: bigrams of bytes, the most frequent class.
    pub baseline: f64,
    source: Source,
}

enum Source {
    Text(Vec<u32>),
    Sentences {
        rows: Vec<Vec<u32>>,
        labels: Vec<u32>,
    },
    Digits {
        pixels: Array4<f32>,
        labels: Vec<u32>,
    },
    /// As bytes: a quarter of the memory.
    Photographs {
        pixels: Array4<u8>,
        labels: Vec<u32>,
    },
}

impl Task {
    /// Reads the data of a task.
    ///
    /// # Errors
    /// When the data are not there.
    pub fn open(name: &str, data: &Catalogue) -> Result<Self, Failure> {
        match name {
            "shakespeare" => shakespeare(data),
            "sst-2" => sst2(data),
            "mnist" => mnist(data),
            CIFAR => cifar(data),
            _ => Err(format!("the tasks are {}", TASKS.join(", ")).into()),
        }
    }

    /// A network of this task before training.
    ///
    /// # Errors
    /// Never, for the configurations here.
    pub fn network(&self, seed: u64) -> Result<Network, Failure> {
        Ok(Network::random(self.config.clone(), seed)?)
    }

    /// The batch of a step of training.
    pub fn batch(&self, seed: u64, step: usize) -> Batch {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(step as u64 + 1);
        let mut draw = |n: usize| rng.random_range(0..n);
        match &self.source {
            Source::Text(tokens) => random_windows(tokens, 16, WINDOW, seed, step),
            Source::Sentences { rows, labels } => {
                let chosen: Vec<usize> = (0..32).map(|_| draw(rows.len())).collect();
                let rows: Vec<&[u32]> = chosen.iter().map(|row| rows[*row].as_slice()).collect();
                padded_rows(&rows, &chosen.iter().map(|row| labels[*row]).collect::<Vec<_>>(), SENTENCE)
            }
            Source::Digits { pixels, labels } => {
                let chosen: Vec<usize> = (0..64).map(|_| draw(labels.len())).collect();
                images(pixels, labels, &chosen)
            }
            Source::Photographs { pixels, labels } => {
                let chosen: Vec<usize> = (0..64).map(|_| draw(labels.len())).collect();
                photographs(pixels, labels, &chosen)
            }
        }
    }
}

fn shakespeare(data: &Catalogue) -> Result<Task, Failure> {
    let tokens = Tokens::Bytes.encode(&data.text("tinyshakespeare")?)?;
    // Nine tenths to train on; of the rest the first half to choose on, the second to report.
    let (train, held_out) = tokens.split_at(tokens.len() * 9 / 10);
    let (valid, test) = held_out.split_at(held_out.len() / 2);
    let config = Config::Decoder(DecoderConfig {
        vocab_size: 256,
        hidden_size: 128,
        intermediate_size: 384,
        num_hidden_layers: 4,
        num_attention_heads: 8,
        num_key_value_heads: Some(4),
        head_dim: Some(16),
        max_position_embeddings: WINDOW,
        rms_norm_eps: 1e-6,
        rope_theta: 10_000.0,
        tie_word_embeddings: true,
        kv_of_query: None,
    });
    let calibration = consecutive_windows(&train[..32 * WINDOW * 2 + 1], 32, WINDOW);
    Ok(Task {
        name: "shakespeare",
        config,
        options: TrainOptions { steps: 800, learning_rate: 5e-3, ..TrainOptions::default() },
        tokens: Some(Tokens::Bytes),
        rises: calibration[..1].to_vec(),
        calibration,
        valid: consecutive_windows(&valid[..32 * WINDOW * 4 + 1], 32, WINDOW),
        test: consecutive_windows(&test[..32 * WINDOW * 10 + 1], 32, WINDOW),
        baseline: bigrams(train, test),
        source: Source::Text(train.to_vec()),
    })
}

/// Cross-entropy of a model of bigrams with add-one counts, in nats per byte.
fn bigrams(train: &[u32], test: &[u32]) -> f64 {
    let mut counts = vec![[0u32; 256]; 256];
    let mut seen = [false; 256];
    for pair in train.windows(2) {
        counts[pair[0] as usize][pair[1] as usize] += 1;
        seen[pair[0] as usize] = true;
    }
    let n_seen = seen.iter().filter(|seen| **seen).count() as f64;
    let of_pair = |pair: &[u32]| {
        let row = &counts[pair[0] as usize];
        let total: u32 = row.iter().sum();
        -((f64::from(row[pair[1] as usize]) + 1.0) / (f64::from(total) + n_seen)).ln()
    };
    test.windows(2).map(of_pair).sum::<f64>() / (test.len() - 1) as f64
}

fn sst2(data: &Catalogue) -> Result<Task, Failure> {
    let train = data.sentences("sst-2", Role::Train)?;
    let held_out = data.sentences("sst-2", Role::Valid)?;
    let all: Vec<&str> = train.iter().map(|sentence| sentence.text.as_str()).collect();
    let tokens = Tokens::byte_pairs(&all.join("\n"), PIECES)?;
    // One more token stands first; the classifier looks there.
    let first = tokens.vocabulary() as u32;
    let row = |sentence: &Sentence| -> Result<Vec<u32>, Failure> {
        Ok(std::iter::once(first).chain(tokens.encode(&sentence.text)?).take(SENTENCE).collect())
    };
    let rows = |sentences: &[Sentence]| sentences.iter().map(row).collect::<Result<Vec<_>, _>>();
    let labels = |sentences: &[Sentence]| -> Vec<u32> { sentences.iter().map(|s| s.label).collect() };
    let batches = |sentences: &[Sentence]| -> Result<Vec<Batch>, Failure> {
        let (rows, labels) = (rows(sentences)?, labels(sentences));
        let of = |(rows, labels): (&[Vec<u32>], &[u32])| {
            padded_rows(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>(), labels, SENTENCE)
        };
        Ok(rows.chunks(64).zip(labels.chunks(64)).map(of).collect())
    };
    // The file is in no order that matters, but shuffled all the same.
    let mut shuffled = held_out;
    shuffled.shuffle(&mut ChaCha8Rng::seed_from_u64(0));
    let (valid, test) = shuffled.split_at(shuffled.len() / 3);
    // Long ones first, like lengths in one batch: less padding.
    let by_length = |sentences: &[Sentence]| {
        let mut sorted = sentences.to_vec();
        sorted.sort_by_key(|sentence| Reverse(sentence.text.len()));
        sorted
    };
    let config = Config::Encoder(EncoderConfig {
        vocab_size: first as usize + 1,
        hidden_size: 64,
        intermediate_size: 128,
        num_hidden_layers: 4,
        num_attention_heads: 8,
        head_dim: Some(8),
        max_position_embeddings: SENTENCE,
        type_vocab_size: 2,
        layer_norm_eps: 1e-6,
        num_labels: 2,
    });
    let positive = test.iter().filter(|sentence| sentence.label == 1).count() as f64 / test.len() as f64;
    Ok(Task {
        name: "sst-2",
        config,
        options: TrainOptions { steps: 700, learning_rate: 1e-3, weight_decay: 1.0, ..TrainOptions::default() },
        calibration: batches(&train[..512])?,
        rises: batches(&by_length(&train[..512]))?,
        valid: batches(&by_length(valid))?,
        test: batches(&by_length(test))?,
        baseline: -(positive * positive.ln() + (1.0 - positive) * (1.0 - positive).ln()),
        source: Source::Sentences { rows: rows(&train)?, labels: labels(&train) },
        tokens: Some(tokens),
    })
}

fn mnist(data: &Catalogue) -> Result<Task, Failure> {
    let (train, test) = (digits(data.digits(Role::Train)?), digits(data.digits(Role::Test)?));
    let batches = |source: &(Array4<f32>, Vec<u32>), places: std::ops::Range<usize>| -> Vec<Batch> {
        let places: Vec<usize> = places.collect();
        places.chunks(256).map(|chosen| images(&source.0, &source.1, chosen)).collect()
    };
    let block = |expanded, width, stride| BlockConfig { expanded, width, stride };
    let config = Config::Convnet(ConvnetConfig {
        in_channels: 1,
        image_size: 28,
        stem: 16,
        blocks: vec![block(48, 24, 1), block(72, 32, 2), block(96, 32, 1), block(96, 48, 2)],
        num_labels: 10,
    });
    // The last 5,000 digits to train on choose.
    let n = train.1.len() - 5000;
    Ok(Task {
        name: "mnist",
        config,
        options: TrainOptions { steps: 2500, learning_rate: 4e-3, weight_decay: 0.05, ..TrainOptions::default() },
        tokens: None,
        rises: batches(&train, 0..512),
        calibration: batches(&train, 0..512),
        valid: batches(&train, n..n + 5000),
        test: batches(&test, 0..test.1.len()),
        baseline: 10f64.ln(),
        source: Source::Digits {
            pixels: train.0.select(Axis(0), &(0..n).collect::<Vec<_>>()),
            labels: train.1[..n].to_vec(),
        },
    })
}

fn cifar(data: &Catalogue) -> Result<Task, Failure> {
    let (train, test) = (data.cifar10(Role::Train)?, data.cifar10(Role::Test)?);
    // Files come class after class.
    let mut order: Vec<usize> = (0..train.labels.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(0));
    // Of the pictures to train on the last 5,000 of this order choose.
    let (train_on, choose) = order.split_at(order.len() - 5000);
    let labels = |own: &[u8]| -> Vec<u32> { own.iter().copied().map(u32::from).collect() };
    let (train_labels, test_labels) = (labels(&train.labels), labels(&test.labels));
    let batches = |chosen: &[usize], pixels: &Array4<u8>, labels: &[u32]| -> Vec<Batch> {
        chosen.chunks(256).map(|chosen| photographs(pixels, labels, chosen)).collect()
    };
    let block = |expanded, width, stride| BlockConfig { expanded, width, stride };
    let config = Config::Convnet(ConvnetConfig {
        in_channels: 3,
        image_size: 32,
        stem: 16,
        blocks: vec![block(64, 24, 1), block(96, 32, 2), block(128, 32, 1), block(128, 64, 2), block(256, 64, 1)],
        num_labels: 10,
    });
    Ok(Task {
        name: CIFAR,
        config,
        options: TrainOptions { steps: 4000, learning_rate: 4e-3, weight_decay: 0.05, ..TrainOptions::default() },
        tokens: None,
        rises: batches(&train_on[..512], &train.pixels, &train_labels),
        calibration: batches(&train_on[..512], &train.pixels, &train_labels),
        valid: batches(choose, &train.pixels, &train_labels),
        test: batches(&(0..test_labels.len()).collect::<Vec<_>>(), &test.pixels, &test_labels),
        baseline: 10f64.ln(),
        source: Source::Photographs {
            pixels: train.pixels.select(Axis(0), train_on),
            labels: train_on.iter().map(|picture| train_labels[*picture]).collect(),
        },
    })
}

/// Pixels with mean about 0 and deviation about 1 in every channel.
fn photographs(pixels: &Array4<u8>, labels: &[u32], chosen: &[usize]) -> Batch {
    const MEAN: [f32; 3] = [0.491, 0.482, 0.447];
    const DEVIATION: [f32; 3] = [0.247, 0.243, 0.262];
    let (_, channels, rows, columns) = pixels.dim();
    let pixels = Array4::from_shape_fn((chosen.len(), channels, rows, columns), |(image, channel, row, column)| {
        let value = f32::from(pixels[[chosen[image], channel, row, column]]) / 255.0;
        (value - MEAN[channel]) / DEVIATION[channel]
    });
    Batch { inputs: Inputs::Images(pixels), labels: chosen.iter().map(|image| labels[*image]).collect() }
}

/// Pixels with mean about 0 and deviation about 1.
fn digits(images: Images) -> (Array4<f32>, Vec<u32>) {
    let pixels = images.pixels.mapv(|value| (f32::from(value) / 255.0 - 0.13) / 0.31).insert_axis(Axis(1));
    (pixels, images.labels.into_iter().map(u32::from).collect())
}

fn images(pixels: &Array4<f32>, labels: &[u32], chosen: &[usize]) -> Batch {
    let labels = chosen.iter().map(|image| labels[*image]).collect();
    Batch { inputs: Inputs::Images(pixels.select(Axis(0), chosen)), labels }
}
