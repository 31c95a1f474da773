//! What can be removed from a network: units, what goes with each, and what units need of one another.
//!
//! A *group* is a row of interchangeable units in one place: the query heads of a layer, its key/value heads, its inner
//! channels, the residual channels of the whole network. A unit *owns* slices of weights, which go when it goes. A unit
//! may *need* a unit of another group: a query head its key/value head, a channel the tile it lies in. As a selection
//! program ([`Units::lower`]) units with gains are decisions, and what costs something is a resource: the one program
//! of this crate, so the same path, certificate and budgeted solver serve.

mod apply;
mod blocks;
mod cost;
mod describe;
mod error;
mod lower;
mod products;

pub use blocks::{Block, blocks};
pub use cost::CostModel;
pub use error::UnitError;
pub use lower::Lowered;
pub use products::CostProduct;

/// What the units of a group are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnitKind {
    /// Query heads of an attention layer.
    Heads,
    /// Key/value heads that query heads share.
    KeyValueHeads,
    /// Inner channels of a feed-forward layer, of a block of convolutions, or of a dense network.
    Channels,
    /// Channels that run through the whole network.
    Residual,
    /// Neighbouring units that are paid together.
    Tiles,
}

/// Interchangeable units in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Layer and kind, as `model.layers.0.heads`.
    pub name: String,
    /// What they are.
    pub kind: UnitKind,
    /// How many.
    pub n_units: usize,
    /// What goes with a unit.
    pub owns: Vec<Slice>,
    /// Where the units' output can be measured and masked: the linear layer whose input they are, unit after unit.
    /// Empty: nowhere.
    pub seen_by: String,
}

/// Unit u owns the entries `u * width .. (u + 1) * width` along one axis of a weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Name of the weight.
    pub weight: String,
    /// Axis of its shape.
    pub axis: usize,
    /// Entries per unit.
    pub width: usize,
}

/// Unit u of one group needs unit `unit[u]` of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Index of the group that needs.
    pub of: usize,
    /// Index of the group that is needed; a later one.
    pub on: usize,
    /// Shape (units of `of`).
    pub unit: Vec<usize>,
}

/// The prunable units of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units {
    groups: Vec<Group>,
    needs: Vec<Need>,
}

/// Which units stay, per group and unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept(Vec<Vec<bool>>);

impl Units {
    /// All groups.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// What units need of one another.
    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// Index of the group of this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.groups.iter().position(|group| group.name == name)
    }

    /// Units in all groups.
    pub fn n_units(&self) -> usize {
        self.groups.iter().map(|group| group.n_units).sum()
    }

    /// Everything stays.
    pub fn all_kept(&self) -> Kept {
        Kept(self.groups.iter().map(|group| vec![true; group.n_units]).collect())
    }

    /// Adds tiles to a group: every `size` neighbouring units need one tile, the last tile may be smaller. With a cost
    /// on tiles and none on their units, the first unit kept pays for all its neighbours, as hardware that works in
    /// multiples of `size` does.
    ///
    /// # Errors
    /// [`UnitError::Group`] if there is no such group; [`UnitError::Tile`] for a size of 0.
    pub fn tile(&mut self, group: usize, size: usize) -> Result<usize, UnitError> {
        let tiled = self.groups.get(group).ok_or(UnitError::Group { index: group, groups: self.groups.len() })?;
        if size == 0 {
            return Err(UnitError::Tile { group: tiled.name.clone() });
        }
        let tiles = Group {
            name: format!("{}.tiles", tiled.name),
            kind: UnitKind::Tiles,
            n_units: tiled.n_units.div_ceil(size),
            owns: Vec::new(),
            seen_by: String::new(),
        };
        let unit = (0..tiled.n_units).map(|unit| unit / size).collect();
        self.needs.push(Need { of: group, on: self.groups.len(), unit });
        self.groups.push(tiles);
        Ok(self.groups.len() - 1)
    }

    /// The same without key/value heads that serve nobody.
    ///
    /// # Panics
    /// If these are kept units of another network.
    pub fn without_idle(&self, mut kept: Kept) -> Kept {
        for need in self.needs.iter().filter(|need| self.groups[need.on].kind == UnitKind::KeyValueHeads) {
            for kv in 0..self.groups[need.on].n_units {
                let serves = need.unit.iter().zip(&kept.0[need.of]).any(|(own, head)| *own == kv && *head);
                kept.0[need.on][kv] = serves;
            }
        }
        kept
    }

    /// Every unit of another group that a unit needs, those needed by what it needs included: (group, unit).
    pub(super) fn needed_by(&self, group: usize, unit: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut open = vec![(group, unit)];
        while let Some((group, unit)) = open.pop() {
            for need in self.needs.iter().filter(|need| need.of == group) {
                let other = (need.on, need.unit[unit]);
                if !found.contains(&other) {
                    found.push(other);
                    open.push(other);
                }
            }
        }
        found
    }
}

impl Kept {
    /// Units of a group, in order.
    pub fn group(&self, group: usize) -> &[bool] {
        &self.0[group]
    }

    /// Changes one unit.
    ///
    /// # Panics
    /// If there is no such group or unit.
    pub fn set(&mut self, group: usize, unit: usize, kept: bool) {
        self.0[group][unit] = kept;
    }

    /// How many units of a group stay.
    pub fn count(&self, group: usize) -> usize {
        self.0[group].iter().filter(|kept| **kept).count()
    }
}
