//! Masks of maps.

use std::collections::BTreeMap;

use ndarray::Array2;

use crate::Network;
use crate::methods::MethodError;
use crate::methods::slimgpt::{matrix, with_weight};

/// Which weights stay, per linear map; maps that are not here are whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Masks(pub(super) BTreeMap<String, Array2<bool>>);

impl Masks {
    /// What other methods left of these maps: weights that are not zero.
    ///
    /// # Errors
    /// [`MethodError::Map`].
    pub fn of<'a>(pruned: &Network, maps: impl IntoIterator<Item = &'a str>) -> Result<Self, MethodError> {
        let of_map = |map: &str| Ok((map.to_owned(), matrix(pruned, map)?.mapv(|value| value != 0.0)));
        Ok(Self(maps.into_iter().map(of_map).collect::<Result<_, MethodError>>()?))
    }

    /// The mask of a map, shape (outputs, inputs).
    pub fn get(&self, map: &str) -> Option<&Array2<bool>> {
        self.0.get(map)
    }

    /// Every map with its mask, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Array2<bool>)> {
        self.0.iter().map(|(map, mask)| (map.as_str(), mask))
    }

    /// Whether of every `m` neighbours of a row of a map at most `n` stay.
    pub fn keeps(&self, map: &str, n: usize, m: usize) -> bool {
        let few = |row: ndarray::ArrayView1<'_, bool>| {
            row.exact_chunks(m.max(1)).into_iter().all(|block| block.iter().filter(|kept| **kept).count() <= n)
        };
        self.get(map).is_some_and(|mask| mask.rows().into_iter().all(few))
    }

    /// The network without the weights that go; the others are the same to the last bit.
    ///
    /// # Errors
    /// [`MethodError`]: a map that the network does not have, or of another shape.
    pub fn apply(&self, network: &Network) -> Result<Network, MethodError> {
        let mut masked = network.clone();
        for (map, mask) in &self.0 {
            let mut weight = matrix(&masked, map)?;
            if weight.dim() != mask.dim() {
                return Err(MethodError::Map { map: map.clone() });
            }
            weight.zip_mut_with(mask, |value, kept| *value = if *kept { *value } else { 0.0 });
            masked = with_weight(masked, map, &weight)?;
        }
        Ok(masked)
    }
}
