//! The budgeted forest: a forest with one threshold per split. One model serves every budget.
//!
//! Thresholds are stored by *class*: `classes[k]` is the k-th largest distinct threshold, and each split knows its class.
//! An [`OperatingPoint`] takes the first k classes: a split is kept iff its class is among them. k = 0 keeps nothing, k = number of
//! classes keeps the whole forest (also the splits that no lambda is worth).
//!
//! Invariant: a split's class is not below its parent's, so what is kept is always a pruned forest.

use secateur_program::{Multiplier, Path, Scale, Selection};
use serde::{Deserialize, Serialize};

use super::budget::{Budget, BudgetError};
use super::loss::Loss;
use super::lowered::Lowered;
use super::model::Forest;
use super::prices::PriceList;
use super::proof::Proof;

/// Class of leaves: larger than every class.
const LEAF: u32 = u32::MAX;

/// How far a budgeted forest is opened: the number of classes of splits that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OperatingPoint(pub u32);

/// Distinct thresholds with what the pruning data said at each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThresholdClass {
    /// The threshold, exact, in the program's integers.
    pub threshold: Multiplier,
    /// Mean tree loss on the pruning data with this class and those before it kept.
    pub loss: f64,
    /// Mean cost per example on the pruning data with this class and those before it kept.
    pub cost: f64,
}

/// A forest, its prices, and one threshold per split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "BudgetedData", into = "BudgetedData")]
pub struct BudgetedForest {
    forest: Forest,
    prices: PriceList,
    loss: Loss,
    scale: Scale,
    /// Mean tree loss on the pruning data with every tree pruned to its root.
    root_loss: f64,
    classes: Vec<ThresholdClass>,
    /// Class of each node; [`LEAF`] at leaves.
    class_of: Vec<u32>,
    proof: Proof,
}

/// The stored form: classes of splits only, in the order of nodes.
#[derive(Serialize, Deserialize)]
struct BudgetedData {
    forest: Forest,
    prices: PriceList,
    loss: Loss,
    scale: Scale,
    root_loss: f64,
    classes: Vec<ThresholdClass>,
    split_classes: Vec<u32>,
    /// Files of older releases lack it.
    #[serde(default)]
    proof: Proof,
}

/// Why stored data, or a set of thresholds, is not a budgeted forest.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BudgetedError {
    /// Arrays that do not fit each other.
    #[error("{found} {what}, expected {expected}")]
    Length {
        /// Which array.
        what: &'static str,
        /// Length found.
        found: usize,
        /// Length expected.
        expected: usize,
    },
    /// A class index out of range.
    #[error("node {node} is in threshold class {class}, but there are {classes}")]
    ClassOutOfRange {
        /// Node index.
        node: usize,
        /// The class.
        class: u32,
        /// Number of classes.
        classes: usize,
    },
    /// A split outlasts its parent.
    #[error("node {node} has a larger threshold than its parent")]
    NotNested {
        /// Node index.
        node: usize,
    },
    /// A gap that is negative or no number.
    #[error("the gap of the thresholds is malformed")]
    BadGap,
    /// Units that are not positive and finite.
    #[error("the units or the loss of the roots are malformed")]
    BadScale,
    /// Thresholds that do not decrease, or losses and costs that are no numbers.
    #[error("threshold class {class} is malformed")]
    BadClass {
        /// The class.
        class: usize,
    },
}

impl BudgetedForest {
    /// Puts a path back on the forest it was lowered from.
    ///
    /// # Panics
    /// If `lowered` or `path` are of another forest.
    pub fn from_path(
        forest: Forest,
        prices: PriceList,
        loss: Loss,
        lowered: &Lowered,
        path: &Path,
        proof: Proof,
    ) -> Self {
        let unit = lowered.program.scale();
        let classes = path
            .thresholds()
            .iter()
            .enumerate()
            .map(|(class, &threshold)| {
                let (gain, cost) = path.totals_of(class);
                let loss = lowered.root_loss - gain as f64 * unit.gain_unit;
                ThresholdClass { threshold, loss, cost: cost as f64 * unit.cost_unit }
            })
            .collect();
        let mut class_of = vec![LEAF; forest.n_nodes()];
        for (decision, &node) in lowered.program.decisions().zip(&lowered.nodes) {
            class_of[node as usize] = path.class(decision) as u32;
        }
        Self { forest, prices, loss, scale: unit, root_loss: lowered.root_loss, classes, class_of, proof }
    }

