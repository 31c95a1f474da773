//! Level tables as a database of sparsities gives them: one row of levels per block.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur::neural::levels::{Level, LevelError, LevelTable};

/// What levels cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Costs {
    /// Parameters that are left: the same at equal levels of equal blocks, three kinds of blocks.
    Parameters,
    /// Microseconds that fall in steps of tiles, with noise of measurement.
    Latency,
}

/// Blocks that lose what curves of optimal brain surgeons lose: little at first, steeply at the end, with noise; integers throughout.
///
/// Level k of n removes the share k / n. With a share s removed, a block of weight w loses `w s^a / (1.05 - s)^b`, a in 1.5..3, b in 0..1, w log-uniform over a
/// factor of a thousand, times 1 plus noise of five per cent; in parts per million of what the mean block loses at the last level.
///
/// # Errors
/// Never: the numbers are finite.
pub fn obs(seed: u64, blocks: usize, levels: usize, costs: Costs) -> Result<LevelTable, LevelError> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let layers = (0..blocks).map(|block| {
        let (a, b) = (random.random_range(1.5..3.0), random.random_range(0.0..1.0));
        let weight = 1e3f64.powf(random.random_range(0.0..1.0)) * 1e3;
        let size = f64::from([4096 * 4096, 4096 * 1024, 4096 * 11008][block % 3]);
        let level = |level: usize| {
            let share = level as f64 / levels as f64;
            let loss = weight * share.powf(a) / (1.05 - share).powf(b) * (1.0 + 0.05 * symmetric(&mut random));
            let cost = match costs {
                Costs::Parameters => size * (1.0 - share) / 4096.0,
                Costs::Latency => {
                    let tiles = ((1.0 - share) * 32.0).ceil() + 0.3 * (1.0 - share);
                    size / 1e6 * tiles * (1.0 + 0.02 * symmetric(&mut random))
                }
            };
            Level { loss: loss.round(), cost: cost.round() }
        };
        (0..levels).map(level).collect()
    });
    LevelTable::new(layers.collect())
}

/// Of mean zero, within -1 and 1, most of it near zero.
fn symmetric(random: &mut impl Rng) -> f64 {
    (0..3).map(|_| random.random_range(-1.0..1.0)).sum::<f64>() / 3.0
}

/// The costs of the cheapest and of the dearest choice.
pub fn range(table: &LevelTable) -> (f64, f64) {
    let extreme = |of: fn(f64, f64) -> f64| {
        let own = |levels: &Vec<Level>| levels.iter().map(|level| level.cost).reduce(of).unwrap_or(0.0);
        table.layers().iter().map(own).sum()
    };
    (extreme(f64::min), extreme(f64::max))
}
