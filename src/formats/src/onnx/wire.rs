//! A pass over the bytes of a file before anything is decoded.
//!
//! Protobuf skips fields it does not know, merges a message that occurs twice, and makes a structure of hundreds of
//! bytes from two. So the bytes are walked first: a field that the schema does not have is refused by its number, one
//! that occurs twice and may not is refused by its name, and what decoding will take in memory is bounded by the bytes
//! given.

use std::mem::size_of;

use super::error::OnnxError;
use super::proto::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};

/// What a field holds.
#[derive(Clone, Copy)]
enum Kind {
    /// A number; `true`: any number of them.
    Number(bool),
    /// Text, bytes, or a message that is kept as bytes; `true`: any number of them.
    Bytes(bool),
    /// A message; `true`: any number of them.
    Message(&'static Shape, bool),
}

impl Kind {
    fn is_repeated(self) -> bool {
        match self {
            Number(repeated) | Bytes(repeated) | Message(_, repeated) => repeated,
        }
    }
}

/// A message of the schema: its name, its fields, and the bytes one takes once decoded.
struct Shape {
    name: &'static str,
    fields: &'static [(u32, &'static str, Kind)],
    size: usize,
}

use Kind::{Bytes, Message, Number};

static ENTRY: Shape = Shape {
    name: "StringStringEntryProto",
    fields: &[(1, "key", Bytes(false)), (2, "value", Bytes(false))],
    size: size_of::<StringStringEntryProto>(),
};

static OPSET: Shape = Shape {
    name: "OperatorSetIdProto",
    fields: &[(1, "domain", Bytes(false)), (2, "version", Number(false))],
    size: size_of::<OperatorSetIdProto>(),
};

static DIMENSION: Shape = Shape {
    name: "TensorShapeProto.Dimension",
    fields: &[(1, "dim_value", Number(false)), (2, "dim_param", Bytes(false)), (3, "denotation", Bytes(false))],
    size: size_of::<DimensionProto>(),
};

static SHAPE: Shape = Shape {
    name: "TensorShapeProto",
    fields: &[(1, "dim", Message(&DIMENSION, true))],
    size: size_of::<TensorShapeProto>(),
};

static TENSOR_TYPE: Shape = Shape {
    name: "TypeProto.Tensor",
    fields: &[(1, "elem_type", Number(false)), (2, "shape", Message(&SHAPE, false))],
    size: size_of::<TensorTypeProto>(),
};

static TYPE: Shape = Shape {
    name: "TypeProto",
    fields: &[
        (1, "tensor_type", Message(&TENSOR_TYPE, false)),
        (4, "sequence_type", Bytes(false)),
        (5, "map_type", Bytes(false)),
        (6, "denotation", Bytes(false)),
        (7, "opaque_type", Bytes(false)),
        (8, "sparse_tensor_type", Bytes(false)),
        (9, "optional_type", Bytes(false)),
    ],
    size: size_of::<TypeProto>(),
};

static VALUE_INFO: Shape = Shape {
    name: "ValueInfoProto",
    fields: &[
        (1, "name", Bytes(false)),
        (2, "type", Message(&TYPE, false)),
        (3, "doc_string", Bytes(false)),
        (4, "metadata_props", Message(&ENTRY, true)),
    ],
    size: size_of::<ValueInfoProto>(),
};

static TENSOR: Shape = Shape {
    name: "TensorProto",
    fields: &[
        (1, "dims", Number(true)),
        (2, "data_type", Number(false)),
        (3, "segment", Bytes(false)),
        (4, "float_data", Number(true)),
        (5, "int32_data", Number(true)),
        (6, "string_data", Bytes(true)),
        (7, "int64_data", Number(true)),
        (8, "name", Bytes(false)),
        (9, "raw_data", Bytes(false)),
        (10, "double_data", Number(true)),
        (11, "uint64_data", Number(true)),
        (12, "doc_string", Bytes(false)),
        (13, "external_data", Message(&ENTRY, true)),
        (14, "data_location", Number(false)),
        (16, "metadata_props", Message(&ENTRY, true)),
    ],
    size: size_of::<TensorProto>(),
};

