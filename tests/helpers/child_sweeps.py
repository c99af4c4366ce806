"""Sweeps for processes of their own, which the tests of the journal kill and run again."""

import os
import runpy
import signal
import sys
import time

from joblib.externals.loky import get_reusable_executor
from skopt.space import Real

from sweeplib import bayesian_search, grid_search, random_search, sweep

BUDGET = 30
SPACE = {"x": Real(0, 1)}
STRATEGIES = {
    "grid": lambda: grid_search({"x": [i / BUDGET for i in range(BUDGET)]}),
    "random": lambda: random_search(SPACE, seed=0, batch=12),
    "long": lambda: random_search(SPACE, seed=0, batch=500),
    "bayesian": lambda: bayesian_search(SPACE, seed=0, batch=2, n_initial=24),
}


class Logged:
    """A bowl that notes the start and the end of each fit in a file."""

    def __init__(self, log, seconds=0.01):
        self.log, self.seconds = str(log), seconds

    def __call__(self, x):
        self.note("start", x)
        time.sleep(self.seconds)
        self.note("end", x)
        return {"loss": (x - 0.3) ** 2, "twice": 2 * x}

    def note(self, event, x):
        file = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, f"{event} {x!r}\n".encode())
        os.close(file)


def as_script(path, arguments, standard_error):
    """As ``python -B path arguments`` does from the path's folder."""
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))
    sys.argv, sys.dont_write_bytecode = [path.name, *arguments], True
    sys.stderr = open(standard_error, "w", encoding="utf8")  # noqa: SIM115 – until the end
    runpy.run_path(path.name, run_name="__main__")


def run(name, log, journal=None, n_jobs=1, *, seconds=0.01, budget=BUDGET):
    return sweep(
        Logged(log, seconds), STRATEGIES[name](), budget,
        minimize="loss", n_jobs=n_jobs, journal=journal, progress=False,
    )  # fmt: skip


def run_in_own_group(table, *call, **options):
    """Run a sweep as the leader of a process group and keep its table."""
    if hasattr(os, "setsid"):
        os.setsid()
    run(*call, **options).to_pickle(table)
    get_reusable_executor().shutdown()  # a child of multiprocessing would wait for its workers


def run_short_of_space(pipe, size, *call, **options):
    """Run a sweep where no file can grow beyond ``size`` bytes; send what it raised."""
    import resource  # where this runs, there is one

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    try:
        run(*call, **options)
    except OSError as error:
        pipe.send((str(error), len(error.results)))


def run_until_interrupted(pipe, *call, **options):
    """Run a sweep until Ctrl-C, say what came of it and stay alive."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        run(*call, **options)
    except BaseException as error:
        pipe.send((type(error).__name__, len(error.results)))
    pipe.recv()
    get_reusable_executor().shutdown()
