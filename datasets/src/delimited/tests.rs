use proptest::prelude::*;

use super::*;
use crate::dataset::Target;
use crate::encoding::{Column, ColumnKind, TargetEncoding, TargetKind};
use crate::error::Error;

fn parse(text: &str) -> Result<(Dataset, Encoding)> {
    parse_csv(text.as_bytes(), "f.csv", &CsvOptions::default())
}

fn parsed(text: &str) -> (Dataset, Encoding) {
    parse(text).unwrap()
}

/// The error, which must name the file and each of `parts`.
fn refused(result: Result<impl Sized>, parts: &[&str]) -> Error {
    let Err(error) = result else { panic!("accepted") };
    let message = error.to_string();
    assert!(message.starts_with("f.csv"), "{message}");
    parts.iter().for_each(|part| assert!(message.contains(part), "{message} should contain {part}"));
    error
}

fn no_target() -> CsvOptions {
    CsvOptions { target: TargetColumn::None, ..CsvOptions::default() }
}

fn categories(encoding: &Encoding, column: usize) -> &[String] {
    let ColumnKind::Categorical { categories } = &encoding.columns[column].kind else { panic!("kind") };
    categories
}

fn class_names(encoding: &Encoding) -> &[String] {
    match &encoding.target.as_ref().unwrap().kind {
        TargetKind::Classes { names } => names,
        TargetKind::Numeric => panic!("kind"),
    }
}

#[test]
fn numbers_categories_and_missing_cells() {
    let (table, encoding) = parsed("size,colour,kind\n1.5, red ,b\n?,\"blue\",a\n3, NA,b\n");
    assert_eq!(table.feature_names, ["size", "colour"]);
    assert_eq!(table.features.column(0)[0], 1.5);
    assert!(table.features.column(0)[1].is_nan());
    assert_eq!(categories(&encoding, 1), ["blue", "red"]);
    assert_eq!(table.features.column(1)[0], 1.0);
    assert_eq!(table.features.column(1)[1], 0.0);
    assert!(table.features.column(1)[2].is_nan());
    assert_eq!(class_names(&encoding), ["a", "b"]);
    assert!(matches!(table.target, Target::Classes { ref labels, .. } if labels == &[1, 0, 1]));
}

#[test]
fn delimiters_are_detected() {
    for text in [
        "a,b,y\n1,2,0\n3,4,1\n",
        "a;b;y\n1;2;0\n3;4;1\n",
        "a\tb\ty\r\n1\t2\t0\r\n3\t4\t1",
        "a|b|y\n1|2|0\n\n3|4|1\n\n",
        "a b y\n1  2\t0  \n  3 4 1 \n",
        "\n\na , b, y\n 1, 2 ,0\n3,4,1\n  \n",
        "\"a\";\"b\";\"y\"\n1;2;0\n3;4;1\n",
    ] {
        let (table, encoding) = parsed(text);
        assert_eq!(table.features, ndarray::array![[1.0, 2.0], [3.0, 4.0]], "{text}");
        assert_eq!(encoding.feature_names(), ["a", "b"]);
    }
    // A comma inside quotes is not a delimiter; a stated delimiter wins.
    assert_eq!(parsed("\"a,b,c\";y\n1;2\n").1.columns[0].name, "a,b,c");
    let options = CsvOptions { delimiter: Some(b':'), ..CsvOptions::default() };
    assert_eq!(parse_csv(b"a:y\n1:2\n", "f", &options).unwrap().0.n_features(), 1);
    let options = CsvOptions { delimiter: Some(b' '), ..no_target() };
    assert_eq!(parse_csv(b"a,b 3\n", "f", &options).unwrap().0.n_features(), 2);
}

#[test]
fn headers_are_detected() {
    for (text, names) in [
        ("1,2,0\n3,4,1\n", ["x1", "x2"]),
        ("39, State-gov, <=50K\n50, Private, <=50K\n", ["x1", "x2"]),
        ("0,1,target\n5,6,1\n", ["0", "1"]),
        (",age,y\n1,30,0\n1,40,1\n", ["x1", "age"]),
        ("colour,age,y\nred,30,0\n", ["colour", "age"]),
    ] {
        assert_eq!(parsed(text).1.feature_names(), names, "{text}");
    }
    let with = |header| CsvOptions { header, ..CsvOptions::default() };
    assert_eq!(parse_csv(b"a,b\nc,d\n", "f", &with(Header::No)).unwrap().0.n_examples(), 2);
    assert_eq!(parse_csv(b"1,2\n3,4\n", "f", &with(Header::Yes)).unwrap().1.feature_names(), ["1"]);
    let named = CsvOptions { column_names: Some(vec!["p".into(), "q".into()]), ..CsvOptions::default() };
    assert_eq!(parse_csv(b"1,2\n3,4\n", "f", &named).unwrap().1.feature_names(), ["p"]);
    assert_eq!(parse_csv(b"a,b\n3,4\n", "f", &named).unwrap().0.n_examples(), 1);
    let error = refused(parse_csv(b"1,2,3\n", "f.csv", &named), &["2 column names", "3 columns"]);
    assert!(matches!(error, Error::ColumnNames { given: 2, found: 3, .. }));
}

