use super::*;
use crate::program::DecisionId;
use crate::quantise::{Scale, quantise};
use crate::testing::{forest_shaped, huge, tiny};
use proptest::prelude::*;

fn parse(text: &str) -> Result<SelectionProgram, FormatError> {
    read(text.as_bytes())
}

#[test]
fn decimals_are_read_exactly() {
    let program = parse("c prices in dollars\np sel 2 2 2\nd 1.5 0\nd -2e-1 1\nr 22.78\nr 1\nu 1 1\nu 2 2\n").unwrap();
    assert_eq!(program.decisions().map(|v| program.gain(v)).collect::<Vec<_>>(), [15, -2]);
    assert_eq!(program.resources().map(|r| program.cost(r)).collect::<Vec<_>>(), [2278, 100]);
    assert_eq!(program.scale(), Scale { gain_unit: 0.1, cost_unit: 0.01 });
    assert_eq!(program.parent(DecisionId(1)), Some(DecisionId(0)));
}

#[test]
fn every_error_names_its_line() {
    let message = |text| parse(text).unwrap_err().to_string();
    assert_eq!(message(""), "no line `p sel D R U`");
    assert_eq!(message("d 1 0\n"), "line 1: expected `p sel D R U` before anything else, found `d 1 0`");
    assert_eq!(message("p sel 1 0\n"), "line 1: expected `p sel D R U` with three counts, found `p sel 1 0`");
    assert_eq!(message("p sel 1 0 0\nd x 0\n"), "line 2: expected `d GAIN PARENT` with a decimal gain, found `d x 0`");
    assert_eq!(
        message("p sel 1 0 0\nd NaN 0\n"),
        "line 2: expected `d GAIN PARENT` with a decimal gain, found `d NaN 0`"
    );
    assert_eq!(message("p sel 0 1 0\nr -3\n"), "line 2: expected `r COST` with a cost >= 0, found `r -3`");
    assert_eq!(message("p sel 2 0 0\nd 1 0\n"), "the header says 2 decisions, the file has 1");
    assert_eq!(
        message("p sel 18446744073709551615 0 0\n"),
        "the header says 18446744073709551615 decisions, the file has 0"
    );
    assert_eq!(message("p sel 1 0 0\nd 1 7\n"), "line 2: parent 7 is outside 1..=1");
    assert_eq!(message("p sel 1 1 1\nd 1 0\nr 1\nu 1 0\n"), "line 4: resource 0 is outside 1..=1");
    assert_eq!(message("p sel 1 0 0\nd 1 1\n"), "decision 0 requires itself through its ancestors");
    assert_eq!(
        message("p sel 2 0 0\nd 9000000000000000000 0\nd 0.1 0\n"),
        "line 2: `9000000000000000000`: the gains do not fit 64-bit integers in one decimal unit; fewer digits do, or rounding"
    );
    assert!(
        message("c secateur scale 0 1\n").starts_with("line 1: expected `c secateur scale` with two positive numbers")
    );
    assert!(message("c secateur scale NaN 1\n").starts_with("line 1: expected `c secateur scale`"));
    assert!(message("p sel 1 0 0\nx\n").starts_with("line 2: expected a line `p sel D R U` (once)"));
    assert!(message("p sel 1 0 0\np sel 1 0 0\n").starts_with("line 2: expected a line"));
}

#[test]
fn byte_order_marks_blanks_and_carriage_returns_do_not_matter() {
    let plain = parse("p sel 1 1 1\nd 3 0\nr 2\nu 1 1\n").unwrap();
    for text in [
        "\u{feff}p sel 1 1 1\nd 3 0\nr 2\nu 1 1\n",
        "p sel 1 1 1\r\nd 3 0\r\nr 2\r\nu 1 1\r\n",
        "p\tsel 1 1 1 \t\n  d\t3 0\n\n\nr 2 \nu  1\t1",
    ] {
        assert_eq!(parse(text).unwrap(), plain, "{text:?}");
    }
}

