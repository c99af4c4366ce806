"""Sweeps of every kind, each with a journal: run twice, to see which calls are known again.

    python resumed_calls.py folder

prints a line for each sweep: computed, known (nothing was added to the file) or why not.
"""

import functools
import logging
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer, median_absolute_error
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from skopt.space import Categorical, Integer, Real

from sweeplib import (
    CrossValidated,
    Holdout,
    Lookup,
    bayesian_search,
    gradient_descent,
    grid_search,
    load_split,
    random_search,
    sobol_search,
    sweep,
)

SPLIT = load_split()
TABLE = pd.DataFrame({"x": [0.5, 1.0], "name": ["né", "b"], "kind": pd.Categorical(["u", "v"])})
NAMES, FROZEN = {"alpha", "beta", "gamma", "delta"}, frozenset({"one", "two", "three", "four"})
LOG = logging.getLogger("sweeps")
RNG = np.random.default_rng(0)


def reads_a_table(x):
    return {"loss": (x - TABLE["x"].mean()) ** 2}


def reads_sets(x):
    return {"loss": x + len(NAMES) + len(FROZEN)}


def reads_a_logger(x):
    LOG.debug("x = %s", x)
    return {"loss": x + math.pi * float(RNG is None)}


def clipped(X):
    return X.clip(-0.05, 0.05)


def median(y, predicted):
    return median_absolute_error(y, predicted)


def shifted(by, x):
    return {"loss": abs(x - by)}


def closed_over(by):
    def inner(x):
        return {"loss": abs(x - by)}

    return inner


class Bowl:
    def __init__(self, centre):
        self.centre = centre

    def loss(self, x):
        return {"loss": abs(x - self.centre)}

    __call__ = loss


class Deep(Bowl):
    def __call__(self, x):
        return super().__call__(x)


surface = pd.DataFrame([[3.0, 4.0]], index=pd.Index([10], name="n"))
surface.columns = pd.Index([1, 2], name="depth")
X, y = np.vstack(SPLIT[:2]), np.concatenate(SPLIT[2:])
pipeline = make_pipeline(FunctionTransformer(clipped), Ridge())
unit, alpha = {"x": Real(0, 1)}, {"alpha": Real(0.01, 1, prior="log-uniform")}
mixed = {"x": Real(0, 1), "k": Integer(1, 3), "c": Categorical(["é", "b"])}
scoring = {"mine": make_scorer(median, greater_is_better=True), "mae": "neg_mean_absolute_error"}
ridge = {"ridge__alpha": [0.1, 1.0]}

SWEEPS = {
    "Holdout": (Holdout(Ridge(), *SPLIT), random_search(alpha, 0), "rmse"),
    "own scorer": (Holdout(Ridge(), *SPLIT, scoring=scoring), sobol_search(alpha, 0), "mine"),
    "CrossValidated": (
        CrossValidated(Ridge(), X, y, cv=KFold(3, shuffle=True, random_state=0)),
        bayesian_search(alpha, 0, n_initial=2),
        "rmse",
    ),
    "Lookup": (Lookup(surface), grid_search({"n": [10], "depth": [1, 2]}), "rmse"),
    "pipeline": (Holdout(pipeline, *SPLIT), grid_search(ridge), "rmse"),
    "table": (reads_a_table, gradient_descent(unit, 0), "loss"),
    "sets": (reads_sets, random_search(unit, 0), "loss"),
    "logger": (reads_a_logger, random_search(unit, 0), "loss"),
    "lambda": (lambda x: {"loss": x}, random_search(unit, 0), "loss"),
    "bound method": (Bowl(0.5).loss, random_search(unit, 0), "loss"),
    "callable": (Bowl(0.5), random_search(unit, 0), "loss"),
    "subclass": (Deep(0.5), random_search(unit, 0), "loss"),
    "partial": (functools.partial(shifted, 0.5), random_search(unit, 0), "loss"),
    "closure": (closed_over(0.5), random_search(unit, 0), "loss"),
    "mixed": (lambda x, k, c: {"loss": x * k}, bayesian_search(mixed, 0, n_initial=2), "loss"),
}

if __name__ == "__main__":
    for name, (objective, strategy, minimize) in SWEEPS.items():
        journal = Path(sys.argv[1]) / f"{name}.jsonl"
        kept = journal.read_bytes() if journal.exists() else b""
        try:
            sweep(objective, strategy, 4, minimize=minimize, journal=journal, progress=False)
            print(name, "known" if journal.read_bytes() == kept else "computed", sep=": ")
        except ValueError as error:
            print(name, error, sep=": ")
