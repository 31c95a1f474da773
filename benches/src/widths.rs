//! Widths to a budget of operations: learned with the weights, or chosen on a trained network.
//!
//! | method | widths | training |
//! |---|---|---|
//! | `S2HPruner` | learned, soft and hard network together | these steps |
//! | `without distillation` | learned by the soft network alone | these steps |
//! | `exact` | least summed loss, measured on the trained network | as many steps before as after |
//! | `uniform` | the same share everywhere | as many steps before as after |
//!
//! Every method sees the same batches in a step. Fractions are counted on the smaller network, and asserted to be what the method said.

#![allow(clippy::print_stdout, reason = "prints its measurements as they come")]

use std::path::PathBuf;
use std::time::Instant;

use clap::{Parser, Subcommand};
use secateur::neural::cpu::{self, Cpu, CpuTraining};
use secateur::neural::methods::s2h::{S2hOptions, WidthLearner, WidthTable};
use secateur::neural::units::{CostModel, Units};
use secateur::neural::{Network, TrainOptions};
use secateur_corpora::Catalogue;
use secateur_program::Control;
use serde::{Deserialize, Serialize};

use crate::curves::outcome::Evaluation;
use crate::curves::tasks::{CIFAR, Task};
use crate::curves::trained::judge;
use crate::decisions::commands::{Seeds, seeds};
use crate::decisions::statistics::Mean;
use crate::lines::{append, read, read_all};
use crate::markdown;
use crate::workloads::Failure;

/// Tasks whose networks have widths of many channels, and little else.
const TASKS: [&str; 2] = ["mnist", CIFAR];
/// What is compared.
const METHODS: [&str; 4] = ["S2HPruner", "without distillation", "exact", "uniform"];
/// What is counted.
const FLOPS: CostModel = CostModel::Flops { context: 0 };

/// Accuracy against achieved operations.
#[derive(Debug, Parser)]
#[command(name = "widths")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs methods and appends what comes of them to a file; what is in the file already is not run again.
    Run {
        /// Tasks, separated by commas.
        #[arg(long, value_delimiter = ',', value_parser = TASKS, default_value = "mnist")]
        tasks: Vec<String>,
        /// Methods, separated by commas [default: all].
        #[arg(long, value_delimiter = ',', value_parser = METHODS)]
        methods: Vec<String>,
        /// One seed, or first..last, the last included.
        #[arg(long, default_value = "1..3", value_parser = seeds)]
        seeds: Seeds,
        /// Fractions of the operations that may stay, separated by commas.
        #[arg(long, value_delimiter = ',', default_values_t = [0.15, 0.35, 0.55])]
        targets: Vec<f64>,
        /// Steps of training.
        #[arg(long, default_value_t = 600)]
        steps: usize,
        /// File of results, one JSON object a line.
        #[arg(long)]
        out: PathBuf,
    },
    /// A table in Markdown per task and number of steps: means over seeds.
    Table {
        /// Files of results.
        #[arg(required = true)]
        results: Vec<PathBuf>,
    },
}

/// A network of some widths, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Outcome {
    task: String,
    seed: u64,
    steps: usize,
    method: String,
    /// Share of operations asked for.
    target: f64,
    /// Share that the smaller network has.
    share: f64,
    /// Units left, per group.
    counts: Vec<usize>,
    /// Divergence of the hard network's outputs from the soft one's on test data, in nats per label, where there are two.
    gap: Option<f64>,
    test: Evaluation,
    /// Of learning or choosing, and training; that of a trained network before it counted in.
    seconds: f64,
}

/// Runs a command.
///
/// # Errors
/// When data are missing, a method fails, or files cannot be read or written.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Command::Run { tasks, methods, seeds, targets, steps, out } => {
            let data = Catalogue::from_env()?;
            let methods = if methods.is_empty() { METHODS.map(String::from).to_vec() } else { methods };
            for name in tasks {
                let task = Task::open(&name, &data)?;
                for seed in &seeds.0 {
                    let mut setup = Setup { task: &task, seed: *seed, steps, trained: None };
                    for target in &targets {
                        for method in &methods {
                            let done: Vec<Outcome> = read(&out)?;
                            let same = |own: &Outcome| {
                                (&own.task, own.seed, own.steps, &own.method) == (&name, *seed, steps, method)
                                    && own.target == *target
                            };
                            if !done.iter().any(same) {
                                append(&out, &[setup.outcome(method, *target)?])?;
                            }
                        }
                    }
                }
            }
            Ok(())
        }
        Command::Table { results } => {
            print!("{}", tables(&read_all(&results)?));
            Ok(())
        }
    }
}

/// A task, a seed, and its trained network once a method asks for it.
struct Setup<'a> {
    task: &'a Task,
    seed: u64,
    steps: usize,
    trained: Option<Trained>,
}

/// A network trained whole, and what its widths lose.
struct Trained {
    network: Network,
    table: WidthTable,
    seconds: f64,
}

/// A smaller network, before it is judged.
struct Smaller {
    network: Network,
    counts: Vec<usize>,
    promised: f64,
    gap: Option<f64>,
}

