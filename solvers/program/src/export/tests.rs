use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use super::*;
use crate::testing::{forest_shaped, ties_everywhere, tiny};
use crate::{brute_force, objective};

type Writer<'a> = &'a dyn Fn(&SelectionProgram, Multiplier, &mut Vec<u8>) -> Result<(), ExportError>;

fn text(program: &SelectionProgram, lambda: Multiplier, writer: Writer<'_>) -> String {
    let mut out = Vec::new();
    writer(program, lambda, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn ratio(num: i64, den: i64) -> Multiplier {
    Multiplier::new(num, den).unwrap()
}

fn small() -> SelectionProgram {
    let mut builder = SelectionProgram::builder();
    let (a, b, c) = (builder.decision(6), builder.decision(-4), builder.decision(0));
    let (r, s) = (builder.resource(5), builder.resource(0));
    builder.requires(a, b).uses(a, r).uses(c, r).uses(c, s);
    builder.build().unwrap()
}

#[test]
fn a_small_network_is_written_to_the_letter() {
    let expected = "\
c selection program at lambda = 3/2, everything times 2
c node 1: source, node 2: sink
c nodes 3..5: decisions 1..3
c nodes 6..7: resources 1..2
c capacity 13 stands for infinity: all source arcs and one more
c optimum = 12 - maximum flow; selected: decisions on the source side of a minimum cut
p max 7 7
n 1 s
n 2 t
a 1 3 12
a 4 2 8
a 3 4 13
a 3 6 13
a 5 6 13
a 5 7 13
a 6 2 15
";
    assert_eq!(text(&small(), ratio(3, 2), &|program, lambda, out| dimacs(program, lambda, out)), expected);
}

#[test]
fn a_small_linear_program_is_written_to_the_letter() {
    let expected = "\
\\ selection program at lambda = 3/2, objective times 2
\\ x: decisions, y: resources; rows p: requires pairs, u: uses pairs
Maximize
 obj:
 + 12 x1
 - 8 x2
 + 0 x3
 - 15 y1
 + 0 y2
Subject To
 p1: x1 - x2 <= 0
 u1: x1 - y1 <= 0
 u2: x3 - y1 <= 0
 u3: x3 - y2 <= 0
";
    let relaxed = "\
Bounds
 0 <= x1 <= 1
 0 <= x2 <= 1
 0 <= x3 <= 1
 0 <= y1 <= 1
 0 <= y2 <= 1
End
";
    let binary = "Binary\n x1\n x2\n x3\n y1\n y2\nEnd\n";
    let write = |domain| text(&small(), ratio(3, 2), &|program, lambda, out| lp(program, lambda, domain, out));
    assert_eq!(write(Domain::Relaxed), format!("{expected}{relaxed}"));
    assert_eq!(write(Domain::Binary), format!("{expected}{binary}"));
}

#[test]
fn a_small_mps_file_is_written_to_the_letter() {
    let marker = |which| format!(" MARKER 'MARKER' 'INT{which}'\n");
    let head = "\
* selection program at lambda = 3/2, objective times -2
* x: decisions, y: resources; rows p: requires pairs, u: uses pairs
NAME selection
ROWS
 N obj
 L p1
 L u1
 L u2
 L u3
COLUMNS
";
    let columns = " x1 obj -12
 x1 p1 1
 x1 u1 1
 x2 obj 8
 x2 p1 -1
 x3 obj 0
 x3 u2 1
 x3 u3 1
 y1 obj 15
 y1 u1 -1
 y1 u2 -1
 y2 obj 0
 y2 u3 -1
";
    let tail = "\
RHS
BOUNDS
 UP bound x1 1
 UP bound x2 1
 UP bound x3 1
 UP bound y1 1
 UP bound y2 1
ENDATA
";
    let write = |domain| text(&small(), ratio(3, 2), &|program, lambda, out| mps(program, lambda, domain, out));
    assert_eq!(write(Domain::Relaxed), format!("{head}{columns}{tail}"));
    assert_eq!(write(Domain::Binary), format!("{head}{}{columns}{}{tail}", marker("ORG"), marker("END")));
}

/// Reads a DIMACS maximum flow problem as its format page says and solves it by shortest augmenting paths.
/// Returns the flow and the nodes on the source's side.
fn solve_dimacs(text: &str) -> (i128, Vec<bool>) {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<String>>();
    let (mut size, mut ends, mut arcs) = ((0, 0), (0, 0), Vec::new());
    for line in text.lines().map(words) {
        let number = |at: usize| line[at].parse::<usize>().unwrap();
        match line[0].as_str() {
            "c" => {}
            "p" => {
                assert_eq!(line[1], "max");
                size = (number(2), number(3));
            }
            "n" if line[2] == "s" => ends.0 = number(1),
            "n" => ends.1 = number(1),
            "a" => arcs.push((number(1), number(2), line[3].parse::<i64>().map(i128::from).unwrap())),
            other => panic!("unknown line {other}"),
        }
    }
    assert_eq!(arcs.len(), size.1, "as many arcs as the header says");
    assert!(arcs.iter().all(|arc| (1..=size.0).contains(&arc.0) && (1..=size.0).contains(&arc.1) && arc.2 > 0));
    let mut residual: BTreeMap<(usize, usize), i128> = BTreeMap::new();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); size.0 + 1];
    for (tail, head, capacity) in arcs {
        *residual.entry((tail, head)).or_default() += capacity;
        residual.entry((head, tail)).or_default();
        next[tail].push(head);
        next[head].push(tail);
    }
    let mut total = 0;
    loop {
        let mut from = vec![0; size.0 + 1];
        let mut queue = VecDeque::from([ends.0]);
        from[ends.0] = ends.0;
        while let Some(node) = queue.pop_front() {
            for &head in &next[node] {
                if from[head] == 0 && residual[&(node, head)] > 0 {
                    from[head] = node;
                    queue.push_back(head);
                }
            }
        }
        if from[ends.1] == 0 {
            return (total, from.into_iter().map(|from| from > 0).collect());
        }
        let mut path = vec![ends.1];
        while path[path.len() - 1] != ends.0 {
            path.push(from[path[path.len() - 1]]);
        }
        let arcs: Vec<(usize, usize)> = path.windows(2).map(|pair| (pair[1], pair[0])).collect();
        let amount = arcs.iter().map(|arc| residual[arc]).min().unwrap();
        for (tail, head) in arcs {
            *residual.get_mut(&(tail, head)).unwrap() -= amount;
            *residual.get_mut(&(head, tail)).unwrap() += amount;
        }
        total += amount;
    }
}

