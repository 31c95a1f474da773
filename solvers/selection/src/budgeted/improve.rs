//! Improving a filled set by strategic oscillation (Glover 1977).
//!
//! A variant starts from the best set. It is made smaller, to a fraction of the limits, or first larger, beyond the
//! limits, along the path of what is outside, and then smaller. Decisions leave in the order of divided prices, with
//! gains multiplied by random factors, one per decision or one per tree of the requires forest. Then the set is filled
//! again. Random numbers depend on the seed, the round and the variant alone. A round tries several variants in
//! parallel, and keeps the best.

use rayon::prelude::*;
use secateur_program::{Control, Stop};

use super::core::Core;
use super::descend::Descent;
use super::fill::fill;
use super::part::Part;
use super::set::Set;
use super::surrogate::Surrogate;
use crate::forest::NONE;

/// Variants per round. The number is fixed, so that the answer does not depend on the number of threads.
const VARIANTS: u64 = 4;

/// What a search works on.
pub(super) struct Search<'a> {
    pub(super) core: &'a Core<'a>,
    pub(super) surrogate: &'a Surrogate,
    /// Decisions that some selection within the limits may contain.
    pub(super) alive: &'a [bool],
    pub(super) seed: u64,
    pub(super) control: &'a Control,
}

impl Search<'_> {
    /// Tries one round of variants of `best`. Returns whether one of them gained.
    pub(super) fn round(&self, best: &mut Set, round: u64) -> Result<bool, Stop> {
        let variants: Vec<(Set, Result<(), Stop>)> = (0..VARIANTS)
            .into_par_iter()
            .map(|variant| {
                let mut set = best.clone();
                let ended = self.vary(&mut set, round * VARIANTS + variant);
                (set, ended)
            })
            .collect();
        let before = best.gain;
        let mut stop = Ok(());
        for (set, ended) in variants {
            if set.gain > best.gain && set.within(&self.core.most) {
                *best = set;
            }
            stop = stop.and(ended);
        }
        stop.map(|()| best.gain > before)
    }

    /// Makes one variant of a set.
    fn vary(&self, set: &mut Set, number: u64) -> Result<(), Stop> {
        let mut random = Random(self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let tilt = self.tilt(&mut random);
        let depth = 1 + random.below(5); // from a half to a 32nd of the limits
        let mut most = self.core.most.clone();
        if random.below(2) == 0 {
            for most in &mut most {
                *most -= *most >> depth;
            }
        } else {
            self.climb(set, depth);
        }
        let keep = [0, 8, 12, 14][random.below(4) as usize];
        let descent = Descent { price: &self.surrogate.price, most: &most, keep, tilt: Some(&tilt) };
        let nothing = Set::empty(self.core);
        descent.run(self.core, set, &nothing, self.control)?;
        fill(self.core, self.surrogate, set, self.alive, self.control)
    }

    /// Adds classes of the path of what is outside until one limit is exceeded by its `2^-depth`.
    fn climb(&self, set: &mut Set, depth: u64) {
        let free: Vec<bool> = set.has.iter().zip(self.alive).map(|(has, alive)| !has && *alive).collect();
        let part = Part::new(self.core, set, &free);
        let above: Vec<i64> = self.core.most.iter().map(|most| most.saturating_add(most >> depth)).collect();
        let around = above.first().copied();
        let classes = part.classes(self.core, set, self.surrogate, around, self.control);
        let count = (classes.within(&above) + 1).min(classes.len());
        part.add_classes(self.core, &classes, 0..count, set);
    }

    /// Random factors of the gains, in 1/16, from 12 to 20.
    fn tilt(&self, random: &mut Random) -> Vec<u8> {
        let by_tree = random.below(2) == 0;
        let mut tilt = vec![0u8; self.core.len()];
        for v in 0..tilt.len() {
            let parent = self.core.parents()[v];
            tilt[v] = if by_tree && parent != NONE { tilt[parent as usize] } else { 12 + random.below(9) as u8 };
        }
        tilt
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}
