use ndarray::{Array2, ArrayD, ArrayView2, array};
use proptest::prelude::*;

use crate::dsa::{Expression, Post, Pre, Reduction, evaluate};

/// Equal to twelve digits; NaN is equal to NaN, an infinity to itself.
#[track_caller]
fn same(found: &ArrayD<f64>, expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found}");
    for (found, expected) in found.iter().zip(expected) {
        let close = (found - expected).abs() <= 1e-12 * expected.abs().max(1.0);
        assert!(close || found == expected || (found.is_nan() && expected.is_nan()), "{found}, expected {expected}");
    }
}

#[test]
fn pre_operators() {
    let x = array![[1.0, -2.0], [0.0, 3.0]].into_dyn();
    let deviation = (13.0 / 3.0f64).sqrt();
    let expected = |operator: Pre| match operator {
        Pre::NoOp => [1.0, -2.0, 0.0, 3.0],
        Pre::Abs => [1.0, 2.0, 0.0, 3.0],
        Pre::Log => [1.000001f64.ln(), 1.000001f64.ln(), 1.000001f64.ln(), 3.000001f64.ln()],
        Pre::AbsLog => [0.0, std::f64::consts::LN_2, 0.0, 3f64.ln()],
        Pre::Pow => [1.0, 4.0, 0.0, 9.0],
        Pre::Exp => [std::f64::consts::E, 0.1353352832366127, 1.0, 20.085536923187668],
        Pre::Normalize => [0.5 / deviation, -2.5 / deviation, -0.5 / deviation, 2.5 / deviation],
        Pre::Sigmoid => [0.7310585786300049, 0.11920292202211755, 0.5, 0.9525741268224334],
        Pre::Tanh => [0.7615941559557649, -0.9640275800758169, 0.0, 0.9950547536867305],
        Pre::MinMax => [3.0 / (5.0 + 1e-9), 0.0, 2.0 / (5.0 + 1e-9), 5.0 / (5.0 + 1e-9)],
    };
    for operator in Pre::ALL {
        let found = operator.apply(x.clone());
        assert_eq!(found.shape(), [2, 2]);
        same(&found, &expected(*operator));
    }
    // Equal numbers have no deviation, and no range.
    let equal = array![2.0, 2.0, 2.0].into_dyn();
    same(&Pre::Normalize.apply(equal.clone()), &[0.0; 3]);
    same(&Pre::MinMax.apply(equal), &[0.0; 3]);
    same(&Pre::MinMax.apply(array![1.0, f64::NAN, 2.0].into_dyn()), &[f64::NAN; 3]);
}

