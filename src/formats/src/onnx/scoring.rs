//! What the sums of an ensemble mean, as values of a forest and back.

use std::rc::Rc;

use rustc_hash::FxHashSet;
use secateur_forest::Aggregation;
use serde::{Deserialize, Serialize};

use super::ensemble::{Aggregate, Ensemble};
use super::error::OnnxError;
use super::symbols::{Column, Label, Link, Rule, Scores, Value};

/// Most labels of a model: each is compared with all columns.
const MAX_LABELS: usize = 8;

/// What the outputs of a model mean that gives scores of classes and does not make probabilities of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// Probabilities are the softmax of the scores; of one score for two classes, its logistic function.
    Logits,
}

/// How the sums of an ensemble become what a forest predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// The sum is the prediction.
    Number,
    /// The sums are probabilities, one per class.
    Probabilities,
    /// The sum is the probability of the second of two classes.
    SecondProbability,
    /// Probabilities are the softmax of the sums.
    Scores,
    /// The probability of the second of two classes is the logistic function of the sum.
    SecondScore,
    /// As before, and the first class has the same sum with the other sign.
    Mirrored,
}

/// Between the weights of a file and the values of a forest: `scale * sum + shift`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scoring {
    /// What the sums mean.
    pub form: Form,
    /// Whether the file divides sums by the number of trees.
    pub aggregate: Aggregate,
    /// Number of targets (or classes) of the file's ensemble.
    pub n_targets: usize,
    /// Factor of all sums.
    pub scale: f64,
    /// What is added to each output's sum.
    pub shift: Vec<f64>,
    /// The target of each output, or the one there is.
    pub targets: Vec<usize>,
}

impl Scoring {
    /// How the forest combines its trees.
    pub fn aggregation(&self) -> Aggregation {
        match (self.form, self.aggregate) {
            (Form::Number, Aggregate::Average) | (Form::Probabilities | Form::SecondProbability, _) => {
                Aggregation::Mean
            }
            (Form::Number, Aggregate::Sum) | (Form::Scores | Form::SecondScore | Form::Mirrored, _) => Aggregation::Sum,
        }
    }

    /// What a weight is multiplied by before it is scaled: sums of the file are means of the forest, or the other way
    /// round.
    fn factor(&self, trees: usize) -> f64 {
        match (self.aggregation(), self.aggregate) {
            (Aggregation::Mean, Aggregate::Sum) => trees as f64,
            (Aggregation::Sum, Aggregate::Average) => 1.0 / trees as f64,
            _ => 1.0,
        }
    }

    /// What is added to the outputs once: `(n_outputs)`, from the file's base values (none: zeros).
    fn once(&self, base: &[f64]) -> impl Iterator<Item = f64> {
        let of = |(&target, shift): (&usize, &f64)| self.scale * base.get(target).copied().unwrap_or(0.0) + shift;
        self.targets.iter().zip(&self.shift).map(of)
    }

    /// The forest's base score; empty for a mean.
    pub(super) fn base(&self, base: &[f64]) -> Vec<f64> {
        match (self.aggregation(), self.form) {
            (Aggregation::Mean | Aggregation::Vote, _) => Vec::new(),
            (_, Form::SecondScore | Form::Mirrored) => std::iter::once(0.0).chain(self.once(base)).collect(),
            _ => self.once(base).collect(),
        }
    }

    /// Appends the values of a leaf, `(n_outputs)`, from its weights, `(n_targets)`. Means take what is added once into
    /// every tree.
    pub(super) fn push_values(&self, weights: &[f64], base: &[f64], trees: usize, values: &mut Vec<f64>) {
        let mean = self.aggregation() == Aggregation::Mean;
        if matches!(self.form, Form::SecondScore | Form::Mirrored) {
            values.push(0.0);
        }
        for (&target, once) in self.targets.iter().zip(self.once(base)) {
            let value = weights[target] * self.factor(trees) * self.scale + if mean { once } else { 0.0 };
            if self.form == Form::SecondProbability {
                values.push(1.0 - value);
            }
            values.push(value);
        }
    }

    /// The weights of a leaf, `(n_targets)`, from its values, `(n_outputs)`: the inverse of [`Scoring::push_values`] up
    /// to rounding.
    pub(super) fn weights(&self, values: &[f64], base: &[f64], trees: usize) -> Vec<f64> {
        let mean = self.aggregation() == Aggregation::Mean;
        let mut weights = vec![0.0; self.n_targets];
        let total: f64 = values.iter().sum();
        let outputs: Vec<f64> = match self.form {
            Form::Number | Form::Scores => values.to_vec(),
            Form::Probabilities => values.iter().map(|value| value / total).collect(),
            Form::SecondProbability => vec![values[1] / total],
            Form::SecondScore | Form::Mirrored => vec![values[1] - values[0]],
        };
        for ((&target, value), once) in self.targets.iter().zip(outputs).zip(self.once(base)) {
            let value = value - if mean { once } else { 0.0 };
            weights[target] = value / self.scale / self.factor(trees);
        }
        if self.form == Form::Mirrored {
            weights[0] = -weights[1];
        }
        weights
    }

