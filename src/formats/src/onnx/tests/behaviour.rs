//! Comparisons, classes and counts, one rule at a time.

use super::super::{Mode, Width};
use super::*;
use secateur_forest::{Aggregation, MissingDirection, Precision, RawForest, RawTree};

/// What ONNX compares.
fn holds(mode: Mode, x: f64, t: f64) -> bool {
    match mode {
        Mode::Leq => x <= t,
        Mode::Lt => x < t,
        Mode::Gte => x >= t,
        Mode::Gt => x > t,
        Mode::Eq | Mode::Neq | Mode::Member => unreachable!("these are no thresholds"),
    }
}

const MODES: [Mode; 4] = [Mode::Leq, Mode::Lt, Mode::Gte, Mode::Gt];

#[test]
fn thresholds_decide_as_the_mode_does_and_come_back() {
    let tiny = f64::from(f32::from_bits(1));
    let single = [
        -2.5,
        -tiny,
        -0.0,
        0.0,
        tiny,
        f64::from(f32::MIN_POSITIVE),
        0.1f32.into(),
        3.0,
        f32::MAX.into(),
        f32::MIN.into(),
    ];
    let double = [-2.5, -f64::from_bits(1), 0.0, f64::from_bits(1), 0.1, 3.0];
    for (width, thresholds) in [(Width::F32, &single[..]), (Width::F64, &double[..])] {
        for mode in MODES {
            for &t in thresholds {
                let threshold = mode.threshold(t, width);
                for &near in thresholds {
                    let around = match width {
                        Width::F32 => [(near as f32).next_down().into(), near, (near as f32).next_up().into()],
                        Width::F64 => [near.next_down(), near, near.next_up()],
                    };
                    for x in around.into_iter().filter(|x: &f64| x.is_finite()) {
                        let left = x <= threshold;
                        assert_eq!(left != mode.is_turned(), holds(mode, x, t), "{x} {mode:?} {t} {width:?}");
                    }
                }
                // Nothing finite is below the least number.
                let lowest = t == f64::from(f32::MIN) && width == Width::F32 && matches!(mode, Mode::Lt | Mode::Gte);
                let expected = if lowest { f64::NEG_INFINITY } else { t };
                assert_eq!(mode.split(threshold.clamp(f64::MIN, f64::MAX), width), expected);
                let kept = (t != 0.0 && !lowest) || matches!(mode, Mode::Leq | Mode::Gt);
                assert!(!kept || mode.split(threshold, width).to_bits() == t.to_bits(), "{mode:?} {t}");
            }
            for infinite in [f64::INFINITY, f64::NEG_INFINITY] {
                // A forest keeps them as the largest finite numbers.
                let stored = mode.threshold(infinite, width).clamp(f64::MIN, f64::MAX);
                assert_eq!(mode.split(stored, width), infinite, "{mode:?}");
            }
        }
    }
}

#[test]
fn thresholds_between_single_precision_numbers_are_rounded_down() {
    for t in [0.1, -0.1, 1e-46, -1e-46, 1e39, -1e39, 16_777_217.0, 0.1f32.into()] {
        let floor = Width::F32.floor(t);
        assert!(floor <= t && Width::F32.round(floor) == floor, "{t}");
        for x in [(t as f32).next_down(), t as f32, (t as f32).next_up()]
            .map(f64::from)
            .into_iter()
            .filter(|x| x.is_finite())
        {
            assert_eq!(x <= t, x <= floor, "{x} {t}");
        }
    }
}

/// A classifier of one split, with the weights of its two leaves.
fn stump(weights: &[(i64, i64, f32)], labels: &[i64], transform: &str, base: &[f32]) -> Vec<u8> {
    with_ensemble(Golden::named("boosting-binary").bytes, |node| {
        node.attribute.retain(|attribute| attribute.name.as_deref() != Some("base_values") || !base.is_empty());
        if !base.is_empty() {
            attribute(node, "base_values").floats = base.to_vec();
        }
        attribute(node, "post_transform").s = Some(transform.as_bytes().to_vec());
        attribute(node, "classlabels_int64s").ints = labels.to_vec();
        for (name, values) in [
            ("nodes_treeids", vec![0, 0, 0]),
            ("nodes_nodeids", vec![0, 1, 2]),
            ("nodes_featureids", vec![0, 0, 0]),
            ("nodes_truenodeids", vec![1, 0, 0]),
            ("nodes_falsenodeids", vec![2, 0, 0]),
            ("nodes_missing_value_tracks_true", vec![0, 0, 0]),
            ("class_treeids", vec![0; weights.len()]),
            ("class_nodeids", weights.iter().map(|weight| weight.0).collect()),
            ("class_ids", weights.iter().map(|weight| weight.1).collect()),
        ] {
            attribute(node, name).ints = values;
        }
        attribute(node, "nodes_modes").strings =
            ["BRANCH_LEQ", "LEAF", "LEAF"].map(|mode| mode.as_bytes().to_vec()).to_vec();
        attribute(node, "nodes_values").floats = vec![0.5, 0.0, 0.0];
        attribute(node, "nodes_hitrates").floats = vec![1.0; 3];
        attribute(node, "class_weights").floats = weights.iter().map(|weight| weight.2).collect();
    })
}

