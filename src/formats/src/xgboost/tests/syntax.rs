//! Thresholds, and the two syntaxes by themselves.

use proptest::prelude::*;

use super::super::threshold::{condition, stored, threshold};
use super::super::value::{Typed, Value};
use super::super::{encode, json, ubjson};

#[test]
fn thresholds_go_left_where_conditions_do() {
    let tiny = f32::from_bits(1);
    let mut numbers = vec![0.0, -0.0, tiny, -tiny, f32::MIN_POSITIVE, 1.0, -1.0, 0.1, 1e30, f32::MAX, f32::MIN];
    numbers.extend(numbers.clone().iter().flat_map(|number| [number.next_up(), number.next_down()]));
    for &at in &numbers {
        for &value in numbers.iter().filter(|value| value.is_finite()) {
            assert_eq!(f64::from(value) <= stored(at), value < at, "{value} < {at}");
        }
        let back = condition(stored(at));
        let same = back.to_bits() == at.to_bits() || (at == 0.0 && back == 0.0) || at.is_infinite();
        assert!(same, "{at} {back}");
        assert!(threshold(at) < f64::from(at) || at == f32::NEG_INFINITY);
    }
}

proptest! {
    #[test]
    fn conditions_come_back(bits in any::<u32>(), other in any::<u32>()) {
        let [at, value] = [bits, other].map(f32::from_bits);
        prop_assume!(at.is_finite() && value.is_finite() && at != 0.0);
        prop_assert_eq!(condition(stored(at)), at);
        prop_assert_eq!(f64::from(value) <= stored(at), value < at);
    }

    #[test]
    fn any_threshold_has_a_condition(threshold in any::<f64>(), other in any::<u32>()) {
        let value = f32::from_bits(other);
        prop_assume!(threshold.is_finite() && value.is_finite());
        for value in [value, threshold as f32].into_iter().filter(|value| value.is_finite()) {
            prop_assert_eq!(f64::from(value) <= threshold, value < condition(threshold));
        }
    }
}

/// A document with every kind of value.
fn document() -> Value {
    Value::object([
        ("", Value::Null),
        ("flags", Value::Array(vec![Value::Bool(true), Value::Bool(false)])),
        ("text", Value::text("a \"b\" \\ \n\r\t \u{1} / \u{e4}\u{1f600}")),
        ("integers", Value::Integers(vec![0, -1, 127, -128, 40_000, -3_000_000_000, i64::MAX, i64::MIN])),
        ("numbers", Value::Numbers(vec![0.0, -0.0, 0.1, f32::MIN_POSITIVE, f32::MAX, f32::INFINITY, -f32::INFINITY])),
        ("empty", Value::Array(Vec::new())),
        ("nested", Value::object([("a", Value::Array(vec![Value::object([]), Value::Array(Vec::new())]))])),
        ("mixed", Value::Array(vec![Value::Integer(1), Value::Number(2.5), Value::text("x")])),
    ])
}

#[test]
fn both_syntaxes_give_back_what_they_are_given() {
    let mut document = document();
    assert_eq!(json::read(&encode::json(&document)).unwrap(), document);
    let typed = [
        Typed::I8(vec![-1, 2]),
        Typed::U8(vec![255]),
        Typed::I16(vec![-300]),
        Typed::I32(vec![70_000]),
        Typed::I64(vec![i64::MIN]),
        Typed::F32(vec![0.1, f32::INFINITY]),
        Typed::F64(vec![0.1]),
        Typed::I32(vec![]),
    ];
    document.set("typed", Value::Array(typed.into_iter().map(Value::Typed).collect()));
    document.set("double", Value::Double(0.1));
    assert_eq!(ubjson::read(&encode::ubjson(&document)).unwrap(), document);
}

#[test]
fn json_is_read_as_it_is_meant() {
    let read = |text: &str| json::read(text.as_bytes());
    let spaced = read(" { \"a\" : [ 1 , 2 ] , \"b\" : { } } \n").unwrap();
    assert_eq!(spaced, Value::object([("a", Value::Integers(vec![1, 2])), ("b", Value::object([]))]));
    let escaped = read("\"\\u0041\\ud83d\\ude00\\/\\b\"").unwrap();
    assert_eq!(escaped, Value::text("A\u{1f600}/\u{8}"));
    assert_eq!(read("[1,2.5,NaN]").unwrap().numbers().unwrap()[..2], [1.0, 2.5]);
    // Rounded once: by way of a double this would be 1.
    assert_eq!(read("1.000000059604644775390626").unwrap(), Value::Number(1.0f32.next_up()));
    for text in [
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "]",
        "tru",
        "nul",
        "-",
        "1e",
        "1..2",
        "--1",
        "99999999999999999999",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\n\"",
        "[1]]",
        "{} {}",
        "NaNs",
        "[1}",
        "{\"a\":1]",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
    assert!(json::read(b"\"\xff\"").is_err());
}

#[test]
fn ubjson_is_read_as_it_is_meant() {
    let read = |bytes: &[u8]| ubjson::read(bytes);
    // Lists without a length, lengths in one byte, single characters.
    assert_eq!(read(b"[i\x01C\x41]").unwrap(), Value::Integers(vec![1, 65]));
    assert_eq!(
        read(b"{i\x01aTi\x01bF}").unwrap(),
        Value::object([("a", Value::Bool(true)), ("b", Value::Bool(false))])
    );
    assert_eq!(read(b"[#i\x02[#i\x00[]").unwrap(), Value::Array(vec![Value::Array(vec![]), Value::Array(vec![])]));
    let huge = [&b"[$l#L"[..], &i64::MAX.to_be_bytes()].concat();
    let many = [&b"[#L"[..], &1_000_000_000i64.to_be_bytes()].concat();
    let negative = [&b"SL"[..], &(-1i64).to_be_bytes()].concat();
    for bytes in [
        &b""[..],
        b"{",
        b"[",
        b"[#i",
        b"[#i\x02i\x01",
        b"[$l#i\x01\0\0\0",
        b"[$Z#i\x7f",
        b"[$l",
        b"[$li\x01",
        b"{i\x01a",
        b"{i\x05a",
        b"Si\x01\xff",
        b"H",
        b"N",
        b"]",
        b"d\0\0",
        b"[]]",
        b"[#i\xff",
        b"[#d\0\0\0\0",
        &huge,
        &many,
        &negative,
    ] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
}
