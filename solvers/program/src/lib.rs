//! The selection program.

mod control;

pub use control::{Control, Progress, Stop};
