//! Prunes trained models to a budget, exactly.

pub mod forest;
