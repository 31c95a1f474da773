//! The operators that stand around an ensemble: what each makes of columns, labels and scores.

use std::rc::Rc;

use super::attributes::Attributes;
use super::error::OnnxError;
use super::machine::Application;
use super::proto::data_type;
use super::symbols::{Constant, Element, Features, Label, Link, Rule, Scores, Value};
use super::tensor::Tensor;
use super::{labels, numbers};

/// Applies an operator that is no ensemble.
///
/// # Errors
/// [`OnnxError::Unsupported`] for any operator, and any use of a known one, that is not listed here.
pub(super) fn apply(domain: &str, op: &str, at: &Application<'_, '_>) -> Result<Vec<Value>, OnnxError> {
    let value = match (domain, op) {
        ("", "Constant") => constant(at),
        ("", "Identity") => identity(at),
        ("", "Cast") => cast(at),
        ("", "Concat") => concat(at),
        ("", "Slice") => slice(at),
        ("", "Reshape") => reshape(at),
        ("", "Add" | "Sub" | "Mul" | "Div") => numbers::arithmetic(op, at),
        ("", "Sigmoid" | "Softmax") => numbers::link(op, at),
        ("", "ArgMax") => labels::arg_max(at),
        ("ai.onnx.ml", "ArrayFeatureExtractor") => extract(at),
        ("ai.onnx.ml", "LabelEncoder") => labels::encode(at),
        ("ai.onnx.ml", "Normalizer") => numbers::normalise(at),
        ("ai.onnx.ml", "ZipMap") => labels::zip_map(at),
        _ => Err(OnnxError::Unsupported { operator: at.operator.clone() }),
    };
    Ok(vec![value?])
}

fn constant(at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    let attributes = Attributes::of(at.node, &["value"])?;
    match attributes.tensor("value")? {
        Some((tensor, proto)) => Ok(Value::Constant(Rc::new(Constant { tensor, dims: proto.dims.clone() }))),
        None => Err(OnnxError::MissingAttribute { operator: at.operator.clone(), attribute: "value" }),
    }
}

fn identity(at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    Attributes::of(at.node, &[])?;
    match at.inputs[..] {
        [value] => Ok(value.clone()),
        _ => Err(at.operand("one value")),
    }
}

/// Columns may become floating point numbers; labels and scores any type that keeps what they say.
fn cast(at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    let attributes = Attributes::of(at.node, &["to", "saturate", "round_mode"])?;
    let to = attributes.int("to", 0)?;
    let element = match i32::try_from(to).unwrap_or(0) {
        data_type::FLOAT => Element::Single,
        data_type::DOUBLE => Element::Double,
        data_type::INT32 | data_type::INT64 => Element::Integer,
        data_type::STRING => {
            return match at.inputs[..] {
                [Value::Label(label)] => Ok(Value::Label(label.clone())),
                _ => Err(at.operand("predicted classes, if it makes texts of them")),
            };
        }
        _ => return Err(attributes.bad("to", 0, &to.to_string(), "single or double precision, integers or texts")),
    };
    match at.inputs[..] {
        [Value::Features(features)] => match (features.element, element) {
            (Element::Single | Element::Double, Element::Integer) => {
                Err(at.operand("numbers, if it makes integers of them"))
            }
            _ => {
                let rounded = features.rounded || element == Element::Single;
                Ok(Value::Features(Features { element, rounded, ..features.clone() }))
            }
        },
        [Value::Scores(scores)] if element != Element::Integer => Ok(Value::Scores(scores.clone())),
        [Value::Label(label)] => Ok(Value::Label(label.clone())),
        _ => Err(at.operand("the table's columns, predicted classes, or predictions that stay fractions")),
    }
}

/// Columns side by side.
fn concat(at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    let attributes = Attributes::of(at.node, &["axis"])?;
    let axis = attributes.int("axis", 1)?;
    if axis != 1 && axis != -1 {
        return Err(attributes.bad("axis", 0, &axis.to_string(), "1, which puts columns side by side"));
    }
    let expected = "columns of one kind";
    match at.inputs.first() {
        Some(Value::Features(first)) => {
            let mut columns = Vec::new();
            for value in &at.inputs {
                let Value::Features(features) = value else { return Err(at.operand(expected)) };
                let of_a_kind = features.element == first.element && features.rounded == first.rounded;
                let known = features.columns.as_ref().filter(|_| of_a_kind);
                columns.extend_from_slice(known.ok_or_else(|| {
                    at.operand(
                        "columns of one precision, all rounded to single precision or none, and of a known number",
                    )
                })?);
                check_width(at, columns.len())?;
            }
            Ok(Value::Features(Features { columns: Some(Rc::new(columns)), ..first.clone() }))
        }
        Some(Value::Scores(_)) => {
            let mut all = Scores::of(Vec::new());
            for value in &at.inputs {
                let Value::Scores(scores) = value else { return Err(at.operand(expected)) };
                all.columns.extend_from_slice(&scores.columns);
                all.normalised |= scores.normalised;
                check_width(at, all.columns.len())?;
            }
            Ok(Value::Scores(Rc::new(all)))
        }
        _ => Err(at.operand(expected)),
    }
}

