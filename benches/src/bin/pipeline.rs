//! The whole pipeline on real data: train, count losses, lower, solve, verify, choose on validation data, test.
//!
//! `cargo run --release -p secateur-benches --bin pipeline -- covertype` (or `mbne_tiny`, `thyroid`, `heart`), with the
//! data folder in `SECATEUR_DATA`. Prints Markdown: the tables of `docs/results/pipelines.md`. Every path is verified, and every
//! figure of a table is measured on test data at points chosen on validation data.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints its measurements")]

use std::process::ExitCode;

use ndarray::Array2;
use secateur::forest::grow::{self, GrowParams, SplitFeatures};
use secateur::forest::smartcore::{FeaturesPerSplit, SmartcoreParams, train_classifier};
use secateur::forest::{
    Choice, CompiledForest, Curve, Forest, InBag, Loss, LossOn, OperatingPoint, PriceList, TargetView, lower,
    node_losses,
};
use secateur_benches::{Stages, markdown};
use secateur_corpora::Catalogue;
use secateur_datasets::Dataset;
use secateur_program::{Control, verify_path};
use secateur_selection::solve_path;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let sets: Vec<String> = std::env::args().skip(1).collect();
    if sets.is_empty() {
        eprintln!("usage: pipeline covertype | mbne_tiny | thyroid | heart ...");
        return ExitCode::from(2);
    }
    for set in sets {
        let result = match set.as_str() {
            "covertype" => covertype(),
            "mbne_tiny" => mbne_tiny(),
            "thyroid" | "heart" => dollars(&set),
            other => Err(format!("no pipeline for `{other}`").into()),
        };
        if let Err(failure) = result {
            eprintln!("error: {set}: {failure}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Training, validation and test data of one task.
struct Split {
    train: Dataset,
    valid: Dataset,
    test: Dataset,
}

fn target(table: &Dataset) -> Result<TargetView<'_>, Failure> {
    table.target_view().ok_or_else(|| "a data set without targets".into())
}

fn accuracy(outputs: &Array2<f64>, table: &Dataset) -> f64 {
    let Some(TargetView::Classes { labels, .. }) = table.target_view() else { return f64::NAN };
    let classes = CompiledForest::classes(outputs);
    classes.iter().zip(labels).filter(|(class, label)| class == label).count() as f64 / labels.len() as f64
}

/// Which operating points a table shows; all are chosen on validation data.
#[derive(Clone, Copy)]
enum Shown<'a> {
    /// The best validation loss within each average budget.
    Budgets(&'a [f64]),
    /// The breakpoints of the path, thinned to this many.
    Path(usize),
}

impl Shown<'_> {
    fn label(self) -> &'static str {
        match self {
            Shown::Budgets(_) => "budget",
            Shown::Path(_) => "lambda",
        }
    }

    fn points(self, valid: &Curve) -> Result<Vec<(String, OperatingPoint)>, Failure> {
        match self {
            Shown::Budgets(budgets) => budgets
                .iter()
                .map(|&budget| Ok((format!("{budget}"), valid.choose(Choice::BestWithin(budget))?)))
                .collect(),
            Shown::Path(count) => {
                // All breakpoints if they are few, otherwise as many, evenly spread along the path; the last is unpruned.
                let last = valid.points.len() - 2;
                let steps = last.min(count);
                let chosen = (0..=steps).map(|step| &valid.points[step * last / steps.max(1)]);
                Ok(chosen.map(|at| (format!("{:.2e}", at.lambda), at.point)).collect())
            }
        }
    }
}

/// What is measured.
struct Case<'a> {
    title: String,
    split: &'a Split,
    prices: &'a PriceList,
    shown: Shown<'a>,
}

/// The loss that forests are pruned by.
const LOSS: Loss = Loss::Brier;

