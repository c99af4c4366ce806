"""Strategies, over spaces of every kind: what they yield, and what they make of the losses."""

import tracemalloc
import warnings
from collections import Counter
from itertools import pairwise, product

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Lasso, Ridge
from sklearn.model_selection import ParameterGrid
from skopt import BayesSearchCV, Optimizer
from skopt.space import Categorical, Integer, Real

from sweeplib import (
    bayesian_search,
    gradient_descent,
    grid_search,
    load_split,
    random_search,
    sobol_search,
    successive_halving,
    sweep,
)
from sweeplib.strategies import ENDLESS, NO_LOSS_YET

SEARCHES = [random_search, sobol_search, bayesian_search, gradient_descent]
BLIND = [random_search, sobol_search]

quick = settings(max_examples=60, deadline=None, derandomize=True, database=None)
slow = settings(  # a Gaussian process each: few examples, and none shrunk
    quick, max_examples=8, phases=[Phase.generate]
)


# Random spaces

names = st.sampled_from(["alpha", "max_depth", "kernel", "C"])
seeds = st.integers(0, 2**32 - 1)


@st.composite
def reals(draw):
    if draw(st.booleans()):
        low, width = draw(st.floats(-1e3, 1e3)), draw(st.floats(1e-2, 1e3))
        return Real(low, low + width)
    low, decades = draw(st.floats(1e-6, 1e2)), draw(st.floats(0.1, 6))
    return Real(low, low * 10**decades, prior="log-uniform")


@st.composite
def integers(draw):
    prior = draw(st.sampled_from(["uniform", "log-uniform"]))
    low = draw(st.integers(-20 if prior == "uniform" else 1, 50))
    return Integer(low, low + draw(st.integers(1, 300)), prior=prior)


@st.composite
def categoricals(draw):
    values = st.sampled_from(
        [True, 0, 2, -7, 0.5, 1e-3, "sqrt", "log2", "", np.int64(9), np.float64(2.5), np.str_("np")]
    )
    categories = draw(st.lists(values, min_size=1, max_size=5, unique=True))
    weights = draw(st.lists(st.integers(1, 9), min_size=len(categories), max_size=len(categories)))
    prior = draw(st.sampled_from([None, (np.array(weights) / sum(weights)).tolist()]))
    return Categorical(categories, prior=prior)


numeric_spaces = st.dictionaries(names, reals() | integers(), min_size=1, max_size=3)
spaces = st.dictionaries(names, reals() | integers() | categoricals(), min_size=1, max_size=4)


def trials(strategy, n, objective=lambda setting: 0.0):
    """The first n settings of a strategy (fewer if it ends), each answered with its loss."""
    asked, losses = [], None
    while len(asked) < n:
        try:
            batch = strategy.send(losses)
        except StopIteration:
            break
        asked += batch
        losses = [objective(setting) for setting in batch]
    return asked[:n]


def noise(setting):
    """A loss without rhyme or reason, but the same for the same setting."""
    return float(np.random.default_rng(list(repr(setting).encode())).normal(50, 10))


def check_inside(space, asked):
    """Each setting names the whole space, in values that lie in it, of Python's own types."""
    for setting in asked:
        assert list(setting) == list(space)
        for name, value in setting.items():
            dimension = space[name]
            if isinstance(dimension, Categorical):
                assert type(value) in (int, float, str, bool)
                assert value in dimension.categories
            else:
                assert type(value) is (int if isinstance(dimension, Integer) else float)
                assert dimension.low <= value <= dimension.high


@quick
@given(space=spaces, seed=seeds, search=st.sampled_from(BLIND))
def test_random_and_sobol_settings_lie_inside_the_space(space, seed, search):
    check_inside(space, trials(search(space, seed), 40))


@slow
@given(space=spaces, seed=seeds, batch=st.integers(1, 4))
def test_bayesian_settings_lie_inside_the_space(space, seed, batch):
    check_inside(space, trials(bayesian_search(space, seed, batch, n_initial=3), 8, noise))


@quick
@given(space=numeric_spaces, seed=seeds, step=st.floats(1e-4, 1), h=st.floats(1e-3, 0.5))
def test_gradient_descent_stays_inside_the_space(space, seed, step, h):
    check_inside(space, trials(gradient_descent(space, seed, step=step, h=h), 30, noise))


@quick
@given(space=spaces, seed=seeds, search=st.sampled_from(BLIND), batch=st.integers(1, 70))
def test_the_batch_does_not_change_what_random_and_sobol_draw(space, seed, search, batch):
    assert trials(search(space, seed, batch), 70) == trials(search(space, seed), 70)


@quick
@given(space=numeric_spaces, seed=seeds)
def test_gradient_descent_walks_the_same_way_on_the_same_seed(space, seed):
    first, second = (trials(gradient_descent(space, seed), 20, noise) for _ in range(2))
    assert first == second


@slow
@given(space=spaces, seed=seeds, batch=st.integers(1, 4))
def test_bayesian_search_asks_the_same_on_the_same_seed_and_losses(space, seed, batch):
    first, second = (
        trials(bayesian_search(space, seed, batch, n_initial=3), 6, noise) for _ in range(2)
    )
    assert first == second


@quick
@given(
    space=spaces, search=st.sampled_from(BLIND), batch=st.integers(1, 9), budget=st.integers(1, 30)
)
def test_a_sweep_keeps_to_its_budget_whatever_the_batch(space, search, batch, budget):
    asked = []

    def objective(**setting):
        asked.append(setting)
        return {"loss": noise(setting)}

    results = sweep(objective, search(space, 0, batch), budget, minimize="loss", progress=False)
    assert len(results) == len(asked) == budget
    assert asked == trials(search(space, 0), budget)


