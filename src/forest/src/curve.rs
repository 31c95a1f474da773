//! The whole loss-cost curve on any data, in one sweep.
//!
//! An example's prediction changes with the operating point only where one of its paths becomes longer. So each example walks
//! every tree once, down to the leaf, and notes at which class each step becomes possible; sorted by class, these events
//! are replayed, and each adds a difference to the curve. Nothing is predicted twice.
//!
//! Invariant: a split's class is at least its parent's, so the events of a walk are in order of class.

use std::ops::AddAssign;

use ndarray::Array2;
use rayon::prelude::*;
use secateur_program::{Control, Stop};
use serde::Serialize;

use super::budgeted::{BudgetedForest, OperatingPoint};
use super::metrics::LEAST_PROBABILITY;
use super::predict::{Outputs, Sum};
use super::rows::{Rows, Walk};
use secateur_datasets::{DataError, DatasetView, TargetView};

/// Examples per task.
const CHUNK: usize = 128;

/// Losses of the whole forest (not of single trees) and costs at one operating point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The operating point.
    pub point: OperatingPoint,
    /// The lambda just below which it is optimal; infinite where nothing, or only what is free, is kept.
    pub lambda: f64,
    /// Mean cost per example: what is acquired for it, what is paid per model, and for splits.
    pub cost: f64,
    /// Splits kept in the model.
    pub splits: u64,
    /// Fraction of examples (by weight) whose class is predicted wrongly. `None` without classes to compare with.
    pub error: Option<f64>,
    /// Mean of `-ln p_y`, with p at least 1e-15. `None` without classes.
    pub log_loss: Option<f64>,
    /// Mean over examples of the sum over classes of `(p_c - [c = y])^2`. `None` without classes.
    pub brier: Option<f64>,
    /// Mean squared error. `None` without numbers to compare with.
    pub squared_error: Option<f64>,
}

impl CurvePoint {
    /// The loss that a forest of this kind is evaluated by: the error rate, or the squared error.
    pub fn loss(&self) -> Option<f64> {
        self.error.or(self.squared_error)
    }
}

/// Losses and costs of a budgeted forest at every operating point, on one set of examples.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Curve {
    /// One entry per operating point, from nothing kept to everything kept; never empty.
    pub points: Vec<CurvePoint>,
    /// Fraction of examples (by weight) for which each source is acquired; shape (n_points, n_sources).
    pub acquired: Array2<f64>,
}

