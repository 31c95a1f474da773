//! Changes of a program whose effect on the answer is known without solving it again.
//!
//! The truth of the program itself is enumerated; the truth of the changed one follows from it, and the solver is judged on both.

use proptest::prelude::*;
use secateur_program::{DecisionId, Multiplier, ResourceId, Selection, SelectionProgram, objective};

use super::cases::{half, ratios, small};
use super::laws::{agrees, answer};
use super::{Solver, Truth, for_all};

/// A program made anew: decision v of `program` as `decision(v)`, resource r as `resource(r)`, with changed gains and costs.
struct Remade<'a> {
    program: &'a SelectionProgram,
    decision: &'a dyn Fn(usize) -> usize,
    resource: &'a dyn Fn(usize) -> usize,
}

impl Remade<'_> {
    fn build(&self, gain: i64, cost: i64) -> SelectionProgram {
        let Self { program, decision, resource } = self;
        let (mut gains, mut costs) = (vec![0; program.n_decisions()], vec![0; program.n_resources()]);
        program.decisions().for_each(|v| gains[decision(v.index())] = gain * program.gain(v));
        program.resources().for_each(|r| costs[resource(r.index())] = cost * program.cost(r));
        let mut builder = SelectionProgram::builder();
        builder.decisions(&gains).resources(&costs);
        let id = |v: DecisionId| DecisionId(decision(v.index()) as u32);
        for v in program.decisions() {
            if let Some(parent) = program.parent(v) {
                builder.requires(id(v), id(parent));
            }
        }
        for (v, r) in program.pairs() {
            builder.uses(id(v), ResourceId(resource(r.index()) as u32));
        }
        builder.build().expect("as valid as the original")
    }
}

/// The selection of another program with these decisions.
fn moved(
    selection: &Selection,
    from: &SelectionProgram,
    to: &SelectionProgram,
    decision: &dyn Fn(usize) -> usize,
) -> Selection {
    let mut marks = vec![false; to.n_decisions()];
    from.decisions().for_each(|v| marks[decision(v.index())] = selection.has(v));
    Selection::new(to, marks).expect("closed as the original")
}

impl Truth {
    fn moved(
        &self,
        from: &SelectionProgram,
        to: &SelectionProgram,
        optimum: i128,
        decision: &dyn Fn(usize) -> usize,
    ) -> Self {
        let smallest = moved(&self.smallest, from, to, decision);
        Self { optimum, smallest, largest: moved(&self.largest, from, to, decision) }
    }
}

/// Other ids of decisions and resources: the same answer under its new names.
pub fn permuted(solver: &dyn Solver) {
    let shuffled = small().prop_flat_map(|program| {
        let decisions = Just((0..program.n_decisions()).collect::<Vec<_>>()).prop_shuffle();
        let resources = Just((0..program.n_resources()).collect::<Vec<_>>()).prop_shuffle();
        (Just(program), decisions, resources)
    });
    for_all(60, (shuffled, ratios()), |((program, decisions, resources), lambda)| {
        let truth = Truth::enumerated(&program, lambda);
        agrees(solver, &program, lambda, &truth)?;
        let decision = |v: usize| decisions[v];
        let remade = Remade { program: &program, decision: &decision, resource: &|r| resources[r] }.build(1, 1);
        agrees(solver, &remade, lambda, &truth.moved(&program, &remade, truth.optimum, &decision))
    });
}

/// All gains times a, all costs times b, lambda times a / b: the same selection, the objective times a.
pub fn scaled(solver: &dyn Solver) {
    for_all(60, (small(), ratios(), 1i64..30, 1i64..30), |(program, lambda, a, b)| {
        let truth = Truth::enumerated(&program, lambda);
        let same = |index: usize| index;
        let remade = Remade { program: &program, decision: &same, resource: &same }.build(a, b);
        let level = Multiplier::new(lambda.num() * a, lambda.den() * b).expect("not negative");
        // In units of 1/den, whatever den the ratio in lowest terms has.
        let optimum = truth.optimum * i128::from(a) * i128::from(level.den()) / i128::from(lambda.den());
        agrees(solver, &remade, level, &truth.moved(&program, &remade, optimum, &same))
    });
}

