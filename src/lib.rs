//! secateur.
