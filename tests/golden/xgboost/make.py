"""Makes the models of this folder, and rows with XGBoost's scores and leaves for them.

    pip install xgboost==3.2.0 pandas && python make.py
    pip install xgboost==1.7.6 && python make.py old
    pip install xgboost==1.0.2 "numpy<2" && python make.py oldest

written/ has some of the models pruned and written by secateur in the other syntax, and what XGBoost makes of them:

    SECATEUR_WRITE_GOLDEN=1 cargo test -p secateur-formats --lib xgboost && python make.py written

NAME.json or NAME.ubj is a model as XGBoost saves it. NAME.csv has one row per example: the features (an empty cell is
NaN), then the margins (`output_margin`), one per class, then the leaf that the example reaches in each tree
(`pred_leaf`). Every number round-trips; features are doubles, which both sides round to single precision, and many are
thresholds of the model or lie next to one. wrong/ has models that no reader may take.
"""

import copy
import json
import pathlib
import sys
import tempfile

import numpy as np
import xgboost

HERE = pathlib.Path(__file__).parent
COMMON = {"max_depth": 3, "eta": 0.3, "nthread": 1, "seed": 7, "tree_method": "hist"}


def cell(value):
    return "" if np.isnan(value) else repr(float(value))


def thresholds(booster):
    """Feature and condition of each split that compares numbers."""
    with tempfile.TemporaryDirectory() as folder:
        booster.save_model(f"{folder}/model.json")
        model = json.loads(pathlib.Path(folder, "model.json").read_text())["learner"]["gradient_booster"]
    trees = model.get("gbtree", model)["model"]["trees"]
    return [
        (feature, condition)
        for tree in trees
        for left, feature, condition, kind in zip(
            tree["left_children"], tree["split_indices"], tree["split_conditions"], tree.get("split_type", [0] * 10**6)
        )
        if left != -1 and kind == 0
    ]


def beside(booster, x, rng):
    """Rows in which one feature is at a threshold, next to it, or halfway to the next number in single precision."""
    x = x.copy()
    splits = thresholds(booster)
    for row in x[: len(x) * 3 // 4] if splits else []:
        feature, condition = splits[rng.integers(len(splits))]
        at = np.float32(condition)
        low, high = np.nextafter(at, np.float32(-np.inf)), np.nextafter(at, np.float32(np.inf))
        at, low, high = float(at), float(low), float(high)
        row[feature] = rng.choice([at, low, high, (low + at) / 2, (at + high) / 2])
    return x


def score(booster, x, path):
    # Version 1.0 makes names up.
    names, kinds = (booster.feature_names, booster.feature_types) if xgboost.__version__ >= "1.4" else (None, None)
    more = {"enable_categorical": True} if kinds else {}
    data = xgboost.DMatrix(x, feature_names=names, feature_types=kinds, **more)
    margins = booster.predict(data, output_margin=True).reshape(len(x), -1)
    leaves = booster.predict(data, pred_leaf=True).reshape(len(x), -1)
    lines = []
    for row, margin, leaf in zip(x, margins, leaves):
        lines.append(",".join([cell(v) for v in row] + [cell(v) for v in margin] + [str(int(v)) for v in leaf]))
    path.write_text("\n".join(lines) + "\n")


def save(name, params, x, y, rounds=4, rows=24, ending="json", **data):
    common = {key: value for key, value in (COMMON | params).items() if value is not None}
    booster = xgboost.train(common, xgboost.DMatrix(x, y, **data), rounds)
    keep(name, booster, x, rows, ending)
    return booster


def keep(name, booster, x, rows=24, ending="json"):
    booster.save_model(str(HERE / f"{name}.{ending}"))
    x = beside(booster, x[:rows], np.random.default_rng(5))
    score(booster, x, HERE / f"{name}.csv")
    return x


def written():
    for model in sorted([*(HERE / "written").glob("*.ubj"), *(HERE / "written").glob("*.json")]):
        booster = xgboost.Booster(model_file=model)
        rows = HERE / f"{model.stem}.csv"
        lines = (rows if rows.exists() else HERE / "regression.csv").read_text().splitlines()[:12]
        features = [line.split(",")[: booster.num_features()] for line in lines]
        x = np.array([[float(value or "nan") for value in row] for row in features])
        score(booster, x, model.with_suffix(".csv"))


def sample():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 4))
    s = x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * rng.normal(size=300)
    holes = np.where(rng.random(x.shape) < 0.25, np.nan, x)
    return x, s, holes, (s > 0.5).astype(float), np.digitize(s, [-0.5, 0.8]).astype(float)


