//! [`Catalogue`]: the known data sets in a folder.
//!
//! A file is read only if its SHA-256 is that of the manifest, so a result that names a data set
//! always means the same bytes.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::manifest::{self, DATA_SETS, DataFile, DataSet, Kind, Parsing, Repair, Role};
use crate::prices::{self, PriceSheet};
use secateur_datasets::{
    CsvOptions, Dataset, Encoding, Format, Header, LibsvmOptions, ReadOptions, Target, TargetColumn, TargetEncoding,
    TargetKind, TargetType, inflate, parse_table, parse_table_with,
};
use secateur_train::Prices;

/// Environment variable that [`Catalogue::from_env`] reads.
pub const VARIABLE: &str = "SECATEUR_DATA";

/// A folder with files of the manifest; not all need to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    folder: PathBuf,
}

/// A data set in memory. Either `all` is there, or `train` and perhaps the others.
#[derive(Debug, Clone)]
pub struct LoadedSet {
    /// Its entry in the manifest.
    pub set: &'static DataSet,
    /// Encoding of all parts, inferred from `train` or `all`.
    pub encoding: Encoding,
    /// Examples to grow forests on.
    pub train: Option<Dataset>,
    /// Examples to prune on.
    pub valid: Option<Dataset>,
    /// Examples to measure on.
    pub test: Option<Dataset>,
    /// Examples of a data set that is not divided.
    pub all: Option<Dataset>,
}

impl Catalogue {
    /// The data sets in `folder`, which is not looked at before the first load.
    #[must_use]
    pub fn open(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The data sets in the folder that the environment variable [`VARIABLE`] names.
    ///
    /// # Errors
    /// [`Error::NoFolder`] if the variable is not set or empty.
    pub fn from_env() -> Result<Self> {
        match std::env::var_os(VARIABLE) {
            Some(folder) if !folder.is_empty() => Ok(Self::open(folder)),
            _ => Err(Error::NoFolder { variable: VARIABLE }),
        }
    }

    /// Loads a data set by its name in the manifest.
    ///
    /// # Errors
    /// [`Error::UnknownSet`], [`Error::MissingFile`], [`Error::Digest`], and those of reading.
    pub fn load(&self, name: &str) -> Result<LoadedSet> {
        let set = find(name)?;
        let options = options(set);
        let mut encoding = None;
        let mut parts: [(Role, Vec<Dataset>); 4] =
            [Role::All, Role::Train, Role::Valid, Role::Test].map(|r| (r, Vec::new()));
        for (role, tables) in &mut parts {
            for file in set.files.iter().filter(|file| file.role == *role) {
                let (content, path) = self.content(file)?;
                let content = match set.repair {
                    Repair::LineEnd { found, put } => with_line_ends(&content, found, put),
                    _ => content,
                };
                let mut table = match &encoding {
                    Some(encoding) => parse_table_with(encoding, &content, &path, &options)?,
                    None => {
                        let (table, inferred) = parse_table(&content, &path, &options)?;
                        encoding = Some(inferred);
                        table
                    }
                };
                if let Repair::ZeroIsMissing(columns) = set.repair {
                    zero_to_missing(&mut table, columns);
                }
                tables.push(table);
            }
        }
        let mut encoding =
            encoding.ok_or(secateur_datasets::Error::Join { what: "number: the data set has no file" })?;
        if set.repair == Repair::AnyDisease {
            let tables = parts.iter_mut().flat_map(|(_, tables)| tables);
            any_disease(&mut encoding, tables.map(|table| &mut table.target));
        }
        let [all, train, valid, test] = parts.map(|(_, tables)| match tables.as_slice() {
            [] => Ok(None),
            [_] => Ok(tables.into_iter().next()),
            several => Dataset::join(several).map(Some),
        });
        Ok(LoadedSet { set, encoding, train: train?, valid: valid?, test: test?, all: all? })
    }

    /// Prices of the features of a data set, in the order of its columns.
    ///
    /// # Errors
    /// [`Error::UnknownSet`], [`Error::NoPrices`], [`Error::MissingFile`], [`Error::Digest`],
    /// [`Error::Prices`].
    pub fn prices(&self, name: &str) -> Result<Prices> {
        Ok(self.sheet(name)?.into())
    }

    fn sheet(&self, name: &str) -> Result<PriceSheet> {
        let set = find(name)?;
        let Some(entry) = set.prices else {
            let known = DATA_SETS.iter().filter(|set| set.prices.is_some()).map(|set| set.name.to_owned()).collect();
            return Err(Error::NoPrices { name: name.to_owned(), known });
        };
        let (content, path) = self.content(&manifest::PRICES)?;
        let features = match set.parsing {
            Parsing::Listed { columns, target } => {
                columns.iter().filter(|&&column| column != target).map(|&column| column.to_owned()).collect()
            }
            _ => self.load(name)?.encoding.feature_names(),
        };
        prices::published(&content, &path, entry, &features)
    }

    /// Costs of the 519 features of the Yahoo! learning-to-rank data, in their order.
    ///
    /// # Errors
    /// [`Error::MissingFile`], [`Error::Digest`], [`Error::Prices`] for a line that is no cost.
    pub fn yahoo_costs(&self) -> Result<Vec<f64>> {
        let (content, path) = self.content(&manifest::YAHOO_COSTS)?;
        let lines = String::from_utf8_lossy(&content);
        let cost = |(line, text): (usize, &str)| {
            let cost = text.trim().parse().ok().filter(|cost: &f64| cost.is_finite() && *cost >= 0.0);
            cost.ok_or_else(|| Error::Prices {
                file: path.clone(),
                reason: format!("line {line}: {text:?} is no cost"),
            })
        };
        (1..).zip(lines.lines()).map(cost).collect()
    }

    /// Inflated content of a file whose digest is right, and its path for messages.
    pub(crate) fn content(&self, file: &DataFile) -> Result<(Vec<u8>, String)> {
        let path = self.folder.join(file.path);
        let shown = path.display().to_string();
        let bytes = std::fs::read(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Error::MissingFile {
                file: file.path.to_owned(),
                folder: self.folder.clone(),
                from: file.source.to_owned(),
            },
            _ => secateur_datasets::Error::io(shown.as_str(), source).into(),
        })?;
        let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if found != file.sha256 {
            return Err(Error::Digest { file: shown, expected: file.sha256.to_owned(), found });
        }
        Ok((inflate::inflate(&bytes, &shown, None)?.into_owned(), shown))
    }
}

