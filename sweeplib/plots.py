"""Figures that more than one chapter draws.

The style is ``plt.style.use("sweeplib.book")``. A strategy keeps its colour, marker and line
on every page (colours from Okabe and Ito's palette, told apart by readers who see few).
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

LOOKS = {
    "grid": {"color": "#444444", "marker": "s", "linestyle": (0, (5, 2))},
    "random": {"color": "#0072B2", "marker": "o", "linestyle": "-"},
    "Sobol": {"color": "#009E73", "marker": "D", "linestyle": (0, (1, 1))},
    "Bayesian": {"color": "#D55E00", "marker": "^", "linestyle": (0, (7, 1, 1, 1))},
    "gradient descent": {"color": "#CC79A7", "marker": "v", "linestyle": (0, (3, 1))},
    "shifted grid": {"color": "#8C8C8C", "marker": "h", "linestyle": (0, (5, 2, 1, 2))},
    "hill climbing": {"color": "#8A4B08", "marker": "p", "linestyle": (0, (2, 2))},
    "forest surrogate": {"color": "#B8860B", "marker": "P", "linestyle": (0, (9, 2))},
    "TPE": {"color": "#56B4E9", "marker": "X", "linestyle": (0, (4, 1, 1, 1, 1, 1))},
}


def look(strategy: str, *, line: bool = False) -> dict:
    """Keyword arguments that draw a strategy in its own colour and marker, or line.

    Raises ``ValueError`` for a strategy that has no look.
    """
    if strategy not in LOOKS:
        raise ValueError(f"strategy must be one of {list(LOOKS)}, got {strategy!r}")
    wanted = ("color", "linestyle") if line else ("color", "marker")
    return {name: LOOKS[strategy][name] for name in wanted}


def plot_surface(surface: pd.DataFrame, ax: Axes | None = None, *, span: float = 6) -> Axes:
    """Heat map of a surface as :func:`sweeplib.forest_surface` gives it.

    ``span`` sets how far above the minimum, in the unit of the score, the colours reach:
    the slopes where every search ends would be lost beside the worst cells.
    """
    ax = ax or plt.gca()
    low = surface.to_numpy().min()
    mesh = ax.pcolormesh(
        surface.index, surface.columns, surface.T, vmin=low, vmax=low + span,
        cmap="cividis_r", shading="nearest", rasterized=True,
    )  # fmt: skip
    ax.figure.colorbar(mesh, ax=ax, extend="max", label="held-out RMSE")
    ax.set(xlabel=surface.index.name, ylabel=surface.columns.name)
    ax.grid(False)
    return ax


def plot_best_so_far(
    losses: Sequence, strategy: str, ax: Axes | None = None, *, floor: float = 0.0
) -> Axes:
    """Step curve of the best loss so far: median over the runs, with a band for the quartiles.

    Parameters
    ----------
    losses : array-like of shape (n_runs, n_trials)
        The loss of each trial, in the order tried. One run gives a line with no band.
    strategy : str
        Chooses the look and names the line in the legend.
    floor : float
        Taken from every value: pass the best possible loss to draw the regret.
    """
    ax = ax or plt.gca()
    # fmin passes over NaN, the loss of a trial that failed.
    curves = np.fmin.accumulate(np.atleast_2d(losses), axis=1) - floor
    trials = np.arange(1, curves.shape[1] + 1)
    low, median, high = np.percentile(curves, [25, 50, 75], axis=0)
    ax.step(trials, median, where="post", label=strategy, **look(strategy, line=True))
    if len(curves) > 1:
        color = LOOKS[strategy]["color"]
        ax.fill_between(trials, low, high, step="post", color=color, alpha=0.15, linewidth=0)
    return ax
