//! Published methods and exact allocation on whole networks.

mod allocation;
mod dsa;
mod heads;
mod logarithmic;
mod released;
mod seconds;
mod slimgpt;