/// Why a curve cannot be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CurveError {
    /// The examples do not fit the forest.
    #[error(transparent)]
    Examples(#[from] DataError),
    /// Stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// Differences that one operating point adds to the one before it, summed over examples.
#[derive(Debug, Clone, Copy, Default)]
struct Difference {
    cost: f64,
    error: f64,
    log_loss: f64,
    brier: f64,
    squared_error: f64,
}

impl AddAssign for Difference {
    fn add_assign(&mut self, other: Self) {
        self.cost += other.cost;
        self.error += other.error;
        self.log_loss += other.log_loss;
        self.brier += other.brier;
        self.squared_error += other.squared_error;
    }
}

/// Differences by point, and acquisitions by point and source.
#[derive(Clone)]
struct Totals {
    differences: Vec<Difference>,
    acquired: Vec<f64>,
}

impl BudgetedForest {
    /// The whole curve on these examples. Without answers, costs only.
    ///
    /// # Errors
    /// [`CurveError`].
    ///
    /// # Complexity
    /// O(examples x trees x depth x log) whatever the number of operating points; parallel over examples; the same result
    /// for any number of threads.
    pub fn curve(&self, examples: DatasetView<'_>, control: &Control) -> Result<Curve, CurveError> {
        self.forest().check(examples)?;
        let view = examples.x();
        let rows = Rows::new(&view);
        let outputs = Outputs::of_forest(self.forest());
        let n_points = self.points().len();
        let n_sources = self.prices().sources().len();
        let mut totals =
            Totals { differences: vec![Difference::default(); n_points], acquired: vec![0.0; n_points * n_sources] };
        let starts: Vec<usize> = (0..rows.len()).step_by(CHUNK).collect();
        // Chunks in a fixed order, a few at a time: sums do not depend on threads, and memory stays small.
        for batch in starts.chunks(16) {
            control.check()?;
            let chunks: Vec<Sweep<'_>> = batch
                .par_iter()
                .map(|&start| {
                    let mut sweep = Sweep::new(self, &outputs, examples.target());
                    (start..rows.len().min(start + CHUNK))
                        .try_for_each(|row| sweep.example(rows.row(row), row, examples.weight(row)))?;
                    Ok(sweep)
                })
                .collect::<Result<_, CurveError>>()?;
            for sweep in chunks {
                for (point, difference) in sweep.differences {
                    totals.differences[point as usize] += difference;
                }
                for (point, source, weight) in sweep.acquired {
                    totals.acquired[point as usize * n_sources + source as usize] += weight;
                }
            }
            let done = batch[batch.len() - 1] + CHUNK;
            control.report("sweep the curve", done.min(rows.len()) as u64, rows.len() as u64);
        }
        Ok(self.curve_of(totals, examples))
    }

    fn curve_of(&self, totals: Totals, examples: DatasetView<'_>) -> Curve {
        let total_weight = examples.total_weight();
        let (splits, model_cost) = self.model_costs();
        let (classes, values) = match examples.target() {
            Some(TargetView::Classes { .. }) => (true, false),
            Some(TargetView::Values(_)) => (false, true),
            None => (false, false),
        };
        let mut sum = Difference::default();
        let points = self
            .points()
            .map(|point| {
                let index = point.0 as usize;
                sum += totals.differences[index];
                // Sums of differences may end a rounding error below zero; NaN stays.
                let positive = |mean: f64| if mean < 0.0 { 0.0 } else { mean };
                let mean = |value: f64, known: bool| known.then_some(positive(value / total_weight));
                CurvePoint {
                    point,
                    lambda: self.lambda(point),
                    cost: sum.cost / total_weight + model_cost[index],
                    splits: splits[index],
                    error: mean(sum.error, classes),
                    log_loss: mean(sum.log_loss, classes),
                    brier: mean(sum.brier, classes),
                    squared_error: mean(sum.squared_error, values),
                }
            })
            .collect();
        let n_sources = self.prices().sources().len();
        let mut acquired = Array2::from_shape_vec((self.points().len(), n_sources), totals.acquired)
            .expect("one entry per point and source");
        for point in 1..acquired.nrows() {
            for source in 0..n_sources {
                acquired[[point, source]] += acquired[[point - 1, source]];
            }
        }
        acquired /= total_weight;
        Curve { points, acquired }
    }

    /// Splits kept, and cost per example of what is paid once per model, by operating point.
    fn model_costs(&self) -> (Vec<u64>, Vec<f64>) {
        let n_points = self.points().len();
        let prices = self.prices();
        let mut splits = vec![0u64; n_points];
        let mut first_use = vec![n_points; prices.sources().len()];
        for node in 0..self.forest().n_nodes() {
            let (Some(class), Some(feature)) = (self.class(node), self.forest().feature(node)) else { continue };
            splits[class + 1] += 1;
            for source in prices.needs(feature) {
                first_use[source.index()] = first_use[source.index()].min(class + 1);
            }
        }
        let mut cost = vec![0.0; n_points];
        for (source, &point) in prices.sources().iter().zip(&first_use).filter(|(_, point)| **point < n_points) {
            cost[point] += source.per_model;
        }
        for point in 0..n_points {
            cost[point] += prices.per_node() * splits[point] as f64;
            if point > 0 {
                splits[point] += splits[point - 1];
                cost[point] += cost[point - 1];
            }
        }
        (splits, cost)
    }
}

/// From this point on, a tree's path goes on to `node`.
struct Event {
    point: u32,
    tree: u32,
    node: u32,
}

/// The sweep over a chunk of examples.
struct Sweep<'a> {
    model: &'a BudgetedForest,
    outputs: &'a Outputs,
    target: Option<TargetView<'a>>,
    differences: Vec<(u32, Difference)>,
    /// (point, source, weight).
    acquired: Vec<(u32, u32, f64)>,
    events: Vec<Event>,
    /// Where each tree's path ends at present.
    ends: Vec<u32>,
    /// The first point at which each source is needed.
    needed: Vec<u32>,
    /// A sum of no trees.
    nothing: Sum,
    sum: Sum,
    buffer: Vec<f64>,
}