/// Every pair stated twice, every resource split into two with the same users: the same selection and objective.
pub fn split(solver: &dyn Solver) {
    for_all(60, (small(), ratios()), |(program, lambda)| {
        let truth = Truth::enumerated(&program, lambda);
        let mut builder = SelectionProgram::builder();
        program.decisions().for_each(|v| {
            builder.decision(program.gain(v));
        });
        for r in program.resources() {
            builder.resource(program.cost(r) / 3);
            builder.resource(program.cost(r) - program.cost(r) / 3);
        }
        for v in program.decisions() {
            if let Some(parent) = program.parent(v) {
                builder.requires(v, parent);
            }
        }
        for (v, r) in program.pairs().chain(program.pairs()) {
            builder.uses(v, ResourceId(2 * r.0)).uses(v, ResourceId(2 * r.0 + 1));
        }
        let remade = builder.build().expect("valid");
        prop_assert_eq!(remade.n_uses(), 2 * program.n_uses());
        agrees(solver, &remade, lambda, &truth.moved(&program, &remade, truth.optimum, &|v| v))
    });
}

/// Two programs side by side: the union of the selections, the sum of the objectives.
pub fn united(solver: &dyn Solver) {
    for_all(60, (half(), half(), ratios()), |(left, right, lambda)| {
        let (n, m) = (left.n_decisions(), left.n_resources());
        let mut builder = SelectionProgram::builder();
        for program in [&left, &right] {
            builder.decisions(&program.decisions().map(|v| program.gain(v)).collect::<Vec<_>>());
            builder.resources(&program.resources().map(|r| program.cost(r)).collect::<Vec<_>>());
        }
        for (program, n, m) in [(&left, 0, 0), (&right, n, m)] {
            for v in program.decisions() {
                if let Some(parent) = program.parent(v) {
                    builder.requires(DecisionId(v.0 + n as u32), DecisionId(parent.0 + n as u32));
                }
            }
            for (v, r) in program.pairs() {
                builder.uses(DecisionId(v.0 + n as u32), ResourceId(r.0 + m as u32));
            }
        }
        let both = builder.build().expect("valid");
        let truths = [&left, &right].map(|program| Truth::enumerated(program, lambda));
        let join = |of: fn(&Truth) -> &Selection| {
            let marks = left.decisions().map(|v| of(&truths[0]).has(v));
            let marks = marks.chain(right.decisions().map(|v| of(&truths[1]).has(v)));
            Selection::new(&both, marks.collect()).expect("closed side by side")
        };
        let optimum = truths[0].optimum + truths[1].optimum;
        let truth = Truth { optimum, smallest: join(|truth| &truth.smallest), largest: join(|truth| &truth.largest) };
        agrees(solver, &both, lambda, &truth)
    });
}

/// As lambda grows, cost and gain of an optimum fall, and the smallest optima shrink. An answer with a gap is held to its bound at
/// the other lambda: what is selected at one lambda is a selection at the other.
pub fn monotone(solver: &dyn Solver) {
    let promise = solver.promise();
    for_all(80, (small(), ratios(), ratios()), |(program, a, b)| {
        prop_assume!(a != b);
        let (low, high) = (a.min(b), a.max(b));
        let (more, less) = (answer(solver, &program, low)?, answer(solver, &program, high)?);
        for (bounding, lambda, other) in [(&more, low, &less), (&less, high, &more)] {
            let value = objective(&program, &other.selection, lambda);
            prop_assert!(
                bounding.bound.is_none_or(|bound| value <= bound),
                "the bound at {} excludes a selection",
                lambda
            );
        }
        if promise.tolerance == 0.0 {
            let totals = |answer: &super::Answer| (answer.selection.gain(&program), answer.selection.cost(&program));
            let ((gain, cost), (less_gain, less_cost)) = (totals(&more), totals(&less));
            prop_assert!(
                less_gain <= gain && less_cost <= cost,
                "{} costs {}, {} costs {}",
                low,
                cost,
                high,
                less_cost
            );
        }
        if promise.smallest {
            prop_assert!(
                less.selection.decisions().all(|v| more.selection.has(v)),
                "{} selects what {} does not",
                high,
                low
            );
        }
        Ok(())
    });
}
