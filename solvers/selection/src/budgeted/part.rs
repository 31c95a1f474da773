//! A part of the core as a program of its own: some decisions are in already, some are out, the rest is free.
//!
//! What is in has been paid, so its resources cost nothing more (contraction); what is out is gone (restriction). The path of the part
//! gives nested closed sets of the core, and with the price of what is in a bound on every selection between.

use std::cmp::Reverse;
use std::ops::Range;

use secateur_program::{Control, Multiplier, Status};

use super::core::{Core, NONE};
use super::reduced::Reduced;
use super::set::Set;
use super::surrogate::Surrogate;
use crate::parametric::{BlockClass, block_classes, block_classes_around};

/// The free decisions, and the resources that they use and nobody has paid.
pub(super) struct Part {
    pub(super) decisions: Vec<u32>,
    pub(super) resources: Vec<u32>,
    /// Pairs between them.
    pub(super) pairs: usize,
}

/// The path of a part: sets between what is in and what is free. Set k is what is in and classes `0..=k` of the part.
#[derive(Clone)]
pub(super) struct Classes {
    /// Class of each decision of the part: an index into the vectors below.
    pub(super) class: Vec<u32>,
    /// Thresholds, strictly decreasing; the last is zero, and its class is never selected.
    pub(super) thresholds: Vec<Multiplier>,
    /// Gain of set k.
    pub(super) gain: Vec<i64>,
    /// What set k uses of each limit: `used[limit][k]`.
    pub(super) used: Vec<Vec<i64>>,
    /// Price of set k in the surrogate.
    paid: Vec<i64>,
    /// Gain and price of what is in.
    inside: (i64, i64),
    /// Whether the path is complete.
    pub(super) status: Status,
}

impl Part {
    /// Everything marked free, none of which is inside. What a free decision requires must be free or inside.
    pub(super) fn new(core: &Core<'_>, inside: &Set, free: &[bool]) -> Self {
        let decisions: Vec<u32> = (0..core.len() as u32).filter(|&v| free[v as usize]).collect();
        let mut used = vec![false; core.n_resources()];
        let mut pairs = 0;
        for &r in decisions.iter().flat_map(|&v| core.uses(v)) {
            used[r as usize] = !inside.pays(r);
            pairs += usize::from(used[r as usize]);
        }
        let resources = (0..core.n_resources() as u32).filter(|&r| used[r as usize]).collect();
        Self { decisions, resources, pairs }
    }

    /// The first `count` classes of the path of a part with nothing inside.
    pub(super) fn first_classes(&self, core: &Core<'_>, classes: &Classes, count: usize) -> Set {
        let mut set = Set::empty(core);
        self.add_classes(core, classes, 0..count, &mut set);
        set
    }

    /// Adds classes of the part's path to what is inside and all classes before them.
    pub(super) fn add_classes(&self, core: &Core<'_>, classes: &Classes, which: Range<usize>, set: &mut Set) {
        let chosen = self.decisions.iter().zip(&classes.class).filter(|(_, class)| which.contains(&(**class as usize)));
        chosen.for_each(|(&v, _)| set.add(core, v));
    }

