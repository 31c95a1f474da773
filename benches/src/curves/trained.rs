//! Trained networks, kept in directories so that no run trains again what another has.

use std::path::Path;
use std::time::Instant;

use secateur::neural::{Checkpoint, Network, Quality, SaveOptions, cpu};
use secateur_program::Control;

use super::tasks::Task;
use crate::workloads::Failure;

/// The back end everything is measured on.
pub use secateur::neural::cpu::Cpu;

/// The network of a task and a seed: read, or trained and written.
///
/// # Errors
/// When the directory is no network, or training or writing fails.
pub fn trained(task: &Task, seed: u64, models: &Path) -> Result<Network, Failure> {
    let directory = models.join(format!("{}-{seed}", task.name));
    if directory.join("config.json").exists() {
        return Ok(Checkpoint::load(&directory)?.network);
    }
    let network = task.network(seed)?;
    let start = Instant::now();
    let trained = cpu::train(&network, &mut |step| task.batch(seed, step), &task.options, &Control::new())?;
    let seconds = start.elapsed().as_secs_f64();
    let quality = judge(&trained.network, &task.test)?;
    println!(
        "{}, seed {seed}: {} parameters, {} steps in {seconds:.0} s; test loss {:.4}, accuracy {:.4} (baseline loss {:.4})",
        task.name,
        network.weights().n_parameters(),
        task.options.steps,
        quality.loss,
        quality.accuracy,
        task.baseline,
    );
    Checkpoint::from(trained.network.clone()).save(&directory, &SaveOptions::default())?;
    if let Some(tokens) = &task.tokens {
        tokens.save(&directory.join("tokenizer.json"))?;
    }
    Ok(trained.network)
}

/// Quality on batches.
///
/// # Errors
/// When a batch does not fit.
pub fn judge(network: &Network, batches: &[secateur::neural::Batch]) -> Result<Quality, Failure> {
    Ok(cpu::evaluate(network, batches, &Control::new())?)
}
