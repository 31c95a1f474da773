//! What a reader decides, and what it asks: numbers or categories, header or row, index or feature.

use super::*;
use crate::LARGEST;

/// What is read, and the notes on it.
fn noted(text: &str, options: &CsvOptions) -> (Dataset, Encoding, Vec<Note>) {
    let mut notes = Vec::new();
    let (table, encoding) = parse_csv_noting(text.as_bytes(), "f.csv", options, &mut notes).unwrap();
    (table, encoding, notes)
}

fn plain(text: &str) -> (Dataset, Encoding, Vec<Note>) {
    noted(text, &CsvOptions::default())
}

/// A column `a` of these cells, `b` with a number in every row, and two classes.
fn column(cells: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    let rows = cells.into_iter().enumerate().map(|(row, cell)| format!("\"{cell}\",{},{}\n", row % 7, row % 2));
    format!("a,b,y\n{}", rows.collect::<String>())
}

/// Numbers, and every seventh cell another text.
fn numbers_with(cell: &str) -> String {
    column((0..40).map(|row| if row % 7 == 3 { cell.to_owned() } else { format!("{}.5", row * row % 17) }))
}

#[test]
fn common_markers_are_missing() {
    for marker in MISSING.iter().copied().chain(["-", "--", ".", "None", "none", "na"]) {
        let (table, encoding, notes) = plain(&numbers_with(marker));
        assert_eq!(encoding.columns[0].kind, ColumnKind::Numeric, "{marker}");
        assert_eq!(table.features.column(0).iter().filter(|value| value.is_nan()).count(), 6, "{marker}");
        assert_eq!(notes, [], "{marker}");
        let again = parse_csv_with(&encoding, numbers_with(marker).as_bytes(), "f", &CsvOptions::default()).unwrap();
        assert!(again.features[(3, 0)].is_nan());
    }
}

#[test]
fn signs_are_categories_among_words() {
    let (_, encoding, _) = plain(&column(["+", "-", "+", "None"]));
    assert_eq!(categories(&encoding, 0), ["+", "-", "None"]);
    // Models may know categories that are missing markers now.
    let mut old = encoding;
    old.columns[0].kind = ColumnKind::Categorical { categories: vec!["NULL".into(), "x".into()] };
    let table = parse_csv_with(&old, column(["NULL", "x", "NA"]).as_bytes(), "f", &CsvOptions::default()).unwrap();
    assert_eq!((table.features[(0, 0)], table.features[(1, 0)]), (0.0, 1.0));
    assert!(table.features[(2, 0)].is_nan());
}

#[test]
fn a_column_that_is_mostly_numbers_is_never_categories() {
    // Whatever the text, and whatever its fraction up to a half.
    for fraction in 2..20 {
        let cells = (0..40).map(|row| if row % fraction == 0 { format!("w{row}") } else { format!("{row}.5") });
        let error = refused(parse(&column(cells)), &["line 2", "\"a\"", "\"w0\""]);
        assert!(matches!(error, Error::MixedColumn { line: 2, .. }), "{fraction}: {error}");
    }
    // One marker in most rows is no category either.
    let marked = column((0..40).map(|row| if row % 4 == 0 { row.to_string() } else { "unknown".into() }));
    refused(parse(&marked), &["line 3", "\"a\"", "\"unknown\"", "10 other"]);
    let text = column((0..40).map(|row| if row % 4 == 0 { "7".into() } else { format!("w{}", row % 9) }));
    let (_, _, notes) = plain(&text);
    assert!(matches!(&notes[..], [Note::NumbersAmongCategories { numbers: 10, texts: 30, line: 3, .. }]), "{notes:?}");
    let (_, _, notes) = plain(&column((0..40).map(|row| format!("w{row}"))));
    assert!(matches!(&notes[..], [Note::ManyCategories { categories: 40, cells: 40, .. }]), "{notes:?}");
    let forced = CsvOptions { categorical: vec!["a".into()], ..CsvOptions::default() };
    assert_eq!(noted(&marked, &forced).2, []);
}

