//! Answers: forests trained on what a policy acquires.

use ndarray::{Array2, Axis};

use super::policies::{MAX_BINS, min_leaf};
use super::{Candidate, Setting, TuneError};
use crate::forest::examples::Examples;
use crate::forest::grow::boost::{BoostData, BoostParams};
use crate::forest::grow::{GrowParams, SplitFeatures, grow};
use crate::forest::model::{Aggregation, Forest};
use crate::forest::prices::{PriceList, Source, SourceId};
use crate::forest::raw::RawForest;
use crate::forest::refit::{Prior, RefitOptions, STRENGTHS, refit_best};
use crate::forest::staged::StagedForest;
use crate::forest::target::Target;

/// Leaves of the boosted answers that are averaged, by turns: trees of different depth err differently.
const LEAVES: [usize; 3] = [15, 31, 8];

/// Policies with more leaf scores than this are not refitted: at the budgets where it helps they have far fewer.
const MOST_LEAVES: usize = 20_000;

/// One policy and what can be answered with what it acquires.
pub(super) struct Answers<'a> {
    setting: &'a Setting<'a>,
    origin: String,
    policy: Forest,
}

impl<'a> Answers<'a> {
    pub(super) fn new(setting: &'a Setting<'a>, policy: Forest, origin: String) -> Self {
        Self { setting, origin, policy }
    }

    /// The policy's own answer, then all others. Once stopped, what is ready.
    pub(super) fn train(&self) -> Result<Vec<Candidate>, TuneError> {
        let Setting { train, valid, prices, params, .. } = *self.setting;
        let alone = StagedForest::new(self.policy.clone(), None, prices.clone())?;
        let mut candidates = vec![self.candidate(alone.clone(), "its own answer")?];
        match self.refitted() {
            Ok(Some(policy)) => {
                let model = StagedForest::new(policy, None, prices.clone())?;
                candidates.push(self.candidate(model, "its own answer, leaves refitted")?);
            }
            Ok(None) => {}
            Err(error) if error.stop().is_some() => return Ok(candidates),
            Err(error) => return Err(error),
        }
        let (masked_train, masked_valid) = (alone.masked(train.x())?, alone.masked(valid.x())?);
        let columns: Vec<usize> = (0..masked_train.ncols())
            .filter(|&column| masked_train.column(column).iter().any(|value| !value.is_nan()))
            .collect();
        if columns.is_empty() {
            return Ok(candidates);
        }
        let data = Masked {
            train: masked_train.select(Axis(1), &columns),
            valid: masked_valid.select(Axis(1), &columns),
            columns,
        };
        let makers: [(bool, &str, Maker<'_>); 2] = [
            (params.bags > 0, "answered by boosted trees", Self::boosted),
            (params.answer_trees > 0, "answered by a random forest", Self::random_forest),
        ];
        for (_, name, make) in makers.into_iter().filter(|(wanted, ..)| *wanted) {
            match make(self, &data) {
                Ok(answer) => {
                    let answer = answer.for_columns(&data.columns, self.policy.n_features())?;
                    let model = StagedForest::new(self.policy.clone(), Some(answer), prices.clone())?;
                    candidates.push(self.candidate(model, name)?);
                }
                Err(error) if error.stop().is_some() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(candidates)
    }

    fn candidate(&self, model: StagedForest, how: &str) -> Result<Candidate, TuneError> {
        let valid = model.measure(self.setting.valid)?;
        Ok(Candidate { origin: format!("{}; {how}", self.origin), model, valid })
    }

    /// The policy with leaf scores refitted jointly, the strength chosen on validation data; `None` for too many leaves.
    fn refitted(&self) -> Result<Option<Forest>, TuneError> {
        let Setting { train, valid, control, .. } = *self.setting;
        let leaves = self.policy.n_splits() + self.policy.n_trees();
        if leaves * self.policy.n_outputs() > MOST_LEAVES {
            return Ok(None);
        }
        let prior = if self.policy.aggregation() == Aggregation::Sum { Prior::Current } else { Prior::Zero };
        let options = RefitOptions { prior, ..RefitOptions::default() };
        let best = refit_best(&self.policy, train, valid, &STRENGTHS, &options, control)?;
        Ok(Some(best.refitted.forest))
    }

    /// Boosted trees on samples of the rows, their scores averaged: one forest.
    fn boosted(&self, data: &Masked) -> Result<Forest, TuneError> {
        let Setting { train, valid, class_names, params, control, .. } = *self.setting;
        let target = train.target().expect("checked before");
        let free = free(data.columns.len());
        let boost_data = BoostData::new(data.train.view(), target, class_names, train.weights(), &free, MAX_BINS)?;
        let watch = Examples::new(data.valid.view(), valid.target().expect("checked before"), valid.weights())?;
        let large = train.len() >= 10_000;
        let mut forests = Vec::new();
        for bag in 0..params.bags {
            let boost = BoostParams {
                n_trees: params.answer_rounds,
                learning_rate: if large { 0.1 } else { 0.05 },
                max_leaves: LEAVES[bag % LEAVES.len()] * if large { 4 } else { 1 },
                min_samples_leaf: min_leaf(train.len()),
                subsample: if large { 0.8 } else { 0.6 },
                patience: 40,
                seed: params.seed.wrapping_add(bag as u64),
                ..BoostParams::default()
            };
            forests.push(boost_data.boost(&boost, Some(watch), control)?.forest);
        }
        average(&forests)
    }

    fn random_forest(&self, data: &Masked) -> Result<Forest, TuneError> {
        let Setting { train, class_names, params, control, .. } = *self.setting;
        let target = train.target().expect("checked before");
        let regression = matches!(target, Target::Values(_));
        let grow_params = GrowParams {
            n_trees: params.answer_trees,
            features: if regression { SplitFeatures::Fraction(0.5) } else { SplitFeatures::Sqrt },
            min_samples_leaf: if train.len() < 10_000 { 2 } else { 1 },
            directions_everywhere: true,
            seed: params.seed,
            ..GrowParams::default()
        };
        Ok(grow(data.train.view(), target, class_names, train.weights(), &grow_params, control)?.forest)
    }
}

type Maker<'a> = fn(&Answers<'a>, &Masked) -> Result<Forest, TuneError>;

/// Rows as the answer sees them, without columns that are never acquired.
struct Masked {
    train: Array2<f64>,
    valid: Array2<f64>,
    columns: Vec<usize>,
}

/// Prices of features that cost nothing.
fn free(n_features: usize) -> PriceList {
    PriceList::new(Vec::<Source>::new(), vec![Vec::<SourceId>::new(); n_features]).expect("no price is wrong")
}

/// Forests of scores as one whose scores are the mean.
fn average(forests: &[Forest]) -> Result<Forest, TuneError> {
    let share = 1.0 / forests.len() as f64;
    let raws: Vec<RawForest> = forests.iter().map(Forest::to_raw).collect();
    let n_outputs = forests[0].n_outputs();
    let base = (0..n_outputs).map(|output| raws.iter().map(|raw| share * raw.base[output]).sum()).collect();
    let mut all = RawForest { base, aggregation: Aggregation::Sum, trees: Vec::new(), ..raws[0].clone() };
    for mut tree in raws.into_iter().flat_map(|raw| raw.trees) {
        tree.value.iter_mut().for_each(|value| *value *= share);
        all.trees.push(tree);
    }
    Ok(Forest::new(all)?)
}
