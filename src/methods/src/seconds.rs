//! What units of a group cost in seconds, measured on this machine.

use burn::tensor::backend::Backend;
use secateur_neural::latency::latencies;
use secateur_neural::units::{UnitKind, Units};
use secateur_neural::{Inputs, Network};
use secateur_program::Control;

use crate::MethodError;
use crate::structured::GroupCosts;

/// How forward passes are timed.
#[derive(Debug)]
pub struct Timing<'a, B: Backend> {
    /// What every network is given.
    pub inputs: &'a Inputs,
    /// Forward passes that a time is the median of, after one that is not counted; at least 1 is done.
    pub repetitions: usize,
    /// Where networks run.
    pub device: B::Device,
    /// Limits and progress.
    pub control: &'a Control,
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
    /// Seconds for 0, 1, ... `n_units` units: straight lines between those measured, made never to fall. Counts are in
    /// ascending order.
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
            let fraction = (left - from) as f64 / (to - from) as f64;
            self.seconds[next - 1] + fraction * (self.seconds[next] - self.seconds[next - 1])
        };
        let mut most = 0.0f64;
        let never_less = |seconds: f64| {
            most = most.max(seconds);
            most
        };
        (0..=n_units).map(at).map(never_less).collect()
    }
}

/// Measures a latency table of a group: the network with only these units of it and no heads and channels elsewhere,
/// less the network without any. Which units are left does not matter, the first ones are; query heads come with the
/// key/value heads that serve them.
///
/// Latencies of groups add up where groups run one after another, as layers do; what a table promises is to be measured
/// on the whole ([`latencies`]).
///
/// # Arguments
/// * `group`: of heads or channels.
/// * `counts`: numbers of units; those above the group's own are brought down to it.
///
/// # Errors
/// [`MethodError`]: units that cannot go, inputs that do not fit, a limit.
pub fn latency_table<B: Backend>(
    timing: &Timing<'_, B>,
    network: &Network,
    units: &Units,
    group: usize,
    counts: &[usize],
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
    let seconds = latencies::<B>(&all, timing.inputs, timing.repetitions, &timing.device, timing.control)?;
    let own = |(count, total): (&usize, &f64)| if *count == 0 { 0.0 } else { (total - seconds[0]).max(0.0) };
    let own = counts.iter().zip(&seconds[1..]).map(own).collect();
    Ok(LatencyTable { counts: counts.to_vec(), seconds: own })
}

/// Latency tables of all groups of these kinds, as costs: measured at every `parts`-th part of a group, straight lines
/// between.
///
/// Progress is reported as the stage `measure seconds`, in groups.
///
/// # Errors
/// As [`latency_table`].
pub fn group_seconds<B: Backend>(
    timing: &Timing<'_, B>,
    network: &Network,
    units: &Units,
    kinds: &[UnitKind],
    parts: usize,
) -> Result<GroupCosts, MethodError> {
    let mut all = Vec::new();
    for (index, group) in units.groups().iter().enumerate() {
        timing.control.report("measure seconds", index as u64, units.groups().len() as u64);
        if !kinds.contains(&group.kind) {
            all.push(None);
            continue;
        }
        let parts = parts.max(1);
        let mut counts: Vec<usize> = (0..=parts).map(|part| group.n_units * part / parts).collect();
        counts.dedup();
        let table = latency_table(timing, network, units, index, &counts)?;
        all.push(Some(table.of_all_counts(group.n_units)));
    }
    GroupCosts::new(units, all)
}
