"""Figures that more than one chapter draws.

The style is ``plt.style.use("sweeplib.book")``. A strategy keeps its colour, marker and line
on every page (colours from Okabe and Ito's palette, told apart by readers who see few).
"""

import math
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
    "TPE": {"color": "#7B57B8", "marker": "X", "linestyle": (0, (4, 1, 1, 1, 1, 1))},
}


def look(strategy: str, *, line: bool = False) -> dict:
    """Keyword arguments that draw a strategy in its own colour and marker, or line.

    Raises ``ValueError`` for a strategy that has no look.
    """
    if strategy not in LOOKS:
        raise ValueError(f"strategy must be one of {list(LOOKS)}, got {strategy!r}")
    wanted = ("color", "linestyle") if line else ("color", "marker")
    return {name: LOOKS[strategy][name] for name in wanted}


VERDICTS = {
    "better": {"color": "#0072B2", "marker": "o"},
    "tie": {"color": "#009E73", "marker": "D"},
    "undecided": {"color": "#777777", "marker": "d", "markerfacecolor": "none"},
    "worse": {"color": "#D55E00", "marker": "s"},
}


def panels(count: int, *, sharey: bool = False, **figure) -> list[Axes]:
    """The axes of ``count`` figures of one panel each, which stack on a narrow screen.

    What else is given goes to ``plt.subplots``, for each of them.
    """
    axes = [plt.subplots(**figure)[1] for _ in range(count)]
    for ax in axes[1:] if sharey else []:
        ax.sharey(axes[0])
    return axes


def plot_verdicts(
    found: pd.DataFrame,
    ax: Axes | None = None,
    *,
    margin: float = 0.0,
    span: float | None = None,
) -> Axes:
    """Interval plot: a row for each rival, with the difference, its interval and its verdict.

    Parameters
    ----------
    found : pandas.DataFrame
        What :func:`sweeplib.compare_pairs` returned, a row each: with ``mean``, ``low``,
        ``high`` and ``verdict``, by the name of the rival; the first on top.
    margin : float
        Drawn as a grey band: the differences that do not matter, in the unit of the losses.
    span : float, optional
        How far the axis reaches either way. A mean beyond it is an arrow with its number.
    """
    ax = ax or plt.gca()
    ax.axvspan(-margin, margin, color="#dddddd", linewidth=0, zorder=0)
    ax.axvline(0, color="#444444", linewidth=1)
    for row, test in enumerate(found.itertuples()):
        style, color = VERDICTS[test.verdict], VERDICTS[test.verdict]["color"]
        if span is not None and abs(test.mean) > span:
            edge, side = np.copysign(span, test.mean), "right" if test.mean > 0 else "left"
            ax.plot(0.95 * edge, row, marker=">" if edge > 0 else "<", color=color)
            ax.text(0.88 * edge, row, f"{test.mean:+.2g}", va="center", ha=side)
        else:
            if math.isinf(test.high):
                ax.axhline(row, color=color)
            else:
                ax.plot([test.low, test.high], [row, row], color=color)
            ax.plot(test.mean, row, markersize=7, **style)
        ax.text(1.02, row, test.verdict, transform=ax.get_yaxis_transform(), va="center")
    if span is not None:
        ax.set_xlim(-span, span)
    ax.set(yticks=range(len(found)), yticklabels=found.index)
    ax.set_ylim(len(found) - 0.5, -0.5)
    ax.locator_params(axis="x", nbins=3, steps=[1, 2, 5, 10])
    ax.grid(axis="y", visible=False)
    return ax


def plot_surface(surface: pd.DataFrame, ax: Axes | None = None, *, span: float = 6) -> Axes:
    """Heat map of a surface of RMSEs, as :func:`sweeplib.forest_surface` gives it.

    ``span`` sets how far above the minimum, in the unit of the score, the colours reach:
    the slopes where every search ends would be lost beside the worst cells. Raises
    ``ValueError`` for a surface of another score, or without cells.
    """
    score = surface.attrs.get("score", "rmse")
    if score != "rmse" or surface.empty:
        raise ValueError(f"surface must hold RMSEs, got {score}, shape {surface.shape}")
    ax = ax or plt.gca()
    surface = surface.sort_index().sort_index(axis=1)
    low = np.nanmin(surface.to_numpy())
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
        The loss of each trial, in the order tried, NaN where it failed; a run that has no
        loss yet is left out. One run gives a line with no band.
    strategy : str
        Chooses the look and names the line in the legend.
    floor : float
        Taken from every value: pass the best possible loss to draw the regret.
    """
    ax = ax or plt.gca()
    try:
        losses = np.atleast_2d(np.asarray(losses, dtype=float))
    except ValueError as error:
        raise ValueError(f"losses must be numbers, equally many in each run: {error}") from None
    curves = np.fmin.accumulate(losses, axis=1) - floor  # passes over NaN
    trials = np.arange(1, curves.shape[1] + 1)
    known, quartiles = ~np.isnan(curves).all(axis=0), np.full((3, len(trials)), np.nan)
    quartiles[:, known] = np.nanpercentile(curves[:, known], [25, 50, 75], axis=0)
    low, median, high = quartiles
    ax.step(trials, median, where="post", label=strategy, **look(strategy, line=True))
    if len(curves) > 1:
        color = LOOKS[strategy]["color"]
        ax.fill_between(trials, low, high, step="post", color=color, alpha=0.15, linewidth=0)
    return ax


def label_lines(ax: Axes, *, gap: float = 0.09) -> None:
    """Name each line at its right end, in place of a legend; call it last of all.

    ``gap`` is the least distance of two names, as a share of the height of the axes.
    """
    ax.autoscale_view()
    to_axes = ax.transData + ax.transAxes.inverted()
    lines = [line for line in ax.get_lines() if not line.get_label().startswith("_")]
    ends = {line: to_axes.transform(line.get_xydata()[-1]) for line in lines}
    lowest = -np.inf
    for line in sorted(lines, key=lambda line: ends[line][1]):
        x, y = ends[line]
        name = f"{line.get_label()} ↑" if y > 1 else line.get_label()  # beyond the axes
        lowest = max(min(y, 0.95), lowest + gap)
        style = {"transform": ax.transAxes, "clip_on": False, "linewidth": 1.2}
        ax.plot([x, 1.04], [min(y, 1), lowest], color=line.get_color(), **style)
        ax.text(1.06, lowest, name, transform=ax.transAxes, va="center")
