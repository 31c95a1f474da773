//! Seeded programs of any size: equal arguments give equal programs on every platform.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_program::{BuildError, DecisionId, ResourceId, SelectionProgram};

/// A program shaped as forests give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForestShape {
    /// Complete binary trees.
    pub trees: usize,
    /// Levels of each, 1 to 24; the tree has `2^depth - 1` decisions.
    pub depth: u32,
    /// Examples; each takes one path through each tree.
    pub examples: usize,
    /// Sources; an example pays for a source at the first decision of its path that asks for it.
    pub sources: usize,
}

/// A program without any structure of trees over examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LooseShape {
    /// Decisions; each but the first requires an earlier one with probability 3/4.
    pub decisions: usize,
    /// Resources.
    pub resources: usize,
    /// Uses drawn per decision (fewer when the same is drawn twice).
    pub uses: usize,
}

fn below(random: &mut ChaCha8Rng, bound: usize) -> usize {
    // The bias is below 2^-32 for the sizes that fit a program.
    ((u128::from(random.next_u64()) * bound as u128) >> 64) as usize
}

/// Forest-shaped: gains of 1 to 999 halve per level, one in eight is negative; sources cost 1 to 9.
///
/// # Errors
/// [`BuildError`] for shapes that 32-bit indices cannot hold.
///
/// # Panics
/// Without sources, or with a depth out of range.
pub fn forest(seed: u64, shape: &ForestShape) -> Result<SelectionProgram, BuildError> {
    assert!(shape.sources > 0, "a decision asks for a source");
    assert!((1..=24).contains(&shape.depth), "trees have 1 to 24 levels");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let nodes = (1usize << shape.depth) - 1;
    let mut builder = SelectionProgram::builder();
    let mut asks = Vec::with_capacity(shape.trees * nodes);
    for tree in 0..shape.trees {
        for node in 0..nodes {
            let level = (node + 1).ilog2();
            let gain = (1 + below(&mut random, 999) as i64) << (shape.depth - 1 - level);
            let child = builder.decision(if below(&mut random, 8) == 0 { -gain } else { gain });
            if node > 0 {
                builder.requires(child, DecisionId((tree * nodes + (node - 1) / 2) as u32));
            }
            asks.push(below(&mut random, shape.sources));
        }
    }
    let prices: Vec<i64> = (0..shape.sources).map(|_| 1 + below(&mut random, 9) as i64).collect();
    let mut met = vec![usize::MAX; shape.sources];
    for example in 0..shape.examples {
        let first = example * shape.sources;
        builder.resources(&prices);
        for tree in 0..shape.trees {
            let walk = example * shape.trees + tree;
            let turns = random.next_u32();
            let mut node = 0;
            for level in 0..shape.depth {
                let decision = tree * nodes + node;
                let source = asks[decision];
                if std::mem::replace(&mut met[source], walk) != walk {
                    builder.uses(DecisionId(decision as u32), ResourceId((first + source) as u32));
                }
                node = 2 * node + 1 + (turns >> level & 1) as usize;
            }
        }
    }
    builder.build()
}

/// Unstructured: gains of -99 to 299, costs of 0 to 99, uses drawn at random.
///
/// # Errors
/// [`BuildError`] for shapes that 32-bit indices cannot hold.
///
/// # Panics
/// If there are uses and no resources.
pub fn loose(seed: u64, shape: &LooseShape) -> Result<SelectionProgram, BuildError> {
    assert!(shape.uses == 0 || shape.resources > 0, "uses need resources");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut builder = SelectionProgram::builder();
    for v in 0..shape.decisions {
        let decision = builder.decision(below(&mut random, 399) as i64 - 99);
        if v > 0 && below(&mut random, 4) > 0 {
            builder.requires(decision, DecisionId(below(&mut random, v) as u32));
        }
        for _ in 0..shape.uses {
            builder.uses(decision, ResourceId(below(&mut random, shape.resources) as u32));
        }
    }
    for _ in 0..shape.resources {
        builder.resource(below(&mut random, 100) as i64);
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_programs_and_others_do_not() {
        let shape = ForestShape { trees: 3, depth: 4, examples: 20, sources: 5 };
        let program = forest(1, &shape).unwrap();
        assert_eq!(program, forest(1, &shape).unwrap());
        assert_ne!(program, forest(2, &shape).unwrap());
        assert_eq!((program.n_decisions(), program.n_resources()), (3 * 15, 20 * 5));
        let shape = LooseShape { decisions: 50, resources: 30, uses: 4 };
        assert_eq!(loose(1, &shape).unwrap(), loose(1, &shape).unwrap());
        assert_ne!(loose(1, &shape).unwrap(), loose(2, &shape).unwrap());
    }

    #[test]
    fn an_example_pays_once_per_source_and_tree_on_one_path() {
        let shape = ForestShape { trees: 2, depth: 5, examples: 30, sources: 3 };
        let program = forest(7, &shape).unwrap();
        for tree in 0..2u32 {
            let mut users = vec![Vec::new(); program.n_resources()];
            for v in program.decisions().filter(|v| v.0 / 31 == tree) {
                program.uses(v).for_each(|r| users[r.index()].push(v));
            }
            // At most one user per (tree, example, source), and every walk pays for what the root asks.
            assert!(users.iter().all(|users| users.len() <= 1));
            assert_eq!(program.uses(DecisionId(31 * tree)).len(), 30);
        }
    }
}