def mixed_space():
    return {
        "C": Real(1e-3, 1e3, prior="log-uniform"),
        "gamma": Real(-1, 1),
        "n": Integer(1, 1000, prior="log-uniform"),
        "depth": Integer(1, 20),
        "kernel": Categorical(["linear", "rbf", 3], prior=[0.5, 0.25, 0.25]),
    }


MIXED = mixed_space()
NUMERIC = {name: dimension for name, dimension in MIXED.items() if name != "kernel"}


def space_for(search):
    return NUMERIC if search is gradient_descent else MIXED


@pytest.mark.parametrize("search", SEARCHES)
def test_another_seed_gives_other_settings(search):
    space = space_for(search)
    assert trials(search(space, 0), 8, noise) != trials(search(space, 1), 8, noise)


@pytest.mark.parametrize("search", SEARCHES)
def test_a_numpy_seed_is_the_same_seed(search):
    space = space_for(search)
    assert trials(search(space, np.int64(3)), 8) == trials(search(space, 3), 8)


@pytest.mark.parametrize("search", SEARCHES)
def test_the_space_handed_in_is_not_changed(search):
    space = mixed_space()
    if search is gradient_descent:
        del space["kernel"]
    before = joblib.hash(space)
    trials(search(space, 0), 12, noise)
    assert joblib.hash(space) == before


@pytest.mark.parametrize("search", BLIND)
def test_what_random_and_sobol_draw_does_not_depend_on_the_losses(search):
    assert trials(search(MIXED, 0, 4), 40, noise) == trials(search(MIXED, 0, 4), 40)


# What is drawn how often


def counts(search, dimension, n):
    return Counter(setting["x"] for setting in trials(search({"x": dimension}, 0), n))


@pytest.mark.parametrize("search", BLIND)
def test_every_integer_of_a_range_is_equally_likely_below_zero_too(search):
    found = counts(search, Integer(-4, 3), 4096)
    assert sorted(found) == list(range(-4, 4))
    assert all(512 - 100 < count < 512 + 100 for count in found.values())  # 100: 4.7 sd


@pytest.mark.parametrize("search", BLIND)
def test_a_log_uniform_integer_is_as_often_in_each_doubling(search):
    found = counts(search, Integer(1, 255, prior="log-uniform"), 4096)
    for power in range(8):
        count = sum(found[k] for k in range(2**power, 2 ** (power + 1)))
        assert 512 - 100 < count < 512 + 100


@pytest.mark.parametrize("search", BLIND)
def test_a_log_uniform_real_is_as_often_in_each_decade(search):
    found = counts(search, Real(1e-4, 1, prior="log-uniform"), 4096)
    decades = Counter(int(np.floor(np.log10(value))) for value in found.elements())
    assert sorted(decades) == [-4, -3, -2, -1]
    assert all(1024 - 130 < count < 1024 + 130 for count in decades.values())  # 4.7 sd


@pytest.mark.parametrize("search", BLIND)
def test_a_category_is_drawn_as_often_as_its_prior_says(search):
    found = counts(search, Categorical(["a", "b", "c"], prior=[0.5, 0, 0.5]), 4096)
    assert sorted(found) == ["a", "c"]
    assert 2048 - 150 < found["a"] < 2048 + 150  # 4.7 sd


def test_sobol_puts_one_trial_in_each_cell_where_random_leaves_gaps():
    space = {"x": Real(0, 16), "y": Real(0, 16)}

    def columns_hit(search):
        return len({int(setting["x"]) for setting in trials(search(space, 0), 16)})

    assert columns_hit(sobol_search) == 16
    assert columns_hit(random_search) < 16


# Grid


def test_a_grid_yields_every_combination_once_the_last_hyperparameter_fastest():
    grid = {"b": [2, 1], "a": ("x", "y", "z")}
    asked = trials(grid_search(grid), 100)
    assert asked == [{"b": b, "a": a} for b, a in product([2, 1], "xyz")]


@pytest.mark.parametrize(
    "values",
    [np.arange(3), np.array([0.5, 1.5]), np.array(["a", "b"]), range(3), [np.True_, np.int64(3)]],
)
def test_grid_values_are_pythons_own(values):
    for setting in trials(grid_search({"x": values}), 10):
        assert type(setting["x"]) in (int, float, str, bool)


def test_a_grid_keeps_none_and_values_of_mixed_types_as_they_are():
    values = [None, 1, 0.5, "sqrt", (50, 50)]
    assert [setting["x"] for setting in trials(grid_search({"x": values}), 10)] == values


def test_a_list_of_grids_is_tried_one_after_the_other_as_parameter_grid_does():
    grids = [{"a": [1, 2], "b": ["x", "y"]}, {"c": [None]}, {"a": [3], "d": (0.5, 1.5)}]
    asked = trials(grid_search(grids), 100)
    assert len(asked) == 7
    assert all(setting in asked for setting in ParameterGrid(grids))
    assert asked == [s for grid in grids for s in trials(grid_search(grid), 100)]
    assert asked == trials(grid_search(tuple(grids)), 100)


@pytest.mark.parametrize(
    "grid",
    [
        {name: range(10) for name in "abcdefghi"},
        {"a": range(10**9)},
        {"a": [1], "b": range(10**30), "c": [1, 2]},
        [{"a": range(10**12)}, {"b": [1]}],
    ],
    ids=["nine times ten", "one long range", "a longer one between", "the first of two"],
)
def test_a_grid_larger_than_the_memory_is_made_only_as_far_as_it_is_tried(grid):
    asked = []
    tracemalloc.start()
    results = sweep(
        lambda **setting: asked.append(setting) or {"loss": 1.0}, grid_search(grid), 3,
        minimize="loss", progress=False,
    )  # fmt: skip
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(results) == len(asked) == 3
    assert used < 20e6


