//! The best few choices within a budget, for the cases where the table is only an estimate and something dearer has the
//! last word.

use secateur_program::Control;

use super::{LevelChoice, LevelError, LevelTable};

/// Choices of a part of all: these levels of every layer.
struct Part {
    allowed: Vec<Vec<usize>>,
    best: LevelChoice,
}

impl LevelTable {
    /// The `n` choices of least loss within a budget, least first; fewer where there are no more.
    ///
    /// The set of all choices is divided by the best one: those that agree with it up to a layer and differ there
    /// (Lawler 1972). The best of every part is found exactly, and the best of these is next.
    ///
    /// # Errors
    /// As [`LevelTable::within`]. A choice found after a limit of `control` may not be the best of its part; its status
    /// says so.
    ///
    /// # Complexity
    /// n x layers calls of [`LevelTable::within`].
    pub fn ranked(&self, budget: f64, n: usize, control: &Control) -> Result<Vec<LevelChoice>, LevelError> {
        let all: Vec<Vec<usize>> = self.layers().iter().map(|levels| (0..levels.len()).collect()).collect();
        let Some(first) = self.best_of(all, budget, control)? else {
            return self.within(budget, control).map(|choice| vec![choice]);
        };
        let mut parts = vec![first];
        let mut found = Vec::new();
        while found.len() < n {
            let least = (0..parts.len()).min_by(|a, b| parts[*a].best.loss.total_cmp(&parts[*b].best.loss));
            let Some(least) = least else { break };
            let Part { allowed, best } = parts.swap_remove(least);
            for layer in 0..allowed.len() {
                let mut fewer = allowed.clone();
                fewer[..layer].iter_mut().zip(&best.levels).for_each(|(own, level)| *own = vec![*level]);
                fewer[layer].retain(|level| *level != best.levels[layer]);
                parts.extend(self.best_of(fewer, budget, control)?);
            }
            found.push(best);
        }
        Ok(found)
    }

    /// The best choice among these levels, if any is within the budget.
    fn best_of(&self, allowed: Vec<Vec<usize>>, budget: f64, control: &Control) -> Result<Option<Part>, LevelError> {
        if allowed.iter().any(Vec::is_empty) {
            return Ok(None);
        }
        let of = |(own, levels): (&Vec<usize>, &Vec<super::Level>)| own.iter().map(|level| levels[*level]).collect();
        let table = LevelTable::new(allowed.iter().zip(self.layers()).map(of).collect())?;
        match table.within(budget, control) {
            Ok(mut best) => {
                best.levels.iter_mut().zip(&allowed).for_each(|(level, own)| *level = own[*level]);
                Ok(Some(Part { allowed, best }))
            }
            Err(LevelError::Budget { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
