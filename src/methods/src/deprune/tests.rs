use burn::tensor::{Tensor, TensorData};
use ndarray::{Array2, Array4};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_neural::cpu::{Cpu, CpuTraining};
use secateur_neural::{
    Batch, BlockConfig, Config, ConvnetConfig, Inputs, MlpConfig, Network, TrainOptions, Untouched, evaluate, to_host,
    train, train_masked,
};
use secateur_program::{Control, Status, Stop};

use super::exact::most_kept;
use super::layers::groups;
use super::prune::vectors_of;
use super::*;

/// Blocks with 40, 70 and 64 channels: products that are filled up, and products that are not; both strides, an odd
/// side.
fn network(seed: u64) -> Network {
    let block = |expanded, width, stride| BlockConfig { expanded, width, stride };
    let config = ConvnetConfig {
        in_channels: 2,
        image_size: 13,
        stem: 6,
        blocks: vec![block(40, 6, 1), block(70, 9, 2), block(64, 9, 1)],
        num_labels: 3,
    };
    let (config, mut weights) = Network::random(Config::Convnet(config), seed).unwrap().into_parts();
    let biases: Vec<String> =
        weights.iter().map(|own| own.0.to_owned()).filter(|name| name.ends_with("bias")).collect();
    for name in biases {
        weights.get_mut(&name).unwrap().iter_mut().enumerate().for_each(|(i, bias)| *bias = 0.3 - 0.1 * (i % 5) as f32);
    }
    Network::new(config, weights).unwrap()
}

fn images(seed: u64, n: usize) -> Inputs {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Inputs::Images(Array4::from_shape_simple_fn((n, 2, 13, 13), || rng.random_range(-1.0..1.0f32)))
}

fn near(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 2e-4 * (1.0 + b.abs()))
}

/// Seconds that a layer would take if tiles were all that counts, times a factor.
fn staircase(most: usize, tile: usize, step: f64) -> Vec<f64> {
    (0..=most).map(|count| step * count.div_ceil(tile) as f64).collect()
}

fn staircases(network: &Network, tiles: Tiles) -> SecondsTables {
    let layers = separable_layers(network).unwrap();
    let (columns, filters) = vectors_of(&layers);
    let of = |vectors: &[Vectors], tile: usize| {
        (1..).zip(vectors).map(|(step, own)| staircase(own.most(), tile, f64::from(step))).collect()
    };
    SecondsTables { columns: of(&columns, tiles.columns), filters: of(&filters, tiles.filters) }
}

#[test]
fn lowered_products_are_the_convolution() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for (channels, side, stride) in [(32, 6, 1), (48, 7, 1), (70, 7, 2), (5, 4, 2), (33, 1, 1)] {
        let mut draw = |rows: usize, columns: usize| {
            Array2::from_shape_simple_fn((rows, columns), || rng.random_range(-1.0..1.0f32))
        };
        let (depthwise, bias, project) = (draw(channels, 9), draw(1, channels), draw(4, channels));
        let layer = SeparableLayer { block: 0, depthwise, project, side, stride };
        let (batch, after) = (3, layer.side_after());
        let x = draw(batch * side * side, channels);
        for fraction in [0.0, 0.6, 0.97] {
            let kept = Array2::from_shape_simple_fn((channels, 9), || rng.random_range(0.0..1.0) >= fraction);
            // Each product has one weight per column, and together they have all that stay.
            let products = sub_gemms(kept.view());
            assert_eq!(products.len(), channels.div_ceil(32));
            for product in &products {
                let matrix = product.matrix(layer.depthwise.view());
                assert!(
                    matrix
                        .columns()
                        .into_iter()
                        .all(|column| column.iter().filter(|value| **value != 0.0).count() == 1)
                );
            }
            let n_columns: usize = products.iter().map(|product| product.columns.len()).sum();
            assert_eq!(n_columns, kept.iter().filter(|stays| **stays).count());

            let tensor = |array: &Array2<f32>| {
                let values: Vec<f32> = array.iter().copied().collect();
                Tensor::<Cpu, 2>::from_data(
                    TensorData::new(values, [array.nrows(), array.ncols()]),
                    &Default::default(),
                )
            };
            let lowered = Lowered::new(&layer, kept.view(), tensor(&bias), &Default::default()).unwrap();
            let found = to_host(lowered.forward(tensor(&x)));
            // By definition, in double precision.
            let mut expected = Vec::new();
            for place in 0..batch * after * after {
                let (image, y, x_out) = (place / (after * after), place / after % after, place % after);
                for channel in 0..channels {
                    let mut sum = f64::from(bias[[0, channel]]);
                    for tap in (0..9).filter(|tap| kept[[channel, *tap]]) {
                        let (row, column) = (y * stride + tap / 3, x_out * stride + tap % 3);
                        if (1..=side).contains(&row) && (1..=side).contains(&column) {
                            let from = (image * side + row - 1) * side + column - 1;
                            sum += f64::from(layer.depthwise[[channel, tap]]) * f64::from(x[[from, channel]]);
                        }
                    }
                    expected.push(sum as f32);
                }
            }
            assert!(near(&found, &expected), "{channels} channels, side {side}, stride {stride}, fraction {fraction}");
        }
    }
}

