"""Trains a peer over its grid: python train.py METHOD DATA OUT

DATA holds what the caller wrote: problem.json, train_x.f64 (row-major, NaN where missing), train_y.f64. Every model goes to a file of
its own in OUT; one JSON line per model is printed as soon as the file is there. Only training data is seen here: which model
is used at which budget is decided by the caller, on validation data and by its own meter.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

THREADS = 2
ITERATIONS = 300
TREES = 100


class Problem:
    """What the caller wrote."""

    def __init__(self, folder):
        with open(folder / "problem.json") as file:
            facts = json.load(file)
        self.x = np.fromfile(folder / "train_x.f64", "<f8").reshape(facts["rows"], facts["features"])
        self.y = np.fromfile(folder / "train_y.f64", "<f8")
        self.n_classes = facts["classes"]
        self.prices = np.array(facts["prices"])
        self.seed = facts["seed"]

    @property
    def loss_scale(self):
        """Gains per row are of this order: at most about 1 for classes, the variance for numbers."""
        return 1.0 if self.n_classes else float(self.y.var())


def announce(models):
    """How many models there will be."""
    print("models", models, flush=True)


def report(**facts):
    print(json.dumps(facts), flush=True)


def strengths(problem, most):
    """Losses per unit of cost, from where hardly any feature is worth its price to where nearly all are.

    LightGBM subtracts a lazy penalty once per row that has not seen the feature yet, from a gain that is a sum over rows; so a
    strength is a gain per row and unit of price. The wider prices spread, the longer the grid, at the same ratio.
    """
    priced = problem.prices[problem.prices > 0]
    high, low = 0.4 / priced.min(), 1e-3 / priced.max()
    count = round(1 + (most - 1) * np.log(high / low) / np.log(400))
    return problem.loss_scale * np.geomspace(high, low, count)


def lightgbm_grid(method, problem):
    # Values that an iteration looks at. The larger, the fewer settings; plain boosting is cheap.
    work = problem.x.size * (problem.n_classes if problem.n_classes > 2 else 1)
    leaves, most = ([7, 31], 12) if work < 200_000 else ([7, 31], 8) if work < 2_000_000 else ([63], 7)
    if method == "lightgbm-plain":
        return [(f"{n} leaves", n, {}) for n in ([7, 31] if work < 200_000 else [7, 31, 63])]
    grid = strengths(problem, most)
    if method == "lightgbm-lazy":
        option, per_feature = "cegb_penalty_feature_lazy", problem.prices
    else:
        # Once per model instead of once per row: as if all rows paid at once.
        option, per_feature = "cegb_penalty_feature_coupled", problem.prices * len(problem.y)
    return [
        (f"strength {s:.3g}, {n} leaves", n, {"cegb_tradeoff": 1.0, option: [float(p) for p in s * per_feature]})
        for n in leaves
        for s in grid
    ]


def lightgbm(method, problem, out):
    import lightgbm

    objective = {0: "regression", 2: "binary"}.get(problem.n_classes, "multiclass")
    common = {
        "objective": objective,
        "learning_rate": 0.1,
        "min_data_in_leaf": 5 if len(problem.y) < 1000 else 20,
        "num_threads": THREADS,
        "seed": problem.seed,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "verbosity": -1,
    }
    if objective == "multiclass":
        common["num_class"] = problem.n_classes
    data = lightgbm.Dataset(problem.x, problem.y, params=common, free_raw_data=False)
    grid = lightgbm_grid(method, problem)
    announce(len(grid))
    for index, (label, leaves, penalties) in enumerate(grid):
        start = time.perf_counter()
        booster = lightgbm.train({**common, **penalties, "num_leaves": leaves}, data, num_boost_round=ITERATIONS)
        seconds = time.perf_counter() - start
        file = out / f"{index:03}.txt"
        booster.save_model(file)
        report(label=label, file=file.name, iterations=booster.current_iteration(), seconds=seconds)


def forest(problem, max_features):
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestClassifier if problem.n_classes else RandomForestRegressor
    model = kind(n_estimators=TREES, max_features=max_features, random_state=problem.seed, n_jobs=THREADS)
    return model.fit(problem.x, problem.y)


def save_forest(model, problem, path):
    """Little-endian int64: trees, outputs; per tree: nodes, then children_left, children_right, feature, missing_left
    (int64 each), threshold, values (float64 each; class weights per class, or the mean)."""
    with open(path, "wb") as file:
        classes = problem.n_classes
        np.array([len(model.estimators_), max(classes, 1)], "<i8").tofile(file)
        for estimator in model.estimators_:
            tree = estimator.tree_
            value = tree.value[:, 0, :]
            if classes:
                value = np.zeros((tree.node_count, classes))
                value[:, model.classes_.astype(int)] = tree.value[:, 0, :] * tree.weighted_n_node_samples[:, None]
            np.array([tree.node_count], "<i8").tofile(file)
            for array in (tree.children_left, tree.children_right, tree.feature, tree.missing_go_to_left):
                array.astype("<i8").tofile(file)
            for array in (tree.threshold, value):
                np.ascontiguousarray(array, "<f8").tofile(file)


def sklearn_forests(problem, out):
    announce(2)
    for index, max_features in enumerate((None, "sqrt")):
        start = time.perf_counter()
        model = forest(problem, max_features)
        seconds = time.perf_counter() - start
        file = out / f"{index:03}.trees"
        save_forest(model, problem, file)
        report(label=f"{max_features or 'all'} features", file=file.name, iterations=TREES, seconds=seconds)


def sklearn_ccp(problem, out):
    """Growing with ccp_alpha grows the same tree and prunes it afterwards; so one forest is grown and pruned at every alpha."""
    alphas = problem.loss_scale * np.geomspace(0.2, 1e-6, 15)
    announce(2 * len(alphas))
    for part, max_features in enumerate((None, "sqrt")):
        start = time.perf_counter()
        model = forest(problem, max_features)
        grown = time.perf_counter() - start
        whole = [estimator.tree_ for estimator in model.estimators_]
        for index, alpha in enumerate(alphas):
            start = time.perf_counter()
            for estimator, tree in zip(model.estimators_, whole):
                estimator.tree_, estimator.ccp_alpha = tree, float(alpha)
                estimator._prune_tree()
            seconds = time.perf_counter() - start + (grown if index == 0 else 0.0)
            file = out / f"{part}{index:02}.trees"
            save_forest(model, problem, file)
            label = f"ccp_alpha {alpha:.3g}, {max_features or 'all'} features"
            report(label=label, file=file.name, iterations=TREES, seconds=seconds)


def main():
    method, data, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    problem = Problem(data)
    if method.startswith("lightgbm-"):
        lightgbm(method, problem, out)
    elif method == "sklearn-forest":
        sklearn_forests(problem, out)
    elif method == "sklearn-ccp":
        sklearn_ccp(problem, out)
    else:
        raise SystemExit(f"no method {method}")


if __name__ == "__main__":
    main()
