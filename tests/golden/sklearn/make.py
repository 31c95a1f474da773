"""Makes the models of this folder, and rows with scikit-learn's answers for them.

    pip install scikit-learn==1.9.1 numpy pandas && python make.py

written/NAME.skl is NAME.skl pruned and written by secateur, written/NAME.csv what scikit-learn makes of it:

    SECATEUR_WRITE_GOLDEN=1 cargo test -p secateur-formats --lib sklearn && python make.py written

NAME.skl is what `save` of secateur_sklearn.py writes. NAME.csv has one row per example: the features (an empty cell is
NaN), then the answers (probabilities of averaged classifiers, scores of boosted models, numbers), then the leaf of each
tree, except of histogram models, which do not tell. Every number round-trips.
"""

import pathlib
import sys

import numpy as np
import pandas as pd
from sklearn.ensemble import (ExtraTreesRegressor, GradientBoostingClassifier, GradientBoostingRegressor,
                              HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier)
from sklearn.tree import DecisionTreeClassifier, ExtraTreeRegressor

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "../../../src/formats/python"))

from secateur_sklearn import load_into, save  # noqa: E402

ROWS = 16


def data():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 4))
    s = x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * rng.normal(size=300)
    holes = np.where(rng.random(x.shape) < 0.25, np.nan, x)
    absent = np.where(np.isnan(holes[:, 0]), 1.0, 0.0) + s
    table = pd.DataFrame(holes, columns=["a", "b", "c", "d"])
    table["b"] = pd.Categorical(np.where(rng.random(300) < 0.1, None, rng.choice(["u", "v", "w", "x"], 300)))
    return x, holes, s, absent, table, rng.random(300)


def models():
    x, holes, s, absent, table, weights = data()
    classes, three, binary = np.digitize(s, [-0.5, 0.8]), np.digitize(absent, [-0.5, 0.8]), (s > 0.5).astype(int)
    letters, both = np.array(["no", "per\"haps", "yes"]), np.isnan(holes[:, 0]) * 3.0 + np.isnan(holes[:, 1])
    forest, boosted = {"n_estimators": 5, "max_depth": 3, "random_state": 7}, {"n_estimators": 4, "random_state": 7}
    hist = {"max_iter": 4, "max_leaf_nodes": 6, "random_state": 7}
    return {
        # Missing values in training; features by name.
        "random-forest": (RandomForestClassifier(**forest), table[["a", "c", "d"]], letters[three]),
        "weighted": (RandomForestClassifier(class_weight={0: 0.3, 1: 1.7}, bootstrap=False, **forest), x, binary),
        "extra-trees": (ExtraTreesRegressor(**forest), holes, absent),
        "decision-tree": (DecisionTreeClassifier(max_leaf_nodes=7, random_state=7), x, classes),
        "extra-tree": (ExtraTreeRegressor(max_depth=3, random_state=7), x, s),
        "one-class": (DecisionTreeClassifier(), x, np.full(300, 5)),
        "boosted-classes": (GradientBoostingClassifier(max_depth=2, **boosted), x, classes),
        "boosted-exponential": (GradientBoostingClassifier(loss="exponential", subsample=0.7, **boosted), x, binary),
        "boosted-squares": (GradientBoostingRegressor(learning_rate=0.3, **boosted), x, 10 + s),
        "boosted-huber": (GradientBoostingRegressor(loss="huber", max_leaf_nodes=5, **boosted), x, 10 + s),
        "boosted-zero": (GradientBoostingRegressor(init="zero", loss="quantile", max_depth=2, **boosted), x, s),
        "hist-classes": (HistGradientBoostingClassifier(**hist), holes, three),
        "hist-binary": (HistGradientBoostingClassifier(l2_regularization=1.5, **hist), x, binary),
        # Whether a value is missing says more than the value: infinite thresholds.
        "hist-missing": (HistGradientBoostingRegressor(**hist), holes, both),
        "hist-absolute": (HistGradientBoostingRegressor(loss="absolute_error", **hist), holes, absent),
        "hist-poisson": (HistGradientBoostingRegressor(loss="poisson", **hist), holes, np.abs(absent)),
        "hist-categories": (HistGradientBoostingClassifier(categorical_features=["b"], **hist), table,
                            ((table["b"].isin(["u", "w"]) | table["b"].isna()).to_numpy() ^ (s > 0)).astype(int)),
    }


def answers(estimator, x):
    name = type(estimator).__name__
    if "Boosting" in name:
        raw = estimator._raw_predict if name == "HistGradientBoostingRegressor" else estimator.predict
        raw = getattr(estimator, "decision_function", raw)
        scores = raw(x).reshape(len(x), -1)
    else:
        scores = estimator.predict_proba(x) if "Classifier" in name else estimator.predict(x)[:, None]
    leaves = np.zeros((len(x), 0)) if name.startswith("Hist") else estimator.apply(x).reshape(len(x), -1)
    return np.hstack([scores, leaves])


def cell(value):
    return "" if np.isnan(value) else repr(float(value))


def score(estimator, x, path):
    x = x[:ROWS]
    features = x
    if hasattr(x, "columns"):
        codes = {name: x[name].cat.codes.replace(-1, np.nan) for name in x if x[name].dtype == "category"}
        features = x.assign(**codes).to_numpy(float)
    lines = [",".join(map(cell, np.concatenate(both))) for both in zip(features, answers(estimator, x))]
    path.write_text("\n".join(lines) + "\n")


def main(written):
    for name, (estimator, x, y) in models().items():
        estimator.fit(x, y)
        if written:
            path = HERE / "written" / f"{name}.skl"
            if path.exists():
                score(load_into(estimator, path), x, path.with_suffix(".csv"))
        else:
            save(estimator, HERE / f"{name}.skl")
            score(estimator, x, HERE / f"{name}.csv")


if __name__ == "__main__":
    main(sys.argv[1:] == ["written"])
