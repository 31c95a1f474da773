//! Texts, images and sentences: data that are no tables.
//!
//! They come from the same folder as the tables, are checked by the same digests, and are read whole.

use ndarray::Array3;

use crate::catalogue::Catalogue;
use crate::error::{Error, Result};
use crate::idx;
use crate::manifest::{DataFile, Role};

/// Grey images with labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    /// Shape (images, rows, columns), 0 to 255.
    pub pixels: Array3<u8>,
    /// One per image.
    pub labels: Vec<u8>,
}

/// A sentence with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// As it stands in the file.
    pub text: String,
    /// 0 or 1.
    pub label: u32,
}

/// What a column of a file of sentences holds.
#[derive(Debug, Clone, Copy)]
struct Columns {
    header: bool,
    text: usize,
    label: usize,
}

/// Names that [`Catalogue::text`] knows.
pub const TEXTS: &[&str] = &["tinyshakespeare", "wikitext2-valid", "wikitext2-test"];

/// Names that [`Catalogue::sentences`] knows: Stanford sentiment, linguistic acceptability.
pub const SENTENCES: &[&str] = &["sst-2", "cola"];

impl Catalogue {
    /// A text of [`TEXTS`].
    ///
    /// # Errors
    /// [`Error::UnknownSet`], [`Error::MissingFile`], [`Error::Digest`], [`Error::Utf8`].
    pub fn text(&self, name: &str) -> Result<String> {
        let file = match name {
            "tinyshakespeare" => &TINYSHAKESPEARE,
            "wikitext2-valid" => &WIKITEXT2_VALID,
            "wikitext2-test" => &WIKITEXT2_TEST,
            _ => return Err(unknown(name, TEXTS)),
        };
        let (content, path) = self.content(file)?;
        utf8(content, &path)
    }

    /// Handwritten digits (MNIST): 60,000 to train on ([`Role::Train`]), 10,000 to test on ([`Role::Test`]), 28 x 28.
    ///
    /// # Errors
    /// [`Error::MissingFile`], [`Error::Digest`], [`Error::Idx`]; [`Error::UnknownSet`] for another role.
    pub fn digits(&self, role: Role) -> Result<Images> {
        let (images, labels) = match role {
            Role::Train => (&TRAIN_IMAGES, &TRAIN_LABELS),
            Role::Test => (&TEST_IMAGES, &TEST_LABELS),
            _ => return Err(unknown("mnist", &["the roles Train and Test"])),
        };
        let (content, path) = self.content(images)?;
        let pixels = idx::parse(&content, &path, 3)?;
        let (content, path) = self.content(labels)?;
        let labels = idx::parse(&content, &path, 1)?;
        let (n, found) = (pixels.shape()[0], labels.len());
        if n != found {
            return Err(Error::Idx { file: path, reason: format!("{found} labels for {n} images") });
        }
        let pixels = pixels.into_dimensionality().expect("parsed with three axes");
        Ok(Images { pixels, labels: labels.into_raw_vec_and_offset().0 })
    }

    /// Sentences of [`SENTENCES`]: to train on, and to choose on ([`Role::Valid`]).
    ///
    /// # Errors
    /// [`Error::UnknownSet`], [`Error::MissingFile`], [`Error::Digest`], [`secateur_datasets::Error::Ragged`] for a line without its cells, [`Error::SentenceLabel`] for a
    /// label that is neither 0 nor 1.
    pub fn sentences(&self, name: &str, role: Role) -> Result<Vec<Sentence>> {
        let sst = Columns { header: true, text: 0, label: 1 };
        let cola = Columns { header: false, text: 3, label: 1 };
        let (file, columns) = match (name, role) {
            ("sst-2", Role::Train) => (&SST2_TRAIN, sst),
            ("sst-2", Role::Valid) => (&SST2_DEV, sst),
            ("cola", Role::Train) => (&COLA_TRAIN, cola),
            ("cola", Role::Valid) => (&COLA_DEV, cola),
            _ => return Err(unknown(name, SENTENCES)),
        };
        let (content, path) = self.content(file)?;
        sentences(&utf8(content, &path)?, &path, columns)
    }
}

