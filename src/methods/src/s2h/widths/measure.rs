//! Losses of widths, measured.

use burn::tensor::backend::Backend;
use secateur_neural::units::Units;
use secateur_neural::{Batch, EvaluateError, Network, evaluate};
use secateur_program::Control;

use super::super::counts::Counts;
use super::super::learner::masked_groups;
use super::super::order::by_norm;
use super::super::resource::WidthCosts;
use super::{GroupWidths, WidthTable};
use crate::MethodError;
use crate::s2h::S2hOptions;

impl WidthTable {
    /// By how much the loss of a network rises on batches with one group at every candidate width, the others whole.
    ///
    /// # Arguments
    /// * `options`: steps of candidates, and what is counted.
    /// * `control`: limits; progress as the stage `measure widths`, in groups.
    ///
    /// # Errors
    /// [`MethodError`]: batches that do not fit, options that are no numbers, a limit.
    ///
    /// # Complexity
    /// A forward pass over the batches, by a smaller network, per group and candidate.
    pub fn measure<B: Backend>(
        network: &Network,
        batches: &[Batch],
        options: &S2hOptions,
        device: &B::Device,
        control: &Control,
    ) -> Result<Self, MethodError> {
        if let Some((what, value, expected)) = options.wrong() {
            return Err(MethodError::Number { what: what.into(), value, expected: expected.into() });
        }
        let (units, params) = (Units::of(network), network.params::<B>(device));
        let whole = evaluate(network, &params, batches, control)?.loss;
        let masked: Vec<_> = masked_groups(&units).collect();
        let mut groups = Vec::with_capacity(masked.len());
        for (done, (index, group)) in masked.iter().enumerate() {
            control.report("measure widths", done as u64, masked.len() as u64);
            let counts = Counts::new(group.n_units, options.step_of(group.kind)).candidates;
            let order = by_norm(group, &params);
            let mut losses = Vec::with_capacity(counts.len());
            for count in &counts {
                control.check().map_err(EvaluateError::from)?;
                let mut kept = units.all_kept();
                order[*count..].iter().for_each(|unit| kept.set(*index, *unit, false));
                let narrower = units.prune(network, &units.without_idle(kept))?;
                losses.push(evaluate(&narrower, &narrower.params::<B>(device), batches, control)?.loss - whole);
            }
            groups.push(GroupWidths { group: *index, order, counts, losses });
        }
        control.report("measure widths", masked.len() as u64, masked.len() as u64);
        let indices: Vec<usize> = masked.iter().map(|(index, _)| *index).collect();
        Ok(Self { groups, costs: WidthCosts::new(network, &units, &indices, options.cost) })
    }
}
