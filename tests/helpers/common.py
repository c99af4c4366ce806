"""What tests of several files say of a sweep."""

import json

import pandas as pd
from skopt.space import Real

from sweeplib import random_search, sweep

TIMES = ["started", "seconds", "worker"]  # the columns that two runs never share
UNIT = {"x": Real(0, 1)}


def bowl(x):
    return {"loss": (x - 0.3) ** 2, "gain": -x}


def random_x():
    return random_search(UNIT, seed=0)


def mine(values, step=1):
    """A strategy of one's own: each value by itself."""
    for x in values:
        yield [{"x": x}]


def run(objective, strategy, budget=None, *, minimize="loss", **options):
    return sweep(objective, strategy, budget, minimize=minimize, progress=False, **options)


def assert_same(results, expected):
    """The same table, times and worker aside."""
    pd.testing.assert_frame_equal(
        results.drop(columns=TIMES), expected.drop(columns=TIMES), rtol=0, atol=0
    )
    assert results.attrs == expected.attrs


def events(log):
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def ended(log):
    return [float(x) for event, x in events(log) if event == "end"]


def kept(journal):
    """The x of each trial in the journal; a line still being written does not count."""
    lines = journal.read_bytes().split(b"\n")[1:-1] if journal.exists() else []
    return [json.loads(line)["setting"]["x"] for line in lines]
