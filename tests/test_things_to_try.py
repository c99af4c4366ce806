"""What can be tried on a page says what the stored numbers say."""

import gzip
import re

import numpy as np
import pandas as pd
import pytest
from paths import ROOT
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from sweeplib import compare_pairs


@pytest.fixture
def opened(browser, site):
    """A function: page name -> a tab on it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})

    def open_page(page):
        tab = context.new_page()
        tab.goto(f"{site.as_uri()}/{page}.html")
        return tab

    yield open_page
    context.close()


@pytest.fixture(params=["book/index", "notebooks/02_grid_search"])
def seeds(opened, request):
    return opened(request.param).locator(".try")


def test_each_seed_has_the_winner_that_is_stored_and_its_worth_elsewhere(seeds):
    table = pd.read_csv(ROOT / "notebooks/trials/grids.csv.gz")
    cells = table.pivot(index="seed", columns=["n_estimators", "max_depth"], values="rmse")
    winners = set()
    for seed in range(12):
        trees, depth = cells.loc[seed].idxmin()
        winners.add((trees, depth))
        claimed, worth = cells.loc[seed].min(), cells.drop(index=seed)[trees, depth].mean()
        said = seeds.locator("p:not(.try-title)").nth(0).inner_text()
        assert said.startswith(f"Seed {seed}: the winner is {trees} trees, depth {depth}, with ")
        numbers = [float(number) for number in re.findall(r"5\d\.\d\d", said)]
        assert numbers == pytest.approx([claimed, worth], abs=0.006)
        assert (
            f"{len(winners)} different winner"
            in seeds.locator("p:not(.try-title)").nth(1).inner_text()
        )
        seeds.locator("button").focus()
        seeds.page.keyboard.press("Enter")


def test_after_the_last_seed_it_begins_anew(seeds):
    for _ in range(50):
        seeds.locator("button").click()
    assert (
        seeds.locator("p:not(.try-title)")
        .nth(1)
        .inner_text()
        .startswith("1 seed dealt, 1 different winner.")
    )


@pytest.fixture
def rounds(opened):
    return opened("notebooks/10_boosting").locator(".try")


@pytest.mark.parametrize("problem", ["diabetes", "cancer", "friedman"])
def test_rate_and_rounds_say_what_is_stored(rounds, problem):
    stops = pd.read_csv(ROOT / "notebooks/trials/stops.csv.gz")
    stops = stops[(stops["problem"] == problem) & (stops["patience"] == 10)]
    rounds.locator("select").select_option(problem)
    for seed, step in ((0, 0), (1, 4), (2, 2)):
        rounds.locator("input").fill(str(step))
        rate = sorted(stops["learning_rate"].unique())[step]
        at_rate = stops[stops["learning_rate"] == rate].set_index("seed")
        end, said = at_rate.loc[seed], rounds.locator("p:not(.try-title)").nth(0).inner_text()
        assert said.startswith(f"Deal {seed + 1}, rate {rate}: stops at round {end['rounds']:.0f} ")
        shown = [float(number) for number in re.findall(r"\d+\.\d+", said)][1:]
        expected = [end["valid"], end["test"], abs(end["test"] - end["valid"])]
        assert shown == pytest.approx(expected, rel=6e-3)
        worse = (at_rate["test"] > at_rate["valid"]).sum()
        assert (
            f"are worse in {worse}, by" in rounds.locator("p:not(.try-title)").nth(1).inner_text()
        )
        rounds.locator("button").click()


def test_its_curves_are_those_that_are_stored(rounds):
    table = pd.read_csv(ROOT / "notebooks/trials/rounds.csv.gz")
    rows = table.query("problem == 'cancer' and seed == 0 and learning_rate == 0.1")
    read = rounds.page.evaluate(
        "() => { const { scale, losses } = BOOSTING_CURVES.problems.cancer;"
        " return Array.from(TryParts.unpacked(losses), (n) => n / scale); }"
    )
    n = table["rounds"].nunique()
    begin = (0 * 5 + 2) * 2 * n
    assert read[begin : begin + n] == pytest.approx(rows["valid"].tolist(), abs=2e-5)
    assert read[begin + n : begin + 2 * n] == pytest.approx(rows["test"].tolist(), abs=2e-5)


@pytest.mark.parametrize(("first", "kept"), [(0, 3), (1, 2), (2, 1.5), (4, 3)])
def test_a_tournament_is_that_of_the_stored_pool(opened, first, kept):
    pool = pd.read_csv(ROOT / "notebooks/trials/halving.csv.gz")
    trees = [3, 9, 27, 81, 243]
    tab = opened("notebooks/08_successive_halving")
    seen = tab.evaluate("([first, kept]) => tournament(7, first, kept)", [first, kept])
    rows, grown, before = pool.loc[seen["rows"]], 0, 0
    assert len(set(seen["rows"])) == 81
    for rung, reached in zip(range(first, 5), seen["reached"], strict=True):
        assert set(rows.index) == set(reached)
        grown += len(rows) * (trees[rung] - before)
        before = trees[rung]
        if rung < 4:
            order = rows[f"trees_{trees[rung]}"].round(2).sort_values(kind="stable").index
            share = max(1, int(len(rows) / kept))
            cut = rows.loc[order[share - 1], f"trees_{trees[rung]}"]
            rows = pool.loc[seen["reached"][rung - first + 1]]
            assert len(rows) == share and rows[f"trees_{trees[rung]}"].max() <= cut + 0.005
    assert seen["trees"] == grown
    assert pool["trees_243"][seen["winner"]] == pytest.approx(rows["trees_243"].min(), abs=0.002)


@pytest.fixture
def model(opened):
    return opened("notebooks/04_bayesian_search").locator(".try")


@pytest.mark.parametrize(("length", "noise"), [(1, 0.1), (0.3, 0.02), (3, 0.6)])
def test_the_model_on_the_page_is_that_of_scikit_learn(model, length, noise):
    grid = np.log2(np.arange(1, 21))
    losses = pd.read_csv(ROOT / "notebooks/trials/grids.csv.gz").query(
        "n_estimators == 100 and seed == 3"
    )["rmse"].to_numpy()  # fmt: skip
    tried = [0, 4, 19, 2]
    x, y = grid[tried], losses[tried]
    regressor = GaussianProcessRegressor(
        RBF(length), alpha=noise**2, optimizer=None, normalize_y=True
    )
    mean, sd = regressor.fit(x[:, None], y).predict(grid[:, None], return_std=True)
    seen = model.page.evaluate(
        "([x, y, grid, length, noise]) => TryModel.posterior(x, y, grid, length, noise)",
        [x.tolist(), y.tolist(), grid.tolist(), length, noise],
    )
    assert np.array(seen)[:, 0] == pytest.approx(mean, abs=1e-6)
    assert np.array(seen)[:, 1] == pytest.approx(sd, abs=1e-5)
    z = (y.min() - mean) / sd
    improvement = (y.min() - mean) * norm.cdf(z) + sd * norm.pdf(z)
    shown = model.page.evaluate(
        "([mean, sd, lowest]) => mean.map((m, i) => TryModel.worth('', m, sd[i], lowest))",
        [mean.tolist(), sd.tolist(), float(y.min())],
    )
    assert shown == pytest.approx(improvement, abs=1e-5)


def test_the_model_is_stepped_by_keyboard_to_the_best_depth(model):
    for count in range(4, 21):
        model.locator("button").nth(0).focus()
        model.page.keyboard.press("Enter")
        assert (
            model.locator("p:not(.try-title)")
            .nth(0)
            .inner_text()
            .startswith(f"{count} depths tried")
        )
    assert "0.00 above the best there is." in model.locator("p:not(.try-title)").nth(0).inner_text()
    model.locator("button").nth(2).click()
    assert model.locator("p:not(.try-title)").nth(0).inner_text().startswith("3 depths tried")


@pytest.mark.parametrize("act", ["forest", "friedman1", "diabetes"])
def test_two_searches_are_compared_as_by_compare_pairs(opened, act):
    table = pd.read_csv(ROOT / f"notebooks/trials/{act}.csv.gz")
    tab = opened("notebooks/06_fair_race")

    def after(strategy, column, count):
        rows = table[(table["strategy"] == strategy) & (table["trial"] <= 25)]
        best = rows.loc[rows.groupby("seed")["loss"].idxmin()].sort_values("seed")
        return best[column].to_numpy()[:count]

    for rival, column, count, share in (
        ("Bayesian", "loss", 50, 0.002),
        ("TPE", "value", 12, 0.005),
        ("Sobol", "value", 33, 0.0),
    ):
        margin = share * table["loss"].min()
        pair = after(rival, column, count), after("random", column, count)
        found = compare_pairs(*pair, margin=margin)
        which = ["loss", "value"].index(column)
        seen = tab.evaluate("(a) => raced(...a)", [act, rival, 1, which, count, share])
        for name in ("mean", "low", "high"):
            assert seen[name] == pytest.approx(getattr(found, name), abs=3e-3), name
        assert (seen["verdict"], seen["matters"]) == (found.verdict, found.matters)
    box = tab.locator(".try")
    box.locator("select").nth(0).select_option(act)
    box.locator("select").nth(3).select_option("1")
    assert re.search(
        r"Verdict: (better|worse|tie|undecided)\. Does it",
        box.locator("p:not(.try-title)").inner_text(),
    )


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "page", ["04_bayesian_search", "06_fair_race", "08_successive_halving", "10_boosting"]
)
def test_each_label_stands_beside_its_control(browser, site, page, width):
    tab = browser.new_page(viewport={"width": width, "height": 800})
    tab.goto(f"{site.as_uri()}/notebooks/{page}.html")
    places = tab.locator(".try label").evaluate_all(
        """(all) => all.map((label) => {
            const own = label.getBoundingClientRect();
            const its = document.getElementById(label.htmlFor).getBoundingClientRect();
            return [its.left - own.right, (its.top + its.bottom - own.top - own.bottom) / 2];
        })"""
    )
    assert len(places) >= 2
    for beside, below in places:
        assert 0 <= beside < 120 and abs(below) < 12
    tab.close()


def test_they_weigh_little(site):
    for own in (
        ["try/seeds.js", "try_seeds.js"],
        ["try/depths.js", "try_model.js"],
        ["try/raced.js", "game/statistics.js", "try_ahead.js"],
        ["try/halving.js", "try_halving.js"],
        ["try/rounds.js", "try_rounds.js"],
    ):
        files = [site / "_static" / name for name in [*own, "try_parts.js"]]
        assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 120_000
