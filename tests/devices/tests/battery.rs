//! What every scorer passes: the same answers as [`Reference`] on any shape, whole or a few rows at a time. One line
//! per back end.

use burn::backend::Autodiff;
use burn::tensor::Tensor;
use ndarray::{Array2, ArrayView2};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use secateur_neural::cpu::CpuTraining;
use secateur_program::Control;

use secateur_neural::score::{
    BackEnd, Calibration, Importance, ImportanceOptions, Kernels, OnDevice, Per, Reference, ScoreError, Scorer, Work,
    importance,
};
use secateur_neural::testing::{copying, decoder, encoder};
use secateur_neural::units::{UnitKind, Units};
use secateur_neural::{Batch, Network};

/// Largest relative difference between two matrices, and where.
fn apart(found: &Array2<f32>, expected: &Array2<f32>) -> Option<String> {
    let differ = |(a, b): (&f32, &f32)| (a - b).abs() > 1e-5 * (1.0 + b.abs());
    if found.dim() != expected.dim() {
        return Some(format!("shape {:?}, expected {:?}", found.dim(), expected.dim()));
    }
    let place = found.iter().zip(expected).position(differ)?;
    let at = (place / expected.ncols(), place % expected.ncols());
    Some(format!("{} at {at:?}, expected {}", found[at], expected[at]))
}

fn matrix() -> impl Strategy<Value = Array2<f32>> {
    (1..9usize, 1..24usize).prop_flat_map(|(rows, columns)| {
        // Few different values: many ties; both zeros.
        let value = prop_oneof![(-4..5i8).prop_map(|value| f32::from(value) / 4.0), Just(-0.0)];
        prop::collection::vec(value, rows * columns)
            .prop_map(move |values| Array2::from_shape_vec((rows, columns), values).unwrap())
    })
}

fn same_matrix(found: &Array2<f32>, expected: &Array2<f32>) -> Result<(), TestCaseError> {
    match apart(found, expected) {
        Some(message) => Err(TestCaseError::fail(message)),
        None => Ok(()),
    }
}

/// `scorers`: of one back end, with different numbers of rows at once.
fn battery<S: Scorer>(scorers: &[S]) {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(64) });
    // Groups that graphics cards read four, two or one number at a time, and one too large for their registers.
    let pattern = prop::sample::select(vec![(1, 1), (1, 2), (2, 3), (2, 4), (3, 4), (4, 8), (5, 12), (7, 16), (9, 18)]);
    let cases = (matrix(), prop::collection::vec(0.1..3f32, 24), pattern, any::<bool>());
    runner
        .run(&cases, |(x, factors, (n, m), turned)| {
            // Views that are not contiguous, too.
            let weight: ArrayView2<'_, f32> = if turned { x.t() } else { x.view() };
            let factors = &factors[..weight.ncols()];
            for scorer in scorers {
                same_matrix(&scorer.magnitude(weight), &Reference.magnitude(weight))?;
                same_matrix(&scorer.wanda(weight, factors).unwrap(), &Reference.wanda(weight, factors).unwrap())?;
                let (found, expected) = (scorer.second_order(weight, factors), Reference.second_order(weight, factors));
                same_matrix(&found.unwrap(), &expected.unwrap())?;
                same_matrix(&scorer.pattern(weight, n, m).unwrap(), &Reference.pattern(weight, n, m).unwrap())?;
                let mut found = scorer.moments(weight.ncols());
                let mut expected = Reference.moments(weight.ncols());
                // Values that need all digits of single precision.
                let x = weight.mapv(|value| (value + 0.3).sin());
                for _ in 0..2 {
                    scorer.accumulate(&mut found, x.view()).unwrap();
                    Reference.accumulate(&mut expected, x.view()).unwrap();
                }
                same_matrix(&scorer.read(&found).mapv(|v| v as f32), &expected.mapv(|v| v as f32))?;
                let other = weight.mapv(|value| value * value - 0.5);
                let (found, expected) =
                    (scorer.overlap(weight, other.view()).unwrap(), Reference.overlap(weight, other.view()).unwrap());
                prop_assert!((found - expected).abs() <= 1e-5 * (1.0 + expected), "{found} {expected}");
            }
            Ok(())
        })
        .unwrap();
    for scorer in scorers {
        let x = Array2::<f32>::ones((2, 4));
        assert_eq!(scorer.wanda(x.view(), &[1.0]).unwrap_err().to_string(), "number of norms: 1, expected 4");
        assert_eq!(scorer.second_order(x.view(), &[1.0]).unwrap_err().to_string(), "number of divisors: 1, expected 4");
        assert_eq!(scorer.pattern(x.view(), 3, 2).unwrap_err(), ScoreError::Pattern { n: 3, m: 2 });
        let mut moments = scorer.moments(3);
        assert_eq!(
            scorer.accumulate(&mut moments, x.view()).unwrap_err().to_string(),
            "number of inputs: 4, expected 3"
        );
        let other = Array2::<f32>::ones((3, 4));
        assert_eq!(scorer.overlap(x.view(), other.view()).unwrap_err().to_string(), "number of rows: 3, expected 2");
        let empty = Array2::<f32>::zeros((0, 4));
        assert_eq!(scorer.magnitude(empty.view()).dim(), (0, 4));
        assert_eq!(scorer.overlap(empty.view(), empty.view()).unwrap(), 0.0);
    }
}

