"""Make the stored trials of chapters 4 and 6 to 10: python tools/make_trials.py [NAME ...]

All of them, or those named (--help lists them). Each is a table of trials, NAME.csv.gz in
notebooks/trials; made.json says how it was made. With ``--fresh`` the races are run with other
seeds (of searches, forests and drawn data); only verdicts are kept, in fresh.csv, and they are
printed beside those of the stored trials.
"""

import argparse
import hashlib
import io
import json
import sys
import time
from importlib.metadata import version

import boosted
import numpy as np
import pandas as pd
from contestants import RIVALS, contestants, tpe_search
from joblib import Parallel, delayed
from paths import ROOT
from problems import (
    FOREST,
    KERNEL_RIDGE,
    SIX_SPACE,
    SVC_SPACE,
    THREE_KNOBS,
    KernelRidgeInFolds,
    LengthsInFolds,
    SixKnobs,
    SupportVectors,
    early_losses,
    fidelities,
    fold_losses,
    surfaces,
)
from scipy import optimize
from sklearn.datasets import load_digits, make_friedman1
from sklearn.model_selection import KFold, train_test_split

from sweeplib import Lookup, compare_pairs, forest_surface, load_split, race, random_search

PACKAGES = ["numpy", "scipy", "scikit-learn", "scikit-optimize", "optuna"]
FOLDER = ROOT / "notebooks/trials"
RUNS = 50
DEALS = 20


# The tables.


def grids(first):
    """The 400 cells of the original's grid, under 50 seeds of the forest."""
    maps = surfaces(range(first, first + RUNS))
    cells = [m.loc[50::50].stack().rename("rmse").reset_index().assign(seed=s)
             for s, m in maps.items()]  # fmt: skip
    table = pd.concat(cells, ignore_index=True)
    return table[["seed", "n_estimators", "max_depth", "rmse"]], None


def five_folds(first):
    """R² of the original's forest in five folds of the training rows, seed 42 + the first."""
    X, _, y, _ = load_split()
    maps = {}
    for k, (fitted, judged) in enumerate(KFold(5).split(X)):
        parts = [part.iloc[rows] for part in (X, y) for rows in (fitted, judged)]
        surface = forest_surface(*parts, random_state=42 + first, score="r2", n_jobs=2)
        maps[f"fold_{k}"] = surface.loc[50:].stack()
    return pd.DataFrame(maps).round(6).reset_index(), None


def forest(first):
    """Each run on a map of its own; ``value`` is the mean over 50 other maps."""
    maps = surfaces(range(first, first + RUNS))
    value = sum(surfaces(range(first + RUNS, first + 2 * RUNS)).values()) / RUNS
    runs = Parallel(n_jobs=2)(
        delayed(race)(contestants(FOREST, 100), Lookup(m), 100, [seed]) for seed, m in maps.items()
    )
    table = pd.concat(runs, ignore_index=True)
    floors = {seed: m.loc[50:].to_numpy().min() for seed, m in maps.items()}
    table["value"] = read(value, table)
    table["regret"] = table["loss"] - table["seed"].map(floors)
    return table.drop(columns="elapsed"), float(value.loc[50:].to_numpy().min())


def noisy(first):
    """Each trial on the map of another seed; ``value`` as above."""
    maps = list(surfaces(range(first, first + RUNS)).values())
    value = sum(surfaces(range(first + RUNS, first + 2 * RUNS)).values()) / RUNS
    names = ["random", "Sobol", "Bayesian", "TPE"]
    chosen = {name: contestants(FOREST, 100)[name] for name in names}

    def run(name, seed):
        rng = np.random.default_rng(seed)  # trial by trial the same map for all

        def another_forest(n_estimators, max_depth):
            return {"rmse": maps[rng.integers(RUNS)].loc[n_estimators, max_depth]}

        return race({name: chosen[name]}, another_forest, 50, [seed])

    runs = Parallel(n_jobs=2)(
        delayed(run)(name, seed) for name in names for seed in range(first, first + RUNS)
    )
    table = pd.concat(runs, ignore_index=True)
    table["value"] = read(value, table)
    return table.drop(columns="elapsed"), float(value.loc[50:].to_numpy().min())


