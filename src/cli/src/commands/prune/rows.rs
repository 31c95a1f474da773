//! Which rows losses are counted on.

use std::path::Path;

use clap::ValueEnum;
use secateur::forest::{Forest, InBag, LossOn, Task};

use crate::commands::data::Data;
use crate::commands::failure::Failure;
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
}

/// Which rows count: as asked, or by what the data are. The defaults are what measured best (`docs/results/losses.md`): honest
/// counts judge each tree alone and cut splits that help the mean of many.
pub(super) fn rows_for(
    asked: Option<LossOnArg>,
    model: &Path,
    train_data: bool,
    forest: &Forest,
    in_bag: Option<&InBag>,
    counted: &Data,
    session: &mut Session<'_>,
) -> Result<LossOnArg, Failure> {
    let seen = match (in_bag, counted.target()) {
        (Some(in_bag), Some(target)) => secateur::forest::was_grown_on(forest, target, in_bag),
        _ => false,
    };
    let mode = match asked {
        Some(mode) => mode,
        None if seen || train_data => LossOnArg::Both,
        None if matches!(forest.task(), Task::Classification { .. }) => LossOnArg::Stored,
        None => LossOnArg::HoldOut,
    };
    let file = &counted.file;
    let needs_record = matches!(mode, LossOnArg::InBag | LossOnArg::OutOfBag | LossOnArg::Both);
    match in_bag {
        None if needs_record => {
            return Err(Failure::Input(format!(
                "{}: no record of which rows each tree saw, so only --loss-on hold-out or stored is possible",
                model.display()
            )));
        }
        Some(in_bag) if needs_record && in_bag.n_rows() != counted.rows() => {
            return Err(Failure::Input(format!(
                "{file} has {}, but {} was grown on {}; give the training file as --train-data",
                text::count(counted.rows(), "row"),
                model.display(),
                text::count(in_bag.n_rows(), "row"),
            )));
        }
        Some(_) if needs_record && !seen => {
            return Err(Failure::Input(format!(
                "{file} has as many rows as the data {} was grown on, but other answers or another order; \
             give the training file as --train-data",
                model.display()
            )));
        }
        _ => {}
    }
    match mode {
        LossOnArg::HoldOut if seen => session.warn(format!(
            "{file} is the training data: losses counted on it are optimistic; --loss-on out-of-bag is honest"
        )),
        LossOnArg::Stored | LossOnArg::InBag | LossOnArg::Both if asked.is_some() => {
            session.warn("losses are counted on what the trees were grown on: those of the path are optimistic");
        }
        _ => {}
    }
    Ok(mode)
}

/// The rows as the library wants them.
pub(super) fn loss_on<'a>(
    mode: LossOnArg,
    counted: &'a Data,
    in_bag: Option<&'a InBag>,
) -> Result<LossOn<'a>, Failure> {
    let examples = counted.examples()?;
    Ok(match (mode, in_bag) {
        (LossOnArg::Stored, _) => LossOn::Stored,
        (LossOnArg::InBag, Some(in_bag)) => LossOn::InBag(examples, in_bag),
        (LossOnArg::OutOfBag, Some(in_bag)) => LossOn::OutOfBag(examples, in_bag),
        (LossOnArg::Both, Some(in_bag)) => LossOn::InAndOutOfBag(examples, in_bag),
        _ => LossOn::HoldOut(examples),
    })
}
