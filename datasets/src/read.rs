//! One entrance for every file: inflated if compressed, libsvm or CSV by content.
//!
//! The format is decided by the first line that has more than a lone number: a number followed by
//! `index:value` or `qid:N` tokens only is libsvm, anything else is CSV. State the format where that
//! rule is wrong, for instance for blank-separated numbers and times such as `5 12:30`.

use std::path::Path;

use crate::dataset::Dataset;
use crate::delimited::{CsvOptions, parse_csv_noting, parse_csv_with_noting};
use crate::encoding::Encoding;
use crate::error::{Error, Result};
use crate::libsvm::{self, LibsvmOptions, parse_libsvm_noting, parse_libsvm_with};
use crate::notes::Note;
use crate::{inflate, signature};

/// Format of a file after inflating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Decided by content.
    #[default]
    Auto,
    /// Delimited or blank-separated.
    Csv,
    /// libsvm / SVMlight.
    Libsvm,
}

/// How to read a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadOptions {
    /// Format.
    pub format: Format,
    /// For CSV files.
    pub csv: CsvOptions,
    /// For libsvm files.
    pub libsvm: LibsvmOptions,
    /// Largest inflated size in bytes of a compressed file; `None` for [`inflate::default_cap`].
    pub max_inflated: Option<usize>,
}

impl ReadOptions {
    /// Whether a file with these bytes, inflated, is read as libsvm.
    #[must_use]
    pub fn is_libsvm(&self, bytes: &[u8]) -> bool {
        match self.format {
            Format::Auto => libsvm::recognise(without_mark(bytes)),
            Format::Csv => false,
            Format::Libsvm => true,
        }
    }
}

/// Reads a training file and infers its encoding.
///
/// # Errors
/// Those of [`inflate::read`], [`parse_csv`](crate::parse_csv) and [`parse_libsvm`](crate::parse_libsvm), and
/// [`Error::NotText`].
pub fn read_table(path: &Path, options: &ReadOptions) -> Result<(Dataset, Encoding)> {
    read_table_noting(path, options, &mut Vec::new())
}

/// As [`read_table`], with what the reader decided appended to `notes`.
///
/// # Errors
/// Those of [`read_table`].
pub fn read_table_noting(path: &Path, options: &ReadOptions, notes: &mut Vec<Note>) -> Result<(Dataset, Encoding)> {
    plain(&inflate::read(path, options.max_inflated)?, &path.display().to_string(), options, notes)
}

/// Reads a file as `encoding` says.
///
/// # Errors
/// Those of [`inflate::read`], [`parse_csv_with`](crate::parse_csv_with) and
/// [`parse_libsvm_with`], and [`Error::NotText`].
pub fn read_table_with(encoding: &Encoding, path: &Path, options: &ReadOptions) -> Result<Dataset> {
    read_table_with_noting(encoding, path, options, &mut Vec::new())
}

/// As [`read_table_with`], with what the reader decided appended to `notes`.
///
/// # Errors
/// Those of [`read_table_with`].
pub fn read_table_with_noting(
    encoding: &Encoding,
    path: &Path,
    options: &ReadOptions,
    notes: &mut Vec<Note>,
) -> Result<Dataset> {
    plain_with(encoding, &inflate::read(path, options.max_inflated)?, &path.display().to_string(), options, notes)
}

/// As [`read_table`], from bytes; `file` names them in errors.
///
/// # Errors
/// Those of [`read_table`], with [`inflate::inflate`] in the place of [`inflate::read`].
pub fn parse_table(bytes: &[u8], file: &str, options: &ReadOptions) -> Result<(Dataset, Encoding)> {
    parse_table_noting(bytes, file, options, &mut Vec::new())
}

/// As [`parse_table`], with what the reader decided appended to `notes`.
///
/// # Errors
/// Those of [`parse_table`].
pub fn parse_table_noting(
    bytes: &[u8],
    file: &str,
    options: &ReadOptions,
    notes: &mut Vec<Note>,
) -> Result<(Dataset, Encoding)> {
    plain(&inflate::inflate(bytes, file, options.max_inflated)?, file, options, notes)
}

/// As [`read_table_with`], from bytes; `file` names them in errors.
///
/// # Errors
/// Those of [`read_table_with`], with [`inflate::inflate`] in the place of [`inflate::read`].
pub fn parse_table_with(encoding: &Encoding, bytes: &[u8], file: &str, options: &ReadOptions) -> Result<Dataset> {
    plain_with(encoding, &inflate::inflate(bytes, file, options.max_inflated)?, file, options, &mut Vec::new())
}

