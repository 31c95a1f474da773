"""Makes the models of this folder, and rows with what ONNX Runtime computes for them.

    pip install numpy==2.4.6 scikit-learn==1.9.1 skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0 \
        onnxmltools==1.16.0 lightgbm==4.7.0 xgboost==3.2.0 catboost==1.2.10 && python make.py

NAME.onnx is a model as a converter writes it, or made by hand. NAME.csv has one row per example: the features (an empty
cell is NaN), then the probabilities, or the number; then, where there are classes, the index of the label; then the leaf
that the example reaches in each tree, as an index into the nodes of that tree. Leaves come from ONNX Runtime too, by an
ensemble with the same nodes whose weights are the indices. refused/NAME.onnx are models that are not read.

written/NAME.onnx is NAME.onnx pruned and written by secateur, written/NAME.csv what ONNX Runtime makes of it:

    SECATEUR_WRITE_GOLDEN=1 cargo test -p secateur-formats --features onnx onnx && python make.py written
"""

import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
ML = "ai.onnx.ml"
ROWS = 16


# ---------------------------------------------------------------------------------------------------------------- rows


def session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64}


def feed(inputs, x):
    """The columns of a table as the inputs of a graph, in their order."""
    fed, start = {}, 0
    for value in inputs:
        width = value.shape[1] if isinstance(value.shape[1], int) else x.shape[1]
        fed[value.name] = x[:, start : start + width].astype(TYPES[value.type])
        start += width
    return fed


def predict(model, x):
    """Numbers (n, outputs), and the index of the label or None."""
    run = session(model)
    outputs = run.run(None, feed(run.get_inputs(), x))
    if len(outputs) == 1:
        return np.asarray(outputs[0]).reshape(len(x), -1), None
    label, *scores = outputs
    if isinstance(scores[0], list):
        names, numbers = list(scores[0][0]), np.array([list(row.values()) for row in scores[0]])
    else:
        names, numbers = None, np.column_stack([np.asarray(part).reshape(len(x), -1) for part in scores])
    return numbers, [str(value) for value in np.ravel(label)], names


def classes(model):
    """The names of classes in their order."""
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name in ("classlabels_int64s", "classlabels_strings", "values_int64s", "values_strings"):
                values = helper.get_attribute_value(attribute)
                return [value.decode() if isinstance(value, bytes) else str(value) for value in values]
    return None


def leaves(model, x):
    """The leaf of each tree, as an index into the tree's nodes; none for ensembles of version 5."""
    at, node = next((at, node) for at, node in enumerate(model.graph.node) if node.op_type.startswith("TreeEnsemble"))
    values = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    if "nodes_treeids" not in values:
        return np.zeros((len(x), 0), dtype=int)
    trees, index, start = [], [], {}
    for place, tree in enumerate(values["nodes_treeids"]):
        start.setdefault(tree, (len(start), place))
        trees.append(start[tree][0])
        index.append(place - start[tree][1])
    keep = {key: value for key, value in values.items() if key.startswith("nodes_")}
    ends = [place for place, mode in enumerate(values["nodes_modes"]) if mode == b"LEAF"]
    keep |= {
        "n_targets": len(start),
        "target_treeids": [values["nodes_treeids"][place] for place in ends],
        "target_nodeids": [values["nodes_nodeids"][place] for place in ends],
        "target_ids": [trees[place] for place in ends],
        "target_weights": [float(index[place]) for place in ends],
    }
    ensemble = helper.make_node("TreeEnsembleRegressor", list(node.input), ["leaves"], domain=ML, **keep)
    out = helper.make_tensor_value_info("leaves", TensorProto.FLOAT, [None, len(start)])
    graph = helper.make_graph(
        list(model.graph.node[:at]) + [ensemble], "leaves", list(model.graph.input), [out], list(model.graph.initializer)
    )
    ml = max(3 if opset.domain == ML else 0 for opset in model.opset_import)
    opsets = [helper.make_opsetid(ML, ml), helper.make_opsetid("", 18)]
    run = session(helper.make_model(graph, opset_imports=opsets, ir_version=10))
    return run.run(None, feed(run.get_inputs(), x))[0].astype(int)


def cell(value):
    return "" if np.isnan(value) else repr(float(value))


def write_rows(model, x, path):
    numbers, *label = predict(model, x)
    columns = [[cell(value) for value in row] for row in np.column_stack([x, numbers])]
    if label and label[0] is not None:
        names = classes(model)
        for row, name in zip(columns, label[0]):
            row.append(str(names.index(name)))
    for row, ends in zip(columns, leaves(model, x)):
        row.extend(str(end) for end in ends)
    path.write_text("\n".join(",".join(row) for row in columns) + "\n")


