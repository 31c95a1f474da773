//! What stands around the trees of a model's text.

use super::error::LightGbmError;
use super::objective::{Stated, objective};
use super::text::{Parts, shown};
use secateur_forest::{Forest, LightGbmHeader as Header, LightGbmObjective as Objective, Task};

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
    if !["v2", "v3", "v4"].contains(&version) {
        return Err(LightGbmError::Version { found: shown(version) });
    }
    let objective = objective(header, stated, parts.average && version == "v2")?;
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
    // Texts without parameters may still name the categories of columns.
    let start = ["\nparameters:", "\npandas_categorical:"].iter().find_map(|key| parts.rest.find(key));
    let parameters = start.map_or("", |start| &parts.rest[start + 1..]);
    Ok(Header {
        objective,
        feature_names,
        lines: lines.map(|&line| line.to_owned()).collect(),
        average_of: parts.average.then_some(parts.trees.len() / classes),
        parameters: parameters.to_owned(),
    })
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
