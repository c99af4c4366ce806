"""Strategies: each is a generator that yields a batch of settings and receives their losses.

    settings → losses → settings → …

A strategy knows the search space and the losses of its own trials, nothing else: not the
model, not the data, not the budget. ``sweep`` runs any of them. A search space is a dict of
hyperparameter → ``skopt.space`` dimension, the dict that ``BayesSearchCV`` takes.

Strategies that learn nothing (grid, random, Sobol) yield large batches, so that workers need
not wait; what they draw does not depend on the batch size.
"""

from collections.abc import Generator, Mapping, Sequence
from copy import deepcopy
from itertools import product
from math import floor, inf, log
from warnings import catch_warnings, simplefilter

import numpy as np
from scipy.stats import qmc
from skopt import Optimizer
from skopt.space import Categorical, Dimension, Integer, Real

Setting = dict[str, object]
Space = Mapping[str, Dimension]
Strategy = Generator[list[Setting], list[float], None]

# What a strategy is told of a trial that failed while no loss is known yet.
AWFUL = 1e300


def grid_search(grid: Mapping[str, Sequence]) -> Strategy:
    """Try every combination; the last hyperparameter varies fastest.

    Parameters
    ----------
    grid : dict of hyperparameter → values to try

    Raises
    ------
    ValueError
        If the grid is empty, or a hyperparameter has no values.

    Examples
    --------
    >>> next(grid_search({"n_estimators": [50, 100], "max_depth": [1, 2]}))[1]
    {'n_estimators': 50, 'max_depth': 2}
    """
    if not isinstance(grid, Mapping) or not grid:
        raise ValueError("grid must be a dict of hyperparameter → values, with at least one")
    values = {name: _python(list(choices)) for name, choices in grid.items() if _listed(choices)}
    for name in grid:
        if not values.get(name):
            raise ValueError(f"grid: {name!r} needs a list of at least one value")
    yield [dict(zip(values, choice, strict=True)) for choice in product(*values.values())]


def random_search(space: Space, seed: int, batch: int = 64) -> Strategy:
    """Draw settings at random, each hyperparameter on its own, without end [1]_.

    Parameters
    ----------
    space : dict of hyperparameter → skopt dimension
        Uniform, or log-uniform where its prior says so. Integers include both ends.
    seed : int
        A uniform integer is drawn by ``RandomState(seed).randint``, as the notebook this
        book grew from drew its own.
    batch : int
        Settings a batch. The draws are the same whatever it is.

    Raises
    ------
    ValueError
        If an argument is out of its range; raised when the first batch is asked for.

    References
    ----------
    .. [1] J. Bergstra and Y. Bengio, "Random search for hyper-parameter optimization",
       JMLR 13 (2012), 281–305.

    Examples
    --------
    >>> next(random_search({"max_depth": Integer(1, 20)}, seed=42, batch=3))
    [{'max_depth': 7}, {'max_depth': 20}, {'max_depth': 15}]
    """
    _check(space, seed=seed, batch=batch)
    rng = np.random.RandomState(seed)
    while True:
        yield [{name: _draw(d, rng) for name, d in space.items()} for _ in range(batch)]


def sobol_search(space: Space, seed: int, batch: int = 64) -> Strategy:
    """Spread settings evenly over the space: a scrambled Sobol sequence [1]_.

    Parameters and errors as for :func:`random_search`. The sequence is balanced where the
    number of trials is a power of two.

    References
    ----------
    .. [1] I. M. Sobol', "On the distribution of points in a cube and the approximate
       evaluation of integrals", USSR Comput. Math. Math. Phys. 7 (1967), 86–112;
       scrambled as in :class:`scipy.stats.qmc.Sobol`.
    """
    _check(space, seed=seed, batch=batch)
    sequence = qmc.Sobol(len(space), rng=seed)
    while True:
        # One point at a time, so that the batch size cannot matter.
        yield [_setting(space, sequence.random(1)[0]) for _ in range(batch)]


