"""Run many searches many times: one seed against one seed proves nothing.

``race`` runs every strategy with every seed, and ``best_so_far`` sums the runs up.
"""

import hashlib
import os
import pickle
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from functools import partial
from itertools import product

import pandas as pd
from joblib import Parallel, delayed, effective_n_jobs

from .checks import is_whole, jobs, path_of
from .identity import identify_objective, identify_strategy
from .journal import Journal
from .loop import Asking, check_strategy, sweep
from .objectives import listed
from .trial import MISSING, column
from .workers import as_here, in_use

# The columns of a race that are no hyperparameter and no further score.
COLUMNS = ("strategy", "seed", "trial", "loss", "best_so_far", "elapsed")


def race(
    strategies: Mapping[str, Callable],
    objective: Callable[..., dict[str, float]],
    budget: int,
    seeds: Iterable[int],
    *,
    minimize: str = "rmse",
    n_jobs: int = 1,
    on_error: str = "raise",
    journal: str | os.PathLike | None = None,
    version: str | None = None,
) -> pd.DataFrame:
    """Run every strategy with every seed on one objective.

    Parameters
    ----------
    strategies : dict of name → callable
        Each is called with a seed and returns a fresh strategy, such as
        ``lambda seed: random_search(space, seed)``. (With the first seed it is called once
        more, for a look at what it asks first; for a journal with every seed.)
    objective, budget, minimize
        As for :func:`sweeplib.sweep`. A strategy that ends by itself may use less.
    seeds : iterable of int
        One run of each strategy for each of them.
    n_jobs : int
        Runs at a time, in worker processes as joblib counts them. Times aside, the table does
        not depend on it.
    on_error : "raise" or "record"
        What to do when a trial fails, as for :func:`sweeplib.sweep`.
    journal : path of a folder, optional
        Each run keeps its journal there, a file named after the strategy and the seed, so that
        the same call goes on where it was. On a cluster all workers must see the folder.
    version : str, optional
        Stands in the journals for what cannot be told by its content, as for
        :func:`sweeplib.sweep`.

    Returns
    -------
    DataFrame
        One row a trial: ``strategy``, ``seed``, ``trial`` (1, 2, …), a column for each
        hyperparameter, ``loss``, ``best_so_far`` (the lowest loss of the run up to then) and
        ``elapsed`` (seconds from the start of the run to the end of the trial, the
        strategy's own time included, and with a journal the pauses too). With
        ``on_error="record"`` also ``error``, empty where all went well.

    Raises
    ------
    ValueError
        If ``strategies``, ``seeds`` or ``journal`` is unusable, or a hyperparameter or a score
        is called as a column of this table. And whatever :func:`sweeplib.sweep` raises, the
        strategy and the seed named.

    Notes
    -----
    Whatever stops a race, Ctrl-C too, carries the table of the runs that were finished as its
    attribute ``results``, with the finished trials of the run that failed. Runs that are under
    way in other workers when a trial fails come to their end first.

    Examples
    --------
    >>> from skopt.space import Real
    >>> from sweeplib import random_search
    >>> def bowl(x):
    ...     return {"loss": (x - 1) ** 2}
    >>> strategies = {"random": lambda seed: random_search({"x": Real(0, 2)}, seed)}
    >>> results = race(strategies, bowl, budget=10, seeds=range(3), minimize="loss")
    >>> list(results)
    ['strategy', 'seed', 'trial', 'x', 'loss', 'best_so_far', 'elapsed']
    """
    runs = _all_runs(strategies, seeds)
    jobs(n_jobs)
    _refuse_clash("objective: its scores", listed(objective, "scores"), minimize)
    for name, strategy in strategies.items():
        _look_at_first_batch(name, strategy, runs[0][1], budget)
    kept = _journals(journal, runs, strategies, objective, minimize, version)
    options = {"minimize": minimize, "on_error": on_error, "progress": False}
    finished, failures = {}, {}

    def calls():
        for place, (name, seed) in enumerate(runs):
            if failures:  # the runs under way come to their end, no other begins
                return
            run = place, name, seed, strategies[name], objective, budget
            yield call(*run, options | kept[place])

    elsewhere = effective_n_jobs(n_jobs) > 1
    call = delayed(as_here(_run) if elsewhere else _run)
    try:
        parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
        with in_use(parallel, elsewhere), closing(parallel(calls())) as tables:
            for place, run, error in tables:
                finished[place] = run
                failures |= {} if error is None else {place: error}
        if failures:
            raise failures[min(failures)]
    except BaseException as error:  # Ctrl-C too: what was finished is not lost
        with suppress(AttributeError, TypeError):  # of an error that takes no attribute
            error.results = _joined(finished)
        raise
    return _joined(finished)


