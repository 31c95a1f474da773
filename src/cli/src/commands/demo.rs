//! `secateur demo`: the main job on data that come with the program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use secateur::forest::grow::{GrowParams, grow};
use secateur::forest::{Choice, Curve, Loss, LossOn, Model, ModelFile, OperatingPoint, Prices, prune};
use secateur_datasets::embedded::{breast_cancer, breast_cancer_prices};
use secateur_datasets::{Encoding, write_csv};
use secateur_program::Control;
use serde_json::{Value, json};

use super::data::Data;
use super::failure::{Failure, Outcome};
use super::files;
use super::model::{curve, spread};
use super::prune::SEEN;
use super::report::{Page, intervals};
use super::session::Session;
use super::text;

/// Show the whole tool at work on embedded data.
///
/// Breast cancer diagnosis (Wisconsin, 569 patients): 30 features come from 10 measurements of cell nuclei, three from each, and
/// each measurement costs 1 per patient. A forest is grown and pruned for every budget; the best point on validation data for
/// half of the measurements is chosen, and all are measured on test data. The files written are inputs for all other commands.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  secateur demo --out my-demo --seed 7")]
pub(super) struct Demo {
    /// Folder to write to
    #[arg(long, value_name = "DIR", default_value = "secateur-demo")]
    out: PathBuf,
    /// Seed of the split and of the forest
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

const TREES: usize = 300;

/// Budget of the chosen point: half of the ten measurements.
const BUDGET: f64 = 5.0;

/// Rows of the table.
const ROWS: usize = 10;

impl Demo {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        let started = Instant::now();
        files::make_folder(&self.out)?;
        let paths: Vec<PathBuf> = FILES.iter().map(|name| self.out.join(name)).collect();
        let outputs: Vec<(&str, Option<&PathBuf>)> = paths.iter().map(|path| ("--out", Some(path))).collect();
        files::check_outputs(&outputs, &[])?;
        let control = session.control(None);
        let demo = Run::new(&self, &control)?;
        demo.write(&self.out, &control)?;
        let seconds = started.elapsed().as_secs_f64();
        session.answer(|| demo.json(&self.out, seconds), || demo.text(&self.out, seconds))
    }
}

const FILES: [&str; 8] = [
    "train.csv",
    "valid.csv",
    "test.csv",
    "prices.toml",
    "forest.secateur",
    "program.sel",
    "model.secateur",
    "report.html",
];

/// Everything the demonstration computes.
struct Run {
    encoding: Encoding,
    /// Training, validation and test data.
    parts: [Data; 3],
    prices: String,
    grown: secateur::forest::grow::Grown,
    pruned: secateur::forest::Pruned,
    curves: [Curve; 3],
    chosen: OperatingPoint,
    /// Seconds to grow and to prune.
    stages: [f64; 2],
}

impl Run {
    fn new(demo: &Demo, control: &Control) -> Result<Self, Failure> {
        let (table, encoding) = breast_cancer().map_err(Failure::input)?;
        let n = table.n_examples();
        let parts = table.shuffle_split(demo.seed, &[n - 2 * (n / 4), n / 4, n / 4]).map_err(Failure::input)?;
        let named = parts.into_iter().zip(FILES).map(|(table, file)| Data { file: file.to_owned(), table });
        let parts: [Data; 3] = named.collect::<Vec<_>>().try_into().expect("three parts were asked for");
        let [train, valid, _] = &parts;
        let target = train.table.target_view().expect("the embedded data have classes");
        let prices = breast_cancer_prices();
        let price_list = Prices::parse(&prices).and_then(|spec| spec.resolve(&encoding.feature_names()));
        let price_list = price_list.map_err(Failure::input)?;

        let clock = Instant::now();
        let params = GrowParams { n_trees: TREES, seed: demo.seed, ..GrowParams::default() };
        let names = train.table.class_names();
        let grown = grow(train.table.features.view(), target, names, None, &params, control);
        let grown = grown.map_err(|error| match error {
            secateur::forest::grow::GrowError::Stopped(stop) => Failure::stopped(stop),
            other => Failure::input(other),
        })?;
        let growing = clock.elapsed().as_secs_f64();

        let clock = Instant::now();
        let examples = train.examples()?;
        let loss_on = LossOn::InAndOutOfBag(examples, &grown.in_bag);
        let pruned = prune(grown.forest.clone(), Loss::Brier, loss_on, examples, &price_list, control);
        let pruned = pruned.map_err(|error| error.stop().map_or_else(|| Failure::input(error), Failure::stopped))?;
        control.check()?;
        let pruning = clock.elapsed().as_secs_f64();

        let of = |data: &Data| curve(&pruned.budgeted, data, control);
        let curves = [of(&parts[0])?, of(valid)?, of(&parts[2])?];
        let chosen = curves[1].choose(Choice::BestWithin(BUDGET)).map_err(Failure::input)?;
        Ok(Self { encoding, parts, prices, grown, pruned, curves, chosen, stages: [growing, pruning] })
    }

