use ndarray::{Array2, ArrayView2, Axis};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_program::{Control, Status};

use super::*;

/// Weight (outputs, inputs) and correlated inputs (inputs, rows).
fn problem(seed: u64, outputs: usize, inputs: usize, rows: usize) -> (Array2<f32>, Array2<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |shape| Array2::from_shape_simple_fn(shape, || rng.random_range(-1.0..1.0f64));
    let weight = draw((outputs, inputs)).mapv(|value| value as f32);
    // Now and then inputs are dependent but for rounding: then what the tests compare has no digits left.
    loop {
        let (noise, mix) = (draw((inputs, rows)), draw((inputs, inputs)));
        let x = mix.dot(&noise);
        let moments = x.dot(&x.t());
        let most = |matrix: ArrayView2<'_, f64>| matrix.diag().iter().copied().fold(0.0, f64::max);
        if InverseHessian::new(moments.view(), 0.0).is_ok_and(|own| most(moments.view()) * most(own.inverse()) < 1e7) {
            return (weight, x);
        }
    }
}

/// The columns of units as wide as one another.
fn even_units(columns: usize, width: usize) -> Vec<Vec<usize>> {
    (0..columns / width).map(|unit| (unit * width..(unit + 1) * width).collect()).collect()
}

fn inverse(x: &Array2<f64>) -> InverseHessian {
    InverseHessian::new(x.dot(&x.t()).view(), 0.0).unwrap()
}

/// `||(W - V) X||_F^2`.
fn measured(weight: &Array2<f32>, pruned: &Array2<f64>, x: &Array2<f64>) -> f64 {
    (weight.mapv(f64::from) - pruned).dot(x).iter().map(|value| value * value).sum()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * (1.0 + b.abs())
}

