"""Which sweep is it? Changed content is refused by name; the same content is known again."""

import abc
import collections
import copy
import dataclasses
import datetime
import enum
import functools
import itertools
import logging
import os
import subprocess
import sys
import threading
import types
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from common import UNIT, bowl
from hypothesis import example, given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sweeplib import Holdout, grid_search, load_split, random_search, sweep
from sweeplib.identity import content, identify

try:
    from lightgbm import LGBMRegressor
except (ImportError, OSError):  # its wheel needs the system's OpenMP
    LGBMRegressor = None


def go(objective, strategy=None, budget=3, **options):
    strategy = random_search(UNIT, 0) if strategy is None else strategy
    return sweep(objective, strategy, budget, minimize="loss", progress=False, **options)


class Holding:
    """An objective that holds something and reads it."""

    def __init__(self, held):
        self.held = held

    def __call__(self, x):
        return {"loss": x}


def parts(objective, **options):
    return identify(objective, random_search(UNIT, 0), "loss", **options)


def differing(one, other):
    one, other = parts(one), parts(other)
    return {name for name in {**one, **other} if one.get(name) != other.get(name)}


# Changed content is noticed

X = np.arange(6.0).reshape(3, 2)
FRAME = pd.DataFrame({"a": [1, 2], "b": ["u", "v"]})
PAIRS = {
    "a Timestamp": (pd.Timestamp("2020-01-01"), pd.Timestamp("2020-01-02")),
    "a Timestamp's zone": (pd.Timestamp("2020", tz="UTC"), pd.Timestamp("2020", tz="Asia/Tokyo")),
    "a Timedelta": (pd.Timedelta("1h"), pd.Timedelta("2h")),
    "a Period": (pd.Period("2020-01", "M"), pd.Period("2020-02", "M")),
    "an Interval": (pd.Interval(0, 1), pd.Interval(0, 2)),
    "a closed side": (pd.Interval(0, 1), pd.Interval(0, 1, closed="left")),
    "a datetime": (datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 2)),
    "string labels": (pd.Series(["a", "b"], dtype="string"), pd.Series(["a", "c"], dtype="string")),
    "a missing string": (pd.Series(["a", None]), pd.Series(["a", "None"])),
    "labels of an index": (pd.Index(["a", "b"]), pd.Index(["a", "c"])),
    "labels of a level": (
        pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]),
        pd.MultiIndex.from_tuples([("a", 1), ("c", 2)]),
    ),
    "codes of categories": (pd.Categorical(list("aba")), pd.Categorical(list("aab"))),
    "the order of categories": (
        pd.Categorical(["a"], categories=["a", "b"]), pd.Categorical(["a"], categories=["b", "a"])
    ),
    "that categories are ordered": (
        pd.Categorical(["a"]), pd.Categorical(["a"], ordered=True)
    ),
    "a unit of time": (
        pd.Series(pd.to_datetime(["2020-01-01"])).astype("datetime64[s]"),
        pd.Series(pd.to_datetime(["2020-01-01"])).astype("datetime64[ns]"),
    ),
    "a zone of times": (
        pd.Series(pd.date_range("2020", periods=2, tz="UTC")),
        pd.Series(pd.date_range("2020", periods=2, tz="Europe/Paris")),
    ),
    "a nullable number": (pd.array([1, None]), pd.array([1, 2])),
    "a dtype": (FRAME, FRAME.astype({"a": "float64"})),
    "a column's name": (FRAME, FRAME.rename(columns={"a": "c"})),
    "the order of columns": (FRAME, FRAME[["b", "a"]]),
    "an index": (FRAME, FRAME.set_axis([5, 6])),
    "a polars cell": (pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [1, 3]})),
    "a polars column": (pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"b": [1, 2]})),
    "a polars dtype": (pl.Series([1, 2], dtype=pl.Int8), pl.Series([1, 2], dtype=pl.Int16)),
    "an array's cell": (X, X + np.eye(3, 2)),
    "an array's shape": (X, X.reshape(2, 3)),
    "an array's dtype": (X, X.astype(np.float32)),
    "an array of objects": (np.array([1, "a"], object), np.array([1, "b"], object)),
    "a masked cell": (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
    "the state of a generator": (np.random.RandomState(0), np.random.RandomState(1)),
    "a set": ({"a", "b"}, {"a", "c"}),
    "a key": ({1: 2}, {"1": 2}),
    "the order of a dict": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "a type of number": (1, 1.0),
    "a bool": (True, 1),
    "a fitted model": (Ridge().fit(X, [1, 2, 3]), Ridge().fit(X, [1, 2, 4])),
    "a model that is fitted": (Ridge(), Ridge().fit(X, [1, 2, 3])),
    "a fitted scaler": (StandardScaler().fit(X), StandardScaler().fit(2 * X)),
    "a scaler in a fitted pipeline": (
        make_pipeline(StandardScaler(), Ridge()).fit(X, [1, 2, 3]),
        make_pipeline(StandardScaler(), Ridge()).fit(X * [1, 2], [1, 2, 3]),
    ),
    "a wrapped function": (functools.lru_cache(lambda x: x), functools.lru_cache(lambda x: x + 1)),
    "a partial": (functools.partial(max, 1), functools.partial(max, 2)),
    "a view of a dict": (types.MappingProxyType({"a": 1}), types.MappingProxyType({"a": 2})),
    "a strategy that has not begun": (random_search(UNIT, 0), random_search(UNIT, 1)),
}  # fmt: skip