def test_a_large_grid_is_the_same_in_whatever_batches_it_comes():
    grid = {"a": range(30), "b": ["x", "y", "z"], "c": np.arange(40)}
    batches = list(grid_search(grid))
    assert max(map(len, batches)) <= 1000
    asked = [setting for batch in batches for setting in batch]
    assert asked == [{"a": a, "b": b, "c": c} for a, b, c in product(range(30), "xyz", range(40))]
    assert len({id(setting) for setting in asked}) == 3600


@pytest.mark.parametrize(
    "values",
    [{1, 2}, frozenset([1, 2]), {1: 2}, np.zeros((2, 2)), np.array(3), iter([]), range(0), None],
)
@pytest.mark.parametrize("place", [lambda bad: bad, lambda bad: [{"x": [1]}, bad]])
def test_a_bad_grid_is_found_wherever_it_stands_before_anything_is_tried(values, place):
    with pytest.raises(ValueError, match=r"^grid: 'y' needs a list"):
        next(grid_search(place({"x": [1], "y": values})))


@pytest.mark.parametrize("grids", [[{}], [{"x": [1]}, {}], [{"x": [1]}, 3], ({"x": [1]}, "x"), ()])
def test_an_empty_grid_or_none_in_a_list_is_refused(grids):
    with pytest.raises(ValueError, match=r"^grid must be a dict"):
        next(grid_search(grids))


