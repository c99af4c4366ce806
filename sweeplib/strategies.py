"""Strategies: each is a generator that yields a batch of settings and receives their losses.

    settings → losses → settings → …

A strategy knows the search space and the losses of its own trials, nothing else: not the
model, not the data, not the budget. ``sweep`` runs any of them. A search space is a dict of
hyperparameter → ``skopt.space`` dimension, the dict that ``BayesSearchCV`` takes.

Strategies that learn nothing (grid, random, Sobol) yield large batches, so that workers need
not wait; what they draw does not depend on the batch size.
"""

import sys
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice
from math import floor, inf, log
from warnings import catch_warnings, simplefilter

import numpy as np
from scipy.stats import qmc
from sklearn.utils import check_random_state
from skopt import Optimizer
from skopt.space import Categorical, Dimension, Integer, Real

from .checks import did_you_mean, is_number, one_of, plain, whole_number

Setting = dict[str, object]
Space = Mapping[str, Dimension]
Strategy = Generator[list[Setting], list[float], None]

# These do not end by themselves (a walk does only where the slope is zero), so that a sweep of
# them needs a budget.
ENDLESS = frozenset({"random_search", "sobol_search", "bayesian_search", "gradient_descent"})

# What a strategy is told of a trial that failed while no loss is known yet.
NO_LOSS_YET = 1e300

WIDEST = 2**53  # up to here a float tells each integer from the next
MOST = 1_000_000  # settings in a batch, which are all drawn before the first of them is tried


class Batch(list):
    """A batch of settings with ``notes`` on the search so far, which end in ``results.attrs``."""

    def __init__(self, settings: Sequence[Setting], **notes):
        super().__init__(settings)
        self.notes = notes


def grid_search(grid: Mapping[str, Collection] | Sequence[Mapping[str, Collection]]) -> Strategy:
    """Try every combination; the last hyperparameter varies fastest.

    Parameters
    ----------
    grid : dict of hyperparameter → values to try, or list of such dicts
        Several grids are tried one after the other; each may name its own hyperparameters.
        A grid may be larger than the memory: it is made in batches of 1000 settings.

    Raises
    ------
    ValueError
        If a grid is empty, or the values of a hyperparameter are none, a set (which has no
        order) or no list; raised when the first batch is asked for.

    Examples
    --------
    >>> next(grid_search({"n_estimators": [50, 100], "max_depth": [1, 2]}))[1]
    {'n_estimators': 50, 'max_depth': 2}
    """
    grids = grid if isinstance(grid, (list, tuple)) and grid else [grid]
    checked = [_checked_grid(one) for one in grids]
    settings = (setting for values in checked for setting in reduce(_crossed, values, [{}]))
    while batch := list(islice(settings, 1000)):
        yield batch


