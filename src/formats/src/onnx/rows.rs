//! What a file says of each tree of a forest: the order of its nodes, its splits, its weights.

use rustc_hash::FxHashMap;
use secateur_forest::{Aggregation, Forest, MissingDirection, Precision, Task};

use super::Imported;
use super::ensemble::{EnsembleKind, Mode, Width};
use super::error::WriteError;
use super::records::{Listing, Records, Source};
use super::scoring::Form;

/// A forest as the lists of its file see it.
pub(super) struct Rows<'a> {
    pub(super) forest: &'a Forest,
    pub(super) records: &'a Records,
    pub(super) source: &'a Source,
    /// Targets that have weights.
    wanted: Vec<usize>,
    in_turn: bool,
    /// The ensemble's feature of each column of the table, if they are not the columns as they come.
    features: FxHashMap<u32, i64>,
}

/// A split as a file has it.
pub(super) struct Split {
    pub(super) feature: i64,
    pub(super) mode: Mode,
    /// Of a split on categories the first, but of a set 0.
    pub(super) threshold: f64,
    /// Of a split on categories.
    pub(super) members: Vec<f64>,
    pub(super) if_true: usize,
    pub(super) if_false: usize,
    pub(super) tracks_true: bool,
}

impl<'a> Rows<'a> {
    /// Checks that the parts of a model fit each other.
    pub(super) fn of(model: &'a Imported, source: &'a Source) -> Result<Self, WriteError> {
        let Imported { forest, records, .. } = model;
        check_fit(forest, records, source)?;
        let scoring = &source.scoring;
        let wanted = match scoring.form {
            Form::Mirrored => vec![0, 1],
            _ => scoring.targets.clone(),
        };
        let features = source.columns.iter().enumerate().rev().map(|(feature, &column)| (column, feature as i64));
        let features = features.collect();
        let mut rows = Self { forest, records, source, wanted, in_turn: false, features };
        rows.in_turn = source.listing == Listing::InTurn && rows.take_turns();
        Ok(rows)
    }

    /// Whether each tree adds to the target whose turn it is, and to no other.
    fn take_turns(&self) -> bool {
        let n_targets = self.source.scoring.n_targets;
        (0..self.forest.n_trees()).all(|tree| {
            let others = |(target, adds): (usize, bool)| !adds || target == tree % n_targets;
            self.adds(tree).into_iter().enumerate().all(others)
        })
    }

    /// Whether a tree adds something to each target.
    fn adds(&self, tree: usize) -> Vec<bool> {
        let mut adds = vec![false; self.source.scoring.n_targets];
        for node in self.forest.tree(tree).filter(|&node| self.forest.is_leaf(node)) {
            adds.iter_mut().zip(self.weights(node)).for_each(|(adds, weight)| *adds |= weight != 0.0);
        }
        adds
    }

    /// The targets for which all leaves of a tree have a weight.
    pub(super) fn targets(&self, tree: usize) -> Vec<usize> {
        if self.in_turn {
            return vec![tree % self.source.scoring.n_targets];
        }
        if self.source.listing == Listing::All || self.wanted.len() == 1 {
            return self.wanted.clone();
        }
        let adds = self.adds(tree);
        let added: Vec<usize> = self.wanted.iter().copied().filter(|&target| adds[target]).collect();
        if added.is_empty() { self.wanted[..1].to_vec() } else { added }
    }

    /// The nodes of a tree in the order of the file, the root first.
    pub(super) fn order(&self, tree: usize) -> Vec<usize> {
        let nodes = self.forest.tree(tree);
        let first = nodes.start;
        let mut order: Vec<usize> = nodes.collect();
        if !self.records.places.is_empty() {
            order.sort_by_key(|&node| (node != first, self.records.places[node]));
        }
        order
    }

    /// The weights of a leaf, `(n_targets)`, in the precision of the file: as they came where the forest still has
    /// them.
    pub(super) fn weights(&self, node: usize) -> Vec<f64> {
        let Source { scoring, base, width, kind, .. } = self.source;
        let (values, trees) = (self.forest.value(node), self.forest.n_trees());
        if !self.records.weights.is_empty() {
            let recorded = &self.records.weights[node * scoring.n_targets..(node + 1) * scoring.n_targets];
            let mut again = Vec::new();
            scoring.push_values(recorded, base, trees, &mut again);
            // Probabilities a rounding below zero are zero in the forest.
            let least = if scoring.form == Form::Number { f64::MIN } else { 0.0 };
            let same = |(again, value): (&f64, &f64)| again == value || (*again < least && *value == least);
            if again.iter().zip(values).all(same) {
                return recorded.to_vec();
            }
        }
        let mut weights = scoring.weights(values, base, trees);
        // A sum of no negative weights is what makes a probability of it.
        let least =
            if scoring.form == Form::SecondProbability && *kind == EnsembleKind::Classifier { 0.0 } else { f64::MIN };
        weights.iter_mut().for_each(|weight| *weight = width.round(*weight).max(least));
        weights
    }

