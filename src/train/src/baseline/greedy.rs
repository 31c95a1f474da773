//! GreedyPrune: one source after the other is dropped everywhere.
//!
//! Let A(v) be the sources needed on the way from the root to split v, v included. Dropping s cuts exactly the splits with s in A(v).
//! So the loss it adds is the sum of their gains, and the cost it saves is that of the resources all of whose remaining users have
//! s in their A: one intersection of bit sets per resource, whether it is paid per example, per model or per split.
//!
//! Complexity: per round O(D x sources / 64 + U x sources / 64) word operations on what is left, parallel; as many rounds as sources.
//! Sums are integers: the same for any number of threads.

use rayon::prelude::*;
use secateur_program::{CompressedRows, Control, DecisionId, Multiplier, Scale, SelectionProgram};

use super::{BaselineError, check_lowered};
use secateur_forest::{BudgetedForest, Forest, Loss, Lowered, PriceList};

/// Resources, and decisions, per task.
const CHUNK: usize = 1 << 12;

/// Drops one source everywhere, again and again, until none is left (GreedyPrune: Nan, Wang and Saligrama 2016, section 5).
///
/// Every split that needs the source is cut, with what hangs below it. Of the sources still in use the one is dropped that adds the
/// least loss per mean cost saved; of equal ones the one that saves more, then the first. The loss is the trees' own, as lowered (not the
/// ensemble's), and the cost saved is exact: what other sources are no longer needed below the cut counts too.
///
/// The threshold of a split is the step at which it goes, from 1: at [`BudgetedForest::at_lambda`]`(k)` k sources have been dropped.
/// Splits that need no source, and hang below none that does, never go; theirs is infinite. Prices and losses should be those
/// that were lowered with; `loss` says which.
///
/// # Errors
/// [`BaselineError`]: a program or prices of another forest, or a stop.
///
/// # Complexity
/// See the module; 4 bytes per uses pair beside the program (8 while they are sorted).
pub fn greedy_features(
    forest: Forest,
    prices: &PriceList,
    loss: Loss,
    lowered: &Lowered,
    control: &Control,
) -> Result<BudgetedForest, BaselineError> {
    check_lowered(&forest, lowered)?;
    BudgetedForest::check_priced(&forest, prices)?;
    let program = &lowered.program;
    let n_sources = prices.sources().len();
    let needed = Needed::new(&forest, prices, lowered);
    let mut thresholds = vec![Multiplier::INFINITY; program.n_decisions()];
    let mut shards = shards(program);
    let mut dropped = vec![0u64; needed.words];
    for step in 1i64.. {
        control.check()?;
        control.report("drop sources", step as u64 - 1, n_sources as u64);
        let (users, lost) = losses(program, &needed, &dropped, n_sources);
        let saved = savings(&mut shards, &needed, &dropped, n_sources);
        let in_use = (0..n_sources).filter(|&source| users[source] > 0);
        let Some(source) = in_use.min_by(|&a, &b| {
            let product = |lost: i64, saved: i64| i128::from(lost) * i128::from(saved);
            let ratio = product(lost[a], saved[b]).cmp(&product(lost[b], saved[a]));
            ratio.then(saved[b].cmp(&saved[a]))
        }) else {
            break;
        };
        let at = Multiplier::new(step, 1).expect("steps are positive");
        for (v, threshold) in thresholds.iter_mut().enumerate() {
            if needed.has(v, source) && !needed.meets(v, &dropped) {
                *threshold = at;
            }
        }
        dropped[source / 64] |= 1 << (source % 64);
    }
    Ok(BudgetedForest::with_thresholds(forest, prices.clone(), loss, lowered, &thresholds, Scale::UNIT)?)
}

/// A(v) of every decision, as bits.
struct Needed {
    words: usize,
    /// `(decisions, words)`.
    bits: Vec<u64>,
}

impl Needed {
    fn new(forest: &Forest, prices: &PriceList, lowered: &Lowered) -> Self {
        let words = prices.sources().len().div_ceil(64).max(1);
        let mut bits = vec![0u64; words * lowered.nodes.len()];
        for (v, &node) in lowered.nodes.iter().enumerate() {
            if let Some(parent) = lowered.program.parent(DecisionId(v as u32)) {
                bits.copy_within(parent.index() * words..(parent.index() + 1) * words, v * words);
            }
            let feature = forest.feature(node as usize).expect("decisions are splits");
            for source in prices.needs(feature) {
                bits[v * words + source.index() / 64] |= 1 << (source.index() % 64);
            }
        }
        Self { words, bits }
    }