def random_search(
    space: Space, seed: int, batch: int = 64, *, start: Sequence[Setting] | None = None
) -> Strategy:
    """Draw settings at random, each hyperparameter on its own, without end [1]_.

    Parameters
    ----------
    space : dict of hyperparameter → skopt dimension
        Uniform, or log-uniform where its prior says so. Integers include both ends.
    seed : int
        A uniform integer is drawn by ``RandomState(seed).randint``, as the notebook this
        book grew from drew its own.
    batch : int
        Settings a batch, at most a million. The draws are the same whatever it is.
    start : list of settings, optional
        To try first, in this order, as a batch of their own. What is drawn afterwards does not
        depend on them. A setting may be given twice.

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
    _check(space, seed, batch=batch)
    rng = np.random.RandomState(seed)
    if points := _points(space, start):
        yield [_at(space, point) for point in points]
    while True:
        yield [{name: _draw(d, rng) for name, d in space.items()} for _ in range(batch)]


def sobol_search(space: Space, seed: int, batch: int = 64) -> Strategy:
    """Spread settings evenly over the space: a scrambled Sobol sequence [1]_.

    Parameters (without ``start``) and errors as for :func:`random_search`. The sequence is
    balanced where the number of trials is a power of two. Each dimension has 2³⁰ levels: a wider
    range of whole numbers is not tried in full.

    References
    ----------
    .. [1] I. M. Sobol', "On the distribution of points in a cube and the approximate
       evaluation of integrals", USSR Comput. Math. Math. Phys. 7 (1967), 86–112;
       scrambled as in :class:`scipy.stats.qmc.Sobol`.
    """
    _check(space, seed, batch=batch)
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
    start: Sequence[Setting] | None = None,
) -> Strategy:
    """Fit a surrogate to the losses so far and try where it promises most [1]_.

    The model and the acquisition are scikit-optimize's (:class:`skopt.Optimizer`). A
    suggestion that repeats an earlier trial is replaced there by a random setting; how many
    were is the note "repeats" in ``results.attrs``. (With "gp_hedge" another function's
    suggestion is tried first, which is not counted.)

    Parameters
    ----------
    space : dict of hyperparameter → skopt dimension
        Categories may be any objects; they come back as they are. The ``transform`` of a
        dimension is not used.
    seed : int
    batch : int
        Settings asked for at once. Above 1, each that the model names is chosen as if the ones
        before it in the batch had come back with the lowest loss so far ("constant liar"). Let
        it be no larger than ``n_initial``, or the end of the first batch is named by a model
        that was told zeros in place of losses.
    n_initial : int
        Random trials before the model is used; those of ``start`` count as such.
    acq_func : str
        "EI" (expected improvement), "LCB", "PI" or "gp_hedge".
    surrogate : str
        "GP" (Gaussian process), "ET" or "RF" (ensembles of trees).
    start : list of settings, optional
        To try first, in this order, as a batch of their own; the model is told their losses.
        A setting may be given twice.

    Raises
    ------
    ValueError
        If an argument is out of its range; raised when the first batch is asked for.

    References
    ----------
    .. [1] D. R. Jones, M. Schonlau and W. J. Welch, "Efficient global optimization of
       expensive black-box functions", J. Global Optimization 13 (1998), 455–492.
    """
    _check(space, seed, batch=batch, n_initial=n_initial)
    one_of("acq_func", acq_func, ("EI", "LCB", "PI", "gp_hedge"))
    one_of("surrogate", surrogate, ("GP", "ET", "RF"))
    if surrogate != "GP":
        _check_float32(space, surrogate)
    optimizer = Optimizer(
        [_modelled(dimension) for dimension in space.values()],
        base_estimator=surrogate,
        n_initial_points=int(n_initial),
        acq_func=acq_func,
        acq_optimizer="sampling",  # cheaper than polishing by L-BFGS, less exact
        acq_optimizer_kwargs={"n_points": 1000},
        random_state=seed,
    )
    points, untold, repeats = _points(space, start), [], 0
    while True:
        if not points:
            with catch_warnings(record=True) as caught:
                simplefilter("always")
                one = batch == 1
                points = [optimizer.ask()] if one else optimizer.ask(int(batch))
            repeats += sum("at point" in str(c.message) for c in caught)
        losses = yield Batch([_at(space, p) for p in points], repeats=repeats)
        untold += zip(points, losses, strict=True)
        points = []
        if known := [loss for _, loss in untold if loss < NO_LOSS_YET]:
            # Trials that failed before any loss was known count as the worst
            # of the first known.
            told = [min(loss, max(known)) for _, loss in untold]
            optimizer.tell([point for point, _ in untold], told)
            untold = []
        else:
            optimizer.update_next()  # or it would ask for the same batch again


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
    h : float from 1e-9 to 0.5
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
    _check(space, seed)
    for name, dimension in space.items():
        if isinstance(dimension, Categorical):
            raise ValueError(f"space: {name!r} is categorical, so it has no derivative")
    if not is_number(step) or not 0 < step < inf:
        raise ValueError(f"step must be a number above 0 and finite, got {step!r}")
    # Below, rounding would leave no difference to divide by.
    if not is_number(h) or not 1e-9 <= h <= 0.5:
        raise ValueError(f"h must be a number from 1e-9 to 0.5, got {h!r}")

    if start is None:
        x = np.random.RandomState(seed).random_sample(len(space))
    else:
        x = np.array(list(map(_to_unit, space.values(), _point(space, start))))
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
    _check(space, seed)
    if not isinstance(fidelity, str):
        raise ValueError(f"fidelity must be a hyperparameter's name, got {fidelity!r}")
    if fidelity in space:
        raise ValueError(f"space: {fidelity!r} is the fidelity, which the strategy sets")
    low, high = whole_number("low", low), whole_number("high", high, most=WIDEST)
    factor = whole_number("factor", factor)
    rungs = round(log(high / low, factor)) if high >= low and factor > 1 else -1
    if rungs < 0 or low * factor**rungs != high:
        raise ValueError(f"high must be low times a power of factor, got {low}, {high}, {factor}")
    first = factor**rungs if n_settings is None else n_settings
    whole_number("n_settings", first, most=MOST)
    n_settings = n_settings or factor**rungs
    settings = next(random_search(space, seed, batch=n_settings))
    for rung in range(rungs + 1):
        price = {fidelity: low * factor**rung}
        losses = yield [{**setting, **price} for setting in settings]
        order = np.argsort(losses, kind="stable")
        settings = [settings[i] for i in order[: max(1, len(order) // factor)]]


class EvenInteger(Integer):
    """An integer whose random draws give both ends their full weight; skopt's give them half."""

    def rvs(self, n_samples=1, random_state=None):
        shares = check_random_state(random_state).random_sample(n_samples)
        return [_from_unit(self, share) for share in shares]


