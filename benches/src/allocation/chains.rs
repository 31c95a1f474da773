//! Small random chains: their best choice is found by looking at all of them.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur::neural::levels::{Level, LevelError, LevelTable};

/// Steps that are taken in order: channels of a layer by falling importance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// What each step gains; falling.
    pub gains: Vec<i64>,
    /// What each step costs.
    pub costs: Vec<i64>,
}

/// Chains and what they may cost together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The chains.
    pub chains: Vec<Chain>,
    /// The most that the steps taken may cost; positive.
    pub budget: i64,
}

/// How the steps of a chain cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The first of every few steps costs 1 to 20, the others nothing: latency in steps.
    Steps,
    /// Every step costs 1 to 20.
    Positive,
}

/// Both families with the words for them.
pub const FAMILIES: [(Family, &str); 2] =
    [(Family::Steps, "step costs with zeros"), (Family::Positive, "positive costs")];

impl Instance {
    /// Three to five chains of four to eight steps, gains of 1 to 100, and a budget of a fifth to four fifths of the cost of all.
    pub fn new(seed: u64, family: Family) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let chains: Vec<Chain> = (0..random.random_range(3..=5)).map(|_| Chain::new(&mut random, family)).collect();
        let all: i64 = chains.iter().flat_map(|chain| &chain.costs).sum();
        let budget = (all as f64 * random.random_range(0.2..0.8)).ceil() as i64;
        Self { chains, budget }
    }

    /// Gain and cost of the first steps of each chain.
    ///
    /// # Panics
    /// With more steps than a chain has.
    pub fn totals(&self, steps: &[usize]) -> (i64, i64) {
        let of = |numbers: fn(&Chain) -> &Vec<i64>| {
            self.chains.iter().zip(steps).map(|(chain, steps)| numbers(chain)[..*steps].iter().sum::<i64>()).sum()
        };
        (of(|chain| &chain.gains), of(|chain| &chain.costs))
    }

    /// The most gain within the budget, by enumeration.
    pub fn best(&self) -> i64 {
        enumerated(&self.chains, self.budget)
    }

    /// As a table: level k takes k steps and loses what the others would gain.
    ///
    /// # Errors
    /// Never: the numbers are finite.
    pub fn table(&self) -> Result<LevelTable, LevelError> {
        let levels = |chain: &Chain| {
            let level = |steps: usize| Level {
                loss: chain.gains[steps..].iter().sum::<i64>() as f64,
                cost: chain.costs[..steps].iter().sum::<i64>() as f64,
            };
            (0..=chain.gains.len()).map(level).collect()
        };
        LevelTable::new(self.chains.iter().map(levels).collect())
    }
}

impl Chain {
    fn new(random: &mut impl Rng, family: Family) -> Self {
        let steps = random.random_range(4..=8);
        let mut gains: Vec<i64> = (0..steps).map(|_| random.random_range(1..=100)).collect();
        gains.sort_unstable_by(|a, b| b.cmp(a));
        let every = random.random_range(2..=4);
        let cost = |step| match family {
            Family::Steps if step % every > 0 => 0,
            _ => random.random_range(1..=20),
        };
        Self { gains, costs: (0..steps).map(cost).collect() }
    }
}

fn enumerated(chains: &[Chain], budget: i64) -> i64 {
    let Some((first, others)) = chains.split_first() else { return 0 };
    let (mut gain, mut left) = (0, budget);
    let mut best = enumerated(others, left);
    for (step_gain, step_cost) in first.gains.iter().zip(&first.costs) {
        gain += step_gain;
        left -= step_cost;
        if left < 0 {
            break;
        }
        best = best.max(gain + enumerated(others, left));
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enumeration_sees_that_a_cheap_step_may_lead_to_a_better_one() {
        let chain = |gains: &[i64], costs: &[i64]| Chain { gains: gains.to_vec(), costs: costs.to_vec() };
        let instance = Instance { chains: vec![chain(&[5, 1], &[4, 0]), chain(&[3, 3], &[1, 3])], budget: 4 };
        assert_eq!(instance.best(), 6);
        assert_eq!(instance.totals(&[2, 0]), (6, 4));
        assert_eq!(instance.table().unwrap().layers()[1][1], Level { loss: 3.0, cost: 1.0 });
    }

    #[test]
    fn families_are_what_they_say() {
        for seed in 0..50 {
            let costs = |family| Instance::new(seed, family).chains.into_iter().flat_map(|chain| chain.costs);
            assert!(costs(Family::Positive).all(|cost| cost > 0));
            assert!(costs(Family::Steps).any(|cost| cost == 0));
        }
    }
}
