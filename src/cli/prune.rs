//! `secateur prune`: from a forest to a model for every budget.

mod choice;
mod rows;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use secateur::forest::{
    Curve, Forest, Loss, LossError, LowerError, Model, ModelFile, OperatingPoint, PriceList, PriceSpec, PruneError,
    Pruned, prune,
};
use secateur_datasets::Encoding;
use secateur_program::{Control, Status};
use serde_json::{Value, json};

use super::arguments::seconds;
use super::data::{Answers, Data, Reading};
use super::failure::{Failure, Outcome};
use super::files;
use super::model::{curve, load, loss_name, loss_text, tuned};
use super::report::Page;
use super::session::Session;
use super::text;
use choice::ChoiceArgs;
use rows::{LossOnArg, loss_on, rows_for};

/// Prune a forest for every budget at once, with a proof.
///
/// Costs are counted on --data. Losses are counted on the file that the forest was grown on, in and out of bag, if that is
/// --data or --train-data; otherwise the class counts stored in the forest serve (for numbers: --data as a hold-out).
/// Without --prices every feature costs 1. One operating point is chosen and stored as the default of the model; any
/// other can be used later.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  secateur prune --model forest.secateur --data prune.csv --prices prices.toml \\\n    \
                        --valid valid.csv --out model.secateur --report report.html\n  \
                        secateur prune --model forest.secateur --data train.csv --budget 12.50 --out model.secateur\n\n\
                        A price file (TOML or JSON; currency per example):\n  default = 1.0                # features not named below\n  \
                        [sources]\n  draw = 2.10                  # paid once, however many tests need it\n  chol = 5.17\n  \
                        [features]\n  chol = [\"draw\", \"chol\"]      # needs both\n  age = []                     # free"
)]
pub(super) struct Prune {
    /// Forest to prune (a pruned model is pruned anew)
    #[arg(long, value_name = "MODEL")]
    model: PathBuf,
    /// Data with answers: costs are counted on it
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
    /// Data with answers to choose the operating point on
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
        let outputs =
            [("--out", Some(&self.out)), ("--report", self.report.as_ref()), ("--program", self.program.as_ref())];
        let inputs = [&self.model, &self.data].map(Some).into_iter();
        let inputs: Vec<_> =
            inputs.chain([self.train_data.as_ref(), self.prices.as_ref(), self.valid.as_ref()]).collect();
        files::check_outputs(&outputs, &inputs)?;
        let started = Instant::now();
        let ModelFile { encoding, model } = load(&self.model)?;
        let (forest, in_bag) = match model {
            Model::Forest { forest, in_bag } => (forest, in_bag),
            Model::Budgeted { forest, .. } => (forest.forest().clone(), None),
            Model::Tuned { .. } => return Err(tuned(&self.model, "prune takes a forest of `secateur train`")),
        };
        let prices = read_prices(self.prices.as_ref(), &encoding)?;
        let data = Data::read(&self.data, &encoding, &self.reading, Answers::Required)?;
        let train = Data::read_optional(self.train_data.as_ref(), &encoding, &self.reading, Answers::Required)?;
        let valid = Data::read_optional(self.valid.as_ref(), &encoding, &self.reading, Answers::Required)?;

        let control = session.control(self.time_limit);
        let counted = train.as_ref().unwrap_or(&data);
        let in_bag = in_bag.as_ref();
        let mode = rows_for(self.loss_on, &self.model, train.is_some(), &forest, in_bag, counted, session)?;
        let loss = self.loss(&forest);
        let pruned = prune(forest, loss, loss_on(mode, counted, in_bag)?, data.examples()?, &prices, &control);
        let pruned = pruned.map_err(|error| explain(error, counted, &data))?;
        let certified = check_status(&pruned, session)?;

        // The clock of the solver is not that of what follows.
        let control = session.control(None);
        let judge = valid.as_ref().unwrap_or(&data);
        let judged = curve(&pruned.budgeted, judge, &control)?;
        // Stored counts leave --data unseen: as good as validation data.
        if valid.is_none() && train.is_none() && mode != LossOnArg::Stored && self.choice.by_loss() {
            let why = match mode {
                LossOnArg::HoldOut => "which pruned the forest",
                _ => "where the forest's losses are far too low, for it was grown on these rows",
            };
            session.warn(format!("the operating point is chosen on {}, {why}; --valid is honest", data.file));
        }
        let chosen = self.choice.choose(&pruned.budgeted, &judged)?;
        let counted = match mode {
            LossOnArg::Stored => mode.words().to_owned(),
            _ => format!("{} of {}, {}", text::count(counted.rows(), "row"), counted.file, mode.words()),
        };
        let done = Done { loss, mode, counted, pruned, certified, chosen, data: &data, judge, judged };
        done.write(&self, encoding, &control)?;
        let seconds = started.elapsed().as_secs_f64();
        session.answer(|| done.json(&self, seconds), || done.text(&self, seconds))
    }

    fn loss(&self, forest: &Forest) -> Loss {
        match self.loss {
            None => Loss::default_for(forest.task()),
            Some(LossArg::Misclassification) => Loss::Misclassification,
            Some(LossArg::Gini) => Loss::Gini,
            Some(LossArg::LogLoss) => Loss::LogLoss,
            Some(LossArg::SquaredError) => Loss::SquaredError,
        }
    }
}

