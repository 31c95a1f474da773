//! What the classes of a LightGBM model are called.

use secateur::forest::lightgbm::{Imported, Objective};
use secateur_datasets::{Encoding, TargetKind};

use super::{Failure, Import};
use crate::commands::text;

/// Most labels in a message.
const SHOWN: usize = 10;

impl Import {
    /// Names of the model's classes, in its order; the encoding follows it. Labels are what LightGBM calls classes only if the
    /// data has exactly these: whoever trained it may have numbered other labels.
    pub(super) fn name_classes(
        &self,
        imported: &Imported,
        encoding: &mut Encoding,
    ) -> Result<Option<Vec<String>>, Failure> {
        let count = match &imported.records.header.objective {
            Objective::Identity(_) if self.classes.is_some() => {
                return Err(Failure::Input("--classes: the model predicts numbers, not classes".into()));
            }
            Objective::Identity(_) => return Ok(None),
            Objective::Binary { .. } => 2,
            Objective::Multiclass { classes } => *classes,
        };
        let Some(target) = &mut encoding.target else { return Ok(None) };
        let TargetKind::Classes { names } = &mut target.kind else { return Ok(None) };
        let labels: Vec<String> = (0..count).map(|label| label.to_string()).collect();
        let given = match &self.classes {
            Some(given) if given.len() != count => {
                let found = text::count(given.len(), "name");
                return Err(Failure::Input(format!("--classes gives {found}, the model has {count} classes")));
            }
            Some(given) => given.clone(),
            None if *names == labels => labels,
            None => {
                return Err(Failure::Input(format!(
                    "{}: the target {:?} has {} {}, and the model's {count} classes are 0 to {}; --classes says which label each \
                     of them is, in this order, e.g. --classes {}",
                    self.like.display(),
                    target.name,
                    if names.len() == 1 { "the label" } else { "the labels" },
                    shown(names.iter().map(|name| format!("{name:?}"))),
                    count - 1,
                    example(names, &labels),
                )));
            }
        };
        if let Some(unknown) = names.iter().find(|name| !given.contains(name)) {
            return Err(Failure::Input(format!(
                "{}: the target {:?} has the class {unknown:?}, not among --classes",
                self.like.display(),
                target.name
            )));
        }
        names.clone_from(&given);
        Ok(Some(given))
    }
}

/// What a user may have meant: the labels in the data if they are as many, the model's numbers if they are among these.
fn example(found: &[String], labels: &[String]) -> String {
    if found.len() == labels.len() {
        list(found.iter().cloned(), ",")
    } else if found.iter().all(|name| labels.contains(name)) {
        list(labels.iter().cloned(), ",")
    } else {
        list((0..labels.len()).map(|class| format!("NAME{class}")), ",")
    }
}

fn shown(names: impl ExactSizeIterator<Item = String>) -> String {
    list(names, ", ")
}

fn list(names: impl ExactSizeIterator<Item = String>, between: &str) -> String {
    let more = if names.len() > SHOWN { format!("{between}...") } else { String::new() };
    names.take(SHOWN).collect::<Vec<_>>().join(between) + &more
}
