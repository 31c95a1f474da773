//! What stands between the cells of a file.

use super::records::{BLANKS, cells_of_blanks};

const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What a line `sep=;` at the start of a file says, and how many bytes it has with its end.
pub(super) fn stated(bytes: &[u8]) -> Option<(u8, usize)> {
    let end = bytes.iter().take(16).position(|&byte| byte == b'\n')?;
    let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (head, delimiter) = line.split_at_checked(4)?;
    match delimiter {
        [delimiter] if head.eq_ignore_ascii_case(b"sep=") => Some((*delimiter, end + 1)),
        b"\\t" if head.eq_ignore_ascii_case(b"sep=") => Some((b'\t', end + 1)),
        _ => None,
    }
}

/// The most frequent candidate outside quotes in the first line, blanks if there is none. Commas between digits are no
/// delimiters if the line falls into numbers and words at another one, or if `decimal` says that they are decimal.
pub(super) fn found(bytes: &[u8], decimal: u8) -> u8 {
    let first = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.trim_ascii().is_empty());
    let first = first.unwrap_or_default().trim_ascii();
    let counts = CANDIDATES.map(|candidate| outside_quotes(first, candidate));
    let blanks = first.iter().any(u8::is_ascii_whitespace);
    // `max_by_key` returns the last maximum, hence the reversal.
    let most = |from: usize| (from..4).rev().filter(|&which| counts[which] > 0).max_by_key(|&which| counts[which]);
    let other = most(1).map(|which| CANDIDATES[which]).or(blanks.then_some(BLANKS));
    if let Some(other) = other.filter(|&other| counts[0] > 0 && has_decimal_commas(first, other)) {
        return other;
    }
    let best = if decimal == b',' { most(1).or(most(0)) } else { most(0) };
    match best {
        Some(best) => CANDIDATES[best],
        None if cells_of_blanks(first).count() > 1 || !first.contains(&b'"') => BLANKS,
        None => b',',
    }
}

fn outside_quotes(line: &[u8], wanted: u8) -> usize {
    let (mut count, mut quoted) = (0, false);
    for &byte in line {
        if byte == b'"' {
            quoted = !quoted;
        } else if !quoted && byte == wanted {
            count += 1;
        }
    }
    count
}

/// Whether every comma of a line is that of one number between delimiters.
fn has_decimal_commas(line: &[u8], delimiter: u8) -> bool {
    let is_number = |cell: &[u8]| {
        let cell = cell.strip_prefix(b"-").unwrap_or(cell);
        cell.iter().filter(|&&byte| byte == b',').count() == 1
            && cell.iter().all(|byte| byte.is_ascii_digit() || *byte == b',')
            && cell.first().is_some_and(u8::is_ascii_digit)
            && cell.last().is_some_and(u8::is_ascii_digit)
    };
    let fits = |cell: &[u8]| !cell.contains(&b',') || is_number(cell.trim_ascii());
    if delimiter == BLANKS { cells_of_blanks(line).all(fits) } else { line.split(|&byte| byte == delimiter).all(fits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_of_numbers_are_no_delimiters() {
        for (line, delimiter) in [
            ("0,126;-0,132;1", b';'),
            ("0,126\t-0,132\t1", b'\t'),
            ("0,126 -0,132 1", b' '),
            ("1,2,3", b','),
            ("1, 2, 3", b','),
            ("1,2,a;b,3", b','),
            ("5,3;10;20,1,7", b','),
            ("a,b;c,d", b','),
            ("\"a\" \"b\" \"y\"", b' '),
            ("\"a b\"", b','),
            ("a b", b' '),
            ("", b' '),
        ] {
            assert_eq!(char::from(found(line.as_bytes(), b'.')), char::from(delimiter), "{line}");
        }
        assert_eq!(found(b"a,b,c;d", b','), b';');
        assert_eq!(found(b"\"0,5\",\"1,5\"", b','), b',');
    }

    #[test]
    fn excels_first_line_states_it() {
        for (text, expected) in [
            ("sep=;\na;b", Some((b';', 6))),
            ("SEP=,\r\n", Some((b',', 7))),
            ("\"sep=;\"\n", Some((b';', 8))),
            ("sep=\\t\n", Some((b'\t', 7))),
            ("sep=\t\n", Some((b'\t', 6))),
            ("sep=;", None),
            ("sep=ab\n", None),
            ("separate;b\n", None),
            ("s\n", None),
        ] {
            assert_eq!(stated(text.as_bytes()), expected, "{text:?}");
        }
    }
}
