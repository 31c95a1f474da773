//! The inputs of a graph as columns of a table.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::MAX_FEATURES;
use super::error::{OnnxError, shown};
use super::machine::Machine;
use super::proto::{GraphProto, ModelProto, ValueInfoProto, data_type};
use super::symbols::{Element, Features, Value};

/// Key of the metadata under which this crate's own files name their features: a JSON list of texts.
pub(super) const NAMES_KEY: &str = "secateur.feature_names";

/// The columns of all inputs.
pub(super) struct Inputs {
    /// Number of columns; `None`: the one input does not say.
    pub(super) width: Option<usize>,
    /// Name and width of each input.
    inputs: Vec<(String, usize)>,
}

impl Inputs {
    /// Gives the machine the graph's inputs, in their order; constants among them are no inputs.
    ///
    /// # Errors
    /// [`OnnxError::Input`] names the input.
    pub(super) fn declare<'a>(machine: &mut Machine<'a>, graph: &'a GraphProto) -> Result<Self, OnnxError> {
        let constants: FxHashSet<Option<&str>> =
            graph.initializer.iter().map(|tensor| tensor.name.as_deref()).collect();
        let given: Vec<&ValueInfoProto> =
            graph.input.iter().filter(|input| !constants.contains(&input.name.as_deref())).collect();
        let mut declared = Self { width: Some(0), inputs: Vec::with_capacity(given.len()) };
        for input in &given {
            let name = input.name.as_deref().unwrap_or_default();
            let bad = |what| OnnxError::Input { input: shown(name), what };
            let (element, width) = tensor(input).map_err(bad)?;
            if width.is_none() && given.len() > 1 {
                return Err(bad("does not say how many columns it has, and there are others"));
            }
            let before = declared.width.unwrap_or_default();
            let total = width.map(|width| before.saturating_add(width));
            if total.is_some_and(|total| total > MAX_FEATURES) {
                return Err(bad("has more columns than a million, the others included"));
            }
            let columns = total.map(|total| Rc::new((before as u32..total as u32).collect::<Vec<_>>()));
            let rounded = element == Element::Single;
            machine.insert(name, Value::Features(Features { columns, element, rounded }))?;
            declared.width = total;
            declared.inputs.push((name.to_owned(), width.unwrap_or_default()));
        }
        Ok(declared)
    }

    /// The names of `n_features` features: as the file records them, those of inputs of one column, or numbered.
    pub(super) fn names(&self, model: &ModelProto, n_features: usize) -> Vec<String> {
        let recorded = model.metadata_props.iter().find(|entry| entry.key.as_deref() == Some(NAMES_KEY));
        let recorded = recorded.and_then(|entry| serde_json::from_str::<Vec<String>>(entry.value.as_deref()?).ok());
        if let Some(names) = recorded.filter(|names| names.len() == n_features) {
            return names;
        }
        match &self.inputs[..] {
            [(name, 1)] if n_features == 1 => vec![name.clone()],
            [_] => (0..n_features).map(|column| format!("Column_{column}")).collect(),
            inputs => inputs.iter().flat_map(|(name, width)| columns(name, *width)).collect(),
        }
    }
}

/// Names of the columns of one input of several.
fn columns(name: &str, width: usize) -> impl Iterator<Item = String> {
    (0..width).map(move |column| if width == 1 { name.to_owned() } else { format!("{name}_{column}") })
}

/// What an input holds, and its width if it says so.
fn tensor(input: &ValueInfoProto) -> Result<(Element, Option<usize>), &'static str> {
    let r#type = input.r#type.as_ref().and_then(|r#type| r#type.tensor_type.as_ref()).ok_or("is no tensor")?;
    let element = match r#type.elem_type.unwrap_or(0) {
        data_type::FLOAT => Element::Single,
        data_type::DOUBLE => Element::Double,
        data_type::INT32 | data_type::INT64 | data_type::BOOL => Element::Integer,
        data_type::STRING => return Err("holds texts, expected numbers"),
        _ => {
            return Err(
                "is of a type that is not supported, expected single or double precision, integers or truth values",
            );
        }
    };
    let Some(shape) = &r#type.shape else { return Ok((element, None)) };
    match &shape.dim[..] {
        [_, columns] => match columns.dim_value {
            None => Ok((element, None)),
            Some(width) => match usize::try_from(width) {
                Ok(width) if width > 0 => Ok((element, Some(width))),
                _ => Err("has no column"),
            },
        },
        _ => Err("is no table of rows and columns"),
    }
}
