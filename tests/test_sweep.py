"""The loop: what it refuses, what it tells the strategy, and the table it returns."""

import collections
import datetime
import enum
import math
import os
from itertools import islice

import numpy as np
import pandas as pd
import pytest
from common import TIMES, run
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer, mean_absolute_error
from skopt.space import Categorical, Integer, Real

from sweeplib import (
    Holdout,
    Lookup,
    bayesian_search,
    best,
    gradient_descent,
    grid_search,
    load_split,
    random_search,
    sobol_search,
    sweep,
)

SPACE = {"x": Real(-1, 1), "n": Integer(1, 9), "kind": Categorical(["flat", "steep"])}


def bowl(x, n=1, kind="flat"):
    """A function of one to three hyperparameters; at module level, so that workers find it."""
    loss = x * x + n + (kind == "steep")
    return {"loss": loss, "gain": -loss}


def fails_below_zero(x):
    if x < 0:
        raise ArithmeticError(f"{x} is below zero")
    return {"loss": x, "gain": -x}


def one_by_one(values, heard=None):
    """A strategy that yields each x by itself; what it is told goes into ``heard``."""
    for x in values:
        losses = yield [{"x": x}]
        if heard is not None:
            heard.append(losses)


# The table


def test_one_row_a_trial_in_the_order_asked():
    results = run(bowl, one_by_one([3, 1, 2]))
    assert results["trial"].tolist() == [0, 1, 2]
    assert results["x"].tolist() == [3, 1, 2]
    assert results["loss"].tolist() == [10, 2, 5]
    assert results["gain"].tolist() == [-10, -2, -5]
    assert results["error"].tolist() == ["", "", ""]


def test_columns_are_trial_hyperparameters_scores_times_and_error():
    results = run(bowl, random_search(SPACE, seed=0), 3)
    assert results.columns.tolist() == ["trial", "x", "n", "kind", "loss", "gain", *TIMES, "error"]


def test_the_columns_keep_that_order_when_the_first_trial_fails():
    results = run(fails_below_zero, one_by_one([-1, 2]), on_error="record")
    assert results.columns.tolist() == ["trial", "x", "loss", "gain", *TIMES, "error"]


def test_integers_stay_integers_and_strings_strings():
    results = run(bowl, random_search(SPACE, seed=0), 9)
    for name in ("trial", "n", "worker"):
        assert results[name].dtype == np.int64
    for name in ("x", "loss", "gain", "started", "seconds"):
        assert results[name].dtype == np.float64
    for name in ("kind", "error"):
        assert pd.api.types.is_string_dtype(results[name])


def test_none_and_mixed_types_come_through_unchanged():
    def takes_all(depth, features, flag):
        return {"loss": 0.0}

    grid = {"depth": [None, 3], "features": [1, 0.5, "sqrt"], "flag": [True, False]}
    results = run(takes_all, grid_search(grid))
    for name, values in grid.items():
        seen = results[name].astype(object).tolist()
        assert {(type(v), v) for v in seen} == {(type(v), v) for v in values}


class Long(int):
    """A whole number of one's own kind."""


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@pytest.mark.parametrize(
    "values",
    [
        [None],
        [Level.LOW, Level.HIGH],
        [datetime.datetime(2026, 1, 1)],
        [datetime.timedelta(days=1)],
        [pd.Timestamp("2026-01-01"), None],
        [2**70, 1],
        [b"x"],
    ],
)
def test_a_value_comes_out_as_it_went_in(values):
    results = sweep(lambda **s: {"rmse": 0}, grid_search({"x": values}), progress=False)
    assert [repr(value) for value in results["x"]] == [repr(value) for value in values]
    # Beside settings that do not name it, too.
    grids = grid_search([{"x": values}, {"y": [1]}])
    x = sweep(lambda **s: {"rmse": 0}, grids, progress=False)["x"].tolist()
    assert [repr(value) for value in x] == [*map(repr, values), "nan"]


@pytest.mark.parametrize(
    ("loss", "kept"),
    [
        (10**25, 1e25),
        (-(10**25), -1e25),
        (np.longdouble(0.25), 0.25),
        (3, 3),
        (Long(2**70), 2.0**70),
    ],
)
def test_numbers_of_any_size_and_precision_are_losses(loss, kept, tmp_path):
    for journal in (None, tmp_path / "j"):
        results = run(lambda x: {"loss": loss}, one_by_one([1, 2]), journal=journal)
        assert [repr(value) for value in results["loss"].tolist()] == [repr(kept)] * 2


