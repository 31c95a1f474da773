//! DEPrune (Park et al., NeurIPS 2024): depthwise-separable convolutions pruned weight by weight in the depthwise part,
//! filter by filter in the projection, so that products stay dense.
//!
//! A depthwise convolution of M channels with kernels k x k is lowered to `G = ceil(M / 32)` products
//!
//! ```text
//! Y_g = W_g X_g,    W_g: 32 x 32 k^2,    X_g: 32 k^2 x (places of the output)
//! ```
//!
//! Column (t, c) of `W_g` holds tap t of channel c and nothing else (tap after tap, each a diagonal of 32), so a weight
//! that goes takes a whole column of `W_g` and the row of `X_g` with it. Where M is no multiple of 32 the last product
//! is filled up; what fills it is no weight: it neither counts in fractions nor competes.
//!
//! | step | which vectors stay |
//! |---|---|
//! | DCP | of a layer's weights those of largest magnitude, at a fraction |
//! | BWT | the largest `c` of every product, the same `c` in all: products run side by side, the longest decides |
//! | filters | rows of the projection of largest l2 norm; those that go are zero rows with zero biases |
//! | HSR | counts `c` moved to multiples of 32, see below |
//! | fine-tuning | the weights left, the others held at zero |
//!
//! HSR looks at each layer whose count is no multiple: `epsilon = c mod 32` vectors lie in a tile that is not full,
//! `alpha = T(c) - T(c - epsilon)` seconds are saved by giving them up, `beta = alpha / epsilon`. The half of the
//! layers with the largest beta gives them up, the other half fills the tile. `T` is measured. Columns and filters are
//! ranked apart, each among themselves.
//!
//! The exact choice in its place is a multiple-choice knapsack: per layer the multiples of 32 are levels, what is kept
//! is their gain, tiles or measured seconds their cost ([`secateur_neural::levels`]).
//!
//! | idea | file |
//! |---|---|
//! | the layers of a network, their lowering in numbers | `layers.rs` |
//! | vectors in order of magnitude, in parts that keep equal counts | `vectors.rs` |
//! | the products, with the columns that stay | `lowering.rs` |
//! | multiples of the tile, and HSR | `recalibrate.rs` |
//! | measured seconds | `seconds.rs` |
//! | the method from end to end | `prune.rs` |
//! | what stays; as a masked network, as masks | `plan.rs` |
//! | a network that computes only what stays | `compact.rs` |
//! | the exact choice of tiles | `exact.rs` |
//!
//! Our reading of two places: `alpha` is the seconds saved, not a quotient of times, for layers run one after another;
//! and a layer never gives up its last tile, so one with less than a tile always fills it. A layer with all its vectors
//! is aligned whatever their number.

mod compact;
mod exact;
mod layers;
mod lowering;
mod plan;
mod prune;
mod recalibrate;
mod seconds;
#[cfg(test)]
mod tests;
mod vectors;

pub use compact::Compact;
pub use exact::{ExactTiles, TileCost, exact_tiles};
pub use layers::{GROUP, SeparableLayer, separable_layers};
pub use lowering::{Lowered, SubGemm, sub_gemms};
pub use plan::{Fractions, LayerPlan, Plan};
pub use prune::{Tiles, Variant, prune};
pub use recalibrate::{aligned, recalibrate};
pub use seconds::{PartSeconds, SecondsTables, measure_seconds, part_seconds};
pub use vectors::Vectors;