impl<'a> Sweep<'a> {
    fn new(model: &'a BudgetedForest, outputs: &'a Outputs, target: Option<TargetView<'a>>) -> Self {
        Self {
            model,
            outputs,
            target,
            differences: Vec::new(),
            acquired: Vec::new(),
            events: Vec::new(),
            ends: vec![0; model.forest().n_trees()],
            needed: vec![u32::MAX; model.prices().sources().len()],
            nothing: outputs.sum(),
            sum: outputs.sum(),
            buffer: vec![0.0; model.forest().n_outputs()],
        }
    }

    fn example(&mut self, values: &[f64], row: usize, weight: f64) -> Result<(), DataError> {
        self.walk(values, row)?;
        self.buy(weight);
        let Some(target) = self.target else { return Ok(()) };
        // Stable, so that steps of one tree stay in order.
        self.events.sort_by_key(|event| event.point);
        self.sum.clone_from(&self.nothing);
        for (tree, root) in self.model.forest().roots().enumerate() {
            self.ends[tree] = root as u32;
            self.sum.add(self.outputs, root);
        }
        let mut last = self.losses(target, row);
        self.differences.push((0, last.times(weight)));
        let events = std::mem::take(&mut self.events);
        for group in events.chunk_by(|a, b| a.point == b.point) {
            for event in group {
                let end = &mut self.ends[event.tree as usize];
                self.sum.replace(self.outputs, *end as usize, event.node as usize);
                *end = event.node;
            }
            let now = self.losses(target, row);
            self.differences.push((group[0].point, now.minus(last).times(weight)));
            last = now;
        }
        self.events = events;
        Ok(())
    }

    /// Walks every tree to its leaf; notes when each step, and each source, comes in.
    fn walk(&mut self, values: &[f64], row: usize) -> Result<(), DataError> {
        self.events.clear();
        self.needed.fill(u32::MAX);
        for (tree, root) in self.model.forest().roots().enumerate() {
            let mut walk = Walk::new(self.model.forest(), values, root);
            while let Some((split, feature)) = walk.step().map_err(|missing| missing.in_row(row))? {
                let point = self.model.class(split).expect("splits have a class") as u32 + 1;
                self.events.push(Event { point, tree: tree as u32, node: walk.node() as u32 });
                for source in self.model.prices().needs(feature) {
                    let needed = &mut self.needed[source.index()];
                    *needed = (*needed).min(point);
                }
            }
        }
        Ok(())
    }

    fn buy(&mut self, weight: f64) {
        let prices = self.model.prices();
        for (source, &point) in self.needed.iter().enumerate().filter(|(_, point)| **point != u32::MAX) {
            self.acquired.push((point, source as u32, weight));
            let cost = weight * prices.sources()[source].per_example;
            self.differences.push((point, Difference { cost, ..Difference::default() }));
        }
        if prices.per_split() > 0.0 {
            let cost = weight * prices.per_split();
            self.differences
                .extend(self.events.iter().map(|event| (event.point, Difference { cost, ..Difference::default() })));
        }
    }

    fn losses(&mut self, target: TargetView<'_>, row: usize) -> Difference {
        self.sum.write(&mut self.buffer);
        match target {
            TargetView::Classes { labels, .. } => {
                let label = labels[row] as usize;
                let squares: f64 = self.buffer.iter().map(|fraction| fraction * fraction).sum();
                Difference {
                    error: f64::from(u8::from(self.sum.class() != label)),
                    log_loss: -self.buffer[label].max(LEAST_PROBABILITY).ln(),
                    brier: squares - 2.0 * self.buffer[label] + 1.0,
                    ..Difference::default()
                }
            }
            TargetView::Values(values) => {
                Difference { squared_error: (self.buffer[0] - values[row]).powi(2), ..Difference::default() }
            }
        }
    }
}

impl Difference {
    fn times(self, factor: f64) -> Self {
        Self {
            cost: self.cost * factor,
            error: self.error * factor,
            log_loss: self.log_loss * factor,
            brier: self.brier * factor,
            squared_error: self.squared_error * factor,
        }
    }

    fn minus(self, other: Self) -> Self {
        let mut difference = self;
        difference += other.times(-1.0);
        difference
    }
}
