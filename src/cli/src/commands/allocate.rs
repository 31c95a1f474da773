//! `secateur allocate`: how much of every layer of a network stays, and the network without the rest.

mod choices;
mod data;
mod output;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use secateur_methods::MethodError;
use secateur_methods::pipeline::{Plan, Planned, prune, states};
use secateur_neural::{Checkpoint, Network, SaveOptions};
use secateur_program::Stop;

use self::choices::{Cost, Method, WeightRule, What};
use super::arguments::seconds;
use super::failure::{Failure, Outcome};
use super::files;
use super::session::Session;

/// Prune a neural network to a budget: decide what of every layer stays, exactly or by a published rule, and take the rest out.
///
/// The network is a directory as Hugging Face's libraries have it: a decoder (LLaMA) or an encoder with a classifier (BERT). Text
/// measures what its parts are worth: plain text for decoders; for encoders a table with tabs whose first line is `sentence` and
/// `label`. What is written loads again: heads and channels are gone from the weights and from config.json, single weights are zero.
/// A budget is a share of the cost of what can go; embeddings and norms stay.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  secateur allocate --model model --text train.txt --budget 0.8,0.6,0.4 --out smaller\n  \
                  secateur allocate --model model --text train.txt --what weights --rule sparsegpt --method owl --budget 0.3 --out sparse\n  \
                  secateur allocate --model model --text train.txt --cost seconds --budget 0.6\n\n\
                  --json (and allocation.json in --out) has: version, model, what, method, cost, stopped, seconds, whole, out, warnings; budgets\n\
                  [{budget, left, promised, candidates, layers [{name, left, of, kept}], pruned, out}] with whole and pruned as {parameters,\n\
                  nonzero, flops, seconds, loss, perplexity, accuracy}."
)]
pub(super) struct Allocate {
    /// Directory of the network: config.json, model.safetensors (or shards), tokenizer.json
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Text that parts are measured on
    #[arg(long, value_name = "FILE")]
    text: PathBuf,
    /// Text that candidates are compared on, and that the report is about [default: the last fifth of --text]
    #[arg(long, value_name = "FILE")]
    valid: Option<PathBuf>,
    /// What may go: heads and inner channels (units), heads alone, or single weights
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    what: What,
    /// Shares of the cost of what may go that stay at most: 0 to 1; of several a network each, measured on once
    #[arg(long, value_name = "SHARE,...", value_delimiter = ',', required = true, value_parser = share, allow_negative_numbers = true)]
    budget: Vec<f64>,
    /// What is counted; seconds are measured on this machine
    #[arg(long, value_name = "COST", value_enum, default_value_t)]
    cost: Cost,
    /// Who decides how much of every layer stays
    #[arg(long, value_name = "METHOD", value_enum, default_value_t)]
    method: Method,
    /// How single weights are scored
    #[arg(long, value_name = "RULE", value_enum, default_value_t)]
    rule: WeightRule,
    /// For exact: so many best choices of each table are tried as whole networks
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    candidates: u16,
    /// Rows of text that parts are measured on [default: 64, of sentences with labels 512: each is a single prediction]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    nsamples: Option<u32>,
    /// Most tokens of a row [default: 128, or as many as the network takes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    seqlen: Option<u32>,
    /// Seed of the choice of rows
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Stop after so many seconds; if a choice is ready by then it is written
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    time_limit: Option<Duration>,
    /// Directory to write the pruned network to, made if it is not there; of several budgets each in a folder of its own, named by the share
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a network that is in the directory already
    #[arg(long, requires = "out")]
    overwrite: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let value = text.trim().parse::<f64>().ok();
    value.filter(|value| (0.0..=1.0).contains(value)).ok_or_else(|| "expected a share from 0 to 1".into())
}

const WRITTEN: [&str; 3] = ["config.json", "model.safetensors", "allocation.json"];

fn failure(error: MethodError) -> Failure {
    error.stop().map_or_else(|| Failure::input(&error), Failure::stopped)
}

