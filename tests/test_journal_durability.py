"""The journal: what a kill costs, what a damaged file costs, what comes back as it was."""

import contextlib
import enum
import functools
import json
import math
import os
import random
import signal
import statistics
import sys
import threading
import time
from collections import Counter
from itertools import count
from pathlib import Path

import child_sweeps
import numpy as np
import pandas as pd
import pytest
from common import UNIT, assert_same, bowl, ended, events, kept, mine, random_x, run
from sklearn.base import BaseEstimator
from sklearn.linear_model import Ridge
from skopt.space import Integer

from sweeplib import (
    bayesian_search,
    best,
    gradient_descent,
    grid_search,
    random_search,
    successive_halving,
)
from sweeplib.journal import OPEN

posix = pytest.mark.skipif(os.name != "posix", reason="process groups and limits are POSIX")


def lines(journal):
    """How many trials are in the journal, without reading them."""
    return max(0, journal.read_bytes().count(b"\n") - 1) if journal.exists() else 0


def wait_for(truth, seconds=60):
    """Poll until ``truth()`` holds."""
    deadline = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


def start(processes, target, *args, **options):
    process = processes.Process(target=target, args=args, kwargs=options)
    process.start()
    return process


# Killed


@posix
@pytest.mark.parametrize("name", ["grid", "random", "bayesian"])
@pytest.mark.parametrize(("n_jobs", "kills"), [(1, 5), (2, 2)])
def test_kills_cost_the_running_trials_and_nothing_else(
    processes, tmp_path, journal, log, name, n_jobs, kills
):
    chance, table, killed = random.Random(f"{name} {n_jobs}"), tmp_path / "table.pickle", 0
    call = (table, name, log, journal, n_jobs)
    while killed < kills:
        before, fitted = kept(journal), len(events(log))
        child = start(processes, child_sweeps.run_in_own_group, *call)
        wait_for(lambda before=before: lines(journal) > len(before))
        time.sleep(chance.uniform(0, 0.05))
        assert child.is_alive(), "the sweep was over before it could be killed"
        os.killpg(child.pid, signal.SIGKILL)
        child.join()
        killed += 1
        assert kept(journal)[: len(before)] == before
        assert not {float(x) for _, x in events(log)[fitted:]} & set(before)
    before, fitted = kept(journal), len(events(log))
    child = start(processes, child_sweeps.run_in_own_group, *call)
    child.join()
    assert child.exitcode == 0
    assert not {float(x) for _, x in events(log)[fitted:]} & set(before)
    assert_same(pd.read_pickle(table), child_sweeps.run(name, tmp_path / "undisturbed.log"))
    assert len(ended(log)) - child_sweeps.BUDGET <= kills * n_jobs


def test_quick_trials_reach_the_journal_one_by_one(processes, tmp_path, journal, log):
    """Not in groups, as joblib would send them: a kill would cost the whole group."""
    call, waiting = (tmp_path / "table.pickle", "long", log, journal, 2), []
    child = start(processes, child_sweeps.run_in_own_group, *call, budget=150)
    while child.is_alive():
        known = lines(journal)  # before the log, so that none counts too few
        if 0 < (done := len(ended(log))) < 150:
            waiting.append(done - known)
        time.sleep(0.005)
    # Nine of ten looks: a disk that stalls makes outliers. In groups of 30 most would find more.
    assert statistics.quantiles(waiting, n=10)[-1] <= 8


def test_a_sweep_that_is_over_is_answered_from_its_journal_alone(journal, log):
    first, again = (child_sweeps.run("random", log, journal, seconds=0) for _ in range(2))
    pd.testing.assert_frame_equal(again, first)  # times and worker too
    assert len(ended(log)) == child_sweeps.BUDGET


# A file cut short or damaged


