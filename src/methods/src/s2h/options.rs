//! What can be chosen.

use secateur_neural::TrainOptions;
use secateur_neural::units::{CostModel, UnitKind};

/// How widths are learned.
///
/// The authors' configuration is not public: no number here is theirs but the targets of their tables (0.15, 0.35,
/// 0.55). Defaults bring the convolutions of the tests to their target within `relax` in 200 steps and were not
/// compared with others. Masks start wide and need steps to arrive: look at [`super::WidthLearner::fraction`] before
/// exporting.
#[derive(Debug, Clone, PartialEq)]
pub struct S2hOptions {
    /// Steps, and how weights descend. The rate of masks has the same schedule.
    pub training: TrainOptions,
    /// `d`: candidates are multiples of so many channels. Heads come one by one.
    pub step: usize,
    /// `T` of the softmax over candidates.
    pub temperature: f64,
    /// `c`: weight of the gap between the two networks; 0: no distillation, and no pass of the hard network.
    pub gap_weight: f64,
    /// What the gap is, and whom it moves.
    pub gap: Gap,
    /// Whether logits are brought to mean 0 and variance 1 over classes before the gap is measured.
    pub normalise_logits: bool,
    /// What is counted.
    pub cost: CostModel,
    /// Fraction of the cost of the whole network that may stay.
    pub target: f64,
    /// `coef` of the resource term.
    pub resource_weight: f64,
    /// `relax`: how far from the target the fraction may be before resources have all their weight.
    pub relax: f64,
    /// `dis_flops_scale`: the length of the data gradient of masks against that of the resource gradient, beyond
    /// `relax`.
    pub data_scale: f64,
    /// Most that the former may be, however near the target is; infinite in the authors' code, where it grows as the
    /// inverse square of the distance.
    pub most_data_scale: f64,
    /// `max_init`: whether the first expected widths are close to one step below all units; else candidates are equally
    /// likely.
    pub max_init: bool,
    /// Largest rate of masks.
    pub mask_rate: f64,
    /// Fraction of the last step that a step of masks goes on.
    pub mask_momentum: f64,
    /// When units are sorted.
    pub order: Order,
}

/// The gap between the outputs `S` of the soft and `H` of the hard network, and whom its terms move. `D(P, Q)` is the
/// divergence of Kullback and Leibler `sum P log(P / Q)` per row; `[X]` moves nothing. The names `t1` to `t6` are those
/// of the authors' code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Gap {
    /// t1: `D([S], H)` moves weights and masks, `D(S, [H])` masks alone.
    #[default]
    Decoupled,
    /// t2: half of `D(S, H)` moves everything.
    Coupled,
    /// t3: `D([S], H)` moves weights and masks, `D([H], S)` masks alone.
    DecoupledTowards,
    /// t4: half of `D([S], H) + D([H], S)` moves everything.
    Symmetric,
    /// t5: half of `D(H, S)` moves everything.
    CoupledReversed,
    /// t6: `D(H, [S])` moves weights and masks, `D([H], S)` masks alone.
    DecoupledReversed,
}

/// When the units of a group are sorted by the norms of their weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Before the first step.
    #[default]
    AtStart,
    /// Before every step: which units go may change as long as training lasts.
    EveryStep,
}

impl Default for S2hOptions {
    fn default() -> Self {
        Self {
            training: TrainOptions::default(),
            step: 4,
            temperature: 1.0,
            gap_weight: 1.0,
            gap: Gap::Decoupled,
            normalise_logits: false,
            cost: CostModel::Flops { context: 0 },
            target: 0.35,
            resource_weight: 10.0,
            relax: 0.02,
            data_scale: 0.5,
            most_data_scale: 10.0,
            max_init: true,
            mask_rate: 1.0,
            mask_momentum: 0.0,
            order: Order::AtStart,
        }
    }
}

impl S2hOptions {
    /// `d` for units of a kind.
    pub(super) fn step_of(&self, kind: UnitKind) -> usize {
        if kind == UnitKind::Heads { 1 } else { self.step }
    }

    /// What is wrong with the numbers: name, value, what is expected.
    pub(super) fn wrong(&self) -> Option<(&'static str, f64, &'static str)> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let not_negative = |value: f64| value >= 0.0 && value.is_finite();
        let (fraction, momentum) = (self.target, self.mask_momentum);
        [
            ("step", self.step as f64, self.step > 0, "1 or more"),
            ("temperature", self.temperature, positive(self.temperature), "a positive number"),
            ("gap weight", self.gap_weight, not_negative(self.gap_weight), "0 or more"),
            ("target", fraction, positive(fraction) && fraction <= 1.0, "more than 0, at most 1"),
            ("resource weight", self.resource_weight, not_negative(self.resource_weight), "0 or more"),
            ("relax", self.relax, positive(self.relax), "a positive number"),
            ("data scale", self.data_scale, positive(self.data_scale), "a positive number"),
            ("largest data scale", self.most_data_scale, self.most_data_scale > 0.0, "a positive number"),
            ("rate of masks", self.mask_rate, not_negative(self.mask_rate), "0 or more"),
            ("momentum of masks", momentum, not_negative(momentum) && momentum < 1.0, "0 or more, below 1"),
        ]
        .into_iter()
        .find_map(|(what, value, right, expected)| (!right).then_some((what, value, expected)))
    }
}