@pytest.mark.parametrize("surrogate", ["GP", "ET", "RF"])
@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("prior", ["uniform", "log-uniform"])
def test_the_first_draws_of_an_integer_give_its_ends_their_full_weight(prior, batch, surrogate):
    space = {"n": Integer(1, 4, prior=prior)}
    found = np.zeros(4)
    for seed in range(40):
        search = bayesian_search(space, seed, batch, n_initial=40, surrogate=surrogate)
        batch_of_settings = next(search)
        for _ in range(40 // batch):
            for setting in batch_of_settings:
                found[setting["n"] - 1] += 1
            batch_of_settings = search.send([1e300] * len(batch_of_settings))
    bounds = np.arange(1, 6)
    share = np.diff(np.log(bounds) / np.log(5)) if prior == "log-uniform" else np.full(4, 1 / 4)
    spread = np.sqrt(1600 * share * (1 - share))
    assert (abs(found - 1600 * share) < 4.7 * spread).all()


@pytest.mark.parametrize("dimension", [Real(0, 1), Integer(1, 3), Categorical(["a", "b"])])
def test_a_dimension_in_a_grid_is_named(dimension):
    with pytest.raises(ValueError, match=r"^grid: 'x' needs a list of the values.*(Re|Int|Cat)"):
        next(grid_search({"x": dimension}))


# Bayesian


def bowl(setting):
    return (setting["x"] - 0.3) ** 2 + (setting["y"] + 0.2) ** 2


BOWL = {"x": Real(-1, 1), "y": Real(-1, 1)}


def test_bayesian_search_beats_random_search_on_a_smooth_bowl():
    for seed in range(4):
        bayesian, random = (
            min(map(bowl, trials(search(BOWL, seed), 25, bowl)))
            for search in (bayesian_search, random_search)
        )
        assert bayesian < random / 2


def test_bayesian_search_learns_from_its_losses_once_the_initial_trials_are_done():
    left, right = (
        trials(bayesian_search(BOWL, 0, n_initial=4), 6, lambda s, sign=sign: sign * s["x"])
        for sign in (1, -1)
    )
    assert left[:4] == right[:4]
    assert left[4:] != right[4:]


def test_each_acquisition_function_goes_its_own_way_after_the_same_start():
    asked = [
        trials(bayesian_search(BOWL, 0, n_initial=3, acq_func=acq_func), 6, bowl)
        for acq_func in ("EI", "LCB", "PI")
    ]
    assert asked[0][:3] == asked[1][:3] == asked[2][:3]
    assert len({str(settings) for settings in asked}) == 3


def test_the_hedged_acquisition_runs_too():
    asked = trials(bayesian_search(BOWL, 0, n_initial=3, acq_func="gp_hedge"), 6, bowl)
    check_inside(BOWL, asked)
    assert len(asked) == 6


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(
    ("space", "loss"),
    [
        pytest.param({"x": Integer(1, 3)}, lambda s: s["x"], id="repeats"),
        pytest.param(BOWL, lambda s: 1.0, id="flat loss"),
        pytest.param(BOWL, lambda s: 1e8 * s["x"], id="huge loss"),
        pytest.param(MIXED, noise, id="mixed space"),
        pytest.param({"x": Categorical(["only"]), "y": Real(0, 1)}, noise, id="one category"),
    ],
)
def test_no_warning_leaks_from_bayesian_search(space, loss, batch):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asked = trials(bayesian_search(space, 0, batch, n_initial=3), 9, loss)
    check_inside(space, asked)


def test_no_warning_leaks_from_sobol_search_whose_batch_is_no_power_of_two():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(trials(sobol_search(MIXED, 0, batch=3), 9)) == 9


def plainly(space, n, batch, seed=0, **arguments):
    """What scikit-optimize's own optimizer asks of a space, answered by ``noise``."""
    optimizer = Optimizer(
        list(space.values()), random_state=seed, acq_optimizer="sampling",
        acq_optimizer_kwargs={"n_points": 1000}, n_initial_points=4, **arguments,
    )  # fmt: skip
    asked = []
    while len(asked) < n:
        points = optimizer.ask(batch) if batch > 1 else [optimizer.ask()]
        settings = [
            {
                name: getattr(x, "item", lambda x=x: x)()
                for name, x in zip(space, point, strict=True)
            }
            for point in points
        ]
        optimizer.tell(points, list(map(noise, settings)))
        asked += settings
    return asked[:n]


PLAIN_SPACES = {
    "reals": lambda: {"a": Real(-1, 1), "b": Real(1e-3, 1e3, prior="log-uniform")},
    "base 2": lambda: {"a": Real(2, 64, prior="log-uniform", base=2)},
    "categories": lambda: {"a": Categorical(["x", "y", "z"]), "b": Categorical([True, False])},
    "both": lambda: {
        "a": Real(0, 1), "b": Categorical(["x", 2, 0.5], prior=[0.5, 0.25, 0.25]),
    },
    "one category": lambda: {"a": Categorical(["x"]), "b": Real(0, 1)},
}  # fmt: skip


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("surrogate", ["GP", "ET", "RF"])
@pytest.mark.parametrize("space", PLAIN_SPACES.values(), ids=PLAIN_SPACES)
@pytest.mark.filterwarnings("ignore:The objective has been evaluated")
def test_reals_and_plain_categories_are_asked_as_scikit_optimize_asks_them(space, surrogate, batch):
    ours = trials(bayesian_search(space(), 0, batch, n_initial=4, surrogate=surrogate), 9, noise)
    theirs = plainly(space(), 9, batch, base_estimator=surrogate, acq_func="EI")
    assert ours == theirs


class Own:
    """An object that is equal to none, and has no hash."""

    __hash__ = None


def unhashable(*values):
    return Categorical(values, transform="identity")


ODD_CATEGORIES = {
    "tuples": Categorical([(50,), (50, 50), (10, 20, 30)]),
    "tuples beside None": Categorical([None, (1, 2), "auto"]),
    "lists": unhashable([1], [2, 3], []),
    "dicts": unhashable({0: 1, 1: 2}, {}, None),
    "estimators": Categorical([Ridge(), Lasso(), "passthrough"]),
    "functions and classes": Categorical([len, Ridge, None]),
    "booleans beside integers": Categorical([True, 0, 1, False]),
    "an integer and its float": Categorical([1, 1.0, "sqrt"]),
    "not a number": Categorical([float("nan"), -1, "missing"]),
    "large integers": Categorical([2**70, -(2**70), 0]),
    "objects without a hash": unhashable(Own(), Own(), None),
    "a frozenset and bytes": Categorical([frozenset([1]), b"raw", "text"]),
    "a text that ends in a zero": Categorical(["a\0", "b", "c"]),
    "the same twice": Categorical(["a", "a", "b"]),
    "a timestamp": Categorical([pd.Timestamp("2024-01-01"), pd.NaT, None]),
}


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("surrogate", ["GP", "ET"])
@pytest.mark.parametrize("dimension", ODD_CATEGORIES.values(), ids=ODD_CATEGORIES)
def test_categories_of_any_kind_come_back_as_the_very_objects(dimension, surrogate, batch):
    space = {"x": Real(0, 1), "c": dimension}

    def loss(setting):
        return setting["x"] + next(
            i for i, c in enumerate(space["c"].categories) if c is setting["c"]
        )

    search = bayesian_search(space, 0, batch, n_initial=4, surrogate=surrogate)
    asked = trials(search, 9, loss)
    for searched in (asked, trials(random_search(space, 0), 9), trials(sobol_search(space, 0), 9)):
        assert all(any(s["c"] is c for c in dimension.categories) for s in searched)


def test_numpy_categories_come_back_in_pythons_own_types():
    space = {"c": Categorical(np.array([1.5, 2.5])), "x": Real(0, 1)}
    for search in (random_search, sobol_search, bayesian_search):
        assert {type(s["c"]) for s in trials(search(space, 0), 12, noise)} == {float}


@pytest.mark.parametrize("batch", [1, 3])
def test_reals_and_categories_beside_an_integer_are_drawn_as_scikit_optimize_draws_them(batch):
    space = mixed_space()
    ours = trials(bayesian_search(space, 0, batch, n_initial=4), 3, noise)
    theirs = plainly(space, 3, batch, acq_func="EI")
    for name in ("C", "gamma", "kernel"):
        assert [s[name] for s in ours] == [s[name] for s in theirs]


@pytest.mark.parametrize("prior", [[0.8, 0.1, 0.1], [0, 0.5, 0.5]])
@pytest.mark.parametrize("transform", [None, "label", "normalize"])
@pytest.mark.parametrize("surrogate", ["GP", "ET"])
def test_the_first_draws_of_a_category_keep_to_its_prior(prior, transform, surrogate):
    found = Counter()
    for seed in range(10):
        dimension = Categorical(["a", "b", "c"], prior=prior, transform=transform)
        search = bayesian_search({"x": dimension}, seed, n_initial=90, surrogate=surrogate)
        found.update(setting["x"] for setting in trials(search, 90))
    for name, share in zip("abc", prior, strict=True):
        assert abs(found[name] - 900 * share) <= 4.7 * np.sqrt(900 * share * (1 - share))


@pytest.mark.parametrize("surrogate", ["GP", "ET", "RF"])
@pytest.mark.parametrize("acq_func", ["EI", "LCB", "PI", "gp_hedge"])
def test_every_surrogate_that_is_offered_runs_with_every_acquisition(surrogate, acq_func):
    search = bayesian_search(MIXED, 0, n_initial=3, surrogate=surrogate, acq_func=acq_func)
    check_inside(MIXED, trials(search, 6, noise))


@pytest.mark.parametrize("surrogate", ["GBRT", "gp", "DUMMY", None, ["GP"], Ridge()])
def test_a_surrogate_that_is_not_offered_is_refused_by_name(surrogate):
    with pytest.raises(ValueError, match=r"^surrogate must be .*'GP', 'ET'"):
        next(bayesian_search(MIXED, 0, surrogate=surrogate))


@pytest.mark.parametrize("whole", [np.int64, np.int8, np.uint8])
def test_numpy_numbers_do_for_the_counts_of_bayesian_search(whole):
    ours = trials(bayesian_search(BOWL, 0, whole(2), n_initial=whole(3)), 8, bowl)
    assert ours == trials(bayesian_search(BOWL, 0, 2, n_initial=3), 8, bowl)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("start", [None, [{"x": 0.5, "y": 0.5}]])
def test_while_every_trial_fails_bayesian_search_asks_for_other_settings(batch, start):
    search = bayesian_search(BOWL, 0, batch, n_initial=3, start=start)
    asked = trials(search, 12, lambda setting: NO_LOSS_YET)
    assert len({str(setting) for setting in asked}) == 12


@pytest.mark.parametrize("batch", [1, 3])
def test_a_batch_carries_the_number_of_repeats_so_far(batch):
    search, losses, repeats, asked = (
        bayesian_search({"x": Integer(1, 3)}, 0, batch, n_initial=3),
        None,
        [],
        [],
    )
    for _ in range(6):
        settings = search.send(losses)
        repeats.append(settings.notes["repeats"])
        asked += settings
        losses = [float(s["x"]) for s in settings]
    assert repeats[0] == 0 < repeats[-1] <= len(asked) - 3
    assert repeats == sorted(repeats)


def test_the_endless_searches_are_those_that_never_end():
    assert {search.__name__ for search in SEARCHES} == ENDLESS


# Start


STARTS = [
    {"C": 1.0, "gamma": 0.5, "n": 7, "depth": 20, "kernel": 3},
    {"kernel": "rbf", "depth": np.int64(1), "n": 1000, "gamma": -1, "C": np.float64(2.5)},
    {"C": 1.0, "gamma": 0.5, "n": 7, "depth": 20, "kernel": 3},
]
AS_SETTINGS = [
    {name: getattr(s[name], "item", lambda v=s[name]: v)() for name in MIXED} for s in STARTS
]


@pytest.mark.parametrize("search", [random_search, bayesian_search])
@pytest.mark.parametrize("batch", [1, 2, 5])
def test_the_settings_to_start_with_are_tried_first_in_order(search, batch):
    asked = trials(search(MIXED, 0, batch, start=STARTS), 9, noise)
    assert asked[:3] == AS_SETTINGS
    check_inside(MIXED, asked)


def test_what_random_search_draws_does_not_depend_on_the_start():
    asked = trials(random_search(MIXED, 3, start=STARTS), 40)
    assert asked[3:] == trials(random_search(MIXED, 3), 37)


@pytest.mark.parametrize("search", [random_search, bayesian_search])
@pytest.mark.parametrize("start", [None, [], ()])
def test_no_start_changes_nothing(search, start):
    assert trials(search(MIXED, 3, start=start), 6, noise) == trials(search(MIXED, 3), 6, noise)


def test_the_settings_to_start_with_count_as_initial_trials_and_are_told_to_the_model():
    start = [{"x": x, "y": y} for x in (-0.9, 0.3) for y in (-0.2, 0.8)]

    def asked(sign, n_initial):
        search = bayesian_search(BOWL, 0, n_initial=n_initial, start=start)
        return trials(search, 6, lambda setting: sign * bowl(setting))

    # Four and one drawn at random make five; then the model decides.
    assert asked(1, 5)[4] == asked(-1, 5)[4] == trials(bayesian_search(BOWL, 0), 1)[0]
    assert asked(1, 5)[5] != asked(-1, 5)[5]
    assert asked(1, 4)[4] != asked(-1, 4)[4]
    assert bowl(asked(1, 4)[4]) < bowl(asked(-1, 4)[4])


def test_a_start_may_name_categories_of_any_kind():
    for dimension in ODD_CATEGORIES.values():
        for i, category in enumerate(dimension.categories):
            for search in (random_search, bayesian_search):
                (setting,) = next(search({"c": dimension}, 0, start=[{"c": category}]))
                if dimension is not ODD_CATEGORIES["the same twice"]:
                    assert setting["c"] is dimension.categories[i]
    tuples = {"c": ODD_CATEGORIES["tuples"]}
    assert next(random_search(tuples, 0, start=[{"c": (50, 50)}])) == [{"c": (50, 50)}]


GOOD = STARTS[0]
BAD_STARTS = {
    "no list": (GOOD, "must be a list"),
    "a text": ("x", "must be a list"),
    "a table": (pd.DataFrame([GOOD]), "must be a list"),
    "no dict": ([GOOD, 3], "a setting is a dict"),
    "a name amiss": ([GOOD | {"gama": 1}], r"no 'gama' \(did you mean 'gamma'\?\)"),
    "a name missing": ([GOOD, {"C": 1}], "must give a value for"),
    "below": ([GOOD | {"gamma": -1.1}], "'gamma' must be a number from -1 to 1"),
    "above": ([GOOD | {"depth": 21}], "'depth' must be a whole number from 1 to 20"),
    "no number": ([GOOD | {"gamma": "0"}], "'gamma' must be a number"),
    "not a number": ([GOOD | {"gamma": float("nan")}], "'gamma' must be a number"),
    "infinite": ([GOOD | {"n": float("inf")}], "'n' must be a whole number"),
    "None": ([GOOD | {"gamma": None}], "'gamma' must be a number"),
    "a half": ([GOOD | {"depth": 2.5}], "'depth' must be a whole number"),
    "a bool": ([GOOD | {"depth": True}], "'depth' must be a whole number"),
    "a bool of numpy": ([GOOD | {"gamma": np.True_}], "'gamma' must be a number"),
    "no category": ([GOOD | {"kernel": "poly"}], "'kernel' has no category 'poly'"),
    "a category's float": ([GOOD | {"kernel": 3.0}], "'kernel' has no category 3.0"),
}


@pytest.mark.parametrize("search", [random_search, bayesian_search])
@pytest.mark.parametrize(("start", "said"), BAD_STARTS.values(), ids=BAD_STARTS)
def test_a_bad_start_is_refused_before_anything_is_tried(search, start, said):
    with pytest.raises(ValueError, match=rf"^start.*{said}"):
        next(search(MIXED, 0, start=start))


# Gradient descent


def test_the_first_step_of_gradient_descent_is_the_one_worked_out_by_hand():
    # x runs from 0 to 10, so x = 5 is u = 0.5; h = 0.1 tries x = 4 and 6, with (x - 7)² = 9 and 1.
    # Gradient (1 - 9) / 0.2 = -40 per unit length; a step of 0.005 moves u by +0.2 to x = 7.
    walk = gradient_descent({"x": Real(0, 10)}, 0, step=0.005, h=0.1, start={"x": 5})
    assert next(walk) == [{"x": pytest.approx(4)}, {"x": pytest.approx(6)}]
    assert walk.send([9, 1]) == [{"x": pytest.approx(6)}, {"x": pytest.approx(8)}]


def test_each_hyperparameter_is_moved_below_and_above_with_the_others_held():
    space = {"a": Real(0, 1), "b": Real(0, 100)}
    walk = gradient_descent(space, 0, step=0.1, h=0.25, start={"a": 0.5, "b": 50})
    assert next(walk) == [
        {"a": 0.25, "b": 50.0}, {"a": 0.5, "b": 25.0},
        {"a": 0.75, "b": 50.0}, {"a": 0.5, "b": 75.0},
    ]  # fmt: skip
    # Gradient (1 - 0) / 0.5 along a, nothing along b: a falls by 0.1 × 2.
    asked = walk.send([0, 3, 1, 3])
    assert [setting["b"] for setting in asked] == [50, 25, 50, 75]
    assert [setting["a"] for setting in asked] == pytest.approx([0.05, 0.3, 0.55, 0.3])


def test_a_log_uniform_hyperparameter_is_walked_by_its_logarithm():
    space = {"alpha": Real(1e-4, 1, prior="log-uniform")}
    walk = gradient_descent(space, 0, h=0.25, start={"alpha": 1e-2})
    assert next(walk) == [{"alpha": pytest.approx(1e-3)}, {"alpha": pytest.approx(1e-1)}]


def test_at_the_edge_the_difference_is_taken_over_the_shorter_distance():
    walk = gradient_descent({"x": Real(0, 1)}, 0, step=0.1, h=0.2, start={"x": 0})
    assert next(walk) == [{"x": 0.0}, {"x": 0.2}]
    # Gradient (0 - 1) / 0.2 = -5: x rises by 0.5.
    assert walk.send([1, 0]) == [{"x": pytest.approx(0.3)}, {"x": pytest.approx(0.7)}]


@pytest.mark.parametrize("low", [1, -15])
def test_integers_are_rounded_down_to_a_value_of_the_space(low):
    # An integer k fills the interval from k to k + 1 of a length of 10.
    walk = gradient_descent({"n": Integer(low, low + 9)}, 0, h=0.26, start={"n": low + 5})
    assert next(walk) == [{"n": low + 2}, {"n": low + 7}]


@quick
@given(space=numeric_spaces, seed=seeds)
def test_gradient_descent_ends_where_the_gradient_is_zero(space, seed):
    assert len(trials(gradient_descent(space, seed), 100)) == 2 * len(space)


def test_gradient_descent_reaches_the_bottom_of_a_smooth_bowl():
    for seed in range(4):
        losses = [bowl(s) for s in trials(gradient_descent(BOWL, seed, h=0.01), 400, bowl)]
        # Each batch is two trials a hyperparameter; at the end all lie about h from the minimum.
        assert np.mean(losses[-4:]) < 1e-3 < np.mean(losses[:4])
        assert np.all(np.diff(np.reshape(losses, (-1, 4)).mean(axis=1)) < 1e-12)


# Bad arguments


GRIDS = [{}, [], None, {"x": []}, {"x": 3}, {"x": "ab"}, {"x": b"ab"}, {"x": Integer(1, 2)}]


@pytest.mark.parametrize("grid", GRIDS)
def test_an_empty_grid_or_one_of_the_wrong_type_is_refused(grid):
    with pytest.raises(ValueError, match=r"^grid"):
        next(grid_search(grid))


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("space", [{}, [], None, {"x": (1, 5)}, {"x": [1, 2]}, {"x": 3}])
def test_an_empty_space_or_one_of_the_wrong_type_is_refused(search, space):
    with pytest.raises(ValueError, match=r"^space"):
        next(search(space, 0))


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("seed", [None, -1, 2**32, 1.0, True, "1", np.random.RandomState(0)])
def test_a_seed_that_is_no_whole_number_in_range_is_refused(search, seed):
    with pytest.raises(ValueError, match=r"^seed must be a whole number"):
        next(search(NUMERIC, seed))


@pytest.mark.parametrize("search", [random_search, sobol_search, bayesian_search])
@pytest.mark.parametrize("batch", [0, -1, 2.0, True, "4", None, 10**9])
def test_a_batch_that_is_no_whole_number_from_one_to_a_million_is_refused(search, batch):
    with pytest.raises(ValueError, match=r"^batch must be a whole number"):
        next(search(NUMERIC, 0, batch))


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"n_initial": 0}, "^n_initial must be a whole number"),
        ({"acq_func": "UCB"}, "^acq_func must be"),
        ({"acq_func": np.array(["EI", "LCB"])}, "^acq_func must be"),
        ({"surrogate": "NN"}, "^surrogate must be"),
    ],
)
def test_bayesian_search_refuses_what_it_cannot_use(argument, message):
    with pytest.raises(ValueError, match=message):
        next(bayesian_search(NUMERIC, 0, **argument))