#[test]
fn numbers_in_other_notations_are_named() {
    use crate::Lookalike::*;
    for (text, expected) in [
        ("0,126", DecimalComma),
        ("1,234.5", Thousands(',')),
        ("1,234", CommaOrThousands),
        ("1.234,5", CommaAndThousands),
        ("$12", Currency),
        ("12%", Percent),
        ("2024-01-31", Date),
        ("0x1F", Hexadecimal),
    ] {
        for cells in [vec![text; 20], [vec!["1.5"; 19], vec![text]].concat()] {
            let error = refused(parse(&column(cells)), &["\"a\"", text, &expected.to_string()]);
            assert!(matches!(error, Error::Lookalike { looks_like, .. } if looks_like == expected), "{error}");
        }
        let error = refused(with(&format!("size,colour,kind\n\"{text}\",red,a\n"), &CsvOptions::default()), &[text]);
        assert!(matches!(error, Error::NotNumeric { looks_like: Some(found), .. } if found == expected), "{error}");
    }
    let comma = CsvOptions { decimal: b',', thousands: Some(b'.'), ..CsvOptions::default() };
    let (table, encoding, _) = noted("a;b;y\n0,126;1.234,5;1\n-1,5;7;0\n", &comma);
    assert_eq!(table.features, ndarray::array![[0.126, 1234.5], [-1.5, 7.0]]);
    let table =
        parse_csv_with(&encoding, b"a;b\n0,5;1\n", "f", &CsvOptions { target_required: false, ..comma.clone() });
    assert_eq!(table.unwrap().features, ndarray::array![[0.5, 1.0]]);
    let both = CsvOptions { decimal: b',', thousands: Some(b','), ..CsvOptions::default() };
    assert!(matches!(refused(parse_csv(b"a,y\n1,2\n", "f.csv", &both), &["','"]), Error::Separators { .. }));
    // Without a header the commas do not cut numbers into two.
    let (table, ..) = noted("0,126;-0,132;1\n0,105;-0,536;0\n", &CsvOptions { header: Header::No, ..comma });
    assert_eq!(table.features, ndarray::array![[0.126, -0.132], [0.105, -0.536]]);
}

#[test]
fn large_numbers_are_refused_where_they_stand() {
    for (text, place) in [("a,y\n1,1.5\n2,1e308\n", "\"y\""), ("a,y\n1,1.5\n-1e200,2.5\n", "\"a\"")] {
        let error = refused(parse(text), &["line 3", place, "1e150"]);
        assert!(matches!(error, Error::Infinite { line: 3, .. }));
    }
    assert!(parse(&format!("a,y\n1,{LARGEST:e}\n2,1.5\n")).is_ok());
}

#[test]
fn codes_are_compared_as_texts() {
    let forced = CsvOptions { categorical: vec!["a".into()], ..CsvOptions::default() };
    let (table, encoding, _) =
        noted(&column(["01234", "1234", "1234.0", "9007199254740993", "9007199254740992"]), &forced);
    assert_eq!(categories(&encoding, 0), ["01234", "1234", "9007199254740992", "9007199254740993"]);
    assert_eq!(table.features.column(0).to_vec(), [0.0, 1.0, 1.0, 3.0, 2.0]);
    let notes = plain(&column(["01234", "1234", "7", "9007199254740993"])).2;
    assert!(matches!(&notes[..], [Note::LeadingZeros { line: 2, .. }, Note::Rounded { line: 5, .. }]), "{notes:?}");
    assert_eq!(class_names(&plain("a,y\n1,9007199254740992\n2,9007199254740993\n3,5\n").1).len(), 3);
    assert_eq!(class_names(&plain("a,y\n1,01\n2,1\n3, 1\n4,1.0\n").1), ["01", "1"]);
}

