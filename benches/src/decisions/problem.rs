//! The problems: which data, how they are split, what features cost, and which budgets are asked for.

use secateur::forest::PriceList;
use secateur_corpora::Catalogue;
use secateur_datasets::{Dataset, Encoding, Target, TargetKind};

use crate::workloads::Failure;

/// What a problem's answers are judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Share of wrong classes.
    Error,
    /// Mean squared error.
    SquaredError,
    /// 1 - NDCG@10 over the queries of the table; targets are relevances as numbers.
    Ranking,
}

/// A data set split by a seed.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Name on the command line.
    pub name: String,
    /// What the rows were shuffled with; nothing else depends on it.
    pub seed: u64,
    /// Examples to train on.
    pub train: Dataset,
    /// Examples to choose on.
    pub valid: Dataset,
    /// Examples to report on.
    pub test: Dataset,
    /// Meaning of the columns.
    pub encoding: Encoding,
    /// Prices of the features.
    pub prices: PriceList,
    /// What answers are judged by.
    pub judged: Metric,
    /// Mean costs per example that are asked about, ascending, in the unit of the prices.
    pub budgets: Vec<f64>,
}

impl Problem {
    /// Number of classes; 0 for numbers.
    pub fn n_classes(&self) -> usize {
        self.train.class_names().len()
    }
}

/// How a set becomes three parts.
#[derive(Debug, Clone, Copy)]
enum Split {
    /// All rows shuffled; 60, 20 and 20 per cent.
    Shares,
    /// All rows shuffled; these many.
    Sizes([usize; 3]),
    /// The training file shuffled, 70 per cent to train on and 30 to choose on; the test file as it is.
    TestFile,
    /// Five folds; seed k takes fold k (modulo 5).
    Folds,
}

struct Spec {
    name: &'static str,
    /// Name in the catalogue; of fold 1 for [`Split::Folds`].
    set: &'static str,
    split: Split,
    judged: Metric,
    /// Whether the catalogue has prices; otherwise every feature costs 1.
    priced: bool,
    /// Columns that give the answer away, or repeat others.
    drop: &'static [&'static str],
    budgets: &'static [f64],
}

const CLASSES: Spec =
    Spec { name: "", set: "", split: Split::Shares, judged: Metric::Error, priced: false, drop: &[], budgets: &[] };

/// The hourly bike rentals: `x1` to `x3` are the date (year and month again as `x5`, `x6`), `x16` and `x17` the casual and the
/// registered rentals, whose sum is the answer.
const BIKE_DROP: &[&str] = &["x1", "x2", "x3", "x16", "x17"];

const SPECS: &[Spec] = &[
    Spec {
        name: "heart",
        set: "heart",
        priced: true,
        budgets: &[2.0, 4.0, 10.0, 25.0, 50.0, 100.0, 150.0, 200.0, 300.0],
        ..CLASSES
    },
    Spec {
        name: "pima",
        set: "pima",
        priced: true,
        budgets: &[1.0, 2.0, 4.0, 6.0, 12.0, 18.0, 24.0, 30.0, 42.0],
        ..CLASSES
    },
    Spec {
        name: "nhanes",
        set: "nhanes",
        split: Split::TestFile,
        priced: true,
        budgets: &[2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0],
        ..CLASSES
    },
    Spec {
        name: "thyroid",
        set: "thyroid",
        split: Split::TestFile,
        priced: true,
        budgets: &[2.0, 5.0, 10.0, 20.0, 24.0, 27.0, 32.0, 40.0, 50.0],
        ..CLASSES
    },
    Spec { name: "mbne", set: "mbne_tiny", budgets: &[2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0], ..CLASSES },
    Spec { name: "satimage", set: "satimage", budgets: &[1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 18.0, 24.0], ..CLASSES },
    Spec {
        name: "mq2008",
        set: "mq2008",
        split: Split::Folds,
        judged: Metric::Ranking,
        budgets: &[1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 16.0, 24.0, 32.0],
        ..CLASSES
    },
    Spec {
        name: "cal_housing",
        set: "cal_housing",
        judged: Metric::SquaredError,
        budgets: &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
        ..CLASSES
    },
    Spec {
        name: "bike",
        set: "bike",
        judged: Metric::SquaredError,
        drop: BIKE_DROP,
        budgets: &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0],
        ..CLASSES
    },
    Spec { name: "bank", set: "bank", budgets: &[1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 13.0], ..CLASSES },
    Spec {
        name: "adult",
        set: "adult",
        split: Split::TestFile,
        budgets: &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0],
        ..CLASSES
    },
    Spec { name: "shuttle", set: "shuttle", budgets: &[1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0], ..CLASSES },
    Spec {
        name: "covtype",
        set: "covertype",
        split: Split::Sizes([36_603, 15_688, 58_101]),
        budgets: &[1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 16.0, 20.0, 25.0],
        ..CLASSES
    },
];