def save(name, model, x, folder=HERE):
    model.ClearField("metadata_props")
    del model.graph.metadata_props[:]
    onnx.checker.check_model(model)
    (folder / f"{name}.onnx").write_bytes(model.SerializeToString())
    write_rows(model, x[:ROWS], folder / f"{name}.csv")


def refuse(name, model):
    (HERE / "refused" / f"{name}.onnx").write_bytes(model.SerializeToString())


def written():
    for path in sorted((HERE / "written").glob("*.onnx")):
        model = onnx.load(path)
        onnx.checker.check_model(model)
        lines = (HERE / f"{path.stem.split('.')[0]}.csv").read_text().splitlines()
        width = sum(value.shape[1] for value in session(model).get_inputs())
        x = np.array([[float(value or "nan") for value in line.split(",")[:width]] for line in lines])
        write_rows(model, x, path.with_suffix(".csv"))


# -------------------------------------------------------------------------------------------------------------- by hand


def graph(nodes, inputs, outputs, constants=(), ml=3):
    info = helper.make_tensor_value_info
    made = helper.make_graph(
        nodes,
        "made",
        [info(name, element, [None, width]) for name, element, width in inputs],
        [info(name, element, [None] if name == "label" else [None, None]) for name, element in outputs],
        list(constants),
    )
    opsets = [helper.make_opsetid(ML, ml), helper.make_opsetid("", 18)]
    return helper.make_model(made, opset_imports=opsets, ir_version=10)


ORDERS = ["LEQ", "LT", "GTE", "GT"]
MODES = [*ORDERS, "EQ", "NEQ", "MEMBER"]


def chain(mode, value, tracks, width):
    """A tree with a split per feature, each of whose true branch is a leaf."""
    nodes = []
    for feature in range(width):
        nodes.append((mode[feature], feature, value[feature], 2 * feature + 1, 2 * feature + 2, tracks[feature]))
        nodes.append(("LEAF", 0, 0.0, 0, 0, 0))
    return nodes + [("LEAF", 0, 0.0, 0, 0, 0)]


def regressor(trees, weights, element=TensorProto.FLOAT, name="X", **extra):
    rows = [(tree, index, *node) for tree, nodes in enumerate(trees) for index, node in enumerate(nodes)]
    leaf = [(row[0], row[1]) for row in rows if row[2] == "LEAF"]
    numbers = {"nodes_values": [row[4] for row in rows], "target_weights": list(weights[: len(leaf)])}
    if element == TensorProto.DOUBLE:
        numbers = {f"{key}_as_tensor": numpy_helper.from_array(np.array(value)) for key, value in numbers.items()}
    lists = {
        "nodes_treeids": [row[0] for row in rows],
        "nodes_nodeids": [row[1] for row in rows],
        "nodes_modes": ["LEAF" if row[2] == "LEAF" else f"BRANCH_{row[2]}" for row in rows],
        "nodes_featureids": [row[3] for row in rows],
        "nodes_truenodeids": [row[5] for row in rows],
        "nodes_falsenodeids": [row[6] for row in rows],
        "nodes_missing_value_tracks_true": [row[7] for row in rows],
        "target_treeids": [tree for tree, _ in leaf],
        "target_nodeids": [node for _, node in leaf],
        "target_ids": [0] * len(leaf),
        "n_targets": 1,
    }
    return helper.make_node("TreeEnsembleRegressor", [name], ["y"], domain=ML, **(numbers | lists | extra))


def ensemble5(trees, element, n_targets=1, **extra):
    """trees: per tree the splits (mode, feature, value, tracks) of a chain, the leaves' weights, and their target."""
    numpy_type = np.float32 if element == TensorProto.FLOAT else np.float64
    splits, leaf, roots = [], [], []
    for chain5, weights, target in trees:
        start, first = len(splits), len(leaf)
        roots.append(start)
        for index, (mode, feature, value, tracks) in enumerate(chain5):
            last = index + 1 == len(chain5)
            if_false = (first + index + 1, 1) if last else (start + index + 1, 0)
            splits.append((MODES.index(mode), feature, value, tracks, first + index, 1, *if_false))
        leaf += [(weight, target) for weight in weights]
    tensor = lambda values, dtype: numpy_helper.from_array(np.array(values, dtype=dtype))
    lists = {
        "tree_roots": roots,
        "nodes_modes": tensor([split[0] for split in splits], np.uint8),
        "nodes_featureids": [split[1] for split in splits],
        "nodes_splits": tensor([split[2] for split in splits], numpy_type),
        "nodes_missing_value_tracks_true": [split[3] for split in splits],
        "nodes_truenodeids": [split[4] for split in splits],
        "nodes_trueleafs": [split[5] for split in splits],
        "nodes_falsenodeids": [split[6] for split in splits],
        "nodes_falseleafs": [split[7] for split in splits],
        "leaf_weights": tensor([weight for weight, _ in leaf], numpy_type),
        "leaf_targetids": [target for _, target in leaf],
        "n_targets": n_targets,
    }
    return helper.make_node("TreeEnsemble", ["X"], ["y"], domain=ML, **(lists | extra))


