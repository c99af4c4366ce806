"""Races: what each sweep alone finds, with nothing lost, and summed up right."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from skopt.space import Integer, Real

from sweeplib import (
    Lookup,
    bayesian_search,
    best,
    best_so_far,
    gradient_descent,
    grid_search,
    race,
    random_search,
    sobol_search,
    sweep,
)

SPACE = {"n_estimators": Integer(1, 30), "max_depth": Integer(1, 8)}
TABLE = pd.DataFrame(
    np.random.default_rng(0).random((30, 8)),
    index=pd.RangeIndex(1, 31, name="n_estimators"),
    columns=pd.RangeIndex(1, 9, name="max_depth"),
)
DARTS = {
    "random": lambda seed: random_search(SPACE, seed),
    "Sobol": lambda seed: sobol_search(SPACE, seed),
}


# race


def test_a_race_holds_what_each_sweep_alone_finds():
    results = race(DARTS, Lookup(TABLE), budget=12, seeds=[3, 4])
    assert list(results) == [
        "strategy", "seed", "trial", "n_estimators", "max_depth", "loss", "best_so_far", "elapsed",
    ]  # fmt: skip
    for name, strategy in DARTS.items():
        for seed in (3, 4):
            run = results[(results["strategy"] == name) & (results["seed"] == seed)]
            alone = sweep(Lookup(TABLE), strategy(seed), 12, progress=False)
            assert run["trial"].tolist() == list(range(1, 13))
            assert run["loss"].tolist() == alone["rmse"].tolist()
            assert run["n_estimators"].tolist() == alone["n_estimators"].tolist()
            assert run["best_so_far"].tolist() == np.minimum.accumulate(alone["rmse"]).tolist()
            assert (run["elapsed"] > 0).all() and run["elapsed"].is_monotonic_increasing


def test_a_race_does_not_depend_on_the_number_of_workers():
    one, two = (
        race(DARTS, Lookup(TABLE), 5, range(3), n_jobs=n).drop(columns="elapsed") for n in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two)


def test_a_strategy_that_ends_early_keeps_its_best():
    players = {
        "random": lambda seed: random_search(SPACE, seed),
        "grid": lambda seed: grid_search({"n_estimators": [1, 30], "max_depth": [1, 8]}),
    }
    results = race(players, Lookup(TABLE), budget=10, seeds=[0])
    assert (results["strategy"] == "grid").sum() == 4
    summary = best_so_far(results)
    corners = TABLE.loc[[1, 30], [1, 8]].to_numpy().min()
    assert summary.index.tolist() == list(range(1, 11))
    assert (summary["grid"].loc[4:] == corners).all(axis=None)


def test_another_score_can_be_the_loss():
    def bowl(x):
        return {"loss": x**2, "other": 1.0}

    players = {"descent": lambda seed: gradient_descent({"x": Real(-1, 1)}, seed)}
    results = race(players, bowl, budget=6, seeds=[0], minimize="loss")
    assert np.allclose(results["loss"], results["x"] ** 2)


def test_best_so_far_is_the_median_and_the_quartiles_of_the_runs():
    results = race(DARTS, Lookup(TABLE), budget=7, seeds=range(9))
    summary = best_so_far(results)
    runs = np.array(
        [
            np.minimum.accumulate(
                [Lookup(TABLE)(**s)["rmse"] for s in next(random_search(SPACE, seed, batch=7))]
            )
            for seed in range(9)
        ]
    )
    for q in (0.25, 0.5, 0.75):
        assert np.allclose(summary["random"][q], np.quantile(runs, q, axis=0))


@pytest.mark.parametrize(
    "change, named",
    [
        ({"strategies": {}}, "strategies"),
        ({"strategies": {"random": random_search(SPACE, 0)}}, "'random' must be a callable"),
        ({"seeds": []}, "seeds"),
        ({"seeds": [1, 1]}, "seeds"),
        ({"budget": 0}, "budget"),
        ({"minimize": "r2"}, "minimize"),
    ],
)
def test_a_bad_argument_of_a_race_is_named(change, named):
    arguments = {"strategies": DARTS, "objective": Lookup(TABLE), "budget": 3, "seeds": [0]}
    with pytest.raises(ValueError, match=named):
        race(**arguments | change)


def test_best_so_far_names_a_missing_column():
    with pytest.raises(ValueError, match="'strategy'"):
        best_so_far(pd.DataFrame({"loss": [1.0]}))
    results = race(DARTS, Lookup(TABLE), 2, [0])
    with pytest.raises(ValueError, match=r"has no column \['loss'\]"):
        best_so_far(results, ["loss"])


# What is refused before any run


class Counted:
    """A bowl that counts its trials, in this process."""

    def __init__(self, scores=("loss",)):
        self.scores, self.trials = list(scores), 0

    def __call__(self, **setting):
        self.trials += 1
        return dict.fromkeys(self.scores, 1.0)


def random_x(seed):
    return random_search({"x": Real(0, 1)}, seed)


@pytest.mark.parametrize("name", ["strategy", "seed", "trial", "loss", "best_so_far", "elapsed"])
def test_a_hyperparameter_called_as_a_column_is_refused_before_any_run(name):
    objective = Counted(["rmse"])
    strategies = {"fine": random_x, "clash": lambda seed: grid_search({name: [1, 2]})}
    with pytest.raises(ValueError, match=f"'clash'.*{name}"):
        race(strategies, objective, budget=3, seeds=[0])
    assert objective.trials == 0


def test_a_clash_in_a_later_setting_of_the_first_batch_is_refused_before_any_run():
    def late(seed):
        yield [{"x": 1}, {"x": 2, "seed": 3}]

    objective = Counted(["rmse"])
    with pytest.raises(ValueError, match="seed"):
        race({"late": late}, objective, budget=3, seeds=[0])
    assert objective.trials == 0


@pytest.mark.parametrize("name", ["strategy", "seed", "loss", "best_so_far", "elapsed"])
def test_a_score_called_as_a_column_is_refused_before_any_run(name):
    objective = Counted(["rmse", name])
    with pytest.raises(ValueError, match=f"objective.*{name}"):
        race({"fine": random_x}, objective, budget=3, seeds=[0])
    assert objective.trials == 0


@pytest.mark.parametrize("name", ["seed", "elapsed", "loss"])
def test_the_loss_itself_may_be_called_as_a_column(name):
    results = race({"r": random_x}, Counted([name]), budget=2, seeds=[0], minimize=name)
    assert results["loss"].tolist() == [1, 1] and results["seed"].tolist() == [0, 0]


@pytest.mark.parametrize(
    "strategy, named",
    [
        (lambda seed: random_search({}, seed), "space"),
        (lambda seed: [{"x": 1}], "generator"),
        (lambda seed: (batch for batch in [3]), "lists of settings"),
        (lambda seed: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_a_strategy_that_cannot_start_is_named_before_any_run(strategy, named):
    objective = Counted(["rmse"])
    with pytest.raises((ValueError, TypeError, RuntimeError), match=f"'odd', seed 7.*{named}"):
        race({"fine": random_x, "odd": strategy}, objective, budget=3, seeds=[7])
    assert objective.trials == 0


@pytest.mark.parametrize("seeds", [5, None, [1, 1.0], [1, np.int64(1)], [True, 1], [[0]]])
def test_seeds_that_are_no_seeds_are_named(seeds):
    with pytest.raises(ValueError, match="seeds"):
        race({"fine": random_x}, Counted(["rmse"]), budget=3, seeds=seeds)


@pytest.mark.parametrize("seed", ["a", 1.5, -1])
def test_a_seed_that_a_strategy_does_not_take_is_named(seed):
    with pytest.raises(ValueError, match="seed must be"):
        race({"fine": random_x}, Counted(["rmse"]), budget=3, seeds=[seed])


# What a failure leaves


def fails_above(x):
    if x > 0.9:
        raise OSError("the disk is full")
    return {"rmse": x}


def climb(seed):
    """Settings that fail at the sixth trial of seed 2, and never of another seed."""
    yield [{"x": step * (0.16 if seed == 2 else 0.1)} for step in range(1, 9)]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_was_finished_is_not_lost_when_a_trial_fails(n_jobs):
    strategies = {"climb": climb, "other": random_x}
    with pytest.raises(RuntimeError, match=r"'climb', seed 2.*disk is full") as caught:
        race(strategies, fails_above, budget=8, seeds=range(4), n_jobs=n_jobs)
    left = caught.value.results
    part = left[(left["strategy"] == "climb") & (left["seed"] == 2)]
    assert part["trial"].tolist() == [1, 2, 3, 4, 5]
    assert np.allclose(part["loss"], 0.16 * np.arange(1, 6))
    runs = left.groupby(["strategy", "seed"])["trial"].max().drop(("climb", 2))
    assert (runs == 8).all() and len(runs) >= 2  # with two workers, others come to their end
    if n_jobs == 1:
        whole = race({"climb": climb}, fails_above, budget=8, seeds=[0, 1])
        before = left.head(16).drop(columns="elapsed")
        pd.testing.assert_frame_equal(before, whole.drop(columns="elapsed"))
        assert len(left) == 16 + 5


def test_ctrl_c_leaves_the_finished_runs_too():
    calls = itertools.count()

    def interrupted(x):
        if next(calls) == 7:
            raise KeyboardInterrupt
        return {"rmse": x}

    with pytest.raises(KeyboardInterrupt) as caught:
        race({"r": random_x}, interrupted, budget=5, seeds=[0, 1])
    assert caught.value.results[["seed", "trial"]].to_numpy().tolist() == [
        *([0, trial] for trial in range(1, 6)), [1, 1], [1, 2],
    ]  # fmt: skip


class Odd(Exception):
    """It cannot be made anew from its text, so it cannot come back from a worker."""

    def __init__(self, one, two):
        super().__init__(f"{one} {two}")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_strategy_that_raises_later_is_named_and_loses_nothing(n_jobs):
    def breaks(seed):
        losses = yield [{"x": 0.1}, {"x": 0.2}]
        raise Odd("gave", losses)

    with pytest.raises(RuntimeError, match="'breaks', seed 0: Odd: gave") as caught:
        race({"breaks": breaks}, fails_above, budget=4, seeds=[0], n_jobs=n_jobs)
    assert caught.value.results["loss"].tolist() == [0.1, 0.2]


@pytest.mark.parametrize("kind", [Exception, BaseException])
def test_an_error_that_cannot_be_unpickled_comes_back_where_tblib_is_at_work(kind):
    """Dask installs it, and from then on causes are pickled with an exception."""

    def breaks(seed):
        import distributed.utils  # noqa: F401

        class Late(kind):
            def __init__(self, one, two):
                super().__init__(f"{one} {two}")

        losses = yield [{"x": 0.1}, {"x": 0.2}]
        raise Late("gave", losses)

    with pytest.raises(RuntimeError, match="gave") as caught:
        race({"breaks": breaks}, fails_above, budget=4, seeds=[0, 1], n_jobs=2)
    assert caught.value.results["loss"].tolist()[:2] == [0.1, 0.2]


@pytest.mark.parametrize("name", ["seed", "loss", "elapsed", "best_so_far"])
def test_a_clash_that_shows_late_is_named_and_loses_nothing(name):
    def late(seed):
        yield [{"x": 1}]
        yield [{"x": 2, name: 3}]

    def takes_all(**setting):
        return {"rmse": setting["x"]}

    with pytest.raises(ValueError, match=f"'late', seed 5.*{name}") as caught:
        race({"r": random_x, "late": late}, takes_all, budget=3, seeds=[5])
    left = caught.value.results
    assert left["strategy"].tolist() == ["r"] * 3 + ["late"] * 2
    assert left["seed"].tolist() == [5] * 5 and left[f"{name}_"].iloc[-1] == 3


def test_a_second_score_of_a_function_that_clashes_is_found_at_the_first_trial():
    calls = []

    def two(x):
        calls.append(x)
        return {"rmse": x, "loss": 2 * x}

    with pytest.raises(ValueError, match=r"'r', seed 0.*scores \['loss'\]") as caught:
        race({"r": random_x}, two, budget=50, seeds=range(9))
    assert len(calls) == 1
    assert caught.value.results[["loss", "loss_"]].to_numpy().tolist() == [[calls[0], 2 * calls[0]]]


def test_an_error_before_the_first_trial_carries_an_empty_table():
    with pytest.raises(ValueError, match="budget") as caught:
        race({"r": random_x}, fails_above, budget=0, seeds=[0])
    assert caught.value.results.empty


# Failures on record


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_failures_can_be_recorded_and_the_best_so_far_passes_over_them(n_jobs):
    def failing(seed):  # the first, the third and the last trial fail
        yield [{"x": x} for x in (0.95, 0.5, 0.99, 0.3, 0.4, 1.0)]

    results = race({"failing": failing}, fails_above, 6, [0], on_error="record", n_jobs=n_jobs)
    assert np.allclose(results["loss"], [np.nan, 0.5, np.nan, 0.3, 0.4, np.nan], equal_nan=True)
    best = [np.nan, 0.5, 0.5, 0.3, 0.3, 0.3]
    assert np.allclose(results["best_so_far"], best, equal_nan=True)
    assert (results["error"] != "").tolist() == [True, False, True, False, False, True]
    assert "disk is full" in results["error"][0]


def test_the_summary_of_a_run_whose_first_trial_failed_is_not_nan_for_good():
    def failing(seed):
        yield [{"x": 0.95 if seed == trial else 0.1 * (seed + 1)} for trial in range(3)]

    results = race({"failing": failing}, fails_above, 3, range(3), on_error="record")
    summary = best_so_far(results)["failing"]
    assert np.allclose(summary[0.5], [0.25, 0.2, 0.2])
    assert best_so_far(results, loss="loss").notna().all(axis=None)


def test_a_run_in_which_all_trials_failed_does_not_spoil_the_others():
    results = race({"climb": lambda seed: ([{"x": 0.2 + seed}] for _ in range(2))}, fails_above, 2,
                   [0, 1], on_error="record")  # fmt: skip
    assert best_so_far(results)["climb"][0.5].tolist() == [0.2, 0.2]


def test_what_to_do_on_an_error_is_checked():
    with pytest.raises(ValueError, match="on_error"):
        race({"r": random_x}, fails_above, 2, [0], on_error="ignore")


# Journals


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_race_with_a_journal_goes_on_where_it_was(tmp_path, n_jobs):
    folder, computed = tmp_path / "new" / "journals", tmp_path / "computed"
    computed.write_text("")

    class Bowl:
        scores = ("rmse",)

        def __init__(self, path):
            self.path = str(path)

        def __call__(self, x):
            with open(self.path, "a") as file:
                file.write("x\n")
            return {"rmse": x}

    def again(budget):
        before = len(computed.read_text().split())
        results = race({"a/b": random_x, "a_b": random_x}, Bowl(computed), budget, [0, 1],
                       journal=folder, n_jobs=n_jobs)  # fmt: skip
        return results, len(computed.read_text().split()) - before

    first, trials = again(3)
    assert trials == 12 and len(list(folder.glob("*.jsonl"))) == 4
    second, trials = again(3)
    assert trials == 0
    pd.testing.assert_frame_equal(first, second)
    longer, trials = again(5)
    assert trials == 8 and len(longer) == 20


SCRIPT = """
import contextlib, sys
from dataclasses import dataclass
from skopt.space import Real
from sweeplib import race

