//! What pruning does to a whole network, measured on batches.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use ndarray::Array2;
use secateur_neural::score::Calibration;
use secateur_neural::walk::{Walk, block_of};
use secateur_neural::{Batch, Network, Params, cross_entropies, divergence, to_host};
use secateur_program::Control;

use super::MethodError;
use super::allocate::LevelLoss;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// By how much the loss rises.
    Rise,
    /// The divergence of Kullback and Leibler from the whole network's predictions, in nats per prediction.
    Divergence,
}

/// How far a network with some other weights is from the whole one. Batches wait before the first block that changes:
/// asked in the order of blocks, no block runs again that lies before.
pub struct Damage<'a, B: Backend> {
    network: &'a Network,
    params: Params<B>,
    walk: Walk<'a, B>,
    whole: Whole<B>,
    control: &'a Control,
}

enum Whole<B: Backend> {
    /// Summed over labels.
    Loss(f64),
    /// Per batch.
    Logits(Vec<Tensor<B, 2>>),
}

impl<'a, B: Backend> Damage<'a, B> {
    /// Runs the whole network.
    ///
    /// # Errors
    /// [`MethodError`]: batches that do not fit, a stop.
    ///
    /// # Complexity
    /// A forward pass; the predictions of the whole network are kept for [`Measure::Divergence`].
    pub fn new(
        network: &'a Network,
        batches: &'a [Batch],
        measure: Measure,
        device: &B::Device,
        control: &'a Control,
    ) -> Result<Self, MethodError> {
        let params = network.params::<B>(device);
        let walk = Walk::begin(network, &params, batches, control)?;
        let whole = match measure {
            Measure::Rise => Whole::Loss(loss(&walk, &params, control)?),
            Measure::Divergence => {
                let logits = walk.logits(&params, control).map(|found| Ok(found?.1));
                Whole::Logits(logits.collect::<Result<_, MethodError>>()?)
            }
        };
        Ok(Self { network, params, walk, whole, control })
    }

    /// For levels whose loss is measured on the whole network.
    pub(crate) fn of_level(calibration: &Calibration<'a, B>, loss: LevelLoss) -> Result<Option<Self>, MethodError> {
        let measure = match loss {
            LevelLoss::OutputError => return Ok(None),
            LevelLoss::Rise => Measure::Rise,
            LevelLoss::Divergence => Measure::Divergence,
        };
        let Calibration { network, batches, control, .. } = *calibration;
        Self::new(network, batches, measure, &calibration.device, control).map(Some)
    }

    /// With these weights in place of the whole network's; per prediction.
    ///
    /// # Arguments
    /// * `changes`: linear layers, and their weights, shape (outputs, inputs).
    ///
    /// # Errors
    /// [`MethodError::Linear`] for a weight that the network does not have, [`MethodError::Other`] for one of another
    /// shape; a stop.
    ///
    /// # Complexity
    /// A forward pass from the first block that changes on.
    pub fn of(&mut self, changes: &[(&str, &Array2<f32>)]) -> Result<f64, MethodError> {
        changes.iter().try_for_each(|(linear, weight)| self.fits(linear, weight))?;
        let first = changes.iter().map(|(linear, _)| block_of(self.network, linear)).min();
        let Some(first) = first else { return Ok(0.0) };
        self.walk.go_to(&self.params, first, self.control)?;
        let mut params = self.params.clone();
        for (linear, weight) in changes {
            let (outputs, inputs) = weight.dim();
            let values = TensorData::new(weight.iter().copied().collect::<Vec<f32>>(), [outputs, inputs]);
            params.replace(&format!("{linear}.weight"), Tensor::from_data(values, &params.device()));
        }
        let n = self.walk.batches().iter().map(|batch| batch.labels.len()).sum::<usize>().max(1) as f64;
        let sum = match &self.whole {
            Whole::Loss(whole) => loss(&self.walk, &params, self.control)? - whole,
            Whole::Logits(whole) => {
                let mut sum = 0.0;
                for (whole, found) in whole.iter().zip(self.walk.logits(&params, self.control)) {
                    let (batch, logits) = found?;
                    // Below zero by rounding only.
                    let mean = f64::from(to_host(divergence(whole.clone(), logits))[0]).max(0.0);
                    sum += mean * batch.labels.len() as f64;
                }
                sum
            }
        };
        Ok(sum / n)
    }

