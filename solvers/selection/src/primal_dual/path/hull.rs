//! From levels to thresholds.

use secateur_program::{Multiplier, Path, SelectionProgram};

use crate::primal_dual::nodes::Nodes;

/// The path whose nested selections are those above each level. Its thresholds are only the ranks of the levels.
pub(super) fn nested(program: &SelectionProgram, nodes: &Nodes, levels: &[f64]) -> Path {
    let mut distinct: Vec<f64> =
        levels.iter().zip(&nodes.active).filter(|(level, active)| **active && **level > 0.0).map(|(l, _)| *l).collect();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    let mut thresholds = vec![Multiplier::ZERO; nodes.len()];
    for (node, v) in nodes.forest.decision.iter().enumerate() {
        let rank = distinct.partition_point(|&level| level <= levels[node]) as i64;
        thresholds[v.index()] = if nodes.always[node] {
            Multiplier::INFINITY
        } else if nodes.active[node] {
            Multiplier::new(rank, 1).expect("ranks are not negative")
        } else {
            Multiplier::ZERO
        };
    }
    Path::from_thresholds(program, &thresholds)
}

/// The path that selects, at every lambda, the best of the nested selections of another path: their upper hull of gain
/// over cost. O(D log D + U).
pub(super) fn hull(program: &SelectionProgram, path: &Path) -> Path {
    let classes = path.thresholds().len();
    let start = usize::from(path.thresholds()[0].is_infinite());
    // Vertices of the hull so far: (number of classes, gain, cost).
    let (gain, cost) = path.start();
    let mut vertices = vec![(start, gain, cost)];
    let slope = |a: &(usize, i64, i64), b: &(usize, i64, i64)| {
        let (gain, cost) = (b.1 - a.1, b.2 - a.2);
        if gain <= 0 { None } else { Multiplier::new(gain, cost).ok() }
    };
    for taken in start + 1..=classes {
        let (gain, cost) = path.totals_of(taken - 1);
        let vertex = (taken, gain, cost);
        let Some(mut last) = slope(&vertices[vertices.len() - 1], &vertex) else { continue };
        while vertices.len() > 1 && slope(&vertices[vertices.len() - 2], &vertices[vertices.len() - 1]) <= Some(last) {
            vertices.pop();
            last = slope(&vertices[vertices.len() - 1], &vertex).expect("a vertex gains more than those before it");
        }
        vertices.push(vertex);
    }
    let mut thresholds = vec![Multiplier::ZERO; classes];
    thresholds[..start].fill(Multiplier::INFINITY);
    for pair in vertices.windows(2) {
        thresholds[pair[0].0..pair[1].0].fill(slope(&pair[0], &pair[1]).unwrap_or(Multiplier::ZERO));
    }
    let of_decision: Vec<Multiplier> = program.decisions().map(|v| thresholds[path.class(v)]).collect();
    Path::from_thresholds(program, &of_decision)
}
