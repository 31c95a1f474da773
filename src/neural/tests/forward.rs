use ndarray::{Array2, Array4, Axis};
use secateur_neural::cpu::Cpu;
use secateur_neural::testing::{convnet, decoder, encoder};
use secateur_neural::to_host;
use secateur_neural::*;

fn logits(network: &Network, inputs: &Inputs) -> Vec<f32> {
    let params = network.params::<Cpu>(&Default::default());
    to_host(network.forward(&params, inputs, &mut Untouched).unwrap())
}

#[test]
fn a_decoder_sees_no_later_token() {
    let network = Network::random(decoder(), 3).unwrap();
    let row = |last: u32| Inputs::tokens(Array2::from_shape_vec((1, 5), vec![1, 2, 3, 4, last]).unwrap());
    let (a, b) = (logits(&network, &row(5)), logits(&network, &row(6)));
    assert_eq!(a[..44], b[..44]);
    assert_ne!(a[44..], b[44..]);
}

#[test]
fn rotary_attention_depends_on_distances_alone() {
    // Without the first token's place the same pairs: logits of a row and of the row moved by one differ through
    // attention to token 0 only.
    let Config::Decoder(mut config) = decoder() else { unreachable!() };
    config.num_hidden_layers = 1;
    let network = Network::random(Config::Decoder(config), 5).unwrap();
    let alone = logits(&network, &Inputs::tokens(Array2::from_elem((1, 1), 7)));
    let repeated = logits(&network, &Inputs::tokens(Array2::from_elem((1, 6), 7)));
    // Every value is the same, so every mixture of them is, whatever the angles.
    for row in repeated.chunks(11) {
        assert!(row.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}

#[test]
fn padding_changes_no_logit_of_an_encoder() {
    let network = Network::random(encoder(), 3).unwrap();
    let tokens = |row: Vec<u32>| Array2::from_shape_vec((1, row.len()), row).unwrap();
    let short = logits(&network, &Inputs::tokens(tokens(vec![1, 2, 3])));
    let padded = Inputs::Tokens { tokens: tokens(vec![1, 2, 3, 9, 9]), lengths: vec![3] };
    let long = logits(&network, &padded);
    assert!(short.iter().zip(&long).all(|(a, b)| (a - b).abs() < 1e-6), "{short:?} {long:?}");
    let unmasked = logits(&network, &Inputs::tokens(tokens(vec![1, 2, 3, 9, 9])));
    assert!(short.iter().zip(&unmasked).any(|(a, b)| (a - b).abs() > 1e-4));
}

#[test]
fn a_convnet_is_its_plain_loops() {
    let network = Network::random(convnet(), 9).unwrap();
    let images =
        Array4::from_shape_fn((2, 2, 9, 9), |(i, c, y, x)| ((i * 7 + c * 5 + y * 3 + x) % 11) as f32 / 5.0 - 1.0);
    let found = logits(&network, &Inputs::Images(images.clone()));
    let expected = plain_convnet(&network, &images);
    for (a, b) in found.iter().zip(&expected) {
        assert!((a - b).abs() < 1e-4, "{found:?} {expected:?}");
    }
}

/// A convolution by its definition, padding 1.
fn convolve(x: &Array4<f32>, network: &Network, name: &str, stride: usize, depthwise: bool) -> Array4<f32> {
    let weights = network.weights();
    let kernel = weights.get(&format!("{name}.weight")).unwrap();
    let bias = weights.get(&format!("{name}.bias")).unwrap();
    let (outputs, side) = (kernel.shape()[0], kernel.shape()[2]);
    let pad = side / 2;
    let (batch, channels, rows, _) = x.dim();
    let out = (rows + 2 * pad - side) / stride + 1;
    Array4::from_shape_fn((batch, outputs, out, out), |(n, o, y, z)| {
        let mut sum = bias[[o]];
        for c in if depthwise { o..o + 1 } else { 0..channels } {
            for dy in 0..side {
                for dz in 0..side {
                    let (py, pz) = (y * stride + dy, z * stride + dz);
                    if (pad..rows + pad).contains(&py) && (pad..rows + pad).contains(&pz) {
                        let k = kernel[[o, if depthwise { 0 } else { c }, dy, dz]];
                        sum += k * x[[n, c, py - pad, pz - pad]];
                    }
                }
            }
        }
        sum
    })
}

fn plain_convnet(network: &Network, images: &Array4<f32>) -> Vec<f32> {
    let Config::Convnet(config) = network.config() else { unreachable!() };
    let relu = |x: Array4<f32>| x.mapv(|value| value.max(0.0));
    let mut x = relu(convolve(images, network, "stem", 2, false));
    for (index, block) in config.blocks.iter().enumerate() {
        let name = |rest: &str| format!("blocks.{index}.{rest}");
        let inner = relu(convolve(&x, network, &name("expand"), 1, false));
        let inner = relu(convolve(&inner, network, &name("depthwise"), block.stride, true));
        let y = convolve(&inner, network, &name("project"), 1, false);
        x = if block.stride == 1 && y.dim() == x.dim() { &y + &x } else { y };
    }
    let (batch, channels, side, _) = x.dim();
    let head = network.weights().matrix("classifier.weight").unwrap();
    let bias = network.weights().get("classifier.bias").unwrap();
    let mut logits = Vec::new();
    for n in 0..batch {
        for class in 0..head.nrows() {
            let mean = |c: usize| x.index_axis(Axis(0), n).index_axis(Axis(0), c).sum() / (side * side) as f32;
            logits.push(bias[[class]] + (0..channels).map(|c| head[[class, c]] * mean(c)).sum::<f32>());
        }
    }
    logits
}

#[test]
fn a_probe_sees_every_map_and_may_change_it() {
    let network = Network::random(decoder(), 3).unwrap();
    let params = network.params::<Cpu>(&Default::default());
    let inputs = Inputs::tokens(Array2::from_elem((2, 3), 4));
    let mut seen = Vec::new();
    network
        .forward(&params, &inputs, &mut |name: &str, x: burn::tensor::Tensor<Cpu, 2>| {
            seen.push((name.to_owned(), x.dims()));
            x
        })
        .unwrap();
    assert_eq!(seen.len(), 2 * 7 + 1);
    assert!(seen.contains(&("model.layers.1.self_attn.o_proj".into(), [6, 16])));
    assert!(seen.contains(&("model.layers.0.mlp.down_proj".into(), [6, 10])));
    assert_eq!(seen.last().unwrap(), &("lm_head".into(), [6, 12]));
    let silent = network
        .forward(&params, &inputs, &mut |name: &str, x: burn::tensor::Tensor<Cpu, 2>| {
            if name == "lm_head" { x.zeros_like() } else { x }
        })
        .unwrap();
    assert!(to_host(silent).iter().all(|logit| *logit == 0.0));
}

#[test]
fn what_does_not_fit_is_named() {
    let network = Network::random(decoder(), 3).unwrap();
    let (config, mut weights) = network.clone().into_parts();
    let q = weights.remove("model.layers.1.self_attn.q_proj.weight").unwrap();
    let message = Network::new(config.clone(), weights.clone()).unwrap_err().to_string();
    assert_eq!(message, "weight model.layers.1.self_attn.q_proj.weight is missing");
    weights.insert("model.layers.1.self_attn.q_proj.weight", q.slice_axis(Axis(0), (0..12).into()).to_owned());
    let message = Network::new(config.clone(), weights.clone()).unwrap_err().to_string();
    assert!(message.contains("3 query heads do not share 2 key/value heads evenly"), "{message}");
    weights.insert("model.layers.1.self_attn.q_proj.weight", q);
    weights.get_mut("lm_head.weight").unwrap()[[3, 4]] = f32::NAN;
    let message = Network::new(config, weights).unwrap_err().to_string();
    assert_eq!(message, "weight lm_head.weight is not finite at 40");
    let params = network.params::<Cpu>(&Default::default());
    let refused = |inputs: Inputs| network.forward(&params, &inputs, &mut Untouched).unwrap_err().to_string();
    let message = refused(Inputs::tokens(Array2::from_elem((1, 2), 11)));
    assert_eq!(message, "input 0, position 0: token 11, but the vocabulary has 11");
    assert_eq!(refused(Inputs::tokens(Array2::zeros((1, 17)))), "input: length of a row is 17, expected 16");
    assert_eq!(refused(Inputs::Rows(Array2::zeros((1, 2)))), "the network takes tokens, got rows of numbers");
    assert_eq!(refused(Inputs::tokens(Array2::zeros((0, 2)))), "input: number of examples is 0, expected 1");
}
