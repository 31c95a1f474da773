//! A network that computes only what stays: lowered depthwise convolutions without the columns that went, projections
//! without their rows.

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use secateur_neural::models::Run;
use secateur_neural::models::convnet::{self, Inside, part};
use secateur_neural::{Config, Inputs, Network, NetworkError, Params, Untouched};

use super::layers::SeparableLayer;
use super::{LayerPlan, Lowered, Plan};
use crate::MethodError;

/// A pruned network on a device, without what went.
#[derive(Debug, Clone)]
pub struct Compact<B: Backend> {
    config: Config,
    params: Params<B>,
    layers: BTreeMap<usize, (Lowered<B>, Projection<B>)>,
    device: B::Device,
}

impl<B: Backend> Compact<B> {
    /// Lowers a network. What the plan says went is left out, whatever its weights are.
    ///
    /// # Errors
    /// [`MethodError`]: a network without depthwise-separable layers, a plan for another one.
    ///
    /// # Complexity
    /// O(parameters), and that of [`Lowered::new`].
    pub fn new(network: &Network, plan: &Plan, device: &B::Device) -> Result<Self, MethodError> {
        let params: Params<B> = network.params(device);
        let lower = |(layer, own): (&SeparableLayer, &LayerPlan)| {
            let bias = params.of(&part(layer.block, "depthwise.bias"));
            let lowered = Lowered::new(layer, own.columns.view(), bias, device)?;
            Ok((layer.block, (lowered, Projection::new(&params, layer.block, &own.filters, device))))
        };
        let layers = plan.layers_of(network)?;
        let layers = layers.iter().zip(&plan.layers).map(lower).collect::<Result<_, MethodError>>()?;
        Ok(Self { config: network.config().clone(), params, layers, device: device.clone() })
    }

    /// Logits, a row per image: those of the masked network up to rounding.
    ///
    /// # Errors
    /// [`NetworkError`] for inputs that do not fit.
    pub fn forward(&self, inputs: &Inputs) -> Result<Tensor<B, 2>, NetworkError> {
        inputs.check(&self.config)?;
        let (Config::Convnet(config), Inputs::Images(images)) = (&self.config, inputs) else {
            unreachable!("inputs are checked, and only convolutions have depthwise-separable layers")
        };
        let mut run = Run { params: &self.params, probe: &mut Untouched };
        Ok(convnet::forward(
            config,
            &mut run,
            convnet::images(images, &self.device),
            &mut Kept { layers: &self.layers },
        ))
    }
}

/// What the network's forward pass calls.
struct Kept<'a, B: Backend> {
    layers: &'a BTreeMap<usize, (Lowered<B>, Projection<B>)>,
}

impl<B: Backend> Inside<B> for Kept<'_, B> {
    fn depthwise(
        &mut self,
        _: &mut Run<'_, B>,
        block: usize,
        x: Tensor<B, 2>,
        _: (usize, usize),
        _: usize,
    ) -> Tensor<B, 2> {
        self.layers[&block].0.forward(x)
    }

    fn project(&mut self, _: &mut Run<'_, B>, block: usize, x: Tensor<B, 2>) -> Tensor<B, 2> {
        self.layers[&block].1.forward(x)
    }
}

/// A projection without the filters that went; its output keeps its width.
#[derive(Debug, Clone)]
pub(super) struct Projection<B: Backend> {
    /// Weight, shape (channels, filters that stay), and bias; none if no filter stays.
    kept: Option<(Tensor<B, 2>, Tensor<B, 2>)>,
    /// Per filter its column among those that stay; the one after the last is zero. None if all stay.
    from: Option<Tensor<B, 1, Int>>,
    n_filters: usize,
}

impl<B: Backend> Projection<B> {
    pub(super) fn new(params: &Params<B>, block: usize, filters: &[bool], device: &B::Device) -> Self {
        let ints = |values: Vec<i64>| -> Tensor<B, 1, Int> {
            let n = values.len();
            Tensor::from_data(TensorData::new(values, [n]), device)
        };
        let rows: Vec<i64> = (0..).zip(filters).filter(|(_, stays)| **stays).map(|(filter, _)| filter).collect();
        let n_kept = rows.len();
        let mut place = 0;
        let column = |stays: &bool| match stays {
            true => {
                place += 1;
                place - 1
            }
            false => n_kept as i64,
        };
        let from = (n_kept < filters.len()).then(|| ints(filters.iter().map(column).collect()));
        let kept = (n_kept > 0).then(|| {
            let rows = ints(rows);
            let weight = params.of(&part(block, "project.weight")).select(0, rows.clone()).transpose();
            (weight, params.of(&part(block, "project.bias")).select(1, rows))
        });
        Self { kept, from, n_filters: filters.len() }
    }

    pub(super) fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let (rows, device) = (x.dims()[0], x.device());
        let Some((weight, bias)) = &self.kept else { return Tensor::zeros([rows, self.n_filters], &device) };
        let y = x.matmul(weight.clone()) + bias.clone();
        match &self.from {
            Some(from) => Tensor::cat(vec![y, Tensor::zeros([rows, 1], &device)], 1).select(1, from.clone()),
            None => y,
        }
    }
}
