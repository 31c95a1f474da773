//! Refits of one forest on one set of examples, at any number of values of l2: examples are routed once.

use secateur_program::Control;

use super::leaves::Leaves;
use super::newton::{Problem, margins, mean_loss};
use super::rows::RowLosses;
use super::{RefitError, RefitOptions, Refitted, check_l2, prior};
use secateur_forest::{DataError, DatasetView, Forest, TargetView};

/// A forest, the leaf of every example in every tree, and the prior.
#[derive(Debug)]
pub struct Refitter<'a> {
    forest: &'a Forest,
    options: RefitOptions,
    leaves: Leaves,
    losses: RowLosses,
    /// Per output, in units of the targets.
    base: Vec<f64>,
    /// Unit of scores; 1 for classes.
    scale: f64,
    /// Laid out as [`Leaves`] says, in units of the scale.
    prior: Vec<f64>,
    /// Fraction of the examples' weight by node.
    reach: Vec<f64>,
}

impl<'a> Refitter<'a> {
    /// Routes the examples.
    ///
    /// # Errors
    /// [`RefitError`]; a stop is an error here.
    ///
    /// # Complexity
    /// O(examples x trees x depth), parallel over trees.
    pub fn new(
        forest: &'a Forest,
        examples: DatasetView<'_>,
        options: &RefitOptions,
        control: &Control,
    ) -> Result<Self, RefitError> {
        if !(options.tolerance >= 0.0 && options.tolerance.is_finite()) {
            return Err(RefitError::Tolerance { value: options.tolerance });
        }
        let target = target(forest, examples)?;
        let planes = planes(forest);
        let base = prior::base(forest, examples, target, options.prior);
        let scale = match target {
            TargetView::Classes { .. } => 1.0,
            TargetView::Values(values) => {
                let priors = (0..forest.n_nodes()).map(|node| prior::of_node(forest, node, &base, options.prior)[0]);
                prior::scale(values.iter().map(|y| y - base[0]).chain(priors))?
            }
        };
        let leaves = Leaves::route(forest, examples, planes, control)?;
        let losses = RowLosses::new(examples, target, planes, base[0], scale);
        let mut refitter = Self {
            forest,
            options: *options,
            prior: vec![0.0; leaves.n_scores()],
            reach: vec![0.0; forest.n_nodes()],
            leaves,
            losses,
            base,
            scale,
        };
        refitter.prior = refitter.scores(|node| prior::of_node(forest, node, &refitter.base, options.prior));
        refitter.count_reach();
        Ok(refitter)
    }

    /// Refits at one l2, from `warm` on if its objective is less than the prior's: node values of this forest,
    /// shape `(n_nodes, n_outputs)`, as another refit ended with or as [`carry`](super::carry()) brings them from
    /// another pruning. An infinite l2 gives the prior.
    ///
    /// # Errors
    /// [`RefitError`] for a l2 that is not above zero, values of the wrong length or not finite, scores too
    /// large.
    ///
    /// # Complexity
    /// See [`refit`](super::refit()); some ten Newton steps of some ten products each.
    pub fn solve(&self, l2: f64, warm: Option<&[f64]>, control: &Control) -> Result<Refitted, RefitError> {
        check_l2(l2)?;
        let n_outputs = self.forest.n_outputs();
        if let Some(values) = warm
            && (values.len() != self.forest.n_nodes() * n_outputs || values.iter().any(|value| !value.is_finite()))
        {
            let (found, expected) = (values.len(), self.forest.n_nodes() * n_outputs);
            return Err(RefitError::Values { what: "values to start from", found, expected });
        }
        let start = warm.map(|values| self.scores(|node| values[node * n_outputs..(node + 1) * n_outputs].to_vec()));
        let base = self.base_of_planes();
        let problem = Problem { leaves: &self.leaves, losses: &self.losses, base: &base, prior: &self.prior, l2 };
        let minimum = problem.minimise(start, &self.options, control);
        Ok(Refitted {
            forest: self.forest.with_scores(self.values(&minimum.scores), self.base.clone())?,
            objective: minimum.objective * self.scale * self.scale,
            steps: minimum.steps,
            products: minimum.products,
            status: minimum.status,
        })
    }