@pytest.mark.parametrize("value", [0.5, np.float64(0.5)])
def test_a_float_that_only_some_settings_name_is_a_column_of_floats(value):
    def strategy():
        yield [{"x": value}, {"y": 1}]

    results = sweep(lambda **s: {"rmse": 0}, strategy(), progress=False)
    assert results["x"].dtype == float and np.isnan(results["x"][1])


@pytest.mark.parametrize(
    ("loss", "error"), [(10**400, "OverflowError"), (np.longdouble("1e400"), "loss is ")]
)
def test_a_number_beyond_all_floats_is_a_failed_trial(loss, error):
    results = run(lambda x: {"loss": loss}, one_by_one([1]), on_error="record")
    assert results["error"][0].startswith(error) and np.isnan(results["loss"][0])


def test_a_trial_says_when_it_started_and_in_which_process():
    results = run(bowl, one_by_one([1, 2, 3]))
    assert (results["started"] < 1e6).all()  # seconds since the sweep began, not since 1970
    assert (results["seconds"] >= 0).all()
    assert set(results["worker"]) == {os.getpid()}


@pytest.mark.parametrize("search", [random_search, sobol_search, bayesian_search])
def test_the_table_does_not_depend_on_the_number_of_workers(search):
    options = {"batch": 3, "n_initial": 3} if search is bayesian_search else {}
    one, two = (
        run(bowl, search(SPACE, 0, **options), 8, n_jobs=n_jobs).drop(columns=TIMES)
        for n_jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two, rtol=0, atol=0)
    assert one.attrs == two.attrs


def test_trials_run_in_other_processes_when_workers_are_asked_for():
    results = run(bowl, random_search(SPACE, seed=0), 4, n_jobs=2)
    assert os.getpid() not in set(results["worker"])


def test_a_failure_in_a_worker_is_recorded_as_it_is_without_workers():
    one, two = (
        run(fails_below_zero, grid_search({"x": [1, -1, 2]}), on_error="record", n_jobs=n_jobs)
        for n_jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one.drop(columns=TIMES), two.drop(columns=TIMES))


def test_the_table_remembers_which_score_was_minimised():
    assert run(bowl, one_by_one([1])).attrs == {"minimize": "loss"}


def test_a_table_written_to_csv_reads_back_the_same(tmp_path):
    results = run(fails_below_zero, grid_search({"x": [0.1, -1 / 3, 1e-17]}), on_error="record")
    results.to_csv(tmp_path / "results.csv", index=False)
    read = pd.read_csv(tmp_path / "results.csv", float_precision="round_trip").fillna({"error": ""})
    pd.testing.assert_frame_equal(read, results, rtol=1e-14, atol=0)
    assert best(read, "loss")["trial"] == best(results)["trial"]


# Where a sweep stops


def test_a_batch_that_would_overrun_the_budget_is_cut():
    results = run(bowl, grid_search({"x": range(10)}), 4)
    assert results["x"].tolist() == [0, 1, 2, 3]


def test_a_budget_may_end_inside_a_later_batch():
    results = run(bowl, random_search(SPACE, seed=0, batch=3), 7)
    pd.testing.assert_frame_equal(
        results.drop(columns=TIMES),
        run(bowl, random_search(SPACE, seed=0), 7).drop(columns=TIMES),
    )


@pytest.mark.parametrize("budget", [None, 3, 100])
def test_a_strategy_that_ends_ends_the_sweep(budget):
    assert len(run(bowl, one_by_one([1, 2, 3]), budget)) == 3


def test_gradient_descent_on_a_plateau_ends_before_its_budget():
    def plateau(x):
        return {"loss": 1.0}

    assert len(run(plateau, gradient_descent({"x": Real(0, 1)}, seed=0), 50)) == 2


def test_a_strategy_that_ends_at_once_gives_an_empty_table():
    results = run(bowl, one_by_one([]))
    assert results.columns.tolist() == ["trial", "loss", *TIMES, "error"]
    assert len(results) == 0


def test_the_strategy_is_closed_when_the_budget_is_spent():
    closed = []

    def strategy():
        try:
            while True:
                yield [{"x": 1}]
        finally:
            closed.append(True)

    mine = strategy()
    run(bowl, mine, 2)
    assert closed == [True]


def test_a_numpy_integer_is_a_budget():
    assert len(run(bowl, random_search(SPACE, seed=0), np.int64(3))) == 3


# What the strategy is told


def test_the_strategy_is_told_the_losses_of_its_batch_in_order():
    heard = []

    def strategy():
        heard.append((yield [{"x": 2}, {"x": 0}, {"x": 1}]))
        heard.append((yield [{"x": 3}]))

    run(bowl, strategy())
    assert heard == [[5, 1, 2], [10]]