#[test]
fn what_stays_computes_what_the_masked_network_does() {
    let network = network(3);
    let (inputs, device) = (images(1, 3), Default::default());
    let tiles = Tiles { columns: 32, filters: 4 };
    let tables = staircases(&network, tiles);
    let variants = [Variant::Threshold, Variant::Balanced, Variant::Recalibrated { tiles, seconds: &tables }];
    let mut plans = vec![Plan::whole(&network).unwrap()];
    for fraction in [0.0, 0.5, 0.75, 1.0] {
        plans.extend(
            variants
                .iter()
                .map(|own| prune(&network, Fractions { columns: fraction, filters: fraction }, *own).unwrap()),
        );
    }
    plans.push(prune(&network, Fractions { columns: 1.0, filters: 0.0 }, Variant::Threshold).unwrap());
    for plan in &plans {
        let masked = plan.apply(&network).unwrap();
        let dense = to_host(masked.forward(&masked.params::<Cpu>(&device), &inputs, &mut Untouched).unwrap());
        // From the whole weights: the plan alone says what goes.
        let compact = Compact::<Cpu>::new(&network, plan, &device).unwrap();
        assert!(near(&to_host(compact.forward(&inputs).unwrap()), &dense), "{:?}", plan.gone());
        assert!(masked.weights().n_nonzero() <= network.weights().n_nonzero());
    }
    assert_eq!(plans[0].apply(&network).unwrap(), network);
    assert_eq!(plans[1], plans[0]);
    assert_eq!(plans[12].gone(), Fractions { columns: 1.0, filters: 1.0 });
    // Where all weights of a projection's filter go, its row and bias are zero, and nothing else of the block is.
    let masked = plans[5].apply(&network).unwrap();
    for layer in &plans[5].layers {
        let weights = |part: &str| masked.weights().get(&format!("blocks.{}.{part}", layer.block)).unwrap().clone();
        let bias = weights("project.bias");
        assert!(layer.filters.iter().zip(&bias).all(|(stays, bias)| *stays || *bias == 0.0));
        let expand = format!("blocks.{}.expand.weight", layer.block);
        assert_eq!(masked.weights().get(&expand), network.weights().get(&expand));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Filling weights neither count nor compete: fractions are those of the true weights, and no product counts more
    /// than it has.
    #[test]
    fn thresholds_and_counts_look_at_true_weights(channels in 1..140usize, fraction in 0.0..=1.0f64, seed in any::<u64>()) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let block = BlockConfig { expanded: channels, width: 5, stride: 1 };
        let config = ConvnetConfig { in_channels: 1, image_size: 4, stem: 3, blocks: vec![block], num_labels: 2 };
        let network = Network::random(Config::Convnet(config), rng.random()).unwrap();
        let layer = separable_layers(&network).unwrap().remove(0);
        let gone = Fractions { columns: fraction, filters: fraction };
        let n = channels * 9;
        let size = |place: (usize, usize)| layer.depthwise[place].abs();

        let plan = prune(&network, gone, Variant::Threshold).unwrap();
        let own = &plan.layers[0].columns;
        let n_gone = own.iter().filter(|stays| !**stays).count();
        prop_assert_eq!(n_gone, (n as f64 * fraction) as usize);
        let largest_gone = own.indexed_iter().filter(|own| !*own.1).map(|own| size(own.0)).fold(0.0, f32::max);
        prop_assert!(own.indexed_iter().all(|(place, stays)| !*stays || size(place) >= largest_gone));

        let plan = prune(&network, gone, Variant::Balanced).unwrap();
        let counts = plan.layers[0].counts();
        let all: Vec<usize> = groups(channels).map(|group| group.len() * 9).collect();
        let most = *counts.iter().max().unwrap();
        // Equal in all products, but for one that has fewer weights in all.
        prop_assert!(counts.iter().zip(&all).all(|(count, all)| *count == most.min(*all)), "{:?} of {:?}", counts, all);
        let kept: usize = counts.iter().sum();
        prop_assert!(kept >= n - n_gone && kept < n - n_gone + counts.len(), "{} of {}, {} shall go", kept, n, n_gone);
        // Within each product the largest stay; of the same number of columns the threshold's longest product is never
        // shorter.
        for group in groups(channels) {
            let own = &plan.layers[0].columns;
            let of = |wanted: bool| group.clone().flat_map(|c| (0..9).map(move |t| (c, t))).filter(move |place| own[*place] == wanted);
            let largest_gone = of(false).map(size).fold(0.0, f32::max);
            prop_assert!(of(true).all(|place| size(place) >= largest_gone));
        }
        let longest = prune(&network, gone, Variant::Threshold).unwrap().layers[0].counts().into_iter().max().unwrap();
        prop_assert!(most <= longest);
        // Filters: those of largest norm.
        let norm = |filter: usize| layer.project.row(filter).iter().map(|w| f64::from(*w).powi(2)).sum::<f64>();
        let filters = &plan.layers[0].filters;
        prop_assert_eq!(plan.layers[0].n_filters(), 5 - (5.0 * fraction) as usize);
        for (a, b) in (0..5).flat_map(|a| (0..5).map(move |b| (a, b))) {
            prop_assert!(!filters[a] || filters[b] || norm(a) >= norm(b));
        }
    }

    #[test]
    fn recalibrated_counts_fill_their_tiles(
        layers in prop::collection::vec((1..200usize, 0.0..=1.0f64, 0.1..9.0f64), 1..9),
        tile in 1..40usize,
    ) {
        let most: Vec<usize> = layers.iter().map(|own| own.0).collect();
        let counts: Vec<usize> = layers.iter().map(|own| (own.0 as f64 * own.1) as usize).collect();
        let seconds: Vec<Vec<f64>> = layers.iter().map(|own| staircase(own.0, tile, own.2)).collect();
        let moved = recalibrate(&counts, &most, &seconds, tile).unwrap();
        let open = |l: usize| !counts[l].is_multiple_of(tile) && counts[l] != most[l];
        let mut n_down = 0;
        for (layer, count) in moved.iter().enumerate() {
            prop_assert!(count % tile == 0 || *count == most[layer], "{} of {}, tile {}", count, most[layer], tile);
            prop_assert!(count.abs_diff(counts[layer]) < tile);
            prop_assert!(open(layer) || *count == counts[layer]);
            prop_assert!(*count > 0 || counts[layer] == 0);
            n_down += usize::from(*count < counts[layer]);
        }
        let n_open = (0..counts.len()).filter(|layer| open(*layer)).count();
        let n_able = (0..counts.len()).filter(|layer| open(*layer) && counts[*layer] > tile).count();
        prop_assert_eq!(n_down, (n_open / 2).min(n_able));
        // Whoever gives up saves at least as much per vector as whoever could have and does not.
        let beta = |l: usize| (seconds[l][counts[l]] - seconds[l][counts[l] / tile * tile]) / (counts[l] % tile) as f64;
        for (a, b) in (0..counts.len()).flat_map(|a| (0..counts.len()).map(move |b| (a, b))) {
            let able = open(b) && counts[b] > tile;
            prop_assert!(!(moved[a] < counts[a] && able && moved[b] > counts[b]) || beta(a) >= beta(b));
        }
    }

    /// Against all choices, and against HSR at the same number of tiles.
    #[test]
    fn no_choice_of_as_many_tiles_keeps_more(
        sizes in prop::collection::vec((1..80usize, 0.2..5.0f32, 0.1..3.0f64), 2..5),
        fraction in 0.1..0.95f64,
        tile in 8..40usize,
        by_seconds in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let vectors: Vec<Vectors> = sizes
            .iter()
            .map(|own| Vectors::columns(Array2::from_shape_simple_fn((own.0, 3), || own.1 * rng.random_range(-1.0..1.0f32)).view()))
            .collect();
        let counts: Vec<usize> = vectors.iter().map(|own| own.count_at(fraction).unwrap()).collect();
        let most: Vec<usize> = vectors.iter().map(Vectors::most).collect();
        let seconds: Vec<Vec<f64>> = sizes.iter().zip(&most).map(|(own, most)| staircase(*most, tile, own.2)).collect();
        let hsr = recalibrate(&counts, &most, &seconds, tile).unwrap();
        let given = by_seconds.then_some(seconds.as_slice());
        let (exact, choice) = most_kept(&vectors, &hsr, tile, given, &Control::new()).unwrap();
        let kept = |counts: &[usize]| vectors.iter().zip(counts).map(|(own, count)| own.kept_magnitudes()[*count]).sum::<f64>();
        let cost = |counts: &[usize]| -> f64 {
            let of = |layer: usize| match by_seconds {
                true => seconds[layer][counts[layer]],
                false => (vectors[layer].n_parts() * counts[layer].div_ceil(tile)) as f64,
            };
            (0..counts.len()).map(of).sum()
        };
        prop_assert_eq!(choice.status, Status::Optimal);
        prop_assert!(cost(&exact) <= cost(&hsr) * (1.0 + 1e-9));
        prop_assert!(kept(&exact) >= kept(&hsr) * (1.0 - 1e-9), "{} {}", kept(&exact), kept(&hsr));
        let mut all: Vec<Vec<usize>> = vec![Vec::new()];
        for most in &most {
            let levels = aligned(*most, tile).unwrap();
            all = all.iter().flat_map(|own| levels.iter().map(move |level| [own.as_slice(), &[*level]].concat())).collect();
        }
        let best = all.iter().filter(|own| cost(own) <= cost(&hsr) * (1.0 - 1e-9) + 1e-9).map(|own| kept(own)).fold(0.0, f64::max);
        prop_assert!(kept(&exact) >= best * (1.0 - 1e-9), "{} {}", kept(&exact), best);
        let lost = vectors.iter().map(|own| own.kept_magnitudes()[own.most()]).sum::<f64>() - kept(&exact);
        prop_assert!((choice.loss - lost).abs() < 1e-6 * (1.0 + lost));
    }
}

