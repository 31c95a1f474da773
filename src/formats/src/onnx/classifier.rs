//! What the outputs of an ensemble are. A classifier's follow ONNX Runtime, where the published text says little.
//!
//! Measured with ONNX Runtime 1.32 (`s` the sum of the one weight per leaf, base value included):
//!
//! | weights of two classes | transform | probabilities | the second class if |
//! |---|---|---|---|
//! | of class 0 only, none negative | none | `1 - s, s` | `s > 0.5` |
//! | of class 0 only, some negative | none | `-s, s` | `s > 0` |
//! | of class 0 only, some negative | logistic | logistic of `-s` and of `s` | `s > 0` |
//! | of class 0 only, none negative | logistic | logistic of `-s` and of `s` | `s > 0.5` |
//! | of both | any | as for more classes | `s_1 > 0`; integer labels are 0 and 1, whatever the file says |
//!
//! The last two lines choose another class than that of the larger probability, unless `s_0 = -s_1` or `s_0 = 0`.
//! Weights of class 1 only, two base values, and one base value beside weights of both classes give numbers that are no
//! probabilities.

use std::rc::Rc;

use super::ensemble::{Ensemble, EnsembleKind, PostTransform};
use super::error::{OnnxError, Operator};
use super::symbols::{Column, Label, Link, Rule, Scores, Value};

/// The values that an ensemble's node computes, in their order.
///
/// # Errors
/// [`OnnxError::Value`] names the attribute that gives outputs which no forest has.
pub(super) fn outputs(ensemble: &Ensemble, operator: &Operator) -> Result<Vec<Value>, OnnxError> {
    let refused = |attribute, found: &str, expected| OnnxError::Value {
        operator: operator.clone(),
        attribute,
        index: 0,
        found: found.to_owned(),
        expected,
    };
    let link = match ensemble.post_transform {
        PostTransform::None => Link::Identity,
        PostTransform::Softmax => Link::Softmax,
        PostTransform::Logistic => Link::Logistic,
        PostTransform::SoftmaxZero => return Err(refused("post_transform", "SOFTMAX_ZERO", "another transform")),
        PostTransform::Probit => return Err(refused("post_transform", "PROBIT", "another transform")),
    };
    if ensemble.kind != EnsembleKind::Classifier {
        // Runtimes ignore the transform of a single target.
        if ensemble.n_targets == 1 && link != Link::Identity {
            return Err(refused("post_transform", "a transform of one target", "NONE, which is what runtimes compute"));
        }
        if ensemble.base.len() > 1 && ensemble.base.len() != ensemble.n_targets {
            return Err(refused("base_values", "a list of another length", "one value per target"));
        }
        let columns = (0..ensemble.n_targets).map(|target| Column { link, ..Column::of(target) }).collect();
        return Ok(vec![Value::Scores(Rc::new(Scores::of(columns)))]);
    }
    let (columns, rule) = if ensemble.n_targets == 2 {
        two_classes(ensemble, link, &refused)?
    } else {
        classes(ensemble, link, &refused)?
    };
    let names = Some(Rc::new(ensemble.labels.clone()));
    let scores = Scores { columns, names: names.clone(), normalised: false };
    Ok(vec![Value::Label(Label { names, rule: Rule::Classifier(rule) }), Value::Scores(Rc::new(scores))])
}

/// Columns, and why the label is not that of the largest, if it is not.
type Classified = (Vec<Column>, Option<&'static str>);

fn classes(
    ensemble: &Ensemble,
    link: Link,
    refused: &impl Fn(&'static str, &str, &'static str) -> OnnxError,
) -> Result<Classified, OnnxError> {
    if !ensemble.base.is_empty() && ensemble.base.len() != ensemble.n_targets {
        return Err(refused("base_values", "a list of another length", "one value per class"));
    }
    // Runtimes never choose a class that no weight was added to.
    let always = |target: usize| {
        ensemble.trees.iter().any(|tree| {
            let leaves = (0..tree.len()).filter(|&node| tree.raw.children_left[node] == -1);
            leaves.into_iter().all(|leaf| tree.listed[leaf * ensemble.n_targets + target])
        })
    };
    let negative = ensemble.listed_weights().any(|weight| weight < 0.0);
    let unscored = ensemble.base.is_empty() && negative && !(0..ensemble.n_targets).all(always);
    let rule = unscored.then_some("a class without a weight at some leaves is never chosen there");
    let columns = (0..ensemble.n_targets).map(|target| Column { link, ..Column::of(target) });
    Ok((columns.collect(), rule))
}

fn two_classes(
    ensemble: &Ensemble,
    link: Link,
    refused: &impl Fn(&'static str, &str, &'static str) -> OnnxError,
) -> Result<Classified, OnnxError> {
    if ensemble.base.len() > 1 {
        return Err(refused("base_values", "two values", "at most one value for two classes"));
    }
    let negative = ensemble.listed_weights().any(|weight| weight < 0.0);
    let second = Column::of(0);
    match (ensemble.targets.as_slice(), link) {
        ([] | [0], Link::Identity) if !negative => {
            Ok((vec![Column { scale: -1.0, shift: 1.0, ..second }, second], None))
        }
        ([] | [0], Link::Identity | Link::Logistic) => {
            let rule =
                (!negative).then_some("no weight is negative, so the class is chosen at a score of 0.5, not of 0");
            Ok((vec![Column { scale: -1.0, link, ..second }, Column { link, ..second }], rule))
        }
        ([] | [0], Link::Softmax) => {
            Err(refused("post_transform", "SOFTMAX", "NONE or LOGISTIC where two classes share one weight"))
        }
        ([0, 1], _) => {
            if !ensemble.base.is_empty() {
                return Err(refused("base_values", "one value", "none where both of two classes have weights"));
            }
            let columns = vec![Column { link, ..Column::of(0) }, Column { link, ..Column::of(1) }];
            let pairs = || ensemble.trees.iter().flat_map(|tree| tree.weights.as_chunks::<2>().0);
            let by_sign = pairs().all(|[first, second]| *first == -second) || pairs().all(|[first, _]| *first == 0.0);
            let named = !ensemble.integer_labels || ensemble.labels == ["0", "1"];
            let rule = if by_sign && named {
                None
            } else if by_sign {
                Some("where both of two classes have weights, integer labels are 0 and 1 whatever they are called")
            } else {
                Some("where both of two classes have weights, the class is chosen by the sign of the second's score")
            };
            Ok((columns, rule))
        }
        _ => Err(refused("class_ids", "1 only", "the weights of class 0, or of both classes")),
    }
}
