//! Programs of units as networks have them: heads that share keys and values, channels in tiles, levels in chains.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_program::{BuildError, DecisionId, ProgramBuilder, SelectionProgram};

/// What the units of a program are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Query heads; four need one pair of key and value, which costs as much as a head.
    Heads,
    /// Channels in tiles of 32; the tile costs, its channels cost nothing.
    Tiles,
    /// Levels of 64 to a chain; each requires the one before and costs by itself.
    Chains,
    /// A layer of each in turn.
    Mixed,
}

/// All shapes with the words for them.
pub const SHAPES: [(Shape, &str); 4] = [
    (Shape::Heads, "heads, four per key and value"),
    (Shape::Tiles, "channels in tiles of 32"),
    (Shape::Chains, "chains of 64 levels"),
    (Shape::Mixed, "all three"),
];

/// Units of one layer.
const LAYER: usize = 256;

/// A program of at least `units` decisions: layers of 256 whose gains differ by up to a factor of a hundred, within a layer by as much again; one gain in twenty
/// is negative, as measured ones are. Equal seeds give equal programs.
///
/// # Errors
/// [`BuildError`] for more units than 32-bit indices hold.
pub fn program(seed: u64, shape: Shape, units: usize) -> Result<SelectionProgram, BuildError> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut builder = SelectionProgram::builder();
    for layer in 0..units.div_ceil(LAYER) {
        let scale = skewed(&mut random);
        let own = match shape {
            Shape::Mixed => [Shape::Heads, Shape::Tiles, Shape::Chains][layer % 3],
            shape => shape,
        };
        match own {
            Shape::Heads | Shape::Mixed => heads(&mut builder, &mut random, scale),
            Shape::Tiles => tiles(&mut builder, &mut random, scale),
            Shape::Chains => chains(&mut builder, &mut random, scale),
        }
    }
    builder.build()
}

/// Log-uniform between 1 and 100.
fn skewed(random: &mut impl Rng) -> f64 {
    100f64.powf(random.random_range(0.0..1.0))
}

fn unit(builder: &mut ProgramBuilder, random: &mut impl Rng, scale: f64) -> DecisionId {
    let gain = (1e3 * scale * skewed(random)) as i64;
    builder.decision(if random.random_bool(0.05) { -gain / 10 } else { gain })
}

fn heads(builder: &mut ProgramBuilder, random: &mut impl Rng, scale: f64) {
    let cost = 64 * random.random_range(4..=32);
    for _ in 0..LAYER / 4 {
        let shared = builder.resource(cost);
        for _ in 0..4 {
            let head = unit(builder, random, scale);
            let own = builder.resource(cost);
            builder.uses(head, own).uses(head, shared);
        }
    }
}

fn tiles(builder: &mut ProgramBuilder, random: &mut impl Rng, scale: f64) {
    let cost = 32 * 3 * random.random_range(8..=64);
    for _ in 0..LAYER / 32 {
        let tile = builder.resource(cost);
        for _ in 0..32 {
            let channel = unit(builder, random, scale);
            let own = builder.resource(0);
            builder.uses(channel, own).uses(channel, tile);
        }
    }
}

fn chains(builder: &mut ProgramBuilder, random: &mut impl Rng, scale: f64) {
    for _ in 0..LAYER / 64 {
        let mut before = None;
        for level in 0..64 {
            let step = unit(builder, random, scale * 4.0 / (4.0 + f64::from(level)));
            let own = builder.resource(random.random_range(50..=200));
            builder.uses(step, own);
            if let Some(before) = before.replace(step) {
                builder.requires(step, before);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_have_their_units_and_what_they_share() {
        let sizes = |shape| {
            let program = program(1, shape, 2 * LAYER).unwrap();
            let requires = program.decisions().filter(|v| program.parent(*v).is_some()).count();
            (program.n_decisions(), program.n_resources(), program.n_uses(), requires)
        };
        assert_eq!(sizes(Shape::Heads), (512, 512 + 128, 1024, 0));
        assert_eq!(sizes(Shape::Tiles), (512, 512 + 16, 1024, 0));
        assert_eq!(sizes(Shape::Chains), (512, 512, 512, 512 - 8));
        assert_eq!(program(1, Shape::Mixed, 100).unwrap(), program(1, Shape::Heads, 100).unwrap());
    }
}
