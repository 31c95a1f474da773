//! `secateur import`: a forest from another library's file.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use secateur::forest::lightgbm::{self, Imported, Objective};
use secateur::forest::{Forest, Model, ModelFile};
use secateur_datasets::{ColumnKind, Encoding, TargetColumn, TargetKind, read_table};
use serde_json::json;

use super::data::Reading;
use super::failure::{Failure, Outcome};
use super::files;
use super::hints;
use super::session::Session;
use super::text;

/// Take over a LightGBM model, so that it can be pruned.
///
/// The model is what `Booster.save_model` writes. A data file says how columns are read; features are found in it by
/// their names, or by their places if the model calls them Column_0, Column_1, ... Splits keep the gains that LightGBM
/// recorded: they are what `prune` prunes by.
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
    /// Data with the columns of the training data, and answers
    #[arg(long, value_name = "FILE")]
    like: PathBuf,
    /// Column to predict [default: the last one; the label of a libsvm file]
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Names of the classes in the order of LightGBM's labels 0, 1, ... [default: the labels]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    classes: Option<Vec<String>>,
    /// Columns to leave out
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    drop: Vec<String>,
    /// Model file to write
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    #[command(flatten)]
    reading: Reading,
}

impl Import {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        files::check_outputs(&[("--out", Some(&self.out))], &[Some(&self.model), Some(&self.like)])?;
        let imported = lightgbm::read(&files::read_text(&self.model)?)
            .map_err(|error| Failure::in_file(self.model.display(), error))?;
        let mut encoding = self.encoding(&imported)?;
        let features = self.features(&imported, &encoding)?;
        let gains = imported.gains.clone();
        let imported = match self.name_classes(&imported, &mut encoding)? {
            Some(names) => {
                imported.with_classes(&names).map_err(|error| Failure::in_file(self.model.display(), error))?
            }
            None => imported,
        };
        let mut raw = imported.forest.to_raw();
        raw.n_features = encoding.columns.len();
        for feature in raw.trees.iter_mut().flat_map(|tree| &mut tree.feature) {
            *feature = usize::try_from(*feature).map_or(-1, |feature| features[feature] as i64);
        }
        let forest = Forest::new(raw).map_err(|error| Failure::in_file(self.model.display(), error))?;
        self.check_columns(&forest, &encoding)?;
        let (trees, splits) = (forest.n_trees(), forest.n_splits());
        let model = Model::Forest { forest, in_bag: None, gains: Some(gains) };
        ModelFile { encoding, model }.save(&self.out).map_err(Failure::input)?;
        session.answer(
            || json!({ "out": self.out, "trees": trees, "splits": splits }),
            || {
                let (trees, splits) = (text::count(trees, "tree"), text::count(splits, "split"));
                format!("forest  {trees}, {splits}, with gains\nwrote   {}\n", self.out.display())
            },
        )
    }

    fn encoding(&self, imported: &Imported) -> Result<Encoding, Failure> {
        let task = match imported.header.objective() {
            Objective::Identity(_) => secateur_datasets::Task::Regress,
            _ => secateur_datasets::Task::Classify,
        };
        let mut options = self.reading.options();
        (options.libsvm.task, options.csv.task) = (task, task);
        options.csv.drop.clone_from(&self.drop);
        if let Some(name) = &self.target {
            options.csv.target = TargetColumn::Name(name.clone());
        }
        let (_, encoding) = read_table(&self.like, &options).map_err(hints::refused)?;
        let found = encoding.target.as_ref().map(|target| target.name.as_str());
        match self.target.as_deref().filter(|name| Some(*name) != found) {
            None => Ok(encoding),
            Some(name) => Err(Failure::Input(format!(
                "{}: a libsvm file has no column {name:?}; its target is the label",
                self.like.display()
            ))),
        }
    }

    /// The column of each feature.
    fn features(&self, imported: &Imported, encoding: &Encoding) -> Result<Vec<usize>, Failure> {
        let names = imported.header.feature_names();
        let columns: HashMap<String, usize> =
            encoding.columns.iter().enumerate().map(|(index, column)| (lightgbm::name(&column.name), index)).collect();
        let found: Vec<Option<usize>> = names.iter().map(|name| columns.get(name).copied()).collect();
        let distinct = names.iter().collect::<std::collections::HashSet<_>>().len() == names.len();
        let like = self.like.display();
        let unnamed = names.iter().enumerate().all(|(index, name)| *name == format!("Column_{index}"));
        match found.iter().position(Option::is_none) {
            None if distinct => Ok(found.into_iter().flatten().collect()),
            Some(_) if unnamed && names.len() == encoding.columns.len() => Ok((0..names.len()).collect()),
            Some(_) if unnamed => Err(Failure::Input(format!(
                "{like} has {}, beside the target, for a model of {}; --drop leaves columns out",
                text::count(encoding.columns.len(), "column"),
                text::count(names.len(), "feature"),
            ))),
            Some(feature) => {
                Err(Failure::Input(format!("{like} has no column {:?}, a feature of the model", names[feature])))
            }
            None => Err(Failure::Input(format!("{}: two features have one name", self.model.display()))),
        }
    }

    /// Names of the model's classes, in its order; the encoding follows it.
    fn name_classes(&self, imported: &Imported, encoding: &mut Encoding) -> Result<Option<Vec<String>>, Failure> {
        let count = match imported.header.objective() {
            Objective::Identity(_) if self.classes.is_some() => {
                return Err(Failure::Input("--classes: the model predicts numbers, not classes".into()));
            }
            Objective::Identity(_) => return Ok(None),
            Objective::Binary { .. } => 2,
            Objective::Multiclass { classes } => *classes,
        };
        let Some(target) = &mut encoding.target else { return Ok(None) };
        let TargetKind::Classes { names } = &mut target.kind else { return Ok(None) };
        let given = match &self.classes {
            Some(given) => given.clone(),
            None => (0..count).map(|label| label.to_string()).collect(),
        };
        if given.len() != count {
            let found = text::count(given.len(), "name");
            return Err(Failure::Input(format!("--classes gives {found}, the model has {count} classes")));
        }
        if let Some(unknown) = names.iter().find(|name| !given.contains(name)) {
            let hint = if self.classes.is_some() {
                "not among --classes"
            } else {
                "no label of the model; --classes names them"
            };
            return Err(Failure::Input(format!(
                "{}: the target {:?} has the class {unknown:?}, {hint}",
                self.like.display(),
                target.name
            )));
        }
        names.clone_from(&given);
        Ok(Some(given))
    }

    /// LightGBM's splits are on numbers.
    fn check_columns(&self, forest: &Forest, encoding: &Encoding) -> Outcome {
        let mut used = (0..forest.n_nodes()).filter_map(|node| forest.feature(node));
        match used.find(|&feature| encoding.columns[feature].kind != ColumnKind::Numeric) {
            None => Ok(()),
            Some(feature) => Err(Failure::Input(format!(
                "{}: column {:?} holds text, and the model splits on numbers there; give the numbers it was trained on",
                self.like.display(),
                encoding.columns[feature].name
            ))),
        }
    }
}