proptest! {
    #[test]
    fn the_formula_is_the_error_and_no_other_weights_have_less(
        seed in 0..u64::MAX, inputs in 2..9usize, outputs in 1..5usize, take in 1..6usize,
    ) {
        let (weight, x) = problem(seed, outputs, inputs, 30);
        let set: Vec<usize> = (0..inputs).rev().step_by(2).take(take).collect();
        let mut columns = Columns::new(weight.view(), &inverse(&x)).unwrap();
        let promised = columns.score(&set, GroupScore::Exact).unwrap();
        let raised = columns.remove(&set).unwrap();
        prop_assert!(close(raised.iter().sum(), promised) && close(columns.error(), promised));
        let pruned = columns.weight.clone();
        prop_assert!(set.iter().all(|column| pruned.column(*column).iter().all(|value| *value == 0.0)));
        prop_assert!(close(promised, measured(&weight, &pruned, &x)), "{promised} {}", measured(&weight, &pruned, &x));
        // Zeros alone are never better.
        let mut zeroed = weight.mapv(f64::from);
        set.iter().for_each(|column| zeroed.column_mut(*column).fill(0.0));
        prop_assert!(promised <= measured(&weight, &zeroed, &x) * (1.0 + 1e-9));
        // Least squares: what is left over is orthogonal to every input that stays.
        let slope = (weight.mapv(f64::from) - &pruned).dot(&x).dot(&x.t());
        for column in (0..inputs).filter(|column| !set.contains(column)) {
            prop_assert!(slope.column(column).iter().all(|value| value.abs() < 1e-6), "{slope}");
        }
    }

    #[test]
    fn one_by_one_in_any_order_is_the_same(seed in 0..u64::MAX, inputs in 3..9usize) {
        let (weight, x) = problem(seed, 3, inputs, 30);
        let set: Vec<usize> = (0..inputs - 1).collect();
        let mut at_once = Columns::new(weight.view(), &inverse(&x)).unwrap();
        let raised = at_once.remove(&set).unwrap();
        let mut in_turn = Columns::new(weight.view(), &inverse(&x)).unwrap();
        for (column, raised) in set.iter().zip(raised) {
            // One column: the classical score of the surgeon, summed over outputs; the shortcut is exact for it.
            let expected: f64 = in_turn.weight.column(*column).iter().map(|w| w * w).sum::<f64>() / in_turn.inverse[[*column, *column]];
            prop_assert!(close(in_turn.score(&[*column], GroupScore::Exact).unwrap(), expected));
            prop_assert!(close(in_turn.score(&[*column], GroupScore::Shortcut).unwrap(), expected));
            prop_assert!(close(in_turn.remove(&[*column]).unwrap()[0], raised));
        }
        let mut backwards = Columns::new(weight.view(), &inverse(&x)).unwrap();
        set.iter().rev().for_each(|column| { backwards.remove(&[*column]).unwrap(); });
        for other in [&in_turn, &backwards] {
            prop_assert!(close(other.error(), at_once.error()));
            prop_assert!(at_once.weight.iter().zip(&other.weight).all(|(a, b)| (a - b).abs() < 1e-6));
        }
        // What is left of the inverse is the inverse of what is left.
        let rest = x.select(Axis(0), &[inputs - 1]);
        let expected = 1.0 / rest.iter().map(|value| value * value).sum::<f64>();
        prop_assert!(close(at_once.inverse[[inputs - 1, inputs - 1]], expected));
    }

    #[test]
    fn a_sweep_tells_the_error_of_every_prefix(seed in 0..u64::MAX, width in 1..4usize, at_once in 1..4usize) {
        let n = 5;
        let (weight, x) = problem(seed, 3, n * width, 60);
        let units = even_units(n * width, width);
        let start = Columns::new(weight.view(), &inverse(&x)).unwrap();
        let mut all = start.clone();
        let (sweep, stop) = all.sweep(&units, &vec![0; n], &[n], GroupScore::Exact, |_| at_once, &Control::new()).unwrap();
        prop_assert!(stop.is_none());
        prop_assert_eq!(sweep.errors.len(), n + 1);
        prop_assert!(sweep.errors.windows(2).all(|pair| pair[0] <= pair[1]));
        let total: f64 = measured(&weight, &Array2::zeros(weight.dim()), &x);
        prop_assert!(close(sweep.errors[n], total));
        for k in 0..=n {
            let columns: Vec<usize> = sweep.order[..k].iter().flat_map(|unit| units[*unit].clone()).collect();
            let mut prefix = start.clone();
            prefix.remove(&columns).unwrap();
            prop_assert!(close(prefix.error(), sweep.errors[k]));
        }
        let least = (0..n).map(|unit| start.score(&units[unit], GroupScore::Exact).unwrap()).fold(f64::INFINITY, f64::min);
        prop_assert!(close(start.score(&units[sweep.order[0]], GroupScore::Exact).unwrap(), least));
    }

    #[test]
    fn the_best_set_is_the_best_of_all_sets(seed in 0..u64::MAX, width in 1..4usize, count in 0..5usize, two in any::<bool>()) {
        let n = 6;
        let (weight, x) = problem(seed, 3, n * width, 60);
        let units = even_units(n * width, width);
        let classes: Vec<usize> = (0..n).map(|unit| if two { unit % 2 } else { 0 }).collect();
        let start = Columns::new(weight.view(), &inverse(&x)).unwrap();
        let found = best_set(&start, &units, &classes, count, &Control::new()).unwrap();
        let fits = |set: &u32| {
            let of = |class: usize| (0..n).filter(|unit| set >> unit & 1 == 1 && classes[*unit] == class).count();
            let all = |class: usize| classes.iter().filter(|other| **other == class).count();
            (0..2).all(|class| of(class) == count.min(all(class)))
        };
        let error = |set: u32| {
            let columns: Vec<usize> = (0..n).filter(|unit| set >> unit & 1 == 1).flat_map(|unit| units[unit].clone()).collect();
            start.score(&columns, GroupScore::Exact).unwrap()
        };
        let best = (0..1u32 << n).filter(fits).map(error).fold(f64::INFINITY, f64::min);
        prop_assert_eq!(found.status, Status::Optimal);
        prop_assert!(close(found.error, best), "{found:?} {best}");
        prop_assert!(fits(&found.units.iter().map(|unit| 1 << unit).sum()));
        prop_assert!(close(error(found.units.iter().map(|unit| 1 << unit).sum()), best));
    }

    #[test]
    fn weights_go_as_by_the_definition(seed in 0..u64::MAX, inputs in 1..9usize, fraction in 0.0..=1.0f64) {
        let (weight, x) = problem(seed, 4, inputs, 30);
        let found = sparse_gpt(weight.view(), &inverse(&x), Sparsity::Fraction(fraction)).unwrap();
        // Every column in turn, with the inverse of what is left to its right computed anew.
        let h = x.dot(&x.t());
        let right = |j: usize| {
            let rest: Vec<usize> = (j..inputs).collect();
            InverseHessian::new(h.select(Axis(0), &rest).select(Axis(1), &rest).view(), 0.0).unwrap()
        };
        let inverses: Vec<InverseHessian> = (0..inputs).map(right).collect();
        let mut slow = weight.mapv(f64::from);
        let mut order: Vec<(usize, usize)> = slow.indexed_iter().map(|(place, _)| place).collect();
        let score = |(row, j): (usize, usize)| f64::from(weight[[row, j]]).powi(2) / inverses[j].inverse[[0, 0]];
        order.sort_by(|a, b| score(*a).total_cmp(&score(*b)));
        let gone = &order[..(order.len() as f64 * fraction) as usize];
        for (j, inverse) in inverses.iter().enumerate() {
            for row in 0..4 {
                if gone.contains(&(row, j)) {
                    let e = slow[[row, j]] / inverse.inverse[[0, 0]];
                    (j..inputs).for_each(|k| slow[[row, k]] -= e * inverse.inverse[[0, k - j]]);
                    slow[[row, j]] = 0.0;
                }
            }
        }
        prop_assert!(found.weight.iter().zip(&slow).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4), "{} {slow}", found.weight);
        prop_assert!((found.error - measured(&weight, &slow, &x)).abs() < 1e-4 * (1.0 + found.error));
        prop_assert_eq!(found.weight.iter().filter(|value| **value == 0.0).count(), gone.len());
    }
}

