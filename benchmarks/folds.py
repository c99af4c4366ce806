"""Table 2: the same cells by 5-fold cross-validation."""

from functools import partial
from statistics import median

import numpy as np
import pandas as pd
from report import before_and_after, cells, compared, markdown, measure, middle
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from surface import DEPTHS, grid, searched, sizes_of

from sweeplib import forest_surface, load_split

FOLDS = KFold(5)  # what cv=5 means for a regressor
RMSE = "neg_root_mean_squared_error"

SECTION = """\
## 2. The same cells, 5-fold cross-validated

Mean RMSE over the 5 folds (`cv=5`) of the {rows} training rows, for the {cells} cells of table 1.
The first two ways ran on a random sample of {sampled} cells, two of each number of trees{depths}.
Their seconds for all cells are the seconds of the sample times {scale:.3g}, the ratio of the
numbers of trees grown. Ours grew all, and the largest difference is over the sampled cells.

{table}
"""


def sample(sizes: list[int]) -> list[tuple[int, int]]:
    """Two cells of each number of trees; with as many sizes as depths, two of each depth too."""
    order = np.random.default_rng(42).permutation(DEPTHS)
    return [
        (n, int(d))
        for shift in (0, len(DEPTHS) // 2)
        for n, d in zip(sizes, np.roll(order, shift), strict=False)
    ]


def naive_loop(X, y, sizes: list[int]) -> pd.Series:
    """One cross-validation a cell of the sample."""

    def mean_rmse(n, d):
        model = RandomForestRegressor(n, max_depth=d, random_state=42)
        return -cross_validate(model, X, y, cv=FOLDS, scoring=RMSE)["test_score"].mean()

    return cells({cell: mean_rmse(*cell) for cell in sample(sizes)})


def grid_search_cv(X, y, sizes: list[int]) -> pd.Series:
    """scikit-learn's grid search over the cells of the sample."""
    chosen = [{"n_estimators": [n], "max_depth": [d]} for n, d in sample(sizes)]
    model = RandomForestRegressor(random_state=42)
    search = GridSearchCV(model, chosen, scoring=RMSE, cv=FOLDS, refit=False, n_jobs=2)
    return searched(search, X, y)


def ours(X, y, sizes: list[int], **options) -> pd.Series:
    """The mean of a surface a fold, over every cell."""
    surfaces = (
        forest_surface(X.iloc[a], X.iloc[b], y.iloc[a], y.iloc[b], max(sizes), DEPTHS, **options)
        for a, b in FOLDS.split(X)
    )
    return (sum(surfaces) / FOLDS.get_n_splits()).stack()


NAIVE = "naive loop, `cross_validate` a cell"
SLOW = {NAIVE: naive_loop, "`GridSearchCV`, 2 processes": grid_search_cv}
FAST = {
    "`forest_surface` a fold, 1 process": partial(ours, n_jobs=1),
    "`forest_surface` a fold, 2 processes": partial(ours, n_jobs=2),
    "`forest_surface(exact=False)` a fold, 1 thread": partial(ours, exact=False, n_jobs=1),
}


def section(quick: bool) -> str:
    """Measure, and say so."""
    sizes, (X, _, y, _) = sizes_of(quick), load_split()
    seconds, found = measure(SLOW | FAST, before_and_after(SLOW, FAST), X, y, sizes)
    scale = sum(n for n, _ in grid(sizes)) / sum(n for n, _ in sample(sizes))
    whole = {n: [t * scale for t in s] if n in SLOW else s for n, s in seconds.items()}
    rows = [
        {
            "way": name,
            "cells run": len(found[name]),
            "seconds": middle(seconds[name]),
            f"seconds, {len(grid(sizes))} cells": f"{median(times):.2f}",
            "times as fast": f"{median(whole[NAIVE]) / median(times):.3g}",
            **compared(found[name], found[NAIVE]),
        }
        for name, times in whole.items()
    ]
    return SECTION.format(
        rows=len(X),
        cells=len(grid(sizes)),
        sampled=len(sample(sizes)),
        depths=" and two of each depth" if len(sizes) == len(DEPTHS) else "",
        scale=scale,
        table=markdown(rows),
    )
