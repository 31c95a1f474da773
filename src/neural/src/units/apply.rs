//! From kept units to a network: masked, or smaller.

use ndarray::{ArrayD, Axis};

use super::{Kept, UnitError, UnitKind, Units};
use crate::models::decoder;
use crate::{Config, Network, Weights};

impl Units {
    /// The network with zeros wherever a unit that goes owns something; of the same shape.
    ///
    /// # Errors
    /// [`UnitError`]: kept units of another network, or without what they need.
    pub fn mask(&self, network: &Network, kept: &Kept) -> Result<Network, UnitError> {
        self.check_kept(kept)?;
        let (config, mut weights) = network.clone().into_parts();
        for (group, kept) in self.groups.iter().zip(&kept.0) {
            for slice in &group.owns {
                let Some(tensor) = weights.get_mut(&slice.weight) else { continue };
                for (entry, mut part) in tensor.axis_iter_mut(Axis(slice.axis)).enumerate() {
                    if !kept[entry / slice.width] {
                        part.fill(0.0);
                    }
                }
            }
        }
        Ok(Network::new(config, weights)?)
    }

    /// The network without the units that go: smaller weights, and a configuration that says so. Its outputs are those
    /// of the masked network. Sizes in the configuration follow where all layers agree; where query heads are unevenly
    /// left it says which key/value head serves each.
    ///
    /// # Errors
    /// [`UnitError`]: kept units of another network, or without what they need; nothing left of the residual stream.
    ///
    /// # Complexity
    /// O(parameters).
    pub fn prune(&self, network: &Network, kept: &Kept) -> Result<Network, UnitError> {
        self.check_kept(kept)?;
        let (mut config, mut weights) = network.clone().into_parts();
        for (group, kept) in self.groups.iter().zip(&kept.0) {
            for slice in &group.owns {
                let Some(tensor) = weights.get_mut(&slice.weight) else { continue };
                let entries: Vec<usize> =
                    (0..tensor.shape()[slice.axis]).filter(|entry| kept[entry / slice.width]).collect();
                *tensor = tensor.select(Axis(slice.axis), &entries);
            }
        }
        match &mut config {
            Config::Decoder(config) => self.shrink_decoder(config, &mut weights, kept)?,
            Config::Encoder(config) => {
                config.head_dim = Some(config.head_dim());
                uniform(self.left(kept, UnitKind::Heads), &mut config.num_attention_heads);
                uniform(self.left(kept, UnitKind::Channels), &mut config.intermediate_size);
            }
            Config::Convnet(config) => {
                for (block, left) in config.blocks.iter_mut().zip(self.left(kept, UnitKind::Channels)) {
                    block.expanded = left;
                }
            }
            Config::Mlp(config) => {
                let last = config.widths.len() - 1;
                for (width, left) in config.widths[1..last].iter_mut().zip(self.left(kept, UnitKind::Channels)) {
                    *width = left;
                }
            }
        }
        Ok(Network::new(config, weights)?)
    }

    /// Units left in every group of a kind, in order.
    fn left(&self, kept: &Kept, kind: UnitKind) -> Vec<usize> {
        let of_kind = self.groups.iter().enumerate().filter(|(_, group)| group.kind == kind);
        of_kind.map(|(index, _)| kept.count(index)).collect()
    }

    fn shrink_decoder(
        &self,
        config: &mut crate::DecoderConfig,
        weights: &mut Weights,
        kept: &Kept,
    ) -> Result<(), UnitError> {
        let of_kind = |kind: UnitKind| self.groups.iter().enumerate().filter(move |(_, group)| group.kind == kind);
        config.head_dim = Some(config.head_dim());
        // Which key/value head, counted among those left, serves each query head left.
        let mut served = Vec::new();
        for (heads, _) in of_kind(UnitKind::Heads) {
            let Some(need) = self.needs.iter().find(|need| need.of == heads) else { continue };
            let place = |kv: usize| kept.0[need.on][..kv].iter().filter(|kept| **kept).count();
            let left = need.unit.iter().zip(&kept.0[heads]).filter(|(_, kept)| **kept);
            served.push((left.map(|(kv, _)| place(*kv)).collect::<Vec<_>>(), kept.count(need.on)));
        }
        let in_turn = |(served, n_kv): &(Vec<usize>, usize)| {
            served.is_empty()
                || (served.len().is_multiple_of(*n_kv)
                    && *served == crate::models::attention::served_in_turn(served.len(), *n_kv))
        };
        let even = served.iter().all(in_turn);
        config.kv_of_query = (!even).then(|| served.iter().map(|(served, _)| served.clone()).collect());
        let (heads, kv) = (self.left(kept, UnitKind::Heads), self.left(kept, UnitKind::KeyValueHeads));
        let n_kv = config.n_kv_heads();
        let agree = |counts: &[usize]| counts.iter().all(|count| *count > 0 && *count == counts[0]);
        if even && agree(&heads) && agree(&kv) && !heads.is_empty() {
            config.num_attention_heads = heads[0];
            config.num_key_value_heads = Some(kv[0]);
        } else {
            config.num_key_value_heads = Some(n_kv);
        }
        uniform(self.left(kept, UnitKind::Channels), &mut config.intermediate_size);
        for (index, group) in of_kind(UnitKind::Residual) {
            let (left, all) = (kept.count(index), group.n_units);
            if left == 0 {
                return Err(UnitError::Nothing { group: group.name.clone() });
            }
            // The norm's mean is over fewer channels: x / sqrt(S / left + eps') w' = x / sqrt(S / all + eps) w.
            let more = all as f64 / left as f64;
            config.hidden_size = left;
            config.rms_norm_eps *= more;
            for norm in decoder::norms(config.num_hidden_layers) {
                if let Some(tensor) = weights.get_mut(&norm) {
                    scale(tensor, more.sqrt());
                }
            }
        }
        Ok(())
    }

    fn check_kept(&self, kept: &Kept) -> Result<(), UnitError> {
        let length = |what: String, expected: usize, found: usize| match expected == found {
            true => Ok(()),
            false => Err(UnitError::Length { what, expected, found }),
        };
        length("the list of kept units".into(), self.groups.len(), kept.0.len())?;
        for (group, own) in self.groups.iter().zip(&kept.0) {
            length(format!("{}: kept units", group.name), group.n_units, own.len())?;
        }
        for need in &self.needs {
            let missing = |(unit, on): &(usize, &usize)| kept.0[need.of][*unit] && !kept.0[need.on][**on];
            if let Some((unit, needed)) = need.unit.iter().enumerate().find(missing) {
                let name = |group: usize| self.groups[group].name.clone();
                return Err(UnitError::Need { group: name(need.of), unit, on: name(need.on), needed: *needed });
            }
        }
        Ok(())
    }
}

/// A size of the configuration, where all layers have it.
fn uniform(left: Vec<usize>, size: &mut usize) {
    if let Some(first) = left.first().filter(|first| **first > 0 && left.iter().all(|other| other == *first)) {
        *size = *first;
    }
}

fn scale(tensor: &mut ArrayD<f32>, by: f64) {
    if by != 1.0 {
        tensor.mapv_inplace(|value| (f64::from(value) * by) as f32);
    }
}
