//! Tables in Markdown and pictures: means over seeds.

use std::collections::BTreeMap;
use std::path::Path;

use super::outcome::Outcome;
use crate::chart::{Line, Picture, Scale, draw};
use crate::decisions::statistics::Mean;
use crate::markdown;
use crate::workloads::Failure;

/// A task and a family.
type Part = (String, String);

/// Whether a task is judged by accuracy; else by perplexity.
fn by_accuracy(task: &str) -> bool {
    task != "shakespeare"
}

fn judged(outcome: &Outcome) -> f64 {
    if by_accuracy(&outcome.task) { outcome.test.accuracy } else { outcome.test.loss.exp() }
}

/// Mean, and standard error where there is more than one value.
fn shown(values: &[f64], digits: usize) -> String {
    match Mean::of(values) {
        Some(Mean { mean, error: Some(error), .. }) => format!("{mean:.digits$} ± {error:.digits$}"),
        Some(Mean { mean, .. }) => format!("{mean:.digits$}"),
        None => "-".to_owned(),
    }
}

/// Outcomes of each task and family, in order of their first; those of the family `searched` are weights pruned by one more rule.
fn parts(outcomes: &[Outcome]) -> Vec<(Part, Vec<&Outcome>)> {
    let mut parts: Vec<(Part, Vec<&Outcome>)> = Vec::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.family != "whole") {
        let part = part_of(outcome);
        match parts.iter_mut().find(|(own, _)| *own == part) {
            Some((_, own)) => own.push(outcome),
            None => parts.push((part, vec![outcome])),
        }
    }
    parts
}

fn part_of(outcome: &Outcome) -> Part {
    let family = if outcome.family == "searched" { "weights" } else { &outcome.family };
    (outcome.task.clone(), family.to_owned())
}

/// The networks that the parts are pruned from, judged, per seed. A file holds a network before its families; where some of these have been run anew, the others
/// may be of a network that was trained elsewhere, on a processor that rounds otherwise.
fn wholes(outcomes: &[Outcome]) -> BTreeMap<Part, BTreeMap<u64, f64>> {
    let mut last = BTreeMap::new();
    let mut found: BTreeMap<Part, BTreeMap<u64, f64>> = BTreeMap::new();
    for outcome in outcomes {
        let network = (outcome.task.as_str(), outcome.seed);
        if outcome.family == "whole" {
            last.insert(network, judged(outcome));
        } else if let Some(value) = last.get(&network) {
            found.entry(part_of(outcome)).or_default().insert(outcome.seed, *value);
        }
    }
    found
}

/// Distinct values in order of their first.
fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    values.for_each(|value| {
        if !found.contains(&value) {
            found.push(value);
        }
    });
    found
}

/// One table per task and family: a row per method, a column per budget.
pub(super) fn tables(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    let whole = wholes(outcomes);
    for ((task, family), own) in parts(outcomes) {
        let seeds = distinct(own.iter().map(|outcome| outcome.seed)).len();
        let quantity = if by_accuracy(&task) { "accuracy" } else { "perplexity" };
        let word = if seeds == 1 { "seed" } else { "seeds" };
        text.push_str(&format!("### {task}, {family}: test {quantity}, {seeds} {word}\n\n"));
        if let Some(values) = whole.get(&(task.clone(), family.clone())) {
            let digits = if by_accuracy(&task) { 4 } else { 2 };
            let values: Vec<f64> = values.values().copied().collect();
            text.push_str(&format!("Whole: {}.\n\n", shown(&values, digits)));
        }
        let budgets = distinct(own.iter().map(|outcome| outcome.budget));
        let titles: Vec<String> = budgets.iter().map(|budget| format!("{budget:.2}")).collect();
        let head: Vec<&str> = std::iter::once("method \\ left").chain(titles.iter().map(String::as_str)).collect();
        let row = |method: &str| {
            let cell = |budget: &f64| {
                let of = |outcome: &&&Outcome| outcome.method == method && outcome.budget == *budget;
                let values: Vec<f64> = own.iter().filter(of).map(|outcome| judged(outcome)).collect();
                let mean = |digits: usize, of_one: &dyn Fn(&Outcome) -> Option<f64>| {
                    let all: Vec<f64> = own.iter().filter(of).filter_map(|outcome| of_one(outcome)).collect();
                    Mean::of(&all).map(|found| format!("{:.digits$}", found.mean))
                };
                // Single weights are counted to the last step; units are larger.
                let digits = if family == "weights" { 4 } else { 2 };
                let parts = [mean(digits, &|outcome| Some(outcome.left)), mean(2, &|outcome| outcome.seconds_left)];
                let parts: Vec<String> = parts.into_iter().flatten().collect();
                let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
                format!("{}{parts}", shown(&values, if by_accuracy(&task) { 4 } else { 2 }))
            };
            std::iter::once(method.to_owned()).chain(budgets.iter().map(cell)).collect()
        };
        let methods = distinct(own.iter().map(|outcome| outcome.method.as_str()));
        text.push_str(&markdown(&head, methods.into_iter().map(row)));
        text.push('\n');
        text.push_str(&of_tables(&task, &family, &own, &budgets, &head));
    }
    text
}