@pytest.mark.parametrize("bytes_left", [1, 5, 40, -30, -2, -1])
@pytest.mark.parametrize("line", [0, 1, -1])
def test_a_torn_last_line_is_dropped_and_computed_again(journal, log, line, bytes_left):
    undisturbed = child_sweeps.run("random", log, journal, seconds=0, budget=6)
    lines = journal.read_bytes().splitlines(keepends=True)
    before = lines[:line]
    journal.write_bytes(b"".join(before) + lines[line][:bytes_left])
    log.unlink()
    assert_same(child_sweeps.run("random", log, journal, seconds=0, budget=6), undisturbed)
    assert len(ended(log)) == 6 - max(0, len(before) - 1)
    assert_same(child_sweeps.run("random", log, journal, seconds=0, budget=6), undisturbed)


@pytest.mark.parametrize("line", [1, 3])
@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"trial": 1', b"3", b"[]", b"null", b"{}", b'{"trial": 1}', b"\xff\xfe"]
)
def test_a_damaged_line_is_named_and_the_file_left_alone(journal, line, damage):
    run(bowl, random_search(UNIT, 0), 5, journal=journal)
    lines = journal.read_bytes().split(b"\n")
    lines[line - 1] = damage
    journal.write_bytes(b"\n".join(lines))
    was = journal.read_bytes()
    with pytest.raises(ValueError, match=rf"^journal: line {line} of .*sweep.jsonl is no line"):
        run(bowl, random_search(UNIT, 0), 5, journal=journal)
    assert journal.read_bytes() == was


@pytest.mark.parametrize("text", ["dear diary", "dear diary\n", '{"a": 1}', "x,loss\n1,2\n"])
def test_a_file_that_is_no_journal_is_refused_and_left_alone(journal, text):
    journal.write_text(text)
    with pytest.raises(ValueError, match=r"^journal: line 1 of .* is no line of a journal"):
        run(bowl, random_search(UNIT, 0), 5, journal=journal)
    assert journal.read_text() == text


def test_an_empty_file_becomes_the_journal(journal):
    journal.touch()
    run(bowl, random_search(UNIT, 0), 5, journal=journal)
    assert len(kept(journal)) == 5


# A file that cannot be written


def test_a_path_below_a_file_is_refused_before_any_trial(journal, log):
    journal.touch()
    with pytest.raises(OSError, match=r"^journal: cannot write .*below.jsonl"):
        child_sweeps.run("random", log, journal / "below.jsonl")
    assert not log.exists()


def test_a_name_that_is_too_long_is_refused_before_any_trial(tmp_path, log):
    with pytest.raises(OSError, match=r"^journal: cannot write .*too long"):
        child_sweeps.run("random", log, tmp_path / ("x" * 300))
    assert not log.exists()


def test_a_folder_is_refused_before_any_trial(tmp_path, log):
    with pytest.raises(OSError, match=r"^journal: cannot read .*directory"):
        child_sweeps.run("random", log, tmp_path)
    assert not log.exists()


@posix
def test_a_folder_that_cannot_be_written_is_refused_before_any_trial(tmp_path, log):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("nothing is locked for this user")
    with pytest.raises(OSError, match=r"^journal: cannot write .*sweep.jsonl"):
        child_sweeps.run("random", log, folder / "sweep.jsonl")
    assert not log.exists()


def test_folders_on_the_way_are_made(tmp_path):
    run(bowl, random_search(UNIT, 0), 3, journal=str(tmp_path / "a" / "b" / "sweep.jsonl"))
    assert len(kept(tmp_path / "a" / "b" / "sweep.jsonl")) == 3


@posix
def test_when_the_disk_is_full_finished_trials_are_safe(processes, tmp_path, journal, log):
    here, there = processes.Pipe()
    child = start(
        processes, child_sweeps.run_short_of_space, there, 2500, "random", log, journal, seconds=0
    )
    assert here.poll(60)
    said, finished = here.recv()
    child.join()
    assert said.startswith(f"journal: cannot write {journal}: ")
    assert "run the same call again" in said
    before = kept(journal)
    # The one that found no room is in no file, but in the error's table.
    assert 1 < len(before) + 1 == finished < child_sweeps.BUDGET
    log.unlink()
    results = child_sweeps.run("random", log, journal, seconds=0)
    assert_same(results, child_sweeps.run("random", tmp_path / "undisturbed.log", seconds=0))
    assert len(set(results["x"]) - set(ended(log))) == len(before)