/// A linear program as both formats state it: objective to maximise, rows (name, column -> coefficient), all `<= 0`;
/// all columns in [0, 1]; whether integer.
#[derive(Debug, Default, PartialEq)]
struct Model {
    objective: BTreeMap<String, i64>,
    rows: BTreeMap<String, BTreeMap<String, i64>>,
    bounded: Vec<String>,
    integer: bool,
}

fn parse_lp(text: &str) -> Model {
    let (mut model, mut section) = (Model::default(), "");
    for line in text.lines().filter(|line| !line.starts_with('\\')) {
        if !line.starts_with(' ') {
            section = line;
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match (section, words.as_slice()) {
            ("Maximize", ["obj:"]) => {}
            ("Maximize", [sign, number, name]) => {
                let value: i64 = format!("{sign}{number}").parse().unwrap();
                assert!(model.objective.insert((*name).to_owned(), value).is_none(), "{name} stands twice");
            }
            ("Subject To", [row, plus, "-", minus, "<=", "0"]) => {
                let entries = BTreeMap::from([((*plus).to_owned(), 1), ((*minus).to_owned(), -1)]);
                assert!(
                    model.rows.insert(row.trim_end_matches(':').to_owned(), entries).is_none(),
                    "{row} stands twice"
                );
            }
            ("Bounds", ["0", "<=", name, "<=", "1"]) => model.bounded.push((*name).to_owned()),
            ("Binary", [name]) => {
                model.integer = true;
                model.bounded.push((*name).to_owned());
            }
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(section, "End");
    model
}

fn parse_mps(text: &str) -> Model {
    let (mut model, mut section) = (Model::default(), "");
    for line in text.lines().filter(|line| !line.starts_with('*')) {
        if !line.starts_with(' ') {
            section = line;
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match (section, words.as_slice()) {
            ("ROWS", ["N", "obj"]) => {}
            ("ROWS", ["L", row]) => assert!(model.rows.insert((*row).to_owned(), BTreeMap::new()).is_none()),
            ("COLUMNS", ["MARKER", ..]) => model.integer = true,
            ("COLUMNS", [name, "obj", value]) => {
                model.objective.insert((*name).to_owned(), -value.parse::<i64>().unwrap());
            }
            ("COLUMNS", [name, row, value]) => {
                model.rows.get_mut(*row).unwrap().insert((*name).to_owned(), value.parse().unwrap());
            }
            ("BOUNDS", ["UP", "bound", name, "1"]) => model.bounded.push((*name).to_owned()),
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(section, "ENDATA");
    model
}

/// The program as a model, by its definition.
fn stated(program: &SelectionProgram, lambda: Multiplier, integer: bool) -> Model {
    let x = |v: DecisionId| format!("x{}", v.0 + 1);
    let y = |r: ResourceId| format!("y{}", r.0 + 1);
    let row = |plus: String, minus: String| BTreeMap::from([(plus, 1), (minus, -1)]);
    let gains = program.decisions().map(|v| (x(v), lambda.den() * program.gain(v)));
    let costs = program.resources().map(|r| (y(r), -lambda.num() * program.cost(r)));
    let requires = program
        .decisions()
        .filter_map(|v| program.parent(v).map(|parent| (format!("p{}", v.0 + 1), row(x(v), x(parent)))));
    let uses = program.pairs().enumerate().map(|(pair, (v, r))| (format!("u{}", pair + 1), row(x(v), y(r))));
    Model {
        objective: gains.chain(costs).collect(),
        rows: requires.chain(uses).collect(),
        bounded: program.decisions().map(x).chain(program.resources().map(y)).collect(),
        integer,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_maximum_flow_of_the_file_gives_the_optimum_and_a_selection(
        program in prop_oneof![tiny().boxed(), ties_everywhere().boxed(), forest_shaped(2, 2, 5).boxed()],
        num in 0i64..8, den in 1i64..6,
    ) {
        let lambda = ratio(num, den);
        let (flow, source_side) = solve_dimacs(&text(&program, lambda, &|program, lambda, out| dimacs(program, lambda, out)));
        let smallest = brute_force(&program, lambda);
        let positive = i128::from(lambda.den()) * i128::from(program.total_positive_gain());
        prop_assert_eq!(positive - flow, objective(&program, &smallest, lambda));
        // The source's side of the first minimum cut is the smallest optimum.
        prop_assert!(program.decisions().all(|v| source_side[v.index() + 3] == smallest.has(v)));
    }

    #[test]
    fn both_texts_state_the_program(
        program in prop_oneof![tiny().boxed(), ties_everywhere().boxed()], num in 0i64..8, den in 1i64..6,
    ) {
        let lambda = ratio(num, den);
        for domain in [Domain::Relaxed, Domain::Binary] {
            let expected = stated(&program, lambda, domain == Domain::Binary);
            let mut found = parse_lp(&text(&program, lambda, &|program, lambda, out| lp(program, lambda, domain, out)));
            found.integer |= domain == Domain::Binary && program.n_decisions() + program.n_resources() == 0;
            prop_assert_eq!(&found, &expected);
            let found = parse_mps(&text(&program, lambda, &|program, lambda, out| mps(program, lambda, domain, out)));
            prop_assert_eq!(&found, &expected);
        }
    }
}

#[test]
fn numbers_that_do_not_fit_are_refused_by_name_and_nothing_is_written() {
    let one = |gain, cost| {
        let mut builder = SelectionProgram::builder();
        builder.decision(gain);
        builder.resource(cost);
        builder.build().unwrap()
    };
    let mut out = Vec::new();
    let double = 1i64 << 53;
    lp(&one(-double, double), ratio(1, 1), Domain::Relaxed, &mut Vec::new()).unwrap();
    let error = lp(&one(-double, 1), ratio(1, 2), Domain::Relaxed, &mut out).unwrap_err();
    assert_eq!(
        error.to_string(),
        "decision 0: -18014398509481984 exceeds 9007199254740992, the most that is exact in this format"
    );
    let error = mps(&one(1, double + 1), ratio(1, 1), Domain::Relaxed, &mut out).unwrap_err();
    assert!(matches!(error, ExportError::Number { what: "resource", index: 0, .. }));

    dimacs(&one(i64::MAX - 1, i64::MAX), ratio(1, 1), &mut Vec::new()).unwrap();
    let error = dimacs(&one(i64::MAX, 1), ratio(1, 1), &mut out).unwrap_err();
    assert!(matches!(error, ExportError::Unbounded { sum, .. } if sum == i128::from(i64::MAX)), "{error}");
    let error = dimacs(&one(1, i64::MAX), ratio(2, 1), &mut out).unwrap_err();
    assert!(matches!(error, ExportError::Number { what: "resource", limit: i64::MAX, .. }), "{error}");
    for error in [
        dimacs(&small(), Multiplier::INFINITY, &mut out),
        lp(&small(), Multiplier::INFINITY, Domain::Binary, &mut out),
        mps(&small(), Multiplier::INFINITY, Domain::Binary, &mut out),
    ] {
        assert!(matches!(error, Err(ExportError::InfiniteMultiplier)));
    }
    assert!(out.is_empty());
}

#[test]
fn a_writer_that_fails_is_reported() {
    let mut small_buffer = [0u8; 10];
    let error = dimacs(&small(), ratio(1, 1), &mut small_buffer[..]).unwrap_err();
    assert!(matches!(error, ExportError::Io(_)), "{error}");
}