if LGBMRegressor:
    PAIRS["a parameter of LightGBM"] = (LGBMRegressor(num_leaves=7), LGBMRegressor(num_leaves=8))
    PAIRS["a free parameter of LightGBM"] = (
        LGBMRegressor(bagging_fraction=0.5),
        LGBMRegressor(bagging_fraction=0.6),
    )


@pytest.mark.parametrize("name", PAIRS)
def test_changed_content_is_noticed_and_named(name):
    one, other = PAIRS[name]
    assert differing(Holding(one), Holding(other)) == {"objective held"}
    assert differing(Holding({"deep": [one]}), Holding({"deep": [other]})) == {"objective held"}


def test_a_change_is_refused_when_the_sweep_is_run_again(journal):
    go(Holding(pd.Timestamp("2020")), journal=journal)
    with pytest.raises(ValueError, match="holds another sweep: objective held differs"):
        go(Holding(pd.Timestamp("2021")), journal=journal)


def doubled(function):
    @functools.wraps(function)
    def wrapper(*args, **settings):
        return function(*args, **settings)

    return wrapper


def cell(source, **names):
    """What a cell of a notebook defines as ``objective``."""
    names = {"__name__": "__main__", "functools": functools, "doubled": doubled} | names
    exec(compile(source, "<cell>", "exec"), names)
    return names["objective"]