def test_a_second_writer_is_refused_and_the_first_goes_on(processes, tmp_path, journal, log):
    table = tmp_path / "table.pickle"
    call = (table, "random", log, journal)
    child = start(processes, child_sweeps.run_in_own_group, *call, seconds=0.05)
    wait_for(lambda: lines(journal))
    with pytest.raises(RuntimeError, match=r"^journal: another sweep is writing .*sweep.jsonl"):
        child_sweeps.run("random", tmp_path / "second.log", journal)
    assert child.is_alive(), "the first sweep was over too early for this test"
    child.join()
    assert not (tmp_path / "second.log").exists()
    assert_same(pd.read_pickle(table), child_sweeps.run("random", log, seconds=0))


def test_a_second_writer_in_the_same_process_is_refused(journal):
    def objective(x):
        with pytest.raises(RuntimeError, match=r"^journal: another sweep is writing"):
            run(bowl, random_search(UNIT, 0), 3, journal=journal)
        return bowl(x)

    assert len(run(objective, random_search(UNIT, 0), 3, journal=journal)) == 3


# What the file holds


KEPT = {
    "a tuple": (1, (2, 3.5)),
    "an array": np.array([[1, 2], [3, 4]]),
    "a number of numpy's": np.float32(0.1),
    "a list of mixed kinds": [1, 1.0, True, None, "a", (2,)],
    "class weights": {0: 1.0, 1: 2.0},
    "a dict that looks like a mark": {"<tuple>": [1]},
    "not a number": math.nan,
    "a function": len,
    "an estimator": Ridge(alpha=2.0),
    "a class": Ridge,
}


@pytest.mark.parametrize("name", KEPT)
def test_a_setting_of_any_kind_survives_the_journal(journal, name):
    value = KEPT[name]
    calls = []

    def objective(x, calls=calls):
        calls.append(x)
        return {"loss": float(len(calls))}

    for _ in range(2):
        results = run(objective, grid_search({"x": [0, value]}), journal=journal)
    assert len(calls) == 2
    seen = results["x"][1]
    assert type(seen) is type(value) or isinstance(value, np.generic)
    assert repr(seen) == repr(value) or seen == value
    with pytest.raises(ValueError, match=r"trial 1 was .*, the strategy now asks|grid"):
        run(objective, mine([0, [value]]), journal=journal)


def opened():
    return open(os.devnull)


@pytest.mark.parametrize("value", [opened, lambda: memoryview(b"a"), lambda: iter(opened())])
def test_a_setting_that_cannot_be_told_is_refused_before_the_first_trial(journal, value):
    def objective(x):
        raise AssertionError("was called")

    with pytest.raises(ValueError, match=r"^journal: (x=.*|strategy grid) cannot be told"):
        run(objective, grid_search({"x": [1, value()]}), journal=journal)
    assert not journal.exists()


def test_a_setting_of_a_later_batch_that_cannot_be_told_is_refused_before_its_trial(journal):
    def strategy():
        yield [{"x": 1}]
        yield [{"x": opened()}]

    with pytest.raises(ValueError, match=r"^journal: x=.* cannot be told") as caught:
        run(bowl, strategy(), journal=journal)
    assert caught.value.results["x"].tolist() == [1]
    assert kept(journal) == [1]


def test_arrays_that_hold_nothing_differ_by_their_shape(journal):
    def empty(height):
        def asks():
            yield [{"x": np.empty((0, int(height.read_text())))}]

        return asks()

    width = journal.with_name("width")
    for columns in ("2", "2", "3"):
        width.write_text(columns)
        if columns == "2":
            assert len(run(lambda x: {"loss": 1}, empty(width), journal=journal)) == 1
        else:
            with pytest.raises(ValueError, match="trial 0 was"):
                run(lambda x: {"loss": 1}, empty(width), journal=journal)


