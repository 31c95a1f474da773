//! Checkpoints of treelite, version 4: written, for runtimes that load them (treelite itself, nvForest and FIL of cuML,
//! Triton).
//!
//! [`write()`] makes one of any forest. [`Options`] say how numbers are kept, and what is known of nodes. Facts this
//! rests on, each held by a test or by treelite 4.8 itself, which loads what is kept under `tests/golden/treelite`:
//!
//! - Fields follow one another without names, little-endian; an array is its number of entries (64 bits) and the
//!   entries. Optional fields are announced by a count, here zero.
//! - Thresholds and values of leaves are both of single or both of double precision, and so are the rows that the model
//!   takes.
//! - A tree adds to one class, or its leaves have a number for each; sums are divided by the number of trees if the
//!   header says so, then the base scores are added, then the postprocessor makes probabilities.
//! - The loader checks nothing: a valid [`Forest`](secateur_forest::Forest) is what makes the file sound.
//!
//! Predictions differ from the forest's by the rounding of sums, in the precision of the rows.

mod bytes;
mod error;
mod outputs;
mod write;

#[cfg(test)]
mod tests;

pub use error::WriteError;
pub use write::{Numbers, Options, write};
