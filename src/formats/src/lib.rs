//! Forests from and to the formats of other libraries.
//!
//! | module | library |
//! |---|---|
//! | [`lightgbm`] | LightGBM's text models, read and written |
//! | `smartcore`, a feature | models of smartcore that an application holds, and training by smartcore |
//!
//! Every reader ends in [`secateur_forest::Forest::new`], the one door: what a forest cannot say is refused by name.

pub mod lightgbm;
#[cfg(feature = "smartcore")]
pub mod smartcore;
