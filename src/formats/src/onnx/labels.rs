//! Operators that choose classes and give them names.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::attributes::Attributes;
use super::error::OnnxError;
use super::machine::Application;
use super::ops::largest;
use super::symbols::{Label, Scores, Value};
use super::tensor::Tensor;

/// The index of the first of the largest columns.
pub(super) fn arg_max(at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    let attributes = Attributes::of(at.node, &["axis", "keepdims", "select_last_index"])?;
    let axis = attributes.int("axis", 0)?;
    if axis != 1 && axis != -1 {
        return Err(attributes.bad("axis", 0, &axis.to_string(), "1, the columns"));
    }
    attributes.int("keepdims", 1)?;
    if attributes.int("select_last_index", 0)? != 0 {
        return Err(attributes.bad("select_last_index", 0, "1", "0, the first of equals"));
    }
    match at.inputs[..] {
        [Value::Scores(scores)] => Ok(Value::Label(Label { names: None, rule: largest(scores) })),
        _ => Err(at.operand("predictions")),
    }
}

/// Names for predicted indices, or other names for predicted names.
pub(super) fn encode(at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    let known = [
        "keys_int64s",
        "keys_strings",
        "values_int64s",
        "values_strings",
        "default_int64",
        "default_string",
        "default_float",
    ];
    let attributes = Attributes::of(at.node, &known)?;
    let either = |integers: &'static str, texts: &'static str| -> Result<Vec<String>, OnnxError> {
        let mut both: Vec<String> = attributes.ints(integers)?.iter().map(i64::to_string).collect();
        both.extend(attributes.texts(texts)?.iter().map(|&text| text.to_owned()));
        Ok(both)
    };
    let (keys, values) = (either("keys_int64s", "keys_strings")?, either("values_int64s", "values_strings")?);
    attributes.check_length("values_strings", values.len(), keys.len())?;
    let [Value::Label(label)] = at.inputs[..] else { return Err(at.operand("predicted classes")) };
    let from: Vec<String> = match &label.names {
        Some(names) => names.to_vec(),
        None => (0..keys.len()).map(|index| index.to_string()).collect(),
    };
    let named: FxHashMap<&String, &String> = keys.iter().zip(&values).collect();
    let value = |name: &String| match named.get(name) {
        Some(&value) => Ok(value.clone()),
        None => Err(attributes.bad("keys_int64s", 0, name, "every class")),
    };
    let names = Some(Rc::new(from.iter().map(value).collect::<Result<_, _>>()?));
    Ok(Value::Label(Label { names, ..label.clone() }))
}

/// Maps from class names to scores.
pub(super) fn zip_map(at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    let attributes = Attributes::of(at.node, &["classlabels_int64s", "classlabels_strings"])?;
    let mut names: Vec<String> = attributes.ints("classlabels_int64s")?.iter().map(i64::to_string).collect();
    names.extend(attributes.texts("classlabels_strings")?.iter().map(|&text| text.to_owned()));
    let [Value::Scores(scores)] = at.inputs[..] else { return Err(at.operand("predictions")) };
    attributes.check_length("classlabels_strings", names.len(), scores.columns.len())?;
    if let Some(index) = scores.names.as_ref().and_then(|known| (0..names.len()).find(|&i| known[i] != names[i])) {
        return Err(attributes.bad("classlabels_strings", index, &names[index], "the labels of the classifier"));
    }
    Ok(Value::Scores(Rc::new(Scores { names: Some(Rc::new(names)), ..Scores::clone(scores) })))
}

/// The names in a constant.
pub(super) fn names(tensor: &Tensor, at: &Application<'_, '_>) -> Result<Vec<String>, OnnxError> {
    match tensor {
        Tensor::Integers(labels) => Ok(labels.iter().map(i64::to_string).collect()),
        Tensor::Texts(labels) => Ok(labels.clone()),
        Tensor::Numbers(_) => Err(at.operand("class labels that are integers or texts")),
    }
}
