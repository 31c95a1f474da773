"""Tree estimators of scikit-learn as a file of arrays, and back.

    save(estimator, "model.skl")            # a fitted estimator; secateur reads the file and writes pruned ones
    pruned = load_into(estimator, "pruned.skl")

The file is in the safetensors layout: eight bytes with the length of a JSON header, the header, and arrays in
little-endian order. Nothing in it is code. Needs numpy only. Tried with scikit-learn 1.2, 1.3, 1.4 and 1.9.

Arrays hold the nodes of all trees, one tree after another; `node_count` has the nodes of each tree. Trees of a boosted
model stand iteration by iteration, class by class. Names are those of `tree_`; a leaf has children -1. `value` is as
the estimator keeps it; `base` is the score before the first tree. Features are columns of the table that the estimator
was fitted on.
"""

import copy
import json

import numpy as np

FORMAT = {"format": "secateur-sklearn", "version": "1"}
KINDS = ("DecisionTree", "ExtraTree", "RandomForest", "ExtraTrees", "GradientBoosting", "HistGradientBoosting")
TYPES = {"<f8": "F64", "<i8": "I64", "<i4": "I32", "<u4": "U32", "|u1": "U8"}
# Fields of nodes, and what the file calls them.
TREE = {"left_child": "children_left", "right_child": "children_right"}
TREE |= {name: name for name in ("feature", "threshold", "impurity", "n_node_samples", "weighted_n_node_samples",
                                 "missing_go_to_left")}
HIST = {"left": "children_left", "right": "children_right", "feature_idx": "feature", "num_threshold": "threshold",
        "value": "value", "gain": "gain", "count": "n_node_samples", "missing_go_to_left": "missing_go_to_left",
        "bin_threshold": "bin_threshold", "is_categorical": "is_categorical"}
DTYPES = {"children_left": "<i4", "children_right": "<i4", "feature": "<i4", "n_node_samples": "<i8",
          "node_count": "<i8", "missing_go_to_left": "|u1", "bin_threshold": "|u1", "is_categorical": "|u1",
          "left_categories": "<u4", "left_category_bins": "<u4", "known_categories": "<u4"}


def save(estimator, path):
    """Writes the trees of a fitted estimator. ValueError names what the file cannot say."""
    name = type(estimator).__name__
    kind = name.removesuffix("Classifier").removesuffix("Regressor")
    if kind not in KINDS or kind == name or not type(estimator).__module__.startswith("sklearn."):
        raise ValueError(f"{name} is not supported, only classifiers and regressors of {', '.join(KINDS)}")
    if getattr(estimator, "n_outputs_", 1) != 1:
        raise ValueError(f"{name} has {estimator.n_outputs_} outputs, expected one")
    version = estimator.__getstate__().get("_sklearn_version", "unknown")
    metadata = {"estimator": name, "sklearn_version": version, "n_features": str(estimator.n_features_in_)}
    if hasattr(estimator, "feature_names_in_"):
        metadata["feature_names"] = _text([str(feature) for feature in estimator.feature_names_in_])
    if hasattr(estimator, "classes_"):
        metadata["classes"] = _text([str(label) for label in estimator.classes_.tolist()])
    hist = kind == "HistGradientBoosting"
    arrays = _hist_arrays(estimator, metadata) if hist else _tree_arrays(estimator, metadata)
    if hist or kind == "GradientBoosting":
        if not isinstance(estimator.loss, str):
            raise ValueError(f"{name} has a loss of its own, {estimator.loss!r}")
        metadata |= {"loss": estimator.loss, "learning_rate": repr(float(estimator.learning_rate))}
        arrays["base"] = np.ravel(estimator._baseline_prediction if hist else _initial(estimator))
    _write(path, FORMAT | metadata, arrays)


def load_into(estimator, path):
    """A copy of the fitted `estimator` with the trees of the file, which came from it. It predicts as usual."""
    metadata, arrays = _read(path)
    if metadata["estimator"] != type(estimator).__name__ or int(metadata["n_features"]) != estimator.n_features_in_:
        raise ValueError(f"the file holds a {metadata['estimator']} of {metadata['n_features']} features")
    estimator = copy.deepcopy(estimator)
    members, ends = _members(estimator), np.cumsum(arrays["node_count"])
    if len(members) != len(ends):
        raise ValueError(f"the file holds {len(ends)} trees, the estimator {len(members)}")
    for index, (member, end) in enumerate(zip(members, ends)):
        nodes = slice(end - arrays["node_count"][index], end)
        (_set_predictor if hasattr(member, "raw_left_cat_bitsets") else _set_tree)(estimator, member, arrays, nodes)
    return estimator


def _members(estimator):
    if hasattr(estimator, "_predictors"):
        return [predictor for iteration in estimator._predictors for predictor in iteration]
    return list(np.ravel(np.array(estimator.estimators_, object))) if hasattr(estimator, "estimators_") else [estimator]


def _tree_arrays(estimator, metadata):
    states = [member.tree_.__getstate__() for member in _members(estimator)]
    nodes, value = (np.concatenate([state[key] for state in states]) for key in ("nodes", "values"))
    arrays = {ours: nodes[theirs] for theirs, ours in TREE.items() if theirs in nodes.dtype.names}
    tags = estimator.__sklearn_tags__().input_tags if hasattr(estimator, "__sklearn_tags__") else None
    if not (tags.allow_nan if tags else estimator._get_tags()["allow_nan"]):
        arrays.pop("missing_go_to_left", None)  # never asked: the estimator refuses missing values
    if hasattr(estimator, "classes_") and not hasattr(estimator, "learning_rate"):
        # Fractions in later versions of scikit-learn, weighted counts in earlier ones.
        metadata["value"] = "fractions" if np.allclose(value.sum(axis=(1, 2)), 1) else "counts"
    if "missing_go_to_left" in arrays:
        arrays["missing_go_to_left"] = arrays["missing_go_to_left"] * (arrays["children_left"] >= 0)
    return arrays | {"value": value[:, 0, :], "node_count": [state["node_count"] for state in states]}


