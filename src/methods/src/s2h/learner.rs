//! Steps of weights and masks, what is reported of every group, and the smaller network.

use std::collections::BTreeMap;

use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Tensor, TensorData};
use secateur_neural::descent::{Descent, Optimizer, finite, one_by_one, taken, tracked, value};
use secateur_neural::units::{Kept, Units};
use secateur_neural::{Batch, EvaluateError, Network, NetworkError, Params, cross_entropies, divergence, to_host};
use secateur_program::{Control, Stop};

use super::balance::{data_scale, fused, recentre};
use super::counts::Counts;
use super::distil::Outputs;
use super::network::{UnitMasks, masks};
use super::order::by_norm;
use super::resource::WidthCosts;
use super::{GroupWidths, Order, S2hOptions, WidthTable};
use crate::MethodError;

/// Trains a network and learns its widths in one go.
///
/// # Example
/// ```
/// use secateur_neural::cpu::{Cpu, CpuTraining};
/// use ndarray::array;
/// use secateur_methods::s2h::{S2hOptions, WidthLearner};
/// use secateur_neural::units::CostModel;
/// use secateur_neural::{Batch, Config, Inputs, MlpConfig, Network, TrainOptions};
/// use secateur_program::Control;
///
/// let network = Network::random(Config::Mlp(MlpConfig { widths: vec![2, 32, 2] }), 1)?;
/// let xor = Batch { inputs: Inputs::Rows(array![[0., 0.], [0., 1.], [1., 0.], [1., 1.]]), labels: vec![0, 1, 1, 0] };
/// let training = TrainOptions { steps: 100, learning_rate: 0.02, ..TrainOptions::default() };
/// let options = S2hOptions { training, target: 0.5, ..S2hOptions::default() };
/// let mut learner = WidthLearner::<CpuTraining>::new(&network, options, &Default::default())?;
/// learner.run(100, |_| xor.clone(), &Control::new())?;
/// let smaller = learner.export()?;
/// let flops = CostModel::Flops { context: 0 };
/// assert!((flops.total(&smaller) / flops.total(&network) - 0.5).abs() < 0.13, "{:?}", learner.report());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WidthLearner<'a, B: AutodiffBackend> {
    network: &'a Network,
    units: Units,
    params: Params<B>,
    optimizer: Optimizer<B>,
    groups: Vec<Group>,
    costs: WidthCosts,
    options: S2hOptions,
    step: usize,
    device: B::Device,
}

/// A group whose width is learned.
struct Group {
    /// Index into the units' groups.
    index: usize,
    counts: Counts,
    /// Units, those that go last first.
    order: Vec<usize>,
    /// `u`.
    logits: Vec<f64>,
    /// Momenta of the gradients of data and resources.
    momenta: [Vec<f64>; 2],
}

/// What a step found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct S2hLoss {
    /// Loss of the soft network, in nats per label.
    pub task: f64,
    /// The terms of the gap, weighted; half their sum where there are two, as the authors log it. 0 without
    /// distillation.
    pub gap: f64,
    /// Fraction of the cost that the hard network has.
    pub fraction: f64,
}

/// How a group stands.
#[derive(Debug, Clone, PartialEq)]
pub struct WidthReport {
    /// The group.
    pub group: String,
    /// Its units.
    pub n_units: usize,
    /// `E`: units of the soft network.
    pub expected: f64,
    /// `N`: units of the hard network.
    pub count: usize,
    /// The largest probability of a candidate: 1 where the width is decided.
    pub confidence: f64,
}