def test_it_is_told_the_score_that_is_minimised():
    heard = []
    run(bowl, one_by_one([2, 3], heard), minimize="gain")
    assert heard == [[-5], [-10]]


def test_a_failed_trial_is_told_as_the_worst_loss_so_far():
    heard = []
    run(fails_below_zero, one_by_one([5, 7, -1, 9, 1, -2], heard), on_error="record")
    assert heard == [[5], [7], [7], [9], [1], [9]]


def test_the_worst_loss_counts_the_trials_of_the_same_batch():
    heard = []

    def strategy():
        heard.append((yield [{"x": 2}, {"x": -1}, {"x": 4}]))

    run(fails_below_zero, strategy(), on_error="record")
    assert heard == [[2, 4, 4]]


def test_when_the_first_trials_fail_the_strategy_is_told_finite_losses():
    heard = []
    run(fails_below_zero, one_by_one([-1, -2, 3, -3], heard), on_error="record")
    assert np.isfinite(heard).all()
    assert heard[2:] == [[3], [3]]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_strategy_never_hears_nan_or_infinity(bad):
    heard = []

    def sometimes(x):
        return {"loss": bad if x < 0 else x}

    results = run(sometimes, one_by_one([4, -1, 2, -2], heard), on_error="record")
    assert heard == [[4], [4], [2], [4]]
    assert results["loss"].isna().tolist() == [False, True, False, True]
    assert results["error"].tolist() == ["", f"loss is {bad}", "", f"loss is {bad}"]


def test_bayesian_search_goes_on_through_failures():
    space = {"x": Real(-1, 1)}
    strategy = bayesian_search(space, seed=0, n_initial=4)
    results = run(fails_below_zero, strategy, 10, on_error="record")
    assert len(results) == 10
    assert 0 < (results["error"] != "").sum() < 10


# Trials that fail


def test_by_default_a_failing_trial_stops_the_sweep_and_names_setting_and_cause():
    with pytest.raises(RuntimeError) as caught:
        run(fails_below_zero, one_by_one([1, -2, 3]))
    assert str(caught.value) == "trial 1 failed at {'x': -2}: ArithmeticError: -2 is below zero"


def test_no_trial_is_run_after_the_one_that_stopped_the_sweep():
    ran = []

    def objective(x):
        ran.append(x)
        return fails_below_zero(x)

    with pytest.raises(RuntimeError):
        run(objective, grid_search({"x": [1, -2, 3, 4]}))
    assert ran == [1, -2]


def test_a_failing_trial_in_a_worker_stops_the_sweep_too():
    with pytest.raises(RuntimeError, match=r"trial 1 failed at {'x': -2}"):
        run(fails_below_zero, grid_search({"x": [1, -2, *range(20)]}), n_jobs=2)


def test_a_recorded_failure_keeps_its_row_its_setting_and_its_error():
    results = run(fails_below_zero, one_by_one([1, -2, 3]), on_error="record")
    row = results.loc[1]
    assert (row["trial"], row["x"]) == (1, -2)
    assert row[["loss", "gain"]].isna().all()
    assert row["error"] == "ArithmeticError: -2 is below zero"
    assert results["loss"].isna().sum() == 1


def test_an_estimators_own_refusal_is_recorded():
    objective = Holdout(Ridge(), *load_split())
    results = sweep(objective, grid_search({"alpha": [-1, 1]}), on_error="record", progress=False)
    assert "'alpha' parameter" in results["error"][0]
    assert results["error"][1] == ""


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_is_a_failure(bad):
    with pytest.raises(RuntimeError, match=rf"trial 0 failed at {{'x': 1}}: loss is {bad}"):
        run(lambda x: {"loss": bad}, one_by_one([1]))


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ({"rmse": 1.0}, "no score 'loss' among ['rmse']"),
        ({"loss": "low"}, "TypeError"),
        ({"loss": None}, "TypeError"),
        (3.0, "returned 3.0, not a dict"),
        (None, "returned None, not a dict"),
    ],
)
def test_an_answer_without_the_loss_is_a_failure(answer, cause):
    results = run(lambda x: answer, one_by_one([1]), on_error="record")
    assert cause in results["error"][0]
    assert results["loss"].isna().all()


@pytest.mark.parametrize("name", ["x", "trial", "seconds", "error"])
def test_a_score_that_would_overwrite_another_column_is_a_failure(name):
    with pytest.raises(RuntimeError, match=rf"scores \['{name}'\] clash with columns"):
        run(lambda x: {"loss": 1.0, name: 2.0}, one_by_one([1]))


