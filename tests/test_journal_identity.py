"""The journal knows the same sweep again, and refuses any other by name."""

import linecache
import os
import subprocess
import sys
from itertools import count

import child_sweeps
import numpy as np
import pandas as pd
import pytest
from common import UNIT, assert_same, bowl, ended, kept, mine, random_x, run
from paths import ROOT
from sklearn.linear_model import Lasso, Ridge
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from skopt.space import Categorical, Integer, Real

from sweeplib import (
    CrossValidated,
    Holdout,
    Lookup,
    bayesian_search,
    gradient_descent,
    grid_search,
    load_split,
    random_search,
    sobol_search,
)


@pytest.fixture
def refuses(journal, monkeypatch):
    """Keep a journal of one call, then see another refused: nothing computed, nothing written."""

    def refuses(first, second, differs):
        objective, strategy, minimize = (*first, "loss")[:3]
        run(objective, strategy, 3, minimize=minimize, journal=journal)
        was = journal.read_bytes()
        objective, strategy, minimize = (*second, "loss")[:3]
        with monkeypatch.context() as patch:
            patch.setattr(sys.modules["sweeplib.workers"], "run_trial", None)  # no trial can be run
            with pytest.raises(ValueError, match=r"^journal: .* holds another sweep") as caught:
                run(objective, strategy, 3, minimize=minimize, journal=journal)
        said = str(caught.value)
        assert differs in said
        assert journal.read_bytes() == was
        return said

    return refuses


ALPHA = {"alpha": Real(0.1, 1)}
X_train, X_test, y_train, y_test = SPLIT = load_split()
TOUCHED = y_train.copy()
TOUCHED.iloc[7] += 1e-9


def holdout(estimator=None, X=X_train, y=y_train, scoring=None):
    model = Ridge() if estimator is None else estimator
    return Holdout(model, X, X_test, y, y_test, scoring)


def crossed(cv, **options):
    return CrossValidated(Ridge(), X_train, y_train, cv=cv, **options)


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        (holdout(), holdout(X=X_train * 1.0001), "objective X_train differs"),
        (holdout(), holdout(y=TOUCHED), "objective y_train differs"),
        (holdout(), holdout(y=y_train[::-1]), "objective y_train differs"),
        (holdout(), holdout(X=X_train.to_numpy()), "objective X_train differs"),
        (holdout(), holdout(Ridge(fit_intercept=False)), "objective estimator differs"),
        (holdout(), holdout(Lasso()), "objective estimator differs"),
        (holdout(), holdout(scoring={"rmse": "neg_max_error"}), "objective scorers differs"),
        (crossed(3), crossed(4), "objective splits differs"),
        (crossed(KFold(3)), crossed(KFold(3, shuffle=True)), "objective splits differs"),
        (holdout(), crossed(3), "objective was Holdout, is CrossValidated"),
    ],
)
def test_another_objective_is_refused_by_name(refuses, one, other, differs):
    alpha = random_search(ALPHA, 0), random_search(ALPHA, 0)
    refuses((one, alpha[0], "rmse"), (other, alpha[1], "rmse"), differs)


def test_a_column_renamed_among_many_is_refused(refuses):
    wide = pd.DataFrame(np.eye(9, 300)).rename(columns=str)

    def objective(data):
        return Holdout(Ridge(), data, data, [0.0] * 9, [0.0] * 9, ["neg_mean_squared_error"])

    one, other = objective(wide), objective(wide.rename(columns={"150": "b"}))
    score = "mean_squared_error"
    refuses(
        (one, random_search(ALPHA, 0), score),
        (other, random_search(ALPHA, 0), score),
        "objective X_train differs",
    )


def test_another_cell_of_a_lookup_is_refused(refuses):
    def table(value):
        index, columns = pd.Index([10], name="n"), pd.Index([1, 2], name="depth")
        return Lookup(pd.DataFrame([[3.0, value]], index=index, columns=columns), "loss")

    grid = {"n": [10], "depth": [1, 2]}
    refuses(
        (table(4.0), grid_search(grid)), (table(5.0), grid_search(grid)), "objective values differs"
    )


def test_another_step_of_a_pipeline_is_refused(refuses):
    def pipeline(function):
        return holdout(make_pipeline(FunctionTransformer(function), Ridge()))

    grid = {"ridge__alpha": [1.0, 2.0]}
    one = pipeline(lambda X: X * 2)
    other = pipeline(lambda X: X * 3)
    refuses((one, grid_search(grid), "rmse"), (other, grid_search(grid), "rmse"), "estimator")


CELLS = count(1)


def notebook(source, has_source=True, **names):
    """The objective that a notebook's cell defines; without source, as typed at a prompt."""
    cell = f"<cell {next(CELLS)}>"
    if has_source:
        linecache.cache[cell] = (len(source), None, source.splitlines(keepends=True), cell)
    names = {"__name__": "__main__"} | names
    exec(compile(source, cell, "exec"), names)
    return names["objective"]


