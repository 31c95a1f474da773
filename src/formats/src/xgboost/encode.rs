//! Documents as bytes, spelled as the library spells them.

use super::value::{Typed, Value};

/// What is left to write, last first.
enum Step<'a> {
    Value(&'a Value),
    Key(&'a str),
    Raw(u8),
}

/// JSON, with numbers as their shortest digits.
pub(super) fn json(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    let mut steps = vec![Step::Value(value)];
    while let Some(step) = steps.pop() {
        match step {
            Step::Raw(byte) => out.push(byte),
            Step::Key(key) => {
                json_text(&mut out, key);
                out.push(b':');
            }
            Step::Value(Value::Array(values)) => {
                out.push(b'[');
                steps.push(Step::Raw(b']'));
                for (index, value) in values.iter().enumerate().rev() {
                    steps.push(Step::Value(value));
                    steps.extend((index > 0).then_some(Step::Raw(b',')));
                }
            }
            Step::Value(Value::Object(entries)) => {
                out.push(b'{');
                steps.push(Step::Raw(b'}'));
                for (index, (key, value)) in entries.iter().enumerate().rev() {
                    steps.extend([Step::Value(value), Step::Key(key)]);
                    steps.extend((index > 0).then_some(Step::Raw(b',')));
                }
            }
            Step::Value(value) => json_leaf(&mut out, value),
        }
    }
    out
}

fn json_leaf(out: &mut Vec<u8>, value: &Value) {
    fn integers<T: ToString>(out: &mut Vec<u8>, list: &[T]) {
        json_list(out, list, |out, number| out.extend(number.to_string().bytes()));
    }
    match value {
        Value::Null => out.extend(b"null"),
        Value::Bool(flag) => out.extend(flag.to_string().bytes()),
        Value::Integer(number) => out.extend(number.to_string().bytes()),
        Value::Number(number) => json_number(out, *number),
        Value::Double(number) => json_number(out, *number as f32),
        Value::Text(text) => json_text(out, text),
        Value::Integers(list) | Value::Typed(Typed::I64(list)) => integers(out, list),
        Value::Typed(Typed::I8(list)) => integers(out, list),
        Value::Typed(Typed::U8(list)) => integers(out, list),
        Value::Typed(Typed::I16(list)) => integers(out, list),
        Value::Typed(Typed::I32(list)) => integers(out, list),
        Value::Numbers(list) | Value::Typed(Typed::F32(list)) => {
            json_list(out, list, |out, number| json_number(out, *number));
        }
        Value::Typed(Typed::F64(list)) => json_list(out, list, |out, number| json_number(out, *number as f32)),
        Value::Array(_) | Value::Object(_) => unreachable!("containers are taken apart before"),
    }
}

fn json_list<T>(out: &mut Vec<u8>, list: &[T], one: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        one(out, item);
    }
    out.push(b']');
}

fn json_number(out: &mut Vec<u8>, number: f32) {
    let text = match number {
        _ if number.is_nan() => "NaN".to_owned(),
        f32::INFINITY => "Infinity".to_owned(),
        f32::NEG_INFINITY => "-Infinity".to_owned(),
        _ => format!("{number:E}"),
    };
    out.extend(text.bytes());
}

