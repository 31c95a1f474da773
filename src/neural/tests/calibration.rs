use ndarray::Array2;
use secateur_neural::cpu::Cpu;
use secateur_neural::score::{OnDevice, Reference, calibrate, inputs_of};
use secateur_neural::testing::{decoder, encoder};
use secateur_neural::*;
use secateur_program::Control;

#[test]
fn moments_are_those_of_the_inputs_seen() {
    let network = Network::random(decoder(), 5).unwrap();
    let params = network.params::<Cpu>(&Default::default());
    let batch = |from: u32| {
        let tokens = Array2::from_shape_fn((2, 3), |(row, place)| (from + row as u32 * 3 + place as u32) % 11);
        Batch { inputs: Inputs::tokens(tokens), labels: vec![0; 6] }
    };
    let batches = [batch(0), batch(4)];
    let wanted = |name: &str| name.ends_with("down_proj") || name.ends_with("q_proj") || name.ends_with("k_proj");
    let scorer = OnDevice::<Cpu>::new(Default::default());
    let found = calibrate(&network, &params, &batches, wanted, &scorer, &Control::new()).unwrap();
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(names.len(), 6, "{names:?}");
    let inputs = &found["model.layers.0.mlp.down_proj"];
    assert_eq!((inputs.moments.dim(), inputs.n_rows, inputs.n_examples), ((10, 10), 12, 4));
    assert_eq!(found["model.layers.1.self_attn.q_proj"], found["model.layers.1.self_attn.k_proj"]);
    let slow = calibrate(&network, &params, &batches, wanted, &Reference, &Control::new()).unwrap();
    for (name, inputs) in &found {
        assert!(
            inputs.moments.iter().zip(&slow[name].moments).all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + b.abs())),
            "{name}"
        );
        // Symmetric, with squares on the diagonal.
        assert!(inputs.moments.indexed_iter().all(|((i, j), value)| (value - inputs.moments[[j, i]]).abs() < 1e-5));
        let norms = inputs.norms();
        assert!(
            norms
                .iter()
                .zip(inputs.mean_squares())
                .all(|(norm, square)| (f64::from(*norm).powi(2) - square).abs() < 1e-5)
        );
        assert!((inputs.hessian()[[0, 0]] - inputs.moments[[0, 0]] / 2.0).abs() < 1e-12);
    }
    let stopped = Control::new();
    stopped.cancel();
    let error = calibrate(&network, &params, &batches, wanted, &Reference, &stopped).unwrap_err();
    assert_eq!(error.to_string(), "stopped: cancelled");
}

#[test]
fn padding_is_no_input() {
    let network = Network::random(encoder(), 5).unwrap();
    let params = network.params::<Cpu>(&Default::default());
    let rows: [&[u32]; 3] = [&[1, 2, 3, 4, 5], &[6], &[7, 8, 9]];
    let padded = padded_rows(&rows, &[0; 3], 16);
    let apart: Vec<Batch> = rows.iter().map(|row| padded_rows(&[row], &[0], 16)).collect();
    let moments =
        |batches: &[Batch]| calibrate(&network, &params, batches, |_| true, &Reference, &Control::new()).unwrap();
    let (found, expected) = (moments(std::slice::from_ref(&padded)), moments(&apart));
    let (seen, rows_apart) = (
        inputs_of(&network, &params, std::slice::from_ref(&padded), |_| true, &Control::new()).unwrap(),
        inputs_of(&network, &params, &apart, |_| true, &Control::new()).unwrap(),
    );
    assert!(found.len() > 8);
    for (name, found) in &found {
        let expected = &expected[name];
        assert_eq!((found.n_rows, found.n_examples), (expected.n_rows, 3), "{name}");
        // Nine tokens; the classifier reads examples.
        assert_eq!(found.n_rows, if name.starts_with("bert.encoder") { 9 } else { 3 }, "{name}");
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-4 * (1.0 + b.abs());
        assert!(found.moments.iter().zip(&expected.moments).all(near), "{name}");
        let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-4;
        assert_eq!(seen[name].dim(), rows_apart[name].dim(), "{name}");
        assert!(seen[name].iter().zip(&rows_apart[name]).all(near), "{name}");
    }
}
