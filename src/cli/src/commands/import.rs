//! `secateur import`: a forest from another library's file.

mod categories;
mod features;
mod labels;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ndarray::Axis;
use secateur::forest::lightgbm::{self, Imported, LightGbmError, Objective, Stated};
use secateur::forest::{Forest, Model, ModelFile};
use secateur_datasets::{ColumnKind, Dataset, Encoding, Note, TargetColumn, inflate, parse_table_noting};
use serde_json::json;

use super::data::{Data, Reading, warn};
use super::failure::{Failure, Outcome};
use super::files;
use super::hints;
use super::ranges;
use super::session::Session;
use super::text;

/// Take over a LightGBM model, so that it can be pruned.
///
/// The model is what `Booster.save_model` writes. A data file says how columns are read; features are found in it by
/// their names, exact ones first, or by their places if the model calls them Column_0, Column_1, ... (in a libsvm file by their
/// indices). The model keeps its features, and what LightGBM recorded: splits their gains, which are what `prune`
/// prunes by, and counts for the way back (`convert`).
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  secateur import model.txt --like train.csv --target diagnosis --out forest.secateur\n  \
                        secateur prune --model forest.secateur --data train.csv --valid valid.csv --out model.secateur\n  \
                        secateur convert --model model.secateur --lightgbm pruned.txt"
)]
pub(super) struct Import {
    /// LightGBM model in text form
    #[arg(value_name = "MODEL.txt")]
    model: PathBuf,
    /// Data with the columns of the training data, and targets
    #[arg(long, value_name = "FILE")]
    like: PathBuf,
    /// Column to predict [default: the last one; the label of a libsvm file]
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Names of the classes in the order of LightGBM's labels 0, 1, ... [default: the labels, if the data has all of them and
    /// no others]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', allow_hyphen_values = true)]
    classes: Option<Vec<String>>,
    /// What scores mean, for a model with a custom objective; others that are not supported can be read as raw
    #[arg(long, value_name = "MEANING", value_enum)]
    scores: Option<ScoresArg>,
    /// Columns to leave out
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    drop: Vec<String>,
    /// Columns of categories that look like numbers
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    categorical: Vec<String>,
    /// Model file to write
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum ScoresArg {
    /// The score is the prediction, a number
    Raw,
    /// Two classes: the second's probability is the logistic function of the score
    Binary,
    /// Several classes: softmax of their scores
    Multiclass,
}

impl Import {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        files::check_outputs(&[("--out", Some(&self.out))], &[Some(&self.model), Some(&self.like)])?;
        let imported = self.read()?;
        let (data, mut encoding) = self.like(&imported, session)?;
        let imported = match self.name_classes(&imported, &mut encoding)? {
            Some(names) => {
                imported.with_classes(&names).map_err(|error| Failure::in_file(self.model.display(), error))?
            }
            None => imported,
        };
        ranges::warn(&imported.records.header, &data, session);
        let Imported { forest, gains, records } = imported;
        let (trees, splits) = (forest.n_trees(), forest.n_splits());
        let gains = Some(gains).filter(|gains| splits == 0 || gains.iter().any(|gain| *gain != 0.0));
        if gains.is_none() {
            session.warn(format!(
                "{}: no split has a gain (`split_gain`), so `prune` has nothing to prune by",
                self.model.display()
            ));
        }
        let with = if gains.is_some() { "with" } else { "without" };
        let model = Model::Forest { forest, in_bag: None, gains, lightgbm: Some(Box::new(records)) };
        ModelFile { encoding, model }.save(&self.out).map_err(Failure::input)?;
        session.answer(
            || json!({ "out": self.out, "trees": trees, "splits": splits }),
            || {
                let (trees, splits) = (text::count(trees, "tree"), text::count(splits, "split"));
                format!("forest  {trees}, {splits}, {with} gains\nwrote   {}\n", self.out.display())
            },
        )
    }

    fn read(&self) -> Result<Imported, Failure> {
        let text = files::read_text(&self.model)?;
        let stated = self.scores.map(|scores| match scores {
            ScoresArg::Raw => Stated::Raw,
            ScoresArg::Binary => Stated::Binary,
            ScoresArg::Multiclass => Stated::Multiclass,
        });
        let imported = match stated {
            Some(stated) => lightgbm::read_as(&text, stated),
            None => lightgbm::read(&text),
        };
        imported.map_err(|error| {
            let hint = match error {
                LightGbmError::NoObjective => {
                    "; --scores raw reads them as numbers, --scores binary or multiclass as those of classes"
                }
                LightGbmError::Objective { .. } => "; --scores raw, binary or multiclass says as what",
                LightGbmError::Stated { .. } => "; leave --scores out",
                _ => "",
            };
            Failure::Input(format!("{}: {error}{hint}", self.model.display()))
        })
    }

