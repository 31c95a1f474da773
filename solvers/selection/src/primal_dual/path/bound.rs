//! The bound at every lambda that one flow proves.

use secateur_program::{Flow, Multiplier, Path, SelectionProgram};

/// The Lagrangian bound as a function of lambda: convex and piecewise linear.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    unit: i64,
    /// What decisions keep, whatever lambda is.
    excess: i128,
    /// Resources by `inflow / cost`, the highest first: that ratio, and the inflow and cost of all resources up to
    /// here.
    resources: Vec<(f64, i128, i128)>,
}

impl Bound {
    /// The bound of a flow in units of `1/unit` gains. O(U + R log R).
    pub(super) fn new(program: &SelectionProgram, flow: &Flow, unit: i64) -> Self {
        let mut left: Vec<i128> = program.decisions().map(|v| i128::from(program.gain(v)) * i128::from(unit)).collect();
        let mut inflow = vec![0i128; program.n_resources()];
        for v in program.decisions() {
            for (pair, r) in program.use_range(v).zip(program.uses(v)) {
                inflow[r.index()] += flow.uses.get(pair);
                left[v.index()] -= flow.uses.get(pair);
            }
            if let Some(parent) = program.parent(v) {
                left[v.index()] -= flow.requires.get(v.index());
                left[parent.index()] += flow.requires.get(v.index());
            }
        }
        let mut excess = left.iter().filter(|left| **left > 0).sum();
        let mut resources: Vec<(f64, i128, i128)> = Vec::new();
        for r in program.resources() {
            match (inflow[r.index()], program.cost(r)) {
                (0, _) => {}
                (inflow, 0) => excess += inflow,
                (inflow, cost) => resources.push((inflow as f64 / (cost as f64 * unit as f64), inflow, cost.into())),
            }
        }
        resources.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let (mut inflows, mut costs) = (0, 0);
        for (_, inflow, cost) in &mut resources {
            inflows += *inflow;
            costs += *cost;
            (*inflow, *cost) = (inflows, costs);
        }
        Self { unit, excess, resources }
    }

    /// The bound at lambda, rounded up. A resource that rounding puts on the wrong side of lambda makes the bound worse
    /// by the rounding error only.
    pub(super) fn at(&self, lambda: Multiplier) -> f64 {
        let lambda = lambda.to_f64();
        let count = self.resources.partition_point(|&(level, ..)| level > lambda);
        let (inflow, cost) =
            if count == 0 { (0, 0) } else { (self.resources[count - 1].1, self.resources[count - 1].2) };
        let received = (self.excess + inflow) as f64 / self.unit as f64;
        let paid = lambda * cost as f64;
        (received - paid).max(0.0) + 8.0 * f64::EPSILON * received
    }

    /// The most by which a path is below the bound. Between its breakpoints the path's objective is linear and the
    /// bound is convex, so the difference is largest at a breakpoint, seen from one of its sides.
    pub(super) fn gap(&self, path: &Path) -> f64 {
        let mut gap = 0f64;
        let mut below = path.start();
        let end = (Multiplier::ZERO, path.totals_at(Multiplier::ZERO));
        for (lambda, totals) in path.breakpoints().map(|point| (point.lambda, (point.gain, point.cost))).chain([end]) {
            for (gain, cost) in [below, totals] {
                let value = gain as f64 - lambda.to_f64() * cost as f64;
                let rounding = 8.0 * f64::EPSILON * (gain.unsigned_abs() as f64);
                gap = gap.max(self.at(lambda) - value + rounding);
            }
            below = totals;
        }
        gap
    }
}