#[test]
fn columns_are_chosen() {
    let text = b"id,zip,y,a\n7,10,0,1\n8,9,1,2\n";
    let options = CsvOptions {
        target: TargetColumn::Name("y".into()),
        categorical: vec!["zip".into()],
        drop: vec!["id".into()],
        ..CsvOptions::default()
    };
    let (table, encoding) = parse_csv(text, "f.csv", &options).unwrap();
    assert_eq!(table.features, ndarray::array![[1.0, 1.0], [0.0, 2.0]]);
    assert_eq!(categories(&encoding, 0), ["9", "10"]);
    let index = |index| CsvOptions { target: TargetColumn::Index(index), ..CsvOptions::default() };
    assert_eq!(parse_csv(text, "f.csv", &index(2)).unwrap().1.target.unwrap().name, "y");
    let error = refused(parse_csv(text, "f.csv", &index(4)), &["column 4", "has 4"]);
    assert!(matches!(error, Error::ColumnIndex { index: 4, found: 4, .. }));
    let (table, encoding) = parse_csv(text, "f.csv", &no_target()).unwrap();
    assert_eq!((table.n_features(), table.target, encoding.target), (4, Target::None, None));

    for options in [
        CsvOptions { target: TargetColumn::Name("q".into()), ..CsvOptions::default() },
        CsvOptions { drop: vec!["q".into()], ..CsvOptions::default() },
        CsvOptions { categorical: vec!["q".into()], ..CsvOptions::default() },
    ] {
        let error = refused(parse_csv(text, "f.csv", &options), &["\"q\"", "id, zip, y, a"]);
        assert!(matches!(error, Error::MissingColumn { .. }));
    }
    let options = CsvOptions { drop: vec!["a".into()], ..CsvOptions::default() };
    assert!(matches!(refused(parse_csv(text, "f.csv", &options), &["\"a\""]), Error::ColumnRole { .. }));
}

#[test]
fn the_target_is_classes_or_values() {
    assert_eq!(class_names(&parsed("1,10\n1,2\n1,2.0\n").1), ["2", "10"]);
    assert_eq!(class_names(&parsed("1,a\n1,a\n").1), ["a"]);
    assert_eq!(parsed("1,0.5\n1,2\n").0.target, Target::Values(vec![0.5, 2.0]));
    let regress = CsvOptions { target_type: TargetType::Numeric, ..CsvOptions::default() };
    assert_eq!(parse_csv(b"1,3\n1,2\n", "f", &regress).unwrap().0.target, Target::Values(vec![3.0, 2.0]));
    let error = refused(parse_csv(b"1,3\n1,b\n", "f.csv", &regress), &["line 2", "\"x2\"", "\"b\""]);
    assert!(matches!(error, Error::NotNumeric { line: 2, .. }));
    let error = refused(parse("a,y\n1,1.5\n\n1,1e999\n"), &["line 4", "\"y\"", "1e999"]);
    assert!(matches!(error, Error::Infinite { line: 4, .. }));
    let error = refused(parse("a,y\n\n1,1\n1, ? \n"), &["line 4", "\"y\""]);
    assert!(matches!(error, Error::MissingTarget { line: 4, .. }));
}