    /// Puts thresholds that some other method found on the forest that was lowered, one per decision of its program. `scale` says
    /// what they mean: a split is kept iff the level asked for is below [`Scale::lambda`] of its threshold.
    ///
    /// # Errors
    /// [`BudgetedError`] if a split has a larger threshold than its parent, or the prices are for another forest.
    ///
    /// # Panics
    /// If `lowered` is of another forest, or there is not one threshold per decision.
    pub fn with_thresholds(
        forest: Forest,
        prices: PriceList,
        loss: Loss,
        lowered: &Lowered,
        thresholds: &[Multiplier],
        scale: Scale,
    ) -> Result<Self, BudgetedError> {
        let path = Path::from_thresholds(&lowered.program, thresholds);
        Self { scale, ..Self::from_path(forest, prices, loss, lowered, &path, Proof::Unproven) }.checked()
    }

    /// Checks that the prices are for as many features as the forest has.
    ///
    /// # Errors
    /// [`BudgetedError::Length`].
    pub fn check_priced(forest: &Forest, prices: &PriceList) -> Result<(), BudgetedError> {
        let (found, expected) = (prices.n_features(), forest.n_features());
        if found == expected { Ok(()) } else { Err(BudgetedError::Length { what: "priced features", found, expected }) }
    }

    /// What every budgeted forest that was not just solved has to pass.
    fn checked(self) -> Result<Self, BudgetedError> {
        let Self { forest, prices, scale, root_loss, classes, class_of, proof, .. } = &self;
        Self::check_priced(forest, prices)?;
        if !scale.is_valid() || !root_loss.is_finite() {
            return Err(BudgetedError::BadScale);
        }
        if !proof.is_valid() {
            return Err(BudgetedError::BadGap);
        }
        let well_formed = |class: usize| {
            let decreasing = class == 0 || classes[class].threshold < classes[class - 1].threshold;
            decreasing && classes[class].loss.is_finite() && classes[class].cost.is_finite()
        };
        if let Some(class) = (0..classes.len()).find(|&class| !well_formed(class)) {
            return Err(BudgetedError::BadClass { class });
        }
        for node in (0..forest.n_nodes()).filter(|&node| !forest.is_leaf(node)) {
            if class_of[node] as usize >= classes.len() {
                return Err(BudgetedError::ClassOutOfRange { node, class: class_of[node], classes: classes.len() });
            }
            let nested = |child: &usize| class_of[*child] >= class_of[node];
            if let Some(node) = forest.children(node).into_iter().flatten().find(|child| !nested(child)) {
                return Err(BudgetedError::NotNested { node });
            }
        }
        Ok(self)
    }

    /// Two classes: the splits of a selection, kept at every lambda, and the rest, at none.
    ///
    /// # Panics
    /// If `lowered` or `selection` are of another forest.
    pub fn of_selection(
        forest: &Forest,
        prices: &PriceList,
        loss: Loss,
        lowered: &Lowered,
        selection: &Selection,
        proof: Proof,
    ) -> Self {
        let (program, scale) = (&lowered.program, lowered.program.scale());
        let class = |threshold, gain: i64, cost: i64| ThresholdClass {
            threshold,
            loss: lowered.root_loss - gain as f64 * scale.gain_unit,
            cost: cost as f64 * scale.cost_unit,
        };
        let all = program.decisions().map(|decision| program.gain(decision)).sum();
        let classes = vec![
            class(Multiplier::INFINITY, selection.gain(program), selection.cost(program)),
            class(Multiplier::ZERO, all, program.total_cost()),
        ];
        let mut class_of = vec![LEAF; forest.n_nodes()];
        for (decision, &node) in program.decisions().zip(&lowered.nodes) {
            class_of[node as usize] = u32::from(!selection.has(decision));
        }
        let (forest, prices) = (forest.clone(), prices.clone());
        Self { forest, prices, loss, scale, root_loss: lowered.root_loss, classes, class_of, proof }
    }

