//! Optima to compare with: by enumeration, or by a path whose certificate the verifier accepts.

use secateur_program::{
    Control, Multiplier, Path, Selection, SelectionProgram, brute_force, objective, optimal_range, verify_path,
};
use secateur_selection::{solve_at, solve_path};

/// What is true of a program at one lambda.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// The optimum, in units of 1/den of lambda.
    pub optimum: i128,
    /// The intersection of all optimal selections.
    pub smallest: Selection,
    /// Their union.
    pub largest: Selection,
}

impl Truth {
    /// By trying every closed set. O(2^D (D + U)).
    pub fn enumerated(program: &SelectionProgram, lambda: Multiplier) -> Self {
        let n = program.n_decisions();
        let smallest = brute_force(program, lambda);
        let optimum = objective(program, &smallest, lambda);
        let mut union = vec![false; n];
        for members in 0..1u32 << n {
            let marks = (0..n).map(|v| members >> v & 1 == 1).collect();
            let closed = Selection::new(program, marks).ok();
            if let Some(best) = closed.filter(|selection| objective(program, selection, lambda) == optimum) {
                best.decisions().for_each(|v| union[v.index()] = true);
            }
        }
        let largest = Selection::new(program, union).expect("a union of closed sets is closed");
        Self { optimum, smallest, largest }
    }
}

/// A program's whole path, certified.
#[derive(Debug, Clone)]
pub struct Certified {
    /// The path.
    pub path: Path,
}

impl Certified {
    /// Solves and verifies.
    ///
    /// # Panics
    /// If the certificate is refused.
    pub fn new(program: &SelectionProgram) -> Self {
        let solution = solve_path(program, &Control::new());
        verify_path(program, &solution.path, &solution.flow).expect("a truth to compare with must be certified");
        Self { path: solution.path }
    }

    /// The optimum at one lambda by the certified path, and the range of optimal selections by a flow that
    /// `optimal_range` accepts as optimal.
    pub fn at(&self, program: &SelectionProgram, lambda: Multiplier) -> Truth {
        let flow = solve_at(program, lambda, &Control::new()).flow;
        let (smallest, largest) = optimal_range(program, lambda, &flow).expect("an optimal flow");
        let certified = self.path.selection_at(program, lambda).expect("a certified path is closed");
        assert_eq!(smallest, certified, "path and flow agree at {lambda}");
        Truth { optimum: objective(program, &smallest, lambda), smallest, largest }
    }

    /// At most `count` lambdas spread over the path: breakpoints, where selections tie, and ratios between neighbours.
    pub fn levels(&self, count: usize) -> Vec<Multiplier> {
        let breakpoints: Vec<Multiplier> = self.path.breakpoints().map(|point| point.lambda).collect();
        let between = breakpoints.windows(2).filter_map(|pair| {
            let (num, den) = (pair[0].num().checked_add(pair[1].num())?, pair[0].den().checked_add(pair[1].den())?);
            Multiplier::new(num, den).ok()
        });
        let mut levels: Vec<Multiplier> =
            between.chain(breakpoints.iter().copied()).chain([Multiplier::ZERO]).collect();
        levels.sort_unstable();
        let stride = levels.len().div_ceil(count.max(1));
        levels.into_iter().step_by(stride).collect()
    }
}
