"""The stored tables of chapters 4 and 6 to 10: some rows, other ones every day, made again."""

import hashlib
import json
from datetime import date
from importlib.metadata import version

import boosted
import make_trials
import numpy as np
import pandas as pd
import problems
import pytest
from contestants import contestants
from paths import ROOT
from sklearn.datasets import make_friedman1
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import KFold

from sweeplib import forest_surface, load_split, run_model

TRIALS = ROOT / "notebooks/trials"
MADE = json.loads((TRIALS / "made.json").read_text(encoding="utf-8"))
TODAY = date.today().toordinal()


def table(name):
    return pd.read_csv(TRIALS / f"{name}.csv.gz")


def handful(name, n=4, only=slice(None)):
    rows = table(name)[only]
    return rows.sample(n, random_state=TODAY).to_dict("records")


@pytest.mark.parametrize("name", make_trials.TABLES)
def test_a_stored_table_is_the_one_that_was_recorded(name):
    content = (TRIALS / f"{name}.csv.gz").read_bytes()
    assert hashlib.sha256(content).hexdigest() == MADE[name]["sha256"]
    assert len(table(name)) == MADE[name]["rows"]
    seeds = table(name).get("seed", pd.Series([0]))
    assert MADE[name]["seeds"] == f"{seeds.min()} to {seeds.max()}"


def test_cells_of_the_five_folds_are_what_a_forest_scores():
    X, _, y, _ = load_split()
    for k, row in enumerate(handful("five_folds", 5)):
        fitted, judged = list(KFold(5).split(X))[k]
        forest = RandomForestRegressor(
            int(row["n_estimators"]), max_depth=int(row["max_depth"]), random_state=42
        )
        score = forest.fit(X.iloc[fitted], y.iloc[fitted]).score(X.iloc[judged], y.iloc[judged])
        assert score == pytest.approx(row[f"fold_{k}"], abs=1e-6)


def test_cells_of_the_grids_are_what_a_forest_scores():
    for row in handful("grids", 2):
        grid = forest_surface(*load_split(), random_state=row["seed"], exact=False)
        assert grid.loc[row["n_estimators"], row["max_depth"]] == pytest.approx(row["rmse"])
    # At depth 20 nearly no tree is cut, so a plain fit comes close to the map as well.
    deep = table("grids").query("max_depth == 20 and n_estimators == 100").iloc[TODAY % 50]
    fitted = run_model(*load_split(), 100, 20, random_state=int(deep["seed"]))
    assert fitted.rmse == pytest.approx(deep["rmse"], abs=0.3)


def test_trials_of_the_forest_race_are_cells_of_their_map():
    for row in handful("forest", 2):
        surface = forest_surface(*load_split(), random_state=row["seed"], exact=False)
        cell = surface.loc[row["n_estimators"], row["max_depth"]]
        assert cell == pytest.approx(row["loss"])
        assert cell - surface.loc[50:].to_numpy().min() == pytest.approx(row["regret"], abs=1e-8)


@pytest.mark.parametrize("name", ["forest", "noisy"])
def test_the_value_of_a_setting_is_its_mean_over_other_maps(name):
    small = table(name)["n_estimators"] < 100
    (row,) = handful(name, 1, only=small)
    n = row["n_estimators"]
    maps = [
        forest_surface(*load_split(), n, random_state=seed, exact=False).loc[n, row["max_depth"]]
        for seed in range(make_trials.RUNS, 2 * make_trials.RUNS)
    ]
    assert np.mean(maps) == pytest.approx(row["value"])


@pytest.mark.parametrize("name", ["friedman1", "diabetes", "tpe_alone"])
def test_trials_of_the_kernel_ridge_races_are_what_the_model_scores(name):
    if name != "diabetes":
        X, y = make_friedman1(300, noise=1.0, random_state=0)
        X_fresh, y_fresh = make_friedman1(5000, noise=1.0, random_state=1)
    else:
        X, X_fresh, y, y_fresh = map(np.asarray, load_split(scaled=False))
    objective = problems.KernelRidgeInFolds(X, y, 0)
    for row in handful(name, 10):
        again = objective(row["alpha"], row["gamma"])["rmse"]
        assert again == pytest.approx(row["loss"], rel=1e-5)
    for row in handful(name, 3, only=table(name)["value"].notna()):
        again = objective.fresh(row["alpha"], row["gamma"], X_fresh, y_fresh)
        assert again == pytest.approx(row["value"], rel=1e-5)


def test_settings_of_the_halving_pool_score_alike_at_every_fidelity():
    for row in handful("halving", 2):
        again = problems.fidelities({name: row[name] for name in problems.THREE_KNOBS}, 0)
        assert again == pytest.approx(row)