/// Rules of ONNX Runtime 1.32, each tried by hand; see `classifier.rs`.
#[test]
fn classes_are_those_that_a_runtime_chooses_or_the_model_is_refused() {
    let shared = |low, high| [(1, 0, low), (2, 0, high)];
    let both = |low: [f32; 2], high: [f32; 2]| [(1, 0, low[0]), (1, 1, low[1]), (2, 0, high[0]), (2, 1, high[1])];
    let read =
        |weights: &[_], labels: &[_], transform: &str, base: &[_]| read(&stump(weights, labels, transform, base));

    let shares = read(&shared(0.25, 0.75), &[10, 11], "NONE", &[]).unwrap().forest;
    assert_eq!((shares.aggregation(), shares.value(2)), (Aggregation::Mean, &[0.25, 0.75][..]));
    let based = read(&shared(0.25, 0.5), &[10, 11], "NONE", &[0.25]).unwrap().forest;
    assert_eq!(based.value(2), [0.25, 0.75]);
    let scores = read(&shared(-0.25, 0.75), &[10, 11], "LOGISTIC", &[0.5]).unwrap().forest;
    assert_eq!(
        (scores.aggregation(), scores.value(2), scores.base()),
        (Aggregation::Sum, &[0.0, 0.75][..], &[0.0, 0.5][..])
    );
    let mirrored = read(&both([0.5, -0.5], [-0.25, 0.25]), &[0, 1], "LOGISTIC", &[]).unwrap().forest;
    assert_eq!((mirrored.value(1), mirrored.value(2)), (&[0.0, -0.5][..], &[0.0, 0.25][..]));
    let softmax = read(&both([0.0, -0.5], [0.0, 0.25]), &[0, 1], "SOFTMAX", &[]).unwrap().forest;
    assert_eq!(softmax.value(2), [0.0, 0.25]);

    for (weights, labels, transform, base, why) in [
        (&shared(0.25, 0.75)[..], &[0, 1][..], "LOGISTIC", &[][..], "no weight is negative"),
        (&shared(-0.25, 0.75), &[0, 1], "NONE", &[], "scores of two classes"),
        (&shared(0.25, 0.75), &[0, 1], "SOFTMAX", &[], "`post_transform` is SOFTMAX"),
        (&shared(-0.25, 0.75), &[0, 1], "SOFTMAX_ZERO", &[], "SOFTMAX_ZERO"),
        (&shared(-0.25, 0.75), &[0, 1], "PROBIT", &[], "PROBIT"),
        (&shared(-0.25, 0.75), &[0, 1], "LOGISTIC", &[0.5, 0.5], "`base_values` is two values"),
        (&shared(0.25, 1.75), &[0, 1], "NONE", &[], "no probabilities"),
        (&[(1, 1, -0.5), (2, 1, 0.5)], &[0, 1], "LOGISTIC", &[], "`class_ids` is 1 only"),
        (&both([0.5, 0.5], [0.25, 0.75]), &[0, 1], "NONE", &[], "the sign of the second's score"),
        (&both([0.5, -0.5], [-0.25, 0.25]), &[3, 4], "LOGISTIC", &[], "integer labels are 0 and 1"),
        (&both([0.5, 0.5], [-0.25, 0.25]), &[0, 1], "LOGISTIC", &[], "a logistic function of each class"),
        (&both([0.5, -0.5], [-0.25, 0.25]), &[0, 1], "LOGISTIC", &[0.5], "`base_values` is one value"),
        (&shared(-0.25, 0.75), &[0], "LOGISTIC", &[], "`classlabels_int64s` has 1 entries, expected 2"),
        (&shared(-0.25, 0.75), &[5, 5], "LOGISTIC", &[], "different labels"),
        (&both([-0.5, -0.5], [-0.25, -0.25]), &[0, 1, 2], "SOFTMAX", &[], "a class without a weight"),
        (
            &both([-0.5, -0.5], [-0.25, -0.25]),
            &[0, 1, 2],
            "LOGISTIC",
            &[0.0, 0.0, 0.0],
            "a logistic function of each class",
        ),
    ] {
        let found = read(weights, labels, transform, base).unwrap_err().to_string();
        assert!(found.contains(why), "{why}: {found}");
    }
}

#[test]
fn labels_must_be_those_of_the_largest_probability() {
    let double = |model: &mut ModelProto, op: &str, constant: f32| {
        let graph = model.graph.as_mut().unwrap();
        let at = graph.node.iter().position(|node| node.op_type.as_deref() == Some("Mul")).unwrap();
        graph.node[at].op_type = Some(op.into());
        graph.initializer[0].float_data = vec![constant];
        graph.initializer[0].raw_data = None;
    };
    let exponential = Golden::named("boosting-exponential").bytes;
    for (op, constant, message) in [
        ("Mul", -2.0, "a label that is chosen before scores are changed"),
        ("Mul", 0.0, "multiplied by zero"),
        ("Add", 2.0, "a logistic function of each class"),
        ("Pow", 2.0, "operator `Pow`"),
        ("Div", 0.0, "operator `Div`"),
        ("Mul", f32::NAN, "a finite constant"),
    ] {
        let found = refused(&changed(exponential, |model| double(model, op, constant))).to_string();
        assert!(found.contains(message), "{message}: {found}");
    }
    let halved = read(&changed(exponential, |model| double(model, "Div", 0.5))).unwrap();
    assert_eq!(halved.forest, Golden::named("boosting-exponential").read().forest);
}

