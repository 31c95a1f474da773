//! Blocks, and the linear layers in them whose single weights can be pruned.

use crate::models::{convnet, decoder, encoder, mlp};
use crate::{Config, Network};

/// Linear layers of a network that are pruned together, with inputs seen one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// As `model.layers.0`.
    pub name: String,
    /// Linear layers, in the order in which they run; a linear layer's weight is `layer.weight`.
    pub linears: Vec<String>,
}

/// The blocks of a network in order: the layers of decoders and encoders (attention and feed-forward linear layers),
/// the 1x1 convolutions of each block, the dense layers but the last. Embeddings, norms, depthwise convolutions and
/// classifiers are not pruned weight by weight. Linear layers that lost all inputs or outputs are left out.
pub fn blocks(network: &Network) -> Vec<Block> {
    let block = |name: String, linears: Vec<String>| Block { name, linears };
    let of_layer =
        |part: &dyn Fn(&str) -> String, linears: &[&str]| linears.iter().map(|linear| part(linear)).collect();
    let all: Vec<Block> = match network.config() {
        Config::Decoder(config) => {
            let linears = ["q_proj", "k_proj", "v_proj", "o_proj"].map(|linear| format!("self_attn.{linear}"));
            let linears: Vec<String> = linears
                .into_iter()
                .chain(["gate_proj", "up_proj", "down_proj"].map(|linear| format!("mlp.{linear}")))
                .collect();
            let linears: Vec<&str> = linears.iter().map(String::as_str).collect();
            let of = |layer| {
                block(format!("model.layers.{layer}"), of_layer(&|linear| decoder::part(layer, linear), &linears))
            };
            (0..config.num_hidden_layers).map(of).collect()
        }
        Config::Encoder(config) => {
            let linears = [
                "attention.self.query",
                "attention.self.key",
                "attention.self.value",
                "attention.output.dense",
                "intermediate.dense",
                "output.dense",
            ];
            let of = |layer| {
                let linears = of_layer(&|linear| encoder::part(layer, linear), &linears);
                block(encoder::part(layer, "").trim_end_matches('.').to_owned(), linears)
            };
            (0..config.num_hidden_layers).map(of).collect()
        }
        Config::Convnet(config) => {
            let of = |index| {
                let linears = of_layer(&|linear| convnet::part(index, linear), &["expand", "project"]);
                block(format!("blocks.{index}"), linears)
            };
            (0..config.blocks.len()).map(of).collect()
        }
        Config::Mlp(config) => {
            (0..config.widths.len() - 2).map(|layer| block(mlp::part(layer), vec![mlp::part(layer)])).collect()
        }
    };
    let filled =
        |linear: &String| network.weights().get(&format!("{linear}.weight")).is_some_and(|weight| !weight.is_empty());
    let without_empty = |mut block: Block| {
        block.linears.retain(filled);
        block
    };
    all.into_iter().map(without_empty).collect()
}
