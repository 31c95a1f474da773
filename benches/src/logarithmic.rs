//! Logarithmic pruning measured: a network trained on digits, rebuilt from random ones at several precisions.
//!
//! Neurons per weight of the target against log(1 / eps): those of the random network, those looked at until every weight had its own, and those that are kept. Errors are
//! measured on test digits and on corners of the ball, and asserted to be within eps before anything is told.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "prints its measurements as they come")]

use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use ndarray::{Array1, Array2};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur::neural::methods::logarithmic::{
    Choice, Dense, Distribution, LayerCounts, LogarithmicError, LogarithmicOptions, layers_of, outputs, prune,
};
use secateur::neural::{Batch, Config, Inputs, MlpConfig, Network, TrainOptions, cpu};
use secateur_corpora::Catalogue;
use secateur_corpora::manifest::Role;
use secateur_program::Control;

use crate::chart::{Line, Picture, Scale, draw};
use crate::decisions::statistics::Mean;
use crate::markdown;
use crate::workloads::Failure;

/// Precisions of the outputs.
const EPS: [f64; 7] = [1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4];
/// Pixels of a digit, means of squares of 4 x 4.
const SIDE: usize = 7;
/// How random networks are drawn and pruned.
const WAYS: [(&str, Distribution); 3] = [
    ("hyperbolic, greedy", Distribution::Hyperbolic { gamma: 1.5, choice: Choice::Greedy }),
    ("hyperbolic, fewest", Distribution::Hyperbolic { gamma: 1.5, choice: Choice::Fewest }),
    ("uniform, fewest", Distribution::Uniform { factor: 5.0 }),
];

/// Rebuilds a trained network from random ones.
#[derive(Debug, Clone, Parser)]
#[command(name = "logarithmic")]
pub struct Arguments {
    /// Random networks per precision and way.
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// Folder for the picture.
    #[arg(long)]
    plot: Option<PathBuf>,
}

/// Trains, rebuilds, asserts, prints a table.
///
/// # Errors
/// When data are missing, or the picture cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let data = Catalogue::from_env()?;
    let (rows, labels) = digits(&data, Role::Train)?;
    let (test_rows, test_labels) = digits(&data, Role::Test)?;
    let network = Network::random(Config::Mlp(MlpConfig { widths: vec![SIDE * SIDE, 16, 10] }), 1)?;
    let options = TrainOptions { steps: 1500, learning_rate: 5e-3, ..TrainOptions::default() };
    let mut batch = |step: usize| {
        let mut rng = ChaCha8Rng::seed_from_u64(step as u64);
        let chosen: Vec<usize> = (0..128).map(|_| rng.random_range(0..labels.len())).collect();
        Batch {
            inputs: Inputs::Rows(rows.select(ndarray::Axis(0), &chosen)),
            labels: chosen.iter().map(|row| labels[*row]).collect(),
        }
    };
    let control = Control::new();
    let trained = cpu::train(&network, &mut batch, &options, &control)?.network;
    let test = Batch { inputs: Inputs::Rows(test_rows.clone()), labels: test_labels };
    let quality = cpu::evaluate(&trained, &[test], &control)?;
    println!("{} - 16 - 10 units on digits of {SIDE} x {SIDE}: test accuracy {:.4}\n", SIDE * SIDE, quality.accuracy);
    let target = layers_of(&trained)?;
    let points = points(&test_rows);

    let (mut table, mut lines) = (Vec::new(), Vec::<Line>::new());
    for (name, distribution) in WAYS {
        let mut of_way: [Vec<(f64, f64, f64)>; 3] = Default::default();
        for eps in EPS {
            let mut measured: [Vec<f64>; 5] = Default::default();
            let mut unlucky = 0;
            for seed in 0..arguments.seeds {
                let options = LogarithmicOptions { eps, distribution, seed, ..LogarithmicOptions::default() };
                match rebuilt(&target, &options, &points, &control)? {
                    Some(own) => measured.iter_mut().zip(own).for_each(|(all, own)| all.push(own)),
                    None => unlucky += 1,
                }
            }
            let shown = |values: &[f64], digits: usize| {
                Mean::of(values).map_or("-".to_owned(), |own| format!("{:.digits$}", own.mean))
            };
            let [sampled, looked_at, kept, worst, seconds] = &measured;
            let cells = [shown(sampled, 1), shown(looked_at, 1), shown(kept, 2), shown(worst, 3), shown(seconds, 2)];
            let row: Vec<String> = [name.to_owned(), format!("{eps:.0e}")].into_iter().chain(cells).collect();
            eprintln!("{}", row.join(" | "));
            table.push(row.into_iter().chain([format!("{unlucky} of {}", arguments.seeds)]).collect::<Vec<_>>());
            for (points, values) in of_way.iter_mut().zip([sampled, looked_at, kept]) {
                if let Some(own) = Mean::of(values) {
                    points.push((-eps.log10(), own.mean.log10(), 0.0));
                }
            }
        }
        for (what, points) in ["sampled", "looked at", "kept"].into_iter().zip(of_way) {
            // The choice of numbers does not change what is sampled: one line for both.
            if lines.iter().all(|line| line.points != points) {
                lines.push(Line { name: format!("{name}: {what}"), points, dashed: what != "kept" });
            }
        }
    }
    let head =
        ["network", "eps", "sampled per weight", "looked at", "kept", "largest error / eps", "seconds", "unlucky"];
    print!("{}", markdown(&head, table));
    if let Some(folder) = &arguments.plot {
        std::fs::create_dir_all(folder)?;
        let picture = Picture {
            title: "neurons of a random network per weight of the target",
            x: "log10(1 / eps)",
            y: "log10(neurons per weight)",
            scale: Scale::Linear { from_zero: false },
            within: None,
            lines: &lines,
        };
        draw(&folder.join("logarithmic.svg"), &picture)?;
    }
    Ok(())
}

