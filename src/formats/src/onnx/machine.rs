//! A pass over the nodes of a graph: each node's inputs are known before its outputs.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::attributes::{domain, operator};
use super::classifier;
use super::ensemble::{Ensemble, EnsembleKind, Width};
use super::error::{OnnxError, Operator, shown};
use super::ops;
use super::proto::{GraphProto, NodeProto, TensorProto};
use super::symbols::{Constant, Element, Features, Value};
use super::{five, tensor, three};

/// Symbols may need this many times the bytes of the file.
const MAX_RATIO: usize = 200;

/// Symbols may need this many bytes whatever the ratio.
const MIN_BYTES: usize = 64 << 20;

/// The graph as far as it has been read.
pub(super) struct Machine<'a> {
    values: FxHashMap<&'a str, Value>,
    /// The ensemble, the index of its node, and the features it is applied to.
    pub(super) ensemble: Option<(Ensemble, usize, Features)>,
    bytes: usize,
    spent: usize,
}

/// One node with its inputs.
pub(super) struct Application<'a, 'm> {
    pub(super) node: &'a NodeProto,
    pub(super) operator: Operator,
    pub(super) inputs: Vec<&'m Value>,
}

impl Application<'_, '_> {
    /// An error that says what the node is applied to.
    pub(super) fn operand(&self, expected: &'static str) -> OnnxError {
        let found = self.inputs.iter().map(|value| value.what()).find(|what| *what != "a constant");
        let found = found.unwrap_or("no predictions");
        OnnxError::Operand { operator: self.operator.clone(), found, expected }
    }
}

impl<'a> Machine<'a> {
    /// Before the first node: the constants, and the inputs as columns of the table. `bytes`: size of the file.
    ///
    /// # Errors
    /// [`OnnxError`] names the tensor or the value.
    pub(super) fn new(bytes: usize) -> Self {
        Self { values: FxHashMap::default(), ensemble: None, bytes, spent: 0 }
    }

    /// Gives a value its name.
    pub(super) fn insert(&mut self, name: &'a str, value: Value) -> Result<(), OnnxError> {
        let size = match &value {
            Value::Constant(_) => 0,
            Value::Label(label) => label.names.as_ref().map_or(0, |names| 32 * names.len()),
            Value::Features(features) => features.columns.as_ref().map_or(0, |columns| 4 * columns.len()),
            Value::Scores(scores) => 32 * scores.columns.len(),
        };
        self.spent = self.spent.saturating_add(size);
        let limit = self.bytes.saturating_mul(MAX_RATIO).max(MIN_BYTES);
        if self.spent > limit {
            return Err(OnnxError::TooLarge { what: "columns", found: self.spent, limit });
        }
        match self.values.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(OnnxError::RepeatedValue { value: shown(name) }),
        }
    }

    /// Adds a constant.
    pub(super) fn constant(&mut self, proto: &'a TensorProto) -> Result<(), OnnxError> {
        let constant = Constant { tensor: tensor::read(proto)?, dims: proto.dims.clone() };
        self.insert(proto.name.as_deref().unwrap_or_default(), Value::Constant(Rc::new(constant)))
    }

    /// Computes what all nodes compute.
    ///
    /// # Errors
    /// [`OnnxError`] names the operator.
    pub(super) fn run(&mut self, graph: &'a GraphProto) -> Result<(), OnnxError> {
        for (index, node) in graph.node.iter().enumerate() {
            let outputs = self.apply(node, index)?;
            if node.output.len() > outputs.len() {
                return Err(OnnxError::Unsupported { operator: operator(node) });
            }
            for (name, value) in node.output.iter().zip(outputs).filter(|(name, _)| !name.is_empty()) {
                self.insert(name, value)?;
            }
        }
        Ok(())
    }

    /// The value of a name, for one of the graph's outputs.
    pub(super) fn output(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    fn apply(&mut self, node: &'a NodeProto, index: usize) -> Result<Vec<Value>, OnnxError> {
        let operator = operator(node);
        if node.overload.as_deref().is_some_and(|name| !name.is_empty()) {
            return Err(OnnxError::Unsupported { operator });
        }
        let value = |name: &'a String| {
            let unknown = || OnnxError::UnknownValue { operator: operator.clone(), value: shown(name) };
            self.values.get(name.as_str()).ok_or_else(unknown)
        };
        let inputs = node.input.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        let kind = match (domain(node), node.op_type.as_deref().unwrap_or_default()) {
            ("ai.onnx.ml", "TreeEnsembleClassifier") => EnsembleKind::Classifier,
            ("ai.onnx.ml", "TreeEnsembleRegressor") => EnsembleKind::Regressor,
            ("ai.onnx.ml", "TreeEnsemble") => EnsembleKind::TreeEnsemble,
            (domain, op) => return ops::apply(domain, op, &Application { node, operator: operator.clone(), inputs }),
        };
        if self.ensemble.is_some() {
            return Err(OnnxError::SecondEnsemble { operator });
        }
        let application = Application { node, operator, inputs };
        let [Value::Features(features)] = application.inputs[..] else {
            return Err(application.operand("the table's columns"));
        };
        let features = features.clone();
        let width = if features.element == Element::Double { Width::F64 } else { Width::F32 };
        let ensemble = match kind {
            EnsembleKind::TreeEnsemble => five::read(node, width, self.bytes)?,
            EnsembleKind::Classifier | EnsembleKind::Regressor => three::read(node, kind, width, self.bytes)?,
        };
        let outputs = classifier::outputs(&ensemble, &application.operator)?;
        self.ensemble = Some((ensemble, index, features));
        Ok(outputs)
    }
}