#[test]
fn what_may_be_a_header_or_a_row_is_asked() {
    for text in ["0,1,2,3\n0.5,0.2,7,1\n0.1,0.9,3,0\n", "n.b.,2,7\n1,3,8\n", "p,x\nq,y\np,x\nq,x\n", "5.5,x\n3,2\n"] {
        let error = refused(parse(text), &["line 1", text.split(',').next().unwrap()]);
        assert!(matches!(error, Error::HeaderUnclear { line: 1, .. }), "{text}: {error}");
    }
    let rows = |text: &str| {
        let (table, _, notes) = plain(text);
        (table.n_examples(), notes.len())
    };
    assert_eq!(rows("1,2,3\n4,5,6\n"), (2, 1));
    assert_eq!(rows("3,x2,0\n4,x,1\n"), (2, 0));
    assert_eq!(rows("0,1,target\n5,6,1\n"), (1, 1));
    assert_eq!(rows("id,2019,2020\n5,6,1\n"), (1, 1));
    assert_eq!(rows("a,b\nx,y\nz,y\n"), (2, 0));
}

#[test]
fn every_file_is_read_with_the_header_of_the_training_file() {
    let read = |encoding: &Encoding, text: &str, target_required| {
        let options = CsvOptions { target_required, ..CsvOptions::default() };
        parse_csv_with(encoding, text.as_bytes(), "f.csv", &options)
    };
    // No header: neither a cell that is a name nor text over a number makes one.
    let headerless = plain("3,x2,0\n4,x,1\n5,x2,0\n").1;
    assert_eq!(read(&headerless, "3,x2,0\n4,x,1\n", true).unwrap().n_examples(), 2);
    assert_eq!(read(&headerless, "x1,x2,x3\n4,x,1\n", true).unwrap().n_examples(), 1);
    refused(read(&headerless, "bad,x,0\n4,x,1\n", true), &["line 1", "\"x1\"", "\"bad\""]);
    // A header of numbers, once it is said.
    let digits = noted("10,20,y\n1,2,0\n3,4,1\n", &CsvOptions { header: Header::Yes, ..CsvOptions::default() }).1;
    assert_eq!(read(&digits, "20,10\n5,6\n", false).unwrap().features, ndarray::array![[6.0, 5.0]]);
    assert_eq!(read(&digits, "10,20,y\n1,2,0\n", true).unwrap().n_examples(), 1);
    // A file without the names is not read by luck.
    let named = plain("a,b,y\n1,2,0\n3,4,1\n").1;
    refused(read(&named, "1,2\n3,4\n", false), &["\"a\""]);
}

#[test]
fn an_index_is_no_feature() {
    for header in ["", "Unnamed: 0", "\"\""] {
        for index in [["0", "1", "2"], ["7", "3", "9"], ["Mazda RX4", "Fiat 128", "1"]] {
            let rows: String =
                index.iter().zip(1..).map(|(index, row)| format!("{index},{row}.5,{}\n", row % 2)).collect();
            let (table, encoding, notes) = plain(&format!("{header},a,y\n{rows}"));
            assert_eq!(encoding.feature_names(), ["a"], "{header:?} {index:?}");
            assert_eq!(table.features.column(0).to_vec(), [1.5, 2.5, 3.5]);
            assert!(matches!(&notes[..], [Note::IndexLeftOut { .. }]), "{notes:?}");
        }
    }
    // Without a name, but a feature.
    assert_eq!(plain(",a,y\n7,1,0\n7,2,1\n").1.feature_names(), ["x1", "a"]);
    // Over numbers of columns.
    let (table, encoding, _) = plain(",0,1,2\n0,0.5,7,1\n1,0.25,8,0\n");
    assert_eq!((encoding.feature_names(), table.n_examples()), (vec!["0".to_owned(), "1".to_owned()], 2));
    // A column of that kind with a name is only mentioned.
    let text: String = (0..30).map(|row| format!("{row},{},{}\n", row % 7, row % 2)).collect();
    let (_, encoding, notes) = plain(&format!("id,a,y\n{text}"));
    assert_eq!(encoding.feature_names(), ["id", "a"]);
    assert!(matches!(&notes[..], [Note::CountsRows { column }] if column == "id"), "{notes:?}");
}

