//! DEPrune measured on the network of digits: quality before and after fine-tuning, and seconds of the pruned parts and of the whole network, computed without what
//! went. Beside the paper's three: the exact choice of tiles at the number of tiles of DEPrune-BH, 2:4 on projections, and whole channels at the same share.
//!
//! Seconds of all methods of a share are measured in turn. Logits of the compact network are asserted to be those of the masked one before anything is told.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "prints its measurements as they come")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::Tensor;
use clap::{Parser, Subcommand};
use ndarray::{Array2, Axis};
use secateur::neural::latency::in_turn;
use secateur::neural::methods::deprune::{
    Compact, Fractions, PartSeconds, Plan, SecondsTables, SeparableLayer, TileCost, Tiles, Variant, exact_tiles,
    measure_seconds, part_seconds, prune, separable_layers,
};
use secateur::neural::units::{UnitKind, Units};
use secateur::neural::{Batch, Inputs, Network, Quality, TrainOptions, Untouched, cpu};
use secateur_corpora::Catalogue;
use secateur_program::Control;
use serde::{Deserialize, Serialize};

use crate::curves::outcome::Evaluation;
use crate::curves::tasks::Task;
use crate::curves::trained::{Cpu, judge, trained};
use crate::decisions::commands::{Seeds, seeds};
use crate::decisions::statistics::Mean;
use crate::lines::{append, read, read_all};
use crate::markdown;
use crate::workloads::Failure;

/// Fractions of the depthwise weights that go, of the filters half.
const COLUMNS: [f64; 2] = [0.5, 0.75];
const FILTERS: f64 = 0.5;
/// The paper's tile for columns. Projections here have 24 to 48 filters: a tile of 32 would leave nothing to choose.
const TILES: Tiles = Tiles { columns: 32, filters: 8 };
/// Images of a measured pass.
const BATCH: usize = 32;

/// DEPrune on digits.
#[derive(Debug, Parser)]
#[command(name = "deprune")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prunes, fine-tunes, measures; appends to a file. A seed that is in the file is not run again.
    Run {
        /// One seed, or first..last, the last included.
        #[arg(long, default_value = "1..3", value_parser = seeds)]
        seeds: Seeds,
        /// Folder of trained networks, that of `curves`.
        #[arg(long)]
        models: PathBuf,
        /// File of results, one JSON object a line.
        #[arg(long)]
        out: PathBuf,
        /// Steps of fine-tuning.
        #[arg(long, default_value_t = 400)]
        steps: usize,
        /// Passes that a time is the median of.
        #[arg(long, default_value_t = 15)]
        repetitions: usize,
    },
    /// A table in Markdown, means over seeds.
    Table {
        /// Files of results.
        #[arg(required = true)]
        results: Vec<PathBuf>,
    },
}

/// A pruned network, judged and timed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Seed of the network.
    pub seed: u64,
    /// Name of the method.
    pub method: String,
    /// Share of depthwise weights that shall go.
    pub share: f64,
    /// Share of depthwise weights that went.
    pub columns_gone: f64,
    /// Share of filters that went.
    pub filters_gone: f64,
    /// Numbers in the weights that are not zero.
    pub parameters: usize,
    /// Test data, before fine-tuning.
    pub pruned: Evaluation,
    /// Test data, after fine-tuning.
    pub tuned: Evaluation,
    /// Seconds of the lowered depthwise convolutions and of the projections; none where the method is not lowered.
    pub parts: Option<(f64, f64)>,
    /// Seconds of a pass through the whole network.
    pub seconds: f64,
    /// Seconds of the same pass through the unpruned network as it is, not lowered.
    pub seconds_dense: f64,
}

/// Runs a command.
///
/// # Errors
/// When data are missing, a method fails, or files cannot be read or written.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Command::Run { seeds, models, out, steps, repetitions } => {
            let task = Task::open("mnist", &Catalogue::from_env()?)?;
            for seed in &seeds.0 {
                if !read::<Record>(&out)?.iter().any(|own| own.seed == *seed) {
                    append(&out, &measure(&task, *seed, &models, steps, repetitions)?)?;
                }
            }
            Ok(())
        }
        Command::Table { results } => {
            print!("{}", table(&read_all(&results)?));
            Ok(())
        }
    }
}

/// What a method makes of the network.
enum Pruned {
    /// Columns and filters.
    Plan(Plan),
    /// Other weights at zero: computed as before.
    Masked(BTreeMap<String, Array2<bool>>),
    /// Whole channels: a smaller network.
    Smaller(Network),
}