def categories(rng, weights, one):
    x = np.where(rng.random((ROWS, 4)) < 0.15, np.nan, rng.integers(0, 5, size=(ROWS, 4)))
    equal = [chain(rng.choice(["EQ", "NEQ"], 4), rng.integers(0, 5, 4).astype(float), [1] * 4, 4) for _ in range(6)]
    save("equality", graph([regressor(equal, weights)], *one), x)
    x = np.where(rng.random(x.shape) < 0.3, rng.choice([-1, 29, 30, 31, 40, 1000, 1e6], size=x.shape), x)
    chain5 = [("MEMBER", feature, 0.0, int(track)) for feature, track in enumerate(rng.integers(0, 2, 4))]
    trees = [(chain5, rng.normal(size=5), 0) for _ in range(4)]
    sets = [rng.choice([0, 1, 2, 3, 4, 30, 31, 40, 1000], size=rng.integers(1, 6), replace=False) for _ in range(16)]
    values = [value for members in sets for value in [*sorted(members), np.nan]][:-1]
    members = numpy_helper.from_array(np.array(values, dtype=np.float32))
    node = ensemble5(trees, TensorProto.FLOAT, membership_values=members)
    save("sets-5", graph([node], *one, ml=5), x)
    other = [[("EQ", 0, 3.5, 1, 2, 0), ("LEAF", 0, 0.0, 0, 0, 0), ("LEAF", 0, 0.0, 0, 0, 0)]]
    refuse("fraction", graph([regressor(other, weights)], *one))
    other = [[("NEQ", 0, 3.0, 1, 2, 0), ("LEAF", 0, 0.0, 0, 0, 0), ("LEAF", 0, 0.0, 0, 0, 0)]]
    refuse("inequality", graph([regressor(other, weights)], *one))
    other = [[("EQ", 0, 3.0, 1, 2, 0), ("LEAF", 0, 0.0, 0, 0, 0), ("LEQ", 0, 5.0, 3, 4, 0), *[("LEAF", 0, 0.0, 0, 0, 0)] * 2]]
    refuse("mixed", graph([regressor(other, weights)], *one))