    /// A forest of which everything is kept at every lambda: for measuring what a model costs, and for serving it lazily.
    ///
    /// # Errors
    /// [`BudgetedError::Length`] if the prices are for another number of features.
    pub fn whole(forest: Forest, prices: PriceList) -> Result<Self, BudgetedError> {
        Self::check_priced(&forest, &prices)?;
        let class_of = (0..forest.n_nodes()).map(|node| if forest.is_leaf(node) { LEAF } else { 0 }).collect();
        let classes = vec![ThresholdClass { threshold: Multiplier::INFINITY, loss: 0.0, cost: 0.0 }];
        let loss = Loss::default_for(forest.task());
        let (scale, proof) = (Scale::UNIT, Proof::Unproven);
        Ok(Self { forest, prices, loss, scale, root_loss: 0.0, classes, class_of, proof })
    }

    /// A boosted forest that opens tree by tree: at point t the first t trees are kept whole, and the others add nothing.
    ///
    /// # Errors
    /// [`BudgetedError::Length`] if the prices are for another number of features.
    ///
    /// # Panics
    /// If the forest does not add scores.
    pub fn tree_by_tree(forest: &Forest, prices: PriceList) -> Result<Self, BudgetedError> {
        Self::check_priced(forest, &prices)?;
        let n_outputs = forest.n_outputs();
        let mut values: Vec<f64> = (0..forest.n_nodes()).flat_map(|node| forest.value(node)).copied().collect();
        for root in forest.roots().filter(|root| !forest.is_leaf(*root)) {
            values[root * n_outputs..][..n_outputs].fill(0.0);
        }
        let mut class_of = vec![LEAF; forest.n_nodes()];
        for tree in 0..forest.n_trees() {
            forest.tree(tree).filter(|node| !forest.is_leaf(*node)).for_each(|node| class_of[node] = tree as u32);
        }
        let class = |tree: usize| {
            let threshold = Multiplier::new((forest.n_trees() - tree) as i64, 1).expect("a number of trees");
            ThresholdClass { threshold, loss: 0.0, cost: 0.0 }
        };
        let classes = (0..forest.n_trees()).map(class).collect();
        let loss = Loss::default_for(forest.task());
        let forest = forest.with_scores(values, forest.base().to_vec()).expect("fewer scores of a valid forest");
        let (scale, proof) = (Scale::UNIT, Proof::Unproven);
        Ok(Self { forest, prices, loss, scale, root_loss: 0.0, classes, class_of, proof })
    }

    /// The whole forest.
    pub fn forest(&self) -> &Forest {
        &self.forest
    }

    /// The prices it was pruned for.
    pub fn prices(&self) -> &PriceList {
        &self.prices
    }

    /// The loss it was pruned for.
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// Whether its thresholds are proven optimal.
    pub fn proof(&self) -> Proof {
        self.proof
    }

    /// Distinct thresholds, decreasing, with loss and cost on the pruning data.
    pub fn classes(&self) -> &[ThresholdClass] {
        &self.classes
    }

    /// Nothing kept: every tree is its root.
    pub fn closed(&self) -> OperatingPoint {
        OperatingPoint(0)
    }

    /// Everything kept: the forest as it was.
    pub fn unpruned(&self) -> OperatingPoint {
        OperatingPoint(self.classes.len() as u32)
    }

    /// All operating points, from nothing kept to everything kept.
    pub fn points(&self) -> impl ExactSizeIterator<Item = OperatingPoint> + use<> {
        (0..self.classes.len() as u32 + 1).map(OperatingPoint)
    }

