"""Make the pictures of the first page and the card of shared links: python tools/draw_cover.py

It checks what its caption and alt text say before it writes the files. The small picture of a
chapter is one of its own figures, as stored in the notebook, without its letters.
"""

import io
import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import nbformat
from paths import ROOT, chapters
from run_notebooks import plain
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
# Which panel of which figure stands for a chapter.
SHOWN = {
    "one_model": ("fig-noise-ladder", 1), "grid_search": ("fig-inside", 1),
    "random_search": ("fig-marginals", 1), "bayesian_search": ("fig-gp-frames", 1),
    "gradient_descent": ("fig-staircase", 1), "fair_race": ("fig-act-3", 2),
    "honest_score": ("fig-winners-curse", 2), "successive_halving": ("fig-patience", 1),
    "more_knobs": ("fig-more-knobs-verdicts", 1), "boosting": ("fig-rate-rounds", 1),
    "sweeps_at_scale": ("fig-gantt", 1), "your_own_sweep": ("fig-own-report", 3),
    "elsewhere": ("fig-elsewhere-noise", 1),
}  # fmt: skip
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
    fig, ax = plt.subplots(figsize=(5.6, 3.5))
    draw(ax, surface, sweeps)
    drawing = io.StringIO()
    fig.savefig(drawing, format="svg")
    (FOLDER / "cover.svg").write_text(plain(drawing.getvalue()) + "\n", encoding="utf8")
    for path in chapters():
        name = path.stem[3:]
        small = thumbnail(panel(nbformat.read(path, as_version=4), *SHOWN[name]))
        (FOLDER / f"thumbnails/{name}.svg").write_text(small + "\n", encoding="utf8")

    plt.rcParams.update({"figure.facecolor": "#fffefb", "savefig.facecolor": "#fffefb"})
    card, ax = plt.subplots(figsize=(12, 6.3), layout="none")
    card.subplots_adjust(left=0.07, right=1.02, bottom=0.11, top=0.62)
    draw(ax, surface, sweeps)
    card.text(0.07, 0.86, "Hyperparameter Sweeps", size=44, weight="bold", color="#14343b")
    card.text(0.07, 0.77, "One small data set, tuned four ways.", size=23)
    card.text(0.95, 0.77, "Was the difference real?", size=23, color="#a2480a", ha="right")
    card.savefig(FOLDER / "card.png", dpi=100, bbox_inches=None, metadata={"Software": None})


def panel(notebook, figure: str, number: int) -> str:
    """The drawing of one panel of a chapter's figure."""
    for cell in notebook.cells:
        if cell.metadata.get("mystnb", {}).get("figure", {}).get("name") == figure:
            return [o.data["image/svg+xml"] for o in cell.outputs if "data" in o][number - 1]
    raise LookupError(f"no figure {figure}")


def thumbnail(svg: str) -> str:
    """What a drawing shows inside its axes: no letters, no ticks."""
    names = {"": "http://www.w3.org/2000/svg", "xlink": "http://www.w3.org/1999/xlink"}
    for prefix, name in names.items():
        ElementTree.register_namespace(prefix, name)
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if re.match(r"matplotlib\.axis_|text_|legend_|axes_[2-9]", child.get("id", "")):
                parent.remove(child)
    ground = root.find(".//*[@id='patch_2']/*").get("d")
    corners = [tuple(map(float, at)) for at in re.findall(r"[ML] *(\S+) (\S+)", ground)]
    (left, right), (top, bottom) = ((min(of), max(of)) for of in zip(*corners, strict=True))
    root.set("viewBox", f"{left:.0f} {top:.0f} {right - left:.0f} {bottom - top:.0f}")
    small = ElementTree.tostring(root, encoding="unicode")
    return re.sub(r"(\d+\.\d)\d+|; stroke-line(?:join|cap): \w+", r"\1", small)


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
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=3)


def check(grid, random, bayesian) -> None:
    """Did the grid miss the valley, and do the others differ by less than two seeds do?"""
    assert grid["max_depth"] not in (3, 4) and random["max_depth"] == bayesian["max_depth"] == 3
    seeds = [forest_surface(*load_split(), 900, [3], random_state=s).loc[900, 3] for s in range(8)]
    apart = abs(random["rmse"] - bayesian["rmse"])
    print(f"random and Bayesian {apart:.2f} apart, eight seeds {max(seeds) - min(seeds):.2f}")
    assert apart < max(seeds) - min(seeds)


if __name__ == "__main__":
    main()