/// What measured tables say of every allocation: a row per method, the means of all tables in a cell.
fn of_tables(task: &str, family: &str, own: &[&Outcome], budgets: &[f64], head: &[&str]) -> String {
    let own: Vec<&&Outcome> = own.iter().filter(|outcome| !outcome.on_tables.is_empty()).collect();
    let names = distinct(own.iter().flat_map(|outcome| outcome.on_tables.keys().map(String::as_str)));
    if names.is_empty() {
        return String::new();
    }
    let row = |method: &str| {
        let cell = |budget: &f64| {
            let of_table = |name: &&str| {
                let at = own.iter().filter(|outcome| outcome.method == method && outcome.budget == *budget);
                let values: Vec<f64> = at.filter_map(|outcome| outcome.on_tables.get(*name).copied()).collect();
                Mean::of(&values).map_or("-".to_owned(), |found| format!("{:.4}", found.mean))
            };
            names.iter().map(of_table).collect::<Vec<_>>().join(", ")
        };
        std::iter::once(method.to_owned()).chain(budgets.iter().map(cell)).collect()
    };
    let methods = distinct(own.iter().map(|outcome| outcome.method.as_str()));
    let table = markdown(head, methods.into_iter().map(row));
    format!("{task}, {family}, the same allocations on the measured tables ({}):\n\n{table}\n", names.join(", "))
}

/// One picture per task and family, and one against measured seconds where shapes change; of weights one for those that stay as they are and one for
/// those that are updated.
pub(super) fn plots(outcomes: &[Outcome], folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    for ((task, family), own) in parts(outcomes) {
        let against_left = |outcome: &Outcome| Some(outcome.left);
        let x = format!("share of the cost of {family} that is left");
        if family == "weights" {
            let (updated, frozen): (Vec<&Outcome>, Vec<&Outcome>) =
                own.iter().partition(|outcome| outcome.method.starts_with("SparseGPT"));
            for (name, own) in [("weights-frozen", frozen), ("weights-updated", updated)] {
                if !own.is_empty() {
                    plot(&task, name, &own, &x, against_left, folder)?;
                }
            }
            continue;
        }
        plot(&task, &family, &own, &x, against_left, folder)?;
        if own.iter().any(|outcome| outcome.seconds_left.is_some()) {
            let name = format!("{family}-seconds");
            plot(&task, &name, &own, "share of the seconds of a forward pass", |outcome| outcome.seconds_left, folder)?;
        }
    }
    Ok(())
}

