//! Programs to measure solvers on: lowered from forests grown on real data, and generated.

use std::process::ExitCode;

use secateur::forest::grow::{GrowParams, Grown, SplitFeatures, grow};
use secateur::forest::{Loss, LossOn, PriceList, lower, node_losses};
use secateur_corpora::Catalogue;
use secateur_datasets::Dataset;
use secateur_program::{Control, SelectionProgram};

use crate::Stages;

/// Why a program could not be made; in practice, data that is missing.
pub type Failure = Box<dyn std::error::Error>;

/// The end of a program: what failed on the error stream, and the code that says so.
#[allow(clippy::print_stderr, reason = "a program that says what is wrong")]
pub fn ended(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// A forest of our own grower, made into a program with unit prices and the Brier score, in and out of bag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Workload {
    /// Name of the data set in the catalogue: `covertype` or `mbne_tiny`.
    pub data: &'static str,
    /// Trees of the forest.
    pub trees: usize,
    /// Features tried per split.
    pub features: SplitFeatures,
    /// Rows to grow on; `None` for the usual training part.
    pub train_rows: Option<usize>,
    /// Rows to count costs on; `None` for the usual validation part.
    pub prune_rows: Option<usize>,
}

/// The paper's sizes for Covertype.
const COVERTYPE_PARTS: [usize; 2] = [36_603, 15_688];

impl Workload {
    /// Covertype at the paper's sizes, 40 trees, sqrt(features) tried per split.
    pub const COVERTYPE_SQRT: Self =
        Self { data: "covertype", trees: 40, features: SplitFeatures::Sqrt, train_rows: None, prune_rows: None };

    /// Trains and lowers.
    ///
    /// # Errors
    /// When the data is missing or has too few rows.
    pub fn program(&self) -> Result<SelectionProgram, Failure> {
        self.program_in(&mut Stages::default())
    }

    /// Trains and lowers, each a stage.
    ///
    /// # Errors
    /// As [`Workload::program`].
    pub fn program_in(&self, stages: &mut Stages) -> Result<SelectionProgram, Failure> {
        let (train, prune) = self.tables()?;
        let params = GrowParams { n_trees: self.trees, features: self.features, seed: 1, ..GrowParams::default() };
        let control = Control::new();
        let target = train.target_view().ok_or("a table without answers")?;
        let Grown { forest, in_bag, .. } = stages
            .run("train", || grow(train.features.view(), target, train.class_names(), None, &params, &control))?;
        let counted = LossOn::InAndOutOfBag(train.view()?, &in_bag);
        let losses = stages.run("count losses", || node_losses(&forest, counted, Loss::Brier, &control))?;
        let prices = PriceList::uniform(&train.feature_names, 1.0)?;
        let examples = prune.view()?;
        Ok(stages.run("lower", || lower(&forest, &losses, examples, &prices, &control))?.program)
    }

    fn tables(&self) -> Result<(Dataset, Dataset), Failure> {
        let set = Catalogue::from_env()?.load(self.data)?;
        if let (Some(train), Some(valid)) = (set.train, set.valid) {
            // Drawn, not the first ones: files are sorted by class.
            let some = |table: Dataset, rows: Option<usize>| match rows {
                Some(rows) => Ok::<_, Failure>(table.shuffle_split(7, &[rows])?.swap_remove(0)),
                None => Ok(table),
            };
            return Ok((some(train, self.train_rows)?, some(valid, self.prune_rows)?));
        }
        let all = set.all.ok_or("a set of one table")?;
        let parts = [self.train_rows.unwrap_or(COVERTYPE_PARTS[0]), self.prune_rows.unwrap_or(COVERTYPE_PARTS[1])];
        let parts = all.shuffle_split(7, &parts)?;
        let [train, prune] = <[Dataset; 2]>::try_from(parts).map_err(|_| "two parts")?;
        Ok((train, prune))
    }
}
