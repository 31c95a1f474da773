//! `secateur prune`: from a forest to a model for every budget.

mod between;
mod choice;
mod data_files;
mod rows;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::report::ReportIntervals;
use clap::{Args, ValueEnum};
use secateur::forest::lightgbm::Records;
use secateur::forest::{
    Aggregation, BudgetedForest, Curve, Forest, InBag, Interval, Loss, LossError, LowerError, Model, ModelFile,
    NodeLosses, OperatingPoint, PointIntervals, PriceList, Prices, PruneError, Pruned, Task, prune, prune_by,
};
use secateur_datasets::Encoding;
use secateur_program::{Control, Status};
use serde_json::{Value, json};

use super::arguments::seconds;
use super::data::{Data, Reading};
use super::failure::{Failure, Outcome};
use super::files;
use super::model::{curve, load, loss_name, loss_text, tuned};
use super::ranges;
use super::report::{Page, intervals, point_intervals};
use super::session::Session;
use super::text;
use between::Between;
use choice::ChoiceArgs;
use data_files::DataFiles;
use rows::{Counted, LossOnArg};

/// Prune a forest for every budget at once, with a proof.
///
/// Costs are counted on --data. Losses are counted on the file that the forest was grown on, in and out of bag, if that is
/// --data or --train-data; otherwise the class counts stored in the forest serve (for numbers: --data as a hold-out).
/// Forests that add scores, such as imported ones, are pruned by the gains recorded when they were grown.
/// Without --prices every feature costs 1. One operating point is chosen and stored as the default of the model; any
/// other can be used later. Exit code 1 if a limit stopped the solver: the files are written all the same, and the model
/// says that it is not proven (`secateur verify --model`). An interruption writes nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  secateur prune --model forest.secateur --data prune.csv --prices prices.toml \\\n    \
                        --valid valid.csv --out model.secateur --report report.html\n  \
                        secateur prune --model forest.secateur --data train.csv --budget 12.50 --out model.secateur\n  \
                        secateur prune --model forest.secateur --data train.csv --budget 12.50 --between --out model.secateur\n\n\
                        A price file (TOML or JSON; currency per example):\n  default = 1.0                # features not named below\n  \
                        [sources]\n  draw = 2.10                  # paid once, however many tests need it\n  chol = 5.17\n  \
                        [features]\n  chol = [\"draw\", \"chol\"]      # needs both\n  age = []                     # free"
)]
pub(super) struct Prune {
    /// Forest to prune (a pruned model is pruned anew)
    #[arg(long, value_name = "MODEL")]
    model: PathBuf,
    /// Data with targets: costs are counted on it
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// The file the forest was grown on: losses are counted on it, by default in and out of bag
    #[arg(long, value_name = "FILE")]
    train_data: Option<PathBuf>,
    /// Prices of sources and features, TOML or JSON [default: every feature costs 1]
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// What a split is worth [default: gini for classes, squared-error for numbers]
    #[arg(long, value_name = "LOSS", value_enum)]
    loss: Option<LossArg>,
    /// Rows that losses are counted on; stored, in-bag and both are optimistic
    #[arg(long, value_name = "ROWS", value_enum)]
    loss_on: Option<LossOnArg>,
    /// Data with targets to choose the operating point on
    #[arg(long, value_name = "FILE")]
    valid: Option<PathBuf>,
    /// Model file to write
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// Also write an HTML report
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Also write the selection program, for `secateur solve`
    #[arg(long, value_name = "FILE.sel")]
    program: Option<PathBuf>,
    /// Stop after so many seconds with the best path so far
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    time_limit: Option<Duration>,
    #[command(flatten)]
    choice: ChoiceArgs,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum LossArg {
    Misclassification,
    Gini,
    LogLoss,
    SquaredError,
}

impl Prune {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        self.check_paths()?;
        let started = Instant::now();
        let ModelFile { encoding, model } = load(&self.model)?;
        let (forest, in_bag, gains, lightgbm) = match model {
            Model::Forest { forest, in_bag, gains, lightgbm } => (forest, in_bag, gains, lightgbm),
            Model::Budgeted { forest, gains, lightgbm, .. } => (forest.forest().clone(), None, gains, lightgbm),
            Model::Tuned { .. } => return Err(tuned(&self.model, "prune takes a forest of `secateur train`")),
        };
        let gains = self.gains(&forest, gains)?;
        let prices = read_prices(self.prices.as_ref(), &encoding)?;
        let files = DataFiles::read(&self, &forest, &encoding, session)?;
        if let Some(records) = &lightgbm {
            files.all().for_each(|data| ranges::warn(&records.header, data, session));
        }

