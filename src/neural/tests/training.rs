use ndarray::Array2;
use secateur_neural::cpu::{Cpu, CpuTraining};
use secateur_neural::testing::{convnet, copying, decoder, encoder};
use secateur_neural::to_host;
use secateur_neural::*;
use secateur_program::{Control, Stop};

/// Gradients of the loss by every weight, against differences of the loss.
#[test]
fn gradients_are_differences_of_the_loss() {
    let tokens = Array2::from_shape_vec((2, 4), vec![1, 2, 3, 4, 4, 3, 2, 9]).unwrap();
    let images = ndarray::Array4::from_shape_fn((2, 2, 9, 9), |(n, c, y, x)| ((n + 2 * c + y * x) % 7) as f32 / 7.0);
    let cases = [
        (decoder(), Batch { inputs: Inputs::tokens(tokens.clone()), labels: vec![2, 3, 4, 5, 1, 2, 3, 4] }),
        (encoder(), Batch { inputs: Inputs::Tokens { tokens, lengths: vec![3, 4] }, labels: vec![0, 2] }),
        (convnet(), Batch { inputs: Inputs::Images(images), labels: vec![1, 2] }),
    ];
    for (config, batch) in cases {
        // Biases of 0 sit on the kink of the ReLU wherever a kernel sees nothing but zeros.
        let (config, mut weights) = Network::random(config, 7).unwrap().into_parts();
        let biases: Vec<String> =
            weights.iter().map(|(name, _)| name.to_owned()).filter(|n| n.ends_with("bias")).collect();
        for name in biases {
            let bias = weights.get_mut(&name).unwrap();
            bias.iter_mut().enumerate().for_each(|(i, value)| *value = 0.1 + 0.05 * (i % 3) as f32);
        }
        let network = Network::new(config, weights).unwrap();
        let device = Default::default();
        let params = descent::tracked(&network.params::<CpuTraining>(&device));
        let loss_of = |params: &Params<Cpu>| {
            let logits = network.forward(params, &batch.inputs, &mut Untouched).unwrap();
            let losses = to_host(cross_entropies(logits, &batch.labels));
            losses.iter().map(|loss| f64::from(*loss)).sum::<f64>() / losses.len() as f64
        };
        let logits = network.forward(&params, &batch.inputs, &mut Untouched).unwrap();
        let gradients = cross_entropies(logits, &batch.labels).mean().backward();
        for (name, _) in network.weights().iter() {
            let gradient = to_host(params.get(name).unwrap().grad(&gradients).unwrap());
            // Along the gradient the loss changes by its squared length.
            let length = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
            if length < 1e-3 {
                continue;
            }
            let moved = |by: f64| {
                let mut weights = network.weights().clone();
                let tensor = weights.get_mut(name).unwrap();
                tensor.iter_mut().zip(&gradient).for_each(|(w, g)| *w += (by * f64::from(*g) / length) as f32);
                loss_of(&Params::load(&weights, &device))
            };
            // Short enough for curvature, long enough for single precision.
            let step = 3e-3 / length.max(1.0);
            let slope = (moved(step) - moved(-step)) / (2.0 * step);
            assert!((slope - length).abs() < 0.02 * length + 1e-3, "{name}: {slope} {length}");
        }
    }
}

#[test]
fn a_decoder_learns_to_copy() {
    let network = Network::random(decoder(), 1).unwrap();
    let options = TrainOptions { steps: 400, learning_rate: 1e-2, ..TrainOptions::default() };
    let device = Default::default();
    let trained = train::<CpuTraining>(&network, copying, &options, &device, &Control::new()).unwrap();
    let quality = |network: &Network| {
        let batches: Vec<Batch> = (10_000..10_004).map(copying).collect();
        evaluate::<Cpu>(network, &network.params(&device), &batches, &Control::new()).unwrap()
    };
    let (before, after) = (quality(&network), quality(&trained.network));
    // Three of eight labels cannot be known: ln 10 each.
    let least = 3.0 / 8.0 * 10f64.ln();
    assert!(before.loss > 2.0 && after.loss < least + 0.3, "{before:?} {after:?} {least}");
    assert!(after.accuracy > 0.6, "{after:?}");
    assert_eq!(after.n_labels, 4 * 128);
    assert!((after.perplexity() - after.loss.exp()).abs() < 1e-12);
    // The same seeds give the same network.
    let again = train::<CpuTraining>(
        &network,
        copying,
        &TrainOptions { steps: 5, ..options.clone() },
        &device,
        &Control::new(),
    );
    let twice =
        train::<CpuTraining>(&network, copying, &TrainOptions { steps: 5, ..options }, &device, &Control::new());
    assert_eq!(again.unwrap().network, twice.unwrap().network);
}

#[test]
fn a_stop_leaves_the_steps_done_and_nonsense_is_an_error() {
    let network = Network::random(decoder(), 1).unwrap();
    let options = TrainOptions { steps: 50, ..TrainOptions::default() };
    let control = Control::new();
    let cancel_at = |step: usize| {
        if step == 3 {
            control.cancel();
        }
        copying(step)
    };
    let trained = train::<CpuTraining>(&network, cancel_at, &options, &Default::default(), &control).unwrap();
    assert_eq!((trained.losses.len(), trained.stop), (4, Some(Stop::Cancelled)));
    assert_ne!(trained.network, network);
    let wild = TrainOptions { learning_rate: 1e30, clip: 1e30, ..options };
    let message =
        train::<CpuTraining>(&network, copying, &wild, &Default::default(), &Control::new()).unwrap_err().to_string();
    assert!(message.starts_with("the loss is not finite at step"), "{message}");
    let short = |_: usize| Batch { labels: vec![0], ..copying(0) };
    let message =
        train::<CpuTraining>(&network, short, &wild, &Default::default(), &Control::new()).unwrap_err().to_string();
    assert_eq!(message, "input: number of labels is 1, expected 128");
}