impl<'a, B: AutodiffBackend> WidthLearner<'a, B> {
    /// Masks on all groups whose units' outputs are seen by a linear layer: inner channels and heads. Other groups stay
    /// whole (key/value heads until no head needs them).
    ///
    /// # Arguments
    /// * `network`: trained or not.
    ///
    /// # Errors
    /// [`MethodError::Number`]: options out of range; a target below the fraction that the narrowest widths cost.
    ///
    /// # Complexity
    /// O(parameters).
    pub fn new(network: &'a Network, options: S2hOptions, device: &B::Device) -> Result<Self, MethodError> {
        if let Some((what, value, expected)) = options.wrong() {
            return Err(MethodError::Number { what: what.into(), value, expected: expected.into() });
        }
        let (units, params) = (Units::of(network), network.params::<B>(device));
        let mut groups = Vec::new();
        for (index, group) in masked_groups(&units) {
            let counts = Counts::new(group.n_units, options.step_of(group.kind));
            let logits = match options.max_init {
                true => counts.wide_logits(options.temperature),
                false => vec![0.0; counts.len()],
            };
            let momenta = [vec![0.0; counts.len()], vec![0.0; counts.len()]];
            groups.push(Group { index, order: by_norm(group, &params), counts, logits, momenta });
        }
        let indices: Vec<usize> = groups.iter().map(|group| group.index).collect();
        let costs = WidthCosts::new(network, &units, &indices, options.cost);
        let narrowest: Vec<usize> = groups.iter().map(|group| group.counts.candidates[0]).collect();
        let least = costs.at(&narrowest) / costs.total();
        if options.target < least {
            let expected = format!("at least {least:.4}, which the narrowest widths cost");
            return Err(MethodError::Number { what: "target".into(), value: options.target, expected });
        }
        let optimizer = Optimizer::of(network, &options.training);
        let device = device.clone();
        Ok(Self { network, units, params, optimizer, groups, costs, options, step: 0, device })
    }

    /// Some more steps, at most to the last of the options.
    ///
    /// # Arguments
    /// * `batch_of`: the batch of a step, counted from 0.
    /// * `control`: limits; progress as the stage `learn widths`, in steps. A stop leaves the steps done.
    ///
    /// # Returns
    /// What every step found; what ended the steps early.
    ///
    /// # Errors
    /// [`MethodError::Network`]: a batch that does not fit, a loss that is not finite.
    ///
    /// # Complexity
    /// Per step eight forward passes, roughly; three without distillation.
    pub fn run(
        &mut self,
        n_steps: usize,
        mut batch_of: impl FnMut(usize) -> Batch,
        control: &Control,
    ) -> Result<(Vec<S2hLoss>, Option<Stop>), MethodError> {
        let all = self.options.training.steps;
        let first = self.step.min(all);
        let last = first.saturating_add(n_steps).min(all);
        let mut found = Vec::with_capacity(last - first);
        let one_step = |step: usize| {
            let own = self.one_step(step, &batch_of(step))?;
            self.step = step + 1;
            found.push(own);
            Ok(own.task)
        };
        let Descent { stop, .. } = one_by_one(first..last, all, one_step, ("learn widths", control))?;
        Ok((found, stop))
    }

    fn one_step(&mut self, step: usize, batch: &Batch) -> Result<S2hLoss, NetworkError> {
        batch.check(self.network.config())?;
        if self.options.order == Order::EveryStep {
            for group in &mut self.groups {
                group.order = by_norm(&self.units.groups()[group.index], &self.params);
            }
        }
        let weights = tracked(&self.params);
        let logits: Vec<Tensor<B, 2>> =
            self.groups.iter().map(|group| group.logits_on::<B>(&self.device).require_grad()).collect();
        let (mut soft, mut hard) = self.masks(&logits);
        let run = |weights: &Params<B>, masks: &mut UnitMasks<B>| self.network.forward(weights, &batch.inputs, masks);
        let of_soft = run(&weights, &mut soft)?;
        let task = cross_entropies(of_soft.clone(), &batch.labels).mean();
        let (mut loss, mut gap) = (task.clone(), 0.0);
        if self.options.gap_weight > 0.0 {
            let soft_of_masks =
                if self.options.gap.is_decoupled() { Some(run(&self.params, &mut soft)?) } else { None };
            let outputs = Outputs { soft: of_soft, hard: run(&weights, &mut hard)?, soft_of_masks };
            let terms = self.options.gap.terms(&outputs, self.options.normalise_logits);
            let both = match terms.masks {
                Some(masks) => {
                    gap = 0.5 * self.options.gap_weight * (value(&terms.all) + value(&masks));
                    terms.all + masks
                }
                None => {
                    gap = self.options.gap_weight * value(&terms.all);
                    terms.all
                }
            };
            loss = loss + both.mul_scalar(self.options.gap_weight);
        }
        finite(&loss, step)?;
        let mut gradients = loss.backward();
        let of_masks: Vec<Vec<f64>> = logits
            .iter()
            .map(|logits| {
                let gradient = logits.grad_remove(&mut gradients).map_or_else(Vec::new, to_host);
                gradient.into_iter().map(f64::from).collect()
            })
            .collect();
        let of_weights = taken(&mut gradients, &weights);
        let fraction = self.fraction();
        self.optimizer.step(&mut self.params, of_weights, self.options.training.rate(step));
        self.step_masks(step, &of_masks);
        Ok(S2hLoss { task: value(&task), gap, fraction })
    }

