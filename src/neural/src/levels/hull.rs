//! Levels of a layer in integers, what dominates them, and what a fraction of them would gain: the linear relaxation.

use std::cmp::Ordering;

/// A level beyond the first of its layer, in the integers of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) cost: i64,
    pub(super) gain: i64,
    /// Steps of the chain that it takes.
    pub(super) step: u32,
}

/// The items that fit, by cost, without those that another one dominates: costs and gains rise strictly. Of equal items
/// the first stays.
///
/// Items are given by cost; the first costs nothing.
pub(super) fn undominated(items: &[Item], most: i64) -> Vec<Item> {
    let mut kept: Vec<Item> = Vec::new();
    for &item in items.iter().filter(|item| item.cost <= most) {
        match kept.last_mut() {
            Some(last) if last.gain >= item.gain => {}
            Some(last) if last.cost == item.cost => *last = item,
            _ => kept.push(item),
        }
    }
    kept
}

/// From one corner of a layer's concave hull to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Increment {
    pub(super) cost: i64,
    pub(super) gain: i64,
    /// The layer.
    pub(super) layer: usize,
    /// The item that it reaches.
    pub(super) item: usize,
}

impl Increment {
    /// Steeper ones first.
    pub(super) fn by_slope(&self, other: &Self) -> Ordering {
        let (own, others) = (product(self.gain, other.cost), product(other.gain, self.cost));
        others.cmp(&own)
    }
}

/// Increments along the hull of a layer's undominated items; their slopes fall strictly.
pub(super) fn increments(layer: usize, items: &[Item]) -> Vec<Increment> {
    let mut hull: Vec<Increment> = Vec::new();
    for item in 1..items.len() {
        let from = |start: usize| Increment {
            cost: items[item].cost - items[start].cost,
            gain: items[item].gain - items[start].gain,
            layer,
            item,
        };
        let mut next = from(item - 1);
        while let Some(last) = hull.last()
            && last.by_slope(&next) != Ordering::Less
        {
            hull.pop();
            next = from(hull.last().map_or(0, |last| last.item));
        }
        hull.push(next);
    }
    hull
}

/// What some layers can gain with a given room, at most: their increments, steepest first, the last one in part (Sinha
/// and Zoltners 1979).
#[derive(Debug)]
pub(super) struct Rest {
    /// Sums over the first increments, beginning with none.
    cost: Vec<i64>,
    gain: Vec<i64>,
}

impl Rest {
    /// From increments in order of slope.
    pub(super) fn new<'a>(increments: impl Iterator<Item = &'a Increment>) -> Self {
        let (mut cost, mut gain) = (vec![0], vec![0]);
        for (at, increment) in increments.enumerate() {
            cost.push(cost[at] + increment.cost);
            gain.push(gain[at] + increment.gain);
        }
        Self { cost, gain }
    }

    /// How many whole increments fit into a room >= 0.
    pub(super) fn fitting(&self, room: i64) -> usize {
        self.cost.partition_point(|cost| *cost <= room) - 1
    }

    /// The same, for no more room than that into which `fitting` of them fit.
    pub(super) fn still_fitting(&self, room: i64, mut fitting: usize) -> usize {
        while self.cost[fitting] > room {
            fitting -= 1;
        }
        fitting
    }

    /// What so many increments gain.
    pub(super) fn gain(&self, fitting: usize) -> i64 {
        self.gain[fitting]
    }

    /// Whether more than `least` might be gained with a room into which `fitting` increments fit; `least` is at least
    /// what they gain.
    pub(super) fn exceeds(&self, room: i64, fitting: usize, least: i64) -> bool {
        self.next(fitting).is_some_and(|(cost, gain)| {
            product(gain, room - self.cost[fitting]) >= product(least - self.gain[fitting] + 1, cost)
        })
    }

    /// The most that is gained with a room >= 0, rounded down.
    pub(super) fn most(&self, room: i64) -> i64 {
        let fitting = self.fitting(room);
        let part = |(cost, gain): (i64, i64)| (product(gain, room - self.cost[fitting]) / i128::from(cost)) as i64;
        self.gain[fitting] + self.next(fitting).map_or(0, part)
    }

    /// Cost and gain of the increment after the first ones.
    fn next(&self, fitting: usize) -> Option<(i64, i64)> {
        let cost = self.cost.get(fitting + 1)?;
        Some((cost - self.cost[fitting], self.gain[fitting + 1] - self.gain[fitting]))
    }
}

/// Exact: both factors have 64 bits.
pub(super) fn product(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}