@pytest.mark.parametrize("surrogate", ["ET", "RF"])
def test_a_space_that_the_trees_of_a_surrogate_cannot_hold_is_refused(surrogate):
    for ends in ((0, 1e39), (-1e300, 0)):
        with pytest.raises(ValueError, match=r"^space: 'x' is too wide for surrogate="):
            next(bayesian_search({"x": Real(*ends)}, 0, surrogate=surrogate))
    for space in (Real(0, 1e38), Real(1e-200, 1e100, prior="log-uniform"), Integer(0, 9)):
        search = bayesian_search({"x": space}, 0, n_initial=2, surrogate=surrogate)
        assert len(trials(search, 5, noise)) == 5


@pytest.mark.parametrize(
    "argument",
    [
        *({"step": step} for step in (0, -1, float("nan"), float("inf"))),
        *({"h": h} for h in (0, -0.1, 0.6, float("nan"))),
        *({"step": step} for step in (True, "0.1", None, 1j, [0.1])),
        *({"h": h} for h in (1e-20, True, "0.1", None)),
        *({"start": {"x": value}} for value in (True, "0.5", None, np.True_, [0.5])),
        *({"start": start} for start in ({}, {"y": 0.5}, {"x": 0.5, "y": 1}, 0.5, "x")),
        *({"start": {"x": value}} for value in (-0.1, 1.1, float("nan"))),
    ],
)
def test_gradient_descent_refuses_what_it_cannot_use(argument):
    (name,) = argument
    with pytest.raises(ValueError, match=f"^{name}"):
        next(gradient_descent({"x": Real(0, 1)}, 0, **argument))