        let control = session.control(self.time_limit);
        let basis = Basis { prices: &prices, in_bag: in_bag.as_ref(), gains: gains.as_deref() };
        let (mode, pruned) = self.pruned(forest, basis, &files, &control, session)?;
        let certified = check_status(&pruned, session)?;
        let between =
            self.choice.between().map(|budget| Between::solve(&pruned, budget, &control, session)).transpose()?;

        // The clock of the solver is not that of what follows.
        let control = session.control(None);
        let judge = files.judge();
        let model = between.as_ref().map_or(&pruned.budgeted, |between| &between.hull.budgeted);
        let judged = curve(model, judge, &control)?;
        files.warn_of_rows_seen(&self, mode, session);
        let chosen = match &between {
            Some(between) => between.point_on(judge, &judged, session),
            None => self.choice.choose(model, &judged)?,
        };
        let intervals = match &self.report {
            Some(_) => intervals(model, chosen, &judged, judge, &control)?,
            None => point_intervals(model, chosen, judge, &control)?,
        };
        let loss = files.loss_in_words(pruned.budgeted.loss(), mode);
        let done = Done { loss, mode, pruned, certified, between, chosen, data: &files.data, judge, judged, intervals };
        done.write(&self, encoding, (gains, lightgbm), &control)?;
        let seconds = started.elapsed().as_secs_f64();
        session.answer(|| done.json(&self, seconds), || done.text(&self, seconds))
    }

    /// Checks, before long work, that the outputs can be written.
    fn check_paths(&self) -> Outcome {
        let outputs =
            [("--out", Some(&self.out)), ("--report", self.report.as_ref()), ("--program", self.program.as_ref())];
        let optional = [self.train_data.as_ref(), self.prices.as_ref(), self.valid.as_ref()];
        let inputs: Vec<_> = [&self.model, &self.data].map(Some).into_iter().chain(optional).collect();
        files::check_outputs(&outputs, &inputs)
    }

    /// The forest pruned, and the rows that losses were counted on, if splits were not worth their recorded gains.
    fn pruned(
        &self,
        forest: Forest,
        Basis { prices, in_bag, gains }: Basis<'_>,
        files: &DataFiles,
        control: &Control,
        session: &mut Session<'_>,
    ) -> Result<(Option<LossOnArg>, Pruned), Failure> {
        let (loss, examples) = (self.loss(&forest), files.data.examples()?);
        let (mode, pruned) = match gains {
            Some(gains) => {
                let losses = NodeLosses::from_gains(&forest, gains, examples.total_weight()).map_err(Failure::input)?;
                (None, prune_by(forest, &losses, loss, examples, prices, control))
            }
            None => {
                let counted = Counted { model: &self.model, forest: &forest, in_bag, data: files.counted() };
                let mode = counted.mode(self.loss_on, files.train.is_some(), session)?;
                let loss_on = mode.of(files.counted(), in_bag)?;
                (Some(mode), prune(forest, loss, loss_on, examples, prices, control))
            }
        };
        Ok((mode, pruned.map_err(|error| explain(error, files.counted(), &files.data))?))
    }

    /// The gains to prune by, if the forest adds scores: its trees have no losses of their own.
    fn gains(&self, forest: &Forest, gains: Option<Vec<f64>>) -> Result<Option<Vec<f64>>, Failure> {
        if forest.aggregation() != Aggregation::Sum {
            return Ok(None);
        }
        let file = self.model.display();
        let given = [
            ("--loss", self.loss.is_some()),
            ("--loss-on", self.loss_on.is_some()),
            ("--train-data", self.train_data.is_some()),
        ];
        if let Some((argument, _)) = given.iter().find(|(_, given)| *given) {
            return Err(Failure::Input(format!(
                "{argument}: the trees of {file} add scores and are pruned by the gains recorded in it; no losses are counted"
            )));
        }
        let what = match &gains {
            None => "no gains",
            Some(gains) if forest.n_splits() > 0 && gains.iter().all(|gain| *gain == 0.0) => "gains that are all zero",
            Some(_) => return Ok(gains),
        };
        Err(Failure::Input(format!(
            "{file}: its trees add scores and are pruned by the gains of their splits, and it records {what}; import \
             LightGBM's model as it was trained, whose text has a `split_gain` for every tree"
        )))
    }

