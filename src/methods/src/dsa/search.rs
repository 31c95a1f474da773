//! The search for an expression: evolution, and random search to compare it with.
//!
//! The authors have not released theirs. Their poster gives about 2000 evaluations and names the loss of the pruned
//! network as what is evaluated; of the operators it lists, a root and a softmax are not in the released grammar, and
//! not here. What is here: the best expressions stay (elitist); a child takes each of its three parts from one of two
//! of them; now and then one of its operators is replaced.

use std::collections::HashSet;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_neural::EvaluateError;
use secateur_program::{Control, Stop};

use super::expression::{Expression, Post, Pre, Reduction};

/// How expressions are bred.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchOptions {
    /// Expressions to be evaluated.
    pub evaluations: usize,
    /// Expressions of a generation, at least 2; the first is random.
    pub population: usize,
    /// How many of a generation stay, and have children; at least 1 and fewer than the population.
    pub parents: usize,
    /// Probability that an operator of a child is replaced.
    pub mutation: f64,
    /// Of all that is drawn.
    pub seed: u64,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self { evaluations: 2000, population: 100, parents: 5, mutation: 0.2, seed: 0 }
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Searched {
    /// The expression of least loss, and the loss; the first of equal ones. Nothing if nothing was evaluated.
    pub best: Option<(Expression, f64)>,
    /// Least loss after every evaluation.
    pub history: Vec<f64>,
    /// What ended the search early, if anything did.
    pub stop: Option<Stop>,
}

/// Breeds expressions. A child that was evaluated before is changed until it is new (a hundred times at most).
///
/// # Arguments
/// * `loss`: of the network pruned by an expression, on held-out data. NaN is taken as infinite, which is right for an
///   expression that gives no fractions.
/// * `control`: limits, asked before every evaluation; progress as the stage `search`, in evaluations.
///
/// # Errors
/// What `loss` returns, except [`EvaluateError::Stopped`], which ends the search as `control` does.
///
/// # Complexity
/// As many calls of `loss` as evaluations.
///
/// # Example
/// ```
/// use secateur_methods::dsa::{SearchOptions, evolve};
/// use secateur_program::Control;
///
/// // The shortest expression.
/// let options = SearchOptions { evaluations: 500, population: 20, ..SearchOptions::default() };
/// let found = evolve(&options, |expression| Ok(expression.to_string().len() as f64), &Control::new())?;
/// let (expression, length) = found.best.expect("some were evaluated");
/// assert!(length <= 25.0, "{expression}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn evolve(
    options: &SearchOptions,
    loss: impl FnMut(&Expression) -> Result<f64, EvaluateError>,
    control: &Control,
) -> Result<Searched, EvaluateError> {
    let n_population = options.population.max(2);
    let n_parents = options.parents.clamp(1, n_population - 1);
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut run = Run::new(options.evaluations, loss, control);
    let mut population: Vec<(f64, Expression)> = Vec::new();
    while run.goes_on() {
        if population.len() == n_population {
            population.sort_by(|a, b| a.0.total_cmp(&b.0));
            population.truncate(n_parents);
        }
        let first = run.searched.history.len() < n_population;
        let child = if first {
            run.unknown(Expression::draw(&mut rng), |_| Expression::draw(&mut rng))
        } else {
            let mut parent = || &population[rng.random_range(0..n_parents)].1;
            let (a, b) = (parent().clone(), parent().clone());
            let mut child = crossed(a, b, &mut rng);
            if rng.random::<f64>() < options.mutation {
                child = mutated(child, &mut rng);
            }
            run.unknown(child, |child| mutated(child, &mut rng))
        };
        if let Some(loss) = run.evaluate(&child)? {
            population.push((loss, child));
        }
    }
    Ok(run.searched)
}

