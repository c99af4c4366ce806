"""The journal of a sweep: a line for each finished trial, so that nothing finished is lost.

The first line says which sweep it is: the objective with its data, the direction, the strategy
with its arguments. A later call of the same sweep is answered from the lines that follow; any
other call is refused, with the names of what differs.
"""

import dis
import functools
import inspect
import json
import math
import os
import re
import sys
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType

import joblib
import numpy as np
import pandas as pd
from filelock import FileLock, Timeout
from sklearn.base import BaseEstimator
from skopt.space import Categorical, Dimension

# Functions below these folders belong to a library: their name and source are enough.
LIBRARIES = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib"))


HEADER = b'{"sweep": '  # how a journal begins
TRIAL = ("trial", "setting", "scores", "started", "seconds", "worker", "error")


class Journal:
    """The file of one sweep, held by one writer at a time; a context manager.

    ``finished`` holds the trials of earlier runs by number, ``began`` is when the first of them
    started (seconds since 1970).

    Raises
    ------
    ValueError
        If the file holds another sweep, or a line that is not a trial.
    RuntimeError
        If another sweep is writing it.
    OSError
        If it cannot be written.
    """

    def __init__(self, path: str | os.PathLike, identity: dict[str, str]):
        self.path, self.identity = Path(path), identity
        self.finished: dict[int, dict] = {}
        self.began = time.time()

    def __enter__(self):
        self.lock = FileLock(f"{self.path}.lock")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.lock.acquire(timeout=0)
        except Timeout:
            raise RuntimeError(f"journal: another sweep is writing {self.path}") from None
        except OSError as error:
            raise OSError(f"journal: cannot write {self.path}: {error}") from error
        try:
            self._open()
        except BaseException:
            self.lock.release()
            raise
        return self

    def __exit__(self, *_):
        os.close(self.file)
        self.lock.release()

    def _open(self) -> None:
        try:
            text = self.path.read_bytes() if self.path.exists() else b""
        except OSError as error:
            raise OSError(f"journal: cannot read {self.path}: {error}") from error
        whole = text[: text.rfind(b"\n") + 1]  # without a last line torn by a kill
        if whole or not HEADER.startswith(text[: len(HEADER)]):
            lines = (whole or text).splitlines()
            header, *trials = [self._parsed(*line) for line in enumerate(lines, 1)]
            self._compare(header)
            self.began = header["began"]
            self.finished = {trial["trial"]: _with_nan(trial) for trial in trials}
        try:
            self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0))
            os.ftruncate(self.file, len(whole))
            os.lseek(self.file, 0, os.SEEK_END)
        except OSError as error:
            raise OSError(f"journal: cannot write {self.path}: {error}") from error
        if not whole:
            self._append({"sweep": self.identity, "began": self.began})

    def _parsed(self, number: int, line: bytes) -> dict:
        try:
            entry = json.loads(line)
            _ = [entry[name] for name in (TRIAL if number > 1 else ("sweep", "began"))]
        except (ValueError, KeyError, TypeError):
            raise ValueError(
                f"journal: line {number} of {self.path} is no line of a journal. Nothing was "
                "changed; mend or remove that line, or keep a new journal"
            ) from None
        return entry

    def _compare(self, header: dict) -> None:
        was, now = header["sweep"], self.identity
        differ = [name for name in {**was, **now} if was.get(name) != now.get(name)]
        if differ:
            said = (_difference(name, was.get(name), now.get(name)) for name in differ)
            raise ValueError(f"journal: {self.path} holds another sweep: {'; '.join(said)}")

    def write(self, trial: dict) -> None:
        """Append a finished trial; on the disk when this returns."""
        scores = {k: None if v != v else v for k, v in trial["scores"].items()}  # JSON has no NaN
        self._append(trial | {"scores": scores})

    def _append(self, entry: dict) -> None:
        line = json.dumps(entry, ensure_ascii=False).encode(errors="surrogatepass") + b"\n"
        try:
            while line:
                line = line[os.write(self.file, line) :]
            os.fsync(self.file)
        except OSError as error:
            raise OSError(
                f"journal: cannot write {self.path}: {error}. The trials in it are safe: run the "
                "same call again when it can be written"
            ) from error


def _with_nan(trial: dict) -> dict:
    scores = {name: math.nan if v is None else v for name, v in trial["scores"].items()}
    return trial | {"scores": scores}


def refuse_what_json_cannot_hold(setting: Mapping) -> None:
    """ValueError, if a setting would not come back from the journal as it is."""
    for name, value in setting.items():
        try:
            same = json.loads(json.dumps(value)) == value
        except (TypeError, ValueError):
            same = False
        if not same:
            raise ValueError(f"journal: JSON cannot hold {name}={value!r}: use plain values")


def identity(objective, strategy, minimize: str) -> dict[str, str]:
    """What makes a sweep the sweep it is: name → value, or ``#`` and a hash of it."""
    parts = {"minimize": minimize, "strategy": strategy.gi_code.co_qualname}
    parts["strategy code"] = _told(_source(strategy.gi_code))
    for name, value in strategy.gi_frame.f_locals.items():
        parts[f"strategy {name}"] = _told(value)
    if isinstance(objective, FunctionType):
        parts |= {"objective": objective.__qualname__, "objective code": _told(_source(objective))}
        held = _read_by(objective)
    else:
        parts["objective"] = type(objective).__qualname__
        parts["objective code"] = _told(_plain(type(objective)))
        held = getattr(objective, "__dict__", {}) or {"itself": objective}
    for name, value in held.items():
        parts[f"objective {name}"] = _told(value)
    return parts