def frame(x, s, green):
    """Texts, numbers and plain values as columns of a data frame, and a target that needs them."""
    import pandas as pd

    rng = np.random.default_rng(9)
    texts, years = rng.integers(0, 9, len(x)), rng.integers(0, 5, len(x))
    table = pd.DataFrame({"weight": x[:, 0]})
    names = ["blue", "dark red", green, "red", "a", "b", "c", "d", "e"]
    table["colour"] = pd.Categorical([names[code] for code in texts])
    table["year"] = pd.Categorical(np.array([70, 72, 75, 79, 81])[years])
    table.loc[rng.random(len(x)) < 0.2, "colour"] = None
    return table, x[:, 0] * (texts % 3 - 1) + (years % 2) * 2 + 0.1 * s


def categories(x, s):
    table, y = frame(x, s, "gr\u00fcn")
    codes = np.column_stack([table["weight"], *(table[name].cat.codes.astype(float) for name in ["colour", "year"])])
    codes[codes == -1] = np.nan
    # Codes that are none.
    codes[:6, 1] = [9, 31, 32, 1e6, 16777216, 3.7]
    data = {"enable_categorical": True}
    keep("categories", xgboost.train(COMMON | {"max_cat_to_onehot": 1}, xgboost.DMatrix(table, y, **data), 4), codes)
    one_hot = COMMON | {"objective": "binary:logistic", "max_cat_to_onehot": 100}
    table, _ = frame(x, s, "green")
    keep("one-hot", xgboost.train(one_hot, xgboost.DMatrix(table, y > 0, **data), 4), codes, ending="ubj")


def old():
    x, s, holes, binary, classes = sample()
    save("old-logistic", {"objective": "binary:logistic", "base_score": 0.3, "tree_method": "exact"}, holes, binary)
    exact = {"base_score": 0.3, "gamma": 3.0, "tree_method": "exact"}
    save("old-logitraw", exact | {"objective": "binary:logitraw"}, x, binary)
    save("old-softmax", {"objective": "multi:softmax", "num_class": 3}, x, classes, rounds=2, ending="ubj")


def oldest():
    x, s, holes, binary, classes = sample()
    save("oldest-logistic", {"objective": "binary:logistic", "base_score": 0.3, "tree_method": "exact"}, holes, binary)
    small = {"max_depth": 2, "tree_method": "exact"}
    dart = {"booster": "dart", "rate_drop": 0.5, "objective": "reg:squarederror", "tree_method": "hist"}
    save("oldest-dart", small | dart, x, 10 + s)
    forests = {"objective": "multi:softmax", "num_class": 2, "num_parallel_tree": 2}
    save("oldest-softmax", small | forests, x, binary, rounds=2)
    raw = {"objective": "binary:logitraw", "base_score": 0.3, "tree_method": "hist"}
    save("oldest-logitraw", small | raw, x, binary, rounds=2)