    /// A split; `None` at a leaf.
    pub(super) fn split(&self, node: usize) -> Result<Option<Split>, WriteError> {
        let (Some(column), Some([left, right])) = (self.forest.feature(node), self.forest.children(node)) else {
            return Ok(None);
        };
        let feature = if self.source.columns.is_empty() {
            column as i64
        } else {
            let (found, expected) = (column, self.source.columns.len());
            *self.features.get(&(column as u32)).ok_or(WriteError::Fit { what: "columns", found, expected })?
        };
        let mode = self.mode(node);
        let to_left = match self.forest.missing(node) {
            MissingDirection::Left => true,
            MissingDirection::Right | MissingDirection::Refuse => false,
            MissingDirection::ZeroLeft | MissingDirection::ZeroRight => return Err(WriteError::ZeroIsMissing { node }),
        };
        let members = self.members(node)?;
        let turned = match self.forest.categories(node) {
            Some(categories) => categories.members_left() == (mode == Mode::Neq),
            None => mode.is_turned(),
        };
        let (if_true, if_false) = if turned { (right, left) } else { (left, right) };
        let threshold = match (mode, &members[..]) {
            (Mode::Member, _) => 0.0,
            (_, [first, ..]) => *first,
            (_, []) => mode.split(self.forest.threshold(node), self.source.width),
        };
        if mode == Mode::Neq && to_left == turned {
            return Err(WriteError::Categories { node, why: "missing values do not go with those that differ" });
        }
        Ok(Some(Split { feature, mode, threshold, members, if_true, if_false, tracks_true: to_left != turned }))
    }

    /// The comparison of a split.
    fn mode(&self, node: usize) -> Mode {
        let recorded = self.records.modes.get(node).copied();
        let in_five = self.source.kind == EnsembleKind::TreeEnsemble;
        match self.forest.categories(node).map(|categories| categories.members().len()) {
            None => recorded.filter(|mode| !mode.is_equality()).unwrap_or(Mode::Leq),
            Some(1) => recorded.filter(|mode| mode.is_equality()).unwrap_or(Mode::Eq),
            Some(_) => {
                if in_five {
                    Mode::Member
                } else {
                    Mode::Eq
                }
            }
        }
    }

    /// The members of a split on categories; none of others.
    fn members(&self, node: usize) -> Result<Vec<f64>, WriteError> {
        let Some(categories) = self.forest.categories(node) else { return Ok(Vec::new()) };
        let members: Vec<f64> = categories.members().iter().map(|&member| f64::from(member)).collect();
        let refused = |why| Err(WriteError::Categories { node, why });
        if members.is_empty() {
            return refused("it has none, and a set has a member");
        }
        if members.iter().any(|&member| self.source.width.round(member) != member) {
            return refused("one of them is no number of single precision");
        }
        Ok(members)
    }

    /// That a leaf's weights are numbers in the precision of the file.
    pub(super) fn check_weights(&self, node: usize, weights: &[f64]) -> Result<(), WriteError> {
        match weights.iter().find(|weight| !weight.is_finite()) {
            Some(&weight) => Err(WriteError::NotFinite { node, weight }),
            None => Ok(()),
        }
    }

    /// How often a node was reached, where that is recorded.
    pub(super) fn hitrate(&self, node: usize) -> f64 {
        self.records.hitrates.get(node).copied().unwrap_or(1.0)
    }
}

fn check_fit(forest: &Forest, records: &Records, source: &Source) -> Result<(), WriteError> {
    let scoring = &source.scoring;
    let numbers = usize::from(*forest.task() == Task::Regression);
    for (what, found, expected) in [
        ("features", forest.n_features(), records.feature_names.len()),
        ("outputs", forest.n_outputs(), scoring.n_outputs()),
        ("predicted numbers", numbers, usize::from(scoring.form == Form::Number)),
    ] {
        if found != expected {
            return Err(WriteError::Fit { what, found, expected });
        }
    }
    let name = |aggregation| if aggregation == Aggregation::Sum { "adds scores" } else { "averages its trees" };
    let (found, expected) = (name(forest.aggregation()), name(scoring.aggregation()));
    if found != expected {
        return Err(WriteError::Aggregation { found, expected });
    }
    if (forest.precision() == Precision::F32) != source.rounded || (source.width == Width::F32 && !source.rounded) {
        return Err(WriteError::Precision);
    }
    let expected = forest.n_nodes();
    for (what, each, found) in [
        ("hit rates", 1, records.hitrates.len()),
        ("modes", 1, records.modes.len()),
        ("places", 1, records.places.len()),
        ("weights", scoring.n_targets, records.weights.len()),
    ] {
        if found != 0 && found != expected * each {
            return Err(WriteError::Length { what, found, expected });
        }
    }
    Ok(())
}
