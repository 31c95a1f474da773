//! A point of the relaxation and the selection it rounds to.

use secateur_program::{Selection, SelectionProgram};

/// Values of all columns as HiGHS gave them, in [0, 1] up to its tolerance.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Point {
    /// x_v, shape (D,).
    pub x: Vec<f64>,
    /// y_r, shape (R,).
    pub y: Vec<f64>,
}

impl Point {
    /// Nothing selected, nothing paid.
    pub(crate) fn zero(program: &SelectionProgram) -> Self {
        Self { x: vec![0.0; program.n_decisions()], y: vec![0.0; program.n_resources()] }
    }

    /// Largest distance of a value from the nearer of 0 and 1; zero for no values.
    pub fn max_fraction(&self) -> f64 {
        self.x.iter().chain(&self.y).map(|value| value.abs().min((value - 1.0).abs())).fold(0.0, f64::max)
    }

    /// The decisions with x_v >= 1/2 whose ancestors all have it too; resources follow from them.
    ///
    /// Rows hold up to a tolerance only, so a child may round up where its parent does not: it is dropped.
    pub(crate) fn selection(&self, program: &SelectionProgram) -> Selection {
        let mut selected = vec![false; program.n_decisions()];
        for v in program.parents_first() {
            let allowed = program.parent(v).is_none_or(|parent| selected[parent.index()]);
            selected[v.index()] = allowed && self.x[v.index()] >= 0.5;
        }
        Selection::new(program, selected).expect("children are kept only with their parents")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secateur_program::DecisionId;

    #[test]
    fn rounding_keeps_the_set_closed() {
        let mut builder = SelectionProgram::builder();
        let (child, parent, other) = (builder.decision(1), builder.decision(1), builder.decision(1));
        let r = builder.resource(1);
        builder.requires(child, parent).uses(child, r);
        let program = builder.build().unwrap();

        let almost = Point { x: vec![0.5, 0.5 - 1e-9, 0.9], y: vec![0.5] };
        let selection = almost.selection(&program);
        assert_eq!(selection.decisions().collect::<Vec<DecisionId>>(), [other]);
        assert!(!selection.pays(r));
        assert_eq!(almost.max_fraction(), 0.5);

        let point = Point { x: vec![1.0, 1.0 + 1e-9, 0.0], y: vec![0.0] };
        assert!(point.selection(&program).pays(r));
        assert!(point.max_fraction() < 1.1e-9);
    }
}