/// Neurons per weight of the target (sampled, looked at, kept), the largest error at the points as a share of eps, seconds; nothing if the random network was unlucky.
fn rebuilt(
    target: &[Dense],
    options: &LogarithmicOptions,
    points: &[Array1<f64>],
    control: &Control,
) -> Result<Option<[f64; 5]>, Failure> {
    let start = Instant::now();
    let built = match prune(target, options, control) {
        Ok(built) => built,
        Err(LogarithmicError::Unlucky { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let seconds = start.elapsed().as_secs_f64();
    let apart =
        |x: &Array1<f64>| (built.outputs(x) - outputs(target, x)).iter().fold(0.0, |most: f64, d| most.max(d.abs()));
    let worst = points.iter().map(apart).fold(0.0, f64::max);
    assert!(worst <= options.eps, "{options:?}: {worst} above eps");
    let weights: usize = target.iter().map(|layer| layer.weight.len() + layer.bias.len()).sum();
    let per_weight = |of: fn(&LayerCounts) -> usize| built.counts.iter().map(of).sum::<usize>() as f64 / weights as f64;
    let [sampled, looked_at, kept] = [per_weight(|c| c.sampled), per_weight(|c| c.looked_at), per_weight(|c| c.kept)];
    Ok(Some([sampled, looked_at, kept, worst / options.eps, seconds]))
}

/// Pixels from 0 to 1.
fn digits(data: &Catalogue, role: Role) -> Result<(Array2<f32>, Vec<u32>), Failure> {
    let images = data.digits(role)?;
    let step = 28 / SIDE;
    let mean = |(image, pixel): (usize, usize)| {
        let (row, column) = (pixel / SIDE * step, pixel % SIDE * step);
        let square = (0..step).flat_map(|y| (0..step).map(move |x| (y, x)));
        let sum: f32 = square.map(|(y, x)| f32::from(images.pixels[[image, row + y, column + x]])).sum();
        sum / (255 * step * step) as f32
    };
    let rows = Array2::from_shape_fn((images.labels.len(), SIDE * SIDE), mean);
    Ok((rows, images.labels.into_iter().map(u32::from).collect()))
}

/// Test digits, and corners of the ball in which every coordinate is at most 1.
fn points(rows: &Array2<f32>) -> Vec<Array1<f64>> {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let digits = rows.rows().into_iter().take(1000).map(|row| row.mapv(f64::from));
    let mut corner = || Array1::from_shape_fn(SIDE * SIDE, |_| if rng.random() { 1.0 } else { -1.0 });
    digits.chain((0..500).map(|_| corner())).collect()
}
