//! The same answers as the reference, before any time is taken.

use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur::neural::score::{Kernels, OnDevice, Reference, Scorer};

use crate::workloads::Failure;

/// Rows and columns that are checked; the columns leave a part of a group of four.
const SLICE: (usize, usize) = (64, 259);

/// Every score of a slice against [`Reference`].
///
/// # Errors
/// The first score that differs by more than rounding.
pub fn agrees<B: Kernels>(device: &B::Device) -> Result<(), Failure> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let weight = Array2::from_shape_fn(SLICE, |_| rng.random_range(-1.0..1.0f32));
    let factors: Vec<f32> = (0..SLICE.1).map(|_| rng.random_range(0.1..2.0)).collect();
    let (weight, scorer) = (weight.view(), OnDevice::<B>::new(device.clone()));
    let mut moments = (scorer.moments(SLICE.1), Reference.moments(SLICE.1));
    scorer.accumulate(&mut moments.0, weight)?;
    Reference.accumulate(&mut moments.1, weight)?;
    let pairs = [
        ("magnitude", scorer.magnitude(weight), Reference.magnitude(weight)),
        ("Wanda", scorer.wanda(weight, &factors)?, Reference.wanda(weight, &factors)?),
        ("second order", scorer.second_order(weight, &factors)?, Reference.second_order(weight, &factors)?),
        ("pattern", scorer.pattern(weight, 2, 4)?, Reference.pattern(weight, 2, 4)?),
        ("second moments", scorer.read(&moments.0).mapv(|v| v as f32), moments.1.mapv(|v| v as f32)),
    ];
    for (name, found, expected) in pairs {
        let apart = found.iter().zip(&expected).map(|(a, b)| (a - b).abs() / (1.0 + b.abs())).fold(0.0, f32::max);
        // Written so that NaN is wrong, too.
        if !(found.dim() == expected.dim() && apart <= 1e-5) {
            return Err(format!("{name} differs from the reference by {apart:e}").into());
        }
    }
    Ok(())
}