def by_hand(rng):
    # Values at, just below and just above thresholds, zeros of both signs, missing ones; all modes, missing both ways.
    numbers = [-1.5, 0.0, 0.25, 2.0]
    single = [np.float32(value) for value in numbers]
    near = [np.nextafter(value, np.float32(side)) for value in single for side in (-9, 9)]
    pool = np.array([*single, *near, -0.0, np.nan, 3.4e38, -3.4e38, 1e-45], dtype=np.float64)
    x = pool[rng.integers(0, len(pool), size=(ROWS, 4))]
    trees = [chain(rng.permutation(ORDERS), rng.permutation(numbers), rng.integers(0, 2, 4), 4) for _ in range(6)]
    weights = rng.normal(size=60).astype(np.float32).tolist()
    save("modes", graph([regressor(trees, weights, base_values=[0.5])], [("X", TensorProto.FLOAT, 4)], [("y", TensorProto.FLOAT)]), x)
    double = np.where(rng.random(x.shape) < 0.5, x, np.nextafter(x, 5.0))
    node = regressor(trees, weights, TensorProto.DOUBLE, aggregate_function="AVERAGE")
    save("modes-double", graph([node], [("X", TensorProto.DOUBLE, 4)], [("y", TensorProto.FLOAT)]), double)
    five = [
        ([(mode, feature, float(value), int(track)) for feature, (mode, value, track) in enumerate(zip(rng.permutation(ORDERS), rng.permutation(numbers), rng.integers(0, 2, 4)))], rng.normal(size=5), target)
        for target in [0, 1, 2] * 2
    ]
    only = [(splits, weights, 0) for splits, weights, _ in five]
    save("modes-5", graph([ensemble5(only, TensorProto.FLOAT, aggregate_function=0)], [("X", TensorProto.FLOAT, 4)], [("y", TensorProto.FLOAT)], ml=5), x)
    tail = [
        ensemble5(five, TensorProto.DOUBLE, 3),
        helper.make_node("Softmax", ["y"], ["p"], axis=1),
        helper.make_node("ArgMax", ["p"], ["index"], axis=1, keepdims=0),
        helper.make_node("LabelEncoder", ["index"], ["label"], domain=ML, keys_int64s=[0, 1, 2], values_strings=["a", "b", "c"]),
    ]
    outputs = [("label", TensorProto.STRING), ("p", TensorProto.DOUBLE)]
    save("classes-5", graph(tail, [("X", TensorProto.DOUBLE, 4)], outputs, ml=5), double)

    one = [("X", TensorProto.FLOAT, 4)], [("y", TensorProto.FLOAT)]
    # Softmax is 1 in ONNX's text, and 2 in ONNX Runtime.
    refuse("transform-5", graph([ensemble5(five, TensorProto.FLOAT, 3, post_transform=1)], *one, ml=5))
    categories(rng, weights, one)

    refuse("two-targets", graph([regressor(trees, weights, n_targets=2)], *one))
    refuse("minimum", graph([regressor(trees, weights, aggregate_function="MIN")], *one))
    exp = helper.make_node("Exp", ["y"], ["e"])
    refuse("exponential", graph([regressor(trees, weights), exp], one[0], [("e", TensorProto.FLOAT)]))
    scaler = helper.make_node("Scaler", ["X"], ["scaled"], domain=ML, offset=[1.0], scale=[2.0])
    refuse("scaler", graph([scaler, regressor(trees, weights, name="scaled")], *one))
    outside = numpy_helper.from_array(np.array([1.0], dtype=np.float32), "c")
    outside.ClearField("raw_data")
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="../../etc/passwd")
    add = helper.make_node("Add", ["y", "c"], ["e"])
    refuse("outside", graph([regressor(trees, weights), add], one[0], [("e", TensorProto.FLOAT)], [outside]))
    inner = helper.make_graph([], "inner", [], [])
    branch = helper.make_node("If", ["X"], ["scaled"], then_branch=inner, else_branch=inner)
    refuse("subgraph", graph([branch, regressor(trees, weights, name="scaled")], *one))


# ------------------------------------------------------------------------------------------------------ by converters


def single_outputs(model):
    """The converter says that outputs are in double precision, which the operators do not give."""
    for output in model.graph.output:
        if output.type.tensor_type.elem_type == TensorProto.DOUBLE:
            output.type.tensor_type.elem_type = TensorProto.FLOAT
    return model


def sklearn_models(x, holes, y):
    import skl2onnx.common.tree_ensemble as converter
    from skl2onnx import convert_sklearn, to_onnx
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import (
        ExtraTreesRegressor,
        GradientBoostingClassifier,
        GradientBoostingRegressor,
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
    )
    from sklearn.pipeline import Pipeline
    from sklearn.tree import DecisionTreeClassifier

    # The converter hands on numbers of NumPy, which onnx does not take.
    add = converter.add_node

    def add_plain(*args, nodes_missing_value_tracks_true=0, **named):
        args = [value.item() if isinstance(value, np.integer) else value for value in args]
        add(*args, nodes_missing_value_tracks_true=int(nodes_missing_value_tracks_true), **named)

    converter.add_node = add_plain

    single = x[:1].astype(np.float32)
    few = {"n_estimators": 6, "max_depth": 3, "random_state": 1}
    names = np.array(["ann", "bob", "cyd"])[y["classes"]]
    forest = RandomForestClassifier(**few)
    save("forest-binary", to_onnx(forest.fit(x, y["binary"]), single), x)
    save("forest-classes", to_onnx(forest.fit(x, names), single, options={"zipmap": "columns"}), x)
    save("extra-trees", to_onnx(ExtraTreesRegressor(**few).fit(x, y["number"]), single), x)
    off = {"zipmap": False}
    save("boosting-binary", to_onnx(GradientBoostingClassifier(**few).fit(x, y["binary"]), single, options=off), x)
    save("boosting-classes", to_onnx(GradientBoostingClassifier(**few).fit(x, names), single), x)
    exponential = GradientBoostingClassifier(loss="exponential", **few).fit(x, y["binary"])
    save("boosting-exponential", to_onnx(exponential, single), x)
    save("boosting-number", to_onnx(GradientBoostingRegressor(**few).fit(x, y["number"]), single), x)
    hist = {"max_iter": 6, "max_depth": 3, "random_state": 1}
    binary = HistGradientBoostingClassifier(**hist).fit(holes, y["binary"])
    save("hist-binary", to_onnx(binary, single), holes)
    raw = {id(binary): {"raw_scores": True, "zipmap": False}}
    refuse("raw-scores", convert_sklearn(binary, initial_types=[("X", FloatTensorType([None, 4]))], options=raw))
    double = [("X", DoubleTensorType([None, 4]))]
    made = convert_sklearn(HistGradientBoostingRegressor(**hist).fit(x, y["number"]), initial_types=double)
    save("hist-number", single_outputs(made), x)
    tree = DecisionTreeClassifier(max_depth=4).fit(x, y["classes"])
    save("tree-double", single_outputs(convert_sklearn(tree, initial_types=double, options=off)), x)
    whole = np.round(4 * x)
    pick = ColumnTransformer([("a", "passthrough", [0, 2]), ("b", "passthrough", [3])])
    pipeline = Pipeline([("pick", pick), ("forest", forest)]).fit(x, y["binary"])
    save("selected", convert_sklearn(pipeline, initial_types=[("X", FloatTensorType([None, 4]))]), x)
    import pandas
    table = pandas.DataFrame(whole, columns=list("abcd"))
    pick = ColumnTransformer([("a", "passthrough", ["a", "c"]), ("b", "passthrough", ["d"])])
    pipeline = Pipeline([("pick", pick), ("forest", forest)]).fit(table, y["binary"])
    kinds = [FloatTensorType, Int64TensorType, Int64TensorType, FloatTensorType]
    inputs = [(name, kind([None, 1])) for name, kind in zip("abcd", kinds)]
    save("columns", convert_sklearn(pipeline, initial_types=inputs, options=off), whole)


