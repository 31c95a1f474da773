//! What widths cost together.

use secateur_neural::Network;
use secateur_neural::units::{CostModel, Units};

/// The cost of a network as a function of the widths of some groups: a sum of products, bilinear for dense networks,
/// linear in each width always.
#[derive(Debug, Clone, PartialEq)]
pub struct WidthCosts {
    /// Units of every group.
    pub(super) units: Vec<usize>,
    /// Cost per unit of each of the groups, by places in `units`, ascending.
    pub(super) products: Vec<(f64, Vec<usize>)>,
    /// The whole network's.
    total: f64,
}

impl WidthCosts {
    /// * `groups`: indices of the groups whose widths vary; the others stay whole.
    pub(super) fn new(network: &Network, units: &Units, groups: &[usize], model: CostModel) -> Self {
        let n_units = |group: usize| units.groups()[group].n_units;
        let place = |group: &usize| groups.iter().position(|own| own == group);
        let per_unit = |part: secateur_neural::units::CostProduct| {
            let varying: Vec<usize> = part.groups.iter().filter_map(place).collect();
            let combinations: usize = varying.iter().map(|place| n_units(groups[*place])).product();
            // A whole number where costs of entries are: no rounding in what follows.
            (part.cost / combinations as f64, varying)
        };
        Self {
            units: groups.iter().map(|group| n_units(*group)).collect(),
            products: model.products(network, units).into_iter().map(per_unit).collect(),
            total: model.total(network),
        }
    }

    /// Costs that tests make up.
    #[cfg(test)]
    pub(super) fn of_products(units: Vec<usize>, products: Vec<(f64, Vec<usize>)>) -> Self {
        let mut costs = Self { units, products, total: 0.0 };
        costs.total = costs.at(&costs.units);
        costs
    }

    /// The cost of the whole network.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// The cost at these widths, one per group, in order.
    ///
    /// # Panics
    /// For fewer widths than groups.
    pub fn at(&self, widths: &[usize]) -> f64 {
        self.products.iter().map(|(cost, groups)| product(*cost, groups, widths)).sum()
    }

    /// Derivatives of [`Self::at`].
    pub(super) fn slopes(&self, widths: &[usize]) -> Vec<f64> {
        let mut slopes = vec![0.0; self.units.len()];
        for (cost, groups) in &self.products {
            for group in groups {
                let others: f64 = groups.iter().filter(|own| *own != group).map(|own| widths[*own] as f64).product();
                slopes[*group] += cost * others;
            }
        }
        slopes
    }

    /// `R = coef (cost / all - target)^2`, with `coef` 1, and its derivatives by expected widths: those at the rounded
    /// widths.
    pub(super) fn penalty(&self, widths: &[usize], target: f64) -> Penalty {
        let off = self.at(widths) / self.total - target;
        let slopes = self.slopes(widths).into_iter().map(|slope| 2.0 * off * slope / self.total).collect();
        Penalty { off, value: off * off, slopes }
    }
}

/// How far a network is from its target.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Penalty {
    /// Fraction of the cost above the target.
    pub(super) off: f64,
    pub(super) value: f64,
    /// Per group.
    pub(super) slopes: Vec<f64>,
}

fn product(cost: f64, groups: &[usize], widths: &[usize]) -> f64 {
    groups.iter().map(|group| widths[*group] as f64).product::<f64>() * cost
}
