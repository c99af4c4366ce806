"""Make the rounds of the game: python tools/make_game_rounds.py

Each round is a table of losses and the moves of its two opponents, in book/_static/game/rounds.
What the same settings lose under other seeds is kept beside it, so that a win can be weighed.
"""

import base64
import hashlib
import json

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from matplotlib import colormaps
from matplotlib.colors import to_hex
from paths import ROOT
from problems import kernel_ridge_in_folds
from scipy.stats import t
from sklearn.datasets import make_friedman1
from skopt.space import Integer

from sweeplib import (
    Lookup,
    bayesian_search,
    forest_surface,
    load_split,
    random_search,
    sweep,
)
from sweeplib.plots import LOOKS

FOLDER = ROOT / "book/_static/game/rounds"
BUDGET = 25
# What a player moves: from low to high by steps; a knob with log holds its log10.
KNOBS = {
    "forest": [
        {"name": "n_estimators", "low": 1, "high": 1000, "step": 1},
        {"name": "max_depth", "low": 1, "high": 20, "step": 1},
    ],
    "friedman1": [
        {"name": "alpha", "low": -6, "high": 1, "step": 0.2, "log": True},
        {"name": "gamma", "low": -4, "high": 1, "step": 0.1, "log": True},
    ],
}
ABOUT = {
    "forest": {
        "title": "random forest, diabetes data",
        "score": "held-out RMSE",
        "digits": 2,
        "span": 6,
        "margin": 0.1,  # as in chapter 6: no more than another seed does to a large forest
        "other": "forest seeds",
    },
    "friedman1": {
        "title": "kernel ridge, Friedman's function",
        "score": "RMSE in 5 folds",
        "digits": 3,
        "span": 1,
        "margin": 0.005,
        "other": "drawn data sets",
    },
}
# Round → problem and the seed of its forests or of its drawn data. Opponents are seeded by
# the number of the round.
ROUNDS = {1: ("forest", 1), 2: ("forest", 2), 3: ("forest", 3), 4: ("forest", 4)} | {
    5: ("friedman1", 1), 6: ("friedman1", 2), 7: ("friedman1", 3), 8: ("friedman1", 4),
}  # fmt: skip
OTHERS = range(100, 120)
# The cells of the first knob that are kept of the other tables: of forests 1 to 9 trees, and
# tens.
KEPT = {"forest": [*range(9), *range(9, 1000, 10)], "friedman1": list(range(36))}


def forest_table(seed: int, exact: bool = True) -> pd.DataFrame:
    """Held-out RMSE, trees 1 to 1000 by depths 1 to 20."""
    return forest_surface(*load_split(), 1000, random_state=seed, exact=exact)


def friedman1_table(seed: int) -> pd.DataFrame:
    """RMSE of a kernel ridge in five folds of 300 drawn rows, by log10 of alpha and gamma."""
    X, y = make_friedman1(300, noise=1.0, random_state=seed)
    in_folds = kernel_ridge_in_folds(X, y, seed)
    where = "regressor__kernelridge__"
    alphas, gammas = (values(knob) for knob in KNOBS["friedman1"])
    rows = [
        [
            in_folds(**{where + "alpha": 10**alpha, where + "gamma": 10**gamma})["rmse"]
            for gamma in gammas
        ]
        for alpha in alphas
    ]
    return pd.DataFrame(rows, pd.Index(alphas, name="alpha"), pd.Index(gammas, name="gamma"))


def values(knob: dict) -> np.ndarray:
    """The values that a knob can take."""
    steps = round((knob["high"] - knob["low"]) / knob["step"])
    return np.round(knob["low"] + knob["step"] * np.arange(steps + 1), 6)


def shown(table: pd.DataFrame, problem: str) -> pd.DataFrame:
    """The table as the page shows it: rounded losses, cells counted from 0."""
    rounded = (table * 10 ** ABOUT[problem]["digits"]).round().astype("uint16")
    return rounded.set_axis(range(len(table))).set_axis(range(table.shape[1]), axis=1)


def moves(cells: pd.DataFrame, number: int) -> dict[str, list]:
    """What the opponents of a round try: name → 25 pairs of cell numbers."""
    losses = Lookup(cells.rename_axis(index="x", columns="y"))
    space = {name: Integer(0, n - 1) for name, n in zip("xy", cells.shape, strict=True)}
    opponents = {
        "random": random_search(space, number),
        "Bayesian": bayesian_search(space, number),
    }
    sweeps = {n: sweep(losses, s, BUDGET, progress=False) for n, s in opponents.items()}
    return {name: results[["x", "y"]].to_numpy().tolist() for name, results in sweeps.items()}


def encoded(array: np.ndarray) -> str:
    """Whole numbers below 65536, row by row, as base64."""
    return base64.b64encode(np.ascontiguousarray(array, dtype="<u2").tobytes()).decode()


def write(name: str, content: dict) -> str:
    """A script, and not JSON: a page opened as a file may load scripts alone."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    (FOLDER / f"{name}.js").write_text(f"gameData[{json.dumps(name)}]={text};\n", encoding="utf8")
    print(f"{name}.js: {len(text) / 1000:.0f} kB", flush=True)
    return text


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    texts = []
    table_of = {"forest": forest_table, "friedman1": friedman1_table}
    tables = Parallel(n_jobs=2)(delayed(table_of[p])(seed) for p, seed in ROUNDS.values())
    for (number, (problem, seed)), table in zip(ROUNDS.items(), tables, strict=True):
        cells = shown(table, problem)
        content = {"seed": seed, "table": encoded(cells), "moves": moves(cells, number)}
        texts.append(write(f"round-{number}", content))
        for name, tried in content["moves"].items():
            best = min(cells.loc[x, y] for x, y in tried)
            print(f"  {name}: {best - cells.to_numpy().min()} units above the lowest cell")
    for problem, kept in KEPT.items():
        options = {"exact": False} if problem == "forest" else {}
        others = Parallel(n_jobs=2)(delayed(table_of[problem])(s, **options) for s in OTHERS)
        stack = [shown(table, problem).iloc[kept] for table in others]
        content = {
            "count": len(stack),
            "t": round(t.ppf(0.975, len(stack) - 1), 4),
            "kept": kept,
            "tables": encoded(np.stack(stack)),
        }
        texts.append(write(f"others-{problem}", content))
    write("index", {
        # What a browser remembers belongs to these tables.
        "version": hashlib.sha256("".join(texts).encode()).hexdigest()[:8],
        "budget": BUDGET,
        "problems": {problem: ABOUT[problem] | {"knobs": KNOBS[problem]} for problem in ABOUT},
        "rounds": {number: problem for number, (problem, _) in ROUNDS.items()},
        "colours": [to_hex(colour) for colour in colormaps["cividis_r"](np.linspace(0, 1, 33))],
        "looks": {name: LOOKS[name]["color"] for name in ("random", "Bayesian")},
    })  # fmt: skip


if __name__ == "__main__":
    main()
