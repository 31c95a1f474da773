//! What can be chosen.

/// How multipliers are improved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Method {
    /// Projected subgradient steps with the step rule of Nan, Wang and Saligrama (2016). It is here for comparison: its
    /// bound is still loose when it stops.
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
    /// Stop when the gap, divided by the bound, is at most this [default: 1e-6]. Zero asks for a proof to the last
    /// integer.
    pub tolerance: f64,
    /// Stop after this many iterations [default: 50, as in the authors' program].
    pub max_iterations: u32,
    /// Number of shards that the resources are dealt to [default: 0, one per thread]. It does not change the answer.
    pub shards: usize,
    /// Complete the flow of the multipliers to a maximum flow, in exact integers, as soon as the gap, divided by the
    /// bound, is at most this, and at the iteration limit [default: 0.01]. Zero never does, one does at once. Not used
    /// for paths.
    pub finish: f64,
}

impl Default for PrimalDualOptions {
    fn default() -> Self {
        Self { method: Method::default(), tolerance: 1e-6, max_iterations: 50, shards: 0, finish: 0.01 }
    }
}

impl PrimalDualOptions {
    /// The authors' method and stopping rule: at most 50 subgradient iterations, no exact finish.
    pub fn authors() -> Self {
        Self { method: Method::Subgradient, finish: 0.0, ..Self::default() }
    }

    pub(crate) fn n_shards(&self) -> usize {
        if self.shards == 0 { rayon::current_num_threads() } else { self.shards }
    }
}
