//! The attributes of a node, by name and type.

use rustc_hash::FxHashMap;

use super::error::{OnnxError, Operator, shown};
use super::proto::{AttributeProto, NodeProto, TensorProto, attribute_type};
use super::tensor::{self, Tensor};

/// The attributes of one node.
pub(super) struct Attributes<'a> {
    pub(super) operator: Operator,
    values: FxHashMap<&'a str, &'a AttributeProto>,
}

/// What a node is called in messages.
pub(super) fn operator(node: &NodeProto) -> Operator {
    let op = node.op_type.as_deref().unwrap_or_default();
    let op = match domain(node) {
        "" | "ai.onnx.ml" => shown(op),
        domain => shown(&format!("{domain}.{op}")),
    };
    let name = node.name.as_deref().filter(|name| !name.is_empty());
    let name = name.or(node.output.first().map(String::as_str)).unwrap_or_default();
    Operator { op, name: shown(name) }
}

/// The domain of a node's operator; ONNX's own has two names.
pub(super) fn domain(node: &NodeProto) -> &str {
    match node.domain.as_deref().unwrap_or_default() {
        "ai.onnx" => "",
        domain => domain,
    }
}

impl<'a> Attributes<'a> {
    /// Takes the attributes of a node, which may be those of `known` only.
    ///
    /// # Errors
    /// [`OnnxError::UnknownAttribute`], also for subgraphs and references; [`OnnxError::RepeatedAttribute`].
    pub(super) fn of(node: &'a NodeProto, known: &[&str]) -> Result<Self, OnnxError> {
        let operator = operator(node);
        let mut values = FxHashMap::default();
        for attribute in &node.attribute {
            let name = attribute.name.as_deref().unwrap_or_default();
            let refused = |why| OnnxError::UnknownAttribute { operator: operator.clone(), attribute: shown(name), why };
            if attribute.g.is_some() || !attribute.graphs.is_empty() {
                return Err(refused(": it holds a subgraph"));
            }
            if attribute.ref_attr_name.as_deref().is_some_and(|name| !name.is_empty()) {
                return Err(refused(": it refers to an attribute of a function"));
            }
            if !known.contains(&name) {
                return Err(refused(""));
            }
            if values.insert(name, attribute).is_some() {
                return Err(OnnxError::RepeatedAttribute { operator, attribute: shown(name) });
            }
        }
        Ok(Self { operator, values })
    }

    /// Whether an attribute is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// An attribute of a type; `None` if it is not there.
    fn typed(
        &self,
        name: &'static str,
        of: i32,
        expected: &'static str,
    ) -> Result<Option<&'a AttributeProto>, OnnxError> {
        let Some(&attribute) = self.values.get(name) else { return Ok(None) };
        let other = [
            attribute_type::FLOAT != of && attribute.f.is_some_and(|f| f != 0.0),
            attribute_type::INT != of && attribute.i.is_some_and(|i| i != 0),
            attribute_type::STRING != of && attribute.s.as_ref().is_some_and(|s| !s.is_empty()),
            attribute_type::TENSOR != of && attribute.t.is_some(),
            attribute_type::FLOATS != of && !attribute.floats.is_empty(),
            attribute_type::INTS != of && !attribute.ints.is_empty(),
            attribute_type::STRINGS != of && !attribute.strings.is_empty(),
            !attribute.tensors.is_empty() || attribute.sparse_tensor.is_some() || attribute.tp.is_some(),
        ];
        if attribute.r#type != Some(of) || other.contains(&true) {
            let found = format!("of type {}", attribute.r#type.unwrap_or(0));
            return Err(self.bad(name, 0, &found, expected));
        }
        Ok(Some(attribute))
    }

    /// An integer, or what stands for one that is not there.
    pub(super) fn int(&self, name: &'static str, default: i64) -> Result<i64, OnnxError> {
        let attribute = self.typed(name, attribute_type::INT, "an integer")?;
        Ok(attribute.map_or(default, |attribute| attribute.i.unwrap_or(0)))
    }

    /// A text, or what stands for one that is not there.
    pub(super) fn text(&self, name: &'static str, default: &'a str) -> Result<&'a str, OnnxError> {
        match self.typed(name, attribute_type::STRING, "a text")? {
            None => Ok(default),
            Some(attribute) => self.utf8(name, 0, attribute.s.as_deref().unwrap_or_default()),
        }
    }

    /// Integers; none if they are not there.
    pub(super) fn ints(&self, name: &'static str) -> Result<&'a [i64], OnnxError> {
        Ok(self.typed(name, attribute_type::INTS, "integers")?.map_or(&[], |attribute| &attribute.ints))
    }

    /// Numbers; none if they are not there.
    pub(super) fn floats(&self, name: &'static str) -> Result<&'a [f32], OnnxError> {
        Ok(self.typed(name, attribute_type::FLOATS, "numbers")?.map_or(&[], |attribute| &attribute.floats))
    }

    /// Texts; none if they are not there.
    pub(super) fn texts(&self, name: &'static str) -> Result<Vec<&'a str>, OnnxError> {
        let attribute = self.typed(name, attribute_type::STRINGS, "texts")?;
        let texts = attribute.map_or(&[][..], |attribute| &attribute.strings);
        texts.iter().enumerate().map(|(index, text)| self.utf8(name, index, text)).collect()
    }

    /// A tensor, with its message; `None` if it is not there.
    pub(super) fn tensor(&self, name: &'static str) -> Result<Option<(Tensor, &'a TensorProto)>, OnnxError> {
        match self.typed(name, attribute_type::TENSOR, "a tensor")? {
            None => Ok(None),
            Some(attribute) => {
                let proto = attribute.t.as_ref().ok_or_else(|| self.bad(name, 0, "empty", "a tensor"))?;
                Ok(Some((tensor::read(proto)?, proto)))
            }
        }
    }

    fn utf8(&self, name: &'static str, index: usize, text: &'a [u8]) -> Result<&'a str, OnnxError> {
        std::str::from_utf8(text).map_err(|_| self.bad(name, index, "not UTF-8", "a text in UTF-8"))
    }

    /// That a list has so many entries.
    pub(super) fn check_length(&self, attribute: &'static str, found: usize, expected: usize) -> Result<(), OnnxError> {
        if found == expected {
            return Ok(());
        }
        Err(OnnxError::Length { operator: self.operator.clone(), attribute, found, expected })
    }

    pub(super) fn bad(&self, attribute: &'static str, index: usize, found: &str, expected: &'static str) -> OnnxError {
        OnnxError::Value { operator: self.operator.clone(), attribute, index, found: shown(found), expected }
    }
}