/// Prices of a model's features, from a file or one each.
pub(super) fn read_prices(path: Option<&PathBuf>, encoding: &Encoding) -> Result<PriceList, Failure> {
    let names = encoding.feature_names();
    match path {
        None => PriceList::uniform(&names, 1.0).map_err(Failure::input),
        Some(path) => PriceSpec::parse(&files::read_text(path)?)
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
            session.warn(format!("stopped ({status}): the path is not proven optimal, gap {gap:.3e}"));
            Ok(false)
        }
    }
}

/// A forest pruned, and how.
struct Done<'a> {
    loss: Loss,
    mode: LossOnArg,
    /// What losses were counted on, in words.
    counted: String,
    pruned: Pruned,
    certified: bool,
    chosen: OperatingPoint,
    /// What costs were counted on.
    data: &'a Data,
    /// What the operating point was chosen on, and the curve there.
    judge: &'a Data,
    judged: Curve,
}

impl Done<'_> {
    fn write(&self, args: &Prune, encoding: Encoding, control: &Control) -> Outcome {
        let model = &self.pruned.budgeted;
        if let Some(path) = &args.program {
            files::write(path, |out| secateur_program::write(&self.pruned.lowered.program, out))?;
        }
        if let Some(path) = &args.report {
            let on_data = match args.valid {
                Some(_) => Some(curve(model, self.data, control)?),
                None => None,
            };
            let rows = |data: &Data| format!("{} ({})", data.file, text::count(data.rows(), "row"));
            let mut notes = vec![
                ("Loss".to_owned(), format!("{}, counted on {}", self.loss, self.counted)),
                ("Costs counted on".into(), rows(self.data)),
                ("Judged on".into(), rows(self.judge)),
                ("Path".into(), proof(self.certified).into()),
            ];
            if on_data.is_some() && self.mode != LossOnArg::HoldOut {
                notes.push(("Curve on pruning data".into(), SEEN.into()));
            }
            let name = args.out.file_name().unwrap_or_default().to_string_lossy();
            let page = Page {
                title: &name,
                model,
                encoding: &encoding,
                chosen: self.chosen,
                prune: on_data.as_ref(),
                valid: &self.judged,
                valid_data: self.judge,
                notes: &notes,
            };
            page.write(path)?;
        }
        control.check()?;
        let model = Model::Budgeted { forest: model.clone(), chosen: Some(self.chosen) };
        ModelFile { encoding, model }.save(&args.out).map_err(Failure::input)
    }

    fn json(&self, args: &Prune, seconds: f64) -> Value {
        let (program, model) = (&self.pruned.lowered.program, &self.pruned.budgeted);
        json!({
            "out": args.out,
            "report": args.report,
            "program": args.program,
            "loss": self.loss,
            "loss_on": self.mode.to_possible_value().map(|value| value.get_name().to_owned()),
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
        })
    }

    fn text(&self, args: &Prune, seconds: f64) -> String {
        let (program, model) = (&self.pruned.lowered.program, &self.pruned.budgeted);
        let task = model.forest().task();
        let row = |name: &str, point: OperatingPoint| {
            let at = self.judged.at(point);
            vec![name.to_owned(), text::number(at.cost), loss_text(task, at.loss()), at.splits.to_string()]
        };
        let rows = [row("chosen", self.chosen), row("unpruned", model.unpruned()), row("nothing kept", model.closed())];
        let files = [Some(&args.out), args.report.as_ref(), args.program.as_ref()];
        let files: Vec<String> = files.into_iter().flatten().map(|path| path.display().to_string()).collect();
        format!(
            "loss     {}, counted on {}\n\
             costs    counted on {} of {}, {}\n\
             program  {}{}\n\
             path     {}; {}\n\
             time     {} s\n\nOn {}:\n{}\nwrote {}\n",
            self.loss,
            self.counted,
            text::count(self.data.rows(), "row"),
            self.data.file,
            text::count(model.prices().sources().len(), "source"),
            text::sizes(program),
            if self.pruned.lowered.exact { "" } else { " (numbers rounded to fit integers)" },
            text::count(self.pruned.solution.path.breakpoints().count(), "breakpoint"),
            proof(self.certified),
            text::number(seconds),
            self.judge.file,
            text::table(&["", "cost", loss_name(task), "splits"], &rows),
            files.join(", "),
        )
    }
}

/// What to know about a curve on rows that trees were grown on.
pub(super) const SEEN: &str = "of rows the trees were grown on, so too good; the other curve is honest";

fn proof(certified: bool) -> &'static str {
    if certified { "certificate verified" } else { "NOT proven optimal" }
}
