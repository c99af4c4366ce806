"""Make the stored tables of chapters 6 to 9: python notebooks/races/make.py [NAME ...]

All of them, or those named (--help lists them). Each is a table of trials in
NAME.csv.gz; races.json says how it was made. With ``--fresh``
the races are run with other seeds (of searches, forests and drawn data); only verdicts
are kept, in fresh.csv, and they are printed beside those of the stored tables.
"""

import argparse
import hashlib
import io
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
from joblib import Parallel, delayed
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_digits, make_friedman1
from sklearn.ensemble import RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from skopt.space import Categorical, Integer, Real

from sweeplib import (
    CrossValidated,
    Lookup,
    bayesian_search,
    compare_pairs,
    forest_surface,
    gradient_descent,
    grid_search,
    load_split,
    race,
    random_search,
    sobol_search,
)

PACKAGES = ["numpy", "scipy", "scikit-learn", "scikit-optimize", "optuna"]
HERE = Path(__file__).resolve().parent
RUNS = 50
FOREST = {"n_estimators": Integer(50, 1000), "max_depth": Integer(1, 20)}
KERNEL_RIDGE = {
    "alpha": Real(1e-6, 10, prior="log-uniform"),
    "gamma": Real(1e-4, 10, prior="log-uniform"),
}
# The rivals of random search; a grid is made for its budget.
RIVALS = [
    "grid", "shifted grid", "Sobol", "Bayesian", "forest surrogate", "TPE",
    "hill climbing", "gradient descent",
]  # fmt: skip


# The contestants that are not in the library.


def tpe_search(space, seed):
    """Optuna's tree-structured Parzen estimator, with its own settings."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    ranges = {name: distribution(knob) for name, knob in space.items()}
    while True:
        trial = study.ask(ranges)
        (loss,) = yield [dict(trial.params)]
        study.tell(trial, loss)


def distribution(knob):
    """Optuna's word for a skopt dimension."""
    if isinstance(knob, Categorical):
        return optuna.distributions.CategoricalDistribution(list(knob.categories))
    log = knob.prior == "log-uniform"
    if isinstance(knob, Integer):
        return optuna.distributions.IntDistribution(knob.low, knob.high, log=log)
    return optuna.distributions.FloatDistribution(knob.low, knob.high, log=log)


def hill_climbing(space, seed):
    """To the best neighbour while that is lower; else from another random setting."""
    starts = (setting for batch in random_search(space, seed) for setting in batch)
    for here in starts:
        (loss,) = yield [here]
        while True:
            around = list(neighbours(space, here))
            losses = yield around
            if min(losses) >= loss:
                break
            loss, here = min(losses), around[np.argmin(losses)]


