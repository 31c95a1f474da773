//! Truncated Newton steps with a line search (Nash and Sofer 1990; Lin, Weng and Keerthi 2008 for logistic regression).
//!
//! With A the leaf indicators, D the curvatures of the examples and a the l2, the Hessian is `A' D A + a I`. It
//! is never formed: a product with it is one pass over the leaf indices forth and one back. Each step solves for the
//! Newton direction by conjugate gradients, scaled by the Hessian's diagonal and cut off once the quadratic model
//! hardly decreases any more, then goes along it as far as the objective decreases enough (Armijo). The trees of a
//! bagged forest are nearly copies of each other, which makes cyclic descent over trees slow; conjugate gradients see
//! the copies as one direction.
//!
//! Invariant: the objective never increases.

use rayon::prelude::*;
use secateur_program::{Control, Status, Stop};

use super::RefitOptions;
use super::leaves::Leaves;
use super::rows::RowLosses;

/// A direction is good enough when one more product would lower the quadratic model by less than about this fraction.
const CUT_OFF: f64 = 0.1;

/// Most products with the Hessian per step.
const MAX_PRODUCTS: usize = 500;

/// Decrease asked of a step, as a fraction of what the slope promises.
const ARMIJO: f64 = 1e-4;

/// Most halvings of a step.
const MAX_HALVINGS: usize = 80;

/// Minimise the mean loss plus `l2 / 2` times the squared distance to `prior`.
pub(super) struct Problem<'a> {
    pub(super) leaves: &'a Leaves,
    pub(super) losses: &'a RowLosses,
    /// Score of each plane before the first tree.
    pub(super) base: &'a [f64],
    pub(super) prior: &'a [f64],
    pub(super) l2: f64,
}

/// Where the steps ended.
pub(super) struct Minimum {
    pub(super) scores: Vec<f64>,
    pub(super) objective: f64,
    pub(super) steps: usize,
    pub(super) products: usize,
    pub(super) status: Status,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Mean loss at the given margins; blocks are added in order.
pub(super) fn mean_loss(leaves: &Leaves, losses: &RowLosses, margins: &[f64]) -> f64 {
    let blocks: Vec<f64> = margins
        .par_chunks(leaves.block_len())
        .enumerate()
        .map(|(block, margins)| losses.loss(block, margins))
        .collect();
    blocks.iter().sum()
}

/// Margins of all examples.
pub(super) fn margins(leaves: &Leaves, base: &[f64], scores: &[f64]) -> Vec<f64> {
    let mut margins = vec![0.0; leaves.n_numbers()];
    margins.par_chunks_mut(leaves.block_len()).enumerate().for_each(|(block, margins)| {
        let rows = margins.len() / base.len();
        margins.chunks_exact_mut(rows).zip(base).for_each(|(plane, &base)| plane.fill(base));
        leaves.gather(block, scores, margins);
    });
    margins
}

impl Problem<'_> {
    fn penalty(&self, scores: &[f64]) -> f64 {
        let squares: f64 = scores.iter().zip(self.prior).map(|(score, prior)| (score - prior).powi(2)).sum();
        if squares == 0.0 { 0.0 } else { 0.5 * self.l2 * squares }
    }

    /// The objective at some scores, with their margins.
    pub(super) fn objective(&self, scores: &[f64]) -> (f64, Vec<f64>) {
        let margins = margins(self.leaves, self.base, scores);
        (mean_loss(self.leaves, self.losses, &margins) + self.penalty(scores), margins)
    }

    /// Minimises from the prior on, or from `start` if that is better.
    pub(super) fn minimise(&self, start: Option<Vec<f64>>, options: &RefitOptions, control: &Control) -> Minimum {
        let (mut scores, (mut objective, mut margins)) = (self.prior.to_vec(), self.objective(self.prior));
        if let Some(start) = start.filter(|_| self.l2.is_finite()) {
            let at_start = self.objective(&start);
            if at_start.0 < objective {
                (scores, (objective, margins)) = (start, at_start);
            }
        }
        let (mut steps, mut products) = (0, 0);
        let status = loop {
            if self.l2.is_infinite() {
                break Status::WithinTolerance;
            }
            if let Err(stop) = control.check() {
                break stop.into();
            }
            if steps == options.max_steps {
                break Status::IterationLimit;
            }
            control.report("refit leaves", steps as u64, options.max_steps as u64);
            let direction = self.direction(&scores, &margins, options, control);
            products += direction.products;
            let advanced = self.advance(&direction, &mut scores, &mut margins, &mut objective);
            steps += usize::from(advanced);
            if let Some(stop) = direction.stop {
                break stop.into();
            }
            if !advanced || direction.promise <= options.tolerance * objective {
                break Status::WithinTolerance;
            }
        };
        Minimum { scores, objective, steps, products, status }
    }

