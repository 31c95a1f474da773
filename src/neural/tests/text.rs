use secateur_neural::*;

const TEXT: &str = "the cat sat on the mat\nthe dog sat on the cat\n";

#[test]
fn any_text_survives_bytes_and_pairs() {
    let pairs = Tokens::byte_pairs(TEXT, 280).unwrap();
    assert!(pairs.vocabulary() > 256 && pairs.vocabulary() <= 280, "{}", pairs.vocabulary());
    for tokens in [Tokens::Bytes, pairs.clone()] {
        for text in [TEXT, "", "Zebra é 木 \u{0}"] {
            let encoded = tokens.encode(text).unwrap();
            assert!(encoded.iter().all(|token| (*token as usize) < tokens.vocabulary()));
            assert_eq!(tokens.decode(&encoded).unwrap(), text);
        }
    }
    assert!(pairs.encode(TEXT).unwrap().len() < TEXT.len() * 2 / 3);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokenizer.json");
    pairs.save(&path).unwrap();
    assert_eq!(Tokens::load(&path).unwrap().encode(TEXT).unwrap(), pairs.encode(TEXT).unwrap());
    assert_eq!(
        Tokens::byte_pairs(TEXT, 255).unwrap_err().to_string(),
        "tokenizer: a vocabulary of 255 has no room for 256 bytes"
    );
    std::fs::write(&path, "{").unwrap();
    assert!(Tokens::load(&path).unwrap_err().to_string().contains("tokenizer.json: "));
}

#[test]
fn windows_are_followed_by_their_labels() {
    let tokens: Vec<u32> = (0..23).collect();
    let batches = consecutive_windows(&tokens, 2, 5);
    assert_eq!(batches.iter().map(|batch| batch.labels.len()).collect::<Vec<_>>(), [10, 10]);
    let labels: Vec<u32> = batches.iter().flat_map(|batch| batch.labels.clone()).collect();
    assert_eq!(labels, (1..21).collect::<Vec<u32>>());
    assert!(consecutive_windows(&tokens[..5], 2, 5).is_empty());
    let at = |step| random_windows(&tokens, 3, 5, 7, step);
    assert_eq!(at(0), at(0));
    assert_ne!(at(0), at(1));
    let Inputs::Tokens { tokens: rows, .. } = at(2).inputs else { panic!("tokens") };
    assert!(rows.iter().zip(&at(2).labels).all(|(token, label)| token + 1 == *label));
    // The last token is a label, and the first an input, now and then.
    let all: Vec<Batch> = (0..200).map(at).collect();
    assert!(all.iter().any(|batch| batch.labels.contains(&22)));
}

/// A `tokenizer.json` of words, as BERT's are: with a post-processor, and with cutting and filling up that are nobody's
/// business here.
fn words(folder: &std::path::Path) -> std::path::PathBuf {
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "sat"]
            .iter()
            .enumerate()
            .map(|(id, word)| ((*word).to_owned(), id.into()))
            .collect();
    let special = |word: &str, id: u32| serde_json::json!({ "SpecialToken": { "id": word, "type_id": id } });
    let text = |id: &str| serde_json::json!({ "Sequence": { "id": id, "type_id": 0 } });
    let ids = |word: &str, id: u32| serde_json::json!({ "id": word, "ids": [id], "tokens": [word] });
    let document = serde_json::json!({
        "version": "1.0",
        "truncation": { "direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0 },
        "padding": {
            "strategy": { "Fixed": 12 }, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"
        },
        "added_tokens": [],
        "normalizer": null,
        "pre_tokenizer": { "type": "Whitespace" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special("[CLS]", 0), text("A"), special("[SEP]", 0)],
            "pair": [special("[CLS]", 0), text("A"), special("[SEP]", 0), text("B"), special("[SEP]", 1)],
            "special_tokens": { "[CLS]": ids("[CLS]", 2), "[SEP]": ids("[SEP]", 3) }
        },
        "decoder": null,
        "model": { "type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]" }
    });
    let path = folder.join("tokenizer.json");
    std::fs::write(&path, document.to_string()).unwrap();
    path
}

#[test]
fn rows_are_what_the_post_processor_makes_of_text() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = Tokens::load(&words(folder.path())).unwrap();
    assert!(tokens.frames());
    assert_eq!(tokens.encode_row("the cat sat", 16).unwrap(), [2, 4, 5, 6, 3]);
    // Cut inside, the frame stays; nothing is filled up, and the file's own limit is for others.
    assert_eq!(tokens.encode_row("the cat sat the dog", 5).unwrap(), [2, 4, 5, 6, 3]);
    assert_eq!(tokens.encode_row("", 5).unwrap(), [2, 3]);
    assert_eq!(tokens.encode("the cat sat the dog").unwrap(), [4, 5, 6, 4, 1]);
    let message = tokens.encode_row("the cat", 2).unwrap_err().to_string();
    assert_eq!(message, "tokenizer: 2 tokens around a text leave no room for it in rows of 2");
    // Without a post-processor a row is the text.
    assert!(!Tokens::Bytes.frames());
    assert_eq!(Tokens::Bytes.encode_row("abc", 2).unwrap(), [97, 98]);
    let pairs = Tokens::byte_pairs(TEXT, 280).unwrap();
    assert!(!pairs.frames());
    assert_eq!(pairs.encode_row(TEXT, 1000).unwrap(), pairs.encode(TEXT).unwrap());
}
