//! Programs and paths in files.

use std::path::{Path as FilePath, PathBuf};

use clap::Args;
use secateur_datasets::inflate;
use secateur_program::{Flow, FormatError, Path, ReadProgram, Rounded, SelectionProgram, read, read_rounded};
use secateur_selection::PathSolution;
use serde::{Deserialize, Serialize};

use super::failure::{Failure, Outcome};
use super::files;
use super::session::Session;

/// Format name of a path file.
const FORMAT: &str = "secateur-path";

/// A path with its certificate, as stored.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PathFile {
    format: String,
    version: u32,
    pub(super) path: Path,
    pub(super) flow: Flow,
}

impl PathFile {
    /// Reads a path file, compressed or not.
    pub(super) fn read(path: &FilePath) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        struct Header {
            format: String,
            version: u32,
        }
        let name = path.display();
        let bytes = inflate::read(path, None).map_err(Failure::input)?;
        let malformed = |error: serde_json::Error| Failure::Input(format!("{name}: not a {FORMAT} document: {error}"));
        let Header { format, version } = serde_json::from_slice(&bytes).map_err(malformed)?;
        if format != FORMAT {
            return Err(Failure::Input(format!("{name}: not a {FORMAT} document: its format is {format:?}")));
        }
        if version != 1 {
            return Err(Failure::Input(format!("{name}: version {version} of the format; this release reads 1")));
        }
        serde_json::from_slice(&bytes).map_err(malformed)
    }

    /// Writes a path and its certificate.
    pub(super) fn write(file: &FilePath, solution: &PathSolution) -> Outcome {
        let PathSolution { path, flow, .. } = solution;
        let stored = Self { format: FORMAT.into(), version: 1, path: path.clone(), flow: flow.clone() };
        files::write(file, |out| Ok(serde_json::to_writer(out, &stored)?))
    }
}

/// A program to read.
#[derive(Debug, Args)]
pub(super) struct ProgramFile {
    /// Program in text form
    #[arg(value_name = "FILE.sel")]
    pub(super) file: PathBuf,
    /// Refuse gains and costs that would have to be rounded to fit 64-bit integers
    #[arg(long)]
    exact: bool,
}

impl ProgramFile {
    /// Reads the program; what was rounded is a warning, or an error if it has to be exact.
    pub(super) fn read(&self, session: &mut Session<'_>) -> Result<SelectionProgram, Failure> {
        match self.exact {
            true => {
                let bytes = inflate::read(&self.file, None).map_err(Failure::input)?;
                read(bytes.as_slice()).map_err(|error| refused(&self.file, error))
            }
            false => read_program(&self.file, session),
        }
    }
}

fn refused(path: &FilePath, error: FormatError) -> Failure {
    match error {
        FormatError::Build(error) => Failure::Input(format!("{}: {error} (ids count from 0)", path.display())),
        other => Failure::in_file(path.display(), other),
    }
}

/// Reads a program, compressed or not. Numbers with more digits than 64-bit integers hold are rounded, with a warning.
pub(super) fn read_program(path: &FilePath, session: &mut Session<'_>) -> Result<SelectionProgram, Failure> {
    let bytes = inflate::read(path, None).map_err(Failure::input)?;
    let found = read_rounded(bytes.as_slice()).map_err(|error| refused(path, error));
    let ReadProgram { program, gains, costs } = found?;
    for (what, rounded) in [("gains", gains), ("costs", costs)] {
        if let Some(Rounded { unit, max_error }) = rounded {
            let name = path.display();
            session.warn(format!("{name}: {what} rounded to multiples of {unit:e}, by at most {max_error:.1e}"));
        }
    }
    Ok(program)
}
