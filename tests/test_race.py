"""Races and their judges: the statistics agree with others' computations."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from skopt.space import Integer, Real

from sweeplib import (
    Lookup,
    best_so_far,
    compare_pairs,
    gradient_descent,
    grid_search,
    pairs_needed,
    race,
    random_search,
    sobol_search,
    sweep,
)

SPACE = {"n_estimators": Integer(1, 30), "max_depth": Integer(1, 8)}
TABLE = pd.DataFrame(
    np.random.default_rng(0).random((30, 8)),
    index=pd.RangeIndex(1, 31, name="n_estimators"),
    columns=pd.RangeIndex(1, 9, name="max_depth"),
)
DARTS = {
    "random": lambda seed: random_search(SPACE, seed),
    "Sobol": lambda seed: sobol_search(SPACE, seed),
}


# race


def test_a_race_holds_what_each_sweep_alone_finds():
    results = race(DARTS, Lookup(TABLE), budget=12, seeds=[3, 4])
    assert list(results) == [
        "strategy", "seed", "trial", "n_estimators", "max_depth", "loss", "best_so_far", "elapsed",
    ]  # fmt: skip
    for name, strategy in DARTS.items():
        for seed in (3, 4):
            run = results[(results["strategy"] == name) & (results["seed"] == seed)]
            alone = sweep(Lookup(TABLE), strategy(seed), 12, progress=False)
            assert run["trial"].tolist() == list(range(1, 13))
            assert run["loss"].tolist() == alone["rmse"].tolist()
            assert run["n_estimators"].tolist() == alone["n_estimators"].tolist()
            assert run["best_so_far"].tolist() == np.minimum.accumulate(alone["rmse"]).tolist()
            assert (run["elapsed"] > 0).all() and run["elapsed"].is_monotonic_increasing


def test_a_race_does_not_depend_on_the_number_of_workers():
    one, two = (
        race(DARTS, Lookup(TABLE), 5, range(3), n_jobs=n).drop(columns="elapsed") for n in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two)


def test_a_strategy_that_ends_early_keeps_its_best():
    players = {
        "random": lambda seed: random_search(SPACE, seed),
        "grid": lambda seed: grid_search({"n_estimators": [1, 30], "max_depth": [1, 8]}),
    }
    results = race(players, Lookup(TABLE), budget=10, seeds=[0])
    assert (results["strategy"] == "grid").sum() == 4
    summary = best_so_far(results)
    corners = TABLE.loc[[1, 30], [1, 8]].to_numpy().min()
    assert summary.index.tolist() == list(range(1, 11))
    assert (summary["grid"].loc[4:] == corners).all(axis=None)


def test_another_score_can_be_the_loss():
    def bowl(x):
        return {"loss": x**2, "other": 1.0}

    players = {"descent": lambda seed: gradient_descent({"x": Real(-1, 1)}, seed)}
    results = race(players, bowl, budget=6, seeds=[0], minimize="loss")
    assert np.allclose(results["loss"], results["x"] ** 2)


def test_best_so_far_is_the_median_and_the_quartiles_of_the_runs():
    results = race(DARTS, Lookup(TABLE), budget=7, seeds=range(9))
    summary = best_so_far(results)
    runs = np.array(
        [
            np.minimum.accumulate(
                [Lookup(TABLE)(**s)["rmse"] for s in next(random_search(SPACE, seed, batch=7))]
            )
            for seed in range(9)
        ]
    )
    for q in (0.25, 0.5, 0.75):
        assert np.allclose(summary["random"][q], np.quantile(runs, q, axis=0))


@pytest.mark.parametrize(
    "change, named",
    [
        ({"strategies": {}}, "strategies"),
        ({"strategies": {"random": random_search(SPACE, 0)}}, "'random' must be a callable"),
        ({"seeds": []}, "seeds"),
        ({"seeds": [1, 1]}, "seeds"),
        ({"budget": 0}, "budget"),
        ({"minimize": "r2"}, "minimize"),
    ],
)
def test_a_bad_argument_of_a_race_is_named(change, named):
    arguments = {"strategies": DARTS, "objective": Lookup(TABLE), "budget": 3, "seeds": [0]}
    with pytest.raises(ValueError, match=named):
        race(**arguments | change)


def test_best_so_far_names_a_missing_column():
    with pytest.raises(ValueError, match="'strategy'"):
        best_so_far(pd.DataFrame({"loss": [1.0]}))


# compare_pairs

RNG = np.random.default_rng(5)
A, B = RNG.normal(0, 1, 20), RNG.normal(0.4, 1, 20)


def test_without_overlap_it_is_scipys_paired_t_test():
    theirs = stats.ttest_rel(A, B)
    low, high = theirs.confidence_interval(0.9)
    ours = compare_pairs(A, B, confidence=0.9)
    assert ours.pairs == 20
    assert ours.p == pytest.approx(theirs.pvalue) and ours.naive_p == pytest.approx(theirs.pvalue)
    assert (ours.low, ours.high) == pytest.approx((low, high))
    assert ours.effect == pytest.approx(theirs.statistic / math.sqrt(20))


def test_it_finds_what_scikit_learns_own_example_of_the_corrected_test_prints():
    """Its gallery, "Statistical comparison of models using grid search": two SVMs on moons in
    10 × 10 folds of 90 and 10 rows; corrected t 0.750, p 0.227, uncorrected t 2.611, p 0.005
    (one-sided)."""
    from sklearn.datasets import make_moons
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
    from sklearn.svm import SVC

    X, y = make_moons(noise=0.352, random_state=1, n_samples=100)
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    models = SVC(kernel="rbf", random_state=0), SVC(kernel="linear", random_state=0)
    rbf, linear = (cross_val_score(m, X, y, cv=folds, scoring="roc_auc") for m in models)
    found = compare_pairs(1 - rbf, 1 - linear, n_train=90, n_test=10)
    assert found.pairs == 100
    assert stats.t.isf(found.p / 2, 99) == pytest.approx(0.750, abs=5e-4)
    assert found.p / 2 == pytest.approx(0.227, abs=5e-4)
    assert stats.t.isf(found.naive_p / 2, 99) == pytest.approx(2.611, abs=5e-4)
    assert found.naive_p / 2 == pytest.approx(0.005, abs=5e-4)


def test_the_corrected_variance_is_nadeau_and_bengios():
    found = compare_pairs(A, B, n_train=353, n_test=89)
    d = A - B
    t = d.mean() / math.sqrt((1 / 20 + 89 / 353) * d.var(ddof=1))
    assert found.p == pytest.approx(2 * stats.t.cdf(-abs(t), 19))
    half = stats.t.ppf(0.975, 19) * math.sqrt((1 / 20 + 89 / 353) * d.var(ddof=1))
    assert (found.low, found.high) == pytest.approx((d.mean() - half, d.mean() + half))
    assert found.naive_p < found.p


@pytest.mark.parametrize(
    "shift, margin, verdict",
    [
        (-5, 0, "better"),
        (5, 0, "worse"),
        (0, 0, "undecided"),
        (0, 1, "tie"),
        (-0.5, 1, "tie"),
        (-5, 1, "better"),
        (-1, 1, "better"),
    ],
)
def test_the_verdict_says_what_the_interval_shows(shift, margin, verdict):
    noise = np.array([-1, 1] * 8) * 0.5
    assert compare_pairs(noise + shift, np.zeros(16), margin=margin).verdict == verdict


def test_swapping_the_two_turns_the_signs():
    one, two = compare_pairs(A, B), compare_pairs(B, A)
    assert (one.mean, one.low, one.high) == pytest.approx((-two.mean, -two.high, -two.low))
    assert one.p == pytest.approx(two.p)


def test_one_pair_decides_nothing():
    found = compare_pairs([1.0], [2.0])
    assert (found.mean, found.low, found.high) == (-1, -math.inf, math.inf)
    assert math.isnan(found.p) and math.isnan(found.sd) and found.verdict == "undecided"


def test_identical_losses_are_a_tie_and_a_constant_lead_is_sure():
    same = compare_pairs([1.0, 2.0], [1.0, 2.0])
    assert (same.p, same.low, same.high, same.effect, same.verdict) == (1, 0, 0, 0, "tie")
    led = compare_pairs([1.0, 2.0], [2.0, 3.0])
    assert (led.p, led.low, led.high, led.verdict) == (0, -1, -1, "better")
    assert led.effect == -math.inf
    rounded = compare_pairs([0.1, 0.2, 0.3], [0.2, 0.3, 0.4])
    assert (rounded.sd, rounded.verdict) == (0, "better")


def test_pairs_in_another_order_are_refused():
    a = pd.Series([1.0, 2.0], index=[0, 1])
    assert compare_pairs(a, a.rename("b")).verdict == "tie"
    with pytest.raises(ValueError, match="different indexes"):
        compare_pairs(a, a[::-1])


@pytest.mark.parametrize(
    "arguments, named",
    [
        (([1, np.nan], [1, 2]), "a must hold finite"),
        (([1, 2], [1, np.inf]), "b must hold finite"),
        (([1, 2], [1, 2, 3]), "equal length"),
        (([], []), "equal length"),
        (([[1, 2]], [[1, 2]]), "lists"),
        (([1, 2], [2, 4], 10), "n_test"),
        (([1, 2], [2, 4], None, 10), "n_train"),
        (([1, 2], [2, 4], 10, 0), "n_test"),
    ],
)
def test_losses_that_do_not_pair_are_refused(arguments, named):
    with pytest.raises(ValueError, match=named):
        compare_pairs(*arguments)


@pytest.mark.parametrize("option", [{"confidence": 1}, {"confidence": 0}, {"margin": -1}])
def test_options_out_of_range_are_named(option):
    with pytest.raises(ValueError, match=next(iter(option))):
        compare_pairs([1, 2], [2, 4], **option)


def test_independent_ties_are_rejected_as_often_as_the_level_says():
    rng = np.random.default_rng(0)
    p = [compare_pairs(*rng.normal(size=(2, 8))).p for _ in range(2000)]
    # Binomial: 5 % of 2000 within four standard errors.
    assert abs(np.mean(np.less(p, 0.05)) - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 2000)


# pairs_needed


@pytest.mark.parametrize("effect, pairs", [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_pairs_needed_agrees_with_the_tables_for_a_paired_t_test(effect, pairs):
    """Small, medium and large effects of Cohen (1988) at 80 % power and a two-sided 5 % level, as
    power programs give them."""
    assert pairs_needed(effect, sd=1) == pairs


def test_the_pairs_are_enough_and_one_fewer_is_not():
    rng = np.random.default_rng(0)
    needed = pairs_needed(1.0, sd=2.0, power=0.6)

    def share_seen(n):
        samples = rng.normal(1.0, 2.0, size=(40_000, n))
        return np.mean(stats.ttest_1samp(samples, 0, axis=1).pvalue < 0.05)

    error = 3 * math.sqrt(0.6 * 0.4 / 40_000)
    assert share_seen(needed) > 0.6 - error
    assert share_seen(needed - 1) < 0.6 + error


def test_scale_and_sign_do_not_matter_and_more_power_takes_more():
    assert pairs_needed(0.5, 1) == pairs_needed(-5, 10)
    assert pairs_needed(0.5, 1, power=0.9) > pairs_needed(0.5, 1) > pairs_needed(1, 1)


def test_overlapping_splits_have_a_floor_that_no_number_passes():
    assert pairs_needed(1, 1, n_train=90, n_test=10) > pairs_needed(1, 1)
    # With ever more pairs the statistic is normal, its mean |d| / (sd √(n_test / n_train)).
    reach = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * math.sqrt(10 / 90)
    assert pairs_needed(0.97 * reach, 1, n_train=90, n_test=10) == math.inf
    assert pairs_needed(1.03 * reach, 1, n_train=90, n_test=10) < math.inf


@pytest.mark.parametrize(
    "arguments, named",
    [
        ({"difference": 0, "sd": 1}, "difference"),
        ({"difference": 1, "sd": 0}, "sd"),
        ({"difference": 1, "sd": 1, "power": 1}, "power"),
        ({"difference": 1, "sd": 1, "confidence": 0}, "confidence"),
        ({"difference": 1, "sd": 1, "n_train": 5}, "n_test"),
    ],
)
def test_bad_arguments_of_pairs_needed_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        pairs_needed(**arguments)