fn unknown(name: &str, known: &[&str]) -> Error {
    Error::UnknownSet { name: name.to_owned(), known: known.iter().map(|&name| name.to_owned()).collect() }
}

fn utf8(content: Vec<u8>, file: &str) -> Result<String> {
    String::from_utf8(content)
        .map_err(|error| Error::Utf8 { file: file.to_owned(), at: error.utf8_error().valid_up_to() })
}

fn sentences(text: &str, file: &str, columns: Columns) -> Result<Vec<Sentence>> {
    let expected = columns.text.max(columns.label) + 1;
    let mut found = Vec::new();
    for (line, row) in (1u64..).zip(text.lines()).skip(usize::from(columns.header)) {
        let cells: Vec<&str> = row.split('\t').collect();
        if cells.len() < expected {
            let found = cells.len();
            return Err(secateur_datasets::Error::Ragged { file: file.to_owned(), line, expected, found }.into());
        }
        let label = match cells[columns.label] {
            "0" => 0,
            "1" => 1,
            other => {
                return Err(Error::SentenceLabel { file: file.to_owned(), line, found: other.to_owned() });
            }
        };
        found.push(Sentence { text: cells[columns.text].trim().to_owned(), label });
    }
    Ok(found)
}

const TINYSHAKESPEARE: DataFile = DataFile {
    path: "neural/tinyshakespeare.txt.xz",
    role: Role::All,
    rows: 40000,
    sha256: "d2476529549e2da7ec5dd2530f028856808ec42fec335c232268c9c6af463bc6",
    sha256_plain: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    source: "karpathy/char-rnn@6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt",
};

const WIKITEXT2_VALID: DataFile = DataFile {
    path: "neural/wikitext2_valid.txt.xz",
    role: Role::Valid,
    rows: 3760,
    sha256: "69ca8b1132d18104a1f4b4569a7fda6f79f422348867f755b4308964ae859153",
    sha256_plain: "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
    source: "pytorch/examples@77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data/wikitext-2/valid.txt",
};

const WIKITEXT2_TEST: DataFile = DataFile {
    path: "neural/wikitext2_test.txt.xz",
    role: Role::Test,
    rows: 4358,
    sha256: "07eeba52fffcd71044ced625bc3f6694b0aa4d4cd812481bda7bc48eedd3c533",
    sha256_plain: "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
    source: "pytorch/examples@77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data/wikitext-2/test.txt",
};

const TRAIN_IMAGES: DataFile = DataFile {
    path: "neural/train-images-idx3-ubyte.gz",
    role: Role::Train,
    rows: 60000,
    sha256: "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
    sha256_plain: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    source: "karpathy/convnetjs@39afa8cd5e4cfb5771dc8a1f51bc56aa080f0b51/demo/mnist/mnist_batch_{0..19}.png",
};

const TRAIN_LABELS: DataFile = DataFile {
    path: "neural/train-labels-idx1-ubyte.gz",
    role: Role::Train,
    rows: 60000,
    sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    sha256_plain: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    source: "h2oai/h2o-2@e079eb45048211dce9883f522bad345feb303bdb/smalldata/mnist70k/train-labels-idx1-ubyte.gz",
};

const TEST_IMAGES: DataFile = DataFile {
    path: "neural/t10k-images-idx3-ubyte.gz",
    role: Role::Test,
    rows: 10000,
    sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    sha256_plain: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    source: "h2oai/h2o-2@e079eb45048211dce9883f522bad345feb303bdb/smalldata/mnist70k/t10k-images-idx3-ubyte.gz",
};

const TEST_LABELS: DataFile = DataFile {
    path: "neural/t10k-labels-idx1-ubyte.gz",
    role: Role::Test,
    rows: 10000,
    sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    sha256_plain: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    source: "h2oai/h2o-2@e079eb45048211dce9883f522bad345feb303bdb/smalldata/mnist70k/t10k-labels-idx1-ubyte.gz",
};

