use proptest::prelude::*;

use super::*;
use crate::encoding::TargetKind;

fn parse(text: &str) -> Result<(Dataset, Encoding)> {
    parse_libsvm(text.as_bytes(), "f.svm", &LibsvmOptions::default())
}

/// The error, which must name the file.
fn refused(text: &str) -> Error {
    let error = parse(text).unwrap_err();
    assert!(error.to_string().starts_with("f.svm"), "{error}");
    error
}

#[test]
fn absent_values_are_zero_and_comments_are_skipped() {
    let (table, encoding) = parse("# head\n+1 2:0.5 # tail\n\n-1 1:3 3:-2e-1\r\n+1\n").unwrap();
    assert_eq!(table.features, ndarray::array![[0.0, 0.5, 0.0], [3.0, 0.0, -0.2], [0.0, 0.0, 0.0]]);
    assert_eq!(table.feature_names, ["x1", "x2", "x3"]);
    let names = vec!["-1".to_owned(), "1".to_owned()];
    assert_eq!(table.target, Target::Classes { labels: vec![1, 0, 1], names: names.clone() });
    assert_eq!(encoding.target.unwrap().kind, TargetKind::Classes { names });
    assert_eq!(table.groups, None);
}

#[test]
fn query_ids_become_groups() {
    let (table, _) = parse("2 qid:7 1:1\n0 qid:7 1:2\n1 qid:9 1:0\n").unwrap();
    assert_eq!(table.groups, Some(vec![7, 7, 9]));
    for text in ["1 qid:7 1:1\n1 1:1\n", "1 1:1\n1 qid:7 1:1\n"] {
        assert!(matches!(refused(text), Error::PartialGroups { line: 2, .. }));
    }
    assert!(matches!(refused("1 qid:x 1:1"), Error::Token { line: 1, .. }));
    assert!(matches!(refused("1 1:1 qid:2"), Error::Token { line: 1, .. }));
}

#[test]
fn bad_tokens_are_named() {
    for (text, token) in [
        ("1 1:1\n1 0:2", "0:2"),
        ("1 1:1\nspam 1:2", "spam"),
        ("1 1:1\n1:2", "1:2"),
        ("1 1:1\n1 -1:2", "-1:2"),
        ("1 1:1\n1 +1:2", "+1:2"),
        ("1 1:1\n1 a:2", "a:2"),
        ("1 1:1\n1 5", "5"),
        ("1 1:1\n1 2:b", "2:b"),
        ("1 1:1\n1 2:nan", "2:nan"),
        ("1 1:1\n1 2:", "2:"),
        ("1 1:1\n1 99999999999999999999:1", "99999999999999999999:1"),
        ("1 1:1\ninf 1:2", "inf"),
    ] {
        let error = refused(text);
        assert!(matches!(&error, Error::Token { line: 2, token: found, .. } if found == token), "{error}");
        assert!(error.to_string().contains(token) && error.to_string().contains("line 2"));
    }
}

#[test]
fn other_faults_have_their_own_errors() {
    assert!(matches!(refused("1 2:1 1:1"), Error::NotAscending { line: 1, previous: 2, index: 1, .. }));
    assert!(matches!(refused("1 2:1 2:1"), Error::NotAscending { .. }));
    assert!(matches!(refused("1 1:1\n1 1:1e999"), Error::Infinite { line: 2, .. }));
    assert!(matches!(refused(""), Error::Empty { .. }));
    assert!(matches!(refused("# only\n \n"), Error::Empty { .. }));
    assert!(matches!(refused("1\n2\n"), Error::NoFeatures { .. }));
}

#[test]
fn memory_stays_in_proportion_to_the_file() {
    assert!(matches!(refused("1 4000000000:1"), Error::TooWide { index: 4_000_000_000, limit: 65_536, .. }));
    let many = format!("1 60000:1\n{}", "1\n".repeat(1000));
    assert!(matches!(refused(&many), Error::TooSparse { rows: 1001, features: 60_000, .. }));
    let options = LibsvmOptions { n_features: Some(70_000), ..LibsvmOptions::default() };
    let (table, _) = parse_libsvm(b"1 2:1", "f.svm", &options).unwrap();
    assert_eq!(table.n_features(), 70_000);
    let options = LibsvmOptions { n_features: Some(1), ..LibsvmOptions::default() };
    let error = parse_libsvm(b"1 2:1", "f.svm", &options).unwrap_err();
    assert!(matches!(error, Error::TooWide { index: 2, limit: 1, .. }));
    let options = LibsvmOptions { n_features: Some(usize::MAX), ..LibsvmOptions::default() };
    // Names for that many columns are never made: the rows are counted first.
    assert!(matches!(parse_libsvm(b"1 2:1", "f.svm", &options), Err(Error::TooSparse { .. })));
}

#[test]
fn an_encoding_fixes_width_and_classes() {
    let (_, encoding) = parse("1 1:1 2:1\n2 1:1\n").unwrap();
    let read = |text: &str, options: &LibsvmOptions| parse_libsvm_with(&encoding, text.as_bytes(), "g.svm", options);
    let options = LibsvmOptions::default();
    let table = read("2 1:5\n", &options).unwrap();
    assert_eq!(table.features, ndarray::array![[5.0, 0.0]]);
    assert!(matches!(table.target, Target::Classes { ref labels, .. } if labels == &[1]));
    assert!(matches!(read("1 3:1\n", &options), Err(Error::TooWide { index: 3, limit: 2, .. })));
    let error = read("1 1:1\n3 1:1\n", &options).unwrap_err();
    assert!(matches!(&error, Error::UnknownLabels { line: 2, labels, .. } if labels == &["3"]), "{error}");
    let unlabelled = LibsvmOptions { read_target: false, ..options };
    assert_eq!(read("3 1:1\n", &unlabelled).unwrap().target, Target::None);

    let mut categorical = encoding.clone();
    categorical.columns[0].kind = ColumnKind::Categorical { categories: vec!["a".into()] };
    let error = parse_libsvm_with(&categorical, b"1 1:1", "g.svm", &options).unwrap_err();
    assert!(matches!(error, Error::Encoding { .. }) && error.to_string().contains("x1"));
}

