//! Adaptive layer sparsity (ALS; NeurIPS 2024): layers whose activations say what others say keep less.
//!
//! 1. Redundancy `psi_ij = ||X_i^T X_j||_F^2 / (||X_i^T X_i||_F ||X_j^T X_j||_F)` of the inputs of layers
//!    ([`redundancy`]).
//! 2. Weight `omega_i = exp(-rho_i / mu_i)` with `rho_i = sum_j psi_ij - 1` and the row's mean mu_i ([`independence`]).
//! 3. `max sum_i q_i * mean(omega_i, ..., omega_L)` under `sum_i size_i q_i <= kept fraction * sum_i size_i` and
//!    `lo <= q_i <= hi` ([`fractions`]). The text calls q sparsity; the objective makes sense for the fraction that is
//!    kept, which q is here.
//! 4. The same among the linear layers of each block, with the fraction of the block.
//!
//! One budget and a box: the linear program is a fractional knapsack, solved by sorting; all layers but one are at a
//! bound.

use ndarray::{Array2, ArrayView2};
use secateur_neural::score::{ScoreError, Scorer};

/// Pairwise redundancy of inputs with the same rows; 1 on the diagonal, between 0 and 1. An input that is all zero is
/// redundant to nothing but itself.
///
/// # Errors
/// [`ScoreError`] for inputs of different rows.
///
/// # Complexity
/// O(layers^2 x rows x inputs^2).
pub fn redundancy<S: Scorer>(inputs: &[ArrayView2<'_, f32>], scorer: &S) -> Result<Array2<f64>, ScoreError> {
    let n = inputs.len();
    let own: Vec<f64> = inputs.iter().map(|x| Ok(scorer.overlap(*x, *x)?.sqrt())).collect::<Result<_, ScoreError>>()?;
    let mut psi = Array2::eye(n);
    for i in 0..n {
        for j in 0..i {
            let both = own[i] * own[j];
            let value = if both > 0.0 { scorer.overlap(inputs[i], inputs[j])? / both } else { 0.0 };
            psi[[i, j]] = value;
            psi[[j, i]] = value;
        }
    }
    Ok(psi)
}

/// `omega_i`; a row of redundancies gives one number, less for a more redundant layer.
pub fn independence(psi: ArrayView2<'_, f64>) -> Vec<f64> {
    let weight = |row: ndarray::ArrayView1<'_, f64>| {
        let sum = row.sum();
        (-(sum - 1.0) / (sum / row.len() as f64)).exp()
    };
    psi.rows().into_iter().map(weight).collect()
}

/// Coefficients of the program: the mean of `omega_j` over the layers from i on.
pub fn coefficients(omega: &[f64]) -> Vec<f64> {
    let mean_from = |i: usize| omega[i..].iter().sum::<f64>() / (omega.len() - i) as f64;
    (0..omega.len()).map(mean_from).collect()
}

/// Bounds that leave no choice, or none that fits.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("fractions between {least} and {most} cannot have mean {fraction}")]
pub struct NoFractions {
    /// Least fraction of a layer.
    pub least: f64,
    /// Largest fraction of a layer.
    pub most: f64,
    /// Fraction asked for.
    pub fraction: f64,
}