    /// Goes along a direction as far as the objective decreases enough; false if it does not, to the precision of
    /// doubles.
    fn advance(&self, direction: &Direction, scores: &mut [f64], margins: &mut [f64], objective: &mut f64) -> bool {
        if !(direction.slope < 0.0 && direction.slope.is_finite()) {
            return false;
        }
        let along = self::margins(self.leaves, &vec![0.0; self.base.len()], &direction.step);
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            let to = |from: &[f64], step: &[f64]| -> Vec<f64> {
                from.iter().zip(step).map(|(from, step)| from + length * step).collect()
            };
            let (new_scores, new_margins) = (to(scores, &direction.step), to(margins, &along));
            let new = mean_loss(self.leaves, self.losses, &new_margins) + self.penalty(&new_scores);
            if new < *objective && new <= *objective + ARMIJO * length * direction.slope {
                scores.copy_from_slice(&new_scores);
                margins.copy_from_slice(&new_margins);
                *objective = new;
                return true;
            }
            length *= 0.5;
        }
        false
    }

    /// The Newton direction, by conjugate gradients.
    fn direction(&self, scores: &[f64], margins: &[f64], options: &RefitOptions, control: &Control) -> Direction {
        let leaves = self.leaves;
        let (mut numbers, mut state) = (vec![0.0; margins.len()], vec![0.0; margins.len()]);
        let block = leaves.block_len();
        let blocks = margins.par_chunks(block).zip(numbers.par_chunks_mut(block)).zip(state.par_chunks_mut(block));
        blocks.enumerate().for_each(|(block, ((margins, gradient), state))| {
            self.losses.linearise(block, margins, gradient, state);
        });
        // What is left of minus the gradient.
        let mut residual = vec![0.0; scores.len()];
        leaves.scatter(&numbers, &mut residual);
        for ((residual, score), prior) in residual.iter_mut().zip(scores).zip(self.prior) {
            *residual = -(*residual + self.l2 * (score - prior));
        }
        let gradient = residual.clone();
        let mut scaling = vec![0.0; scores.len()];
        numbers.par_chunks_mut(block).zip(state.par_chunks(block)).enumerate().for_each(|(block, (out, state))| {
            self.losses.diagonal(block, state, out);
        });
        leaves.scatter(&numbers, &mut scaling);
        scaling.iter_mut().for_each(|curvature| *curvature = 1.0 / (*curvature + self.l2).max(f64::MIN_POSITIVE));

        let cut_off = if self.losses.is_quadratic() { options.tolerance.min(CUT_OFF) } else { CUT_OFF };
        let mut step = vec![0.0; scores.len()];
        let mut scaled: Vec<f64> = residual.iter().zip(&scaling).map(|(r, scaling)| r * scaling).collect();
        let mut search = scaled.clone();
        let mut product = vec![0.0; scores.len()];
        let mut norm = dot(&residual, &scaled);
        let (mut promise, mut products, mut stop) = (0.0, 0, None);
        while products < MAX_PRODUCTS && norm > 0.0 {
            stop = control.check().err();
            if stop.is_some() {
                break;
            }
            self.product(&search, &state, &mut numbers, &mut product);
            products += 1;
            let curvature = dot(&search, &product);
            let length = norm / curvature;
            if !(curvature > 0.0 && length.is_finite()) {
                break;
            }
            step.iter_mut().zip(&search).for_each(|(step, search)| *step += length * search);
            residual.iter_mut().zip(&product).for_each(|(residual, product)| *residual -= length * product);
            let decrease = 0.5 * length * norm;
            promise += decrease;
            if products as f64 * decrease <= cut_off * promise {
                break;
            }
            scaled
                .iter_mut()
                .zip(residual.iter().zip(&scaling))
                .for_each(|(scaled, (r, scaling))| *scaled = r * scaling);
            let next = dot(&residual, &scaled);
            let keep = next / norm;
            search.iter_mut().zip(&scaled).for_each(|(search, scaled)| *search = scaled + keep * *search);
            norm = next;
        }
        let slope = -dot(&gradient, &step);
        Direction { step, slope, promise, products, stop }
    }

    /// The Hessian times `vector`.
    fn product(&self, vector: &[f64], state: &[f64], numbers: &mut [f64], out: &mut [f64]) {
        let block = self.leaves.block_len();
        numbers.par_chunks_mut(block).zip(state.par_chunks(block)).enumerate().for_each(|(block, (numbers, state))| {
            numbers.fill(0.0);
            self.leaves.gather(block, vector, numbers);
            self.losses.curve(block, state, numbers);
        });
        self.leaves.scatter(numbers, out);
        out.iter_mut().zip(vector).for_each(|(out, value)| *out += self.l2 * value);
    }
}

/// A direction of descent.
struct Direction {
    step: Vec<f64>,
    /// Derivative of the objective along the step.
    slope: f64,
    /// How far the quadratic model decreases along the step.
    promise: f64,
    products: usize,
    /// The step is good but unfinished: the work was stopped.
    stop: Option<Stop>,
}