fn find(name: &str) -> Result<&'static DataSet> {
    manifest::find(name).ok_or_else(|| Error::UnknownSet {
        name: name.to_owned(),
        known: DATA_SETS.iter().map(|set| set.name.to_owned()).collect(),
    })
}

fn options(set: &DataSet) -> ReadOptions {
    let target_type = if set.kind == Kind::Values { TargetType::Numeric } else { TargetType::Classes };
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let (header, column_names, target) = match set.parsing {
        Parsing::Headed { target } => (Header::Yes, None, TargetColumn::Name(target.to_owned())),
        Parsing::Listed { columns, target } => {
            (Header::No, Some(owned(columns)), TargetColumn::Name(target.to_owned()))
        }
        Parsing::Unnamed | Parsing::Libsvm => (Header::No, None, TargetColumn::Last),
    };
    ReadOptions {
        format: if set.parsing == Parsing::Libsvm { Format::Libsvm } else { Format::Csv },
        csv: CsvOptions { header, column_names, target, target_type, ..CsvOptions::default() },
        libsvm: LibsvmOptions { n_features: Some(set.n_features), target_type, ..LibsvmOptions::default() },
        max_inflated: None,
    }
}

fn zero_to_missing(table: &mut Dataset, columns: &[&str]) {
    for (name, mut column) in table.feature_names.iter().zip(table.features.columns_mut()) {
        if columns.contains(&name.as_str()) {
            column.mapv_inplace(|value| if value == 0.0 { f64::NAN } else { value });
        }
    }
}

/// The content with `put` for `found` at the ends of lines; every line ends in a line feed.
fn with_line_ends(content: &[u8], found: &str, put: &str) -> Vec<u8> {
    let mut lines = Vec::with_capacity(content.len() + 1);
    for line in content.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        match line.strip_suffix(found.as_bytes()) {
            Some(start) => lines.extend_from_slice(&[start, put.as_bytes()].concat()),
            None => lines.extend_from_slice(line),
        }
        lines.push(b'\n');
    }
    lines
}

/// Joins all classes but the first.
fn any_disease<'t>(encoding: &mut Encoding, targets: impl Iterator<Item = &'t mut Target>) {
    let classes = ["healthy", "disease"].map(String::from).to_vec();
    if let Some(TargetEncoding { kind, .. }) = &mut encoding.target {
        *kind = TargetKind::Classes { names: classes.clone() };
    }
    for target in targets {
        if let Target::Classes { labels, names } = target {
            labels.iter_mut().for_each(|label| *label = (*label).min(1));
            names.clone_from(&classes);
        }
    }
}

#[cfg(test)]
mod tests;