def _difference(name: str, was: str | None, now: str | None) -> str:
    if was is None or now is None or was.startswith("#") or now.startswith("#"):
        return f"{name} differs"
    return f"{name} was {was}, is {now}"


def _told(value) -> str:
    """A short value or a search space as it reads; of anything else a hash."""
    if isinstance(value, Mapping) and value and all(map(_is_dimension, value.values())):
        return "{" + ", ".join(f"{n!r}: {_dimension(d)}" for n, d in value.items()) + "}"
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or (isinstance(value, (bool, int, float, str)) and len(repr(value)) < 60):
        return repr(value)
    return f"#{joblib.hash(_plain(value))}"


def _is_dimension(value) -> bool:
    return isinstance(value, Dimension)


def _dimension(dimension: Dimension) -> str:
    """As it reads, with all its categories (its own repr leaves the middle ones out) and without
    the transform, which an optimizer changes."""
    if isinstance(dimension, Categorical):
        return f"Categorical({list(dimension.categories)}, prior={dimension.prior})"
    return re.sub(r", transform='\w+'", "", repr(dimension))


def _plain(value, seen: tuple = ()):
    """The value as data that hash the same in every process: functions by source and by what
    they read, objects by what they hold, tables by their rows."""
    if id(value) in seen:
        return "seen"
    seen = (*seen, id(value))
    if isinstance(value, FunctionType):
        held = {} if _in_library(value) else _read_by(value)
        return [value.__qualname__, _plain(_source(value), seen), _plain(held, seen)]
    if isinstance(value, MethodType):
        return [_plain(value.__func__, seen), _plain(value.__self__, seen)]
    if isinstance(value, functools.partial):
        return [_plain(part, seen) for part in (value.func, value.args, value.keywords)]
    if isinstance(value, type):
        held = {} if _in_library(value) else _written_in(value)
        return [value.__module__, value.__qualname__, _plain(held, seen)]
    if isinstance(value, CodeType):  # its constants hold the code within it
        return [value.co_code, value.co_names, _plain(value.co_consts, seen)]
    if isinstance(value, (property, classmethod, staticmethod)):
        return [_plain(getattr(value, name, None), seen) for name in ("fget", "fset", "__func__")]
    if isinstance(value, ModuleType):
        return value.__name__
    if isinstance(value, (pd.DataFrame, pd.Series, pd.Index)):
        names = [str(name) for name in getattr(value, "columns", [])]
        return [names, pd.util.hash_pandas_object(value).to_numpy()]
    if isinstance(value, Mapping):
        return [[str(name), _plain(held, seen)] for name, held in value.items()]
    if isinstance(value, (list, tuple)):
        return [_plain(held, seen) for held in value]
    if isinstance(value, BaseEstimator):
        return [_plain(type(value)), _plain(value.get_params(deep=False), seen)]
    if isinstance(
        value, (np.ndarray, np.generic, str, bytes, int, float, complex, set, frozenset, type(None))
    ):
        return value
    if hasattr(value, "__dict__") and not isinstance(value, np.random.RandomState):
        return [_plain(type(value)), _plain(vars(value), seen)]
    try:
        return joblib.hash(value)
    except Exception:  # what cannot be pickled is known by its type alone
        return type(value).__qualname__


def _read_by(function: FunctionType) -> dict[str, object]:
    """What a function reads from its surroundings: defaults, closure and globals, by name."""
    names = sorted(_names(function.__code__))
    read = {name: function.__globals__[name] for name in names if name in function.__globals__}
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    read |= {name: cell.cell_contents for name, cell in cells}
    return read | {"defaults": [function.__defaults__, function.__kwdefaults__]}


def _names(code: CodeType) -> set[str]:
    """The globals that a function reads, and the functions and classes within it."""
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    steps = dis.get_instructions(code)
    own = {step.argval for step in steps if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return own.union(*map(_names, inner))


def _written_in(cls: type) -> dict[str, object]:
    """What a class statement holds; of __names__ the methods alone, as Python adds to the rest."""
    written = {
        name: held
        for name, held in vars(cls).items()
        if isinstance(held, FunctionType) or not name.startswith("__")
    }
    return {"bases": cls.__bases__} | written


def _source(function: FunctionType | CodeType) -> str | CodeType:
    code = getattr(function, "__code__", function)  # not of the function that it may wrap
    try:
        return inspect.getsource(code)
    except (OSError, TypeError):  # typed at a prompt, say
        return code


def _in_library(thing: FunctionType | type) -> bool:
    if isinstance(thing, FunctionType):
        return thing.__code__.co_filename.startswith(LIBRARIES)
    module = sys.modules.get(thing.__module__)
    if module is None or module.__name__ == "__main__":
        return False
    return getattr(module, "__file__", LIBRARIES[0]).startswith(LIBRARIES)  # none if built in