impl Allocate {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        let started = Instant::now();
        self.check_arguments()?;
        self.check_folder()?;
        let checkpoint = Checkpoint::load(&self.model).map_err(Failure::input)?;
        let sets = data::read(&self, &checkpoint.network)?;
        let control = session.control(self.time_limit);
        let plans = prune(&checkpoint.network, &self.plan(), &sets, &control).map_err(failure)?;
        let stopped = plans.len() < self.budget.len() || plans.iter().any(|planned| planned.stopped);
        if stopped {
            match control.check() {
                Err(Stop::Cancelled) => return Err(Failure::Interrupted),
                _ => session.unproven("the time limit was reached; the choice is the best that was ready"),
            }
        }
        plans.iter().filter_map(|planned| planned.warning.as_deref()).for_each(|warning| session.warn(warning));
        // What follows is reporting: the time limit was for allocating.
        let control = session.control(None);
        // Networks are measured as they are written: in the formats of the checkpoint.
        let written = |planned: Planned| {
            let pruned = Checkpoint { network: planned.network, ..checkpoint.clone() };
            let network = pruned.as_written().map_err(Failure::input)?;
            Ok(Planned { network, ..planned })
        };
        let plans: Vec<Planned> = plans.into_iter().map(written).collect::<Result<_, Failure>>()?;
        let networks: Vec<&Network> =
            std::iter::once(&checkpoint.network).chain(plans.iter().map(|planned| &planned.network)).collect();
        let states = states(&networks, &sets, &control).map_err(failure)?;
        if let Some(out) = &self.out {
            files::make_folder(out)?;
            for planned in &plans {
                let folder = self.folder(out, planned.budget);
                files::make_folder(&folder)?;
                let pruned = Checkpoint { network: planned.network.clone(), ..checkpoint.clone() };
                pruned.save(&folder, &SaveOptions::default()).map_err(Failure::input)?;
            }
        }
        output::answer(&self, &plans, &states, stopped, started.elapsed().as_secs_f64(), session)
    }

    /// What the library is asked for.
    fn plan(&self) -> Plan {
        Plan {
            what: self.what.into(),
            cost: self.cost.into(),
            method: self.method.into(),
            rule: self.rule.into(),
            budgets: self.budget.clone(),
            candidates: self.candidates.into(),
        }
    }

    /// Where the network of a budget is written.
    fn folder(&self, out: &Path, budget: f64) -> PathBuf {
        if self.budget.len() == 1 { out.to_path_buf() } else { out.join(budget.to_string()) }
    }

    /// Methods that do not go with what is pruned.
    fn check_arguments(&self) -> Outcome {
        let of_units = matches!(self.method, Method::Logarithmic | Method::Importance);
        let of_weights = matches!(self.method, Method::Owl | Method::Dsa | Method::Als | Method::Global);
        let name = output::name(&self.method);
        match self.what {
            What::Weights if of_units => {
                Err(Failure::Input(format!("--method {name} prunes heads and channels; see --what")))
            }
            What::Units | What::Heads if of_weights => {
                Err(Failure::Input(format!("--method {name} prunes single weights: --what weights")))
            }
            What::Weights if self.cost != Cost::Parameters => {
                let message =
                    "single weights change neither the FLOPs nor the seconds of dense networks: --cost parameters";
                Err(Failure::Input(message.into()))
            }
            _ if self.method == Method::Importance && self.cost == Cost::Seconds => Err(Failure::Input(
                "--method importance chooses single units, and seconds are measured for groups".into(),
            )),
            _ => Ok(()),
        }
    }

    fn check_folder(&self) -> Outcome {
        let Some(out) = &self.out else { return Ok(()) };
        if out.exists() && !out.is_dir() {
            return Err(Failure::Input(format!("--out {}: this is not a folder", out.display())));
        }
        let same =
            |other: &PathBuf| other.canonicalize().is_ok_and(|other| out.canonicalize().is_ok_and(|own| own == other));
        if same(&self.model) {
            return Err(Failure::Input(format!("--out would overwrite the input {}", self.model.display())));
        }
        let folders = self.budget.iter().map(|budget| self.folder(out, *budget)).chain([out.clone()]);
        let written = folders.flat_map(|folder| WRITTEN.map(|name| folder.join(name)));
        match written.into_iter().find(|path| path.exists()) {
            Some(path) if !self.overwrite => {
                Err(Failure::Input(format!("{} is there already; --overwrite replaces it", path.display())))
            }
            _ => Ok(()),
        }
    }
}
