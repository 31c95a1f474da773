//! What can be chosen.

/// How multipliers are improved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Method {
    /// Projected subgradient steps with the step rule of Nan, Wang and Saligrama (2016). For comparison: its bound is loose when it
    /// stops.
    Subgradient,
    /// Douglas-Rachford splitting (Jegelka, Bach and Sra 2013).
    #[default]
    Splitting,
}

/// Options of the primal-dual solvers; start from `PrimalDualOptions::default()`.
#[derive(Debug, Clone, PartialEq)]
pub struct PrimalDualOptions {
    /// How multipliers are improved [default: splitting]. Paths are always solved by splitting.
    pub method: Method,
    /// Stop when the gap is at most this share of the bound [default: 1e-6]; 0 asks for a proof to the last integer.
    pub tolerance: f64,
    /// Stop after this many passes [default: 50, as the authors'].
    pub max_passes: u32,
    /// Shards that the resources are dealt to [default: 0, one per thread]. Does not change the answer.
    pub shards: usize,
    /// Complete the flow of the multipliers to a maximum one, in exact integers, once the gap is at most this share of the bound, or at the
    /// limit on passes [default: 0.01]; 0 never does, 1 does at once. One lambda only.
    pub finish: f64,
}

impl Default for PrimalDualOptions {
    fn default() -> Self {
        Self { method: Method::default(), tolerance: 1e-6, max_passes: 50, shards: 0, finish: 0.01 }
    }
}

impl PrimalDualOptions {
    /// The authors' method and stopping rule: 50 subgradient passes at most, no exact finish.
    pub fn authors() -> Self {
        Self { method: Method::Subgradient, finish: 0.0, ..Self::default() }
    }

    pub(crate) fn n_shards(&self) -> usize {
        if self.shards == 0 { rayon::current_num_threads() } else { self.shards }
    }
}