def test_gradient_descent_refuses_a_categorical_which_has_no_derivative():
    with pytest.raises(ValueError, match="'kernel' is categorical"):
        next(gradient_descent(MIXED, 0))


@pytest.mark.parametrize("dimension", [Real, Integer])
@pytest.mark.parametrize(("low", "high"), [(5, 1), (3, 3)])
def test_an_inverted_or_empty_range_is_refused_by_scikit_optimize_itself(dimension, low, high):
    with pytest.raises(ValueError, match="lower bound"):
        dimension(low, high)


def altered(dimension, **attributes):
    """A dimension whose ends were changed after it was made."""
    for name, value in attributes.items():
        setattr(dimension, name, value)
    return dimension


BAD_DIMENSIONS = {
    "NaN": lambda: Real(float("nan"), 1),
    "infinite": lambda: Real(0, float("inf")),
    "infinite below": lambda: Real(float("-inf"), 0),
    "wider than a float": lambda: Real(-1e308, 1.7e308),
    "a ratio beyond a float": lambda: Real(1e-300, 1e300, prior="log-uniform"),
    "below zero by logarithm": lambda: Real(-10, -1, prior="log-uniform"),
    "integers below zero by logarithm": lambda: Integer(-10, -1, prior="log-uniform"),
    "halves": lambda: Integer(1.5, 4.5),
    "one end a half": lambda: Integer(1, 4.5),
    "integers that a float cannot tell": lambda: Integer(0, 2**60),
    "integers of no machine": lambda: Integer(0, 2**70),
    "infinite integers": lambda: altered(Integer(0, 1), high=float("inf")),
}


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("made", BAD_DIMENSIONS.values(), ids=BAD_DIMENSIONS)
@pytest.mark.filterwarnings("ignore")
def test_a_dimension_that_would_be_drawn_wrongly_is_refused_by_name(search, made):
    with pytest.raises(ValueError, match=r"^space: 'x'"):
        next(search({"x": made()}, 0))


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("name", [3, None, ("a", "b"), b"x"])
def test_a_name_that_is_no_text_is_refused(search, name):
    with pytest.raises(ValueError, match=r"^space: a hyperparameter's name"):
        next(search({"x": Real(0, 1), name: Real(0, 1)}, 0))


