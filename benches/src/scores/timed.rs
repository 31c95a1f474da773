//! Works timed in turn, so that a slower or faster minute of the machine reaches all of them.

use std::time::Instant;

use crate::workloads::Failure;

/// Something to time.
pub struct Task<'a> {
    /// For the table.
    pub name: &'static str,
    /// Bytes or floating-point operations of a call.
    pub amount: f64,
    /// `GB/s` or `GFLOP/s`.
    pub unit: &'static str,
    call: Box<dyn Fn() -> Result<(), Failure> + 'a>,
    once: bool,
}

impl<'a> Task<'a> {
    /// Moves bytes.
    pub fn bytes<T>(name: &'static str, amount: f64, call: impl Fn() -> Result<T, Failure> + 'a) -> Self {
        Self { name, amount, unit: "GB/s", call: Box::new(move || call().map(drop)), once: false }
    }

    /// Computes.
    pub fn operations<T>(name: &'static str, amount: f64, call: impl Fn() -> Result<T, Failure> + 'a) -> Self {
        Self { unit: "GFLOP/s", ..Self::bytes(name, amount, call) }
    }

    /// Long enough by itself: one call per reading of the clock.
    pub fn once(self) -> Self {
        Self { once: true, ..self }
    }
}

/// Median seconds of a call of each task. Before the first round every task runs once, untimed: kernels are compiled then.
///
/// # Arguments
/// * `sync`: waits until the device has done everything.
///
/// # Errors
/// When the device fails.
pub fn medians(
    tasks: &[Task<'_>],
    rounds: usize,
    calls: usize,
    sync: impl Fn() -> Result<(), Failure>,
) -> Result<Vec<f64>, Failure> {
    let time = |task: &Task<'_>| {
        let calls = if task.once { 1 } else { calls };
        let start = Instant::now();
        (0..calls).try_for_each(|_| (task.call)())?;
        sync()?;
        Ok::<f64, Failure>(start.elapsed().as_secs_f64() / calls as f64)
    };
    for task in tasks {
        (task.call)()?;
        sync()?;
    }
    let mut seconds = vec![Vec::with_capacity(rounds); tasks.len()];
    for _ in 0..rounds {
        for (task, seconds) in tasks.iter().zip(&mut seconds) {
            seconds.push(time(task)?);
        }
    }
    Ok(seconds.into_iter().map(median).collect())
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn medians_of_few() {
        assert_eq!([median(vec![3.0, 1.0, 2.0]), median(vec![4.0, 1.0, 2.0, 3.0])], [2.0, 2.5]);
    }

    #[test]
    fn every_task_runs_in_every_round() {
        let counts = [Cell::new(0), Cell::new(0)];
        let count = |index: usize| {
            let counts = &counts;
            move || Ok(counts[index].replace(counts[index].get() + 1))
        };
        let tasks = [Task::bytes("many", 1.0, count(0)), Task::operations("one", 1.0, count(1)).once()];
        assert_eq!(medians(&tasks, 5, 3, || Ok(())).unwrap().len(), 2);
        assert_eq!(counts.each_ref().map(Cell::get), [1 + 5 * 3, 1 + 5]);
    }
}