/// No table here is wider than a forest can be; this bounds what a few bytes can ask for.
fn check_width(at: &Application<'_, '_>, columns: usize) -> Result<(), OnnxError> {
    if columns > super::MAX_FEATURES {
        return Err(at.operand("at most a million columns"));
    }
    Ok(())
}

/// Some columns of a value, by constant indices. Texts by predicted indices are labels.
fn extract(at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    Attributes::of(at.node, &[])?;
    match at.inputs[..] {
        [value, Value::Constant(indices)] => match &indices.tensor {
            Tensor::Integers(indices) => pick(at, value, indices),
            Tensor::Numbers(_) | Tensor::Texts(_) => Err(at.operand("indices that are integers")),
        },
        [Value::Constant(classes), Value::Label(label @ Label { names: None, .. })] => {
            let names = Some(Rc::new(labels::names(&classes.tensor, at)?));
            Ok(Value::Label(Label { names, ..label.clone() }))
        }
        _ => Err(at.operand("columns and constant indices, or class labels and predicted indices")),
    }
}

fn slice(at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    Attributes::of(at.node, &[])?;
    let one = |value: Option<&&Value>| match value {
        Some(Value::Constant(constant)) => match constant.tensor {
            Tensor::Integers(ref numbers) if numbers.len() == 1 => Some(numbers[0]),
            _ => None,
        },
        _ => None,
    };
    let steps = if at.inputs.len() == 5 { one(at.inputs.get(4)) } else { Some(1) };
    let [start, end, axis] = [1, 2, 3].map(|index| one(at.inputs.get(index)));
    let range = match (start, end, axis, steps) {
        (Some(start), Some(end), Some(1 | -1), Some(1)) if start >= 0 && end >= start => start..end,
        _ => return Err(at.operand("a range of columns")),
    };
    let width = match at.inputs[0] {
        Value::Features(Features { columns: Some(columns), .. }) => columns.len(),
        Value::Scores(scores) => scores.columns.len(),
        _ => return Err(at.operand("the table's columns, or predictions")),
    };
    let end = range.end.min(i64::try_from(width).unwrap_or(i64::MAX));
    let indices: Vec<i64> = (range.start..end).collect();
    pick(at, at.inputs[0], &indices)
}

fn pick(at: &Application<'_, '_>, value: &Value, indices: &[i64]) -> Result<Value, OnnxError> {
    let index = |index: i64, width: usize| -> Result<usize, OnnxError> {
        match usize::try_from(index) {
            Ok(index) if index < width => Ok(index),
            _ => Err(at.operand("columns that are there")),
        }
    };
    match value {
        Value::Features(features) => {
            let of = |i: &i64| -> Result<u32, OnnxError> {
                match &features.columns {
                    Some(columns) => Ok(columns[index(*i, columns.len())?]),
                    None => u32::try_from(*i).map_err(|_| at.operand("columns that are there")),
                }
            };
            let columns: Vec<u32> = indices.iter().map(of).collect::<Result<_, OnnxError>>()?;
            Ok(Value::Features(Features { columns: Some(Rc::new(columns)), ..features.clone() }))
        }
        Value::Scores(scores) => {
            let of = |i: &i64| Ok(scores.columns[index(*i, scores.columns.len())?]);
            let columns = indices.iter().map(of).collect::<Result<_, OnnxError>>()?;
            Ok(Value::Scores(Rc::new(Scores { columns, names: None, normalised: scores.normalised })))
        }
        Value::Constant(_) | Value::Label(_) => Err(at.operand("the table's columns, or predictions")),
    }
}

/// Shapes change, not what stands in a row.
fn reshape(at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    let attributes = Attributes::of(at.node, &["allowzero"])?;
    attributes.int("allowzero", 0)?;
    let expected = "a shape that keeps rows as they are";
    let [value, Value::Constant(shape)] = at.inputs[..] else { return Err(at.operand(expected)) };
    let Tensor::Integers(shape) = &shape.tensor else { return Err(at.operand(expected)) };
    let width = match value {
        Value::Label(_) => Some(1),
        Value::Scores(scores) => Some(scores.columns.len()),
        Value::Features(features) => features.columns.as_ref().map(|columns| columns.len()),
        Value::Constant(_) => return Err(at.operand("predictions")),
    };
    let width = width.and_then(|width| i64::try_from(width).ok()).ok_or_else(|| at.operand(expected))?;
    match shape[..] {
        [-1] if width == 1 => Ok(value.clone()),
        [-1, columns] | [0, columns] if columns == width => Ok(value.clone()),
        _ => Err(at.operand(expected)),
    }
}

/// The rule of a label that is the largest of some scores.
pub(super) fn largest(scores: &Rc<Scores>) -> Rule {
    Rule::ArgMax(scores.clone())
}

/// Whether all columns are plain sums.
pub(super) fn is_plain(scores: &Scores) -> bool {
    scores.columns.iter().all(|column| column.link == Link::Identity)
}
