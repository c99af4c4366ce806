"""The study of chapter 13: tables dealt, settings on lattices, searches on them."""

import functools

import numpy as np
import pandas as pd
from contestants import tpe_search
from elsewhere_tables import TABLES, load
from joblib import Parallel, delayed
from own_table.model import prepare
from paths import ROOT
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold, StratifiedShuffleSplit
from sklearn.svm import SVC, SVR
from skopt.space import Integer

from sweeplib import bayesian_search, grid_search, race, random_search, successive_halving, sweep

JOURNALS = ROOT / "notebooks/sweeps/elsewhere"
MOST_TRAIN, MOST_TEST, SPLITS = 320, 1000, 5
TREES = [3, 9, 27]
ROUNDS = [10, 20, 40, 80, 100, 160, 300]  # 100 is the default, and no level of the lattice
DEFAULT = -1
LEVELS = {
    "linear": {"penalty": np.geomspace(1e-3, 1e3, 25)},
    "svm": {"C": np.geomspace(0.1, 1e3, 10), "gamma": np.geomspace(1e-4, 1, 10)},
    "forest": {
        "max_features": np.arange(1, 9) / 8,
        "min_samples_leaf": [1, 2, 3, 5, 8, 13, 21, 30],
    },
    "boosting": {
        "learning_rate": np.geomspace(0.02, 0.4, 6),
        "max_leaf_nodes": [2, 4, 8, 16],
        "max_iter": [10, 20, 40, 80, 160, 300],
    },
}
STAGES = {"linear": [1], "svm": [1], "forest": TREES, "boosting": ROUNDS}


# A table, dealt.


class Dealt:
    """A table's splits, each as parts: three of the training rows' folds, then the whole.

    A part is X and y to fit and X and y to judge, as arrays, prepared by the rows to fit.
    """

    def __init__(self, name: str, splits=range(SPLITS), fold_seed: int = 0):
        X, y = load(name)
        self.classes = TABLES[name].positive is not None
        self.parts = {split: self._parts(X, y, split, fold_seed) for split in splits}

    def _parts(self, X, y, split: int, fold_seed: int) -> list[tuple]:
        train, test = outer_rows(y, self.classes, split)
        folds = (StratifiedKFold if self.classes else KFold)(
            3, shuffle=True, random_state=fold_seed
        )
        pairs = [(train[fit], train[rest]) for fit, rest in folds.split(train, y[train])]
        return [prepared(X, y, *pair) for pair in [*pairs, (train, test)]]


def outer_rows(y: np.ndarray, classes: bool, split: int) -> tuple[np.ndarray, np.ndarray]:
    n_train = min(int(0.8 * len(y)), MOST_TRAIN)
    n_test = min(len(y) - n_train, MOST_TEST)
    kind = StratifiedShuffleSplit if classes else ShuffleSplit
    splitter = kind(1, train_size=n_train, test_size=n_test, random_state=split)
    return next(splitter.split(y, y))


def prepared(X: pd.DataFrame, y: np.ndarray, fit: np.ndarray, rest: np.ndarray) -> tuple:
    columns = prepare()
    return columns.fit_transform(X.iloc[fit]), y[fit], columns.transform(X.iloc[rest]), y[rest]


# A setting on a part.


def model_of(learner: str, classes: bool, seed: int, **values):
    """The learner with these values; a missing one is scikit-learn's default."""
    if learner == "linear":
        if not classes:
            return Ridge(alpha=values.get("penalty", 1.0))
        return LogisticRegression(C=1 / values.get("penalty", 1.0), max_iter=5000)
    if learner == "svm":
        return (SVC if classes else SVR)(**values)
    if learner == "forest":
        kind = RandomForestClassifier if classes else RandomForestRegressor
        return kind(TREES[-1], random_state=seed, **values)
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return kind(max_iter=ROUNDS[-1], early_stopping=False, random_state=seed, **values)


def losses(learner: str, classes: bool, part: tuple, seed: int = 0, **values) -> list[float]:
    """The loss at each of the learner's stages, in units of what a guess gets on these rows."""
    X, y, X_rest, y_rest = part
    center, scale = (0, 1) if classes else (y.mean(), y.std())
    model = model_of(learner, classes, seed, **values).fit(X, (y - center) / scale)
    return [
        scaled_loss(classes, y, y_rest, center + scale * predicted)
        for predicted in stages(learner, classes, model, X_rest)
    ]


