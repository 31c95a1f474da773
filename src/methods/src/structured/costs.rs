//! What groups cost by the number of their units that are left.

use secateur_neural::units::{Group, Kept, UnitKind, Units};

use crate::MethodError;
use crate::pieces::{Pieces, Sharing, served};
use crate::slimgpt::slims;

/// What a group costs by the number of its units that are left; key/value heads are counted with the query heads that
/// they serve.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupCosts(pub(super) Vec<Option<Vec<f64>>>);

impl GroupCosts {
    /// From costs per unit ([`secateur_neural::units::CostModel::unit_costs`]). Key/value heads are counted while they
    /// serve a head that is left, as heads go by `sharing`; where that does not say which are left, at their most.
    pub fn of_units(units: &Units, costs: &[Vec<f64>], sharing: Sharing) -> Self {
        let of_group = |(index, group): (usize, &Group)| {
            slims(group).then(|| {
                let shared = units.needs().iter().filter(|need| need.of == index);
                let needed: Vec<(f64, usize)> =
                    shared.map(|need| (costs[need.on].iter().sum(), units.groups()[need.on].n_units)).collect();
                let mean = costs[index].iter().sum::<f64>() / group.n_units.max(1) as f64;
                let size = served(units, index).map_or(1, |served| served[0].len());
                let others = |left: usize| -> f64 {
                    let of_need = |(cost, n): &(f64, usize)| {
                        let needed = match sharing {
                            Sharing::Groups => left.div_ceil(size),
                            Sharing::OneOfEach if size > 1 => *n,
                            _ => left,
                        };
                        cost * needed.min(*n) as f64 / (*n).max(1) as f64
                    };
                    needed.iter().map(of_need).sum()
                };
                let of_count = |left: usize| if left == 0 { 0.0 } else { left as f64 * mean + others(left) };
                (0..=group.n_units).map(of_count).collect()
            })
        };
        Self(units.groups().iter().enumerate().map(of_group).collect())
    }

    /// From any table: per group the cost of 0, 1, ... units; `None` for groups that stay.
    ///
    /// # Errors
    /// [`MethodError::Number`] for another number of groups or units.
    pub fn new(units: &Units, costs: Vec<Option<Vec<f64>>>) -> Result<Self, MethodError> {
        let wrong = |what: String, value: usize, expected: usize| {
            Err(MethodError::Number { what, value: value as f64, expected: expected.to_string() })
        };
        if costs.len() != units.groups().len() {
            return wrong("number of groups with costs".into(), costs.len(), units.groups().len());
        }
        for (group, own) in units.groups().iter().zip(&costs) {
            if let Some(own) = own.as_ref().filter(|own| own.len() != group.n_units + 1) {
                return wrong(format!("{}: number of costs", group.name), own.len(), group.n_units + 1);
            }
        }
        Ok(Self(costs))
    }

    /// Of groups of these kinds only; the others stay.
    pub fn of_kinds(self, units: &Units, kinds: &[UnitKind]) -> Self {
        let wanted = |(group, own): (&Group, Option<Vec<f64>>)| own.filter(|_| kinds.contains(&group.kind));
        Self(units.groups().iter().zip(self.0).map(wanted).collect())
    }

    /// The cost of this many units of a group.
    pub fn of(&self, group: usize, left: usize) -> f64 {
        self.0[group].as_ref().map_or(0.0, |costs| costs[left])
    }

    /// The cost of what stays, over the groups with costs.
    pub fn of_kept(&self, kept: &Kept) -> f64 {
        (0..self.0.len()).map(|group| self.of(group, if self.0[group].is_some() { kept.count(group) } else { 0 })).sum()
    }

    /// The cost of everything.
    pub fn total(&self) -> f64 {
        self.0.iter().flatten().filter_map(|costs| costs.last()).sum()
    }

    /// The cost with fractions of the groups gone, rounded as [`crate::slimgpt::slim_gpt`] rounds.
    pub(super) fn with_gone(&self, units: &Units, fractions: &[Option<f64>], sharing: Sharing) -> f64 {
        let of_group = |group: usize| {
            let gone = Pieces::of(units, group, sharing).gone(fractions[group].unwrap_or(0.0));
            self.of(group, units.groups()[group].n_units - gone)
        };
        (0..self.0.len()).filter(|group| self.0[*group].is_some()).map(of_group).sum()
    }
}