def bayesian_search(
    space: Space,
    seed: int,
    batch: int = 1,
    *,
    n_initial: int = 10,
    acq_func: str = "EI",
    surrogate: str = "GP",
) -> Strategy:
    """Fit a surrogate to the losses so far and try where it promises most [1]_.

    The model and the acquisition are scikit-optimize's (:class:`skopt.Optimizer`). A
    suggestion that repeats an earlier trial is replaced there by a random setting; how many
    were is the note "repeats" in ``results.attrs``.

    Parameters
    ----------
    space : dict of hyperparameter → skopt dimension
    seed : int
    batch : int
        Settings asked for at once. Above 1, each but the first is chosen as if the ones
        before it had come back with the lowest loss so far ("constant liar").
    n_initial : int
        Random trials before the model is used.
    acq_func : str
        "EI" (expected improvement), "LCB", "PI" or "gp_hedge".
    surrogate : str
        "GP" (Gaussian process), or "ET", "RF" or "GBRT" (ensembles of trees).

    Raises
    ------
    ValueError
        If an argument is out of its range; raised when the first batch is asked for.

    References
    ----------
    .. [1] D. R. Jones, M. Schonlau and W. J. Welch, "Efficient global optimization of
       expensive black-box functions", J. Global Optimization 13 (1998), 455–492.
    """
    _check(space, seed=seed, batch=batch, n_initial=n_initial)
    if acq_func not in ("EI", "LCB", "PI", "gp_hedge"):
        raise ValueError(f"acq_func must be 'EI', 'LCB', 'PI' or 'gp_hedge', got {acq_func!r}")
    if surrogate not in ("GP", "ET", "RF", "GBRT"):
        raise ValueError(f"surrogate must be 'GP', 'ET', 'RF' or 'GBRT', got {surrogate!r}")
    optimizer = Optimizer(
        deepcopy(list(space.values())),  # the optimizer changes the dimensions it is given
        base_estimator=surrogate,
        n_initial_points=n_initial,
        acq_func=acq_func,
        acq_optimizer="sampling",  # as good here as polishing by L-BFGS, and cheaper
        acq_optimizer_kwargs={"n_points": 1000},
        random_state=seed,
    )
    notes, untold = {"repeats": 0}, []
    while True:
        with catch_warnings(record=True) as caught:
            simplefilter("always")
            points = optimizer.ask(n_points=batch) if batch > 1 else [optimizer.ask()]
        notes["repeats"] += sum("evaluated at point" in str(c.message) for c in caught)
        losses = yield [dict(zip(space, _python(point), strict=True)) for point in points]
        untold += zip(points, losses, strict=True)
        if known := [loss for _, loss in untold if loss < AWFUL]:
            # Trials that failed before any loss was known count as the worst of the first known.
            optimizer.tell([p for p, _ in untold], [min(loss, max(known)) for _, loss in untold])
            untold = []


def gradient_descent(
    space: Space,
    seed: int,
    *,
    step: float = 0.01,
    h: float = 0.05,
    start: Mapping[str, float] | None = None,
) -> Strategy:
    """Walk downhill by central finite differences, in the unit cube.

    Each hyperparameter is scaled to [0, 1] (by its logarithm, where its prior is
    log-uniform). A step costs two trials a hyperparameter and moves by ``step`` × gradient;
    integers are rounded down to a value of the space. Where the estimated gradient is zero
    the walk can never move again, and ends.

    Parameters
    ----------
    space : dict of hyperparameter → skopt ``Real`` or ``Integer``
    seed : int
        Of the start point.
    step : float > 0
        Learning rate: unit-cube lengths moved per unit of loss per unit-cube length.
    h : float in (0, 0.5]
        Half the distance of the difference, in unit-cube lengths.
    start : dict of hyperparameter → value, optional
        Where to begin instead of at random.

    Raises
    ------
    ValueError
        If an argument is out of its range or a hyperparameter is categorical, which has no
        derivative; raised when the first batch is asked for.

    Examples
    --------
    >>> walk = gradient_descent({"alpha": Real(0, 1)}, seed=0, h=0.25, start={"alpha": 0.5})
    >>> next(walk)
    [{'alpha': 0.25}, {'alpha': 0.75}]
    """
    _check(space, seed=seed)
    for name, dimension in space.items():
        if isinstance(dimension, Categorical):
            raise ValueError(f"space: {name!r} is categorical, so it has no derivative")
    if not 0 < step < inf:
        raise ValueError(f"step must be above 0 and finite, got {step!r}")
    if not 0 < h <= 0.5:
        raise ValueError(f"h must lie in (0, 0.5], got {h!r}")
    if start is not None and not (isinstance(start, Mapping) and set(start) == set(space)):
        raise ValueError(f"start must give a value for each of {list(space)}, got {start!r}")

    if start is None:
        x = np.random.RandomState(seed).random_sample(len(space))
    else:
        x = np.array([_to_unit(d, start[name]) for name, d in space.items()])
    shifts = h * np.eye(len(space))
    while True:
        below, above = np.clip(x - shifts, 0, 1), np.clip(x + shifts, 0, 1)
        losses = yield [_setting(space, point) for point in (*below, *above)]
        rise = np.subtract(losses[len(x) :], losses[: len(x)])
        gradient = rise / np.diagonal(above - below)
        if not gradient.any():
            return
        x = np.clip(x - step * gradient, 0, 1)


