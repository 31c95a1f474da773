//! What the tests share: real data made into programs, and the battery of laws for solvers.

pub mod battery;

use secateur::forest::grow::{GrowParams, grow};
use secateur::forest::{
    DatasetView, Forest, InBag, Loss, LossOn, Lowered, PriceList, Prices, TargetView, lower, node_losses,
};
use secateur_datasets::{Dataset, embedded};
use secateur_program::Control;

/// The embedded breast cancer data with its ten shared sources, and a forest grown on its first part.
pub struct BreastCancer {
    /// Rows the forest was grown on.
    pub train: Dataset,
    /// The other rows.
    pub rest: Dataset,
    /// Ten measurements, three features each.
    pub prices: PriceList,
    /// The forest.
    pub forest: Forest,
    /// Its bootstrap samples.
    pub in_bag: InBag,
}

impl BreastCancer {
    /// Grows `trees` trees on 300 rows; the same for the same seed.
    pub fn grow(trees: usize, seed: u64) -> Self {
        let (table, _) = embedded::breast_cancer().expect("the data is embedded");
        let rows = table.n_examples();
        let parts = table.shuffle_split(seed, &[300, rows - 300]).expect("569 rows");
        let [train, rest] = <[Dataset; 2]>::try_from(parts).expect("two parts");
        let prices =
            Prices::parse(&embedded::breast_cancer_prices()).expect("its own prices").resolve(&train.feature_names);
        let params = GrowParams { n_trees: trees, seed, ..GrowParams::default() };
        let grown = grow(train.features.view(), target(&train), train.class_names(), None, &params, &Control::new())
            .expect("sound data");
        Self {
            train,
            rest,
            prices: prices.expect("published prices are sound"),
            forest: grown.forest,
            in_bag: grown.in_bag,
        }
    }

    /// The program with losses counted out of bag and costs on the first `rows` rows of the rest.
    pub fn lower(&self, loss: Loss, rows: usize) -> Lowered {
        let losses =
            node_losses(&self.forest, LossOn::OutOfBag(examples(&self.train), &self.in_bag), loss, &Control::new());
        let some: Vec<usize> = (0..rows).collect();
        let cost_on = self.rest.select(&some);
        lower(&self.forest, &losses.expect("sound data"), examples(&cost_on), &self.prices, &Control::new())
            .expect("sound data")
    }
}

/// The answers of a table that has some.
pub fn target(table: &Dataset) -> TargetView<'_> {
    table.target_view().expect("labelled data")
}

/// A table as examples.
pub fn examples(table: &Dataset) -> DatasetView<'_> {
    table.view().expect("sound data")
}
