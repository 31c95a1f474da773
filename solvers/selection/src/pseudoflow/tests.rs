use super::*;

/// Nodes of the example: decisions a and b, resources r and s.
const A: u32 = 0;
const B: u32 = 1;
const R: u32 = 2;
const S: u32 = 3;

fn flows(pseudoflow: &Pseudoflow<'_, i64>) -> Vec<(u32, u32, i128)> {
    let mut flows: Vec<_> = pseudoflow.flows().map(|pair| (pair.tail, pair.head, pair.flow)).collect();
    flows.sort_unstable();
    flows
}

#[test]
fn the_example_of_the_page() {
    let mut pairs = CompressedRows::new();
    pairs.push([R]);
    pairs.push([R, S]);
    let basis = Basis { parent: vec![NONE; 4], up: vec![false; 4] };
    let mut run = Pseudoflow::<i64>::new(&pairs, vec![5, 4, -6, -2], &basis);
    assert_eq!((&run.label[..], &run.excess[..]), (&[1, 1, 0, 0][..], &[5, 4, -6, -2][..]));

    // The root on top of the stack of label 1 is b.
    assert_eq!(run.strong[1], B);
    run.strong[1] = run.below[B as usize];
    assert_eq!(run.process(B), u32::MAX);
    assert_eq!((flows(&run), &run.excess[..]), (vec![(B, R, 4)], &[5, 0, -2, -2][..]));

    assert_eq!(run.strong[1], A);
    run.strong[1] = run.below[A as usize];
    assert_eq!(run.process(A), 0, "r has become strong, with label 0");
    assert_eq!((flows(&run), &run.excess[..]), (vec![(A, R, 5), (B, R, 4)], &[0, 0, 3, -2][..]));

    run.strong[0] = run.below[R as usize];
    assert_eq!(run.process(R), 1, "no merger: r has been relabelled");
    run.strong[1] = run.below[R as usize];
    assert_eq!(run.process(R), 0, "s has become strong, with label 0");
    assert_eq!(run.label, [2, 1, 1, 0]);
    assert_eq!((flows(&run), &run.excess[..]), (vec![(A, R, 5), (B, R, 1), (B, S, 3)], &[0, 0, 0, 1][..]));
    assert_eq!(run.trees.parent, [R, S, B, NONE]);

    run.solve(&Control::new()).unwrap();
    assert_eq!(run.strong_nodes(), Some(vec![true; 4]));
}