def test_an_empty_cell_of_a_lookup_is_a_failure():
    table = pd.DataFrame([[1.0, np.nan]], index=pd.Index([5], name="n"))
    table.columns = pd.Index([1, 2], name="depth")
    results = sweep(
        Lookup(table), grid_search({"n": [5], "depth": [1, 2]}), on_error="record", progress=False
    )
    assert results["error"].tolist() == ["", "rmse is nan"]


def test_an_interrupt_is_not_a_failed_trial():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(interrupted, one_by_one([1]), on_error="record")


# Bad input: refused before any trial


@pytest.fixture
def objective():
    """An objective that counts its calls in ``objective.calls``."""

    def objective(x):
        objective.calls += 1
        return {"loss": x}

    objective.calls = 0
    yield objective
    assert objective.calls == 0


def used_up():
    strategy = one_by_one([1, 2])
    next(strategy)
    return strategy


def ended():
    strategy = one_by_one([1])
    list(strategy)
    return strategy


@pytest.mark.parametrize(
    "strategy",
    [None, 3, "random", random_search, one_by_one, [{"x": 1}], iter([[{"x": 1}]]), SPACE],
)
def test_a_strategy_that_is_no_generator_is_refused(objective, strategy):
    with pytest.raises(TypeError, match=r"^strategy must be a generator"):
        run(objective, strategy, 3)


@pytest.mark.parametrize("make", [used_up, ended])
def test_a_used_generator_is_refused(objective, make):
    with pytest.raises(ValueError, match=r"^strategy was used before"):
        run(objective, make(), 3)


def test_a_strategy_cannot_serve_two_sweeps():
    strategy = random_search(SPACE, seed=0)
    run(bowl, strategy, 2)
    with pytest.raises(ValueError, match=r"^strategy was used before"):
        run(bowl, strategy, 2)


@pytest.mark.parametrize("batch", [{"x": 1}, [1, 2], "x", 3, None, iter([])])
def test_a_strategy_that_yields_no_list_of_settings_is_refused(objective, batch):
    def strategy():
        yield batch

    with pytest.raises(TypeError, match=r"^strategy must yield lists of settings"):
        run(objective, strategy())


@pytest.mark.parametrize("not_callable", [None, 3, {"loss": 1}])
def test_an_objective_that_cannot_be_called_is_refused(not_callable):
    with pytest.raises(TypeError, match=r"^objective must be callable"):
        run(not_callable, one_by_one([1]))


@pytest.mark.parametrize("budget", [0, -1, True, False, 2.0, math.inf, "3", math.nan])
def test_a_budget_that_is_no_whole_number_above_zero_is_refused(objective, budget):
    with pytest.raises(ValueError, match=r"^budget must be a whole number of at least 1"):
        run(objective, one_by_one([1]), budget)


@pytest.mark.parametrize("search", [random_search, sobol_search, bayesian_search, gradient_descent])
def test_a_strategy_that_never_ends_needs_a_budget(objective, search):
    with pytest.raises(ValueError, match=rf"^budget must be given: {search.__name__} never ends"):
        run(objective, search({"x": Real(0, 1)}, 0))


@pytest.mark.parametrize(
    "on_error", ["ignore", None, True, "", ["raise"], np.array(["raise"]), [[1], [1, 2]]]
)
def test_an_unknown_way_with_errors_is_refused(objective, on_error):
    with pytest.raises(ValueError, match=r"^on_error must be 'raise' or 'record'"):
        run(objective, one_by_one([1]), on_error=on_error)


@pytest.mark.parametrize("score", ["r2", "accuracy", "roc_auc", "neg_mean_absolute_error"])
def test_a_score_where_more_is_better_is_refused(objective, score):
    with pytest.raises(ValueError, match=rf"^minimize: more '{score}' is better"):
        run(objective, one_by_one([1]), minimize=score)


@pytest.mark.parametrize("budget", [None, 1])
def test_a_batch_may_be_any_sequence(budget):
    def strategy():
        yield collections.deque([{"x": 1.0}, {"x": 2.0}])

    assert len(run(bowl, strategy(), budget)) == (budget or 2)


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_a_gain_that_an_objective_of_ones_own_names_is_refused(kind):
    def mine(x):
        return {"hits": x}

    mine.gains = kind(["hits"])
    with pytest.raises(ValueError, match=r"^minimize: more 'hits' is better"):
        run(mine, one_by_one([1]), minimize="hits")