#[test]
fn recognition() {
    for text in ["1 1:2", "# c\n\n-1.5 qid:3 1:2 # x", "1\n0\n1 7:0.5"] {
        assert!(recognise(text.as_bytes()), "{text}");
    }
    for text in ["", "1\n2\n", "1,2", "1 2 3", "a 1:2", "1 1:2 3", "1 1:b", "x y"] {
        assert!(!recognise(text.as_bytes()), "{text}");
    }
}

proptest! {
    #[test]
    fn round_trip(rows in prop::collection::vec((0i32..4, prop::collection::vec(prop::option::of(any::<f32>()), 5)), 1..30)) {
        let mut text = String::new();
        for (label, cells) in &rows {
            text += &label.to_string();
            for (cell, index) in cells.iter().zip(1..) {
                if let Some(value) = cell.filter(|value| value.is_finite()) {
                    text += &format!(" {index}:{value}");
                }
            }
            text.push('\n');
        }
        let options = LibsvmOptions { n_features: Some(5), ..LibsvmOptions::default() };
        let (table, encoding) = parse_libsvm(text.as_bytes(), "f", &options).unwrap();
        for (row, (_, cells)) in rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let text = cell.filter(|value| value.is_finite()).map_or("0".into(), |value| value.to_string());
                prop_assert_eq!(table.features[(row, column)], text.parse::<f64>().unwrap());
            }
        }
        let Target::Classes { labels, names } = &table.target else { panic!("kind") };
        for (label, (expected, _)) in labels.iter().zip(&rows) {
            prop_assert_eq!(names[*label as usize].parse::<i32>().unwrap(), *expected);
        }
        let again = parse_libsvm_with(&encoding, text.as_bytes(), "f", &options).unwrap();
        prop_assert_eq!(again.features, table.features);
    }
}

#[test]
fn indices_from_zero_where_the_reader_says_so() {
    let options = LibsvmOptions { first_index: 0, ..LibsvmOptions::default() };
    let text = "1 0:5 2:6\n0 1:7\n";
    let (table, encoding) = parse_libsvm(text.as_bytes(), "f.svm", &options).unwrap();
    assert_eq!(table.features, ndarray::array![[5.0, 0.0, 6.0], [0.0, 7.0, 0.0]]);
    assert_eq!(table.feature_names, ["x0", "x1", "x2"]);
    // The encoding remembers, whatever the options say.
    let again = parse_libsvm_with(&encoding, text.as_bytes(), "f.svm", &LibsvmOptions::default()).unwrap();
    assert_eq!(again.features, table.features);
    let wide = parse_libsvm_with(&encoding, b"1 3:1\n", "f.svm", &options).unwrap_err();
    assert!(matches!(wide, Error::TooWide { index: 3, limit: 3, .. }), "{wide}");
    let twice = parse_libsvm(b"1 0:1 0:2\n", "f.svm", &options).unwrap_err();
    assert!(matches!(twice, Error::NotAscending { previous: 0, index: 0, .. }), "{twice}");
    let none = parse_libsvm(b"1 -1:1\n", "f.svm", &options).unwrap_err();
    assert!(none.to_string().contains("an index from 0"), "{none}");
    assert!(parse_libsvm(b"1 18446744073709551615:1\n", "f.svm", &options).is_err());
    assert!(refused("1 0:1\n").to_string().contains("an index from 1"));
}

#[test]
fn an_index_zero_is_found() {
    let options = LibsvmOptions { find_first_index: true, ..LibsvmOptions::default() };
    let mut notes = Vec::new();
    let text = b"# 0:1\n1 1:5\n0 qid:0 0:1 1:2\n";
    assert!(parse_libsvm(text, "f.svm", &options).is_err(), "a query id is no index, but must be on all lines");
    let (table, encoding) = parse_libsvm_noting(b"# 0:1\n1 1:5\n0 0:1 1:2\n", "f.svm", &options, &mut notes).unwrap();
    assert_eq!(table.features, ndarray::array![[0.0, 5.0], [1.0, 2.0]]);
    assert_eq!(
        (encoding.feature_names(), notes),
        (vec!["x0".to_owned(), "x1".to_owned()], vec![Note::FromZero { line: 3 }])
    );
    let (table, _) = parse_libsvm(b"1 1:5\n0 2:1\n", "f.svm", &options).unwrap();
    assert_eq!(table.feature_names, ["x1", "x2"]);
    // Columns with other names are counted as is said.
    let named = Encoding::numeric(["a", "b"].map(String::from), None);
    let zero = LibsvmOptions { first_index: 0, ..options };
    assert_eq!(parse_libsvm_with(&named, b"1 0:3\n", "f", &zero).unwrap().features, ndarray::array![[3.0, 0.0]]);
}

#[test]
fn small_sparse_files_are_read() {
    let text: String = (0..500).map(|row| format!("{} {}:1\n", row % 2, 1 + row * 131 % 47_236)).collect();
    assert_eq!(parse_libsvm(text.as_bytes(), "f", &LibsvmOptions::default()).unwrap().0.n_examples(), 500);
}
