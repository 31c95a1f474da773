//! The random layer of one output, and which of its neurons serve which weight.
//!
//! Neuron j has an input weight of +1 or -1 per input, and an output weight of random sign whose magnitude is
//! hyperbolic. (Both weights hyperbolic would leave the largest products rare: the logarithm of a product is then
//! triangular.) The sign of an output weight and that of an input weight are right for a given weight of the target
//! with probability 1/4; neurons are dealt to outputs before anything of them is looked at.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::categories::Categories;

/// A weight of the target to be approximated on one side of its input.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// Which input; the last one is the constant 1 of the bias.
    pub input: usize,
    /// Whether neurons act where the input is negative.
    pub negative: bool,
    /// The sign that their output weights must have.
    pub output_sign: f64,
    /// What their magnitudes are to sum up to, in [0, 1].
    pub magnitude: f64,
    /// Per category the magnitude of its neuron's output weight; NaN while there is none.
    pub numbers: Vec<f64>,
}

/// Slots of one output, filled from a stream of random neurons.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// All weights of this output.
    pub slots: Vec<Slot>,
    /// Neurons that were looked at.
    pub looked_at: usize,
    /// Slots and categories that no neuron was found for.
    pub open: usize,
}

/// Probability that the signs of a neuron suit a weight.
pub(super) const SUITS: f64 = 0.25;

impl Pool {
    /// Fills slots with at most `neurons` neurons.
    ///
    /// # Arguments
    /// * `seed`, `stream`: of the random layer and the output.
    ///
    /// # Complexity
    /// O(neurons x slots) at worst; every neuron is used once.
    pub fn fill(mut slots: Vec<Slot>, categories: &Categories, neurons: usize, seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        slots.iter_mut().for_each(|slot| slot.numbers = vec![f64::NAN; categories.count()]);
        // Open slots per category.
        let mut open: Vec<Vec<usize>> = vec![(0..slots.len()).collect(); categories.count()];
        let mut n_open = slots.len() * categories.count();
        let mut looked_at = 0;
        while n_open > 0 && looked_at < neurons {
            looked_at += 1;
            let magnitude = categories.hyperbolic(rng.random());
            let output_sign = if rng.random() { 1.0 } else { -1.0 };
            let Some(category) = categories.of(magnitude) else { continue };
            // Signs of input weights are drawn when they are looked at: each once, since of the two slots of an input
            // one has the other output sign.
            let mut suits = |slot: &Slot| slot.output_sign == output_sign && slot.negative == rng.random::<bool>();
            let suits = open[category].iter().position(|slot| suits(&slots[*slot]));
            if let Some(place) = suits {
                let slot = open[category].swap_remove(place);
                slots[slot].numbers[category] = magnitude;
                n_open -= 1;
            }
        }
        Self { slots, looked_at, open: n_open }
    }
}
