//! Which rows smartcore drew, and how often.
//!
//! smartcore's forests draw their samples inside `fit` and reveal only whether a row was drawn; its single trees, which
//! would take a sample drawn here, cannot restrict the features tried per split. So the draw is repeated from the seed,
//! with the generator and the call that smartcore uses, and every tree's marks are compared with the repetition.

use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

use super::convert::from_regressor;
use secateur_forest::InBag;

/// The generator that smartcore was built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Generator {
    /// The default.
    Small,
    /// Its feature `std_rand` is on somewhere in the application.
    Standard,
}

impl Generator {
    /// Finds out with a forest of one leaf on 64 rows; `None` if it is neither.
    pub(super) fn detect() -> Option<Self> {
        const ROWS: usize = 64;
        let column: Vec<f64> = (0..ROWS).map(|row| row as f64).collect();
        let x = DenseMatrix::new(ROWS, 1, column.clone(), true).ok()?;
        let parameters = RandomForestRegressorParameters::default()
            .with_n_trees(1)
            .with_max_depth(1)
            .with_keep_samples(true)
            .with_seed(1);
        let marks = from_regressor(&RandomForestRegressor::fit(&x, &column, parameters).ok()?).ok()?.in_bag?;
        let rows: Vec<u32> = (0..ROWS as u32).collect();
        [Generator::Small, Generator::Standard]
            .into_iter()
            .find(|generator| agree(&generator.draw(1, &[&rows], ROWS), &marks))
    }

    /// Multiplicities of the first tree of a forest: from each group of rows as many draws, with replacement, as it has
    /// rows. The regressor has one group, the classifier one per class in ascending order.
    pub(super) fn draw(self, seed: u64, groups: &[&[u32]], n_rows: usize) -> Vec<u16> {
        match self {
            Generator::Small => draw(SmallRng::seed_from_u64(seed), groups, n_rows),
            Generator::Standard => draw(ChaCha12Rng::seed_from_u64(seed), groups, n_rows),
        }
    }
}

fn draw(mut rng: impl Rng, groups: &[&[u32]], n_rows: usize) -> Vec<u16> {
    let mut multiplicity = vec![0u16; n_rows];
    for group in groups {
        for _ in 0..group.len() {
            let drawn = &mut multiplicity[group[rng.random_range(0..group.len())] as usize];
            *drawn = drawn.saturating_add(1);
        }
    }
    multiplicity
}

/// Whether multiplicities fit the marks of a forest of one tree.
pub(super) fn agree(multiplicity: &[u16], marks: &InBag) -> bool {
    marks.n_trees() == 1
        && marks.n_rows() == multiplicity.len()
        && marks.tree(0).iter().zip(multiplicity).all(|(&mark, &count)| (mark > 0) == (count > 0))
}

/// Seed of one tree: distinct for distinct trees, and unrelated for neighbouring base seeds (splitmix64's finaliser,
/// Steele, Lea and Flood 2014).
pub(super) fn tree_seed(seed: u64, tree: usize) -> u64 {
    mix(mix(seed).wrapping_add((tree as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
