"""Table 4: what a sweep holds in memory, and what keeping its forests would."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median

import psutil
from loop import SPACE, bowl
from report import markdown, middle, say
from sklearn.ensemble import RandomForestRegressor
from surface import DEPTHS, grid, sizes_of

from sweeplib import Holdout, grid_search, load_split, random_search, sweep

SWEEP, KEEP = "`sweep`, forests let go", "the same, every forest kept"

SECTION = """\
## 4. Memory

{trials} trials, one process: forests of {trees} trees, depth 1 … 20, {seeds} seeds. Growth of the
process's resident memory (RSS) since before the sweep, in a fresh process each time, after two
trials to load what loads late; its peak is read with each forest still alive. The last row is the
one above times {scale:.3g}: as many trees as the forests of table 1's {cells} cells have.

{growth}

The table `sweep` returns, one hyperparameter and one score (`DataFrame.memory_usage(deep=True)`):

{table}
"""


class Watched(Holdout):
    """Reads the process's memory while the forest is alive, and keeps the forest if told."""

    def __init__(self, trees: int, keep: bool):
        super().__init__(RandomForestRegressor(trees), *load_split())
        self.keep, self.kept, self.peak = keep, [], 0

    def __call__(self, **setting) -> dict[str, float]:
        model = RandomForestRegressor(self.estimator.n_estimators, **setting)
        model.fit(self.X_train, self.y_train)
        self.peak = max(self.peak, resident())
        if self.keep:
            self.kept.append(model)
        return {"rmse": self.scorers["rmse"](model, self.X_test, self.y_test)}


def resident() -> float:
    """MB of the process in memory."""
    return psutil.Process().memory_info().rss / 1e6


def growth(trees: int, seeds: int, keep: bool) -> tuple[float, float]:
    """MB by which this process grew: at its peak, and after the sweep."""
    settings = {"max_depth": DEPTHS, "random_state": list(range(seeds))}
    sweep(Watched(trees, False), grid_search(settings), 2, progress=False)
    objective, before = Watched(trees, keep), resident()
    results = sweep(objective, grid_search(settings), progress=False)
    after = resident()
    assert len(results) == len(DEPTHS) * seeds
    return objective.peak - before, after - before


def in_fresh_process(*arguments) -> tuple[float, float]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        grew = pool.submit(growth, *arguments).result()
    say(f"{arguments}: {grew[0]:.1f} MB at the peak, {grew[1]:.1f} MB after")
    return grew


def rows_of_growth(trees: int, seeds: int, rounds: int, scale: float) -> list[dict]:
    """Both ways in turns, and the kept forests scaled to those of table 1."""
    grew = {SWEEP: [], KEEP: []}
    for _ in range(rounds):
        for name, runs in grew.items():
            runs.append(in_fresh_process(trees, seeds, name == KEEP))
    rows = [
        {"way": name, **{c: middle([r[i] for r in runs], ".1f") for i, c in enumerate(COLUMNS)}}
        for name, runs in grew.items()
    ]
    scaled = [f"{scale * median(r[i] for r in grew[KEEP]):.0f}" for i in (0, 1)]
    return [*rows, {"way": "scaled to table 1", **dict(zip(COLUMNS, scaled, strict=True))}]


COLUMNS = ["MB at the peak", "MB after"]


def bytes_a_row(trials: int) -> dict:
    """The size of the table after instant trials."""
    search = random_search(SPACE, seed=0)
    results = sweep(bowl, search, trials, minimize="loss", progress=False)
    size = results.memory_usage(deep=True).sum()
    return {
        "trials": f"{trials:,}",
        "bytes a row": f"{size / trials:.1f}",
        "kB": f"{size / 1e3:.0f}",
    }


def section(quick: bool) -> str:
    """Measure, and say so."""
    trees, seeds, rounds = (5, 2, 1) if quick else (20, 20, 3)
    table_1 = grid(sizes_of(quick))
    scale = sum(n for n, _ in table_1) / (trees * seeds * len(DEPTHS))
    return SECTION.format(
        trials=seeds * len(DEPTHS),
        trees=trees,
        seeds=seeds,
        scale=scale,
        cells=len(table_1),
        growth=markdown(rows_of_growth(trees, seeds, rounds, scale)),
        table=markdown([bytes_a_row(trials) for trials in (1_000, 10_000)]),
    )