fn plain(bytes: &[u8], file: &str, options: &ReadOptions, notes: &mut Vec<Note>) -> Result<(Dataset, Encoding)> {
    signature::check(bytes, file)?;
    let bytes = without_mark(bytes);
    if options.is_libsvm(bytes) {
        without_weights(file, options)?;
        parse_libsvm_noting(bytes, file, &options.libsvm, notes)
    } else {
        parse_csv_noting(bytes, file, &options.csv, notes)
    }
}

fn plain_with(
    encoding: &Encoding,
    bytes: &[u8],
    file: &str,
    options: &ReadOptions,
    notes: &mut Vec<Note>,
) -> Result<Dataset> {
    signature::check(bytes, file)?;
    let bytes = without_mark(bytes);
    if options.is_libsvm(bytes) {
        without_weights(file, options)?;
        parse_libsvm_with(encoding, bytes, file, &options.libsvm)
    } else {
        parse_csv_with_noting(encoding, bytes, file, &options.csv, notes)
    }
}

/// A libsvm file has no columns, so none of weights.
fn without_weights(file: &str, options: &ReadOptions) -> Result<()> {
    match &options.csv.weights {
        Some(column) => Err(Error::WeightsOfLibsvm { file: file.to_owned(), column: column.clone() }),
        None => Ok(()),
    }
}

/// Without the byte-order mark that some programs put before UTF-8.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;
    use crate::delimited::TargetType;

    #[test]
    fn either_format_compressed_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let options = ReadOptions::default();
        for (text, n_features) in [("a,b,y\n1,2,0\n3,4,1\n", 2), ("1 1:2 3:4\n0 2:1\n", 3), ("\u{feff}a,y\n1,2\n", 1)] {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(text.as_bytes()).unwrap();
            for bytes in [text.as_bytes().to_vec(), gzip.finish().unwrap()] {
                // The name says nothing about the content.
                let path = folder.path().join("table.xz");
                std::fs::write(&path, &bytes).unwrap();
                let (table, encoding) = read_table(&path, &options).unwrap();
                assert_eq!(table.n_features(), n_features);
                assert!(!encoding.columns[0].name.contains('\u{feff}'));
                let again = read_table_with(&encoding, &path, &options).unwrap();
                assert_eq!(again.features, table.features);
                assert_eq!(parse_table(&bytes, "f", &options).unwrap().1, encoding);
            }
        }
    }

    #[test]
    fn a_stated_format_wins() {
        let text = b"5 12:30\n6 12:45\n";
        let csv = CsvOptions { target_type: TargetType::Classes, ..CsvOptions::default() };
        let with = |format| ReadOptions { format, csv: csv.clone(), ..ReadOptions::default() };
        assert_eq!(parse_table(text, "f", &with(Format::Auto)).unwrap().0.n_features(), 12);
        assert_eq!(parse_table(text, "f", &with(Format::Libsvm)).unwrap().0.n_features(), 12);
        assert_eq!(parse_table(text, "f", &with(Format::Csv)).unwrap().0.n_features(), 1);
    }

    #[test]
    fn a_libsvm_file_has_no_column_of_weights() {
        let csv = CsvOptions { weights: Some("w".into()), ..CsvOptions::default() };
        let options = ReadOptions { csv, ..ReadOptions::default() };
        let error = parse_table(b"1 1:2\n0 1:3\n", "f", &options).unwrap_err();
        assert!(matches!(error, Error::WeightsOfLibsvm { .. }), "{error}");
    }

    #[test]
    fn the_cap_is_passed_on() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(b"a,y\n1,2\n").unwrap();
        let options = ReadOptions { max_inflated: Some(3), ..ReadOptions::default() };
        let error = parse_table(&gzip.finish().unwrap(), "f", &options).unwrap_err();
        assert!(matches!(error, Error::InflatedSize { cap: 3, .. }));
    }

    fn check(bytes: &[u8]) {
        for format in [Format::Auto, Format::Csv, Format::Libsvm] {
            let options = ReadOptions { format, ..ReadOptions::default() };
            if let Ok((table, encoding)) = parse_table(bytes, "f", &options) {
                assert!(!table.features.iter().any(|value| value.is_infinite()));
                encoding.check().unwrap();
                let again = parse_table_with(&encoding, bytes, "f", &options).unwrap();
                let same = |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan();
                assert!(table.features.iter().zip(&again.features).all(same));
                assert_eq!(table.target, again.target);
            }
        }
    }

    proptest! {
        #[test]
        fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            check(&bytes);
        }

        #[test]
        fn what_reads_once_reads_again(text in "[0-9a,;:\"\n\r\t #|?.-]{0,120}") {
            check(text.as_bytes());
        }

        #[test]
        fn archives_of_noise_never_panic(head in prop::sample::select(vec![&b"\x1f\x8b\x08"[..], b"\xfd7zXZ\0"]), tail in prop::collection::vec(any::<u8>(), 0..100)) {
            check(&[head, &tail].concat());
        }
    }
}