/// A text in quotes, with the escapes that the library reads.
fn json_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for character in text.chars() {
        match character {
            '"' => out.extend(b"\\\""),
            '\\' => out.extend(b"\\\\"),
            '\n' => out.extend(b"\\n"),
            '\r' => out.extend(b"\\r"),
            '\t' => out.extend(b"\\t"),
            '\0'..='\u{1f}' => out.extend(format!("\\u{:04x}", u32::from(character)).bytes()),
            _ => out.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    out.push(b'"');
}

/// UBJSON, with lengths of 64 bits.
pub(super) fn ubjson(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    let mut steps = vec![Step::Value(value)];
    while let Some(step) = steps.pop() {
        match step {
            Step::Raw(byte) => out.push(byte),
            Step::Key(key) => ubjson_text(&mut out, key),
            Step::Value(Value::Array(values)) => {
                ubjson_length(&mut out, b"[#", values.len());
                steps.extend(values.iter().rev().map(Step::Value));
            }
            Step::Value(Value::Object(entries)) => {
                out.push(b'{');
                steps.push(Step::Raw(b'}'));
                for (key, value) in entries.iter().rev() {
                    steps.extend([Step::Value(value), Step::Key(key)]);
                }
            }
            Step::Value(value) => ubjson_leaf(&mut out, value),
        }
    }
    out
}

fn ubjson_leaf(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(b'Z'),
        Value::Bool(flag) => out.push(if *flag { b'T' } else { b'F' }),
        Value::Integer(number) => ubjson_integer(out, *number),
        Value::Number(number) => ubjson_number(out, *number),
        Value::Double(number) => {
            out.push(b'D');
            out.extend(number.to_be_bytes());
        }
        Value::Text(text) => {
            out.push(b'S');
            ubjson_text(out, text);
        }
        Value::Integers(list) => {
            ubjson_length(out, b"[#", list.len());
            list.iter().for_each(|number| ubjson_integer(out, *number));
        }
        Value::Numbers(list) => {
            ubjson_length(out, b"[#", list.len());
            list.iter().for_each(|number| ubjson_number(out, *number));
        }
        Value::Typed(list) => ubjson_typed(out, list),
        Value::Array(_) | Value::Object(_) => unreachable!("containers are taken apart before"),
    }
}

fn ubjson_typed(out: &mut Vec<u8>, list: &Typed) {
    fn numbers<T: Copy, const N: usize>(out: &mut Vec<u8>, start: &[u8], list: &[T], bytes: fn(T) -> [u8; N]) {
        ubjson_length(out, start, list.len());
        list.iter().for_each(|number| out.extend(bytes(*number)));
    }
    match list {
        Typed::I8(list) => numbers(out, b"[$i#", list, i8::to_be_bytes),
        Typed::U8(list) => numbers(out, b"[$U#", list, u8::to_be_bytes),
        Typed::I16(list) => numbers(out, b"[$I#", list, i16::to_be_bytes),
        Typed::I32(list) => numbers(out, b"[$l#", list, i32::to_be_bytes),
        Typed::I64(list) => numbers(out, b"[$L#", list, i64::to_be_bytes),
        Typed::F32(list) => numbers(out, b"[$d#", list, f32::to_be_bytes),
        Typed::F64(list) => numbers(out, b"[$D#", list, f64::to_be_bytes),
    }
}

fn ubjson_length(out: &mut Vec<u8>, start: &[u8], length: usize) {
    out.extend(start);
    out.push(b'L');
    out.extend((length as i64).to_be_bytes());
}

fn ubjson_text(out: &mut Vec<u8>, text: &str) {
    ubjson_length(out, b"", text.len());
    out.extend(text.bytes());
}

fn ubjson_number(out: &mut Vec<u8>, number: f32) {
    out.push(b'd');
    out.extend(number.to_be_bytes());
}

/// An integer in as few bytes as the library gives it, which leaves out the ends of each range.
fn ubjson_integer(out: &mut Vec<u8>, number: i64) {
    let within = |low: i64, high: i64| low < number && number < high;
    if within(i8::MIN.into(), i8::MAX.into()) {
        out.push(b'i');
        out.extend((number as i8).to_be_bytes());
    } else if within(i16::MIN.into(), i16::MAX.into()) {
        out.push(b'I');
        out.extend((number as i16).to_be_bytes());
    } else if within(i32::MIN.into(), i32::MAX.into()) {
        out.push(b'l');
        out.extend((number as i32).to_be_bytes());
    } else {
        out.push(b'L');
        out.extend(number.to_be_bytes());
    }
}