CODE = {
    "a decorated method": (
        "class Bowl:\n    @doubled\n    def __call__(self, x):\n        return {'loss': x + 1}\n"
        "objective = Bowl()\n",
        "x + 1", "x + 2",
    ),
    "a decorated static method": (
        "class Bowl:\n    @staticmethod\n    @doubled\n    def f(x):\n        return x + 1\n"
        "    def __call__(self, x):\n        return {'loss': self.f(x)}\nobjective = Bowl()\n",
        "x + 1", "x + 2",
    ),
    "a property": (
        "class Bowl:\n    @property\n    def by(self):\n        return 1\n"
        "    def __call__(self, x):\n        return {'loss': self.by}\nobjective = Bowl()\n",
        "return 1", "return 2",
    ),
    "a cached property": (
        "class Bowl:\n    @functools.cached_property\n    def by(self):\n        return 1\n"
        "    def __call__(self, x):\n        return {'loss': self.by}\nobjective = Bowl()\n",
        "return 1", "return 2",
    ),
    "a class method": (
        "class Bowl:\n    @classmethod\n    def by(cls):\n        return 1\n"
        "    def __call__(self, x):\n        return {'loss': self.by()}\nobjective = Bowl()\n",
        "return 1", "return 2",
    ),
    "the first of two lambdas on a line": (
        "f, g = lambda x: x + 1, lambda x: x + 7\nobjective = lambda x: {'loss': f(x)}\n",
        "x + 1", "x + 2",
    ),
    "a constant": ("objective = lambda x: {'loss': x + 1}\n", "+ 1", "+ 1.0"),
    "a default": ("def objective(x, by=1):\n    return {'loss': x * by}\n", "by=1", "by=2"),
    "an inner function": (
        "def objective(x):\n    def inner():\n        return x + 1\n    return {'loss': inner()}\n",
        "x + 1", "x + 2",
    ),
    "a function of a function": (
        "def deep(x):\n    return x + 1\ndef f(x):\n    return deep(x)\n"
        "def objective(x):\n    return {'loss': f(x)}\n",
        "x + 1", "x + 2",
    ),
    "a base class": (
        "class Base:\n    def f(self, x):\n        return x + 1\nclass Bowl(Base):\n"
        "    def __call__(self, x):\n        return {'loss': self.f(x)}\nobjective = Bowl()\n",
        "x + 1", "x + 2",
    ),
    "a cached helper": (
        "@functools.lru_cache\ndef f(x):\n    return x + 1\n"
        "def objective(x):\n    return {'loss': f(x)}\n",
        "x + 1", "x + 2",
    ),
    "a dispatched helper": (
        "@functools.singledispatch\ndef f(x):\n    return x + 1\n"
        "def objective(x):\n    return {'loss': f(x)}\n",
        "x + 1", "x + 2",
    ),
    "what an attribute of a function is": (
        "def objective(x):\n    return {'loss': x * objective.by}\nobjective.by = 1\n",
        "by = 1", "by = 2",
    ),
    "the name of an argument": (
        "def objective(x):\n    return {'loss': sum(dict(a=x).values())}\n", "a=x", "b=x",
    ),
    "a global called defaults": (
        "defaults = 1\ndef objective(x):\n    return {'loss': x * defaults}\n", "= 1", "= 2",
    ),
    "a global called code": (
        "code = 1\ndef objective(x):\n    return {'loss': x * code}\n", "= 1", "= 2",
    ),
    "the code beside a global called code": (
        "code = 1\ndef objective(x):\n    return {'loss': x * code + 7}\n", "+ 7", "+ 8",
    ),
    "the code beside an attribute called code": (
        "class Bowl:\n    def __init__(self):\n        self.code = 1\n"
        "    def __call__(self, x):\n        return {'loss': x + 7}\nobjective = Bowl()\n",
        "+ 7", "+ 8",
    ),
    "a global beside an attribute of its name": (
        "by = 1\ndef objective(x):\n    return {'loss': x * by}\nobjective.by = 'a note'\n",
        "by = 1", "by = 2",
    ),
    "a variable whose name is another's further in": (
        "def made(k):\n    def bowl(x):\n        def inner():\n            k = 0\n"
        "            return lambda: k\n        return {'loss': x * k}\n    return bowl\n"
        "objective = made(1)\n",
        "made(1)", "made(2)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CODE)
def test_changed_code_is_noticed_even_where_no_source_can_be_read(name):
    source, was, now = CODE[name]
    assert source.count(was) == 1
    assert differing(cell(source), cell(source.replace(was, now)))


@pytest.mark.parametrize("name", CODE)
def test_comments_type_hints_and_docstrings_are_no_code(name):
    source, _, _ = CODE[name]
    noted = source.replace("\n", "  # a note\n").replace("(x):", "(x: float) -> object:")
    noted = noted.replace("def objective", "\n\ndef objective")
    assert parts(cell(noted)) == parts(cell(source))


def test_a_docstring_is_no_code():
    plain = cell("def objective(x):\n    return {'loss': x}\n")
    told = cell("def objective(x):\n    '''What it does.'''\n    return {'loss': x}\n")
    assert parts(plain) == parts(told)


def test_an_inline_lambda_is_the_same_when_the_call_around_it_changes(journal):
    go(lambda x: {"loss": x}, budget=2, journal=journal)
    assert len(go(lambda x: {"loss": x}, budget=4, journal=journal)) == 4


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Write modules of one's own; each call gives them afresh."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(**sources):
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source, encoding="utf8")
            sys.modules.pop(name, None)
        for cache in tmp_path.glob("__pycache__/*"):
            cache.unlink()
        import importlib

        importlib.invalidate_caches()
        return [importlib.import_module(name) for name in sources]

    yield write
    for name in ("helper", "config", "deeper"):
        sys.modules.pop(name, None)


READS = "def objective(x):\n    return {'loss': helper.f(x) * config.FACTOR}\n"
HELPER = "import deeper\nUNUSED = 1\ndef f(x):\n    return deeper.g(x)\n"
DEEPER = "def g(x):\n    return x + 1\n"


@pytest.mark.parametrize(
    ("name", "was", "now", "noticed"),
    [
        ("helper", "deeper.g(x)", "2 * deeper.g(x)", True),
        ("config", "FACTOR = 2", "FACTOR = 3", True),
        ("deeper", "x + 1", "x + 2", True),
        ("helper", "UNUSED = 1", "UNUSED = 2", False),
        ("config", "OTHER = 5", "OTHER = 6", False),
    ],
)
@pytest.mark.parametrize("where", ["read as a global", "imported inside", "imported from inside"])
def test_what_is_used_of_ones_own_modules_is_content(modules, name, was, now, noticed, where):
    sources = {"helper": HELPER, "config": "FACTOR = 2\nOTHER = 5\n", "deeper": DEEPER}

    def objective():
        helper, config, _ = modules(**sources)
        if where == "read as a global":
            return cell(READS, helper=helper, config=config)
        inside = (
            "import helper, config"
            if where == "imported inside"
            else ("from helper import f; from config import FACTOR")
        )
        body = "helper.f(x) * config.FACTOR" if "from" not in inside else "f(x) * FACTOR"
        return cell(f"def objective(x):\n    {inside}\n    return {{'loss': {body}}}\n")

    before = parts(objective())
    assert sources[name].count(was) == 1
    sources[name] = sources[name].replace(was, now)
    assert (parts(objective()) != before) == noticed


class ByAttribute:
    def __init__(self, module):
        self.module = module

    def __call__(self, x):
        return {"loss": x * self.module.FACTOR}


def by_closure(module):
    return lambda x: {"loss": x * module.FACTOR}


def by_default(module):
    return lambda x, module=module: {"loss": x * module.FACTOR}


def by_getattr(module):
    return cell(
        "def objective(x):\n    return {'loss': x * getattr(config, 'FACTOR')}\n", config=module
    )


def value(module):
    return module.FACTOR


def by_handing_on(module):
    source = "def objective(x):\n    return {'loss': x * value(config)}\n"
    return cell(source, config=module, value=value)


def by_another_name(module):
    source = "def objective(x):\n    c = config\n    return {'loss': x * value(c)}\n"
    return cell(source, config=module, value=value)


def by_list(module):
    return cell("def objective(x):\n    return {'loss': x * held[0].FACTOR}\n", held=[module])


@pytest.mark.parametrize(
    "reads",
    [ByAttribute, by_closure, by_default, by_getattr, by_list, by_handing_on, by_another_name],
)
@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        (lambda config, deeper: None, False),
        (lambda config, deeper: setattr(config, "FACTOR", 3), True),
        (lambda config, deeper: setattr(deeper, "TERM", 2), True),
        (lambda config, deeper: setattr(config, "__file__", "elsewhere.py"), False),
    ],
)
def test_a_module_that_something_holds_is_known_by_all_that_is_in_it(
    modules, reads, change, noticed
):
    def written():
        return modules(deeper="TERM = 1\n", config="import deeper, os\nFACTOR = 2\nos.sep\n")[::-1]

    before = parts(reads(written()[0]))
    config, deeper = written()
    change(config, deeper)
    assert (parts(reads(config)) != before) == noticed


