//! `decisions table`: what the file of results says, as Markdown.

use std::fmt::Write;

use super::meter::Measured;
use super::methods::METHODS;
use super::problem::{self, Metric};
use super::results::Record;
use super::statistics::{Mean, Tally, verdict};
use crate::markdown;
use crate::workloads::Failure;

/// A quantity in a table.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) title: &'static str,
    pub(super) of: fn(&Measured) -> Option<f64>,
    higher_is_better: bool,
    decimals: usize,
}

const COST: Shown = Shown { title: "cost", of: |at| Some(at.cost), higher_is_better: false, decimals: 2 };

/// What is shown of a problem; the first is what methods are compared by.
pub(super) fn shown(judged: Metric) -> Vec<Shown> {
    let shown = |title, of, higher_is_better, decimals| Shown { title, of, higher_is_better, decimals };
    match judged {
        Metric::Error => vec![
            shown("accuracy", |at| at.metrics.error.map(|error| 1.0 - error), true, 4),
            shown("log-loss", |at| at.metrics.log_loss, false, 4),
            shown("AUC", |at| at.metrics.auc, true, 4),
            COST,
        ],
        Metric::SquaredError => vec![
            shown("R2", |at| at.metrics.r2, true, 4),
            shown("root mean squared error", |at| at.metrics.squared_error.map(f64::sqrt), false, 4),
            COST,
        ],
        Metric::Ranking => vec![
            shown("NDCG@10", |at| at.metrics.ndcg, true, 4),
            shown("precision at 5", |at| at.metrics.precision, true, 4),
            COST,
        ],
    }
}

/// Results of one set.
pub(super) struct OfSet<'a> {
    pub(super) name: &'a str,
    pub(super) judged: Metric,
    pub(super) methods: Vec<&'a str>,
    pub(super) budgets: Vec<f64>,
    records: Vec<&'a Record>,
}

/// The sets that occur, in the order of the problems; methods in the order of registration.
pub(super) fn by_set(records: &[Record]) -> Result<Vec<OfSet<'_>>, Failure> {
    let mut sets = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for record in records {
        problem::judged(&record.set)?;
        if !names.contains(&record.set.as_str()) {
            names.push(&record.set);
        }
    }
    let place = |name: &str| problem::names().position(|known| known == name);
    names.sort_by_key(|name| place(name));
    for name in names {
        let records: Vec<&Record> = records.iter().filter(|record| record.set == name).collect();
        let mut methods: Vec<&str> = Vec::new();
        let mut budgets: Vec<f64> = Vec::new();
        for record in &records {
            if !methods.contains(&record.method.as_str()) {
                methods.push(&record.method);
            }
            if !budgets.contains(&record.budget) {
                budgets.push(record.budget);
            }
        }
        budgets.sort_by(f64::total_cmp);
        let registered = |name: &str| METHODS.iter().position(|method| method.name == name).unwrap_or(usize::MAX);
        methods.sort_by_key(|name| registered(name));
        sets.push(OfSet { name, judged: problem::judged(name)?, methods, budgets, records });
    }
    Ok(sets)
}