@pytest.mark.parametrize(
    "score",
    [
        (1, 2),
        [1, (2,)],
        None,
        {"a": 1},
        {1: 2},
        np.arange(3),
        "text",
        np.array([0.5]),
        np.array([]),
    ],
)
def test_a_score_of_any_plain_kind_survives_the_journal(journal, score):
    def objective(x):
        return {"loss": x, "more": score}

    first, again = (run(objective, random_x(), 3, journal=journal) for _ in range(2))
    assert [type(s) for s in again["more"]] == [type(s) for s in first["more"]]
    assert repr(again["more"].tolist()) == repr(first["more"].tolist())


@pytest.mark.parametrize("score", [1 + 2j, {1, 2}, Ridge(), b"bytes", len, np.empty((0, 3))])
def test_a_score_that_no_line_can_hold_is_a_failure_that_is_named(journal, score):
    def objective(x):
        return {"loss": x, "odd": score if x > 0.6 else 1.0}

    with pytest.raises(RuntimeError, match=r"trial 1 failed at .* cannot be kept in a journal"):
        run(objective, random_x(), 6, journal=journal)
    recorded = run(objective, random_x(), 6, journal=journal, on_error="record")
    assert 0 < (recorded["error"] != "").sum() < 6
    assert set(recorded["worker"]) == {os.getpid()}
    again = run(objective, random_x(), 6, journal=journal, on_error="record")
    pd.testing.assert_frame_equal(again, recorded)


def test_without_a_journal_a_setting_may_be_anything():
    assert len(run(lambda x: {"loss": 1.0}, grid_search({"x": [(1, 2), len]}))) == 2


def scores_of_all_kinds(x):
    if x > 0.9:
        raise ArithmeticError(f'{x} is above ×, "quoted"\nand on a second line: ∞ \udcff')
    return {
        "loss": np.float64(x) if x < 0.5 else math.nan,
        "other": math.nan if x < 0.2 else np.float32(x),
        "worst": -math.inf,
        "count": np.int64(3),
        "größe": 1 / 3,
    }