def stages(learner: str, classes: bool, model, X: np.ndarray) -> list[np.ndarray]:
    if learner == "forest":
        each = [t.predict_proba(X)[:, 1] if classes else t.predict(X) for t in model.estimators_]
        return [np.mean(each[:n], axis=0) for n in TREES]
    if learner == "boosting":
        all_stages = list(model.staged_decision_function(X) if classes else model.staged_predict(X))
        return [np.ravel(all_stages[n - 1]) for n in ROUNDS]
    return [model.decision_function(X) if classes else model.predict(X)]


def scaled_loss(classes: bool, y, y_rest, predicted) -> float:
    """RMSE over that of the mean of ``y``; or one minus the area under the curve, over a half."""
    if classes:
        return (1 - roc_auc_score(y_rest, predicted)) / 0.5
    return float(np.sqrt(np.mean((predicted - y_rest) ** 2) / np.mean((y.mean() - y_rest) ** 2)))


class Cell:
    """An objective: a learner's losses in the folds and on the rows kept away, by levels."""

    def __init__(self, dealt: Dealt, learner: str):
        self.dealt, self.learner = dealt, learner

    def __call__(self, split, seed=0, **levels) -> dict[str, float]:
        knobs = LEVELS[self.learner]
        values = {k: knobs[k][level] for k, level in levels.items() if level != DEFAULT}
        found = np.array([
            losses(self.learner, self.dealt.classes, part, seed, **values)
            for part in self.dealt.parts[split]
        ])  # fmt: skip
        names = STAGES[self.learner]
        inner = {f"inner_{n}": x for n, x in zip(names, found[:-1].mean(axis=0), strict=True)}
        return inner | {f"outer_{n}": x for n, x in zip(names, found[-1], strict=True)}


# Pieces: maps of a table, searches on them.


def grids(learner: str) -> list[dict]:
    """The lattice of a learner, and its defaults; rounds are no part: they are stages."""
    knobs = [knob for knob in LEVELS[learner] if knob != "max_iter"]
    lattice = {knob: range(len(LEVELS[learner][knob])) for knob in knobs}
    return [{"split": range(SPLITS), **lattice},
            {"split": range(SPLITS), **{knob: [DEFAULT] for knob in knobs}}]  # fmt: skip


def maps(name: str) -> pd.DataFrame:
    """Every setting of the four learners in every split; a row for each stage."""
    dealt, tables = Dealt(name), []
    for learner, stages_ in STAGES.items():
        results = sweep(
            Cell(dealt, learner),
            grid_search(grids(learner)),
            minimize=f"inner_{stages_[-1]}",
            n_jobs=None,  # as the command says
            journal=JOURNALS / f"{name}-{learner}.jsonl",
            progress=False,
        )
        knobs = [k for k in LEVELS[learner] if k in results]
        for stage in stages_:
            part = results[["split", *knobs, f"inner_{stage}", f"outer_{stage}"]]
            part.columns = ["split", *["level_1", "level_2"][: len(knobs)], "inner", "outer"]
            tables.append(part.assign(learner=learner, stage=stage))
    table = pd.concat(tables, ignore_index=True).astype({"level_2": "Int64"})
    return table[["learner", "split", "level_1", "level_2", "stage", "inner", "outer"]]


class OnMap:
    """An objective: what a stored map says of levels; ``trees`` are a forest's."""

    def __init__(self, table: pd.DataFrame, learner: str, split: int):
        rows = table[(table["learner"] == learner) & (table["split"] == split)]
        rows = rows[rows["level_1"] != DEFAULT]
        keys = rows[["level_1", "level_2", "stage"]].fillna(DEFAULT).astype(int)
        pairs = zip(rows["inner"], rows["outer"], strict=True)
        self.known = dict(zip(keys.itertuples(index=False, name=None), pairs, strict=True))
        self.learner = learner

    def __call__(self, **levels) -> dict[str, float]:
        knobs = LEVELS[self.learner]
        at = [levels[k] for k in knobs if k != "max_iter"]
        stage = levels.get("trees", STAGES[self.learner][-1])
        if "max_iter" in knobs:
            stage = knobs["max_iter"][levels["max_iter"]]
        inner, outer = self.known[(*at, *[DEFAULT] * (2 - len(at)), stage)]
        return {"inner": inner, "outer": outer}


def space_of(learner: str) -> dict:
    return {knob: Integer(0, len(values) - 1) for knob, values in LEVELS[learner].items()}


