"""The figures: one look a strategy, steps that show what they say."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context, rcParams

from sweeplib import best_so_far, compare_pairs, forest_surface, load_split
from sweeplib.plots import (
    LOOKS,
    VERDICTS,
    label_lines,
    look,
    panels,
    plot_best_so_far,
    plot_surface,
    plot_verdicts,
)


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


def test_a_run_without_a_loss_yet_is_left_out(ax):
    failed = [[np.nan] * 3, [np.nan, 2, 1], [4, 3, 2.0]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_best_so_far(failed, "random", ax)
        plot_best_so_far(np.full((2, 3), np.nan), "Sobol", ax)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [4, 2.5, 1.5])
    runs = pd.DataFrame({"loss": np.ravel(failed), "trial": [1, 2, 3] * 3, "strategy": "random"})
    runs = runs.assign(seed=np.repeat([0, 1, 2], 3), best_so_far=runs["loss"])
    runs["best_so_far"] = runs.groupby("seed")["loss"].cummin()
    np.testing.assert_array_equal(best_so_far(runs)["random", 0.5], [4, 2.5, 1.5])


def test_runs_of_unlike_length_are_refused_by_name(ax):
    with pytest.raises(ValueError, match=r"^losses must be"):
        plot_best_so_far([[1, 2], [3, 2, 1]], "random", ax)


def test_an_endless_interval_reaches_from_side_to_side(ax):
    plot_verdicts(pd.DataFrame([compare_pairs([1.0], [2.0])], index=["one pair"]), ax)
    (across,) = [line for line in ax.lines if list(line.get_ydata()) == [0, 0]]
    assert list(across.get_xdata()) == [0, 1] and across.get_transform() != ax.transData


def test_cells_stand_at_their_depth_in_whatever_order_they_come(ax):
    surface = forest_surface(*load_split(), n_estimators=2, max_depths=[10, 2, 5])
    surface.iloc[0, 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_surface(surface, ax, span=3)
    (mesh,) = ax.collections
    np.testing.assert_array_equal(np.ma.filled(mesh.get_array(), np.nan), surface[[2, 5, 10]].T)
    assert mesh.get_clim()[0] == np.nanmin(surface.to_numpy())


def test_a_surface_of_another_score_or_of_nothing_is_no_surface_of_rmses(ax):
    for surface in (forest_surface(*load_split(), 2, [1, 2], score="r2"), pd.DataFrame()):
        with pytest.raises(ValueError, match=r"^surface must hold RMSEs"):
            plot_surface(surface, ax)


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


def test_panels_are_figures_of_their_own_that_may_share_an_axis():
    one, other, third = panels(3, sharey=True, figsize=(2, 2))
    assert len({ax.figure for ax in (one, other, third)}) == 3
    one.set_ylim(3, 4)
    assert third.get_ylim() == other.get_ylim() == (3, 4)
    plt.close("all")


def found(**pairs) -> pd.DataFrame:
    tests = {rival: compare_pairs(*losses, margin=0.5) for rival, losses in pairs.items()}
    return pd.DataFrame(tests, index=next(iter(tests.values()))._fields).T


def test_an_interval_plot_has_a_row_with_its_word_for_each_rival_and_the_margin(ax):
    rows = found(
        ahead=([0, 1, 2, 3], [10, 10.5, 12.5, 13]),
        level=([0, 1, 2, 3], [0.1, 0.9, 2.1, 2.9]),
        far=([100, 101, 102, 103.5], [0, 1, 2, 3]),
        open=([0, 5, 0, 5], [1, 1, 4, 4]),
    )
    assert plot_verdicts(rows, ax, margin=0.5, span=20) is ax
    words = [text.get_text() for text in ax.texts]
    assert [w for w in words if w in VERDICTS] == ["better", "tie", "worse", "undecided"]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(rows.index)
    assert ax.get_xlim() == (-20, 20) and ax.get_ylim() == (3.5, -0.5)
    assert "+1e+02" in words  # beyond the axis: its mean in figures
    band = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    assert band.x0 == pytest.approx(-0.5) and band.x1 == pytest.approx(0.5)
    lines = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_ydata()[0] == 0]
    ends = [rows.loc["ahead", "low"], rows.loc["ahead", "high"]]
    assert any(list(line.get_xdata()) == pytest.approx(ends) for line in lines)


def test_lines_are_named_at_their_ends_and_no_two_names_overlap(ax):
    for name, level in {"a": 1.0, "b": 1.01, "c": 2.0}.items():
        ax.plot([0, 1], [0, level], label=name)
    ax.plot([0, 1], [3, 3])  # without a label
    label_lines(ax, gap=0.1)
    places = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert sorted(places, key=places.get) == ["a", "b", "c"]
    assert np.diff(sorted(places.values())).min() >= 0.1 - 1e-9


def test_the_style_sheet_loads_by_its_name():
    with rc_context():
        plt.style.use("sweeplib.book")
        assert rcParams["image.cmap"] == "cividis_r"
        assert rcParams["axes.prop_cycle"].by_key()["color"][0] == LOOKS["random"]["color"]
        assert not rcParams["axes.spines.top"]