#[test]
fn bad_files_are_refused() {
    assert!(matches!(refused(parse(""), &[]), Error::Empty { .. }));
    assert!(matches!(refused(parse("\n \n\n"), &[]), Error::Empty { .. }));
    assert!(matches!(refused(parse("\na,b\n"), &["line 2"]), Error::HeaderOnly { line: 2, .. }));
    let error = refused(parse("a,b\n1,2\n\n1,2,3\n"), &["line 4", "3 cells", "2 are"]);
    assert!(matches!(error, Error::Ragged { line: 4, expected: 2, found: 3, .. }));
    assert!(matches!(refused(parse("a b\n1 2\n1\n"), &[]), Error::Ragged { line: 3, expected: 2, found: 1, .. }));
    assert!(matches!(refused(parse("a,b,a\n1,2,3\n"), &["\"a\""]), Error::DuplicateColumn { .. }));
    assert!(matches!(refused(parse("x2,,y\n1,2,3\n"), &["\"x2\""]), Error::DuplicateColumn { .. }));
    assert!(matches!(refused(parse("y\n1\n2\n"), &["y"]), Error::NoFeatures { .. }));
    assert!(matches!(refused(parse("a,b,y\n?,NA,1\n,,2\n"), &["a, b, y"]), Error::NoFeatures { .. }));
    for value in ["inf", "-Infinity", "1e999"] {
        let text = format!("a,b,y\n1,2,0\n1,{value},0\n");
        let error = refused(parse(&text), &["line 3", "\"b\"", value]);
        assert!(matches!(error, Error::Infinite { line: 3, .. }));
    }
    let error = refused(parse_csv(b"a,y\n\xff,1\n\xfe,1\n", "f.csv", &CsvOptions::default()), &["line 2"]);
    assert!(matches!(error, Error::NotUtf8 { line: 2, .. }));
}

#[test]
fn a_typing_error_does_not_make_categories() {
    let numbers: String = (0..20).map(|i| format!("{i},0\n")).collect();
    let error = refused(parse(&format!("a,y\n{numbers}1O,0\n")), &["line 22", "\"a\"", "\"1O\"", "20 other"]);
    assert!(matches!(error, Error::MixedColumn { line: 22, numbers: 20, .. }));
    let options = CsvOptions { categorical: vec!["a".into()], ..CsvOptions::default() };
    let text = format!("a,y\n{numbers}3+,0\n");
    assert_eq!(categories(&parse_csv(text.as_bytes(), "f", &options).unwrap().1, 0).len(), 21);
    // `inf` is a category among words.
    assert_eq!(categories(&parsed("a,y\nlow,0\ninf,1\n").1, 0), ["inf", "low"]);
}

fn stored() -> Encoding {
    parsed("size,colour,kind\n1,red,a\n2,blue,b\n").1
}

fn with(text: &str, options: &CsvOptions) -> Result<Dataset> {
    parse_csv_with(&stored(), text.as_bytes(), "f.csv", options)
}

#[test]
fn an_encoding_finds_columns_by_name() {
    let options = CsvOptions::default();
    let table = with("kind,extra,colour,size\nb,9,red,5\n", &options).unwrap();
    assert_eq!(table.features, ndarray::array![[5.0, 1.0]]);
    assert!(matches!(table.target, Target::Classes { ref labels, .. } if labels == &[1]));
    let error = refused(with("kind,colour\na,red\n", &options), &["\"size\"", "kind, colour"]);
    assert!(matches!(error, Error::MissingColumn { .. }));
    // A numeric cell in the header does not hide it.
    assert_eq!(with("size,colour,kind,2024\n1,red,a,x\n", &options).unwrap().n_examples(), 1);
}

#[test]
fn an_encoding_refuses_cells_that_do_not_fit() {
    let options = CsvOptions::default();
    let error = refused(with("size,colour,kind\nbig,red,a\n", &options), &["line 2", "\"size\"", "\"big\""]);
    assert!(matches!(error, Error::NotNumeric { line: 2, .. }));
    let error = refused(with("size,colour,kind\ninf,red,a\n", &options), &["line 2", "\"size\""]);
    assert!(matches!(error, Error::Infinite { line: 2, .. }));
    let text = "size,colour,kind\n1,red,a\n1,pink,a\n";
    let error = refused(with(text, &options), &["line 3", "\"colour\"", "\"pink\""]);
    assert!(matches!(error, Error::UnseenCategory { line: 3, .. }));
    let lenient = CsvOptions { unseen: Unseen::Missing, ..CsvOptions::default() };
    assert!(with(text, &lenient).unwrap().features[(1, 1)].is_nan());
    let error = refused(with("size,colour,kind\n1,red,c\n1,red,d\n", &options), &["line 2", "c, d", "a, b"]);
    assert!(matches!(error, Error::UnknownLabels { line: 2, .. }));
    let mut damaged = stored();
    damaged.columns[1].name = "size".into();
    assert!(matches!(parse_csv_with(&damaged, b"a\n1\n", "f", &options), Err(Error::Encoding { .. })));
}

