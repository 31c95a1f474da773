//! Channels of a small neural network as a selection program: what to keep within a budget on parameters, exactly.
//!
//! Needs the feature `neural`: `cargo run --release --features neural --example allocate_network`.
//! Gains are squared magnitudes here, so that the example needs no data; `secateur::neural::score` has better ones.
//!
//! Look at the widths: layers keep different numbers of channels, as their gains per parameter say.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur::Control;
use secateur::neural::units::{CostModel, Units};
use secateur::neural::{Config, MlpConfig, Network};
use secateur_program::verify_path;
use secateur_selection::{BudgetOptions, solve_path, solve_within};

fn main() -> Result<(), Box<dyn Error>> {
    let network = Network::random(Config::Mlp(MlpConfig { widths: vec![16, 64, 32, 4] }), 1)?;
    let units = Units::of(&network);
    let costs = CostModel::Parameters.unit_costs(&network, &units);

    // The gain of a channel: the squares of its row of weights.
    let mut gains = Vec::new();
    for group in units.groups() {
        let weight = network.weights().matrix(&group.owns[0].weight)?;
        let squares = |row: ndarray::ArrayView1<'_, f32>| row.iter().map(|w| f64::from(*w).powi(2)).sum();
        gains.push(Some(weight.rows().into_iter().map(squares).collect::<Vec<f64>>()));
    }
    let lowered = units.lower(&gains, &costs)?;
    let path = solve_path(&lowered.program, &Control::new());
    verify_path(&lowered.program, &path.path, &path.flow)?;
    println!("{} channels, {} breakpoints", units.n_units(), path.path.breakpoints().count());

    // Half of what all channels cost, and the smaller network, which is dense.
    let all: f64 = costs.iter().flatten().sum();
    let limit = lowered.limit(&costs, 0.5 * all)?;
    let found = solve_within(&lowered.program, &[limit], &BudgetOptions::default(), &Control::new());
    let kept = units.kept(&lowered, &found.selection);
    let small = units.prune(&network, &kept)?;
    for (index, group) in units.groups().iter().enumerate() {
        println!("{}: {} of {}", group.name, kept.count(index), group.n_units);
    }
    let (before, after) = (network.weights().n_parameters(), small.weights().n_parameters());
    println!("{before} parameters before, {after} after");
    assert!(costs_of(&costs, &kept) <= 0.5 * all && after < before);
    Ok(())
}

fn costs_of(costs: &[Vec<f64>], kept: &secateur::neural::units::Kept) -> f64 {
    let of_group = |(group, costs): (usize, &Vec<f64>)| -> f64 {
        costs.iter().zip(kept.group(group)).filter(|(_, kept)| **kept).map(|(cost, _)| cost).sum()
    };
    costs.iter().enumerate().map(of_group).sum()
}
