//! Programs: generated, golden, and of real data.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use secateur::forest::Loss;
use secateur_program::testing::{Shape, forest_shaped, planted_optimum, program, ties_everywhere, tiny};
use secateur_program::{Multiplier, SelectionProgram, read};

use super::Certified;
use crate::BreastCancer;

/// A named program with its certified path.
#[derive(Debug)]
pub struct Case {
    /// What it is.
    pub name: String,
    /// The program.
    pub program: SelectionProgram,
    /// Its path.
    pub certified: Certified,
}

impl Case {
    fn new(name: String, program: SelectionProgram) -> Self {
        let certified = Certified::new(&program);
        Self { name, program, certified }
    }

    /// D + R + U.
    pub fn size(&self) -> usize {
        self.program.n_decisions() + self.program.n_resources() + self.program.n_uses()
    }
}

/// Files of a folder of `tests/golden`, by name.
///
/// # Panics
/// If there are none.
pub fn golden(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(folder);
    let entries = std::fs::read_dir(&folder).expect("the folder is part of the project");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} has instances", folder.display());
    files
}

static GOLDEN: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let case = |file: PathBuf| {
        let text = std::fs::read(&file).expect("readable");
        Case::new(file.display().to_string(), read(text.as_slice()).expect("valid"))
    };
    golden("valid").into_iter().map(case).collect()
});

/// Forests grown on the embedded breast cancer data, from some tens to some hundred thousand nodes and pairs.
static REAL: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let shapes = [(2, 12), (4, 40), (10, 60), (60, 150), (400, 260)];
    let case = |(trees, rows)| {
        let lowered = BreastCancer::grow(trees, 5).lower(Loss::Misclassification, rows);
        Case::new(format!("{trees} trees on {rows} rows"), lowered.program)
    };
    shapes.map(case).into()
});

/// Golden and real programs with at most so many decisions and so large D + R + U.
pub fn real(decisions: usize, size: usize) -> impl Iterator<Item = &'static Case> {
    GOLDEN.iter().chain(REAL.iter()).filter(move |case| case.program.n_decisions() <= decisions && case.size() <= size)
}

/// Programs small enough to enumerate: anything, ties everywhere, shaped as forests give them, planted.
pub(super) fn small() -> BoxedStrategy<SelectionProgram> {
    let planted = planted_optimum(2).prop_map(|planted| planted.program);
    prop_oneof![tiny().boxed(), ties_everywhere().boxed(), forest_shaped(3, 2, 6).boxed(), planted.boxed()].boxed()
}

/// Programs of which two together are small enough to enumerate.
pub(super) fn half() -> impl Strategy<Value = SelectionProgram> {
    let shape = Shape { decisions: 5, resources: 4, uses: 2, gain: 6, cost: 4, parents_first: false };
    prop_oneof![program(shape.clone()), program(Shape { gain: 2, cost: 1, ..shape })]
}

/// Gains and costs that a double just holds, so that their sums do not.
pub(super) fn large() -> impl Strategy<Value = SelectionProgram> {
    program(Shape { decisions: 8, resources: 5, uses: 3, gain: 1 << 53, cost: 1 << 53, parents_first: false })
}

/// Zero, and ratios of small integers: where small programs have their ties.
pub(super) fn ratios() -> impl Strategy<Value = Multiplier> {
    let ratio = |(num, den)| Multiplier::new(num, den).expect("not negative");
    prop_oneof![1 => Just(Multiplier::ZERO), 2 => (1i64..4, Just(1i64)).prop_map(ratio), 3 => (0i64..12, 1i64..8).prop_map(ratio)]
}
