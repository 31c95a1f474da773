//! What of a group goes in one piece: a channel, a head, or the query heads that share a key/value head.

use secateur_neural::units::{UnitKind, Units};

use super::obs::Sweep;

/// Which query heads go together where several share a key/value head. Elsewhere (multi-head attention, encoders)
/// single heads go, whatever this says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sharing {
    /// A key/value head and all query heads that it serves: what goes saves keys and values as well, and the others
    /// keep as many query heads each.
    #[default]
    Groups,
    /// One query head of every key/value head at a time, so that all serve as many; the key/value heads stay until the
    /// last query heads go.
    OneOfEach,
    /// Any query head. Key/value heads then serve different numbers, for which other runtimes need a map of heads.
    Any,
}

/// The units of a group in pieces; of every class of pieces as many go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pieces {
    /// The units of each piece.
    members: Vec<Vec<usize>>,
    /// The class of each piece.
    classes: Vec<usize>,
}

/// Key/value heads that serve different numbers of query heads have no even way to go: there any head may go.
impl Pieces {
    /// Of a group of a network's units.
    pub(super) fn of(units: &Units, group: usize, sharing: Sharing) -> Self {
        let n_units = units.groups()[group].n_units;
        let single = || (0..n_units).map(|unit| vec![unit]).collect();
        let served = served(units, group);
        match (served, sharing) {
            (Some(served), Sharing::Groups) => Self { classes: vec![0; served.len()], members: served },
            (Some(served), Sharing::OneOfEach) => {
                let mut classes = vec![0; n_units];
                for (class, heads) in served.iter().enumerate() {
                    heads.iter().for_each(|head| classes[*head] = class);
                }
                Self { members: single(), classes }
            }
            _ => Self { members: single(), classes: vec![0; n_units] },
        }
    }

    pub(super) fn classes(&self) -> &[usize] {
        &self.classes
    }

    /// How many pieces of every class go at a fraction, ties to the even number.
    pub(super) fn quota(&self, fraction: f64) -> Vec<usize> {
        let n_classes = self.classes.iter().map(|class| class + 1).max().unwrap_or(0);
        let mut sizes = vec![0usize; n_classes];
        self.classes.iter().for_each(|class| sizes[*class] += 1);
        sizes.into_iter().map(|size| (size as f64 * fraction).round_ties_even() as usize).collect()
    }

    /// How many units go at a fraction.
    pub(super) fn gone(&self, fraction: f64) -> usize {
        self.quota(fraction).iter().sum::<usize>() * self.size()
    }

    /// Numbers of units gone, ascending, at which every class has lost as many pieces.
    pub(super) fn steps(&self) -> Vec<usize> {
        let n_classes = self.quota(0.0).len().max(1);
        (1..=self.members.len() / n_classes).map(|step| step * n_classes * self.size()).collect()
    }

    /// The columns of each piece from those of each unit.
    pub(super) fn columns(&self, of_units: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let of_piece = |units: &Vec<usize>| units.iter().flat_map(|unit| of_units[*unit].iter().copied()).collect();
        self.members.iter().map(of_piece).collect()
    }

    /// The units of these pieces, in their order.
    pub(super) fn units(&self, pieces: &[usize]) -> Vec<usize> {
        pieces.iter().flat_map(|piece| self.members[*piece].iter().copied()).collect()
    }

    /// A sweep of pieces as one of units. Within a piece the error is that of the whole piece.
    pub(super) fn sweep_of_units(&self, sweep: &Sweep) -> Sweep {
        let mut errors = vec![sweep.errors[0]];
        for error in &sweep.errors[1..] {
            errors.extend(std::iter::repeat_n(*error, self.size()));
        }
        Sweep { order: self.units(&sweep.order), errors }
    }

    /// Units of a piece: all have as many.
    fn size(&self) -> usize {
        self.members.first().map_or(1, Vec::len)
    }
}

/// The query heads that each key/value head serves, if each serves as many, and more than one.
pub(super) fn served(units: &Units, group: usize) -> Option<Vec<Vec<usize>>> {
    let shared = |on: usize| units.groups()[on].kind == UnitKind::KeyValueHeads;
    let need = units.needs().iter().find(|need| need.of == group && shared(need.on))?;
    let mut served = vec![Vec::new(); units.groups()[need.on].n_units];
    need.unit.iter().enumerate().for_each(|(head, kv)| served[*kv].push(head));
    served.retain(|heads: &Vec<usize>| !heads.is_empty());
    let size = served.first().map_or(0, Vec::len);
    (size > 1 && served.iter().all(|heads| heads.len() == size)).then_some(served)
}
