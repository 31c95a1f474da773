//! A network with the data that its parts are measured on.

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use secateur_program::Control;

use super::calibrate::{CalibrateError, Inputs, calibrate};
use super::scorer::Scorer;
use crate::{Batch, Network, Params};

/// What every method measures on: a network, the batches that it sees, and where and for how long it runs.
#[derive(Debug)]
pub struct Calibration<'a, B: Backend> {
    /// The network before anything is pruned.
    pub network: &'a Network,
    /// Calibration data.
    pub batches: &'a [Batch],
    /// Where the network runs.
    pub device: B::Device,
    /// Limits and progress.
    pub control: &'a Control,
}

impl<'a, B: Backend> Calibration<'a, B> {
    /// On the default device of the back end.
    pub fn new(network: &'a Network, batches: &'a [Batch], control: &'a Control) -> Self {
        Self { network, batches, device: Default::default(), control }
    }

    /// The network's weights on the device.
    pub fn params(&self) -> Params<B> {
        self.network.params(&self.device)
    }

    /// Second moments of the inputs of the linear layers that are wanted, as [`calibrate()`] sums them.
    ///
    /// # Errors
    /// As there.
    pub fn inputs<S: Scorer>(
        &self,
        wanted: impl Fn(&str) -> bool,
        scorer: &S,
    ) -> Result<BTreeMap<String, Inputs>, CalibrateError> {
        calibrate(self.network, &self.params(), self.batches, wanted, scorer, self.control)
    }
}
