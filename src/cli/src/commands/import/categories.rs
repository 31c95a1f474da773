//! The codes of categories that LightGBM was trained on.
//!
//! LightGBM sees numbers. Its Python package codes a column of pandas categories by their places in a list, and writes these
//! lists to the last line of the model, `pandas_categorical:`, in the order of the columns but without their names. So the
//! columns of text among the model's features are theirs, if they are as many, and if every category of a column is in its
//! list. Categories that are numbers look like numbers in a table: `--categorical` says which columns they are.

use ndarray::Array2;
use secateur::forest::lightgbm::Header;
use secateur_datasets::{ColumnKind, Encoding};
use serde_json::Value;

use super::features::booleans;
use crate::commands::text;

/// Codes the columns of categories as the model does. The error continues the name of the file. Says of each column whether
/// it was coded. False and True are 0 and 1 to pandas too, and are left as they are.
pub(super) fn code(header: &Header, encoding: &mut Encoding, features: &mut Array2<f64>) -> Result<Vec<bool>, String> {
    let mut coded = vec![false; encoding.columns.len()];
    let mut lists = lists(&header.parameters)?;
    lists.retain(|list| list.len() != 2 || booleans(list).as_ref().is_none_or(|both| list[..] != both[..]));
    if lists.is_empty() {
        return Ok(coded);
    }
    let columns = encoding.columns.iter_mut().enumerate();
    let text: Vec<_> = columns
        .filter_map(|(feature, column)| match &mut column.kind {
            ColumnKind::Categorical { categories } if booleans(categories).is_none() => {
                Some((feature, &column.name, categories))
            }
            _ => None,
        })
        .collect();
    if text.len() != lists.len() {
        return Err(format!(
            " has {} of text among the model's features, and the model was trained with {} of categories \
             (`pandas_categorical`); --categorical names columns whose categories are numbers",
            text::count(text.len(), "column"),
            text::count(lists.len(), "column"),
        ));
    }
    for ((feature, name, categories), list) in text.into_iter().zip(lists) {
        let (codes, spelt) = places(categories, list).map_err(|reason| format!(", column {name:?}: {reason}"))?;
        for value in features.column_mut(feature).iter_mut().filter(|value| !value.is_nan()) {
            *value = codes[*value as usize] as f64;
        }
        *categories = spelt;
        coded[feature] = true;
    }
    Ok(coded)
}

/// The place of each category of a table in the model's list, and the list in the table's spelling.
fn places(categories: &[String], mut list: Vec<String>) -> Result<(Vec<usize>, Vec<String>), String> {
    let number = |text: &str| text.parse::<f64>().ok();
    let mut codes = Vec::with_capacity(categories.len());
    for category in categories {
        let same = |entry: &String| entry == category || (number(entry).is_some() && number(entry) == number(category));
        let mut found = (0..list.len()).filter(|&place| same(&list[place]));
        match (found.next(), found.next()) {
            (Some(place), None) if !codes.contains(&place) => codes.push(place),
            (Some(_), _) => return Err(format!("{category:?} and another category are one to the model")),
            (None, _) => return Err(format!("{category:?} is none of the categories that the model was trained on")),
        }
    }
    for (category, &place) in categories.iter().zip(&codes) {
        list[place].clone_from(category);
    }
    Ok((codes, list))
}

/// The lists of categories in what follows a model's trees, as text.
fn lists(parameters: &str) -> Result<Vec<Vec<String>>, String> {
    let line = parameters.lines().find_map(|line| line.strip_prefix("pandas_categorical:"));
    let no_lists = || " cannot be coded: the model's line `pandas_categorical` holds no lists of categories".to_owned();
    let lists: Option<Vec<Vec<Value>>> =
        line.map_or(Ok(None), |line| serde_json::from_str(line.trim())).map_err(|_| no_lists())?;
    let spelt = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("True".into()),
        Value::Bool(false) => Some("False".into()),
        _ => None,
    };
    let lists = lists.unwrap_or_default().into_iter();
    lists.map(|list| list.iter().map(spelt).collect::<Option<_>>().ok_or_else(no_lists)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn codes_are_places_in_the_models_list() {
        let list = || names(&["b", "a", "c"]);
        assert_eq!(places(&names(&["a", "b"]), list()), Ok((vec![1, 0], list())));
        assert!(places(&names(&["a", "d"]), list()).unwrap_err().contains("\"d\" is none"));
        // Numbers are compared as numbers, and keep the table's spelling.
        let numbers = places(&names(&["70.0", "8"]), names(&["8", "9", "70"]));
        assert_eq!(numbers, Ok((vec![2, 0], names(&["8", "9", "70.0"]))));
        assert!(places(&names(&["70", "70.0"]), names(&["70"])).unwrap_err().contains("one to the model"));
    }

    #[test]
    fn lists_are_read_from_the_last_line() {
        assert_eq!(lists(""), Ok(vec![]));
        assert_eq!(lists("parameters:\n[a: 1]\n\npandas_categorical:null\n"), Ok(vec![]));
        let found = lists("pandas_categorical:[[\"x\", \"y z\"], [3, 70.0, true]]\n").unwrap();
        assert_eq!(found, [names(&["x", "y z"]), names(&["3", "70.0", "True"])]);
        for line in ["pandas_categorical:[[NaN]]", "pandas_categorical:[1]", "pandas_categorical:[[null]]"] {
            assert!(lists(line).unwrap_err().contains("pandas_categorical"), "{line}");
        }
    }
}
