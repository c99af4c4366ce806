"""One forest, and the whole surface of forests: equal to the naive loop to the last bit."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score, root_mean_squared_error
from skopt.space import Integer

from sweeplib import (
    Lookup,
    best,
    forest_surface,
    grid_search,
    load_split,
    random_search,
    run_model,
    sweep,
)

GRID_BEST = {"n_estimators": 300, "max_depth": 3}
GRID_RMSE, GRID_R2 = 52.63947369649441, 0.4770036188903538
RANDOM_BEST = {"n_estimators": 282, "max_depth": 3}
RANDOM_RMSE, RANDOM_R2 = 52.61843998996702, 0.47742149368353737

SPACE = {"n_estimators": Integer(50, 1049), "max_depth": Integer(1, 20)}
ORIGINAL_GRID = {"n_estimators": range(50, 1001, 50), "max_depth": range(1, 21)}

# More trees than one worker takes at a time; depths out of order, among them those at which the
# trees end by themselves (13 to 21) and one that cuts none.
TREES, DEPTHS = 60, [30, 1, 14, 5, 16, 3]
CORNERS = [(1, 1), (1, 30), (60, 1), (60, 30)]
CELLS = [*CORNERS, (2, 3), (17, 5), (50, 3), (51, 3), (59, 14), (60, 16)]


@pytest.fixture(scope="module")
def split():
    return load_split()


@pytest.fixture(scope="module")
def big_surface(split):
    """Every cell that the original's grid and its 400 random draws touch."""
    return forest_surface(*split, n_estimators=1049, n_jobs=2)


@pytest.fixture(scope="module")
def naive(split):
    """The scores of each cell, from a forest fitted for that cell alone."""
    X_train, X_test, y_train, y_test = split
    scores = {}
    for n, depth in CELLS:
        forest = RandomForestRegressor(n, max_depth=depth, random_state=42).fit(X_train, y_train)
        y_pred = forest.predict(X_test)
        scores["rmse", n, depth] = root_mean_squared_error(y_test, y_pred)
        scores["r2", n, depth] = r2_score(y_test, y_pred)
    return scores


# The original's numbers


def test_the_originals_grid_recurs_to_the_last_digit(big_surface):
    results = sweep(Lookup(big_surface), grid_search(ORIGINAL_GRID), progress=False)
    assert len(results) == 400
    assert best(results)[list(GRID_BEST)].to_dict() == GRID_BEST
    assert best(results)["rmse"] == GRID_RMSE


def test_the_originals_random_draws_recur_in_their_order():
    np.random.seed(42)
    draws = [
        {"n_estimators": np.random.randint(50, 1050), "max_depth": np.random.randint(1, 21)}
        for _ in range(400)
    ]
    assert next(random_search(SPACE, seed=42, batch=400)) == draws


def test_the_originals_random_search_recurs_to_the_last_digit(big_surface):
    strategy = random_search(SPACE, seed=42)
    results = sweep(Lookup(big_surface), strategy, budget=400, progress=False)
    assert best(results)[list(RANDOM_BEST)].to_dict() == RANDOM_BEST
    assert best(results)["rmse"] == RANDOM_RMSE


@pytest.mark.parametrize(
    ("setting", "rmse", "r2"),
    [(GRID_BEST, GRID_RMSE, GRID_R2), (RANDOM_BEST, RANDOM_RMSE, RANDOM_R2)],
    ids=["grid", "random"],
)
def test_one_run_gives_the_originals_best_scores(split, setting, rmse, r2):
    run = run_model(*split, **setting)
    assert (run.rmse, run.r2) == (rmse, r2)


@pytest.mark.parametrize("depth", [1, 20])
@pytest.mark.parametrize("n", [1, 1049])
def test_the_corners_of_the_whole_surface_are_single_runs(split, big_surface, n, depth):
    assert big_surface.loc[n, depth] == run_model(*split, n, depth).rmse


# run_model


def test_a_run_records_its_setting_its_model_and_its_predictions(split):
    X_test, y_test = split[1], split[3]
    run = run_model(*split, n_estimators=7, max_depth=2)
    assert (run.n_estimators, run.max_depth) == (7, 2)
    assert len(run.model.estimators_) == 7
    assert run.model.get_params()["random_state"] == 42
    assert np.array_equal(run.y_pred, run.model.predict(X_test))
    assert run.rmse == root_mean_squared_error(y_test, run.y_pred)
    assert run.r2 == r2_score(y_test, run.y_pred)


def test_another_forest_seed_gives_another_score(split):
    scores = {run_model(*split, 5, 3, random_state=seed).rmse for seed in (0, 1, 2)}
    assert len(scores) == 3


# The exact surface