    /// The data, and how it is read: the model's features, in its order.
    fn like(&self, imported: &Imported, session: &mut Session<'_>) -> Result<(Data, Encoding), Failure> {
        let task = match &imported.records.header.objective {
            Objective::Identity(_) => secateur_datasets::TargetType::Numeric,
            _ => secateur_datasets::TargetType::Classes,
        };
        let mut options = self.reading.options();
        (options.libsvm.target_type, options.csv.target_type) = (task, task);
        options.csv.drop.clone_from(&self.drop);
        options.csv.categorical.clone_from(&self.categorical);
        if let Some(name) = &self.target {
            options.csv.target = TargetColumn::Name(name.clone());
        }
        let bytes = inflate::read(&self.like, options.max_inflated).map_err(hints::refused)?;
        let names = &imported.records.header.feature_names;
        let indices = features::unnamed(names) && options.is_libsvm(&bytes);
        if indices {
            // LightGBM counts from 0. One index more tells a file that counts from 1.
            options.libsvm.first_index = 0;
            options.libsvm.n_features = Some(names.len() + 1);
        }
        let file = self.like.display().to_string();
        let mut notes = Vec::new();
        let (table, encoding) = parse_table_noting(&bytes, &file, &options, &mut notes).map_err(hints::refused)?;
        drop(bytes);
        // The model knows its features; a column that counts the rows is none unless it was trained on.
        notes.retain(|note| !matches!(note, Note::CountsRows { .. }));
        warn(&file, &notes, session);
        let found = encoding.target.as_ref().map(|target| target.name.as_str());
        if let Some(name) = self.target.as_deref().filter(|name| Some(*name) != found) {
            return Err(Failure::Input(format!(
                "{file}: a libsvm file has no column {name:?}; its target is the label"
            )));
        }
        let sources = if indices {
            features::by_index(&imported.forest, &table)
        } else {
            features::by_name(names, &encoding.feature_names())
        };
        let sources = sources.map_err(|reason| Failure::Input(format!("{file}{reason}")))?;
        let Encoding { columns, target } = encoding;
        let columns = sources.iter().map(|&source| columns[source].clone()).collect();
        let (mut encoding, mut features) = (Encoding { columns, target }, table.features.select(Axis(1), &sources));
        for (column, mut values) in encoding.columns.iter_mut().zip(features.columns_mut()) {
            if let ColumnKind::Categorical { categories } = &mut column.kind
                && let Some(booleans) = features::booleans(categories)
            {
                if categories[..] == booleans[1..] {
                    // The only category was coded as 0.
                    values += 1.0;
                }
                *categories = booleans.to_vec();
            }
        }
        let coded = categories::code(&imported.records.header, &mut encoding, &mut features);
        let coded = coded.map_err(|reason| Failure::Input(format!("{file}{reason}")))?;
        self.check_columns(&imported.forest, &encoding, &coded)?;
        let feature_names = encoding.feature_names();
        Ok((Data { file, table: Dataset { features, feature_names, ..table } }, encoding))
    }

    /// LightGBM's splits are on numbers, or on codes of categories; False and True are 0 and 1. `coded`: columns that have the
    /// model's codes.
    fn check_columns(&self, forest: &Forest, encoding: &Encoding, coded: &[bool]) -> Outcome {
        let is_text = |feature: usize| match &encoding.columns[feature].kind {
            ColumnKind::Numeric => false,
            ColumnKind::Categorical { categories } => !coded[feature] && features::booleans(categories).is_none(),
        };
        let splits = (0..forest.n_nodes()).filter_map(|node| Some((node, forest.feature(node)?)));
        match splits.into_iter().find(|&(_, feature)| is_text(feature)) {
            None => Ok(()),
            Some((node, feature)) => {
                let on = if forest.categories(node).is_some() { "codes of categories" } else { "numbers" };
                Err(Failure::Input(format!(
                    "{}: column {:?} holds text, and the model splits on {on} there; give the numbers it was trained on",
                    self.like.display(),
                    encoding.columns[feature].name
                )))
            }
        }
    }
}
