//! What no single crate can test: all solvers against each other, the pipeline on real data, the layout of the project.

#[cfg(feature = "neural")]
mod als;
mod battery;
mod golden;
mod highs;
mod layout;
#[cfg(feature = "neural")]
mod levels;
mod pipeline;
mod ranking;