def _all_runs(strategies, seeds) -> list[tuple]:
    """Each strategy's name with each seed."""
    if not isinstance(strategies, Mapping) or not strategies:
        raise ValueError("strategies must be a dict of name → callable, with at least one")
    for name, strategy in strategies.items():
        if not callable(strategy):
            raise ValueError(f"strategies: {name!r} must be a callable that takes a seed")
    try:
        seeds = list(seeds)
        twice = len(set(seeds)) < len(seeds)
    except TypeError as error:
        raise ValueError(f"seeds must be whole numbers, such as range(20): {error}") from None
    if not seeds or twice:
        raise ValueError(f"seeds must be at least one, none of them twice, got {seeds}")
    if odd := [part for part in (*strategies, *seeds) if not pd.api.types.is_scalar(part)]:
        raise ValueError(f"strategies and seeds must be texts or numbers, got {odd[0]!r}")
    return list(product(strategies, seeds))


def _journals(journal, runs, strategies, objective, minimize, version) -> list[dict]:
    """For each run its journal, if there are any, as an argument of sweep. Which sweep it is, is
    told here: what comes to a worker has lost where its code is from."""
    if journal is None:
        return [{}] * len(runs)
    folder = path_of("folder", "journal", journal)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"journal must be a folder, one file a run, but {folder} is a file")
    for name, seed in runs:
        if not isinstance(name, str) or not (is_whole(seed) or isinstance(seed, str)):
            raise ValueError(
                f"journal: to name a file, a strategy's name must be a text and a seed a whole "
                f"number, got {name!r} and {seed!r}"
            )
    told, kept = {"minimize": minimize} | identify_objective(objective, version), []
    for name, seed in runs:
        try:
            check_strategy(asked := strategies[name](seed))
            parts = told | identify_strategy(asked, version)
        except Exception as error:
            raise _named(error, name, seed) from error
        log = Journal(folder / _file_name(name, seed), parts)
        kept.append({"journal": log, "version": version})
    return kept


def _file_name(name: str, seed) -> str:
    """Readable, good on every file system, and another one for every other name or seed."""
    told = repr((name, seed if isinstance(seed, str) else int(seed)))
    digest = hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()[:16]
    readable = re.sub("[^a-z0-9]+", "-", f"{name.lower()[:40]} {seed}"[:60]).strip("-")
    return f"{readable}-{digest}.jsonl"


def _look_at_first_batch(name, strategy, seed, budget) -> None:
    """Refuse before any run what the first settings show."""
    try:
        check_strategy(asked := strategy(seed), ends=budget is not None)
        with closing(asked):
            Asking(asked, partial(_refuse_clash, "hyperparameters"))
    except Exception as error:
        raise _named(error, name, seed) from error


def _refuse_clash(kind: str, names, minimize: str | None = None) -> None:
    """A race has columns of its own; of the scores only the loss may be called as one of them."""
    if clash := [name for name in COLUMNS if name in names and name != minimize]:
        raise ValueError(f"{kind} {clash} clash with columns of the race: give them other names")


def _run(place, name, seed, strategy, objective, budget, options) -> tuple:
    """A run's place among the runs, its table, and what stopped it, if anything did."""

    def refuse_clashes(trials) -> bool:
        _refuse_clash("hyperparameters", trials[-1].setting)
        _refuse_clash("scores", trials[-1].scores, options["minimize"])
        return False

    error = None
    try:
        results = sweep(objective, strategy(seed), budget, stop=refuse_clashes, **options)
    except BaseException as stopped:  # returned, as a table would not come back from a worker
        results = getattr(stopped, "results", None)
        error = _returnable(_named(stopped, name, seed))
    if results is None or results.empty:
        return place, None, error
    return place, _as_run(results, name, seed, options), error