#[test]
fn doubles_with_all_their_digits_are_rounded_once_and_say_so() {
    let numbers = [6.186488086416169, 0.06868326992118212, 502.5000895788765];
    let text = format!("p sel 3 1 0\nd {} 0\nd {} 0\nd {} 0\nr 0.5\n", numbers[0], numbers[1], numbers[2]);
    let message = parse(&text).unwrap_err().to_string();
    assert!(message.starts_with("line 4: `502.5000895788765`: the gains do not fit"), "{message}");
    let ReadProgram { program, gains, costs } = read_rounded(text.as_bytes()).unwrap();
    let expected = quantise(&numbers, 62).unwrap();
    assert_eq!(program.gains, expected.integers);
    assert_eq!(gains, Some(Rounded { unit: expected.unit, max_error: expected.max_error }));
    assert_eq!((costs, program.scale()), (None, Scale { gain_unit: expected.unit, cost_unit: 0.1 }));
    // What is written then is exact.
    let mut written = Vec::new();
    write(&program, &mut written).unwrap();
    assert_eq!(read(written.as_slice()).unwrap(), program);

    // Tiny and huge numbers, and sums that are too large, are a matter of the unit as well.
    for text in ["p sel 1 1 0\nd 1e-300 0\nr 1e300\n", "p sel 2 1 0\nd 9e18 0\nd 9e18 0\nr 1\n"] {
        assert!(matches!(parse(text), Err(FormatError::Range { .. })), "{text}");
        assert!(read_rounded(text.as_bytes()).is_ok(), "{text}");
    }
    let infinite = read_rounded("p sel 1 0 0\nd 1e999 0\n".as_bytes()).unwrap_err().to_string();
    assert_eq!(
        infinite,
        "the gains cannot be rounded: number 0 is inf, expected a finite number (numbers count from 0)"
    );
}

proptest! {
    #[test]
    fn what_is_exact_is_not_rounded(program in prop_oneof![tiny().boxed(), huge().boxed()]) {
        let mut text = Vec::new();
        write(&program, &mut text).unwrap();
        let found = read_rounded(text.as_slice()).unwrap();
        prop_assert_eq!(found, ReadProgram { program, gains: None, costs: None });
    }

    #[test]
    fn what_is_written_is_read_back(program in prop_oneof![tiny().boxed(), forest_shaped(2, 3, 5).boxed(), huge().boxed()]) {
        let mut text = Vec::new();
        write(&program, &mut text).unwrap();
        prop_assert_eq!(read(text.as_slice()).unwrap(), program);
    }

    #[test]
    fn decimal_units_survive(program in tiny(), gain_digits in 0i32..9, cost_digits in 0i32..9) {
        let mut program = program;
        program.scale = Scale { gain_unit: 10f64.powi(-gain_digits), cost_unit: 10f64.powi(-cost_digits) };
        let mut text = Vec::new();
        write(&program, &mut text).unwrap();
        prop_assert_eq!(read(text.as_slice()).unwrap(), program);
    }

    #[test]
    fn other_units_survive_to_the_last_bit(program in tiny(), gain_unit in 1e-30f64..1e30, cost_unit in 1e-30f64..1e30) {
        let mut program = program;
        program.scale = Scale { gain_unit, cost_unit };
        let mut text = Vec::new();
        write(&program, &mut text).unwrap();
        prop_assert_eq!(read(text.as_slice()).unwrap(), program);
    }

    #[test]
    fn no_text_panics(text in "[psel dru0-9.e+\\-\n]{0,120}") {
        let _ = parse(&text);
        let _ = parse(&format!("p sel 1 1 1\n{text}"));
        let _ = read_rounded(format!("p sel 1 1 1\n{text}").as_bytes());
    }

    #[test]
    fn truncated_texts_are_errors(program in forest_shaped(1, 2, 2), keep in 0.0f64..1.0) {
        let mut text = Vec::new();
        write(&program, &mut text).unwrap();
        let lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
        let keep = (lines.len() as f64 * keep) as usize;
        prop_assert!(read(lines[..keep].concat().as_slice()).is_err());
    }
}
