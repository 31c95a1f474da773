//! Joint refit of leaf values: what a pruned forest answers is fitted anew, all leaves of all trees together, at no
//! acquisition cost.
//!
//! The trees of a bagged forest were grown each for itself, and pruning leaves coarse leaves behind. As scores that add
//! up ([`Aggregation::Sum`](secateur_forest::Aggregation::Sum)) the leaf values s minimise
//!
//! ```text
//! sum_i w_i L(y_i, base + sum_t s[leaf_t(i)]) / sum_i w_i  +  l2 / 2 * sum_leaves ||s - prior||^2
//! ```
//!
//! with L half the squared error (regression: ridge on leaf indicators), or the log-loss of the softmax of the scores.
//! Two classes have one score per leaf, that of the second class against the first. Losses are means, so a l2
//! means the same for any number of rows: a leaf whose examples hold a fraction h of the weight and have curvature c is
//! drawn to its prior with weight `l2` against `c h`.
//!
//! The problem is convex; `newton.rs` solves it. Routing is done once ([`Refitter`]); refits at several values of l2, or
//! along the pruning path ([`carry`]), start where the last one ended. Joint refits of forests: Ren, Cao, Wei and Sun
//! 2015, *Global refinement of random forest*; fully corrective boosting: Shalev-Shwartz, Srebro and Zhang 2010.
//!
//! Invariant: the objective is at most that of the prior, and of the warm start, whenever the work is stopped.

mod carry;
mod choose;
mod leaves;
mod newton;
mod prior;
mod refitter;
mod rows;
#[cfg(test)]
mod tests;

use secateur_program::{Control, Status, Stop};

use secateur_forest::{DataError, DatasetView, Forest, ForestError};

pub use carry::carry;
pub use choose::{BestRefit, L2_GRID, Trial, refit_best};
pub use refitter::Refitter;

/// What leaf scores are drawn to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Prior {
    /// Zero: each leaf counts only as far as the examples say. The base is the examples' mean, or their log class
    /// probabilities.
    #[default]
    Zero,
    /// The forest's present answers. If it adds scores: its scores, and its base; an infinite l2 leaves it as it
    /// is. If it takes means of values: each value's fraction of the mean. If it takes means or votes of class counts n:
    /// `ln (n + 1)` less the base, divided by the number of trees, so that the scores add up to the trees' mean
    /// log-odds.
    Current,
}

/// How to refit, apart from the l2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RefitOptions {
    /// What scores are drawn to. Default [`Prior::Zero`].
    pub prior: Prior,
    /// Most Newton steps. Default 50.
    pub max_steps: usize,
    /// Stop once a step's quadratic model promised to lower the objective by at most this fraction of it. Default 1e-4,
    /// range `0..` and finite.
    pub tolerance: f64,
}

impl Default for RefitOptions {
    fn default() -> Self {
        Self { prior: Prior::Zero, max_steps: 50, tolerance: 1e-4 }
    }
}

/// A forest with refitted leaves.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Refitted {
    /// The same trees, with scores that add up. Inner nodes carry the mean of the leaves below, weighted by the
    /// examples that reach them.
    pub forest: Forest,
    /// The objective there: mean loss plus penalty, as the [module](self) states it.
    pub objective: f64,
    /// Newton steps taken.
    pub steps: usize,
    /// Products with the Hessian, each a pass over all pairs (tree, example) forth and back.
    pub products: usize,
    /// [`Status::WithinTolerance`], or what stopped it; the scores are good in any case.
    pub status: Status,
}

/// Why leaves cannot be refitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RefitError {
    /// The examples do not fit the forest, or have no targets.
    #[error(transparent)]
    Examples(#[from] DataError),
    /// An L2 regularisation that is not a number above zero.
    #[error("the l2 {value} is not a number > 0")]
    L2 {
        /// The l2.
        value: f64,
    },
    /// There is no value of l2 to choose from.
    #[error("there are no values of l2 to choose from")]
    NoL2,
    /// A tolerance that is negative, NaN or infinite.
    #[error("the tolerance {value} is not a finite number >= 0")]
    Tolerance {
        /// The tolerance.
        value: f64,
    },
    /// Node values to start from, or origins of nodes, that do not fit the forest.
    #[error("{found} {what} for a forest that has {expected}, or not all of them usable")]
    Values {
        /// What does not fit.
        what: &'static str,
        /// How many were given.
        found: usize,
        /// How many fit.
        expected: usize,
    },
    /// Targets or values of the forest whose squares would overflow.
    #[error("the number {value} is too large to square: the limit is {limit}")]
    Magnitude {
        /// The number.
        value: f64,
        /// The limit.
        limit: f64,
    },
    /// The refitted scores are no forest: too large to be added in fixed point, which a larger l2 prevents.
    #[error(transparent)]
    Scores(#[from] ForestError),
    /// Stopped before the examples were routed.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// Refits all leaf values of a forest jointly; see the [module](self).
///
/// If `control` stops it, the result is the best so far with that status; a stop while examples are routed is an error.
///
/// # Errors
/// [`RefitError`].
///
/// # Complexity
/// O(examples x trees x depth) for routing and O(examples x trees x outputs) per product, parallel over rows and trees;
/// 4 bytes per pair (tree, example). The same bytes for any number of threads.
///
/// ```
/// use ndarray::array;
/// use secateur_forest::{Aggregation, DatasetView, TargetView};
/// use secateur_program::Control;
/// use secateur_train::grow;
/// use secateur_train::refit::{RefitOptions, refit};
///
/// let x = array![[0.0], [1.0], [2.0], [3.0]];
/// let target = TargetView::Classes { labels: &[0, 0, 1, 1], n_classes: 2 };
/// let params = grow::GrowParams { n_trees: 10, ..Default::default() };
/// let grown = grow::grow(x.view(), target, &["low".into(), "high".into()], None, &params, &Control::new())?;
///
/// let examples = DatasetView::new(x.view(), target, None)?;
/// let refitted = refit(&grown.forest, examples, 1e-3, &RefitOptions::default(), &Control::new())?;
/// assert_eq!(refitted.forest.aggregation(), Aggregation::Sum);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn refit(
    forest: &Forest,
    examples: DatasetView<'_>,
    l2: f64,
    options: &RefitOptions,
    control: &Control,
) -> Result<Refitted, RefitError> {
    check_l2(l2)?;
    Refitter::new(forest, examples, options, control)?.solve(l2, None, control)
}

fn check_l2(value: f64) -> Result<(), RefitError> {
    if value > 0.0 { Ok(()) } else { Err(RefitError::L2 { value }) }
}
