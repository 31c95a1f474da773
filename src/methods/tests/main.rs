//! Published methods and exact allocation on whole networks.
#![expect(clippy::unwrap_used, reason = "all of it is a test; in functions beside tests the lint sees no test")]

mod allocation;
mod dsa;
mod heads;
mod logarithmic;
mod released;
mod seconds;
mod slimgpt;
