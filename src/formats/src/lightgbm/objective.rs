//! What the scores of a model mean, as it records or as is stated.
//!
//! | objective | prediction from score s | here |
//! |---|---|---|
//! | `regression`, `regression_l1`, `huber`, `fair`, `quantile`, `mape`, ranking | s | a number |
//! | `binary` | 1 / (1 + exp(-sigmoid s)) | two classes |
//! | `multiclass` | softmax | several classes |
//! | `cross_entropy` | 1 / (1 + exp(-s)), of targets between 0 and 1 | stated: two classes, or s as a number |
//! | `multiclassova` | each class by itself: 1 / (1 + exp(-sigmoid s)) | stated: softmax, which has the same largest class |
//! | `poisson`, `gamma`, `tweedie` | exp(s) | stated: s as a number |
//! | `cross_entropy_lambda` | ln(1 + exp(s)) | stated: s as a number |
//! | `regression sqrt` | s |s| | stated: s as a number |
//! | none recorded, or a custom one | not known | stated: a number, two classes, or several |

use super::error::LightGbmError;
use super::text::{Block, shown};
use secateur_forest::LightGbmObjective as Objective;

/// What the scores of a model mean that does not say so itself: one trained with an objective of one's own, or with one that
/// is not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// The score is the answer.
    Raw,
    /// Two classes: the probability of the second is the logistic function of the score. Only where no objective is recorded, or
    /// `cross_entropy`, whose targets must then be classes.
    Binary,
    /// Several classes: softmax of their scores. Only where no objective is recorded, or `multiclassova`, which gives each class a
    /// probability by itself: the largest stays the same.
    Multiclass,
}

/// Objectives whose score is the answer.
const IDENTITY: [&str; 8] =
    ["regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg"];

/// What a custom objective is called, where it is called anything.
const CUSTOM: [&str; 4] = ["", "custom", "none", "null"];

/// How an objective that is not supported can be read all the same: continues a sentence.
pub(super) fn ways(objective: &str) -> &'static str {
    let mut words = objective.split_ascii_whitespace();
    match words.next().unwrap_or_default() {
        "poisson" | "gamma" | "tweedie" => {
            "it predicts exp(score), and a forest predicts the score; it can be read as raw scores"
        }
        "cross_entropy" | "xentropy" => {
            "its targets are probabilities; where they are 0 and 1 it can be read as binary, otherwise as raw scores"
        }
        "cross_entropy_lambda" | "xentlambda" => {
            "it predicts ln(1 + exp(score)), and a forest predicts the score; it can be read as raw scores"
        }
        "multiclassova" => {
            "its probabilities do not add up to 1; it can be read as multiclass, where the most probable class stays the same and \
             probabilities become the softmax of the scores"
        }
        "binary" | "multiclass" => {
            "random forests of version 2 average probabilities, not scores; that of a single score can be read as raw: the \
             number is the probability"
        }
        name if IDENTITY.contains(&name) => {
            "with `sqrt` it predicts the square of the score, with its sign; it can be read as raw scores"
        }
        _ => {
            "only binary, multiclass, ranking, and regression whose score is the answer; others can be read as raw scores"
        }
    }
}

/// What scores mean: as recorded, or as stated where that is not enough. `averages_answers`: the model is a random forest of the
/// version whose leaves hold probabilities where others hold scores.
pub(super) fn objective(
    header: &Block<'_>,
    stated: Option<Stated>,
    averages_answers: bool,
) -> Result<Objective, LightGbmError> {
    let text = header.get("objective").unwrap_or_default();
    let recorded = recorded(header, text).and_then(|objective| match objective {
        Objective::Identity(_) => Ok(objective),
        _ if averages_answers => Err(LightGbmError::Objective { objective: shown(text) }),
        _ => Ok(objective),
    });
    match (recorded, stated) {
        (Ok(_), Some(_)) => Err(LightGbmError::Stated { objective: shown(text) }),
        (Err(LightGbmError::NoObjective), Some(stated)) => as_stated(header, stated, "custom"),
        (Err(LightGbmError::Objective { objective }), Some(stated)) => {
            let name = text.split_ascii_whitespace().next().unwrap_or_default();
            match stated {
                Stated::Raw => as_stated(header, stated, &objective),
                Stated::Binary if ["cross_entropy", "xentropy"].contains(&name) => as_stated(header, stated, name),
                Stated::Multiclass if name == "multiclassova" => as_stated(header, stated, name),
                _ => Err(LightGbmError::Objective { objective }),
            }
        }
        (recorded, _) => recorded,
    }
}

fn as_stated(header: &Block<'_>, stated: Stated, name: &str) -> Result<Objective, LightGbmError> {
    let classes = header.number("num_class", "a number of classes")?;
    match stated {
        Stated::Raw => Ok(Objective::Identity(name.to_owned())),
        Stated::Binary => Ok(Objective::Binary { sigmoid: 1.0 }),
        Stated::Multiclass if classes >= 2 => Ok(Objective::Multiclass { classes }),
        Stated::Multiclass => Err(header.bad("num_class", 0, &classes.to_string(), "at least 2 classes")),
    }
}

fn recorded(header: &Block<'_>, text: &str) -> Result<Objective, LightGbmError> {
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
        _ => Err(LightGbmError::Objective { objective: shown(text) }),
    }
}