/// Prunes a trained forest and prints stages and the table of test accuracy against cost.
fn pipeline(case: &Case<'_>, mut stages: Stages, (forest, in_bag): (Forest, InBag)) -> Result<(), Failure> {
    let Case { title, split, prices, shown } = case;
    let control = Control::new();
    let [train, valid, test] = [&split.train, &split.valid, &split.test].map(|part: &Dataset| part.view());
    let (train, valid, test) = (train?, valid?, test?);
    let losses =
        stages.run("count losses", || node_losses(&forest, LossOn::InAndOutOfBag(train, &in_bag), LOSS, &control))?;
    let lowered = stages.run("lower", || lower(&forest, &losses, valid, prices, &control))?;
    let solution = stages.run("solve path", || solve_path(&lowered.program, &control));
    stages.run("verify", || verify_path(&lowered.program, &solution.path, &solution.flow))?;
    let pruned = stages.run("prune (all four again)", || {
        secateur::forest::prune(forest, LOSS, LossOn::InAndOutOfBag(train, &in_bag), valid, prices, &control)
    })?;
    let model = &pruned.budgeted;
    let on_valid = stages.run("curve on validation data", || model.curve(valid, &control))?;
    let on_test = stages.run("curve on test data", || model.curve(test, &control))?;
    let everything = stages.run("predict test data, unpruned", || model.compile(model.unpruned()).predict(test.x()))?;
    let unpruned = on_test.at(model.unpruned());
    let error = unpruned.error.ok_or("the test data has no classes")?;
    assert!((accuracy(&everything, &split.test) + error - 1.0).abs() < 1e-9, "the curve and the batch engine disagree");

    let program = &lowered.program;
    println!("\n### {title}\n");
    println!(
        "{} / {} / {} examples; {} trees, {} splits; losses: {LOSS}, in and out of bag; program: {} decisions, {} resources (merged), \
         {} uses pairs; {} breakpoints; {} cuts on {:.2} times the pairs; certificate accepted.\n",
        split.train.n_examples(),
        split.valid.n_examples(),
        split.test.n_examples(),
        model.forest().n_trees(),
        model.forest().n_splits(),
        program.n_decisions(),
        program.n_resources(),
        program.n_uses(),
        solution.path.breakpoints().count(),
        solution.stats.cuts,
        solution.stats.pairs_worked_on as f64 / program.n_uses().max(1) as f64,
    );
    println!("{}", stages.table());
    let mut points = shown.points(&on_valid)?;
    points.push(("unpruned".into(), model.unpruned()));
    let row = |(label, point): (String, OperatingPoint)| {
        let (valid, test) = (on_valid.at(point), on_test.at(point));
        let accuracy = |error: Option<f64>| format!("{:.4}", 1.0 - error.unwrap_or(f64::NAN));
        let costs = [valid.cost, test.cost].map(|cost| format!("{cost:.2}"));
        let accuracies = [valid.error, test.error].map(accuracy);
        [vec![label], costs.to_vec(), accuracies.to_vec(), vec![test.splits.to_string()]].concat()
    };
    let rows: Vec<Vec<String>> = points.into_iter().map(row).collect();
    let heads = [shown.label(), "valid cost", "test cost", "valid accuracy", "test accuracy", "splits"];
    println!("{}", markdown(&heads, rows));
    Ok(())
}

fn own_forest(
    stages: &mut Stages,
    split: &Split,
    trees: usize,
    features: SplitFeatures,
) -> Result<(Forest, InBag), Failure> {
    let params = GrowParams { n_trees: trees, features, seed: 1, ..GrowParams::default() };
    let train = &split.train;
    let targets = target(train)?;
    let grown = stages.run("train (own grower)", || {
        grow::grow(train.features.view(), targets, train.class_names(), None, &params, &Control::new())
    })?;
    Ok((grown.forest, grown.in_bag))
}

fn smartcore_forest(stages: &mut Stages, split: &Split, trees: usize) -> Result<(Forest, InBag), Failure> {
    let params =
        SmartcoreParams { n_trees: trees, features_per_split: FeaturesPerSplit::All, seed: 1, ..Default::default() };
    let train = &split.train;
    let TargetView::Classes { labels, .. } = target(train)? else { return Err("smartcore: classes only here".into()) };
    let trained = stages.run("train (smartcore)", || {
        train_classifier(train.features.view(), labels, train.class_names(), &params, &Control::new())
    })?;
    Ok((trained.forest, trained.in_bag))
}

fn unit_prices(table: &Dataset) -> Result<PriceList, Failure> {
    Ok(PriceList::uniform(&table.feature_names, 1.0)?)
}

