//! What a certificate proves, and that it refuses what is not optimal.
//!
//! Look at the last line: a path in which one single split has another threshold does not pass.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur::datasets::embedded;
use secateur::{Bagging, Control, PriceList, Pruner};
use secateur_program::{Path, verify_path};

fn main() -> Result<(), Box<dyn Error>> {
    let (data, _) = embedded::iris()?;
    let control = Control::new();
    let prices = PriceList::uniform(&data.feature_names, 1.0)?;
    let forest = Bagging::default().trees(20).fit(&data, &control)?;
    let pruned = Pruner::new(&prices).fit(forest, &data, &control)?;

    // The program is the forest in integers: decisions are splits, resources are one feature of one example.
    let (program, path, flow) = (&pruned.lowered.program, &pruned.solution.path, &pruned.solution.flow);
    println!("{} splits, {} merged resources", program.n_decisions(), program.n_resources());
    println!("{} breakpoints from {} cuts", path.breakpoints().count(), pruned.solution.stats.cuts);

    // One pass over the pairs of the program, without a solver: the path is optimal at every lambda.
    verify_path(program, path, flow)?;

    // The same path, but the last split of the forest stays for as long as the first.
    let mut thresholds: Vec<_> = (0..program.n_decisions() as u32)
        .map(|decision| path.threshold(secateur_program::DecisionId(decision)))
        .collect();
    let (low, high) = (thresholds.iter().min().copied(), thresholds.iter().max().copied());
    let least = thresholds.iter().position(|threshold| Some(*threshold) == low).ok_or("a forest without splits")?;
    thresholds[least] = high.ok_or("a forest without splits")?;
    let forged = Path::from_thresholds(program, &thresholds);
    let refusal = verify_path(program, &forged, flow).expect_err("a forged path does not pass");
    println!("forged: {refusal}");
    Ok(())
}