def boosted_models(x, holes, y):
    import catboost
    import lightgbm
    import onnxmltools
    import xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    inputs = [("X", FloatTensorType([None, 4]))]
    kinds = {"binary": y["binary"], "classes": y["classes"], "number": y["number"]}
    for kind, target in kinds.items():
        gbm, xgb = (lightgbm.LGBMRegressor, xgboost.XGBRegressor) if kind == "number" else (lightgbm.LGBMClassifier, xgboost.XGBClassifier)
        rounds = 3 if kind == "classes" else 6
        model = gbm(n_estimators=rounds, num_leaves=6, min_child_samples=8, verbose=-1, random_state=1, n_jobs=1).fit(x, target)
        made = onnxmltools.convert_lightgbm(model, initial_types=inputs, target_opset=13, zipmap=kind == "binary")
        save(f"lightgbm-{kind}", made, x)
        model = xgb(n_estimators=rounds, max_depth=3, n_jobs=1).fit(holes, target)
        save(f"xgboost-{kind}", onnxmltools.convert_xgboost(model, initial_types=inputs, target_opset=13), holes)
        cat = catboost.CatBoostRegressor if kind == "number" else catboost.CatBoostClassifier
        model = cat(iterations=rounds, depth=2, verbose=0, allow_writing_files=False, random_seed=1, thread_count=1).fit(x, target)
        with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
            model.save_model(file.name, format="onnx")
            made = onnx.load(file.name)
        made.producer_version = "1.2.10"
        save(f"catboost-{kind}", made, x)
    codes = np.column_stack([x[:, :2], np.random.default_rng(5).integers(0, 6, size=(len(x), 2))])
    target = codes[:, 0] + np.sin(codes[:, 2] * 7) + np.cos(codes[:, 3] * 5)
    model = lightgbm.LGBMRegressor(n_estimators=4, num_leaves=5, min_child_samples=8, cat_smooth=1, min_data_per_group=5, verbose=-1, random_state=1, n_jobs=1)
    model.fit(codes, target, categorical_feature=[2, 3])
    save("lightgbm-categories", onnxmltools.convert_lightgbm(model, initial_types=inputs, target_opset=13), codes)
    counts = lightgbm.LGBMClassifier(n_estimators=2, num_leaves=3, boosting_type="rf", subsample=0.5, subsample_freq=1, verbose=-1, n_jobs=1)
    refuse("lightgbm-forest", onnxmltools.convert_lightgbm(counts.fit(x, y["binary"]), initial_types=inputs, target_opset=13))


def main():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 4)).astype(np.float32).astype(np.float64)
    s = x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * rng.normal(size=300)
    holes = np.where(rng.random(x.shape) < 0.2, np.nan, x)
    y = {"binary": (s > 0.4).astype(int), "classes": np.digitize(s, [-0.5, 0.8]), "number": s}
    by_hand(rng)
    sklearn_models(x, holes, y)
    boosted_models(x, holes, y)


if __name__ == "__main__":
    written() if sys.argv[1:] == ["written"] else main()
