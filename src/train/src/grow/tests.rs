//! The grower against a slow exact one, against smartcore, and against what its documentation promises.

mod data;
mod errors;
mod exact;
mod peer;
mod promises;
mod reference;
