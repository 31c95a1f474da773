"""Models of at least 100 trees on real data, and what XGBoost makes of what secateur writes of them.

    python real.py make DATA FOLDER
    SECATEUR_XGBOOST_REAL=FOLDER cargo test -p secateur-formats --lib xgboost::tests::real -- --nocapture
    python real.py check FOLDER

DATA has tabular/, paper/ and letor/ with adult, California housing, Covertype and MQ2008. `make` writes NAME.json,
NAME.ubj, and NAME.csv as `make.py` does. The test reads them, prints a table of leaves and margins, and writes
NAME.out.json, NAME.out.ubj, and NAME.pruned.ubj with its own scores in NAME.pruned.csv. `check` loads these. Files are
compared number by number in JSON, and byte by byte in UBJSON.
"""

import io
import json
import lzma
import pathlib
import sys
import warnings

import numpy as np
import pandas as pd
import xgboost

import make

ROWS = 1000
FEW = 50
COMMON = {"nthread": 2, "seed": 1, "max_depth": 6, "tree_method": "hist"}


def read(path, **options):
    return pd.read_csv(io.StringIO(lzma.open(path, "rt").read()), **options)


def holes(x, rng):
    return np.where(rng.random(x.shape) < 0.1, np.nan, x)


def adult(data):
    table = read(data / "tabular" / "adult.data.xz", header=None, skipinitialspace=True, na_values="?")
    y = table.pop(14).str.startswith(">").astype(float).to_numpy()
    names = [f"c{column}" for column in table.columns]
    table.columns = names
    kinds = ["q" if table[name].dtype.kind in "if" else "c" for name in names]
    x = np.column_stack([
        table[name].astype(float) if kind == "q" else table[name].astype("category").cat.codes.replace(-1, np.nan)
        for name, kind in zip(names, kinds)
    ])
    return x, y, names, kinds, table


def covertype(data, rng):
    lines = lzma.open(data / "paper" / "covtype_union397050.data.xz", "rt").read().splitlines()
    rows = np.array([np.array(lines[row].split(","), dtype=float) for row in rng.permutation(len(lines))[:20000]])
    return holes(rows[:, :-1], rng), rows[:, -1] - 1


def housing(data, rng):
    table = read(data / "tabular" / "cal_housing.csv.xz", header=None).apply(pd.to_numeric, errors="coerce").dropna()
    return holes(table.to_numpy()[:, :-1], rng), table.to_numpy()[:, -1] / 1e5


def mq2008(data):
    rows, queries = [], []
    for line in lzma.open(data / "letor" / "MQ2008_S1.txt.xz", "rt"):
        words = line.split("#")[0].split()
        queries.append(words[1])
        rows.append([float(words[0])] + [float(word.split(":")[1]) for word in words[2:]])
    table = np.array(rows)
    return table[:, 1:], table[:, 0], pd.factorize(np.array(queries))[0]


def train(folder, name, params, x, y, rounds, **data):
    params = {key: value for key, value in (COMMON | params).items() if value is not None}
    booster = xgboost.train(params, xgboost.DMatrix(x, y, **data), rounds)
    keep(folder, name, booster, x)


def keep(folder, name, booster, x):
    for ending in ["json", "ubj"]:
        booster.save_model(folder / f"{name}.{ending}")
    rows = make.beside(booster, x[:ROWS], np.random.default_rng(5))
    make.score(booster, rows, folder / f"{name}.csv")
    print(name, len(booster.get_dump()), flush=True)


