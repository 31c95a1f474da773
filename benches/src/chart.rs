//! Pictures of results as SVG files, drawn as the reports of the tool are.

use std::path::Path;

pub use secateur_cli::report::{Line, Picture, Scale};

use crate::workloads::Failure;

/// Writes a picture.
///
/// # Errors
/// When there is no point, or the file cannot be written.
pub fn draw(path: &Path, picture: &Picture<'_>) -> Result<(), Failure> {
    let svg = picture.svg().ok_or_else(|| format!("{}: nothing to plot", picture.title))?;
    Ok(std::fs::write(path, svg)?)
}
