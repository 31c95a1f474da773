//! Expressions that make one number of a block's metric: `W:(pre[,pre])-(reduction)-(post[,post])-(lambda)`.

use std::fmt;
use std::str::FromStr;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A kind of operators with their names in expressions.
macro_rules! operators {
    ($(#[$meta:meta])* $kind:ident, $place:literal, { $($(#[$doc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $kind {
            $($(#[$doc])* $variant,)+
        }

        impl $kind {
            /// All of them, in the order of the released programs.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As expressions have it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            fn named(name: &str) -> Result<Self, ParseError> {
                let found = Self::ALL.iter().find(|operator| operator.name() == name);
                found.copied().ok_or_else(|| ParseError::Operator { place: $place, name: name.to_owned() })
            }

            /// Any of them, all as likely.
            pub(super) fn draw(rng: &mut ChaCha8Rng) -> Self {
                Self::ALL[rng.random_range(0..Self::ALL.len())]
            }
        }
    };
}

operators! {
    /// What is done to every entry first.
    Pre, "pre-operator", {
        /// x.
        NoOp = "NO_OP",
        /// |x|.
        Abs = "ABS",
        /// ln(x + 1e-6), where x <= 0 is set to 1 first.
        Log = "LOG",
        /// ln |x|, where 0 is set to 1 first.
        AbsLog = "ABSLOG",
        /// x^2.
        Pow = "POW",
        /// e^x.
        Exp = "EXP",
        /// (x - mean) / standard deviation (unbiased); no number becomes 0.
        Normalize = "NORMALIZE",
        /// 1 / (1 + e^-x).
        Sigmoid = "SIGMOID",
        /// tanh x.
        Tanh = "TANH",
        /// (x - min) / (max - min + 1e-9).
        MinMax = "MMS",
    }
}

operators! {
    /// What makes fewer numbers of them, mostly one.
    Reduction, "reduction", {
        /// x.
        NoOp = "NO_OP",
        /// X X^T of a matrix.
        Gram = "GRAM",
        /// Correlations of the rows of a matrix.
        Corref = "CORREF",
        /// Diagonal of a matrix.
        Diagonal = "DIAGONAL",
        /// Root of the sum of squares.
        FrobeniusNorm = "FROBENIUS_NORM",
        /// Mean of |x|.
        L1Norm = "L1_NORM",
        /// Determinant of a square matrix.
        Determinant = "DETERMINANT",
        /// Rank of a matrix.
        Rank = "RANK",
        /// n-th root of the product of all n numbers, formed as a product: it runs over and under.
        GeometricMean = "GEOMETRIC_MEAN",
        /// Mean.
        Mean = "MEAN",
        /// Unbiased variance.
        Var = "VAR",
        /// Root of the unbiased variance.
        Std = "STD",
        /// ln |det X| of a square matrix.
        Slogdet = "SLOGDET",
        /// Entropy: of a vector's numbers as weights, or of the softmaxes of a matrix's rows.
        Entropy = "ENTROPY",
    }
}

operators! {
    /// What is done to every number that is left.
    Post, "post-operator", {
        /// x.
        NoOp = "NO_OP",
        /// sin x.
        Sin = "SIN",
        /// cos x.
        Cos = "COS",
        /// tan x.
        Tan = "TAN",
        /// arcsin x; no number outside -1..1.
        Asin = "ASIN",
        /// arccos x; no number outside -1..1.
        Acos = "ACOS",
        /// arctan x.
        Atan = "ATAN",
        /// e^x.
        Exp = "EXP",
        /// ln x; no number below 0.
        Log = "LOG",
        /// |x|.
        Abs = "ABS",
        /// 1 / (1 + e^-x).
        Sigmoid = "SIGMOID",
        /// tanh x.
        Tanh = "TANH",
        /// ln(1 + e^x); x above 20.
        Softplus = "SOFTPLUS",
    }
}

/// An expression: one or two pre-operators, a reduction, one or two post-operators, and a number that nothing depends
/// on.
///
/// # Example
/// ```
/// use secateur_methods::dsa::{Expression, Reduction};
///
/// let text = "W:(ABSLOG)-(VAR)-(ATAN,ASIN)-(7)";
/// let released: Expression = text.parse()?;
/// assert_eq!(released, Expression::released());
/// assert_eq!(released.reduction(), Reduction::Var);
/// assert_eq!(released.to_string(), text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Expression {
    pub(super) pre: Vec<Pre>,
    pub(super) reduction: Reduction,
    pub(super) post: Vec<Post>,
    pub(super) lambda: u8,
}

impl Expression {
    /// The expression that the authors found: `asin(atan(Var(ln |metric|)))`.
    pub fn released() -> Self {
        Self { pre: vec![Pre::AbsLog], reduction: Reduction::Var, post: vec![Post::Atan, Post::Asin], lambda: 7 }
    }

    /// Any expression, as the released programs draw it: 0 to 2 pre-operators (none is NO_OP), 1 or 2 post-operators,
    /// with replacement.
    pub fn random(seed: u64) -> Self {
        Self::draw(&mut ChaCha8Rng::seed_from_u64(seed))
    }

    pub(super) fn draw(rng: &mut ChaCha8Rng) -> Self {
        let mut pre: Vec<Pre> = (0..rng.random_range(0..3)).map(|_| Pre::draw(rng)).collect();
        if pre.is_empty() {
            pre.push(Pre::NoOp);
        }
        let reduction = Reduction::draw(rng);
        let post = (0..rng.random_range(1..3)).map(|_| Post::draw(rng)).collect();
        Self { pre, reduction, post, lambda: rng.random_range(7..11) }
    }

    /// One or two.
    pub fn pre(&self) -> &[Pre] {
        &self.pre
    }

