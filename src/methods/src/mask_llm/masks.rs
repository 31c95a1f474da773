//! Masks of linear layers.

use std::collections::BTreeMap;

use ndarray::Array2;
use secateur_neural::Network;

use crate::MethodError;
use crate::slimgpt::{matrix, with_weight};

/// Which weights stay, per linear layer; linear layers that are not here are whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Masks(pub(super) BTreeMap<String, Array2<bool>>);

impl Masks {
    /// What other methods left of these linear layers: weights that are not zero.
    ///
    /// # Errors
    /// [`MethodError::Linear`].
    pub fn of<'a>(pruned: &Network, linears: impl IntoIterator<Item = &'a str>) -> Result<Self, MethodError> {
        let of_linear = |linear: &str| Ok((linear.to_owned(), matrix(pruned, linear)?.mapv(|value| value != 0.0)));
        Ok(Self(linears.into_iter().map(of_linear).collect::<Result<_, MethodError>>()?))
    }

    /// The mask of a linear layer, shape (outputs, inputs).
    pub fn get(&self, linear: &str) -> Option<&Array2<bool>> {
        self.0.get(linear)
    }

    /// Every linear layer with its mask, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Array2<bool>)> {
        self.0.iter().map(|(linear, mask)| (linear.as_str(), mask))
    }

    /// Whether of every `m` neighbours of a row of a linear layer at most `n` stay.
    pub fn keeps(&self, linear: &str, n: usize, m: usize) -> bool {
        let few = |row: ndarray::ArrayView1<'_, bool>| {
            row.exact_chunks(m.max(1)).into_iter().all(|block| block.iter().filter(|kept| **kept).count() <= n)
        };
        self.get(linear).is_some_and(|mask| mask.rows().into_iter().all(few))
    }

    /// The network without the weights that go; the others are the same to the last bit.
    ///
    /// # Errors
    /// [`MethodError`]: a linear layer that the network does not have, or of another shape.
    pub fn apply(&self, network: &Network) -> Result<Network, MethodError> {
        let mut masked = network.clone();
        for (linear, mask) in &self.0 {
            let mut weight = matrix(&masked, linear)?;
            if weight.dim() != mask.dim() {
                return Err(MethodError::Linear { linear: linear.clone() });
            }
            weight.zip_mut_with(mask, |value, kept| *value = if *kept { *value } else { 0.0 });
            masked = with_weight(masked, linear, &weight)?;
        }
        Ok(masked)
    }
}
