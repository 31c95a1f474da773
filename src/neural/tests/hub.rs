use std::path::Path;

use secateur_neural::testing::{convnet, decoder, encoder};
use secateur_neural::*;
use serde_json::{Value, json};

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn directories_come_back_as_they_went() {
    for (config, class) in
        [(decoder(), Some("LlamaForCausalLM")), (encoder(), Some("BertForSequenceClassification")), (convnet(), None)]
    {
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = Checkpoint::from(Network::random(config, 2).unwrap());
        checkpoint.save(folder.path(), &SaveOptions::default()).unwrap();
        let fields = json_of(&folder.path().join("config.json"));
        assert_eq!(fields["architectures"], class.map_or(Value::Null, |class| json!([class])));
        let back = Checkpoint::load(folder.path()).unwrap();
        assert_eq!(back.network, checkpoint.network);
    }
}

#[test]
fn shards_foreign_fields_and_tokenizers_are_kept() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let network = Network::random(decoder(), 2).unwrap();
    // In one file first: shards must not leave it behind.
    Checkpoint::from(network.clone()).save(from.path(), &SaveOptions::default()).unwrap();
    let mut checkpoint = Checkpoint::from(network);
    checkpoint.other_fields.insert("bos_token_id".into(), json!(1));
    checkpoint.other_fields.insert("torch_dtype".into(), json!("bfloat16"));
    checkpoint.save(from.path(), &SaveOptions { shard_bytes: 2_000 }).unwrap();
    std::fs::write(from.path().join("tokenizer.json"), "{\"any\": 1}").unwrap();
    assert!(!from.path().join("model.safetensors").exists());
    let index = json_of(&from.path().join("model.safetensors.index.json"));
    assert_eq!(index["metadata"]["total_size"], json!(4 * checkpoint.network.weights().n_parameters()));
    let first = index["weight_map"]["lm_head.weight"].as_str().unwrap();
    assert!(first.starts_with("model-00001-of-"), "{first}");

    let loaded = Checkpoint::load(from.path()).unwrap();
    assert_eq!(loaded.network, checkpoint.network);
    loaded.save(to.path(), &SaveOptions::default()).unwrap();
    let fields = json_of(&to.path().join("config.json"));
    assert_eq!((&fields["bos_token_id"], &fields["torch_dtype"]), (&json!(1), &json!("float32")));
    assert_eq!(std::fs::read_to_string(to.path().join("tokenizer.json")).unwrap(), "{\"any\": 1}");
    // Into its own directory: nothing is lost.
    loaded.save(from.path(), &SaveOptions::default()).unwrap();
    assert!(!from.path().join("model.safetensors.index.json").exists());
    assert_eq!(std::fs::read_to_string(from.path().join("tokenizer.json")).unwrap(), "{\"any\": 1}");
    assert_eq!(Checkpoint::load(from.path()).unwrap().network, checkpoint.network);
}

#[test]
fn halves_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::random(Config::Mlp(MlpConfig { widths: vec![2, 1] }), 2).unwrap();
    Checkpoint::from(network).save(folder.path(), &SaveOptions::default()).unwrap();
    // 1.5 and -2 as bfloat16, 0.5 as half precision, by their bits.
    let header = json!({
        "layers.0.weight": { "dtype": "BF16", "shape": [1, 2], "data_offsets": [0, 4] },
        "layers.0.bias": { "dtype": "F16", "shape": [1], "data_offsets": [4, 6] },
    })
    .to_string();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    for bits in [0x3fc0u16, 0xc000, 0x3800] {
        bytes.extend(bits.to_le_bytes());
    }
    std::fs::write(folder.path().join("model.safetensors"), bytes).unwrap();
    let weights = Checkpoint::load(folder.path()).unwrap().network.into_parts().1;
    assert_eq!(weights.matrix("layers.0.weight").unwrap(), ndarray::array![[1.5, -2.0]]);
    assert_eq!(weights.get("layers.0.bias").unwrap()[[0]], 0.5);
}