@pytest.mark.parametrize(
    ("strategy", "named"),
    [
        (grid_search({}), "grid"),
        (grid_search({"x": []}), "grid"),
        (random_search({}, 0), "space"),
        (random_search({"x": (0, 1)}, 0), "space"),
        (sobol_search({"x": Real(0, 1)}, seed="0"), "seed"),
        (bayesian_search({"x": Real(0, 1)}, 0, batch=0), "batch"),
        (gradient_descent({"x": Categorical([1, 2])}, 0), "space"),
    ],
)
def test_a_fault_in_the_strategys_arguments_is_found_before_any_trial(objective, strategy, named):
    with pytest.raises(ValueError, match=rf"^{named}"):
        run(objective, strategy, 3)


@pytest.mark.parametrize("grid", [{"x": [1], "y": [1]}, {"y": [1]}])
def test_a_hyperparameter_that_a_function_does_not_take_is_refused(objective, grid):
    with pytest.raises(ValueError, match=r"^space: the objective does not take"):
        run(objective, grid_search(grid))


def test_a_hyperparameter_that_a_function_needs_and_does_not_get_is_refused():
    def objective(x, y):
        raise AssertionError("was called")

    with pytest.raises(ValueError, match="missing a required argument: 'y'"):
        run(objective, grid_search({"x": [1]}))


@pytest.mark.parametrize("name", ["trial", *TIMES, "error"])
def test_a_hyperparameter_named_like_a_result_column_is_refused(name):
    def objective(**setting):
        raise AssertionError("was called")

    with pytest.raises(ValueError, match=rf"^space: \['{name}'\] would clash"):
        run(objective, grid_search({name: [1]}))


class NeverFitted(Ridge):
    def fit(self, X, y):
        raise AssertionError("was fitted")


def holdout(**options):
    return Holdout(NeverFitted(), *load_split(), **options)


def test_a_hyperparameter_that_the_estimator_does_not_have_is_refused():
    with pytest.raises(ValueError, match=r"^space: the objective takes no \['alfa'\]"):
        sweep(holdout(), grid_search({"alfa": [1], "alpha": [1]}), progress=False)


def test_a_score_that_the_objective_does_not_give_is_refused():
    with pytest.raises(ValueError, match=r"^minimize: the objective gives \['rmse', 'r2'\]"):
        run(holdout(), grid_search({"alpha": [1]}))


def test_a_hyperparameter_named_like_a_score_is_refused():
    objective = holdout(scoring={"alpha": make_scorer(mean_absolute_error)})
    with pytest.raises(ValueError, match=r"^space: \['alpha'\] would clash"):
        run(objective, grid_search({"alpha": [1]}), minimize="alpha")


def test_a_score_named_like_a_result_column_is_refused():
    objective = holdout(scoring={"error": make_scorer(mean_absolute_error)})
    with pytest.raises(ValueError, match=r"^objective: its scores \['error'\] clash"):
        run(objective, grid_search({"alpha": [1]}), minimize="error")


def test_workers_that_make_no_sense_are_refused(objective):
    with pytest.raises(ValueError, match="n_jobs"):
        run(objective, one_by_one([1]), n_jobs=0)


# best


def table(losses, minimize="loss"):
    results = pd.DataFrame({"x": range(len(losses)), "loss": losses})
    results.attrs["minimize"] = minimize
    return results


def test_best_is_the_trial_with_the_lowest_loss():
    assert best(table([3.0, 1.0, 2.0]))["x"] == 1


def test_best_is_the_first_of_several_that_tie():
    assert best(table([3.0, 1.0, 1.0, 2.0, 1.0]))["x"] == 1


def test_best_passes_over_failed_trials():
    assert best(table([math.nan, 3.0, math.nan, 2.0]))["x"] == 3


def test_best_keeps_whole_numbers_whole_in_a_table_of_numbers_alone():
    assert type(best(table([3.0, 1.0]))["x"]) is int


def test_best_minimises_what_the_sweep_minimised_unless_told_otherwise():
    results = run(bowl, one_by_one([1, 2, 3]), minimize="gain")
    assert best(results)["x"] == 3
    assert best(results, "loss")["x"] == 1


def test_best_minimises_rmse_in_a_table_that_does_not_say():
    assert best(pd.DataFrame({"x": [1, 2], "rmse": [2.0, 1.0]}))["x"] == 2


def test_best_finds_one_row_in_tables_put_together():
    together = pd.concat([table([3.0, 2.0]), table([2.5, 1.0])])
    assert best(together).to_dict() == {"x": 1, "loss": 1.0}


@pytest.mark.parametrize("no_table", [None, 3, [1], {"loss": 1}, pd.Series({"loss": 1})])
def test_best_needs_a_table(no_table):
    with pytest.raises(TypeError, match="results must be a DataFrame, as sweep returns it"):
        best(no_table)


def test_best_refuses_a_table_without_that_column():
    with pytest.raises(ValueError, match="no column 'mae'"):
        best(table([1.0]), "mae")


