//! The set of units of a given size whose removal costs least, by branch and bound.
//!
//! The error f(S) of a set never falls when the set grows. So with r more units to choose among some, none of which is
//! worth less than the r-th smallest f(S + unit), no completion of S is worth less than that.

use secateur_program::{Control, Status};

use super::error::{ObsError, same};
use super::remove::{Columns, GroupScore};

/// Units to remove.
#[derive(Debug, Clone, PartialEq)]
pub struct BestSet {
    /// In order of number.
    pub units: Vec<usize>,
    /// Error that their removal makes.
    pub error: f64,
    /// Whether no other set makes less.
    pub status: Status,
    /// Sets that were looked at.
    pub n_nodes: u64,
}

/// Finds the units whose removal makes the least error, the same number from every class: query heads that share a
/// key/value head are a class where as many of each must be left, else all are of one.
///
/// # Arguments
/// * `units`: the columns of each.
/// * `classes`: class of each unit.
/// * `count`: from every class; classes with fewer units give all.
/// * `control`: limits; at a stop the best set so far, at first the greedy one.
///
/// # Errors
/// [`ObsError`]: lists of different lengths, columns that are not there or in two units.
///
/// # Complexity
/// Exponential in the worst case; meant for up to some 32 heads. Memory: set size x columns^2 numbers.
pub fn best_set(
    columns: &Columns,
    units: &[Vec<usize>],
    classes: &[usize],
    count: usize,
    control: &Control,
) -> Result<BestSet, ObsError> {
    same("number of classes of units", units.len(), classes.len())?;
    if let Some(class) = classes.iter().find(|class| **class >= units.len()) {
        return Err(ObsError::Extent { what: "number of classes", expected: units.len(), found: *class });
    }
    let n_classes = classes.iter().map(|class| class + 1).max().unwrap_or(0);
    let mut quota = vec![0usize; n_classes];
    classes.iter().for_each(|class| quota[*class] = (quota[*class] + 1).min(count));
    // The greedy set, whatever the limits are.
    let mut swept = columns.clone();
    let (sweep, _) = swept.sweep(units, classes, &quota, GroupScore::Exact, |_| 1, &Control::new())?;
    let (best, error) = (sweep.order, swept.error());
    let mut search = Search { units, classes, best, error, control, n_nodes: 0, stopped: None };
    let all: Vec<usize> = (0..units.len()).collect();
    search.extend(columns, &mut Vec::new(), &all, &mut quota)?;
    search.best.sort_unstable();
    let status = search.stopped.unwrap_or(Status::Optimal);
    Ok(BestSet { units: search.best, error: search.error - columns.error(), status, n_nodes: search.n_nodes })
}

struct Search<'a> {
    units: &'a [Vec<usize>],
    classes: &'a [usize],
    best: Vec<usize>,
    error: f64,
    control: &'a Control,
    n_nodes: u64,
    stopped: Option<Status>,
}

impl Search<'_> {
    /// Completes a set with units of `open`, `quota` of each class.
    fn extend(
        &mut self,
        columns: &Columns,
        set: &mut Vec<usize>,
        open: &[usize],
        quota: &mut [usize],
    ) -> Result<(), ObsError> {
        self.n_nodes += 1;
        if let Err(stop) = self.control.check() {
            self.stopped = Some(stop.into());
        }
        let spent = columns.error();
        if quota.iter().all(|left| *left == 0) {
            if spent < self.error {
                self.error = spent;
                self.best.clone_from(set);
            }
            return Ok(());
        }
        let mut scored = Vec::new();
        for unit in open.iter().filter(|unit| quota[self.classes[**unit]] > 0) {
            scored.push((spent + columns.score(&self.units[*unit], GroupScore::Exact)?, *unit));
        }
        scored.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for first in 0..scored.len() {
            // From here on the sets without the units before.
            let rest = &scored[first..];
            if self.stopped.is_some() || self.least(rest, quota).is_none_or(|least| least >= self.error) {
                return Ok(());
            }
            let (_, unit) = scored[first];
            let mut fewer = columns.clone();
            fewer.remove(&self.units[unit])?;
            let open: Vec<usize> = rest[1..].iter().map(|(_, unit)| *unit).collect();
            set.push(unit);
            quota[self.classes[unit]] -= 1;
            self.extend(&fewer, set, &open, quota)?;
            quota[self.classes[unit]] += 1;
            set.pop();
        }
        Ok(())
    }

    /// No completion is worth less; `None`: there is none. `open` is in order of error.
    fn least(&self, open: &[(f64, usize)], quota: &[usize]) -> Option<f64> {
        let mut least = 0.0f64;
        for (class, more) in quota.iter().enumerate().filter(|(_, more)| **more > 0) {
            let (error, _) = open.iter().filter(|(_, unit)| self.classes[*unit] == class).nth(more - 1)?;
            least = least.max(*error);
        }
        Some(least)
    }
}
