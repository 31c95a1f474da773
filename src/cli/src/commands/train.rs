//! `secateur train`: a forest from a data file.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use secateur::forest::grow::{self, GrowError, GrowParams, SplitFeatures};
use secateur::forest::smartcore::{self, FeaturesPerSplit, SmartcoreParams, SplitCriterion, TrainError};
use secateur::forest::{Forest, InBag, Model, ModelFile, TargetView, Task};
use secateur_datasets::Dataset;
use secateur_program::Control;
use serde_json::json;

use super::arguments::seconds;
use super::columns::{Columns, check_variety};
use super::data::{Data, Reading};
use super::failure::{Failure, Outcome};
use super::files;
use super::model::{loss_name, loss_text};
use super::session::Session;
use super::text;

/// Grow a forest on a data file and save it, not yet pruned.
///
/// The target is the last column unless named. The model file keeps how columns were read (categories, class names), so
/// later files are read alike, and which rows each tree saw, so `prune` can count losses out of bag.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  secateur train --data train.csv --target diagnosis --trees 300 --out forest.secateur"
)]
pub(super) struct Train {
    /// Training data
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    #[command(flatten)]
    columns: Columns,
    /// Who grows the trees: this program, or the smartcore library (no missing values; slow on many rows)
    #[arg(long, value_name = "ENGINE", value_enum, default_value_t)]
    engine: Engine,
    /// Number of trees
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    trees: u32,
    /// Features tried per split: all, sqrt, a number, or a share such as 0.3. All prunes best to small budgets
    #[arg(long, value_name = "F", default_value = "all")]
    features: Features,
    /// Most splits between root and leaf [default: no limit]
    #[arg(long, value_name = "N")]
    max_depth: Option<usize>,
    /// Fewest examples in a leaf
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    min_leaf: u32,
    /// What splits reduce [default: gini for classes, squared-error for numbers]
    #[arg(long, value_name = "CRITERION", value_enum)]
    criterion: Option<Criterion>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Stop after so many seconds, without a result
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    time_limit: Option<Duration>,
    /// Model file to write
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, ValueEnum)]
enum Engine {
    #[default]
    Own,
    Smartcore,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum Criterion {
    Gini,
    Entropy,
    SquaredError,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Features {
    All,
    Sqrt,
    Count(usize),
    Share(f64),
}

impl FromStr for Features {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.parse::<usize>(), text.parse::<f64>()) {
            ("all", ..) => Ok(Features::All),
            ("sqrt", ..) => Ok(Features::Sqrt),
            (_, Ok(count), _) if count > 0 => Ok(Features::Count(count)),
            (_, Err(_), Ok(share)) if share > 0.0 && share <= 1.0 => Ok(Features::Share(share)),
            _ => Err("expected all, sqrt, a number from 1, or a share such as 0.3".into()),
        }
    }
}

