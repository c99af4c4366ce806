"""The one loop that runs every strategy on every objective."""

import inspect
import math
import os
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.metrics import get_scorer_names
from tqdm import tqdm

# A strategy of your own is taken at its word: leave the budget out if it ends.
ENDLESS = {"random_search", "sobol_search", "bayesian_search", "gradient_descent"}
COLUMNS = ["trial", "started", "seconds", "worker", "error"]


def sweep(
    objective: Callable[..., dict[str, float]],
    strategy: Generator,
    budget: int | None = None,
    *,
    minimize: str = "rmse",
    n_jobs: int = 1,
    on_error: str = "raise",
    progress: bool = True,
) -> pd.DataFrame:
    """Run a strategy on an objective and return one row a trial.

    Parameters
    ----------
    objective : callable
        ``objective(**setting)`` returns a dict of score → number, such as
        :class:`sweeplib.Holdout`, or a function of your own.
    strategy : generator
        Fresh, such as :func:`sweeplib.random_search` returns: it yields lists of settings
        and is sent the list of their losses.
    budget : int, optional
        The most trials to run. May be left out only for a strategy that ends by itself,
        such as a grid. A batch that would overrun it is cut.
    minimize : str
        The score that is the loss. Losses are minimised, without exception: a score where
        more is better, such as "r2", is refused.
    n_jobs : int
        Worker processes, as joblib counts them. The table does not depend on it.
    on_error : "raise" or "record"
        What to do when a trial raises, or its loss is missing, NaN or infinite. "raise"
        stops and names the setting; "record" keeps the row with the error's text and NaN
        scores, and tells the strategy the worst loss seen so far.
    progress : bool
        Show a progress bar with the best loss so far.

    Returns
    -------
    DataFrame
        In the order asked: ``trial`` (0, 1, …), a column for each hyperparameter, one for
        each score, ``started`` and ``seconds`` (both in seconds, the first since the sweep
        began), ``worker`` (process number) and ``error`` (empty where all went well).

    Raises
    ------
    ValueError, TypeError
        Before the first trial, if an argument is unusable; the argument is named.
    RuntimeError
        If a trial fails and ``on_error="raise"``; the setting is named.

    Examples
    --------
    >>> from skopt.space import Real
    >>> from sweeplib import random_search
    >>> def bowl(x):
    ...     return {"loss": (x - 1) ** 2}
    >>> strategy = random_search({"x": Real(0, 2)}, seed=0)
    >>> results = sweep(bowl, strategy, budget=50, minimize="loss", progress=False)
    >>> len(results), round(best(results)["x"], 2)
    (50, 1.04)
    """
    batch = _first_batch(objective, strategy, budget, minimize, on_error)
    hyperparameters = list(batch[0]) if batch else []
    start, rows, lowest, worst = time.time(), [], math.inf, None
    # Standard output, not error: a progress bar is nothing to be alarmed by.
    bar = tqdm(disable=not progress, unit="trial", file=sys.stdout)
    with bar, Parallel(n_jobs=n_jobs, return_as="generator") as parallel:
        while batch:
            batch = batch[: None if budget is None else budget - len(rows)]
            bar.total = budget or len(rows) + len(batch)
            trials = parallel(delayed(_run)(objective, setting, minimize) for setting in batch)
            losses = []
            for setting, (scores, began, seconds, worker, error) in zip(batch, trials, strict=True):
                if error and on_error == "raise":
                    raise RuntimeError(f"trial {len(rows)} failed at {setting}: {error}")
                rows.append(
                    {"trial": len(rows), **setting, **scores, "started": began - start}
                    | {"seconds": seconds, "worker": worker, "error": error}
                )
                losses.append(None if error else scores[minimize])
                if not error:
                    lowest = min(lowest, scores[minimize])
                    worst = scores[minimize] if worst is None else max(worst, scores[minimize])
                bar.set_postfix_str(f"best {minimize} {lowest:.5g}", refresh=False)
                bar.update()
            if len(rows) == budget:
                break
            stand_in = 0.0 if worst is None else worst
            batch = _next(strategy, [stand_in if loss is None else loss for loss in losses])
    strategy.close()
    return _table(rows, hyperparameters, minimize)


