//! How long networks take on this machine: measured, never estimated.

use std::time::Instant;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use secateur_program::Control;

use super::batch::Inputs;
use super::models::Untouched;
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

/// Seconds of a forward pass of several networks, measured in turn so that whatever else the machine does meets all
/// alike: medians.
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

/// Seconds of several pieces of work, done in turn so that whatever else the machine does meets all alike: medians over
/// repetitions, after one that is not counted.
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