#[test]
fn the_half_that_saves_most_per_vector_gives_up() {
    // Overflows of 8, 2, 16, 31 of 32; seconds saved 8, 1, 64, 31: beta 1, 0.5, 4, 1. The third and, of the two equal
    // ones, the first.
    let (counts, most) = ([40, 66, 48, 63, 64, 20, 90, 0], [96, 96, 96, 96, 96, 96, 90, 96]);
    let steps = [8.0, 1.0, 64.0, 31.0, 9.0, 9.0, 9.0, 9.0];
    let seconds: Vec<Vec<f64>> = most.iter().zip(steps).map(|(most, step)| staircase(*most, 32, step)).collect();
    assert_eq!(recalibrate(&counts, &most, &seconds, 32).unwrap(), [32, 96, 32, 64, 64, 32, 90, 0]);
    assert_eq!(aligned(90, 32).unwrap(), [32, 64, 90]);
    assert_eq!(aligned(64, 32).unwrap(), [32, 64]);
    assert_eq!(aligned(7, 32).unwrap(), [7]);
}

#[test]
fn a_plan_with_full_tiles_keeps_about_its_fraction() {
    let network = network(5);
    let tiles = Tiles { columns: 32, filters: 2 };
    let tables = staircases(&network, tiles);
    for fraction in [0.3, 0.5, 0.75] {
        let gone = Fractions { columns: fraction, filters: fraction };
        let plan = prune(&network, gone, Variant::Recalibrated { tiles, seconds: &tables }).unwrap();
        for layer in &plan.layers {
            let counts = layer.counts();
            let most = *counts.iter().max().unwrap();
            assert!(most % 32 == 0 && counts.iter().all(|count| *count == most || *count < 288), "{counts:?}");
            assert_eq!(layer.n_filters() % 2 * (layer.filters.len() - layer.n_filters()), 0);
        }
        // Of 1566 columns, no layer moves by a tile in any of its 2, 3 and 2 products; one of three moves the other
        // way.
        let moved = plan.gone();
        assert!((moved.columns - fraction).abs() <= 31.0 * 5.0 / 1566.0, "{moved:?}, {fraction}");
        let exact = exact_tiles(&network, &plan, tiles, TileCost::Tiles, &Control::new()).unwrap();
        let masked = |plan: &Plan| -> f64 {
            let weights = plan.apply(&network).unwrap().into_parts().1;
            weights
                .iter()
                .filter(|own| own.0.contains("depthwise.weight"))
                .flat_map(|own| own.1.iter().map(|w| f64::from(w.abs())).collect::<Vec<_>>())
                .sum()
        };
        assert!(
            exact.plan.column_tiles(32) <= plan.column_tiles(32) && exact.plan.filter_tiles(2) <= plan.filter_tiles(2)
        );
        assert!(masked(&exact.plan) >= masked(&plan) * (1.0 - 1e-6));
    }
}