def test_settings_of_the_halving_pool_score_alike_with_the_other_seeds():
    for row in handful("halving_again", 4):
        setting = table("halving").loc[row["setting"], list(problems.THREE_KNOBS)].to_dict()
        setting = {k: v if k == "max_features" else int(v) for k, v in setting.items()}
        again = problems.early_losses(setting, int(row["seed"]))
        assert again == pytest.approx({name: row[name] for name in again}, abs=1e-6)


def test_settings_of_the_pool_of_folds_score_alike_in_every_fold():
    for row in handful("folds", 1):
        setting = {name: row[name] for name in problems.THREE_KNOBS}
        again = problems.fold_losses(setting, range(4))
        assert again[:10] == pytest.approx([row[f"fold_{k}"] for k in range(10)])
        assert np.mean(again[10:]) == pytest.approx(row["value"])


def same(again, stored):
    """Equal to the digits that are stored, where the rows are the same."""
    problem, seed = again["problem"].iloc[0], again["seed"].iloc[0]
    rows = (stored["problem"] == problem) & (stored["seed"] == seed)
    stored = stored[rows].head(len(again))
    pd.testing.assert_frame_equal(
        again.reset_index(drop=True), stored.reset_index(drop=True), check_dtype=False, rtol=1e-5
    )


@pytest.mark.parametrize("problem", boosted.PROBLEMS)
def test_boosting_scores_again_what_is_stored(problem, monkeypatch):
    seed = TODAY % make_trials.DEALS
    monkeypatch.setattr(boosted, "RATES", boosted.RATES[:1])
    curves, stops = boosted.curves(problem, seed)
    same(curves.reset_index(drop=True), table("rounds"))
    same(stops, table("stops"))
    same(boosted.settings(problem, seed, n_settings=1), table("boosting"))


@pytest.mark.parametrize(("name", "first"), [("rivals", 0), ("rivals_again", 100)])
def test_the_rivals_of_boosting_score_again_what_is_stored(name, first):
    same(boosted.rivals("diabetes", first + TODAY % make_trials.DEALS), table(name))


@pytest.mark.parametrize("name", ["lengths", "svc", "six"])
def test_trials_of_many_knobs_are_what_the_model_scores(name, monkeypatch):
    kept = {}

    def keep(objective, space, first, value, minimize="rmse"):
        kept.update(objective=objective, space=space, value=value, score=minimize)

    monkeypatch.setattr(make_trials, "three_searches", keep)
    make_trials.TABLES[name](0)
    objective, space, value = kept["objective"], kept["space"], kept["value"]
    for row in handful(name, 4):
        again = objective(**{knob: row[knob] for knob in space})[kept["score"]]
        assert again == pytest.approx(row["loss"], rel=1e-5)
    for row in handful(name, 2, only=table(name)["value"].notna()):
        assert value({knob: row[knob] for knob in space}) == pytest.approx(row["value"], rel=1e-5)


@pytest.mark.parametrize("name", ["forest", "friedman1"])
def test_the_contestants_ask_again_for_what_they_asked_for(name):
    if any(version(package) != MADE[name]["versions"][package] for package in make_trials.PACKAGES):
        pytest.skip("other versions than the table was made with may draw otherwise")
    space = {"forest": problems.FOREST, "friedman1": problems.KERNEL_RIDGE}[name]
    rows, seed = table(name), TODAY % make_trials.RUNS
    for strategy, player in contestants(space, make_trials.WHOLE[name]).items():
        # Trees turn on the last digit of a loss, which the table rounds: only their first ten.
        first = 10 if strategy == "forest surrogate" else 13
        run = rows[(rows["strategy"] == strategy) & (rows["seed"] == seed)].head(first)
        search, asked, losses = player(seed), [], None
        while len(asked) < len(run):
            batch = search.send(losses)
            asked += batch
            losses = run["loss"].tolist()[len(asked) - len(batch) : len(asked)]
            losses += [np.inf] * (len(batch) - len(losses))
        for hyperparameter in space:
            expected = [setting[hyperparameter] for setting in asked[: len(run)]]
            assert run[hyperparameter].tolist() == pytest.approx(expected), strategy


def test_the_fresh_verdicts_come_from_other_runs():
    fresh = pd.read_csv(TRIALS / "fresh.csv")
    for name, runs in fresh.groupby("act"):
        stored = make_trials.verdicts(name, table(name))
        both = stored.merge(runs, on=["act", "trials", "judged by", "rival"])
        assert len(both) == len(stored)
        # A mean alone may recur by chance where losses move in steps; not with its spread.
        same = [np.isclose(both[f"{n}_x"], both[f"{n}_y"], rtol=1e-3) for n in ("mean", "sd")]
        assert not np.logical_and(*same).any()
