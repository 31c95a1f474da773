//! Prunes trained models to a budget, exactly.

mod atomic;
pub mod forest;

pub use atomic::write_atomically;
