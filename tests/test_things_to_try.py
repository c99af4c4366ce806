"""What can be tried on a page says what the stored numbers say."""

import re

import pandas as pd
import pytest
from paths import ROOT


@pytest.fixture
def seeds(browser, site):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    tab = context.new_page()
    tab.goto(f"{site.as_uri()}/notebooks/02_grid_search.html")
    yield tab.locator(".try")
    context.close()


def test_each_seed_has_the_winner_that_is_stored_and_its_worth_elsewhere(seeds):
    table = pd.read_csv(ROOT / "notebooks/trials/grids.csv.gz")
    cells = table.pivot(index="seed", columns=["n_estimators", "max_depth"], values="rmse")
    winners = set()
    for seed in range(12):
        trees, depth = cells.loc[seed].idxmin()
        winners.add((trees, depth))
        claimed, worth = cells.loc[seed].min(), cells.drop(index=seed)[trees, depth].mean()
        said = seeds.locator("p").nth(0).inner_text()
        assert said.startswith(f"Seed {seed}: the winner is {trees} trees, depth {depth}, with ")
        numbers = [float(number) for number in re.findall(r"5\d\.\d\d", said)]
        assert numbers == pytest.approx([claimed, worth], abs=0.006)
        assert f"{len(winners)} different winner" in seeds.locator("p").nth(1).inner_text()
        seeds.locator("button").focus()
        seeds.page.keyboard.press("Enter")


def test_after_the_last_seed_it_begins_anew(seeds):
    for _ in range(50):
        seeds.locator("button").click()
    assert seeds.locator("p").nth(1).inner_text().startswith("1 seed dealt, 1 different winner.")


def test_it_weighs_little(site):
    files = [*(site / "_static/try").iterdir(), site / "_static/try_seeds.js"]
    assert sum(file.stat().st_size for file in files) < 120_000
