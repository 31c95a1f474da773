use ndarray::Array2;
use proptest::prelude::*;
use secateur_neural::cpu::Cpu;
use secateur_neural::units::CostModel;
use secateur_neural::{Batch, Config, Inputs, MlpConfig, Network, evaluate};
use secateur_program::{Control, Status};

use super::exact::{least_loss, least_loss_in};
use super::*;
use crate::s2h::S2hOptions;

/// Every choice: counts, loss, cost.
fn all(table: &WidthTable) -> Vec<(Vec<usize>, f64, f64)> {
    let mut found = vec![(Vec::new(), 0.0)];
    for own in table.groups() {
        let longer = |(counts, loss): &(Vec<usize>, f64)| -> Vec<(Vec<usize>, f64)> {
            let with = |(count, more): (&usize, &f64)| ([counts.as_slice(), &[*count]].concat(), loss + more);
            own.counts.iter().zip(&own.losses).map(with).collect()
        };
        found = found.iter().flat_map(longer).collect();
    }
    let priced = |(counts, loss): (Vec<usize>, f64)| {
        let cost = table.costs().at(&counts);
        (counts, loss, cost)
    };
    found.into_iter().map(priced).collect()
}

/// A table with losses in quarters, and costs as `products` (whole numbers) say.
fn table(n_counts: usize, losses: &[i32], n_groups: usize, products: &[(u32, Vec<usize>)]) -> WidthTable {
    let group = |group: usize| GroupWidths {
        group,
        order: (0..2 * n_counts).collect(),
        counts: (1..=n_counts).map(|k| 2 * k).collect(),
        losses: (0..n_counts).map(|k| f64::from(losses[(group * n_counts + k) % losses.len()]) / 4.0).collect(),
    };
    let products = products.iter().map(|(cost, groups)| (f64::from(*cost), groups.clone())).collect();
    let costs = WidthCosts::of_products(vec![2 * n_counts; n_groups], products);
    WidthTable { groups: (0..n_groups).map(group).collect(), costs }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Faithfulness 6, and more: the exact choice is the best of all.
    #[test]
    fn exact_widths_are_the_best_of_all(
        losses in prop::collection::vec(-4..40i32, 20),
        prices in prop::collection::vec(0..9u32, 8),
        (n_groups, n_counts, kind) in (1..5usize, 1..6usize, 0..3usize),
        fraction in 0.0..1.0f64,
        wanted in prop::collection::vec(0.0..12.0f64, 4),
    ) {
        // Chains of dense layers; sums; any sets of up to three groups.
        let mut products: Vec<(u32, Vec<usize>)> = vec![(prices[7], vec![])];
        for group in 0..n_groups {
            products.push((prices[group], vec![group]));
            if kind == 0 && group > 0 {
                products.push((prices[4 + group % 4], vec![group - 1, group]));
            }
            if kind == 2 && n_groups > 2 {
                let mut set = vec![group, (group + 1) % n_groups, (group + 2 + prices[0] as usize) % n_groups];
                set.sort_unstable();
                set.dedup();
                products.push((prices[4 + group % 4], set));
            }
        }
        let table = table(n_counts, &losses, n_groups, &products);
        let all = all(&table);
        let costs = all.iter().map(|(_, _, cost)| *cost);
        let (least, most) = costs.fold((f64::INFINITY, 0.0f64), |(low, high), cost| (low.min(cost), high.max(cost)));
        let budget = least + fraction * (most - least);
        let best = all.iter().filter(|(_, _, cost)| *cost <= budget).map(|(_, loss, _)| *loss).fold(f64::INFINITY, f64::min);
        let exact = table.within(budget, &Control::new()).unwrap();
        prop_assert_eq!(exact.status, Status::Optimal);
        prop_assert!(exact.cost <= budget && exact.loss == best, "{exact:?} {best}");
        // The dynamic programme serves sums as well.
        let (levels, status) = least_loss(table.groups(), table.costs(), budget, &Control::new());
        let choice = table.choice(&levels, status);
        prop_assert!(choice.cost <= budget && choice.loss == best && status == Status::Optimal, "{choice:?} {best}");
        for other in [table.ceil_then_trim(&wanted[..n_groups], budget).unwrap(), table.uniform(budget).unwrap()] {
            prop_assert!(other.cost <= budget && other.loss >= exact.loss, "{other:?} {exact:?}");
            prop_assert!(all.iter().any(|(counts, loss, cost)| (counts, *loss, *cost) == (&other.counts, other.loss, other.cost)));
        }
        // Where wanted widths fit, they are only rounded up.
        let up: Vec<usize> = wanted.iter().take(n_groups).map(|w| ((w / 2.0).ceil().max(1.0) as usize * 2).min(2 * n_counts)).collect();
        if table.costs().at(&up) <= budget {
            prop_assert_eq!(table.ceil_then_trim(&wanted[..n_groups], budget).unwrap().counts, up);
        }
        // Without room for lists there is a choice all the same.
        let (levels, status) = least_loss_in(table.groups(), table.costs(), budget, 1, &Control::new());
        let choice = table.choice(&levels, status);
        prop_assert!(choice.cost <= budget && choice.loss >= best && (status == Status::IterationLimit || choice.loss == best));
        let control = Control::new();
        control.cancel();
        let (levels, status) = least_loss(table.groups(), table.costs(), budget, &control);
        prop_assert!(table.choice(&levels, status).cost <= budget && status == Status::Cancelled);
    }
}

