"""Workers: one that dies costs its trial, and nothing that a trial does reaches another."""

import importlib
import os
import signal
import sys
import time
import types
import warnings

import numpy as np
import pandas as pd
import pytest
from common import TIMES
from joblib.externals.loky import get_reusable_executor
from sklearn import config_context
from sklearn import get_config as sklearn_config
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from skopt.space import Real

from sweeplib import (
    Holdout,
    bayesian_search,
    grid_search,
    load_split,
    race,
    random_search,
    sweep,
)

posix = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")


def go(objective, strategy, budget=None, **options):
    return sweep(objective, strategy, budget, minimize="loss", progress=False, **options)


def dies_at_three(x):
    if x == 3:
        os._exit(7)
    return {"loss": float(x)}


def is_killed_at_three(x):
    if x == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"loss": float(x)}


def crashes_at_three(x):
    if x == 3:
        import ctypes

        ctypes.string_at(0)
    return {"loss": float(x)}


def dies_once(x, file="died"):
    if x == 3 and not os.path.exists(file):
        open(file, "w").close()
        os._exit(7)
    return {"loss": float(x)}


@posix
@pytest.mark.parametrize("dies", [dies_at_three, is_killed_at_three, crashes_at_three])
def test_a_trial_whose_process_dies_is_the_one_that_failed(dies, tmp_path):
    journal = tmp_path / "sweep.jsonl"
    results = go(dies, grid_search({"x": range(9)}), n_jobs=2, on_error="record", journal=journal)
    assert results["x"].tolist() == list(range(9))
    assert results["loss"].isna().tolist() == [x == 3 for x in range(9)]
    assert "TerminatedWorker" in results["error"][3] or "BrokenProcess" in results["error"][3]
    again = go(dies, grid_search({"x": range(9)}), on_error="record", journal=journal)
    pd.testing.assert_frame_equal(again, results)


@posix
def test_a_trial_whose_process_dies_is_named_when_it_stops_the_sweep():
    with pytest.raises(RuntimeError, match=r"trial 3 failed at {'x': 3}: ") as caught:
        go(dies_at_three, grid_search({"x": range(9)}), n_jobs=2)
    assert (
        set(caught.value.results["x"]) >= {0, 1, 2} and caught.value.results["loss"].notna().all()
    )


@posix
def test_a_worker_that_dies_once_costs_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    get_reusable_executor(max_workers=2).shutdown()  # or its workers would be in another folder
    results = go(dies_once, grid_search({"x": range(9)}), n_jobs=2)
    assert results["loss"].tolist() == list(range(9))


def odd(x):
    class Odd(Exception):
        def __str__(self):
            raise ValueError("no text")

    if x == 1:
        sys.exit(4)
    if x == 2:
        raise BaseException("of no kind")
    if x == 3:
        raise Odd
    if x == 4:
        raise GeneratorExit
    if x == 5:
        raise SystemExit
    answers = {
        6: 1 + 2j, 7: [1.0, 2.0], 8: np.array([1.0, 2.0]), 9: pd.Timestamp(0), 10: Ridge(),
        11: np.array(1.0), 12: np.float32(1.5), 13: True, 14: [],
    }  # fmt: skip
    answer = {"loss": answers.get(x, 1.0)}
    return answer | ({"odd": lambda: x} if x == 15 else {}) | ({1: 2.0} if x == 16 else {})


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_whatever_a_trial_raises_or_returns_is_named_or_counted(n_jobs):
    results = go(odd, grid_search({"x": range(17)}), n_jobs=n_jobs, on_error="record")
    fine = results[results["error"] == ""]
    assert fine["x"].tolist() == [0, 11, 12, 13]
    assert fine["loss"].tolist() == [1.0, 1.0, 1.5, 1.0]
    for x, word in {
        1: "SystemExit: 4", 2: "of no kind", 3: "its text raises", 4: "GeneratorExit",
        6: "must be a number", 9: "must be a number", 15: "local object", 16: "named by texts",
    }.items():  # fmt: skip
        assert word in results["error"][x], results["error"][x]


