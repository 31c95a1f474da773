//! What pruning does to a whole network, measured on batches.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use ndarray::Array2;
use secateur_program::Control;

use super::MethodError;
use crate::neural::batch::Batch;
use crate::neural::loss::{cross_entropies, divergence};
use crate::neural::walk::{Walk, block_of};
use crate::neural::weights::to_host;
use crate::neural::{Network, Params};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// By how much the loss rises.
    Rise,
    /// The divergence of Kullback and Leibler from the whole network's answers, in nats per answer.
    Divergence,
}

/// How far a network with some other weights is from the whole one. Batches wait before the first block that changes: asked in the order of
/// blocks, no block runs again that lies before.
pub(super) struct Damage<'a, B: Backend> {
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
    pub(super) fn new(
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

    /// With these weights in place of the whole network's; per answer.
    ///
    /// `changes`: maps, and their weights, shape (outputs, inputs).
    pub(super) fn of(&mut self, changes: &[(&str, &Array2<f32>)]) -> Result<f64, MethodError> {
        let first = changes.iter().map(|(map, _)| block_of(self.network, map)).min();
        let Some(first) = first else { return Ok(0.0) };
        self.walk.go_to(&self.params, first, self.control)?;
        let mut params = self.params.clone();
        for (map, weight) in changes {
            let (outputs, inputs) = weight.dim();
            let values = TensorData::new(weight.iter().copied().collect::<Vec<f32>>(), [outputs, inputs]);
            params.replace(&format!("{map}.weight"), Tensor::from_data(values, &params.device()));
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
    use burn::backend::Flex;

    use super::*;
    use crate::neural::methods::slimgpt::with_weight;
    use crate::neural::models::Untouched;
    use crate::neural::tests::{copying, decoder};

    fn softmax(row: &[f32]) -> Vec<f64> {
        let most = row.iter().copied().fold(f32::MIN, f32::max);
        let powers: Vec<f64> = row.iter().map(|value| f64::from(value - most).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    }

    #[test]
    fn damage_is_what_its_definition_says() {
        let whole = Network::random(decoder(), 5).unwrap();
        let map = "model.layers.0.mlp.down_proj";
        let weight = whole.weights().matrix(&format!("{map}.weight")).unwrap().mapv(|value| 0.5 * value);
        let pruned = with_weight(whole.clone(), map, &weight).unwrap();
        let (batches, device, control) = ([copying(0), copying(1)], Default::default(), Control::new());
        let host = |network: &Network| -> Vec<f32> {
            let params = network.params::<Flex>(&device);
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
        let of = |measure| Damage::<Flex>::new(&whole, &batches, measure, &device, &control).unwrap();
        let (mut rises, mut divergences) = (of(Measure::Rise), of(Measure::Divergence));
        // Later blocks first, then an earlier one, then none.
        let last = "model.layers.1.mlp.up_proj";
        let same = whole.weights().matrix(&format!("{last}.weight")).unwrap().to_owned();
        assert_eq!((rises.of(&[(last, &same)]).unwrap(), divergences.of(&[(last, &same)]).unwrap()), (0.0, 0.0));
        assert!((rises.of(&[(map, &weight)]).unwrap() - rise).abs() < 1e-6 && rise.abs() > 1e-5);
        assert!((divergences.of(&[(map, &weight)]).unwrap() - divergence).abs() < 1e-6 && divergence > 1e-5);
        let both = [(map, &weight), (last, &same)];
        assert_eq!(divergences.of(&both).unwrap(), divergences.of(&both[..1]).unwrap());
        assert_eq!((rises.of(&[]).unwrap(), divergences.of(&[]).unwrap()), (0.0, 0.0));
        let stopped = Control::new().with_time_limit(std::time::Duration::ZERO);
        assert!(Damage::<Flex>::new(&whole, &batches, Measure::Divergence, &device, &stopped).is_err());
    }
}