@dataclass
class Point:
    x: float

@contextlib.contextmanager
def noted():
    with open(sys.argv[2], "a") as file:
        file.write("x")
    yield 1

def objective(x):
    with noted() as factor:
        return {"rmse": Point(x).x * factor}

def ten(point):
    while True:
        yield [{"x": point.x}]

race({"ten": lambda seed: ten(Point(seed))}, objective, 3, range(2),
     n_jobs=int(sys.argv[1]), journal=sys.argv[3])
"""


@pytest.mark.parametrize("n_jobs", [("1", "2"), ("2", "1"), ("2", "2")])
def test_what_a_script_defines_is_the_same_for_any_number_of_workers(tmp_path, n_jobs):
    (tmp_path / "script.py").write_text(SCRIPT)
    for workers in n_jobs:
        call = [sys.executable, "script.py", workers, "computed", "journals"]
        subprocess.run(call, cwd=tmp_path, check=True)
        assert (tmp_path / "computed").read_text() == "x" * 6


def test_what_cannot_be_told_is_refused_before_any_run_of_a_race(tmp_path):
    objective = Counted(["rmse"])
    objective.held = iter([sys.stdout])
    with pytest.raises(ValueError, match="objective held cannot be told"):
        race({"r": random_x}, objective, 2, [0], journal=tmp_path)
    told = Counted(["rmse"])

    def of_a_stream(seed):
        def strategy(held):
            yield [{"x": 1}]

        return strategy(iter([sys.stdout]))

    with pytest.raises(ValueError, match="strategy 'odd', seed 0: journal: strategy held cannot"):
        race({"odd": of_a_stream}, told, 2, [0], journal=tmp_path)
    assert not objective.trials and not told.trials and not list(tmp_path.iterdir())


@pytest.mark.parametrize("later", [[1], None, 3])
def test_a_later_seed_without_a_strategy_is_named_before_any_run_with_a_journal(tmp_path, later):
    objective = Counted(["rmse"])
    strategies = {"odd": lambda seed: random_x(seed) if seed == 0 else later}
    with pytest.raises(TypeError, match="strategy 'odd', seed 1: strategy must be a generator"):
        race(strategies, objective, 2, range(2), journal=tmp_path)
    assert not objective.trials


def test_a_version_stands_for_what_cannot_be_told_in_a_race_too(tmp_path):
    def again(version):
        objective = Counted(["rmse"])
        objective.held = iter([sys.stdout])
        race({"r": random_x}, objective, 2, [0], journal=tmp_path, version=version)
        return objective.trials

    assert (again("1"), again("1")) == (2, 0)
    with pytest.raises(ValueError, match="version was '1', is '2'"):
        again("2")


@pytest.mark.parametrize("n_jobs", [0, 2.5, True, "2"])
def test_workers_of_a_race_must_be_counted(n_jobs):
    objective = Counted(["rmse"])
    with pytest.raises(ValueError, match="n_jobs must be a whole number"):
        race({"r": random_x}, objective, 2, [0, 1], n_jobs=n_jobs)
    assert not objective.trials


@pytest.mark.parametrize("no_table", [None, 3, [1], {"strategy": 1}])
def test_best_so_far_needs_a_table(no_table):
    with pytest.raises(TypeError, match="results must be a DataFrame, as race returns it"):
        best_so_far(no_table)


def test_a_failed_race_with_a_journal_goes_on_behind_the_failure(tmp_path):
    seen = tmp_path / "seen"

    def fails_at_first(x):
        with open(seen, "a") as file:
            file.write("x\n")
        if x > 0.9 and not (seen.parent / "mended").exists():
            raise OSError("no")
        return {"rmse": x}

    call = {"budget": 8, "seeds": range(4), "journal": tmp_path / "journals"}
    with pytest.raises(RuntimeError, match="'climb', seed 2"):
        race({"climb": climb}, fails_at_first, **call)
    (tmp_path / "mended").write_text("")
    results = race({"climb": climb}, fails_at_first, **call)
    assert len(results) == 32
    assert len(seen.read_text().split()) == 33  # one trial was tried twice


def test_distinct_names_and_seeds_have_distinct_files_that_any_file_system_takes(tmp_path):
    from sweeplib.racing import _file_name

    names = ["a/b", "a_b", "a b", "A b", "a-b", "", ".", "..", "con", "NUL", "é", "e\u0301",
             "\udc80", "x" * 300, "x" * 301, "a\0b", "a\nb", "名", "'", "a:b", "*"]  # fmt: skip
    files = [_file_name(name, seed) for name in names for seed in (0, 1, "0", 10, -1, 2**70)]
    assert len({file.lower() for file in files}) == len(files)
    for file in files:
        assert file.isascii() and set(file) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert len(file) < 100 and file.endswith(".jsonl") and file[0] not in ".-"
    assert _file_name("a", np.int64(3)) == _file_name("a", 3)


def test_a_journal_that_is_no_folder_is_refused_before_any_run(tmp_path):
    (tmp_path / "file").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    for bad in (
        tmp_path / "file",
        str(tmp_path / "file"),
        tmp_path / "pipe",
        "",
        3,
        True,
        b"x",
        "a\0b",
        "\ud800",
        "~nobody-of-this-name/x",
    ):
        objective = Counted(["rmse"])
        with pytest.raises(ValueError, match="journal must be"):
            race({"r": random_x}, objective, 2, [0], journal=bad)
        assert objective.trials == 0
    assert (tmp_path / "file").read_text() == "mine"


def test_what_cannot_name_a_file_is_refused_with_a_journal_only(tmp_path):
    objective = Counted(["rmse"])
    assert len(race({1: random_x, "1": random_x}, objective, 2, [0])) == 4
    for names, seeds in (({1: random_x}, [0]), ({2.5: random_x}, [0]), ({"r": climb}, [0.5])):
        with pytest.raises(ValueError, match="journal: to name a file"):
            race(names, objective, 2, seeds, journal=tmp_path)


def test_a_relative_journal_means_the_same_folder_for_every_worker(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    race({"r": random_x}, Bowl(), 2, [0, 1], journal="here", n_jobs=2)
    assert len(list((tmp_path / "here").glob("*.jsonl"))) == 2


class Bowl:
    def __call__(self, x):
        return {"rmse": x}


@pytest.mark.parametrize(
    ("names", "seeds"), [(["r"], [(1, 2)]), ([("r", "EI")], [0, 1]), (["r"], [frozenset([1])])]
)
def test_a_name_or_a_seed_of_several_parts_is_refused_before_any_run(names, seeds):
    objective = Counted(["rmse"])
    with pytest.raises(ValueError, match="strategies and seeds must be texts or numbers"):
        race(dict.fromkeys(names, random_x), objective, 2, seeds)
    assert not objective.trials


@pytest.mark.parametrize("endless", [random_search, sobol_search, bayesian_search])
def test_a_strategy_without_end_needs_a_budget(endless):
    with pytest.raises(ValueError, match="strategy 'r', seed 0: budget must be given"):
        race({"r": lambda seed: endless({"x": Real(0, 1)}, seed)}, Bowl(), None, [0])


def test_values_keep_their_kind_beside_runs_that_lack_them_or_have_another():
    strategies = {
        "a": lambda seed: grid_search({"depth": [3], "on": [True]}),
        "b": lambda seed: grid_search({"C": [0.5], "on": [2]}),
    }
    results = race(strategies, lambda **setting: {"rmse": 1.0}, None, [0])
    assert [type(value) for value in results["depth"][:1]] == [int]
    assert [repr(value) for value in results["on"]] == ["True", "2"]
    assert results["C"].dtype == float


def test_the_best_of_a_race_is_that_of_its_losses():
    def two(x):
        return {"mae": abs(x - 1.0), "rmse": abs(x - 3.0)}

    runs = {"grid": lambda seed: grid_search({"x": [0, 1, 2, 3]})}
    results = race(runs, two, 4, [0, 1], minimize="mae")
    assert best(results)["x"] == 1 and best(results)["loss"] == 0


def test_a_table_without_trials_or_with_a_trial_twice_is_refused_by_name():
    runs = race(DARTS, Lookup(TABLE), budget=2, seeds=[0])
    for odd, why in ((runs[:0], "no trial"), (pd.concat([runs, runs]), "twice")):
        with pytest.raises(ValueError, match=f"^results .*{why}"):
            best_so_far(odd)