/// The kept fractions of most worth, exactly: filled in order of coefficient per parameter; ties go to the earlier
/// layer.
///
/// # Arguments
/// * `coefficients`, `sizes`: one per layer; sizes are parameters, > 0.
/// * `fraction`: of all parameters, to be kept.
/// * `bounds`: of the fraction of a layer.
///
/// # Errors
/// [`NoFractions`].
///
/// # Complexity
/// O(layers log layers).
pub fn fractions(
    coefficients: &[f64],
    sizes: &[f64],
    fraction: f64,
    bounds: (f64, f64),
) -> Result<Vec<f64>, NoFractions> {
    let (least, most) = bounds;
    if !(0.0 <= least && least <= fraction && fraction <= most && most <= 1.0) {
        return Err(NoFractions { least, most, fraction });
    }
    let total: f64 = sizes.iter().sum();
    let mut left = (fraction - least) * total;
    let mut fractions = vec![least; sizes.len()];
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    let ratio = |i: usize| coefficients[i] / sizes[i];
    order.sort_by(|a, b| ratio(*b).total_cmp(&ratio(*a)).then(a.cmp(b)));
    for i in order {
        if coefficients[i] <= 0.0 {
            break;
        }
        let more = (most - least).min(left / sizes[i]);
        fractions[i] += more;
        left -= more * sizes[i];
    }
    Ok(fractions)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use secateur_neural::cpu::Cpu;
    use secateur_neural::score::{OnDevice, Reference};

    use super::*;

    fn noise(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Array2::from_shape_simple_fn((rows, columns), || rng.random_range(-1.0..1.0))
    }

    #[test]
    fn copies_are_redundant_and_noise_has_a_floor() {
        let (a, b) = (noise(50, 12, 1), noise(50, 12, 2));
        // Turned by a rotation of the first two channels, and scaled: the same information.
        let (sin, cos) = 0.7f32.sin_cos();
        let mut turned = a.clone();
        for mut row in turned.rows_mut() {
            let (x, y) = (row[0], row[1]);
            (row[0], row[1]) = (cos * x - sin * y, sin * x + cos * y);
        }
        turned *= 3.0;
        let inputs = [a.view(), turned.view(), b.view()];
        let psi = redundancy(&inputs, &Reference).unwrap();
        assert!((psi[[0, 1]] - 1.0).abs() < 1e-5, "{psi}");
        // d / (n + d - 0.2) on average for uniform noise, whose fourth moment is 1.8.
        let draws = (0..40).map(|seed| [noise(50, 12, 2 * seed), noise(50, 12, 2 * seed + 1)]);
        let floor =
            draws.map(|[x, y]| redundancy(&[x.view(), y.view()], &Reference).unwrap()[[0, 1]]).sum::<f64>() / 40.0;
        assert!((floor - 12.0 / 61.8).abs() < 0.01, "{floor}");
        assert!(psi.iter().all(|value| (0.0..=1.0 + 1e-6).contains(value)));
        let fast = redundancy(&inputs, &OnDevice::<Cpu>::new(Default::default())).unwrap();
        assert!(psi.iter().zip(&fast).all(|(a, b)| (a - b).abs() < 1e-5));
        let omega = independence(psi.view());
        assert!(omega[0] < omega[2] && omega[1] < omega[2], "{omega:?}");
        // exp(1 / mu - n), as -rho / mu = -(n mu - 1) / mu.
        let mean = psi.row(2).mean().unwrap();
        assert!((omega[2] - (1.0 / mean - 3.0).exp()).abs() < 1e-12);
        let found = coefficients(&[1.0, 2.0, 6.0]);
        assert_eq!(found, [3.0, 4.0, 6.0]);
    }

    proptest! {
        #[test]
        fn no_exchange_between_layers_is_worth_more(
            layers in prop::collection::vec((1..20u32, 1..9u32), 1..8),
            fraction in 0.0..1.0f64,
            bounds in (0.0..1.0f64, 0.0..1.0f64),
        ) {
            let coefficients: Vec<f64> = layers.iter().map(|(c, _)| f64::from(*c)).collect();
            let sizes: Vec<f64> = layers.iter().map(|(_, size)| f64::from(*size)).collect();
            let (least, most) = (bounds.0.min(bounds.1), bounds.0.max(bounds.1));
            match fractions(&coefficients, &sizes, fraction, (least, most)) {
                Err(_) => prop_assert!(fraction < least || fraction > most),
                Ok(fractions) => {
                    let kept: f64 = fractions.iter().zip(&sizes).map(|(q, size)| q * size).sum();
                    prop_assert!((kept - fraction * sizes.iter().sum::<f64>()).abs() < 1e-9);
                    prop_assert!(fractions.iter().all(|q| (least - 1e-12..=most + 1e-12).contains(q)));
                    // Optimal: what could still grow is worth no more per parameter than what could shrink.
                    for i in 0..fractions.len() {
                        for j in 0..fractions.len() {
                            let (grow, shrink) = (fractions[i] < most - 1e-9, fractions[j] > least + 1e-9);
                            let better = coefficients[i] / sizes[i] > coefficients[j] / sizes[j] + 1e-12;
                            prop_assert!(!(grow && shrink && better), "{fractions:?}");
                        }
                    }
                }
            }
        }
    }
}