def test_scores_and_errors_come_back_from_the_journal_exactly(journal):
    first, again = (
        run(scores_of_all_kinds, random_x(), 30, journal=journal, on_error="record")
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(again, first, rtol=0, atol=0)
    assert first["other"].isna().sum() > (first["error"] != "").sum() > 0
    assert_same(again, run(scores_of_all_kinds, random_x(), 30, on_error="record"))


def fails_while(file, x):
    if x > 0.6 and os.path.exists(file):
        raise ArithmeticError("not yet")
    return bowl(x)


def test_failed_trials_are_tried_again_unless_they_are_recorded(journal, tmp_path):
    flag = tmp_path / "flag"
    flag.touch()
    objective = functools.partial(fails_while, str(flag))
    with pytest.raises(RuntimeError, match=r"trial 1 failed at .* not yet") as caught:
        run(objective, random_x(), 8, journal=journal)
    assert len(caught.value.results) == len(kept(journal)) == 1
    recorded = run(objective, random_x(), 8, journal=journal, on_error="record")
    assert (recorded["error"] != "").sum() > 1
    flag.unlink()
    again = run(objective, random_x(), 8, journal=journal, on_error="record")
    assert_same(again, recorded)
    assert_same(run(objective, random_x(), 8, journal=journal), run(objective, random_x(), 8))
    assert_same(run(objective, random_x(), 8, journal=journal), run(objective, random_x(), 8))


def test_the_file_opens_in_pandas(journal):
    results = run(bowl, random_x(), 5, journal=journal)
    read = pd.read_json(journal, lines=True)
    trials = read[read["trial"].notna()]
    assert [setting["x"] for setting in trials["setting"]] == pytest.approx(results["x"])
    assert [scores["loss"] for scores in trials["scores"]] == pytest.approx(results["loss"])


def test_strings_of_every_script_survive(journal):
    words = ["naïve", "日本", "🌲", "a\u2028b", "tab\tline\r\n", "\x85", "\ud800", 'q"\\', ""]
    for _ in range(2):
        results = run(lambda x: {"loss": float(len(x))}, grid_search({"x": words}), journal=journal)
        assert results["x"].tolist() == words
    assert kept(journal) == words


def test_started_counts_from_the_first_run(journal):
    run(bowl, random_x(), 2, journal=journal)
    started = run(bowl, random_x(), 4, journal=journal)["started"]
    assert (started >= 0).all() and started.is_monotonic_increasing


# Ctrl-C


def test_ctrl_c_carries_the_table_of_the_finished_trials():
    def objective(x):
        if x == 3:
            raise KeyboardInterrupt
        return {"loss": x}

    with pytest.raises(KeyboardInterrupt) as caught:
        run(objective, grid_search({"x": range(9)}))
    assert caught.value.results["x"].tolist() == [0, 1, 2]
    assert best(caught.value.results)["x"] == 0


@posix
@pytest.mark.parametrize("send", [os.kill, os.killpg])
def test_ctrl_c_stops_the_workers_and_keeps_what_was_finished(processes, journal, log, send):
    here, there = processes.Pipe()
    child = start(
        processes, child_sweeps.run_until_interrupted, there, "random", log, journal, 2, seconds=0.2
    )
    wait_for(lambda: lines(journal) > 2)
    send(child.pid, signal.SIGINT)
    assert here.poll(60)
    said, finished = here.recv()
    assert said == "KeyboardInterrupt"
    # It may come just after a line was written, before the table has that trial.
    assert len(kept(journal)) - 1 <= finished <= len(kept(journal)) < child_sweeps.BUDGET
    quiet = [time.monotonic(), -1]

    def no_trial_has_run_for_a_second():
        if quiet[1] != len(events(log)):
            quiet[:] = time.monotonic(), len(events(log))
        return time.monotonic() - quiet[0] > 1

    wait_for(no_trial_has_run_for_a_second)
    assert len(ended(log)) < child_sweeps.BUDGET
    here.send("enough")
    child.join()


# A search that goes on through failures


def fails_in_a_quarter(x):
    if 0.5 < x < 0.75:
        raise ArithmeticError("no model here")
    return {"loss": (x - 0.3) ** 2}


def test_a_bayesian_search_finds_the_bottom_though_a_quarter_of_the_range_fails():
    for seed in range(10):
        strategy = bayesian_search(UNIT, seed, n_initial=6)
        results = run(fails_in_a_quarter, strategy, 10, on_error="record")
        assert best(results)["loss"] < 3e-3


def test_a_bayesian_search_recovers_when_all_its_first_trials_failed():
    for seed in range(2):
        calls = count()

        def objective(x, calls=calls):
            if next(calls) < 5:
                raise ArithmeticError("not yet")
            return {"loss": (x - 0.3) ** 2}

        strategy = bayesian_search(UNIT, seed, n_initial=5)
        results = run(objective, strategy, 15, on_error="record")
        assert Counter(results["error"] == "") == {True: 10, False: 5}
        assert best(results)["loss"] < 1e-3


def test_the_table_counts_the_suggestions_that_repeated_a_trial(journal):
    def objective(**setting):
        return {"loss": float(sum(setting.values()))}

    small = {"n": Integer(1, 6)}
    results = run(objective, bayesian_search(small, 0, n_initial=5), 11, journal=journal)
    assert results.attrs["repeats"] > 0
    again = run(objective, bayesian_search(small, 0, n_initial=5), 11, journal=journal)
    assert again.attrs == results.attrs
    assert run(objective, bayesian_search(UNIT, 0, n_initial=5), 11).attrs["repeats"] == 0


# A failure that is tried again


def fails_at_first(file, x):
    if 0.1 < x < 0.9 and os.path.exists(file):
        raise ArithmeticError("not yet")
    return {"loss": (x - 0.3) ** 2}


@pytest.mark.parametrize("then", ["raise", "record"])
@pytest.mark.parametrize(
    "strategy",
    [
        lambda: bayesian_search(UNIT, 0, n_initial=3),
        lambda: bayesian_search(UNIT, 1, batch=2, n_initial=4, surrogate="ET"),
        lambda: gradient_descent(UNIT, 3, step=0.2, h=0.3),
    ],
)
def test_a_search_that_learns_goes_on_after_a_failure_was_tried_again(
    journal, tmp_path, strategy, then
):
    flag = tmp_path / "flag"
    flag.touch()
    objective = functools.partial(fails_at_first, str(flag))
    recorded = run(objective, strategy(), 8, journal=journal, on_error="record")
    failures = (recorded["error"] != "").sum()
    assert failures
    flag.unlink()
    healed = run(objective, strategy(), 8, journal=journal, on_error="raise")
    # A walk that the failures had ended goes on.
    assert healed["error"].eq("").all() and len(healed) == 8
    assert healed["x"].tolist()[: len(recorded)] == recorded["x"].tolist()
    assert lines(journal) == len(healed) + failures
    more = run(objective, strategy(), 12, journal=journal, on_error=then)
    assert len(more) >= len(healed)
    assert_same(run(objective, strategy(), 12, journal=journal, on_error=then), more)


@pytest.mark.parametrize("on_error", ["raise", "record"])
@pytest.mark.parametrize("budget", [3, 5, 9])
def test_a_strategy_is_told_what_was_tried_again_unless_it_went_on_before(
    journal, tmp_path, budget, on_error
):
    """As a sweep that nothing disturbed, where the failures were in a batch that was cut."""
    bad = tmp_path / "bad"

    def objective(x, n):
        if bad.exists() and x < 0.43:
            raise OSError
        return {"loss": x}

    def halving():
        return successive_halving(UNIT, 0, fidelity="n", low=1, high=9)

    whole = run(objective, halving())
    bad.touch()
    with contextlib.suppress(RuntimeError):  # with "raise", at the first that fails
        run(objective, halving(), budget, journal=journal, on_error=on_error)
    bad.unlink()
    for _ in range(2):
        again = run(objective, halving(), journal=journal)
        assert again["x"].tolist() == whole["x"].tolist()


class Stubborn(BaseEstimator):
    """Its constructor changes a parameter, so that scikit-learn does not clone it."""

    def __init__(self, w=(1,)):
        self.w = list(w)


class Locked:
    """It can be told by its content, and not be copied."""

    def __init__(self):
        self.lock, self.n_ = threading.Lock(), 0


# What cannot be copied cannot be sent to a worker either.
@pytest.mark.parametrize(("kind", "n_jobs"), [(Stubborn, 1), (Stubborn, 2), (Locked, 1)])
def test_what_a_trial_does_to_an_odd_value_is_no_other_setting(journal, kind, n_jobs):
    def objective(e, k):
        e.n_ = getattr(e, "n_", 0) + 1
        return {"loss": float(e.n_)}

    def strategy():
        return grid_search({"e": [kind()], "k": [1, 2, 3]})

    for _ in range(2):
        results = run(objective, strategy(), journal=journal, n_jobs=n_jobs)
        assert kind is Locked or results["loss"].tolist() == [1, 1, 1]


class Named(enum.StrEnum):
    X = "x"


@pytest.mark.parametrize("name", [np.str_("x"), Named.X])
@pytest.mark.parametrize("search", [random_search, bayesian_search])
def test_names_that_are_kinds_of_text_are_known_again(journal, name, search):
    for budget in (2, 4):
        strategy = search({name: UNIT["x"]}, 0)
        assert len(run(bowl, strategy, budget, journal=journal)) == budget


def test_a_value_that_holds_itself_is_known_again(journal):
    def strategy():
        value = [1]
        value.append(value)
        deep = functools.reduce(lambda held, _: [held], range(5000), 0)
        return grid_search({"x": [0.1, 0.2], "held": [value, deep]})

    for _ in range(2):
        assert len(run(lambda x, held: {"loss": x}, strategy(), journal=journal)) == 4


# A file that is not what it was


@posix
@pytest.mark.parametrize("how", ["link", "hard link", "removed lock", "other spelling"])
def test_a_second_writer_is_refused_by_whatever_name(tmp_path, journal, how):
    other = tmp_path / "other.jsonl"

    def objective(x):
        if how == "link" and not other.exists():
            other.symlink_to(journal)
        elif how == "hard link" and not other.exists():
            os.link(journal, other)
        elif how == "removed lock":
            Path(f"{journal}.lock").unlink(missing_ok=True)
        path = {"other spelling": tmp_path / "." / "x" / ".." / journal.name}
        path = other if "link" in how else path.get(how, journal)
        (tmp_path / "x").mkdir(exist_ok=True)
        with pytest.raises(RuntimeError, match=r"^journal: another sweep is writing"):
            run(bowl, random_x(), 3, journal=path)
        return bowl(x)

    assert len(run(objective, random_x(), 3, journal=journal, version="1")) == 3


@posix
@pytest.mark.parametrize("how", ["removed", "replaced", "moved", "folder removed"])
def test_a_journal_that_is_taken_away_while_it_is_written_is_missed(tmp_path, how):
    journal = tmp_path / "folder" / "sweep.jsonl"

    def objective(x):
        if x > 0.6 and journal.exists():
            if how == "replaced":
                (tmp_path / "new").write_text("dear diary")
                os.replace(tmp_path / "new", journal)
            elif how == "moved":
                journal.rename(tmp_path / "elsewhere.jsonl")
            else:
                journal.unlink()
                if how == "folder removed":
                    journal.parent.rmdir()
        return bowl(x)

    with pytest.raises(OSError, match=r"^journal: .* was removed or replaced") as caught:
        run(objective, random_x(), 5, journal=journal)
    assert len(caught.value.results) >= 1
    assert how != "replaced" or journal.read_text() == "dear diary"


@posix
def test_a_process_that_is_forked_off_does_not_keep_the_lock(journal):
    children = []

    def objective(x):
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        children.append(child)
        return bowl(x)

    try:
        run(objective, random_x(), 2, journal=journal)
        assert len(run(objective, random_x(), 3, journal=journal)) == 3
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


@posix
def test_the_lock_is_gone_with_the_sweep_though_a_child_still_holds_the_file(journal):
    held = []

    def objective(x):
        held.append(os.dup(next(iter(OPEN)).file))  # as a child does until it has begun to run
        return bowl(x)

    try:
        run(objective, random_x(), 2, journal=journal, version="1")
        assert len(run(objective, random_x(), 3, journal=journal, version="1")) == 3
    finally:
        for file in held:
            os.close(file)


@pytest.mark.parametrize("path", ["", 3, True, b"sweep.jsonl", ["a"]])
def test_what_is_no_path_of_a_file_is_refused(path):
    with pytest.raises(ValueError, match=r"^journal must be the path of a file"):
        run(bowl, random_x(), 3, journal=path)


@posix
def test_a_pipe_or_a_device_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/null"):
        with pytest.raises(OSError, match=r"^journal: cannot read .*no regular file"):
            run(bowl, random_x(), 3, journal=path)


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    run(bowl, random_x(), 3, journal="~/sweeps/mine.jsonl")
    assert len(kept(tmp_path / "sweeps" / "mine.jsonl")) == 3
    assert not (tmp_path / "~").exists()


@pytest.mark.parametrize(
    "text",
    [
        '{"sweep": "my notes"}',
        '{"sweep": {"minimize": "loss"}, "began": 3}',
        '{"sweep": {}}',
        '{"sweep": {"minimize": "gain", "strategy"',
        '{"sweep',
        "{",
    ],
)
def test_a_file_of_somebody_else_that_begins_alike_is_left_alone(journal, text):
    ours = text in ('{"sweep', "{")  # a torn first line of this very sweep
    journal.write_text(text)
    if ours:
        assert len(run(bowl, random_x(), 3, journal=journal)) == 3
    else:
        with pytest.raises(ValueError, match=r"^journal: "):
            run(bowl, random_x(), 3, journal=journal)
        assert journal.read_text() == text


def test_every_flipped_bit_of_a_finished_line_is_noticed(journal):
    run(bowl, random_x(), 4, journal=journal)
    whole = journal.read_bytes()
    ends = [i for i, byte in enumerate(whole) if byte == 10]
    chance = random.Random(0)
    for _ in range(150):
        at = chance.randrange(ends[-2])
        flipped = bytearray(whole)
        flipped[at] ^= 1 << chance.randrange(8)
        journal.write_bytes(flipped)
        try:
            again = run(bowl, random_x(), 4, journal=journal)
        except ValueError:
            assert journal.read_bytes() == flipped
        else:
            raise AssertionError(f"byte {at} was {whole[at : at + 1]}: {again}")
    journal.write_bytes(whole)


def test_a_journal_of_an_earlier_version_is_refused_with_what_to_do(journal):
    old = {"sweep": {"minimize": "loss", "strategy": "random_search"}, "began": 1.0}
    text = json.dumps(old) + "\n"
    journal.write_text(text)
    with pytest.raises(ValueError, match=r"earlier version of sweeplib.*keep a new journal"):
        run(bowl, random_x(), 3, journal=journal)
    assert journal.read_text() == text


def test_another_python_that_cannot_compare_code_says_so(journal, monkeypatch):
    run(bowl, random_x(), 3, journal=journal)
    monkeypatch.setattr(sys.modules["sweeplib.journal"], "PYTHON", "3.99")
    assert len(run(bowl, random_x(), 3, journal=journal)) == 3
    with pytest.raises(
        ValueError, match=r"code differs.*begun with Python 3\.\d+, and this is 3\.99"
    ):
        run(lambda x: {"loss": x}, random_x(), 3, journal=journal)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_objective_may_change_the_folder(tmp_path, monkeypatch, n_jobs):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    elsewhere = str(tmp_path / "elsewhere")

    def objective(x):
        os.chdir(elsewhere)
        return {"loss": x}

    run(objective, random_x(), 3, journal="rel.jsonl", n_jobs=n_jobs)
    assert len(kept(tmp_path / "rel.jsonl")) == 3


def test_a_journal_with_other_line_ends_is_told_so(journal):
    run(bowl, random_x(), 3, journal=journal)
    journal.write_bytes(journal.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(ValueError, match=r"line 1 of .* \(it ends as lines on Windows do\)"):
        run(bowl, random_x(), 3, journal=journal)


@pytest.mark.parametrize("path", ["a\0b", "~nobody-of-this-name/b.jsonl"])
def test_a_path_that_can_be_none_is_refused_with_the_arguments_name(path):
    with pytest.raises(ValueError, match=r"^journal"):
        run(bowl, random_x(), 3, journal=path)


def circular():
    held = []
    held.append(held)
    return held


@pytest.mark.parametrize("score", [circular, lambda: 10**5000], ids=["a circle", "a long number"])
def test_a_score_that_no_line_can_hold_is_a_failed_trial(journal, score):
    results = run(
        lambda x: {"loss": x, "odd": score() if x > 0.6 else 1},
        random_x(), 5, journal=journal, on_error="record",
    )  # fmt: skip
    assert (results["error"] != "").tolist() == (results["x"] > 0.6).tolist()
    assert 0 < (results["error"] != "").sum() < 5 == len(kept(journal))


def test_a_script_of_two_journals_whose_objective_remembers_runs_again(tmp_path, run_script):
    (tmp_path / "script.py").write_text(
        "from sweeplib import grid_search, sweep\n"
        "KNOWN = {}\n"
        "def objective(x):\n"
        "    KNOWN.setdefault(x, x * x)\n"
        "    return {'rmse': KNOWN[x]}\n"
        "for name in 'ab':\n"
        "    strategy = grid_search({'x': [1, 2]})\n"
        "    sweep(objective, strategy, journal=f'{name}.jsonl', progress=False)\n",
        encoding="utf8",
    )
    for _ in range(2):
        assert run_script(tmp_path / "script.py") == ""
