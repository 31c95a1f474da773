//! Schedules.

use secateur_neural::TrainOptions;

/// How masks are learned.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskOptions {
    /// Steps, and how logits descend. Its rate is that of logits: the authors multiply that of weights by 10.
    pub training: TrainOptions,
    /// What logits are multiplied by, at the first and the last step.
    pub scale: (f64, f64),
    /// Temperature of the softmax, at the first and the last step.
    pub temperature: (f64, f64),
    /// How far a prior mask moves the logits, in their standard deviations.
    pub prior_strength: f64,
    /// Reward of squared weights that stay, at the first step; 0 at the last.
    pub weight_reward: f64,
    /// Of logits and noise: the same seed gives the same masks.
    pub seed: u64,
}

impl Default for MaskOptions {
    /// What the authors' scripts have, in particular for LLaMA-2: 2,000 steps at 5e-4 falling by a cosine to a tenth
    /// without warm-up, scale 100 to 500, temperature 4 to 0.05, prior strength 3, reward 1e-5. (The defaults of their
    /// argument parser are others.)
    fn default() -> Self {
        Self {
            training: TrainOptions {
                steps: 2000,
                learning_rate: 5e-4,
                warm_up: 0.0,
                least_rate: 0.1,
                weight_decay: 0.1,
                beta_1: 0.9,
                beta_2: 0.95,
                epsilon: 1e-5,
                clip: 1.0,
            },
            scale: (1e2, 5e2),
            temperature: (4.0, 0.05),
            prior_strength: 3.0,
            weight_reward: 1e-5,
            seed: 0,
        }
    }
}

/// The schedules at a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct At {
    pub(super) scale: f64,
    pub(super) temperature: f64,
    pub(super) weight_reward: f64,
}

impl MaskOptions {
    pub(super) fn at(&self, step: usize) -> At {
        let done = step as f64 / self.training.steps.saturating_sub(1).max(1) as f64;
        let between = |(first, last): (f64, f64)| first + (last - first) * done.min(1.0);
        At {
            scale: between(self.scale),
            temperature: between(self.temperature),
            weight_reward: between((self.weight_reward, 0.0)),
        }
    }

    /// What is wrong with the numbers: name, value, what is expected.
    pub(super) fn wrong(&self) -> Option<(&'static str, f64, &'static str)> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let not_negative = |value: f64| value.is_finite() && value >= 0.0;
        [
            ("scale", self.scale.0, positive(self.scale.0), "a positive number"),
            ("scale", self.scale.1, positive(self.scale.1), "a positive number"),
            ("temperature", self.temperature.0, positive(self.temperature.0), "a positive number"),
            ("temperature", self.temperature.1, positive(self.temperature.1), "a positive number"),
            ("prior strength", self.prior_strength, not_negative(self.prior_strength), "0 or more"),
            ("weight reward", self.weight_reward, not_negative(self.weight_reward), "0 or more"),
        ]
        .into_iter()
        .find_map(|(what, value, right, expected)| (!right).then_some((what, value, expected)))
    }
}
