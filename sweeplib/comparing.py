"""Compare two contestants in pairs: is a difference more than the luck of the draw?

``compare_pairs`` judges losses that were measured; ``pairs_needed`` says beforehand how many
pairs it will take.
"""

import math
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from .checks import between, is_number, whole_number

# Sums of many numbers are right to about this share of their size, in 64-bit floats.
ROUNDING = 1e-12
# Squares of numbers outside these leave the range of a float.
TINY, HUGE = 1e-150, 1e150


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
    matters: str


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
        cross-validation repeated r times, n_pairs is k × r. Leave both out where the pairs are
        independent, as runs under different seeds are.
    confidence : float
        Of the interval, and one less the level of the test.
    margin : float
        The largest difference that would not matter to you, in the unit of the losses.

    Returns
    -------
    Comparison
        ``pairs``; ``mean`` and ``sd`` of the differences a − b; ``effect``, the mean in
        units of the sd; the interval ``low`` to ``high``; ``p`` and, uncorrected,
        ``naive_p`` (two-sided); the ``verdict`` on a:

        * "tie": the whole interval lies within ±margin;
        * "better" or "worse": it does not, and lies below or above zero;
        * "undecided": none of these. More pairs might tell.

        And whether the difference ``matters``:

        * "yes": the whole interval lies beyond the margin, on one side;
        * "no": the whole interval lies within ±margin, a tie;
        * "unclear": neither. What is better may yet be so by less than matters.

        With a margin of 0 every difference matters: "yes" where a is better or worse, else
        "unclear".

    Raises
    ------
    ValueError
        If the losses are not pairs of finite numbers, or another argument is out of its range.

    Warns
    -----
    UserWarning
        If ``n_test`` is larger than ``n_train``: they may have changed places.

    Notes
    -----
    *No spread.* One pair has none, and neither have differences that are all equal. Nothing
    is concluded from such pairs: the verdict is "undecided", the interval endless, and the
    effect and both p values are NaN (the sd is 0, of one pair NaN). Equal means equal but for
    rounding: differences of no more than 1e-12 of the largest loss count as zero, and so does
    a spread of no more than that around one value. (32-bit losses are rounded more coarsely:
    4 units in their last place.)

    *One run of k-fold cross-validation.* The correction was made for random splits, and is
    approximate there. The folds of a single run do not overlap in their test rows, and for them
    it is far too careful: in the tie made to order in chapter 6 it calls a winner in 1.5 % of
    the data sets at the 5 % level with 5 folds and in 0.6 % with 30, and with 5 folds repeated
    5 times in 3.8 %. Prefer repeated folds or random splits.

    References
    ----------
    .. [1] C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine Learning
       52 (2003), 239–281.

    Examples
    --------
    >>> found = compare_pairs([3.1, 2.9, 3.3, 3.0], [3.4, 3.1, 3.7, 3.3], margin=0.1)
    >>> found.verdict, round(found.mean, 2), round(found.p, 4)
    ('better', -0.3, 0.0052)
    >>> round(found.high, 2), found.matters  # by 0.1 or less would not matter
    (-0.17, 'yes')
    >>> compare_pairs([3.1, 2.9, 3.3, 3.0], [3.4, 3.1, 3.7, 3.3], n_train=4, n_test=1).verdict
    'better'
    """
    a, b, rounding = _pairs(a, b)
    between("confidence", confidence, 0, 1)
    between("margin", margin, 0, math.inf, low_too=True)

    shared = _shared(n_train, n_test)  # n_test / n_train, or 0
    n, difference = len(a), a - b
    spread = np.ptp(difference) > 2 * rounding
    difference[np.abs(difference) <= rounding] = 0
    mean = difference.mean()
    if spread:
        sd = difference.std(ddof=1)
        error = sd * math.sqrt(1 / n + shared)
        reach = stats.t.isf((1 - confidence) / 2, n - 1) * error
        low, high = mean - reach, mean + reach
        effect = mean / sd
        p = 2 * stats.t.sf(abs(mean) / error, n - 1)
        naive_p = 2 * stats.t.sf(abs(effect) * math.sqrt(n), n - 1)
    else:  # without a spread nothing says how far the mean is to be trusted
        sd, effect = math.nan if n == 1 else 0.0, math.nan
        low, high, p, naive_p = -math.inf, math.inf, math.nan, math.nan
    if -margin <= low and high <= margin:
        verdict, matters = "tie", "no"
    else:
        verdict = "better" if high < 0 else "worse" if low > 0 else "undecided"
        matters = "yes" if high < -margin or low > margin else "unclear"
    numbers = (float(x) for x in (mean, sd, effect, low, high, p, naive_p))
    return Comparison(n, *numbers, verdict, matters)


def pairs_needed(
    difference: float,
    sd: float,
    n_train: int | None = None,
    n_test: int | None = None,
    *,
    power: float = 0.8,
    confidence: float = 0.95,
    margin: float | None = None,
) -> float:
    """How many pairs until :func:`compare_pairs` sees a difference, or a tie, if it is there?

    Parameters
    ----------
    difference : float
        The true mean difference, in the unit of the losses. Without a margin it is to be
        seen, and is not 0.
    sd : float
        The standard deviation of a single pair's difference, in the same unit.
    n_train, n_test, confidence
        As for :func:`compare_pairs`.
    power : float
        The probability with which it is to be seen.
    margin : float, optional
        Plan for a tie: the whole interval is to lie within ±margin. A plan for two that are
        alike has a difference of 0; one that is to hold for nearly alike ones, a larger one.

    Returns
    -------
    float
        A whole number of pairs, at least 2; ``math.inf`` if no number will do. Splits of one
        data set share rows, and more splits of the same rows cannot make up for too few rows.
        Nor is there a number for a tie of two that differ by the margin or more.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    Without a margin by the noncentral t distribution; seen means told from zero, on the right
    side of it. With a margin by the normal distribution of the mean, averaged over that of the
    sample's sd. Both are exact for independent normal differences. (A tie with a power below
    some 0.2 may also be had by luck, from a few pairs that happen to lie close together.)

    Examples
    --------
    >>> pairs_needed(0.5, sd=1)
    34
    >>> pairs_needed(0.5, sd=1, n_train=80, n_test=20)
    inf
    >>> pairs_needed(0, sd=1, margin=0.5)
    44
    """
    between("difference", difference, -HUGE, HUGE)
    between("sd", sd, TINY, HUGE)
    between("power", power, 0, 1)
    between("confidence", confidence, 0, 1)
    shared, distance = _shared(n_train, n_test), abs(difference) / sd
    if margin is None:
        if not distance:
            raise ValueError("difference must not be 0, unless a margin is given to plan a tie")
        chance, room = _chance_to_tell, distance
    else:
        between("margin", margin, 0, HUGE)
        if abs(difference) >= margin:
            return math.inf
        chance, room = _chance_of_tie, (margin - abs(difference)) / sd

    def reached(n):
        error = math.sqrt(1 / n + shared)  # of the mean, in units of the sd
        bound = stats.t.isf((1 - confidence) / 2, float(n - 1))
        return chance(distance / error, room / error, bound, float(n - 1))

    if shared and reached(math.inf) <= power:  # the limit, never quite reached
        return math.inf
    if room < TINY:
        raise ValueError(f"difference must be at least {TINY} × sd away from 0 and the margin")
    many = 2
    while reached(many) < power:
        many *= 2
    few = max(many // 2, 1)
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if reached(middle) >= power else (middle, many)
    return many


def _chance_to_tell(distance, room, bound, df) -> float:
    """That a t statistic with this noncentrality exceeds the bound."""
    # scipy's has no value for an endless df, nor for a distance beyond some 1e9.
    chance = stats.nct.sf(bound, min(df, 1e300), min(distance, 1e4))
    if math.isnan(chance):
        raise ValueError(f"difference, power, confidence: scipy finds no chance at {df:g} "
                         "degrees of freedom; ask for less extreme ones")  # fmt: skip
    return chance


def _chance_of_tie(distance, room, bound, df) -> float:
    """That an interval of ± bound × sd lies within the margin; all in units of the mean's error.

    ``room`` is what the margin leaves beside the true ``distance``.
    """
    shares = (np.arange(1000) + 0.5) / 1000
    if df < 1e12:
        sd = np.sqrt(stats.chi2.ppf(shares, df) / df)  # the sample's, over the true one
    else:
        sd = 1 + stats.norm.ppf(shares) / math.sqrt(2 * df)
    above, below = room - bound * sd, room + 2 * distance - bound * sd
    within = stats.norm.cdf(above) - stats.norm.cdf(-below)
    return np.clip(within, 0, 1).mean()


def _pairs(a, b) -> tuple[np.ndarray, np.ndarray, float]:
    """Both as floats, and the size of a difference that may be rounding."""
    if isinstance(a, pd.Series) and isinstance(b, pd.Series) and not a.index.equals(b.index):
        raise ValueError("a and b have different indexes: put their pairs in the same order")
    (a, a_rounding), (b, b_rounding) = _losses("a", a), _losses("b", b)
    if a.ndim != 1 or a.shape != b.shape or not len(a):
        raise ValueError(f"a and b must be lists of equal length, got shapes {a.shape}, {b.shape}")
    return a, b, max(a_rounding, b_rounding) * np.abs([a, b]).max() + TINY


def _losses(name: str, values) -> tuple[np.ndarray, float]:
    """As floats, and the share of them that may be rounding; refused unless all are numbers."""
    # A list goes in as objects: numpy would make a number of a bool or a None beside others.
    losses = np.asarray(values, dtype=None if hasattr(values, "dtype") else object)
    usable = losses.dtype.kind in "iuf" and not np.ma.is_masked(values)
    with np.errstate(over="ignore"):  # what is too large is told below
        if losses.dtype.kind == "O":
            usable = all(is_number(x) and abs(x) < HUGE for x in losses.flat)
            losses = np.array(losses.tolist()) if usable else losses
        eps = np.finfo(losses.dtype).eps if losses.dtype.kind == "f" else 0.0
        losses = losses.astype(float) if usable else losses
    if not usable or not (np.abs(losses) < HUGE).all():
        raise ValueError(
            f"{name} must hold finite numbers below {HUGE}: drop the pair, or repeat the trial; "
            f"got {values!r:.200}"
        )
    return losses, max(ROUNDING, 4 * eps)


def _shared(n_train, n_test) -> float:
    """What overlapping splits add to the variance of a mean, in units of sd²."""
    if n_train is None and n_test is None:
        return 0.0
    for name, rows in (("n_train", n_train), ("n_test", n_test)):
        whole_number(name, rows)
    if n_test > n_train:
        warnings.warn(f"n_test {n_test} is above n_train {n_train}: swapped?", stacklevel=3)
    return n_test / n_train