def _modelled(dimension: Dimension) -> Dimension:
    """The dimension as the optimizer gets it: its own, and with numbers in place of categories,
    of which it would take plain ones only."""
    if isinstance(dimension, Categorical):
        return Categorical(range(len(dimension.categories)), prior=dimension.prior)
    kind = EvenInteger if isinstance(dimension, Integer) else Real
    return kind(*_ends(dimension), prior=dimension.prior, base=dimension.base)


def _at(space: Space, point: Sequence) -> Setting:
    """The setting that is meant by a point: numbers, and of a category its place."""
    return {
        name: plain(d.categories[x] if isinstance(d, Categorical) else x)
        for (name, d), x in zip(space.items(), point, strict=True)
    }


def _points(space: Space, start: Sequence[Setting] | None) -> list[list]:
    """The settings of ``start`` as points, checked: of a category its place."""
    if start is not None and not isinstance(start, (list, tuple)):
        raise ValueError(f"start must be a list of settings, each a dict, got {start!r}")
    return [_point(space, setting) for setting in start or ()]


def _point(space: Space, setting: Setting) -> list:
    """A setting of ``start`` as a point, checked."""
    if not isinstance(setting, Mapping):
        raise ValueError(f"start: a setting is a dict of hyperparameter → value, got {setting!r}")
    for name in setting:
        if name not in space:
            raise ValueError(f"start: the space has no {name!r}{did_you_mean(name, space)}")
    if missing := [name for name in space if name not in setting]:
        raise ValueError(f"start must give a value for {missing} too, got {setting!r}")
    return [_coordinate(name, d, plain(setting[name])) for name, d in space.items()]


def _coordinate(name: str, dimension: Dimension, value) -> int | float:
    """A number itself, the place of a category; ``ValueError`` if the value lies outside."""
    if isinstance(dimension, Categorical):
        for i, category in enumerate(map(plain, dimension.categories)):
            # 1 is neither True nor 1.0, and two arrays are no True.
            if category is value or (type(category) is type(value) and (category == value) is True):
                return i
        raise ValueError(f"start: {name!r} has no category {value!r}, but {dimension.categories}")
    (low, high), whole = _ends(dimension), isinstance(dimension, Integer)
    if not is_number(value) or not low <= value <= high or (whole and value != floor(value)):
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"start: {name!r} must be {kind} from {low} to {high}, got {value!r}")
    return int(value) if whole else float(value)


def _draw(dimension: Dimension, rng: np.random.RandomState):
    """One random value of a dimension."""
    if isinstance(dimension, Integer) and dimension.prior == "uniform":
        low, high = _ends(dimension)
        return int(rng.randint(low, high + 1))
    return _from_unit(dimension, rng.random_sample())


def _setting(space: Space, point) -> Setting:
    """The setting at a point of the unit cube."""
    return {name: _from_unit(d, u) for (name, d), u in zip(space.items(), point, strict=True)}


