"""The figures: one look a strategy, steps that show what they say."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import rc_context, rcParams

from sweeplib import forest_surface, load_split
from sweeplib.plots import LOOKS, look, plot_best_so_far, plot_surface


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


@pytest.mark.parametrize("trait", ["color", "marker", "linestyle"])
def test_no_two_strategies_share_a_colour_a_marker_or_a_line(trait):
    assert len({look[trait] for look in LOOKS.values()}) == len(LOOKS)


@pytest.mark.parametrize("strategy", LOOKS)
def test_a_look_is_drawn_as_points_or_as_a_line(ax, strategy):
    points = ax.plot([1, 2], ls="", **look(strategy))[0]
    line = ax.plot([1, 2], **look(strategy, line=True))[0]
    assert points.get_color() == line.get_color() == LOOKS[strategy]["color"]
    assert points.get_marker() == LOOKS[strategy]["marker"]
    assert line.get_marker() == "None"


def test_a_strategy_without_a_look_is_refused(ax):
    with pytest.raises(ValueError, match=r"^strategy must be one of"):
        look("annealing")
    with pytest.raises(ValueError, match=r"^strategy must be one of"):
        plot_best_so_far([1, 2], "annealing", ax)


def test_best_so_far_is_a_step_line_of_the_running_minimum_less_the_floor(ax):
    assert plot_best_so_far([5, 7, 3, 4, 2], "random", ax, floor=1) is ax
    (line,) = ax.lines
    assert line.get_drawstyle() == "steps-post"
    assert line.get_xdata().tolist() == [1, 2, 3, 4, 5]
    assert line.get_ydata().tolist() == [4, 4, 2, 2, 1]
    assert line.get_label() == "random"
    assert not ax.collections


def test_many_runs_give_the_median_and_a_band_between_the_quartiles(ax):
    losses = np.random.default_rng(0).normal(size=(9, 6))
    plot_best_so_far(losses, "grid", ax)
    curves = np.minimum.accumulate(losses, axis=1)
    low, median, high = np.percentile(curves, [25, 50, 75], axis=0)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), median)
    (band,) = ax.collections
    edges = band.get_paths()[0].vertices[:, 1]
    assert set(edges.round(9)) == set(np.round([*low, *high], 9))


def test_a_failed_trial_leaves_the_best_so_far_as_it_was(ax):
    plot_best_so_far([np.nan, 3, np.nan, 2], "random", ax)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [np.nan, 3, 3, 2])


def test_the_surface_plot_shows_every_cell_of_a_forest_surface(ax):
    surface = forest_surface(*load_split(), n_estimators=4, max_depths=[1, 2, 3])
    assert plot_surface(surface, ax, span=2) is ax
    (mesh,) = ax.collections
    np.testing.assert_array_equal(mesh.get_array(), surface.T)
    low = surface.to_numpy().min()
    assert mesh.get_clim() == (low, low + 2)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("n_estimators", "max_depth")


def test_without_axes_a_plot_goes_into_the_current_ones(ax):
    plt.sca(ax)
    assert plot_best_so_far([1, 2], "Sobol") is ax
    assert plot_surface(forest_surface(*load_split(), 2, [1, 2])) is ax


def test_the_style_sheet_loads_by_its_name():
    with rc_context():
        plt.style.use("sweeplib.book")
        assert rcParams["image.cmap"] == "cividis_r"
        assert rcParams["axes.prop_cycle"].by_key()["color"][0] == LOOKS["random"]["color"]
        assert not rcParams["axes.spines.top"]
