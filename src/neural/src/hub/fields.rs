//! Fields of `config.json` that say that a network computes something else than the models here: read as one of them it
//! would give wrong logits.

use serde_json::{Map, Value};

use crate::Config;

/// A field that has to say what the models here do; absent and null say so too.
struct Field {
    name: &'static str,
    expected: &'static str,
    accepts: fn(&Value) -> bool,
}

const NO: fn(&Value) -> bool = |value| value == false;

const DECODER: [Field; 6] = [
    Field { name: "hidden_act", expected: "silu", accepts: |value| value == "silu" || value == "swish" },
    Field { name: "attention_bias", expected: "false", accepts: NO },
    Field { name: "mlp_bias", expected: "false", accepts: NO },
    Field { name: "rope_scaling", expected: "no scaling", accepts: unscaled },
    Field { name: "rope_parameters", expected: "no scaling", accepts: unscaled },
    Field { name: "partial_rotary_factor", expected: "1", accepts: |value| value.as_f64() == Some(1.0) },
];

const ENCODER: [Field; 4] = [
    Field { name: "hidden_act", expected: "gelu", accepts: |value| value == "gelu" },
    Field { name: "position_embedding_type", expected: "absolute", accepts: |value| value == "absolute" },
    Field { name: "is_decoder", expected: "false", accepts: NO },
    Field { name: "add_cross_attention", expected: "false", accepts: NO },
];

/// Weights that are no plain numbers, of any model.
const ANY: [Field; 1] = [Field { name: "quantization_config", expected: "none: plain numbers", accepts: |_| false }];

fn unscaled(value: &Value) -> bool {
    ["rope_type", "type"].into_iter().all(|name| value.get(name).is_none_or(|kind| kind == "default"))
}

/// The first field that the models here do not do, what it says, and what is expected.
pub(super) fn foreign(config: &Config, fields: &Map<String, Value>) -> Option<(&'static str, String, &'static str)> {
    let of_model: &[Field] = match config {
        Config::Decoder(_) => &DECODER,
        Config::Encoder(_) => &ENCODER,
        Config::Convnet(_) | Config::Mlp(_) => &[],
    };
    of_model.iter().chain(&ANY).find_map(|field| {
        let value = fields.get(field.name).filter(|value| !value.is_null() && !(field.accepts)(value))?;
        Some((field.name, value.to_string(), field.expected))
    })
}

/// Says at the top what other versions of the format say elsewhere: the base of rotary angles, and the number of
/// classes.
pub(super) fn in_their_places(fields: &mut Map<String, Value>) {
    let model = fields.get("model_type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let missing = |fields: &Map<String, Value>, name: &str| fields.get(name).is_none_or(Value::is_null);
    if model == "llama" && missing(fields, "rope_theta") {
        let theta = fields.get("rope_parameters").and_then(|own| own.get("rope_theta")).cloned();
        fields.extend(theta.map(|theta| ("rope_theta".to_owned(), theta)));
    }
    if model == "bert" && missing(fields, "num_labels") {
        let labels = fields.get("id2label").and_then(Value::as_object).map(|own| own.len().into());
        fields.extend(labels.map(|labels| ("num_labels".to_owned(), labels)));
    }
}
