//! The operators of expressions, in double precision, on tensors of any number of axes.
//!
//! An operator that a tensor's shape does not admit (a determinant of anything but a square matrix, a Gram matrix of a
//! vector) gives NaN, where the released programs end with an exception. The released programs compute in single
//! precision: products and powers run over and under earlier there.

use ndarray::{Array2, ArrayD, ArrayView2, Axis, Ix2};

use super::expression::{Expression, Post, Pre, Reduction};

/// The value of an expression on a tensor: what is left after the last operator, averaged. NaN and infinities stay.
///
/// # Complexity
/// O(entries); for a matrix of m rows and n columns O(m^2 n) with `GRAM` and `CORREF`, O(m n min(m, n)) with `RANK`,
/// O(n^3) with `DETERMINANT` and `SLOGDET`.
pub fn evaluate(expression: &Expression, tensor: ArrayD<f64>) -> f64 {
    let x = expression.pre.iter().fold(tensor, |x, operator| operator.apply(x));
    let x = expression.reduction.apply(x);
    mean(&expression.post.iter().fold(x, |x, operator| operator.apply(x)))
}

impl Pre {
    /// The operator on every entry; shape as before.
    pub fn apply(self, x: ArrayD<f64>) -> ArrayD<f64> {
        match self {
            Pre::NoOp => x,
            Pre::Abs => x.mapv_into(f64::abs),
            Pre::Log => x.mapv_into(|x| (if x <= 0.0 { 1.0 } else { x } + 1e-6).ln()),
            Pre::AbsLog => x.mapv_into(|x| if x == 0.0 { 0.0 } else { x.abs().ln() }),
            Pre::Pow => x.mapv_into(|x| x * x),
            Pre::Exp => x.mapv_into(f64::exp),
            Pre::Normalize => {
                let (mean, deviation) = (mean(&x), variance(&x).sqrt());
                let normal = |x: f64| (x - mean) / deviation;
                x.mapv_into(|x| if normal(x).is_nan() { 0.0 } else { normal(x) })
            }
            Pre::Sigmoid => x.mapv_into(sigmoid),
            Pre::Tanh => x.mapv_into(f64::tanh),
            Pre::MinMax => {
                let least = x.iter().copied().fold(f64::INFINITY, f64::min);
                let most = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                // A NaN anywhere makes the extremes NaN.
                let width = if x.iter().any(|x| x.is_nan()) { f64::NAN } else { most - least + 1e-9 };
                x.mapv_into(|x| (x - least) / width)
            }
        }
    }
}

