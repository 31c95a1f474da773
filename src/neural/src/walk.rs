//! Batches at one place on their way through a network: what is measured in a block, or from it on, needs the blocks
//! before it no more.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use secateur_program::Control;

use super::batch::Batch;
use super::models::layers::Run;
use super::models::state::{State, n_blocks};
use super::models::{Probe, Untouched};
use super::units::{Block, blocks};
use super::weights::Params;
use super::{Config, EvaluateError, Network};

/// Batches before one block of a network. The network's weights are given with each step: from the block on they may be
/// others.
///
/// Memory: the activations of one place, rows x channels.
pub struct Walk<'a, B: Backend> {
    config: Config,
    batches: &'a [Batch],
    states: Vec<State<B>>,
    block: usize,
}

impl<'a, B: Backend> Walk<'a, B> {
    /// Before the first block.
    pub fn begin(
        network: &Network,
        params: &Params<B>,
        batches: &'a [Batch],
        control: &Control,
    ) -> Result<Self, EvaluateError> {
        let mut walk = Self { config: network.config().clone(), batches, states: Vec::new(), block: 0 };
        walk.restart(params, control)?;
        Ok(walk)
    }

    fn restart(&mut self, params: &Params<B>, control: &Control) -> Result<(), EvaluateError> {
        let device = params.device();
        let state = |batch: &Batch| {
            control.check()?;
            batch.check(&self.config)?;
            let mut run = Run { params, probe: &mut Untouched };
            Ok(State::begin(&self.config, &mut run, &batch.inputs, &device))
        };
        self.states = self.batches.iter().map(state).collect::<Result<_, EvaluateError>>()?;
        self.block = 0;
        Ok(())
    }

    /// Goes on until this block is the next (the number of blocks: what comes after all of them); to one that lies
    /// behind, from the start.
    pub fn go_to(&mut self, params: &Params<B>, block: usize, control: &Control) -> Result<(), EvaluateError> {
        if block < self.block {
            self.restart(params, control)?;
        }
        while self.block < block.min(n_blocks(&self.config)) {
            for state in &mut self.states {
                control.check()?;
                *state = state.clone().through(&self.config, &mut Run { params, probe: &mut Untouched }, self.block);
            }
            self.block += 1;
        }
        Ok(())
    }

    /// The batches that are on their way.
    pub fn batches(&self) -> &'a [Batch] {
        self.batches
    }

    /// Shows what the next block applies its linear layers to, for one batch, which stays where it is.
    pub fn look(&self, batch: usize, params: &Params<B>, probe: &mut dyn Probe<B>) {
        let (mut run, state) = (Run { params, probe }, self.states[batch].clone());
        match self.block < n_blocks(&self.config) {
            true => drop(state.through(&self.config, &mut run, self.block)),
            false => drop(state.end(&self.config, &mut run)),
        }
    }

    /// Logits of every batch, from here with these weights; batches stay where they are.
    pub fn logits(
        &self,
        params: &Params<B>,
        control: &Control,
    ) -> impl Iterator<Item = Result<(&'a Batch, Tensor<B, 2>), EvaluateError>> {
        self.batches.iter().zip(&self.states).map(move |(batch, state)| {
            control.check()?;
            let mut run = Run { params, probe: &mut Untouched };
            let mut state = state.clone();
            for block in self.block..n_blocks(&self.config) {
                state = state.through(&self.config, &mut run, block);
            }
            Ok((batch, state.end(&self.config, &mut run)))
        })
    }
}

/// The block of a network that applies a linear layer; the number of blocks: what comes after all of them.
pub fn block_of(network: &Network, linear: &str) -> usize {
    let holds = |block: &Block| block.linears.iter().any(|own| own == linear);
    blocks(network).iter().position(holds).unwrap_or_else(|| n_blocks(network.config()))
}