def main():
    x, s, holes, binary, classes = sample()
    save("logistic", {"objective": "binary:logistic"}, holes, binary, feature_names=["age", "dose", "chol", "fbs"])
    save("logistic-binary", {"objective": "binary:logistic"}, holes, binary, ending="ubj")
    save("logitraw", {"objective": "binary:logitraw", "base_score": 0.3, "tree_method": "approx"}, x, binary)
    save("probability", {"objective": "reg:logistic"}, x, np.clip(0.5 + s / 8, 0.0, 1.0))
    save("softprob", {"objective": "multi:softprob", "num_class": 3}, x, classes, rounds=3)
    save("regression", {"objective": "reg:squarederror", "lambda": 1.5, "eta": 0.1}, x, 10 + s, ending="ubj")
    save("absolute", {"objective": "reg:absoluteerror"}, x, 10 + s)
    save("ranking", {"objective": "rank:ndcg"}, x, classes, group=[30] * 10)
    dart = {"booster": "dart", "rate_drop": 0.5, "objective": "binary:logistic"}
    save("dart", dart, x, binary, rounds=6)
    save("dart-softmax", dart | {"objective": "multi:softmax", "num_class": 3}, x, classes, rounds=4, ending="ubj")
    forest = {"num_parallel_tree": 3, "subsample": 0.6, "colsample_bynode": 0.7}
    save("random-forest", forest | {"objective": "reg:squarederror", "eta": 1.0}, x, 10 + s, rounds=1)
    several = {"objective": "multi:softprob", "num_class": 3}
    save("boosted-forests", forest | several, x, classes, rounds=1, ending="ubj")
    # Nodes that pruning has deleted stay in the file.
    pruned = {"gamma": 4.0, "tree_method": "exact", "max_depth": 4}
    save("deleted", pruned | {"objective": "binary:logistic"}, holes, binary)
    save("poisson", {"objective": "count:poisson"}, x, np.floor(np.exp(s / 2)))
    vectors = {"objective": "multi:softprob", "num_class": 3, "multi_strategy": "multi_output_tree"}
    save("vectors", vectors, x, classes, rounds=3)
    categories(x, s)
    # Early stopping: the wrappers for scikit-learn predict with the iterations up to the best.
    data = [xgboost.DMatrix(part, y) for part, y in [(x[:200], binary[:200]), (x[200:], binary[200:])]]
    params = COMMON | {"objective": "binary:logistic", "eta": 0.9, "max_depth": 4}
    stop = {"evals": [(data[1], "valid")], "early_stopping_rounds": 2, "verbose_eval": False}
    stopped = xgboost.train(params, data[0], 30, **stop)
    rows = xgboost.DMatrix(keep("stopped", stopped, x))
    best = stopped.predict(rows, output_margin=True, iteration_range=(0, stopped.best_iteration + 1))
    (HERE / "stopped-best.csv").write_text("\n".join(repr(float(value)) for value in best) + "\n")
    # Signed zeros and the largest numbers as conditions.
    steps = np.where(x > 0, 1.0, -1.0)
    save("zeros", {"max_depth": 2, "tree_method": "exact"}, steps, s + 3 * (x[:, 1] > 0))
    several = np.column_stack([s, x[:, 1]])
    xgboost.train(COMMON, xgboost.DMatrix(x, several), 1).save_model(HERE / "wrong" / "several-targets.json")
    linear = xgboost.train({"booster": "gblinear", "nthread": 1}, xgboost.DMatrix(x, s), 1)
    linear.save_model(HERE / "wrong" / "linear.json")
    aft = xgboost.DMatrix(x, label_lower_bound=np.exp(s), label_upper_bound=np.exp(s))
    survival = xgboost.train(COMMON | {"objective": "survival:aft", "max_depth": 1}, aft, 1)
    survival.save_model(HERE / "wrong" / "survival.json")
    wrong()


def wrong():
    """The first tree of a good model, broken in one way each."""
    good = json.loads(bytes(xgboost.Booster(model_file=HERE / "regression.ubj").save_raw("json")))
    model = good["learner"]["gradient_booster"]["model"]
    model |= {"trees": model["trees"][:1], "tree_info": [0], "iteration_indptr": [0, 1]}
    model["gbtree_model_param"]["num_trees"] = "1"

    def broken(name, change):
        copied = copy.deepcopy(good)
        change(copied["learner"]["gradient_booster"]["model"]["trees"][0])
        (HERE / "wrong" / f"{name}.json").write_text(json.dumps(copied, separators=(",", ":")))

    broken("cycle", lambda tree: tree["left_children"].__setitem__(1, 0))
    broken("self-child", lambda tree: (tree["left_children"].__setitem__(1, 1), tree["parents"].__setitem__(1, 1)))
    broken("two-parents", lambda tree: tree["left_children"].__setitem__(1, tree["left_children"][2]))
    broken("child-out-of-range", lambda tree: tree["right_children"].__setitem__(2, 99))
    broken("feature-out-of-range", lambda tree: tree["split_indices"].__setitem__(0, 4))
    broken("nan-threshold", lambda tree: tree["split_conditions"].__setitem__(0, float("nan")))
    broken("claims-a-billion", lambda tree: tree["tree_param"].__setitem__("num_nodes", "1000000000"))
    broken("detached-loop", lambda tree: detach(tree))


def detach(tree):
    """Makes the last two pairs of nodes one another's children, and their parents leaves."""
    a, b = len(tree["parents"]) - 4, len(tree["parents"]) - 2
    for parent in [tree["parents"][a], tree["parents"][b]]:
        tree["left_children"][parent] = tree["right_children"][parent] = -1
    for node, child in [(a, b), (b, a)]:
        tree["left_children"][node], tree["right_children"][node] = child, child + 1
        tree["parents"][child] = tree["parents"][child + 1] = node


if __name__ == "__main__":
    {"written": written, "old": old, "oldest": oldest}.get("".join(sys.argv[1:]), main)()
