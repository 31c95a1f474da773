//! Numbers and tables for people.

use secateur_program::SelectionProgram;

/// A number with four significant digits.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && size.is_finite() && !(1e-3..1e7).contains(&size) {
        return format!("{value:.3e}");
    }
    let digits = if size < 1.0 { 5 } else { (3 - size.log10().floor() as i32).max(0) as usize };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A share in per cent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// `1 tree`, `2 trees`.
pub(super) fn count(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(n))
}

/// How large a program is.
pub(super) fn sizes(program: &SelectionProgram) -> String {
    let counts =
        [(program.n_decisions(), "decision"), (program.n_resources(), "resource"), (program.n_uses(), "uses pair")];
    counts.map(|(n, what)| count(n, what)).join(", ")
}

/// Digits in groups of three.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Rows under headings, right-aligned, each line ended.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells: Vec<String> = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{}{cell}", " ".repeat(width - cell.chars().count())))
            .collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    let mut text = line(&mut headings.iter().copied());
    for row in rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown: Vec<String> =
            [0.0, 1.0, 0.25, 12.3456, 123_456.7, 1e-9, f64::INFINITY, 1234.0].map(number).into_iter().collect();
        assert_eq!(shown, ["0", "1", "0.25", "12.35", "123457", "1.000e-9", "inf", "1234"]);
        assert_eq!((count(1, "tree"), count(1_234_567, "row")), ("1 tree".into(), "1,234,567 rows".into()));
    }

    #[test]
    fn columns_align() {
        let rows = vec![vec!["1".to_owned(), "a".to_owned()], vec!["100".to_owned(), "b".to_owned()]];
        assert_eq!(table(&["n", "what"], &rows), "  n  what\n  1     a\n100     b\n");
    }
}
