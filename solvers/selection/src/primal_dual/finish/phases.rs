//! Phases: distances to the deficits, and flow along ways on which they fall.

use secateur_program::{Control, ResourceId, Stop};

use super::super::nodes::NONE;
use super::{Residual, Step};
use crate::amount::Amount;

/// Time is looked at after so many steps.
const STEPS_PER_CHECK: u32 = 1 << 14;

/// The next search for distances comes after work of about so many searches.
const WORK_PER_SEARCH: usize = 2;

impl<F: Amount> Residual<'_, F> {
    /// Distance of places to the nearest deficit, [`NONE`] where there is none or it is farther than every excess. `None` if all excess is settled.
    pub(super) fn distances(&mut self) -> Option<Vec<u32>> {
        let (n, zero) = (self.nodes.len(), F::default());
        let is_source = |place: usize| self.excess[place] > zero && !self.settled[place];
        let mut sources = (0..self.excess.len()).filter(|&place| is_source(place)).count();
        if sources == 0 {
            return None;
        }
        let mut distances = vec![NONE; self.excess.len()];
        let mut queue: Vec<u32> = (0..self.excess.len() as u32).filter(|&i| self.excess[i as usize] < zero).collect();
        queue.iter().for_each(|&at| distances[at as usize] = 0);
        let mut done = 0;
        while done < queue.len() && sources > 0 {
            let at = queue[done] as usize;
            done += 1;
            let mut visit = |from: usize| {
                if distances[from] == NONE {
                    distances[from] = distances[at] + 1;
                    queue.push(from as u32);
                    sources -= usize::from(is_source(from));
                }
            };
            if at >= n {
                self.shards.users(at - n).iter().for_each(|&user| visit(user as usize));
                continue;
            }
            let v = self.nodes.decision[at];
            let pairs = self.program.use_range(v).zip(self.program.use_list(v));
            pairs.filter(|(pair, _)| self.flow[*pair] > zero).for_each(|(_, &r)| visit(n + r as usize));
            self.children.of(at).iter().for_each(|&child| visit(child as usize));
            if self.nodes.parent[at] != NONE && self.sent[at] > zero {
                visit(self.nodes.parent[at] as usize);
            }
        }
        if sources > 0 {
            self.settled.iter_mut().zip(&distances).for_each(|(settled, &distance)| *settled = distance == NONE);
        } else {
            // What was not found is as far as the last at least.
            let last = queue.last().map_or(0, |&at| distances[at as usize]);
            let open =
                distances.iter_mut().zip(&self.settled).filter(|(distance, settled)| **distance == NONE && !**settled);
            open.for_each(|(distance, _)| *distance = last);
        }
        Some(distances)
    }

    /// Sends excess along shortest ways. Places from which none is left are put farther, until every source is settled, drained, or farther than
    /// any place was at the start; or until the work exceeds some searches.
    pub(super) fn block(&mut self, distances: &mut [u32], control: &Control) -> Result<(), Stop> {
        let zero = F::default();
        let far = distances.iter().filter(|&&distance| distance != NONE).max().copied().unwrap_or(0);
        let mut budget = WORK_PER_SEARCH * (self.flow.len() + distances.len());
        let mut next = vec![0u32; distances.len()];
        let mut way: Vec<(usize, Step)> = Vec::new();
        for source in 0..distances.len() {
            let mut at = source;
            way.clear();
            while self.excess[source] > zero && distances[source] <= far && budget > 0 {
                self.steps = self.steps.wrapping_add(1);
                if self.steps.is_multiple_of(STEPS_PER_CHECK) {
                    control.check()?;
                }
                if self.excess[at] < zero {
                    at = self.send(source, at, &mut way);
                } else if let Some((to, step)) = self.advance(at, distances, &mut next[at]) {
                    way.push((at, step));
                    at = to;
                } else {
                    budget = budget.saturating_sub(next[at] as usize + 1);
                    next[at] = 0;
                    distances[at] = self.farther(at, distances);
                    if let Some((from, _)) = way.pop() {
                        at = from;
                    }
                }
            }
        }
        Ok(())
    }

    /// One more than the least distance a step away.
    fn farther(&self, at: usize, distances: &[u32]) -> u32 {
        let (n, zero) = (self.nodes.len(), F::default());
        let mut least = NONE;
        if at >= n {
            for &user in self.shards.users(at - n) {
                if distances[user as usize] < least && self.flow[self.pair(user, at - n)] > zero {
                    least = distances[user as usize];
                }
            }
        } else {
            let uses = if self.nodes.active[at] { self.program.use_list(self.nodes.decision[at]) } else { &[] };
            let paid = uses.iter().map(|&r| n + r as usize);
            let parent = Some(self.nodes.parent[at]).filter(|&parent| parent != NONE).map(|parent| parent as usize);
            let children = self.children.of(at).iter().map(|&child| child as usize);
            let children = children.filter(|&child| self.sent[child] > zero);
            least = paid.chain(parent).chain(children).map(|to| distances[to]).min().unwrap_or(NONE);
        }
        least.saturating_add(1)
    }

    /// Position of a pair that the shards hold.
    pub(super) fn pair(&self, user: u32, resource: usize) -> usize {
        let pair = self.program.pair(self.nodes.decision[user as usize], ResourceId(resource as u32));
        pair.expect("shards hold the program's pairs")
    }

    /// The next step towards a deficit from a place; `next` counts the steps that were given up.
    fn advance(&self, at: usize, distances: &[u32], next: &mut u32) -> Option<(usize, Step)> {
        let (n, zero) = (self.nodes.len(), F::default());
        let goal = distances[at].checked_sub(1)?;
        if at >= n {
            let users = self.shards.users(at - n);
            while let Some(&user) = users.get(*next as usize) {
                if distances[user as usize] == goal {
                    let pair = self.pair(user, at - n);
                    if self.flow[pair] > zero {
                        return Some((user as usize, Step::TakeBack(pair)));
                    }
                }
                *next += 1;
            }
            return None;
        }
        let v = self.nodes.decision[at];
        let (first, uses) = (self.program.use_range(v).start, self.program.use_list(v));
        let payable = if self.nodes.active[at] { uses.len() } else { 0 };
        while let Some(&r) = uses[..payable].get(*next as usize) {
            if distances[n + r as usize] == goal {
                return Some((n + r as usize, Step::Pay(first + *next as usize)));
            }
            *next += 1;
        }
        let parent = self.nodes.parent[at];
        if *next as usize == payable {
            if parent != NONE && distances[parent as usize] == goal {
                return Some((parent as usize, Step::Send(at)));
            }
            *next += 1;
        }
        while let Some(&child) = self.children.of(at).get(*next as usize - payable - 1) {
            let child = child as usize;
            if distances[child] == goal && self.sent[child] > zero {
                return Some((child, Step::Recall(child)));
            }
            *next += 1;
        }
        None
    }

    /// Sends as much as fits from the source to the deficit at the end of a way, and shortens the way to before the first step that is used up.
    fn send(&mut self, source: usize, end: usize, way: &mut Vec<(usize, Step)>) -> usize {
        let most = self.excess[source].min(-self.excess[end]);
        let amount = way.iter().filter_map(|&(_, step)| self.room(step)).fold(most, F::min);
        way.iter().for_each(|&(_, step)| self.change(step, amount));
        self.excess[source] -= amount;
        self.excess[end] += amount;
        self.completion.ways += 1;
        let used_up = way.iter().position(|&(_, step)| self.room(step) == Some(F::default()));
        match used_up {
            Some(position) => {
                let at = way[position].0;
                way.truncate(position);
                at
            }
            None => end,
        }
    }
}
