//! What stands around the trees of a model.

use rustc_hash::FxHashSet;

use super::error::{Place, XgboostError, shown};
use super::fields::{check_length, parameter, required, text};
use super::json::list_of_numbers;
use super::records::{Objective, texts};
use super::value::Value;
use secateur_forest::Task;

/// What the scores of a model mean that does not say so itself, or whose objective is not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// The score is the answer: for objectives with another link, whose answer is a function of it.
    Raw,
    /// Two classes: the probability of the second is the logistic function of the score. Only where the recorded
    /// objective is `reg:squarederror`, which XGBoost also records after training with a function of one's own.
    Binary,
    /// Several classes: softmax of their scores. Only where the recorded objective is `reg:squarederror`.
    Multiclass,
}

/// Objectives whose score is the answer, and the base score with it.
const IDENTITY: [&str; 9] = [
    "reg:squarederror",
    "reg:linear",
    "reg:squaredlogerror",
    "reg:pseudohubererror",
    "reg:absoluteerror",
    "reg:quantileerror",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
];

/// What is recorded where the objective is one's own.
const CUSTOM: [&str; 2] = ["reg:squarederror", "reg:linear"];

/// Objectives whose answer is the exponential of the score.
const EXPONENTIAL: [&str; 3] = ["count:poisson", "reg:gamma", "reg:tweedie"];

/// What the reader of trees needs to know.
pub(super) struct Around {
    pub(super) objective: Objective,
    pub(super) feature_names: Vec<String>,
    /// Scores of the model: one, or one per class.
    pub(super) groups: usize,
}

/// Where the trees are, whatever the booster.
pub(super) fn model_path(document: &Value) -> Result<&'static [&'static str], XgboostError> {
    match text(document, &["learner", "gradient_booster", "name"])? {
        "gbtree" => Ok(&["learner", "gradient_booster", "model"]),
        "dart" => Ok(&["learner", "gradient_booster", "gbtree", "model"]),
        name => Err(XgboostError::Booster { name: shown(name) }),
    }
}

/// Reads and checks what stands around the trees.
pub(super) fn read_header(document: &Value, stated: Option<Stated>) -> Result<Around, XgboostError> {
    let (found, _) = version(document)?;
    if !(1..=3).contains(&found) {
        return Err(XgboostError::Version { found });
    }
    check_keys(document)?;
    let of_learner = |key: &'static str| {
        let value = required(document, &["learner", "learner_model_param", key])?;
        parameter(Place::Model, key, value)
    };
    let n_features = of_learner("num_feature")?;
    let classes = of_learner("num_class")?;
    // Versions before 1.6 know no targets.
    let targets = match of_learner("num_target") {
        Err(XgboostError::MissingKey { key: "num_target", .. }) => 1,
        targets => targets?,
    };
    let groups = classes.max(targets).max(1);
    let objective = objective(text(document, &["learner", "objective", "name"])?, groups, stated)?;
    let expected = match objective {
        Objective::Softmax(_) if classes < 2 || targets > 1 => "2 or more, one per class",
        Objective::Logistic(_) | Objective::Identity(_) if groups != 1 => "1",
        _ => "",
    };
    if !expected.is_empty() {
        return Err(XgboostError::Outputs { objective: objective.name().to_owned(), found: groups, expected });
    }
    Ok(Around { feature_names: feature_names(document, n_features)?, objective, groups })
}

/// The version of the library that wrote the file: major and minor.
pub(super) fn version(document: &Value) -> Result<(i64, i64), XgboostError> {
    let wrong = XgboostError::Kind { place: Place::Model, key: "version", expected: "a list of three integers" };
    let numbers = required(document, &["version"])?.clone().integers().filter(|numbers| numbers.len() == 3);
    numbers.map(|numbers| (numbers[0], numbers[1])).ok_or(wrong)
}