    /// The file's base values, `(n_targets)`, from the forest's base score; for a mean those the file had.
    pub(super) fn file_base(&self, forest_base: &[f64], recorded: &[f64]) -> Vec<f64> {
        let mut base = vec![0.0; self.n_targets];
        base.iter_mut().zip(recorded).for_each(|(base, recorded)| *base = *recorded);
        if self.aggregation() != Aggregation::Sum {
            return base;
        }
        let scores: Vec<f64> = match self.form {
            Form::SecondScore | Form::Mirrored => vec![forest_base[1] - forest_base[0]],
            _ => forest_base.to_vec(),
        };
        for ((&target, score), shift) in self.targets.iter().zip(scores).zip(&self.shift) {
            base[target] = (score - shift) / self.scale;
        }
        base
    }

    /// Number of outputs of the forest.
    pub(super) fn n_outputs(&self) -> usize {
        match self.form {
            Form::Number => 1,
            Form::SecondProbability | Form::SecondScore | Form::Mirrored => 2,
            Form::Probabilities | Form::Scores => self.targets.len(),
        }
    }
}

/// A scoring, and the names of classes; none for regression.
pub(super) type Outcome = (Scoring, Vec<String>);

/// What the outputs of a graph say of the ensemble's sums.
///
/// # Errors
/// [`OnnxError::Outputs`] if they are not what a forest predicts, or a label is not that of the largest probability;
/// [`OnnxError::Stated`] if something is stated that need not be.
pub(super) fn settle(outputs: &[&Value], ensemble: &Ensemble, stated: Option<Stated>) -> Result<Outcome, OnnxError> {
    let refused = |what| Err(OnnxError::Outputs { what });
    let (mut labels, mut scores) = (Vec::new(), Vec::new());
    for output in outputs {
        match output {
            Value::Label(label) => labels.push(label),
            Value::Scores(of) => scores.push(of),
            Value::Constant(_) | Value::Features(_) => return refused("one is no prediction"),
        }
    }
    let scores = together(&scores)?;
    if labels.len() > MAX_LABELS {
        return refused("more labels than eight");
    }
    let named = scores.names.is_some() || !labels.is_empty();
    let scoring = match scores.columns[..] {
        [column] if !named => number(column, ensemble)?,
        [_] => return refused("a label and a single number"),
        _ => several(&scores, ensemble, named, stated)?,
    };
    let needs = matches!(scoring.form, Form::Scores | Form::SecondScore) && super::ops::is_plain(&scores);
    if stated.is_some() && !needs {
        return Err(OnnxError::Stated);
    }
    if scores.normalised && (needs || scoring.form == Form::Number) {
        return refused("scores that are normalised");
    }
    let classes = if scoring.form == Form::Number { 0 } else { scoring.n_outputs() };
    let mut names = scores.names.as_ref().map(|names| names.to_vec());
    for label in &labels {
        check_label(label, &scores, &scoring)?;
        names = label.names.as_ref().map(|names| names.to_vec()).or(names);
    }
    let names = names.unwrap_or_else(|| (0..classes).map(|class| class.to_string()).collect());
    if names.len() != classes {
        return refused("another number of labels than of probabilities");
    }
    Ok((scoring, names))
}

/// All columns of the outputs: of the first with several, or each with one of its own.
fn together(outputs: &[&Rc<Scores>]) -> Result<Rc<Scores>, OnnxError> {
    let scores = match outputs.iter().find(|scores| scores.columns.len() > 1) {
        Some(&scores) => scores.clone(),
        None => {
            let columns: Vec<Column> = outputs.iter().flat_map(|scores| scores.columns.iter().copied()).collect();
            let normalised = outputs.iter().any(|scores| scores.normalised);
            let names =
                outputs.iter().find_map(|scores| scores.names.clone()).filter(|names| names.len() == columns.len());
            Rc::new(Scores { columns, names, normalised })
        }
    };
    if scores.columns.is_empty() {
        return Err(OnnxError::Outputs { what: "no numbers among them" });
    }
    let key = |column: &Column| (column.target, column.scale.to_bits(), column.shift.to_bits(), column.link as u8);
    let known: FxHashSet<_> = scores.columns.iter().map(key).collect();
    let part = |other: &Scores| match other.columns[..] {
        [ref column] => known.contains(&key(column)),
        _ => other.columns == scores.columns,
    };
    if outputs.iter().all(|other| Rc::ptr_eq(other, &scores) || part(other)) {
        Ok(scores)
    } else {
        Err(OnnxError::Outputs { what: "numbers of several kinds" })
    }
}