/// A network whose tensors were stored in these formats.
fn stored(folder: &Path, format: safetensors::Dtype, extra: &[(&str, safetensors::Dtype)]) -> Network {
    let network = Network::random(encoder(), 2).unwrap();
    Checkpoint::from(network.clone()).save(folder, &SaveOptions::default()).unwrap();
    let bytes = |tensor: &ndarray::ArrayD<f32>| -> Vec<u8> {
        let values = tensor.iter();
        match format {
            safetensors::Dtype::BF16 => values.flat_map(|value| half::bf16::from_f32(*value).to_le_bytes()).collect(),
            _ => values.flat_map(|value| half::f16::from_f32(*value).to_le_bytes()).collect(),
        }
    };
    let mut tensors: Vec<(String, safetensors::Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    for (name, tensor) in network.weights().iter() {
        tensors.push((name.to_owned(), format, tensor.shape().to_vec(), bytes(tensor)));
    }
    tensors.extend(extra.iter().map(|(name, dtype)| ((*name).to_owned(), *dtype, vec![1, 2], vec![0; 16])));
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (name, safetensors::tensor::TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    std::fs::write(folder.join("model.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
    let mut fields = json_of(&folder.join("config.json"));
    let name = if format == safetensors::Dtype::BF16 { "bfloat16" } else { "float16" };
    fields["torch_dtype"] = json!(name);
    std::fs::write(folder.join("config.json"), fields.to_string()).unwrap();
    network
}

#[test]
fn formats_of_sixteen_bits_stay() {
    for (format, name) in [(safetensors::Dtype::BF16, "bfloat16"), (safetensors::Dtype::F16, "float16")] {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let network = stored(from.path(), format, &[]);
        let mut loaded = Checkpoint::load(from.path()).unwrap();
        assert_eq!(loaded.as_written().unwrap(), loaded.network);
        loaded.save(to.path(), &SaveOptions::default()).unwrap();
        let file = |folder: &Path| std::fs::read(folder.join("model.safetensors")).unwrap();
        let (before, after) = (file(from.path()), file(to.path()));
        let tensors = |bytes: &[u8]| {
            let file = safetensors::SafeTensors::deserialize(bytes).unwrap();
            let all = file.iter().map(|(name, view)| (name.to_owned(), view.dtype(), view.data().to_vec()));
            all.collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(tensors(&before), tensors(&after), "{name}");
        assert_eq!(json_of(&to.path().join("config.json"))["torch_dtype"], name);
        // What pruning changes is measured as it is written.
        loaded.network = network;
        loaded.save(to.path(), &SaveOptions::default()).unwrap();
        assert_eq!(Checkpoint::load(to.path()).unwrap().network, loaded.as_written().unwrap());
        assert_ne!(loaded.network, loaded.as_written().unwrap());
        // A value beyond half precision keeps its tensor in single precision, and the configuration says nothing new.
        let bias = "classifier.bias";
        let values = vec![1e6; loaded.network.weights().get(bias).unwrap().len()];
        loaded.network = loaded.network.with_values(bias, &values).unwrap();
        loaded.save(to.path(), &SaveOptions::default()).unwrap();
        let back = Checkpoint::load(to.path()).unwrap().network;
        assert!(back.weights().get(bias).unwrap().iter().all(|value| (value / 1e6 - 1.0).abs() < 0.01), "{name}");
    }
}

#[test]
fn buffers_of_integers_are_no_weights() {
    let folder = tempfile::tempdir().unwrap();
    let buffers = [("bert.embeddings.position_ids", safetensors::Dtype::I64)];
    stored(folder.path(), safetensors::Dtype::F16, &buffers);
    let loaded = Checkpoint::load(folder.path()).unwrap();
    assert!(loaded.network.weights().get(buffers[0].0).is_none());
    // Weights in integers are refused as before.
    stored(folder.path(), safetensors::Dtype::F16, &[("model.layers.0.qweight", safetensors::Dtype::I64)]);
    let message = Checkpoint::load(folder.path()).unwrap_err().to_string();
    assert!(message.contains("model.layers.0.qweight") && message.contains("I64"), "{message}");
}

#[test]
fn chat_templates_travel_along() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Checkpoint::from(Network::random(decoder(), 2).unwrap()).save(from.path(), &SaveOptions::default()).unwrap();
    let files = ["chat_template.jinja", "additional_chat_templates/tool_use.jinja", "generation_config.json"];
    std::fs::create_dir(from.path().join("additional_chat_templates")).unwrap();
    files.iter().for_each(|name| std::fs::write(from.path().join(name), *name).unwrap());
    Checkpoint::load(from.path()).unwrap().save(to.path(), &SaveOptions::default()).unwrap();
    files.iter().for_each(|name| assert_eq!(std::fs::read_to_string(to.path().join(name)).unwrap(), *name));
}

#[test]
fn damage_is_named_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let refused = || {
        let message = Checkpoint::load(path).unwrap_err().to_string();
        message.replace(&path.display().to_string(), "DIR")
    };
    assert!(refused().starts_with("DIR/config.json: "), "{}", refused());
    std::fs::write(path.join("config.json"), "{\"model_type\": \"gpt2\"}").unwrap();
    assert!(
        refused().contains("DIR/config.json: unknown variant `gpt2`, expected one of `llama`, `bert`"),
        "{}",
        refused()
    );
    let network = Network::random(decoder(), 2).unwrap();
    Checkpoint::from(network.clone()).save(path, &SaveOptions { shard_bytes: 2_000 }).unwrap();
    let index = path.join("model.safetensors.index.json");
    let text = std::fs::read_to_string(&index).unwrap();
    let shard = json_of(&index)["weight_map"]["model.norm.weight"].as_str().unwrap().to_owned();
    std::fs::write(&index, text.replace(&shard, "../outside.safetensors")).unwrap();
    assert_eq!(
        refused(),
        "DIR/model.safetensors.index.json: the index names \"../outside.safetensors\", which is not a plain file name"
    );
    std::fs::write(&index, text.replace("\"model.norm.weight\"", "\"model.norm.wait\"")).unwrap();
    assert_eq!(refused(), format!("DIR/model.safetensors.index.json: tensor model.norm.wait is not in {shard}"));
    std::fs::write(&index, &text).unwrap();
    let bytes = std::fs::read(path.join(&shard)).unwrap();
    for cut in [0, 7, 40, bytes.len() - 1] {
        std::fs::write(path.join(&shard), &bytes[..cut]).unwrap();
        assert!(refused().starts_with(&format!("DIR/{shard}: ")), "{}", refused());
    }
    std::fs::remove_file(&index).unwrap();
    assert_eq!(refused(), "DIR: neither model.safetensors nor model.safetensors.index.json");
    let (config, mut weights) = network.into_parts();
    weights.remove("model.norm.weight");
    let short = safetensors::serialize(
        weights.iter().map(|(name, _)| {
            (name, safetensors::tensor::TensorView::new(safetensors::Dtype::I32, vec![1], &[0; 4]).unwrap())
        }),
        None,
    );
    std::fs::write(path.join("model.safetensors"), short.unwrap()).unwrap();
    assert_eq!(refused(), "DIR/model.safetensors: tensor lm_head.weight holds I32, expected F64, F32, F16 or BF16");
    assert!(
        matches!(Network::new(config, weights), Err(NetworkError::Missing { name }) if name == "model.norm.weight")
    );
}

#[test]
fn fields_that_change_what_a_network_computes_are_heeded_or_refused() {
    let load = |config: Config, edit: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let folder = tempfile::tempdir().unwrap();
        Checkpoint::from(Network::random(config, 2).unwrap()).save(folder.path(), &SaveOptions::default()).unwrap();
        let path = folder.path().join("config.json");
        let mut fields = json_of(&path);
        edit(fields.as_object_mut().unwrap());
        std::fs::write(&path, fields.to_string()).unwrap();
        Checkpoint::load(folder.path())
            .map_err(|error| error.to_string().replace(&folder.path().display().to_string(), "DIR"))
    };
    for (config, field, value, expected) in [
        (decoder(), "hidden_act", json!("gelu"), "silu"),
        (decoder(), "attention_bias", json!(true), "false"),
        (decoder(), "mlp_bias", json!(true), "false"),
        (decoder(), "rope_scaling", json!({"rope_type": "llama3", "factor": 8.0}), "no scaling"),
        (decoder(), "rope_parameters", json!({"rope_type": "yarn", "rope_theta": 1e4}), "no scaling"),
        (decoder(), "partial_rotary_factor", json!(0.5), "1"),
        (decoder(), "quantization_config", json!({"bits": 4}), "none: plain numbers"),
        (encoder(), "hidden_act", json!("relu"), "gelu"),
        (encoder(), "position_embedding_type", json!("relative_key"), "absolute"),
        (encoder(), "is_decoder", json!(true), "false"),
        (encoder(), "add_cross_attention", json!(true), "false"),
    ] {
        let refused = load(config.clone(), &|fields| {
            fields.insert(field.into(), value.clone());
        });
        assert_eq!(refused.unwrap_err(), format!("DIR/config.json: {field} is {value}, expected {expected}"));
        let absent = load(config, &|fields| {
            fields.insert(field.into(), Value::Null);
        });
        assert!(absent.is_ok(), "{field}");
    }
    let plain = json!({"hidden_act": "silu", "attention_bias": false, "rope_scaling": {"type": "default"}, "partial_rotary_factor": 1.0});
    assert!(load(decoder(), &|fields| fields.extend(plain.as_object().unwrap().clone())).is_ok());

    // Where newer and trained models say it.
    let newer = load(decoder(), &|fields| {
        fields.remove("rope_theta");
        fields.insert("rope_parameters".into(), json!({"rope_type": "default", "rope_theta": 500_000.0}));
    });
    let newer = newer.unwrap();
    assert!(matches!(newer.network.config(), Config::Decoder(config) if config.rope_theta == 500_000.0));
    assert_eq!(newer.other_fields["rope_parameters"]["rope_theta"], json!(500_000.0));
    let Config::Encoder(mut three) = encoder() else { unreachable!() };
    three.num_labels = 3;
    let labelled = load(Config::Encoder(three.clone()), &|fields| {
        fields.remove("num_labels");
        fields.insert("id2label".into(), json!({"0": "no", "1": "maybe", "2": "yes"}));
    });
    assert_eq!(labelled.unwrap().network.config(), &Config::Encoder(three));
}