    /// The optimal operating point at a lambda, in loss per unit of cost; `None` for NaN or a negative one.
    ///
    /// At 0 splits that do not lower the loss on the pruning data are dropped; see [`BudgetedForest::unpruned`].
    pub fn at_lambda(&self, lambda: f64) -> Option<OperatingPoint> {
        let lambda = self.scale.multiplier(lambda)?;
        Some(OperatingPoint(self.classes.partition_point(|class| class.threshold > lambda) as u32))
    }

    /// The dearest operating point whose mean cost per example on the pruning data is within the budget; nothing kept, if
    /// even the first costs more.
    ///
    /// # Errors
    /// [`BudgetError`] for a budget that is negative or no number.
    pub fn at_budget(&self, budget: Budget) -> Result<OperatingPoint, BudgetError> {
        let budget = budget.check()?;
        let within = |class: &&ThresholdClass| budget.allows_mean(class.cost);
        Ok(OperatingPoint(self.classes.iter().take_while(within).count() as u32))
    }

    /// The lambda just below which a point is optimal, in loss per unit of cost: the smallest threshold among its
    /// classes. Infinite when nothing, or only what is free, is kept.
    pub fn lambda(&self, point: OperatingPoint) -> f64 {
        match (point.0 as usize).min(self.classes.len()).checked_sub(1) {
            Some(last) => self.scale.lambda(self.classes[last].threshold),
            None => f64::INFINITY,
        }
    }

    /// Mean tree loss and mean cost per example on the pruning data.
    pub fn on_pruning_data(&self, point: OperatingPoint) -> (f64, f64) {
        match (point.0 as usize).min(self.classes.len()).checked_sub(1) {
            Some(last) => (self.classes[last].loss, self.classes[last].cost),
            None => (self.root_loss, 0.0),
        }
    }

    /// Whether a node is kept as a split. Never for leaves.
    #[inline]
    pub fn keeps(&self, node: usize, point: OperatingPoint) -> bool {
        self.class_of[node] < point.0
    }

    /// The class of a split; `None` at leaves.
    pub fn class(&self, node: usize) -> Option<usize> {
        (self.class_of[node] != LEAF).then_some(self.class_of[node] as usize)
    }

    /// The threshold of a split in loss per unit of cost: kept iff lambda is below it. `None` at leaves.
    pub fn threshold(&self, node: usize) -> Option<f64> {
        self.class(node).map(|class| self.scale.lambda(self.classes[class].threshold))
    }

    /// The forest of what is kept at an operating point, and the node of the whole forest that each of its nodes was.
    ///
    /// # Complexity
    /// O(nodes).
    pub fn pruned(&self, point: OperatingPoint) -> (Forest, Vec<u32>) {
        self.forest.restricted(|node| self.keeps(node, point))
    }

    /// Number of splits kept in each tree.
    pub fn splits_per_tree(&self, point: OperatingPoint) -> Vec<usize> {
        let kept = |tree| self.forest.tree(tree).filter(|&node| self.keeps(node, point)).count();
        (0..self.forest.n_trees()).map(kept).collect()
    }
}

impl From<BudgetedForest> for BudgetedData {
    fn from(budgeted: BudgetedForest) -> Self {
        let split_classes = budgeted.class_of.into_iter().filter(|class| *class != LEAF).collect();
        let BudgetedForest { forest, prices, loss, scale, root_loss, classes, proof, .. } = budgeted;
        Self { forest, prices, loss, scale, root_loss, classes, split_classes, proof }
    }
}

impl TryFrom<BudgetedData> for BudgetedForest {
    type Error = BudgetedError;

    fn try_from(data: BudgetedData) -> Result<Self, BudgetedError> {
        let BudgetedData { forest, prices, loss, scale, root_loss, classes, split_classes, proof } = data;
        let (found, expected) = (split_classes.len(), forest.n_splits());
        if found != expected {
            return Err(BudgetedError::Length { what: "split classes", found, expected });
        }
        let mut stored = split_classes.into_iter();
        let class_of: Vec<u32> = (0..forest.n_nodes())
            .map(|node| if forest.is_leaf(node) { LEAF } else { stored.next().expect("lengths were compared") })
            .collect();
        Self { forest, prices, loss, scale, root_loss, classes, class_of, proof }.checked()
    }
}