/// Stripes one way, the other way, or none.
fn stripes(step: usize) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(step as u64);
    let labels: Vec<u32> = (0..16).map(|_| rng.random_range(0..3u32)).collect();
    let bright = |label: u32, places: [usize; 2]| places.get(label as usize).map_or(0.5, |at| (at / 2 % 2) as f32);
    let images = Array4::from_shape_fn((16, 2, 13, 13), |(n, _, row, column)| {
        bright(labels[n], [row, column]) + rng.random_range(-0.3..0.3f32)
    });
    Batch { inputs: Inputs::Images(images), labels }
}

#[test]
fn fine_tuning_holds_what_went_at_zero() {
    let options = TrainOptions { steps: 100, learning_rate: 1e-2, ..TrainOptions::default() };
    let (device, control) = (Default::default(), Control::new());
    let network = train::<CpuTraining>(&network(1), stripes, &options, &device, &control).unwrap().network;
    let plan = prune(&network, Fractions { columns: 0.9, filters: 0.5 }, Variant::Balanced).unwrap();
    let loss = |network: &Network| {
        let test: Vec<Batch> = (900..904).map(stripes).collect();
        evaluate(network, &network.params::<Cpu>(&device), &test, &control).unwrap().loss
    };
    let masked = plan.apply(&network).unwrap();
    let tuning = TrainOptions { steps: 40, learning_rate: 2e-3, ..options };
    let tuned =
        train_masked::<CpuTraining>(&network, &plan.masks(), |step| stripes(100 + step), &tuning, &device, &control)
            .unwrap();
    assert_eq!((tuned.losses.len(), tuned.stop), (40, None));
    // The first loss is that of the masked network, and nothing that went comes back.
    let first = stripes(100);
    let before = evaluate(&masked, &masked.params::<Cpu>(&device), &[first], &control).unwrap().loss;
    assert!((tuned.losses[0] - before).abs() < 1e-4, "{} {before}", tuned.losses[0]);
    assert_eq!(plan.apply(&tuned.network).unwrap(), tuned.network);
    let (before, after) = (loss(&masked), loss(&tuned.network));
    assert!(after < 0.8 * before, "{before} {after}");
    // What stays has learned, in pruned layers too; decay touched nothing that went on the way: the same from weights
    // that are zero already.
    for layer in &plan.layers {
        let name = format!("blocks.{}.depthwise.weight", layer.block);
        assert_ne!(tuned.network.weights().get(&name), masked.weights().get(&name));
    }
    let again =
        train_masked::<CpuTraining>(&masked, &plan.masks(), |step| stripes(100 + step), &tuning, &device, &control)
            .unwrap();
    assert_eq!(again.network, tuned.network);
    // Without masks it is training.
    let none = train_masked::<CpuTraining>(&network, &Default::default(), stripes, &tuning, &device, &control).unwrap();
    assert_eq!(none.network, train::<CpuTraining>(&network, stripes, &tuning, &device, &control).unwrap().network);
}