FAR_OR_NEAR = {
    "bytes": lambda: Integer(np.int8(1), np.int8(127)),
    "unsigned bytes": lambda: Integer(np.uint8(0), np.uint8(255)),
    "bytes by logarithm": lambda: Integer(np.int8(1), np.int8(127), prior="log-uniform"),
    "whole floats": lambda: Integer(1.0, 1e6),
    "2**40": lambda: Integer(0, 2**40),
    "on both sides of zero": lambda: Integer(-(2**40), 2**40),
    "a type too small": lambda: Integer(1, 300, dtype=np.int8),
    "short floats": lambda: Real(np.float32(0.1), np.float32(0.2)),
    "short floats as type": lambda: Real(0, 0.1, dtype="float32"),
    "another name": lambda: Real(0, 1, name="another name"),
    "neighbours": lambda: Real(1, np.nextafter(1, 2)),
    "tiny": lambda: Real(1e-300, 1e-10, prior="log-uniform"),
}


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("made", FAR_OR_NEAR.values(), ids=FAR_OR_NEAR)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_ends_of_numpys_types_and_far_or_near_ends_are_kept_to(search, made):
    dimension = made()
    for setting in trials(search({"x": dimension}, 0), 14, noise):
        assert type(setting["x"]) is (int if isinstance(dimension, Integer) else float)
        assert float(dimension.low) <= setting["x"] <= float(dimension.high)


@pytest.mark.filterwarnings("ignore:overflow")
def test_the_last_byte_is_drawn_too():
    found = counts(random_search, Integer(np.int8(124), np.int8(127)), 200)
    assert sorted(found) == [124, 125, 126, 127]


# Canaries: scikit-optimize has had no release since 2024. What the book calls must run on this
# stack, and give the same on the same seed.


