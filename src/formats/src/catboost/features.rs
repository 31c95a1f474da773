//! The features of a model, and what the index of a split means.

use serde::Deserialize;
use serde_json::Value;

use super::error::CatBoostError;
use secateur_forest::MissingDirection;

/// `features_info` of a model.
#[derive(Deserialize)]
pub(super) struct FeaturesInfo {
    #[serde(default)]
    float_features: Option<Vec<FloatFeature>>,
    #[serde(default)]
    categorical_features: Option<Vec<CategoricalFeature>>,
    #[serde(default)]
    ctrs: Option<Vec<Ctr>>,
    #[serde(default, rename = "cat_features_hash")]
    _hashes: Value,
    /// Text and embedding features, and what else there may be.
    #[serde(flatten)]
    others: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
struct FloatFeature {
    #[serde(default)]
    borders: Option<Vec<f64>>,
    feature_index: usize,
    flat_feature_index: usize,
    #[serde(default)]
    feature_id: String,
    #[serde(default)]
    feature_name: Option<String>,
    nan_value_treatment: NanValueTreatment,
}

/// What CatBoost compares instead of a missing value: nothing, or an infinity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum NanValueTreatment {
    #[serde(rename = "AsIs")]
    Nothing,
    #[serde(rename = "AsFalse")]
    Lowest,
    #[serde(rename = "AsTrue")]
    Highest,
}

impl NanValueTreatment {
    /// A comparison with NaN is false, and false is left.
    pub(super) fn direction(self) -> MissingDirection {
        match self {
            NanValueTreatment::Nothing | NanValueTreatment::Lowest => MissingDirection::Left,
            NanValueTreatment::Highest => MissingDirection::Right,
        }
    }
}

#[derive(Deserialize)]
struct CategoricalFeature {
    feature_index: usize,
    flat_feature_index: usize,
    #[serde(default)]
    feature_id: String,
    #[serde(default)]
    feature_name: Option<String>,
    /// Categories that splits may ask for one by one.
    #[serde(default)]
    values: Option<Vec<Value>>,
}

/// Statistics of categories that splits compare with borders.
#[derive(Deserialize)]
struct Ctr {
    #[serde(default)]
    borders: Option<Vec<Value>>,
    #[serde(default)]
    elements: Vec<Element>,
}

#[derive(Deserialize)]
struct Element {
    #[serde(default)]
    cat_feature_index: Option<usize>,
}

/// A border: `x > border` goes right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Border {
    /// The column of the feature.
    pub(super) column: usize,
    /// Its place among the float features.
    pub(super) place: usize,
    pub(super) border: f32,
    pub(super) missing: MissingDirection,
}

/// The columns of a model, and its borders by the index of splits.
pub(super) struct Features {
    pub(super) names: Vec<String>,
    /// One per split index.
    pub(super) borders: Vec<Border>,
    /// Columns of categorical features.
    categorical: Vec<usize>,
    /// Columns that a split index beyond the borders is about.
    others: Vec<Vec<usize>>,
}

impl Features {
    /// Reads `features_info`; `bytes` is the size of the text, which bounds the number of columns.
    pub(super) fn of(info: &Value, bytes: usize) -> Result<Self, CatBoostError> {
        let json = |error: serde_json::Error| CatBoostError::Json { reason: format!("features_info: {error}") };
        let info: FeaturesInfo = FeaturesInfo::deserialize(info).map_err(json)?;
        if let Some((kind, _)) = info.others.iter().find(|(_, value)| !is_empty(value)) {
            return Err(CatBoostError::Features { kind: crate::lightgbm::shown(kind) });
        }
        let floats = info.float_features.unwrap_or_default();
        let categorical = info.categorical_features.unwrap_or_default();
        let names = |name: &Option<String>, id: &String| name.clone().unwrap_or_else(|| id.clone());
        let float_names = floats.iter().map(|feature| {
            (feature.feature_index, feature.flat_feature_index, names(&feature.feature_name, &feature.feature_id))
        });
        let other_names = categorical.iter().map(|feature| {
            (feature.feature_index, feature.flat_feature_index, names(&feature.feature_name, &feature.feature_id))
        });
        let lists = [("float_features", float_names.collect()), ("categorical_features", other_names.collect())];
        let names = columns(lists, bytes)?;
        let columns: Vec<usize> = categorical.iter().map(|feature| feature.flat_feature_index).collect();
        let one_hot = categorical.iter().flat_map(|feature| {
            std::iter::repeat_n(vec![feature.flat_feature_index], feature.values.as_ref().map_or(0, Vec::len))
        });
        let column = |element: &Element| element.cat_feature_index.and_then(|index| columns.get(index).copied());
        let ctrs = info.ctrs.unwrap_or_default();
        let ctrs = ctrs.iter().flat_map(|ctr| {
            let columns: Vec<usize> = ctr.elements.iter().filter_map(column).collect();
            std::iter::repeat_n(columns, ctr.borders.as_ref().map_or(0, Vec::len))
        });
        let others = one_hot.chain(ctrs).collect();
        Ok(Self { names, borders: borders(&floats)?, categorical: columns.clone(), others })
    }

    /// Names of the categorical features that a split is about.
    pub(super) fn categorical(&self, feature: Option<usize>, split_index: usize) -> String {
        let columns = match feature.and_then(|feature| self.categorical.get(feature)) {
            Some(column) => std::slice::from_ref(column),
            None => {
                let index = split_index.checked_sub(self.borders.len());
                index.and_then(|index| self.others.get(index)).map_or(&[][..], Vec::as_slice)
            }
        };
        columns.iter().map(|column| self.names[*column].as_str()).collect::<Vec<_>>().join(", ")
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// The borders of all float features, one after another: the index of a split counts them so.
fn borders(floats: &[FloatFeature]) -> Result<Vec<Border>, CatBoostError> {
    let mut all = Vec::new();
    for (place, feature) in floats.iter().enumerate() {
        for &found in feature.borders.iter().flatten() {
            let border = found as f32;
            if !border.is_finite() {
                let (key, found) = ("borders", format!("{found:?}"));
                let expected = "numbers of single precision";
                return Err(CatBoostError::Feature { list: "float_features", index: place, key, found, expected });
            }
            let (column, missing) = (feature.flat_feature_index, feature.nan_value_treatment.direction());
            all.push(Border { column, place, border, missing });
        }
    }
    Ok(all)
}

/// A feature's index in its list, its column, and its name, which may be empty.
type Named = (usize, usize, String);

/// Names of the columns. Those that the model does not mention, which training ignored, are called by their numbers.
fn columns(lists: [(&'static str, Vec<Named>); 2], bytes: usize) -> Result<Vec<String>, CatBoostError> {
    let mut names = Vec::new();
    for (list, features) in lists {
        for (index, (place, column, name)) in features.into_iter().enumerate() {
            let bad = |key, found: usize, expected| {
                Err(CatBoostError::Feature { list, index, key, found: found.to_string(), expected })
            };
            if place != index {
                return bad("feature_index", place, "the index in the list");
            }
            if column >= bytes {
                return bad("flat_feature_index", column, "at most one column a byte of the text");
            }
            if names.len() <= column {
                names.resize(column + 1, None);
            }
            if names[column].replace(if name.is_empty() { column.to_string() } else { name }).is_some() {
                return bad("flat_feature_index", column, "a column of its own");
            }
        }
    }
    let named = names.into_iter().enumerate();
    Ok(named.map(|(column, name)| name.unwrap_or_else(|| column.to_string())).collect())
}
