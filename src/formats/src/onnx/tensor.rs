//! The values of a tensor that is in the file.

use super::error::{OnnxError, shown};
use super::proto::{TensorProto, data_type};

/// The values of a tensor, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tensor {
    /// Single or double precision.
    Numbers(Vec<f64>),
    /// Integers and truth values.
    Integers(Vec<i64>),
    /// Texts.
    Texts(Vec<String>),
}

/// Reads a tensor. Time and memory are in proportion to its bytes: what `dims` claims is compared, not allocated.
///
/// # Errors
/// [`OnnxError::External`] for values in another file, [`OnnxError::Tensor`] for another type, or another number of
/// values than `dims` says.
pub(super) fn read(proto: &TensorProto) -> Result<Tensor, OnnxError> {
    check(proto)?;
    let raw = proto.raw_data.as_deref().filter(|raw| !raw.is_empty());
    let tensor = match (proto.data_type.unwrap_or(0), raw) {
        (data_type::FLOAT, Some(raw)) => {
            Tensor::Numbers(parts(proto, raw, |part| f64::from(f32::from_le_bytes(part)))?)
        }
        (data_type::FLOAT, None) => Tensor::Numbers(proto.float_data.iter().map(|&value| f64::from(value)).collect()),
        (data_type::DOUBLE, Some(raw)) => Tensor::Numbers(parts(proto, raw, f64::from_le_bytes)?),
        (data_type::DOUBLE, None) => Tensor::Numbers(proto.double_data.clone()),
        (data_type::INT64, Some(raw)) => Tensor::Integers(parts(proto, raw, i64::from_le_bytes)?),
        (data_type::INT64, None) => Tensor::Integers(proto.int64_data.clone()),
        (data_type::INT32, Some(raw)) => Tensor::Integers(parts(proto, raw, |part| i32::from_le_bytes(part).into())?),
        (data_type::UINT8 | data_type::BOOL, Some(raw)) => {
            Tensor::Integers(raw.iter().map(|&value| value.into()).collect())
        }
        (data_type::INT32 | data_type::UINT8 | data_type::BOOL, None) => {
            Tensor::Integers(proto.int32_data.iter().map(|&value| value.into()).collect())
        }
        (data_type::STRING, None) => {
            Tensor::Texts(proto.string_data.iter().map(|text| utf8(proto, text)).collect::<Result<_, _>>()?)
        }
        (other, _) => return Err(bad(proto, format!("has values of type {other}, which is not supported"))),
    };
    let found = match &tensor {
        Tensor::Numbers(values) => values.len(),
        Tensor::Integers(values) => values.len(),
        Tensor::Texts(values) => values.len(),
    };
    let expected = proto.dims.iter().try_fold(1usize, |size, &dim| size.checked_mul(usize::try_from(dim).ok()?));
    if expected != Some(found) {
        return Err(bad(proto, format!("has {found} values for the dimensions {}", dims(proto))));
    }
    Ok(tensor)
}

/// What may not be there whatever the type.
fn check(proto: &TensorProto) -> Result<(), OnnxError> {
    if proto.data_location.unwrap_or(0) != 0 || !proto.external_data.is_empty() {
        let location = proto.external_data.iter().find(|entry| entry.key.as_deref() == Some("location"));
        let location = location.and_then(|entry| entry.value.as_deref()).unwrap_or_default();
        return Err(OnnxError::External { tensor: name(proto), location: shown(location) });
    }
    if proto.segment.is_some() {
        return Err(bad(proto, "is a segment of another, which is not supported".into()));
    }
    let filled = [
        proto.raw_data.as_ref().is_some_and(|raw| !raw.is_empty()),
        !proto.float_data.is_empty(),
        !proto.double_data.is_empty(),
        !proto.int32_data.is_empty(),
        !proto.int64_data.is_empty(),
        !proto.uint64_data.is_empty(),
        !proto.string_data.is_empty(),
    ];
    if filled.iter().filter(|filled| **filled).count() > 1 {
        return Err(bad(proto, "has values in more than one field".into()));
    }
    Ok(())
}

/// Numbers of so many bytes each, little-endian.
fn parts<const N: usize, T>(
    proto: &TensorProto,
    raw: &[u8],
    number: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, OnnxError> {
    let (chunks, rest) = raw.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(bad(proto, format!("has {} bytes, which is no multiple of {N}", raw.len())));
    }
    Ok(chunks.iter().map(|&chunk| number(chunk)).collect())
}

fn utf8(proto: &TensorProto, text: &[u8]) -> Result<String, OnnxError> {
    let text = std::str::from_utf8(text).map_err(|_| bad(proto, "has a text that is not UTF-8".into()))?;
    Ok(text.to_owned())
}

fn dims(proto: &TensorProto) -> String {
    shown(&format!("{:?}", &proto.dims[..proto.dims.len().min(8)]))
}

fn name(proto: &TensorProto) -> String {
    shown(proto.name.as_deref().unwrap_or_default())
}

fn bad(proto: &TensorProto, what: String) -> OnnxError {
    OnnxError::Tensor { tensor: name(proto), what }
}
