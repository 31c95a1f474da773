//! `secateur tune`: from data and prices to one model per budget.

mod baselines;
mod output;
mod peers;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use secateur::forest::grow::GrowError;
use secateur::forest::tune::{Trial, TuneError, TuneParams, Tuned, tune};
use secateur::forest::{Evaluation, IntervalOptions, MetricError, Model, ModelFile, PriceList, Task};
use secateur_datasets::Encoding;
use secateur_program::{Control, Stop};

use self::peers::Comparison;
use super::arguments::{finite_amount, seconds};
use super::columns::{Columns, check_variety};
use super::data::{Data, Reading, Targets};
use super::failure::{Failure, Outcome};
use super::files;
use super::prune::read_prices;
use super::session::Session;
use super::text;

/// From data and prices to a model for each budget, chosen on held-out data.
///
/// Many ways to spend a budget are tried: boosted trees that pay for what they ask, bagged trees pruned exactly, and forests that
/// predict from whatever those acquire. For each budget the best one within it on held-out data is chosen, and trained anew on
/// --train and --valid together; --test has no part in that, it is only reported. Held out is --valid; small data are dealt into
/// five folds, and each is held out in turn. Prices are as for `prune`. `predict --budget` serves what is written to --out: its
/// files are all of one run, whenever this one ends. Exit code 1 if --time-limit stopped it; an interruption writes nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  secateur tune --train train.csv --valid valid.csv --test test.csv --target diagnosis \\\n    \
                        --prices prices.toml --budgets 2,5,10 --out tuned\n  \
                        secateur predict --model tuned/model.secateur --data new.csv --budget 5 --lazy\n\n\
                        --json (and tune.json in --out) has: version, task, target, classes, features, seed, effort, prices {file, unit,\n\
                        sources [{name, per_example, per_model}], per_split, per_node}, train, valid, test {file, rows}, folds, held_out, candidates,\n\
                        stopped, seconds, out, files, warnings; budgets [{budget, within, model, valid, test}] with valid and test as\n\
                        {cost, cost_band, loss, loss_band, metrics {error, log_loss, brier, auc, squared_error, r2}, acquired {source:\n\
                        share}} and intervals as {mean, low, high, standard_error}; models [{origin, policy {trees, splits}, answer}];\n\
                        caps [{cap, served, model, when_cut, cut, valid {cost, metrics}}], what held-out data say of rows that may cost at most cap;\n\
                        baselines [{name, description, points [{budget, origin, valid {cost, metrics}, test}]}]."
)]
pub(super) struct Tune {
    /// Training data
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// Data with targets that the models are chosen on; in the end, and if there are few, they are trained on as well
    #[arg(long, value_name = "FILE")]
    valid: PathBuf,
    /// Data with targets that the chosen models are reported on
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    #[command(flatten)]
    columns: Columns,
    /// Prices of sources and features, TOML or JSON [default: every feature costs 1]
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Mean costs per example to find a model for, in the prices' unit [default: eight, up to what the dearest model pays]
    #[arg(long, value_name = "B,...", value_delimiter = ',', value_parser = finite_amount, allow_negative_numbers = true)]
    budgets: Vec<f64>,
    /// How much is tried: quick (seconds), standard (less the more data there are), thorough (the same for all sizes)
    #[arg(long, value_name = "EFFORT", value_enum, default_value_t)]
    effort: Effort,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Compare with LightGBM and scikit-learn as well, trained by this Python; what it lacks is left out
    #[arg(long, value_name = "PYTHON", num_args = 0..=1, default_missing_value = "python3")]
    peers: Option<PathBuf>,
    /// Stop after so many seconds and choose among what is ready; peers are not counted
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    time_limit: Option<Duration>,
    /// Folder to write model.secateur, report.html and tune.json to; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace these files if they are in the folder already
    #[arg(long, requires = "out")]
    overwrite: bool,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, ValueEnum)]
