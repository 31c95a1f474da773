//! Which column of a file each feature of a LightGBM model is.
//!
//! Names are compared in three ways, and each is used only for features that those before it did not find: as they are; as
//! LightGBM takes them, blanks and the like being `_`; and without such characters at their ends, which the reader of tables
//! trims. Two columns that match alike are an error.

use std::collections::{HashMap, HashSet};

use secateur::forest::{Forest, lightgbm};
use secateur_datasets::Dataset;

use crate::commands::text;

/// Whether the features bear the names that LightGBM gives to columns without any.
pub(super) fn unnamed(features: &[String]) -> bool {
    features.iter().enumerate().all(|(index, name)| *name == format!("Column_{index}"))
}

/// The column of each feature, by its name or, if no feature has one, by its place. The error continues the name of the file.
pub(super) fn by_name(features: &[String], columns: &[String]) -> Result<Vec<usize>, String> {
    let exact = |name: &str| name.to_owned();
    let trimmed = |name: &str| lightgbm::name(name).trim_matches('_').to_owned();
    let ways: [&dyn Fn(&str) -> String; 3] = [&exact, &|name| lightgbm::name(name), &trimmed];
    let mut found: Vec<Option<usize>> = vec![None; features.len()];
    let mut taken: HashSet<usize> = HashSet::new();
    for way in ways {
        let mut known: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, column) in columns.iter().enumerate().filter(|(index, _)| !taken.contains(index)) {
            known.entry(way(column)).or_default().push(index);
        }
        known.remove("");
        for (feature, name) in
            features.iter().enumerate().filter(|(feature, _)| found[*feature].is_none()).collect::<Vec<_>>()
        {
            match known.get(&way(name)).map(Vec::as_slice) {
                None => {}
                Some(&[column]) => found[feature] = Some(column),
                Some(several) => {
                    let several: Vec<String> = several.iter().map(|&column| format!("{:?}", columns[column])).collect();
                    return Err(format!(
                        ": the columns {} all match the feature {name:?} of the model, and none has exactly this name; --drop \
                         leaves columns out",
                        several.join(" and ")
                    ));
                }
            }
        }
        taken.extend(found.iter().flatten());
    }
    let mut feature_of = HashMap::new();
    for (feature, column) in found.iter().enumerate().filter_map(|(feature, column)| Some((feature, (*column)?))) {
        if let Some(other) = feature_of.insert(column, feature) {
            return Err(format!(
                ": the column {:?} matches two features of the model, {:?} and {:?}",
                columns[column], features[other], features[feature]
            ));
        }
    }
    match found.iter().position(Option::is_none) {
        None => Ok(found.into_iter().flatten().collect()),
        Some(feature) if !unnamed(features) || found.iter().any(Option::is_some) => {
            Err(format!(" has no column {:?}, a feature of the model", features[feature]))
        }
        Some(_) if features.len() == columns.len() => Ok((0..features.len()).collect()),
        Some(_) => Err(format!(
            " has {}, beside the target, for a model of {}; --drop leaves columns out",
            text::count(columns.len(), "column"),
            text::count(features.len(), "feature"),
        )),
    }
}

/// The column of each feature of a model trained on a libsvm file, in a table of such a file whose columns are the indices 0, 1, ...,
/// one more than features. The error continues the name of the file.
///
/// LightGBM itself counts from 0, so feature i is index i. Where indices start at 1, a loader that counts from 1 may have made it
/// index i + 1: that is so if the last index has no feature otherwise, or the first feature would have no values though the
/// model splits on it.
pub(super) fn by_index(forest: &Forest, table: &Dataset) -> Result<Vec<usize>, String> {
    let n = forest.n_features();
    let occurs = |index: usize| table.features.column(index).iter().any(|value| *value != 0.0);
    let splits_on_first = (0..forest.n_nodes()).any(|node| forest.feature(node) == Some(0));
    match (occurs(0), occurs(n)) {
        (true, true) => Err(format!(" has indices from 0 to {n}, for a model of {}", text::count(n, "feature"))),
        (false, true) => Ok((1..=n).collect()),
        (false, false) if splits_on_first => Ok((1..=n).collect()),
        (_, false) => Ok((0..n).collect()),
    }
}