def friedman1(first):
    """Kernel ridge on 300 drawn rows, 5 folds; ``value`` is its RMSE on 5000 more."""
    X, y = make_friedman1(300, noise=1.0, random_state=first)
    return kernel_ridge_race(first, X, y, *make_friedman1(5000, noise=1.0, random_state=first + 1))


def diabetes(first):
    """Kernel ridge on the training rows in 5 folds; ``value`` is its held-out RMSE."""
    # The book's split; other people are held out with fresh seeds.
    X, X_test, y, y_test = map(np.asarray, load_split(42 + first, scaled=False))
    return kernel_ridge_race(first, X, y, X_test, y_test)


def kernel_ridge_race(first, X, y, X_fresh, y_fresh):
    objective = KernelRidgeInFolds(X, y, first)
    seeds = range(first, first + RUNS)
    players = contestants(KERNEL_RIDGE, 49)
    at_random = {"random": players.pop("random")}
    table = pd.concat(
        [
            race(players, objective, 49, seeds, n_jobs=2),
            race(at_random, objective, 100, seeds, n_jobs=2),
        ],
        ignore_index=True,
    )
    table["value"] = values_of_leads(table, objective, X_fresh, y_fresh)
    start = np.log(table.loc[table["loss"].idxmin(), ["alpha", "gamma"]].astype(float))
    polished = optimize.minimize(
        lambda point: objective(*np.exp(point))["rmse"], start, method="Nelder-Mead"
    )
    lowest = min(polished.fun, table["loss"].min())
    return table.drop(columns="elapsed"), float(lowest)


def values_of_leads(table, objective, X_fresh, y_fresh):
    """The value of each trial that was the best so far; empty for the others."""
    leads = table[table["loss"] == table["best_so_far"]]
    values = {
        pair: objective.fresh(*pair, X_fresh, y_fresh)
        for pair in set(zip(leads["alpha"], leads["gamma"], strict=True))
    }
    pairs = zip(table["alpha"], table["gamma"], strict=True)
    return [values.get(pair) for pair in pairs]


def tpe_alone(first):
    """TPE with a model of each knob by itself on friedman1; values as there."""
    X, y = make_friedman1(300, noise=1.0, random_state=first)
    objective = KernelRidgeInFolds(X, y, first)
    alone = {"TPE alone": lambda seed: tpe_search(KERNEL_RIDGE, seed, multivariate=False)}
    table = race(alone, objective, 49, range(first, first + RUNS), n_jobs=2)
    fresh = make_friedman1(5000, noise=1.0, random_state=first + 1)
    table["value"] = values_of_leads(table, objective, *fresh)
    return table.drop(columns="elapsed"), None


def read(surface, table):
    """The cell of a surface for each row of a table."""
    settings = zip(table["n_estimators"], table["max_depth"], strict=True)
    return [surface.loc[cell] for cell in settings]


def lengths(first):
    """Kernel ridge, a gamma for each of 7 columns; ``value`` from 5000 more rows."""
    X, y = make_friedman1(300, n_features=7, noise=1.0, random_state=first)
    fresh = make_friedman1(5000, n_features=7, noise=1.0, random_state=first + 1)
    objective = LengthsInFolds(X, y, first)
    return three_searches(objective, objective.space, first, lambda s: objective.fresh(s, *fresh))


def svc(first):
    """Support vectors, 600 digits in 3 folds; ``value`` is the error on the others."""
    X, y = load_digits(return_X_y=True)
    parts = train_test_split(X / 16, y, train_size=600, stratify=y, random_state=first)
    objective = SupportVectors(*parts, first)
    return three_searches(objective, SVC_SPACE, first, objective.fresh, minimize="error_rate")


