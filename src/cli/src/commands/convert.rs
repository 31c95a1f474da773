//! `secateur convert`: a model in another library's form.

use std::path::PathBuf;

use clap::Args;
use secateur::forest::lightgbm::{self, Imported, Records};
use secateur::forest::{Forest, Model, ModelFile};
use serde_json::json;

use super::data::Reading;
use super::failure::{Failure, Outcome};
use super::files;
use super::model::{Budgeted, load, tuned, warn_unproven};
use super::point::PointArgs;
use super::session::Session;
use super::text;

/// Write a model as a LightGBM text model.
///
/// What is kept at the operating point becomes a model that LightGBM loads and that gives the same scores. Only models that
/// add scores have that form: those that `import` took over, boosted and refitted ones. Classes become labels 0, 1, ...
/// What `import` took over keeps LightGBM's features (their order, number and names), its parameters, and the gains and
/// counts of what is kept, which importances and `pred_contrib` go by.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  secateur convert --model model.secateur --budget 5 --lightgbm pruned.txt")]
pub(super) struct Convert {
    /// Model to convert, pruned or not
    #[arg(long, value_name = "MODEL")]
    model: PathBuf,
    /// LightGBM text model to write
    #[arg(long, value_name = "FILE.txt")]
    lightgbm: PathBuf,
    #[command(flatten)]
    point: PointArgs,
    #[command(flatten)]
    reading: Reading,
}

impl Convert {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        files::check_outputs(&[("--lightgbm", Some(&self.lightgbm))], &[Some(&self.model), self.point.inputs()])?;
        let ModelFile { encoding, model } = load(&self.model)?;
        let names = encoding.feature_names();
        let written = match model {
            Model::Forest { forest, gains, lightgbm, .. } if self.point.is_default() => {
                Source { gains, lightgbm, names: &names }.model(forest)
            }
            Model::Forest { .. } => {
                let file = self.model.display();
                return Err(Failure::Input(format!("{file}: not pruned yet, so it has no operating points")));
            }
            Model::Budgeted { forest, chosen, gains, lightgbm } => {
                warn_unproven(&forest, &self.model, session);
                let model = Budgeted { encoding, model: forest, chosen, lightgbm: None };
                let point = self.point.resolve(&model, &self.reading, &session.control(None), session)?;
                let (pruned, origin) = model.model.pruned(point);
                let whole = Source { gains, lightgbm, names: &names }.model(model.model.forest().clone());
                whole.pruned(pruned, &origin).expect("records have been compared with the forest")
            }
            Model::Tuned { .. } => return Err(tuned(&self.model, "convert takes a forest, pruned or not")),
        };
        let (trees, splits) = (written.forest.n_trees(), written.forest.n_splits());
        let written = lightgbm::write(&written).map_err(|error| Failure::in_file(self.model.display(), error))?;
        files::write(&self.lightgbm, |out| out.write_all(written.as_bytes()))?;
        session.answer(
            || json!({ "out": self.lightgbm, "trees": trees, "splits": splits }),
            || {
                let (trees, splits) = (text::count(trees, "tree"), text::count(splits, "split"));
                format!("wrote {}: {trees}, {splits}\n", self.lightgbm.display())
            },
        )
    }
}

/// What a model file records beside its forest.
struct Source<'a> {
    gains: Option<Vec<f64>>,
    lightgbm: Option<Box<Records>>,
    names: &'a [String],
}

impl Source<'_> {
    /// The forest with what is recorded.
    fn model(self, forest: Forest) -> Imported {
        let mut model = match self.lightgbm {
            Some(records) => Imported { gains: vec![0.0; forest.n_nodes()], forest, records: *records },
            None => Imported::of(forest, self.names),
        };
        if let Some(gains) = self.gains {
            model.gains = gains;
        }
        model
    }
}