def best(results: pd.DataFrame, minimize: str | None = None) -> pd.Series:
    """The trial with the lowest loss; the first of them if several share it.

    Parameters
    ----------
    results : DataFrame
        As :func:`sweep` returns it.
    minimize : str, optional
        The column that is the loss; by default the one the sweep minimised.

    Returns
    -------
    Series
        The row. ``best(results)[list(space)]`` is its setting, ready for
        ``model.set_params(**…)``.

    Raises
    ------
    ValueError
        If the table has no such column, more of it is better, or no trial has a loss.
    """
    minimize = minimize or results.attrs.get("minimize", "rmse")
    _check_loss(minimize)
    if minimize not in results:
        raise ValueError(f"minimize: the table has no column {minimize!r}: {list(results)}")
    if not results[minimize].notna().any():
        raise ValueError(f"results holds no trial with a {minimize}: all failed, or it is empty")
    return results.astype(object).iloc[results[minimize].argmin()]


def _run(objective, setting, minimize):
    """One trial: (scores, start, seconds, worker, error)."""
    began, clock = time.time(), time.perf_counter()
    try:
        scores, error = objective(**setting), ""
        if not isinstance(scores, Mapping):
            error = f"the objective returned {scores!r}, not a dict of score → number"
        elif minimize not in scores:
            error = f"no score {minimize!r} among {list(scores)}"
        elif not np.isfinite(scores[minimize]):
            error = f"{minimize} is {scores[minimize]}"
        elif clash := set(scores) & {*setting, *COLUMNS}:
            error = f"scores {sorted(clash)} clash with columns of the results"
    except Exception as exception:
        error = f"{type(exception).__name__}: {exception}"
    return ({} if error else scores), began, time.perf_counter() - clock, os.getpid(), error


def _first_batch(objective, strategy, budget, minimize, on_error) -> list[dict]:
    """Check every argument; the first batch of settings."""
    if not callable(objective):
        raise TypeError(f"objective must be callable, got {objective!r}")
    if not inspect.isgenerator(strategy):
        raise TypeError(f"strategy must be a generator, such as random_search(…), got {strategy!r}")
    if inspect.getgeneratorstate(strategy) != inspect.GEN_CREATED:
        raise ValueError("strategy was used before: make a new one for each sweep")
    if on_error not in ("raise", "record"):
        raise ValueError(f"on_error must be 'raise' or 'record', got {on_error!r}")
    _check_loss(minimize)
    if minimize not in getattr(objective, "scores", [minimize]):
        raise ValueError(f"minimize: the objective gives {objective.scores}, not {minimize!r}")
    if budget is None and strategy.gi_code.co_name in ENDLESS:
        raise ValueError(f"budget must be given: {strategy.gi_code.co_name} never ends by itself")
    if budget is not None and (
        not isinstance(budget, (int, np.integer)) or isinstance(budget, bool) or budget < 1
    ):
        raise ValueError(f"budget must be a whole number of at least 1, got {budget!r}")
    batch = _next(strategy)
    if not isinstance(batch, Sequence) or not all(isinstance(s, Mapping) for s in batch):
        raise TypeError(f"strategy must yield lists of settings, each a dict, got {batch!r}")
    if batch:
        _check_setting(objective, batch[0])
    return batch


def _check_loss(minimize) -> None:
    if minimize in get_scorer_names():
        raise ValueError(f"minimize: more {minimize!r} is better; name a loss, such as 'rmse'")


def _check_setting(objective, setting) -> None:
    scores = getattr(objective, "scores", [])
    if clash := set(scores) & set(COLUMNS):
        raise ValueError(f"objective: its scores {sorted(clash)} clash with columns of the results")
    taken = set(setting) & {*COLUMNS, *scores}
    if taken:
        raise ValueError(f"space: {sorted(taken)} would clash with columns of the results")
    parameters = getattr(objective, "parameters", None)
    if parameters is not None:
        unknown = set(setting) - set(parameters)
        if unknown:
            raise ValueError(f"space: the objective takes no {sorted(unknown)}")
        return
    try:
        inspect.signature(objective).bind(**setting)
    except TypeError as error:
        raise ValueError(f"space: the objective does not take {setting}: {error}") from None


def _next(strategy, losses=None) -> list[dict]:
    """The strategy's next batch, empty when it has ended."""
    try:
        return strategy.send(losses)
    except StopIteration:
        return []


def _table(rows, hyperparameters, minimize) -> pd.DataFrame:
    """The rows as a DataFrame, with ``error`` and the times last."""
    names = dict.fromkeys([*hyperparameters, *(name for row in rows for name in row), minimize])
    names = ["trial", *(name for name in names if name not in COLUMNS), *COLUMNS[1:]]
    results = pd.DataFrame(rows, columns=names)
    for name in hyperparameters:
        values = [row.get(name) for row in rows]
        if len(set(map(type, values))) > 1:  # pandas would make None NaN, and 1 beside 0.5 a 1.0
            results[name] = pd.Series(values, dtype=object)
    results.attrs["minimize"] = minimize
    return results
