//! What is said in the end.

use clap::ValueEnum;
use secateur_methods::pipeline::{Layer, Planned, State};
use secateur_neural::Config;
use serde_json::{Value, json};

use super::Allocate;
use crate::commands::failure::Outcome;
use crate::commands::files;
use crate::commands::session::Session;

/// Version of the document.
const VERSION: u32 = 1;

pub(super) fn answer(
    arguments: &Allocate,
    plans: &[Planned],
    states: &[State],
    stopped: bool,
    seconds: f64,
    session: &mut Session<'_>,
) -> Outcome {
    let document = document(arguments, plans, states, stopped, seconds);
    if let Some(out) = &arguments.out {
        let text = session.document(document.clone());
        files::write(&out.join("allocation.json"), |file| file.write_all(text.as_bytes()))?;
    }
    let shown = || plans.iter().zip(&states[1..]).map(|(planned, state)| text(arguments, planned, &states[0], state));
    session.answer(|| document, || shown().collect::<Vec<_>>().join("\n"))
}

/// As it is written on the command line.
pub(super) fn name(value: &impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

/// Decoders have a perplexity per token of their own vocabulary, classifiers an accuracy.
fn is_decoder(state: &State) -> bool {
    matches!(state.network.config(), Config::Decoder(_))
}

fn document(arguments: &Allocate, plans: &[Planned], states: &[State], stopped: bool, seconds: f64) -> Value {
    let state = |state: &State| {
        json!({
            "parameters": state.network.weights().n_parameters(),
            "nonzero": state.network.weights().n_nonzero(),
            "flops": state.flops,
            "seconds": state.seconds,
            "loss": state.quality.loss,
            "perplexity": is_decoder(state).then(|| state.quality.perplexity()),
            "accuracy": state.quality.accuracy,
        })
    };
    let layer = |layer: &Layer| json!({ "name": layer.name, "left": layer.left, "of": layer.of, "kept": layer.kept });
    let folder = |planned: &Planned| {
        arguments.out.as_ref().map(|out| arguments.folder(out, planned.budget).display().to_string())
    };
    let budget = |(planned, own): (&Planned, &State)| {
        json!({
            "budget": planned.budget,
            "left": planned.left,
            "promised": planned.promised,
            "candidates": planned.candidates,
            "layers": planned.layers.iter().map(layer).collect::<Vec<_>>(),
            "pruned": state(own),
            "out": folder(planned),
        })
    };
    json!({
        "version": VERSION,
        "model": arguments.model.display().to_string(),
        "what": name(&arguments.what),
        "method": name(&arguments.method),
        "cost": name(&arguments.cost),
        "stopped": stopped,
        "seconds": seconds,
        "whole": state(&states[0]),
        "budgets": plans.iter().zip(&states[1..]).map(budget).collect::<Vec<_>>(),
        "out": arguments.out.as_ref().map(|out| out.display().to_string()),
    })
}

fn text(arguments: &Allocate, planned: &Planned, whole: &State, pruned: &State) -> String {
    let width = planned.layers.iter().map(|layer| layer.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for Layer { name, left, of, .. } in &planned.layers {
        let share = *left as f64 / (*of).max(1) as f64;
        text.push_str(&format!("{name:width$}  {left:>8} of {of:<8} {:5.1} %\n", 100.0 * share));
    }
    text.push_str(&format!(
        "\n{} of the cost in {} left, budget {}; {} {} compared\n\n",
        percent(planned.left),
        name(&arguments.cost),
        percent(planned.budget),
        planned.candidates,
        if planned.candidates == 1 { "network" } else { "networks" },
    ));
    let mut line = |what: &str, of: &dyn Fn(&State) -> f64, digits: usize, unit: &str| {
        let (a, b) = (of(whole), of(pruned));
        let change = if a > 0.0 { format!("{:+.1} %", 100.0 * (b / a - 1.0)) } else { String::new() };
        text.push_str(&format!("{what:16} {a:>14.digits$} -> {b:>14.digits$} {unit:12} {change}\n"));
    };
    line("parameters", &|state| state.network.weights().n_parameters() as f64, 0, "");
    line("not zero", &|state| state.network.weights().n_nonzero() as f64, 0, "");
    line("FLOPs", &|state| state.flops, 0, "per token");
    line("forward pass", &|state| 1000.0 * state.seconds, 2, "ms measured");
    match is_decoder(whole) {
        true => line("perplexity", &|state| state.quality.perplexity(), 4, "per token"),
        false => line("accuracy", &|state| state.quality.accuracy, 4, ""),
    }
    line("cross-entropy", &|state| state.quality.loss, 4, "nats");
    if let Some(out) = &arguments.out {
        text.push_str(&format!("\nwritten: {}\n", arguments.folder(out, planned.budget).display()));
    }
    text
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