def _hist_arrays(estimator, metadata):
    predictors = _members(estimator)
    nodes = np.concatenate([predictor.nodes for predictor in predictors])
    arrays = {ours: nodes[theirs] for theirs, ours in HIST.items() if theirs in nodes.dtype.names}
    leaf = nodes["is_leaf"] != 0
    arrays |= {side: np.where(leaf, -1, arrays[side].astype("<i4")) for side in ("children_left", "children_right")}
    arrays |= {"feature": _columns(estimator)[nodes["feature_idx"]] * ~leaf, "value": nodes["value"][:, None]}
    if nodes["is_categorical"].any():
        bitsets = lambda name: np.concatenate([getattr(each, name)[_bitset(each)] for each in predictors])
        arrays["left_categories"] = bitsets("raw_left_cat_bitsets")
        arrays["left_category_bins"] = bitsets("binned_left_cat_bitsets")
        arrays["known_categories"] = estimator._bin_mapper.make_known_categories_bitsets()[0]
        metadata["categorical"] = _text(np.flatnonzero(estimator.is_categorical_).tolist())
        if getattr(estimator, "_preprocessor", None) is not None:
            encoder = estimator._preprocessor.named_transformers_["encoder"]
            known = [[value for value in each if value is not None and value == value] for each in encoder.categories_]
            metadata["categories"] = _text([[str(value) for value in each] for each in known])
    return arrays | {"node_count": [len(predictor.nodes) for predictor in predictors]}


def _bitset(predictor):
    return predictor.nodes["bitset_idx"][predictor.nodes["is_categorical"] != 0]


def _columns(estimator):
    """The column of the table for each column that trees see: categorical ones come first."""
    if getattr(estimator, "_preprocessor", None) is None:
        return np.arange(estimator.n_features_in_)
    return np.argsort(~np.asarray(estimator.is_categorical_), kind="stable")


def _initial(estimator):
    if estimator.init is not None and estimator.init != "zero":
        raise ValueError(f"{type(estimator).__name__} starts from the estimator {type(estimator.init).__name__}")
    return estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_), np.float32))


def _depths(left, right):
    depths, level = np.zeros(len(left), int), np.array([0])
    while (level := level[left[level] >= 0]).size:
        depths[left[level]] = depths[right[level]] = depths[level] + 1
        level = np.concatenate([left[level], right[level]])
    return depths


def _set_tree(_, member, arrays, at):
    kind, arguments, state = member.tree_.__reduce__()
    nodes = np.zeros(at.stop - at.start, state["nodes"].dtype)
    for theirs, ours in TREE.items():
        if theirs in nodes.dtype.names and ours in arrays:
            nodes[theirs] = arrays[ours][at]
    member.tree_ = kind(*arguments)
    depth = int(_depths(nodes["left_child"], nodes["right_child"]).max())
    values = arrays["value"][at][:, None, :].copy()
    member.tree_.__setstate__(state | {"max_depth": depth, "node_count": len(nodes), "nodes": nodes, "values": values})


def _set_predictor(estimator, predictor, arrays, at):
    nodes = np.zeros(at.stop - at.start, predictor.nodes.dtype)
    for theirs, ours in HIST.items():
        if ours in arrays and ours != "value":
            nodes[theirs] = np.maximum(arrays[ours][at], 0) if ours.startswith("children") else arrays[ours][at]
    left, right = arrays["children_left"][at], arrays["children_right"][at]
    nodes["value"], nodes["is_leaf"], nodes["depth"] = arrays["value"][at, 0], left < 0, _depths(left, right)
    nodes["feature_idx"] = np.where(left < 0, 0, np.argsort(_columns(estimator))[arrays["feature"][at]])
    categorical = nodes["is_categorical"] != 0
    nodes["bitset_idx"][categorical] = np.arange(categorical.sum())
    predictor.nodes = nodes
    names = {"raw_left_cat_bitsets": "left_categories", "binned_left_cat_bitsets": "left_category_bins"}
    for theirs, ours in names.items():
        first, last = (np.count_nonzero(arrays.get("is_categorical", [])[:end]) for end in (at.start, at.stop))
        rows = arrays[ours][first:last] if ours in arrays else np.zeros((0, 8))
        setattr(predictor, theirs, np.ascontiguousarray(rows, np.uint32))


def _text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _write(path, metadata, arrays):
    arrays = {name: np.ascontiguousarray(array, DTYPES.get(name, "<f8")) for name, array in arrays.items()}
    header, end = {"__metadata__": dict(sorted(metadata.items()))}, 0
    for name, array in sorted(arrays.items(), key=lambda item: (-item[1].itemsize, item[0])):
        offsets = [end, end := end + array.nbytes]
        header[name] = {"dtype": TYPES[array.dtype.str], "shape": list(array.shape), "data_offsets": offsets}
    text = _text(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in list(header)[1:]:
            file.write(arrays[name].tobytes())


def _read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    metadata, numpy_types = header.pop("__metadata__"), {ours: theirs for theirs, ours in TYPES.items()}
    if {key: metadata.get(key) for key in FORMAT} != FORMAT:
        raise ValueError("not a file of scikit-learn trees that this version reads")
    arrays = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        arrays[name] = np.frombuffer(data[start:end], numpy_types[entry["dtype"]]).reshape(entry["shape"])
    return metadata, arrays
