//! Flows: the certificates by which the answer of a solver can be checked without the solver.

use serde::{Deserialize, Serialize};

use crate::program::SelectionProgram;

/// Non-negative integers, one per pair, in 64 bits where they fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Amounts {
    /// Every amount fits 64 bits.
    Narrow(Vec<i64>),
    /// Some do not. They are written as decimal strings.
    Wide(#[serde(with = "decimal_strings")] Vec<i128>),
}

impl Amounts {
    /// Number of amounts.
    pub fn len(&self) -> usize {
        match self {
            Amounts::Narrow(amounts) => amounts.len(),
            Amounts::Wide(amounts) => amounts.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One amount.
    pub fn get(&self, index: usize) -> i128 {
        match self {
            Amounts::Narrow(amounts) => i128::from(amounts[index]),
            Amounts::Wide(amounts) => amounts[index],
        }
    }
}

impl Amounts {
    /// Zeros.
    pub fn zeros(len: usize) -> Self {
        Amounts::Narrow(vec![0; len])
    }

    /// Adds to one amount. All amounts become 128 bits wide once one of them does not fit 64.
    ///
    /// # Panics
    /// If the index is out of range, or the sum exceeds 128 bits.
    pub fn add(&mut self, index: usize, amount: i128) {
        if let Amounts::Narrow(amounts) = self {
            match i64::try_from(i128::from(amounts[index]) + amount) {
                Ok(sum) => {
                    amounts[index] = sum;
                    return;
                }
                Err(_) => *self = Amounts::Wide(amounts.iter().map(|&amount| amount.into()).collect()),
            }
        }
        if let Amounts::Wide(amounts) = self {
            amounts[index] += amount;
        }
    }
}

impl From<Vec<i128>> for Amounts {
    fn from(wide: Vec<i128>) -> Self {
        match wide.iter().map(|&amount| i64::try_from(amount)).collect() {
            Ok(narrow) => Amounts::Narrow(narrow),
            Err(_) => Amounts::Wide(wide),
        }
    }
}

/// A flow along the pairs of a program.
///
/// In the certificate of a [`crate::Path`] the amounts of a decision's pairs are in units of `1/den` of its threshold
/// `num/den`, and in units of 1 if its threshold is infinite. In the certificate of a solution at `lambda = num/den`
/// all amounts are in units of `1/den`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Amount sent from each decision to its parent; shape (D,), zero where there is no parent.
    pub requires: Amounts,
    /// Amount sent from decision to resource; shape (U,), in the order of [`SelectionProgram::pairs`].
    pub uses: Amounts,
}

impl Flow {
    /// The zero flow.
    pub fn zero(program: &SelectionProgram) -> Self {
        Self { requires: Amounts::zeros(program.n_decisions()), uses: Amounts::zeros(program.n_uses()) }
    }
}

mod decimal_strings {
    use serde::{Deserialize, Deserializer, Serializer, de::Error, ser::SerializeSeq};

    pub(super) fn serialize<S: Serializer>(amounts: &[i128], serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(amounts.len()))?;
        for amount in amounts {
            sequence.serialize_element(&amount.to_string())?;
        }
        sequence.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i128>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts
            .iter()
            .map(|text| text.parse().map_err(|_| D::Error::custom(format!("`{text}` is not an integer"))))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_widen_when_a_sum_no_longer_fits() {
        let mut amounts = Amounts::zeros(2);
        amounts.add(0, 7);
        amounts.add(1, i64::MAX.into());
        assert_eq!(amounts, Amounts::Narrow(vec![7, i64::MAX]));
        amounts.add(1, 1);
        amounts.add(0, 1);
        assert_eq!(amounts, Amounts::Wide(vec![8, 1 << 63]));
    }
}