def test_a_module_made_by_hand_is_known_by_what_is_in_it():
    def made(k):
        module = types.ModuleType("cfg")
        module.K = k
        return Holding(module)

    assert parts(made(1)) == parts(made(1)) != parts(made(2))


@pytest.mark.parametrize("size", [10, 70_000, 200_000])
@pytest.mark.parametrize("kind", [str, bytes])
def test_long_texts_are_content_wherever_they_stand(size, kind):
    def text(letter):
        return letter * size if kind is str else (letter * size).encode()

    for held in (lambda t: t, lambda t: [[1], t], lambda t: {"a": [1], "b": t}, lambda t: (t, [t])):
        assert content(held(text("a"))) == content(held(text("a")))
        assert content(held(text("a"))) != content(held(text("b")))


def test_a_long_column_of_texts_is_content():
    frames = [pd.DataFrame({"n": range(9000), "t": ["a" * 20] * 8999 + [end * 20]}) for end in "ab"]
    assert content(frames[0]) == content(frames[0].copy())
    assert content(frames[0]) != content(frames[1])


def test_a_set_may_hold_what_reads_it(journal):
    KINDS = set()

    def objective(x):
        return {"loss": x + len(KINDS)}

    KINDS.add(objective)
    assert len(go(objective, journal=journal)) == len(go(objective, journal=journal)) == 3


def test_a_warning_that_a_module_has_given_is_no_content(modules):
    (config,) = modules(config="FACTOR = 2\n")
    before = parts(ByAttribute(config))
    config.__warningregistry__ = {"version": 3}
    assert parts(ByAttribute(config)) == before