    /// The path of the part under a surrogate; with `around` only near that price, if the surrogate is the only limit. Then classes that
    /// all fit within the price, or of which none does, may come as one. One path of the part (a few cuts near a price), and O(R K) for the totals.
    pub(super) fn classes(
        &self,
        core: &Core<'_>,
        inside: &Set,
        surrogate: &Surrogate,
        around: Option<i64>,
        control: &Control,
    ) -> Classes {
        let unpaid = |r: u32| if inside.pays(r) { 0 } else { surrogate.price[r as usize] };
        let paid: i64 =
            (0..core.n_resources() as u32).filter(|&r| inside.pays(r)).map(|r| surrogate.price[r as usize]).sum();
        let reduced = Reduced::new(core, self, unpaid);
        let (mut found, stop) = match (reduced.block, around.filter(|_| surrogate.is_the_limit())) {
            (None, _) => (Vec::new(), None),
            (Some(block), None) => block_classes(block, control),
            (Some(block), Some(most)) => block_classes_around(block, most - paid, control),
        };
        found.sort_unstable_by_key(|class| Reverse(class.threshold));
        // What is free comes first, what is never selected last.
        let mut thresholds = Vec::new();
        thresholds.extend(reduced.always.contains(&true).then_some(Multiplier::INFINITY));
        let mut class = vec![NONE; self.decisions.len()];
        for BlockClass { threshold, decisions } in found {
            if thresholds.last() != Some(&threshold) {
                thresholds.push(threshold);
            }
            decisions.into_iter().for_each(|index| class[index as usize] = thresholds.len() as u32 - 1);
        }
        thresholds.push(Multiplier::ZERO);
        let n = thresholds.len();
        for (class, always) in class.iter_mut().zip(&reduced.always).filter(|(class, _)| **class == NONE) {
            *class = if *always { 0 } else { n as u32 - 1 };
        }
        let mut resource_class = vec![n as u32 - 1; core.n_resources()];
        for (&v, &class) in self.decisions.iter().zip(&class) {
            for &r in core.uses(v) {
                resource_class[r as usize] = resource_class[r as usize].min(class);
            }
        }
        let by_class = |weight: &[i64], before: i64| {
            let mut total = vec![0i64; n];
            self.resources.iter().for_each(|&r| total[resource_class[r as usize] as usize] += weight[r as usize]);
            cumulated(total, before)
        };
        let mut gain = vec![0i64; n];
        class.iter().zip(&self.decisions).for_each(|(&k, &v)| gain[k as usize] += core.gain[v as usize]);
        Classes {
            used: core.weight.iter().zip(&inside.used).map(|(weight, &used)| by_class(weight, used)).collect(),
            paid: by_class(&surrogate.price, paid),
            gain: cumulated(gain, inside.gain),
            inside: (inside.gain, paid),
            class,
            thresholds,
            status: stop.map_or(Status::Optimal, Status::from),
        }
    }
}

impl Classes {
    /// Classes that are ever selected.
    pub(super) fn len(&self) -> usize {
        self.thresholds.len() - 1
    }

    /// How many classes can be taken together within every limit.
    pub(super) fn within(&self, most: &[i64]) -> usize {
        let fits = |k: &usize| self.used.iter().zip(most).all(|(used, most)| used[*k] <= *most);
        (0..self.len()).take_while(fits).count()
    }

    /// Gain and price of what is inside and the first `count` classes.
    fn totals(&self, count: usize) -> (i64, i64) {
        if count == 0 { self.inside } else { (self.gain[count - 1], self.paid[count - 1]) }
    }

    /// No set between what is inside and all that is free, and priced at most `most`, gains more: with lambda the threshold of the
    /// first class that is too dear, `floor(gain + lambda * (most - price))` at the hull point before it (Lagrangian
    /// bound; the minimum over lambda is attained there). Also gives that lambda. Only for complete paths.
    pub(super) fn bound(&self, most: i64) -> (i64, Multiplier) {
        debug_assert_eq!(self.status, Status::Optimal, "a stopped path bounds nothing");
        let count = self.paid[..self.len()].partition_point(|&paid| paid <= most);
        let (gain, paid) = self.totals(count);
        if count == self.len() {
            return (gain, Multiplier::ZERO);
        }
        let lambda = self.thresholds[count];
        let more = i128::from(lambda.num()) * i128::from(most - paid) / i128::from(lambda.den());
        let bound = i128::from(gain) + more;
        (i64::try_from(bound).expect("the bound is at most the gain of the next hull point"), lambda)
    }
}

impl Classes {
    /// Use of every limit by the mix of two neighbouring sets that is priced exactly `most`, or by the last set if that is cheaper.
    pub(super) fn mix(&self, most: i64) -> Vec<f64> {
        let count = self.paid[..self.len()].partition_point(|&paid| paid <= most);
        let at = |used: &[i64], count: usize| if count == 0 { 0.0 } else { used[count - 1] as f64 };
        if count == self.len() {
            return self.used.iter().map(|used| at(used, count)).collect();
        }
        let (low, high) = (self.totals(count).1 as f64, self.paid[count] as f64);
        let share = (most as f64 - low) / (high - low);
        self.used.iter().map(|used| at(used, count) + share * (at(used, count + 1) - at(used, count))).collect()
    }
}

fn cumulated(mut values: Vec<i64>, before: i64) -> Vec<i64> {
    let mut sum = before;
    for value in &mut values {
        sum += *value;
        *value = sum;
    }
    values
}

#[cfg(test)]
mod tests;