def _from_unit(dimension: Dimension, u: float):
    """The value a share u of the way through a dimension; equal shares are equally likely."""
    if isinstance(dimension, Categorical):
        shares = np.cumsum(dimension.prior_)
        i = np.searchsorted(shares, u * shares[-1], side="right")
        return plain(dimension.categories[min(i, len(shares) - 1)])
    (low, last), whole = _ends(dimension), isinstance(dimension, Integer)
    high = last + whole  # an integer k fills the interval from k to k + 1
    value = low * (high / low) ** u if dimension.prior == "log-uniform" else low + u * (high - low)
    # Rounding may carry a value past an end, and u = 1 is one past an integer's last.
    value = min(max(value, low), last)
    return floor(value) if whole else float(value)


def _to_unit(dimension: Dimension, value: float) -> float:
    """Where a value lies in its dimension: 0 at the low end, 1 at the high end."""
    low, high = _ends(dimension)
    high += isinstance(dimension, Integer)
    if dimension.prior == "log-uniform":
        return float(np.log(value / low) / np.log(high / low))
    return (value - low) / (high - low)


def _ends(dimension: Dimension) -> tuple[float, float]:
    """The least and the greatest value, in Python's own types: numpy's small ones overflow."""
    kind = int if isinstance(dimension, Integer) else plain
    return kind(dimension.low), kind(dimension.high)


def _crossed(settings: Iterable[Setting], named: tuple[str, Collection]) -> Iterator[Setting]:
    """Each setting with each value, one at a time; itertools.product would list a long range."""
    name, values = named
    return ({**setting, name: plain(value)} for setting in settings for value in values)


def _checked_grid(grid: Mapping[str, Collection]) -> list[tuple[str, Collection]]:
    """The hyperparameters of a grid, each with a list or range of its values."""
    if not isinstance(grid, Mapping) or not grid:
        raise ValueError(
            "grid must be a dict of hyperparameter → values, with at least one, or a list of such "
            f"dicts, got {grid!r}"
        )
    checked = []
    for name, values in grid.items():
        no_list = isinstance(values, (str, bytes, Mapping, set, frozenset, Dimension))
        if no_list or not hasattr(values, "__iter__") or getattr(values, "ndim", 1) != 1:
            raise ValueError(f"grid: {name!r} needs a list of the values to try, not {values!r}")
        # A range may be longer than the memory.
        checked.append((name, values if isinstance(values, range) else list(values)))
        if not checked[-1][1]:
            raise ValueError(f"grid: {name!r} needs a list of at least one value")
    return checked


def _check(space: Space, seed: int, **counts: int) -> None:
    if not isinstance(space, Mapping) or not space:
        raise ValueError("space must be a dict of hyperparameter → skopt dimension, at least one")
    for name, dimension in space.items():
        if not isinstance(name, str):
            raise ValueError(f"space: a hyperparameter's name must be a string, got {name!r}")
        if not isinstance(dimension, (Real, Integer, Categorical)):
            raise ValueError(f"space: {name!r} must be a Real, Integer or Categorical of skopt")
        if not isinstance(dimension, Categorical):
            _check_ends(name, plain(dimension.low), plain(dimension.high), dimension)
    whole_number("seed", seed, 0, 2**32 - 1)
    for name, count in counts.items():
        whole_number(name, count, most=MOST)


def _check_float32(space: Space, surrogate: str) -> None:
    """The trees of a surrogate hold numbers in 32 bits."""
    for name, dimension in space.items():
        plain_real = isinstance(dimension, Real) and dimension.prior == "uniform"
        if plain_real and max(map(abs, _ends(dimension))) > float(np.finfo(np.float32).max):
            raise ValueError(f"space: {name!r} is too wide for surrogate={surrogate!r}")


def _check_ends(name: str, low: float, high: float, dimension: Real | Integer) -> None:
    """skopt lets pass what it draws wrongly: NaN, infinity, halves, what overflows."""
    logarithm = dimension.prior == "log-uniform"
    if logarithm and not low > 0:
        raise ValueError(f"space: {name!r} is log-uniform, so it must lie above 0, got {low!r}")
    if not (high / low if logarithm else high - low) <= sys.float_info.max:
        raise ValueError(f"space: {name!r} is too wide for floats, got {low!r} to {high!r}")
    if isinstance(dimension, Integer) and not all(
        abs(end) <= WIDEST and end == floor(end) for end in (low, high)
    ):
        raise ValueError(
            f"space: {name!r} must end at whole numbers from -2**53 to 2**53, got {low!r}, {high!r}"
        )
