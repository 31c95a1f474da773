//! IDX files: a magic number, the extents, then bytes (LeCun's format of MNIST).
//!
//! ```text
//! 0 0 8 axes | extent 1 | ... (big-endian, 32 bits each) | bytes, row-major
//! ```

use ndarray::{ArrayD, IxDyn};

use crate::error::{Error, Result};

/// Type of unsigned bytes.
const UNSIGNED_BYTES: u8 = 8;

/// An array of bytes with this many axes.
///
/// # Errors
/// [`Error::Idx`] for another type, other axes, or extents that are not those of the bytes there.
pub(crate) fn parse(content: &[u8], file: &str, axes: usize) -> Result<ArrayD<u8>> {
    let wrong = |reason: String| Error::Idx { file: file.to_owned(), reason };
    let header = 4 + 4 * axes;
    if content.len() < header {
        return Err(wrong(format!("{} bytes are no IDX header of {axes} axes", content.len())));
    }
    if content[..3] != [0, 0, UNSIGNED_BYTES] || usize::from(content[3]) != axes {
        return Err(wrong(format!("begins with {:?}, expected [0, 0, 8, {axes}]", &content[..4])));
    }
    let extent = |bytes: &[u8]| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
    let shape: Vec<usize> = content[4..header].chunks(4).map(extent).collect();
    let expected = shape.iter().try_fold(1usize, |product, extent| product.checked_mul(*extent));
    let values = &content[header..];
    if expected != Some(values.len()) {
        return Err(wrong(format!("extents {shape:?} do not go with {} bytes", values.len())));
    }
    ArrayD::from_shape_vec(IxDyn(&shape), values.to_vec()).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_with_their_shape() {
        let file = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];
        assert_eq!(parse(&file, "f", 2).unwrap(), ndarray::array![[1, 2, 3], [4, 5, 6]].into_dyn());
        let message = |bytes: &[u8], axes| parse(bytes, "f", axes).unwrap_err().to_string();
        assert_eq!(message(&file[..11], 2), "f: 11 bytes are no IDX header of 2 axes");
        assert_eq!(message(&file, 1), "f: begins with [0, 0, 8, 2], expected [0, 0, 8, 1]");
        assert_eq!(message(&file[..17], 2), "f: extents [2, 3] do not go with 5 bytes");
        let vast = [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255];
        assert!(message(&vast, 3).contains("do not go with 0 bytes"));
    }
}