def test_canary_the_optimizer_asks_and_tells_the_same_twice():
    def run():
        optimizer = Optimizer(list(BOWL.values()), n_initial_points=4, random_state=0)
        for _ in range(8):
            point = optimizer.ask()
            optimizer.tell(point, (point[0] - 0.3) ** 2 + (point[1] + 0.2) ** 2)
        return optimizer.Xi, optimizer.get_result().fun

    first, second = run(), run()
    assert first == second
    assert len(first[0]) == 8


def test_canary_bayes_search_cv_runs_and_gives_the_same_twice():
    X, _, y, _ = load_split()

    def run():
        space = {"alpha": Real(1e-4, 1e2, prior="log-uniform"), "fit_intercept": [True, False]}
        search = BayesSearchCV(Ridge(), space, n_iter=14, cv=3, random_state=42).fit(X, y)
        return search.cv_results_["params"], search.cv_results_["mean_test_score"].tolist()

    first, second = run(), run()
    assert first == second
    assert len(first[0]) == 14


@quick
@given(space=spaces, seed=seeds, low=st.integers(1, 5), factor=st.integers(2, 4), data=st.data())
def test_halving_keeps_the_best_of_each_rung_and_multiplies_their_fidelity(
    space, seed, low, factor, data
):
    rungs = data.draw(st.integers(0, 3))
    first = data.draw(st.none() | st.integers(1, 40))
    halving = successive_halving(
        space, seed, fidelity="fidelity of its own", low=low, high=low * factor**rungs,
        factor=factor, n_settings=first,
    )  # fmt: skip
    batch, sizes = next(halving), []
    for rung in range(rungs + 1):
        sizes.append(len(batch))
        assert {s.pop("fidelity of its own") for s in batch} == {low * factor**rung}
        check_inside(space, batch)
        losses = [noise(setting) for setting in batch]
        best_first = [batch[i] for i in np.argsort(losses, kind="stable")]
        batch = next(halving, None) if rung == rungs else halving.send(losses)
        if batch:
            promoted = [{k: v for k, v in s.items() if k in space} for s in batch]
            assert promoted == best_first[: len(promoted)]
    assert batch is None
    assert sizes[0] == (first or factor**rungs)
    assert all(b == max(1, a // factor) for a, b in pairwise(sizes))


def test_halving_starts_with_the_settings_that_random_search_draws():
    halving = successive_halving(NUMERIC, 3, fidelity="price", low=1, high=8, factor=2)
    drawn = [{k: s[k] for k in NUMERIC} for s in next(halving)]
    assert drawn == next(random_search(NUMERIC, 3, batch=8))


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"fidelity": "x"}, "^space: 'x' is the fidelity"),
        ({"high": 10}, "^high must be low times a power"),
        ({"high": 1}, "^high must be low times a power"),
        ({"low": 0}, "^low must be"),
        ({"factor": 1}, "^high must be low times a power"),
        ({"factor": 2.5}, "^factor must be"),
        ({"n_settings": 0}, "^n_settings must be"),
    ],
)
def test_halving_refuses_what_it_cannot_use(argument, message):
    arguments = {"fidelity": "n", "low": 3, "high": 27} | argument
    with pytest.raises(ValueError, match=message):
        next(successive_halving({"x": Real(0, 1)}, 0, **arguments))


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        *(({"fidelity": fidelity}, "^fidelity must be") for fidelity in (3, None, ["n"], b"n")),
        *(({"low": low}, "^low must be") for low in (True, 3.0, "3", -1)),
        *(({"high": high}, "^high must be a whole") for high in (27.0, None, True, 2**60)),
        *(({"factor": factor}, "^factor must be") for factor in (True, 0, "3", None)),
        *(({"n_settings": n}, "^n_settings must be") for n in (True, 2.0, -1, "9", 10**9)),
        ({"low": 1, "high": 3**20}, "^n_settings must be"),
    ],
)
def test_halving_refuses_what_is_no_whole_number_or_would_never_start(argument, message):
    arguments = {"fidelity": "n", "low": 3, "high": 27} | argument
    with pytest.raises(ValueError, match=message):
        next(successive_halving({"x": Real(0, 1)}, 0, **arguments))


def test_halving_takes_numpys_whole_numbers_and_categories_of_any_kind():
    space = {"layers": ODD_CATEGORIES["tuples"], "x": Real(0, 1)}
    halving = successive_halving(
        space, 0, fidelity="n", low=np.int8(10), high=np.int16(810), factor=np.int8(3),
        n_settings=np.int64(9),
    )  # fmt: skip
    batch, rungs = next(halving), []
    while batch:
        rungs.append({(type(s["n"]), s["n"]) for s in batch})
        assert all(any(s["layers"] is c for c in space["layers"].categories) for s in batch)
        batch = next(iter([halving.send(list(range(len(batch))))] if len(rungs) < 5 else []), None)
    assert rungs == [{(int, n)} for n in (10, 30, 90, 270, 810)]


def test_gradient_descent_takes_a_start_of_numpys_types():
    space = {"a": Real(0, 1), "n": Integer(0, 9)}
    first, second = (
        next(gradient_descent(space, 0, start=start, h=0.25, step=np.float64(0.1)))
        for start in ({"a": 0.5, "n": 5}, {"n": np.int8(5), "a": np.float32(0.5)})
    )
    assert first == second


def test_gradient_descent_refuses_half_an_integer_as_start():
    with pytest.raises(ValueError, match=r"^start: 'n' must be a whole number from 0 to 9"):
        next(gradient_descent({"n": Integer(0, 9)}, 0, start={"n": 2.5}))
    with pytest.raises(ValueError, match=r"^start.*did you mean 'alpha'"):
        next(gradient_descent({"alpha": Real(0, 1)}, 0, start={"alfa": 0.5}))
