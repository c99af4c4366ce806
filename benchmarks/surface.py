"""Table 1: the 400-cell table against what a reader would use instead.

The table is the one this book grew from: held-out RMSE of random forests of 50, 100 … 1000
trees and depth 1 … 20. Every way's cells are compared with those of the naive loop.
"""

from collections.abc import Callable
from functools import partial
from statistics import median

import optuna
import pandas as pd
from joblib import Parallel, delayed
from report import before_and_after, cells, compared, markdown, measure, middle
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import GridSearchCV, PredefinedSplit

from sweeplib import forest_surface, load_split, run_model

DEPTHS = list(range(1, 21))

SECTION = """\
## 1. The {cells}-cell table

Held-out RMSE of random forests of {sizes} trees and depth 1 … 20, seed 42, on the
book's split: {cells} cells. `forest_surface` gives every number of trees from 1 up, {all_cells}
cells, and is timed doing so. The slow ways ran once, the fast ones before and after each of them.

{table}

`exact=False` reads one deep forest at every depth. Its cells are another draw from the same
distribution: hence their difference.
"""


def sizes_of(quick: bool) -> list[int]:
    """The numbers of trees in the table."""
    return list(range(5, 26, 5) if quick else range(50, 1001, 50))


def grid(sizes: list[int]) -> list[tuple[int, int]]:
    """Every cell of the table."""
    return [(n, d) for n in sizes for d in DEPTHS]


def rmse(split, n: int, d: int) -> float:
    """One cell, without the forest: a worker need not send that back."""
    return run_model(*split, n, d).rmse


def naive_loop(split, sizes: list[int]) -> pd.Series:
    """One fit a cell."""
    return cells({cell: rmse(split, *cell) for cell in grid(sizes)})


def joblib_loop(split, sizes: list[int]) -> pd.Series:
    """The naive loop, spread over two processes."""
    scores = Parallel(n_jobs=2)(delayed(rmse)(split, *cell) for cell in grid(sizes))
    return cells(dict(zip(grid(sizes), scores, strict=True)))


def grid_search_cv(split, sizes: list[int]) -> pd.Series:
    """scikit-learn's grid search, told to score on the held-out rows."""
    X_train, X_test, y_train, y_test = split
    search = GridSearchCV(
        RandomForestRegressor(random_state=42),
        {"n_estimators": sizes, "max_depth": DEPTHS},
        scoring="neg_root_mean_squared_error",
        cv=PredefinedSplit([-1] * len(X_train) + [0] * len(X_test)),
        refit=False,
        n_jobs=2,
    )
    return searched(search, pd.concat([X_train, X_test]), pd.concat([y_train, y_test]))


def searched(search: GridSearchCV, X, y) -> pd.Series:
    """The cells a grid search found."""
    found = search.fit(X, y).cv_results_
    scores = zip(found["params"], found["mean_test_score"], strict=True)
    return cells({(s["n_estimators"], s["max_depth"]): -score for s, score in scores})


def optuna_grid(split, sizes: list[int]) -> pd.Series:
    """Optuna's grid sampler over the naive fit."""

    def objective(trial):
        n = trial.suggest_categorical("n_estimators", sizes)
        return rmse(split, n, trial.suggest_categorical("max_depth", DEPTHS))

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = {"n_estimators": sizes, "max_depth": DEPTHS}
    study = optuna.create_study(sampler=optuna.samplers.GridSampler(space, seed=42))
    study.optimize(objective, n_trials=len(grid(sizes)))
    return cells({(t.params["n_estimators"], t.params["max_depth"]): t.value for t in study.trials})


def ours(split, sizes: list[int], **options) -> pd.Series:
    """Every number of trees from 1 up, not the listed sizes alone."""
    return forest_surface(*split, max(sizes), DEPTHS, **options).stack()


def largest_forest(split, sizes: list[int]) -> None:
    """The least that any way must do: grow the largest forest."""
    X_train, _, y_train, _ = split
    RandomForestRegressor(max(sizes), max_depth=max(DEPTHS), random_state=42).fit(X_train, y_train)


NAIVE = "naive loop, one fit a cell"
SLOW: dict[str, Callable] = {
    NAIVE: naive_loop,
    "the same, `joblib.Parallel`, 2 processes": joblib_loop,
    "`GridSearchCV`, 2 processes": grid_search_cv,
    "Optuna, `GridSampler`": optuna_grid,
}
FAST: dict[str, Callable] = {
    "`forest_surface`, 1 process": partial(ours, n_jobs=1),
    "`forest_surface`, 2 processes": partial(ours, n_jobs=2),
    "`forest_surface(exact=False)`, 1 thread": partial(ours, exact=False, n_jobs=1),
    "`forest_surface(exact=False)`, 2 threads": partial(ours, exact=False, n_jobs=2),
    "floor: grow the largest forest once": largest_forest,
}


def section(quick: bool) -> str:
    """Measure, and say so."""
    sizes = sizes_of(quick)
    seconds, found = measure(SLOW | FAST, before_and_after(SLOW, FAST), load_split(), sizes)
    rows = [
        {
            "way": name,
            "seconds": middle(times),
            "times as fast": f"{median(seconds[NAIVE]) / median(times):.3g}",
            **compared(found[name], found[NAIVE]),
        }
        for name, times in seconds.items()
    ]
    return SECTION.format(
        cells=len(grid(sizes)),
        sizes=f"{sizes[0]}, {sizes[1]} … {sizes[-1]}",
        all_cells=f"{sizes[-1]} × {len(DEPTHS)}",
        table=markdown(rows),
    )
