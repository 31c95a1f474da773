//! Blocks, and the linear maps in them whose single weights can be pruned.

use crate::models::{convnet, decoder, encoder, mlp};
use crate::{Config, Network};

/// Maps of a network that are pruned together, with inputs seen one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// As `model.layers.0`.
    pub name: String,
    /// Linear maps, in the order in which they run; a map's weight is `map.weight`.
    pub maps: Vec<String>,
}

/// The blocks of a network in order: the layers of decoders and encoders (attention and feed-forward maps), the 1x1 convolutions of each block, the dense layers but
/// the last. Embeddings, norms, depthwise convolutions and classifiers are not pruned weight by weight. Maps that lost all inputs or outputs are left out.
pub fn blocks(network: &Network) -> Vec<Block> {
    let block = |name: String, maps: Vec<String>| Block { name, maps };
    let of_layer = |part: &dyn Fn(&str) -> String, maps: &[&str]| maps.iter().map(|map| part(map)).collect();
    let all: Vec<Block> = match network.config() {
        Config::Decoder(config) => {
            let maps = ["q_proj", "k_proj", "v_proj", "o_proj"].map(|map| format!("self_attn.{map}"));
            let maps: Vec<String> =
                maps.into_iter().chain(["gate_proj", "up_proj", "down_proj"].map(|map| format!("mlp.{map}"))).collect();
            let maps: Vec<&str> = maps.iter().map(String::as_str).collect();
            let of = |layer| block(format!("model.layers.{layer}"), of_layer(&|map| decoder::part(layer, map), &maps));
            (0..config.num_hidden_layers).map(of).collect()
        }
        Config::Encoder(config) => {
            let maps = [
                "attention.self.query",
                "attention.self.key",
                "attention.self.value",
                "attention.output.dense",
                "intermediate.dense",
                "output.dense",
            ];
            let of = |layer| {
                let maps = of_layer(&|map| encoder::part(layer, map), &maps);
                block(encoder::part(layer, "").trim_end_matches('.').to_owned(), maps)
            };
            (0..config.num_hidden_layers).map(of).collect()
        }
        Config::Convnet(config) => {
            let of = |index| {
                let maps = of_layer(&|map| convnet::part(index, map), &["expand", "project"]);
                block(format!("blocks.{index}"), maps)
            };
            (0..config.blocks.len()).map(of).collect()
        }
        Config::Mlp(config) => {
            (0..config.widths.len() - 2).map(|layer| block(mlp::part(layer), vec![mlp::part(layer)])).collect()
        }
    };
    let filled =
        |map: &String| network.weights().get(&format!("{map}.weight")).is_some_and(|weight| !weight.is_empty());
    let without_empty = |mut block: Block| {
        block.maps.retain(filled);
        block
    };
    all.into_iter().map(without_empty).collect()
}
