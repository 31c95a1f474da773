//! Plain, gzip or xz, recognised by the first bytes and never by the name.
//!
//! Archives are read as streams up to a cap, because one of a few kilobytes may otherwise ask for
//! gigabytes; for the same reason the dictionary of an xz archive is limited.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;

use crate::error::{Error, Result};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

const XZ_MAGIC: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];

/// Most memory, in KiB, that an xz archive may ask for; the strongest preset of the `xz` tool needs half of it.
const XZ_MEMORY: u32 = 128 << 10;

/// Cap in bytes that holds when the caller states none: 64 MiB or 400 times the compressed size,
/// whichever is more.
#[must_use]
pub fn default_cap(compressed: usize) -> usize {
    compressed.saturating_mul(400).max(64 << 20)
}

/// The content of `bytes`, inflated if they are a gzip or xz archive.
///
/// # Arguments
/// `file` is the name for error messages. `cap` is the largest inflated size in bytes
/// ([`default_cap`] if `None`); it does not apply to plain bytes.
///
/// # Errors
/// [`Error::Compressed`] for a truncated or damaged archive, [`Error::InflatedSize`] beyond the cap.
pub fn inflate<'a>(bytes: &'a [u8], file: &str, cap: Option<usize>) -> Result<Cow<'a, [u8]>> {
    let cap = cap.unwrap_or_else(|| default_cap(bytes.len()));
    let (format, result) = if bytes.starts_with(&XZ_MAGIC) {
        ("xz", read_capped(XzReader::new_mem_limit(bytes, true, XZ_MEMORY), cap))
    } else if bytes.starts_with(&GZIP_MAGIC) {
        ("gzip", read_capped(MultiGzDecoder::new(bytes), cap))
    } else {
        return Ok(Cow::Borrowed(bytes));
    };
    match result {
        Ok(content) if content.len() > cap => {
            Err(Error::InflatedSize { file: file.to_owned(), compressed: bytes.len(), cap })
        }
        Ok(content) => Ok(Cow::Owned(content)),
        Err(cause) => Err(Error::Compressed { file: file.to_owned(), format, reason: cause.to_string() }),
    }
}

/// At most one byte more than the cap.
fn read_capped(reader: impl Read, cap: usize) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    reader.take((cap as u64).saturating_add(1)).read_to_end(&mut content)?;
    Ok(content)
}

/// Reads a file and [`inflate`]s it.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read, else as [`inflate`].
pub fn read(path: &Path, cap: Option<usize>) -> Result<Vec<u8>> {
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|source| Error::io(file.as_str(), source))?;
    Ok(match inflate(&bytes, &file, cap)? {
        Cow::Owned(content) => content,
        Cow::Borrowed(_) => bytes,
    })
}

#[cfg(test)]
mod tests;
