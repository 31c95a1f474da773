//! Steps of training per second on a device, and memory: of a network's weights, of MaskLLM's masks (decoder), of S2HPruner's widths (convolutions).
//!
//! Batches are random: what a step costs does not depend on what is learned. Before any time is taken, the losses of the first steps are compared with the
//! processor's. Methods are timed in turn, several rounds; a round of "weights" also copies them to the device and back.

#![allow(clippy::print_stdout, reason = "prints its measurements")]

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::Backend;
use clap::Parser;
use ndarray::Array4;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur::neural::methods::mask_llm::{MaskLearner, MaskOptions};
use secateur::neural::methods::obs::Sparsity;
use secateur::neural::methods::s2h::{S2hOptions, WidthLearner};
use secateur::neural::score::{BackEnd, Kernels, Work};
use secateur::neural::units::blocks;
use secateur::neural::{
    Batch, BlockConfig, Config, ConvnetConfig, DecoderConfig, Inputs, Network, TrainOptions, random_windows, train,
};
use secateur_cli::measure::peak_mib;
use secateur_program::Control;
use serde::Serialize;

use crate::scores::timed::median;
use crate::scores::{positive, write_measured};
use crate::workloads::Failure;
use crate::{device, markdown};

/// What is timed; the first two on the decoder, the others on convolutions.
const METHODS: [&str; 4] = ["decoder, weights", "decoder, MaskLLM", "convolutions, weights", "convolutions, S2HPruner"];
/// Steps whose losses are compared with the processor's.
const COMPARED: usize = 2;
/// By how much losses may differ, of the larger: products on tensor cores round factors to 10 bits.
const APART: f64 = 1e-2;
const SEED: u64 = 1;

/// Times steps of training on a device.
#[derive(Debug, Clone, Parser, Serialize)]
#[command(name = "steps")]
pub struct Arguments {
    /// cpu, wgpu or cuda.
    #[arg(long, default_value = "cpu", value_parser = |name: &str| name.parse::<BackEnd>().map(|back_end| back_end.name().to_owned()))]
    device: String,
    /// Channels of the decoder; its heads have 32.
    #[arg(long, default_value_t = 256, value_parser = positive)]
    hidden: usize,
    /// Blocks of the decoder.
    #[arg(long, default_value_t = 4, value_parser = positive)]
    layers: usize,
    /// Windows of a batch, of 64 tokens each; images of a batch, of 32 x 32 pixels.
    #[arg(long, default_value_t = 32, value_parser = positive)]
    batch: usize,
    /// Channels of the convolutions' first block.
    #[arg(long, default_value_t = 32, value_parser = positive)]
    width: usize,
    /// Steps of a round.
    #[arg(long, default_value_t = 5, value_parser = positive)]
    steps: usize,
    /// Rounds, after one that is not counted: kernels are compiled then.
    #[arg(long, default_value_t = 5, value_parser = positive)]
    rounds: usize,
    /// Only this method: memory is that of the process so far, so alone it is the method's own [default: all].
    #[arg(long, value_parser = METHODS)]
    method: Option<String>,
    /// Also written here, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// What was timed.
    pub name: &'static str,
    /// Median over rounds.
    pub steps_per_second: f64,
    /// Of the process after its first round: the most so far (processor), or what the card says is in use (CUDA).
    pub mebibytes: Option<f64>,
}

/// Compares, times, prints.
///
/// # Errors
/// When the device cannot be opened, a loss is not the processor's, or the file cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let back_end: BackEnd = arguments.device.parse()?;
    let (name, rows) = device::open(back_end, Measured { arguments, back_end })??;
    println!(
        "{name}: decoder of {} layers of {} channels, convolutions from {} channels, batches of {}; {} rounds of {} steps, medians\n",
        arguments.layers, arguments.hidden, arguments.width, arguments.batch, arguments.rounds, arguments.steps
    );
    let cells = |row: &Row| {
        let memory = row.mebibytes.map_or_else(|| "-".to_owned(), |mebibytes| format!("{mebibytes:.0}"));
        vec![row.name.to_owned(), format!("{:.2}", row.steps_per_second), memory]
    };
    print!("{}", markdown(&["steps of", "per second", "MiB"], rows.iter().map(cells)));
    write_measured(arguments.json.as_deref(), arguments, &name, &rows)
}

struct Measured<'a> {
    arguments: &'a Arguments,
    back_end: BackEnd,
}

impl Work for Measured<'_> {
    type Output = Result<(String, Vec<Row>), Failure>;

    fn run<B: Kernels>(self, device: B::Device) -> Self::Output {
        let setup = Setup::new(self.arguments)?;
        let wanted = |name: &&&str| self.arguments.method.as_deref().is_none_or(|only| only == **name);
        let names: Vec<&'static str> = METHODS.iter().filter(wanted).copied().collect();
        let mut sessions = Vec::new();
        for name in &names {
            let found = setup.session::<B>(name, &device)?(COMPARED)?;
            let expected = setup.session::<Flex>(name, &Default::default())?(COMPARED)?;
            assert_eq!([found.len(), expected.len()], [COMPARED; 2], "{name}: steps done");
            for (found, expected) in found.iter().zip(&expected) {
                let apart = (found - expected).abs() / expected.abs().max(found.abs());
                assert!(apart <= APART, "{name}: a loss of {found}, on the processor {expected}");
            }
            sessions.push(setup.session::<B>(name, &device)?);
        }
        let mut rows: Vec<Row> = Vec::new();
        let mut seconds = vec![Vec::with_capacity(self.arguments.rounds); names.len()];
        for round in 0..=self.arguments.rounds {
            for (index, session) in sessions.iter_mut().enumerate() {
                B::sync(&device)?;
                let start = Instant::now();
                let done = session(self.arguments.steps)?.len();
                B::sync(&device)?;
                assert_eq!(done, self.arguments.steps, "{}: steps of a round", names[index]);
                if round > 0 {
                    seconds[index].push(start.elapsed().as_secs_f64() / done as f64);
                } else {
                    let mebibytes = memory(self.back_end);
                    rows.push(Row { name: names[index], steps_per_second: 0.0, mebibytes });
                }
            }
        }
        for (row, seconds) in rows.iter_mut().zip(seconds) {
            row.steps_per_second = 1.0 / median(seconds);
        }
        Ok((B::name(&device), rows))
    }
}

