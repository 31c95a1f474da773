//! How often and how far allocations are wrong, on chains whose best choice is known.

use secateur::neural::levels::LevelTable;
use secateur_program::{Control, Status};
use secateur_selection::{BudgetOptions, solve_within};

use super::chains::{FAMILIES, Instance};
use super::peers::{Rounding, buckets, greedy, halp};
use crate::markdown;
use crate::workloads::Failure;

type Method = fn(&Instance) -> Result<Vec<usize>, Failure>;

/// Names and methods; the last two prove what they find.
const METHODS: [(&str, Method); 8] = [
    ("greedy by gain per cost", |instance| Ok(greedy(instance))),
    ("HALP's knapsack", |instance| Ok(halp(instance))),
    ("SPDY's programme, 10,000 buckets", |instance| Ok(buckets(instance, 10_000, Rounding::Nearest))),
    ("the same, 100 buckets", |instance| Ok(buckets(instance, 100, Rounding::Nearest))),
    ("the same, 10,000 buckets, rounded up", |instance| Ok(buckets(instance, 10_000, Rounding::Up))),
    ("path: supported points only", supported),
    ("budgeted solver", budgeted),
    ("exact lists", exact),
];

/// How many methods prove what they find.
const PROVEN: usize = 2;

fn supported(instance: &Instance) -> Result<Vec<usize>, Failure> {
    let path = instance.table()?.path(&Control::new())?;
    let fitting = path.into_iter().take_while(|choice| choice.cost <= instance.budget as f64);
    Ok(fitting.last().ok_or("the cheapest choice costs nothing")?.levels)
}

fn budgeted(instance: &Instance) -> Result<Vec<usize>, Failure> {
    let table: LevelTable = instance.table()?;
    let chains = table.chains()?;
    let limit = chains.limit(instance.budget as f64)?;
    let solved = solve_within(chains.program(), &[limit], &BudgetOptions::default(), &Control::new());
    assert_eq!(solved.status, Status::Optimal, "small programs are proven");
    Ok(chains.levels(&solved.selection))
}

fn exact(instance: &Instance) -> Result<Vec<usize>, Failure> {
    let choice = instance.table()?.within(instance.budget as f64, &Control::new())?;
    assert_eq!(choice.status, Status::Optimal, "small tables are proven");
    Ok(choice.levels)
}

/// How one method did.
#[derive(Debug, Default)]
struct Score {
    wrong: usize,
    over: usize,
    gaps: Vec<f64>,
}

/// All methods on so many instances of each family, as a table.
///
/// # Errors
/// When a method refuses an instance.
///
/// # Panics
/// If a method that proves what it finds does not find the best choice.
pub fn run(instances: u64) -> Result<String, Failure> {
    let mut rows = Vec::new();
    for (family, words) in FAMILIES {
        let mut scores: Vec<Score> = METHODS.iter().map(|_| Score::default()).collect();
        for seed in 0..instances {
            let instance = Instance::new(seed, family);
            let best = instance.best();
            for (at, (name, method)) in METHODS.iter().enumerate() {
                let (gain, cost) = instance.totals(&method(&instance)?);
                let score = &mut scores[at];
                if cost > instance.budget {
                    score.over += 1;
                } else if gain < best {
                    score.wrong += 1;
                    score.gaps.push((best - gain) as f64 / best as f64);
                }
                let proven = at >= METHODS.len() - PROVEN;
                assert!(
                    !proven || (gain == best && cost <= instance.budget),
                    "{name}, seed {seed}: {gain}, best {best}"
                );
            }
        }
        for ((name, _), score) in METHODS.iter().zip(&scores) {
            let mean = score.gaps.iter().sum::<f64>() / score.gaps.len().max(1) as f64;
            let most = score.gaps.iter().copied().fold(0.0, f64::max);
            let percent = |gap: f64| if score.wrong == 0 { "-".to_owned() } else { format!("{:.1} %", 100.0 * gap) };
            let of = |count: usize| format!("{count} of {instances}");
            rows.push(vec![
                words.to_owned(),
                (*name).to_owned(),
                of(score.wrong),
                of(score.over),
                percent(mean),
                percent(most),
            ]);
        }
    }
    Ok(markdown(&["family", "method", "not the best", "over the budget", "mean gap of those", "largest gap"], rows))
}