fn plot(
    task: &str,
    name: &str,
    own: &[&Outcome],
    x: &str,
    of: impl Fn(&Outcome) -> Option<f64>,
    folder: &Path,
) -> Result<(), Failure> {
    let mut lines = Vec::new();
    for method in distinct(own.iter().map(|outcome| outcome.method.as_str())) {
        let mut points = Vec::new();
        for budget in distinct(own.iter().map(|outcome| outcome.budget)) {
            let at = own.iter().filter(|outcome| outcome.method == method && outcome.budget == budget);
            let (xs, ys): (Vec<f64>, Vec<f64>) =
                at.filter_map(|outcome| Some((of(outcome)?, judged_for_picture(outcome)))).unzip();
            if let (Some(x), Some(y)) = (Mean::of(&xs), Mean::of(&ys)) {
                points.push((x.mean, y.mean, y.error.unwrap_or(0.0)));
            }
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        lines.push(Line { name: method.to_owned(), points, dashed: !method.contains("exact") });
    }
    // Exact ones first, the best of them before all.
    lines.sort_by_key(|line| (line.dashed, !line.name.contains("re-scored")));
    let path = folder.join(format!("{task}-{name}.svg"));
    let y = if by_accuracy(task) { "test accuracy" } else { "test cross-entropy (nats per byte)" };
    let title = format!("{task}: {}", name.replace('-', ", "));
    let linear = Scale::Linear { from_zero: false };
    draw(&path, &Picture { title: &title, x, y, scale: linear, within: scale(&lines), lines: &lines })?;
    println!("written: {}", path.display());
    Ok(())
}

/// Twice the range of the exact choices: networks that others have broken are beyond it, and in the tables.
fn scale(lines: &[Line]) -> Option<(f64, f64)> {
    let exact = lines.iter().filter(|line| !line.dashed).flat_map(|line| line.points.iter().map(|point| point.1));
    let (low, high) = exact.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
    let range = high - low;
    (range > 0.0).then_some((low - range, high + range))
}

/// Perplexities of broken networks would hide the others.
fn judged_for_picture(outcome: &Outcome) -> f64 {
    if by_accuracy(&outcome.task) { outcome.test.accuracy } else { outcome.test.loss }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curves::outcome::Evaluation;

    fn outcome(family: &str, method: &str, seed: u64, budget: f64, accuracy: f64) -> Outcome {
        Outcome {
            task: "mnist".into(),
            seed,
            family: family.into(),
            method: method.into(),
            budget,
            left: budget - 0.01,
            parameters: 7,
            seconds_left: (family == "units").then_some(0.5),
            promised: None,
            on_tables: [("rise".to_owned(), 1.0 - accuracy)].into(),
            valid: Some(Evaluation { loss: 1.0, accuracy }),
            test: Evaluation { loss: 1.0, accuracy },
            seconds: 1.0,
        }
    }

    #[test]
    fn every_method_has_its_row_and_its_line() {
        let outcomes = [
            outcome("whole", "whole", 1, 1.0, 0.99),
            outcome("units", "uniform", 1, 0.5, 0.8),
            outcome("units", "uniform", 2, 0.5, 0.9),
            outcome("units", "exact", 1, 0.5, 0.95),
            outcome("units", "exact", 1, 0.25, 0.9),
            outcome("weights", "uniform", 1, 0.5, 0.7),
            outcome("searched", "evolved", 1, 0.5, 0.6),
        ];
        let text = tables(&outcomes);
        assert!(text.contains("### mnist, units: test accuracy, 2 seeds"), "{text}");
        assert!(text.contains("Whole: 0.9900."), "{text}");
        // Mean of .8 and .9, their standard error, what is left, measured seconds; no value at the other budget.
        assert!(text.contains("| uniform | 0.8500 ± 0.0500 (0.49, 0.50) | - |"), "{text}");
        assert!(text.contains("on the measured tables (rise):") && text.contains("| uniform | 0.1500 | - |"), "{text}");
        let weights = text.split("### ").find(|part| part.starts_with("mnist, weights")).unwrap();
        assert!(weights.contains("| uniform | 0.7000 (0.4900)") && weights.contains("| evolved | 0.6000"), "{text}");
        let folder = std::env::temp_dir().join(format!("secateur-curves-plot-{}", std::process::id()));
        plots(&outcomes, &folder).unwrap();
        for name in ["mnist-units.svg", "mnist-units-seconds.svg"] {
            let picture = std::fs::read_to_string(folder.join(name)).unwrap();
            assert!(
                picture.contains("uniform") && picture.contains("exact") && picture.matches("<circle").count() >= 3
            );
        }
        let weights = std::fs::read_to_string(folder.join("mnist-weights-frozen.svg")).unwrap();
        assert!(weights.contains("evolved") && !folder.join("mnist-weights-updated.svg").exists());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn families_stand_below_the_network_that_they_are_of() {
        let outcomes = [
            outcome("whole", "whole", 1, 1.0, 0.97),
            outcome("weights", "uniform", 1, 0.5, 0.7),
            outcome("whole", "whole", 2, 1.0, 0.95),
            outcome("weights", "uniform", 2, 0.5, 0.7),
            outcome("whole", "whole", 1, 1.0, 0.99),
            outcome("units", "uniform", 1, 0.5, 0.8),
        ];
        let text = tables(&outcomes);
        let of = |part: &str| text.split("### ").find(|own| own.starts_with(part)).unwrap().to_owned();
        assert!(of("mnist, weights").contains("Whole: 0.9600 ± 0.0100."), "{text}");
        assert!(of("mnist, units").contains("Whole: 0.9900."), "{text}");
    }

    #[test]
    fn broken_networks_do_not_set_the_scale() {
        let line = |dashed, ys: &[f64]| Line {
            name: String::new(),
            points: ys.iter().map(|y| (*y, *y, 0.0)).collect(),
            dashed,
        };
        assert_eq!(scale(&[line(false, &[2.0, 3.0]), line(true, &[9.0])]), Some((1.0, 4.0)));
        assert_eq!(scale(&[line(true, &[2.0, 9.0])]), None);
    }
}
