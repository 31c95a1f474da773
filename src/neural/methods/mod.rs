//! Published methods, each as its authors have it, and beside it the exact allocation it can be compared with.
//!
//! | method | where |
//! |---|---|
//! | sixteen heads (Michel, Levy and Neubig 2019) | [`sixteen_heads`] |
//! | ALS: adaptive layer sparsity (2024) | [`als`] |
//! | DSA: discovering sparsity allocation (2024) | [`dsa`] |
//! | OWL (Yin et al. 2024), Wanda (Sun et al. 2023), magnitude | [`ratios`] on scores of [`crate::neural::score`] |

pub mod als;
pub mod dsa;
pub mod ratios;
pub mod sixteen_heads;
