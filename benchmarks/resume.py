"""Table 5: going on with a sweep that was nearly done."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pandas as pd
from report import HERE, markdown, measure, middle
from sklearn.ensemble import RandomForestRegressor
from skopt.space import Integer

from sweeplib import Holdout, load_split, random_search, sweep

SPACE = {"max_depth": Integer(1, 20), "min_samples_leaf": Integer(1, 10)}
WHOLE, RESUMED = "from the start", "resumed at 90 %"

SECTION = """\
## 5. A sweep resumed

{trials} trials of random search, forests of {trees} trees, with a journal, one process. The resumed
sweep starts from the journal of the whole one, cut after {kept} trials. The two
took turns; rounds: {rounds}.

{table}

Ratio of the times, resumed to whole: {ratio}.
The part left to compute is {part:.2f}. The two tables are {equal} in every setting and score.
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


def section(quick: bool) -> str:
    """Measure, and say so."""
    trials, trees, rounds = (40, 10, 1) if quick else (200, 50, 3)
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
    )
