//! Exact lists, the budgeted solver and HiGHS's branch and bound on the same level tables, in turn; the same optimum before any time.

use std::time::{Duration, Instant};

use secateur::neural::levels::{Chains, LevelTable};
use secateur_program::{Control, Limit, Status};
use secateur_selection::{BudgetOptions, solve_within};

use super::tables::{Costs, obs, range};
use crate::markdown;
use crate::workloads::Failure;

/// Blocks and levels of the tables that are timed.
pub const SIZES: [(usize, usize); 4] = [(32, 20), (32, 100), (80, 20), (80, 100)];

/// What one solver said of one table.
#[derive(Debug, Clone, Copy)]
struct Answer {
    loss: f64,
    status: Status,
    seconds: f64,
}

type Solver = fn(&Question<'_>) -> Result<Answer, Failure>;

/// One table and one budget.
struct Question<'a> {
    table: &'a LevelTable,
    budget: f64,
    chains: Chains<'a>,
    limit: Limit,
    patience: Duration,
}

impl Question<'_> {
    fn loss(&self, levels: &[usize]) -> f64 {
        self.table.layers().iter().zip(levels).map(|(layer, level)| layer[*level].loss).sum()
    }
}

/// From the table: the integers are made within the time.
fn lists(question: &Question<'_>) -> Result<Answer, Failure> {
    let start = Instant::now();
    let choice = question.table.within(question.budget, &Control::new())?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Answer { loss: question.loss(&choice.levels), status: choice.status, seconds })
}

/// From the program.
fn budgeted(question: &Question<'_>) -> Result<Answer, Failure> {
    let (limit, program) = (std::slice::from_ref(&question.limit), question.chains.program());
    let control = Control::new().with_time_limit(question.patience);
    let start = Instant::now();
    let solved = solve_within(program, limit, &BudgetOptions::default(), &control);
    let seconds = start.elapsed().as_secs_f64();
    let loss = question.loss(&question.chains.levels(&solved.selection));
    Ok(Answer { loss, status: solved.status, seconds })
}

/// From the program; building HiGHS's model counts (milliseconds).
#[cfg(feature = "highs")]
fn highs(question: &Question<'_>) -> Result<Answer, Failure> {
    let options = secateur_highs::HighsOptions { time_limit: Some(question.patience), ..Default::default() };
    let start = Instant::now();
    let solved =
        secateur_highs::solve_mip_within(question.chains.program(), std::slice::from_ref(&question.limit), &options)?;
    let seconds = start.elapsed().as_secs_f64();
    let loss = question.loss(&question.chains.levels(&solved.selection));
    Ok(Answer { loss, status: solved.status, seconds })
}

#[cfg(not(feature = "highs"))]
fn highs(_: &Question<'_>) -> Result<Answer, Failure> {
    Err("HiGHS is not built: add the feature `highs`".into())
}

/// One row per table: medians of so many rounds, the solvers in turn. Solvers that need more than `patience` are not run again.
///
/// # Errors
/// When a solver refuses a table.
///
/// # Panics
/// If two proven answers differ, or one that is not proven is better than a proven one.
pub fn run(rounds: usize, seed: u64, patience: Duration, with_highs: bool) -> Result<String, Failure> {
    let mut solvers: Vec<Solver> = vec![lists, budgeted];
    if with_highs {
        solvers.push(highs);
    }
    let mut rows = Vec::new();
    for (costs, words) in [(Costs::Parameters, "parameters"), (Costs::Latency, "latency")] {
        for (blocks, levels) in SIZES {
            let table = obs(seed, blocks, levels, costs)?;
            let (least, most) = range(&table);
            let (budget, chains) = ((least + most) / 2.0, table.chains()?);
            let limit = chains.limit(budget)?;
            let question = Question { table: &table, budget, chains, limit, patience };
            let mut answers: Vec<Vec<Answer>> = vec![Vec::new(); solvers.len()];
            for _ in 0..rounds {
                for (solver, answers) in solvers.iter().zip(&mut answers) {
                    if answers.last().is_none_or(|last: &Answer| last.seconds < patience.as_secs_f64()) {
                        answers.push(solver(&question)?);
                    }
                }
            }
            let best = agree(answers.iter().flatten());
            let mut row = vec![words.to_owned(), format!("{blocks} x {levels}")];
            row.extend(answers.iter().map(|answers| told(answers, best)));
            eprintln!("{}", row.join(" | "));
            rows.push(row);
        }
    }
    let head = ["costs", "blocks x levels", "exact lists", "budgeted solver", "HiGHS"];
    Ok(markdown(&head[..2 + solvers.len()], rows))
}

/// The least loss. Losses are integers in doubles: equal means equal.
fn agree<'a>(answers: impl Iterator<Item = &'a Answer> + Clone) -> f64 {
    let is_proven = |answer: &&Answer| answer.status == Status::Optimal;
    let proven = answers.clone().find(is_proven).expect("lists prove tables of these sizes");
    for answer in answers {
        assert!(answer.loss >= proven.loss, "{answer:?} is better than the proven {proven:?}");
        assert!(!is_proven(&answer) || answer.loss == proven.loss, "{answer:?} and {proven:?} are both proven");
    }
    proven.loss
}

fn told(answers: &[Answer], best: f64) -> String {
    let mut seconds: Vec<f64> = answers.iter().map(|answer| answer.seconds).collect();
    seconds.sort_by(f64::total_cmp);
    let shown = |seconds: f64| match seconds < 1.0 {
        true => format!("{:.2} ms", 1e3 * seconds),
        false => format!("{seconds:.2} s"),
    };
    let (first, last) = (seconds[0], seconds[seconds.len() - 1]);
    let mut told = format!("{} ({} - {})", shown(seconds[seconds.len() / 2]), shown(first), shown(last));
    if let Some(answer) = answers.iter().find(|answer| answer.status != Status::Optimal) {
        let more = answers.iter().map(|answer| answer.loss - best).fold(0.0, f64::max) / best;
        let found = if more == 0.0 { "the best found".to_owned() } else { format!("loses {more:.0e} more") };
        told.push_str(&format!("; {}, {found}", answer.status));
    }
    told
}