/// All methods on the network of a seed.
fn measure(task: &Task, seed: u64, models: &Path, steps: usize, repetitions: usize) -> Result<Vec<Record>, Failure> {
    let (device, control) = (Default::default(), Control::new());
    let network = trained(task, seed, models)?;
    let tables = measure_seconds::<Cpu>(&network, TILES, BATCH, repetitions, &device, &control)?;
    let inputs = first_images(&task.test[0]);
    let mut records = Vec::new();
    for (index, share) in COLUMNS.into_iter().enumerate() {
        let gone = Fractions { columns: share, filters: FILTERS };
        let mut methods = plans(&network, gone, &tables)?;
        if index == 0 {
            methods.insert(0, ("whole, lowered".into(), Pruned::Plan(Plan::whole(&network)?)));
            methods.push(("2:4 of projections".into(), Pruned::Masked(two_of_four(&network)?)));
        }
        methods.push(("channels".into(), Pruned::Smaller(fewer_channels(&network, share)?)));
        let mut found = Vec::new();
        for (method, pruned) in methods {
            let start = Instant::now();
            let record = judged(task, seed, &network, (method, &pruned), share, steps)?;
            eprintln!(
                "{}, {share}: {:.4} -> {:.4} in {:.0} s",
                record.0.method,
                record.0.pruned.accuracy,
                record.0.tuned.accuracy,
                start.elapsed().as_secs_f64()
            );
            found.push((record.0, record.1, pruned));
        }
        timed(&network, &mut found, &inputs, repetitions)?;
        records.extend(found.into_iter().map(|(record, ..)| record));
    }
    Ok(records)
}

/// The paper's three, and the exact choice.
fn plans(network: &Network, gone: Fractions, tables: &SecondsTables) -> Result<Vec<(String, Pruned)>, Failure> {
    let recalibrated = prune(network, gone, Variant::Recalibrated { tiles: TILES, seconds: tables })?;
    let exact = exact_tiles(network, &recalibrated, TILES, TileCost::Tiles, &Control::new())?.plan;
    assert!(exact.column_tiles(TILES.columns) <= recalibrated.column_tiles(TILES.columns), "more tiles than allowed");
    let fast = exact_tiles(network, &recalibrated, TILES, TileCost::Seconds(tables), &Control::new())?.plan;
    Ok([
        ("DEPrune", prune(network, gone, Variant::Threshold)?),
        ("DEPrune-B", prune(network, gone, Variant::Balanced)?),
        ("DEPrune-BH", recalibrated),
        ("exact, tiles of -BH", exact),
        ("exact, seconds of -BH", fast),
    ]
    .into_iter()
    .map(|(name, plan)| (name.to_owned(), Pruned::Plan(plan)))
    .collect())
}

/// Of every four neighbours in a row of a projection the two largest.
fn two_of_four(network: &Network) -> Result<BTreeMap<String, Array2<bool>>, Failure> {
    let mask = |weight: &Array2<f32>| {
        let stays = |(row, column): (usize, usize)| {
            let first = column / 4 * 4;
            let larger = |other: &usize| {
                let (own, others) = (weight[[row, column]].abs(), weight[[row, *other]].abs());
                others > own || (others == own && *other < column)
            };
            (first..(first + 4).min(weight.ncols())).filter(larger).count() < 2
        };
        Array2::from_shape_fn(weight.dim(), stays)
    };
    let of_layer = |layer: &SeparableLayer| (format!("blocks.{}.project.weight", layer.block), mask(&layer.project));
    Ok(separable_layers(network)?.iter().map(of_layer).collect())
}

/// The network without the share of the channels of each block whose kernels are smallest.
fn fewer_channels(network: &Network, share: f64) -> Result<Network, Failure> {
    let units = Units::of(network);
    let mut kept = units.all_kept();
    let groups = units.groups().iter().enumerate().filter(|(_, group)| group.kind == UnitKind::Channels);
    for ((index, _), layer) in groups.zip(separable_layers(network)?) {
        let norms = layer.depthwise.map_axis(Axis(1), |kernel| kernel.iter().map(|w| w * w).sum::<f32>());
        let mut order: Vec<usize> = (0..norms.len()).collect();
        order.sort_by(|a, b| norms[*a].total_cmp(&norms[*b]));
        order.iter().take((norms.len() as f64 * share) as usize).for_each(|unit| kept.set(index, *unit, false));
    }
    Ok(units.prune(network, &kept)?)
}

/// Quality before and after fine-tuning, and the network after.
fn judged(
    task: &Task,
    seed: u64,
    network: &Network,
    (method, pruned): (String, &Pruned),
    share: f64,
    steps: usize,
) -> Result<(Record, Network), Failure> {
    let (start, masks, gone) = match pruned {
        Pruned::Plan(plan) => (network, plan.masks(), plan.gone()),
        Pruned::Masked(masks) => (network, masks.clone(), Fractions { columns: 0.0, filters: 0.0 }),
        Pruned::Smaller(smaller) => (smaller, BTreeMap::new(), Fractions { columns: share, filters: 0.0 }),
    };
    let tune = |steps: usize| {
        let options = TrainOptions { steps, learning_rate: 1e-3, weight_decay: 0.05, ..TrainOptions::default() };
        // Batches from beyond the last of training.
        let mut batch = |step: usize| task.batch(seed, task.options.steps + step);
        cpu::train_masked(start, &masks, &mut batch, &options, &Control::new())
    };
    let before: Quality = judge(&tune(0)?.network, &task.test)?;
    let tuned = tune(steps)?.network;
    let record = Record {
        seed,
        method,
        share,
        columns_gone: gone.columns,
        filters_gone: gone.filters,
        parameters: tuned.weights().n_nonzero(),
        pruned: before.into(),
        tuned: judge(&tuned, &task.test)?.into(),
        parts: None,
        seconds: 0.0,
        seconds_dense: 0.0,
    };
    Ok((record, tuned))
}

