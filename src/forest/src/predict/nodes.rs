//! The compiled nodes, and the descent of several rows at once.
//!
//! A descent is a chain of loads, each of which waits for the one before, so rows go down a tree in lanes: while one
//! lane waits, the others go on. Which child is next is computed, not branched on: the two children of a split lie side
//! by side, and the right one is one further. A leaf is a split whose left child is itself, so that a lane that has
//! arrived stays until all have.
//!
//! Splits on categories have their sets beside the nodes (`sets.rs`), so that forests without any are no larger and no
//! slower: the descent is compiled twice.

use crate::model::Categories;

use super::sets::Sets;

/// Rows that go down a tree at once. Fewer leave the processor waiting, more gain little (measured on forests beyond
/// the second cache).
pub(super) const LANES: usize = 8;

/// The column of a split whose rows with a missing value go right, or are refused. Neither: they go left.
const MISSING_RIGHT: u32 = 1 << 31;
const MISSING_REFUSED: u32 = 1 << 30;
const COLUMN: u32 = MISSING_REFUSED - 1;

/// Where a row goes whose value is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Left,
    Right,
    Refused,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    /// Values above it go right. Infinite at leaves and splits on categories: no value is above.
    threshold: f64,
    /// Column tested, with the flags above; 0 at leaves.
    column: u32,
    /// The left child, before the right one; a leaf itself.
    child: u32,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Tree {
    root: u32,
    /// Splits on the longest way to a leaf.
    depth: u32,
}

/// All trees, one after the other. Behind a pair of children come the nodes below the left one, then those below the
/// right one.
#[derive(Debug, Clone, Default)]
pub(super) struct Nodes {
    nodes: Vec<Node>,
    /// Row of the outputs of each leaf.
    output: Vec<u32>,
    trees: Vec<Tree>,
    sets: Sets,
}

/// A node of the forest that is compiled.
pub(super) enum Source<'a> {
    /// Ends here, with a row of the outputs.
    Leaf(u32),
    /// Tests a column.
    Split { column: u32, test: Test<'a>, missing: Missing, children: [usize; 2] },
}

/// What a split asks of a value that is not missing.
pub(super) enum Test<'a> {
    /// Values up to it go left.
    Threshold(f64),
    Categories(Categories<'a>),
}

impl Nodes {
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// Whether some split is on categories.
    pub(super) fn has_categories(&self) -> bool {
        !self.sets.is_empty()
    }

    /// Adds the tree with this root.
    ///
    /// # Panics
    /// If there are 2^32 nodes, or a column is 2^30 or more.
    pub(super) fn add_tree<'a>(&mut self, root: usize, mut source: impl FnMut(usize) -> Source<'a>) {
        let first = self.nodes.len();
        self.push();
        let mut deepest = 0;
        // Nodes that have a place, and how deep they lie.
        let mut waiting = vec![(root, first, 0u32)];
        while let Some((node, place, depth)) = waiting.pop() {
            deepest = deepest.max(depth);
            match source(node) {
                Source::Leaf(output) => {
                    self.nodes[place] = Node { threshold: f64::INFINITY, column: 0, child: place as u32 };
                    self.output[place] = output;
                }
                Source::Split { column, test, missing, children: [left, right] } => {
                    assert!(column <= COLUMN, "columns are counted in 30 bits");
                    let flags = match missing {
                        Missing::Left => 0,
                        Missing::Right => MISSING_RIGHT,
                        Missing::Refused => MISSING_REFUSED,
                    };
                    let threshold = match test {
                        Test::Threshold(threshold) => threshold,
                        Test::Categories(categories) => {
                            self.sets.push(place, categories);
                            f64::INFINITY
                        }
                    };
                    let child = self.push();
                    self.push();
                    self.nodes[place] = Node { threshold, column: column | flags, child };
                    waiting.push((right, child as usize + 1, depth + 1));
                    waiting.push((left, child as usize, depth + 1));
                }
            }
        }
        self.trees.push(Tree { root: first as u32, depth: deepest });
    }

    fn push(&mut self) -> u32 {
        let place = u32::try_from(self.nodes.len()).expect("nodes are counted in 32 bits");
        self.nodes.push(Node { threshold: f64::INFINITY, column: 0, child: place });
        self.output.push(0);
        place
    }

    /// Rows of the outputs in which rows of `values` end, that begin at `starts`; `None` if a value is missing where
    /// that is refused. Without `MISSING` no value may be missing; without `CATEGORIES` no split may be on categories.
    #[inline]
    pub(super) fn ends<const MISSING: bool, const CATEGORIES: bool>(
        &self,
        tree: Tree,
        values: &[f64],
        starts: &[usize; LANES],
    ) -> Option<[u32; LANES]> {
        let mut at = [tree.root; LANES];
        let mut refused = 0;
        for _ in 0..tree.depth {
            let mut moved = 0;
            for (at, &start) in at.iter_mut().zip(starts) {
                let node = self.nodes[*at as usize];
                let value = values[start + (node.column & COLUMN) as usize];
                let mut right = u32::from(value > node.threshold);
                if CATEGORIES {
                    right |= u32::from(self.sets.is_right(*at as usize, value));
                }
                if MISSING {
                    let missing = u32::from(value.is_nan());
                    right |= missing & (node.column >> 31);
                    refused |= missing & (node.column >> 30);
                }
                let next = node.child.wrapping_add(right);
                moved |= next ^ *at;
                *at = next;
            }
            if moved == 0 {
                break;
            }
        }
        (refused & 1 == 0).then(|| at.map(|at| self.output[at as usize]))
    }

    /// The column, if any, whose missing value is refused on the way down.
    pub(super) fn refused(&self, tree: Tree, value: impl Fn(u32) -> f64) -> Option<u32> {
        let mut at = tree.root;
        for _ in 0..tree.depth {
            let node = self.nodes[at as usize];
            if node.child == at {
                break;
            }
            let value = value(node.column & COLUMN);
            if value.is_nan() && node.column & MISSING_REFUSED != 0 {
                return Some(node.column & COLUMN);
            }
            let right = value > node.threshold || self.sets.is_right(at as usize, value);
            let missing_right = value.is_nan() && node.column & MISSING_RIGHT != 0;
            at = node.child + u32::from(right || missing_right);
        }
        None
    }
}
