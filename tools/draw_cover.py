"""Make the picture of the first page and the card of shared links: python tools/draw_cover.py

It checks what its caption and alt text say before it writes the files.
"""

import matplotlib.pyplot as plt
from paths import ROOT
from skopt.space import Integer

from sweeplib import (
    Lookup,
    bayesian_search,
    best,
    forest_surface,
    grid_search,
    load_split,
    random_search,
    sweep,
)
from sweeplib.plots import look, plot_surface

FOLDER = ROOT / "book/_static"
SPACE = {"n_estimators": Integer(50, 1000), "max_depth": Integer(1, 20)}
GRID = {"n_estimators": range(100, 1000, 120), "max_depth": range(2, 20, 4)}


def main() -> None:
    surface = forest_surface(*load_split(), n_jobs=2)
    searches = {
        "grid": grid_search(GRID),
        "random": random_search(SPACE, seed=0),
        "Bayesian": bayesian_search(SPACE, seed=0),
    }
    sweeps = {n: sweep(Lookup(surface), s, 40, progress=False) for n, s in searches.items()}
    check(*map(best, sweeps.values()))
    plt.style.use("sweeplib.book")
    fig, ax = plt.subplots(figsize=(8, 4))
    draw(ax, surface, sweeps)
    fig.savefig(FOLDER / "cover.png", dpi=130, metadata={"Software": None})

    card, ax = plt.subplots(figsize=(12, 6.3), layout="none")
    card.subplots_adjust(left=0.07, right=1.02, bottom=0.11, top=0.62)
    draw(ax, surface, sweeps)
    card.text(0.07, 0.86, "Hyperparameter Sweeps", size=44, weight="bold", color="#14343b")
    card.text(0.07, 0.77, "One small data set, tuned four ways.", size=23)
    card.text(0.95, 0.77, "Was the difference real?", size=23, color="#a2480a", ha="right")
    card.savefig(FOLDER / "card.png", dpi=100, bbox_inches=None, metadata={"Software": None})


def draw(ax, surface, sweeps) -> None:
    """The surface, every trial, and the winners large."""
    plot_surface(surface, ax)
    for name, results in sweeps.items():
        style = {"linestyle": "", "markeredgecolor": "white", **look(name)}
        ax.plot(results["n_estimators"], results["max_depth"], markersize=6, alpha=0.9, **style)
        top = best(results)
        print(
            f"{name}: {top['rmse']:.2f} at {top['n_estimators']} trees of depth {top['max_depth']}"
        )
        style |= {"markeredgecolor": "black", "markeredgewidth": 1.5, "label": name}
        ax.plot(top["n_estimators"], top["max_depth"], markersize=13, clip_on=False, **style)
    ax.set(yticks=range(2, 21, 2))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=3)


def check(grid, random, bayesian) -> None:
    """Did the grid miss the valley, and do the others differ by less than two seeds do?"""
    assert grid["max_depth"] not in (3, 4) and random["max_depth"] == bayesian["max_depth"] == 3
    seeds = [forest_surface(*load_split(), 900, [3], random_state=s).loc[900, 3] for s in range(8)]
    apart = abs(random["rmse"] - bayesian["rmse"])
    print(f"random and Bayesian {apart:.2f} apart, eight seeds {max(seeds) - min(seeds):.2f}")
    assert apart < max(seeds) - min(seeds)


if __name__ == "__main__":
    main()