#[test]
fn seconds_are_measured_for_every_count() {
    let network = network(2);
    let (device, control) = (Default::default(), Control::new());
    let tiles = Tiles { columns: 96, filters: 4 };
    let tables = measure_seconds::<Cpu>(&network, tiles, 2, 3, &device, &control).unwrap();
    let lengths = |tables: &[Vec<f64>]| tables.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!((lengths(&tables.columns), lengths(&tables.filters)), (vec![289; 3], vec![7, 10, 10]));
    for own in tables.columns.iter().chain(&tables.filters) {
        assert!(own.windows(2).all(|pair| pair[0] <= pair[1]) && own[0] > 0.0);
    }
    // Ten times the columns take longer, whatever else the machine does.
    assert!(tables.columns.iter().all(|own| own[288] > own[24]));
    let gone = Fractions { columns: 0.9, filters: 0.5 };
    let plan = prune(&network, gone, Variant::Recalibrated { tiles, seconds: &tables }).unwrap();
    let whole = Plan::whole(&network).unwrap();
    let parts = part_seconds::<Cpu>(&network, &[&whole, &plan], 2, 3, &device, &control).unwrap();
    assert!(parts.iter().all(|own| own.depthwise > 0.0 && own.project > 0.0));
    let exact = exact_tiles(&network, &plan, tiles, TileCost::Seconds(&tables), &control).unwrap();
    assert!(exact.columns.cost > 0.0 && exact.columns.status == Status::Optimal);
    let stopped = Control::new();
    stopped.cancel();
    let error = measure_seconds::<Cpu>(&network, tiles, 2, 3, &device, &stopped).unwrap_err();
    assert_eq!(error.stop(), Some(Stop::Cancelled));
}

