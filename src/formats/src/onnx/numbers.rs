//! Operators on scores: sums with constants, multiples, and the functions that make probabilities of them.

use std::rc::Rc;

use super::attributes::Attributes;
use super::error::OnnxError;
use super::machine::Application;
use super::ops::is_plain;
use super::symbols::{Column, Constant, Link, Scores, Value};
use super::tensor::Tensor;

/// `Add`, `Sub`, `Mul` or `Div` of scores and a constant.
pub(super) fn arithmetic(op: &str, at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    Attributes::of(at.node, &[])?;
    let expected = "predictions and a finite constant per column";
    let (scores, constant, turned) = match at.inputs[..] {
        [Value::Scores(scores), Value::Constant(constant)] => (scores, constant, false),
        [Value::Constant(constant), Value::Scores(scores)] => (scores, constant, true),
        _ => return Err(at.operand(expected)),
    };
    let constants = constants(constant, scores.columns.len()).ok_or_else(|| at.operand(expected))?;
    let columns = scores.columns.iter().zip(constants);
    let columns = columns.map(|(&column, constant)| {
        let (scale, shift) = match (op, turned) {
            ("Add", _) => (1.0, constant),
            ("Sub", false) => (1.0, -constant),
            ("Sub", true) => (-1.0, constant),
            ("Mul", _) => (constant, 0.0),
            ("Div", false) if constant != 0.0 => return divided(column, constant),
            _ => return None,
        };
        scaled(column, scale, shift)
    });
    let columns: Option<Vec<Column>> = columns.collect();
    let columns = columns.ok_or_else(|| at.operand("sums before a function is taken of them"))?;
    Ok(Value::Scores(Rc::new(Scores { columns, ..Scores::clone(scores) })))
}

/// One constant per column.
fn constants(constant: &Constant, width: usize) -> Option<Vec<f64>> {
    let Tensor::Numbers(values) = &constant.tensor else { return None };
    let across = constant.dims.last().is_none_or(|&last| last == 1 || usize::try_from(last) == Ok(width));
    let values = match values.len() {
        1 => vec![values[0]; width],
        found if found == width && across => values.clone(),
        _ => return None,
    };
    values.iter().all(|value| value.is_finite()).then_some(values)
}

/// `scale * column + shift`, where that is a column: of a sum, or one minus a logistic function.
fn scaled(column: Column, scale: f64, shift: f64) -> Option<Column> {
    match column.link {
        Link::Identity => {
            let column = Column { scale: column.scale * scale, shift: column.shift * scale + shift, ..column };
            (column.scale.is_finite() && column.shift.is_finite()).then_some(column)
        }
        Link::Logistic | Link::Softmax if (scale, shift) == (1.0, 0.0) => Some(column),
        Link::Logistic if (scale, shift) == (-1.0, 1.0) => {
            Some(Column { scale: -column.scale, shift: -column.shift, ..column })
        }
        Link::Logistic | Link::Softmax => None,
    }
}

fn divided(column: Column, constant: f64) -> Option<Column> {
    match column.link {
        Link::Identity => {
            let column = Column { scale: column.scale / constant, shift: column.shift / constant, ..column };
            (column.scale.is_finite() && column.shift.is_finite()).then_some(column)
        }
        Link::Logistic | Link::Softmax => (constant == 1.0).then_some(column),
    }
}

/// `Sigmoid`, or `Softmax` over the columns.
pub(super) fn link(op: &str, at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    let attributes = Attributes::of(at.node, if op == "Softmax" { &["axis"] } else { &[] })?;
    let axis = attributes.int("axis", -1)?;
    if axis != 1 && axis != -1 {
        return Err(attributes.bad("axis", 0, &axis.to_string(), "1, the columns"));
    }
    match at.inputs[..] {
        [Value::Scores(scores)] if is_plain(scores) => {
            let link = if op == "Softmax" { Link::Softmax } else { Link::Logistic };
            let columns = scores.columns.iter().map(|&column| Column { link, ..column }).collect();
            Ok(Value::Scores(Rc::new(Scores { columns, ..Scores::clone(scores) })))
        }
        _ => Err(at.operand("sums")),
    }
}

/// `Normalizer` with the norm L1: probabilities stay what they are.
pub(super) fn normalise(at: &Application<'_, '_>) -> Result<Value, OnnxError> {
    let attributes = Attributes::of(at.node, &["norm"])?;
    let norm = attributes.text("norm", "MAX")?;
    if norm != "L1" {
        return Err(attributes.bad("norm", 0, norm, "L1"));
    }
    match at.inputs[..] {
        [Value::Scores(scores)] => Ok(Value::Scores(Rc::new(Scores { normalised: true, ..Scores::clone(scores) }))),
        _ => Err(at.operand("probabilities")),
    }
}