@pytest.mark.parametrize("losses", [[], [math.nan, math.nan]])
def test_best_refuses_a_table_without_a_loss(losses):
    with pytest.raises(ValueError, match="results holds no trial with a loss"):
        best(table(losses))


def test_best_refuses_a_sweep_whose_trials_all_failed():
    results = run(fails_below_zero, one_by_one([-1, -2]), on_error="record")
    assert results["loss"].isna().all()
    with pytest.raises(ValueError, match="results holds no trial with a loss"):
        best(results)


def test_best_refuses_a_sweep_without_trials():
    with pytest.raises(ValueError, match="results holds no trial with a loss"):
        best(run(bowl, one_by_one([])))


def test_best_refuses_a_score_where_more_is_better():
    results = pd.DataFrame({"x": [1, 2], "rmse": [1.0, 2.0], "r2": [0.5, 0.1]})
    with pytest.raises(ValueError, match=r"^minimize: more 'r2' is better"):
        best(results, "r2")


def test_the_best_setting_goes_straight_back_into_the_model():
    X_train, X_test, y_train, y_test = split = load_split()
    forest = RandomForestRegressor(5, random_state=42)
    space = {
        "max_depth": Categorical([None, 2, 4]),
        "max_features": Categorical([1, 0.5, "sqrt"]),
        "min_samples_leaf": Integer(1, 9),
        "bootstrap": Categorical([True, False]),
        "ccp_alpha": Real(1e-3, 10, prior="log-uniform"),
    }
    results = sweep(Holdout(forest, *split), random_search(space, 0), 12, progress=False)
    for row in (best(results), results.astype(object).iloc[5]):
        model = forest.set_params(**row[list(space)]).fit(X_train, y_train)
        assert model.score(X_test, y_test) == row["r2"]


# The progress bar


def test_the_progress_bar_shows_the_best_loss_on_standard_output_and_nothing_on_error(capfd):
    sweep(bowl, one_by_one([2, 0.5, 1]), minimize="loss")
    shown = capfd.readouterr()
    last = shown.out.strip().split("\r")[-1]
    assert "3/3" in last
    assert "best loss 1.25" in last
    assert shown.err == ""


def test_the_progress_bar_counts_towards_the_budget(capfd):
    sweep(bowl, random_search(SPACE, seed=0), 5, minimize="loss")
    assert "5/5" in capfd.readouterr().out


def test_a_quiet_sweep_prints_nothing_even_when_trials_fail_in_workers(capfd):
    run(fails_below_zero, grid_search({"x": [1, -1]}), on_error="record", n_jobs=2)
    shown = capfd.readouterr()
    assert (shown.out, shown.err) == ("", "")


# A strategy of your own


def test_a_strategy_of_ten_lines_runs_like_the_librarys_own():
    def halve(low, high):
        while high - low > 1e-3:
            third = (high - low) / 3
            points = [low + third, high - third]
            left, right = yield [{"x": x} for x in points]
            low, high = (low, points[1]) if left < right else (points[0], high)

    results = run(lambda x: {"loss": (x - 0.4) ** 2}, halve(-1, 1))
    assert best(results)["x"] == pytest.approx(0.4, abs=1e-3)


def test_a_strategy_may_be_cut_to_length_by_a_generator_expression():
    strategy = (batch for batch in islice(random_search(SPACE, seed=0, batch=2), 3))
    assert len(run(bowl, strategy)) == 6


# Nothing that was finished is lost


def strategy_with_notes():
    notes = "no dict"  # noqa: F841
    yield [{"x": 1}]
    yield [{"x": 2}]


def strategy_that_will_not_close():
    try:
        while True:
            yield [{"x": 1}]
    finally:
        raise OSError("the door is stuck")


def strategy_that_catches_all():
    while True:
        try:  # noqa: SIM105
            yield [{"x": 1}]
        except:  # noqa: E722
            pass


def test_a_local_of_a_strategy_is_its_own_affair():
    assert len(run(bowl, strategy_with_notes())) == 2
    assert run(bowl, strategy_with_notes()).attrs == {"minimize": "loss"}


@pytest.mark.parametrize("strategy", [strategy_that_will_not_close, strategy_that_catches_all])
def test_a_strategy_that_cannot_be_closed_costs_no_table(strategy):
    with pytest.warns(UserWarning, match=r"^strategy: closing it failed"):
        results = run(bowl, strategy(), 3)
    assert results["loss"].tolist() == [2, 2, 2]


