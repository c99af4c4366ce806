"""Table 3: what a loop costs a trial, when the trial itself costs nothing."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import optuna
import skopt
from report import HERE, markdown, measure, middle
from scipy.stats import uniform
from sklearn.base import BaseEstimator
from sklearn.model_selection import PredefinedSplit, RandomizedSearchCV
from skopt.space import Real

from sweeplib import random_search, sweep

SPACE = {"x": Real(0, 2)}
ROUNDS = 3

SECTION = """\
## 3. The loop's own cost

Random search over one `Real` hyperparameter, {trials:,} trials, each over at once ((x − 1)², no
model). One process, no progress bar, no log. All ways took turns, {rounds} rounds. A journal's
line is on the disk before the next trial is counted; its floor writes as many lines of that
length so.

{table}

`RandomizedSearchCV` clones, fits and scores a dummy estimator on one split. skopt's `Optimizer`
stays in its random phase: `dummy_minimize` fails on these versions.
"""


def bowl(x: float) -> dict[str, float]:
    return {"loss": (x - 1) ** 2}


class Instant(BaseEstimator):
    """An estimator with nothing to do."""

    def __init__(self, x=0.0):
        self.x = x

    def fit(self, X, y=None):
        return self

    def score(self, X, y=None) -> float:
        return -bowl(self.x)["loss"]


def plain(trials: int) -> int:
    """The floor: draw, call, keep."""
    rng = np.random.default_rng(0)
    return len([(x := rng.uniform(0, 2), bowl(x)) for _ in range(trials)])


def ours(trials: int, journal: Path | None = None) -> int:
    search = random_search(SPACE, seed=0)
    return len(sweep(bowl, search, trials, minimize="loss", journal=journal, progress=False))


def with_journal(trials: int) -> int:
    with TemporaryDirectory(dir=HERE) as folder:  # /tmp may be memory
        return ours(trials, Path(folder) / "journal.jsonl")


def synced_lines(trials: int) -> int:
    """The journal's floor: a line of its length, on the disk before the next."""
    with TemporaryDirectory(dir=HERE) as folder, open(f"{folder}/lines", "wb", 0) as file:
        for _ in range(trials):
            file.write(b"x" * 210 + b"\n")
            os.fsync(file.fileno())
    return trials


def randomized_search_cv(trials: int) -> int:
    search = RandomizedSearchCV(
        Instant(),
        {"x": uniform(0, 2)},
        n_iter=trials,
        cv=PredefinedSplit([-1, 0]),
        refit=False,
        random_state=0,
    ).fit(np.zeros((2, 1)))
    return len(search.cv_results_["params"])


def optuna_random(trials: int) -> int:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(lambda trial: bowl(trial.suggest_float("x", 0, 2))["loss"], n_trials=trials)
    return len(study.trials)


def skopt_random(trials: int) -> int:
    optimizer = skopt.Optimizer([SPACE["x"]], n_initial_points=trials + 1, random_state=0)
    for _ in range(trials):
        x = optimizer.ask()
        optimizer.tell(x, bowl(*x)["loss"])
    return len(optimizer.yi)


WAYS: dict[str, Callable] = {
    "`sweep` + `random_search`": ours,
    "the same with a journal": with_journal,
    "`RandomizedSearchCV`": randomized_search_cv,
    "Optuna, `RandomSampler`, study in memory": optuna_random,
    "skopt, `Optimizer.ask` and `tell`": skopt_random,
    "floor: a plain loop": plain,
    "floor of the journal: write and fsync": synced_lines,
}


def section(quick: bool) -> str:
    """Measure, and say so."""
    trials = 1_000 if quick else 10_000
    seconds, ran = measure(WAYS, list(WAYS) * ROUNDS, trials)
    if set(ran.values()) != {trials}:
        raise RuntimeError(f"asked for {trials} trials, ran {ran}")
    rows = [
        {"way": name, "ms a trial": middle([1000 * s / trials for s in times], ".3g")}
        for name, times in seconds.items()
    ]
    return SECTION.format(trials=trials, rounds=ROUNDS, table=markdown(rows))
