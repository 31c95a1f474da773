//! The file of results: one JSON object a line, appended as they come, so that a stopped run can go on.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::meter::Measured;
use crate::workloads::Failure;

/// What a method chose for a budget, and what that is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Name of the problem.
    pub set: String,
    /// Its seed.
    pub seed: u64,
    /// Name of the method.
    pub method: String,
    /// Mean cost per example that was allowed on validation data.
    pub budget: f64,
    /// Label of the candidate chosen.
    pub choice: String,
    /// Number of candidates it was chosen from.
    pub candidates: usize,
    /// On validation data: what the choice was made by.
    pub valid: Measured,
    /// On test data.
    pub test: Measured,
    /// Wall-clock seconds of the method, for all budgets together.
    pub seconds: f64,
}

/// Reads a file of results; none if there is no file. A last line that a stop cut short is cut off the file.
///
/// # Errors
/// When the file cannot be read, or another line is no record.
pub fn read(path: &Path) -> Result<Vec<Record>, Failure> {
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
pub fn read_all(paths: &[PathBuf]) -> Result<Vec<Record>, Failure> {
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
pub fn append(path: &Path, records: &[Record]) -> Result<(), Failure> {
    let mut lines = String::new();
    for record in records {
        lines.push_str(&serde_json::to_string(record)?);
        lines.push('\n');
    }
    OpenOptions::new().create(true).append(true).open(path)?.write_all(lines.as_bytes())?;
    Ok(())
}

/// The budgets for which there is a result of a method on a problem.
pub fn done(records: &[Record], set: &str, seed: u64, method: &str) -> BTreeSet<u64> {
    let same = |record: &&Record| record.set == set && record.seed == seed && record.method == method;
    records.iter().filter(same).map(|record| record.budget.to_bits()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use secateur::forest::metrics::Metrics;

    #[test]
    fn results_come_back_and_cut_lines_go() {
        let path = std::env::temp_dir().join(format!("secateur-decisions-{}.jsonl", std::process::id()));
        assert_eq!(read(&path).unwrap(), []);
        let measured = Measured { cost: 1.25, metrics: Metrics { error: Some(0.1), ..Metrics::default() } };
        let record = |budget| Record {
            set: "s".into(),
            seed: 3,
            method: "m".into(),
            budget,
            choice: "c".into(),
            candidates: 7,
            valid: measured,
            test: measured,
            seconds: 0.5,
        };
        append(&path, &[record(1.0), record(2.5)]).unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"set\": \"s").unwrap();
        let found = read(&path).unwrap();
        assert_eq!(found, [record(1.0), record(2.5)]);
        assert_eq!(done(&found, "s", 3, "m").len(), 2);
        assert!(done(&found, "s", 4, "m").is_empty());
        append(&path, &[record(4.0)]).unwrap();
        assert_eq!(read(&path).unwrap().len(), 3);
        assert_eq!(read_all(&[path.clone(), path.clone()]).unwrap().len(), 6);
        assert!(read_all(&["/nowhere/results.jsonl".into()]).unwrap_err().to_string().contains("nowhere"));
        std::fs::write(&path, "nonsense\n").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("line 1"));
        std::fs::remove_file(&path).unwrap();
    }
}
