//! The classes of a block alone: all of them, or the one at which a budget is used up.

use secateur_program::{Control, Multiplier, Stop};

use super::Work;
use crate::block::{Block, Outcome};

/// Decisions of one block that are selected together, with their threshold.
pub(crate) struct BlockClass {
    pub(crate) threshold: Multiplier,
    /// Ids of the decisions, as the block has them.
    pub(crate) decisions: Vec<u32>,
}

impl BlockClass {
    fn of(block: Block, threshold: Multiplier) -> Self {
        Self { threshold, decisions: block.decisions }
    }
}

/// The classes of a block, in no order, without a proof. Blocks that a stop left open count as one class each.
pub(crate) fn block_classes(block: Block, control: &Control) -> (Vec<BlockClass>, Option<Stop>) {
    let work = Work::new(control);
    work.run_all(block);
    let (classes, stop) = work.into_classes();
    (classes.into_iter().map(|class| BlockClass::of(class.block, class.threshold)).collect(), stop)
}

/// Like [`block_classes`], but exact only about the class with which the cost first exceeds `room`.
///
/// What has higher thresholds than that class, and what has lower ones, may come in sets of several classes. Each such
/// set is optimal, together with all sets before it, at some lambda; its threshold is its balance. Of the two parts of
/// a split only the one that contains the class is split further, so there are as many cuts as the search is deep.
pub(crate) fn block_classes_around(block: Block, room: i64, control: &Control) -> (Vec<BlockClass>, Option<Stop>) {
    let mut classes = Vec::new();
    let (mut next, mut room) = (Some(block), room);
    while let Some(mut block) = next.take() {
        let balance = block.balance();
        if block.sums().cost <= room {
            classes.push(BlockClass::of(block, balance)); // all of it fits
            break;
        }
        match control.check().and_then(|()| block.solve(control)) {
            Ok((Outcome::Class(..), _)) => classes.push(BlockClass::of(block, balance)),
            Ok((Outcome::Split(parts), _)) => {
                let [upper, lower] = *parts;
                let cost = upper.sums().cost;
                let (settled, open) = if cost <= room { (upper, lower) } else { (lower, upper) };
                if cost <= room {
                    room -= cost;
                }
                let threshold = settled.balance();
                classes.push(BlockClass::of(settled, threshold));
                next = Some(open);
            }
            Err(stop) => {
                classes.push(BlockClass::of(block, balance));
                return (classes, Some(stop));
            }
        }
    }
    (classes, None)
}
