"""Time the 400-cell table against what a reader would use instead.

python benchmarks/surface.py [--quick | --write]

The table is the one this book grew from: held-out RMSE of random forests of 50, 100 … 1000
trees and depth 1 … 20. All ways to get it run side by side, and every table is compared with
that of the naive loop, cell by cell.
"""

import argparse
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median

import optuna
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import GridSearchCV, PredefinedSplit

from sweeplib import forest_surface, load_split, run_model

DEPTHS = list(range(1, 21))
RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ["numpy", "scipy", "pandas", "scikit-learn", "joblib", "optuna"]

REPORT = """\
# The {cells}-cell table, timed

Made by `make bench` on {today}; not edited by hand.

Held-out RMSE of random forests of {sizes} trees and depth 1 … 20, seed 42, on the
book's split: {cells} cells. `forest_surface` gives every number of trees from 1 up, {all_cells}
cells, and is timed doing so. The slow ways ran once. The fast ones ran before and after each of
them; the median and the range are given. Seconds change with the machine, ratios less so.

{table}

`exact=False` reads one deep forest at every depth. Its cells are another draw from the same
distribution: hence their difference.

{machine}
"""


def naive_loop(split, sizes: list[int]) -> pd.DataFrame:
    """One fit a cell."""
    return table({(n, d): run_model(*split, n, d).rmse for n in sizes for d in DEPTHS})


def grid_search_cv(split, sizes: list[int]) -> pd.DataFrame:
    """scikit-learn's grid search, told to score on the held-out rows."""
    X_train, X_test, y_train, y_test = split
    search = GridSearchCV(
        RandomForestRegressor(random_state=42),
        {"n_estimators": sizes, "max_depth": DEPTHS},
        scoring="neg_root_mean_squared_error",
        cv=PredefinedSplit([-1] * len(X_train) + [0] * len(X_test)),
        refit=False,
        n_jobs=2,
    ).fit(pd.concat([X_train, X_test]), pd.concat([y_train, y_test]))
    scores = zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True)
    return table({(s["n_estimators"], s["max_depth"]): -score for s, score in scores})


def optuna_grid(split, sizes: list[int]) -> pd.DataFrame:
    """Optuna's grid sampler over the naive fit."""

    def objective(trial):
        n = trial.suggest_categorical("n_estimators", sizes)
        return run_model(*split, n, trial.suggest_categorical("max_depth", DEPTHS)).rmse

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    grid = {"n_estimators": sizes, "max_depth": DEPTHS}
    study = optuna.create_study(sampler=optuna.samplers.GridSampler(grid, seed=42))
    study.optimize(objective, n_trials=len(sizes) * len(DEPTHS))
    return table({(t.params["n_estimators"], t.params["max_depth"]): t.value for t in study.trials})


def surface(split, sizes: list[int], **options) -> pd.DataFrame:
    """Every number of trees from 1 up, not the listed sizes alone."""
    return forest_surface(*split, max(sizes), DEPTHS, **options)


def largest_forest(split, sizes: list[int]) -> None:
    """The least that any way must do: grow the largest forest."""
    X_train, _, y_train, _ = split
    RandomForestRegressor(max(sizes), max_depth=max(DEPTHS), random_state=42).fit(X_train, y_train)


SLOW: dict[str, Callable] = {
    "naive loop, one fit a cell": naive_loop,
    "`GridSearchCV`, 2 processes": grid_search_cv,
    "Optuna, `GridSampler`": optuna_grid,
}
FAST: dict[str, Callable] = {
    "`forest_surface`, 1 process": partial(surface, n_jobs=1),
    "`forest_surface`, 2 processes": partial(surface, n_jobs=2),
    "`forest_surface(exact=False)`, 1 thread": partial(surface, exact=False, n_jobs=1),
    "`forest_surface(exact=False)`, 2 threads": partial(surface, exact=False, n_jobs=2),
    "floor: grow the largest forest once": largest_forest,
}
NAIVE = next(iter(SLOW))


def table(cells: dict[tuple[int, int], float]) -> pd.DataFrame:
    """Rows n_estimators, columns max_depth, as forest_surface gives them."""
    return pd.Series(cells).rename_axis(["n_estimators", "max_depth"]).unstack()


def schedule() -> Iterator[str]:
    """The fast ways before and after each slow one, so that a noisy minute hits all alike."""
    yield from FAST
    for name in SLOW:
        yield from (name, *FAST)


def measure(sizes: list[int]) -> tuple[dict[str, list[float]], dict[str, pd.DataFrame]]:
    """Run the schedule: the seconds of each way's runs, and its table."""
    split = load_split()
    seconds, tables = {name: [] for name in SLOW | FAST}, {}
    for name in schedule():
        began = time.perf_counter()
        tables[name] = (SLOW | FAST)[name](split, sizes)
        seconds[name].append(time.perf_counter() - began)
        print(f"{name}: {seconds[name][-1]:.2f} s", file=sys.stderr, flush=True)
    return seconds, tables


def row(name: str, seconds: dict[str, list[float]], tables: dict[str, pd.DataFrame]) -> dict:
    """What the report says of one way."""
    times, naive, own = seconds[name], tables[NAIVE], tables[name]
    took = f"{median(times):.2f}"
    if len(times) > 1:
        took += f" ({min(times):.2f} to {max(times):.2f}, {len(times)} runs)"
    largest, equal = "–", "–"
    if own is not None:
        difference = (own.loc[naive.index] - naive).abs().to_numpy().max()
        largest, equal = f"{difference:.2g}", "yes" if difference == 0 else "no"
    return {
        "way": name,
        "seconds": took,
        "times as fast": f"{median(seconds[NAIVE]) / median(times):.3g}",
        "largest difference in RMSE": largest,
        "all cells equal": equal,
    }


def markdown(rows: list[dict]) -> str:
    """Dicts with the same keys as a Markdown table."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(r.values() for r in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Processor, cores, system and versions, in one line each."""
    cpuinfo = Path("/proc/cpuinfo")  # Linux; elsewhere Python knows
    model = cpuinfo.exists() and re.search(r"model name\s*: (.*)", cpuinfo.read_text())
    processor = model[1] if model else platform.processor()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"* {processor}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}\n"
        f"* Python {platform.python_version()}, {packages}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--quick", action="store_true", help="small forests: a trial in seconds")
    either.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    arguments = parser.parse_args()

    sizes = list(range(5, 51, 5) if arguments.quick else range(50, 1001, 50))
    seconds, tables = measure(sizes)
    report = REPORT.format(
        cells=len(sizes) * len(DEPTHS),
        sizes=f"{sizes[0]}, {sizes[1]} … {sizes[-1]}",
        all_cells=f"{sizes[-1]} × {len(DEPTHS)}",
        table=markdown([row(name, seconds, tables) for name in SLOW | FAST]),
        machine=machine(),
        today=date.today().isoformat(),
    )
    print(report)
    if arguments.write:
        RESULTS.write_text(report, encoding="utf8")


if __name__ == "__main__":
    main()
