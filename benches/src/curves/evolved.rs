//! A search in the manner of EvoPress (Sieberling, Kuznedelev, Kurtic and Alistarh 2024) for how much of every map goes: from equal shares on, some maps keep a level
//! more and as many others a level less, so that the budget is kept; what comes of it is judged as a whole network, in stages.
//!
//! As in the authors' program: a level is the same number of weights in every map; an offspring has the lesser of two numbers drawn from 1 to 3 of such
//! switches; the divergence from the whole network's answers selects, first among all offspring on a part of the data, then among those that are left and their parent on all of it;
//! maps are pruned at every level once, from the whole network's inputs. Fewer offspring and generations than theirs (64 and 400), no batches drawn anew per generation,
//! and steps as wide as so few trials ask for.

use std::collections::BTreeMap;
use std::collections::hash_map::{Entry, HashMap};

use ndarray::{Array2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur::neural::methods::allocate::{Fractions, n_weights, whole};
use secateur::neural::methods::obs::Sparsity;
use secateur::neural::methods::weights::{LinearPruner, Rule};
use secateur::neural::methods::{Damage, Measure};
use secateur::neural::score::OnDevice;
use secateur::neural::{Batch, Inputs};
use secateur_program::Control;

use super::setup::Setup;
use super::trained::Cpu;
use crate::workloads::Failure;

/// Offspring of a generation.
const OFFSPRING: usize = 8;
/// Of these go on to all data.
const SURVIVORS: usize = 2;
/// Generations: 400 trials.
const GENERATIONS: usize = 50;
/// Of so many rows one is looked at first.
const PART: usize = 4;
/// Levels of the smallest map.
const LEVELS: usize = 8;

/// Networks with other shares of their maps pruned, judged.
pub(super) struct Search<'a> {
    setup: &'a Setup<'a>,
    rule: Rule,
    maps: &'a [String],
    sizes: BTreeMap<String, usize>,
    pruners: Vec<LinearPruner<'a, OnDevice<Cpu>>>,
    /// On a part of the data, and on all of them.
    stages: [Damage<'a, Cpu>; 2],
    control: &'a Control,
    /// Per map and share.
    made: HashMap<(usize, u64), Array2<f32>>,
}

impl<'a> Search<'a> {
    /// # Arguments
    /// * `few`: [`part`] of what rises are measured on.
    pub(super) fn new(
        setup: &'a Setup<'a>,
        rule: Rule,
        maps: &'a [String],
        few: &'a [Batch],
        control: &'a Control,
    ) -> Result<Self, Failure> {
        let network = &setup.network;
        let pruner = |map: &'a String| LinearPruner::new(network, map, &setup.inputs[map], rule, &setup.scorer);
        let damage = |batches| Damage::new(network, batches, Measure::Divergence, &Default::default(), control);
        Ok(Self {
            setup,
            rule,
            maps,
            sizes: n_weights(network),
            pruners: maps.iter().map(pruner).collect::<Result<_, _>>()?,
            stages: [damage(few)?, damage(&setup.task.rises)?],
            control,
            made: HashMap::new(),
        })
    }

    /// The best shares found, which spend the budget.
    pub(super) fn shares(&mut self, sparsity: f64) -> Result<Fractions, Failure> {
        // As all maps lose so many weights per level, sums of levels are what is kept.
        let step = *self.sizes.values().min().ok_or("no maps")? as f64 / LEVELS as f64;
        let per_level: Vec<f64> = self.maps.iter().map(|map| step / self.sizes[map] as f64).collect();
        let ranges: Vec<(i32, i32)> =
            per_level.iter().map(|level| (-((sparsity / level) as i32), ((1.0 - sparsity) / level) as i32)).collect();
        let of = |levels: &[i32]| -> Fractions {
            let share =
                |(map, level): (usize, &i32)| (self.maps[map].clone(), sparsity + f64::from(*level) * per_level[map]);
            levels.iter().enumerate().map(share).collect()
        };
        let (network, rule) = (&self.setup.network, self.rule);
        let whole = |levels: &[i32]| whole(network, &of(levels), sparsity, rule);
        let (maps, pruners, stages, made) = (self.maps, &self.pruners, &mut self.stages, &mut self.made);
        let loss = |stage: usize, levels: &[i32]| -> Result<f64, Failure> {
            let shares = whole(levels);
            let keys: Vec<(usize, u64)> =
                maps.iter().enumerate().map(|(index, map)| (index, shares[map].to_bits())).collect();
            for key in &keys {
                if let Entry::Vacant(entry) = made.entry(*key) {
                    entry.insert(pruners[key.0].at(Sparsity::Fraction(f64::from_bits(key.1)))?);
                }
            }
            let changes: Vec<(&str, &Array2<f32>)> =
                keys.iter().map(|key| (maps[key.0].as_str(), &made[key])).collect();
            Ok(stages[stage].of(&changes)?)
        };
        let (levels, found) = evolve(&ranges, self.setup.seed, loss, self.control)?;
        println!("{} {}: {GENERATIONS} generations, divergence {found:.4}", self.setup.task.name, self.setup.seed);
        Ok(whole(&levels))
    }
}

/// The levels of least loss on all data that are found, and that loss.
///
/// # Arguments
/// * `ranges`: least and largest level of every map, around 0.
/// * `loss`: at stage 0 or 1.
fn evolve(
    ranges: &[(i32, i32)],
    seed: u64,
    mut loss: impl FnMut(usize, &[i32]) -> Result<f64, Failure>,
    control: &Control,
) -> Result<(Vec<i32>, f64), Failure> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let levels = vec![0; ranges.len()];
    let mut parent = (loss(1, &levels)?, levels);
    // Nothing to switch: a level is wider than what may go or stay.
    let movable = |by: i32| ranges.iter().any(|(least, most)| (*least..=*most).contains(&by));
    if !(movable(1) && movable(-1)) {
        return Ok((parent.1, parent.0));
    }
    for _ in 0..GENERATIONS {
        control.check().map_err(secateur::neural::EvaluateError::from)?;
        let mut offspring: Vec<Vec<i32>> = Vec::new();
        while offspring.len() < OFFSPRING {
            let mut levels = parent.1.clone();
            let switches = rng.random_range(1..=3).min(rng.random_range(1..=3));
            for _ in 0..switches {
                for by in [-1, 1] {
                    // Levels sum to 0: as long as they may move from 0, some map may move either way.
                    let map = loop {
                        let map = rng.random_range(0..levels.len());
                        if (ranges[map].0..=ranges[map].1).contains(&(levels[map] + by)) {
                            break map;
                        }
                    };
                    levels[map] += by;
                }
            }
            offspring.push(levels);
        }
        let judged = offspring.into_iter().map(|levels| Ok((loss(0, &levels)?, levels)));
        let mut judged = judged.collect::<Result<Vec<_>, Failure>>()?;
        judged.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, levels) in judged.into_iter().take(SURVIVORS) {
            let found = loss(1, &levels)?;
            if found < parent.0 {
                parent = (found, levels);
            }
        }
    }
    Ok((parent.1, parent.0))
}

