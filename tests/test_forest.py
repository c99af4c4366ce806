"""One forest, and the whole surface of forests: equal to the naive loop to the last bit."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, csr_matrix
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


# Data that scikit-learn would refuse


def halves(split):
    """The four parts as arrays: X_train, X_test, y_train, y_test."""
    return [np.asarray(part) for part in split]


X_TRAIN, X_TEST, Y_TRAIN, Y_TEST = range(4)
REFUSED = {
    "fewer columns in X_test": (X_TEST, lambda X: X[:, :9], "9 features.*10"),
    "one column in X_test": (X_TEST, lambda X: X[:, :1], "1 features"),
    "more columns in X_test": (X_TEST, lambda X: np.c_[X, X], "20 features"),
    "fewer columns in X_train": (X_TRAIN, lambda X: X[:, :9], "10 features.*9"),
    "a row short in X_train": (X_TRAIN, lambda X: X[1:], "X_train.*352, 353"),
    "a row short in X_test": (X_TEST, lambda X: X[1:], "X_test.*88, 89"),
    "one row in X_test": (X_TEST, lambda X: X[:1], "X_test.*1, 89"),
    "one row in y_test": (Y_TEST, lambda y: y[:1], "y_test.*89, 1"),
    "one row in y_train": (Y_TRAIN, lambda y: y[:1], "y_train.*353, 1"),
    "two outputs in y_train": (Y_TRAIN, lambda y: np.c_[y, y], "y_train.*1d array"),
    "two outputs in y_test": (Y_TEST, lambda y: np.c_[y, y], "y_test.*1d array"),
    "a square y_test": (Y_TEST, lambda y: np.tile(y, (89, 1)), "y_test.*1d array"),
    "one number as y_test": (Y_TEST, lambda y: 150.0, "y_test"),
    "no y_train": (Y_TRAIN, lambda y: None, "y_train.*None"),
    "NaN in y_train": (Y_TRAIN, lambda y: np.where(y > 200, np.nan, y), "y_train.*NaN"),
    "NaN in y_test": (Y_TEST, lambda y: np.where(y > 200, np.nan, y), "y_test.*NaN"),
    "None in y_test": (Y_TEST, lambda y: [None, *y[1:]], "y_test"),
    "infinity in y_test": (Y_TEST, lambda y: np.where(y > 200, np.inf, y), "y_test.*infinity"),
    "texts in y_train": (Y_TRAIN, lambda y: y.astype(str), "y_train.*texts"),
    "texts in y_test": (Y_TEST, lambda y: y.astype(str), "y_test.*texts"),
    "words in y_test": (Y_TEST, lambda y: ["ill"] * len(y), "y_test"),
    "texts in X_train": (X_TRAIN, lambda X: X.astype(str), "X_train.*texts"),
    "times in X_test": (X_TEST, lambda X: X.astype("M8[s]"), "X_test"),
    "complex X_train": (X_TRAIN, lambda X: X + 1j, "X_train.*[Cc]omplex"),
    "complex y_test": (Y_TEST, lambda y: y + 1j, "y_test.*[Cc]omplex"),
    "a sparse X_train": (X_TRAIN, csr_matrix, "X_train.*[Ss]parse"),
    "a sparse X_test": (X_TEST, csr_array, "X_test.*[Ss]parse"),
    "no rows in X_test": (X_TEST, lambda X: X[:0], "X_test"),
    "no columns in X_train": (X_TRAIN, lambda X: X[:, :0], "X_train.*0 feature"),
    "a flat X_train": (X_TRAIN, lambda X: X[:, 0], "X_train.*2D"),
    "a flat X_test": (X_TEST, lambda X: X[0], "X_test.*2D"),
    "a cube as X_test": (X_TEST, lambda X: X[None], "X_test.*dim 3"),
    "rows of other lengths": (X_TEST, lambda X: [*X.tolist()[1:], [1.0]], "X_test"),
    "too large for 32 bits": (X_TEST, lambda X: X * 1e300, "X_test must hold finite"),
}


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("fault", REFUSED)
def test_what_scikit_learn_refuses_is_refused_before_any_tree_is_grown(
    split, no_forest_may_grow, fault, exact
):
    part, change, named = REFUSED[fault]
    data = halves(split)
    data[part] = change(data[part])
    with pytest.raises(ValueError, match=f"(?s){named}"):
        forest_surface(*data, 3, [1], exact=exact)


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X[X.columns[::-1]],
        lambda X: X[[*X.columns[1:], X.columns[0]]],
        lambda X: X.rename(columns={"bmi": "BMI"}),
        lambda X: X.drop(columns="bmi"),
        lambda X: X.assign(more=1),
        lambda X: X.set_axis(range(10), axis=1),
    ],
)
def test_other_columns_or_another_order_are_refused(split, no_forest_may_grow, change):
    X_train, X_test, y_train, y_test = split
    with pytest.raises(ValueError, match=r"X_test must have the columns of X_train.*'age', 'sex'"):
        forest_surface(X_train, change(X_test), y_train, y_test, 3, [1])


def test_columns_called_by_numbers_are_compared_too(split, no_forest_may_grow):
    X_train, X_test, y_train, y_test = split
    X_train = X_train.set_axis(range(10), axis=1)
    X_test = X_test.set_axis(range(9, -1, -1), axis=1)
    with pytest.raises(ValueError, match="X_test must have the columns"):
        forest_surface(X_train, X_test, y_train, y_test, 3, [1])


def test_r2_of_a_single_row_is_refused(split, no_forest_may_grow):
    X_train, X_test, y_train, y_test = halves(split)
    with pytest.raises(ValueError, match="y_test must have at least two rows"):
        forest_surface(X_train, X_test[:1], y_train, y_test[:1], 3, [1], score="r2")


@pytest.mark.filterwarnings("ignore:A column-vector y was passed", "ignore:X does not have valid")
@pytest.mark.parametrize(
    ("part", "change"),
    [
        (Y_TRAIN, lambda y: y.to_numpy()[:, None]),
        (Y_TEST, lambda y: y.to_numpy()[:, None]),
        (Y_TEST, lambda y: y.astype(np.float32)),
        (Y_TEST, lambda y: y.astype(int).tolist()),
        (Y_TRAIN, lambda y: y.astype("Float64")),
        (Y_TRAIN, lambda y: y > 150),
        (X_TEST, np.asarray),
        (X_TRAIN, lambda X: X.astype("Float64")),
        (X_TRAIN, lambda X: X.astype(object)),
        (X_TEST, lambda X: X[::-1]),
    ],
)
def test_what_scikit_learn_takes_gives_what_the_naive_loop_gives(split, part, change):
    data = list(split)
    data[part] = change(data[part])
    X_train, X_test, y_train, y_test = data
    forest = RandomForestRegressor(7, max_depth=3, random_state=42).fit(X_train, y_train)
    expected = root_mean_squared_error(y_test, forest.predict(X_test))
    assert forest_surface(*data, 7, [3]).loc[7, 3] == expected


def test_one_row_to_train_on_or_to_score_is_what_the_naive_loop_gives(split):
    X_train, X_test, y_train, y_test = halves(split)
    for data in (
        (X_train[:1], X_test, y_train[:1], y_test),
        (X_train, X_test[:1], y_train, y_test[:1]),
    ):
        forest = RandomForestRegressor(5, max_depth=2, random_state=42).fit(data[0], data[2])
        expected = root_mean_squared_error(data[3], forest.predict(data[1]))
        assert forest_surface(*data, 5, [2]).loc[5, 2] == expected


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_named(split, no_forest_may_grow, seed):
    with pytest.raises(ValueError, match=r"^random_state must be"):
        forest_surface(*split, 3, [1], random_state=seed)


def test_the_data_given_are_left_as_they_are(split):
    kept = [part.copy() for part in split]
    forest_surface(*split, 3, [2])
    for part, before in zip(split, kept, strict=True):
        assert part.equals(before)


@pytest.mark.parametrize("exact", [True, False])
def test_no_limit_of_the_depth_costs_what_the_deepest_tree_does(exact):
    surface = forest_surface(*load_split(), 3, [2, 10**9], exact=exact)
    full = forest_surface(*load_split(), 3, [2, 40], exact=exact)
    assert surface.to_numpy().tolist() == full.to_numpy().tolist()


@pytest.mark.parametrize("exact", [True, False])
def test_small_integers_of_numpy_are_whole_numbers(exact):
    odd = forest_surface(*load_split(), np.int8(127), [np.int8(3)], exact=exact)
    pd.testing.assert_frame_equal(odd, forest_surface(*load_split(), 127, [3], exact=exact))


@pytest.mark.parametrize("place", range(4))
def test_masked_data_are_missing_data(place):
    parts = [np.asarray(part, dtype=float) for part in load_split()]
    parts[place] = np.ma.array(parts[place], mask=parts[place] == parts[place].flat[0])
    with pytest.raises(ValueError, match="must hold finite numbers: no missing values"):
        forest_surface(*parts, 3, [2])


@pytest.mark.parametrize("exact", ["no", None, 2])
def test_exact_is_true_or_false(exact):
    with pytest.raises(ValueError, match=r"^exact must be True or False"):
        forest_surface(*load_split(), n_estimators=2, max_depths=[1], exact=exact)