#[test]
fn reductions() {
    let x = array![[1.0, -2.0], [0.0, 3.0]].into_dyn();
    // -1/8 ln 1/8 and so on: see below.
    let softmaxes = |rows: [[f64; 2]; 2]| -> f64 {
        let fractions = rows.map(|[a, b]| [a.exp() / (a.exp() + b.exp()) / 2.0, b.exp() / (a.exp() + b.exp()) / 2.0]);
        -fractions.iter().flatten().map(|fraction| fraction * fraction.ln()).sum::<f64>()
    };
    for operator in Reduction::ALL {
        let expected = match operator {
            Reduction::NoOp => vec![1.0, -2.0, 0.0, 3.0],
            Reduction::Gram => vec![5.0, -6.0, -6.0, 9.0],
            Reduction::Corref => vec![1.0, -1.0, -1.0, 1.0],
            Reduction::Diagonal => vec![1.0, 3.0],
            Reduction::FrobeniusNorm => vec![14f64.sqrt()],
            Reduction::L1Norm => vec![1.5],
            Reduction::Determinant => vec![3.0],
            Reduction::Rank => vec![2.0],
            Reduction::GeometricMean => vec![0.0],
            Reduction::Mean => vec![0.5],
            Reduction::Var => vec![13.0 / 3.0],
            Reduction::Std => vec![(13.0 / 3.0f64).sqrt()],
            Reduction::Slogdet => vec![3f64.ln()],
            Reduction::Entropy => vec![softmaxes([[1.0, -2.0], [0.0, 3.0]])],
        };
        same(&operator.apply(x.clone()), &expected);
    }
    let of = |operator: Reduction, x: Array2<f64>| operator.apply(x.into_dyn());
    // Not square.
    let wide = array![[1.0, 2.0, 3.0], [1.0, 0.0, 2.0]];
    same(&of(Reduction::Corref, wide.clone()), &[1.0, 0.5, 0.5, 1.0]);
    same(&of(Reduction::Gram, wide.clone()), &[14.0, 7.0, 7.0, 5.0]);
    same(&of(Reduction::Diagonal, wide.clone()), &[1.0, 0.0]);
    same(&of(Reduction::Rank, wide.clone()), &[2.0]);
    same(&of(Reduction::Determinant, wide.clone()), &[f64::NAN]);
    same(&of(Reduction::Slogdet, wide), &[f64::NAN]);
    // A row without variance; singular; negative; too large and too small.
    same(&of(Reduction::Corref, array![[1.0, 1.0], [1.0, 2.0]]), &[f64::NAN, f64::NAN, f64::NAN, 1.0]);
    let singular = array![[1.0, 2.0], [2.0, 4.0]];
    same(&of(Reduction::Slogdet, singular.clone()), &[f64::NEG_INFINITY]);
    same(&of(Reduction::Rank, singular), &[1.0]);
    same(&of(Reduction::Rank, Array2::zeros((2, 3))), &[0.0]);
    same(&of(Reduction::Rank, array![[1.0, 0.0], [0.0, 1e-8]]), &[1.0]);
    same(&of(Reduction::Slogdet, array![[0.0, 1.0], [2.0, 0.0]]), &[std::f64::consts::LN_2]);
    same(&of(Reduction::GeometricMean, array![[1.0, 2.0, 4.0]]), &[2.0]);
    same(&of(Reduction::GeometricMean, array![[-1.0, 2.0]]), &[f64::NAN]);
    same(&of(Reduction::GeometricMean, Array2::from_elem((2, 1), 1e200)), &[f64::INFINITY]);
    same(&of(Reduction::GeometricMean, Array2::from_elem((2, 1), 1e-200)), &[0.0]);
    // Quarters and a half; what is negative or no number does not count.
    let weights = array![1.0, -5.0, 1.0, f64::NAN, 2.0, 0.0].into_dyn();
    same(&Reduction::Entropy.apply(weights), &[1.5 * std::f64::consts::LN_2]);
    same(&Reduction::Entropy.apply(array![-1.0, 0.0].into_dyn()), &[f64::NAN]);
    same(&of(Reduction::Entropy, array![[1000.0, 1000.0]]), &[std::f64::consts::LN_2]);
}

#[test]
fn post_operators() {
    let x = array![0.5, -2.0, 25.0].into_dyn();
    for operator in Post::ALL {
        let expected = match operator {
            Post::NoOp => [0.5, -2.0, 25.0],
            Post::Sin => [0.479425538604203, -0.9092974268256817, -0.13235175009777303],
            Post::Cos => [0.8775825618903728, -0.4161468365471424, 0.9912028118634736],
            Post::Tan => [0.5463024898437905, 2.185039863261519, -0.13352640702153587],
            Post::Asin => [std::f64::consts::FRAC_PI_6, f64::NAN, f64::NAN],
            Post::Acos => [std::f64::consts::FRAC_PI_3, f64::NAN, f64::NAN],
            Post::Atan => [0.4636476090008061, -1.1071487177940904, 1.5308176396716067],
            Post::Exp => [1.6487212707001282, 0.1353352832366127, 72004899337.38588],
            Post::Log => [-std::f64::consts::LN_2, f64::NAN, 3.2188758248682006],
            Post::Abs => [0.5, 2.0, 25.0],
            Post::Sigmoid => [0.6224593312018546, 0.11920292202211755, 0.9999999999861121],
            Post::Tanh => [0.46211715726000973, -0.9640275800758169, 1.0],
            Post::Softplus => [0.9740769841801067, 0.1269280110429725, 25.0],
        };
        same(&operator.apply(x.clone()), &expected);
    }
    same(&Post::Log.apply(array![0.0].into_dyn()), &[f64::NEG_INFINITY]);
}