def test_the_order_in_a_module_is_no_content(modules):
    one = parts(ByAttribute(modules(config="FACTOR = 2\nOTHER = 3\n")[0]))
    assert parts(ByAttribute(modules(config="OTHER = 3\n\nFACTOR = 2  # two\n")[0])) == one


def test_a_module_that_holds_what_cannot_be_told_needs_a_version(modules, journal):
    (config,) = modules(config="FACTOR = 2\nstream = open(__file__)\n")
    with config.stream, pytest.raises(ValueError, match="objective module cannot be told"):
        go(ByAttribute(config), journal=journal)
    assert len(go(ByAttribute(config), journal=journal, version="1")) == 3


def test_a_script_that_is_edited_while_it_runs_is_what_it_was(tmp_path, run_script):
    script = tmp_path / "script.py"
    text = (
        "import pathlib, sys\nfrom skopt.space import Real\nfrom sweeplib import *\n"
        "def objective(x):\n    return {'loss': x + 1}\n"
        "text = pathlib.Path(__file__).read_text()\n"
        "text = text.replace('x + 1', 'x + 2') if len(sys.argv) > 1 else text\n"
        "pathlib.Path(__file__).write_text(text)\n"
        "sweep(objective, random_search({'x': Real(0, 1)}, 0), 3, minimize='loss',\n"
        "      journal='sweep.jsonl', progress=False)\n"
    )
    script.write_text(text, encoding="utf8")
    assert run_script(script, "edit") == ""
    assert "objective code differs" in run_script(script)
    script.write_text(text, encoding="utf8")
    assert run_script(script) == ""


# Unchanged content is known again


def test_an_estimator_whose_jobs_or_words_alone_differ_is_the_same():
    def held(**options):
        return Holding(make_pipeline(StandardScaler(), RandomForestRegressor(5, **options)))

    assert not differing(held(), held(n_jobs=2, verbose=1))
    assert differing(held(), held(max_depth=2))


@pytest.mark.skipif(LGBMRegressor is None, reason="LightGBM needs the system's OpenMP: libgomp1")
def test_free_parameters_of_lightgbm_are_the_same_again(journal):
    split = load_split()
    for _ in range(2):
        model = LGBMRegressor(n_estimators=5, bagging_fraction=0.5, verbose=-1)
        objective = Holdout(model, *split)
        grid = grid_search({"bagging_freq": [1, 2]})
        results = sweep(objective, grid, journal=journal, progress=False)
    assert len(results) == 2


class Held:
    """A class that holds an instance of itself, and an enumeration."""

    Colour = enum.Enum("Colour", "red green")
    only = None

    def __init__(self, by=1):
        self.by = by

    def __call__(self, x):
        return {"loss": x * self.by, "red": self.Colour.red.value}


Held.only = Held()


class Colour(enum.IntEnum):
    red = 1
    green = 2

    def twice(self):
        return 2 * self


def test_a_class_may_hold_its_own_instance_or_an_enumeration(journal):
    assert len(go(Held(), journal=journal)) == len(go(Held(), journal=journal)) == 3
    assert parts(Holding(Colour.red)) == parts(Holding(Colour.red))
    assert differing(Holding(Colour.red), Holding(Colour.green)) == {"objective held"}


def test_circles_have_an_end():
    ring = [1]
    ring.append({"back": ring})
    other = [1]
    other.append({"back": other})
    assert content(ring) == content(other)
    other[0] = 2
    assert content(ring) != content(other)


def test_functions_that_call_each_other_are_walked_once():
    calls = []

    class Counted(int):
        def __reduce__(self):
            calls.append(self)
            return int, (1,)

    names = {"held": Counted(1)}
    for i in range(12):
        body = " + ".join(f"f{j}(x)" for j in range(12))
        exec(f"def f{i}(x):\n    return held + {body}\n", names)
    content(names["f0"])
    assert len(calls) == 1


def test_equal_and_identical_are_the_same():
    one = [1, 2]
    assert content([one, one]) == content([[1, 2], [1, 2]])
    assert content([(1, 2), (1, 2)]) == content([tuple(one), tuple(one)])


class Counting:
    """An objective with everything that it may write while it runs."""

    log = logging.getLogger("counting")

    def __init__(self):
        self.calls, self.seen, self.lock = 0, [], threading.Lock()
        self.numbers = itertools.count()

    @functools.cached_property
    def by(self):
        return 2

    def __call__(self, x):
        with self.lock:
            self.calls += 1
            self.seen.append(x)
            next(self.numbers)
            self.log.debug("x = %s", x)
        return {"loss": x * self.by}


