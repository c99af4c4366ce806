"""Which sweep is it? What an objective and a strategy are made of, told by content, as hashes.

Content is found by pickle's own walk: functions by their code and by what they read, classes by
what is written in them, objects and tables by what they hold; what an installed library brings,
by its name. The same content gives the same hash in another process, under another hash seed, in
a script or in a notebook. What cannot be told by its content is refused.
"""

import contextlib
import dis
import functools
import hashlib
import importlib
import inspect
import io
import itertools
import operator
import pickle
import re
import sys
import sysconfig
import threading
from collections.abc import Iterator, Mapping
from importlib.util import find_spec, resolve_name
from pathlib import Path
from types import (
    CellType,
    CodeType,
    FunctionType,
    GeneratorType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)

import joblib
import numpy as np
import pandas as pd
from sklearn import get_config
from sklearn.base import BaseEstimator
from skopt.space import Categorical, Dimension

from .checks import plain

Parts = dict[str, str]
PLAIN = (int, float, bool, type(None), str, bytes, complex)
# Of these kinds, and of what is made from them, attributes are not the content.
BUILT_IN = (*PLAIN, list, dict, tuple, set, frozenset, np.ndarray, MethodType, type)
# Folders of libraries, wherever they lie; sweeplib is one.
STANDARD = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
INSTALLED, OWN_FOLDER = {"site-packages", "dist-packages"}, Path(__file__).parent
# No score depends on these parameters and attributes of an estimator.
IDLE = {"n_jobs", "verbose", "_sklearn_version", "_stop_words_id"}
# Of scikit-learn's configuration, what scores depend on.
CONFIG = ("enable_metadata_routing", "transform_output", "array_api_dispatch")
# What Python adds to a class or a module, or notes of its type hints.
ADDED = {
    "__dict__", "__weakref__", "__module__", "__doc__", "_abc_impl", "__annotations__",
    "__annotate__", "__annotate_func__", "__annotations_cache__", "__static_attributes__",
    "__firstlineno__", "__dataclass_fields__", "__orig_bases__", "__type_params__", "__slotnames__",
    "__classdictcell__", "__builtins__", "__cached__", "__file__", "__loader__", "__name__",
    "__package__", "__path__", "__spec__", "__warningregistry__",
}  # fmt: skip
# Modules that a class is said to be of which they have made for somebody else.
FACTORIES = {"types", "abc"}
# Objectives that changed while they ran: their parts afterwards, and before.
CHANGED: dict[frozenset, Parts] = {}


def identify(objective, strategy, minimize: str, version: str | None = None) -> Parts:
    """What makes a sweep the sweep it is: name → value, or ``#`` and a hash of it.

    Raises
    ------
    ValueError
        If a part cannot be told by its content, and no ``version`` stands for it.
    """
    told = identify_strategy(strategy, version) | identify_objective(objective, version)
    return {"minimize": minimize} | told


def identify_strategy(strategy: GeneratorType, version: str | None) -> Parts:
    """The parts of a strategy that has not begun: its code, and what it was called with."""
    code, frame = strategy.gi_code, strategy.gi_frame
    parts = {"strategy": code.co_qualname}
    parts |= {} if version is None else {"version": repr(version)}
    parts |= _told("strategy", _apart(frame.f_locals), version)
    if not in_library(code.co_filename):
        # Whether what it reads gives other settings, the loop sees for itself.
        read = {n: v for n, v in _read_by(code, frame.f_globals).items() if callable(v)}
        parts |= _told("strategy", {"code": code} | _apart(read), version)
    return parts