    /// Puts the scores of leaves, given per output, into the layout of the solver.
    fn scores(&self, of_node: impl Fn(usize) -> Vec<f64>) -> Vec<f64> {
        let mut scores = vec![0.0; self.leaves.n_scores()];
        for (node, positions) in self.leaves.positions() {
            let outputs = of_node(node);
            // Two classes: only the difference counts.
            let first = if two_classes(self.forest) { vec![outputs[1] - outputs[0]] } else { outputs };
            positions.zip(first).for_each(|(position, score)| scores[position] = score / self.scale);
        }
        scores
    }

    /// The inverse: node values per output, those of inner nodes means of the leaves below.
    fn values(&self, scores: &[f64]) -> Vec<f64> {
        let n_outputs = self.forest.n_outputs();
        let skipped = usize::from(two_classes(self.forest));
        let mut values = vec![0.0; self.forest.n_nodes() * n_outputs];
        for (node, positions) in self.leaves.positions() {
            let outputs = &mut values[node * n_outputs + skipped..];
            outputs.iter_mut().zip(positions).for_each(|(value, position)| *value = scores[position] * self.scale);
        }
        for node in (0..self.forest.n_nodes()).rev() {
            let Some([left, right]) = self.forest.children(node) else { continue };
            let (l, r) = (self.reach[left], self.reach[right]);
            let left_fraction = if l + r > 0.0 { l / (l + r) } else { 0.5 };
            for output in 0..n_outputs {
                let [left, right] = [left, right].map(|child| values[child * n_outputs + output]);
                values[node * n_outputs + output] = left_fraction * left + (1.0 - left_fraction) * right;
            }
        }
        values
    }

    fn count_reach(&mut self) {
        let planes = self.base_of_planes().len();
        let weights = self.losses.weights_by_plane(planes);
        let mut sums = vec![0.0; self.leaves.n_scores()];
        self.leaves.scatter(&weights, &mut sums);
        for (node, mut positions) in self.leaves.positions() {
            self.reach[node] = positions.next().map_or(0.0, |position| sums[position]);
        }
        for node in (0..self.forest.n_nodes()).rev() {
            if let Some([left, right]) = self.forest.children(node) {
                self.reach[node] = self.reach[left] + self.reach[right];
            }
        }
    }

    /// The base of each margin. Numbers have it taken off their targets instead.
    fn base_of_planes(&self) -> Vec<f64> {
        match self.base.as_slice() {
            [_] if self.losses.is_quadratic() => vec![0.0],
            [first, second] => vec![second - first],
            base => base.to_vec(),
        }
    }

    /// Other examples, routed, to evaluate refits of this forest on.
    pub(super) fn evaluate(&self, examples: DatasetView<'_>, control: &Control) -> Result<Evaluate<'_>, RefitError> {
        let target = target(self.forest, examples)?;
        let planes = planes(self.forest);
        let leaves = Leaves::route(self.forest, examples, planes, control)?;
        let losses = RowLosses::new(examples, target, planes, self.base[0], self.scale);
        Ok(Evaluate { refitter: self, leaves, losses })
    }
}

/// Other examples than those that a forest is refitted on.
pub(super) struct Evaluate<'a> {
    refitter: &'a Refitter<'a>,
    leaves: Leaves,
    losses: RowLosses,
}

impl Evaluate<'_> {
    /// Mean log-loss, or mean squared error, of a refit.
    pub(super) fn loss(&self, refitted: &Forest) -> f64 {
        let scores = self.refitter.scores(|node| refitted.value(node).to_vec());
        let margins = margins(&self.leaves, &self.refitter.base_of_planes(), &scores);
        let loss = mean_loss(&self.leaves, &self.losses, &margins);
        let scale = self.refitter.scale;
        if self.losses.is_quadratic() { 2.0 * loss * scale * scale } else { loss }
    }
}

fn two_classes(forest: &Forest) -> bool {
    forest.n_outputs() == 2
}

/// Scores per leaf.
fn planes(forest: &Forest) -> usize {
    if two_classes(forest) { 1 } else { forest.n_outputs() }
}

fn target<'a>(forest: &Forest, examples: DatasetView<'a>) -> Result<TargetView<'a>, RefitError> {
    forest.check(examples)?;
    Ok(examples.target().ok_or(DataError::NoTarget)?)
}
