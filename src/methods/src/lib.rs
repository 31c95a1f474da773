//! Published methods that prune neural networks, each as its authors have it, and beside it the exact allocation it can
//! be compared with.
//!
//! | method | where |
//! |---|---|
//! | sixteen heads (Michel, Levy and Neubig 2019) | [`sixteen_heads`] |
//! | ALS: adaptive layer sparsity (2024) | [`als`] |
//! | DSA: discovering sparsity allocation (2024) | [`dsa`] |
//! | SlimGPT (NeurIPS 2024) | [`slimgpt`] |
//! | logarithmic pruning (Orseau, Hutter and Rivasplata 2020; Pensia et al. 2020) | [`logarithmic`] |
//! | MaskLLM (Fang et al., NeurIPS 2024) | [`mask_llm`] |
//! | DEPrune (Park et al., NeurIPS 2024) | [`deprune`] |
//! | S2HPruner (NeurIPS 2024) | [`s2h`] |
//! | SparseGPT (Frantar and Alistarh 2023), whole columns by second order | [`obs`] |
//! | heads and channels to a budget: uniform, SlimGPT's schedule, the exact choice | [`structured`] |
//! | magnitude, Wanda (Sun et al. 2023), SparseGPT on whole networks | [`weights`] |
//! | all nine published systems side by side: claims, what is reproduced, what could not be checked | [`systems`] |
//! | a network and data in, smaller networks out | [`pipeline`] |
//! | uniform, OWL (Yin et al. 2024), ALS, one global threshold, the exact choice | [`allocate`], with [`ratios`] |

pub mod allocate;
pub mod als;
mod damage;
pub mod deprune;
pub mod dsa;
mod error;
pub mod logarithmic;
pub mod mask_llm;
pub mod obs;
mod pieces;
pub mod pipeline;
pub mod ratios;
pub mod s2h;
pub mod seconds;
pub mod sixteen_heads;
pub mod slimgpt;
pub mod structured;
#[doc = include_str!("systems.md")]
pub mod systems {}
pub mod weights;

pub use damage::{Damage, Measure};
pub use error::MethodError;
pub use pieces::Sharing;
