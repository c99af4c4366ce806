"""The one loop that runs every strategy on every objective."""

import inspect
import math
import os
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import nullcontext

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, parallel_config
from sklearn.metrics import get_scorer_names
from tqdm import tqdm

from .journal import Journal, identity, refuse_what_json_cannot_hold
from .strategies import AWFUL

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
    journal: str | os.PathLike | None = None,
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
        Worker processes, as joblib counts them. Settings and scores do not depend on it, nor on
        the backend: ``with joblib.parallel_config(backend="dask"):`` around the call runs the
        same sweep on a Dask cluster.
    journal : path, optional
        Keep each finished trial as a line of this file, on the disk before the next is
        counted. Run the same call again after Ctrl-C, a kill or a reboot, and only what is
        missing is computed: the strategy is asked afresh, and answered from the file. The
        budget is the total, and a larger one goes on. Another objective (its code, its data,
        what it reads), strategy, seed or direction is refused.
        With ``on_error="raise"`` a failed trial is tried again.
    on_error : "raise" or "record"
        What to do when a trial raises, or its loss is missing, NaN or infinite. "raise"
        stops and names the setting; "record" keeps the row with the error's text and NaN
        scores, and tells the strategy the worst loss seen so far (1e300 if none is known yet).
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
        If a trial fails and ``on_error="raise"``; the setting is named. Or if another sweep
        is writing the journal.
    OSError
        If the journal cannot be written.

    Notes
    -----
    Whatever stops a sweep, Ctrl-C too, carries the table of the trials that were finished as
    its attribute ``results``. In a notebook, ``sys.last_value.results`` has it.

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
    _check_arguments(objective, strategy, budget, minimize, on_error)
    parts = journal and identity(objective, strategy, minimize)  # before the strategy starts
    batch = _first_batch(objective, strategy)
    if journal:
        list(map(refuse_what_json_cannot_hold, batch))
    hyperparameters = list(batch[0]) if batch else []
    trials, start, lowest, worst = {}, time.time(), math.inf, -math.inf
    # Standard output, not error: a progress bar is nothing to be alarmed by.
    bar = tqdm(total=budget, disable=not progress, unit=" trials", file=sys.stdout)
    try:
        with (
            Journal(journal, parts) if journal else nullcontext() as log,
            # One at a time: joblib would group quick trials, and a kill cost the whole group.
            Parallel(n_jobs=n_jobs, batch_size=1, return_as="generator_unordered") as parallel,
            bar,
        ):
            start = log.began if log else start
            while batch:
                batch = batch[: None if budget is None else budget - len(trials)]
                asked = range(len(trials), len(trials) + len(batch))
                bar.total = budget or asked.stop
                for trial in _answered(log, parallel, objective, minimize, on_error, asked, batch):
                    if trial["error"] and on_error == "raise":
                        raise RuntimeError(
                            f"trial {trial['trial']} failed at {trial['setting']}: {trial['error']}"
                        )
                    trials[trial["trial"]] = trial
                    lowest = min(lowest, trial["scores"].get(minimize, math.inf))
                    bar.set_postfix_str(f"best {minimize} {lowest:.5g}", refresh=False)
                    bar.update()
                losses = [trials[number]["scores"].get(minimize) for number in asked]
                worst = max([worst, *(loss for loss in losses if loss is not None)])
                if len(trials) == budget:
                    break
                failed = worst if worst > -math.inf else AWFUL
                batch = _next(strategy, [failed if loss is None else loss for loss in losses])
                if journal:
                    list(map(refuse_what_json_cannot_hold, batch))
        notes = inspect.getgeneratorlocals(strategy).get("notes", {})
    except BaseException as error:  # Ctrl-C too: what was finished is not lost
        error.results = _table(trials, hyperparameters, minimize, start)
        raise
    finally:
        strategy.close()
    results = _table(trials, hyperparameters, minimize, start)
    results.attrs |= notes
    return results


def _answered(log, parallel, objective, minimize, on_error, asked, batch):
    """The trials of a batch: those that the journal has, then the others as they finish."""
    missing = []
    for number, setting in zip(asked, batch, strict=True):
        known = log.finished.get(number) if log else None
        if known and known["setting"] != setting:
            raise ValueError(
                f"journal: trial {number} was {known['setting']}, the strategy now asks {setting}"
            )
        if known and (on_error == "record" or not known["error"]):
            yield known
        else:
            missing.append(delayed(_run)(objective, number, setting, minimize))
    for trial in parallel(missing):
        if log and (on_error == "record" or not trial["error"]):
            log.write(trial)
        yield trial


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


def _run(objective, number, setting, minimize) -> dict:
    """One trial; its scores are empty where there is an error."""
    began, clock = time.time(), time.perf_counter()
    try:
        # On a cluster a model's own n_jobs=None would mean every core of the worker, and a
        # forest's trees would be added up in the order they happen to finish.
        with parallel_config(backend="threading", n_jobs=1):
            scores, error = objective(**setting), ""
        if not isinstance(scores, Mapping):
            error = f"the objective returned {scores!r}, not a dict of score → number"
        elif minimize not in scores:
            error = f"no score {minimize!r} among {list(scores)}"
        elif not np.isfinite(scores[minimize]):
            error = f"{minimize} is {scores[minimize]}"
        elif clash := set(scores) & {*setting, *COLUMNS}:
            error = f"scores {sorted(clash)} clash with columns of the results"
        else:
            scores = {name: _python(value) for name, value in scores.items()}
    except Exception as exception:
        error = f"{type(exception).__name__}: {exception}"
    seconds, worker = time.perf_counter() - clock, os.getpid()
    return {
        "trial": number, "setting": dict(setting), "scores": {} if error else scores,
        "started": began, "seconds": seconds, "worker": worker, "error": error,
    }  # fmt: skip


def _python(value):
    """A number in Python's own type, not numpy's."""
    return value.item() if isinstance(value, np.generic) else value


def _check_arguments(objective, strategy, budget, minimize, on_error) -> None:
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


def _first_batch(objective, strategy) -> list[dict]:
    """The first batch of settings, checked."""
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


def _table(trials, hyperparameters, minimize, start) -> pd.DataFrame:
    """The trials as rows in the order asked, with ``error`` and the times last."""
    rows = [
        {**trial, **trial["setting"], **trial["scores"], "started": trial["started"] - start}
        for _, trial in sorted(trials.items())
    ]
    names = dict.fromkeys([*hyperparameters, *(n for t in trials.values() for n in t["scores"])])
    names = ["trial", *dict.fromkeys([*names, minimize]), *COLUMNS[1:]]
    results = pd.DataFrame(rows, columns=names)
    for name in hyperparameters:
        values = [row.get(name) for row in rows]
        if len(set(map(type, values))) > 1:  # pandas would make None NaN, and 1 beside 0.5 a 1.0
            results[name] = pd.Series(values, dtype=object)
    results.attrs["minimize"] = minimize
    return results