enum Effort {
    Quick,
    #[default]
    Standard,
    Thorough,
}

const FILES: [&str; 3] = ["model.secateur", "report.html", "tune.json"];

impl Tune {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        let started = Instant::now();
        self.check_folder()?;
        if self.peers.is_some() {
            self.reading.without_weights("the programs of --peers are trained without weights; leave --peers out")?;
        }
        let (train, encoding) = self.columns.read(&self.train, &self.reading, session)?;
        check_variety(&train, &encoding, session)?;
        let prices = read_prices(self.prices.as_ref(), &encoding)?;
        let peers = self.peers.as_ref().map_or(Ok(Vec::new()), |python| peers::there(python, session))?;
        let valid = Data::read(&self.valid, &encoding, &self.reading, Targets::Required, session)?;
        let test = Data::read_optional(self.test.as_ref(), &encoding, &self.reading, Targets::Required, session)?;

        let control = session.control_showing(self.time_limit, |stage| stage.starts_with("tune"));
        let params = self.params(&train);
        let names = train.table.class_names();
        let (tuned, tried) = tune(train.examples()?, valid.examples()?, names, &prices, &params, &control)
            .map_err(|error| explain(error, &train, &valid))?;
        if control.check() == Err(Stop::Cancelled) {
            return Err(Failure::Interrupted);
        }
        let stopped = tuned.stopped == Some(true);
        if stopped {
            session.unproven("the time limit was reached; the models are chosen among what was ready");
        }
        self.warn(&tuned, session);

        // What follows is reporting: the time limit was for tuning.
        let control = session.control_showing(None, |stage| stage == "resample");
        let on_test = test.as_ref().map(|data| self.judge(&tuned, data, &control)).transpose()?;
        let on_valid: Vec<Evaluation> = tuned.models.iter().map(|candidate| candidate.valid.clone()).collect();
        let held_out = if tuned.folds > 1 {
            train.table.n_examples() + valid.table.n_examples()
        } else {
            valid.table.n_examples()
        };
        let mut baselines = baselines::of_tried(&tried, &tuned, held_out);
        if let Some(python) = &self.peers {
            let (train, valid, test, prices, seed) = (&train, &valid, test.as_ref(), &prices, self.seed);
            let comparison = Comparison { python, train, valid, test, prices, seed };
            baselines.extend(comparison.series(&peers, &tuned, &session.control(None), session)?);
        }
        let done = Done {
            args: &self,
            encoding: &encoding,
            prices: &prices,
            data: [Some(&train), Some(&valid), test.as_ref()],
            tuned: &tuned,
            tried: &tried,
            held_out,
            on_valid: &on_valid,
            on_test: on_test.as_deref(),
            baselines: &baselines,
            stopped,
            seconds: started.elapsed().as_secs_f64(),
        };
        control.check()?;
        if let Some(folder) = &self.out {
            done.write(folder, session, &control)?;
        }
        session.answer(|| done.json(), || done.text())
    }

    /// Checks, before long work, that the outputs can be written and what they would replace.
    fn check_folder(&self) -> Outcome {
        let Some(folder) = &self.out else { return Ok(()) };
        if !folder.is_dir() {
            if folder.exists() {
                return Err(Failure::Input(format!("--out {}: this is not a folder", folder.display())));
            }
            return files::check_outputs(&[("--out", Some(folder))], &[]);
        }
        let paths = FILES.map(|name| folder.join(name));
        let outputs: Vec<(&str, Option<&PathBuf>)> = paths.iter().map(|path| ("--out", Some(path))).collect();
        let inputs = [Some(&self.train), Some(&self.valid), self.test.as_ref(), self.prices.as_ref()];
        files::check_outputs(&outputs, &inputs)?;
        match paths.iter().find(|path| path.exists()) {
            Some(path) if !self.overwrite => {
                Err(Failure::Input(format!("{} exists; --overwrite replaces it", path.display())))
            }
            _ => Ok(()),
        }
    }

    fn params(&self, train: &Data) -> TuneParams {
        let effort = match self.effort {
            Effort::Quick => secateur::Effort::Quick,
            Effort::Standard => secateur::Effort::Standard,
            Effort::Thorough => secateur::Effort::Thorough,
        };
        let params = effort.params(train.table.n_examples(), train.table.n_features(), train.table.class_names().len());
        TuneParams { budgets: self.budgets.clone(), seed: self.seed, ..params }
    }

    fn warn(&self, tuned: &Tuned, session: &mut Session<'_>) {
        for chosen in &tuned.chosen {
            let cost = tuned.models[chosen.model].valid.measured.cost;
            if !secateur::forest::within(cost, chosen.budget) {
                session.warn(format!(
                    "no model costs {} or less: the cheapest, at {}, stands for that budget",
                    text::number(chosen.budget),
                    text::number(cost)
                ));
            }
        }
    }

    /// All models on a file.
    fn judge(&self, tuned: &Tuned, data: &Data, control: &Control) -> Result<Vec<Evaluation>, Failure> {
        let options = IntervalOptions { seed: self.seed, ..IntervalOptions::default() };
        let examples = data.examples()?;
        let judge = |model: &secateur::forest::AcquisitionModel| model.evaluate(examples.reborrow(), &options, control);
        let judged = tuned.models.iter().map(|candidate| judge(&candidate.model));
        judged.collect::<Result<_, _>>().map_err(|error| match (error.stop(), error.examples()) {
            (Some(stop), _) => Failure::stopped(stop),
            (None, Some(examples)) => data.explain(examples),
            (None, None) => Failure::in_file(&data.file, error),
        })
    }
}

