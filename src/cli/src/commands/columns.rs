//! The columns of a training file: which is the target, and which are read how.

use std::path::Path;

use clap::{Args, ValueEnum};
use secateur_datasets::{Encoding, Target, TargetColumn, read_table_noting};

use super::data::{Data, Reading, warn};
use super::failure::{Failure, Outcome};
use super::hints;
use super::session::Session;
use super::text;

/// What the columns of a training file are.
#[derive(Debug, Args)]
pub(super) struct Columns {
    /// Column to predict [default: the last one that is not of --weights; the label of a libsvm file]
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Classes or numbers [auto: classes if the target is text or has at most 20 values, all whole; a question if it has few
    /// others]
    #[arg(long, value_name = "TASK", value_enum, default_value_t)]
    task: TaskArg,
    /// Columns to read as categories although they hold numbers
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    categorical: Vec<String>,
    /// Columns to leave out
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    drop: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, ValueEnum)]
enum TaskArg {
    #[default]
    Auto,
    Class,
    Regress,
}

impl Columns {
    /// Reads the training file; the encoding is for reading other files alike.
    pub(super) fn read(
        &self,
        path: &Path,
        reading: &Reading,
        session: &mut Session<'_>,
    ) -> Result<(Data, Encoding), Failure> {
        let task = match self.task {
            TaskArg::Auto => secateur_datasets::TargetType::Auto,
            TaskArg::Class => secateur_datasets::TargetType::Classes,
            TaskArg::Regress => secateur_datasets::TargetType::Numeric,
        };
        let mut options = reading.options();
        options.libsvm.target_type = task;
        options.csv.target_type = task;
        options.csv.categorical.clone_from(&self.categorical);
        options.csv.drop.clone_from(&self.drop);
        if let Some(name) = &self.target {
            options.csv.target = TargetColumn::Name(name.clone());
        }
        let mut notes = Vec::new();
        let (table, encoding) = read_table_noting(path, &options, &mut notes).map_err(hints::refused)?;
        let file = path.display().to_string();
        warn(&file, &notes, session);
        let found = encoding.target.as_ref().map(|target| target.name.as_str());
        if let Some(name) = self.target.as_deref().filter(|name| Some(*name) != found) {
            return Err(Failure::Input(format!(
                "{file}: a libsvm file has no column {name:?}; its target is the label"
            )));
        }
        Ok((Data { file, table }, encoding))
    }

    /// What the target was taken for, in words, and what says otherwise if that was not stated.
    pub(super) fn taken(&self, data: &Data) -> String {
        let auto = |words: String, otherwise: &str| match self.task {
            TaskArg::Auto => format!("{words} (taken for that; {otherwise})"),
            _ => words,
        };
        match &data.table.target {
            Target::Classes { names, .. } => {
                let numbers = names.iter().all(|name| name.parse::<f64>().is_ok());
                let otherwise = if numbers { "--task regress reads numbers" } else { "text is no number" };
                auto(format!("one of {}", names.join(", ")), otherwise)
            }
            Target::Values(values) => {
                let mut distinct: Vec<f64> = values.clone();
                distinct.sort_by(f64::total_cmp);
                distinct.dedup();
                let values = text::count(distinct.len(), "distinct value");
                auto(format!("a number, {values}"), "--task class reads classes")
            }
            Target::None => "none".into(),
        }
    }
}

/// A target of one class or one value leaves nothing to learn.
pub(super) fn check_variety(data: &Data, encoding: &Encoding, session: &mut Session<'_>) -> Outcome {
    let column = encoding.target.as_ref().map(|target| target.name.as_str()).unwrap_or_default();
    match &data.table.target {
        Target::Classes { names, .. } if names.len() == 1 => Err(Failure::Input(format!(
            "{}: the target {column:?} has one class only, {:?}; there is nothing to learn",
            data.file, names[0]
        ))),
        Target::Classes { labels, names } if names.len() > 100 && labels.len() < 10 * names.len() => {
            session.warn(format!(
                "the target {column:?} has {} classes for {}; if it is a number, say --task regress",
                names.len(),
                text::count(labels.len(), "row")
            ));
            Ok(())
        }
        Target::Values(values) if values.iter().all(|value| *value == values[0]) => Err(Failure::Input(format!(
            "{}: the target {column:?} is {} in every row; there is nothing to learn",
            data.file, values[0]
        ))),
        _ => Ok(()),
    }
}
