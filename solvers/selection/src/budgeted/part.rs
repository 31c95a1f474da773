//! A part of the core as a program of its own: some decisions are in already, some are out, the rest is free.
//!
//! What is in has been paid, so its resources cost nothing more (contraction); what is out is gone (restriction). The path of the part
//! gives nested closed sets of the core, and with the price of what is in a bound on every selection between.

use std::ops::Range;

use secateur_program::{Control, DecisionId, Multiplier, ResourceId, SelectionProgram, Status};

use super::core::{Core, NONE};
use super::set::Set;
use super::surrogate::Surrogate;
use crate::solve_path;

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

    fn program(&self, core: &Core<'_>, price: &[i64]) -> SelectionProgram {
        let gains: Vec<i64> = self.decisions.iter().map(|&v| core.gain[v as usize]).collect();
        let costs: Vec<i64> = self.resources.iter().map(|&r| price[r as usize]).collect();
        let mut builder = SelectionProgram::builder();
        builder.decisions(&gains).resources(&costs);
        let mut resource_name = vec![NONE; core.n_resources()];
        for (name, &r) in self.resources.iter().enumerate() {
            resource_name[r as usize] = name as u32;
        }
        let mut decision_name = vec![NONE; core.len()];
        for (name, &v) in self.decisions.iter().enumerate() {
            decision_name[v as usize] = name as u32;
            let name = DecisionId(name as u32);
            let parent = core.parent[v as usize];
            if parent != NONE && decision_name[parent as usize] != NONE {
                builder.requires(name, DecisionId(decision_name[parent as usize]));
            }
            for &r in core.uses(v) {
                if resource_name[r as usize] != NONE {
                    builder.uses(name, ResourceId(resource_name[r as usize]));
                }
            }
        }
        builder.build().expect("a part of a valid program is valid")
    }

    /// The path of the part under a surrogate. One path of the part, and O(R K) for the totals.
    pub(super) fn classes(&self, core: &Core<'_>, inside: &Set, surrogate: &Surrogate, control: &Control) -> Classes {
        let program = self.program(core, &surrogate.price);
        let solution = solve_path(&program, control);
        let path = solution.path;
        let class: Vec<u32> = program.decisions().map(|v| path.class(v) as u32).collect();
        let resource_class: Vec<u32> = program.resources().map(|r| path.resource_class(r) as u32).collect();
        let n = path.thresholds().len();
        let by_class = |weight: &[i64], before: i64| {
            let mut total = vec![0i64; n];
            resource_class.iter().zip(&self.resources).for_each(|(&k, &r)| total[k as usize] += weight[r as usize]);
            cumulated(total, before)
        };
        let mut gain = vec![0i64; n];
        class.iter().zip(&self.decisions).for_each(|(&k, &v)| gain[k as usize] += core.gain[v as usize]);
        let paid: i64 =
            (0..core.n_resources() as u32).filter(|&r| inside.pays(r)).map(|r| surrogate.price[r as usize]).sum();
        Classes {
            used: core.weight.iter().zip(&inside.used).map(|(weight, &used)| by_class(weight, used)).collect(),
            paid: by_class(&surrogate.price, paid),
            gain: cumulated(gain, inside.gain),
            inside: (inside.gain, paid),
            class,
            thresholds: path.thresholds().to_vec(),
            status: solution.status,
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