@pytest.mark.parametrize(
    ("score", "n_jobs", "convert"),
    [
        ("rmse", 1, pd.DataFrame),
        ("rmse", 2, np.asarray),
        ("r2", 1, np.asarray),
        ("r2", 2, pd.DataFrame),
    ],
)
def test_the_exact_surface_is_the_naive_loop_bit_for_bit(split, naive, score, n_jobs, convert):
    X_train, X_test, y_train, y_test = split
    data = convert(X_train), convert(X_test), y_train, y_test
    surface = forest_surface(*data, TREES, DEPTHS, score=score, n_jobs=n_jobs)
    assert {cell: surface.loc[cell] for cell in CELLS} == {
        cell: naive[score, *cell] for cell in CELLS
    }


def test_the_exact_surface_follows_its_seed(split):
    X_train, X_test, y_train, y_test = split
    forest = RandomForestRegressor(9, max_depth=4, random_state=7).fit(X_train, y_train)
    expected = root_mean_squared_error(y_test, forest.predict(X_test))
    assert forest_surface(*split, 9, [4, 8], random_state=7).loc[9, 4] == expected


def test_the_surface_has_a_row_for_each_number_of_trees_and_a_column_for_each_depth(split):
    surface = forest_surface(*split, 3, iter([4, 2]))
    assert surface.index.tolist() == [1, 2, 3]
    assert surface.columns.tolist() == [4, 2]
    assert (surface.index.name, surface.columns.name) == ("n_estimators", "max_depth")


# The truncated surface


@pytest.fixture(scope="module")
def both_ways(split):
    """RMSE of 20 trees by seed (rows) and depth (columns): grown to each depth, and cut there."""
    depths = range(1, 11)
    exact, cut = (
        pd.DataFrame(
            forest_surface(*split, 20, depths, random_state=seed, exact=exact).loc[20]
            for seed in range(24)
        )
        for exact in (True, False)
    )
    return exact, cut


def standard_errors(difference):
    """How many standard errors the mean of each column lies from zero."""
    # Where no split ties, the two are the same forest but for rounding: nought over nought is 0.
    mean, error = difference.mean(), difference.sem()
    return (mean.abs() / error.clip(lower=1e-9)).round(6)


# 24 paired differences a depth: one seed draws the same bootstrap samples for both forests, so a
# difference comes from tied splits alone, and its mean has a standard error of at most 0.16 RMSE.
# The limit is 4 standard errors: under equal distributions Student's t (23 degrees of freedom) goes
# beyond it once in 1800 cells, and nine cells are looked at (at the tenth depth nothing is cut).
# A reading one level off moves the mean by up to 3.8 RMSE, or 16 standard errors.
LIMIT = 4


def test_a_truncated_forest_scores_like_a_grown_one_on_average(both_ways):
    exact, cut = both_ways
    difference = cut - exact
    assert difference.sem().max() < 0.2
    assert standard_errors(difference).max() < LIMIT


@pytest.mark.parametrize("off", [-1, 1])
def test_that_comparison_would_catch_trees_cut_one_level_off(both_ways, off):
    exact, cut = both_ways
    misread = cut.shift(off, axis=1) - exact
    assert standard_errors(misread).max() > 2 * LIMIT


def test_truncated_forests_are_another_draw_where_splits_tie(both_ways):
    exact, cut = both_ways
    assert (cut[8] != exact[8]).all()


def test_truncated_at_its_full_depth_a_forest_is_the_exact_one(split):
    exact, cut = (forest_surface(*split, 30, [40], exact=e, score="r2") for e in (True, False))
    pd.testing.assert_frame_equal(exact, cut, rtol=0, atol=0)


def test_a_truncated_surface_takes_data_with_one_feature(split):
    X_train, X_test, y_train, y_test = split
    data = X_train[["bmi"]], X_test[["bmi"]], y_train, y_test
    exact, cut = (forest_surface(*data, 5, [3, 40], exact=e) for e in (True, False))
    pd.testing.assert_series_equal(exact[40], cut[40], rtol=0, atol=0)


# Bad arguments


@pytest.fixture
def no_forest_may_grow(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a forest was grown before the arguments were checked")

    monkeypatch.setattr("sweeplib.forest.RandomForestRegressor.fit", refuse)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("n_estimators", value) for value in (0, -1, 2.0, True, "10", None)),
        *(("max_depths", value) for value in ([], [0], [1, 2.5], [True], [None], 3, "12")),
        *(("random_state", value) for value in (None, 1.0, True, np.random.RandomState(0))),
        *(("score", value) for value in ("mae", "R2", None)),
    ],
)
def test_a_bad_argument_is_named_before_any_tree_is_grown(split, no_forest_may_grow, name, value):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        forest_surface(*split, **{"n_estimators": 3, "max_depths": [1]} | {name: value})


@pytest.mark.parametrize("row", [0, 1], ids=["X_train", "X_test"])
def test_missing_values_are_refused_before_any_tree_is_grown(split, no_forest_may_grow, row):
    data = [part.copy() for part in split]
    data[row].iloc[3, 2] = np.nan
    with pytest.raises(ValueError, match="no missing values"):
        forest_surface(*data, 3, [1])
