//! Numbers as they are stored: read into single precision, written back in the format that they came in.

use std::borrow::Cow;

use half::{bf16, f16};
use ndarray::ArrayD;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, View};

use super::Checkpoint;
use crate::{Network, NetworkError};

/// A format of 16 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// IEEE half precision.
    F16,
    /// Single precision without its last 16 bits.
    Bf16,
}

impl Format {
    pub(super) fn of(dtype: Dtype) -> Option<Self> {
        match dtype {
            Dtype::F16 => Some(Format::F16),
            Dtype::BF16 => Some(Format::Bf16),
            _ => None,
        }
    }

    /// As `config.json` has it.
    fn name(self) -> &'static str {
        match self {
            Format::F16 => "float16",
            Format::Bf16 => "bfloat16",
        }
    }

    /// The nearest number of this format; ties to the even one.
    fn rounded(self, value: f32) -> f32 {
        match self {
            Format::F16 => f16::from_f32(value).to_f32(),
            Format::Bf16 => bf16::from_f32(value).to_f32(),
        }
    }

    /// Whether all values stay finite in this format.
    fn holds(self, tensor: &ArrayD<f32>) -> bool {
        tensor.iter().all(|value| !value.is_finite() || self.rounded(*value).is_finite())
    }
}

impl Checkpoint {
    /// The format in which a tensor is written; `None`: single precision, as it came, or because a value is beyond its
    /// former format.
    pub(super) fn format(&self, name: &str, tensor: &ArrayD<f32>) -> Option<Format> {
        self.formats.get(name).copied().filter(|format| format.holds(tensor))
    }

    /// The network with its values rounded as [`Checkpoint::save`] writes them: what is measured on it holds for what
    /// is loaded again.
    ///
    /// # Errors
    /// [`NetworkError`] for names of formats that the network does not have: none after [`Checkpoint::load`].
    ///
    /// # Complexity
    /// O(parameters).
    pub fn as_written(&self) -> Result<Network, NetworkError> {
        let mut network = self.network.clone();
        for (name, tensor) in self.network.weights().iter() {
            if let Some(format) = self.format(name, tensor) {
                let values: Vec<f32> = tensor.iter().map(|value| format.rounded(*value)).collect();
                network = network.with_values(name, &values)?;
            }
        }
        Ok(network)
    }

    /// What `config.json` says of the formats: that of all tensors; `None` if they are mixed.
    pub(super) fn format_name(&self) -> Option<&'static str> {
        let mut formats = self.network.weights().iter().map(|(name, tensor)| self.format(name, tensor));
        let first = formats.next().flatten();
        formats.all(|format| format == first).then(|| first.map_or("float32", Format::name))
    }
}

/// Little-endian numbers in single precision. `None`: integers and formats below 16 bits.
pub(super) fn numbers(view: &TensorView<'_>) -> Option<Vec<f32>> {
    let bytes = view.data();
    Some(match view.dtype() {
        Dtype::F64 => chunks(bytes).map(|chunk| f64::from_le_bytes(chunk) as f32).collect(),
        Dtype::F32 => chunks(bytes).map(f32::from_le_bytes).collect(),
        Dtype::F16 => chunks(bytes).map(|chunk| f16::from_le_bytes(chunk).to_f32()).collect(),
        Dtype::BF16 => chunks(bytes).map(|chunk| bf16::from_le_bytes(chunk).to_f32()).collect(),
        _ => return None,
    })
}

fn chunks<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.chunks_exact(N).map(|chunk| chunk.try_into().expect("chunks have the size asked for"))
}

/// A tensor as safetensors wants it.
pub(super) struct Numbers<'a> {
    pub(super) tensor: &'a ArrayD<f32>,
    pub(super) format: Option<Format>,
}

impl Numbers<'_> {
    /// Bytes of a tensor in a format.
    pub(super) fn bytes(n: usize, format: Option<Format>) -> usize {
        n * if format.is_some() { 2 } else { 4 }
    }
}

impl View for Numbers<'_> {
    fn dtype(&self) -> Dtype {
        match self.format {
            None => Dtype::F32,
            Some(Format::F16) => Dtype::F16,
            Some(Format::Bf16) => Dtype::BF16,
        }
    }

    fn shape(&self) -> &[usize] {
        self.tensor.shape()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let values = self.tensor.iter();
        Cow::Owned(match self.format {
            None => values.flat_map(|value| value.to_le_bytes()).collect(),
            Some(Format::F16) => values.flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect(),
            Some(Format::Bf16) => values.flat_map(|value| bf16::from_f32(*value).to_le_bytes()).collect(),
        })
    }

    fn data_len(&self) -> usize {
        Numbers::bytes(self.tensor.len(), self.format)
    }
}
