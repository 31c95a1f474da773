//! Named tensors: on the host, where networks are read, pruned and written, and on a device, where they run.

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use ndarray::{ArrayD, ArrayView2, Ix2};

use super::NetworkError;

/// Tensors by name, in order of name; single precision, row-major.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights(BTreeMap<String, ArrayD<f32>>);

impl Weights {
    /// Adds or replaces a tensor.
    pub fn insert(&mut self, name: impl Into<String>, tensor: impl Into<ArrayD<f32>>) {
        self.0.insert(name.into(), tensor.into());
    }

    /// Takes a tensor out.
    pub fn remove(&mut self, name: &str) -> Option<ArrayD<f32>> {
        self.0.remove(name)
    }

    /// The tensor, if there is one of that name.
    pub fn get(&self, name: &str) -> Option<&ArrayD<f32>> {
        self.0.get(name)
    }

    /// The tensor, to be changed; its shape too.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut ArrayD<f32>> {
        self.0.get_mut(name)
    }

    /// A matrix.
    ///
    /// # Errors
    /// [`NetworkError::Missing`]; [`NetworkError::Shape`] if it has not two axes.
    pub fn matrix(&self, name: &str) -> Result<ArrayView2<'_, f32>, NetworkError> {
        let tensor = self.0.get(name).ok_or_else(|| NetworkError::Missing { name: name.into() })?;
        tensor.view().into_dimensionality::<Ix2>().map_err(|_| NetworkError::Shape {
            name: name.into(),
            expected: vec![0, 0],
            found: tensor.shape().to_vec(),
        })
    }

    /// Every name with its tensor, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ArrayD<f32>)> {
        self.0.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// How many tensors.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many numbers in all tensors.
    pub fn n_parameters(&self) -> usize {
        self.0.values().map(ArrayD::len).sum()
    }

    /// How many of them are not zero.
    pub fn n_nonzero(&self) -> usize {
        self.0.values().flatten().filter(|value| **value != 0.0).count()
    }

    /// Extents of a tensor.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.0.get(name).map(ArrayD::shape)
    }
}

/// The same tensors on a device, each as a matrix: the first axis against all others; a vector is one row.
#[derive(Debug, Clone)]
pub struct Params<B: Backend>(pub(crate) BTreeMap<String, Tensor<B, 2>>);

impl<B: Backend> Params<B> {
    /// Copies to the device. Tensors without elements stay away.
    ///
    /// # Complexity
    /// O(parameters).
    pub fn load(weights: &Weights, device: &B::Device) -> Self {
        let filled = weights.iter().filter(|(_, tensor)| !tensor.is_empty());
        Self(filled.map(|(name, tensor)| (name.to_owned(), on_device(tensor, device))).collect())
    }

    /// Where they are.
    pub fn device(&self) -> B::Device {
        self.0.values().next().map(Tensor::device).unwrap_or_default()
    }

    /// The matrix, if the network has it.
    pub fn get(&self, name: &str) -> Option<Tensor<B, 2>> {
        self.0.get(name).cloned()
    }

    /// A matrix that a validated network has.
    pub fn of(&self, name: &str) -> Tensor<B, 2> {
        self.get(name).expect("a validated network has all its weights")
    }

    /// Puts another matrix in a place.
    pub fn replace(&mut self, name: &str, matrix: Tensor<B, 2>) {
        self.0.insert(name.to_owned(), matrix);
    }

    /// Copies one weight to the device again.
    pub fn renew(&mut self, weights: &Weights, name: &str) {
        if let Some(tensor) = weights.get(name).filter(|tensor| !tensor.is_empty()) {
            self.replace(name, on_device(tensor, &self.device()));
        }
    }

    /// Copies back; every tensor in `weights` that is here too gets these values, and keeps its shape.
    pub fn store(&self, weights: &mut Weights) {
        for (name, matrix) in &self.0 {
            if let Some(tensor) = weights.0.get_mut(name) {
                let values = to_host(matrix.clone());
                tensor.iter_mut().zip(values).for_each(|(own, value)| *own = value);
            }
        }
    }
}

fn on_device<B: Backend>(tensor: &ArrayD<f32>, device: &B::Device) -> Tensor<B, 2> {
    let shape = match tensor.shape() {
        [] => [1, 1],
        [n] => [1, *n],
        [first, ..] => [*first, tensor.len() / first],
    };
    Tensor::from_data(TensorData::new(tensor.iter().copied().collect::<Vec<f32>>(), shape), device)
}

/// The values of a tensor, row-major.
pub fn to_host<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().to_vec().expect("converted to single precision")
}