/// Names of the problems, small ones first.
pub fn names() -> impl Iterator<Item = &'static str> {
    SPECS.iter().map(|spec| spec.name)
}

fn spec(name: &str) -> Result<&'static Spec, Failure> {
    let known = || names().collect::<Vec<_>>().join(", ");
    SPECS
        .iter()
        .find(|spec| spec.name == name)
        .ok_or_else(|| format!("no problem {name}; there are {}", known()).into())
}

/// The budgets of a problem, without loading its data.
///
/// # Errors
/// For an unknown name.
pub fn budgets(name: &str) -> Result<&'static [f64], Failure> {
    Ok(spec(name)?.budgets)
}

/// What a problem is judged by, without loading its data.
///
/// # Errors
/// For an unknown name.
pub fn judged(name: &str) -> Result<Metric, Failure> {
    Ok(spec(name)?.judged)
}

/// The problem of a name, split by a seed. Data comes from the folder that `SECATEUR_DATA` names.
///
/// # Errors
/// For an unknown name, or data that is missing or not that of the manifest.
pub fn problem(name: &str, seed: u64) -> Result<Problem, Failure> {
    let spec = spec(name)?;
    let catalogue = Catalogue::from_env()?;
    let set = match spec.split {
        Split::Folds => match (seed + 4) % 5 + 1 {
            1 => spec.set.to_owned(),
            fold => format!("{}-fold{fold}", spec.set),
        },
        _ => spec.set.to_owned(),
    };
    let loaded = catalogue.load(&set)?;
    let mut encoding = loaded.encoding;
    let files = [loaded.all, loaded.train, loaded.valid, loaded.test];
    let [mut train, mut valid, mut test] = parts(spec.split, seed, files)?;
    for table in [&mut train, &mut valid, &mut test] {
        without(table, spec.drop);
        if spec.judged == Metric::Ranking {
            table.target = as_numbers(&table.target)?;
        }
    }
    encoding.columns.retain(|column| !spec.drop.contains(&column.name.as_str()));
    if let (Metric::Ranking, Some(target)) = (spec.judged, &mut encoding.target) {
        target.kind = TargetKind::Numeric;
    }
    let prices = if spec.priced {
        catalogue.prices(spec.set)?.resolve(&train.feature_names)?
    } else {
        PriceList::uniform(&train.feature_names, 1.0)?
    };
    let (name, budgets) = (spec.name.to_owned(), spec.budgets.to_vec());
    Ok(Problem { name, seed, train, valid, test, encoding, prices, judged: spec.judged, budgets })
}

/// Splits what was loaded: `[all, train, valid, test]`, of which only some are there.
fn parts(split: Split, seed: u64, loaded: [Option<Dataset>; 4]) -> Result<[Dataset; 3], Failure> {
    let [all, train, valid, test] = loaded;
    match split {
        Split::Folds => match (train, valid, test) {
            (Some(train), Some(valid), Some(test)) => Ok([train, valid, test]),
            _ => Err("a fold has three parts".into()),
        },
        Split::TestFile => {
            let (train, test) = (train.ok_or("no training file")?, test.ok_or("no test file")?);
            let rows = train.n_examples();
            let [train, valid] = shuffled(&train, seed, [rows * 7 / 10, rows - rows * 7 / 10])?;
            Ok([train, valid, test])
        }
        Split::Shares | Split::Sizes(_) => {
            let files: Vec<Dataset> = [all, train, valid, test].into_iter().flatten().collect();
            let whole = Dataset::join(&files)?;
            let rows = whole.n_examples();
            let (train, valid) = (rows * 6 / 10, rows * 2 / 10);
            let sizes = if let Split::Sizes(sizes) = split { sizes } else { [train, valid, rows - train - valid] };
            shuffled(&whole, seed, sizes)
        }
    }
}

fn shuffled<const N: usize>(table: &Dataset, seed: u64, sizes: [usize; N]) -> Result<[Dataset; N], Failure> {
    let parts = table.shuffle_split(seed, &sizes)?;
    Ok(<[Dataset; N]>::try_from(parts).map_err(|_| "as many parts as sizes")?)
}

