//! Why a forest cannot be written as a checkpoint.

/// Why a forest cannot be written as a checkpoint of treelite.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// More than the integers of the format count.
    #[error("{found} {what} are more than treelite can count, {limit}")]
    TooLarge {
        /// "features", "classes", or "nodes of a tree".
        what: &'static str,
        /// How many.
        found: usize,
        /// The most.
        limit: usize,
    },
    /// Zeros that go where missing values go, and some of their neighbours on either side the other way.
    #[error(
        "tree {tree}, node {node}: zeros count as missing and go apart from numbers on both sides of them, which \
         treelite cannot say in one split"
    )]
    ZeroApart {
        /// The tree.
        tree: usize,
        /// The node in the forest.
        node: usize,
    },
    /// A category that rows of single precision cannot name.
    #[error("tree {tree}, node {node}: the category {category} is beyond the whole numbers of single precision")]
    Category {
        /// The tree.
        tree: usize,
        /// The node in the forest.
        node: usize,
        /// The category.
        category: u32,
    },
    /// Records of another forest.
    #[error("{found} {what} for {expected} nodes")]
    Length {
        /// What.
        what: &'static str,
        /// Number given.
        found: usize,
        /// Number of nodes.
        expected: usize,
    },
    /// A value that single precision cannot hold.
    #[error("node {node}: the value {value} is beyond single precision")]
    BeyondSingle {
        /// The node in the forest.
        node: usize,
        /// The value.
        value: f64,
    },
}
