//! S2HPruner (NeurIPS 2024): widths learned with the weights, by a soft network and the hard one that it becomes.
//!
//! The units of a group (inner channels, heads) are sorted by the norms of their weights. Candidates
//! `ch_k = d, 2d, .., C` for how many stay have logits `u`:
//!
//! ```text
//! p = softmax(u / T)            w_k = sum_{j >= k} p_j          the probability that bucket k stays; w_1 = 1
//! E = sum_k p_k ch_k            dE/du_k = (p_k / T) (ch_k - E)
//! N = E up to a multiple of d   dN/dE = 1 (straight through)
//! ```
//!
//! In the soft network the outputs of units are multiplied by `w`; in the hard network the first `N` units have a mask
//! `m = [h - w] + w`, where `[X]` is a constant and `h = 1`, and the others are not there. With `S` and `H` what the
//! two say, a step descends
//!
//! ```text
//! task(S) + c D([S], H)                                              by weights and masks
//! c D(S, [H])                                                        by masks alone
//! coef (cost(N) / cost(C) - target)^2                                by masks, its value at N, its gradient to E
//! ```
//!
//! (other forms of the gap: [`Gap`]). So the hard network learns from the soft one, and never pulls the weights of that
//! one. Of the gradients of a group's masks by data and by resources the weaker one is lengthened until
//! `|data| = s |resource|`, `s = data_scale / min(R / (coef relax^2), 1)`; masks descend their sum with a rate of their
//! own, and are moved to mean 0. In the end the hard network is what a smaller dense network computes.
//!
//! | idea | file |
//! |---|---|
//! | what can be chosen | `options.rs` |
//! | candidates, their probabilities, masks of buckets, widths | `counts.rs` |
//! | which units go first | `order.rs` |
//! | masks of the soft and the hard network | `network.rs` |
//! | the gap, and whom it moves | `distil.rs` |
//! | the resource term | `resource.rs` |
//! | data against resources | `balance.rs` |
//! | steps, reports, the smaller network | `learner.rs` |
//! | beside it: the exact choice of widths within a budget | `widths/` |
//!
//! Which of the authors' variants made their tables is not known, nor are their numbers: see [`S2hOptions`]. Where the
//! units are no multiple of `d`, they take a smaller `d`; here the last candidate is all units.

mod balance;
mod counts;
mod distil;
mod learner;
mod network;
mod options;
mod order;
mod resource;
#[cfg(test)]
mod tests;
mod widths;

pub use learner::{S2hLoss, WidthLearner, WidthReport};
pub use options::{Gap, Order, S2hOptions};
pub use resource::WidthCosts;
pub use widths::{GroupWidths, WidthChoice, WidthTable};
