"""Judge searches: run many of them many times, and compare them in pairs.

One seed against one seed proves nothing. ``race`` runs every strategy with every seed,
``best_so_far`` sums the runs up, and ``compare_pairs`` says whether a difference is more than
the luck of the draw.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy import stats

from .sweep import sweep


def race(
    strategies: Mapping[str, Callable],
    objective: Callable[..., dict[str, float]],
    budget: int,
    seeds: Iterable[int],
    *,
    minimize: str = "rmse",
    n_jobs: int = 1,
) -> pd.DataFrame:
    """Run every strategy with every seed on one objective.

    Parameters
    ----------
    strategies : dict of name → callable
        Each is called with a seed and returns a fresh strategy, such as
        ``lambda seed: random_search(space, seed)``.
    objective, budget, minimize
        As for :func:`sweeplib.sweep`. A strategy that ends by itself may use less.
    seeds : iterable of int
        One run of each strategy for each of them.
    n_jobs : int
        Runs at a time, in worker processes as joblib counts them. Times aside, the table does
        not depend on it.

    Returns
    -------
    DataFrame
        One row a trial: ``strategy``, ``seed``, ``trial`` (1, 2, …), a column for each
        hyperparameter, ``loss``, ``best_so_far`` (the lowest loss of the run up to then) and
        ``elapsed`` (seconds from the start of the run to the end of the trial, the
        strategy's own time included).

    Raises
    ------
    ValueError
        If ``strategies`` or ``seeds`` is unusable; and whatever :func:`sweeplib.sweep` raises.

    Examples
    --------
    >>> from skopt.space import Real
    >>> from sweeplib import random_search
    >>> def bowl(x):
    ...     return {"loss": (x - 1) ** 2}
    >>> darts = {"random": lambda seed: random_search({"x": Real(0, 2)}, seed)}
    >>> results = race(darts, bowl, budget=10, seeds=range(3), minimize="loss")
    >>> list(results)
    ['strategy', 'seed', 'trial', 'x', 'loss', 'best_so_far', 'elapsed']
    """
    if not isinstance(strategies, Mapping) or not strategies:
        raise ValueError("strategies must be a dict of name → callable, with at least one")
    for name, strategy in strategies.items():
        if not callable(strategy):
            raise ValueError(f"strategies: {name!r} must be a callable that takes a seed")
    seeds = list(seeds)
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds must be at least one, none of them twice, got {seeds}")
    runs = Parallel(n_jobs=n_jobs)(
        delayed(_run)(name, strategy, objective, budget, seed, minimize)
        for name, strategy in strategies.items()
        for seed in seeds
    )
    return pd.concat(runs, ignore_index=True)


def _run(name, strategy, objective, budget, seed, minimize) -> pd.DataFrame:
    results = sweep(objective, strategy(seed), budget, minimize=minimize, progress=False)
    elapsed = results["started"] + results["seconds"]
    run = results.drop(columns=["started", "seconds", "worker", "error"])
    run = run.rename(columns={minimize: "loss"})
    run["trial"] += 1
    run.insert(0, "strategy", name)
    run.insert(1, "seed", seed)
    return run.assign(best_so_far=run["loss"].cummin(), elapsed=elapsed)


def best_so_far(results: pd.DataFrame, loss: str = "best_so_far") -> pd.DataFrame:
    """Median and quartiles over the runs, for each strategy after each trial.

    Parameters
    ----------
    results : DataFrame
        As :func:`race` returns it. A run that ended early keeps its last value.
    loss : str
        The column to sum up.

    Returns
    -------
    DataFrame
        Index ``trial`` (1, 2, …); columns (strategy, quantile) with the quantiles 0.25, 0.5
        and 0.75, drawn as steps: between two trials nothing changes.

    Raises
    ------
    ValueError
        If ``results`` lacks a column.
    """
    for column in ("strategy", "seed", "trial", loss):
        if column not in results:
            raise ValueError(f"results has no column {column!r}: {list(results)}")
    runs = results.pivot(index="trial", columns=["strategy", "seed"], values=loss).ffill()
    quantiles = {
        (name, q): runs[name].quantile(q, axis=1)
        for name in results["strategy"].unique()
        for q in (0.25, 0.5, 0.75)
    }
    return pd.DataFrame(quantiles).rename_axis(columns=["strategy", "quantile"])


class Comparison(NamedTuple):
    """What :func:`compare_pairs` found; differences are ``a − b``, in the unit of the losses."""

    pairs: int
    mean: float
    sd: float
    effect: float
    low: float
    high: float
    p: float
    naive_p: float
    verdict: str


def compare_pairs(
    a: Sequence[float],
    b: Sequence[float],
    n_train: int | None = None,
    n_test: int | None = None,
    *,
    confidence: float = 0.95,
    margin: float = 0.0,
) -> Comparison:
    """Is ``a`` lower than ``b``? A paired t test, corrected where the pairs overlap.

    Parameters
    ----------
    a, b : array-like of shape (n_pairs,)
        Losses; the i-th of each come from the same seed or the same split.
    n_train, n_test : int, optional
        Rows trained and scored on in each pair, where the pairs are splits of *one* data set.
        Such splits share rows, so their differences go up and down together, and the variance
        of their mean is taken as (1 / n_pairs + n_test / n_train) × sd² [1]_. For k-fold
        cross-validation repeated r times, n_pairs is k × r. The result is approximate. Leave
        both out where the pairs are independent, as runs under different seeds are.
    confidence : float
        Of the interval, and one less the level of the test.
    margin : float
        The largest difference that would not matter to you, in the unit of the losses.

    Returns
    -------
    Comparison
        ``pairs``; ``mean`` and ``sd`` of the differences a − b; ``effect``, the mean in
        units of the sd; the interval ``low`` to ``high``; ``p`` and, uncorrected,
        ``naive_p`` (two-sided); and the ``verdict`` on a:

        * "tie": the whole interval lies within ±margin;
        * "better" or "worse": it does not, and lies below or above zero;
        * "undecided": none of these. More pairs might tell.

    Raises
    ------
    ValueError
        If the losses are not pairs of finite numbers, or another argument is out of its range.

    Notes
    -----
    One pair has no spread: its interval is endless and its p value NaN. Where all
    differences are equal the interval is a single point.

    References
    ----------
    .. [1] C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine Learning
       52 (2003), 239–281.

    Examples
    --------
    >>> found = compare_pairs([3.1, 2.9, 3.3, 3.0], [3.4, 3.1, 3.7, 3.3])
    >>> found.verdict, round(found.mean, 2), round(found.p, 4)
    ('better', -0.3, 0.0052)
    >>> compare_pairs([3.1, 2.9, 3.3, 3.0], [3.4, 3.1, 3.7, 3.3], n_train=4, n_test=1).verdict
    'better'
    """
    if isinstance(a, pd.Series) and isinstance(b, pd.Series) and not a.index.equals(b.index):
        raise ValueError("a and b have different indexes: put their pairs in the same order")
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.ndim != 1 or a.shape != b.shape or not len(a):
        raise ValueError(f"a and b must be lists of equal length, got shapes {a.shape}, {b.shape}")
    for name, losses in (("a", a), ("b", b)):
        if not np.isfinite(losses).all():
            raise ValueError(f"{name} must hold finite numbers: drop the pair, or repeat the trial")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence!r}")
    if not 0 <= margin < math.inf:
        raise ValueError(f"margin must be at least 0 and finite, got {margin!r}")

    shared = _shared(n_train, n_test)  # n_test / n_train, or 0
    n, difference = len(a), a - b
    mean = difference.mean()
    if n == 1:  # one pair has no spread
        sd, p, naive_p = math.nan, math.nan, math.nan
        low, high = -math.inf, math.inf
    elif np.ptp(difference) <= 1e-12 * np.abs([a, b]).max():  # no spread, rounding aside
        sd, low, high = 0.0, mean, mean
        p = naive_p = float(not difference.any())
    else:
        sd = difference.std(ddof=1)
        error = sd * math.sqrt(1 / n + shared)
        low, high = stats.t.interval(confidence, n - 1, mean, error)
        p = 2 * stats.t.sf(abs(mean) / error, n - 1)
        naive_p = stats.ttest_rel(a, b).pvalue
    if -margin <= low and high <= margin:
        verdict = "tie"
    else:
        verdict = "better" if high < 0 else "worse" if low > 0 else "undecided"
    effect = mean / sd if sd else math.copysign(math.inf, mean) if mean else 0.0
    numbers = (float(x) for x in (mean, sd, effect, low, high, p, naive_p))
    return Comparison(n, *numbers, verdict)


def pairs_needed(
    difference: float,
    sd: float,
    n_train: int | None = None,
    n_test: int | None = None,
    *,
    power: float = 0.8,
    confidence: float = 0.95,
) -> float:
    """How many pairs until :func:`compare_pairs` sees a difference, if it is there?

    Parameters
    ----------
    difference : float
        The mean difference to be seen, in the unit of the losses.
    sd : float
        The standard deviation of a single pair's difference, in the same unit.
    n_train, n_test, confidence
        As for :func:`compare_pairs`.
    power : float
        The probability with which it is to be seen.

    Returns
    -------
    float
        A whole number of pairs, at least 2; ``math.inf`` if no number will do. Splits of one
        data set share rows, and more splits of the same rows cannot make up for too few rows.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    By the noncentral t distribution, which is exact for independent normal differences; seen
    means told from zero, on the right side of it.

    Examples
    --------
    >>> pairs_needed(0.5, sd=1)
    34
    >>> pairs_needed(0.5, sd=1, n_train=80, n_test=20)
    inf
    """
    if not 0 < abs(difference) < math.inf:
        raise ValueError(f"difference must be finite and not 0, got {difference!r}")
    if not 0 < sd < math.inf:
        raise ValueError(f"sd must be above 0 and finite, got {sd!r}")
    for name, share in (("power", power), ("confidence", confidence)):
        if not 0 < share < 1:
            raise ValueError(f"{name} must lie between 0 and 1, got {share!r}")
    shared = _shared(n_train, n_test)

    def seen(n):
        shift = abs(difference) / (sd * math.sqrt(1 / n + shared))
        bound = stats.t.ppf((1 + confidence) / 2, n - 1)
        return stats.nct.sf(bound, n - 1, shift) >= power

    enough = 2
    while not seen(enough):
        if enough > MANY:
            return math.inf
        enough *= 2
    few = enough // 2
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if seen(middle) else (middle, enough)
    return max(enough, 2)


MANY = 100_000


def _shared(n_train, n_test) -> float:
    """What overlapping splits add to the variance of a mean, in units of sd²."""
    if n_train is None and n_test is None:
        return 0.0
    for name, rows in (("n_train", n_train), ("n_test", n_test)):
        if not isinstance(rows, (int, np.integer)) or isinstance(rows, bool) or rows < 1:
            raise ValueError(f"{name} must be a whole number of rows, given with the other one")
    return n_test / n_train
