//! Predictors: forests trained on what a policy acquires.

use ndarray::{Array2, ArrayView2, Axis};

use super::folds::target;
use super::paths::MAX_BINS;
use super::{Setting, TuneError};
use crate::grow::boost::{BoostData, BoostParams};
use crate::grow::{GrowParams, SplitFeatures, grow};
use crate::refit::{L2_GRID, Prior, RefitOptions, refit, refit_best};
use secateur_forest::{
    AcquisitionModel, Aggregation, DatasetView, Forest, PriceList, RawForest, Routed, Source, SourceId, TargetView,
};

/// Leaves of the boosted predictors that are averaged, by turns: trees of different depth err differently. On few and on many rows.
const LEAVES: [[usize; 3]; 2] = [[15, 31, 8], [124, 31, 62]];

/// Policies with more leaf scores than this are not refitted: at the budgets where it helps they have far fewer.
const MOST_LEAVES: usize = 20_000;

/// Nor are those with more pairs of an example and a tree, times outputs: each of hundreds of products passes over all of them.
const MOST_PAIRS: usize = 2_000_000;

/// What predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The policy.
    Own,
    /// The policy with refitted leaves.
    Refitted,
    /// Boosted trees on samples of the rows, averaged.
    Boosted,
    /// A random forest.
    RandomForest,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [Kind::Own, Kind::Refitted, Kind::Boosted, Kind::RandomForest];

    /// In words. They are part of model files, and stay.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Own => "its own answer",
            Kind::Refitted => "its own answer, leaves refitted",
            Kind::Boosted => "answered by boosted trees",
            Kind::RandomForest => "answered by a random forest",
        }
    }
}

/// What held-out examples decide about a predictor.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum HyperParameters {
    /// Nothing.
    Nothing,
    /// L2 regularisation of the refit; infinite: none.
    L2(f64),
    /// Trees of each boosted forest.
    Rounds(Vec<usize>),
}

impl HyperParameters {
    /// What several folds decide together: the mean of tree counts, the median of l2s.
    pub(super) fn together(folds: &[HyperParameters]) -> HyperParameters {
        let mut l2s: Vec<f64> = folds
            .iter()
            .filter_map(|fold| if let HyperParameters::L2(value) = fold { Some(*value) } else { None })
            .collect();
        l2s.sort_by(f64::total_cmp);
        match &folds[0] {
            HyperParameters::Nothing => HyperParameters::Nothing,
            HyperParameters::L2(_) => HyperParameters::L2(l2s[l2s.len() / 2]),
            HyperParameters::Rounds(first) => {
                let counts = |bag: usize| {
                    folds
                        .iter()
                        .map(move |fold| if let HyperParameters::Rounds(rounds) = fold { rounds[bag] } else { 0 })
                };
                let mean = |bag: usize| counts(bag).sum::<usize>().div_ceil(folds.len());
                HyperParameters::Rounds((0..first.len()).map(mean).collect())
            }
        }
    }
}

/// A policy with the rows that predictors are trained on.
pub(super) struct Predictors<'a> {
    setting: &'a Setting<'a>,
    fit: DatasetView<'a>,
    /// Examples that decide l2s and numbers of trees.
    held: Option<DatasetView<'a>>,
    alone: AcquisitionModel,
    /// The held-out rows behind the policy.
    routed: Option<Routed>,
    masked: Option<Masked>,
}

/// Rows as the predictor sees them, without columns that are never acquired.
struct Masked {
    fit: Array2<f64>,
    held: Option<Array2<f64>>,
    columns: Vec<usize>,
}

impl<'a> Predictors<'a> {
    pub(super) fn new(
        setting: &'a Setting<'a>,
        policy: Forest,
        fit: DatasetView<'a>,
        held: Option<DatasetView<'a>>,
    ) -> Result<Self, TuneError> {
        let alone = AcquisitionModel::new(policy, None, setting.prices.clone())?;
        let routed = held.map(|held| alone.route(held.x())).transpose()?;
        let fitted = alone.route(fit.x())?;
        let fitted = fitted.masked();
        let known = |column: &usize| fitted.column(*column).iter().any(|value| !value.is_nan());
        let columns: Vec<usize> = (0..fitted.ncols()).filter(known).collect();
        let seen = |rows: ArrayView2<'_, f64>| rows.select(Axis(1), &columns);
        let masked = (!columns.is_empty()).then(|| {
            let held = routed.as_ref().map(|routed| seen(routed.masked()));
            Masked { fit: seen(fitted), held, columns: columns.clone() }
        });
        Ok(Self { setting, fit, held, alone, routed, masked })
    }

    /// The held-out rows behind the policy.
    ///
    /// # Panics
    /// Without held-out rows.
    pub(super) fn routed(&self) -> &Routed {
        self.routed.as_ref().expect("there are held-out rows")
    }

    /// The policy alone.
    pub(super) fn alone(&self) -> &AcquisitionModel {
        &self.alone
    }

