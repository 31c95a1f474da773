//! Which rows losses are counted on.

use std::path::Path;

use clap::ValueEnum;
use secateur::forest::{Forest, InBag, LossOn, Task};

use crate::commands::data::Data;
use crate::commands::failure::{Failure, Outcome};
use crate::commands::session::Session;
use crate::commands::text;

/// Which rows count for which tree.
#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
pub(in crate::commands) enum LossOnArg {
    /// All rows, for every tree
    HoldOut,
    /// No rows: the class counts in the forest's nodes
    Stored,
    /// The training rows that the tree saw
    InBag,
    /// The training rows that the tree did not see
    OutOfBag,
    /// In-bag and out-of-bag rows
    Both,
}

impl LossOnArg {
    pub(super) fn words(self) -> &'static str {
        match self {
            LossOnArg::HoldOut => "held out",
            LossOnArg::Stored => "class counts stored in the forest",
            LossOnArg::InBag => "in bag",
            LossOnArg::OutOfBag => "out of bag",
            LossOnArg::Both => "in and out of bag",
        }
    }

    /// The rows as the library wants them.
    pub(super) fn of<'a>(self, data: &'a Data, in_bag: Option<&'a InBag>) -> Result<LossOn<'a>, Failure> {
        let examples = data.examples()?;
        Ok(match (self, in_bag) {
            (LossOnArg::Stored, _) => LossOn::Stored,
            (LossOnArg::InBag, Some(in_bag)) => LossOn::InBag(examples, in_bag),
            (LossOnArg::OutOfBag, Some(in_bag)) => LossOn::OutOfBag(examples, in_bag),
            (LossOnArg::Both, Some(in_bag)) => LossOn::InAndOutOfBag(examples, in_bag),
            _ => LossOn::HoldOut(examples),
        })
    }
}

/// The rows that losses are counted on, and the forest of a model file that they are counted for.
pub(super) struct Counted<'a> {
    pub(super) model: &'a Path,
    pub(super) forest: &'a Forest,
    /// Which rows each tree saw, if the file says so.
    pub(super) in_bag: Option<&'a InBag>,
    pub(super) data: &'a Data,
}

impl Counted<'_> {
    /// Which rows count: as asked, or by what the data are. The defaults are what measured best (`docs/results/losses.md`):
    /// honest counts judge each tree alone and cut splits that help the mean of many.
    ///
    /// `is_train`: the rows were given as those that the forest was grown on.
    pub(super) fn mode(
        &self,
        asked: Option<LossOnArg>,
        is_train: bool,
        session: &mut Session<'_>,
    ) -> Result<LossOnArg, Failure> {
        let seen = self.seen()?;
        let mode = match asked {
            Some(mode) => mode,
            None if seen || is_train => LossOnArg::Both,
            None if matches!(self.forest.task(), Task::Classification { .. }) => LossOnArg::Stored,
            None => LossOnArg::HoldOut,
        };
        if matches!(mode, LossOnArg::InBag | LossOnArg::OutOfBag | LossOnArg::Both) {
            self.check_record(seen)?;
        }
        match mode {
            LossOnArg::HoldOut if seen => session.warn(format!(
                "{} is the training data: losses counted on it are optimistic; --loss-on out-of-bag is honest",
                self.data.file
            )),
            LossOnArg::Stored | LossOnArg::InBag | LossOnArg::Both if asked.is_some() => {
                session.warn("losses are counted on what the trees were grown on: those of the path are optimistic");
            }
            _ => {}
        }
        Ok(mode)
    }

    /// Whether the forest was grown on these rows, with their weights or without.
    fn seen(&self) -> Result<bool, Failure> {
        let Some(in_bag) = self.in_bag else { return Ok(false) };
        let examples = self.data.examples()?;
        let grown_on = |examples| secateur::forest::was_grown_on(self.forest, examples, in_bag);
        Ok(grown_on(examples) || examples.weights().is_some() && grown_on(examples.unweighted()))
    }

    /// Refuses rows for which it is not known which trees saw them.
    fn check_record(&self, seen: bool) -> Outcome {
        let (file, model) = (&self.data.file, self.model.display());
        let rows = self.data.table.n_examples();
        match self.in_bag {
            None => Err(Failure::Input(format!(
                "{model}: no record of which rows each tree saw, so only --loss-on hold-out or stored is possible"
            ))),
            Some(in_bag) if in_bag.n_rows() != rows => Err(Failure::Input(format!(
                "{file} has {}, but {model} was grown on {}; give the training file as --train-data",
                text::count(rows, "row"),
                text::count(in_bag.n_rows(), "row"),
            ))),
            Some(_) if !seen => Err(Failure::Input(format!(
                "{file} has as many rows as the data {model} was grown on, but other targets, another order or other \
                 --weights; give the training file as --train-data",
            ))),
            Some(_) => Ok(()),
        }
    }
}