FUNCTION = "def objective(x):\n    return {'loss': helper(x) * factor}\n"
HELPER = "def helper(x):\n    return x + 1\n"
CLOSURE = """
def make(by):
    def objective(x):
        return {'loss': [x * by for _ in range(1)][0]}
    return objective
objective = make(2)
"""
PARTIAL = """
import functools
def shifted(by, x):
    return {'loss': x - by}
objective = functools.partial(shifted, 2)
"""
WRAPPED = """
import functools
def doubled(function):
    @functools.wraps(function)
    def wrapper(x):
        return {'loss': 2 * function(x)['loss']}
    return wrapper
@doubled
def objective(x):
    return {'loss': x}
"""
CLASS = """
class Base:
    def loss(self, x):
        return x + level
class Bowl(Base):
    def __call__(self, x):
        return {'loss': self.loss(x)}
objective, level = Bowl(), 1
"""
MODEL = """
class Model:
    def predict(self, x):
        return x + 1
def objective(x):
    return {'loss': Model().predict(x)}
"""
LAMBDA = "objective = lambda x, by=1: {'loss': x + by + 2}\n"
METHOD = """
class Bowl:
    centre = 1
    def loss(self, x):
        return {'loss': abs(x - self.centre)}
objective = Bowl().loss
"""


@pytest.mark.parametrize("has_source", [True, False])
@pytest.mark.parametrize(
    ("source", "was", "now"),
    [
        (HELPER + FUNCTION, "* factor", "/ factor"),
        (HELPER + FUNCTION, "x + 1", "x + 2"),
        (CLOSURE, "make(2)", "make(3)"),
        (CLOSURE, "range(1)", "range(2)"),
        (PARTIAL, "shifted, 2", "shifted, 3"),
        (PARTIAL, "x - by", "x + by"),
        (WRAPPED, "'loss': x", "'loss': x + 1"),
        (WRAPPED, "2 * function", "3 * function"),
        (CLASS, "self.loss(x)", "2 * self.loss(x)"),
        (CLASS, "x + level", "x - level"),
        (CLASS, "Bowl(), 1", "Bowl(), 2"),
        (MODEL, "x + 1", "x + 2"),
        (LAMBDA, "by=1", "by=2"),
        (LAMBDA, "by + 2", "by + 3"),
        (METHOD, "abs(x", "2 * abs(x"),
        (METHOD, "centre = 1", "centre = 2"),
    ],
)
def test_changed_code_of_a_notebook_is_refused(refuses, source, was, now, has_source):
    assert source.count(was) == 1
    one, other = (
        notebook(text, has_source, factor=2) for text in (source, source.replace(was, now))
    )
    refuses((one, random_x()), (other, random_x()), "objective")


@pytest.mark.parametrize("source", [HELPER + FUNCTION, CLOSURE, PARTIAL, WRAPPED, CLASS, MODEL])
def test_a_cell_run_again_unchanged_is_the_same_objective(journal, source):
    for _ in range(2):
        results = run(notebook(source, factor=2), random_x(), 3, journal=journal)
    assert len(results) == len(kept(journal)) == 3


@pytest.mark.parametrize(
    ("was", "now"),
    [(2, 3), ([1, 2], [1, 3]), ({"a": 1}, {"a": 2}), (pd.Series([1.0]), pd.Series([2.0]))],
)
def test_a_changed_global_is_refused_by_name(refuses, was, now):
    source = "def objective(x):\n    return {'loss': x + len(str(factor))}\n"
    one, other = (notebook(source, factor=value) for value in (was, now))
    refuses((one, random_x()), (other, random_x()), "objective factor")


def test_a_global_that_the_objective_does_not_read_may_change(journal):
    source = "def objective(x):\n    return {'loss': float(data.sum()) + x}\n"
    for name in (1, 2):
        run(notebook(source, data=np.ones(2), sum=name), random_x(), 3, journal=journal)
    assert len(kept(journal)) == 3


def mine_too(values, step=1):
    for x in list(values):
        yield [{"x": x}]


