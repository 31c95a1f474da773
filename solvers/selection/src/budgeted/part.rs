//! A part of the core as a program of its own: some decisions are in already, some are out, and the rest is free.
//!
//! What is in has been paid for, so its resources cost nothing more (contraction). What is out is gone (restriction).
//! The path of the part gives nested closed sets of the core. Together with the price of what is in, it also gives a
//! bound on every selection between what is in and all that is free.

mod instance;

use std::cmp::Reverse;
use std::ops::Range;

use secateur_program::{Control, Multiplier, Status, Stop};

use super::core::Core;
use super::set::Set;
use super::surrogate::Surrogate;
use crate::forest::NONE;
use crate::parametric::{BlockClass, block_classes, block_classes_around};
use crate::reduce::Reduced;
use crate::refine::merge_by_refinement;
use instance::PartInstance;

/// The free decisions, and the resources that they use and that are not paid.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) decisions: Vec<u32>,
    pub(super) resources: Vec<u32>,
    /// Number of pairs between them.
    pub(super) pairs: usize,
}

/// The path of a part. Set k is what is in, with the classes `0..=k` of the part.
#[derive(Clone)]
pub(super) struct Classes {
    /// Class of each decision of the part: an index into the vectors below.
    pub(super) class: Vec<u32>,
    /// Thresholds, strictly decreasing. The last is zero, and its class is never selected.
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
    /// The part of everything that is marked free, none of which is inside. What a free decision requires must be free
    /// or inside.
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

    /// The set of the first `count` classes, for a part with nothing inside.
    pub(super) fn first_classes(&self, core: &Core<'_>, classes: &Classes, count: usize) -> Set {
        let mut set = Set::empty(core);
        self.add_classes(core, classes, 0..count, &mut set);
        set
    }

    /// Adds classes to a set of what is inside and all classes before them.
    pub(super) fn add_classes(&self, core: &Core<'_>, classes: &Classes, which: Range<usize>, set: &mut Set) {
        let chosen = self.decisions.iter().zip(&classes.class).filter(|(_, class)| which.contains(&(**class as usize)));
        chosen.for_each(|(&v, _)| set.add(core, v));
    }

    /// The path of the part under a surrogate.
    ///
    /// With `around`, and if the surrogate is the only limit, the path is exact only about the class with which the
    /// price exceeds `around`; other classes may come several as one. That takes a few cuts instead of all.
    pub(super) fn classes(
        &self,
        core: &Core<'_>,
        inside: &Set,
        surrogate: &Surrogate,
        around: Option<i64>,
        control: &Control,
    ) -> Classes {
        let all_paid = (0..core.n_resources() as u32).filter(|&r| inside.pays(r));
        let paid: i64 = all_paid.map(|r| surrogate.price[r as usize]).sum();
        let reduced = Reduced::new(PartInstance::new(core, self, surrogate));
        let room = around.filter(|_| surrogate.is_the_limit()).map(|most| most - paid);
        let (found, stop) = self.between_the_ends(&reduced, room, control);
        let (class, thresholds) = self.with_the_ends(&reduced, found);
        let n = thresholds.len();
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

    /// The classes of positive finite thresholds, the highest first; with `room`, exact about one of them only.
    fn between_the_ends(
        &self,
        reduced: &Reduced<PartInstance<'_>>,
        room: Option<i64>,
        control: &Control,
    ) -> (Vec<BlockClass>, Option<Stop>) {
        if reduced.open.is_empty() {
            return (Vec::new(), None);
        }
        let block = reduced.block(merge_by_refinement(reduced), self.pairs);
        let (mut found, stop) = match room {
            None => block_classes(block, control),
            Some(room) => block_classes_around(block, room, control),
        };
        found.sort_unstable_by_key(|class| Reverse(class.threshold));
        (found, stop)
    }

    /// The class of each decision, and the thresholds, with what is always and what is never selected.
    fn with_the_ends(
        &self,
        reduced: &Reduced<PartInstance<'_>>,
        found: Vec<BlockClass>,
    ) -> (Vec<u32>, Vec<Multiplier>) {
        let always = &reduced.ends.always.selected;
        let mut thresholds = Vec::new();
        thresholds.extend(always.contains(&true).then_some(Multiplier::INFINITY));
        let mut class = vec![NONE; self.decisions.len()];
        for BlockClass { threshold, decisions } in found {
            if thresholds.last() != Some(&threshold) {
                thresholds.push(threshold);
            }
            decisions.into_iter().for_each(|index| class[index as usize] = thresholds.len() as u32 - 1);
        }
        thresholds.push(Multiplier::ZERO);
        let never = thresholds.len() as u32 - 1;
        for (class, always) in class.iter_mut().zip(always).filter(|(class, _)| **class == NONE) {
            *class = if *always { 0 } else { never };
        }
        (class, thresholds)
    }
}

impl Classes {
    /// Number of classes that are selected at some lambda.
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

    /// The Lagrangian bound: no set between what is inside and all that is free gains more if it is priced at most
    /// `most`. Also gives the lambda that attains it. Only for complete paths.
    ///
    /// The bound `gain + lambda (most - price)` is smallest at the threshold of the first class that is too dear, with
    /// the gain and the price of the hull point before that class. It is rounded down, as gains are integers.
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

    /// What is used of every limit by the convex combination of two neighbouring sets that is priced exactly `most`; by
    /// the last set if that is cheaper.
    pub(super) fn mix(&self, most: i64) -> Vec<f64> {
        let count = self.paid[..self.len()].partition_point(|&paid| paid <= most);
        let at = |used: &[i64], count: usize| if count == 0 { 0.0 } else { used[count - 1] as f64 };
        if count == self.len() {
            return self.used.iter().map(|used| at(used, count)).collect();
        }
        let (low, high) = (self.totals(count).1 as f64, self.paid[count] as f64);
        let fraction = (most as f64 - low) / (high - low);
        self.used.iter().map(|used| at(used, count) + fraction * (at(used, count + 1) - at(used, count))).collect()
    }
}

/// Sums of the first values, one more each, on top of `before`.
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