static ATTRIBUTE: Shape = Shape {
    name: "AttributeProto",
    fields: &[
        (1, "name", Bytes(false)),
        (2, "f", Number(false)),
        (3, "i", Number(false)),
        (4, "s", Bytes(false)),
        (5, "t", Message(&TENSOR, false)),
        (6, "g", Bytes(false)),
        (7, "floats", Number(true)),
        (8, "ints", Number(true)),
        (9, "strings", Bytes(true)),
        (10, "tensors", Message(&TENSOR, true)),
        (11, "graphs", Bytes(true)),
        (13, "doc_string", Bytes(false)),
        (14, "tp", Bytes(false)),
        (15, "type_protos", Bytes(true)),
        (20, "type", Number(false)),
        (21, "ref_attr_name", Bytes(false)),
        (22, "sparse_tensor", Bytes(false)),
        (23, "sparse_tensors", Bytes(true)),
    ],
    size: size_of::<AttributeProto>(),
};

static NODE: Shape = Shape {
    name: "NodeProto",
    fields: &[
        (1, "input", Bytes(true)),
        (2, "output", Bytes(true)),
        (3, "name", Bytes(false)),
        (4, "op_type", Bytes(false)),
        (5, "attribute", Message(&ATTRIBUTE, true)),
        (6, "doc_string", Bytes(false)),
        (7, "domain", Bytes(false)),
        (8, "overload", Bytes(false)),
        (9, "metadata_props", Message(&ENTRY, true)),
        (10, "device_configurations", Bytes(true)),
    ],
    size: size_of::<NodeProto>(),
};

static GRAPH: Shape = Shape {
    name: "GraphProto",
    fields: &[
        (1, "node", Message(&NODE, true)),
        (2, "name", Bytes(false)),
        (5, "initializer", Message(&TENSOR, true)),
        (10, "doc_string", Bytes(false)),
        (11, "input", Message(&VALUE_INFO, true)),
        (12, "output", Message(&VALUE_INFO, true)),
        (13, "value_info", Message(&VALUE_INFO, true)),
        (14, "quantization_annotation", Bytes(true)),
        (15, "sparse_initializer", Bytes(true)),
        (16, "metadata_props", Message(&ENTRY, true)),
    ],
    size: size_of::<GraphProto>(),
};

static MODEL: Shape = Shape {
    name: "ModelProto",
    fields: &[
        (1, "ir_version", Number(false)),
        (2, "producer_name", Bytes(false)),
        (3, "producer_version", Bytes(false)),
        (4, "domain", Bytes(false)),
        (5, "model_version", Number(false)),
        (6, "doc_string", Bytes(false)),
        (7, "graph", Message(&GRAPH, false)),
        (8, "opset_import", Message(&OPSET, true)),
        (14, "metadata_props", Message(&ENTRY, true)),
        (20, "training_info", Bytes(true)),
        (25, "functions", Bytes(true)),
        (26, "configuration", Bytes(true)),
    ],
    size: size_of::<ModelProto>(),
};

/// Decoded messages may take this many times the bytes of the file.
const MAX_RATIO: usize = 64;

/// Decoded messages may take this many bytes whatever the ratio.
const MIN_BYTES: usize = 4 << 20;

/// A message that is being walked: what it is, where it ends, and which of its fields have occurred.
struct Frame {
    shape: &'static Shape,
    end: usize,
    seen: u32,
}