def test_what_an_objective_writes_while_it_runs_is_no_content(journal):
    objective = Counting()
    for budget in (3, 3, 5, 8):
        assert len(go(objective, budget=budget, journal=journal)) == budget
    assert objective.calls == 8
    assert len(go(Counting(), budget=8, journal=journal)) == 8


def test_what_somebody_else_writes_into_an_objective_is_content(journal):
    objective = Counting()
    go(objective, journal=journal)
    objective.seen.append("by hand")
    with pytest.raises(ValueError, match="objective seen differs"):
        go(objective, journal=journal)


@pytest.mark.parametrize(
    "source",
    [
        "calls = 0\ndef objective(x):\n    global calls\n    calls += 1\n    return {'loss': x}\n",
        "calls = []\ndef objective(x):\n    calls.append(x)\n    return {'loss': x}\n",
        "calls = {'n': 0}\ndef objective(x):\n    calls['n'] += 1\n    return {'loss': x}\n",
        "def objective(x):\n    objective.calls += 1\n    return {'loss': x}\n"
        "objective.calls = 0\n",
        "def make():\n    calls = 0\n    def objective(x):\n        nonlocal calls\n"
        "        calls += 1\n        return {'loss': x}\n    return objective\n"
        "objective = make()\n",
        "@functools.lru_cache\ndef f(x):\n    return x\n"
        "def objective(x):\n    return {'loss': f(x)}\n",
    ],
)
def test_a_cell_that_is_run_again_with_a_used_counter_is_the_same(journal, source):
    names = {"__name__": "__main__", "functools": functools}
    first, _, define = source.rpartition("def objective") if "make" not in source else ("", "", "")
    exec(source, names)
    go(names["objective"], journal=journal)
    if first and "objective." not in source:
        exec("def objective" + define, names)  # the cell below the one with the counter
    assert len(go(names["objective"], budget=5, journal=journal)) == 5


def test_a_helper_with_a_disk_cache_is_known_again(tmp_path, journal):
    for folder in ("one", "two"):
        memory = joblib.Memory(tmp_path / folder, verbose=0)
        objective = Holding(memory.cache(doubled))
        assert len(go(objective, journal=journal)) == 3


def test_a_class_is_the_same_in_a_script_and_imported(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import sys\nfrom skopt.space import Real\nfrom sweeplib import random_search, sweep\n"
        "class Base:\n    by = 2\n"
        "class Bowl(Base):\n    def __call__(self, x):\n        return {'loss': x * self.by}\n"
        "def run():\n    sweep(Bowl(), random_search({'x': Real(0, 1)}, 0), 3, minimize='loss',\n"
        "          journal='sweep.jsonl', progress=False)\n"
        "if __name__ == '__main__':\n    run()\n",
        encoding="utf8",
    )
    for command in (["mine.py"], ["-c", "import mine; mine.run()"]):
        subprocess.run([sys.executable, *command], cwd=tmp_path, check=True)


def test_a_library_is_known_by_its_names_wherever_it_lies(tmp_path):
    """A user's, the system's or another environment's packages, on the path by PYTHONPATH."""
    script = "from skopt.space import Real\nfrom sweeplib import random_search, sweep\n"
    paths = [str(Path(__file__).resolve().parents[1])]
    for i, folder in enumerate(["lib/python3.11/site-packages", "dist-packages", "target"]):
        library, name = tmp_path / folder, f"lib_of_others_{i}"
        library.mkdir(parents=True)
        if folder == "target":
            (library / "of_others.dist-info").mkdir()
            (library / "of_others.dist-info/RECORD").write_text(f"{name}.py,sha256=,9\n")
        (library / f"{name}.py").write_text(
            "import threading\nopened = open(__file__)\nclass Base:\n    me = None\n"
            "    def f(self, x):\n        return x, opened\nBase.me = Base()\n",
            encoding="utf8",
        )
        script += (
            f"from {name} import Base\n"
            "class Bowl(Base):\n    def __call__(self, x):\n"
            "        return {'loss': self.f(x)[0]}\n"
            "sweep(Bowl(), random_search({'x': Real(0, 1)}, 0), 3, minimize='loss',\n"
            f"      journal='sweep_{i}.jsonl', progress=False)\n"
        )
        paths.append(str(library))
    paths = os.pathsep.join(paths)
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", script]
        subprocess.run(command, cwd=tmp_path, env=environment, check=True)


# What cannot be told


def begun():
    strategy = random_search(UNIT, 0)
    next(strategy)
    return strategy