def successive_halving(
    space: Space,
    seed: int,
    *,
    fidelity: str,
    low: int,
    high: int,
    factor: int = 3,
    n_settings: int | None = None,
) -> Strategy:
    """Try many settings cheaply, and the best of them again and again at a higher price [1]_.

    Settings are drawn at random and tried at the fidelity ``low``; the best of them, one in
    ``factor``, go on to a fidelity ``factor`` times as high, and so on up to ``high``, where
    the strategy ends.

    Parameters
    ----------
    space : dict of hyperparameter → skopt dimension
        Without the fidelity.
    seed : int
    fidelity : str
        The name of the hyperparameter that a trial's price grows with, such as
        ``n_estimators``.
    low, high : int
        Its value on the first and the last rung; ``high`` is ``low`` times a power of ``factor``.
    factor : int
        At least 2.
    n_settings : int, optional
        Settings on the first rung; by default so many that one is left on the last.

    Raises
    ------
    ValueError
        If an argument is out of its range; raised when the first batch is asked for.

    References
    ----------
    .. [1] K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and
       hyperparameter optimization", AISTATS 2016, 240–248.

    Examples
    --------
    >>> halving = successive_halving(
    ...     {"max_depth": Integer(1, 20)}, seed=42, fidelity="n_estimators", low=10, high=90
    ... )
    >>> len(next(halving))
    9
    >>> halving.send([5, 1, 4, 2, 3, 9, 8, 7, 6])[0]
    {'max_depth': 20, 'n_estimators': 30}
    """
    counts = {} if n_settings is None else {"n_settings": n_settings}
    _check(space, seed=seed, low=low, high=high, factor=factor, **counts)
    if fidelity in space:
        raise ValueError(f"space: {fidelity!r} is the fidelity, which the strategy sets")
    rungs = round(log(high / low, factor)) if high >= low and factor > 1 else -1
    if rungs < 0 or low * factor**rungs != high:
        raise ValueError(f"high must be low times a power of factor, got {low}, {high}, {factor}")
    n_settings = n_settings or factor**rungs
    settings = next(random_search(space, seed, batch=n_settings))
    for rung in range(rungs + 1):
        losses = yield [{**setting, fidelity: low * factor**rung} for setting in settings]
        order = np.argsort(losses, kind="stable")[: max(1, len(settings) // factor)]
        settings = [settings[i] for i in order]


def _draw(dimension: Dimension, rng: np.random.RandomState):
    """One random value of a dimension."""
    if isinstance(dimension, Integer) and dimension.prior == "uniform":
        return int(rng.randint(dimension.low, dimension.high + 1))
    return _from_unit(dimension, rng.random_sample())


def _setting(space: Space, point) -> Setting:
    """The setting at a point of the unit cube."""
    return {name: _from_unit(d, u) for (name, d), u in zip(space.items(), point, strict=True)}


def _from_unit(dimension: Dimension, u: float):
    """The value a share u of the way through a dimension; equal shares are equally likely."""
    if isinstance(dimension, Categorical):
        shares = np.cumsum(dimension.prior_)
        i = np.searchsorted(shares, u * shares[-1], side="right")
        return _python([dimension.categories[min(i, len(shares) - 1)]])[0]
    low, high = _bounds(dimension)
    value = low * (high / low) ** u if dimension.prior == "log-uniform" else low + u * (high - low)
    # Rounding may carry a value past an end, and u = 1 is one past an integer's last.
    value = min(max(value, dimension.low), dimension.high)
    return floor(value) if isinstance(dimension, Integer) else float(value)


def _to_unit(dimension: Dimension, value: float) -> float:
    """Where a value lies in its dimension: 0 at the low end, 1 at the high end."""
    if not dimension.low <= value <= dimension.high:
        raise ValueError(f"start: {value!r} lies outside {dimension.low} … {dimension.high}")
    low, high = _bounds(dimension)
    if dimension.prior == "log-uniform":
        return float(np.log(value / low) / np.log(high / low))
    return (value - low) / (high - low)


def _bounds(dimension: Dimension) -> tuple[float, float]:
    """Low and high end; an integer k fills the interval from k to k + 1."""
    return dimension.low, dimension.high + isinstance(dimension, Integer)


def _python(values: list) -> list:
    """The same values in Python's own types, not numpy's."""
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def _listed(choices) -> bool:
    return not isinstance(choices, (str, bytes)) and hasattr(choices, "__iter__")


def _check(space: Space, seed: int, **counts: int) -> None:
    if not isinstance(space, Mapping) or not space:
        raise ValueError("space must be a dict of hyperparameter → skopt dimension, at least one")
    for name, dimension in space.items():
        if not isinstance(dimension, (Real, Integer, Categorical)):
            raise ValueError(f"space: {name!r} must be a Real, Integer or Categorical of skopt")
    if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number from 0 to 2**32 - 1, got {seed!r}")
    for name, count in counts.items():
        if not isinstance(count, (int, np.integer)) or isinstance(count, bool) or count < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {count!r}")
