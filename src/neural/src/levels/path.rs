//! The supported choices: corners of the hull of all choices.

use secateur_program::{Control, Multiplier};
use secateur_selection::solve_path;

use super::{Chains, LevelChoice, LevelError, LevelTable};

impl LevelTable {
    /// The supported choices, cheapest first: for each the budget that it costs is best spent so. A by-product of one
    /// parametric cut.
    ///
    /// # Errors
    /// [`LevelError`] for numbers that do not become integers.
    ///
    /// # Complexity
    /// That of [`solve_path`] on as many decisions as there are levels.
    pub fn path(&self, control: &Control) -> Result<Vec<LevelChoice>, LevelError> {
        let chains = Chains::new(self)?;
        let program = chains.program();
        let solved = solve_path(program, control);
        let ends = [Multiplier::ZERO, Multiplier::INFINITY];
        let mut choices: Vec<LevelChoice> = ends
            .into_iter()
            .chain(solved.path.breakpoints().map(|point| point.lambda))
            .filter_map(|lambda| solved.path.selection_at(program, lambda))
            .map(|selection| chains.choice(&selection, selection.gain(program), solved.status))
            .collect();
        choices.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        choices.dedup_by(|a, b| a.levels == b.levels);
        Ok(choices)
    }
}
