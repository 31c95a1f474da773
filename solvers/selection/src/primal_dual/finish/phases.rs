//! One phase: distances to the deficits, and a blocking flow along arcs on which they fall.

use secateur_program::{Control, Stop};

use super::residual::{Arc, Residual};
use crate::amount::Amount;
use crate::forest::NONE;

/// A stop is looked for after so many steps.
const STEPS_PER_CHECK: u32 = 1 << 14;

/// A phase ends when relabelling has cost as much as about so many searches for distances.
const SEARCHES_PER_PHASE: usize = 2;

impl<A: Amount> Residual<'_, A> {
    /// Distance of every node to the nearest deficit, by breadth-first search from the deficits until every excess that
    /// is not settled has been reached. `None` if all excess is settled.
    ///
    /// Nodes that no search reaches, because every deficit is out of reach, are settled and have the distance [`NONE`].
    /// Nodes that this search did not reach, because it ended early, get the distance of the last node that it did
    /// reach.
    pub(super) fn distances(&mut self) -> Option<Vec<u32>> {
        let (n, zero) = (self.nodes.len(), A::default());
        let is_source = |node: usize| self.excess[node] > zero && !self.settled[node];
        let mut sources = (0..self.excess.len()).filter(|&node| is_source(node)).count();
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
            let v = self.nodes.forest.decision[at];
            let pairs = self.program.use_range(v).zip(self.program.use_list(v));
            pairs.filter(|(pair, _)| self.flow[*pair] > zero).for_each(|(_, &r)| visit(n + r as usize));
            self.children.row(at).iter().for_each(|&child| visit(child as usize));
            self.parent(at).filter(|_| self.sent[at] > zero).into_iter().for_each(visit);
        }
        if sources > 0 {
            self.settled.iter_mut().zip(&distances).for_each(|(settled, &distance)| *settled = distance == NONE);
        } else {
            let last = queue.last().map_or(0, |&at| distances[at as usize]);
            let open =
                distances.iter_mut().zip(&self.settled).filter(|(distance, settled)| **distance == NONE && !**settled);
            open.for_each(|(distance, _)| *distance = last);
        }
        Some(distances)
    }

    /// Sends excess along shortest augmenting paths, and relabels nodes from which no arc leads nearer to a deficit.
    /// Ends when every source is drained, or farther from a deficit than any node was at the start, or when the work
    /// exceeds that of some searches.
    pub(super) fn blocking_flow(&mut self, distances: &mut [u32], control: &Control) -> Result<(), Stop> {
        let zero = A::default();
        let farthest = distances.iter().filter(|&&distance| distance != NONE).max().copied().unwrap_or(0);
        let mut work = SEARCHES_PER_PHASE * (self.flow.len() + distances.len());
        // For each node the number of its arcs that have been given up at its present distance.
        let mut next = vec![0u32; distances.len()];
        let mut path: Vec<(usize, Arc)> = Vec::new();
        for source in 0..distances.len() {
            let mut at = source;
            path.clear();
            while self.excess[source] > zero && distances[source] <= farthest && work > 0 {
                self.steps = self.steps.wrapping_add(1);
                if self.steps.is_multiple_of(STEPS_PER_CHECK) {
                    control.check()?;
                }
                if self.excess[at] < zero {
                    at = self.augment(source, at, &mut path);
                } else if let Some((to, arc)) = self.advance(at, distances, &mut next[at]) {
                    path.push((at, arc));
                    at = to;
                } else {
                    work = work.saturating_sub(next[at] as usize + 1);
                    next[at] = 0;
                    distances[at] = self.relabelled(at, distances);
                    if let Some((from, _)) = path.pop() {
                        at = from;
                    }
                }
            }
        }
        Ok(())
    }

    /// The new distance of a node: one more than the least distance among the heads of its residual arcs.
    fn relabelled(&self, at: usize, distances: &[u32]) -> u32 {
        let (n, zero) = (self.nodes.len(), A::default());
        let mut least = NONE;
        if at >= n {
            for &user in self.shards.users(at - n) {
                if distances[user as usize] < least && self.flow[self.pair(user, at - n)] > zero {
                    least = distances[user as usize];
                }
            }
        } else {
            let uses = if self.nodes.active[at] { self.program.use_list(self.nodes.forest.decision[at]) } else { &[] };
            let resources = uses.iter().map(|&r| n + r as usize);
            let children = self.children.row(at).iter().map(|&child| child as usize);
            let children = children.filter(|&child| self.sent[child] > zero);
            let heads = resources.chain(self.parent(at)).chain(children);
            least = heads.map(|to| distances[to]).min().unwrap_or(NONE);
        }
        least.saturating_add(1)
    }

    /// The next residual arc from a node to a node that is nearer to a deficit by one. `next` counts the arcs that were
    /// given up; they are numbered uses pairs first, then the parent, then the children.
    fn advance(&self, at: usize, distances: &[u32], next: &mut u32) -> Option<(usize, Arc)> {
        let (n, zero) = (self.nodes.len(), A::default());
        let goal = distances[at].checked_sub(1)?;
        if at >= n {
            let users = self.shards.users(at - n);
            while let Some(&user) = users.get(*next as usize) {
                if distances[user as usize] == goal {
                    let pair = self.pair(user, at - n);
                    if self.flow[pair] > zero {
                        return Some((user as usize, Arc::UsesBack(pair)));
                    }
                }
                *next += 1;
            }
            return None;
        }
        let v = self.nodes.forest.decision[at];
        let (first, uses) = (self.program.use_range(v).start, self.program.use_list(v));
        let payable = if self.nodes.active[at] { uses.len() } else { 0 };
        while let Some(&r) = uses[..payable].get(*next as usize) {
            if distances[n + r as usize] == goal {
                return Some((n + r as usize, Arc::Uses(first + *next as usize)));
            }
            *next += 1;
        }
        if *next as usize == payable {
            if let Some(parent) = self.parent(at).filter(|&parent| distances[parent] == goal) {
                return Some((parent, Arc::Requires(at)));
            }
            *next += 1;
        }
        while let Some(&child) = self.children.row(at).get(*next as usize - payable - 1) {
            let child = child as usize;
            if distances[child] == goal && self.sent[child] > zero {
                return Some((child, Arc::RequiresBack(child)));
            }
            *next += 1;
        }
        None
    }

    /// Sends as much as possible from the source to the deficit at the end of an augmenting path. Cuts the path off
    /// before the first arc that is saturated, and returns the node at which it then ends.
    fn augment(&mut self, source: usize, end: usize, path: &mut Vec<(usize, Arc)>) -> usize {
        let most = self.excess[source].min(-self.excess[end]);
        let amount = path.iter().filter_map(|&(_, arc)| self.capacity(arc)).fold(most, A::min);
        path.iter().for_each(|&(_, arc)| self.change(arc, amount));
        self.excess[source] -= amount;
        self.excess[end] += amount;
        self.completion.augmentations += 1;
        match path.iter().position(|&(_, arc)| self.capacity(arc) == Some(A::default())) {
            Some(position) => {
                let at = path[position].0;
                path.truncate(position);
                at
            }
            None => end,
        }
    }
}
