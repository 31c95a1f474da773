//! Hard caps: what held-out examples say of the chosen models when no example may cost more than so much.
//!
//! A model is chosen for a mean cost, and single examples pay more than that. Under a cap its policy stops buying too early, and a predictor
//! that never lacked what the policy buys may then be worse than guessing. So every chosen model is measured under a
//! grid of caps, with either forest predicting where the cap cuts; serving takes what was measured to err least
//! ([`Tuned::under_cap`]). A cap of 0, under which nothing is bought, is always in the grid: guessing is never beaten by what is served, on
//! the examples held out.

use ndarray::Array2;
use rayon::prelude::*;

use super::folds::{Folds, target, view};
use super::policies::Pool;
use super::trials::Candidate;
use super::{CappedTrial, Measured, Setting, TuneError};
use secateur_forest::metrics::Metrics;
use secateur_forest::predict::{LazyOptions, LazyPrediction, WhenCut};
use secateur_forest::{AcquisitionModel, Dataset, DatasetView, PriceList, better_capped};

/// Caps measured, besides 0, the budgets, and what the dearest example of each model pays.
const MOST_CAPS: usize = 24;

/// Held-out examples that caps are measured on: all up to so many, else an even sample.
const MOST_ROWS: usize = 4_000;

/// The same after a stop, so that it is soon over.
const ROWS_AFTER_STOP: usize = 300;

/// Measures all chosen models under the caps of a grid, cap by cap.
///
/// Models that were measured on several folds are trained again on each but the first. After a stop, few examples of the first fold do.
pub(super) fn trials(
    setting: &Setting<'_>,
    pool: &Pool,
    folds: &Folds<'_>,
    chosen: &[&Candidate],
) -> Result<Vec<CappedTrial>, TuneError> {
    let n_folds = folds.len();
    let pairs: Vec<(usize, usize)> =
        (0..chosen.len()).flat_map(|model| (0..n_folds).map(move |fold| (model, fold))).collect();
    let models = pairs.par_iter().map(|&(model, fold)| chosen[model].on_fold(setting, pool, folds, fold));
    let models: Result<Vec<AcquisitionModel>, TuneError> = models.collect();
    let (n_folds, models, most) = match models {
        Ok(models) if setting.control.check().is_ok() => (n_folds, models, MOST_ROWS),
        Err(error) if error.stop().is_none() => return Err(error),
        _ => (1, chosen.iter().map(|candidate| candidate.first().clone()).collect(), ROWS_AFTER_STOP),
    };
    let sample = sampled(folds, n_folds, most);
    let whole: Vec<Vec<LazyPrediction>> = models.chunks(n_folds).map(|models| sample.uncapped(models)).collect();
    let mut trials = Vec::new();
    for cap in caps(&whole, setting.prices, &pool.budgets) {
        for (model, whole) in whole.iter().enumerate() {
            let models = &models[model * n_folds..(model + 1) * n_folds];
            let of = |when_cut| sample.trial(models, whole, model, cap, when_cut);
            let trial = of(WhenCut::Predictor)?;
            let alone = models.iter().all(|model| model.predictor().is_none());
            trials.push(match trial.cut > 0.0 && !alone {
                true => [of(WhenCut::Policy)?, trial].into_iter().min_by(better_capped).expect("there are two"),
                false => trial,
            });
        }
    }
    Ok(trials)
}

/// Held-out examples that caps are measured on.
struct Sample {
    /// How many there are by fold.
    sizes: Vec<usize>,
    /// All of them, fold by fold.
    all: Dataset,
}

fn sampled(folds: &Folds<'_>, n_folds: usize, most: usize) -> Sample {
    let held: Vec<DatasetView<'_>> = folds.iter().take(n_folds).map(|fold| fold.held).collect();
    let total: usize = held.iter().map(DatasetView::len).sum();
    let step = total.div_ceil(most).max(1);
    let parts: Vec<Dataset> =
        held.iter().map(|held| held.select(&(0..held.len()).step_by(step).collect::<Vec<_>>())).collect();
    let views: Vec<DatasetView<'_>> = parts.iter().map(view).collect();
    Sample { sizes: views.iter().map(DatasetView::len).collect(), all: DatasetView::joined(&views) }
}

/// What one example gets and pays.
struct Served {
    outputs: Vec<f64>,
    cost: f64,
    /// 1 if the cap cut it short, else 0.
    cut: f64,
}