#[test]
fn patterns_hold_across_blocks_and_are_made_up_for() {
    let (weight, x) = problem(3, 8, 301, 700);
    let hessian = InverseHessian::new(x.dot(&x.t()).view(), 0.01).unwrap();
    for (n, m) in [(2, 4), (1, 4), (3, 5), (1, 1)] {
        let found = sparse_gpt(weight.view(), &hessian, Sparsity::Pattern { n, m }).unwrap();
        for row in found.weight.rows() {
            for group in row.to_vec().chunks(m) {
                let kept = group.iter().filter(|value| **value != 0.0).count();
                assert_eq!(kept, (n * group.len()).div_ceil(m));
            }
        }
        let zeros = found.weight.mapv(|value| if value == 0.0 { 0.0 } else { 1.0 }) * &weight;
        let (own, zeroed) =
            (measured(&weight, &found.weight.mapv(f64::from), &x), measured(&weight, &zeros.mapv(f64::from), &x));
        assert!(own <= zeroed, "{n}:{m} {own} {zeroed}");
        assert!(n == m || own < 0.8 * zeroed, "{n}:{m} {own} {zeroed}");
    }
    let half = sparse_gpt(weight.view(), &hessian, Sparsity::Fraction(0.5)).unwrap();
    let blocks = [128, 128, 45].map(|columns: usize| (8 * columns) / 2);
    assert_eq!(half.weight.iter().filter(|value| **value == 0.0).count(), blocks.iter().sum::<usize>());
    let untouched = sparse_gpt(weight.view(), &hessian, Sparsity::Fraction(0.0)).unwrap();
    assert_eq!((untouched.weight, untouched.error), (weight, 0.0));
}

#[test]
fn dead_inputs_and_wrong_arguments() {
    let (weight, mut x) = problem(1, 3, 4, 20);
    x.row_mut(2).fill(0.0);
    let hessian = inverse(&x);
    assert_eq!(hessian.dead(), [false, false, true, false]);
    let columns = Columns::new(weight.view(), &hessian).unwrap();
    assert!(columns.weight().column(2).iter().all(|value| *value == 0.0));
    assert_eq!(columns.score(&[2], GroupScore::Exact).unwrap(), 0.0);

    let few = x.select(Axis(1), &[0, 1]);
    let singular = InverseHessian::new(few.dot(&few.t()).view(), 0.0).unwrap_err();
    assert_eq!(singular.to_string(), "second moments of 4 inputs are not positive definite with damping 0");
    assert!(InverseHessian::new(few.dot(&few.t()).view(), 0.01).is_ok());
    let refused = |error: ObsError| error.to_string();
    assert_eq!(
        refused(InverseHessian::new(x.view(), 0.0).unwrap_err()),
        "number of columns of the second moments: 20, expected 4"
    );
    assert_eq!(
        refused(InverseHessian::new(Array2::eye(2).view(), -1.0).unwrap_err()),
        "damping is -1, expected at least 0"
    );
    assert_eq!(
        refused(InverseHessian::new(Array2::from_elem((1, 1), f64::NAN).view(), 0.0).unwrap_err()),
        "the matrix of second moments has an entry that is not finite"
    );
    let narrow = weight.select(Axis(1), &[0]);
    assert_eq!(
        refused(Columns::new(narrow.view(), &hessian).unwrap_err()),
        "number of inputs of the weight: 1, expected 4"
    );
    let mut columns = columns;
    columns.remove(&[1]).unwrap();
    for set in [vec![1], vec![0, 0], vec![9]] {
        let wrong = set[set.len() - 1];
        let message =
            format!("column {wrong} of 4 cannot be removed: it is not there, or twice in the list, or gone already");
        assert_eq!(refused(columns.remove(&set).unwrap_err()), message);
    }
    assert_eq!(
        refused(sparse_gpt(weight.view(), &hessian, Sparsity::Fraction(1.5)).unwrap_err()),
        "sparsity is 1.5, expected 0 to 1"
    );
    assert_eq!(
        refused(sparse_gpt(weight.view(), &hessian, Sparsity::Pattern { n: 3, m: 2 }).unwrap_err()),
        "pattern 3:2, expected 1 <= n <= m"
    );
    let cancelled = Control::new();
    cancelled.cancel();
    let units = even_units(4, 1);
    let start = Columns::new(weight.view(), &hessian).unwrap();
    let stopped = best_set(&start, &units, &[0; 4], 2, &cancelled).unwrap();
    assert_eq!((stopped.status, stopped.units.len()), (Status::Cancelled, 2));
    let (sweep, stop) = start.clone().sweep(&units, &[0; 4], &[4], GroupScore::Exact, |_| 1, &cancelled).unwrap();
    assert!(stop.is_some() && sweep.order.is_empty());
}