def identify_objective(objective, version: str | None) -> Parts:
    """The parts of an objective: its code, and each thing that it holds or reads."""
    if isinstance(objective, FunctionType):
        name, held = objective.__qualname__, {"code": objective.__code__} | _read(objective)
    else:
        name = type(objective).__qualname__
        kind, pickled = type(objective), ("__reduce__", "__reduce_ex__")
        by_state = all(getattr(kind, way) is getattr(object, way) for way in pickled)
        by_state = by_state and not isinstance(objective, BUILT_IN)
        state = by_state and _apart(_state(objective))
        held = {"code": kind} | (state or {"itself": objective})
    config = {key: get_config().get(key) for key in CONFIG}
    if any(value not in (None, False, "default") for value in config.values()):
        held |= {"scikit-learn's configuration": config}
    return {"objective": name} | _told("objective", held, version)


def changed_while_it_ran(before: Parts, objective, version: str | None) -> None:
    """Remember what the objective became, so that it is known again: that was its own doing."""
    after = before | identify_objective(objective, version)
    if after != before:
        CHANGED[_of_objective(after)] = before


def earlier(parts: Parts) -> Iterator[Parts]:
    """The parts, and those that the same objective had before it ran in this process."""
    seen = set()
    while parts and (key := _of_objective(parts)) not in seen:
        yield parts
        seen.add(key)
        parts = CHANGED.get(key) and parts | dict(_of_objective(CHANGED[key]))


def _of_objective(parts: Parts) -> frozenset:
    return frozenset(item for item in parts.items() if item[0].startswith("objective"))


def _told(whose: str, held: Mapping, version: str | None) -> Parts:
    parts = {}
    for name, value in held.items():
        try:
            parts[f"{whose} {name}"] = _text(value)
        except Exception as error:
            if version is None:
                raise ValueError(
                    f"journal: {whose} {name} cannot be told by its content ({error}). Let the "
                    f"{whose} make or open it when it is called; or say version='1', and another "
                    "version whenever you change it"
                ) from error
            parts[f"{whose} {name}"] = f"a {type(value).__qualname__}"
    return parts


def _text(value) -> str:
    """A short value or a search space as it reads; of anything else a hash."""
    if isinstance(value, Mapping) and value and all(map(_is_dimension, value.values())):
        return "{" + ", ".join(f"{n!r}: {_dimension(d)}" for n, d in value.items()) + "}"
    value = plain(value)
    if type(value) in PLAIN and len(repr(value)) < 60:
        return repr(value)
    return f"#{content(value)}"


def _is_dimension(value) -> bool:
    return isinstance(value, Dimension)


def _dimension(dimension: Dimension) -> str:
    """As it reads, with all its categories (its own repr leaves the middle ones out) and without
    the transform, which an optimizer changes."""
    if isinstance(dimension, Categorical):
        categories = [_text(category) for category in dimension.categories]
        return f"Categorical([{', '.join(categories)}], prior={dimension.prior})"
    return re.sub(r", transform='\w+'", "", repr(dimension))


def content(value) -> str:
    """A hash of what the value holds; raises what pickle raises for what it cannot tell."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 50_000))
    try:
        return Hasher().digest(value).hex()
    finally:
        sys.setrecursionlimit(limit)


class Hasher(pickle._Pickler):
    """Pickle's walk with a hash for each object, so that equal and identical are the same."""

    def __init__(self):
        super().__init__(io.BytesIO(), protocol=3)
        self.known, self.open = {}, {}
        self._write_large_bytes = lambda *parts: [self.write(part) for part in parts]

    def digest(self, value) -> bytes:
        """The hash of one object; within a cycle, how far up it is still being hashed."""
        key = id(value)
        if key in self.open:
            return b"%d up" % (len(self.open) - self.open[key])
        if key not in self.known:
            outer, written = getattr(self, "write", None), []
            self.open[key], self.write = len(self.open), written.append
            try:
                super().save(value)
            finally:
                del self.open[key]
                self.write = outer
            found = hashlib.blake2b(b"".join(written), digest_size=16).digest()
            self.known[key] = found, value  # kept, or its id would be given to another
        return self.known[key][0]

    def save(self, value, save_persistent_id=True):
        if type(value) in PLAIN:
            super().save(value)
        else:
            self.write(self.digest(value))

    def memoize(self, value):
        """Nothing: what is alike is the same, whether it is one object or two."""

    def reducer_override(self, value):
        kind = type(value)
        if kind in (*PLAIN, list, dict, tuple):
            return NotImplemented
        if isinstance(value, (set, frozenset)):
            return _content, (kind.__name__, sorted(map(self.digest, value)))
        for kinds, held_by in CONTENT.items():
            if isinstance(value, kinds):
                return _content, (kind.__name__, held_by(value))
        if kind.__module__.startswith("polars.") and hasattr(value, "to_list"):
            return _content, (value.name, str(value.dtype), value.to_list())
        if kind.__module__.startswith("polars.") and hasattr(value, "get_columns"):
            return _content, tuple(value.get_columns())
        own_way = ("__reduce__", "__reduce_ex__", "__getstate__")  # of being pickled
        if _is_library(kind) or isinstance(value, (*PLAIN, list, dict, tuple)):
            return NotImplemented
        if any(getattr(kind, way, None) is not getattr(object, way, None) for way in own_way):
            return NotImplemented
        return (_content, (kind, _state(value))) if hasattr(value, "__dict__") else NotImplemented


