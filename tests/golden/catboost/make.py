"""Makes the models of this folder, and rows with CatBoost's raw scores for them.

    pip install catboost==1.2.10 numpy pandas && python make.py

written/NAME.json is NAME.json pruned and written by secateur, written/NAME.csv what CatBoost makes of it:

    SECATEUR_WRITE_GOLDEN=1 cargo test -p secateur-formats --lib catboost && python make.py written

NAME.json is a model as CatBoost saves it, except that only binary.json keeps all of `model_info`. NAME.csv has one row
per example: the features (an empty cell is NaN), then the raw scores, one per class (one for two classes, and for
numbers), then the leaf of each tree as CatBoost numbers them. Every number round-trips.
"""

import json
import pathlib
import sys

import catboost
import numpy as np
import pandas as pd

HERE = pathlib.Path(__file__).parent
COMMON = {"iterations": 4, "depth": 3, "verbose": 0, "thread_count": 1, "random_seed": 7, "allow_writing_files": False}
ROWS = 16


def cell(value):
    return "" if np.isnan(value) else repr(float(value))


def score(model, x, path):
    scores = np.asarray(model.predict(x, prediction_type="RawFormulaVal")).reshape(len(x), -1)
    both = zip(np.asarray(x, float), scores, model.calc_leaf_indexes(x))
    path.write_text("\n".join(",".join(map(cell, np.concatenate(row))) for row in both) + "\n")


def write(model, name):
    path = HERE / f"{name}.json"
    model.save_model(str(path), format="json")
    if name != "binary":
        # Most of a small model are parameters of its training: one file keeps them.
        document = json.loads(path.read_text())
        info = document["model_info"]
        document["model_info"] = {key: info[key] for key in ("class_params",) if key in info}
        document["model_info"]["params"] = {"loss_function": info["params"]["loss_function"]}
        path.write_text(json.dumps(document, separators=(",", ":")))


def save(name, x, y, group_id=None, **params):
    pool = catboost.Pool(x, y, cat_features=params.get("cat_features"), group_id=group_id)
    model = catboost.CatBoost(COMMON | params).fit(pool)
    write(model, name)
    rows = x[:ROWS] if "cat_features" not in params else None
    if rows is not None:
        score(model, rows, HERE / f"{name}.csv")
    return model


def written():
    for path in sorted((HERE / "written").glob("*.json")):
        model = catboost.CatBoost().load_model(str(path), format="json")
        rows = HERE / f"{path.stem}.csv"
        lines = (rows if rows.exists() else HERE / "binary.csv").read_text().splitlines()
        x = np.array([[float(value or "nan") for value in line.split(",")[:4]] for line in lines])
        score(model, x, path.with_suffix(".csv"))


def main():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 4))
    s = x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * rng.normal(size=300)
    holes = np.where(rng.random(x.shape) < 0.25, np.nan, x)
    absent = np.isnan(holes[:, 0]) * 2.0 + s
    binary, letters = (s > 0.5).astype(int), np.array(["no", "perhaps", "yes"])
    named = pd.DataFrame(x, columns=["the first", "b", "c", "d"])

    save("binary", x, binary, loss_function="Logloss")
    save("names", named, np.where(binary, "yes", "no"), loss_function="Logloss", boost_from_average=True)
    save("multiclass", holes, letters[np.digitize(absent, [-0.5, 0.8])], loss_function="MultiClass")
    # Missing values go left at all splits, or right at all.
    save("missing-low", holes, absent, loss_function="RMSE", nan_mode="Min")
    save("missing-high", holes, absent, loss_function="RMSE", nan_mode="Max")
    # Whether a value is missing says more than the value: borders at the ends of single precision.
    both = np.isnan(holes[:, 0]) * 3.0 + np.isnan(holes[:, 1])
    save("missing-or-not", holes, both, loss_function="RMSE", nan_mode="Max")
    save("lossguide", holes, absent, loss_function="MAE", grow_policy="Lossguide", max_leaves=6, nan_mode="Max")
    three = np.digitize(absent, [-0.5, 0.8])
    save("depthwise", holes, three, loss_function="MultiClass", grow_policy="Depthwise", depth=2)
    save("cross-entropy", x, 1 / (1 + np.exp(-s)), loss_function="CrossEntropy")
    save("ranking", x, np.digitize(s, [-0.5, 0.8]), loss_function="QueryRMSE", group_id=np.repeat(np.arange(30), 10))
    save("poisson", x, np.floor(np.exp(s / 2)), loss_function="Poisson")
    scaled = save("scaled", x, 10 + s, loss_function="RMSE")
    scaled.set_scale_and_bias(1.7, -3.1)
    write(scaled, "scaled")
    score(scaled, x[:ROWS], HERE / "scaled.csv")
    table = named.assign(c=rng.choice(["u", "v", "w"], 300))
    for name, most in (("one-hot", 9), ("statistics", 1)):
        y = binary ^ (table["c"] == "u")
        save(name, table, y, loss_function="Logloss", cat_features=["c"], one_hot_max_size=most)


if __name__ == "__main__":
    written() if sys.argv[1:] == ["written"] else main()