    /// Trains a predictor; `hyper`: what was decided before, `None`: decide on the held-out examples. No predictor of this kind: `None`.
    pub(super) fn train(
        &self,
        kind: Kind,
        hyper: Option<&HyperParameters>,
    ) -> Result<Option<(AcquisitionModel, HyperParameters)>, TuneError> {
        let params = self.setting.params;
        let (predictor, hyper) = match (kind, &self.masked) {
            (Kind::Own, _) => return Ok(Some((self.alone.clone(), HyperParameters::Nothing))),
            (Kind::Refitted, _) => return self.refitted(hyper),
            (Kind::Boosted, Some(masked)) if params.bags > 0 => self.boosted(masked, hyper)?,
            (Kind::RandomForest, Some(masked)) if params.predictor_trees > 0 => {
                (self.random_forest(masked)?, HyperParameters::Nothing)
            }
            _ => return Ok(None),
        };
        let columns = &self.masked.as_ref().expect("there are rows to train on").columns;
        let policy = self.alone.policy();
        let predictor = predictor.for_columns(columns, policy.n_features())?;
        Ok(Some((AcquisitionModel::new(policy.clone(), Some(predictor), self.setting.prices.clone())?, hyper)))
    }

    /// The policy with leaf scores refitted jointly; `None` for too many leaves.
    fn refitted(
        &self,
        hyper: Option<&HyperParameters>,
    ) -> Result<Option<(AcquisitionModel, HyperParameters)>, TuneError> {
        let control = self.setting.control;
        let policy = self.alone.policy();
        let leaves = policy.n_splits() + policy.n_trees();
        let trees = policy.roots().filter(|root| !policy.is_leaf(*root)).count();
        let outputs = policy.n_outputs();
        if leaves * outputs > MOST_LEAVES || trees * outputs * self.setting.rows > MOST_PAIRS {
            return Ok(None);
        }
        let prior = if policy.aggregation() == Aggregation::Sum { Prior::Current } else { Prior::Zero };
        let options = RefitOptions { prior, ..RefitOptions::default() };
        let (forest, l2) = match (hyper, self.held) {
            (Some(HyperParameters::L2(l2)), _) if l2.is_infinite() => (policy.clone(), *l2),
            (Some(HyperParameters::L2(l2)), _) => (refit(policy, self.fit, *l2, &options, control)?.forest, *l2),
            (_, Some(held)) => {
                let best = refit_best(policy, self.fit, held, &L2_GRID, &options, control)?;
                (best.refitted.forest, best.l2)
            }
            _ => return Ok(None),
        };
        let model = AcquisitionModel::new(forest, None, self.setting.prices.clone())?;
        Ok(Some((model, HyperParameters::L2(l2))))
    }

    /// Boosted trees on samples of the rows, their scores averaged: one forest.
    fn boosted(
        &self,
        masked: &Masked,
        hyper: Option<&HyperParameters>,
    ) -> Result<(Forest, HyperParameters), TuneError> {
        let Setting { class_names, params, control, .. } = *self.setting;
        let free = free(masked.columns.len());
        let data =
            BoostData::new(masked.fit.view(), target(&self.fit), class_names, self.fit.weights(), &free, MAX_BINS)?;
        let valid = self.held.zip(masked.held.as_ref());
        let valid = valid.map(|(held, rows)| DatasetView::trusted(rows.view(), target(&held), held.weights()));
        let large = self.setting.large();
        let mut forests = Vec::new();
        for bag in 0..params.bags {
            let decided =
                if let Some(HyperParameters::Rounds(rounds)) = hyper { Some(rounds[bag].max(1)) } else { None };
            let boost = BoostParams {
                n_trees: decided.unwrap_or(params.predictor_rounds),
                learning_rate: if large { 0.1 } else { 0.05 },
                max_leaves: LEAVES[usize::from(large)][bag % LEAVES[0].len()],
                min_samples_leaf: self.setting.min_leaf(),
                subsample: if large { 0.8 } else { 0.6 },
                patience: 40,
                seed: params.seed.wrapping_add(bag as u64),
                ..BoostParams::default()
            };
            let valid = if decided.is_some() { None } else { valid };
            forests.push(data.boost(&boost, valid, control)?.forest);
        }
        let rounds = forests.iter().map(Forest::n_trees).collect();
        Ok((average(&forests)?, HyperParameters::Rounds(rounds)))
    }

    fn random_forest(&self, masked: &Masked) -> Result<Forest, TuneError> {
        let Setting { class_names, params, control, .. } = *self.setting;
        let target = target(&self.fit);
        let regression = matches!(target, TargetView::Values(_));
        let grow_params = GrowParams {
            n_trees: params.predictor_trees,
            features: if regression { SplitFeatures::Fraction(0.5) } else { SplitFeatures::Sqrt },
            min_samples_leaf: if self.setting.large() { 1 } else { 2 },
            directions_everywhere: true,
            seed: params.seed,
            ..GrowParams::default()
        };
        Ok(grow(masked.fit.view(), target, class_names, self.fit.weights(), &grow_params, control)?.forest)
    }
}

/// Prices of features that cost nothing.
fn free(n_features: usize) -> PriceList {
    PriceList::new(Vec::<Source>::new(), vec![Vec::<SourceId>::new(); n_features]).expect("no price is wrong")
}

/// Forests of scores as one whose scores are the mean.
fn average(forests: &[Forest]) -> Result<Forest, TuneError> {
    let fraction = 1.0 / forests.len() as f64;
    let raws: Vec<RawForest> = forests.iter().map(Forest::to_raw).collect();
    let n_outputs = forests[0].n_outputs();
    let base = (0..n_outputs).map(|output| raws.iter().map(|raw| fraction * raw.base[output]).sum()).collect();
    let mut all = RawForest { base, aggregation: Aggregation::Sum, trees: Vec::new(), ..raws[0].clone() };
    for mut tree in raws.into_iter().flat_map(|raw| raw.trees) {
        tree.value.iter_mut().for_each(|value| *value *= fraction);
        all.trees.push(tree);
    }
    Ok(Forest::new(all)?)
}