/// Nothing may stand beside the trees that is not known: it might change what they predict.
fn check_keys(document: &Value) -> Result<(), XgboostError> {
    let model = model_path(document)?;
    let booster: &[&'static str] = &["learner", "gradient_booster"];
    let known: [(&[&'static str], &[&str]); 3] = [
        (booster, &["name", "model", "gbtree", "weight_drop"]),
        (&model[..model.len() - 1], &["name", "model", "gbtree", "weight_drop"]),
        (model, &["cats", "gbtree_model_param", "iteration_indptr", "tree_info", "trees", "weight_drop"]),
    ];
    for (path, known) in known {
        let Value::Object(entries) = required(document, path)? else {
            let key = path.last().copied().unwrap_or_default();
            return Err(XgboostError::Kind { place: Place::Model, key, expected: "an object" });
        };
        if let Some((key, _)) = entries.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            return Err(XgboostError::UnknownKey { place: Place::Model, key: shown(key) });
        }
    }
    Ok(())
}

/// What scores mean: as recorded, or as stated where that is not enough.
fn objective(name: &str, groups: usize, stated: Option<Stated>) -> Result<Objective, XgboostError> {
    let owned = || name.to_owned();
    if name.starts_with("survival:") {
        return Err(XgboostError::Survival { objective: shown(name) });
    }
    let recorded = match name {
        "binary:logistic" | "binary:logitraw" | "reg:logistic" => Some(Objective::Logistic(owned())),
        "multi:softprob" | "multi:softmax" => Some(Objective::Softmax(owned())),
        _ if IDENTITY.contains(&name) => Some(Objective::Identity(owned())),
        _ => None,
    };
    match (recorded, stated) {
        (_, Some(Stated::Binary)) if CUSTOM.contains(&name) => Ok(Objective::Logistic(owned())),
        (_, Some(Stated::Multiclass)) if CUSTOM.contains(&name) && groups > 1 => Ok(Objective::Softmax(owned())),
        (Some(_), Some(_)) => Err(XgboostError::Stated { objective: owned() }),
        (Some(objective), None) => Ok(objective),
        (None, Some(Stated::Raw)) if EXPONENTIAL.contains(&name) || name == "binary:hinge" => {
            Ok(Objective::Identity(owned()))
        }
        (None, _) => Err(XgboostError::Objective { objective: shown(name) }),
    }
}

/// The names of the features, all different.
fn feature_names(document: &Value, n_features: usize) -> Result<Vec<String>, XgboostError> {
    let learner = required(document, &["learner"])?;
    for key in ["feature_names", "feature_types"] {
        let found = match learner.get(key) {
            None => 0,
            Some(Value::Array(list)) if list.iter().all(|name| matches!(name, Value::Text(_))) => list.len(),
            Some(_) => return Err(XgboostError::Kind { place: Place::Model, key, expected: "a list of texts" }),
        };
        if found > 0 {
            check_length(Place::Model, key, found, n_features)?;
        }
    }
    let names = texts(learner.get("feature_names"));
    let mut seen = FxHashSet::default();
    if let Some(index) = names.iter().position(|name| !seen.insert(name)) {
        let (place, key, found) = (Place::Model, "feature_names", shown(&names[index]));
        return Err(XgboostError::Value { place, key, index, found, expected: "a name that no feature before has" });
    }
    Ok(names)
}

/// Scores of a forest before its first tree: what the base score means to the objective. Two classes have `[0, s]`.
///
/// Logistic objectives store a probability, those with a logarithmic link its inverse's value, all others a score.
/// Versions before 1.4 stored a probability for `binary:logitraw` too.
pub(super) fn base(document: &Value, objective: &Objective, groups: usize) -> Result<Vec<f64>, XgboostError> {
    let place = Place::Model;
    let key = "base_score";
    let written = text(document, &["learner", "learner_model_param", key])?;
    let wrong = |expected| XgboostError::Value { place, key, index: 0, found: shown(written), expected };
    let mut scores = list_of_numbers(written).ok_or_else(|| wrong("a number, or a list of numbers"))?;
    if let [score] = scores[..] {
        scores = vec![score; groups];
    }
    check_length(place, key, scores.len(), groups)?;
    let link: fn(f32) -> f32 = match objective.name() {
        "binary:logitraw" if version(document)? >= (1, 4) => |score| score,
        "binary:logistic" | "reg:logistic" | "binary:logitraw" => |probability| -(1.0 / probability - 1.0).ln(),
        name if EXPONENTIAL.contains(&name) => f32::ln,
        _ => |score| score,
    };
    let mut base: Vec<f64> = scores.into_iter().map(|score| f64::from(link(score))).collect();
    if !base.iter().all(|score| score.is_finite()) {
        return Err(wrong("a finite number in the objective's range"));
    }
    if matches!(objective, Objective::Logistic(_)) {
        base.insert(0, 0.0);
    }
    Ok(base)
}

/// A base score for these scores before the first tree, and the score that it means: the score itself where it is one
/// number and its own base score, otherwise what means 0.
pub(super) fn neutral(objective: &Objective, version: (i64, i64), wanted: &[f64]) -> (String, f64) {
    match (objective.name(), objective, wanted) {
        ("binary:logistic" | "reg:logistic", ..) => ("5E-1".into(), 0.0),
        ("binary:logitraw", ..) if version < (1, 4) => ("5E-1".into(), 0.0),
        (name, ..) if EXPONENTIAL.contains(&name) => ("1E0".into(), 0.0),
        (_, Objective::Identity(_), [score]) if (*score as f32).is_finite() => {
            (format!("{:E}", *score as f32), f64::from(*score as f32))
        }
        _ => ("0E0".into(), 0.0),
    }
}

/// The task of a forest with this objective.
pub(super) fn task(objective: &Objective, groups: usize) -> Task {
    let classes = match objective {
        Objective::Logistic(_) => 2,
        Objective::Softmax(_) => groups,
        Objective::Identity(_) => return Task::Regression,
    };
    Task::Classification { classes: (0..classes).map(|class| class.to_string()).collect() }
}
