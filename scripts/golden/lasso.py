#!/usr/bin/python3
"""Makes the golden values of the mu-lasso: python3 scripts/golden/lasso.py

Needs scikit-learn and PyTorch (Debian: python3-sklearn, python3-torch). Writes tests/golden/lasso.json. Scikit-learn's least angle regression solves
the form with a penalty, min 1/(2n) |A w - l|^2 + alpha |w|_1, exactly; its answer is that of the bound mu = |w|_1. Stored are mu, the least objective
and A w, which are unique; w need not be.
"""

import json
import os

import numpy
from sklearn.linear_model import LassoLars

from common import FOLDER, fill

# images, features, columns that are copies of column 0, columns of zeros
SHAPES = {"tall": (20, 8, 0, 0), "wide": (12, 30, 0, 0), "copies and zeros": (15, 10, 2, 2), "many": (60, 40, 0, 0)}
ALPHAS = (0.02, 0.005, 0.0005)


def data(name, images, features, copies, zeros):
    a = (fill(f"lasso {name}/a", [images, features]).numpy() + 1) / 2
    for k in range(copies):
        a[:, 1 + k] = a[:, 0]
    for k in range(zeros):
        a[:, features - 1 - k] = 0
    return a, (fill(f"lasso {name}/l", [images]).numpy() > 0.3).astype(float)


def main():
    cases = []
    for name, shape in SHAPES.items():
        a, labels = data(name, *shape)
        for alpha in ALPHAS:
            w = LassoLars(alpha=alpha, fit_intercept=False, max_iter=10000, eps=1e-15).fit(a, labels).coef_
            residual = a @ w - labels
            # The conditions of Karush, Kuhn and Tucker: scikit-learn's answer is only stored where it is one.
            slope = a.T @ residual
            gap = slope @ w + numpy.abs(w).sum() * numpy.abs(slope).max()
            assert gap < 1e-9, (name, alpha, gap)
            keys = ("images", "features", "copies", "zeros")
            values = {"mu": numpy.abs(w).sum(), "objective": residual @ residual / 2, "fit": (a @ w).tolist()}
            cases.append({"name": name, **dict(zip(keys, shape)), **values})
    with open(os.path.join(FOLDER, "lasso.json"), "w") as out:
        out.write("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
    print(f"lasso.json: {len(cases)} cases")


if __name__ == "__main__":
    main()