impl Train {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        files::check_outputs(&[("--out", Some(&self.out))], &[Some(&self.data)])?;
        if self.engine == Engine::Smartcore {
            self.reading.without_weights("smartcore grows trees without weights; --engine own counts them")?;
        }
        let (data, encoding) = self.columns.read(&self.data, &self.reading, session)?;
        let target = data.table.target_view().ok_or_else(|| Failure::Input(format!("{}: no target", data.file)))?;
        check_variety(&data, &encoding, session)?;
        let control = session.control(self.time_limit);
        let started = Instant::now();
        let (forest, in_bag) = match self.engine {
            Engine::Own => self.own(&data, target, &control)?,
            Engine::Smartcore => self.smartcore(&data, target, &control)?,
        };
        let seconds = started.elapsed().as_secs_f64();
        let honest = secateur::forest::out_of_bag(&forest, data.examples()?, &in_bag).map_err(Failure::input)?;
        let honest = honest.map(|honest| honest.loss);
        let (trees, splits) = (forest.n_trees(), forest.n_splits());
        let task = forest.task().clone();
        let file =
            ModelFile { encoding, model: Model::Forest { forest, in_bag: Some(in_bag), gains: None, lightgbm: None } };
        control.check()?;
        file.save(&self.out).map_err(Failure::input)?;
        let target = file.encoding.target.as_ref().map(|target| target.name.as_str()).unwrap_or_default();
        session.answer(
            || {
                json!({
                    "out": self.out,
                    "rows": data.table.n_examples(),
                    "features": data.table.n_features(),
                    "target": target,
                    "task": match &task { Task::Classification { .. } => "class", Task::Regression => "regress" },
                    "classes": match &task { Task::Classification { classes } => Some(classes), Task::Regression => None },
                    "trees": trees,
                    "splits": splits,
                    "seconds": seconds,
                    "out_of_bag": honest,
                })
            },
            || {
                let what = self.columns.taken(&data);
                format!(
                    "data    {}, {} of {}\ntarget  {target}: {what}\nforest  {}, {}, grown in {} s\n\
                     out-of-bag {} {}\nwrote   {}\n",
                    text::count(data.table.n_examples(), "row"),
                    text::count(data.table.n_features(), "feature"),
                    data.file,
                    text::count(trees, "tree"),
                    text::count(splits, "split"),
                    text::number(seconds),
                    loss_name(&task),
                    loss_text(&task, honest),
                    self.out.display(),
                )
            },
        )
    }

    fn own(&self, data: &Data, target: TargetView<'_>, control: &Control) -> Result<(Forest, InBag), Failure> {
        let params = GrowParams {
            n_trees: self.trees as usize,
            criterion: self.criterion.map(|criterion| match criterion {
                Criterion::Gini => grow::Criterion::Gini,
                Criterion::Entropy => grow::Criterion::Entropy,
                Criterion::SquaredError => grow::Criterion::SquaredError,
            }),
            features: match self.features {
                Features::All => SplitFeatures::All,
                Features::Sqrt => SplitFeatures::Sqrt,
                Features::Count(count) => SplitFeatures::Count(count),
                Features::Share(share) => SplitFeatures::Fraction(share),
            },
            max_depth: self.max_depth,
            min_samples_leaf: self.min_leaf as usize,
            seed: self.seed,
            ..GrowParams::default()
        };
        let Dataset { features, weights, .. } = &data.table;
        let names = data.table.class_names();
        let grown = grow::grow(features.view(), target, names, weights.as_deref(), &params, control);
        let grown = grown.map_err(|error| match error {
            GrowError::Stopped(stop) => Failure::stopped(stop),
            GrowError::Parameter { name: "features", .. } => self.too_many_features(data),
            GrowError::Criterion { target, .. } => self.wrong_criterion(data, target),
            other => Failure::in_file(&data.file, other),
        })?;
        Ok((grown.forest, grown.in_bag))
    }

    fn smartcore(&self, data: &Data, target: TargetView<'_>, control: &Control) -> Result<(Forest, InBag), Failure> {
        let width = data.table.n_features();
        let params = SmartcoreParams {
            n_trees: self.trees as usize,
            max_depth: self.max_depth,
            min_samples_leaf: self.min_leaf as usize,
            features_per_split: match self.features {
                Features::All => FeaturesPerSplit::All,
                Features::Sqrt => FeaturesPerSplit::Sqrt,
                Features::Count(count) => FeaturesPerSplit::Count(count),
                Features::Share(share) => FeaturesPerSplit::Count(((share * width as f64) as usize).max(1)),
            },
            criterion: match self.criterion {
                Some(Criterion::Entropy) => SplitCriterion::Entropy,
                _ => SplitCriterion::Gini,
            },
            seed: self.seed,
            ..SmartcoreParams::default()
        };
        let x = data.table.features.view();
        let trained = match (target, self.criterion) {
            (TargetView::Classes { .. }, Some(Criterion::SquaredError)) => {
                return Err(self.wrong_criterion(data, "classes"));
            }
            (TargetView::Values(_), Some(Criterion::Gini | Criterion::Entropy)) => {
                return Err(self.wrong_criterion(data, "values"));
            }
            (TargetView::Classes { labels, .. }, _) => {
                smartcore::train_classifier(x, labels, data.table.class_names(), &params, control)
            }
            (TargetView::Values(values), _) => smartcore::train_regressor(x, values, &params, control),
        };
        let trained = trained.map_err(|error| match error {
            TrainError::Stopped(stop) => Failure::stopped(stop),
            TrainError::Feature { row, column, .. } => Failure::Input(format!(
                "{}, data row {}: column {:?} is missing, and smartcore takes no missing values; --engine own does",
                data.file,
                row + 1,
                data.table.feature_names[column]
            )),
            TrainError::Parameter { name: "features_per_split", .. } => self.too_many_features(data),
            other => Failure::in_file(&data.file, other),
        })?;
        Ok((trained.forest, trained.in_bag))
    }

    fn too_many_features(&self, data: &Data) -> Failure {
        let (Features::Count(asked), has) = (self.features, data.table.n_features()) else {
            return Failure::Input(format!("--features does not fit {}", data.file));
        };
        Failure::Input(format!("--features {asked}, but {} has only {}", data.file, text::count(has, "feature")))
    }

    fn wrong_criterion(&self, data: &Data, target: &str) -> Failure {
        let (kind, fitting) =
            if target == "classes" { ("classes", "gini or entropy") } else { ("numbers", "squared-error") };
        Failure::Input(format!("--criterion does not fit {}: its target holds {kind}, use {fitting}", data.file))
    }
}