/// Evaluates random expressions, none twice; with the seed of an evolution the same ones as its first generation. The
/// baseline at equal evaluations.
///
/// # Arguments
/// * `options`: only the number of evaluations and the seed matter.
/// * `loss`, `control`: as for [`evolve`].
///
/// # Errors
/// As for [`evolve`].
pub fn random_search(
    options: &SearchOptions,
    loss: impl FnMut(&Expression) -> Result<f64, EvaluateError>,
    control: &Control,
) -> Result<Searched, EvaluateError> {
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut run = Run::new(options.evaluations, loss, control);
    while run.goes_on() {
        let drawn = run.unknown(Expression::draw(&mut rng), |_| Expression::draw(&mut rng));
        run.evaluate(&drawn)?;
    }
    Ok(run.searched)
}

/// Every part from one of two parents.
fn crossed(a: Expression, b: Expression, rng: &mut ChaCha8Rng) -> Expression {
    let mut of_a = || rng.random::<bool>();
    Expression {
        pre: if of_a() { a.pre } else { b.pre },
        reduction: if of_a() { a.reduction } else { b.reduction },
        post: if of_a() { a.post } else { b.post },
        lambda: if of_a() { a.lambda } else { b.lambda },
    }
}

/// One operator, any of them, replaced by any of its kind.
fn mutated(mut expression: Expression, rng: &mut ChaCha8Rng) -> Expression {
    let (n_pre, n_post) = (expression.pre.len(), expression.post.len());
    match rng.random_range(0..n_pre + 1 + n_post) {
        place if place < n_pre => expression.pre[place] = Pre::draw(rng),
        place if place == n_pre => expression.reduction = Reduction::draw(rng),
        place => expression.post[place - n_pre - 1] = Post::draw(rng),
    }
    expression
}

type Formula = (Vec<Pre>, Reduction, Vec<Post>);

/// The expression without lambda, which changes nothing.
fn formula(expression: &Expression) -> Formula {
    (expression.pre.clone(), expression.reduction, expression.post.clone())
}

/// Evaluations so far.
struct Run<'a, F> {
    loss: F,
    control: &'a Control,
    evaluations: usize,
    known: HashSet<Formula>,
    searched: Searched,
}

impl<'a, F: FnMut(&Expression) -> Result<f64, EvaluateError>> Run<'a, F> {
    fn new(evaluations: usize, loss: F, control: &'a Control) -> Self {
        control.report("search", 0, evaluations as u64);
        let searched = Searched { best: None, history: Vec::new(), stop: None };
        Self { loss, control, evaluations, known: HashSet::new(), searched }
    }

    /// Whether there is another evaluation to be made.
    fn goes_on(&mut self) -> bool {
        if self.searched.history.len() == self.evaluations || self.searched.stop.is_some() {
            return false;
        }
        self.searched.stop = self.control.check().err();
        self.searched.stop.is_none()
    }

    /// The expression, or what `next` makes of it until it is a new one.
    fn unknown(&self, mut expression: Expression, mut next: impl FnMut(Expression) -> Expression) -> Expression {
        for _ in 0..100 {
            if !self.known.contains(&formula(&expression)) {
                break;
            }
            expression = next(expression);
        }
        expression
    }

    /// The loss, unless the evaluation was stopped.
    fn evaluate(&mut self, expression: &Expression) -> Result<Option<f64>, EvaluateError> {
        let loss = match (self.loss)(expression) {
            Ok(loss) if loss.is_nan() => f64::INFINITY,
            Ok(loss) => loss,
            Err(EvaluateError::Stopped(stop)) => {
                self.searched.stop = Some(stop);
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        self.known.insert(formula(expression));
        let searched = &mut self.searched;
        if searched.best.as_ref().is_none_or(|(_, least)| loss < *least) {
            searched.best = Some((expression.clone(), loss));
        }
        searched.history.push(searched.best.as_ref().map_or(loss, |(_, least)| *least));
        self.control.report("search", searched.history.len() as u64, self.evaluations as u64);
        Ok(Some(loss))
    }
}
