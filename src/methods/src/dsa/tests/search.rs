use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use secateur_neural::{EvaluateError, NetworkError};
use secateur_program::{Control, Stop};

use crate::dsa::{Expression, SearchOptions, Searched, evolve, random_search};

/// Number of operators that are not those of the target, and a part below 1 that differs from expression to expression.
fn distance(expression: &Expression, target: &Expression) -> f64 {
    let pre = expression.pre().iter().filter(|operator| !target.pre().contains(operator)).count();
    let post = expression.post().iter().filter(|operator| !target.post().contains(operator)).count();
    let reduction = usize::from(expression.reduction() != target.reduction());
    let mut hasher = DefaultHasher::new();
    (expression.pre(), expression.reduction(), expression.post()).hash(&mut hasher);
    (pre + 2 * reduction + post) as f64 + (hasher.finish() % 1000) as f64 / 1000.0
}

fn options(seed: u64) -> SearchOptions {
    SearchOptions { evaluations: 200, population: 20, parents: 4, seed, ..SearchOptions::default() }
}

fn check_history(found: &Searched) {
    assert!(found.history.windows(2).all(|pair| pair[1] <= pair[0]), "{:?}", found.history);
    assert_eq!(found.best.as_ref().map(|(_, loss)| loss), found.history.last());
}

#[test]
fn evolution_finds_better_expressions_than_random_search() {
    let (mut bred, mut drawn) = (0.0, 0.0);
    for seed in 0..40 {
        let target = Expression::random(1000 + seed);
        let mut evaluated = Vec::new();
        let loss = |expression: &Expression| {
            evaluated.push(expression.clone());
            Ok(distance(expression, &target))
        };
        let evolution = evolve(&options(seed), loss, &Control::new()).unwrap();
        check_history(&evolution);
        assert_eq!((evolution.history.len(), evolution.stop), (200, None));
        let formulas: HashSet<_> =
            evaluated.iter().map(|e| (e.pre().to_vec(), e.reduction(), e.post().to_vec())).collect();
        assert_eq!(formulas.len(), 200, "none twice");
        let random = random_search(&options(seed), |e| Ok(distance(e, &target)), &Control::new()).unwrap();
        check_history(&random);
        assert_eq!(random.history.len(), 200);
        assert_eq!(evolution.history[..20], random.history[..20]);
        bred += evolution.history[199];
        drawn += random.history[199];
    }
    assert!(bred < 0.6 * drawn, "{bred} {drawn}");
}

#[test]
fn children_have_the_parts_of_the_best_and_one_change() {
    for seed in 0..5 {
        // Two expressions of the first generation are good; all mixtures of them are found without mutation.
        let mut evaluated: Vec<Expression> = Vec::new();
        let options = SearchOptions { evaluations: 130, population: 30, parents: 2, mutation: 0.0, seed };
        let loss = |expression: &Expression| {
            evaluated.push(expression.clone());
            Ok(if evaluated.len() <= 2 { 0.0 } else { 1.0 })
        };
        let found = evolve(&options, loss, &Control::new()).unwrap();
        assert_eq!(found.best.unwrap().0, evaluated[0], "the first of equal ones");
        let (a, b) = (&evaluated[0], &evaluated[1]);
        let mut mixtures = 0;
        for child in &evaluated[30..] {
            let shared = [
                child.pre() == a.pre() || child.pre() == b.pre(),
                child.reduction() == a.reduction() || child.reduction() == b.reduction(),
                child.post() == a.post() || child.post() == b.post(),
            ];
            mixtures += usize::from(shared == [true; 3]);
            // A known mixture is changed by one operator, or by two if that is known as well.
            assert_ne!(shared, [false; 3]);
        }
        let parts = |same: bool| if same { 1 } else { 2 };
        let all = parts(a.pre() == b.pre()) * parts(a.reduction() == b.reduction()) * parts(a.post() == b.post());
        assert_eq!(mixtures, all - 2);
    }
}

#[test]
fn every_operator_can_be_replaced() {
    // All children have one parent.
    let options = SearchOptions { evaluations: 100, population: 3, parents: 1, mutation: 1.0, seed: 0 };
    let mut evaluated: Vec<Expression> = Vec::new();
    let loss = |expression: &Expression| {
        evaluated.push(expression.clone());
        Ok(if evaluated.len() == 2 { 0.0 } else { 1.0 })
    };
    evolve(&options, loss, &Control::new()).unwrap();
    let operators = |expression: &Expression| {
        let pre = expression.pre().iter().map(|operator| operator.name());
        let post = expression.post().iter().map(|operator| operator.name());
        pre.chain([expression.reduction().name()]).chain(post).collect::<Vec<&str>>()
    };
    let parent = operators(&evaluated[1]);
    let mut replaced = vec![0; parent.len()];
    for child in &evaluated[3..] {
        let child = operators(child);
        assert_eq!(child.len(), parent.len());
        (0..parent.len()).filter(|place| child[*place] != parent[*place]).for_each(|place| replaced[place] += 1);
    }
    assert!(replaced.iter().all(|times| *times > 5), "{replaced:?}");
}

fn either(
    bred: bool,
    options: &SearchOptions,
    loss: impl FnMut(&Expression) -> Result<f64, EvaluateError>,
) -> Result<Searched, EvaluateError> {
    if bred { evolve(options, loss, &Control::new()) } else { random_search(options, loss, &Control::new()) }
}

#[test]
fn a_stop_keeps_the_best_and_errors_come_through() {
    let control = Control::new();
    let mut count = 0;
    let cancels = |_: &Expression| {
        count += 1;
        if count == 7 {
            control.cancel();
        }
        Ok(f64::from(10 - count))
    };
    let found = evolve(&options(0), cancels, &control).unwrap();
    assert_eq!((found.history.len(), found.stop, found.best.unwrap().1), (7, Some(Stop::Cancelled), 3.0));
    // Stopped inside an evaluation.
    for bred in [true, false] {
        let mut count = 0;
        let stops = |_: &Expression| {
            count += 1;
            if count == 30 { Err(EvaluateError::Stopped(Stop::TimeLimit)) } else { Ok(f64::NAN) }
        };
        let found = either(bred, &options(0), stops).unwrap();
        assert_eq!((found.history, found.stop), (vec![f64::INFINITY; 29], Some(Stop::TimeLimit)));
        assert!(found.best.is_some());
        let fails = |_: &Expression| Err(EvaluateError::Network(NetworkError::Diverged { step: 3 }));
        assert!(either(bred, &options(0), fails).unwrap_err().to_string().contains("step 3"));
        let none = SearchOptions { evaluations: 0, ..options(0) };
        let found = either(bred, &none, |_| Ok(0.0)).unwrap();
        assert_eq!(found, Searched { best: None, history: vec![], stop: None });
        // Sizes that make no generation.
        let odd = SearchOptions { population: 0, parents: 9, ..options(0) };
        assert_eq!(either(bred, &odd, |_| Ok(0.0)).unwrap().history.len(), 200);
    }
}