#[test]
fn splits_are_worth_the_mean_of_their_leaves_by_counts_where_there_are_some() {
    let bytes = stump(&[(1, 0, 0.25), (2, 0, 0.75)], &[0, 1], "NONE", &[]);
    assert_eq!(read(&bytes).unwrap().forest.value(0), [0.5, 0.5]);
    let counted = with_ensemble(&bytes, |node| attribute(node, "nodes_hitrates").floats = vec![40.0, 30.0, 10.0]);
    let model = read(&counted).unwrap();
    let forest = &model.forest;
    assert_eq!([forest.value(0), forest.value(1), forest.value(2)], [[25.0, 15.0], [22.5, 7.5], [2.5, 7.5]]);
    assert_eq!(model.records.hitrates, [40.0, 30.0, 10.0]);
    let other = with_ensemble(&bytes, |node| attribute(node, "nodes_hitrates").floats = vec![40.0, 30.0, 20.0]);
    assert_eq!(read(&other).unwrap().forest.value(0), [0.5, 0.5]);
}

/// Splits on equality with 3, 4 and 5 one below the other: each true branch and the last false one lead to these nodes.
fn chain(if_true: [i64; 3], last: i64) -> Result<Imported, OnnxError> {
    read(&with_ensemble(Golden::named("equality").bytes, |node| {
        let leaves = 3;
        for (name, values) in [
            ("nodes_treeids", vec![0; 6]),
            ("nodes_nodeids", vec![0, 1, 2, 3, 4, 5]),
            ("nodes_featureids", vec![0; 6]),
            ("nodes_truenodeids", [&if_true[..], &[0; 3]].concat()),
            ("nodes_falsenodeids", vec![1, 2, last, 0, 0, 0]),
            ("nodes_missing_value_tracks_true", vec![0; 6]),
            ("target_treeids", vec![0; leaves]),
            ("target_nodeids", vec![3, 4, 5]),
            ("target_ids", vec![0; leaves]),
        ] {
            attribute(node, name).ints = values;
        }
        let modes = ["BRANCH_EQ", "BRANCH_EQ", "BRANCH_EQ", "LEAF", "LEAF", "LEAF"];
        attribute(node, "nodes_modes").strings = modes.map(|mode| mode.as_bytes().to_vec()).to_vec();
        attribute(node, "nodes_values").floats = vec![3.0, 4.0, 5.0, 0.0, 0.0, 0.0];
        attribute(node, "target_weights").floats = vec![1.0, 2.0, 3.0];
    }))
}

#[test]
fn chains_of_equalities_with_one_true_branch_are_one_split() {
    let members = |model: &Imported, node| model.forest.categories(node).map(|split| split.members().to_vec());
    // Leaf 5 is no one's: a tree without it.
    let found = chain([3, 3, 3], 4).unwrap_err().to_string();
    assert!(found.contains("not reachable"), "{found}");
    let first_two = chain([3, 3, 4], 5).unwrap();
    assert_eq!((members(&first_two, 0), members(&first_two, 2)), (Some(vec![3, 4]), Some(vec![5])));
    assert_eq!((first_two.forest.n_splits(), first_two.forest.value(1)), (2, &[1.0][..]));
    let last_two = chain([3, 4, 4], 5).unwrap();
    assert_eq!((members(&last_two, 0), members(&last_two, 2)), (Some(vec![3]), Some(vec![4, 5])));
    // A split that another one leads to as well, and a chain that ends in itself, are no such chain.
    for (if_true, last) in [([2, 3, 3], 4), ([3, 3, 3], 0), ([3, 3, 3], 1), ([3, 3, 3], 2), ([1, 1, 1], 4)] {
        let found = chain(if_true, last).unwrap_err().to_string();
        assert!(found.contains("reached more than once") || found.contains("not reachable"), "{found}");
    }
}

/// A forest of one split that refuses missing values or zeros.
pub(super) fn one_split(missing: MissingDirection) -> Forest {
    let tree = RawTree {
        feature: vec![0, -1, -1],
        threshold: vec![0.1, 0.0, 0.0],
        children_left: vec![1, -1, -1],
        children_right: vec![2, -1, -1],
        missing: vec![missing; 3],
        value: vec![0.0, 1.0, 2.0],
        ..RawTree::default()
    };
    let (task, precision, aggregation) = (Task::Regression, Precision::F32, Aggregation::Sum);
    Forest::new(RawForest { task, n_features: 1, precision, aggregation, base: vec![], trees: vec![tree] }).unwrap()
}