#[test]
fn measured_losses_are_those_of_narrower_networks() {
    let network = Network::random(Config::Mlp(MlpConfig { widths: vec![5, 12, 10, 3] }), 4).unwrap();
    let rows = Array2::from_shape_fn((20, 5), |(row, column)| ((row * 3 + column * 7) % 11) as f32 / 5.0 - 1.0);
    let batches = [Batch { inputs: Inputs::Rows(rows), labels: (0..20).map(|row| row % 3).collect() }];
    let options = S2hOptions::default();
    let (device, control) = (Default::default(), Control::new());
    let table = WidthTable::measure::<Cpu>(&network, &batches, &options, &device, &control).unwrap();
    let loss = |network: &Network| evaluate::<Cpu>(network, &network.params(&device), &batches, &control).unwrap().loss;
    assert_eq!(
        table.groups().iter().map(|own| own.counts.clone()).collect::<Vec<_>>(),
        [vec![4, 8, 12], vec![4, 8, 10]]
    );
    let units = Units::of(&network);
    let flops = CostModel::Flops { context: 0 };
    for budget in [0.25, 0.5, 0.9, 1.0].map(|fraction| fraction * flops.total(&network)) {
        let choice = table.within(budget, &control).unwrap();
        let smaller = units.prune(&network, &table.kept(&units, &choice)).unwrap();
        assert_eq!(choice.cost, flops.total(&smaller));
        assert!(choice.cost <= budget);
    }
    for (index, own) in table.groups().iter().enumerate() {
        for (level, count) in own.counts.iter().enumerate() {
            let mut counts = vec![12, 10];
            counts[index] = *count;
            let choice = WidthChoice { counts, loss: 0.0, cost: 0.0, status: Status::Optimal };
            let kept = table.kept(&units, &choice);
            // Those of largest weights stay.
            let matrix = network.weights().matrix(&format!("layers.{index}.weight")).unwrap();
            let norm = |unit: usize| matrix.row(unit).iter().map(|w| w.abs()).sum::<f32>();
            let of = |stays: bool| {
                (0..own.order.len()).filter(move |unit| kept.group(index)[*unit] == stays).collect::<Vec<_>>()
            };
            let (stay, go) = (of.clone()(true), of(false));
            assert_eq!(stay.len(), *count);
            assert!(stay.iter().all(|a| go.iter().all(|b| norm(*a) >= norm(*b))));
            let narrower = units.prune(&network, &table.kept(&units, &choice)).unwrap();
            assert!((own.losses[level] - (loss(&narrower) - loss(&network))).abs() < 1e-9);
        }
    }
}