    /// Masks descend the fused gradients of data and resources.
    fn step_masks(&mut self, step: usize, of_data: &[Vec<f64>]) {
        let options = &self.options;
        let schedule = options.training.rate(step) / options.training.learning_rate;
        let rate = if schedule.is_finite() { options.mask_rate * schedule } else { 0.0 };
        let penalty = self.costs.penalty(&self.counts(), options.target);
        let s = data_scale(penalty.off / options.relax, options.data_scale, options.most_data_scale);
        for ((group, of_data), slope) in self.groups.iter_mut().zip(of_data).zip(&penalty.slopes) {
            let p = Counts::probabilities(&group.logits, options.temperature);
            let along = group.counts.expected_gradient(&p, options.temperature);
            let of_resource = along.iter().map(|along| options.resource_weight * slope * along);
            let of_data = of_data.iter().copied().chain(std::iter::repeat(0.0)).take(p.len());
            let [data, resource] = &mut group.momenta;
            let going_on = |own: &mut f64, new: f64| *own = options.mask_momentum * *own + new;
            data.iter_mut().zip(of_data).for_each(|(own, new)| going_on(own, new));
            resource.iter_mut().zip(of_resource).for_each(|(own, new)| going_on(own, new));
            let step = fused(data, resource, s);
            group.logits.iter_mut().zip(step).for_each(|(logit, step)| *logit -= rate * step);
            recentre(&mut group.logits);
        }
    }

    /// The masks of the soft and of the hard network.
    fn masks(&self, logits: &[Tensor<B, 2>]) -> (UnitMasks<B>, UnitMasks<B>) {
        let (mut soft, mut hard) = (BTreeMap::new(), BTreeMap::new());
        let counts = self.counts();
        for ((group, logits), count) in self.groups.iter().zip(logits).zip(counts) {
            let (own_soft, own_hard) =
                masks(logits.clone(), &group.counts, &group.order, count, self.options.temperature);
            let seen_by = &self.units.groups()[group.index].seen_by;
            soft.insert(seen_by.clone(), own_soft);
            hard.insert(seen_by.clone(), own_hard);
        }
        (UnitMasks(soft), UnitMasks(hard))
    }

    /// Logits of the soft and the hard network; shape (rows, classes).
    pub(super) fn outputs(&self, batch: &Batch) -> Result<[Tensor<B, 2>; 2], NetworkError> {
        let logits: Vec<Tensor<B, 2>> = self.groups.iter().map(|group| group.logits_on(&self.device)).collect();
        let (mut soft, mut hard) = self.masks(&logits);
        let soft = self.network.forward(&self.params, &batch.inputs, &mut soft)?;
        Ok([soft, self.network.forward(&self.params, &batch.inputs, &mut hard)?])
    }

    /// Mean divergence `D(S, H)` of the hard network's outputs from the soft one's, in nats per label.
    ///
    /// # Errors
    /// [`MethodError::Evaluate`]: a batch that does not fit, a limit.
    ///
    /// # Complexity
    /// Two forward passes.
    pub fn gap(&self, batches: &[Batch], control: &Control) -> Result<f64, MethodError> {
        let (mut sum, mut rows) = (0.0, 0);
        for batch in batches {
            control.check().map_err(EvaluateError::from)?;
            batch.check(self.network.config())?;
            let [soft, hard] = self.outputs(batch)?;
            sum += value(&divergence(soft, hard)) * batch.labels.len() as f64;
            rows += batch.labels.len();
        }
        Ok(sum / rows.max(1) as f64)
    }