#[test]
fn reference() {
    battery(&[Reference]);
}

/// The battery on a back end of [`BackEnd`].
struct OnBackEnd;

impl Work for OnBackEnd {
    type Output = ();

    fn run<B: Kernels>(self, device: B::Device) {
        let scorer = || OnDevice::<B>::new(device.clone());
        battery(&[
            scorer(),
            scorer().with_numbers_at_once(1).with_tile_width(5),
            scorer().with_numbers_at_once(40).with_tile_width(4).with_numbers_kept(0),
        ]);
        tensors(&scorer(), &device);
        sensitivities::<B>(&device);
    }
}

/// Sensitivities of the loss to heads and channels, beside those that the processor finds; so forward and backward
/// passes are compared as well.
fn sensitivities<B: Kernels>(device: &B::Device) {
    let batches = [copying(0), copying(1)];
    for config in [decoder(), encoder()] {
        let network = Network::random(config, 3).unwrap();
        let units = Units::of(&network);
        let kinds = [UnitKind::Heads, UnitKind::Channels];
        let labels = |batch: &Batch| match network.config() {
            secateur_neural::Config::Encoder(_) => Batch { labels: vec![1; batch.inputs.len()], ..batch.clone() },
            _ => batch.clone(),
        };
        let batches: Vec<Batch> = batches.iter().map(labels).collect();
        let options = ImportanceOptions { per: Per::Token, normalise: true };
        let control = Control::new();
        let here =
            Calibration::<Autodiff<B>> { device: device.clone(), ..Calibration::new(&network, &batches, &control) };
        let found = importance(&here, &units, &kinds, options).unwrap();
        let cpu = Calibration::<CpuTraining>::new(&network, &batches, &control);
        let expected = importance(&cpu, &units, &kinds, options).unwrap();
        let scores = |own: &Importance| -> Vec<f64> { own.of_units.iter().flatten().flatten().copied().collect() };
        let (found, expected) = (scores(&found), scores(&expected));
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-3, "{a}, expected {b}");
        }
    }
}

/// What is on a device already.
fn tensors<B: Kernels>(scorer: &OnDevice<B>, device: &B::Device) {
    let x = Tensor::<B, 2>::from_data([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]], device);
    let expected = [1.0625, -1.25, 0.25, -1.25, 13.0, -4.0, 0.25, -4.0, 1.25];
    let mut moments = (scorer.moments(3), Reference.moments(3));
    scorer.accumulate_tensor(&mut moments.0, x.clone()).unwrap();
    Reference.accumulate_tensor(&mut moments.1, x.clone()).unwrap();
    assert_eq!(scorer.read(&moments.0).into_raw_vec_and_offset().0, expected);
    assert_eq!(moments.1.into_raw_vec_and_offset().0, expected);
    let error = scorer.accumulate_tensor(&mut scorer.moments(2), x.clone()).unwrap_err();
    assert_eq!(error.to_string(), "number of inputs: 3, expected 2");
    let row = |length: usize| Tensor::<B, 2>::ones([1, length], device);
    assert_eq!(scorer.wanda_of(x.clone(), row(2)).unwrap_err().to_string(), "number of norms: 2, expected 3");
    assert_eq!(scorer.second_order_of(x.clone(), row(4)).unwrap_err().to_string(), "number of divisors: 4, expected 3");
    assert!(scorer.wanda_of(x.clone(), x.clone()).is_err());
    assert_eq!(scorer.pattern_of(x.clone(), 3, 2).unwrap_err(), ScoreError::Pattern { n: 3, m: 2 });
    let mask = scorer.pattern_of(x, 1, 2).unwrap().into_data();
    assert_eq!(mask.to_vec::<f32>().unwrap(), [1.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
}

#[test]
fn flex() {
    BackEnd::Cpu.open(OnBackEnd).unwrap();
}

/// Passes without a device, saying so, unless the environment variable `required` is set.
#[cfg(any(feature = "wgpu", feature = "cuda"))]
fn where_present(back_end: BackEnd, required: &str) {
    use std::io::Write;
    if let Err(error) = back_end.open(OnBackEnd) {
        assert!(std::env::var_os(required).is_none(), "{required} is set, but: {error}");
        // Not `println`, which is shown for failing tests only.
        let _ = writeln!(std::io::stderr(), "skipped: battery of scores on {back_end}: {error}");
    }
}

#[cfg(feature = "wgpu")]
#[test]
fn wgpu() {
    where_present(BackEnd::Wgpu, "SECATEUR_REQUIRE_VULKAN");
}

#[cfg(feature = "cuda")]
#[test]
fn cuda() {
    where_present(BackEnd::Cuda, "SECATEUR_REQUIRE_CUDA");
}
