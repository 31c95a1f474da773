//! How much is tried.

/// Up to so many training examples are dealt into folds: with more, a validation set tells candidates apart well enough.
const FEW: usize = 4_000;

/// Parameters of [`tune`](super::tune).
#[derive(Debug, Clone, PartialEq)]
pub struct TuneParams {
    /// Budgets: mean cost per example, in the currency of the prices. Empty: a spread is chosen.
    pub budgets: Vec<f64>,
    /// Seed of all random choices. Default 0.
    pub seed: u64,
    /// Folds that training and validation examples are dealt into together, each held out once; fewer than two: the validation
    /// examples are held out. Default 5.
    pub folds: usize,
    /// Whether the models chosen are trained anew on training and validation examples together. Default true.
    pub retrain: bool,
    /// Values of lambda at which policies are boosted, besides the free one. Default 13.
    pub price_levels: usize,
    /// Sizes of trees that are boosted at each of these levels: 1, of at most 31 leaves; 2, of at most 8 as well. Default 2.
    pub policy_sizes: usize,
    /// Values of lambda at which policies are boosted whose training examples pay at most the budget, for each budget. Default 3.
    pub capped_levels: usize,
    /// Trees of the bagged forest that is pruned exactly into policies. Default 100.
    pub policy_trees: usize,
    /// Most trees of a boosted policy. Default 300.
    pub policy_rounds: usize,
    /// Policies that get predictors, per budget. Default 3.
    pub policies: usize,
    /// Boosted predictors that are averaged. Default 3; 0: none.
    pub bags: usize,
    /// Most trees of each boosted predictor. Default 600.
    pub predictor_rounds: usize,
    /// Trees of the random forest that predicts. Default 100; 0: none.
    pub predictor_trees: usize,
}

impl Default for TuneParams {
    fn default() -> Self {
        Self {
            budgets: Vec::new(),
            seed: 0,
            folds: 5,
            retrain: true,
            price_levels: 13,
            policy_sizes: 2,
            capped_levels: 3,
            policy_trees: 100,
            policy_rounds: 300,
            policies: 3,
            bags: 3,
            predictor_rounds: 600,
            predictor_trees: 100,
        }
    }
}

impl TuneParams {
    /// Parameters for which tuning takes minutes on two cores: less is tried the more there is to count.
    ///
    /// `scores`: 1 for two classes or values, else the number of classes.
    pub fn for_size(rows: usize, features: usize, scores: usize) -> Self {
        let numbers = rows * features * scores;
        let folds = if rows <= FEW { Self::default().folds } else { 1 };
        let standard = Self { folds, ..Self::default() };
        match numbers {
            0..=400_000 => standard,
            400_001..=2_000_000 => Self { policies: 2, bags: 2, capped_levels: 2, ..standard },
            2_000_001..=6_000_000 => {
                Self { policies: 2, bags: 1, capped_levels: 2, predictor_rounds: 300, policy_rounds: 200, ..standard }
            }
            _ => Self {
                price_levels: 9,
                policy_sizes: 1,
                capped_levels: 1,
                policy_rounds: 100,
                policies: 1,
                bags: 1,
                predictor_rounds: 150,
                ..standard
            },
        }
    }
}