    /// As given.
    pub fn options(&self) -> &S2hOptions {
        &self.options
    }

    /// Steps done.
    pub fn step(&self) -> usize {
        self.step
    }

    /// `N` of every group that has masks, in order.
    pub fn counts(&self) -> Vec<usize> {
        let of_group = |group: &Group| group.counts.rounded_up(group.expected(self.options.temperature));
        self.groups.iter().map(of_group).collect()
    }

    /// Fraction of the cost of the whole network that the hard network has.
    pub fn fraction(&self) -> f64 {
        self.costs.at(&self.counts()) / self.costs.total()
    }

    /// How every group stands.
    pub fn report(&self) -> Vec<WidthReport> {
        let of_group = |(group, count): (&Group, usize)| {
            let p = Counts::probabilities(&group.logits, self.options.temperature);
            let own = &self.units.groups()[group.index];
            let confidence = p.iter().copied().fold(0.0, f64::max);
            WidthReport {
                group: own.name.clone(),
                n_units: own.n_units,
                expected: group.expected(self.options.temperature),
                count,
                confidence,
            }
        };
        self.groups.iter().zip(self.counts()).map(of_group).collect()
    }

    /// The whole network with the weights learned so far.
    ///
    /// # Errors
    /// [`MethodError::Network`]: weights that are not finite.
    pub fn whole(&self) -> Result<Network, MethodError> {
        let (config, mut weights) = self.network.clone().into_parts();
        self.params.store(&mut weights);
        Ok(Network::new(config, weights)?)
    }

    /// The units of the hard network, key/value heads that serve nobody left out.
    pub fn kept(&self) -> Kept {
        let mut kept = self.units.all_kept();
        for (group, count) in self.groups.iter().zip(self.counts()) {
            group.order[count..].iter().for_each(|unit| kept.set(group.index, *unit, false));
        }
        self.units.without_idle(kept)
    }

    /// The hard network, as a smaller dense one. Its outputs are those of the hard network.
    ///
    /// # Errors
    /// [`MethodError::Network`]: weights that are not finite.
    ///
    /// # Complexity
    /// O(parameters).
    pub fn export(&self) -> Result<Network, MethodError> {
        Ok(self.units.prune(&self.whole()?, &self.kept())?)
    }

    /// Widths as what the masks say they lose, `-log p_k`, for an exact choice within a budget: the likeliest widths of
    /// all groups together that keep it ([`WidthTable::within`]), to be taken from [`Self::whole`].
    pub fn table(&self) -> WidthTable {
        let of_group = |group: &Group| {
            let temperature = self.options.temperature;
            let largest = group.logits.iter().copied().fold(f64::MIN, f64::max);
            GroupWidths {
                group: group.index,
                order: group.order.clone(),
                counts: group.counts.candidates.clone(),
                losses: group.logits.iter().map(|logit| (largest - logit) / temperature).collect(),
            }
        };
        WidthTable { groups: self.groups.iter().map(of_group).collect(), costs: self.costs.clone() }
    }

    /// `E` of every group that has masks, in order.
    pub fn expected(&self) -> Vec<f64> {
        self.groups.iter().map(|group| group.expected(self.options.temperature)).collect()
    }
}

impl Group {
    fn expected(&self, temperature: f64) -> f64 {
        self.counts.expected(&Counts::probabilities(&self.logits, temperature))
    }

    fn logits_on<B: AutodiffBackend>(&self, device: &B::Device) -> Tensor<B, 2> {
        let logits: Vec<f32> = self.logits.iter().map(|logit| *logit as f32).collect();
        Tensor::from_data(TensorData::new(logits, [1, self.logits.len()]), device)
    }
}

/// Groups whose units' outputs a linear layer sees.
pub(super) fn masked_groups(units: &Units) -> impl Iterator<Item = (usize, &secateur_neural::units::Group)> {
    units.groups().iter().enumerate().filter(|(_, group)| group.n_units > 0 && !group.seen_by.is_empty())
}