#[test]
fn a_target_may_be_absent_when_it_is_not_required() {
    let text = "size,colour\n1,red\n";
    assert!(matches!(with(text, &CsvOptions::default()), Err(Error::MissingColumn { name, .. }) if name == "kind"));
    let options = CsvOptions { target_required: false, ..CsvOptions::default() };
    assert_eq!(with(text, &options).unwrap().target, Target::None);
    assert_ne!(with("size,colour,kind\n1,red,a\n", &options).unwrap().target, Target::None);
    assert_eq!(with("size,colour,kind\n1,red,new\n", &no_target()).unwrap().target, Target::None);
}

#[test]
fn a_numeric_target_is_checked_with_an_encoding() {
    let encoding = parsed("a,y\n1,0.5\n").1;
    let read = |text: &str| parse_csv_with(&encoding, text.as_bytes(), "f.csv", &CsvOptions::default());
    assert_eq!(read("y,a\n7,1\n").unwrap().target, Target::Values(vec![7.0]));
    assert!(matches!(refused(read("y,a\nq,1\n"), &["\"q\""]), Error::NotNumeric { line: 2, .. }));
    assert!(matches!(refused(read("y,a\n,1\n"), &["\"y\""]), Error::MissingTarget { line: 2, .. }));
}

#[test]
fn writing_refuses_codes_it_cannot_name() {
    let (mut table, encoding) = parsed("size,colour,kind\n1,red,a\n2,blue,b\n");
    for code in [2.0, 0.5, -1.0] {
        table.features[(0, 1)] = code;
        let error = write_csv(&table, &encoding, Vec::new(), "out").unwrap_err();
        assert!(matches!(error, Error::Encoding { .. }) && error.to_string().contains("\"colour\""));
    }
}

#[test]
fn paths_are_read_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    std::fs::write(&path, "a,y\n1,0\n2,1\n").unwrap();
    let (table, encoding) = read_csv(&path, &CsvOptions::default()).unwrap();
    assert_eq!(read_csv_with(&encoding, &path, &CsvOptions::default()).unwrap().features, table.features);
    std::fs::write(&path, "").unwrap();
    let message = read_csv(&path, &CsvOptions::default()).unwrap_err().to_string();
    assert!(message.starts_with(&path.display().to_string()), "{message}");
}

mod decisions;

/// Texts that survive: trimmed, not empty, no missing marker, not a number.
fn word() -> impl Strategy<Value = String> {
    "[a-z,;\"'\t\n |#é]{1,6}".prop_map(|text| format!("w{text}w"))
}

proptest! {
    #[test]
    fn what_is_written_reads_back(
        names in prop::collection::hash_set(word(), 4),
        words in prop::collection::vec(word(), 1..5),
        rows in prop::collection::vec((prop::option::of(-1e12f64..1e12), prop::option::of(any::<f64>()), any::<prop::sample::Index>(), any::<bool>()), 2..20),
    ) {
        let mut words = words;
        words.sort();
        words.dedup();
        let names: Vec<String> = names.into_iter().collect();
        let kind = TargetKind::Classes { names: vec!["no".into(), "yes".into()] };
        let encoding = Encoding {
            columns: vec![
                Column { name: names[0].clone(), kind: ColumnKind::Numeric },
                Column { name: names[1].clone(), kind: ColumnKind::Categorical { categories: words.clone() } },
                Column { name: names[2].clone(), kind: ColumnKind::Numeric },
            ],
            target: Some(TargetEncoding { name: names[3].clone(), kind }),
        };
        let finite = |value: Option<f64>| value.filter(|value| value.abs() <= crate::LARGEST).unwrap_or(f64::NAN);
        let features = rows.iter().flat_map(|(a, b, word, _)| [finite(*a), word.index(words.len()) as f64, finite(*b)]);
        let features = ndarray::Array2::from_shape_vec((rows.len(), 3), features.collect()).unwrap();
        let labels = rows.iter().map(|row| u32::from(row.3)).collect();
        let target = Target::Classes { labels, names: vec!["no".into(), "yes".into()] };
        let table = Dataset { features, feature_names: encoding.feature_names(), target, weights: None, groups: None };
        let mut bytes = Vec::new();
        write_csv(&table, &encoding, &mut bytes, "out").unwrap();

        let options = CsvOptions { delimiter: Some(b','), header: Header::Yes, ..CsvOptions::default() };
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
        let again = parse_csv_with(&encoding, &bytes, "f", &options).unwrap();
        prop_assert!(table.features.iter().zip(&again.features).all(same));
        prop_assert_eq!(&again.target, &table.target);

        // Inference sees only the categories and classes that occur, but the same numbers.
        let (inferred, _) = parse_csv(&bytes, "f", &options).unwrap();
        prop_assert!(table.features.column(0).iter().zip(inferred.features.column(0)).all(same));
        prop_assert_eq!(inferred.feature_names, table.feature_names);
    }
}