/// Walks the bytes of a model. O(bytes) time, O(1) memory.
///
/// # Errors
/// [`OnnxError::Wire`] where the bytes are no protobuf message, [`OnnxError::UnknownField`],
/// [`OnnxError::RepeatedField`], and [`OnnxError::TooLarge`] if what they hold would take far more memory than they.
pub(super) fn check(bytes: &[u8]) -> Result<(), OnnxError> {
    let most = bytes.len().saturating_mul(MAX_RATIO).saturating_add(MIN_BYTES);
    let mut needed = 0usize;
    let mut at = 0;
    let mut open = vec![Frame { shape: &MODEL, end: bytes.len(), seen: 0 }];
    while let Some(frame) = open.last_mut() {
        if at == frame.end {
            open.pop();
            continue;
        }
        let message = frame.shape.name;
        let (field, wire_type, start) = key(bytes, at, frame.end, message)?;
        let kind = known(frame, field)?;
        let end = value_end(bytes, start, frame.end, wire_type, message)?;
        let fits = match kind {
            Number(repeated) => wire_type != 2 || repeated,
            Bytes(_) | Message(..) => wire_type == 2,
        };
        if !fits {
            return Err(OnnxError::Wire { message, offset: at, what: "a field of another type than the schema's" });
        }
        at = end.1;
        match kind {
            Message(shape, _) => {
                needed = needed.saturating_add(shape.size);
                at = end.0;
                open.push(Frame { shape, end: end.1, seen: 0 });
            }
            Bytes(_) => needed = needed.saturating_add(size_of::<Vec<u8>>()),
            Number(_) => {}
        }
        if needed > most {
            return Err(OnnxError::TooLarge { what: "messages", found: needed, limit: most });
        }
    }
    Ok(())
}

/// The kind of a field of the innermost open message.
fn known(frame: &mut Frame, field: u32) -> Result<Kind, OnnxError> {
    let message = frame.shape.name;
    let index = frame.shape.fields.iter().position(|(number, ..)| *number == field);
    let index = index.ok_or(OnnxError::UnknownField { message, field })?;
    let (_, name, kind) = frame.shape.fields[index];
    let bit = 1u32 << index;
    if frame.seen & bit != 0 && !kind.is_repeated() {
        return Err(OnnxError::RepeatedField { message, field: name });
    }
    frame.seen |= bit;
    Ok(kind)
}

/// The field and the wire type at an offset, and where the value begins.
fn key(bytes: &[u8], at: usize, end: usize, message: &'static str) -> Result<(u32, u8, usize), OnnxError> {
    let (key, start) = varint(bytes, at, end, message)?;
    let field = u32::try_from(key >> 3).ok().filter(|field| *field > 0);
    let field = field.ok_or(OnnxError::Wire { message, offset: at, what: "a field number out of range" })?;
    Ok((field, (key & 7) as u8, start))
}

/// Where the contents of a value begin and end.
fn value_end(
    bytes: &[u8],
    start: usize,
    end: usize,
    wire_type: u8,
    message: &'static str,
) -> Result<(usize, usize), OnnxError> {
    let truncated = OnnxError::Wire { message, offset: start, what: "a value that goes on after its end" };
    let (from, length) = match wire_type {
        0 => return varint(bytes, start, end, message).map(|(_, next)| (start, next)),
        1 => (start, 8),
        5 => (start, 4),
        2 => {
            let (length, from) = varint(bytes, start, end, message)?;
            (from, usize::try_from(length).unwrap_or(usize::MAX))
        }
        _ => return Err(OnnxError::Wire { message, offset: start, what: "a group, or an unknown wire type" }),
    };
    match from.checked_add(length) {
        Some(to) if to <= end => Ok((from, to)),
        _ => Err(truncated),
    }
}

/// A number of seven bits a byte, and where it ends.
fn varint(bytes: &[u8], at: usize, end: usize, message: &'static str) -> Result<(u64, usize), OnnxError> {
    let mut value = 0u64;
    for (index, &byte) in bytes[at..end].iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index as u32).min(63);
        if byte & 0x80 == 0 {
            return Ok((value, at + index + 1));
        }
    }
    Err(OnnxError::Wire { message, offset: at, what: "a number that does not end" })
}
