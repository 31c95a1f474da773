//! How exact every layer must be.
//!
//! With `u` bounds on the inputs of a layer, `e` those on their errors, and weights that are off by at most `t` each:
//!
//! ```text
//! e_o <= sum_i |W_oi| e_i + t (1 + sum_i (u_i + e_i))
//! ```
//!
//! (ReLU brings no two numbers further apart; the 1 is the bias.) From the last layer back, each of the l layers up to
//! here gets a l-th of what the error may be; what is left is divided by the layer's largest row sum of absolute
//! weights, and is what its inputs may be off by.

use ndarray::{Array1, Array2};

/// A dense layer `W x + b`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// Shape (outputs, inputs).
    pub weight: Array2<f64>,
    /// Shape (outputs).
    pub bias: Array1<f64>,
}

impl Dense {
    /// Largest row sum of absolute weights: by how much errors of the inputs grow at most.
    fn norm(&self) -> f64 {
        self.weight.rows().into_iter().map(|row| row.iter().map(|w| w.abs()).sum()).fold(0.0, f64::max)
    }

    /// Largest absolute weight or bias.
    pub fn largest(&self) -> f64 {
        self.weight.iter().chain(&self.bias).fold(0.0, |largest, w| largest.max(w.abs()))
    }
}

/// What is asked of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerPrecision {
    /// Largest error of a weight or bias.
    pub weight: f64,
    /// Largest error of an output that follows.
    pub output: f64,
}

/// Precisions with which the whole is within `eps` for all inputs of absolute values up to `x_max`.
///
/// # Complexity
/// O(weights).
pub fn precisions(layers: &[Dense], x_max: f64, eps: f64) -> Vec<LayerPrecision> {
    // Sums of bounds on absolute inputs, by interval arithmetic.
    let mut sums = Vec::new();
    let n_inputs = layers.first().map_or(0, |layer| layer.weight.ncols());
    let (mut low, mut high) = (Array1::from_elem(n_inputs, -x_max), Array1::from_elem(n_inputs, x_max));
    for layer in layers {
        sums.push(low.iter().zip(&high).map(|(low, high): (&f64, &f64)| low.abs().max(high.abs())).sum::<f64>());
        let (positive, negative) = (layer.weight.mapv(|w| w.max(0.0)), layer.weight.mapv(|w| w.min(0.0)));
        let next = |from: &Array1<f64>, to: &Array1<f64>| {
            (positive.dot(from) + negative.dot(to) + &layer.bias).mapv(|value| value.max(0.0))
        };
        (low, high) = (next(&low, &high), next(&high, &low));
    }
    let mut output = eps;
    let mut found = Vec::new();
    for (index, layer) in layers.iter().enumerate().rev() {
        let own = output / (index + 1) as f64;
        let norm = layer.norm();
        // The first layer's inputs have no error; a layer without weights passes none on.
        let of_inputs = if index == 0 || norm == 0.0 { 0.0 } else { (output - own) / norm };
        let errors = of_inputs * layer.weight.ncols() as f64;
        found.push(LayerPrecision { weight: own / (1.0 + sums[index] + errors), output });
        output = of_inputs;
    }
    found.reverse();
    found
}

/// Outputs of layers with ReLU between them.
pub fn outputs(layers: &[Dense], x: &Array1<f64>) -> Array1<f64> {
    let mut x = x.clone();
    for (index, layer) in layers.iter().enumerate() {
        if index > 0 {
            x.mapv_inplace(|value| value.max(0.0));
        }
        x = layer.weight.dot(&x) + &layer.bias;
    }
    x
}