fn without(table: &mut Dataset, drop: &[&str]) {
    let kept = |name: &String| !drop.contains(&name.as_str());
    let columns: Vec<usize> = (0..table.n_features()).filter(|&column| kept(&table.feature_names[column])).collect();
    table.features = table.features.select(ndarray::Axis(1), &columns);
    table.feature_names.retain(kept);
}

/// Classes whose names are numbers, as those numbers.
fn as_numbers(target: &Target) -> Result<Target, Failure> {
    let Target::Classes { labels, names } = target else { return Ok(target.clone()) };
    let values = names.iter().map(|name| name.parse()).collect::<Result<Vec<f64>, _>>()?;
    Ok(Target::Values(labels.iter().map(|&label| values[label as usize]).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn numbered(rows: usize, first: usize) -> Dataset {
        Dataset {
            features: Array2::from_shape_fn((rows, 3), |(row, column)| (first + row) as f64 + 0.25 * column as f64),
            feature_names: ["a", "b", "c"].map(String::from).to_vec(),
            target: Target::Classes { labels: vec![1; rows], names: vec!["0".into(), "2".into()] },
            weights: None,
            groups: None,
        }
    }

    fn rows(table: &Dataset) -> Vec<usize> {
        table.features.column(0).iter().map(|&value| value as usize).collect()
    }

    #[test]
    fn parts_are_disjoint_and_stable() {
        let files = || [None, Some(numbered(50, 0)), Some(numbered(23, 50)), Some(numbered(30, 73))];
        for (split, sizes, covered) in
            [(Split::Shares, [61, 20, 22], 103), (Split::Sizes([40, 9, 11]), [40, 9, 11], 60)]
        {
            let [parts, again, other] = [1, 1, 2].map(|seed| parts(split, seed, files()).unwrap());
            assert_eq!([0, 1, 2].map(|part: usize| parts[part].n_examples()), sizes);
            let mut seen: Vec<usize> = parts.iter().flat_map(rows).collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), covered);
            assert!((0..3).all(|part| rows(&parts[part]) == rows(&again[part])));
            assert_ne!(rows(&parts[0]), rows(&other[0]));
        }
    }

    #[test]
    fn a_test_file_stays_as_it_is() {
        let files = || [None, Some(numbered(50, 0)), None, Some(numbered(30, 50))];
        let [train, valid, test] = parts(Split::TestFile, 3, files()).unwrap();
        assert_eq!((train.n_examples(), valid.n_examples()), (35, 15));
        assert_eq!(rows(&test), (50..80).collect::<Vec<_>>());
        let mut seen = [rows(&train), rows(&valid)].concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn columns_go_and_classes_become_numbers() {
        let mut table = numbered(2, 7);
        without(&mut table, &["b"]);
        assert_eq!(table.feature_names, ["a", "c"]);
        assert_eq!(table.features.row(0).to_vec(), [7.0, 7.5]);
        assert_eq!(as_numbers(&table.target).unwrap(), Target::Values(vec![2.0, 2.0]));
    }

    #[test]
    fn known_sets_are_split_as_stated() {
        if std::env::var_os("SECATEUR_DATA").is_none() {
            println!("skipped: SECATEUR_DATA is not set");
            return;
        }
        let sizes = |problem: &Problem| [&problem.train, &problem.valid, &problem.test].map(Dataset::n_examples);
        let mbne = problem("mbne", 1).unwrap();
        assert_eq!(sizes(&mbne), [3000, 1000, 1000]);
        let thyroid = problem("thyroid", 2).unwrap();
        assert_eq!(sizes(&thyroid), [2640, 1132, 3428]);
        assert!((thyroid.prices.price_of(20) - 25.92).abs() < 1e-9, "a derived feature needs both parts");
        let bike = problem("bike", 1).unwrap();
        assert_eq!((bike.train.n_features(), bike.encoding.columns.len()), (12, 12));
        let folds = [1, 2, 6].map(|seed| problem("mq2008", seed).unwrap());
        assert_eq!(sizes(&folds[0]), [2933 + 3635 + 3062, 2707, 2874]);
        assert_eq!(folds[0].test.features, folds[2].test.features);
        assert_ne!(folds[0].test.groups, folds[1].test.groups);
        assert!(
            matches!(&folds[0].train.target, Target::Values(values) if values.iter().all(|v| [0.0, 1.0, 2.0].contains(v)))
        );
    }
}
