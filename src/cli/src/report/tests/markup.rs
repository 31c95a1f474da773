//! A checker of markup: what a browser would have to guess at, or should never get to see, fails the test.

/// Elements of HTML that have no end.
const VOID: [&str; 2] = ["br", "meta"];

/// Checks that elements are closed in order, attributes quoted and distinct, entities known; that the text has no "NaN" or "inf";
/// that nothing is loaded or run.
///
/// # Panics
/// With the place that is wrong.
pub(in crate::report) fn check_page(page: &str) {
    let body = page.strip_prefix("<!DOCTYPE html>").expect("a document type");
    let mut open: Vec<&str> = Vec::new();
    let mut ids = Vec::new();
    let mut text = String::new();
    let mut rest = body;
    while let Some(start) = rest.find('<') {
        if open.last() != Some(&"style") {
            text += &rest[..start];
            text.push(' ');
        }
        let (tag, after) = rest[start + 1..].split_once('>').expect("a tag that ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closed before {:?}", &rest[..rest.len().min(80)]);
            continue;
        }
        let closed = tag.ends_with('/');
        let (name, attributes) = tag.trim_end_matches('/').split_once(' ').unwrap_or((tag.trim_end_matches('/'), ""));
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "element <{name}>");
        for (attribute, value) in check_attributes(attributes) {
            assert!(!attribute.starts_with("on") && attribute != "href" && attribute != "src", "{attribute}");
            if attribute == "id" {
                assert!(!ids.contains(&value), "id {value} twice");
                ids.push(value);
            }
            assert!(!value.contains("NaN") && !value.contains("inf"), "{attribute}={value:?}");
            text += value;
            text.push(' ');
        }
        if !closed && !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    for word in ["NaN", "inf ", "inf%", "Infinity", "None", "Some("] {
        assert!(!text.contains(word), "the page says {word}");
    }
    for entity in text.split('&').skip(1) {
        let entity = entity.split_once(';').expect("an entity that ends").0;
        assert!(["amp", "lt", "gt", "quot", "#39"].contains(&entity), "entity {entity}");
    }
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("url("), "something is loaded");
    assert!(!page.contains("<script"));
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
}

fn check_attributes(mut text: &str) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    while !text.trim().is_empty() {
        let (attribute, quoted) = text.trim_start().split_once("=\"").expect("a quoted value");
        let (value, after) = quoted.split_once('"').expect("a closing quote");
        assert!(attribute.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "attribute {attribute}");
        assert!(found.iter().all(|(other, _)| *other != attribute), "attribute {attribute} twice");
        assert!(after.is_empty() || after.starts_with(' '), "after {attribute}: {after}");
        found.push((attribute, value));
        text = after;
    }
    found
}
