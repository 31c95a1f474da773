//! The integer program alone: which projects to run, when several of them need the same equipment. No forests.
//!
//! Look at the table: as equipment gets dearer (lambda grows), projects only leave, and every project leaves at one
//! lambda, its threshold.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur_program::{Control, Multiplier, SelectionProgram, verify_path};
use secateur_selection::solve_path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut builder = SelectionProgram::builder();
    let names = ["survey", "analysis", "imaging", "archive"];
    let [survey, analysis, imaging, archive] = [50, 40, 60, 15].map(|gain| builder.decision(gain));
    let [boat, laboratory, microscope] = [20, 25, 100].map(|cost| builder.resource(cost));
    builder.requires(analysis, survey); // nothing to analyse without a survey
    builder.uses(survey, boat).uses(archive, boat); // the boat is paid once, however many use it
    builder.uses(analysis, laboratory).uses(imaging, laboratory).uses(imaging, microscope);
    let program = builder.build()?;

    // Every lambda at once, with a flow that proves all of it in integers and without the solver.
    let solution = solve_path(&program, &Control::new());
    verify_path(&program, &solution.path, &solution.flow)?;

    for (name, decision) in names.iter().zip([survey, analysis, imaging, archive]) {
        println!("{name:8} is selected below lambda = {}", solution.path.threshold(decision).to_f64());
    }
    for point in solution.path.breakpoints() {
        println!("below lambda {:.3}: gain {}, cost {}", point.lambda.to_f64(), point.gain, point.cost);
    }

    // At lambda = 1 the microscope is not worth its cost: 60 gained, 100 paid.
    let one = Multiplier::new(1, 1)?;
    let selected = solution.path.selection_at(&program, one).ok_or("lambda is on the path")?;
    assert!(selected.has(analysis) && selected.has(survey) && selected.has(archive) && !selected.has(imaging));
    assert_eq!(solution.path.totals_at(one), (50 + 40 + 15, 20 + 25));
    assert_eq!(solution.path.threshold(imaging), Multiplier::new(60, 100)?);
    Ok(())
}