#[test]
fn tables_of_r_have_row_names() {
    let text = "\"a\" \"b\" \"y\"\n\"1\" 0.5 2 0\n\"2 b\" 0.25 3 1\n";
    for text in [text.to_owned(), text.replace("2 b", "2").replace(' ', ",")] {
        let (table, encoding, notes) = plain(&text);
        assert_eq!(encoding.feature_names(), ["a", "b"]);
        assert_eq!(table.features, ndarray::array![[0.5, 2.0], [0.25, 3.0]]);
        assert!(matches!(&notes[..], [Note::IndexLeftOut { column, .. }] if column == "row.names"), "{notes:?}");
        let again = parse_csv_with(&encoding, text.as_bytes(), "f", &CsvOptions::default()).unwrap();
        assert_eq!(again.features, table.features);
    }
    // A delimiter at the end of rows is no row name, and what recurs is none.
    let thousands = "a,b,y\n1,234.5,7,0\n2,234.5,7,0\n1,250.5,8,1\n";
    assert!(matches!(refused(parse(thousands), &["line 2"]), Error::Ragged { expected: 3, found: 4, .. }));
    assert!(matches!(refused(parse("a,y\n1,0,\n2,1,\n"), &["line 2"]), Error::Ragged { .. }));
}

#[test]
fn the_first_line_may_state_the_delimiter() {
    let (table, encoding, _) = plain("sep=;\na;b;y\n0.5;1;0\n0.25;3;1\n");
    assert_eq!((table.n_examples(), encoding.feature_names()), (2, vec!["a".to_owned(), "b".to_owned()]));
    let error = refused(parse("sep=;\na;y\n1;2\n1;2;3\n"), &["line 4"]);
    assert!(matches!(error, Error::Ragged { line: 4, .. }));
}

#[test]
fn columns_that_are_not_needed_may_be_absent_or_hold_anything() {
    let encoding = parsed("a,b,c,y\n1,2,u,0\n3,4,v,1\n").1;
    let read = |text: &str, needed: &[bool]| {
        let needed = Some(needed.to_vec());
        let options = CsvOptions { needed, target_required: false, ..CsvOptions::default() };
        parse_csv_with(&encoding, text.as_bytes(), "f.csv", &options)
    };
    let only = [true, false, false];
    assert_eq!(read("a\n5\n", &only).unwrap().features[(0, 0)], 5.0);
    let table = read("c,b,a\nw,$3,5\n", &only).unwrap();
    assert!(table.features[(0, 1)].is_nan() && table.features[(0, 2)].is_nan());
    assert_eq!(read("c,b,a\nv,3,5\n", &only).unwrap().features, ndarray::array![[5.0, 3.0, 1.0]]);
    refused(read("a\n5\n", &[true, true, false]), &["\"b\""]);
    refused(read("a,c\n5,w\n", &[true, false, true]), &["line 2", "\"c\"", "\"w\""]);
}

#[test]
fn unseen_categories_are_counted() {
    let encoding = parsed("a,c,y\n1,u,0\n3,v,1\n").1;
    let options = CsvOptions { unseen: Unseen::Missing, target_required: false, ..CsvOptions::default() };
    let mut notes = Vec::new();
    let text = b"a,c\n1,u\n2,w\n3,z\n4,NA\n";
    let table = parse_csv_with_noting(&encoding, text, "f", &options, &mut notes).unwrap();
    assert_eq!(table.features.column(1).iter().filter(|value| value.is_nan()).count(), 3);
    assert!(matches!(&notes[..], [Note::Unseen { line: 3, cells: 2, value, .. }] if value == "w"), "{notes:?}");
}

#[test]
fn lines_of_too_many_cells_are_refused_before_memory_is_taken() {
    let wide = ",".repeat(MAX_COLUMNS + 5);
    for (text, line) in [(wide.clone(), 1), (format!("a,y\n1,2\n{wide}\n"), 3), (wide.replace(',', "1 "), 1)] {
        let error = refused(parse(&text), &[&format!("line {line}")]);
        assert!(matches!(error, Error::TooManyColumns { limit: MAX_COLUMNS, .. }), "{error}");
    }
}
