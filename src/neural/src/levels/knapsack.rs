//! The multiple-choice knapsack, exactly: lists of undominated partial choices, layer by layer (Nemhauser and Ullmann
//! 1969), without those that the linear relaxation of the layers to come proves useless (Dyer, Kayal and Walker 1984).
//!
//! Layers come in the order of Pisinger (1995): first those whose second best level is nearest to the best one at the
//! slope where the relaxation breaks. Behind them hardly anything can be exchanged without loss, so that the relaxation
//! is close and the lists stay short; it ends where no second best level can be part of a better choice. Every partial
//! choice is also completed by the whole increments that still fit, which finds good choices early.

use std::cmp::Reverse;

use secateur_program::{Control, Stop};

use super::hull::{Increment, Item, Rest, increments, product, undominated};

/// Partial choices kept, in all lists together (8 bytes each).
pub(super) const MOST_KEPT: usize = 1 << 24;
/// Partial choices of one layer before the dominated ones go (24 bytes each, and as much to sort them).
pub(super) const MOST_LISTED: usize = 1 << 22;

/// What the lists may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) kept: usize,
    pub(super) listed: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { kept: MOST_KEPT, listed: MOST_LISTED }
    }
}

/// How the search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Proven,
    /// The lists would have exceeded their room.
    Full,
    Stopped(Stop),
}

/// The best choice found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Solution {
    /// Per layer the steps taken.
    pub(super) steps: Vec<u32>,
    pub(super) gain: i64,
    /// No choice within the budget gains more.
    pub(super) bound: i64,
    pub(super) end: End,
}

/// The choice of one item per layer that gains most at a cost of at most `most`.
///
/// # Arguments
/// * `layers`: items by cost, the first at no cost and no gain; costs and absolute gains of all layers sum to less than
///   2^62.
/// * `most`: not negative.
///
/// # Complexity
/// O(items of the layer times partial choices kept), summed over layers; the number kept depends on how close the
/// relaxation is.
pub(super) fn solve(layers: &[Vec<Item>], most: i64, room: Room, control: &Control) -> Solution {
    let items: Vec<Vec<Item>> = layers.iter().map(|items| undominated(items, most)).collect();
    let mut search = Search::new(&items, most);
    let end = search.run(room, control).err().unwrap_or(End::Proven);
    let gain = search.best.gain;
    let bound = if end == End::Proven { gain } else { search.bound() };
    Solution { steps: search.steps(), gain, bound, end: if bound == gain { End::Proven } else { end } }
}

/// Where a partial choice comes from: one of the list before, and an item.
#[derive(Debug, Clone, Copy)]
struct Link {
    parent: u32,
    item: u32,
}

/// A choice for the first layers of the order.
#[derive(Debug, Clone, Copy)]
struct Partial {
    cost: i64,
    gain: i64,
    link: Link,
}

/// The best whole choice: that of the first layers, and the first increments of the others.
#[derive(Debug)]
struct Best {
    gain: i64,
    layers: usize,
    link: Link,
    fitting: usize,
}

struct Search<'a> {
    items: &'a [Vec<Item>],
    /// Layers in the order in which they are decided.
    order: Vec<usize>,
    most: i64,
    /// Of all layers, steepest first; `layer` is the place in the order.
    increments: Vec<Increment>,
    best: Best,
    /// Choices for the first layers of the order, by cost.
    list: Vec<Partial>,
    /// Links of the lists so far, of the last one, too.
    links: Vec<Vec<Link>>,
}

impl<'a> Search<'a> {
    fn new(items: &'a [Vec<Item>], most: i64) -> Self {
        let hulls = items.iter().enumerate().flat_map(|(layer, items)| increments(layer, items));
        let mut increments: Vec<Increment> = hulls.collect();
        increments.sort_by(Increment::by_slope);
        let unpaid: i64 = items.iter().map(|items| items[0].gain).sum();
        let none = Link { parent: 0, item: 0 };
        let list = vec![Partial { cost: 0, gain: unpaid, link: none }];
        let best = Best { gain: unpaid, layers: 0, link: none, fitting: 0 };
        Self { items, order: (0..items.len()).collect(), most, increments, best, list, links: Vec::new() }
    }

    fn run(&mut self, room: Room, control: &Control) -> Result<(), End> {
        let rest = self.rest(0);
        self.best.fitting = rest.fitting(self.most);
        self.best.gain += rest.gain(self.best.fitting);
        // Where everything fits, that is the best choice.
        let Some(breaking) = self.increments.get(self.best.fitting) else { return Ok(()) };
        let price = Price::new(self.items, self.most, breaking);
        self.sort(&price);
        let mut kept = 0;
        for place in 0..self.order.len() {
            // From here on only the best items can be part of a better choice, and with those every listed one has been
            // completed.
            if !price.exceeds(price.second_best(self.layer(place)), self.best.gain) {
                break;
            }
            control.report("levels", place as u64, self.order.len() as u64);
            let mut next = self.extended(place, &price, room.listed, control)?;
            next.sort_by_key(|partial| (partial.cost, Reverse(partial.gain)));
            let mut most = i64::MIN;
            next.retain(|partial| {
                let dominated = partial.gain <= most;
                most = most.max(partial.gain);
                !dominated
            });
            kept += next.len();
            if kept > room.kept {
                return Err(End::Full);
            }
            self.links.push(next.iter().map(|partial| partial.link).collect());
            self.list = next;
        }
        Ok(())
    }