impl OfSet<'_> {
    /// Test values by seed of a method at a budget.
    pub(super) fn values(&self, method: &str, budget: f64, of: fn(&Measured) -> Option<f64>) -> Vec<(u64, f64)> {
        let here = self.records.iter().filter(|record| record.method == method && record.budget == budget);
        here.filter_map(|record| Some((record.seed, of(&record.test)?))).collect()
    }

    /// Mean over seeds.
    pub(super) fn mean(&self, method: &str, budget: f64, of: fn(&Measured) -> Option<f64>) -> Option<Mean> {
        let values: Vec<f64> = self.values(method, budget, of).into_iter().map(|(_, value)| value).collect();
        Mean::of(&values)
    }

    /// Wins, ties and losses of a method against the reference over all budgets, by the first quantity shown.
    pub(super) fn tally(&self, method: &str, reference: &str) -> Tally {
        let Shown { of, higher_is_better, .. } = shown(self.judged)[0];
        let sign = if higher_is_better { 1.0 } else { -1.0 };
        let mut tally = Tally::default();
        for &budget in &self.budgets {
            let theirs = self.values(reference, budget, of);
            let difference = |&(seed, value): &(u64, f64)| {
                let (_, other) = theirs.iter().find(|(other, _)| *other == seed)?;
                Some(sign * (value - other))
            };
            let differences: Vec<f64> = self.values(method, budget, of).iter().filter_map(difference).collect();
            verdict(&differences).into_iter().for_each(|verdict| tally.add(verdict));
        }
        tally
    }

    fn table(&self, shown: &Shown) -> Option<String> {
        let means = |method: &&str| -> Vec<Option<Mean>> {
            self.budgets.iter().map(|&budget| self.mean(method, budget, shown.of)).collect()
        };
        let rows: Vec<Vec<Option<Mean>>> = self.methods.iter().map(means).collect();
        if rows.iter().flatten().all(Option::is_none) {
            return None;
        }
        // Large numbers need no decimals.
        let largest = rows.iter().flatten().flatten().map(|mean| mean.mean.abs()).fold(0.0, f64::max);
        let decimals = if largest >= 1000.0 { 0 } else { shown.decimals };
        let written = |mean: &Mean| format!("{:.decimals$}", mean.mean);
        let best: Vec<Option<String>> = (0..self.budgets.len())
            .map(|column| {
                let known = rows.iter().filter_map(|row| row[column].as_ref());
                let by_mean = |a: &&Mean, b: &&Mean| a.mean.total_cmp(&b.mean);
                let best = if shown.higher_is_better { known.max_by(by_mean) } else { known.min_by(by_mean) };
                best.filter(|_| shown.title != COST.title).map(written)
            })
            .collect();
        let most = rows.iter().flatten().flatten().map(|mean| mean.n).max().unwrap_or(0);
        let cell = |column: usize, mean: &Option<Mean>| {
            let Some(mean) = mean else { return "-".to_owned() };
            let mut text = written(mean);
            if best[column].as_ref() == Some(&text) {
                text = format!("**{text}**");
            }
            if let Some(error) = mean.error {
                let _ = write!(text, " +- {error:.decimals$}");
            }
            if mean.n < most {
                let _ = write!(text, " ({} of {most})", mean.n);
            }
            text
        };
        let mut head = vec![format!("{} within", shown.title)];
        head.extend(self.budgets.iter().map(f64::to_string));
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        let lines = self.methods.iter().zip(&rows).map(|(method, row)| {
            let cells = row.iter().enumerate().map(|(column, mean)| cell(column, mean));
            [(*method).to_owned()].into_iter().chain(cells).collect()
        });
        Some(markdown(&head, lines))
    }
}

/// All tables. Means and standard errors over seeds, of test data; the best of each column is bold.
pub(super) fn tables(records: &[Record], reference: &str) -> Result<String, Failure> {
    let sets = by_set(records)?;
    let mut text = String::new();
    for set in &sets {
        let seeds = set.records.iter().map(|record| record.seed).collect::<std::collections::BTreeSet<_>>().len();
        let _ = writeln!(text, "### {}\n\nTest data, mean +- standard error of {seeds} seeds.\n", set.name);
        for shown in shown(set.judged) {
            if let Some(table) = set.table(&shown) {
                text += &table;
                text.push('\n');
            }
        }
    }
    text += &wins(&sets, reference);
    text += &seconds(&sets);
    Ok(text)
}