@pytest.mark.parametrize(
    "held",
    [
        lambda: open(os.devnull),  # noqa: SIM115
        begun,
        lambda: memoryview(b"abc"),
        lambda: iter(begun()),
        lambda: sys._getframe(),
    ],
)
def test_what_cannot_be_told_by_its_content_is_refused_at_the_start(journal, held):
    calls = []

    def objective(x):
        calls.append((x, stuff))
        return {"loss": x}

    stuff = held()
    with pytest.raises(ValueError, match=r"^journal: objective stuff cannot be told") as caught:
        go(objective, journal=journal)
    assert "version=" in str(caught.value)
    assert not calls and not journal.exists()


def test_a_version_stands_for_what_cannot_be_told(journal):
    with open(os.devnull) as file:
        for budget in (2, 4):
            assert len(go(Holding(file), budget=budget, journal=journal, version="1")) == budget
        with pytest.raises(ValueError, match="version was '1', is '2'"):
            go(Holding(file), journal=journal, version="2")


# Both ways

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=4)
        | st.frozensets(st.text(max_size=3) | st.integers(0, 9), max_size=4)
    ),
    max_leaves=8,
)
quick = settings(max_examples=150, deadline=None, derandomize=True, database=None)


@quick
@given(one=VALUES, other=VALUES)
def test_content_is_the_same_exactly_where_what_is_written_down_is(one, other):
    assert (content(one) == content(other)) == (written(one) == written(other))


def written(value):
    """As Python writes it, sets in order."""
    if isinstance(value, frozenset):
        return "frozenset(" + ", ".join(sorted(map(repr, value))) + ")"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({', '.join(map(written, value))})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(k)}: {written(v)}" for k, v in value.items()) + "}"
    return repr(value)


def test_equal_content_in_another_process_and_under_another_hash_seed_is_the_same(tmp_path):
    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(value=VALUES)
    @example(value={frozenset("a"), frozenset("b"), frozenset("cd"), frozenset("efg")})
    @example(value={frozenset({frozenset("ab"), frozenset("bc")}), frozenset("ca"), frozenset()})
    @example(value=[{("x", frozenset("pq")), ("y", frozenset("rs")), ("z", frozenset("tu"))}] * 2)
    def collect(value):
        found.append((repr(value), content(value)))

    found: list[tuple[str, str]] = []
    collect()
    (tmp_path / "values").write_text("\n".join(text for text, _ in found), encoding="utf8")
    script = (
        "import sys; from sweeplib.identity import content; nan, inf = float('nan'), float('inf')\n"
        "for line in open(sys.argv[1], encoding='utf8').read().split('\\n'):\n"
        "    print(content(eval(line)))\n"
    )
    for seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "values")],
            env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert told.stdout.split() == [found_content for _, found_content in found]


# What an attack found


class Bare:
    pass


@dataclasses.dataclass(slots=True)
class Slotted(Bare):
    k: int

    def __call__(self, x):
        return {"loss": x * self.k}


class Weighted:
    def __init__(self, k):
        self.k = k

    @functools.wraps(bowl)
    def loss(self, x):
        return {"loss": x * self.k}


def of_built_in(kind, content):
    made = type("Made", (kind,), {"__call__": lambda self, x: {"loss": x}})(content)
    made.note = "an attribute"
    return made


def times(x, k=1):
    return {"loss": x * k}


def marked(k):
    return functools.update_wrapper(functools.partial(times, k=k), times)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Slotted(1), Slotted(100)),
        (Holding(Slotted(1)), Holding(Slotted(100))),
        (marked(1), marked(100)),
        (Weighted(1).loss, Weighted(100).loss),
        (of_built_in(dict, {"k": 1}), of_built_in(dict, {"k": 100})),
        (of_built_in(set, {1}), of_built_in(set, {100})),
        (of_built_in(tuple, (1,)), of_built_in(tuple, (100,))),
        (of_built_in(list, [1]), of_built_in(list, [100])),
        (of_built_in(int, 1), of_built_in(int, 100)),
    ],
    ids=["slots", "held slots", "partial", "method", "dict", "set", "tuple", "list", "int"],
)
def test_what_an_objective_is_made_of_is_content_beside_its_attributes(one, other):
    assert parts(one) == parts(copy.deepcopy(one))
    assert parts(one) != parts(other)