    fn write(&self, folder: &Path, control: &Control) -> Outcome {
        let mut outputs = files::Outputs::in_folder(folder)?;
        let forest = Model::Forest {
            forest: self.grown.forest.clone(),
            in_bag: Some(self.grown.in_bag.clone()),
            gains: None,
            lightgbm: None,
        };
        let forest = ModelFile { encoding: self.encoding.clone(), model: forest };
        let model = Model::Budgeted {
            forest: self.pruned.budgeted.clone(),
            chosen: Some(self.chosen),
            gains: None,
            lightgbm: None,
        };
        let model = ModelFile { encoding: self.encoding.clone(), model };
        outputs.add(&folder.join("model.secateur"), |out| model.write(out))?;
        outputs.add(&folder.join("forest.secateur"), |out| forest.write(out))?;
        for part in &self.parts {
            let mut csv = Vec::new();
            write_csv(&part.table, &self.encoding, &mut csv, &part.file).map_err(Failure::input)?;
            outputs.add(&folder.join(&part.file), |out| out.write_all(&csv))?;
        }
        outputs.add(&folder.join("prices.toml"), |out| out.write_all(self.prices.as_bytes()))?;
        let program = &self.pruned.lowered.program;
        outputs.add(&folder.join("program.sel"), |out| secateur_program::write(program, out))?;
        let notes = [
            (
                "Data".to_owned(),
                "Wisconsin diagnostic breast cancer, 569 patients, 10 measurements at 1 each".to_owned(),
            ),
            ("Forest".into(), format!("{TREES} bagged trees, all features per split")),
            ("Pruned by".into(), format!("Brier score, counted in and out of bag on {}", self.parts[0].file)),
            ("Path".into(), "certificate verified".into()),
            ("Curve on pruning data".into(), SEEN.into()),
        ];
        let page = Page {
            title: "secateur demo: breast cancer diagnosis on a budget of measurements",
            model: &self.pruned.budgeted,
            encoding: &self.encoding,
            chosen: self.chosen,
            prune: Some(&self.curves[0]),
            valid: &self.curves[1],
            valid_data: &self.parts[1],
            intervals: &intervals(&self.pruned.budgeted, self.chosen, &self.curves[1], &self.parts[1], control)?,
            notes: &notes,
        };
        let path = folder.join("report.html");
        outputs.add(&path, page.html(&path)?)?;
        control.check()?;
        outputs.commit()
    }

    /// Points of the table: evenly spread over the cost on validation data, and the chosen one.
    fn rows(&self) -> Vec<OperatingPoint> {
        let mut points = spread(&self.curves[1], ROWS);
        points.push(self.chosen);
        points.sort_unstable();
        points.dedup();
        points
    }

    fn json(&self, folder: &Path, seconds: f64) -> Value {
        let program = &self.pruned.lowered.program;
        let table: Vec<Value> = self
            .rows()
            .into_iter()
            .map(|point| {
                let (valid, test) = (self.curves[1].at(point), self.curves[2].at(point));
                json!({
                    "point": point,
                    "lambda": test.lambda,
                    "cost": test.cost,
                    "accuracy": test.error.map(|error| 1.0 - error),
                    "valid_accuracy": valid.error.map(|error| 1.0 - error),
                    "splits": test.splits,
                    "chosen": point == self.chosen,
                })
            })
            .collect();
        json!({
            "out": folder,
            "files": FILES,
            "rows": self.parts.each_ref().map(|part| part.table.n_examples()),
            "trees": TREES,
            "decisions": program.n_decisions(),
            "resources": program.n_resources(),
            "uses": program.n_uses(),
            "breakpoints": self.pruned.solution.path.breakpoints().count(),
            "certified": true,
            "chosen": self.chosen,
            "test": table,
            "seconds": seconds,
        })
    }

    fn text(&self, folder: &Path, seconds: f64) -> String {
        let [train, valid, test] = self.parts.each_ref().map(|part| part.table.n_examples());
        let program = &self.pruned.lowered.program;
        let mut out = format!(
            "Breast cancer diagnosis: 30 features from 10 measurements, each measurement costs 1 per patient\n\
             data    {train} patients to train, {valid} to validate, {test} to test\n\
             forest  {}, {}, all features per split; {} s\n\
             pruned  by Brier score, in and out of bag on the training patients; {} s\n\
             path    {}: {}, certificate verified\n\n\
             On the test patients:\n",
            text::count(TREES, "tree"),
            text::count(self.grown.forest.n_splits(), "split"),
            text::number(self.stages[0]),
            text::number(self.stages[1]),
            text::sizes(program),
            text::count(self.pruned.solution.path.breakpoints().count(), "breakpoint"),
        );
        let rows: Vec<Vec<String>> = self
            .rows()
            .into_iter()
            .map(|point| {
                let at = self.curves[2].at(point);
                let mark = if point == self.chosen { "<- chosen" } else { "" };
                let accuracy = text::percent(1.0 - at.error.unwrap_or(0.0));
                vec![format!("{:.2}", at.cost), accuracy, at.splits.to_string(), mark.to_owned()]
            })
            .collect();
        out += &text::table(&["measurements", "accuracy", "splits kept", "         "], &rows);
        let folder = folder.display();
        let _ = write!(
            out,
            "\nThe chosen point has the least validation error for at most {} measurements per patient.\n\
             {} s in all. Wrote {} to {folder}: open {folder}/report.html, or go on with\n  \
             secateur predict --model {folder}/model.secateur --data {folder}/test.csv --budget 2 --lazy\n  \
             secateur curve --model {folder}/model.secateur --data {folder}/test.csv\n  \
             secateur prune --model {folder}/forest.secateur --data {folder}/train.csv --prices {folder}/prices.toml \\\n    \
             --valid {folder}/valid.csv --best-within 3 --out again.secateur\n  \
             secateur solve {folder}/program.sel\n",
            text::number(BUDGET),
            text::number(seconds),
            text::count(FILES.len(), "file"),
        );
        out
    }
}
