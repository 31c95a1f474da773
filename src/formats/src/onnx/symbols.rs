//! What the values of a graph are, in terms of its inputs and of the one ensemble's sums.

use std::rc::Rc;

use super::tensor::Tensor;

/// A value of the graph.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// A constant.
    Constant(Rc<Constant>),
    /// Columns of the table.
    Features(Features),
    /// A class per row.
    Label(Label),
    /// Numbers per row, computed from the ensemble's sums.
    Scores(Rc<Scores>),
}

impl Value {
    /// What it is, for messages.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Value::Constant(_) => "a constant",
            Value::Features(_) => "features",
            Value::Label(_) => "predicted classes",
            Value::Scores(_) => "predictions",
        }
    }
}

/// The values of a constant, and its shape.
#[derive(Debug)]
pub(super) struct Constant {
    pub(super) tensor: Tensor,
    pub(super) dims: Vec<i64>,
}

/// What numbers are stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Single,
    Double,
    Integer,
}

/// Some columns of the table.
#[derive(Debug, Clone)]
pub(super) struct Features {
    /// Their indices; `None`: all, as they come, of a table whose width the file does not say.
    pub(super) columns: Option<Rc<Vec<u32>>>,
    pub(super) element: Element,
    /// Whether they have been rounded to single precision.
    pub(super) rounded: bool,
}

/// A class per row: its name, or its index.
#[derive(Debug, Clone)]
pub(super) struct Label {
    /// Names by index; `None`: the index itself.
    pub(super) names: Option<Rc<Vec<String>>>,
    pub(super) rule: Rule,
}

/// How a class is chosen.
#[derive(Debug, Clone)]
pub(super) enum Rule {
    /// By `TreeEnsembleClassifier`; `Some`: runtimes do not choose the class of the largest probability, and why.
    Classifier(Option<&'static str>),
    /// The first of the largest numbers.
    ArgMax(Rc<Scores>),
}

/// A function that is applied to a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// None.
    Identity,
    /// `1 / (1 + exp(-z))`.
    Logistic,
    /// `exp(z) / sum exp(z)`, over all columns.
    Softmax,
}

/// A number per row: `link(scale * s + shift)`, with `s` the ensemble's sum for a target, its base values included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Column {
    pub(super) target: usize,
    pub(super) scale: f64,
    pub(super) shift: f64,
    pub(super) link: Link,
}

impl Column {
    /// The sum itself.
    pub(super) fn of(target: usize) -> Self {
        Self { target, scale: 1.0, shift: 0.0, link: Link::Identity }
    }

    /// Without its link.
    pub(super) fn linear(self) -> Self {
        Self { link: Link::Identity, ..self }
    }
}

/// Numbers per row, one per column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scores {
    pub(super) columns: Vec<Column>,
    /// Names of classes, once they are known.
    pub(super) names: Option<Rc<Vec<String>>>,
    /// Whether numbers from which these come have been made to add up to one.
    pub(super) normalised: bool,
}

impl Scores {
    /// Columns without names.
    pub(super) fn of(columns: Vec<Column>) -> Self {
        Self { columns, names: None, normalised: false }
    }
}
