//! The packed file of masks: a zip archive of NumPy arrays (`.npz`), one per linear layer, named
//! `<linear layer>.weight.mask`: the mask row by row, eight places a byte, the first in the highest bit, as
//! `numpy.packbits` packs. Shapes are those of the network's weights.

use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use ndarray::Array2;
use secateur_files::write_atomically;
use secateur_neural::Network;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::Masks;
use crate::slimgpt::matrix;

/// Why a file of masks, or of learning's state, could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MaskFileError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What is in it.
    #[error("{}: {what}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

impl MaskFileError {
    pub(super) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_path_buf(), source }
    }

    pub(super) fn content(path: &Path, what: impl std::fmt::Display) -> Self {
        Self::Content { path: path.to_path_buf(), what: what.to_string() }
    }
}

/// Ends the names of arrays.
const ENDING: &str = ".weight.mask.npy";
/// Of an array of NumPy's format, version 1.0.
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

impl Masks {
    /// Writes the packed file: a bit per weight before compression.
    ///
    /// # Errors
    /// [`MaskFileError`].
    ///
    /// # Complexity
    /// O(weights).
    pub fn save(&self, path: &Path) -> Result<(), MaskFileError> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (linear, mask) in self.iter() {
            archive
                .start_file(format!("{linear}{ENDING}"), options)
                .map_err(|error| MaskFileError::content(path, error))?;
            archive.write_all(&npy(&packed(mask))).map_err(|source| MaskFileError::io(path, source))?;
        }
        let bytes = archive.finish().map_err(|error| MaskFileError::content(path, error))?.into_inner();
        write_atomically(path, |file| file.write_all(&bytes)).map_err(|source| MaskFileError::io(path, source))
    }

    /// Reads a packed file, of this crate or of the authors' tools; arrays that are no masks of linear layers are
    /// passed over.
    ///
    /// # Arguments
    /// * `network`: has the shapes.
    ///
    /// # Errors
    /// [`MaskFileError`]: no such file, no archive, a linear layer that the network does not have, another number of
    /// weights.
    ///
    /// # Complexity
    /// O(weights); of an entry no more is unpacked than its linear layer has weights.
    pub fn load(path: &Path, network: &Network) -> Result<Self, MaskFileError> {
        let file = std::fs::File::open(path).map_err(|source| MaskFileError::io(path, source))?;
        let wrong = |error: &dyn std::fmt::Display| MaskFileError::content(path, error);
        let mut archive = ZipArchive::new(std::io::BufReader::new(file)).map_err(|error| wrong(&error))?;
        let mut masks = Self::default();
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(|error| wrong(&error))?;
            let Some(linear) = entry.name().strip_suffix(ENDING).map(str::to_owned) else { continue };
            let weight = matrix(network, &linear).map_err(|error| wrong(&error))?;
            let expected = weight.len().div_ceil(8);
            // The header is at most 64 KiB long.
            let mut bytes = Vec::new();
            let read = entry.take(expected as u64 + (1 << 17)).read_to_end(&mut bytes);
            read.map_err(|source| MaskFileError::io(path, source))?;
            let bits =
                of_npy(&bytes).ok_or_else(|| wrong(&format!("{linear}: no array of bytes as NumPy writes them")))?;
            if bits.len() != expected {
                return Err(wrong(&format!("{linear}: {} bytes, expected {expected}", bits.len())));
            }
            let bit = |place: usize| bits[place / 8] >> (7 - place % 8) & 1 == 1;
            let columns = weight.ncols();
            masks.0.insert(linear, Array2::from_shape_fn(weight.dim(), |(row, column)| bit(row * columns + column)));
        }
        Ok(masks)
    }
}

fn packed(mask: &Array2<bool>) -> Vec<u8> {
    let mut bytes = vec![0; mask.len().div_ceil(8)];
    for (place, kept) in mask.iter().enumerate() {
        bytes[place / 8] |= u8::from(*kept) << (7 - place % 8);
    }
    bytes
}

/// A vector of bytes in NumPy's format: magic, length of the header, the header padded to 64 bytes, the bytes.
fn npy(bytes: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({},), }}", bytes.len());
    let unpadded = MAGIC.len() + 2 + header.len() + 1;
    header.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
    header.push('\n');
    let length = (header.len() as u16).to_le_bytes();
    [MAGIC, &length, header.as_bytes(), bytes].concat()
}

/// The bytes of an array of bytes; none for anything else.
fn of_npy(file: &[u8]) -> Option<&[u8]> {
    let rest = file.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (header, bytes) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    let header = std::str::from_utf8(header).ok()?.replace(' ', "");
    (header.contains("'descr':'|u1'") && header.contains(&format!("'shape':({},)", bytes.len()))).then_some(bytes)
}