#[test]
fn what_does_not_fit_is_named() {
    let network = network(1);
    let (device, control) = (Default::default(), Control::new());
    let half = Fractions { columns: 0.5, filters: 0.5 };
    let dense = Network::random(Config::Mlp(MlpConfig { widths: vec![4, 4, 2] }), 1).unwrap();
    let message = prune(&dense, half, Variant::Balanced).unwrap_err().to_string();
    assert_eq!(message, "DEPrune prunes depthwise-separable convolutions, and the network has none");
    for wrong in [-0.1, 1.5, f64::NAN] {
        let message = prune(&network, Fractions { columns: wrong, ..half }, Variant::Balanced).unwrap_err().to_string();
        assert_eq!(message, format!("fraction of columns that go: {wrong}, expected 0 to 1"));
        let message =
            prune(&network, Fractions { filters: wrong, ..half }, Variant::Threshold).unwrap_err().to_string();
        assert_eq!(message, format!("fraction of filters that go: {wrong}, expected 0 to 1"));
    }
    let tiles = Tiles { columns: 0, filters: 32 };
    let empty = SecondsTables { columns: Vec::new(), filters: Vec::new() };
    let message = prune(&network, half, Variant::Recalibrated { tiles, seconds: &empty }).unwrap_err().to_string();
    assert_eq!(message, "vectors of a tile: 0, expected 1 or more");
    let message = prune(&network, half, Variant::Recalibrated { tiles: Tiles::default(), seconds: &empty })
        .unwrap_err()
        .to_string();
    assert_eq!(message, "layers with seconds: 0, expected 3 as the network has it");
    let plan = prune(&network, half, Variant::Balanced).unwrap();
    let message =
        exact_tiles(&network, &plan, Tiles::default(), TileCost::Seconds(&empty), &control).unwrap_err().to_string();
    assert_eq!(message, "layer 0: counts with seconds: 0, expected 289 as the network has it");
    let message = measure_seconds::<Cpu>(&network, Tiles::default(), 0, 1, &device, &control).unwrap_err().to_string();
    assert_eq!(message, "images of a batch: 0, expected 1 or more");
    let mut other = plan.clone();
    other.layers[1].filters.pop();
    let message = Compact::<Cpu>::new(&network, &other, &device).err().unwrap().to_string();
    assert_eq!(message, "block 1: filters of the plan: 8, expected 9 as the network has it");
    let message = other.apply(&network).unwrap_err().to_string();
    assert_eq!(message, "weight blocks.1.project.bias has shape [1, 8], expected [1, 9]");
    let compact = Compact::<Cpu>::new(&network, &plan, &device).unwrap();
    let rows = Inputs::Rows(Array2::zeros((1, 4)));
    assert_eq!(compact.forward(&rows).unwrap_err().to_string(), "the network takes images, got rows of numbers");
    // A block without channels is no layer; without any there is nothing to prune.
    let units = secateur_neural::units::Units::of(&network);
    let mut kept = units.all_kept();
    (0..40).for_each(|unit| kept.set(0, unit, false));
    let smaller = units.prune(&network, &kept).unwrap();
    let plan = prune(&smaller, half, Variant::Threshold).unwrap();
    assert_eq!(plan.layers.iter().map(|layer| layer.block).collect::<Vec<_>>(), [1, 2]);
    let masked = plan.apply(&smaller).unwrap();
    let inputs = images(4, 2);
    let dense = to_host(masked.forward(&masked.params::<Cpu>(&device), &inputs, &mut Untouched).unwrap());
    let compact = Compact::<Cpu>::new(&smaller, &plan, &device).unwrap();
    assert!(near(&to_host(compact.forward(&inputs).unwrap()), &dense));
}