def six(first):
    """Six knobs of 50 trees by out-of-bag RMSE; ``value`` is the held-out RMSE."""
    X, X_test, y, y_test = load_split(42 + first)
    objective = SixKnobs(X, y, first)
    return three_searches(
        objective, SIX_SPACE, first, lambda setting: objective.fresh(setting, X_test, y_test)
    )


def three_searches(objective, space, first, value, minimize="rmse"):
    """Random, Bayesian and TPE, 25 runs of 50 trials; the value of each best so far."""
    players = {n: contestants(space, 49)[n] for n in ("random", "Bayesian", "TPE")}
    table = race(players, objective, 50, range(first, first + 25), n_jobs=2, minimize=minimize)
    leads = table["loss"] == table["best_so_far"]
    settings = table.loc[leads, list(space)].drop_duplicates().to_dict("records")
    values = Parallel(n_jobs=2)(delayed(value)(setting) for setting in settings)
    known = {tuple(s.values()): v for s, v in zip(settings, values, strict=True)}
    rows = table[list(space)].itertuples(index=False, name=None)
    table["value"] = [known.get(row) for row in rows]
    return table.drop(columns="elapsed"), float(table["loss"].min())


def halving(first):
    """400 settings of a forest at 3 … 243 trees; ``value`` is that of 5 other seeds."""
    settings = next(random_search(THREE_KNOBS, first, batch=400))
    rows = Parallel(n_jobs=2)(delayed(fidelities)(setting, first) for setting in settings)
    return pd.DataFrame(rows), None


def halving_again(first):
    """The same settings, by their row, with eleven other seeds."""
    settings = next(random_search(THREE_KNOBS, first, batch=400))
    asked = [(row, seed) for seed in range(first + 6, first + 17) for row in range(400)]
    losses = Parallel(n_jobs=2)(delayed(early_losses)(settings[row], seed) for row, seed in asked)
    rows = [
        {"setting": row, "seed": seed, **own}
        for (row, seed), own in zip(asked, losses, strict=True)
    ]
    return pd.DataFrame(rows).round(6), None


