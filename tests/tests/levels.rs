//! HiGHS as the judge of level tables: branch and bound on the table's program finds the loss that the exact lists find, to the last integer.

use proptest::prelude::*;
use secateur::neural::levels::{Level, LevelTable};
use secateur_highs::{HighsOptions, solve_mip_within};
use secateur_program::{Control, Status};

/// Both solvers at a budget between the cheapest and the dearest choice; losses are integers in doubles.
fn agree(layers: Vec<Vec<Level>>, share: f64) -> Result<(), TestCaseError> {
    let extreme = |of: fn(f64, f64) -> f64| -> f64 {
        layers.iter().filter_map(|own| own.iter().map(|level| level.cost).reduce(of)).sum()
    };
    let (least, most) = (extreme(f64::min), extreme(f64::max));
    let budget = (least + share * (most - least)).floor();
    let table = LevelTable::new(layers).expect("sound numbers");
    let choice = table.within(budget, &Control::new()).expect("the cheapest choice fits");
    prop_assert_eq!(choice.status, Status::Optimal);
    prop_assert!(choice.cost <= budget);

    let chains = table.chains().expect("integers");
    let limit = chains.limit(budget).expect("the cheapest choice fits");
    let mip = solve_mip_within(chains.program(), &[limit], &HighsOptions::default()).expect("HiGHS solves it");
    prop_assert_eq!(mip.status, Status::Optimal);
    let entries = || table.layers().iter().zip(chains.levels(&mip.selection)).map(|(own, level)| own[level]);
    prop_assert!(entries().map(|level| level.cost).sum::<f64>() <= budget);
    prop_assert_eq!(entries().map(|level| level.loss).sum::<f64>(), choice.loss);
    Ok(())
}

fn level(loss: i32, cost: u32) -> Level {
    Level { loss: f64::from(loss), cost: f64::from(cost) }
}

/// Levels in any order of anything, some at no cost, some at no use.
fn any_table() -> impl Strategy<Value = Vec<Vec<Level>>> {
    let own = (-100..1000i32, 0..60u32).prop_map(|(loss, cost)| level(loss, cost));
    prop::collection::vec(prop::collection::vec(own, 1..8), 1..10)
}

/// One row of levels per block: what is lost rises with the square of the share removed, and some noise.
fn blocks() -> impl Strategy<Value = Vec<Vec<Level>>> {
    let block = |levels: i32| {
        let noise = prop::collection::vec(0..200i32, levels as usize);
        (1..40i32, 1..5u32, noise).prop_map(move |(weight, size, noise)| {
            let own = (0..levels).zip(noise);
            own.map(|(at, noise)| level(weight * at * at + noise * at.min(1), size * (levels - at) as u32)).collect()
        })
    };
    (20..=80usize, 4..24i32).prop_flat_map(move |(layers, levels)| prop::collection::vec(block(levels), layers))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_levels(layers in any_table(), share in 0.0..1.0f64) {
        agree(layers, share)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn one_level_per_block_of_20_to_80(layers in blocks(), share in 0.1..0.9f64) {
        agree(layers, share)?;
    }
}
