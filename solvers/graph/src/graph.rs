//! Nodes and edges.

use petgraph::Directed;
use petgraph::graph::{Graph, NodeIndex};
use secateur_program::{DecisionId, ResourceId, SelectionProgram};

/// A node: a decision with its gain, or a resource with its cost, in the program's integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// A decision v and g_v.
    Decision(DecisionId, i64),
    /// A resource r and c_r.
    Resource(ResourceId, i64),
}

/// An edge, from the decision that requires or uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pair {
    /// v requires p.
    Requires,
    /// v uses r.
    Uses,
}

/// A program as a graph. Its indices have 64 bits, so that every program fits.
pub type ProgramGraph = Graph<Node, Pair, Directed, usize>;

/// The program as a graph: decision v is node v, resource r node D + r; edges are the requires pairs by child, then the
/// uses pairs in the order of [`SelectionProgram::pairs`]. O(D + R + U).
pub fn graph(program: &SelectionProgram) -> ProgramGraph {
    let n = program.n_decisions();
    let mut graph = Graph::with_capacity(n + program.n_resources(), n + program.n_uses());
    for v in program.decisions() {
        graph.add_node(Node::Decision(v, program.gain(v)));
    }
    for r in program.resources() {
        graph.add_node(Node::Resource(r, program.cost(r)));
    }
    for (tail, head, pair) in edges(program) {
        graph.add_edge(NodeIndex::new(tail), NodeIndex::new(head), pair);
    }
    graph
}

/// All pairs as (tail, head, kind), by node number.
pub(crate) fn edges(program: &SelectionProgram) -> impl Iterator<Item = (usize, usize, Pair)> + '_ {
    let n = program.n_decisions();
    let requires =
        program.decisions().filter_map(|v| program.parent(v).map(|parent| (v.index(), parent.index(), Pair::Requires)));
    requires.chain(program.pairs().map(move |(v, r)| (v.index(), n + r.index(), Pair::Uses)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use petgraph::visit::EdgeRef;
    use proptest::prelude::*;
    use secateur_program::testing::tiny;

    proptest! {
        #[test]
        fn the_graph_is_the_program(program in tiny()) {
            let graph = graph(&program);
            // Built again from the graph alone.
            let mut builder = SelectionProgram::builder();
            for node in graph.node_weights() {
                match *node {
                    Node::Decision(id, gain) => prop_assert_eq!(builder.decision(gain), id),
                    Node::Resource(id, cost) => prop_assert_eq!(builder.resource(cost), id),
                }
            }
            for edge in graph.edge_references() {
                match (graph[edge.source()], graph[edge.target()], edge.weight()) {
                    (Node::Decision(v, _), Node::Decision(p, _), Pair::Requires) => builder.requires(v, p),
                    (Node::Decision(v, _), Node::Resource(r, _), Pair::Uses) => builder.uses(v, r),
                    other => panic!("no such pair: {other:?}"),
                };
            }
            prop_assert_eq!(builder.build().unwrap(), program);
        }
    }
}