/// Times all methods in turn, after asserting that compact networks give the logits of the masked ones.
fn timed(
    network: &Network,
    found: &mut [(Record, Network, Pruned)],
    inputs: &Inputs,
    repetitions: usize,
) -> Result<(), Failure> {
    let (device, control) = (Default::default(), Control::new());
    let dense = |network: &Network| -> Result<Tensor<Cpu, 2>, Failure> {
        Ok(network.forward(&network.params::<Cpu>(&device), inputs, &mut Untouched)?)
    };
    let mut compact = Vec::new();
    for (record, tuned, pruned) in found.iter() {
        let own = match pruned {
            Pruned::Plan(plan) => Some(Compact::<Cpu>::new(tuned, plan, &device)?),
            _ => None,
        };
        if let Some(own) = &own {
            let apart = (own.forward(inputs)? - dense(tuned)?).abs().max().into_scalar();
            assert!(apart < 1e-3, "{}: logits differ by {apart}", record.method);
        }
        compact.push(own);
    }
    let params: Vec<_> = found.iter().map(|own| own.1.params::<Cpu>(&device)).collect();
    let whole = network.params::<Cpu>(&device);
    let mut seconds = in_turn(found.len() + 1, repetitions, &control, |index| {
        Ok(match compact.get(index) {
            Some(Some(compact)) => compact.forward(inputs)?,
            Some(None) => found[index].1.forward(&params[index], inputs, &mut Untouched)?,
            None => network.forward(&whole, inputs, &mut Untouched)?,
        })
    })?;
    let seconds_dense = seconds.pop().unwrap_or(0.0);
    let plans: Vec<&Plan> =
        found.iter().filter_map(|own| if let Pruned::Plan(plan) = &own.2 { Some(plan) } else { None }).collect();
    let mut parts = part_seconds::<Cpu>(network, &plans, BATCH, repetitions, &device, &control)?.into_iter();
    for ((record, _, pruned), seconds) in found.iter_mut().zip(seconds) {
        (record.seconds, record.seconds_dense) = (seconds, seconds_dense);
        if matches!(pruned, Pruned::Plan(_)) {
            record.parts = parts.next().map(|PartSeconds { depthwise, project }| (depthwise, project));
        }
    }
    Ok(())
}

fn first_images(batch: &Batch) -> Inputs {
    match &batch.inputs {
        Inputs::Images(images) => Inputs::Images(images.slice_axis(Axis(0), (0..BATCH).into()).to_owned()),
        other => other.clone(),
    }
}

/// A row per method and share.
fn table(records: &[Record]) -> String {
    let mut keys: Vec<(f64, String)> = Vec::new();
    for record in records {
        let key = (record.share, record.method.clone());
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let rows = keys.into_iter().map(|(share, method)| {
        let own = || records.iter().filter(|record| record.share == share && record.method == method);
        let shown = |of: &dyn Fn(&Record) -> Option<f64>, digits: usize| match Mean::of(
            &own().filter_map(of).collect::<Vec<_>>(),
        ) {
            Some(Mean { mean, error: Some(error), .. }) => format!("{mean:.digits$} ± {error:.digits$}"),
            Some(Mean { mean, .. }) => format!("{mean:.digits$}"),
            None => "-".to_owned(),
        };
        vec![
            format!("{:.0} %", 100.0 * share),
            method.clone(),
            shown(&|own| Some(100.0 * own.columns_gone), 1),
            shown(&|own| Some(100.0 * own.filters_gone), 1),
            shown(&|own| Some(100.0 * own.pruned.accuracy), 2),
            shown(&|own| Some(100.0 * own.tuned.accuracy), 2),
            shown(&|own| own.parts.map(|parts| 1e3 * parts.0), 2),
            shown(&|own| own.parts.map(|parts| 1e3 * parts.1), 2),
            shown(&|own| Some(1e3 * own.seconds), 2),
            shown(&|own| Some(1e3 * own.seconds_dense), 2),
        ]
    });
    let head = [
        "share",
        "method",
        "columns gone %",
        "filters gone %",
        "accuracy pruned %",
        "fine-tuned %",
        "depthwise ms",
        "projections ms",
        "network ms",
        "unpruned, not lowered, ms",
    ];
    markdown(&head, rows)
}
