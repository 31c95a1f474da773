//! What can be chosen on the command line, and what the library calls it.

use clap::ValueEnum;
use secateur_methods::pipeline;
use secateur_methods::weights::Rule;

#[derive(Debug, Clone, Copy, Default, PartialEq, ValueEnum)]
pub(in crate::commands) enum What {
    #[default]
    Units,
    Heads,
    Weights,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, ValueEnum)]
pub(in crate::commands) enum Cost {
    #[default]
    Parameters,
    Flops,
    Seconds,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, ValueEnum)]
pub(in crate::commands) enum Method {
    /// The least loss of a measured table, for what may go
    #[default]
    Exact,
    /// The same share of every layer
    Uniform,
    /// SlimGPT's schedule: less of early layers goes (heads and channels)
    Logarithmic,
    /// Michel et al.: sensitivity of the loss, chosen exactly (heads and channels)
    Importance,
    /// Yin et al.: layers with outliers among Wanda's scores keep more (weights)
    Owl,
    /// DSA: layers whose scores by Wanda are spread more go first (weights)
    Dsa,
    /// ALS: layers that say what others say keep less (weights)
    Als,
    /// One threshold on all scores (weights)
    Global,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, ValueEnum)]
pub(in crate::commands) enum WeightRule {
    Magnitude,
    #[default]
    Wanda,
    Sparsegpt,
}

impl From<What> for pipeline::What {
    fn from(what: What) -> Self {
        match what {
            What::Units => Self::Units,
            What::Heads => Self::Heads,
            What::Weights => Self::Weights,
        }
    }
}

impl From<Cost> for pipeline::Cost {
    fn from(cost: Cost) -> Self {
        match cost {
            Cost::Parameters => Self::Parameters,
            Cost::Flops => Self::Flops,
            Cost::Seconds => Self::Seconds,
        }
    }
}

impl From<Method> for pipeline::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Exact => Self::Exact,
            Method::Uniform => Self::Uniform,
            Method::Logarithmic => Self::Logarithmic,
            Method::Importance => Self::Importance,
            Method::Owl => Self::Owl,
            Method::Dsa => Self::Dsa,
            Method::Als => Self::Als,
            Method::Global => Self::Global,
        }
    }
}

impl From<WeightRule> for Rule {
    fn from(rule: WeightRule) -> Self {
        match rule {
            WeightRule::Magnitude => Self::Magnitude,
            WeightRule::Wanda => Self::Wanda,
            WeightRule::Sparsegpt => Self::SparseGpt { damping: 0.01 },
        }
    }
}
