//! Trains a small language model on a text, prunes it to six tenths of its heads and channels, writes it, and reads it again:
//! `cargo run --release -p secateur-benches --features neural --example network -- [TEXT [DIRECTORY]]`. A few minutes on two cores.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::path::PathBuf;

use secateur::neural::cpu::{self, Cpu};
use secateur::neural::methods::Sharing;
use secateur::neural::methods::allocate::LevelLoss;
use secateur::neural::methods::slimgpt::{HeadChoice, SlimOptions, slim_gpt};
use secateur::neural::methods::structured::{GroupCosts, GroupLevels, GroupOptions};
use secateur::neural::score::{Calibration, OnDevice};
use secateur::neural::units::{CostModel, Units};
use secateur::neural::{
    Checkpoint, Config, DecoderConfig, Network, SaveOptions, Tokens, TrainOptions, consecutive_windows, random_windows,
};
use secateur_program::Control;

/// Tokens of a row.
const LENGTH: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let text = match arguments.next() {
        Some(path) => std::fs::read_to_string(path)?,
        None => [include_str!("../../README.md"), include_str!("../../ARCHITECTURE.md")].concat(),
    };
    let directory = arguments.next().map_or_else(|| std::env::temp_dir().join("secateur-network"), PathBuf::from);
    let tokens = Tokens::Bytes.encode(&text)?;
    let (learned, held_out) = tokens.split_at(tokens.len() * 9 / 10);
    let valid = consecutive_windows(&held_out[..held_out.len().min(16_000)], 16, LENGTH);
    let control = Control::new();

    // A decoder in the style of LLaMA: 8 query heads share 4 key/value heads.
    let config = Config::Decoder(DecoderConfig {
        vocab_size: Tokens::Bytes.vocabulary(),
        hidden_size: 96,
        intermediate_size: 256,
        num_hidden_layers: 3,
        num_attention_heads: 8,
        num_key_value_heads: Some(4),
        head_dim: Some(12),
        max_position_embeddings: LENGTH,
        rms_norm_eps: 1e-6,
        rope_theta: 10_000.0,
        tie_word_embeddings: true,
        kv_of_query: None,
    });
    let options = TrainOptions { steps: 600, learning_rate: 5e-3, ..TrainOptions::default() };
    let mut batch = |step| random_windows(learned, 16, LENGTH, 0, step);
    let trained = cpu::train(&Network::random(config, 1)?, &mut batch, &options, &control)?;
    let network = trained.network;
    let perplexity = |network: &Network| -> Result<f64, Box<dyn Error>> {
        Ok(cpu::evaluate(network, &valid, &control)?.perplexity())
    };
    println!("{} parameters, perplexity per byte {:.3}", network.weights().n_parameters(), perplexity(&network)?);

    // What every number of heads and channels of every layer loses, measured; the best numbers within the budget, exactly.
    let calibration: Vec<_> = (0..8).map(|step| random_windows(learned, 16, LENGTH, 1, step)).collect();
    let scorer = OnDevice::<Cpu>::new(Default::default());
    let inputs = cpu::calibrate(&network, &calibration, &|_| true, &control)?;
    let units = Units::of(&network);
    let costs = GroupCosts::of_units(&units, &CostModel::Parameters.unit_costs(&network, &units), Sharing::default());
    let slim = SlimOptions { heads: HeadChoice::Best, ..SlimOptions::default() };
    let options = GroupOptions { n_levels: 16, loss: LevelLoss::Rise, slim };
    let few = Calibration::<Cpu>::new(&network, &calibration[..2], &control);
    let levels = GroupLevels::measure(&few, &units, &inputs, &costs, &options)?;
    let (shares, choice) = levels.within(&units, 0.6 * costs.total(), &control)?;
    println!("promised: the loss rises by {:.4}, {:?}", choice.loss, choice.status);

    // Taken out layer after layer, what stays makes up for it.
    let slimmed = slim_gpt(&Calibration::<Cpu>::new(&network, &calibration, &control), &shares, &scorer, &slim)?;
    let small = units.prune(&slimmed.network, &slimmed.kept)?;
    println!("{} parameters, perplexity per byte {:.3}", small.weights().n_parameters(), perplexity(&small)?);
    for (index, group) in units.groups().iter().enumerate() {
        println!("{:26} {} of {}", group.name, slimmed.kept.count(index), group.n_units);
    }

    std::fs::create_dir_all(&directory)?;
    Checkpoint::from(small.clone()).save(&directory, &SaveOptions::default())?;
    let again = Checkpoint::load(&directory)?.network;
    assert_eq!(again, small, "what was written is what is read");
    println!("written to {}, read again: the same", directory.display());
    Ok(())
}