def _content(*parts):
    """Stands in the pickle before what something holds."""


def _state(value) -> dict:
    """What an object holds, by name, in slots too; not what a ``cached_property`` keeps in it."""
    kind, kept = type(value), functools.cached_property
    written = itertools.chain(*(vars(base).items() for base in kind.__mro__))
    slots = [name for name, held in written if isinstance(held, MemberDescriptorType)]
    state = {name: getattr(value, name) for name in slots if hasattr(value, name)}
    state |= getattr(value, "__dict__", {})
    static = {name: inspect.getattr_static(kind, name, None) for name in state}
    return {n: held for n, held in state.items() if not isinstance(static[n], kept)}


def _estimator(value: BaseEstimator):
    state = value.__getstate__()
    if isinstance(state, dict):
        state = {name: held for name, held in state.items() if name not in IDLE}
    return [type(value), state]


def _array(value: np.ndarray):
    if isinstance(value, np.ma.MaskedArray):
        return [value.data, np.ma.getmaskarray(value)]
    if value.dtype.hasobject:
        return [value.shape, _objects(value.ravel().tolist())]
    flat = np.ascontiguousarray(value).reshape(-1).view(np.uint8)
    return [str(value.dtype.descr), value.shape, hashlib.blake2b(flat).digest()]


def _objects(values: list):
    """Texts at once, since pickle takes its time over each of many."""
    if set(map(type, values)) == {str}:
        return [np.array([len(text) for text in values]), "".join(values)]
    return values


def _column(value):
    """The dtype and the values of a column, as numpy has them where numpy knows the dtype."""
    if isinstance(value, pd.Categorical):
        return [value.ordered, _table(value.categories), value.codes]
    if isinstance(value.dtype, np.dtype) or isinstance(value, pd.arrays.NumpyExtensionArray):
        return np.asarray(value)
    if isinstance(value.dtype, (pd.DatetimeTZDtype, pd.PeriodDtype)):
        return [str(value.dtype), value.asi8]
    return [str(value.dtype), _objects(list(value.astype(object)))]


def _table(value):
    if isinstance(value, pd.DataFrame):
        columns = [_column(value.iloc[:, i].array) for i in range(value.shape[1])]
        return [_table(value.columns), _table(value.index), columns]
    if isinstance(value, pd.MultiIndex):
        return [_table(value.get_level_values(i)) for i in range(value.nlevels)]
    return [value.name, _column(value.array), isinstance(value, pd.Series) and value.index]


def _generator(value: GeneratorType):
    if inspect.getgeneratorstate(value) != inspect.GEN_CREATED:
        raise TypeError("a generator that has begun")
    read = _read_by(value.gi_code, value.gi_frame.f_globals)
    return [value.gi_code, dict(value.gi_frame.f_locals), read]


