//! The gap between the soft and the hard network, and whom it moves.
//!
//! With `S` and `H` the outputs of the two, `[X]` a constant, and `c` the weight of the gap, the decoupled form is
//!
//! ```text
//! (a)  c D([S], H)   moves weights and masks, through the hard network: it learns from the soft one
//! (b)  c D(S, [H])   moves masks alone: the soft network comes to what the hard one can follow, with the weights that it has
//! ```
//!
//! For (b) the soft network runs once more, with the same masks and weights that are constants. Whatever moves masks
//! alone takes its outputs from there.

use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use secateur_neural::divergence;

use super::Gap;

/// Added to the variance of logits (the authors' `auto_t`).
const EPSILON: f64 = 1e-7;

/// Logits of one batch; shape (rows, classes).
pub(super) struct Outputs<B: AutodiffBackend> {
    /// Of the soft network.
    pub(super) soft: Tensor<B, 2>,
    /// Of the hard network.
    pub(super) hard: Tensor<B, 2>,
    /// Of the soft network with constant weights, where the gap asks for it ([`Gap::is_decoupled`]).
    pub(super) soft_of_masks: Option<Tensor<B, 2>>,
}

/// The terms of a gap, in nats per row.
pub(super) struct Terms<B: AutodiffBackend> {
    /// (a): moves weights and masks.
    pub(super) all: Tensor<B, 1>,
    /// (b): moves masks.
    pub(super) masks: Option<Tensor<B, 1>>,
}

impl Gap {
    /// Whether one of the terms moves masks alone.
    pub(super) fn is_decoupled(self) -> bool {
        matches!(self, Gap::Decoupled | Gap::DecoupledTowards | Gap::DecoupledReversed)
    }

    /// The terms.
    pub(super) fn terms<B: AutodiffBackend>(self, outputs: &Outputs<B>, normalise: bool) -> Terms<B> {
        let ready = |logits: &Tensor<B, 2>| if normalise { normalised(logits.clone()) } else { logits.clone() };
        let (soft, hard) = (ready(&outputs.soft), ready(&outputs.hard));
        let (fixed_soft, fixed_hard) = (soft.clone().detach(), hard.clone().detach());
        let of_masks = outputs.soft_of_masks.as_ref().map(ready);
        let all = match self {
            Gap::Decoupled | Gap::DecoupledTowards => divergence(fixed_soft, hard),
            Gap::DecoupledReversed => divergence(hard, fixed_soft),
            Gap::Coupled => divergence(soft, hard).mul_scalar(0.5),
            Gap::CoupledReversed => divergence(hard, soft).mul_scalar(0.5),
            Gap::Symmetric => (divergence(fixed_soft, hard) + divergence(fixed_hard.clone(), soft)).mul_scalar(0.5),
        };
        let masks = match self {
            Gap::Decoupled => of_masks.map(|soft| divergence(soft, fixed_hard)),
            Gap::DecoupledTowards | Gap::DecoupledReversed => of_masks.map(|soft| divergence(fixed_hard, soft)),
            Gap::Coupled | Gap::CoupledReversed | Gap::Symmetric => None,
        };
        Terms { all, masks }
    }
}

/// Every row with mean 0 and variance 1.
fn normalised<B: Backend>(logits: Tensor<B, 2>) -> Tensor<B, 2> {
    let centred = logits.clone() - logits.mean_dim(1);
    let variance = centred.clone().square().mean_dim(1);
    centred / (variance + EPSILON).sqrt()
}