    fn loss(&self, forest: &Forest) -> Loss {
        match self.loss {
            None => Loss::default_for(forest.task()),
            Some(LossArg::Misclassification) => Loss::Misclassification,
            Some(LossArg::Gini) => Loss::Brier,
            Some(LossArg::LogLoss) => Loss::LogLoss,
            Some(LossArg::SquaredError) => Loss::SquaredError,
        }
    }
}

/// What a forest is pruned by, beside the data: prices, and what was recorded when it was grown.
#[derive(Clone, Copy)]
struct Basis<'a> {
    prices: &'a PriceList,
    in_bag: Option<&'a InBag>,
    gains: Option<&'a [f64]>,
}

/// Prices of a model's features, from a file or one each.
pub(super) fn read_prices(path: Option<&PathBuf>, encoding: &Encoding) -> Result<PriceList, Failure> {
    let names = encoding.feature_names();
    match path {
        None => PriceList::uniform(&names, 1.0).map_err(Failure::input),
        Some(path) => Prices::parse(&files::read_text(path)?)
            .and_then(|spec| spec.resolve(&names))
            .map_err(|error| Failure::in_file(path.display(), error)),
    }
}

/// Names the file, row and column behind a failed pruning.
fn explain(error: PruneError, counted: &Data, data: &Data) -> Failure {
    if let Some(stop) = error.stop() {
        return Failure::stopped(stop);
    }
    match error {
        PruneError::Loss(LossError::Examples(error)) => counted.explain(&error),
        PruneError::Lower(LowerError::Examples(error)) => data.explain(&error),
        PruneError::Loss(LossError::Task { loss }) => {
            Failure::Input(format!("--loss {loss} does not fit the forest; leave it out for the default"))
        }
        PruneError::NotCertified(_) => Failure::Refused(error.to_string()),
        other => Failure::input(other),
    }
}

/// Whether the path is proven optimal.
fn check_status(pruned: &Pruned, session: &mut Session<'_>) -> Result<bool, Failure> {
    match pruned.solution.status {
        Status::Optimal => Ok(true),
        Status::Cancelled => Err(Failure::Interrupted),
        status => {
            let gap = pruned.solution.gap * pruned.lowered.program.scale().gain_unit;
            session.unproven(format!("stopped ({status}): the path is not proven optimal, gap {gap:.3e}"));
            Ok(false)
        }
    }
}

/// What is recorded for the nodes of the whole forest: gains, and what else LightGBM left.
type Recorded = (Option<Vec<f64>>, Option<Box<Records>>);

/// A forest pruned, and how.
struct Done<'a> {
    /// What splits were worth, in words.
    loss: String,
    /// The rows losses were counted on; none if splits were worth their recorded gains.
    mode: Option<LossOnArg>,
    pruned: Pruned,
    certified: bool,
    /// What was put in the place of the path's points.
    between: Option<Between>,
    chosen: OperatingPoint,
    /// What costs were counted on.
    data: &'a Data,
    /// What the operating point was chosen on, and the curve there.
    judge: &'a Data,
    judged: Curve,
    intervals: ReportIntervals,
}