const SST2_TRAIN: DataFile = DataFile {
    path: "neural/SST-2_train.tsv.xz",
    role: Role::Train,
    rows: 60615,
    sha256: "5e26f12979aa138bba56a258f74aaa6691a9b7fe24af713cd6e4d92b525cdb4d",
    sha256_plain: "920e317b2c52e12cd22db1da2c6708312bd7dc4f3712b9bbf1b50ee6c2c792ba",
    source: "forest-snow/alps@3c7ef2c98249fc975a897b27f275695f97d5b7a9/data/SST-2/train.tsv",
};

const SST2_DEV: DataFile = DataFile {
    path: "neural/SST-2_dev.tsv.xz",
    role: Role::Valid,
    rows: 6736,
    sha256: "281a963f18054d60e2135d77925d626d0156431c062b590d3ff27a35cff440d7",
    sha256_plain: "92353770071a2a889f75d000a38a9e541ea8f0a5499e50f040b17917a5cbf66f",
    source: "forest-snow/alps@3c7ef2c98249fc975a897b27f275695f97d5b7a9/data/SST-2/dev.tsv",
};

const COLA_TRAIN: DataFile = DataFile {
    path: "neural/cola_in_domain_train.tsv.xz",
    role: Role::Train,
    rows: 8551,
    sha256: "1d1008e9cfb00468bb5fe35ac5e866a235051584f93603d81d8b0925620d5c88",
    sha256_plain: "f320a10f92d3bce6b29152fde322a362eac39238e50d8de0c8815457fdf4fc12",
    source: "nyu-mll/CoLA-baselines@dd095d3646ed05a315280aaa8ed4ec84ba435b3e/acceptability_corpus/cola_public/raw/in_domain_train.tsv",
};

const COLA_DEV: DataFile = DataFile {
    path: "neural/cola_in_domain_dev.tsv.xz",
    role: Role::Valid,
    rows: 527,
    sha256: "22152fb9fada79424458c6fd02f5808eff418c5c219f688fd0c12e5f26f072df",
    sha256_plain: "77176f6a03faa5a1c4f23c69971fc1bff565931112fb65af47b2d6e24b7f42f7",
    source: "nyu-mll/CoLA-baselines@dd095d3646ed05a315280aaa8ed4ec84ba435b3e/acceptability_corpus/cola_public/raw/in_domain_dev.tsv",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_read_by_column() {
        let columns = Columns { header: false, text: 3, label: 1 };
        let found = sentences("a\t1\t*\tBill slept.\nb\t0\t\tSlept Bill. \n", "f", columns).unwrap();
        let of = |text: &str, label| Sentence { text: text.to_owned(), label };
        assert_eq!(found, [of("Bill slept.", 1), of("Slept Bill.", 0)]);
        let message = |text: &str| sentences(text, "f", columns).unwrap_err().to_string();
        assert_eq!(message("a\t1\n"), "f, line 1: 2 cells where 4 are expected");
        assert_eq!(message("a\t1\t\tb\na\t2\t\tb\n"), "f, line 2: label \"2\", expected 0 or 1");
    }

    #[test]
    fn known_files_have_what_they_should() {
        let Ok(catalogue) = Catalogue::from_env() else {
            println!("skipped: {} names no folder", crate::catalogue::VARIABLE);
            return;
        };
        let skipped = |error: Error| match error {
            Error::MissingFile { file, .. } => println!("skipped: {file} is not there"),
            other => panic!("{other}"),
        };
        match catalogue.digits(Role::Test) {
            Ok(images) => {
                assert_eq!((images.pixels.dim(), images.labels.len()), ((10_000, 28, 28), 10_000));
                assert_eq!(images.labels[..5], [7, 2, 1, 0, 4]);
            }
            Err(error) => skipped(error),
        }
        match catalogue.text("tinyshakespeare") {
            Ok(text) => assert!(text.starts_with("First Citizen:") && text.len() == 1_115_394, "{}", text.len()),
            Err(error) => skipped(error),
        }
        for (name, role, n) in [("sst-2", Role::Valid, 6_735), ("cola", Role::Train, 8_551), ("cola", Role::Valid, 527)]
        {
            match catalogue.sentences(name, role) {
                Ok(found) => assert_eq!(found.len(), n, "{name}"),
                Err(error) => skipped(error),
            }
        }
        assert!(catalogue.text("war-and-peace").unwrap_err().to_string().contains("tinyshakespeare"));
    }
}