def _named(error: BaseException, name, seed) -> BaseException:
    """The error again, with the run in its text; Ctrl-C and its like as they are."""
    if not isinstance(error, Exception):
        return error
    kinds = (ValueError, TypeError, OSError, RuntimeError)
    kind = next((kind for kind in kinds if isinstance(error, kind)), None)
    text = str(error) if kind else f"{type(error).__name__}: {error}"
    named = (kind or RuntimeError)(f"strategy {name!r}, seed {seed!r}: {text}")
    named.__cause__ = error
    return named


def _returnable(error: BaseException) -> BaseException:
    """The error, so that it can come back from a worker: tblib, which Dask brings, pickles causes
    too, and not every exception can be made anew from its pickle."""
    try:
        pickle.loads(pickle.dumps(error))
        return error
    except Exception:
        kind = type(error) if type(error).__module__ == "builtins" else RuntimeError
        return kind(str(error) or type(error).__name__)


def _as_run(results: pd.DataFrame, name, seed, options: dict) -> pd.DataFrame:
    elapsed = results["started"] + results["seconds"]
    errors = {"error": results["error"]} if options["on_error"] == "record" else {}
    run = results.drop(columns=["started", "seconds", "worker", "error"])
    # A name that clashes stops the race; the trials keep it with an underscore.
    taken = {column: f"{column}_" for column in COLUMNS if column != "trial"}
    run = run.rename(columns=taken | {options["minimize"]: "loss"})
    run["trial"] += 1
    run.insert(0, "strategy", name)
    run.insert(1, "seed", seed)
    run.attrs = {"minimize": "loss"}
    return run.assign(best_so_far=run["loss"].cummin().ffill(), elapsed=elapsed, **errors)


def _joined(runs: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    tables = [runs[place] for place in sorted(runs) if runs[place] is not None]
    if not tables:
        return pd.DataFrame(columns=COLUMNS)
    joined = pd.concat(tables, ignore_index=True)
    for name in joined.columns.difference(COLUMNS, sort=False):
        if len({run[name].dtype if name in run else None for run in tables}) > 1:
            parts = (run[name].tolist() if name in run else [MISSING] * len(run) for run in tables)
            joined[name] = column([value for part in parts for value in part])
    return joined


def best_so_far(results: pd.DataFrame, loss: str = "best_so_far") -> pd.DataFrame:
    """Median and quartiles over the runs, for each strategy after each trial.

    Parameters
    ----------
    results : DataFrame
        As :func:`race` returns it. A run that ended early keeps its last value, and so does
        one whose trial failed; one that has no value yet is left out.
    loss : str
        The column to sum up.

    Returns
    -------
    DataFrame
        Index ``trial`` (1, 2, …); columns (strategy, quantile) with the quantiles 0.25, 0.5
        and 0.75, drawn as steps: between two trials nothing changes.

    Raises
    ------
    ValueError, TypeError
        If ``results`` is no table, lacks a column, is empty or holds a trial twice.
    """
    if not isinstance(results, pd.DataFrame):
        raise TypeError(f"results must be a DataFrame, as race returns it, got {results!r}")
    for name in ("strategy", "seed", "trial", loss):
        if not isinstance(name, str) or name not in results:
            raise ValueError(f"results has no column {name!r}: {list(results)}")
    if results.duplicated(["strategy", "seed", "trial"]).any():
        raise ValueError("results holds a trial of a run twice: give each run its own seed")
    if results.empty:
        raise ValueError("results holds no trial")
    runs = results.pivot(index="trial", columns=["strategy", "seed"], values=loss).ffill()
    quantiles = {
        (name, q): runs[name].quantile(q, axis=1)
        for name in results["strategy"].unique()
        for q in (0.25, 0.5, 0.75)
    }
    return pd.DataFrame(quantiles).rename_axis(columns=["strategy", "quantile"])