    /// Layers whose second best item is nearest to the best one first.
    fn sort(&mut self, price: &Price) {
        self.order.sort_by_cached_key(|layer| price.second_best(&self.items[*layer]));
        let mut place = vec![0; self.order.len()];
        self.order.iter().enumerate().for_each(|(at, layer)| place[*layer] = at);
        self.increments.iter_mut().for_each(|increment| increment.layer = place[increment.layer]);
    }

    fn layer(&self, place: usize) -> &'a [Item] {
        &self.items[self.order[place]]
    }

    /// What the layers from a place on can gain.
    fn rest(&self, from: usize) -> Rest {
        Rest::new(self.increments.iter().filter(|increment| increment.layer >= from))
    }

    /// The list with one more layer decided, unsorted, without what cannot become better than the best choice.
    fn extended(&mut self, place: usize, price: &Price, listed: usize, control: &Control) -> Result<Vec<Partial>, End> {
        let (items, rest) = (self.layer(place), self.rest(place + 1));
        let top = price.best(items);
        let mut next = Vec::new();
        for (index, item) in items.iter().enumerate() {
            control.check().map_err(End::Stopped)?;
            if !price.exceeds(top - price.value(item), self.best.gain) {
                continue;
            }
            let (item_cost, item_gain) = (item.cost, item.gain - items[0].gain);
            let mut fitting = None;
            for (parent, partial) in self.list.iter().enumerate() {
                let (cost, gain) = (partial.cost + item_cost, partial.gain + item_gain);
                let room = self.most - cost;
                if room < 0 {
                    break;
                }
                let fits = fitting.map_or_else(|| rest.fitting(room), |fitting| rest.still_fitting(room, fitting));
                fitting = Some(fits);
                let link = Link { parent: parent as u32, item: index as u32 };
                if gain + rest.gain(fits) > self.best.gain {
                    self.best = Best { gain: gain + rest.gain(fits), layers: place + 1, link, fitting: fits };
                }
                if rest.exceeds(room, fits, self.best.gain - gain) {
                    next.push(Partial { cost, gain, link });
                }
            }
            if next.len() > listed {
                return Err(End::Full);
            }
        }
        Ok(next)
    }

    /// No choice gains more: what is listed can at most become this.
    fn bound(&self) -> i64 {
        let rest = self.rest(self.links.len());
        let most = |partial: &Partial| partial.gain + rest.most(self.most - partial.cost);
        self.list.iter().map(most).fold(self.best.gain, i64::max)
    }

    /// The steps of the best choice, per layer.
    fn steps(&self) -> Vec<u32> {
        let Best { layers, mut link, fitting, .. } = self.best;
        let mut chosen = vec![0; self.order.len()];
        let rest = self.increments.iter().filter(|increment| increment.layer >= layers);
        rest.take(fitting).for_each(|increment| chosen[increment.layer] = increment.item);
        for place in (0..layers).rev() {
            chosen[place] = link.item as usize;
            if place > 0 {
                link = self.links[place - 1][link.parent as usize];
            }
        }
        let mut steps = vec![0; chosen.len()];
        for (place, item) in chosen.into_iter().enumerate() {
            steps[self.order[place]] = self.layer(place)[item].step;
        }
        steps
    }
}

/// The slope where the relaxation breaks, as a price of cost: an item is worth `per_gain * gain - per_cost * cost`.
struct Price {
    per_gain: i64,
    per_cost: i64,
    /// `per_gain` times the relaxation's gain: the best items, and the budget at its price.
    total: i128,
}

impl Price {
    fn new(items: &[Vec<Item>], most: i64, breaking: &Increment) -> Self {
        let mut price = Self { per_gain: breaking.cost, per_cost: breaking.gain, total: product(breaking.gain, most) };
        price.total += items.iter().map(|items| price.best(items)).sum::<i128>();
        price
    }

    fn value(&self, item: &Item) -> i128 {
        product(self.per_gain, item.gain) - product(self.per_cost, item.cost)
    }

    fn best(&self, items: &[Item]) -> i128 {
        items.iter().map(|item| self.value(item)).max().expect("the first item fits")
    }

    /// How much less than the best item the second best is worth.
    fn second_best(&self, items: &[Item]) -> i128 {
        let mut values: Vec<i128> = items.iter().map(|item| self.value(item)).collect();
        values.sort_unstable_by(|a, b| b.cmp(a));
        values.get(1).map_or(i128::MAX, |second| values[0] - second)
    }

    /// Whether a choice with an item worth so much less than the best of its layer can gain more than `gain`.
    fn exceeds(&self, less: i128, gain: i64) -> bool {
        self.total - less >= product(self.per_gain, gain + 1)
    }
}

#[cfg(test)]
mod tests;