impl Done<'_> {
    fn model(&self) -> &BudgetedForest {
        self.between.as_ref().map_or(&self.pruned.budgeted, |between| &between.hull.budgeted)
    }

    fn write(&self, args: &Prune, encoding: Encoding, recorded: Recorded, control: &Control) -> Outcome {
        let model = self.model();
        let (gains, lightgbm) = recorded;
        let file = Model::Budgeted { forest: model.clone(), chosen: Some(self.chosen), gains, lightgbm };
        let file = ModelFile { encoding, model: file };
        let mut outputs = files::Outputs::new();
        outputs.add(&args.out, |out| file.write(out))?;
        if let Some(path) = &args.program {
            outputs.add(path, |out| secateur_program::write(&self.pruned.lowered.program, out))?;
        }
        if let Some(path) = &args.report {
            let on_data = match args.valid {
                Some(_) => Some(curve(model, self.data, control)?),
                None => None,
            };
            let rows = |data: &Data| format!("{} ({})", data.file, text::count(data.table.n_examples(), "row"));
            let mut notes = vec![
                ("Loss".to_owned(), self.loss.clone()),
                ("Costs counted on".into(), rows(self.data)),
                ("Evaluation on".into(), rows(self.judge)),
                ("Path".into(), proof(self.certified).into()),
            ];
            if let Some(between) = &self.between {
                notes.push(("Between the path's points".into(), between.words()));
            }
            if on_data.is_some() && !matches!(self.mode, None | Some(LossOnArg::HoldOut)) {
                notes.push(("Curve on pruning data".into(), SEEN.into()));
            }
            let name = args.out.file_name().unwrap_or_default().to_string_lossy();
            let page = Page {
                title: &name,
                model,
                encoding: &file.encoding,
                chosen: self.chosen,
                prune: on_data.as_ref(),
                valid: &self.judged,
                valid_data: self.judge,
                intervals: &self.intervals,
                notes: &notes,
            };
            outputs.add(path, page.html(path)?)?;
        }
        control.check()?;
        outputs.commit()
    }

    fn json(&self, args: &Prune, seconds: f64) -> Value {
        let (program, model) = (&self.pruned.lowered.program, self.model());
        json!({
            "out": args.out,
            "report": args.report,
            "program": args.program,
            "loss": self.mode.map_or(json!("gains"), |_| json!(model.loss())),
            "loss_on": self.mode.and_then(|mode| Some(mode.to_possible_value()?.get_name().to_owned())),
            "decisions": program.n_decisions(),
            "resources": program.n_resources(),
            "uses": program.n_uses(),
            "breakpoints": self.pruned.solution.path.breakpoints().count(),
            "operating_points": model.points().len(),
            "exact": self.pruned.lowered.exact,
            "certified": self.certified,
            "gap": self.pruned.solution.gap * program.scale().gain_unit,
            "seconds": seconds,
            "judged_on": self.judge.file,
            "chosen": self.judged.at(self.chosen),
            "unpruned": self.judged.at(model.unpruned()),
            "bands": self.intervals.point,
            "between": self.between.as_ref().map(Between::json),
        })
    }

    fn text(&self, args: &Prune, seconds: f64) -> String {
        let (program, model) = (&self.pruned.lowered.program, self.model());
        let task = model.forest().task();
        let row = |name: &str, point: OperatingPoint| {
            let at = self.judged.at(point);
            vec![name.to_owned(), text::number(at.cost), loss_text(task, at.loss()), at.splits.to_string()]
        };
        let rows = [row("chosen", self.chosen), row("unpruned", model.unpruned()), row("nothing kept", model.closed())];
        let files = [Some(&args.out), args.report.as_ref(), args.program.as_ref()];
        let files: Vec<String> = files.into_iter().flatten().map(|path| path.display().to_string()).collect();
        format!(
            "loss     {}\n\
             costs    counted on {} of {}, {}\n\
             program  {}{}\n\
             path     {}; {}\n\
             {}time     {} s\n\nOn {}:\n{}{}\nwrote {}\n",
            self.loss,
            text::count(self.data.table.n_examples(), "row"),
            self.data.file,
            text::count(model.prices().sources().len(), "source"),
            text::sizes(program),
            if self.pruned.lowered.exact { "" } else { " (numbers rounded to fit integers)" },
            text::count(self.pruned.solution.path.breakpoints().count(), "breakpoint"),
            proof(self.certified),
            self.between.as_ref().map_or(String::new(), |between| format!("between  {}\n", between.words())),
            text::number(seconds),
            self.judge.file,
            text::table(&["", "cost", loss_name(task), "splits"], &rows),
            trust(&self.intervals.point, task),
            files.join(", "),
        )
    }
}

/// What to know about a curve on rows that trees were grown on.
pub(super) const SEEN: &str = "of rows the trees were grown on, so too good; the other curve is honest";

/// How far the figures of the chosen point can be trusted, in two lines.
fn trust(intervals: &PointIntervals, task: &Task) -> String {
    let loss = |value: f64| loss_text(task, Some(value));
    let range = |interval: &Interval, write: &dyn Fn(f64) -> String| {
        format!("{} to {}", write(interval.low), write(interval.high))
    };
    let line = |cost: &Interval, of_loss: Option<&Interval>| {
        let of_loss = of_loss.map(|interval| format!(", {} {}", loss_name(task), range(interval, &loss)));
        format!("cost {}{}", range(cost, &text::number), of_loss.unwrap_or_default())
    };
    format!(
        "chosen, {} bootstrap confidence interval: {}\nchosen minus unpruned:      {}\n",
        format_args!("{}%", text::number(100.0 * intervals.level)),
        line(&intervals.cost, intervals.loss.as_ref()),
        line(&intervals.cost_above_unpruned, intervals.loss_above_unpruned.as_ref()),
    )
}

fn proof(certified: bool) -> &'static str {
    if certified { "certificate verified" } else { "NOT proven optimal" }
}
