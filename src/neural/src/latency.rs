//! How long networks take on this machine: measured, never estimated.

use std::time::Instant;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use secateur_program::Control;

use super::batch::Inputs;
use super::methods::MethodError;
use super::methods::structured::GroupCosts;
use super::models::Untouched;
use super::units::{UnitKind, Units};
use super::weights::to_host;
use super::{EvaluateError, Network};

/// Seconds of a forward pass: the median over repetitions, after one that is not counted.
///
/// # Arguments
/// * `repetitions`: at least 1 is done.
///
/// # Errors
/// [`EvaluateError`]: inputs that do not fit, a limit.
pub fn latency<B: Backend>(
    network: &Network,
    inputs: &Inputs,
    repetitions: usize,
    device: &B::Device,
    control: &Control,
) -> Result<f64, EvaluateError> {
    let mut seconds = latencies::<B>(&[network], inputs, repetitions, device, control)?;
    Ok(seconds.remove(0))
}

/// Seconds of a forward pass of several networks, measured in turn so that whatever else the machine does meets all alike: medians.
///
/// # Errors
/// As [`latency`].
pub fn latencies<B: Backend>(
    networks: &[&Network],
    inputs: &Inputs,
    repetitions: usize,
    device: &B::Device,
    control: &Control,
) -> Result<Vec<f64>, EvaluateError> {
    let params: Vec<_> = networks.iter().map(|network| network.params::<B>(device)).collect();
    in_turn(networks.len(), repetitions, control, |index| {
        Ok(networks[index].forward(&params[index], inputs, &mut Untouched)?)
    })
}

/// Seconds of several pieces of work, done in turn so that whatever else the machine does meets all alike: medians over repetitions, after one that is not counted.
///
/// # Arguments
/// * `n`: pieces of work.
/// * `repetitions`: at least 1 is done.
/// * `work`: does a piece; reading a row of what it gives waits for the device.
///
/// # Errors
/// Those of the work, and [`EvaluateError::Stopped`] at a limit.
pub fn in_turn<B: Backend>(
    n: usize,
    repetitions: usize,
    control: &Control,
    mut work: impl FnMut(usize) -> Result<Tensor<B, 2>, EvaluateError>,
) -> Result<Vec<f64>, EvaluateError> {
    let mut seconds = vec![Vec::new(); n];
    for repetition in 0..=repetitions.max(1) {
        for (index, seconds) in seconds.iter_mut().enumerate() {
            control.check()?;
            let start = Instant::now();
            to_host(work(index)?.narrow(0, 0, 1));
            if repetition > 0 {
                seconds.push(start.elapsed().as_secs_f64());
            }
        }
    }
    Ok(seconds.into_iter().map(median).collect())
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// What units of a group cost in seconds, by how many are left.
#[derive(Debug, Clone, PartialEq)]
pub struct LatencyTable {
    /// Units left, in the order asked for.
    pub counts: Vec<usize>,
    /// Seconds of a forward pass that these units take; 0 for none.
    pub seconds: Vec<f64>,
}

impl LatencyTable {
    /// Seconds for 0, 1, ... `n_units` units: straight lines between those measured, made never to fall. Counts are in ascending order.
    pub fn of_all_counts(&self, n_units: usize) -> Vec<f64> {
        if self.counts.is_empty() {
            return vec![0.0; n_units + 1];
        }
        let at = |left: usize| {
            let next = self.counts.iter().position(|count| *count >= left).unwrap_or(self.counts.len() - 1);
            if next == 0 || self.counts[next] <= left {
                return self.seconds[next];
            }
            let (from, to) = (self.counts[next - 1], self.counts[next]);
            let share = (left - from) as f64 / (to - from) as f64;
            self.seconds[next - 1] + share * (self.seconds[next] - self.seconds[next - 1])
        };
        let mut most = 0.0f64;
        let never_less = |seconds: f64| {
            most = most.max(seconds);
            most
        };
        (0..=n_units).map(at).map(never_less).collect()
    }
}

/// Measures a latency table of a group: the network with only these units of it and no heads and channels elsewhere, less the network without any. Which units are
/// left does not matter, the first ones are; query heads come with the key/value heads that serve them.
///
/// Latencies of groups add up where groups run one after another, as layers do; what a table promises is to be measured on the whole ([`latency`]).
///
/// # Arguments
/// * `group`: of heads or channels.
/// * `counts`: numbers of units; those above the group's own are brought down to it.
///
/// # Errors
/// [`MethodError`]: units that cannot go, inputs that do not fit, a limit.
#[allow(clippy::too_many_arguments, reason = "each is one thing that is measured on")]
pub fn latency_table<B: Backend>(
    network: &Network,
    units: &Units,
    group: usize,
    counts: &[usize],
    inputs: &Inputs,
    repetitions: usize,
    device: &B::Device,
    control: &Control,
) -> Result<LatencyTable, MethodError> {
    let with = |left: usize| -> Result<Network, MethodError> {
        let mut kept = units.all_kept();
        for (index, other) in units.groups().iter().enumerate() {
            if matches!(other.kind, UnitKind::Heads | UnitKind::Channels) {
                let stays = if index == group { left } else { 0 };
                (stays.min(other.n_units)..other.n_units).for_each(|unit| kept.set(index, unit, false));
            }
        }
        Ok(units.prune(network, &units.without_idle(kept))?)
    };
    let mut networks = vec![with(0)?];
    for count in counts {
        networks.push(with(*count)?);
    }
    let all: Vec<&Network> = networks.iter().collect();
    let seconds = latencies::<B>(&all, inputs, repetitions, device, control)?;
    let own = |(count, total): (&usize, &f64)| if *count == 0 { 0.0 } else { (total - seconds[0]).max(0.0) };
    let own = counts.iter().zip(&seconds[1..]).map(own).collect();
    Ok(LatencyTable { counts: counts.to_vec(), seconds: own })
}

/// Latency tables of all groups of these kinds, as costs: measured at every `parts`-th part of a group, straight lines between.
///
/// # Arguments
/// * `control`: limits; progress as the stage `measure seconds`, in groups.
///
/// # Errors
/// As [`latency_table`].
#[allow(clippy::too_many_arguments, reason = "each is one thing that is measured on")]
pub fn group_seconds<B: Backend>(
    network: &Network,
    units: &Units,
    kinds: &[UnitKind],
    parts: usize,
    inputs: &Inputs,
    repetitions: usize,
    device: &B::Device,
    control: &Control,
) -> Result<GroupCosts, MethodError> {
    let mut all = Vec::new();
    for (index, group) in units.groups().iter().enumerate() {
        control.report("measure seconds", index as u64, units.groups().len() as u64);
        if !kinds.contains(&group.kind) {
            all.push(None);
            continue;
        }
        let parts = parts.max(1);
        let mut counts: Vec<usize> = (0..=parts).map(|part| group.n_units * part / parts).collect();
        counts.dedup();
        let table = latency_table::<B>(network, units, index, &counts, inputs, repetitions, device, control)?;
        all.push(Some(table.of_all_counts(group.n_units)));
    }
    GroupCosts::new(units, all)
}