impl Setup<'_> {
    fn outcome(&mut self, method: &str, target: f64) -> Result<Outcome, Failure> {
        let before = match method {
            "exact" | "uniform" => self.trained()?.seconds,
            _ => 0.0,
        };
        let start = Instant::now();
        let smaller = match method {
            "S2HPruner" => self.learned(target, S2hOptions::default().gap_weight)?,
            "without distillation" => self.learned(target, 0.0)?,
            other => self.chosen(other, target)?,
        };
        let seconds = before + start.elapsed().as_secs_f64();
        let share = FLOPS.total(&smaller.network) / FLOPS.total(&self.task.network(self.seed)?);
        assert!((share - smaller.promised).abs() < 1e-9, "{method}: {share}, promised {}", smaller.promised);
        let test: Evaluation = judge(&smaller.network, &self.task.test)?.into();
        println!(
            "{} {} {method:20} {target:.2} share {share:.4} accuracy {:.4} loss {:.4}{} {seconds:.0} s",
            self.task.name,
            self.seed,
            test.accuracy,
            test.loss,
            smaller.gap.map_or(String::new(), |gap| format!(" gap {gap:.4}")),
        );
        Ok(Outcome {
            task: self.task.name.into(),
            seed: self.seed,
            steps: self.steps,
            method: method.into(),
            target,
            share,
            counts: smaller.counts,
            gap: smaller.gap,
            test,
            seconds,
        })
    }

    fn options(&self, target: f64, gap_weight: f64) -> S2hOptions {
        S2hOptions { training: self.training(), target, gap_weight, cost: FLOPS, ..S2hOptions::default() }
    }

    fn training(&self) -> TrainOptions {
        TrainOptions { steps: self.steps, ..self.task.options.clone() }
    }

    fn learned(&self, target: f64, gap_weight: f64) -> Result<Smaller, Failure> {
        let network = self.task.network(self.seed)?;
        let options = self.options(target, gap_weight);
        let mut learner = WidthLearner::<CpuTraining>::new(&network, options, &Default::default())?;
        learner.run(self.steps, |step| self.task.batch(self.seed, step), &Control::new())?;
        Ok(Smaller {
            network: learner.export()?,
            counts: learner.counts(),
            promised: learner.fraction(),
            gap: Some(learner.gap(&self.task.test, &Control::new())?),
        })
    }

    fn chosen(&mut self, method: &str, target: f64) -> Result<Smaller, Failure> {
        let Trained { network, table, .. } = self.trained()?;
        let budget = target * table.costs().total();
        let choice = match method {
            "exact" => table.within(budget, &Control::new())?,
            _ => table.uniform(budget)?,
        };
        assert!(choice.cost <= budget, "{method}: {} of {budget}", choice.cost);
        let units = Units::of(network);
        let smaller = units.prune(network, &table.kept(&units, &choice))?;
        let promised = choice.cost / table.costs().total();
        let network = self.train(&smaller)?;
        Ok(Smaller { network, counts: choice.counts, promised, gap: None })
    }

    fn trained(&mut self) -> Result<&Trained, Failure> {
        if self.trained.is_none() {
            let start = Instant::now();
            let network = self.train(&self.task.network(self.seed)?)?;
            let options = self.options(1.0, 0.0);
            let table = WidthTable::measure::<Cpu>(
                &network,
                &self.task.calibration,
                &options,
                &Default::default(),
                &Control::new(),
            )?;
            let seconds = start.elapsed().as_secs_f64();
            let test = judge(&network, &self.task.test)?;
            println!("{} {} whole: accuracy {:.4}, {seconds:.0} s", self.task.name, self.seed, test.accuracy);
            self.trained = Some(Trained { network, table, seconds });
        }
        Ok(self.trained.as_ref().expect("made above"))
    }

    fn train(&self, network: &Network) -> Result<Network, Failure> {
        let mut batch = |step| self.task.batch(self.seed, step);
        Ok(cpu::train(network, &mut batch, &self.training(), &Control::new())?.network)
    }
}

/// A table per task and number of steps: a row per target and method.
fn tables(outcomes: &[Outcome]) -> String {
    let mut parts: Vec<(&str, usize)> = outcomes.iter().map(|own| (own.task.as_str(), own.steps)).collect();
    parts.sort_unstable();
    parts.dedup();
    let mut text = String::new();
    for (task, steps) in parts {
        let of_part: Vec<&Outcome> = outcomes.iter().filter(|own| own.task == task && own.steps == steps).collect();
        let mut targets: Vec<f64> = of_part.iter().map(|own| own.target).collect();
        targets.sort_by(f64::total_cmp);
        targets.dedup();
        let mut rows = Vec::new();
        for target in targets {
            for method in METHODS {
                let own: Vec<&&Outcome> =
                    of_part.iter().filter(|own| own.target == target && own.method == method).collect();
                let shown = |of: &dyn Fn(&Outcome) -> Option<f64>, digits: usize| match Mean::of(
                    &own.iter().filter_map(|own| of(own)).collect::<Vec<_>>(),
                ) {
                    Some(Mean { mean, error: Some(error), .. }) => format!("{mean:.digits$} ± {error:.digits$}"),
                    Some(Mean { mean, .. }) => format!("{mean:.digits$}"),
                    None => "-".to_owned(),
                };
                if own.is_empty() {
                    continue;
                }
                rows.push(vec![
                    format!("{target:.2}"),
                    method.to_owned(),
                    shown(&|own| Some(own.share), 3),
                    shown(&|own| Some(own.test.accuracy), 4),
                    shown(&|own| Some(own.test.loss), 4),
                    shown(&|own| own.gap, 4),
                    shown(&|own| Some(own.seconds), 0),
                    own.len().to_string(),
                ]);
            }
        }
        let head = ["target", "method", "share", "accuracy", "loss", "gap", "seconds", "seeds"];
        text.push_str(&format!("### {task}, {steps} steps\n\n{}\n", markdown(&head, rows)));
    }
    text
}
