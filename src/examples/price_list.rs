//! Prices of groups of features, of derived features, of what is free, and of what is paid once per model.
//!
//! Look at the prices by feature: a second test from the same blood draw adds its own price only.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur::{Prices, SourceId};

const PRICES: &str = r#"
[sources]                                            # what is paid for, once per patient
draw = 2.10                                          # a blood draw, shared by two tests
chol = 5.17
fbs = 3.10
height = 0.50
weight = 0.50
scanner = { per_example = 1.0, per_model = 40.0 }    # 40 more if any split of the model uses it

[features]                                           # what each feature needs
age = []                                             # free
chol = ["draw", "chol"]
fbs = ["draw", "fbs"]
bmi = ["height", "weight"]                           # derived: needs both parts
image_score = ["scanner"]
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let names = ["age", "chol", "fbs", "bmi", "image_score"].map(String::from);
    let prices = Prices::parse(PRICES)?.resolve(&names)?;

    for (feature, name) in names.iter().enumerate() {
        let source = |source: &SourceId| prices.sources()[source.index()].name.as_str();
        match prices.needs(feature) {
            [] => println!("{name:12} free"),
            needs => {
                let needs: Vec<&str> = needs.iter().map(source).collect();
                println!("{name:12} {:5.2} alone, needs {needs:?}", prices.price_of(feature));
            }
        }
    }

    // What a patient pays who needs both tests: every source once.
    let mut both: Vec<SourceId> = [1, 2].iter().flat_map(|&feature| prices.needs(feature).iter().copied()).collect();
    both.sort_unstable();
    both.dedup();
    let bill: f64 = both.iter().map(|source| prices.sources()[source.index()].per_example).sum();
    println!("chol and fbs together: {bill:.2}");
    assert!((bill - (2.10 + 5.17 + 3.10)).abs() < 1e-12);
    assert!(prices.needs(0).is_empty() && prices.needs(3).len() == 2);

    // A name that no feature has is refused, with the name.
    let refusal = Prices::parse("[features]\nheigth = []")?.resolve(&names).expect_err("no feature is called so");
    println!("refused: {refusal}");
    Ok(())
}
