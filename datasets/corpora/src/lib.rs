//! The data sets that tests and measurements know: where they are, what they hold, and how they are read.
//!
//! | module | content |
//! |---|---|
//! | [`manifest`] | the known data sets: files, digests, sources, shapes |
//! | [`catalogue`] | [`Catalogue`]: the known data sets in a folder, checked and loaded, with their prices |
//! | [`texts`] | texts, images and sentences of the same folder |
//! | `pictures`, a feature | colour images of the same folder |
//! | [`generate`] | seeded artificial data |

pub mod catalogue;
mod error;
pub mod generate;
mod idx;
pub mod manifest;
#[cfg(feature = "pictures")]
pub mod pictures;
mod prices;
pub mod texts;

pub use catalogue::{Catalogue, LoadedSet};
pub use error::{Error, Result};
