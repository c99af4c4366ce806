"""Arguments are checked here, in one voice: the name, what was got, and what would do."""

import math
import os
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from pathlib import Path

import numpy as np


def whole_number(name: str, value, least: int = 1, most: float = math.inf) -> int:
    """The value as an int; ``ValueError`` if it is no whole number from ``least`` to ``most``."""
    if not is_whole(value) or not least <= value <= most:
        wanted = f"of at least {least}" if most == math.inf else f"from {least} to {most}"
        raise ValueError(f"{name} must be a whole number {wanted}, got {value!r}")
    return int(value)


def is_whole(value) -> bool:
    """Is it an integer of Python's or numpy's? A bool is none, and 2.0 is none."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def is_number(value) -> bool:
    """Is it a real number of Python's or numpy's?"""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def between(name: str, value, low: float, high: float, *, low_too: bool = False) -> float:
    """The value as a float; ``ValueError`` if it is no number above ``low`` (or, ``low_too``, from
    it on) and below ``high``."""
    if not is_number(value) or not (low < value < high or (low_too and value == low)):
        least = f"of at least {low}" if low_too else f"above {low}"
        raise ValueError(f"{name} must be a number {least} and below {high}, got {value!r}")
    return float(value)


def one_of(name: str, value, options: Collection[str]) -> None:
    """``ValueError`` if the value is none of the options."""
    if not np.isscalar(value) or value not in options:
        *others, last = map(repr, options)
        near = did_you_mean(value, options)
        raise ValueError(f"{name} must be {', '.join(others)} or {last}, got {value!r}{near}")


def same_columns(X_train, X_test) -> None:
    """``ValueError`` where both have named columns, texts or numbers, and these differ."""
    train, test = (list(getattr(X, "columns", [])) for X in (X_train, X_test))
    if train and test and train != test:
        raise ValueError(f"X_test must have the columns of X_train, in their order: {train}")


def jobs(n_jobs) -> None:
    """``ValueError`` if it is no number of workers as joblib counts them."""
    if n_jobs is not None and not (is_whole(n_jobs) and n_jobs != 0):
        raise ValueError(f"n_jobs must be a whole number, and not 0, got {n_jobs!r}")


def path_of(what: str, name: str, value) -> Path:
    """The value as the absolute path of a file or a folder; ``ValueError`` if it can be none."""
    try:
        text = os.fspath(value)
        if isinstance(text, str) and text and b"\0" not in os.fsencode(text):
            return Path(text).expanduser().absolute()
        said = ""
    except (TypeError, ValueError, RuntimeError, OSError) as error:  # no such home, say
        said = f": {error}" if isinstance(error, (RuntimeError, OSError)) else ""
    raise ValueError(f"{name} must be the path of a {what}, got {value!r}{said}")


def plain(value):
    """A number in Python's own type, not numpy's; anything else as it is, times of numpy's too."""
    if not isinstance(value, np.generic) or isinstance(value, (np.datetime64, np.timedelta64)):
        return value  # Python's times have other units
    return value.item()


def did_you_mean(name, names: Iterable[str]) -> str:
    """A question that ends a message where one of the names is close, else nothing."""
    near = get_close_matches(str(name), list(map(str, names)), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