impl Reduction {
    /// What the reduction leaves; a single number has no axis.
    pub fn apply(self, x: ArrayD<f64>) -> ArrayD<f64> {
        let matrix = || x.view().into_dimensionality::<Ix2>().ok();
        let of_matrix = |value: fn(ArrayView2<'_, f64>) -> f64| number(matrix().map_or(f64::NAN, value));
        match self {
            Reduction::NoOp => x,
            Reduction::Gram => matrix().map_or_else(|| number(f64::NAN), |x| x.dot(&x.t()).into_dyn()),
            Reduction::Corref => matrix().map_or_else(|| number(f64::NAN), |x| correlations(x).into_dyn()),
            Reduction::Diagonal => matrix().map_or_else(|| number(f64::NAN), |x| x.diag().to_owned().into_dyn()),
            Reduction::FrobeniusNorm => number(x.iter().map(|x| x * x).sum::<f64>().sqrt()),
            Reduction::L1Norm => number(x.iter().map(|x| x.abs()).sum::<f64>() / x.len() as f64),
            Reduction::Determinant => of_matrix(determinant),
            Reduction::Rank => of_matrix(rank),
            Reduction::GeometricMean => number(x.iter().product::<f64>().powf(1.0 / x.len() as f64)),
            Reduction::Mean => number(mean(&x)),
            Reduction::Var => number(variance(&x)),
            Reduction::Std => number(variance(&x).sqrt()),
            Reduction::Slogdet => of_matrix(log_determinant),
            Reduction::Entropy => number(entropy(&x)),
        }
    }
}

impl Post {
    /// The operator on every number; shape as before.
    pub fn apply(self, x: ArrayD<f64>) -> ArrayD<f64> {
        match self {
            Post::NoOp => x,
            Post::Sin => x.mapv_into(f64::sin),
            Post::Cos => x.mapv_into(f64::cos),
            Post::Tan => x.mapv_into(f64::tan),
            Post::Asin => x.mapv_into(f64::asin),
            Post::Acos => x.mapv_into(f64::acos),
            Post::Atan => x.mapv_into(f64::atan),
            Post::Exp => x.mapv_into(f64::exp),
            Post::Log => x.mapv_into(f64::ln),
            Post::Abs => x.mapv_into(f64::abs),
            Post::Sigmoid => x.mapv_into(sigmoid),
            Post::Tanh => x.mapv_into(f64::tanh),
            Post::Softplus => x.mapv_into(|x| if x > 20.0 { x } else { x.exp().ln_1p() }),
        }
    }
}

fn number(value: f64) -> ArrayD<f64> {
    ndarray::arr0(value).into_dyn()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn mean(x: &ArrayD<f64>) -> f64 {
    x.sum() / x.len() as f64
}

/// Divided by one less than the numbers are: NaN for fewer than two.
fn variance(x: &ArrayD<f64>) -> f64 {
    let mean = mean(x);
    match x.len() {
        0 | 1 => f64::NAN,
        n => x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1) as f64,
    }
}

/// Pearson's correlation of every two rows, cut off at -1 and 1; NaN for a row without variance.
fn correlations(x: ArrayView2<'_, f64>) -> Array2<f64> {
    let n = x.ncols() as f64;
    let means = x.sum_axis(Axis(1)) / n;
    let centred = &x - &means.insert_axis(Axis(1));
    let products = centred.dot(&centred.t());
    let deviations = products.diag().mapv(f64::sqrt);
    // In this order, as a product of two deviations may run under. A NaN stays one.
    Array2::from_shape_fn(products.dim(), |(i, j)| (products[[i, j]] / deviations[i] / deviations[j]).clamp(-1.0, 1.0))
}

/// `-sum p ln p` over the numbers that are at least 0, after division by their sum. A vector's are taken as they are;
/// the rows of a matrix go through a softmax each.
fn entropy(x: &ArrayD<f64>) -> f64 {
    let weights: Vec<f64> = match x.ndim() {
        0 | 1 => x.iter().copied().collect(),
        n_axes => x.lanes(Axis(n_axes - 1)).into_iter().flat_map(softmax).collect(),
    };
    let valid = || weights.iter().filter(|weight| **weight >= 0.0);
    let sum: f64 = valid().sum();
    if !(sum > 0.0 && sum.is_finite()) {
        return f64::NAN;
    }
    let fractions = valid().map(|weight| weight / sum).filter(|fraction| *fraction > 0.0);
    -fractions.map(|fraction| fraction * fraction.ln()).sum::<f64>()
}

fn softmax(row: ndarray::ArrayView1<'_, f64>) -> Vec<f64> {
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = row.iter().map(|x| (x - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// A matrix that factorisations take: not empty, all finite.
fn dense(x: ArrayView2<'_, f64>) -> Option<faer::Mat<f64>> {
    let sound = !x.is_empty() && x.iter().all(|x| x.is_finite());
    sound.then(|| faer::Mat::from_fn(x.nrows(), x.ncols(), |i, j| x[[i, j]]))
}

fn determinant(x: ArrayView2<'_, f64>) -> f64 {
    let Some(matrix) = dense(x).filter(|_| x.is_square()) else { return f64::NAN };
    let value = matrix.determinant();
    // The factorisation divides by pivots, also by those that are 0.
    if value.is_nan() && pivots(&matrix).contains(&0.0) { 0.0 } else { value }
}

/// ln |det x|: -inf for a singular matrix.
fn log_determinant(x: ArrayView2<'_, f64>) -> f64 {
    let Some(matrix) = dense(x).filter(|_| x.is_square()) else { return f64::NAN };
    let pivots = pivots(&matrix);
    if pivots.contains(&0.0) { f64::NEG_INFINITY } else { pivots.iter().map(|pivot| pivot.abs().ln()).sum() }
}

/// Pivots of a square matrix, eliminated with the largest entry of a column first. What comes after a 0 is not to be
/// used.
fn pivots(x: &faer::Mat<f64>) -> Vec<f64> {
    x.partial_piv_lu().U().diagonal().column_vector().iter().copied().collect()
}

/// Singular values above the largest, times the larger extent, times the precision of the metric, which is single as in
/// the released programs.
fn rank(x: ArrayView2<'_, f64>) -> f64 {
    let Some(Ok(values)) = dense(x).map(|x| x.singular_values()) else { return f64::NAN };
    let most = values.iter().copied().fold(0.0, f64::max);
    let floor = most * x.nrows().max(x.ncols()) as f64 * f64::from(f32::EPSILON);
    values.iter().filter(|value| **value > floor).count() as f64
}