def folds(first):
    """300 settings of a forest in each of 10 folds; ``value`` is the mean over 3 other shuffles."""
    settings = next(random_search(THREE_KNOBS, first, batch=300))
    losses = Parallel(n_jobs=2)(
        delayed(fold_losses)(setting, range(first, first + 4)) for setting in settings
    )
    rows = [
        {**setting, **{f"fold_{k}": loss for k, loss in enumerate(own[:10])},
         "value": np.mean(own[10:])}
        for setting, own in zip(settings, losses, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows), None


def rounds(first):
    """Boosting's losses after 1 … 400 rounds at five rates, on three problems in 20 deals."""
    return dealt(lambda problem, seed: boosted.curves(problem, seed)[0], first)


def stops(first):
    """Where early stopping ends in these curves, by patience."""
    return dealt(lambda problem, seed: boosted.curves(problem, seed)[1], first)


def boosting(first):
    """Boosting's defaults (trial 0) and 16 random settings on the same deals."""
    return dealt(boosted.settings, first)


def rivals(first):
    """Boosting with rounds from five folds, its defaults, a line and a forest on the same."""
    return dealt(boosted.rivals, first)


def rivals_again(first):
    """The same on twenty fresh deals."""
    return rivals(first + 100)


def dealt(make, first):
    tables = Parallel(n_jobs=2)(
        delayed(make)(problem, seed)
        for problem in boosted.PROBLEMS
        for seed in range(first, first + DEALS)
    )
    return pd.concat(tables, ignore_index=True), None


TABLES = {
    made.__name__: made
    for made in (
        five_folds, grids, forest, noisy, friedman1, diabetes, halving, halving_again, folds,
        lengths, svc, six, rounds, stops, boosting, rivals, rivals_again, tpe_alone,
    )
}  # fmt: skip
WHOLE = {
    "forest": 100,
    "friedman1": 49,
    "diabetes": 49,
    "lengths": 50,
    "svc": 50,
    "six": 50,
}


# What the tables say.


def after(table, strategy, trials, column):
    """One number a run: the column at its best trial among the first ``trials``."""
    if strategy.endswith("grid"):
        strategy = f"{strategy}, {trials}"
    runs = table[(table["strategy"] == strategy) & (table["trial"] <= trials)]
    return runs.loc[runs.groupby("seed")["loss"].idxmin()].set_index("seed")[column]


def verdicts(name, table):
    """Each rival against random search after 25 trials and after all, judged twice."""
    margin = 0.002 * table["loss"].min()
    raced = {strategy.split(",")[0] for strategy in table["strategy"]}
    rivals = [rival for rival in RIVALS if rival in raced]
    rows = []
    for trials in (25, WHOLE[name]):
        for column in ("loss", "value"):
            at_random = after(table, "random", trials, column)
            for rival in rivals:
                runs = after(table, rival, trials, column)
                found = compare_pairs(
                    runs, at_random, confidence=1 - 0.05 / len(rivals), margin=margin
                )
                rows.append({"act": name, "trials": trials, "judged by": column,
                             "rival": rival, **found._asdict()})  # fmt: skip
    return pd.DataFrame(rows)


def compressed(table) -> bytes:
    buffer = io.BytesIO()
    table.to_csv(buffer, index=False, float_format="%.10g",
                 compression={"method": "gzip", "mtime": 0})  # fmt: skip
    return buffer.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TABLES))
    parser.add_argument("--fresh", action="store_true", help="other seeds, verdicts only")
    options = parser.parse_args()
    if unknown := set(options.names) - set(TABLES):
        parser.error(f"no table {sorted(unknown)}: there are {', '.join(TABLES)}")
    if options.fresh:
        race_afresh([name for name in WHOLE if name in (options.names or WHOLE)])
        return
    record = FOLDER / "made.json"
    made = json.loads(record.read_text()) if record.exists() else {}
    for name in options.names or TABLES:
        begin = time.perf_counter()
        table, floor = TABLES[name](0)
        content = compressed(table)
        seeds = table.get("seed", [0])
        (FOLDER / f"{name}.csv.gz").write_bytes(content)
        made[name] = {
            "what": TABLES[name].__doc__,
            "seeds": f"{min(seeds)} to {max(seeds)}",
            "rows": len(table),
            "lowest": floor,
            "sha256": hashlib.sha256(content).hexdigest(),
            "made on": time.strftime("%Y-%m-%d"),
            "minutes": round((time.perf_counter() - begin) / 60, 1),
            "versions": {name: version(name) for name in PACKAGES},
        }
        record.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
        print(f"{name}: {len(table)} rows in {made[name]['minutes']} min", flush=True)


def race_afresh(names) -> None:
    """Run the acts with other seeds, and print where a verdict changed."""
    keys = ["act", "trials", "judged by", "rival"]
    stored = pd.concat(verdicts(name, pd.read_csv(FOLDER / f"{name}.csv.gz")) for name in names)
    again = pd.concat(verdicts(name, TABLES[name](1000)[0]) for name in names)
    both = stored.merge(again, on=keys, suffixes=("", ", fresh seeds"))
    shown = [*keys, "mean", "verdict", "mean, fresh seeds", "verdict, fresh seeds"]
    print(both[shown].to_string(index=False, float_format="{:.3f}".format))
    changed = (both["verdict"] != both["verdict, fresh seeds"]).sum()
    print(f"{changed} of {len(both)} verdicts changed")
    file = FOLDER / "fresh.csv"
    if file.exists():
        kept = pd.read_csv(file)
        again = pd.concat([kept[~kept["act"].isin(names)], again])
    again.to_csv(file, index=False, float_format="%.6g")


if __name__ == "__main__":
    sys.exit(main())