def _code(code: CodeType):
    """What the code does: no comment, type hint or docstring, and not where it stands."""
    steps = [
        # Of keywords' names Python 3.11 gives no argval.
        (step.opcode, code.co_consts[step.arg] if step.opcode in dis.hasconst else step.arg)
        for step in dis.get_instructions(code)
        if step.opname != "EXTENDED_ARG"
    ]
    return [
        steps, code.co_exceptiontable, code.co_names, code.co_varnames, code.co_freevars,
        code.co_cellvars, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount,
    ]  # fmt: skip


def _module(value: ModuleType):
    """The name of a library's module; of one's own all that it holds."""
    if _is_library(value):
        return value.__name__
    return {name: held for name, held in sorted(vars(value).items()) if name not in ADDED}


def _class(value: type):
    if _is_library(value) and not _made_here(value):
        return [value.__module__, value.__qualname__]
    slots = (MemberDescriptorType, GetSetDescriptorType)
    written = {
        name: held
        for name, held in sorted(vars(value).items())
        if name not in ADDED and not isinstance(held, slots)
    }
    return [value.__qualname__, value.__bases__, type(value), written]


def _made_here(value: type) -> bool:
    """Was a class made by a library for somebody else, as ``make_dataclass`` does?"""
    module, private = sys.modules.get(value.__module__), value.__qualname__.partition(".")[0]
    return module.__name__ in FACTORIES and not hasattr(module, private)


def _function(value: FunctionType):
    module = sys.modules.get(value.__module__)
    if in_library(value.__code__.co_filename) and module and _is_library(module):
        with contextlib.suppress(AttributeError):
            if operator.attrgetter(value.__qualname__)(module) is value:
                return [value.__module__, value.__qualname__]
    if hasattr(value, "registry") and hasattr(value, "dispatch"):  # of functools.singledispatch
        return dict(value.registry)
    return [value.__code__, _read(value)]


def _read(function: FunctionType) -> dict[str, object]:
    """What a function reads from its surroundings: globals, closure, defaults, attributes."""
    code = function.__code__
    read = {} if in_library(code.co_filename) else _read_by(code, function.__globals__)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        if cell != CellType() and not _rebinds(code, name):
            read[name] = cell.cell_contents
    written = _names(code, "STORE_ATTR")
    for name, held in vars(function).items():
        if name not in written:
            read[f"its {name}" if name in read else name] = held
    return _apart(read) | {"defaults": [function.__defaults__, function.__kwdefaults__]}


def _rebinds(code: CodeType, name: str) -> bool:
    """Does the code, or a function within it that shares the variable, write it?"""
    inner = (held for held in code.co_consts if isinstance(held, CodeType))
    return any(
        step.opname == "STORE_DEREF" and step.argval == name for step in dis.get_instructions(code)
    ) or any(_rebinds(held, name) for held in inner if name in held.co_freevars)


def _apart(held: Mapping) -> dict:
    """What is held by name, so that no name is one that is given here to something else."""
    return {f"its {n}" if n in ("code", "defaults", "itself") else n: v for n, v in held.items()}


def _read_by(code: CodeType, names: Mapping) -> dict[str, object]:
    """The globals that code reads and does not write; of one's own modules what it uses."""
    loaded = _names(code, "LOAD_GLOBAL", "LOAD_NAME") - _names(code, "STORE_GLOBAL")
    read = {name: names[name] for name in sorted(loaded) if name in names}
    read |= _imported_by(code, names.get("__package__"))
    steps = _steps(code)
    used = {step.argval for step in steps if isinstance(step.argval, str)}
    # What is handed on or kept, and not just asked for an attribute.
    whole = {
        step.argval
        for step, then in itertools.pairwise(steps)
        if step.opname.startswith("LOAD_") and then.opname not in ("LOAD_ATTR", "LOAD_METHOD")
    }
    return {n: _used(held, None if n in whole else used, set()) for n, held in read.items()}