mine_too.__code__ = mine_too.__code__.replace(co_name="mine", co_qualname="mine")
CATEGORIES = {"x": Categorical(list(range(20)))}
OTHERS = {"x": Categorical([*range(9), 99, *range(10, 20)])}
SKEWED = {"x": Categorical([1, 2], prior=[0.1, 0.9])}


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        (random_x(), random_search(UNIT, 1), "strategy seed was 0, is 1"),
        (random_x(), random_search({"x": Real(0, 2)}, 0), "strategy space was {'x': Real(low=0"),
        (random_x(), random_search({"x": Real(0.5, 1, prior="log-uniform")}, 0), "log-uniform"),
        (random_x(), random_search({"x": Integer(0, 1)}, 0), "is {'x': Integer("),
        (random_x(), random_search(UNIT, 0, batch=3), "strategy batch was 64, is 3"),
        (random_x(), sobol_search(UNIT, 0), "strategy was random_search, is sobol_search"),
        (random_search(CATEGORIES, 0), random_search(OTHERS, 0), "99"),
        (random_search({"x": Categorical([1, 2])}, 0), random_search(SKEWED, 0), "prior"),
        (grid_search({"x": [1, 2, 3]}), grid_search({"x": [1, 2, 4]}), "strategy grid"),
        (
            bayesian_search(UNIT, 0),
            bayesian_search(UNIT, 0, acq_func="LCB"),
            "strategy acq_func was 'EI', is 'LCB'",
        ),
        (gradient_descent(UNIT, 0), gradient_descent(UNIT, 0, h=0.1), "strategy h was 0.05, is"),
        (mine([1, 2]), mine([1, 2, 3]), "strategy values"),
        (mine([1, 2]), mine([1, 2], 2), "strategy step was 1, is 2"),
        (mine([1, 2]), mine_too([1, 2]), "strategy code differs"),
    ],
)
def test_another_strategy_is_refused_by_name(refuses, one, other, differs):
    refuses((bowl, one), (bowl, other), differs)


def test_another_direction_is_refused_by_name(refuses):
    said = refuses((bowl, random_x(), "loss"), (bowl, random_x(), "gain"), "minimize was loss")
    assert said.endswith("holds another sweep: minimize was loss, is gain")


def test_all_that_differs_is_named(refuses):
    other = random_search(UNIT, 1, batch=3)
    said = refuses((bowl, random_x()), (bowl, other, "gain"), "minimize was loss, is gain")
    assert "strategy seed was 0, is 1" in said
    assert "strategy batch was 64, is 3" in said


def test_a_strategy_that_asks_otherwise_than_before_is_refused(journal):
    def strategy():
        for _ in range(3):
            yield [{"x": next(CELLS)}]

    run(bowl, strategy(), journal=journal)
    was = journal.read_bytes()
    with pytest.raises(
        ValueError, match=r"^journal: trial 0 was {'x': \d+}, the strategy now asks"
    ):
        run(bowl, strategy(), journal=journal)
    assert journal.read_bytes() == was


# The same sweep is known again


def test_the_same_calls_made_in_a_new_process_are_known_again(tmp_path):
    script = ROOT / "tests/helpers/resumed_calls.py"
    for seed, expected in (("1", "computed"), ("2", "known")):
        child = subprocess.run(
            [sys.executable, script, tmp_path],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True, encoding="utf8", check=True,
        )  # fmt: skip
        said = dict(line.split(": ", 1) for line in child.stdout.splitlines())
        assert len(said) > 10
        assert set(said.values()) == {expected}, said


@pytest.mark.parametrize("name", ["grid", "random", "bayesian"])
def test_a_larger_budget_goes_on_and_a_smaller_one_gives_the_shorter_table(journal, log, name):
    undisturbed = child_sweeps.run(name, log, seconds=0)
    log.unlink()
    for budget in (7, 23, 11):
        results = child_sweeps.run(name, log, journal, seconds=0, budget=budget)
        assert_same(results, undisturbed[:budget])
    assert len(ended(log)) == 23


def test_a_batch_cut_by_the_budget_is_completed_when_the_budget_grows(journal):
    def strategy():
        return bayesian_search(UNIT, 0, batch=4, n_initial=9)

    run(bowl, strategy(), 10, journal=journal)
    results = run(bowl, strategy(), 20, journal=journal)
    assert_same(results, run(bowl, strategy(), 20))


def test_the_number_of_workers_may_change(journal, log):
    undisturbed = child_sweeps.run("random", log, seconds=0, budget=14)
    log.unlink()
    for n_jobs, budget in ((2, 5), (1, 9), (2, 14)):
        results = child_sweeps.run("random", log, journal, n_jobs, seconds=0, budget=budget)
    assert_same(results, undisturbed)
    assert sorted(ended(log)) == sorted(results["x"])


def test_a_space_that_an_optimizer_has_used_is_still_the_same(journal):
    import skopt

    space = {"x": Real(0, 1), "n": Integer(1, 5)}
    for _ in range(2):
        run(lambda x, n: bowl(x), random_search(space, 0), 3, journal=journal)
        skopt.Optimizer(list(space.values()))  # changes the dimensions it is given
    assert len(kept(journal)) == 3


def test_a_seed_of_numpys_is_the_same_seed(journal):
    for seed in (0, np.int64(0)):
        run(bowl, random_search(UNIT, seed), 3, journal=journal)
