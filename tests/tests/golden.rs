//! Programs in files: valid ones with their breakpoints worked out by hand, invalid ones with the message they must get.
//!
//! A valid file says `c expect LAMBDA GAIN COST` per breakpoint, in its own units; an invalid one `c refuse MESSAGE`.

use secateur_highs::{HighsOptions, solve_lp};
use secateur_program::{Control, brute_force_path, read, verify_path};
use secateur_selection::solve_path;
use secateur_tests::battery::golden as files;

fn comments(text: &str, word: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.strip_prefix(&format!("c {word} "))).map(str::to_owned).collect()
}

#[test]
fn valid_instances_have_the_breakpoints_worked_out_by_hand() {
    for file in files("valid") {
        let name = file.display();
        let text = std::fs::read_to_string(&file).expect("readable");
        let program = read(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let solution = solve_path(&program, &Control::new());
        verify_path(&program, &solution.path, &solution.flow).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(solution.path, brute_force_path(&program), "{name}");
        let scale = program.scale();
        let found: Vec<[f64; 3]> = solution
            .path
            .breakpoints()
            .map(|at| [scale.lambda(at.lambda), at.gain as f64 * scale.gain_unit, at.cost as f64 * scale.cost_unit])
            .collect();
        let expected = comments(&text, "expect");
        assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            let expected: Vec<f64> = expected.split(' ').map(|number| number.parse().expect("a number")).collect();
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9 * (1.0 + expected.abs()), "{name}: {found} for {expected}");
            }
        }
        for at in solution.path.breakpoints() {
            let lp = solve_lp(&program, at.lambda, &HighsOptions::default()).expect("HiGHS solves it");
            let (gain, cost) = solution.path.totals_at(at.lambda);
            let value = i128::from(at.lambda.den()) * i128::from(gain) - i128::from(at.lambda.num()) * i128::from(cost);
            assert_eq!(lp.solution.objective, value, "{name} at {}", at.lambda);
        }
    }
}

#[test]
fn invalid_instances_are_refused_with_their_message() {
    for file in files("invalid") {
        let text = std::fs::read_to_string(&file).expect("readable");
        let expected = comments(&text, "refuse");
        let error = read(text.as_bytes()).expect_err("the file is invalid");
        assert_eq!(error.to_string(), expected[0], "{}", file.display());
    }
}
