//! Files of results: one JSON object a line, appended as they come, so that a stopped run can go on.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::workloads::Failure;

/// Reads a file of results; none if there is no file. A last line that a stop cut short is cut off the file.
///
/// # Errors
/// When the file cannot be read, or another line is no record.
pub fn read<R: DeserializeOwned>(path: &Path) -> Result<Vec<R>, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", path.display()).into()),
    };
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    if whole < text.len() {
        OpenOptions::new().write(true).open(path)?.set_len(whole as u64)?;
    }
    let record = |(line, text): (usize, &str)| {
        serde_json::from_str(text).map_err(|error| format!("{}, line {line}: {error}", path.display()).into())
    };
    (1..).zip(text[..whole].lines()).map(record).collect()
}

/// Reads several files of results, which must be there.
///
/// # Errors
/// As [`read`], or when a file is missing.
pub fn read_all<R: DeserializeOwned>(paths: &[PathBuf]) -> Result<Vec<R>, Failure> {
    let mut records = Vec::new();
    for path in paths {
        if !path.exists() {
            return Err(format!("no file {}", path.display()).into());
        }
        records.extend(read(path)?);
    }
    Ok(records)
}

/// Appends records in one write.
///
/// # Errors
/// When writing fails.
pub fn append<R: Serialize>(path: &Path, records: &[R]) -> Result<(), Failure> {
    let mut lines = String::new();
    for record in records {
        lines.push_str(&serde_json::to_string(record)?);
        lines.push('\n');
    }
    OpenOptions::new().create(true).append(true).open(path)?.write_all(lines.as_bytes())?;
    Ok(())
}
