"""Things to try with one's hands, beside the text that they explain; their numbers are stored ones.

A chapter asks for none: the script of a page finds its place there. So the notebook stays plain,
and without scripts there is the still picture.
"""

import base64
import json
from pathlib import Path

import numpy as np
import pandas as pd
from paths import ROOT
from scipy.stats import t
from sphinx.application import Sphinx

PAGES = {
    "book/index": ["try/seeds.js", "try_parts.js", "try_seeds.js"],
    "notebooks/02_grid_search": ["try/seeds.js", "try_parts.js", "try_seeds.js"],
    "notebooks/04_bayesian_search": ["try/depths.js", "try_parts.js", "try_model.js"],
    "notebooks/06_fair_race": [
        "try/raced.js",
        "game/statistics.js",
        "try_parts.js",
        "try_ahead.js",
    ],
    "notebooks/08_successive_halving": ["try/halving.js", "try_parts.js", "try_halving.js"],
    "notebooks/10_boosting": ["try/rounds.js", "try_parts.js", "try_rounds.js"],
}
SCALES = {"diabetes": 500, "cancer": 50_000, "friedman": 8000}  # losses as numbers of two bytes


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", write_numbers)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def add_scripts(app: Sphinx, pagename, templatename, context, doctree) -> None:
    for script in PAGES.get(pagename, []):
        app.add_js_file(script)


def grid_of_seeds() -> dict:
    """The 400 cells under 50 seeds, seed by seed and depth by depth, in thousandths above 50."""
    table = stored("grids").sort_values(["seed", "max_depth", "n_estimators"])
    return {
        "seeds": int(table["seed"].nunique()),
        "trees": sorted(table["n_estimators"].unique().tolist()),
        "depths": sorted(table["max_depth"].unique().tolist()),
        "rmse": packed((table["rmse"] - 50) * 1000),
    }


def forest_depths() -> dict:
    """Twenty depths of a forest of 100 trees under 50 seeds, in thousandths above 50."""
    table = stored("grids").query("n_estimators == 100").sort_values(["seed", "max_depth"])
    return {"seeds": int(table["seed"].nunique()), "rmse": packed((table["rmse"] - 50) * 1000)}


def raced() -> dict:
    """Loss and value of fifty runs of five searches at three points, in the acts of chapter 6."""
    rivals, acts = ["Sobol", "Bayesian", "TPE", "hill climbing"], {}
    for name, last in (("forest", 100), ("friedman1", 49), ("diabetes", 49)):
        table, columns = stored(name), []
        for strategy in ("random", *rivals):
            for trials in (10, 25, last):
                rows = table[(table["strategy"] == strategy) & (table["trial"] <= trials)]
                best = rows.loc[rows.groupby("seed")["loss"].idxmin()].sort_values("seed")
                columns += [best["loss"], best["value"]]
        numbers = np.concatenate(columns)
        scale = int(2**15 / numbers.max()) * 2 - 1
        acts[name] = {
            "rivals": rivals,
            "trials": [10, 25, last],
            "lowest": float(table["loss"].min()),
            "scale": scale,
            "packed": packed(numbers * scale),
        }
    quantiles = {n: float(t.ppf(0.975, n - 1)) for n in range(5, 51)}
    return {"acts": acts, "quantiles": quantiles}


def boosting_curves() -> dict:
    """Losses by deal, rate and rounds, valid and then test; where a patience of 10 stops."""
    curves, stops = stored("rounds"), stored("stops").query("patience == 10")
    order = ["seed", "learning_rate", "rounds"]
    problems = {}
    for problem, scale in SCALES.items():
        rows = curves[curves["problem"] == problem].sort_values(order)
        n = rows["rounds"].nunique()
        both = np.stack([rows["valid"].to_numpy().reshape(-1, n),
                         rows["test"].to_numpy().reshape(-1, n)], axis=1)  # fmt: skip
        ends = stops[stops["problem"] == problem].sort_values(order)
        problems[problem] = {
            "scale": scale,
            "losses": packed(both.ravel() * scale),
            "stops": ends[["rounds", "valid", "test"]].to_numpy().tolist(),
        }
    return {
        "seeds": int(curves["seed"].nunique()),
        "rates": sorted(curves["learning_rate"].unique().tolist()),
        "rounds": sorted(curves["rounds"].unique().tolist()),
        "problems": problems,
    }


def halving_pool() -> dict:
    """The losses of 400 settings at five fidelities, row by row, and their values."""
    pool = stored("halving")
    trees = pool.filter(like="trees_")
    return {
        "fidelities": [int(name.removeprefix("trees_")) for name in trees],
        "scale": 500,
        "losses": packed(trees.to_numpy().ravel() * 500),
        "values": packed(pool["value"] * 500),
    }


def stored(name: str) -> pd.DataFrame:
    return pd.read_csv(ROOT / f"notebooks/trials/{name}.csv.gz")


def packed(numbers) -> str:
    whole = np.asarray(numbers).round()
    assert whole.min() >= 0 and whole.max() < 2**16
    return base64.b64encode(whole.astype("<u2").tobytes()).decode()


def write_numbers(app: Sphinx, exception) -> None:
    if exception or app.builder.name != "html":
        return
    folder = Path(app.outdir) / "_static/try"
    folder.mkdir(exist_ok=True)
    for file, name, numbers in (
        ("seeds.js", "GRID_OF_SEEDS", grid_of_seeds()),
        ("depths.js", "FOREST_DEPTHS", forest_depths()),
        ("halving.js", "HALVING_POOL", halving_pool()),
        ("raced.js", "RACED", raced()),
        ("rounds.js", "BOOSTING_CURVES", boosting_curves()),
    ):
        (folder / file).write_text(f"const {name} = {json.dumps(numbers)};\n", encoding="utf8")
