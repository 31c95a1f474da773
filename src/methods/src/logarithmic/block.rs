//! Two layers of the pruned random network, in place of one of the target.

use ndarray::{Array1, Array2};

use super::precision::Dense;

/// A hidden neuron that is kept, with the one input weight that is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hidden {
    /// The input; the number of inputs stands for the constant 1.
    pub input: usize,
    /// The weight.
    pub weight: f64,
}

/// An output weight that is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// From a hidden neuron.
    pub hidden: usize,
    /// To an output.
    pub output: usize,
    /// The weight.
    pub weight: f64,
}

/// `y_o = sum_links weight * relu(hidden)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Inputs, without the constant.
    pub n_inputs: usize,
    /// Outputs.
    pub n_outputs: usize,
    /// Kept neurons.
    pub hidden: Vec<Hidden>,
    /// Kept output weights.
    pub links: Vec<Link>,
}

impl Block {
    /// The outputs, before any ReLU of the next layer.
    ///
    /// # Panics
    /// If `x` has another length than there are inputs.
    pub fn outputs(&self, x: &Array1<f64>) -> Array1<f64> {
        assert_eq!(x.len(), self.n_inputs, "as many inputs as the block has");
        let input = |hidden: &Hidden| x.get(hidden.input).copied().unwrap_or(1.0);
        let hidden: Vec<f64> = self.hidden.iter().map(|hidden| (hidden.weight * input(hidden)).max(0.0)).collect();
        let mut y = Array1::zeros(self.n_outputs);
        self.links.iter().for_each(|link| y[link.output] += link.weight * hidden[link.hidden]);
        y
    }

    /// The weight that the block gives an input on one of its sides.
    pub fn weight(&self, output: usize, input: usize, negative: bool) -> f64 {
        let of = |link: &Link| {
            let hidden = self.hidden[link.hidden];
            let acts = hidden.input == input && (hidden.weight < 0.0) == negative;
            if link.output == output && acts { link.weight * hidden.weight } else { 0.0 }
        };
        self.links.iter().map(of).sum()
    }

    /// The same as dense layers. Memory: hidden neurons x (inputs + outputs).
    pub fn to_dense(&self) -> [Dense; 2] {
        let n_hidden = self.hidden.len();
        let mut first = Dense { weight: Array2::zeros((n_hidden, self.n_inputs)), bias: Array1::zeros(n_hidden) };
        for (index, hidden) in self.hidden.iter().enumerate() {
            match first.weight.get_mut((index, hidden.input)) {
                Some(weight) => *weight = hidden.weight,
                None => first.bias[index] = hidden.weight,
            }
        }
        let mut second =
            Dense { weight: Array2::zeros((self.n_outputs, n_hidden)), bias: Array1::zeros(self.n_outputs) };
        self.links.iter().for_each(|link| second.weight[[link.output, link.hidden]] += link.weight);
        [first, second]
    }
}