/// Names the file, row and column behind a failure. What is wrong with single rows of the training file is found before.
fn explain(error: TuneError, train: &Data, valid: &Data) -> Failure {
    if let Some(stop) = error.stop() {
        return Failure::stopped(stop);
    }
    match &error {
        TuneError::Examples(examples)
        | TuneError::Metrics(MetricError::Examples(examples))
        | TuneError::Grow(GrowError::Validation(examples)) => valid.explain(examples),
        TuneError::Grow(_) => Failure::in_file(&train.file, error),
        _ => Failure::input(error),
    }
}

/// What there is to show.
struct Done<'a> {
    args: &'a Tune,
    encoding: &'a Encoding,
    prices: &'a PriceList,
    /// Training, validation, and test data.
    data: [Option<&'a Data>; 3],
    tuned: &'a Tuned,
    tried: &'a [Trial],
    /// Examples held out, in all.
    held_out: usize,
    /// By model: the held-out examples, and the test data.
    on_valid: &'a [Evaluation],
    on_test: Option<&'a [Evaluation]>,
    baselines: &'a [crate::report::Series],
    stopped: bool,
    seconds: f64,
}

impl Done<'_> {
    /// All files of the folder, as one set.
    fn write(&self, folder: &Path, session: &Session<'_>, control: &Control) -> Outcome {
        let [model, report, json] = FILES.map(|name| folder.join(name));
        let file = ModelFile { encoding: self.encoding.clone(), model: Model::Tuned { tuned: self.tuned.clone() } };
        let mut outputs = files::Outputs::in_folder(folder)?;
        outputs.add(&model, |out| file.write(out))?;
        outputs.add(&report, |out| self.report(out))?;
        outputs.add(&json, |out| out.write_all(session.document(self.json()).as_bytes()))?;
        control.check()?;
        outputs.commit()
    }

    fn task(&self) -> &Task {
        self.tuned.models[0].model.task()
    }

    /// What the target was taken for.
    fn taken(&self) -> String {
        self.data[0].map(|train| self.args.columns.taken(train)).unwrap_or_default()
    }

    fn target(&self) -> &str {
        self.encoding.target.as_ref().map(|target| target.name.as_str()).unwrap_or_default()
    }
}
