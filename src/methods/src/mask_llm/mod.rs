//! MaskLLM (Fang et al., NeurIPS 2024): N:M masks learned end to end, with weights frozen.
//!
//! Every block of `m` neighbours of a row has a logit per candidate, the subsets of `n` places. A step draws a soft
//! mask
//!
//! ```text
//! y = softmax((kappa pi + g) / tau),   g = -log(-log U)          (Gumbel-softmax)
//! M = y S                               S: candidates x places, 0 or 1
//! ```
//!
//! and descends the loss of the network with weights `W * M` minus `lambda sum (W * M)^2`, which keeps gradients from
//! dying. The gradient of a logit is `(kappa / tau) y_i (<d, S_i> - sum_j y_j <d, S_j>)` with `d = W * dL/d(W * M)`; it
//! comes from autodiff here. `kappa` and `tau` go from their first to their last value linearly, `lambda` to 0 (as the
//! authors' code does). In the end the candidate of the largest logit stays.
//!
//! | idea | file |
//! |---|---|
//! | the subsets of a block | `candidates.rs` |
//! | what the schedules are | `options.rs` |
//! | a step's draw of soft masks | `soft.rs` |
//! | masks of other methods as a beginning | `prior.rs` |
//! | steps, what is reported of every linear layer | `learner.rs` |
//! | stopping and going on | `state.rs` |
//! | masks of a network | `masks.rs` |
//! | the packed file, as the authors' tools read and write it | `file.rs` |
//!
//! Which linear layers are dense, which 2:4, which 1:4 is an argument; [`super::allocate::exact`] on levels of patterns
//! chooses it within a budget, where the paper has a list of layers to skip.

mod candidates;
mod file;
mod learner;
mod masks;
mod options;
mod prior;
mod soft;
mod state;
#[cfg(test)]
mod tests;

pub use file::MaskFileError;
pub use learner::{MapReport, MaskLearner};
pub use masks::Masks;
pub use options::MaskOptions;
pub use state::{LinearState, MaskState};