    /// The reduction.
    pub fn reduction(&self) -> Reduction {
        self.reduction
    }

    /// One or two.
    pub fn post(&self) -> &[Post] {
        &self.post
    }

    /// 7 to 10. The released programs read it and use it nowhere.
    pub fn lambda(&self) -> u8 {
        self.lambda
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pre: Vec<&str> = self.pre.iter().map(|operator| operator.name()).collect();
        let post: Vec<&str> = self.post.iter().map(|operator| operator.name()).collect();
        write!(f, "W:({})-({})-({})-({})", pre.join(","), self.reduction.name(), post.join(","), self.lambda)
    }
}

/// Text that is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Not four parts in parentheses.
    #[error("expression {text:?}, expected W:(pre[,pre])-(reduction)-(post[,post])-(lambda)")]
    Form {
        /// As given.
        text: String,
    },
    /// No operator of that name and place.
    #[error("there is no {place} {name:?}")]
    Operator {
        /// Which kind of operator.
        place: &'static str,
        /// As given.
        name: String,
    },
    /// Too many operators.
    #[error("{found} {place}s, expected 1 or 2")]
    Count {
        /// Which kind of operator.
        place: &'static str,
        /// How many.
        found: usize,
    },
    /// A number outside 7 to 10, or none.
    #[error("lambda {text:?}, expected 7, 8, 9 or 10")]
    Lambda {
        /// As given.
        text: String,
    },
}

impl FromStr for Expression {
    type Err = ParseError;

    /// Reads an expression. Spaces around operators and an empty first part (NO_OP) are taken.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let form = || ParseError::Form { text: text.to_owned() };
        let parts: Vec<&str> = text.trim().strip_prefix("W:").ok_or_else(form)?.split('-').collect();
        let inner = |part: &str| Some(part.trim().strip_prefix('(')?.strip_suffix(')')?.trim().to_owned());
        let parts: Vec<String> = parts.into_iter().map(inner).collect::<Option<_>>().ok_or_else(form)?;
        let [pre, reduction, post, lambda] = parts.as_slice() else { return Err(form()) };
        let pre = if pre.is_empty() { vec![Pre::NoOp] } else { listed("pre-operator", pre, Pre::named)? };
        let number = lambda.parse().ok().filter(|number| (7..=10).contains(number));
        Ok(Self {
            pre,
            reduction: Reduction::named(reduction)?,
            post: listed("post-operator", post, Post::named)?,
            lambda: number.ok_or_else(|| ParseError::Lambda { text: lambda.clone() })?,
        })
    }
}

fn listed<T>(place: &'static str, names: &str, of: fn(&str) -> Result<T, ParseError>) -> Result<Vec<T>, ParseError> {
    let operators: Vec<T> = names.split(',').map(|name| of(name.trim())).collect::<Result<_, _>>()?;
    if operators.len() > 2 {
        return Err(ParseError::Count { place, found: operators.len() });
    }
    Ok(operators)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn what_is_printed_is_read(seed: u64) {
            let expression = Expression::random(seed);
            prop_assert_eq!(expression.to_string().parse::<Expression>().unwrap(), expression);
        }

        #[test]
        fn no_text_is_too_strange(text in r"(W:)?[\(\)A-Z_,0-9 é-]{0,40}") {
            let _ = text.parse::<Expression>();
        }
    }

    #[test]
    fn random_expressions_have_every_operator_in_every_place() {
        let drawn: Vec<Expression> = (0..4000).map(Expression::random).collect();
        assert_eq!(drawn[5], Expression::random(5));
        let pre: HashSet<_> = drawn.iter().map(|expression| expression.pre.clone()).collect();
        let post: HashSet<_> = drawn.iter().map(|expression| expression.post.clone()).collect();
        let reductions: HashSet<_> = drawn.iter().map(Expression::reduction).collect();
        let lambdas: HashSet<_> = drawn.iter().map(Expression::lambda).collect();
        assert_eq!((pre.len(), post.len()), (10 + 100, 13 + 169));
        assert_eq!((reductions.len(), lambdas), (14, HashSet::from([7, 8, 9, 10])));
        // No pre-operator, and NO_OP alone: a third, and a tenth of a third.
        let none = drawn.iter().filter(|expression| expression.pre == [Pre::NoOp]).count() as f64 / 4000.0;
        assert!((none - 11.0 / 30.0).abs() < 0.03, "{none}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let message = |text: &str| text.parse::<Expression>().unwrap_err().to_string();
        let form = "expected W:(pre[,pre])-(reduction)-(post[,post])-(lambda)";
        for text in ["", "W:", "(ABS)-(VAR)-(SIN)-(7)", "W:(ABS)-(VAR)-(SIN)", "W:ABS-(VAR)-(SIN)-(7)"] {
            assert_eq!(message(text), format!("expression {text:?}, {form}"));
        }
        assert_eq!(message("W:(ABS)-(VAR)-(SIN)-(6)"), "lambda \"6\", expected 7, 8, 9 or 10");
        assert_eq!(message("W:(SIN)-(VAR)-(SIN)-(7)"), "there is no pre-operator \"SIN\"");
        assert_eq!(message("W:(ABS)-(VAR,VAR)-(SIN)-(7)"), "there is no reduction \"VAR,VAR\"");
        assert_eq!(message("W:(ABS)-(VAR)-()-(7)"), "there is no post-operator \"\"");
        assert_eq!(message("W:(ABS,ABS,ABS)-(VAR)-(SIN)-(7)"), "3 pre-operators, expected 1 or 2");
        let spaced: Expression = "W:( )-( VAR )-(SIN , COS)-(10)".parse().unwrap();
        assert_eq!(spaced.to_string(), "W:(NO_OP)-(VAR)-(SIN,COS)-(10)");
    }
}