def test_ctrl_c_while_the_table_is_made_costs_no_table(monkeypatch):
    import sys

    loop = sys.modules["sweeplib.loop"]
    make, calls = loop.table, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return make(*arguments)

    monkeypatch.setattr(loop, "table", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        run(bowl, one_by_one([3, 1]))
    assert caught.value.results["loss"].tolist() == [10, 2]


# Settings of different kinds


def anything(**setting):
    return {"loss": float(len(setting))}


def test_each_hyperparameter_of_any_setting_has_a_column():
    def strategy():
        yield [{"kind": "a", "depth": 2}, {"kind": "b", "rate": 0.5}]
        yield [{"kind": "c", "late": [1, 2]}]

    results = run(anything, strategy())
    assert results.columns.tolist() == [
        "trial", "kind", "depth", "rate", "late", "loss", *TIMES, "error",
    ]  # fmt: skip
    assert results["depth"].isna().tolist() == [False, True, True]
    assert (results["depth"][0], type(results["depth"][0])) == (2, int)
    assert results["rate"][1] == 0.5 and results["late"][2] == [1, 2]


def test_conditional_settings_come_back_from_a_journal(tmp_path):
    def strategy():
        yield [{"kind": "a", "depth": 2}, {"kind": "b", "rate": 0.5}, {"rate": None}]

    first, again = (run(anything, strategy(), journal=tmp_path / "j.jsonl") for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


@pytest.mark.parametrize("name", ["trial", "error", "worker", "seconds", "started"])
@pytest.mark.parametrize("same_batch", [True, False])
def test_a_later_setting_named_like_a_result_column_is_refused(name, same_batch):
    def strategy():
        if same_batch:
            yield [{"x": 1}, {name: 1}]
        else:
            yield [{"x": 1}]
            yield [{name: 1}]

    with pytest.raises(ValueError, match=rf"^space: \['{name}'\] would clash"):
        run(anything, strategy())


def test_a_later_setting_that_the_objective_does_not_take_is_refused_before_its_trial():
    def strategy():
        yield [{"x": 1}]
        yield [{"x": 2}, {"y": 3}]

    with pytest.raises(ValueError, match=r"^space: the objective does not take {'y': 3}") as caught:
        run(bowl, strategy())
    assert caught.value.results["x"].tolist() == [1]


@pytest.mark.parametrize("setting", [{1: 2}, {None: 1}, {("a",): 1}])
def test_a_hyperparameter_whose_name_is_no_text_is_refused(setting):
    with pytest.raises(ValueError, match=r"^space: hyperparameters must be named by texts"):
        run(anything, (batch for batch in [[setting]]))


def test_a_strategy_that_changes_a_setting_afterwards_does_not_change_the_table():
    def strategy():
        setting = {"x": 0}
        for x in (1, 2, 3):
            setting["x"] = x
            yield [setting]

    assert run(bowl, strategy())["x"].tolist() == [1, 2, 3]


def test_a_strategy_may_have_nothing_to_try_for_a_while_but_not_for_ever():
    heard = []

    def patient(empty):
        heard.append((yield [{"x": 1}]))
        for _ in range(empty):
            heard.append((yield []))
        yield [{"x": 2}]

    assert run(bowl, patient(99))["x"].tolist() == [1, 2]
    assert heard[1:] == [[]] * 99
    with pytest.raises(ValueError, match="an empty list 100 times in a row") as caught:
        run(bowl, patient(1000))
    assert caught.value.results["x"].tolist() == [1]


@pytest.mark.parametrize(
    ("name", "near"), [("deph", "depth"), ("max_dept", "max_depth"), ("kinds", "kind")]
)
def test_a_misspelt_hyperparameter_is_answered_with_the_nearest_name(name, near):
    def objective(depth=1, max_depth=1, kind=1):
        return {"loss": 1.0}

    with pytest.raises(ValueError, match=rf"it takes \[.*\] \(did you mean '{near}'\?\)"):
        run(objective, grid_search({name: [1]}))


def test_a_neg_name_is_answered_with_what_it_is_called_here():
    objective = holdout(scoring=["neg_mean_absolute_error"])
    with pytest.raises(ValueError, match="here it is called 'mean_absolute_error'"):
        run(objective, grid_search({"alpha": [1]}), minimize="neg_mean_absolute_error")


@pytest.mark.parametrize("n_jobs", [0, 1.5, "2", True])
def test_workers_must_be_counted(n_jobs):
    with pytest.raises(ValueError, match=r"^n_jobs must be a whole number"):
        run(bowl, one_by_one([1]), n_jobs=n_jobs)


# What an attack found


@pytest.mark.parametrize(
    "lost", [np.ma.masked, np.ma.array(3.0, mask=True), np.ma.array([1.0], mask=[True])[0]]
)
def test_a_masked_loss_is_no_loss(lost):
    results = run(lambda x: {"loss": lost if x else 5.0}, one_by_one([0, 1]), on_error="record")
    assert best(results)["x"] == 0 and "loss must be a number" in results["error"][1]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_a_strategy_does_to_its_settings_afterwards_changes_no_row(n_jobs):
    def walk():
        place, held = np.array([3.0, 3.0]), {"at": [3]}
        for _ in range(4):
            yield [{"x": place, "held": held}]
            place -= 1
            held["at"][0] -= 1

    results = run(distance_from_one, walk(), n_jobs=n_jobs)
    assert [x.tolist() for x in results["x"]] == [[3, 3], [2, 2], [1, 1], [0, 0]]
    assert [held["at"] for held in results["held"]] == [[3], [2], [1], [0]]
    assert best(results)["loss"] == 0 and best(results)["x"].tolist() == [1, 1]


def distance_from_one(x, held):
    return {"loss": float(((x - 1) ** 2).sum())}


def test_a_buffer_that_the_objective_uses_again_changes_no_row():
    curve, notes = np.zeros(2), []

    def objective(x):
        curve[:] = x
        notes.append(x)
        return {"loss": x, "curve": curve, "notes": notes}

    results = run(objective, one_by_one([1, 2, 3]))
    assert [c.tolist() for c in results["curve"]] == [[1, 1], [2, 2], [3, 3]]
    assert results["notes"].tolist() == [[1], [1, 2], [1, 2, 3]]


@pytest.mark.parametrize(
    "time", [np.datetime64("2024-01-02T03:04:05.678901234", "ns"), np.timedelta64(5, "M"),
             np.timedelta64(7, "ns"), np.datetime64("NaT")],
)  # fmt: skip
def test_times_of_numpys_reach_the_objective_as_they_are(time):
    seen = []
    run(lambda x: {"loss": len(seen.append(x) or seen)}, grid_search({"x": [time]}))
    assert type(seen[0]) is type(time) and str(seen[0]) == str(time)
    assert seen[0].dtype == time.dtype


def test_losses_that_are_true_or_false_are_numbers():
    results = run(lambda x: {"loss": x == 0}, one_by_one([0, 1]))
    assert results["loss"].tolist() == [1.0, 0.0] and results["loss"].dtype == float


def test_the_best_of_texts_is_refused():
    with pytest.raises(ValueError, match="results has texts in its column 'loss'"):
        best(pd.DataFrame({"x": [1, 2, 3], "loss": ["10", "9", "8"]}), "loss")


@pytest.mark.parametrize("notes", [None, "a text", 5, ["a"]])
def test_notes_of_a_batch_that_are_no_dict_lose_no_table(notes):
    class Batch(list):
        pass

    def strategy():
        batch = Batch([{"x": 1}])
        batch.notes = notes
        yield batch

    results = run(bowl, strategy())
    assert len(results) == 1 and results.attrs == {"minimize": "loss"}


def test_an_error_that_takes_no_attributes_is_raised_as_it_is():
    class Frozen(Exception):
        def __setattr__(self, name, value):
            raise AttributeError(name)

    def stop(trials):
        raise Frozen

    with pytest.raises(Frozen):
        run(bowl, one_by_one([1, 2]), stop=stop)


class Screen:
    """Standard output that cannot show everything."""

    def __init__(self, error):
        self.error = error

    def write(self, text):
        raise self.error

    def flush(self):
        raise self.error


@pytest.mark.parametrize(
    "screen",
    [None, Screen(UnicodeEncodeError("ascii", "é", 0, 1, "no")), Screen(BrokenPipeError())],
)
def test_a_screen_that_shows_nothing_stops_no_sweep(screen, monkeypatch):
    monkeypatch.setattr("sys.stdout", screen)
    results = sweep(bowl, one_by_one([1, 2]), minimize="loss")
    assert len(results) == 2


@pytest.mark.parametrize(
    "attribute", ["scores", "check", "parameters"], ids=lambda name: f"called {name}"
)
@pytest.mark.parametrize("held", [lambda *args, **kw: None, {"a": 1}, []])
def test_names_that_an_objective_uses_for_something_else_do_no_harm(attribute, held):
    objective = type("Own", (), {"__call__": lambda self, x: {"loss": x}, attribute: held})()
    assert len(run(objective, one_by_one([1, 2]))) == 2


def test_best_refuses_a_table_with_two_columns_of_that_name():
    twice = pd.DataFrame([[2.0, 1.0], [1.0, 0.0]], columns=["loss", "loss"])
    with pytest.raises(ValueError, match="minimize: the table has several columns 'loss'"):
        best(twice, "loss")