/// One of so many rows of every batch.
pub(super) fn part(batches: &[Batch]) -> Vec<Batch> {
    let few = |batch: &Batch| {
        let Inputs::Tokens { tokens, lengths } = &batch.inputs else { return batch.clone() };
        let rows: Vec<usize> = (0..tokens.nrows()).step_by(PART).collect();
        let answers = batch.labels.len() / tokens.nrows().max(1);
        let labels = rows.iter().flat_map(|row| &batch.labels[row * answers..(row + 1) * answers]).copied().collect();
        let lengths = rows.iter().map(|row| lengths[*row]).collect();
        Batch { inputs: Inputs::Tokens { tokens: tokens.select(Axis(0), &rows), lengths }, labels }
    };
    batches.iter().map(few).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_keep_the_budget_and_the_best_is_kept() {
        let ranges = [(-3, 3), (-1, 1), (-8, 0), (-2, 9)];
        let goal = [2, -1, -4, 3];
        let mut trials = [0, 0];
        let mut least = f64::INFINITY;
        let loss = |stage: usize, levels: &[i32]| {
            trials[stage] += 1;
            assert_eq!(levels.iter().sum::<i32>(), 0);
            assert!(levels.iter().zip(ranges).all(|(level, (least, most))| (least..=most).contains(level)));
            let far: i32 = levels.iter().zip(goal).map(|(level, goal)| (level - goal).pow(2)).sum();
            if stage == 1 {
                least = least.min(f64::from(far));
            }
            Ok(f64::from(far))
        };
        let (levels, found) = evolve(&ranges, 3, loss, &Control::new()).unwrap();
        assert_eq!((levels, found, least), (goal.to_vec(), 0.0, 0.0));
        assert_eq!(trials, [OFFSPRING * GENERATIONS, SURVIVORS * GENERATIONS + 1]);
        // Where no map can keep more, equal shares stay.
        let stuck = evolve(&[(0, 3), (0, 2)], 3, |_, levels| Ok(f64::from(levels[0])), &Control::new()).unwrap();
        assert_eq!(stuck, (vec![0, 0], 0.0));
    }

    #[test]
    fn a_part_has_every_fourth_row_with_its_answers() {
        let tokens = Array2::from_shape_fn((6, 2), |(row, column)| (10 * row + column) as u32);
        let batch = Batch { inputs: Inputs::tokens(tokens), labels: (0..12).collect() };
        let few = part(&[batch]);
        assert_eq!(few[0].labels, [0, 1, 8, 9]);
        assert_eq!(few[0].inputs, Inputs::tokens(ndarray::array![[0, 1], [40, 41]]));
    }
}
