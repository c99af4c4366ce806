"""Table 5: going on with a sweep that was nearly done."""

import json
import os
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import loop
import pandas as pd
from report import HERE, markdown, measure, middle
from sklearn.ensemble import RandomForestRegressor
from skopt.space import Integer

from sweeplib import Holdout, load_split, random_search, sweep

SPACE = {"max_depth": Integer(1, 20), "min_samples_leaf": Integer(1, 10)}
WHOLE, RESUMED = "from the start", "resumed at 90 %"
ROUNDS = 3

SECTION = """\
## 5. A sweep resumed

{trials} trials of random search, forests of {trees} trees, with a journal, one process. The resumed
sweep starts from the journal of the whole one, cut after {kept} trials. The two
took turns; rounds: {rounds}.

{table}

Ratio of the times, resumed to whole: {ratio}.
The part left to compute is {part:.2f}. The two tables are {equal} in every setting and score.

A finished sweep of {lines:,} instant trials (those of table 3), called again: every line is read
and checked, the strategy is asked afresh and answered from them. The floor reads the lines with
`json.loads` and keeps them. The ways took turns; memory is the peak of what Python allocated
(`tracemalloc`), in a run of its own.

{read}
"""


@contextmanager
def counted_fits() -> Iterator[list]:
    """One entry a forest fitted. Not in the objective: that would make it another sweep."""
    fits, fit = [], RandomForestRegressor.fit

    def counting(model, X, y):
        fits.append(1)
        return fit(model, X, y)

    with patch.object(RandomForestRegressor, "fit", counting):
        yield fits


def run(journal: Path, trials: int, trees: int) -> tuple[int, pd.DataFrame]:
    """The sweep: how many forests it fitted, and its settings and scores."""
    objective = Holdout(RandomForestRegressor(trees, random_state=42), *load_split())
    search = random_search(SPACE, seed=0)
    with counted_fits() as fits:
        results = sweep(objective, search, trials, journal=journal, progress=False)
    return len(fits), results[["trial", *SPACE, *objective.scores]]


def cut(journal: Path, trials: int) -> None:
    """Keep the head line and that many trials."""
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[: 1 + trials]))


def pair(trials: int, trees: int) -> tuple[dict, dict]:
    """A whole run, then its journal cut and the run resumed."""
    with TemporaryDirectory(dir=HERE) as folder:  # /tmp may be memory
        journal = Path(folder) / "journal.jsonl"
        once = {name: lambda: run(journal, trials, trees) for name in (WHOLE, RESUMED)}
        whole = measure(once, [WHOLE])
        cut(journal, trials * 9 // 10)
        resumed = measure(once, [RESUMED])
    return tuple(was | {RESUMED: now[RESUMED]} for was, now in zip(whole, resumed, strict=True))


def read_by_json(journal: Path, lines: int) -> int:
    """The floor of a resume: a line is an entry, and all are kept."""
    with open(journal, encoding="utf8") as file:
        return len([json.loads(line) for line in file]) - 1


READERS: dict[str, Callable] = {
    "`sweep`, nothing left to run": lambda journal, lines: loop.ours(lines, journal),
    "floor: `json.loads`": read_by_json,
}


def peak(read: Callable, *arguments) -> float:
    """MB that Python allocated at the most."""
    tracemalloc.start()
    try:
        read(*arguments)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def rows_of_lines(lines: int) -> list[dict]:
    """Long journals read back."""
    with TemporaryDirectory(dir=HERE) as folder:
        journal = Path(folder) / "journal.jsonl"
        with patch.object(os, "fsync", lambda file: None):  # as quickly as it goes
            loop.ours(lines, journal)
        seconds, read = measure(READERS, list(READERS) * ROUNDS, journal, lines)
        if set(read.values()) != {lines}:
            raise RuntimeError(f"the journal has {lines} trials, read were {read}")
        memory = {name: peak(way, journal, lines) for name, way in READERS.items()}
    return [
        {"way": name, "seconds": middle(seconds[name]), "MB at the peak": f"{memory[name]:.0f}"}
        for name in READERS
    ]


def section(quick: bool) -> str:
    """Measure, and say so."""
    trials, trees, rounds = (40, 10, 1) if quick else (200, 50, ROUNDS)
    lines = 1_000 if quick else 100_000
    pairs = [pair(trials, trees) for _ in range(rounds)]
    seconds = {name: [s[name][0] for s, _ in pairs] for name in (WHOLE, RESUMED)}
    ratios = [b / a for a, b in zip(seconds[WHOLE], seconds[RESUMED], strict=True)]
    rows = [
        {"sweep": name, "seconds": middle(times), "fits computed": pairs[-1][1][name][0]}
        for name, times in seconds.items()
    ]
    equal = all(found[WHOLE][1].equals(found[RESUMED][1]) for _, found in pairs)
    return SECTION.format(
        trials=trials,
        trees=trees,
        kept=trials * 9 // 10,
        rounds=rounds,
        table=markdown(rows),
        ratio=middle(ratios, ".3f"),
        part=1 - trials * 9 // 10 / trials,
        equal="equal" if equal else "NOT equal",
        lines=lines,
        read=markdown(rows_of_lines(lines)),
    )
