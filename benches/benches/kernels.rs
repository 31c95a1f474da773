//! Kernels on the embedded breast cancer data: training, routing, the path, verification, prediction, the curve; and the solvers on
//! a generated program of middle size.
//!
//! Each bench asserts its answer before it is timed. `cargo bench -p secateur-benches`; in test mode every kernel runs once.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use secateur::forest::grow::{GrowParams, Grown, grow};
use secateur::forest::{Loss, LossOn, PriceList, lower, node_losses, prune};
use secateur_benches::compare::lambdas::optimum;
use secateur_benches::generated::{ForestShape, forest};
use secateur_datasets::{Dataset, embedded};
use secateur_program::{Control, Status, verify_path, verify_solution};
use secateur_selection::{solve_at, solve_path};

fn grown(table: &Dataset) -> Grown {
    let target = table.target_view().expect("breast cancer has classes");
    let params = GrowParams { n_trees: 100, seed: 1, ..GrowParams::default() };
    grow(table.features.view(), target, table.class_names(), None, &params, &Control::new()).expect("sound data")
}

fn kernels(criterion: &mut Criterion) {
    let (table, _) = embedded::breast_cancer().expect("embedded");
    let examples = table.view().expect("sound data");
    let prices = PriceList::uniform(&table.feature_names, 1.0).expect("sound prices");
    let control = Control::new();
    let Grown { forest, in_bag, .. } = grown(&table);
    assert_eq!(forest, grown(&table).forest, "the same seed grows the same forest");

    let mut group = criterion.benchmark_group("breast cancer, 100 trees");
    group.sample_size(20);
    group.bench_function("grow", |bench| bench.iter(|| black_box(grown(&table))));

    let on = LossOn::OutOfBag(examples, &in_bag);
    let losses = node_losses(&forest, on, Loss::Brier, &control).expect("sound data");
    group.bench_function("count losses", |bench| {
        bench.iter(|| black_box(node_losses(&forest, on, Loss::Brier, &control)));
    });
    let lowered = lower(&forest, &losses, examples, &prices, &control).expect("sound data");
    group.bench_function("lower", |bench| {
        bench.iter(|| black_box(lower(&forest, &losses, examples, &prices, &control)));
    });

    let solution = solve_path(&lowered.program, &control);
    assert_eq!(solution.status, Status::Optimal);
    assert_eq!(verify_path(&lowered.program, &solution.path, &solution.flow), Ok(()));
    group.bench_function("solve path", |bench| bench.iter(|| black_box(solve_path(&lowered.program, &control))));
    group.bench_function("verify path", |bench| {
        bench.iter(|| verify_path(&lowered.program, &solution.path, &solution.flow).expect("certified"));
    });

    let model = prune(forest, Loss::Brier, on, examples, &prices, &control).expect("sound data").budgeted;
    let curve = model.curve(examples, &control).expect("sound data");
    let error = curve.at(model.unpruned()).error.expect("classes");
    assert!(error < 0.02, "on its own training data a forest errs rarely: {error}");
    group.bench_function("curve", |bench| bench.iter(|| black_box(model.curve(examples, &control))));
    let compiled = model.compile(model.unpruned());
    group.bench_function("predict", |bench| bench.iter(|| black_box(compiled.predict(table.features.view()))));
    group.finish();
}

fn solvers(criterion: &mut Criterion) {
    let shape = ForestShape { trees: 40, depth: 9, examples: 300, sources: 54 };
    let program = forest(1, &shape).expect("the shape fits");
    let control = Control::new();
    let solution = solve_path(&program, &control);
    assert_eq!(solution.status, Status::Optimal);
    assert_eq!(verify_path(&program, &solution.path, &solution.flow), Ok(()));
    let breakpoints: Vec<_> = solution.path.breakpoints().collect();
    let lambda = breakpoints[breakpoints.len() / 2].lambda;
    let at = solve_at(&program, lambda, &control);
    assert_eq!(at.objective, optimum(&solution.path, lambda), "one cut and the path agree");
    assert_eq!(verify_solution(&program, lambda, &at.selection, &at.flow), Ok(at.objective));

    let mut group = criterion.benchmark_group("generated forest, 40 trees, 300 examples");
    group.sample_size(20);
    group.bench_function("one cut", |bench| bench.iter(|| black_box(solve_at(&program, lambda, &control))));
    group.bench_function("solve path", |bench| bench.iter(|| black_box(solve_path(&program, &control))));
    group.bench_function("verify path", |bench| {
        bench.iter(|| verify_path(&program, &solution.path, &solution.flow).expect("certified"));
    });
    group.finish();
}

criterion_group!(benches, kernels, solvers);
criterion_main!(benches);