def _imported_by(code: CodeType, package: str | None) -> dict[str, ModuleType]:
    """One's own modules that the code imports when it runs."""
    found, steps = {}, _steps(code)
    for level, step in zip(steps, steps[2:], strict=False):
        if step.opname == "IMPORT_NAME":
            with contextlib.suppress(ImportError, ValueError, TypeError):
                name = resolve_name("." * (level.argval or 0) + step.argval, package)
                top = find_spec(name.partition(".")[0])
                if top.origin is None or not in_library(top.origin):
                    found[name] = importlib.import_module(name)
                    for part in _names(code, "IMPORT_FROM"):
                        with contextlib.suppress(ImportError):
                            importlib.import_module(f"{name}.{part}")
    return found


def _used(held, used: set[str] | None, seen: set):
    """Of a module of one's own what code with these names may use of it, or all; else what it
    is."""
    if not isinstance(held, ModuleType) or _is_library(held) or held in seen:
        return held.__name__ if isinstance(held, ModuleType) else held
    if used is None or used & {"getattr", "vars", "__dict__"}:
        return held
    seen.add(held)
    return {name: _used(vars(held)[name], used, seen) for name in sorted(used & set(vars(held)))}


@functools.lru_cache(1000)
def _steps(code: CodeType) -> list[dis.Instruction]:
    """The instructions of the code and of the functions within it."""
    inner = (_steps(const) for const in code.co_consts if isinstance(const, CodeType))
    return [*dis.get_instructions(code), *itertools.chain(*inner)]


def _names(code: CodeType, *operations: str) -> set[str]:
    return {step.argval for step in _steps(code) if step.opname in operations}


def _is_library(thing: type | ModuleType) -> bool:
    module = thing if isinstance(thing, ModuleType) else sys.modules.get(thing.__module__)
    if module is None or module.__name__ == "__main__":
        return False
    folders = getattr(module, "__path__", ())  # a folder without __init__.py has no file
    if file := getattr(module, "__file__", None) or next(iter(folders), None):
        return in_library(file)
    top = module.__name__.partition(".")[0]  # of what is built in, or made at run time
    made_by = sys.modules.get(top, module)
    return top in sys.stdlib_module_names or (made_by is not module and _is_library(made_by))


@functools.lru_cache(None)
def in_library(file: str) -> bool:
    """Does code of this file belong to Python or to an installed package, wherever that lies?"""
    path = Path(file)
    if file.startswith(("<frozen", *STANDARD)) or path.parent == OWN_FOLDER:
        return True
    above = [Path(entry) for entry in sys.path if entry and path.is_relative_to(entry)]
    return not INSTALLED.isdisjoint(path.parts) or any(_installed(path, to) for to in above)


def _installed(path: Path, folder: Path) -> bool:
    """Has pip noted the file, or the package that it lies in, in this folder?"""
    top = path.relative_to(folder).parts[0]
    records = (record.read_text("utf-8") for record in folder.glob("*.dist-info/RECORD"))
    return any(re.search(f"^{re.escape(top)}[/,]", record, re.MULTILINE) for record in records)


# What is told otherwise than pickle would; the first that fits.
CONTENT = {
    FunctionType: _function,
    type: _class,
    CodeType: _code,
    MethodType: lambda value: [value.__func__, value.__self__],
    ModuleType: _module,
    (classmethod, staticmethod, functools._lru_cache_wrapper): lambda value: value.__wrapped__,
    property: lambda value: [value.fget, value.fset, value.fdel],
    functools.cached_property: lambda value: value.func,
    MappingProxyType: dict,
    GeneratorType: _generator,
    itertools.count: repr,
    np.ndarray: _array,
    (pd.DataFrame, pd.Series, pd.Index): _table,
    pd.api.extensions.ExtensionArray: _column,
    Dimension: _dimension,
    BaseEstimator: _estimator,
    joblib.memory.MemorizedFunc: lambda value: value.func,
    # They hold nothing that a score depends on.
    (type(threading.Lock()), type(threading.RLock()), joblib.Memory): lambda value: None,
}  # fmt: skip
