//! A small network, pruned by expressions, and by the exact allocation.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use ndarray::{Array2, ArrayView2};
use secateur_methods::dsa::{
    Expression, FractionOptions, ImportanceOptions, Joined, SearchOptions, evolve, importances, kept_fractions,
    random_search, rounded,
};
use secateur_methods::ratios::{Within, keep_best};
use secateur_neural::cpu::{Cpu, CpuTraining};
use secateur_neural::levels::{Level, LevelTable};
use secateur_neural::score::{Inputs as Seen, Reference, Scorer, calibrate};
use secateur_neural::testing::copying;
use secateur_neural::{Batch, Config, DecoderConfig, EvaluateError, Network, TrainOptions, evaluate, train};
use secateur_program::{Control, Status};

const LAYERS: usize = 5;

/// A trained decoder and Wanda's metrics of its linear layers, per layer and name.
struct Pruned {
    network: Network,
    inputs: BTreeMap<String, Seen>,
    metrics: Vec<BTreeMap<String, Array2<f32>>>,
    held_out: Vec<Batch>,
}

impl Pruned {
    /// The same one for all tests.
    fn shared() -> &'static Self {
        static SHARED: OnceLock<Pruned> = OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

    fn new() -> Self {
        let config = Config::Decoder(DecoderConfig {
            vocab_size: 11,
            hidden_size: 16,
            intermediate_size: 24,
            num_hidden_layers: LAYERS,
            num_attention_heads: 2,
            num_key_value_heads: None,
            head_dim: Some(8),
            max_position_embeddings: 16,
            rms_norm_eps: 1e-6,
            rope_theta: 10_000.0,
            tie_word_embeddings: false,
            kv_of_query: None,
        });
        let (device, control) = (Default::default(), Control::new());
        let start = Network::random(config, 1).unwrap();
        let options = TrainOptions { steps: 200, learning_rate: 1e-2, ..TrainOptions::default() };
        let network = train::<CpuTraining>(&start, copying, &options, &device, &control).unwrap().network;
        let batches: Vec<Batch> = (20_000..20_004).map(copying).collect();
        let params = network.params::<Cpu>(&device);
        let wanted = |name: &str| name.starts_with("model.layers.");
        let inputs = calibrate(&network, &params, &batches, wanted, &Reference, &control).unwrap();
        let metrics = (0..LAYERS).map(|layer| {
            let own = inputs.iter().filter(|(name, _)| name.starts_with(&format!("model.layers.{layer}.")));
            let metric = |(name, inputs): (&String, &Seen)| {
                let weight = network.weights().matrix(&format!("{name}.weight")).unwrap();
                (name.clone(), Reference.wanda(weight, &inputs.norms()).unwrap())
            };
            own.map(metric).collect()
        });
        let metrics = metrics.collect();
        let held_out = vec![copying(10_000)];
        Self { network, inputs, metrics, held_out }
    }

    /// Which weights of a layer stay.
    fn masks(&self, layer: usize, fraction: f64) -> impl Iterator<Item = (&String, Array2<bool>)> {
        self.metrics[layer]
            .iter()
            .map(move |(name, metric)| (name, keep_best(metric.view(), 1.0 - fraction, Within::Row)))
    }

    /// Loss on held-out data of what keeps these fractions.
    fn loss(&self, fractions: &[f64]) -> Result<f64, EvaluateError> {
        let (config, mut weights) = self.network.clone().into_parts();
        for (layer, fraction) in fractions.iter().enumerate() {
            for (name, mask) in self.masks(layer, *fraction) {
                let weight = weights.get_mut(&format!("{name}.weight")).unwrap();
                weight.iter_mut().zip(&mask).filter(|(_, kept)| !**kept).for_each(|(weight, _)| *weight = 0.0);
            }
        }
        let network = Network::new(config, weights)?;
        let params = network.params::<Cpu>(&Default::default());
        Ok(evaluate(&network, &params, &self.held_out, &Control::new())?.loss)
    }

