//! Scores of weights on a device: bytes per second against a copy, second moments against a matrix product.
//!
//! | idea | file |
//! |---|---|
//! | a part of the data against the reference, before any time is taken | [`check`] |
//! | works in turn, medians | [`timed`] |
//! | arguments, what is measured, the table | this file |
//!
//! Bytes are those that must move: a score reads a weight and writes a number, 8 bytes; the copy (a product with one) does the same. The operations of second
//! moments are those of half of the symmetric matrix.

#![allow(clippy::print_stdout, reason = "prints its measurements")]

pub mod check;
pub mod timed;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use burn::tensor::{Distribution, Tensor};
use clap::Parser;
use ndarray::Array2;
use secateur::neural::score::{BackEnd, Kernels, OnDevice, Scorer, Work};
use serde::Serialize;

use crate::workloads::Failure;
use crate::{device, markdown};
use timed::{Task, medians};

/// Times scores of weights on a device.
#[derive(Debug, Clone, Parser, Serialize)]
#[command(name = "scores")]
pub struct Arguments {
    /// cpu, wgpu or cuda.
    #[arg(long, default_value = "cpu", value_parser = |name: &str| name.parse::<BackEnd>().map(|back_end| back_end.name().to_owned()))]
    device: String,
    /// Outputs of the weight.
    #[arg(long, default_value_t = 4096, value_parser = positive)]
    rows: usize,
    /// Inputs of the weight.
    #[arg(long, default_value_t = 11008, value_parser = positive)]
    columns: usize,
    /// Rows of the calibration batch whose second moments are summed.
    #[arg(long, default_value_t = 4096, value_parser = positive)]
    tokens: usize,
    /// Rows and columns of the factors of the matrix product.
    #[arg(long, default_value_t = 4096, value_parser = positive)]
    product: usize,
    /// Rounds; in each, everything is timed once.
    #[arg(long, default_value_t = 15, value_parser = positive)]
    rounds: usize,
    /// Calls between two readings of the clock; makes up for the time of one launch.
    #[arg(long, default_value_t = 10, value_parser = positive)]
    calls: usize,
    /// Also written here, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

pub(crate) fn positive(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "expected a number above zero".to_owned())
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// What was timed.
    pub name: &'static str,
    /// Median over rounds, per call.
    pub seconds: f64,
    /// 10^9 bytes or floating-point operations per second.
    pub rate: f64,
    /// `GB/s` or `GFLOP/s`.
    pub unit: &'static str,
    /// The rate against that of the copy, or of the device's own matrix product.
    pub share: f64,
}

/// Checks, times, prints.
///
/// # Errors
/// When the device cannot be opened, an answer is wrong, or the file cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let back_end: BackEnd = arguments.device.parse()?;
    let (name, rows) = device::open(back_end, Measured(arguments))??;
    println!(
        "{name}: weight {} x {}, batch of {} rows, product of {}; {} rounds of {} calls, medians\n",
        arguments.rows, arguments.columns, arguments.tokens, arguments.product, arguments.rounds, arguments.calls
    );
    let cells = |row: &Row| {
        let share = format!("{:.0} %", 100.0 * row.share);
        vec![row.name.to_owned(), format!("{:.3}", 1e3 * row.seconds), format!("{:.1} {}", row.rate, row.unit), share]
    };
    print!("{}", markdown(&["work", "ms", "rate", "of the device's own"], rows.iter().map(cells)));
    write_measured(arguments.json.as_deref(), arguments, &name, &rows)
}

/// Writes what a device was measured with and at, if a file is named.
pub(crate) fn write_measured(
    path: Option<&Path>,
    arguments: &impl Serialize,
    back_end: &str,
    rows: &[impl Serialize],
) -> Result<(), Failure> {
    if let Some(path) = path {
        let written = serde_json::json!({ "arguments": arguments, "back_end": back_end, "rows": rows });
        std::fs::write(path, serde_json::to_string_pretty(&written)?)?;
    }
    Ok(())
}

struct Measured<'a>(&'a Arguments);

impl Work for Measured<'_> {
    type Output = Result<(String, Vec<Row>), Failure>;

    fn run<B: Kernels>(self, device: B::Device) -> Self::Output {
        B::seed(&device, 1);
        check::agrees::<B>(&device)?;
        let Arguments { rows, columns, tokens, product, rounds, calls, .. } = *self.0;
        let random = |shape: [usize; 2]| Tensor::<B, 2>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let weight = random([rows, columns]);
        let factors = random([1, columns]).abs() + 0.1;
        let x = random([tokens, columns]);
        let (a, b) = (random([product, product]), random([product, product]));
        let on_host = Array2::from_elem((rows, columns), 0.5f32);
        let scorer = OnDevice::<B>::new(device.clone());

        let moments = RefCell::new(scorer.moments(columns));
        let bytes = 8.0 * rows as f64 * columns as f64;
        let whole = 2.0 * (product as f64).powi(3);
        let half = tokens as f64 * columns as f64 * (columns as f64 + 1.0);
        let tasks = [
            Task::bytes("copy", bytes, || Ok(weight.clone() * 1.0)),
            Task::bytes("magnitude", bytes, || Ok(scorer.magnitude_of(weight.clone()))),
            Task::bytes("Wanda", bytes, || Ok(scorer.wanda_of(weight.clone(), factors.clone())?)),
            Task::bytes("second order", bytes, || Ok(scorer.second_order_of(weight.clone(), factors.clone())?)),
            Task::bytes("pattern 2:4", bytes, || Ok(scorer.pattern_of(weight.clone(), 2, 4)?)),
            Task::bytes("pattern 4:8", bytes, || Ok(scorer.pattern_of(weight.clone(), 4, 8)?)),
            Task::bytes("magnitude, from and to the host", bytes, || Ok(scorer.magnitude(on_host.view()))).once(),
            Task::operations("product, burn's", whole, || Ok(a.clone().matmul(b.clone()))),
            Task::operations("product, single precision", whole, || Ok(B::product_of(a.clone(), b.clone()))),
            Task::operations("second moments", half, || {
                Ok(scorer.accumulate_tensor(&mut moments.borrow_mut(), x.clone())?)
            }),
        ];
        let seconds = medians(&tasks, rounds, calls, || Ok(B::sync(&device)?))?;
        let rate = |index: usize| tasks[index].amount / seconds[index] / 1e9;
        let own = |unit: &str| tasks.iter().position(|task| task.unit == unit).expect("the first of its unit");
        let row = |index: usize| Row {
            name: tasks[index].name,
            seconds: seconds[index],
            rate: rate(index),
            unit: tasks[index].unit,
            share: rate(index) / rate(own(tasks[index].unit)),
        };
        Ok((B::name(&device), (0..tasks.len()).map(row).collect()))
    }
}
