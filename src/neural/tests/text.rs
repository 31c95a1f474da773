use crate::neural::*;

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