/// Some more steps of a method; the losses of each.
type Session<'a> = Box<dyn FnMut(usize) -> Result<Vec<f64>, Failure> + 'a>;

struct Setup {
    decoder: Network,
    convnet: Network,
    tokens: Vec<u32>,
    batch: usize,
    /// Steps that no session comes to the end of.
    training: TrainOptions,
}

impl Setup {
    fn new(arguments: &Arguments) -> Result<Self, Failure> {
        let heads = arguments.hidden.div_ceil(64) * 2;
        let decoder = Config::Decoder(DecoderConfig {
            vocab_size: 256,
            hidden_size: arguments.hidden,
            intermediate_size: 3 * arguments.hidden,
            num_hidden_layers: arguments.layers,
            num_attention_heads: heads,
            num_key_value_heads: Some(heads / 2),
            head_dim: Some(32),
            max_position_embeddings: 64,
            rms_norm_eps: 1e-6,
            rope_theta: 10_000.0,
            tie_word_embeddings: true,
            kv_of_query: None,
        });
        let block = |times: usize, stride| BlockConfig {
            expanded: 4 * times * arguments.width,
            width: times * arguments.width,
            stride,
        };
        let convnet = Config::Convnet(ConvnetConfig {
            in_channels: 3,
            image_size: 32,
            stem: arguments.width,
            blocks: vec![block(1, 1), block(2, 2), block(2, 1), block(4, 2)],
            num_labels: 10,
        });
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        Ok(Self {
            decoder: Network::random(decoder, SEED)?,
            convnet: Network::random(convnet, SEED)?,
            tokens: (0..1 << 16).map(|_| rng.random_range(0..256)).collect(),
            batch: arguments.batch,
            training: TrainOptions { steps: COMPARED + arguments.steps * (arguments.rounds + 1), ..Default::default() },
        })
    }

    /// A method before its first step.
    fn session<'a, B: Backend>(&'a self, name: &str, device: &'a B::Device) -> Result<Session<'a>, Failure> {
        let control = Control::new();
        let windows = |step| random_windows(&self.tokens, self.batch, 64, SEED, step);
        let images = |step| self.images(step);
        Ok(match name {
            "decoder, weights" => Box::new(move |steps| self.trained::<B>(&self.decoder, windows, steps, device)),
            "decoder, MaskLLM" => {
                let maps = blocks(&self.decoder).into_iter().flat_map(|block| block.linears);
                let patterns = maps.map(|map| (map, Sparsity::Pattern { n: 2, m: 4 })).collect();
                let options = MaskOptions::default();
                let training = TrainOptions { steps: self.training.steps, ..options.training };
                let options = MaskOptions { training, ..options };
                let mut learner = MaskLearner::<Autodiff<B>>::new(&self.decoder, &patterns, None, options, device)?;
                Box::new(move |steps| Ok(learner.run(steps, windows, &control)?.0))
            }
            "convolutions, weights" => Box::new(move |steps| self.trained::<B>(&self.convnet, images, steps, device)),
            _ => {
                let options = S2hOptions { training: self.training.clone(), ..S2hOptions::default() };
                let mut learner = WidthLearner::<Autodiff<B>>::new(&self.convnet, options, device)?;
                Box::new(move |steps| {
                    Ok(learner.run(steps, images, &control)?.0.into_iter().map(|loss| loss.task).collect())
                })
            }
        })
    }

    fn trained<B: Backend>(
        &self,
        network: &Network,
        batch: impl FnMut(usize) -> Batch,
        steps: usize,
        device: &B::Device,
    ) -> Result<Vec<f64>, Failure> {
        let options = TrainOptions { steps, ..self.training.clone() };
        Ok(train::<Autodiff<B>>(network, batch, &options, device, &Control::new())?.losses)
    }

    fn images(&self, step: usize) -> Batch {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        rng.set_stream(step as u64 + 1);
        let pixels = Array4::from_shape_simple_fn((self.batch, 3, 32, 32), || rng.random_range(-1.0f32..1.0));
        Batch { inputs: Inputs::Images(pixels), labels: (0..self.batch).map(|_| rng.random_range(0..10)).collect() }
    }
}

/// MiB in use: the most that the process ever had (Linux), or all of the first card.
fn memory(back_end: BackEnd) -> Option<f64> {
    match back_end {
        BackEnd::Cpu => peak_mib(),
        BackEnd::Cuda => {
            let query = ["--query-gpu=memory.used", "--format=csv,noheader,nounits"];
            let told = Command::new("nvidia-smi").args(query).output().ok()?;
            String::from_utf8(told.stdout).ok()?.lines().next()?.trim().parse().ok()
        }
        _ => None,
    }
}