/// Every method against the reference.
fn wins(sets: &[OfSet<'_>], reference: &str) -> String {
    let methods = all_methods(sets);
    let mut head = vec!["method"];
    head.extend(sets.iter().map(|set| set.name));
    head.push("all");
    let rows = methods.iter().filter(|method| **method != reference).map(|method| {
        let tallies: Vec<Tally> = sets.iter().map(|set| set.tally(method, reference)).collect();
        let all = tallies.iter().fold(Tally::default(), |sum, tally| sum.plus(*tally));
        let cells = tallies.iter().chain([&all]).map(Tally::to_string);
        [(*method).to_owned()].into_iter().chain(cells).collect()
    });
    let table = markdown(&head, rows);
    format!(
        "### Against {reference}\n\nBudgets won / tied / lost by the first metric, by one standard error of the mean paired difference; \
         budgets with fewer than two common seeds are left out.\n\n{table}\n"
    )
}

/// Seconds of every method, mean over seeds.
fn seconds(sets: &[OfSet<'_>]) -> String {
    let mut head = vec!["method"];
    head.extend(sets.iter().map(|set| set.name));
    let rows = all_methods(sets).into_iter().map(|method| {
        let cells = sets.iter().map(|set| {
            let first = |record: &&&Record| record.method == method && Some(&record.budget) == set.budgets.first();
            let seconds: Vec<f64> = set.records.iter().filter(first).map(|record| record.seconds).collect();
            Mean::of(&seconds).map_or("-".to_owned(), |mean| format!("{:.1}", mean.mean))
        });
        [method.to_owned()].into_iter().chain(cells).collect()
    });
    format!(
        "### Seconds\n\nTraining and measuring all candidates on validation data, mean over seeds.\n\n{}\n",
        markdown(&head, rows)
    )
}

fn all_methods<'a>(sets: &[OfSet<'a>]) -> Vec<&'a str> {
    let mut methods: Vec<&str> = Vec::new();
    for method in sets.iter().flat_map(|set| set.methods.iter().copied()) {
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    methods.sort_by_key(|name| METHODS.iter().position(|method| method.name == *name).unwrap_or(usize::MAX));
    methods
}

#[cfg(test)]
mod tests {
    use super::*;
    use secateur::forest::metrics::Metrics;

    fn record(method: &str, seed: u64, budget: f64, error: f64) -> Record {
        let measured = Measured { cost: budget, metrics: Metrics { error: Some(error), ..Metrics::default() } };
        Record {
            set: "heart".into(),
            seed,
            method: method.into(),
            budget,
            choice: "c".into(),
            candidates: 1,
            valid: measured,
            test: measured,
            seconds: 2.0,
        }
    }

    #[test]
    fn tables_by_hand() {
        let records = [
            record("lightgbm-lazy", 1, 2.0, 0.30),
            record("lightgbm-lazy", 2, 2.0, 0.20),
            record("exact-gini", 1, 2.0, 0.25),
            record("exact-gini", 2, 2.0, 0.15),
            record("lightgbm-lazy", 1, 4.0, 0.10),
            record("lightgbm-lazy", 2, 4.0, 0.10),
            record("exact-gini", 1, 4.0, 0.20),
        ];
        let text = tables(&records, "lightgbm-lazy").unwrap();
        // Accuracies .75 and .85: mean .8, standard error .05; the second budget has one seed of two.
        assert!(text.contains("| exact-gini | **0.8000** +- 0.0500 | 0.8000 (1 of 2) |"), "{text}");
        assert!(text.contains("| lightgbm-lazy | 0.7500 +- 0.0500 | **0.9000** +- 0.0000 |"), "{text}");
        // The difference is .05 for both seeds: won; one common seed at the other budget gives no verdict.
        assert!(text.contains("| exact-gini | 1 / 0 / 0 | 1 / 0 / 0 |"), "{text}");
        assert!(!text.contains("AUC") && text.contains("| exact-gini | 2.0 |"), "{text}");
        // Seeds are paired, in whatever order they stand: differences of .05 twice, not of -.15 and .05.
        let crossed = [
            record("lightgbm-lazy", 1, 2.0, 0.10),
            record("lightgbm-lazy", 2, 2.0, 0.30),
            record("exact-gini", 2, 2.0, 0.25),
            record("exact-gini", 1, 2.0, 0.05),
        ];
        let sets = by_set(&crossed).unwrap();
        assert_eq!(sets[0].tally("exact-gini", "lightgbm-lazy"), Tally { wins: 1, ..Tally::default() });
        let mut unknown = records.to_vec();
        unknown[0].set = "nowhere".into();
        assert!(tables(&unknown, "lightgbm-lazy").unwrap_err().to_string().contains("nowhere"));
    }
}