def neighbours(space, setting):
    """A twentieth of the range up and down, one knob at a time."""
    for name, knob in space.items():
        for sign in (1, -1):
            if isinstance(knob, Integer):
                value = setting[name] + sign * max(1, (knob.high - knob.low) // 20)
            else:
                value = setting[name] * (knob.high / knob.low) ** (sign / 20)
            if knob.low <= value <= knob.high:
                yield setting | {name: value}


def even_grid(space, k, seed=None):
    """k × k settings: from end to end, or with a seed begun at a random place."""
    starts = (
        None if seed is None else np.random.RandomState(seed).random_sample(len(space))
    )
    grid = {}
    for i, (name, knob) in enumerate(space.items()):
        shares = (
            np.linspace(0, 1, k) if starts is None else (starts[i] + np.arange(k)) / k
        )
        if isinstance(knob, Integer):
            width = knob.high - knob.low + (starts is not None)
            grid[name] = [int(knob.low + share * width) for share in shares]
        else:
            grid[name] = [
                knob.low * (knob.high / knob.low) ** share for share in shares
            ]
    return grid_search(grid)


def contestants(space, budget):
    """Name → strategy with a seed, for a whole budget; grids for it and for 25."""
    side = int(budget**0.5)
    return {
        "random": lambda seed: random_search(space, seed),
        "grid, 25": lambda seed: even_grid(space, 5),
        f"grid, {budget}": lambda seed: even_grid(space, side),
        "shifted grid, 25": lambda seed: even_grid(space, 5, seed),
        f"shifted grid, {budget}": lambda seed: even_grid(space, side, seed),
        "Sobol": lambda seed: sobol_search(space, seed),
        "Bayesian": lambda seed: bayesian_search(space, seed),
        "forest surrogate": lambda seed: bayesian_search(space, seed, surrogate="ET"),
        "TPE": lambda seed: tpe_search(space, seed),
        "hill climbing": lambda seed: hill_climbing(space, seed),
        "gradient descent": lambda seed: gradient_descent(space, seed),
    }


# The tables.


def grids(first):
    """The 400 cells of the original's grid, under 50 seeds of the forest."""
    maps = surfaces(range(first, first + RUNS))
    cells = [m.loc[50::50].stack().rename("rmse").reset_index().assign(seed=s)
             for s, m in maps.items()]  # fmt: skip
    table = pd.concat(cells, ignore_index=True)
    return table[["seed", "n_estimators", "max_depth", "rmse"]], None


def forest(first):
    """Each run on a map of its own; ``value`` is the mean over 50 other maps."""
    maps = surfaces(range(first, first + RUNS))
    value = sum(surfaces(range(first + RUNS, first + 2 * RUNS)).values()) / RUNS
    runs = Parallel(n_jobs=2)(
        delayed(race)(contestants(FOREST, 100), Lookup(m), 100, [seed])
        for seed, m in maps.items()
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
        delayed(run)(name, seed)
        for name in names
        for seed in range(first, first + RUNS)
    )
    table = pd.concat(runs, ignore_index=True)
    table["value"] = read(value, table)
    return table.drop(columns="elapsed"), float(value.loc[50:].to_numpy().min())


def friedman1(first):
    """Kernel ridge on 300 drawn rows, 5 folds; ``value`` is its RMSE on 5000 more."""
    X, y = make_friedman1(300, noise=1.0, random_state=first)
    return kernel_ridge_race(
        first, X, y, *make_friedman1(5000, noise=1.0, random_state=first + 1)
    )


def diabetes(first):
    """Kernel ridge on the training rows in 5 folds; ``value`` is its held-out RMSE."""
    # The book's split; other people are held out with fresh seeds.
    X, X_test, y, y_test = map(np.asarray, load_split(42 + first, scaled=False))
    return kernel_ridge_race(first, X, y, X_test, y_test)


def kernel_ridge_race(first, X, y, X_fresh, y_fresh):
    objective = KernelRidgeInFolds(X, y, first)
    seeds = range(first, first + RUNS)
    players = contestants(KERNEL_RIDGE, 49)
    darts = {"random": players.pop("random")}
    table = pd.concat(
        [
            race(players, objective, 49, seeds, n_jobs=2),
            race(darts, objective, 100, seeds, n_jobs=2),
        ],
        ignore_index=True,
    )
    # The value of each trial that was the best so far; empty for the others.
    leads = table[table["loss"] == table["best_so_far"]]
    values = {
        pair: objective.fresh(*pair, X_fresh, y_fresh)
        for pair in set(zip(leads["alpha"], leads["gamma"], strict=True))
    }
    pairs = zip(table["alpha"], table["gamma"], strict=True)
    table["value"] = [values.get(pair) for pair in pairs]
    start = np.log(table.loc[table["loss"].idxmin(), ["alpha", "gamma"]].astype(float))
    polished = minimize(
        lambda p: objective(*np.exp(p))["rmse"], start, method="Nelder-Mead"
    )
    lowest = min(polished.fun, table["loss"].min())
    return table.drop(columns="elapsed"), float(lowest)


class KernelRidgeInFolds:
    """Mean RMSE of a kernel ridge over five folds, all standardised in each."""

    def __init__(self, X, y, seed):
        ridge = make_pipeline(StandardScaler(), KernelRidge(kernel="rbf"))
        model = TransformedTargetRegressor(ridge, transformer=StandardScaler())
        folds = KFold(5, shuffle=True, random_state=seed)
        self.in_folds = CrossValidated(model, X, y, cv=folds)

    def __call__(self, alpha, gamma):
        return {"rmse": self.in_folds(**self.named(alpha, gamma))["rmse"]}

    def fresh(self, alpha, gamma, X, y):
        """RMSE on other rows of the model fitted to all the rows of the folds."""
        model = clone(self.in_folds.estimator).set_params(**self.named(alpha, gamma))
        return root_mean_squared_error(
            y, model.fit(self.in_folds.X, self.in_folds.y).predict(X)
        )

    @staticmethod
    def named(alpha, gamma):
        return {
            "regressor__kernelridge__alpha": alpha,
            "regressor__kernelridge__gamma": gamma,
        }


def read(surface, table):
    """The cell of a surface for each row of a table."""
    settings = zip(table["n_estimators"], table["max_depth"], strict=True)
    return [surface.loc[cell] for cell in settings]


def lengths(first):
    """Kernel ridge, a gamma for each of 7 columns; ``value`` from 5000 more rows."""
    X, y = make_friedman1(300, n_features=7, noise=1.0, random_state=first)
    fresh = make_friedman1(5000, n_features=7, noise=1.0, random_state=first + 1)
    objective = LengthsInFolds(X, y, first)
    return three_searches(
        objective, objective.space, first, lambda s: objective.fresh(s, *fresh)
    )


class LengthsInFolds:
    """Mean RMSE over five folds of a kernel ridge with a gamma for each column."""

    def __init__(self, X, y, seed):
        self.X, self.y = X, y
        self.space = {
            f"gamma_{i}": Real(1e-3, 10, prior="log-uniform") for i in range(X.shape[1])
        }
        self.model = TransformedTargetRegressor(
            KernelRidge(alpha=1e-2, kernel="rbf", gamma=1), transformer=StandardScaler()
        )
        self.folds = KFold(5, shuffle=True, random_state=seed)

    def __call__(self, **gammas):
        stretched = self.X * np.sqrt(list(gammas.values()))
        return CrossValidated(self.model, stretched, self.y, cv=self.folds)()

    def fresh(self, gammas, X, y):
        stretch = np.sqrt(list(gammas.values()))
        model = clone(self.model).fit(self.X * stretch, self.y)
        return root_mean_squared_error(y, model.predict(X * stretch))


def svc(first):
    """Support vectors, 600 digits in 3 folds; ``value`` is the error on the others."""
    X, y = load_digits(return_X_y=True)
    parts = train_test_split(X / 16, y, train_size=600, stratify=y, random_state=first)
    objective = SupportVectors(*parts, first)
    return three_searches(objective, SVC_SPACE, first, objective.fresh)


SVC_SPACE = {
    "kernel": Categorical(["rbf", "poly"]),
    "C": Real(1e-2, 1e3, prior="log-uniform"),
    "gamma": Real(1e-5, 1, prior="log-uniform"),
    "degree": Integer(2, 5),
}


class SupportVectors:
    """Share of errors; the degree counts for the polynomial kernel only."""

    def __init__(self, X, X_other, y, y_other, seed):
        self.other = X_other, y_other
        folds = StratifiedKFold(3, shuffle=True, random_state=seed)
        self.in_folds = CrossValidated(SVC(), X, y, cv=folds)

    def __call__(self, **setting):
        return {"rmse": self.in_folds(**setting)["error_rate"]}

    def fresh(self, setting):
        model = SVC(**setting).fit(self.in_folds.X, self.in_folds.y)
        return 1 - model.score(*self.other)


def six(first):
    """Six knobs of 50 trees by out-of-bag RMSE; ``value`` is the held-out RMSE."""
    X, X_test, y, y_test = load_split(42 + first)

    def forest(max_samples, **setting):
        rows = int(max_samples * len(X))  # scikit-learn before 1.9 rounds a share
        model = RandomForestRegressor(
            50, oob_score=True, random_state=first, max_samples=rows, **setting
        )
        return model.fit(X, y)

    def out_of_bag(**setting):
        known = np.nan_to_num(forest(**setting).oob_prediction_, nan=y.mean())
        return {"rmse": root_mean_squared_error(y, known)}

    def held_out(setting):
        return root_mean_squared_error(y_test, forest(**setting).predict(X_test))

    return three_searches(out_of_bag, SIX_SPACE, first, held_out)


SIX_SPACE = {
    "max_depth": Integer(2, 20),
    "min_samples_leaf": Integer(1, 30),
    "min_samples_split": Integer(2, 30),
    "max_features": Real(0.1, 1),
    "max_samples": Real(0.3, 1),
    "ccp_alpha": Real(1e-1, 1e3, prior="log-uniform"),
}


def three_searches(objective, space, first, value):
    """Random, Bayesian and TPE, 25 runs of 50 trials; the value of each best so far."""
    players = {
        name: contestants(space, 49)[name] for name in ("random", "Bayesian", "TPE")
    }
    table = race(players, objective, 50, range(first, first + 25), n_jobs=2)
    leads = table["loss"] == table["best_so_far"]
    settings = table.loc[leads, list(space)].drop_duplicates().to_dict("records")
    values = Parallel(n_jobs=2)(delayed(value)(setting) for setting in settings)
    known = {tuple(s.values()): v for s, v in zip(settings, values, strict=True)}
    rows = table[list(space)].itertuples(index=False, name=None)
    table["value"] = [known.get(row) for row in rows]
    return table.drop(columns="elapsed"), float(table["loss"].min())


def surfaces(seeds):
    maps = Parallel(n_jobs=2)(
        delayed(forest_surface)(*load_split(), random_state=seed, exact=False)
        for seed in seeds
    )
    return dict(zip(seeds, maps, strict=True))


FIDELITIES = [3, 9, 27, 81, 243]
THREE_KNOBS = {
    "max_depth": Integer(1, 20),
    "min_samples_leaf": Integer(1, 30),
    "max_features": Real(0.1, 1.0),
}


def halving(first):
    """400 settings of a forest at 3 … 243 trees; ``value`` is that of 5 other seeds."""
    settings = next(random_search(THREE_KNOBS, first, batch=400))
    rows = Parallel(n_jobs=2)(
        delayed(fidelities)(setting, first) for setting in settings
    )
    return pd.DataFrame(rows), None


def fidelities(setting, seed):
    """Held-out RMSE of one setting's first 3, 9 … 243 trees, and its value."""
    X_train, X_test, y_train, y_test = load_split()

    def curve(random_state):
        forest = RandomForestRegressor(
            FIDELITIES[-1], random_state=random_state, **setting
        )
        trees = forest.fit(X_train, y_train).estimators_
        first_n = np.cumsum([t.predict(X_test.to_numpy()) for t in trees], axis=0)
        return {
            n: root_mean_squared_error(y_test, first_n[n - 1] / n) for n in FIDELITIES
        }

    value = np.mean([curve(seed + i)[FIDELITIES[-1]] for i in range(1, 6)])
    return (
        setting
        | {f"trees_{n}": loss for n, loss in curve(seed).items()}
        | {"value": value}
    )


TABLES = {"grids": grids, "forest": forest, "noisy": noisy, "friedman1": friedman1,
          "diabetes": diabetes, "halving": halving, "lengths": lengths, "svc": svc,
          "six": six}  # fmt: skip
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
            darts = after(table, "random", trials, column)
            for rival in rivals:
                runs = after(table, rival, trials, column)
                found = compare_pairs(
                    runs, darts, confidence=1 - 0.05 / len(rivals), margin=margin
                )
                rows.append({"act": name, "trials": trials, "judged by": column,
                             "rival": rival, **found._asdict()})  # fmt: skip
    return pd.DataFrame(rows)


def packed(table) -> bytes:
    buffer = io.BytesIO()
    table.to_csv(buffer, index=False, float_format="%.10g",
                 compression={"method": "gzip", "mtime": 0})  # fmt: skip
    return buffer.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TABLES))
    parser.add_argument(
        "--fresh", action="store_true", help="other seeds, verdicts only"
    )
    options = parser.parse_args()
    if unknown := set(options.names) - set(TABLES):
        parser.error(f"no table {sorted(unknown)}: there are {', '.join(TABLES)}")
    if options.fresh:
        fresh([name for name in WHOLE if name in (options.names or WHOLE)])
        return
    record = HERE / "races.json"
    made = json.loads(record.read_text()) if record.exists() else {}
    for name in options.names or TABLES:
        begin = time.perf_counter()
        table, floor = TABLES[name](0)
        content = packed(table)
        seeds = table.get("seed", [0])
        (HERE / f"{name}.csv.gz").write_bytes(content)
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


def fresh(names) -> None:
    """Run the acts with other seeds, and print where a verdict changed."""
    keys = ["act", "trials", "judged by", "rival"]
    stored = pd.concat(
        verdicts(name, pd.read_csv(HERE / f"{name}.csv.gz")) for name in names
    )
    again = pd.concat(verdicts(name, TABLES[name](1000)[0]) for name in names)
    both = stored.merge(again, on=keys, suffixes=("", ", fresh seeds"))
    shown = [*keys, "mean", "verdict", "mean, fresh seeds", "verdict, fresh seeds"]
    print(both[shown].to_string(index=False, float_format="{:.3f}".format))
    changed = (both["verdict"] != both["verdict, fresh seeds"]).sum()
    print(f"{changed} of {len(both)} verdicts changed")
    file = HERE / "fresh.csv"
    if file.exists():
        kept = pd.read_csv(file)
        again = pd.concat([kept[~kept["act"].isin(names)], again])
    again.to_csv(file, index=False, float_format="%.6g")


if __name__ == "__main__":
    sys.exit(main())
