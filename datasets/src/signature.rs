//! Files that are no tables of text, recognised by their first bytes.

use crate::error::{Error, Result};

/// First bytes, what they belong to, and what to do about it.
const SIGNATURES: &[(&[u8], &str, &str)] = &[
    (b"PAR1", "a Parquet file", TABLE),
    (b"ARROW1", "an Arrow (Feather) file", TABLE),
    (b"FEA1", "a Feather file", TABLE),
    (b"ORC", "an ORC file", TABLE),
    (b"Obj\x01", "an Avro file", TABLE),
    (b"\x89HDF", "an HDF5 file", TABLE),
    (b"\x93NUMPY", "a NumPy array", TABLE),
    (b"SQLite format 3\0", "an SQLite database", TABLE),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", TABLE),
    (b"RDX", "an R data file", TABLE),
    (b"RDA", "an R data file", TABLE),
    (b"X\n\0", "an R data file", TABLE),
    (b"\x80\x02", "a Python pickle", TABLE),
    (b"\x80\x03", "a Python pickle", TABLE),
    (b"\x80\x04", "a Python pickle", TABLE),
    (b"\x80\x05", "a Python pickle", TABLE),
    (b"%PDF", "a PDF document", TABLE),
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "unpack it, or save the sheet as CSV"),
    (b"PK\x05\x06", "an empty zip archive", "unpack the right one"),
    (b"BZh", "a bzip2 archive", ARCHIVE),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", ARCHIVE),
    (b"\x04\x22\x4d\x18", "an LZ4 archive", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", ARCHIVE),
    (b"Rar!", "a RAR archive", ARCHIVE),
    (b"\x1f\x9d", "a compress (.Z) archive", ARCHIVE),
    (b"\xff\xfe", "UTF-16 text", ENCODING),
    (b"\xfe\xff", "UTF-16 text", ENCODING),
    (b"<?xml", "an XML document", TABLE),
    (b"<!DOCTYPE", "an HTML page", "what was downloaded is a page, not the file"),
    (b"<!doctype", "an HTML page", "what was downloaded is a page, not the file"),
    (b"<html", "an HTML page", "what was downloaded is a page, not the file"),
    (b"{\"", "a JSON document", TABLE),
    (b"{\n", "a JSON document", TABLE),
    (b"[{", "a JSON document", TABLE),
    (b"@relation", "an ARFF file", TABLE),
    (b"@RELATION", "an ARFF file", TABLE),
    (b"version https://git-lfs", "a pointer of Git LFS", "fetch the file itself with `git lfs pull`"),
];

const TABLE: &str = "write it as CSV";
const ARCHIVE: &str = "unpack it, or compress it with gzip or xz, which are read";
const ENCODING: &str = "save it as UTF-8";

/// How far to look for zero bytes, which no text has.
const LOOKED_AT: usize = 1 << 16;

/// Refuses content, inflated, that is no text.
///
/// # Errors
/// [`Error::NotText`] names what it looks like.
pub(crate) fn check(bytes: &[u8], file: &str) -> Result<()> {
    let refuse = |looks_like: &'static str, advice: &'static str| {
        Err(Error::NotText { file: file.to_owned(), looks_like, advice })
    };
    let found = SIGNATURES.iter().find(|(start, ..)| {
        // A text may begin with these three letters; the formats go on with bytes that no text has.
        let letters = matches!(*start, b"ORC" | b"RDX" | b"RDA" | b"BZh");
        bytes.starts_with(start) && (!letters || !is_text(bytes))
    });
    if let Some(&(_, looks_like, advice)) = found {
        return refuse(looks_like, advice);
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return refuse("a tar archive", "unpack it");
    }
    let start = &bytes[..bytes.len().min(LOOKED_AT)];
    let zeros = start.iter().filter(|&&byte| byte == 0).count();
    match zeros {
        0 => Ok(()),
        _ if zeros * 3 > start.len() && zeros * 3 < 2 * start.len() => refuse("UTF-16 text", ENCODING),
        _ => refuse("binary data", TABLE),
    }
}

fn is_text(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(64)].iter().all(|&byte| byte >= b' ' || byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_kinds_are_named() {
        for (bytes, name) in [
            (&b"PAR1\x15\x04"[..], "a Parquet file"),
            (b"PK\x03\x04..", "a zip archive or an Excel workbook"),
            (b"BZh91AY&SY\0", "a bzip2 archive"),
            (b"\x28\xb5\x2f\xfd\x04", "a Zstandard archive"),
            (b"\xff\xfea\0,\0", "UTF-16 text"),
            (b"a\0,\0y\0\n\0", "UTF-16 text"),
            (b"{\"a\": 1}", "a JSON document"),
            (&[0; 1000], "binary data"),
        ] {
            let message = check(bytes, "f").unwrap_err().to_string();
            assert!(message.starts_with(&format!("f: looks like {name}: ")), "{message}");
        }
        for text in ["", "a,b\n1,2\n", "ORC,y\n1,2\n", "BZh,y\n1,2\n", "PART,y\n", "1 1:2\n", "\u{e9},y\n"] {
            check(text.as_bytes(), "f").unwrap();
        }
    }
}