    fn of(&self, v: usize) -> &[u64] {
        &self.bits[v * self.words..(v + 1) * self.words]
    }

    fn has(&self, v: usize, source: usize) -> bool {
        self.bits[v * self.words + source / 64] >> (source % 64) & 1 == 1
    }

    /// Whether the decision needs one of these.
    fn meets(&self, v: usize, sources: &[u64]) -> bool {
        self.of(v).iter().zip(sources).any(|(own, other)| own & other != 0)
    }
}

/// Calls `visit` for every bit set.
fn each_bit(words: &[u64], mut visit: impl FnMut(usize)) {
    for (index, &word) in words.iter().enumerate() {
        let mut rest = word;
        while rest != 0 {
            visit(index * 64 + rest.trailing_zeros() as usize);
            rest &= rest - 1;
        }
    }
}

fn added(mut left: Vec<i64>, right: Vec<i64>) -> Vec<i64> {
    left.iter_mut().zip(right).for_each(|(left, right)| *left += right);
    left
}

/// Splits that dropping each source would cut, and the gain that would go with them.
fn losses(program: &SelectionProgram, needed: &Needed, dropped: &[u64], n_sources: usize) -> (Vec<i64>, Vec<i64>) {
    let both = (0..program.n_decisions().div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let mut sums = vec![0i64; 2 * n_sources];
            for v in chunk * CHUNK..program.n_decisions().min((chunk + 1) * CHUNK) {
                if !needed.meets(v, dropped) {
                    each_bit(needed.of(v), |source| {
                        sums[source] += 1;
                        sums[n_sources + source] += program.gain(DecisionId(v as u32));
                    });
                }
            }
            sums
        })
        .reduce(|| vec![0; 2 * n_sources], added);
    let (users, lost) = both.split_at(n_sources);
    (users.to_vec(), lost.to_vec())
}

/// Some resources with the decisions that still use them.
struct Shard {
    /// Cost, and end of its users.
    resources: Vec<(i64, usize)>,
    users: Vec<u32>,
}

/// The uses pairs by resource.
fn shards(program: &SelectionProgram) -> Vec<Shard> {
    let users = CompressedRows::grouped(program.n_resources(), || program.pairs().map(|(v, r)| (r.index(), v.0)));
    let costs: Vec<i64> = program.resources().map(|resource| program.cost(resource)).collect();
    let shard = |(index, costs): (usize, &[i64])| {
        let rows = index * CHUNK..index * CHUNK + costs.len();
        let first = users.range(rows.start).start;
        Shard {
            resources: costs
                .iter()
                .zip(rows.clone())
                .map(|(&cost, row)| (cost, users.range(row).end - first))
                .collect(),
            users: rows.flat_map(|row| users.row(row)).copied().collect(),
        }
    };
    costs.chunks(CHUNK).enumerate().map(shard).collect()
}

/// The cost that dropping each source would save. Forgets the users that are gone, and the resources without users.
fn savings(shards: &mut [Shard], needed: &Needed, dropped: &[u64], n_sources: usize) -> Vec<i64> {
    shards
        .par_iter_mut()
        .map(|shard| {
            let mut saved = vec![0i64; n_sources];
            let mut common = vec![0u64; needed.words];
            let (mut begin, mut written) = (0, 0);
            shard.resources.retain_mut(|(cost, end)| {
                let first = written;
                common.fill(u64::MAX);
                let pairs = std::mem::replace(&mut begin, *end)..*end;
                for at in pairs {
                    let user = shard.users[at];
                    if !needed.meets(user as usize, dropped) {
                        shard.users[written] = user;
                        written += 1;
                        common.iter_mut().zip(needed.of(user as usize)).for_each(|(common, own)| *common &= own);
                    }
                }
                *end = written;
                if written > first {
                    each_bit(&common, |source| saved[source] += *cost);
                }
                written > first
            });
            shard.users.truncate(written);
            saved
        })
        .reduce(|| vec![0; n_sources], added)
}