fn ask(model: &AcquisitionModel, row: &[f64], options: LazyOptions) -> LazyPrediction {
    let asked = model.predict_lazy(&mut |feature: usize| row[feature], options);
    asked.expect("held-out examples were predicted when the models were measured")
}

impl Sample {
    /// The fold of every example.
    fn folds(&self) -> Vec<usize> {
        self.sizes.iter().enumerate().flat_map(|(fold, &size)| std::iter::repeat_n(fold, size)).collect()
    }

    fn row(&self, row: usize) -> Vec<f64> {
        self.all.features.row(row).to_vec()
    }

    /// A model's predictions without a cap: that of each fold on the examples that it was not fitted on.
    fn uncapped(&self, models: &[AcquisitionModel]) -> Vec<LazyPrediction> {
        let predict = |(row, fold): (usize, &usize)| ask(&models[*fold], &self.row(row), LazyOptions::default());
        self.folds().par_iter().enumerate().map(predict).collect()
    }

    /// What a model does under a cap. Examples that cost no more than it without one are as they were: `whole`.
    fn trial(
        &self,
        models: &[AcquisitionModel],
        whole: &[LazyPrediction],
        model: usize,
        cap: f64,
        when_cut: WhenCut,
    ) -> Result<CappedTrial, TuneError> {
        let options = LazyOptions { cap: Some(cap), when_cut, ..LazyOptions::default() };
        let served: Vec<Served> = whole
            .par_iter()
            .zip(self.folds())
            .enumerate()
            .map(|(row, (whole, fold))| {
                let capped = (whole.bill.total > cap).then(|| ask(&models[fold], &self.row(row), options));
                let served = capped.as_ref().unwrap_or(whole);
                let cost = served.bill.total + models[fold].cost_per_model();
                Served { outputs: served.outputs.clone(), cost, cut: f64::from(u8::from(served.cut)) }
            })
            .collect();
        let examples = view(&self.all);
        let mean = |of: fn(&Served) -> f64| {
            let sum: f64 = served.iter().enumerate().map(|(row, served)| of(served) * examples.weight(row)).sum();
            sum / examples.total_weight()
        };
        let (cost, cut) = (mean(|served| served.cost), mean(|served| served.cut));
        let outputs: Vec<f64> = served.iter().flat_map(|served| &served.outputs).copied().collect();
        let shape = (served.len(), outputs.len() / served.len());
        let outputs = Array2::from_shape_vec(shape, outputs).expect("all examples have as many outputs");
        let metrics = Metrics::of(outputs.view(), target(&examples), examples.weights())?;
        Ok(CappedTrial { cap, model, when_cut, cut, valid: Measured { cost, metrics } })
    }
}

/// Caps at which something changes, ascending: 0, the budgets, what the dearest example of each model pays, and of all that examples have
/// paid after each purchase an even choice.
fn caps(whole: &[Vec<LazyPrediction>], prices: &PriceList, budgets: &[f64]) -> Vec<f64> {
    let mut paid: Vec<f64> = Vec::new();
    for prediction in whole.iter().flatten() {
        let mut sum = 0.0;
        for source in &prediction.bill.sources {
            sum += prices.sources()[source.index()].per_example;
            paid.push(sum);
        }
        paid.push(prediction.bill.total);
        if paid.len() > 1 << 20 {
            distinct(&mut paid);
        }
    }
    distinct(&mut paid);
    let step = paid.len().div_ceil(MOST_CAPS).max(1);
    let dearest = whole.iter().map(|asked| asked.iter().map(|asked| asked.bill.total).fold(0.0, f64::max));
    let mut caps: Vec<f64> = [0.0].into_iter().chain(dearest).collect();
    caps.extend(paid.into_iter().step_by(step));
    caps.extend(budgets.iter().copied().filter(|budget| budget.is_finite()));
    distinct(&mut caps);
    caps
}

/// Sorts, and keeps one of amounts that are equal but for rounding: the largest.
fn distinct(amounts: &mut Vec<f64>) {
    amounts.sort_by(|a, b| b.total_cmp(a));
    amounts.dedup_by(|less, more| *less >= *more * (1.0 - 1e-9));
    amounts.reverse();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_that_rounding_tells_apart_are_one() {
        let mut amounts = vec![0.3, 0.1 + 0.2, 0.0, 2.0, 0.0, 1.0];
        distinct(&mut amounts);
        assert_eq!(amounts, [0.0, 0.1 + 0.2, 1.0, 2.0]);
    }
}