    /// Whether a weight is one of the network's, of its shape.
    fn fits(&self, linear: &str, weight: &Array2<f32>) -> Result<(), MethodError> {
        let shape = self.network.weights().shape(&format!("{linear}.weight"));
        let shape = shape.ok_or_else(|| MethodError::Linear { linear: linear.into() })?;
        let expected = [shape.first().copied().unwrap_or(0), shape.iter().skip(1).product()];
        for (what, found, expected) in
            [("outputs", weight.nrows(), expected[0]), ("inputs", weight.ncols(), expected[1])]
        {
            if found != expected {
                return Err(MethodError::Other { what: format!("{what} of {linear}"), found, expected });
            }
        }
        Ok(())
    }
}

/// Summed cross-entropy.
fn loss<B: Backend>(walk: &Walk<'_, B>, params: &Params<B>, control: &Control) -> Result<f64, MethodError> {
    let mut sum = 0.0;
    for found in walk.logits(params, control) {
        let (batch, logits) = found?;
        sum += to_host(cross_entropies(logits, &batch.labels)).into_iter().map(f64::from).sum::<f64>();
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use secateur_neural::Untouched;
    use secateur_neural::cpu::Cpu;
    use secateur_neural::testing::{copying, decoder};

    use super::*;
    use crate::slimgpt::with_weight;

    fn softmax(row: &[f32]) -> Vec<f64> {
        let most = row.iter().copied().fold(f32::MIN, f32::max);
        let powers: Vec<f64> = row.iter().map(|value| f64::from(value - most).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    }

    #[test]
    fn damage_is_what_its_definition_says() {
        let whole = Network::random(decoder(), 5).unwrap();
        let linear = "model.layers.0.mlp.down_proj";
        let weight = whole.weights().matrix(&format!("{linear}.weight")).unwrap().mapv(|value| 0.5 * value);
        let pruned = with_weight(whole.clone(), linear, &weight).unwrap();
        let (batches, device, control) = ([copying(0), copying(1)], Default::default(), Control::new());
        let host = |network: &Network| -> Vec<f32> {
            let params = network.params::<Cpu>(&device);
            let logits = |batch: &Batch| network.forward(&params, &batch.inputs, &mut Untouched).unwrap();
            batches.iter().flat_map(|batch| to_host(logits(batch))).collect()
        };
        let (before, after) = (host(&whole), host(&pruned));
        let classes = whole.config().n_classes();
        let labels: Vec<u32> = batches.iter().flat_map(|batch| batch.labels.clone()).collect();
        let (mut rise, mut divergence) = (0.0, 0.0);
        for ((p, q), label) in before.chunks(classes).zip(after.chunks(classes)).zip(&labels) {
            let (p, q) = (softmax(p), softmax(q));
            rise += (p[*label as usize] / q[*label as usize]).ln() / labels.len() as f64;
            divergence += p.iter().zip(&q).map(|(p, q)| p * (p / q).ln()).sum::<f64>() / labels.len() as f64;
        }
        let of = |measure| Damage::<Cpu>::new(&whole, &batches, measure, &device, &control).unwrap();
        let (mut rises, mut divergences) = (of(Measure::Rise), of(Measure::Divergence));
        // Later blocks first, then an earlier one, then none.
        let last = "model.layers.1.mlp.up_proj";
        let same = whole.weights().matrix(&format!("{last}.weight")).unwrap().to_owned();
        assert_eq!((rises.of(&[(last, &same)]).unwrap(), divergences.of(&[(last, &same)]).unwrap()), (0.0, 0.0));
        assert!((rises.of(&[(linear, &weight)]).unwrap() - rise).abs() < 1e-6 && rise.abs() > 1e-5);
        assert!((divergences.of(&[(linear, &weight)]).unwrap() - divergence).abs() < 1e-6 && divergence > 1e-5);
        let both = [(linear, &weight), (last, &same)];
        assert_eq!(divergences.of(&both).unwrap(), divergences.of(&both[..1]).unwrap());
        assert_eq!((rises.of(&[]).unwrap(), divergences.of(&[]).unwrap()), (0.0, 0.0));
        let refused = |linear, rows, columns| {
            let weight = Array2::zeros((rows, columns));
            of(Measure::Divergence).of(&[(linear, &weight)]).unwrap_err().to_string()
        };
        let unknown = "model.layers.9.mlp.up_proj is no linear layer of this network whose weights can be pruned";
        assert_eq!(refused("model.layers.9.mlp.up_proj", 1, 1), unknown);
        assert_eq!(
            refused(linear, 12, 11),
            "inputs of model.layers.0.mlp.down_proj: 11, expected 10 as the network has it"
        );
        let stopped = Control::new().with_time_limit(std::time::Duration::ZERO);
        assert!(Damage::<Cpu>::new(&whole, &batches, Measure::Divergence, &device, &stopped).is_err());
    }
}