    /// Fractions by an expression, if it gives any.
    fn fractions(&self, expression: &Expression, options: FractionOptions) -> Option<Vec<f64>> {
        let blocks: Vec<Vec<ArrayView2<'_, f32>>> =
            self.metrics.iter().map(|layer| layer.values().map(|metric| metric.view()).collect()).collect();
        let by_matrix = ImportanceOptions { joined: Joined::Matrices, ..ImportanceOptions::default() };
        let found = importances(expression, &blocks, by_matrix, &Control::new()).unwrap();
        kept_fractions(&found.values, options).ok()
    }

    /// What a layer loses at a fraction: the squared change of its linear layers' outputs, and weights that stay.
    fn level(&self, layer: usize, fraction: f64) -> Level {
        let (mut loss, mut cost) = (0.0, 0.0);
        for (name, mask) in self.masks(layer, fraction) {
            let weight = self.network.weights().matrix(&format!("{name}.weight")).unwrap();
            let gone = Array2::from_shape_fn(mask.dim(), |at| if mask[at] { 0.0 } else { f64::from(weight[at]) });
            loss += (gone.dot(&self.inputs[name].moments) * &gone).sum() / self.inputs[name].n_rows as f64;
            cost += mask.iter().filter(|kept| **kept).count() as f64;
        }
        Level { loss, cost }
    }
}

#[test]
fn evolution_is_no_worse_than_random_search_on_a_network() {
    let pruned = Pruned::shared();
    let sparsity = FractionOptions { sparsity: 0.5, lamda: 0.2, inverted: true };
    // Expressions of the same fractions lose the same.
    let mut known: HashMap<Vec<u64>, f64> = HashMap::new();
    let mut loss = |expression: &Expression| {
        let Some(fractions) = pruned.fractions(expression, sparsity) else { return Ok(f64::NAN) };
        let bits: Vec<u64> = fractions.iter().map(|fraction| fraction.to_bits()).collect();
        if let Some(loss) = known.get(&bits) {
            return Ok(*loss);
        }
        let found = pruned.loss(&fractions)?;
        known.insert(bits, found);
        Ok(found)
    };
    let (mut bred, mut drawn, mut first) = (0.0, 0.0, 0.0);
    for seed in 0..4 {
        let options = SearchOptions { evaluations: 100, population: 12, parents: 3, mutation: 1.0, seed };
        let evolution = evolve(&options, &mut loss, &Control::new()).unwrap();
        let random = random_search(&options, &mut loss, &Control::new()).unwrap();
        for found in [&evolution, &random] {
            assert_eq!(found.history.len(), 100);
            assert!(found.history.windows(2).all(|pair| pair[1] <= pair[0]));
        }
        bred += evolution.history[99] / 4.0;
        drawn += random.history[99] / 4.0;
        first += random.history[11] / 4.0;
    }
    assert!(bred <= drawn && drawn < first, "{bred} {drawn} {first}");
}

#[test]
fn the_exact_allocation_never_loses_more_on_the_same_table() {
    let pruned = Pruned::shared();
    let levels: Vec<f64> = (1..20).map(|level| f64::from(level) / 20.0).collect();
    let layers = (0..LAYERS).map(|layer| levels.iter().map(|fraction| pruned.level(layer, *fraction)).collect());
    let table = LevelTable::new(layers.collect()).unwrap();
    let (mut compared, mut better) = (0, 0);
    let expressions = std::iter::once(Expression::released()).chain((0..60).map(Expression::random));
    for expression in expressions {
        for sparsity in [0.5, 0.7] {
            let options = FractionOptions { sparsity, ..FractionOptions::default() };
            let Some(fractions) = pruned.fractions(&expression, options) else { continue };
            let entries =
                rounded(&fractions, &levels).into_iter().zip(table.layers()).map(|(level, layer)| layer[level]);
            let (loss, cost) = entries.fold((0.0, 0.0), |(loss, cost), entry| (loss + entry.loss, cost + entry.cost));
            let exact = table.within(cost, &Control::new()).unwrap();
            assert_eq!(exact.status, Status::Optimal);
            assert!(exact.cost <= cost && exact.loss <= loss * (1.0 + 1e-9), "{expression}: {} {loss}", exact.loss);
            compared += 1;
            better += usize::from(exact.loss < loss * (1.0 - 1e-6));
        }
    }
    assert!(compared > 20 && better > compared / 2, "{better} of {compared}");
}
