//! The units of each kind of network.

use super::{Group, Need, Slice, UnitKind, Units};
use crate::models::{convnet, decoder, encoder, mlp};
use crate::{Config, Network};

impl Units {
    /// The units of a network: per layer heads, key/value heads and inner channels; of a decoder also the channels of
    /// the residual stream, last. (Under the layer norms of an encoder a residual channel that is gone is not one that
    /// is zero: its zero counts in the mean.)
    pub fn of(network: &Network) -> Self {
        let mut units = Describe { network, groups: Vec::new(), needs: Vec::new() };
        match network.config() {
            Config::Decoder(config) => units.decoder(config),
            Config::Encoder(config) => units.encoder(config),
            Config::Convnet(config) => units.convnet(config),
            Config::Mlp(config) => units.mlp(config.widths.len() - 1),
        }
        Units { groups: units.groups, needs: units.needs }
    }
}

struct Describe<'a> {
    network: &'a Network,
    groups: Vec<Group>,
    needs: Vec<Need>,
}

fn slice(weight: &str, axis: usize, width: usize) -> Slice {
    Slice { weight: weight.to_owned(), axis, width }
}

/// Rows of a linear layer and of its bias.
fn rows(linear: &str, width: usize) -> [Slice; 2] {
    [slice(&format!("{linear}.weight"), 0, width), slice(&format!("{linear}.bias"), 0, width)]
}

impl Describe<'_> {
    /// Adds a group of as many units as its first slice has.
    fn group(&mut self, name: String, kind: UnitKind, owns: Vec<Slice>, seen_by: String) -> usize {
        let first = &owns[0];
        let n_units = self.extent(&first.weight, first.axis) / first.width;
        self.groups.push(Group { name, kind, n_units, owns, seen_by });
        self.groups.len() - 1
    }

    fn extent(&self, weight: &str, axis: usize) -> usize {
        self.network.weights().shape(weight).expect("a validated network has all its weights")[axis]
    }

    fn decoder(&mut self, config: &crate::DecoderConfig) {
        let dim = config.head_dim();
        for layer in 0..config.num_hidden_layers {
            let part = |rest: &str| decoder::part(layer, rest);
            let weight = |rest: &str| part(&format!("{rest}.weight"));
            let (o, down) = ("self_attn.o_proj", "mlp.down_proj");
            let heads = vec![slice(&weight("self_attn.q_proj"), 0, dim), slice(&weight(o), 1, dim)];
            let heads = self.group(part("heads"), UnitKind::Heads, heads, part(o));
            let kv = vec![slice(&weight("self_attn.k_proj"), 0, dim), slice(&weight("self_attn.v_proj"), 0, dim)];
            let kv = self.group(part("kv_heads"), UnitKind::KeyValueHeads, kv, String::new());
            let (n_heads, n_kv) = (self.groups[heads].n_units, self.groups[kv].n_units);
            let unit = if n_heads == 0 { Vec::new() } else { decoder::kv_of_query(config, layer, n_heads, n_kv) };
            self.needs.push(Need { of: heads, on: kv, unit });
            let channels = vec![
                slice(&weight("mlp.gate_proj"), 0, 1),
                slice(&weight("mlp.up_proj"), 0, 1),
                slice(&weight(down), 1, 1),
            ];
            self.group(part("channels"), UnitKind::Channels, channels, part(down));
        }
        let mut residual = vec![slice("model.embed_tokens.weight", 1, 1), slice("model.norm.weight", 0, 1)];
        for layer in 0..config.num_hidden_layers {
            let weight = |rest: &str| decoder::part(layer, &format!("{rest}.weight"));
            for reads in ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.gate_proj", "mlp.up_proj"] {
                residual.push(slice(&weight(reads), 1, 1));
            }
            for writes in ["self_attn.o_proj", "mlp.down_proj", "input_layernorm", "post_attention_layernorm"] {
                residual.push(slice(&weight(writes), 0, 1));
            }
        }
        if !config.tie_word_embeddings {
            residual.push(slice("lm_head.weight", 1, 1));
        }
        self.group("residual".into(), UnitKind::Residual, residual, String::new());
    }

    fn encoder(&mut self, config: &crate::EncoderConfig) {
        let dim = config.head_dim();
        for layer in 0..config.num_hidden_layers {
            let part = |rest: &str| encoder::part(layer, rest);
            let weight = |rest: &str| part(&format!("{rest}.weight"));
            let linears = ["query", "key", "value"].map(|linear| part(&format!("attention.self.{linear}")));
            let (mixed, inner, output) = ("attention.output.dense", "intermediate.dense", "output.dense");
            let mut heads: Vec<Slice> = linears.iter().flat_map(|linear| rows(linear, dim)).collect();
            heads.push(slice(&weight(mixed), 1, dim));
            self.group(part("heads"), UnitKind::Heads, heads, part(mixed));
            let mut channels = rows(&part(inner), 1).to_vec();
            channels.push(slice(&weight(output), 1, 1));
            self.group(part("channels"), UnitKind::Channels, channels, part(output));
        }
    }

    fn convnet(&mut self, config: &crate::ConvnetConfig) {
        for block in 0..config.blocks.len() {
            let part = |rest: &str| convnet::part(block, rest);
            let mut channels = rows(&part("expand"), 1).to_vec();
            channels.extend(rows(&part("depthwise"), 1));
            channels.push(slice(&part("project.weight"), 1, 1));
            self.group(part("channels"), UnitKind::Channels, channels, part("project"));
        }
    }

    fn mlp(&mut self, n_layers: usize) {
        for layer in 0..n_layers - 1 {
            let mut channels = rows(&mlp::part(layer), 1).to_vec();
            let next = mlp::part(layer + 1);
            channels.push(slice(&format!("{next}.weight"), 1, 1));
            self.group(format!("{}.channels", mlp::part(layer)), UnitKind::Channels, channels, next);
        }
    }
}
