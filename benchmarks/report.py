"""What the five tables share: timing in turns, medians with ranges, Markdown, the machine."""

import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median

import pandas as pd

HERE = Path(__file__).parent
PACKAGES = [
    "numpy", "scipy", "pandas", "scikit-learn", "scikit-optimize", "joblib", "optuna",
]  # fmt: skip


def before_and_after(slow: Iterable[str], fast: Iterable[str]) -> Iterator[str]:
    """The fast ways before and after each slow one, so that a noisy minute hits all alike."""
    yield from fast
    for name in slow:
        yield from (name, *fast)


def measure(ways: dict[str, Callable], schedule: Iterable[str], *arguments) -> tuple[dict, dict]:
    """Run the schedule: the seconds of each way's runs, and its last result."""
    seconds, results = {name: [] for name in ways}, {}
    for name in schedule:
        began = time.perf_counter()
        results[name] = ways[name](*arguments)
        seconds[name].append(time.perf_counter() - began)
        say(f"{name}: {seconds[name][-1]:.2f} s")
    return seconds, results


def say(text: str) -> None:
    """Progress, beside the report and not in it."""
    print(text, file=sys.stderr, flush=True)


def middle(values: list[float], form: str = ".2f") -> str:
    """Median, and the range where there were several runs."""
    if len(values) == 1:
        return f"{values[0]:{form}}"
    low, high = min(values), max(values)
    return f"{median(values):{form}} ({low:{form}} to {high:{form}}, {len(values)} runs)"


def cells(scores: dict[tuple[int, int], float]) -> pd.Series:
    """RMSE by (n_estimators, max_depth), as a stacked forest_surface has it."""
    return pd.Series(scores).rename_axis(["n_estimators", "max_depth"])


def compared(own: pd.Series | None, naive: pd.Series) -> dict[str, str]:
    """How far a way's cells are from those of the naive loop, in two columns."""
    largest, equal = "–", "–"
    if own is not None:
        difference = (own.loc[naive.index] - naive).abs().max()
        largest, equal = f"{difference:.2g}", "yes" if difference == 0 else "no"
    return {"largest difference in RMSE": largest, "all cells equal": equal}


def markdown(rows: list[dict]) -> str:
    """Dicts with the same keys as a Markdown table."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(r.values() for r in rows)]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def machine() -> str:
    """Processor, cores, system and versions, in two lines."""
    cpuinfo = Path("/proc/cpuinfo")  # Linux; elsewhere Python knows
    model = cpuinfo.exists() and re.search(r"model name\s*: (.*)", cpuinfo.read_text())
    processor = model[1] if model else platform.processor()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"* {processor}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}\n"
        f"* Python {platform.python_version()}, {packages}"
    )
