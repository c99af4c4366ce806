"""Comparisons in pairs: the statistics agree with others' computations, and plans with both."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sweeplib import compare_pairs, pairs_needed

RNG = np.random.default_rng(5)
quick = settings(max_examples=60, deadline=None, derandomize=True, database=None)
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


def test_from_no_spread_at_all_nothing_is_concluded():
    for a, b, mean in (
        ([1.0, 2.0], [1.0, 2.0], 0),
        ([1.0, 2.0], [2.0, 3.0], -1),
        ([0.1, 0.2, 0.3], [0.2, 0.3, 0.4], -0.1),  # equal but for rounding
        ([0.75] * 5, [0.75] * 5, 0),
    ):
        for margin in (0, 0.5, 10):
            found = compare_pairs(a, b, margin=margin)
            assert (found.verdict, found.matters) == ("undecided", "unclear")
            assert (found.sd, found.low, found.high) == (0, -math.inf, math.inf)
            assert math.isnan(found.p) and math.isnan(found.naive_p) and math.isnan(found.effect)
            assert found.mean == pytest.approx(mean)


def test_pairs_in_another_order_are_refused():
    a = pd.Series([1.0, 2.5], index=[0, 1])
    b = pd.Series([1.5, 2.0], index=[0, 1])
    assert compare_pairs(a, b) == compare_pairs(a.to_numpy(), b.to_numpy())
    with pytest.raises(ValueError, match="different indexes"):
        compare_pairs(a, b[::-1])


# Rounding never becomes certainty


def rounded_apart(losses, by, seed):
    """The losses, and the same again with rounding of up to ``by`` of the largest loss."""
    noise = np.random.default_rng(seed).uniform(0, by, len(losses)) * np.abs(losses).max()
    return np.array(losses), losses + noise


TENTHS = np.arange(1, 11) / 10


@pytest.mark.parametrize(
    "a, b",
    [
        ([0.1 + 0.2, 0.7, 0.9], [0.3, 0.7, 0.9]),
        (TENTHS * 3, [0.1 * k * 3 for k in range(1, 11)]),
        ([sum([0.1] * 10), sum([0.1] * 10), 0.5], [1.0, 1.0, 0.5]),
        rounded_apart(TENTHS, 1e-13, 0),
        rounded_apart(TENTHS * 1e12, 1e-13, 1),
        rounded_apart(TENTHS * 1e-12, 1e-13, 2),
        rounded_apart([1e6, 1e-9, 2e-9, 1e-7] * 4, 1e-16, 3),  # of wildly different size
        # A perfect fold's 1 − accuracy, where rounding is large beside the loss.
        ([2e-16, 1e-16, 2e-16, 1e-16, 3e-16, 0.1], [0, 0, 0, 0, 0, 0.1]),
        ([5e-324, 1e-323, 5e-324], [0, 0, 0]),  # the smallest numbers that a float holds
        ([3e-200, 1e-200, 2e-200], [0, 0, 0]),  # whose squares are none
        rounded_apart(1e9 + TENTHS, 1e-15, 4),  # a constant far from zero
        (np.float32(TENTHS) * np.float32(3), np.float32(TENTHS * 3)),  # 32 bits
        ([np.float32(x) * np.float32(3) for x in TENTHS], list(TENTHS * 3)),
        (np.float16(TENTHS) * np.float16(3), np.float16(TENTHS * 3)),
    ],
)
@pytest.mark.parametrize("lead", [0, 0.7])
def test_rounding_decides_nothing(a, b, lead):
    a, b = np.asarray(a), np.asarray(b)
    with np.errstate(all="ignore"):
        a = (a + a.dtype.type(lead * np.abs(b).max())).astype(a.dtype)
    for one, two in ((a, b), (b, a)):
        found = compare_pairs(one, two, margin=0.1)
        assert found.verdict == "undecided" and found.sd == 0 and math.isnan(found.p)
        assert lead or found.mean == 0


def test_a_difference_above_rounding_still_counts():
    for scale in (1e-140, 1e-9, 1, 1e9, 1e140):
        found = compare_pairs(scale * (A + 10), scale * (A + 10 + 1e-9 * np.abs(B)))
        assert found.verdict == "better" and found.p < 1e-3


numbers = st.floats(-1e6, 1e6).map(lambda x: round(x, 6))
pairs = st.lists(st.tuples(numbers, numbers), min_size=2, max_size=12).map(np.array)
OPTIONS = {"margin": 0.25, "n_train": 80, "n_test": 20}
TURNED = {"better": "worse", "worse": "better", "tie": "tie", "undecided": "undecided"}


@given(pairs)
@quick
def test_swapping_turns_every_sign_and_the_verdict_and_nothing_else(pair):
    one, two = (compare_pairs(*order, **OPTIONS) for order in (pair.T, pair.T[::-1]))
    turned = (one.pairs, -one.mean, one.sd, -one.effect, -one.high, -one.low, one.p, one.naive_p)
    assert two[:8] == pytest.approx(turned, nan_ok=True)
    assert (two.verdict, two.matters) == (TURNED[one.verdict], one.matters)


@given(pairs, st.integers(-60, 60))
@quick
def test_another_unit_changes_numbers_and_no_judgement(pair, power):
    scale = 2.0**power
    one = compare_pairs(*pair.T, **OPTIONS)
    two = compare_pairs(*(scale * pair.T), **OPTIONS | {"margin": scale * 0.25})
    in_unit = [scale * x for x in (one.mean, one.sd, one.low, one.high)]
    assert [two.mean, two.sd, two.low, two.high] == pytest.approx(in_unit, nan_ok=True)
    assert (two.p, two.effect) == pytest.approx((one.p, one.effect), nan_ok=True)
    assert (two.verdict, two.matters) == (one.verdict, one.matters)


@given(pairs, st.integers(-1000, 1000))
@quick
def test_a_constant_added_to_all_losses_changes_no_judgement(pair, constant):
    pair = np.round(pair, 0)  # whole numbers, so that the sum is exact
    one, two = (compare_pairs(*losses.T, margin=0.3) for losses in (pair, pair + constant))
    assert one == two or one.sd == two.sd == 0


@given(pairs, st.sampled_from([0, 0.25, 3, 1e5]))
@quick
def test_the_words_are_what_the_numbers_say(pair, margin):
    found = compare_pairs(*pair.T, margin=margin)
    inside = -margin <= found.low and found.high <= margin
    beyond = found.low > margin or found.high < -margin
    assert (found.verdict == "tie") == inside == (found.matters == "no")
    assert beyond == (found.matters == "yes")
    assert not beyond or found.verdict in ("better", "worse")
    assert (found.verdict in ("better", "worse") and found.p >= 0.05 + 1e-9) is False


# Whether it matters


@pytest.mark.parametrize(
    "shift, margin, verdict, matters",
    [
        (-0.138, 0.11, "better", "unclear"),  # as −0.266 to −0.010 in the issue
        (0.138, 0.11, "worse", "unclear"),
        (-5, 1, "better", "yes"),
        (5, 1, "worse", "yes"),
        (5, 0, "worse", "yes"),
        (0, 0, "undecided", "unclear"),
        (0, 0.11, "undecided", "unclear"),
        (0, 1, "tie", "no"),
        (-0.5, 1, "tie", "no"),  # told from zero, and yet it does not matter
    ],
)
def test_what_is_better_need_not_matter(shift, margin, verdict, matters):
    noise = np.array([-1, 1] * 8) * 0.2326
    found = compare_pairs(noise + shift, np.zeros(16), margin=margin)
    assert (found.verdict, found.matters) == (verdict, matters)


def test_whether_it_matters_is_the_last_field_and_the_others_keep_their_places():
    found = compare_pairs(A, B)
    assert found._fields == (
        "pairs", "mean", "sd", "effect", "low", "high", "p", "naive_p", "verdict", "matters",
    )  # fmt: skip


# Losses that are no losses


@pytest.mark.parametrize(
    "losses",
    [
        np.ma.array([1.0, 2.0], mask=[False, True]),
        [True, False],
        [True, 2.0],
        np.array([True, False]),
        pd.Series([True, False], dtype="boolean"),
        ["1", "2"],
        np.array(["1", "2"]),
        pd.Series(["1", "2"]),
        np.array([b"1", b"2"]),
        [1 + 0j, 2],
        np.array([1, 2j]),
        [1, None],
        pd.Series([1, pd.NA], dtype="Int64"),
        pd.Series([1.5, pd.NA], dtype="Float64"),
        pd.Series([1.5, None], dtype=object),
        np.array([1, 2], dtype="timedelta64[s]"),
        pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02"])),
        [1, [2, 3]],
        {1.0, 2.0},
        {"x": 1.0, "y": 2.0},
        (x for x in (1.0, 2.0)),
        "12",
        None,
        3.0,
        np.float64(3),
        pd.DataFrame({"x": [1.0, 2.0]}),
        [10**400, 1],
        [1e200, 1],
        np.array([1, np.inf], dtype=np.float16),
    ],
)
def test_what_is_no_list_of_numbers_is_refused(losses):
    with pytest.raises(ValueError, match=r"must (hold finite numbers|be lists of equal length)"):
        compare_pairs(losses, [1.0, 2.5])
    with pytest.raises(ValueError, match=r"must (hold finite numbers|be lists of equal length)"):
        compare_pairs([1.0, 2.5], losses)


@pytest.mark.parametrize(
    "losses",
    [
        (1, 4),
        np.ma.array([1.0, 4.0]),
        pd.Series([1, 4], dtype="Int64"),
        pd.Series([1.0, 4.0], dtype="Float64"),
        pd.Series([1, 4.0], dtype=object),
        np.array([1, 4], dtype=np.uint8),
        np.array([1, 4], dtype=np.int8),
        [np.float32(1), np.int64(4)],
    ],
)
def test_numbers_of_any_kind_are_taken(losses):
    assert compare_pairs(losses, [2, 2]) == compare_pairs([1.0, 4.0], [2.0, 2.0])
    assert compare_pairs([2, 2], losses) == compare_pairs([2.0, 2.0], [1.0, 4.0])


def test_the_losses_given_are_left_as_they_are():
    a, b = np.array([0.1 + 0.2, 0.7, 1.9]), np.array([0.3, 0.9, 0.9])
    kept = a.copy(), b.copy()
    compare_pairs(a, b)
    assert (a == kept[0]).all() and (b == kept[1]).all()


@pytest.mark.parametrize(
    "option",
    [
        {"confidence": "0.9"}, {"confidence": True}, {"confidence": math.nan},
        {"margin": True}, {"margin": "1"}, {"margin": math.inf}, {"margin": math.nan},
        {"margin": [1]}, {"confidence": None},
    ],
)  # fmt: skip
def test_an_option_of_another_kind_is_named(option):
    with pytest.raises(ValueError, match=f"^{next(iter(option))} must be"):
        compare_pairs([1, 2], [2, 4], **option)


@pytest.mark.parametrize("rows", [{"n_train": 10.0, "n_test": 5}, {"n_train": True, "n_test": 1}])
def test_rows_that_are_no_whole_number_are_named(rows):
    with pytest.raises(ValueError, match="n_train must be a whole number"):
        compare_pairs([1, 2], [2, 4], **rows)


@pytest.mark.parametrize("call", [lambda *rows: compare_pairs([1, 2], [2, 4], *rows),
                                  lambda *rows: pairs_needed(3, 1, *rows)])  # fmt: skip
def test_more_rows_to_score_on_than_to_train_on_draw_a_warning(call):
    with pytest.warns(UserWarning, match="n_test 80 is above n_train 20"):
        call(20, 80)
    with warnings.catch_warnings(action="error"):
        call(50, 50)


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


# Plans that take very many pairs, or that none will do


def test_however_small_the_difference_there_is_a_number():
    normal = (stats.norm.isf(0.025) + stats.norm.isf(0.2)) ** 2
    for effect in (1e-2, 1e-3, 1e-5, 1e-8, 1e-20, 1e-60):
        needed = pairs_needed(effect, 1)
        assert isinstance(needed, int) and needed == pytest.approx(normal / effect**2, rel=1e-3)


def test_near_the_limit_of_overlapping_splits_the_number_grows_without_end():
    reach = (stats.norm.isf(0.025) + stats.norm.isf(0.2)) * math.sqrt(10 / 90)
    above = [1.5, 1.1, 1.01, 1.001, 1 + 1e-4, 1 + 1e-6, 1 + 1e-9, 1 + 1e-12]
    needed = [pairs_needed(share * reach, 1, 90, 10) for share in above]
    assert needed == sorted(needed) and 1e11 < needed[-1] < math.inf
    # The excess of the limit over what is needed falls as one over the number of pairs.
    assert needed[-1] / needed[-2] == pytest.approx(1000, rel=0.01)
    for share in (1 - 1e-12, 1 - 1e-6, 0.99, 0.5, 1e-3, 1e-100):
        assert pairs_needed(share * reach, 1, 90, 10) == math.inf


@given(st.floats(0.001, 10), st.floats(0.05, 0.99), st.floats(0.5, 0.999))
@quick
def test_a_larger_difference_never_takes_more_pairs(effect, power, confidence):
    options = {"power": power, "confidence": confidence}
    needed = [pairs_needed(effect * k, 1, **options) for k in (1, 1.01, 2)]
    assert needed == sorted(needed, reverse=True) and needed[-1] >= 2
    tie = [pairs_needed(0, 1, margin=effect * k, **options) for k in (1, 1.01, 2)]
    assert power < 0.25 or tie == sorted(tie, reverse=True)


@pytest.mark.parametrize(
    "change",
    [{"difference": 1e200}, {"difference": "1"}, {"difference": True}, {"sd": 0}, {"sd": -1},
     {"sd": None}, {"sd": 1e-300}, {"power": "0.8"}, {"power": 0}, {"margin": 0}, {"margin": -1},
     {"margin": True}, {"margin": math.nan}, {"difference": 1e-160}, {"difference": math.nan},
     {"n_train": 3.5, "n_test": 1}],
)  # fmt: skip
def test_a_plan_from_unusable_numbers_is_refused(change):
    arguments = {"difference": 1, "sd": 1} | change
    with pytest.raises(ValueError, match=next(iter(change))):
        pairs_needed(**arguments)


def test_extreme_plans_end_and_take_few_or_many_pairs():
    assert pairs_needed(1e140, 1e-140) == 2
    assert pairs_needed(0, 1e-140, margin=1e140) == 2
    assert 2 < pairs_needed(1, 1, confidence=1 - 1e-15, power=1 - 1e-12) < 1000
    assert 2 < pairs_needed(0, 1, margin=1, confidence=1 - 1e-15, power=1 - 1e-6) < 1000


# Plans for a tie


def share(n, difference, sd, words, runs=2000, **options):
    """How often compare_pairs says one of the words, of independent normal pairs."""
    rng = np.random.default_rng(n)
    drawn = rng.normal(difference, sd, size=(runs, n))
    return np.mean([compare_pairs(d, np.zeros(n), **options).verdict in words for d in drawn])


@pytest.mark.parametrize(
    "difference, sd, power, confidence, margin",
    [
        (0, 1, 0.8, 0.95, 0.5),
        (0.2, 1, 0.8, 0.95, 0.7),
        (-0.2, 1, 0.6, 0.9, 0.7),
        (0, 3, 0.5, 0.99, 3),
        (0, 1, 0.8, 0.95, 2.5),  # few pairs, where the sample's sd is far from the true one
        (1, 1, 0.9, 0.95, 2.5),
    ],
)
def test_a_plan_for_a_tie_agrees_with_a_simulation(difference, sd, power, confidence, margin):
    needed = pairs_needed(difference, sd, power=power, confidence=confidence, margin=margin)
    options = {"confidence": confidence, "margin": margin}
    error = 4 * math.sqrt(power * (1 - power) / 2000)
    assert share(needed, difference, sd, ("tie",), **options) > power - error
    assert share(needed - 1, difference, sd, ("tie",), **options) < power + error


@pytest.mark.parametrize("difference, power", [(0.5, 0.8), (2.0, 0.9), (-1.2, 0.5)])
def test_a_plan_for_a_difference_agrees_with_a_simulation(difference, power):
    needed = pairs_needed(difference, 1, power=power)
    word = ("better",) if difference < 0 else ("worse",)
    error = 4 * math.sqrt(power * (1 - power) / 2000)
    assert share(needed, difference, 1, word) > power - error
    assert share(needed - 1, difference, 1, word) < power + error


@pytest.mark.parametrize("difference, margin, word", [(1.5, None, "worse"), (0, 1.9, "tie")])
def test_plans_for_overlapping_splits_agree_with_a_simulation(difference, margin, word):
    """Differences that are all correlated as the correction takes them to be."""
    rng, correlation, runs = np.random.default_rng(1), 1 / (1 + 4), 2000  # n_test / n_train = 1/4
    needed = pairs_needed(difference, 1, 80, 20, margin=margin)

    def seen(n):
        common = rng.normal(size=(runs, 1)) * math.sqrt(correlation)
        own = rng.normal(size=(runs, n)) * math.sqrt(1 - correlation)
        # The sd of a sample sees only what is not common to all: it is to be 1.
        drawn = difference + (common + own) / math.sqrt(1 - correlation)
        options = {"n_train": 80, "n_test": 20, "margin": margin or 0}
        return np.mean([compare_pairs(d, np.zeros(n), **options).verdict == word for d in drawn])

    error = 4 * math.sqrt(0.8 * 0.2 / runs)
    assert seen(needed) > 0.8 - error
    assert seen(needed - 1) < 0.8 + error


def test_a_plan_to_see_the_margin_is_too_small_to_call_a_tie():
    """A true difference of nothing, judged with 55 pairs that see the margin with 80 %."""
    margin = next(m for m in np.arange(0.3, 0.6, 1e-4) if pairs_needed(m, 1) == 55)
    assert 66 < pairs_needed(0, 1, margin=margin) < 100
    assert share(55, 0, 1, ("tie",), margin=margin) == pytest.approx(0.62, abs=0.04)


def test_a_tie_of_two_that_differ_by_the_margin_takes_endless_pairs():
    for difference in (1, -1, 1.5, 100):
        assert pairs_needed(difference, 1, margin=1) == math.inf
    assert pairs_needed(1 - 1e-9, 1, margin=1) < math.inf
    assert pairs_needed(0.9, 1, margin=1) == pairs_needed(-0.9, 1, margin=1)


def test_a_tie_from_overlapping_splits_has_a_floor_too():
    # With ever more pairs the interval is mean ± z e, and the mean normal with an error e.
    e = math.sqrt(10 / 90)
    floor = (stats.norm.isf(0.025) + stats.norm.isf(0.1)) * e
    assert pairs_needed(0, 1, 90, 10, margin=0.999 * floor) == math.inf
    assert pairs_needed(0, 1, 90, 10, margin=1.001 * floor) < math.inf
    assert pairs_needed(0, 1, 90, 10, margin=1.2 * floor) > pairs_needed(0, 1, margin=1.2 * floor)


@pytest.mark.parametrize("tail", [1e-12, 1e-15, 1.2e-16])
def test_an_interval_of_great_confidence_is_as_wide_on_both_sides(tail):
    found = compare_pairs([1.0, 2.0, 4.0], [0.5, 1.0, 2.0], confidence=1 - tail)
    reach = stats.t.isf((1 - (1 - tail)) / 2, 2) * found.sd / math.sqrt(3)
    assert math.isfinite(reach)
    assert found.high - found.mean == pytest.approx(reach, rel=1e-6)
    assert found.mean - found.low == pytest.approx(reach, rel=1e-6)
