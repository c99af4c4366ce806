"""The one loop that runs every strategy on every objective."""

import inspect
import math
import os
import sys
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice

import pandas as pd
from tqdm import tqdm

from .checks import did_you_mean, jobs, one_of, whole_number
from .identity import changed_while_it_ran, identify
from .journal import Journal, NoJournal, encoded_setting
from .objectives import Holdout, Lookup, check_loss, listed
from .strategies import ENDLESS, NO_LOSS_YET
from .trial import COLUMNS, Trial, own_copy, table
from .workers import Workers


def sweep(
    objective: Callable[..., dict[str, float]],
    strategy: Generator,
    budget: int | None = None,
    *,
    minimize: str = "rmse",
    n_jobs: int = 1,
    journal: str | os.PathLike | None = None,
    version: str | None = None,
    stop: Callable[[list[Trial]], bool] | None = None,
    on_error: str = "raise",
    progress: bool = True,
) -> pd.DataFrame:
    """Run a strategy on an objective and return one row a trial.

    Parameters
    ----------
    objective : callable
        ``objective(**setting)`` returns a dict of score → number, such as
        :class:`sweeplib.Holdout`, or a function of your own. Each trial gets copies of its
        setting's values (of an estimator a clone), so that it cannot change another's.
    strategy : generator
        Fresh, such as :func:`sweeplib.random_search` returns: it yields lists of settings
        and is sent the list of their losses.
    budget : int, optional
        The most trials to run. May be left out where the strategy ends by itself, as a grid does,
        or ``stop`` ends the sweep. A batch that would overrun it is cut.
    minimize : str
        The score that is the loss. Losses are minimised, without exception: a score where
        more is better, such as "r2", is refused.
    n_jobs : int
        Worker processes, as joblib counts them. Settings and scores do not depend on it, nor on
        the backend: ``with joblib.parallel_config(backend="dask"):`` around the call runs the
        same sweep on a Dask cluster. (Workers import your own modules by themselves, and may
        outlive a sweep. A module that you reload they import again, but not on Dask; what you
        edit without a reload, or set or patch in a module, they do not see.) When a worker dies,
        the trials that were under way are run again one at a time; the one whose worker dies
        again has failed. (On Dask its own retries come first:
        ``distributed.scheduler.allowed-failures``.)
    journal : path, optional
        Keep each finished trial as a line of this file, on the disk before the next is
        counted. Run the same call again after Ctrl-C, a kill or a reboot, and only what is
        missing is computed: the strategy is asked afresh, and answered from the file. The
        budget is the total, and a larger one goes on. Another objective (its code, its data,
        what it reads), strategy, seed or loss is refused, and so is, at the start, what cannot
        be told by its content. What the objective itself writes while it runs does not
        count. With ``on_error="raise"`` a failed trial is tried again. The journal cannot see
        files that an objective opens, nor the versions of packages.
    version : str, optional
        Stands in the journal for what cannot be told by its content: say another one whenever
        that changes.
    stop : callable, optional
        Called with the list of finished trials (those from a journal too) after each; the sweep
        ends when it returns true, though trials that workers have begun are still counted. A
        trial has ``trial``, ``setting``, ``scores`` (empty if it failed), ``started`` and
        ``seconds``, ``worker`` and ``error``.
    on_error : "raise" or "record"
        What to do when a trial raises, or its loss is missing, NaN or infinite. "raise"
        stops and names the setting; "record" keeps the row with the error's text and NaN
        scores, and tells the strategy the worst loss seen so far (1e300 if none is known yet).
    progress : bool
        Show a progress bar with the best loss so far.

    Returns
    -------
    DataFrame
        In the order asked: ``trial`` (0, 1, …), a column for each hyperparameter that any
        setting names (missing where it does not), one for each score, ``started`` and
        ``seconds`` (both in seconds, the first since the sweep began), ``worker`` (process
        number) and ``error`` (empty where all went well).

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
    _check_arguments(objective, strategy, budget, minimize, n_jobs, stop, on_error)
    if journal is not None and not isinstance(journal, Journal):
        journal = Journal(journal, identify(objective, strategy, minimize, version))
    log = journal or NoJournal()
    asking = Asking(strategy, _setting_check(objective))
    for setting in asking.batch if journal else ():  # before there is a file
        encoded_setting(setting)
    trials: dict[int, Trial] = {}
    try:
        with log, Workers(n_jobs) as workers, _Bar(budget, minimize, not progress) as bar:
            while settings := asking.settings(budget):
                for trial in _answers(
                    objective, settings, minimize, on_error, log, workers, trials
                ):
                    bar.show(trial, asking.asked)
                    workers.stopped |= bool(stop and stop(list(trials.values())))
                if workers.stopped or len(trials) == budget:
                    break
                heard = (log.told(trials[number], asking.asked) for number in settings)
                asking.tell([trial.scores.get(minimize) for trial in heard])
        results = table(trials, minimize, log.began)
    except BaseException as error:  # Ctrl-C too: what was finished is not lost
        with suppress(AttributeError, TypeError):  # of an error that takes no attribute
            error.results = table(trials, minimize, log.began)
        raise
    finally:
        asking.close()
        if journal is not None:
            with suppress(ValueError):  # it holds now what cannot be told
                changed_while_it_ran(journal.identity, objective, version)
    results.attrs |= asking.notes
    return results


def _answers(objective, settings, minimize, on_error, log, workers, trials) -> Iterator[Trial]:
    """The trials of a batch, put among the others: those that the journal has, then the rest as
    they finish."""
    missing = {}
    for number, setting in settings.items():
        known = log.known(number, setting)
        if known and (on_error == "record" or not known.error):
            trials[number] = known
            yield known
            if workers.stopped:
                return
        else:
            missing[number] = setting
    for trial in map(log.fitting, workers.run(objective, missing, minimize)):
        if trial.error and on_error == "raise":
            raise RuntimeError(f"trial {trial.trial} failed at {trial.setting}: {trial.error}")
        trials[trial.trial] = trial
        log.write(trial)
        yield trial


class Asking:
    """The conversation with a strategy: it is asked for settings, and told their losses."""

    def __init__(self, strategy: Generator, check: Callable[[Mapping], None]):
        self.strategy, self.check = strategy, check
        self.asked, self.worst, self.notes = 0, -math.inf, {}
        self.batch = self._next(None)  # bad input is found here

    def settings(self, budget: int | None) -> dict[int, dict]:
        """The batch, numbered and cut to the budget; empty when the strategy has ended."""
        batch = list(islice(self.batch, None if budget is None else budget - self.asked))
        numbers = range(self.asked, self.asked + len(batch))
        self.asked += len(batch)
        own = ({name: own_copy(value) for name, value in setting.items()} for setting in batch)
        return dict(zip(numbers, own, strict=True))

    def tell(self, losses: list[float | None]) -> None:
        """Say the losses, of a failed trial the worst so far, and hear what is to be tried."""
        self.worst = max([self.worst, *(loss for loss in losses if loss is not None)])
        worst = self.worst if self.worst > -math.inf else NO_LOSS_YET
        self.batch = self._next([worst if loss is None else loss for loss in losses])

    def _next(self, losses: list[float] | None) -> list[Mapping]:
        for _ in range(100):
            try:
                batch = self.strategy.send(losses)
            except StopIteration:
                return []
            if not isinstance(batch, Sequence) or not all(isinstance(s, Mapping) for s in batch):
                raise TypeError(
                    f"strategy must yield lists of settings, each a dict, got {batch!r}"
                )
            if isinstance(notes := getattr(batch, "notes", None), Mapping):
                self.notes = notes
            if batch:
                for setting in batch:
                    self.check(setting)
                return batch
            losses = []
        raise ValueError("strategy has yielded an empty list 100 times in a row")

    def close(self) -> None:
        """End the strategy; whatever it says to that, the table is not lost."""
        try:
            self.strategy.close()
        except Exception as error:
            warnings.warn(f"strategy: closing it failed: {error!r}", stacklevel=3)


class _Screen:
    """Standard output; what it cannot show stops no sweep."""

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stdout.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stdout.flush()

    def __getattr__(self, name):
        return getattr(sys.stdout, name)


class _Bar(tqdm):
    """A progress bar with the best loss so far, on standard output: it is nothing to be alarmed
    by."""

    def __init__(self, budget: int | None, minimize: str, disable: bool):
        self.minimize, self.lowest, self.budget = minimize, math.inf, budget
        disable = disable or sys.stdout is None
        super().__init__(total=budget, disable=disable, unit=" trials", file=_Screen())

    def show(self, trial: Trial, asked: int) -> None:
        if self.disable:
            return
        self.total = self.budget or asked
        self.lowest = min(self.lowest, trial.scores.get(self.minimize, math.inf))
        self.set_postfix_str(f"best {self.minimize} {self.lowest:.5g}", refresh=False)
        self.update()


def best(results: pd.DataFrame, minimize: str | None = None) -> pd.Series:
    """The trial with the lowest loss; the first of them if several share it.

    Parameters
    ----------
    results : DataFrame
        As :func:`sweep` returns it.
    minimize : str, optional
        The column that is the loss; by default the one the sweep minimised. A table joined
        from several, or read from a file, may not say: then it is "rmse".

    Returns
    -------
    Series
        The row. ``best(results)[list(space)]`` is its setting, ready for
        ``model.set_params(**…)``.

    Raises
    ------
    ValueError, TypeError
        If ``results`` is no table, has no such column, more of it is better, or no trial has a
        loss.
    """
    if not isinstance(results, pd.DataFrame):
        raise TypeError(f"results must be a DataFrame, as sweep returns it, got {results!r}")
    minimize = minimize or results.attrs.get("minimize", "rmse")
    check_loss(minimize)
    if (columns := list(results)).count(minimize) != 1:
        said = "several columns" if minimize in columns else "no column"
        raise ValueError(f"minimize: the table has {said} {minimize!r}: {columns}")
    if not results[minimize].notna().any():
        raise ValueError(f"results holds no trial with a {minimize}: all failed, or it is empty")
    if any(isinstance(loss, str) for loss in results[minimize]):
        raise ValueError(f"results has texts in its column {minimize!r}, not numbers")
    return results.astype(object).iloc[results[minimize].argmin()]


def _check_arguments(objective, strategy, budget, minimize, n_jobs, stop, on_error) -> None:
    if not callable(objective):
        raise TypeError(f"objective must be callable, got {objective!r}")
    check_strategy(strategy, ends=budget is not None or stop is not None)
    one_of("on_error", on_error, ("raise", "record"))
    if stop is not None and not callable(stop):
        raise TypeError(f"stop must be callable, got {stop!r}")
    check_loss(minimize, objective)
    if clash := set(listed(objective, "scores")) & set(COLUMNS):
        raise ValueError(f"objective: its scores {sorted(clash)} clash with columns of the results")
    if budget is not None:
        whole_number("budget", budget)
    jobs(n_jobs)


def check_strategy(strategy, *, ends: bool = True) -> None:
    """``TypeError`` or ``ValueError`` unless it is a generator that has not begun, and that ends by
    itself if nothing else ``ends`` it."""
    if not inspect.isgenerator(strategy):
        raise TypeError(f"strategy must be a generator, such as random_search(…), got {strategy!r}")
    if inspect.getgeneratorstate(strategy) != inspect.GEN_CREATED:
        raise ValueError("strategy was used before: make a new one for each sweep")
    if not ends and strategy.gi_code.co_name in ENDLESS:
        raise ValueError(f"budget must be given: {strategy.gi_code.co_name} never ends by itself")


def _setting_check(objective) -> Callable[[Mapping], None]:
    """What refuses a setting that cannot be tried, before it is."""
    columns, seen = {*COLUMNS, *listed(objective, "scores")}, set()
    ours = isinstance(objective, (Holdout, Lookup))
    accepts = objective.check if ours else partial(_check_signature, objective)

    def check(setting: Mapping) -> None:
        if not ours and tuple(setting) in seen:
            return
        if odd := [name for name in setting if not isinstance(name, str)]:
            raise ValueError(f"space: hyperparameters must be named by texts, got {odd}")
        if taken := columns & set(setting):
            raise ValueError(f"space: {sorted(taken)} would clash with columns of the results")
        accepts(setting)
        seen.add(tuple(setting))

    return check


def _check_signature(objective, setting: Mapping) -> None:
    """Does a function take these names?"""
    try:
        signature = inspect.signature(objective)
    except (TypeError, ValueError):  # of some built-in functions nothing is known
        return
    try:
        signature.bind(**setting)
    except TypeError as error:
        names = list(signature.parameters)
        near = next(filter(None, (did_you_mean(n, names) for n in setting if n not in names)), "")
        raise ValueError(
            f"space: the objective does not take {dict(setting)}: {error}; it takes {names}{near}"
        ) from None