def models(folder_of_data, folder):
    rng = np.random.default_rng(2)
    x, y, names, kinds, table = adult(folder_of_data)
    binary = {"objective": "binary:logistic"}
    train(folder, "adult-hist", binary | {"eta": 0.1}, x, y, 200)
    train(folder, "adult-exact-gamma", binary | {"eta": 0.1, "tree_method": "exact", "gamma": 1.0}, x, y, 100)
    dart = {"booster": "dart", "rate_drop": 0.1, "eta": 0.2}
    train(folder, "adult-dart", binary | dart, x, y, 100)
    stumps = {"max_depth": 1, "eta": 0.5, "lambda": 5.0}
    train(folder, "adult-stumps", binary | stumps, x, y, 150)
    regularised = {"alpha": 2.0, "max_delta_step": 0.5, "eta": 0.1}
    train(folder, "adult-regularised", binary | regularised, x, y, 100)
    # Text categories as a data frame has them, and as codes.
    for column in [name for name, kind in zip(names, kinds) if kind == "c"]:
        table[column] = table[column].astype("category")
    ways = {"partitions": {"max_cat_to_onehot": 1}, "one-hot": {"max_cat_to_onehot": 100}, "cat-dart": dart}
    for name, params in ways.items():
        data = xgboost.DMatrix(table, y, enable_categorical=True)
        keep(folder, f"adult-{name}", xgboost.train(COMMON | binary | {"eta": 0.1} | params, data, 100), x)
    several = {"objective": "multi:softprob", "num_class": 7}
    x, y = covertype(folder_of_data, rng)
    train(folder, "covertype-softprob", several, x, y, 100)
    train(folder, "covertype-dart", several | dart | {"objective": "multi:softmax"}, x, y, 20)
    train(folder, "covertype-vectors", several | {"multi_strategy": "multi_output_tree"}, x, y, 100)
    forest = {"num_parallel_tree": 100, "subsample": 0.63, "colsample_bynode": 0.5, "eta": 1.0, "max_depth": 10}
    train(folder, "covertype-forest", several | forest, x, y, 1)
    x, y = housing(folder_of_data, rng)
    train(folder, "housing-hist", {"eta": 0.05}, x, y, 300)
    train(folder, "housing-approx", {"tree_method": "approx", "eta": 0.1}, x, y, 100)
    train(folder, "housing-lossguide", {"grow_policy": "lossguide", "max_leaves": 64, "max_depth": 0}, x, y, 100)
    train(folder, "housing-dart", dart, x, y, 100)
    train(folder, "housing-forest", forest, x, y, 1)
    train(folder, "housing-absolute", {"objective": "reg:absoluteerror"}, x, y, 100)
    train(folder, "housing-poisson", {"objective": "count:poisson"}, x, y, 100)
    x, y, queries = mq2008(folder_of_data)
    train(folder, "mq2008-ndcg", {"objective": "rank:ndcg"}, x, y, 100, qid=queries)
    train(folder, "mq2008-pairwise", {"objective": "rank:pairwise"}, x, y, 100, qid=queries)


def number(cell):
    return float(cell or "nan")


def check(folder):
    """What was written predicts what was read, to the last bit; what was pruned predicts what secateur says."""
    for path in sorted(folder.glob("*.pruned.ubj")):
        name = path.name.split(".")[0]
        booster = xgboost.Booster(model_file=folder / f"{name}.json")
        n_features = booster.num_features()
        x = np.array([[number(cell) for cell in line.split(",")[:n_features]] for line in open(folder / f"{name}.csv")])
        kinds = booster.feature_types
        options = {"feature_names": booster.feature_names, "feature_types": kinds, "enable_categorical": True}
        rows, few = xgboost.DMatrix(x, **options), xgboost.DMatrix(x[:FEW], **options)
        vectors = "vectors" in name

        def answers(booster):
            scores = [booster.predict(rows), booster.predict(rows, output_margin=True)]
            if vectors:
                return scores
            return scores + [booster.predict(few, pred_contribs=True), booster.get_score(importance_type="gain")]

        result = []
        for ending in ["out.json", "out.ubj"]:
            again = xgboost.Booster(model_file=folder / f"{name}.{ending}")
            same = [
                a == b if isinstance(a, dict) else np.array_equal(a, b, equal_nan=True)
                for a, b in zip(answers(booster), answers(again))
            ]
            same.append(again.feature_names == booster.feature_names and again.feature_types == booster.feature_types)
            if "vectors" not in name:
                frames = [model.trees_to_dataframe() for model in [booster, again]]
                # Deleted nodes are gone, and nodes have other numbers then.
                same.append("gamma" in name or frames[0].equals(frames[1]))
            result.append(all(same))
        wrapper = xgboost.XGBClassifier() if name.startswith(("adult", "covertype")) else xgboost.XGBRegressor()
        wrapper.load_model(folder / f"{name}.out.ubj")
        result.append(bool(np.isfinite(wrapper.predict(x)).all()))
        pruned = xgboost.Booster(model_file=path)
        stored = [[number(cell) for cell in line.split(",")] for line in open(folder / f"{name}.pruned.csv")]
        margins = pruned.predict(rows, output_margin=True).reshape(len(x), -1)
        deviation = np.abs(margins - np.array(stored)).max()
        contributions = 0.0
        if "vectors" not in name:
            sums = pruned.predict(few, pred_contribs=True).reshape(FEW, -1, n_features + 1).sum(axis=2)
            contributions = np.abs(sums - margins[:FEW]).max()
        # Of two shortest numbers at the same distance, the library may write the other.
        files = [open(folder / f"{name}.{ending}") for ending in ["out.json", "json"]]
        file_same = len({str(json.load(file, parse_float=np.float32)) for file in files}) == 1
        binary_same = (folder / f"{name}.out.ubj").read_bytes() == (folder / f"{name}.ubj").read_bytes()
        print(
            f"{name:22} out equal {result}, files the same {file_same} {binary_same}, pruned {deviation:.1e}, "
            f"contributions {contributions:.1e}", flush=True
        )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1] == "make":
        models(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    else:
        check(pathlib.Path(sys.argv[2]))
