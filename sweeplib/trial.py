"""One trial: a setting goes into the objective, and its scores come out, or an error.

``Trial`` is the one schema of a trial: of what a worker sends back, of a line of a journal, of
what ``stop`` is given, and of a row of the table.
"""

import math
import os
import pickle
import time
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import parallel_config
from sklearn.base import clone

from .checks import plain


class Trial(NamedTuple):
    """A finished trial. Its scores are empty where there is an error."""

    trial: int
    setting: dict[str, object]
    scores: dict[str, object]
    started: float
    seconds: float
    worker: int
    error: str


FLAT = {int, float, bool, str, type(None)}
MISSING = object()  # what a setting does not name
# The columns of the results that are no hyperparameter and no score.
COLUMNS = tuple(name for name in Trial._fields if name not in ("setting", "scores"))


def run_trial(objective, number: int, setting: dict, minimize: str) -> Trial:
    """Run the objective on a setting; what it raises becomes the trial's error."""
    began, clock = time.time(), time.perf_counter()
    try:
        # So that a model's own n_jobs=None means one, whatever the worker's backend: a forest's
        # trees would else be added up in the order they happen to finish.
        with parallel_config(backend="threading", n_jobs=1):
            scores = objective(**{name: own_copy(value) for name, value in setting.items()})
        scores, error = checked(scores, setting, minimize), ""
    except KeyboardInterrupt:
        raise
    except BaseException as exception:  # sys.exit() is no reason to lose the other trials
        scores, error = {}, described(exception)
    seconds = time.perf_counter() - clock
    return Trial(number, setting, scores, began, seconds, os.getpid(), error)


def failed(number: int, setting: dict, error: BaseException, began: float) -> Trial:
    """A trial that gave no usable scores, begun at ``began``; nobody knows on which worker."""
    return Trial(number, setting, {}, began, time.time() - began, -1, described(error))


def own_copy(value):
    """A copy that the objective may change; of an estimator a clone."""
    if type(value) in FLAT:
        return value
    for copied in (partial(clone, safe=False), deepcopy):  # clone refuses some estimators
        with suppress(Exception):
            return copied(value)
    return value  # it cannot be copied: a module, say


def checked(scores, setting: Mapping, minimize: str) -> dict[str, object]:
    """The scores in Python's own types; ``Unusable`` or ``TypeError`` if they are none, or lack
    the loss."""
    if not isinstance(scores, Mapping):
        raise Unusable(f"the objective returned {scores!r}, not a dict of score → number")
    if minimize not in scores:
        raise Unusable(f"no score {minimize!r} among {list(scores)}")
    if odd := [name for name in scores if not isinstance(name, str)]:
        raise Unusable(f"scores must be named by texts, got {odd}")
    if clash := [name for name in scores if name in setting or name in COLUMNS]:
        raise Unusable(f"scores {sorted(clash)} clash with columns of the results")
    loss = _number(minimize, scores[minimize])
    if not math.isfinite(loss):
        raise Unusable(f"{minimize} is {scores[minimize]}")
    scores = {name: plain(value) for name, value in scores.items()} | {minimize: loss}
    if all(type(value) in FLAT for value in scores.values()):
        return scores
    # So that they come back from any worker, and share nothing with the objective.
    return pickle.loads(pickle.dumps(scores))


def _number(name: str, value) -> int | float:
    """The loss in Python's own type; ``TypeError`` if it is no number."""
    if type(value) is float:
        return value
    masked = isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value)  # it would become 0
    long = isinstance(value, int) and value.bit_length() > 63  # numpy has no such number
    loss = np.asarray(float(value) if long else value)
    if masked or loss.ndim or loss.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be a number, got {value!r}")
    return loss.item() if loss.dtype.kind in "iu" else float(loss)


class Unusable(Exception):
    """What an objective returned is no answer."""


def described(exception: BaseException) -> str:
    """Its kind and its text."""
    kind = type(exception).__name__
    try:
        text = str(exception)
    except Exception:
        text = "(its text raises an error)"
    return text if isinstance(exception, Unusable) else f"{kind}: {text}"


def table(trials: Mapping[int, Trial], minimize: str, began: float) -> pd.DataFrame:
    """The trials as rows in the order asked, with the times and ``error`` last."""
    rows = [trials[number] for number in sorted(trials)]
    settings, scores = ([getattr(row, part) for row in rows] for part in ("setting", "scores"))
    columns = {"trial": [row.trial for row in rows]}
    for name in dict.fromkeys(name for setting in settings for name in setting):
        columns[name] = column([setting.get(name, MISSING) for setting in settings])
    for name in dict.fromkeys([*(name for score in scores for name in score), minimize]):
        columns[name] = [score.get(name, math.nan) for score in scores]
    columns["started"] = [row.started - began for row in rows]
    columns |= {name: [getattr(row, name) for row in rows] for name in COLUMNS[2:]}
    results = pd.DataFrame(columns)
    results.attrs["minimize"] = minimize
    return results


def column(values: list):
    """As pandas would have it, unless that would change a value: None to NaN, 1 to 1.0."""
    named = [value for value in values if value is not MISSING]
    values = [math.nan if value is MISSING else value for value in values]
    kind = type(named[0]) if len(set(map(type, named))) == 1 else object
    of_numpy = issubclass(kind, np.generic) and np.dtype(kind).kind in "biufc"
    flat = of_numpy or kind in (int, float, bool, str)
    safe = flat and (len(named) == len(values) or kind in (float, np.float64, str))
    return values if safe else pd.Series(values, dtype=object)
