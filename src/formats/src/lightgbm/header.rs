//! What stands around the trees of a model's text.

use super::error::LightGbmError;
use super::text::{Block, Parts, shown};
use secateur_forest::{Forest, LightGbmHeader as Header, LightGbmObjective as Objective, Task};

/// What the scores of a model mean that does not say so itself: one trained with an objective of one's own, or with one that
/// is not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// The score is the answer.
    Raw,
    /// Two classes: the probability of the second is the logistic function of the score. Only where no objective is recorded.
    Binary,
    /// Several classes: softmax of their scores. Only where no objective is recorded.
    Multiclass,
}

/// Objectives whose score is the answer.
const IDENTITY: [&str; 8] =
    ["regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg"];

/// What a custom objective is called, where it is called anything.
const CUSTOM: [&str; 4] = ["", "custom", "none", "null"];

/// A header for a forest from elsewhere.
pub(super) fn header_for(forest: &Forest, names: &[String]) -> Header {
    let (objective, per_iteration, line) = match forest.task() {
        Task::Regression => (Objective::Identity("regression".into()), 1, "regression".into()),
        Task::Classification { classes } if classes.len() == 2 => {
            (Objective::Binary { sigmoid: 1.0 }, 1, "binary sigmoid:1".into())
        }
        Task::Classification { classes } => {
            let classes = classes.len();
            (Objective::Multiclass { classes }, classes, format!("multiclass num_class:{classes}"))
        }
    };
    let feature_names: Vec<String> = (0..forest.n_features())
        .map(|feature| match names.get(feature) {
            Some(text) if !text.is_empty() => name(text),
            _ => format!("Column_{feature}"),
        })
        .collect();
    let lines = vec![
        "version=v4".into(),
        format!("num_class={per_iteration}"),
        format!("num_tree_per_iteration={per_iteration}"),
        "label_index=0".into(),
        format!("max_feature_idx={}", forest.n_features().saturating_sub(1)),
        format!("objective={line}"),
        format!("feature_names={}", feature_names.join(" ")),
        format!("feature_infos={}", vec!["none"; forest.n_features()].join(" ")),
    ];
    Header { objective, feature_names, lines, average_of: None, parameters: String::new() }
}

/// Reads the header of a text.
pub(super) fn read_header(parts: &Parts<'_>, stated: Option<Stated>) -> Result<Header, LightGbmError> {
    let header = &parts.header;
    let version = header.required("version")?;
    if !["v3", "v4"].contains(&version) {
        return Err(LightGbmError::Version { found: shown(version) });
    }
    let objective = objective(header, stated)?;
    let classes = match objective {
        Objective::Multiclass { classes } => classes,
        Objective::Binary { .. } | Objective::Identity(_) => 1,
    };
    for key in ["num_class", "num_tree_per_iteration"] {
        let found = header.number(key, "a number of classes")?;
        if found != classes {
            return Err(LightGbmError::Classes { key, found, expected: classes });
        }
    }
    let last = header.number("max_feature_idx", "the index of the last feature")?;
    // Names may hold any other blank.
    let feature_names = header.required("feature_names")?.split(' ').filter(|name| !name.is_empty());
    let feature_names: Vec<String> = feature_names.map(str::to_owned).collect();
    let n_features = last.saturating_add(1);
    header.check_length("feature_names", feature_names.len(), n_features)?;
    let infos = header.required("feature_infos")?.split_ascii_whitespace().count();
    header.check_length("feature_infos", infos, n_features)?;
    let lines = parts.lines.iter().filter(|line| !line.starts_with("tree_sizes="));
    let parameters = match parts.rest.find("\nparameters:") {
        Some(start) => &parts.rest[start + 1..],
        None => "",
    };
    Ok(Header {
        objective,
        feature_names,
        lines: lines.map(|&line| line.to_owned()).collect(),
        average_of: parts.average.then_some(parts.trees.len() / classes),
        parameters: parameters.to_owned(),
    })
}

/// What scores mean: as recorded, or as stated where that is not enough.
fn objective(header: &Block<'_>, stated: Option<Stated>) -> Result<Objective, LightGbmError> {
    let text = header.get("objective").unwrap_or_default();
    match (recorded_objective(header, text), stated) {
        (Ok(_), Some(_)) => Err(LightGbmError::Stated { objective: shown(text) }),
        (Err(LightGbmError::NoObjective), Some(stated)) => {
            let classes = header.number("num_class", "a number of classes")?;
            Ok(match stated {
                Stated::Raw => Objective::Identity("custom".into()),
                Stated::Binary => Objective::Binary { sigmoid: 1.0 },
                Stated::Multiclass if classes >= 2 => Objective::Multiclass { classes },
                Stated::Multiclass => {
                    return Err(header.bad("num_class", 0, &classes.to_string(), "at least 2 classes"));
                }
            })
        }
        (Err(LightGbmError::Objective { objective }), Some(Stated::Raw)) => Ok(Objective::Identity(objective)),
        (recorded, _) => recorded,
    }
}

fn recorded_objective(header: &Block<'_>, text: &str) -> Result<Objective, LightGbmError> {
    let unsupported = || LightGbmError::Objective { objective: shown(text) };
    let mut words = text.split_ascii_whitespace();
    let name = words.next().unwrap_or_default();
    if CUSTOM.contains(&name) {
        return Err(LightGbmError::NoObjective);
    }
    let words: Vec<&str> = words.collect();
    let option = |key: &str| words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix(':'));
    match name {
        "binary" => {
            let text = option("sigmoid").unwrap_or("1");
            let sigmoid = text.parse().ok().filter(|sigmoid: &f64| sigmoid.is_finite() && *sigmoid > 0.0);
            let sigmoid = sigmoid.ok_or_else(|| header.bad("objective", 0, text, "a positive sigmoid"))?;
            Ok(Objective::Binary { sigmoid })
        }
        "multiclass" => {
            let text = option("num_class").unwrap_or_default();
            let classes = text.parse().ok().filter(|classes| *classes >= 2);
            let classes = classes.ok_or_else(|| header.bad("objective", 0, text, "at least 2 classes"))?;
            Ok(Objective::Multiclass { classes })
        }
        // `regression sqrt` squares its score.
        name if IDENTITY.contains(&name) && !words.contains(&"sqrt") => Ok(Objective::Identity(name.into())),
        _ => Err(unsupported()),
    }
}

/// A feature's name as LightGBM takes it: spaces and the characters of JSON's syntax become `_`.
pub fn name(text: &str) -> String {
    text.chars().map(allowed).collect()
}

fn allowed(character: char) -> char {
    match character {
        '"' | ',' | ':' | '[' | ']' | '{' | '}' => '_',
        space if space.is_whitespace() || space.is_control() => '_',
        other => other,
    }
}
