//! What the tests share: real data made into programs.

use secateur::forest::grow::{GrowParams, grow};
use secateur::forest::{
    Examples, Forest, InBag, Loss, LossOn, Lowered, PriceList, Source, SourceId, Target, lower, node_losses,
};
use secateur_datasets::{PriceSheet, Table, embedded};
use secateur_program::Control;

/// The embedded breast cancer data with its ten shared sources, and a forest grown on its first part.
pub struct BreastCancer {
    /// Rows the forest was grown on.
    pub train: Table,
    /// The other rows.
    pub rest: Table,
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
        let [train, rest] = <[Table; 2]>::try_from(parts).expect("two parts");
        let prices = price_list(&embedded::breast_cancer_prices(), &train);
        let params = GrowParams { n_trees: trees, seed, ..GrowParams::default() };
        let names = class_names(&train).to_vec();
        let grown =
            grow(train.features.view(), target(&train), &names, None, &params, &Control::new()).expect("sound data");
        Self { train, rest, prices, forest: grown.forest, in_bag: grown.in_bag }
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

/// The classes of a table.
pub fn target(table: &Table) -> Target<'_> {
    match &table.target {
        secateur_datasets::Target::Classes { labels, names } => Target::Classes { labels, n_classes: names.len() },
        secateur_datasets::Target::Values(values) => Target::Values(values),
        secateur_datasets::Target::None => Target::Values(&[]),
    }
}

/// The class names of a table; none for regression.
pub fn class_names(table: &Table) -> &[String] {
    match &table.target {
        secateur_datasets::Target::Classes { names, .. } => names,
        _ => &[],
    }
}

/// A table as examples.
pub fn examples(table: &Table) -> Examples<'_> {
    Examples::new(table.features.view(), target(table), None).expect("sound data")
}

/// The prices of a table's features.
pub fn price_list(sheet: &PriceSheet, table: &Table) -> PriceList {
    let source = |(name, price): &(String, f64)| Source { name: name.clone(), per_example: *price, per_model: 0.0 };
    let sources: Vec<Source> = sheet.sources.iter().map(source).collect();
    let id = |name: &String| {
        let position = sources.iter().position(|source| source.name == *name);
        SourceId(position.expect("the sheet lists its sources") as u32)
    };
    let needs = |feature: &String| {
        let (_, names) = sheet.features.iter().find(|(name, _)| name == feature).expect("the sheet lists all features");
        names.iter().map(id).collect()
    };
    let needs = table.feature_names.iter().map(needs).collect();
    PriceList::new(sources, needs).expect("published prices are sound")
}
