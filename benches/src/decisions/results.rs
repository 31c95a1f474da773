//! What is kept of every choice; see [`crate::lines`] for the files.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::meter::Measured;

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

/// The budgets for which there is a result of a method on a problem.
pub fn done(records: &[Record], set: &str, seed: u64, method: &str) -> BTreeSet<u64> {
    let same = |record: &&Record| record.set == set && record.seed == seed && record.method == method;
    records.iter().filter(same).map(|record| record.budget.to_bits()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;

    use super::*;
    use crate::lines::{append, read, read_all};
    use secateur::forest::metrics::Metrics;

    #[test]
    fn results_come_back_and_cut_lines_go() {
        let path = std::env::temp_dir().join(format!("secateur-decisions-{}.jsonl", std::process::id()));
        assert_eq!(read::<Record>(&path).unwrap(), []);
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
        assert_eq!(read::<Record>(&path).unwrap().len(), 3);
        assert_eq!(read_all::<Record>(&[path.clone(), path.clone()]).unwrap().len(), 6);
        assert!(read_all::<Record>(&["/nowhere/results.jsonl".into()]).unwrap_err().to_string().contains("nowhere"));
        std::fs::write(&path, "nonsense\n").unwrap();
        assert!(read::<Record>(&path).unwrap_err().to_string().contains("line 1"));
        std::fs::remove_file(&path).unwrap();
    }
}
