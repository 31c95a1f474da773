//! The greedy choice: step after step whatever saves most loss per cost. What the exact choice is measured against.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use secateur_program::Status;

use super::hull::{Increment, Item, Rest, increments, undominated};
use super::{Chains, LevelChoice, LevelError, LevelTable};

impl LevelTable {
    /// A choice within a budget by marginal gain: from the cheapest levels on, the layer and the dearer level of it
    /// that save most loss per cost, as long as something that saves any fits.
    ///
    /// A step may pass over levels. So, while everything fits, the steps are those along the lower convex hulls of the
    /// layers, steepest first, which is the greedy algorithm of Sinha and Zoltners (1979; MCKP-Greedy in Kellerer,
    /// Pferschy and Pisinger 2004, section 11.2). Towards the end the steepest step of a layer among those that still
    /// fit counts, which may end off the hull. Of equally steep steps the one that reaches further comes first, then
    /// that of the earlier layer.
    ///
    /// Its loss exceeds the least by no more than what the first step along the hulls that does not fit would save;
    /// [`LevelChoice::least_loss`] is the bound of the linear relaxation. Where that is met the status is
    /// [`Status::Optimal`], else [`Status::IterationLimit`]: nothing is proven.
    ///
    /// # Errors
    /// [`LevelError::Budget`] if nothing fits.
    ///
    /// # Complexity
    /// O(levels) per step; a layer takes no more steps than it has levels.
    ///
    /// # Example
    /// ```
    /// use secateur_neural::levels::{Level, LevelTable};
    /// use secateur_program::Control;
    ///
    /// let level = |cost: f64, loss: f64| Level { loss, cost };
    /// let table = LevelTable::new(vec![
    ///     vec![level(0.0, 9.0), level(1.0, 5.0)],
    ///     vec![level(0.0, 7.0), level(2.0, 0.0)],
    /// ])?;
    /// // Four for one before seven for two, for which no room is left then.
    /// assert_eq!(table.greedy(2.0)?.loss, 12.0);
    /// assert_eq!(table.within(2.0, &Control::new())?.loss, 9.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn greedy(&self, budget: f64) -> Result<LevelChoice, LevelError> {
        let chains = Chains::new(self)?;
        let most = chains.limit(budget)?.most();
        let layers: Vec<Vec<Item>> = chains.items().iter().map(|items| undominated(items, most)).collect();
        let steps: Vec<u32> = taken(&layers, most).iter().zip(&layers).map(|(at, items)| items[*at].step).collect();
        let selection = chains.selection(&steps).expect("steps are taken in order");
        let bound = relaxation(&layers, most);
        let status = if selection.gain(chains.program()) == bound { Status::Optimal } else { Status::IterationLimit };
        Ok(chains.choice(&selection, bound, status))
    }
}

/// Per layer the item that greedy steps end at.
fn taken(layers: &[Vec<Item>], most: i64) -> Vec<usize> {
    let mut at = vec![0; layers.len()];
    let mut room = most;
    let next = |layer: usize, from: usize, room: i64| steepest(layer, &layers[layer], from, room).map(Steep);
    let mut open: BinaryHeap<Steep> = (0..layers.len()).filter_map(|layer| next(layer, 0, room)).collect();
    while let Some(Steep(step)) = open.pop() {
        // The room has shrunk since: a layer whose steepest step no longer fits comes again with another one.
        if step.cost <= room {
            at[step.layer] = step.item;
            room -= step.cost;
        }
        open.extend(next(step.layer, at[step.layer], room));
    }
    at
}

/// The steepest step of a layer to an item that fits; of equally steep ones the longest.
fn steepest(layer: usize, items: &[Item], from: usize, room: i64) -> Option<Increment> {
    let to = |item: usize| Increment {
        cost: items[item].cost - items[from].cost,
        gain: items[item].gain - items[from].gain,
        layer,
        item,
    };
    let fitting = (from + 1..items.len()).map(to).take_while(|step| step.cost <= room);
    fitting.min_by(|a, b| a.by_slope(b).then(b.item.cmp(&a.item)))
}

/// No choice gains more: the relaxation of all layers.
fn relaxation(layers: &[Vec<Item>], most: i64) -> i64 {
    let mut all: Vec<Increment> =
        layers.iter().enumerate().flat_map(|(layer, items)| increments(layer, items)).collect();
    all.sort_by(Increment::by_slope);
    let unpaid: i64 = layers.iter().map(|items| items[0].gain).sum();
    unpaid + Rest::new(all.iter()).most(most)
}

/// Steeper steps are greater, of equally steep ones longer ones, then those of earlier layers.
#[derive(Debug)]
struct Steep(Increment);

impl Ord for Steep {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |own: &Self| (own.0.cost, Reverse(own.0.layer));
        other.0.by_slope(&self.0).then_with(|| key(self).cmp(&key(other)))
    }
}

impl PartialOrd for Steep {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Steep {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Steep {}