def contests(learner: str, split: int) -> dict:
    """Name → strategy with a seed, seeds, trials."""
    space = space_of(learner)
    players = {"random": (lambda seed: random_search(space, seed), range(10), 100)}
    if learner != "linear":
        players["Bayesian"] = (lambda seed: bayesian_search(space, seed), range(2), 25)
        players["TPE"] = (lambda seed: tpe_search(space, seed), range(5), 50)
    if learner != "linear" and split == 0:
        players["Bayesian, 50"] = (players["Bayesian"][0], [0], 50)
    if learner == "forest":
        halve = functools.partial(
            successive_halving, space, fidelity="trees", low=3, high=27, n_settings=72
        )
        players["halving"] = (lambda seed: halve(seed), range(10), 72 + 24 + 8)
    return players


def picks_on_a_map(name: str, table: pd.DataFrame, learner: str, split: int) -> list[dict]:
    """What each search picks after 10, 25, 50 and 100 trials, and the losses of that pick."""
    objective, rows = OnMap(table, learner, split), []
    for search, (strategy, seeds, trials) in contests(learner, split).items():
        runs = race(
            {search: strategy},
            objective,
            trials,
            seeds,
            minimize="inner",
            journal=JOURNALS / f"{name}-{learner}-{split}",
        )
        for seed, run in runs.groupby("seed"):
            for budget in (10, 25, 50, 100):
                tried = run[run["trial"] <= budget]
                if search == "halving":
                    if budget != 25:  # its price is 24 whole trials
                        continue
                    tried = run[run["trees"] == TREES[-1]]
                elif len(run) < budget or (search == "Bayesian, 50" and budget < 50):
                    continue
                pick = tried.loc[tried["loss"].idxmin()]
                rows.append({"learner": learner, "split": split,
                             "search": search.split(",")[0], "seed": seed,
                             "trials": budget, "inner": pick["loss"],
                             "outer": pick["outer"]})  # fmt: skip
    return rows


def picks(name: str, table: pd.DataFrame) -> pd.DataFrame:
    # Here, whatever runs the trials: a search on a stored map is soon over.
    found = Parallel(n_jobs=2, backend="loky")(
        delayed(picks_on_a_map)(name, table, learner, split)
        for learner in LEVELS
        for split in range(SPLITS)
    )
    rows = [row for some in found for row in some]
    return pd.DataFrame(rows)


# The sub-studies.

NOISY = {"learner": "forest", "levels": [0, 2, 4, 7], "splits": 3, "deals": 3, "seeds": 3,
         "searches": 5, "trials": 8}  # fmt: skip


def largest_tables() -> list[str]:
    """The four tables with most rows of each half."""
    sizes = pd.Series({name: len(load(name)[1]) for name in TABLES})
    classes = pd.Series({name: source.positive is not None for name, source in TABLES.items()})
    halves = [sizes[classes == half].sort_values(ascending=False).index[:4] for half in (0, 1)]
    return [name for half in halves for name in half]


def noise_of(name: str) -> pd.DataFrame:
    """The pick's loss by split, deal of the folds, seed of the forest and of the search."""
    rows, space = [], dict.fromkeys(LEVELS["forest"], NOISY["levels"])
    for deal in range(NOISY["deals"]):
        dealt = Dealt(name, range(NOISY["splits"]), fold_seed=deal)
        results = sweep(
            Cell(dealt, "forest"),
            grid_search({"split": range(NOISY["splits"]), "seed": range(NOISY["seeds"]), **space}),
            minimize=f"inner_{TREES[-1]}",
            n_jobs=None,  # as the command says
            journal=JOURNALS / f"noise-{name}-{deal}.jsonl",
            progress=False,
        )
        for (split, seed), settings in results.groupby(["split", "seed"]):
            for search in range(NOISY["searches"]):
                drawn = np.random.default_rng(search).integers(len(settings), size=NOISY["trials"])
                tried = settings.iloc[drawn]
                pick = tried.iloc[int(tried[f"inner_{TREES[-1]}"].argmin())]  # some come twice
                rows.append({"table": name, "split": split, "folds": deal, "forest": seed,
                             "search": search, "outer": pick[f"outer_{TREES[-1]}"]})  # fmt: skip
    return pd.DataFrame(rows)


def noise() -> pd.DataFrame:
    return pd.concat([noise_of(name) for name in largest_tables()], ignore_index=True).round(5)
