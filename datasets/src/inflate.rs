//! Plain, gzip or xz, recognised by the first bytes and never by the name.
//!
//! Archives are read as streams up to a cap, because one of a few kilobytes may otherwise ask for
//! gigabytes; for the same reason the dictionary of an xz archive is limited.

use std::borrow::Cow;
use std::fs::{File, FileType};
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::error::{Error, Result};
use crate::signature;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

const XZ_MAGIC: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];

/// Most bytes that are read of a pipe, which does not say how many it has.
const PIPE_CAP: u64 = 4 << 30;

/// Bytes that are looked at before the rest is read.
const START: u64 = 1 << 16;

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
        ("xz", inflate_xz(bytes, cap))
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

#[cfg(feature = "xz")]
fn inflate_xz(bytes: &[u8], cap: usize) -> std::io::Result<Vec<u8>> {
    /// Most memory, in KiB, that an archive may ask for; the strongest preset of the `xz` tool needs half of it.
    const MEMORY: u32 = 128 << 10;
    read_capped(lzma_rust2::XzReader::new_mem_limit(bytes, true, MEMORY), cap)
}

#[cfg(not(feature = "xz"))]
fn inflate_xz(_: &[u8], _: usize) -> std::io::Result<Vec<u8>> {
    Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "compiled without the feature `xz` of secateur-datasets"))
}

/// At most one byte more than the cap.
fn read_capped(reader: impl Read, cap: usize) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    reader.take((cap as u64).saturating_add(1)).read_to_end(&mut content)?;
    Ok(content)
}

/// Reads a file and [`inflate`]s it.
///
/// Pipes are read that this process was started with, such as `/dev/stdin`; opening any other waits for a writer, which
/// may never come.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read, [`Error::NotText`] if it is neither text nor an archive,
/// [`Error::NotAFile`] for a device, socket or named pipe, [`Error::LongPipe`], else as [`inflate`].
pub fn read(path: &Path, cap: Option<usize>) -> Result<Vec<u8>> {
    let file = path.display().to_string();
    let failed = |source| Error::io(file.as_str(), source);
    let found = path.metadata().map_err(failed)?;
    let limit = if found.is_file() || found.is_dir() { u64::MAX } else { pipe_limit(path, &file, found.file_type())? };
    let mut source = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    source.by_ref().take(START).read_to_end(&mut bytes).map_err(failed)?;
    let archive = bytes.starts_with(&XZ_MAGIC) || bytes.starts_with(&GZIP_MAGIC);
    if !archive && bytes.contains(&0) {
        signature::check(&bytes, &file)?;
    }
    if found.is_file() {
        // Some files do not say how large they are.
        let more = usize::try_from(found.len().saturating_sub(START)).unwrap_or(usize::MAX);
        let no_memory = |_| failed(std::io::Error::from(std::io::ErrorKind::OutOfMemory));
        bytes.try_reserve_exact(more.saturating_add(1)).map_err(no_memory)?;
    }
    source.take(limit.saturating_sub(START).saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(Error::LongPipe { file, limit });
    }
    Ok(match inflate(&bytes, &file, cap)? {
        Cow::Owned(content) => content,
        Cow::Borrowed(_) => bytes,
    })
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_pipe(_: FileType) -> bool {
    false
}

/// Most bytes that are read of what is no plain file, which must be a pipe of this process.
fn pipe_limit(path: &Path, file: &str, kind: FileType) -> Result<u64> {
    let inherited = ["/dev/fd", "/dev/stdin", "/proc"].iter().any(|folder| path.starts_with(folder));
    match (is_pipe(kind), inherited) {
        (true, true) => Ok(PIPE_CAP),
        (true, false) => Err(Error::NotAFile { file: file.to_owned(), what: "a named pipe" }),
        (false, _) => Err(Error::NotAFile { file: file.to_owned(), what: "a device or socket" }),
    }
}

#[cfg(test)]
#[cfg(feature = "xz")]
mod tests;
