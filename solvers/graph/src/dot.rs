//! Pictures of small programs.

use std::io::{self, Write};

use petgraph::dot::{Config, Dot, RankDir};
use secateur_program::{Multiplier, Path, Selection, SelectionProgram};

use crate::graph::{Node, Pair, graph};

/// What is drawn in colour.
#[derive(Debug, Clone, Copy)]
pub enum Picture<'a> {
    /// The program alone.
    Program,
    /// What is selected and paid.
    Selection(&'a Selection),
    /// Everything in the shade of its threshold: the higher, the darker, and white for zero. Labels show the threshold:
    /// `< 3/2` for what is selected below that lambda, `always`, or `never`.
    Path(&'a Path),
}

/// Writes the program in the DOT language of Graphviz: decisions are boxes `x1` with their gains, resources ellipses
/// `y1` with their costs, requires pairs solid and uses pairs dashed. Render it with `dot -Tsvg`.
///
/// There is no limit on the size, but pictures of more than some hundred nodes are hard to read.
///
/// # Errors
/// What the writer returns.
///
/// # Panics
/// If the selection or path was made for a smaller program.
///
/// # Complexity
/// O(D + R + U).
pub fn dot(program: &SelectionProgram, picture: Picture<'_>, mut out: impl Write) -> io::Result<()> {
    let graph = graph(program);
    let config = [Config::NodeNoLabel, Config::EdgeNoLabel, Config::RankDir(RankDir::LR)];
    let style = |node: Node| {
        let (name, shape) = match node {
            Node::Decision(id, gain) => (format!("x{}\\n{gain:+}", u64::from(id.0) + 1), "box"),
            Node::Resource(id, cost) => (format!("y{}\\n{cost}", u64::from(id.0) + 1), "ellipse"),
        };
        let (note, fill) = colour(node, picture);
        let fill = fill.map(|fill| format!(" style=filled fillcolor=\"{fill}\"")).unwrap_or_default();
        format!("label=\"{name}{note}\" shape={shape}{fill}")
    };
    let edge = |pair: Pair| match pair {
        Pair::Requires => "style=solid",
        Pair::Uses => "style=dashed color=gray40",
    };
    let edges = |_, edge_ref: petgraph::graph::EdgeReference<'_, Pair, usize>| edge(*edge_ref.weight()).to_owned();
    let nodes = |_, (_, node): (_, &Node)| style(*node);
    write!(out, "{:?}", Dot::with_attr_getters(&graph, &config, &edges, &nodes))
}

/// The text that is added to a node's label, and its colour.
fn colour(node: Node, picture: Picture<'_>) -> (String, Option<String>) {
    match picture {
        Picture::Program => (String::new(), None),
        Picture::Selection(selection) => {
            let chosen = match node {
                Node::Decision(id, _) => selection.has(id),
                Node::Resource(id, _) => selection.pays(id),
            };
            (String::new(), chosen.then(|| shade(node, 1.0)))
        }
        Picture::Path(path) => {
            let class = match node {
                Node::Decision(id, _) => path.class(id),
                Node::Resource(id, _) => path.resource_class(id),
            };
            let threshold = path.thresholds()[class];
            let darkness = 1.0 - class as f64 / path.thresholds().len() as f64;
            let note = match threshold {
                Multiplier::ZERO => "never".to_owned(),
                Multiplier::INFINITY => "always".to_owned(),
                _ => format!("< {threshold}"),
            };
            (format!("\\n{note}"), (threshold > Multiplier::ZERO).then(|| shade(node, darkness)))
        }
    }
}

/// Green for decisions, amber for resources, in hue, saturation and value; `darkness` in (0, 1].
fn shade(node: Node, darkness: f64) -> String {
    let hue = match node {
        Node::Decision(..) => 0.33,
        Node::Resource(..) => 0.11,
    };
    format!("{hue} {:.3} 0.95", 0.1 + 0.5 * darkness)
}

#[cfg(test)]
mod tests {
    use super::*;
    use secateur_program::brute_force_path;

    fn program() -> SelectionProgram {
        let mut builder = SelectionProgram::builder();
        let (a, b) = (builder.decision(6), builder.decision(-4));
        let (r, s) = (builder.resource(5), builder.resource(7));
        builder.requires(b, a).uses(a, r).uses(b, s);
        builder.build().unwrap()
    }

    fn text(picture: Picture<'_>) -> String {
        let mut out = Vec::new();
        dot(&program(), picture, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_selection_is_coloured_and_nothing_else() {
        let selection = Selection::new(&program(), vec![true, false]).unwrap();
        let expected = r#"digraph {
    rankdir="LR"
    0 [ label="x1\n+6" shape=box style=filled fillcolor="0.33 0.600 0.95"]
    1 [ label="x2\n-4" shape=box]
    2 [ label="y1\n5" shape=ellipse style=filled fillcolor="0.11 0.600 0.95"]
    3 [ label="y2\n7" shape=ellipse]
    1 -> 0 [ style=solid]
    0 -> 2 [ style=dashed color=gray40]
    1 -> 3 [ style=dashed color=gray40]
}
"#;
        assert_eq!(text(Picture::Selection(&selection)), expected);
        assert!(!text(Picture::Program).contains("filled"));
    }

    #[test]
    fn a_path_shows_thresholds() {
        let path = brute_force_path(&program());
        let text = text(Picture::Path(&path));
        assert!(text.contains(r#"label="x1\n+6\n< 6/5" shape=box style=filled"#), "{text}");
        assert!(text.contains(r#"label="y2\n7\nnever" shape=ellipse]"#), "{text}");
    }
}
