"""The same sweep on a Dask cluster: the same table, and a lost worker costs its trials alone."""

import functools
import os
import re
import signal
import subprocess
import sys
import threading
import time

import joblib
import nbformat
import pytest
from common import assert_same
from paths import ROOT
from sklearn.ensemble import RandomForestRegressor
from skopt.space import Categorical, Integer, Real

from sweeplib import (
    Holdout,
    bayesian_search,
    gradient_descent,
    grid_search,
    load_split,
    random_search,
    sobol_search,
    sweep,
)

distributed = pytest.importorskip("distributed")

SPACE = {"x": Real(-1, 1), "n": Integer(1, 9)}
STRATEGIES = {
    "grid": lambda: grid_search({"x": [0.1, 0.2, 0.3], "n": [1, 2, 3]}),
    "random": lambda: random_search(SPACE, seed=0, batch=5),
    "sobol": lambda: sobol_search(SPACE, seed=0),
    "bayesian": lambda: bayesian_search(SPACE, seed=0, batch=3, n_initial=6),
    "gradient descent": lambda: gradient_descent(SPACE, seed=0, step=0.1),
}


def bowl(x, n):
    if n == 2 and x > 0.15:
        raise ArithmeticError("two is too many")
    return {"loss": x * x + n, "gain": -x}


def slow(log, x):
    """Notes the end of each fit in a file: a fit that its worker did not survive does not count."""
    time.sleep(0.1)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(file, f"{x!r}\n".encode())
    os.close(file)
    return {"loss": x * x}


def run(objective, strategy, budget=9, **options):
    options = {"minimize": "loss", "progress": False, "on_error": "record"} | options
    return sweep(objective, strategy, budget, **options)


@pytest.fixture(scope="module")
def cluster():
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
    ):
        yield cluster


@pytest.fixture
def on_dask(cluster):
    with joblib.parallel_config(backend="dask"):
        yield


def pids(cluster):
    return {worker.pid for worker in cluster.workers.values()}


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_gives_the_same_table_on_a_cluster(cluster, tmp_path, name):
    one, two = (run(bowl, STRATEGIES[name](), n_jobs=n_jobs) for n_jobs in (1, 2))
    assert_same(two, one)
    with joblib.parallel_config(backend="dask"):
        assert_same(run(bowl, STRATEGIES[name]()), one)
        for _ in range(2):
            results = run(bowl, STRATEGIES[name](), journal=tmp_path / "sweep.jsonl")
            assert_same(results, one)
    assert set(results["worker"]) <= pids(cluster)


def test_forests_on_a_cluster_are_the_same_to_the_last_bit(on_dask):
    objective = Holdout(RandomForestRegressor(random_state=42), *load_split())
    space = {"max_depth": Integer(1, 9), "max_features": Categorical([0.5, "sqrt"])}
    results = run(objective, random_search(space, 0), 6, minimize="rmse")
    with joblib.parallel_config(backend="loky"):
        assert_same(results, run(objective, random_search(space, 0), 6, minimize="rmse", n_jobs=1))


def test_a_journal_begun_here_goes_on_on_a_cluster(tmp_path, cluster):
    journal = tmp_path / "sweep.jsonl"
    run(bowl, STRATEGIES["bayesian"](), 5, journal=journal)
    with joblib.parallel_config(backend="dask"):
        results = run(bowl, STRATEGIES["bayesian"](), 9, journal=journal)
    assert_same(results, run(bowl, STRATEGIES["bayesian"](), 9))
    assert set(results["worker"][:5]) == {os.getpid()}
    assert set(results["worker"][5:]) <= pids(cluster)


@pytest.mark.filterwarnings("ignore:.*tasks .*You could benefit:UserWarning")
def test_a_failing_trial_on_a_cluster_stops_the_sweep_and_is_named(on_dask):
    with pytest.raises(RuntimeError, match=r"failed at .*: ArithmeticError: two is too many"):
        run(bowl, STRATEGIES["grid"](), on_error="raise")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_worker_costs_its_running_trials_and_nothing_else(cluster, tmp_path):
    log, journal = tmp_path / "fits.log", tmp_path / "sweep.jsonl"
    victim = min(pids(cluster))

    def kill_when_five_are_done():
        while not log.exists() or len(log.read_text().splitlines()) < 5:
            time.sleep(0.01)
        os.kill(victim, signal.SIGKILL)

    killer = threading.Thread(target=kill_when_five_are_done, daemon=True)
    killer.start()
    objective = functools.partial(slow, str(log))
    with joblib.parallel_config(backend="dask"):
        results = run(
            objective, random_search({"x": Real(0, 1)}, 0), 30, journal=journal, on_error="raise"
        )
    killer.join()
    assert victim not in pids(cluster) or victim not in set(results["worker"][20:])
    fits = log.read_text().splitlines()
    assert set(fits) == {repr(x) for x in results["x"]}
    assert len(fits) <= 30 + 2
    other = tmp_path / "undisturbed.log"
    assert_same(
        results, run(functools.partial(slow, str(other)), random_search({"x": Real(0, 1)}, 0), 30)
    )
    assert len(journal.read_text().splitlines()) == 31


GRUMBLES = """
import logging, socket, sys
from contextlib import suppress
from pathlib import Path

import joblib
from distributed import Client, LocalCluster

LOGGERS = ["core", "worker", "worker.memory", "nanny", "scheduler", "client", "gc", "utils_perf"]

def grumble():
    for name in LOGGERS:
        logging.getLogger(f"distributed.{name}").warning("%s stalled", name)
        logging.getLogger(f"distributed.{name}").error("%s stalled", name)

class Table:
    def __getitem__(self, columns):
        return self
    def equals(self, other):
        return True

def sweep(*args, **kwargs):
    grumble()  # the scheduler's and the nannies' logs are this process's
    ran = joblib.Parallel()([joblib.delayed(grumble)(), joblib.delayed(grumble)()])
    print(len(ran), "trials grumbled")
    return Table()

objective = random_search = lambda *args, **kwargs: None
space, columns, whole = {}, [], Table()

if __name__ == "__main__":
    with suppress(OSError):  # taken already: as well
        other_cluster = socket.create_server(("127.0.0.1", 8787))
    exec(Path(sys.argv[1]).read_text(encoding="utf8"))
    grumble()
"""


@pytest.mark.parametrize("quiet", [True, False])
def test_a_busy_machine_leaves_no_trace_in_the_cluster_cell_of_chapter_10(tmp_path, quiet):
    """Dask logs what stalls, in the workers too; nbval would take it for a changed output."""
    chapter = nbformat.read(ROOT / "notebooks/11_sweeps_at_scale.ipynb", as_version=4)
    (cell,) = [c.source for c in chapter.cells if "LocalCluster(" in c.source]
    if not quiet:  # the same, with nothing silenced: the test sees what it looks for
        cell = re.sub(r"logging\.disable\(.*\)", "", cell.replace("silence_logs=quiet,", ""))
    (tmp_path / "cell.py").write_text(cell, encoding="utf8")
    (tmp_path / "grumbles.py").write_text(GRUMBLES, encoding="utf8")
    ran = subprocess.run(
        [sys.executable, "grumbles.py", "cell.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "2 trials grumbled" in ran.stdout, ran.stdout + ran.stderr
    if quiet:
        assert ran.stderr == ""
    else:
        assert "worker stalled" in ran.stderr and "nanny stalled" in ran.stderr
