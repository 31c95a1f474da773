"""Makes the models of this folder, and rows with LightGBM's raw scores for them.

    pip install lightgbm==4.7.0 numpy pandas && python make.py

written/NAME.txt is NAME.txt pruned and written by secateur, written/NAME.csv what LightGBM makes of it:

    SECATEUR_WRITE_GOLDEN=1 cargo test -p secateur --lib lightgbm && python make.py written

NAME.txt is a model as LightGBM saves it. NAME.csv has one row per example: the features (an empty cell is NaN), then the raw
scores, one per class (one for two classes, and for numbers; LightGBM's raw scores of a random forest are sums, here they are
means, which is what it predicts by). Every number round-trips.
"""

import pathlib
import sys

import lightgbm
import numpy as np

HERE = pathlib.Path(__file__).parent
COMMON = {"num_leaves": 6, "min_data_in_leaf": 8, "verbose": -1, "num_threads": 1, "deterministic": True, "seed": 7}


def cell(value):
    return "" if np.isnan(value) else repr(float(value))


def score(booster, x, path):
    # A random forest here is of regression.
    scores = booster.predict(x, raw_score="\naverage_output\n" not in booster.model_to_string()).reshape(len(x), -1)
    lines = [",".join(cell(value) for value in np.concatenate(both)) for both in zip(x, scores)]
    path.write_text("\n".join(lines) + "\n")


def save(name, params, x, y, rounds=6, rows=40, examples=None, **data):
    booster = lightgbm.train(COMMON | params, lightgbm.Dataset(x, y, **data), rounds)
    booster.save_model(HERE / f"{name}.txt")
    score(booster, x[:rows] if examples is None else examples, HERE / f"{name}.csv")


def written():
    for model in sorted((HERE / "written").glob("*.txt")):
        booster = lightgbm.Booster(model_file=model)
        rows = HERE / f"{model.stem}.csv"
        lines = (rows if rows.exists() else HERE / "regression.csv").read_text().splitlines()
        features = [line.split(",")[: booster.num_feature()] for line in lines]
        x = np.array([[float(value or "nan") for value in row] for row in features])
        score(booster, x, model.with_suffix(".csv"))


def main():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 4))
    s = x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * rng.normal(size=300)
    holes = np.where(rng.random(x.shape) < 0.25, np.nan, x)
    zeros = np.where(np.isnan(holes), 0.0, np.abs(x))
    binary = (s > 0.5).astype(float)
    classes = np.digitize(s, [-0.5, 0.8]).astype(float)

    save("binary", {"objective": "binary", "sigmoid": 0.7}, x, binary)
    save("multiclass", {"objective": "multiclass", "num_class": 3}, x, classes, rounds=3)
    save("regression", {"objective": "regression", "lambda_l2": 1.5}, x, 10 + s)
    save("ranking", {"objective": "lambdarank"}, x, classes, group=[30] * 10)
    save("random-forest", {"objective": "regression", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}, x, 10 + s)
    # Missing values in training: they have a direction of their own.
    save("missing", {"objective": "binary"}, holes, (np.nan_to_num(s) + np.isnan(holes[:, 0]) > 0.5).astype(float))
    # Whether a value is missing says more than the value: infinite thresholds.
    absent = np.isnan(holes[:, 0]) ^ (np.isnan(holes[:, 1]) & (holes[:, 2] > 0))
    save("missing-or-not", {"objective": "binary"}, holes, absent.astype(float))
    # No missing values in training: at prediction they count as 0.
    save("no-missing", {"objective": "binary", "use_missing": False}, holes, binary)
    # Zeros are missing values; in the second they go another way than both their neighbours.
    flags = np.where(zeros > 1.0, zeros, 0.0)
    save("zero-as-missing", {"objective": "binary", "zero_as_missing": True, "num_leaves": 3}, flags, (flags[:, 0] + flags[:, 1] > 1.2).astype(float), rounds=3)
    save("zero-apart", {"objective": "binary", "zero_as_missing": True}, zeros, ((zeros[:, 0] > 0) & (zeros[:, 0] < 0.7)).astype(float), rounds=2)
    lazy = {"cegb_tradeoff": 1.0, "cegb_penalty_feature_lazy": [0.05, 0.01, 0.02, 0.05]}
    save("cost-efficient", {"objective": "binary", **lazy}, x, binary)
    # The first class does not occur: its trees have one leaf.
    save("one-leaf", {"objective": "multiclass", "num_class": 3}, x, 1.0 + binary, rounds=2)
    categories(rng)


def categories(rng):
    """Splits on categories: integers with and without missing values among numbers, and columns of pandas."""
    # Without regularisation of its own, values of such splits are means as those of others are.
    params = {"cat_l2": 0, "cat_smooth": 1, "min_data_per_group": 5, "max_cat_to_onehot": 2}
    kinds = np.array([0, 1, 2, 3, 5, 8, 40, 63, 64, 130])
    x = np.column_stack([rng.choice(kinds, 300), rng.normal(size=300), rng.integers(0, 3, 300)]).astype(float)
    s = np.isin(x[:, 0], [0, 3, 64]) + x[:, 1] * (x[:, 2] == 1) + 0.3 * rng.normal(size=300)
    x[rng.random(300) < 0.1, 0] = np.nan
    # Values that are no whole numbers, negative, unknown, or beyond every category.
    odd = [np.nan, -1.0, -0.5, -0.0, 0.99, 3.5, 64.9, 65.0, 131.0, 1e6, 2.0**31, 2.0**32 + 3, -(2.0**40), 1e300]
    examples = x[:40].copy()
    examples[: len(odd), 0] = odd
    examples[20:34, 2] = odd
    columns = {"categorical_feature": [0, 2], "examples": examples}
    save("categories", {"objective": "binary", **params}, x, (s > 0.6).astype(float), **columns)
    save("categories-multiclass", {"objective": "multiclass", "num_class": 3, **params}, x, np.digitize(s, [0.2, 0.9]).astype(float), rounds=2, **columns)

    # Text, ordered and not, and categories that are numbers: the model sees places in lists, which it records.
    import pandas

    colour = pandas.Categorical(rng.choice(["red", "blue", "green", "dark red"], 300))
    size = pandas.Categorical(rng.choice(["small", "middle", "large"], 300), ["small", "middle", "large"], ordered=True)
    year = pandas.Categorical(rng.choice([70, 72, 75, 79, 81], 300))
    codes = np.column_stack([colour.codes, x[:, 1], size.codes, year.codes]).astype(float)
    codes[rng.random(codes.shape) < 0.1] = np.nan
    frame = pandas.DataFrame(
        {
            "colour": pandas.Categorical.from_codes(np.nan_to_num(codes[:, 0], nan=-1).astype(int), colour.categories),
            "weight": codes[:, 1],
            "size": pandas.Categorical.from_codes(np.nan_to_num(codes[:, 2], nan=-1).astype(int), size.categories, ordered=True),
            "year": pandas.Categorical.from_codes(np.nan_to_num(codes[:, 3], nan=-1).astype(int), year.categories),
        }
    )
    y = 3 + (codes[:, 0] == 2) + (codes[:, 2] > 0) * np.isin(codes[:, 3], [0, 1, 4]) + 0.1 * rng.normal(size=300)
    save("pandas", {"objective": "regression", **params}, frame, y, examples=codes[:40])


if __name__ == "__main__":
    written() if sys.argv[1:] == ["written"] else main()
