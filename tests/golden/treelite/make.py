"""What treelite makes of the checkpoints of this folder.

    SECATEUR_WRITE_GOLDEN=1 cargo test -p secateur-formats --lib treelite
    pip install treelite==4.8.1 numpy && python make.py

FORMAT.NAME.tl is the golden model NAME of the folder of FORMAT, pruned, as secateur writes it for treelite;
FORMAT.NAME.single.tl the same in single precision. The file with the ending csv has one row per example: the features
(an empty cell is NaN), then treelite's predictions, then the leaf of each tree. Every number round-trips.
"""

import pathlib

import numpy as np
import treelite

HERE = pathlib.Path(__file__).parent
ROWS = 16


def cell(value):
    return "" if np.isnan(value) else repr(float(value))


def main():
    for path in sorted(HERE.glob("*.tl")):
        model = treelite.Model.deserialize(path)
        source, name = path.name.split(".")[:2]
        lines = (HERE.parent / source / f"{name}.csv").read_text().splitlines()[:ROWS]
        cells = [line.split(",")[: model.num_feature] for line in lines]
        rows = np.array([[float(cell or "nan") for cell in row] for row in cells])
        x = rows.astype(np.float32) if path.name.endswith(".single.tl") else rows
        answers = treelite.gtil.predict(model, x).reshape(len(x), -1)
        leaves = treelite.gtil.predict_leaf(model, x)
        both = zip(rows, answers, leaves)
        path.with_suffix(".csv").write_text("\n".join(",".join(map(cell, np.concatenate(row))) for row in both) + "\n")


if __name__ == "__main__":
    main()