def test_a_private_slot_is_content():
    class Hidden(Bare):
        __slots__ = ("__k",)

        def __init__(self, k):
            self.__k = k

    assert differing(Holding(Hidden(1)), Holding(Hidden(2))) == {"objective held"}


def test_a_class_as_objective_is_known_by_its_bases():
    made = [type("Own", (base,), {"__init__": lambda self, x: None}) for base in (Bare, Weighted)]
    assert parts(made[0]) != parts(made[1])


def tells_an_edit_of(module, run_script):
    """Run a script beside the module three times, the third time after an edit."""
    folder = next(above for above in module.parents if (above / "script.py").exists())

    def ran(by):
        module.write_text(f"def f(x):\n    return x * {by}\n")
        return run_script(folder / "script.py")

    assert ran(1) == ran(1) == ""
    assert "holds another sweep" in ran(100)


@pytest.mark.parametrize("marked", [True, False], ids=["a package", "a folder"])
@pytest.mark.parametrize(
    "body",
    ["import own_things.util\n    return {'loss': own_things.util.f(x)}",
     "from own_things import util\n    return {'loss': util.f(x)}",
     "from own_things.util import f\n    return {'loss': f(x)}"],
)  # fmt: skip
@pytest.mark.parametrize("where", ["inside", "above"])
def test_modules_in_a_folder_of_ones_own_are_content(tmp_path, run_script, marked, body, where):
    """Each time in a process of its own, in which nothing of them was loaded before."""
    (tmp_path / "own_things").mkdir()
    if marked:
        (tmp_path / "own_things/__init__.py").write_text("")
    first, second = body.split("\n")
    above, inside = (first + "\n", "") if where == "above" else ("", f"    {first}\n")
    (tmp_path / "script.py").write_text(
        "from skopt.space import Real\nfrom sweeplib import random_search, sweep\n"
        f"{above}def objective(x):\n{inside}{second}\n"
        "sweep(objective, random_search({'x': Real(0, 1)}, 0), 3, minimize='loss',\n"
        "      journal='sweep.jsonl', progress=False)\n"
    )
    tells_an_edit_of(tmp_path / "own_things/util.py", run_script)


def test_a_package_that_pip_put_beside_a_script_makes_it_no_library(tmp_path, run_script):
    (tmp_path / "other-1.dist-info").mkdir()
    (tmp_path / "other-1.dist-info/RECORD").write_text("other/__init__.py,,\nother.py,,\n")
    (tmp_path / "script.py").write_text(
        "import sys\nfrom skopt.space import Real\nfrom sweeplib import random_search, sweep\n"
        "import helper\ndef objective(x):\n    return {'loss': helper.f(x)}\n"
        "sweep(objective, random_search({'x': Real(0, 1)}, 0), 3, minimize='loss',\n"
        "      journal='sweep.jsonl', progress=False)\n"
    )
    tells_an_edit_of(tmp_path / "helper.py", run_script)


class Stopped:
    """Counts, and is stopped by Ctrl-C at its third trial."""

    def __init__(self):
        self.n = 0

    def __call__(self, x):
        self.n += 1
        if self.n == 3:
            raise KeyboardInterrupt
        return {"loss": x}


def test_after_ctrl_c_the_same_call_goes_on_though_the_objective_has_counted(journal):
    objective = Stopped()
    with pytest.raises(KeyboardInterrupt):
        go(objective, budget=5, journal=journal)
    assert len(go(objective, budget=5, journal=journal)) == 5


def test_what_an_objective_writes_in_threads_is_no_content(journal):
    objective = Counting()
    with parallel_config(backend="threading"):
        go(objective, journal=journal, n_jobs=2)
        assert len(go(objective, budget=5, journal=journal, n_jobs=2)) == 5


def made_at_run_time(value):
    def new(space):
        space["scale"] = value

    return {
        "make_dataclass": dataclasses.make_dataclass("Made", [("scale", int, value)]),
        "new_class": types.new_class("Made", (), {}, new),
        "ABCMeta": abc.ABCMeta("Made", (), {"scale": value}),
        "Enum": enum.Enum("Made", {"scale": value}),
        "namedtuple": collections.namedtuple("Made", ["scale"], defaults=[value]),
    }


@pytest.mark.parametrize("kind", made_at_run_time(1))
def test_a_class_that_a_library_made_at_run_time_is_known_by_what_it_holds(kind):
    one, same, other = (made_at_run_time(value)[kind] for value in (1, 1, 5))
    assert not differing(Holding(one), Holding(same))
    assert differing(Holding(one), Holding(other)) == {"objective held"}
