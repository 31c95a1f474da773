//! Fixtures were written by the `xz` tool: `crc64` one block; `blocks` several blocks; `streams` three
//! streams with padding, the three other checks and other properties; `zeros` 8 MiB of zeros. The first three hold [`rows`].

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

const CRC64: &[u8] = include_bytes!("fixtures/crc64.xz");
const BLOCKS: &[u8] = include_bytes!("fixtures/blocks.xz");
const STREAMS: &[u8] = include_bytes!("fixtures/streams.xz");
const ZEROS: &[u8] = include_bytes!("fixtures/zeros.xz");

fn rows() -> Vec<u8> {
    let colours = ["red", "green", "blue"];
    (0..400).map(|i| format!("{i},{},{}\n", i * i % 97, colours[i % 3])).collect::<String>().into_bytes()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn archives_give_their_content() {
    for archive in [CRC64, BLOCKS, STREAMS] {
        assert!(inflate(archive, "a", None).unwrap().as_ref() == rows());
    }
    assert!(inflate(&gzip(&rows()), "a", None).unwrap().as_ref() == rows());
    let twice = [gzip(b"1,2\n"), gzip(b"3,4\n")].concat();
    assert_eq!(inflate(&twice, "a", None).unwrap().as_ref(), b"1,2\n3,4\n");
    assert_eq!(inflate(b"plain", "a", Some(0)).unwrap().as_ref(), b"plain");
    assert_eq!(inflate(b"", "a", None).unwrap().as_ref(), b"");
}

#[test]
fn the_cap_is_exact_and_comes_before_the_memory() {
    let size = 8 << 20;
    for archive in [ZEROS.to_vec(), gzip(&vec![0; size])] {
        assert_eq!(inflate(&archive, "a", Some(size)).unwrap().len(), size);
        for cap in [0, 1, 1 << 20, size - 1] {
            let error = inflate(&archive, "bomb", Some(cap)).unwrap_err();
            assert!(matches!(error, Error::InflatedSize { cap: found, .. } if found == cap), "{error}");
            assert!(error.to_string().starts_with("bomb: ") && error.to_string().contains(&cap.to_string()));
        }
    }
    assert_eq!(default_cap(10), 64 << 20);
    assert_eq!(default_cap(1 << 20), 400 << 20);
    assert_eq!(default_cap(usize::MAX), usize::MAX);
}

#[test]
fn a_truncated_archive_is_refused_at_every_byte() {
    for (archive, name) in [(CRC64.to_vec(), "xz"), (BLOCKS.to_vec(), "xz"), (gzip(&rows()), "gzip")] {
        // Shorter than the magic bytes, it is not an archive.
        let magic = if name == "xz" { 6 } else { 2 };
        for end in magic..archive.len() {
            let error = inflate(&archive[..end], "cut", None).unwrap_err();
            assert!(matches!(error, Error::Compressed { format, .. } if format == name), "{end}: {error}");
            assert!(error.to_string().starts_with("cut: "));
        }
    }
}

#[test]
fn every_flipped_bit_is_found() {
    // One block with CRC64: nothing in the file is unchecked except the dictionary size bound.
    for at in 6..CRC64.len() {
        for bit in 0..8 {
            let mut damaged = CRC64.to_vec();
            damaged[at] ^= 1 << bit;
            assert!(inflate(&damaged, "a", None).is_err(), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = read(Path::new("no/such/file.csv"), None).unwrap_err();
    assert!(matches!(error, Error::Io { .. }));
    assert!(error.to_string().starts_with("no/such/file.csv: "));
}

proptest! {
    #[test]
    fn damaged_archives_never_panic(at in 0usize..2000, bytes in prop::collection::vec(any::<u8>(), 1..40)) {
        for archive in [CRC64, BLOCKS, STREAMS, ZEROS] {
            let mut damaged = archive.to_vec();
            let at = 6 + at % (damaged.len() - 6);
            let n = bytes.len().min(damaged.len() - at);
            damaged[at..at + n].copy_from_slice(&bytes[..n]);
            let _ = inflate(&damaged, "a", Some(1 << 20));
        }
    }
}