fn number(column: Column, ensemble: &Ensemble) -> Result<Scoring, OnnxError> {
    if column.link != Link::Identity || ensemble.n_targets != 1 {
        return Err(OnnxError::Outputs { what: "one number per row that is no sum of weights" });
    }
    scoring(Form::Number, ensemble, column.scale, &[column])
}

fn scoring(form: Form, ensemble: &Ensemble, scale: f64, columns: &[Column]) -> Result<Scoring, OnnxError> {
    if scale == 0.0 {
        return Err(OnnxError::Outputs { what: "sums multiplied by zero" });
    }
    Ok(Scoring {
        form,
        aggregate: ensemble.aggregate,
        n_targets: ensemble.n_targets,
        scale,
        shift: columns.iter().map(|column| column.shift).collect(),
        targets: columns.iter().map(|column| column.target).collect(),
    })
}

/// Several numbers per row: probabilities, or scores.
fn several(scores: &Scores, ensemble: &Ensemble, named: bool, stated: Option<Stated>) -> Result<Scoring, OnnxError> {
    let refused = |what| Err(OnnxError::Outputs { what });
    let columns = &scores.columns;
    let (first, second) = (columns[0], columns[1]);
    let link = first.link;
    if columns.iter().any(|column| column.link != link || column.scale.abs() != first.scale.abs()) {
        return refused("columns that are computed differently");
    }
    let each = columns.len() == ensemble.n_targets
        && columns.iter().enumerate().all(|(index, column)| column.target == index && column.scale == first.scale);
    let pair = columns.len() == 2 && first.target == second.target && first.scale == -second.scale;
    let complements = pair && first.shift == 1.0 - second.shift;
    let opposites = pair && first.shift == -second.shift;
    match link {
        Link::Identity if complements => scoring(Form::SecondProbability, ensemble, second.scale, &[second]),
        Link::Identity if opposites && stated.is_some() => {
            scoring(Form::SecondScore, ensemble, second.scale, &[second])
        }
        Link::Identity if opposites => {
            refused("scores of two classes, not probabilities; it can be stated that they are logits")
        }
        Link::Identity if each && !named => refused("several numbers per row, of which a forest predicts one"),
        Link::Identity if each => {
            let form = if stated.is_some() { Form::Scores } else { Form::Probabilities };
            scoring(form, ensemble, first.scale, columns)
        }
        Link::Softmax if each => scoring(Form::Scores, ensemble, first.scale, columns),
        Link::Logistic if opposites => scoring(Form::SecondScore, ensemble, second.scale, &[second]),
        Link::Logistic if each && is_mirrored(ensemble) && first.shift == 0.0 && second.shift == 0.0 => {
            scoring(Form::Mirrored, ensemble, second.scale, &[second])
        }
        Link::Logistic => refused("a logistic function of each class, which do not add up to one"),
        Link::Identity | Link::Softmax => refused("columns that are not one per class"),
    }
}

/// Whether both of two classes have the same weights, with opposite signs.
fn is_mirrored(ensemble: &Ensemble) -> bool {
    let pairs = |weights: &[f64]| weights.as_chunks::<2>().0.iter().all(|[first, second]| *first == -second);
    ensemble.n_targets == 2 && ensemble.base.is_empty() && ensemble.trees.iter().all(|tree| pairs(&tree.weights))
}

/// That a label is the class of the largest probability.
fn check_label(label: &Label, scores: &Scores, scoring: &Scoring) -> Result<(), OnnxError> {
    let what = match &label.rule {
        Rule::Classifier(Some(why)) => why,
        Rule::Classifier(None) => {
            let alike = scoring.shift.iter().all(|shift| *shift == scoring.shift[0]);
            let kept = match scoring.form {
                Form::Probabilities | Form::Scores => alike && scoring.scale > 0.0,
                Form::SecondProbability => scoring.scale == 1.0 && scoring.shift == [0.0],
                Form::SecondScore | Form::Mirrored => scoring.scale > 0.0 && scoring.shift == [0.0],
                Form::Number => false,
            };
            if kept {
                return Ok(());
            }
            "a label that is chosen before scores are changed"
        }
        Rule::ArgMax(of) => {
            let linear = |scores: &Scores| scores.columns.iter().map(|column| column.linear()).collect::<Vec<_>>();
            if linear(of) == linear(scores) {
                return Ok(());
            }
            "a label that is chosen by other numbers"
        }
    };
    Err(OnnxError::Outputs { what })
}
