//! The data files of a pruning, and what each is for.

use secateur::forest::{Forest, Loss};
use secateur_datasets::Encoding;

use super::Prune;
use super::rows::LossOnArg;
use crate::commands::data::{Data, Targets, Wanted};
use crate::commands::failure::Failure;
use crate::commands::model::features_of;
use crate::commands::session::Session;
use crate::commands::text;

/// What a forest is pruned and judged on.
pub(super) struct DataFiles {
    /// Costs are counted on it.
    pub(super) data: Data,
    /// What the forest was grown on, if that is another file.
    pub(super) train: Option<Data>,
    /// The operating point is chosen on it.
    valid: Option<Data>,
}

impl DataFiles {
    pub(super) fn read(
        args: &Prune,
        forest: &Forest,
        encoding: &Encoding,
        session: &mut Session<'_>,
    ) -> Result<Self, Failure> {
        let needed = features_of(forest);
        let (wanted, reading) = (Wanted::only(encoding, &needed), &args.reading);
        Ok(Self {
            data: Data::read(&args.data, wanted, reading, Targets::Required, session)?,
            train: Data::read_optional(args.train_data.as_ref(), wanted, reading, Targets::Required, session)?,
            valid: Data::read_optional(args.valid.as_ref(), wanted, reading, Targets::Required, session)?,
        })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Data> {
        [Some(&self.data), self.train.as_ref(), self.valid.as_ref()].into_iter().flatten()
    }

    /// What losses are counted on.
    pub(super) fn counted(&self) -> &Data {
        self.train.as_ref().unwrap_or(&self.data)
    }

    /// What the operating point is chosen on.
    pub(super) fn judge(&self) -> &Data {
        self.valid.as_ref().unwrap_or(&self.data)
    }

    /// Warns if the operating point is chosen by losses on rows that the forest was grown on or pruned with.
    pub(super) fn warn_of_rows_seen(&self, args: &Prune, mode: Option<LossOnArg>, session: &mut Session<'_>) {
        // Stored counts leave --data unseen: as good as validation data.
        let unseen = self.valid.is_some() || self.train.is_some() || mode == Some(LossOnArg::Stored);
        if unseen || !args.choice.by_loss() {
            return;
        }
        let why = match mode {
            Some(LossOnArg::HoldOut) => "which pruned the forest",
            None => "where losses are too low if the forest was grown on these rows",
            Some(_) => "where the forest's losses are far too low, for it was grown on these rows",
        };
        session.warn(format!("the operating point is chosen on {}, {why}; --valid is honest", self.data.file));
    }

    /// What splits are worth, in words.
    pub(super) fn loss_in_words(&self, loss: Loss, mode: Option<LossOnArg>) -> String {
        let Some(mode) = mode else { return "gains recorded in the forest".into() };
        if mode == LossOnArg::Stored {
            return format!("{loss}, counted on {}", mode.words());
        }
        let counted = self.counted();
        let rows = text::count(counted.table.n_examples(), "row");
        format!("{loss}, counted on {rows} of {}, {}", counted.file, mode.words())
    }
}