def test_ctrl_c_in_a_trial_is_no_failure():
    def objective(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(objective, grid_search({"x": [1]}), on_error="record")


class Unsendable:
    def __call__(self, x):
        return {"loss": x}

    def __reduce__(self):
        raise TypeError("cannot pickle this")


def test_an_objective_that_cannot_be_sent_is_named():
    with pytest.raises(TypeError, match=r"^objective cannot be sent to a worker"):
        go(Unsendable(), grid_search({"x": [1, 2, 3]}), n_jobs=2)


def who(x):
    time.sleep(0.05)
    return {"loss": float(os.getpid())}


@pytest.mark.parametrize("settings", [2, 3])
def test_no_more_workers_are_started_than_there_are_trials(settings):
    get_reusable_executor(max_workers=2).shutdown()
    go(who, random_search({"x": Real(0, 1)}, 0), settings, n_jobs=12)
    assert get_reusable_executor(max_workers=None, reuse=True)._max_workers == settings
    get_reusable_executor().shutdown()


def test_a_sweep_that_is_answered_from_its_journal_starts_no_workers(tmp_path, monkeypatch):
    journal = tmp_path / "sweep.jsonl"
    go(who, random_search({"x": Real(0, 1)}, 0), 4, journal=journal)
    monkeypatch.setattr(sys.modules["sweeplib.workers"], "Parallel", None)
    assert len(go(who, random_search({"x": Real(0, 1)}, 0), 4, journal=journal, n_jobs=2)) == 4


# What a trial does to its setting


def spoils(x, more):
    more["seen"].append(x)
    x.append(99)
    return {"loss": float(len(x) + len(more["seen"]))}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_a_trial_does_to_its_setting_reaches_nothing_else(tmp_path, n_jobs):
    shared, values = {"seen": []}, [[1], [2, 3]]
    grid = {"x": values, "more": [shared, shared]}
    journal = tmp_path / "sweep.jsonl"
    results = go(spoils, grid_search(grid), n_jobs=n_jobs, journal=journal)
    assert results["loss"].tolist() == [3.0, 3.0, 4.0, 4.0]
    assert values == [[1], [2, 3]] and shared == {"seen": []}
    assert results["x"].tolist() == [[1], [1], [2, 3], [2, 3]]
    assert len(go(spoils, grid_search(grid), journal=journal)) == 4


class Stateful(RegressorMixin, BaseEstimator):
    """Notes its fits in a list that it was given, and draws from a generator that it was given."""

    def __init__(self, rng=None, notes=None):
        self.rng, self.notes = rng, notes

    def fit(self, X, y):
        self.mean_ = self.rng.normal()
        if self.notes is not None:
            self.notes.append(1)
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


@pytest.mark.parametrize("where", ["in the objective", "in the setting", "as a value"])
def test_no_score_depends_on_the_trials_before_it_or_on_the_workers(where):
    rng, split = np.random.RandomState(0), load_split()
    model = Pipeline([("c", Stateful(rng, []))])
    if where == "in the objective":
        objective, grid = Holdout(model, *split), {"c__notes": [None, None, None, None]}
    elif where == "in the setting":
        objective, grid = Holdout(model, *split), {"c__rng": [rng] * 4}
    else:
        objective, grid = Holdout(model, *split), {"c": [Stateful(rng, [])] * 4}
    tables = [
        sweep(objective, grid_search(grid), n_jobs=n_jobs, progress=False) for n_jobs in (1, 2)
    ]
    for table in tables:
        assert table["rmse"].nunique() == 1
    assert tables[0]["rmse"].tolist() == tables[1]["rmse"].tolist()
    assert rng.normal() == np.random.RandomState(0).normal()


def test_an_estimator_as_a_value_comes_back_as_it_was():
    svc, split = SVC(), [part[:60] for part in load_split()]
    split[2:] = (part.to_numpy() > 140 for part in split[2:])
    grid = grid_search({"c": [svc], "c__C": [1e-3, 10.0]})
    objective = Holdout(Pipeline([("c", SVC())]), *split)
    results = sweep(objective, grid, minimize="error_rate", progress=False)
    assert svc.C == 1.0 and not hasattr(svc, "support_")
    assert results["c__C"].tolist() == [1e-3, 10.0]


# Where a sweep stops


def test_a_sweep_stops_when_it_is_told_to():
    def objective(x):
        return {"loss": (x - 0.5) ** 2}

    seen = []

    def near(trials):
        seen.append(len(trials))
        return trials[-1].scores["loss"] < 0.01

    results = go(objective, random_search({"x": Real(0, 1)}, 0), stop=near)
    assert len(results) == len(seen) == seen[-1]
    assert results["loss"].iloc[-1] < 0.01 and (results["loss"].iloc[:-1] >= 0.01).all()


def test_patience_is_a_line():
    def patience(trials):
        losses = [trial.scores["loss"] for trial in trials]
        return len(losses) - losses.index(min(losses)) > 5

    results = go(lambda x: {"loss": x}, random_search({"x": Real(0, 1)}, 3), 100, stop=patience)
    assert len(results) == results["loss"].argmin() + 6


def test_stop_is_no_part_of_the_sweep_and_hears_of_trials_from_the_journal(tmp_path):
    journal = tmp_path / "sweep.jsonl"
    for size in (3, 7, 5):
        results = go(
            lambda x: {"loss": x}, random_search({"x": Real(0, 1)}, 0), 20,
            journal=journal, stop=lambda trials, size=size: len(trials) >= size,
        )  # fmt: skip
        assert len(results) == size


def test_trials_that_workers_have_begun_are_counted_when_a_sweep_stops():
    results = go(
        who, random_search({"x": Real(0, 1)}, 0), 50, n_jobs=2, stop=lambda trials: len(trials) > 3
    )
    assert 4 <= len(results) <= 4 + 4 and results["loss"].notna().all()


@posix
def test_a_trial_whose_worker_dies_after_the_stop_is_counted_too(tmp_path):
    def dies_once_and_late(x, file=str(tmp_path / "died")):
        if x == 1:
            time.sleep(0.5)
            if not os.path.exists(file):
                open(file, "w").close()
                os._exit(7)
        return {"loss": float(x)}

    get_reusable_executor(max_workers=2).shutdown()
    results = go(dies_once_and_late, grid_search({"x": range(9)}), n_jobs=2, stop=lambda _: True)
    assert {0, 1} <= set(results["x"]) and len(results) < 9
    assert results["loss"].tolist() == results["x"].tolist()


def test_when_no_worker_takes_a_trial_the_reason_is_named(monkeypatch):
    def cannot_start(self, calls):
        raise OSError("no more processes")

    monkeypatch.setattr(sys.modules["sweeplib.workers"].Parallel, "__call__", cannot_start)
    with pytest.raises(RuntimeError, match="no worker takes a trial: no more processes"):
        go(dies_once, grid_search({"x": range(9)}), n_jobs=2)


@pytest.mark.parametrize("stop", [5, "soon", True])
def test_a_stop_that_cannot_be_called_is_refused(stop):
    with pytest.raises(TypeError, match=r"^stop must be callable"):
        go(who, grid_search({"x": [1]}), stop=stop)


def test_a_budget_may_be_left_out_where_stop_ends_the_sweep():
    results = go(
        lambda x: {"loss": x}, bayesian_search({"x": Real(0, 1)}, 0),
        stop=lambda trials: len(trials) == 4,
    )  # fmt: skip
    assert len(results) == 4


def test_a_forest_on_workers_scores_what_it_scores_here():
    objective = Holdout(RandomForestRegressor(5, random_state=0), *load_split())
    one, two = (
        sweep(objective, grid_search({"max_depth": [2, 4, 6]}), n_jobs=n, progress=False)
        for n in (1, 2)
    )
    pd.testing.assert_frame_equal(one.drop(columns=TIMES), two.drop(columns=TIMES))


@pytest.mark.parametrize("run", ["sweep", "race"])
def test_a_module_that_is_loaded_anew_is_new_for_the_workers_too(tmp_path, monkeypatch, run):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    source = tmp_path / "edited_helper.py"
    source.write_text("BY = 1\ndef loss(x):\n    return {'loss': x * BY}\n")
    helper, workers = importlib.import_module("edited_helper"), []

    def losses():
        if run == "sweep":
            results = go(helper.loss, grid_search({"x": [1, 2, 3]}), n_jobs=2)
            workers.append(set(results["worker"]))
            return results["loss"].tolist()
        three = {"three": lambda seed: grid_search({"x": [1, 2, 3]})}
        return race(three, helper.loss, 3, [0, 1], minimize="loss", n_jobs=2)["loss"].tolist()[:3]

    try:
        assert losses() == losses() == [1, 2, 3]
        source.write_text("BY = 10\ndef loss(x):\n    return {'loss': x * BY}\n")
        importlib.reload(helper)
        assert losses() == [10, 20, 30]
        if run == "sweep":  # workers are let go then, and only then
            assert workers[0] & workers[1] and not workers[1] & workers[2]
    finally:
        del sys.modules["edited_helper"]


def halved(x):
    return {"loss": x / 2}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_sweep_within_a_sweep_leaves_its_workers_alone(tmp_path, monkeypatch, n_jobs):
    """Also when a module has changed since: the outer one is at work with them."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "of_ones_own.py").write_text("K = 1\n")
    module = importlib.import_module("of_ones_own")
    inner = grid_search({"x": [1, 2]})
    assert len(go(halved, inner, n_jobs=2)) == 2

    def stop(trials):
        if len(trials) == 2:
            importlib.reload(module)
            assert len(go(halved, grid_search({"x": [1, 2]}), n_jobs=n_jobs)) == 2
        return False

    try:
        outer = go(halved, grid_search({"x": list(range(8))}), n_jobs=2, stop=stop)
    finally:
        del sys.modules["of_ones_own"]
    assert outer["loss"].tolist() == [x / 2 for x in range(8)]


class Odd(types.ModuleType):
    def __getattr__(self, name):
        raise RuntimeError(name)


@pytest.mark.parametrize("odd", [Odd("odd"), object(), None, 3, types.ModuleType("empty")])
def test_odd_objects_among_the_modules_stop_no_sweep(monkeypatch, odd):
    monkeypatch.setitem(sys.modules, "an_odd_one", odd)
    assert len(go(halved, grid_search({"x": [1, 2]}), n_jobs=2)) == 2


# What is set here holds for the workers


def reads_the_configuration(x):
    pandas = sklearn_config()["transform_output"] == "pandas"
    warnings.warn("odd", UserWarning, stacklevel=2)
    return {"loss": x + 10 * pandas + 100 * sklearn_config()["enable_metadata_routing"]}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_scikit_learns_configuration_holds_for_every_worker(n_jobs):
    def go_on(**config):
        with config_context(**config), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            one = go(reads_the_configuration, grid_search({"x": [1, 2]}), n_jobs=n_jobs)
            runs = {"grid": lambda seed: grid_search({"x": [1, 2]})}
            all_runs = race(
                runs, reads_the_configuration, 2, [0, 1], minimize="loss", n_jobs=n_jobs
            )
        assert list(all_runs["loss"]) == list(one["loss"]) * 2
        return list(one["loss"])

    assert go_on(transform_output="pandas") == [11, 12]
    assert go_on(enable_metadata_routing=True) == [101, 102]
    assert go_on() == [1, 2]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_warning_that_is_an_error_here_is_one_in_every_worker(n_jobs):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        results = go(
            reads_the_configuration, grid_search({"x": [1, 2]}), n_jobs=n_jobs, on_error="record"
        )
    assert list(results["error"]) == ["UserWarning: odd"] * 2


def test_a_journal_knows_the_configuration_that_its_scores_depend_on(journal):
    grid = {"x": [1, 2]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with config_context(enable_metadata_routing=True):
            go(reads_the_configuration, grid_search(grid), journal=journal)
        with pytest.raises(ValueError, match="scikit-learn's configuration"):
            go(reads_the_configuration, grid_search(grid), journal=journal)
        with config_context(enable_metadata_routing=True, assume_finite=True):
            go(reads_the_configuration, grid_search(grid), journal=journal)