/// The paper's sizes.
fn covertype() -> Result<(), Failure> {
    let set = Catalogue::from_env()?.load("covertype")?;
    let all = set.all.ok_or("covertype is one table")?;
    let parts = all.shuffle_split(7, &[36_603, 15_688, 58_101])?;
    let [train, valid, test] = <[Dataset; 3]>::try_from(parts).map_err(|_| "three parts")?;
    let split = Split { train, valid, test };
    let prices = unit_prices(&split.train)?;
    let budgets = Shown::Budgets(&[1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 24.0]);
    let cases = [
        ("all features per split", SplitFeatures::All, budgets),
        // The path of this forest leaves most budgets out: show where it goes.
        ("sqrt features per split", SplitFeatures::Sqrt, Shown::Path(12)),
    ];
    for (title, features, shown) in cases {
        let mut stages = Stages::default();
        let forest = own_forest(&mut stages, &split, 40, features)?;
        let title = format!("Covertype, 40 trees, {title}");
        pipeline(&Case { title, split: &split, prices: &prices, shown }, stages, forest)?;
    }
    Ok(())
}

fn mbne_tiny() -> Result<(), Failure> {
    let set = Catalogue::from_env()?.load("mbne_tiny")?;
    let (Some(train), Some(valid), Some(test)) = (set.train, set.valid, set.test) else {
        return Err("mbne_tiny has three parts".into());
    };
    let split = Split { train, valid, test };
    let prices = unit_prices(&split.train)?;
    let budgets = Shown::Budgets(&[2.0, 5.0, 7.5, 10.0, 12.5, 15.0, 20.0, 25.0, 30.0, 35.0]);
    let mut stages = Stages::default();
    let forest = smartcore_forest(&mut stages, &split, 80)?;
    let title = "MiniBooNE tiny, 80 trees of smartcore, all features per split".into();
    pipeline(&Case { title, split: &split, prices: &prices, shown: budgets }, stages, forest)?;
    let mut stages = Stages::default();
    let forest = own_forest(&mut stages, &split, 80, SplitFeatures::All)?;
    let title = "MiniBooNE tiny, 80 trees of our grower, all features per split".into();
    pipeline(&Case { title, split: &split, prices: &prices, shown: budgets }, stages, forest)
}

/// Sets with real prices in dollars per patient, forests of smartcore and of our grower.
fn dollars(name: &str) -> Result<(), Failure> {
    let shown = Shown::Path(16);
    let catalogue = Catalogue::from_env()?;
    let set = catalogue.load(name)?;
    let (train, valid, test) = match (set.train, set.test, set.all) {
        (Some(train), Some(test), _) => {
            let rows = train.n_examples();
            let parts = train.shuffle_split(7, &[rows * 7 / 10, rows - rows * 7 / 10])?;
            let [train, valid] = <[Dataset; 2]>::try_from(parts).map_err(|_| "two parts")?;
            (train, valid, test)
        }
        (_, _, Some(all)) => {
            let rows = all.n_examples();
            let parts = all.shuffle_split(7, &[rows / 2, rows / 4, rows - rows / 2 - rows / 4])?;
            let [train, valid, test] = <[Dataset; 3]>::try_from(parts).map_err(|_| "three parts")?;
            (train, valid, test)
        }
        _ => return Err("no data".into()),
    };
    let split = Split { train, valid, test };
    let prices = catalogue.prices(name)?.resolve(&split.train.feature_names)?;
    let mut stages = Stages::default();
    let forest = own_forest(&mut stages, &split, 200, SplitFeatures::All)?;
    let title = format!("{name}, dollars per patient, 200 trees of our grower");
    pipeline(&Case { title, split: &split, prices: &prices, shown }, stages, forest)?;
    if split.train.features.iter().any(|value| value.is_nan()) {
        return Ok(()); // smartcore does not train on missing values
    }
    let mut stages = Stages::default();
    let forest = smartcore_forest(&mut stages, &split, 100)?;
    let title = format!("{name}, dollars per patient, 100 trees of smartcore");
    pipeline(&Case { title, split: &split, prices: &prices, shown }, stages, forest)
}