/// The spellings of false and true, if categories are nothing else: LightGBM was trained on 0 and 1.
pub(super) fn booleans(categories: &[String]) -> Option<[String; 2]> {
    const SPELLINGS: [[&str; 2]; 3] = [["False", "True"], ["false", "true"], ["FALSE", "TRUE"]];
    let spelling = SPELLINGS.iter().find(|spelling| categories.iter().all(|name| spelling.contains(&name.as_str())))?;
    (!categories.is_empty()).then(|| spelling.map(String::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn matched(features: &[&str], columns: &[&str]) -> Result<Vec<usize>, String> {
        by_name(&names(features), &names(columns))
    }

    #[test]
    fn exact_names_come_first() {
        assert_eq!(matched(&["a_b", "c"], &["a b", "c", "a_b"]), Ok(vec![2, 1]));
        assert_eq!(matched(&["a_b", "a\u{a0}b"], &["a\u{a0}b", "a_b"]), Ok(vec![1, 0]));
        // A column that bears another feature's exact name is not looked at again.
        assert_eq!(matched(&["a_b", "a\tb"], &["a b", "a_b"]), Ok(vec![1, 0]));
    }

    #[test]
    fn blanks_of_any_kind_are_accepted() {
        for blank in [' ', '\t', '\u{a0}', '\u{2009}', '\u{3000}'] {
            let column = format!("a{blank}b");
            assert_eq!(matched(&["a_b"], &["c", &column]), Ok(vec![1]), "{blank:?}");
            // The reader trims blanks at the ends.
            assert_eq!(matched(&["_a", &format!("{blank}d"), "c_"], &["c", "a", "d"]), Ok(vec![1, 2, 0]));
        }
        assert_eq!(matched(&["x_1_"], &["x[1]"]), Ok(vec![0]));
    }

    #[test]
    fn two_matches_are_an_error() {
        let both = matched(&["a_b"], &["a b", "a:b"]).unwrap_err();
        assert!(both.contains("\"a b\" and \"a:b\"") && both.contains("\"a_b\""), "{both}");
        let one = matched(&["_a", "a_"], &["a", "b"]).unwrap_err();
        assert!(one.contains("\"_a\" and \"a_\""), "{one}");
        assert!(matched(&["p", "p"], &["p", "q"]).unwrap_err().contains("two features"));
        assert!(matched(&["_"], &["-", ""]).unwrap_err().contains("no column \"_\""));
    }

    #[test]
    fn places_count_only_where_no_feature_has_a_name() {
        assert_eq!(matched(&["Column_0", "Column_1"], &["p", "q"]), Ok(vec![0, 1]));
        assert_eq!(matched(&["Column_0", "Column_1"], &["Column_1", "Column_0"]), Ok(vec![1, 0]));
        assert!(matched(&["Column_0", "Column_1"], &["Column_1", "q"]).unwrap_err().contains("\"Column_0\""));
        assert!(matched(&["Column_0", "b"], &["p", "q"]).unwrap_err().contains("\"Column_0\""));
        assert!(matched(&["Column_0"], &["p", "q"]).unwrap_err().contains("2 columns"));
    }

    #[test]
    fn booleans_have_one_spelling() {
        let spelt = |categories: &[&str]| booleans(&names(categories));
        assert_eq!(spelt(&["True"]), Some(["False".into(), "True".into()]));
        assert_eq!(spelt(&["false", "true"]), Some(["false".into(), "true".into()]));
        assert_eq!((spelt(&["FALSE", "True"]), spelt(&["no", "yes"]), spelt(&[])), (None, None, None));
    }
}