fn weighted(column: &str) -> CsvOptions {
    CsvOptions { weights: Some(column.to_owned()), ..CsvOptions::default() }
}

#[test]
fn a_column_of_weights_is_no_feature_and_no_target() {
    for text in ["w,a,y\n2,1,p\n0,4,q\n0.5,3,p\n", "a,y,w\n1,p,2\n4,q,0\n3,p,0.5\n"] {
        let (table, encoding) = parse_csv(text.as_bytes(), "f.csv", &weighted("w")).unwrap();
        assert_eq!(table.weights, Some(vec![2.0, 0.0, 0.5]));
        assert_eq!((table.feature_names, encoding.target.as_ref().unwrap().name.as_str()), (vec!["a".into()], "y"));
        assert_eq!(class_names(&encoding), ["p", "q"]);
        let with = CsvOptions { target_required: false, ..weighted("v") };
        let again = parse_csv_with(&encoding, b"v,a\n1,5\n3,6\n", "f.csv", &with).unwrap();
        assert_eq!((again.weights, again.features), (Some(vec![1.0, 3.0]), ndarray::array![[5.0], [6.0]]));
        let without = parse_csv_with(&encoding, text.as_bytes(), "f.csv", &CsvOptions::default()).unwrap();
        assert_eq!(without.weights, None);
    }
    let german = CsvOptions { decimal: b',', ..weighted("w") };
    let (table, _) = parse_csv(b"a;w;y\n1;0,5;p\n2;1;q\n", "f.csv", &german).unwrap();
    assert_eq!(table.weights, Some(vec![0.5, 1.0]));
}

#[test]
fn wrong_weights_are_refused_by_line() {
    let parse =
        |cell: &str, name: &str| parse_csv(format!("a,w,y\n1,1,p\n2,{cell},q\n").as_bytes(), "f.csv", &weighted(name));
    let place = ["line 3", "\"w\""];
    assert!(matches!(refused(parse("", "w"), &place), Error::MissingWeight { line: 3, .. }));
    assert!(matches!(refused(parse("-", "w"), &place), Error::MissingWeight { .. }));
    assert!(matches!(refused(parse("-0.5", "w"), &place), Error::Weight { line: 3, .. }));
    assert!(matches!(refused(parse("often", "w"), &place), Error::Weight { line: 3, .. }));
    assert!(matches!(refused(parse("\"1,5\"", "w"), &place), Error::NotNumeric { line: 3, .. }));
    assert!(matches!(refused(parse("inf", "w"), &place), Error::Weight { line: 3, .. }));
    assert!(matches!(refused(parse("1", "v"), &["\"v\"", "a, w, y"]), Error::MissingColumn { .. }));
    let zero = parse_csv(b"a,w,y\n1,0,p\n2,0,q\n", "f.csv", &weighted("w"));
    assert!(matches!(refused(zero, &["line 2", "\"w\""]), Error::NoWeight { line: 2, .. }));
}

#[test]
fn a_column_has_one_role() {
    let text = b"a,w,y\n1,1,p\n2,1,q\n";
    for options in [
        CsvOptions { target: TargetColumn::Name("w".into()), ..weighted("w") },
        CsvOptions { target: TargetColumn::Index(1), ..weighted("w") },
        CsvOptions { categorical: vec!["w".into()], ..weighted("w") },
        CsvOptions { drop: vec!["w".into()], ..weighted("w") },
    ] {
        let error = refused(parse_csv(text, "f.csv", &options), &["\"w\"", "the weights"]);
        assert!(matches!(error, Error::ColumnRole { .. }));
    }
    let (_, encoding) = parse_csv(text, "f.csv", &CsvOptions::default()).unwrap();
    for column in ["w", "y"] {
        let error = refused(parse_csv_with(&encoding, text, "f.csv", &weighted(column)), &[column, "the weights"]);
        assert!(matches!(error, Error::ColumnRole { .. }));
    }
}
