//! Outputs: checked before long work, written whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use secateur_files::FileSet;

use super::failure::{Failure, Outcome};

/// Checks that outputs can be written: the folder exists and takes files, nothing but a plain file is in the way, and no
/// two of them, nor an output and an input, are the same file.
pub(super) fn check_outputs(outputs: &[(&str, Option<&PathBuf>)], inputs: &[Option<&PathBuf>]) -> Outcome {
    let mut seen: Vec<(PathBuf, &str)> = Vec::new();
    for (argument, path) in outputs.iter().filter_map(|(argument, path)| Some((*argument, (*path)?))) {
        let place = place(argument, path)?;
        if let Some((_, other)) = seen.iter().find(|(known, _)| *known == place) {
            return Err(Failure::Input(format!("{argument} and {other} name the same file {}", path.display())));
        }
        let is_input = |input: &&PathBuf| input.canonicalize().is_ok_and(|input| input == place);
        if inputs.iter().copied().flatten().any(|input| is_input(&input)) {
            return Err(Failure::Input(format!("{argument} would overwrite the input {}", path.display())));
        }
        seen.push((place, argument));
    }
    Ok(())
}

/// Where an output will lie, links resolved.
fn place(argument: &str, path: &Path) -> Result<PathBuf, Failure> {
    let refuse = |reason: String| Err(Failure::Input(format!("{argument} {}: {reason}", path.display())));
    let target = match secateur_files::follow_links(path) {
        Ok(target) => target,
        Err(error) => return refuse(error.to_string()),
    };
    let Some(name) = target.file_name() else { return refuse("not a file name".into()) };
    let folder = folder_of(&target);
    if !folder.is_dir() {
        return refuse(format!("there is no folder {}", folder.display()));
    }
    match path.metadata() {
        Ok(found) if found.is_dir() => return refuse("this is a folder".into()),
        Ok(found) if !found.is_file() => return refuse("this is not a plain file".into()),
        _ => {}
    }
    if let Err(error) = secateur_files::check_writable(folder) {
        return refuse(format!("cannot write in this folder: {error}"));
    }
    match folder.canonicalize() {
        Ok(folder) => Ok(folder.join(name)),
        Err(error) => refuse(error.to_string()),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Files that are written together or not at all.
pub(super) struct Outputs {
    files: FileSet,
    /// A folder that is not left behind if nothing comes into it.
    made: Option<PathBuf>,
}

impl Outputs {
    pub(super) fn new() -> Self {
        Self { files: FileSet::new(), made: None }
    }

    /// Outputs in a folder, which is made if it is not there, and none above it.
    pub(super) fn in_folder(folder: &Path) -> Result<Self, Failure> {
        let made = (!folder.is_dir()).then(|| folder.to_owned());
        make_folder(folder)?;
        Ok(Self { files: FileSet::new(), made })
    }

    /// Writes a file under another name. The first one is that which the others are about.
    pub(super) fn add(&mut self, path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Outcome {
        self.files.add(path, write).map_err(Failure::input)
    }

    /// Gives all files their names.
    pub(super) fn commit(mut self) -> Outcome {
        std::mem::take(&mut self.files).commit().map_err(Failure::input)?;
        self.made = None;
        Ok(())
    }
}

impl Drop for Outputs {
    fn drop(&mut self) {
        // What is in it first, then the folder, should it be empty.
        drop(std::mem::take(&mut self.files));
        if let Some(folder) = &self.made {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Writes a file atomically.
pub(super) fn write(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Outcome {
    secateur_files::write_atomically(path, write)
        .map_err(|error| Failure::Input(format!("{}: cannot write: {error}", path.display())))
}

/// Reads a small text.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::Input(format!("{}: {error}", path.display())))
}

/// Makes a folder, and none above it.
pub(super) fn make_folder(path: &Path) -> Outcome {
    if path.is_dir() {
        return Ok(());
    }
    std::fs::create_dir(path).map_err(|error| Failure::Input(format!("--out {}: {error}", path.display())))
}

/// A cell of a CSV file.
pub(super) fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