#[test]
fn operators_follow_each_other_and_what_is_left_is_averaged() {
    let value = |text: &str, x: ArrayD<f64>| evaluate(&text.parse::<Expression>().unwrap(), x);
    // Logarithms 0, 1, 2, 0: variance 2.75 / 3.
    let x = array![1.0, -1f64.exp(), 2f64.exp(), 0.0].into_dyn();
    let released = evaluate(&Expression::released(), x);
    assert!((released - (2.75 / 3.0f64).atan().asin()).abs() < 1e-15);
    let x = array![[1.0, -2.0], [0.0, 3.0]].into_dyn();
    assert_eq!(value("W:(ABS,POW)-(NO_OP)-(NO_OP)-(7)", x.clone()), 3.5);
    assert_eq!(value("W:(POW,ABS)-(GRAM)-(NO_OP)-(7)", x.clone()), (17.0 + 36.0 + 36.0 + 81.0) / 4.0);
    assert_eq!(value("W:(NO_OP)-(DIAGONAL)-(EXP,LOG)-(10)", x.clone()), 2.0);
    assert!(value("W:(NO_OP)-(MEAN)-(ABS,ASIN)-(7)", x * 4.0).is_nan());
}

proptest! {
    #[test]
    fn no_expression_is_too_strange(seed: u64, rows in 0..4usize, columns in 0..4usize, values in prop::collection::vec(
        prop_oneof![-3.0..3.0f64, Just(0.0), Just(1e300), Just(f64::INFINITY), Just(f64::NAN)], 9)) {
        let expression = Expression::random(seed);
        let matrix = Array2::from_shape_fn((rows, columns), |(i, j)| values[3 * i + j]);
        let vector: ndarray::Array1<f64> = matrix.iter().copied().collect();
        evaluate(&expression, matrix.into_dyn());
        evaluate(&expression, vector.into_dyn());
    }

    #[test]
    fn determinants_and_ranks_of_small_integers(n in 1..5usize, more in 0..3usize, values in prop::collection::vec(-2..3i64, 28)) {
        let square = Array2::from_shape_fn((n, n), |(i, j)| values[4 * i + j]);
        let expected = expanded(square.view()) as f64;
        let real = square.mapv(|value| value as f64).into_dyn();
        same(&Reduction::Determinant.apply(real.clone()), &[expected]);
        let log = Reduction::Slogdet.apply(real)[[]];
        // Rounding may leave 1e-16 of a zero.
        prop_assert!(if expected == 0.0 { log < -30.0 } else { (log - expected.abs().ln()).abs() < 1e-12 }, "{log} {expected}");
        let wide = Array2::from_shape_fn((n, n + more), |(i, j)| values[7 * i + j]);
        let rank = eliminated(wide.mapv(i128::from));
        let real = wide.mapv(|value| value as f64);
        same(&Reduction::Rank.apply(real.t().to_owned().into_dyn()), &[rank as f64]);
        same(&Reduction::Rank.apply(real.into_dyn()), &[rank as f64]);
    }
}

/// The determinant by expansion along the first row.
fn expanded(x: ArrayView2<'_, i64>) -> i64 {
    let n = x.nrows();
    let minor =
        |column: usize| Array2::from_shape_fn((n - 1, n - 1), |(i, j)| x[[i + 1, if j < column { j } else { j + 1 }]]);
    let term = |column: usize| if column.is_multiple_of(2) { x[[0, column]] } else { -x[[0, column]] };
    if n == 0 { 1 } else { (0..n).map(|column| term(column) * expanded(minor(column).view())).sum() }
}

/// The rank by elimination in integers.
fn eliminated(mut x: Array2<i128>) -> usize {
    let mut rank = 0;
    for column in 0..x.ncols() {
        let Some(pivot) = (rank..x.nrows()).find(|row| x[[*row, column]] != 0) else { continue };
        let lead = x.row(pivot).to_owned();
        let other = x.row(rank).to_owned();
        x.row_mut(pivot).assign(&other);
        x.row_mut(rank).assign(&lead);
        for row in rank + 1..x.nrows() {
            let (a, b) = (lead[column], x[[row, column]]);
            let reduced = x.row(row).mapv(|value| value * a) - lead.mapv(|value| value * b);
            x.row_mut(row).assign(&reduced);
        }
        rank += 1;
    }
    rank
}
