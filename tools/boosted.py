"""Boosting on three problems, each dealt many times: to fit 60 % of the rows, valid 20, test 20."""

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, make_friedman1
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skopt.space import Integer, Real

from sweeplib import random_search

PROBLEMS = ["diabetes", "cancer", "friedman"]
MOST = 400  # rounds
RATES = [0.02, 0.05, 0.1, 0.2, 0.4]
KEPT = np.unique(np.geomspace(1, MOST, 60).round().astype(int))  # of all rounds, in the file
PATIENCES = [5, 10, 20, MOST]
RUNGS = [10, 30, 90, 270]
BOOSTING_SPACE = {
    "learning_rate": Real(0.02, 0.4, prior="log-uniform"),
    "max_leaf_nodes": Integer(2, 64, prior="log-uniform"),
    "min_samples_leaf": Integer(2, 64, prior="log-uniform"),
    "l2_regularization": Real(1e-3, 1e2, prior="log-uniform"),
    "max_features": Real(0.2, 1),
}


class Deal:
    """One problem, dealt by a seed: X and y to fit, valid and test; ``train`` is the first two."""

    def __init__(self, problem: str, seed: int):
        self.classes = problem == "cancer"
        if problem == "friedman":
            X, y = make_friedman1(500, noise=1.0, random_state=seed)
        else:
            load = load_breast_cancer if self.classes else load_diabetes
            X, y = load(return_X_y=True)
        self.seed = seed
        self.train, self.test = self.split(X, y, 0.2)
        self.fit, self.valid = self.split(*self.train, 0.25)

    def split(self, X, y, share: float):
        """X and y of most rows, and of a share of them."""
        X, X_rest, y, y_rest = train_test_split(
            X, y, test_size=share, random_state=self.seed, stratify=y if self.classes else None
        )
        return (X, y), (X_rest, y_rest)

    def model(self, **knobs):
        kinds = HistGradientBoostingRegressor, HistGradientBoostingClassifier
        return kinds[self.classes](**{"random_state": 0, "early_stopping": False} | knobs)

    def loss(self, model, rows) -> float:
        X, y = rows
        if self.classes:
            return log_loss(y, model.predict_proba(X))
        return root_mean_squared_error(y, model.predict(X))

    def curves(self, fitted_on, *judged_on, **knobs) -> list[np.ndarray]:
        """Loss after 1 … MOST rounds on each of the sets of rows, from one fit."""
        model = self.model(max_iter=MOST, **knobs).fit(*fitted_on)
        stages = model.staged_predict_proba if self.classes else model.staged_predict
        score = log_loss if self.classes else root_mean_squared_error
        return [np.array([score(y, predicted) for predicted in stages(X)]) for X, y in judged_on]


def stopped(valid: np.ndarray, patience: int) -> tuple[int, int]:
    """The best round so far, and the round where none of the last ``patience`` was better."""
    best = 0
    for i, loss in enumerate(valid):
        if loss < valid[best]:
            best = i
        elif i - best >= patience:
            break
    return best + 1, i + 1


def curves(problem: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Losses after 1 … 400 rounds at each rate, and where early stopping ends.

    ``refit`` is the test loss of a model that is fitted to the valid rows, too.
    """
    deal, tables, rows = Deal(problem, seed), [], []
    for rate in RATES:
        valid, test = deal.curves(deal.fit, deal.valid, deal.test, learning_rate=rate)
        (refit,) = deal.curves(deal.train, deal.test, learning_rate=rate)
        columns = {"rounds": np.arange(1, MOST + 1), "valid": valid, "test": test, "refit": refit}
        table = pd.DataFrame(columns).assign(learning_rate=rate)
        tables.append(table.loc[KEPT - 1])
        for patience in PATIENCES:
            best, last = stopped(valid, patience)
            there = table.loc[best - 1].to_dict() | {"rounds": best}
            rows.append({"patience": patience, "grown": last, **there})
    return _named(pd.concat(tables), problem, seed), _named(pd.DataFrame(rows), problem, seed)


def settings(problem: str, seed: int, n_settings: int = 16) -> pd.DataFrame:
    """Random settings and the defaults (trial 0), each stopped on the valid rows."""
    deal, rows = Deal(problem, seed), []
    drawn = next(random_search(BOOSTING_SPACE, seed, batch=n_settings))
    defaults = {name: deal.model().get_params()[name] for name in BOOSTING_SPACE}
    for trial, setting in enumerate([defaults, *drawn]):
        valid, test = deal.curves(deal.fit, deal.valid, deal.test, **setting)
        at = int(valid.argmin())
        final = deal.model(max_iter=at + 1, **setting).fit(*deal.train)
        young = {f"valid_{n}": valid[n - 1] for n in RUNGS}
        rows.append({"trial": trial, **setting, "rounds": at + 1, **young, "valid": valid[at],
                     "test": test[at], "refit": deal.loss(final, deal.test)})  # fmt: skip
    return _named(pd.DataFrame(rows), problem, seed)


def rivals(problem: str, seed: int) -> pd.DataFrame:
    """Test loss of models fitted to all rows but those; rounds from five folds of them."""
    deal = Deal(problem, seed)
    (X, y), rounds = deal.train, {}
    folds = (StratifiedKFold if deal.classes else KFold)(5, shuffle=True, random_state=seed)
    pieces = [((X[fit], y[fit]), (X[rest], y[rest])) for fit, rest in folds.split(X, y)]
    for rate in (0.02, 0.1):
        losses = np.array([deal.curves(*piece, learning_rate=rate)[0] for piece in pieces])
        mean, error = losses.mean(axis=0), losses.std(axis=0, ddof=1) / np.sqrt(5)
        lowest = int(mean.argmin())
        fewest = int((mean <= mean[lowest] + error[lowest]).argmax())
        rounds |= {("lowest", rate): lowest + 1, ("one standard error", rate): fewest + 1}
    models = {
        f"{rule}, rate {rate}": deal.model(max_iter=n, learning_rate=rate)
        for (rule, rate), n in rounds.items()
    }
    models["defaults"] = deal.model()
    models["own early stopping"] = deal.model(early_stopping=True, max_iter=MOST)
    if deal.classes:
        linear = LogisticRegression(max_iter=5000)
        forest = RandomForestClassifier(min_samples_leaf=5, random_state=0)
    else:
        linear = RidgeCV(np.geomspace(1e-3, 1e3, 25))
        forest = RandomForestRegressor(min_samples_leaf=5, random_state=0)
    models |= {"linear": make_pipeline(StandardScaler(), linear), "forest": forest}
    rows = []
    for name, model in models.items():
        model.fit(*deal.train)
        grown = getattr(model, "n_iter_", None) if "linear" not in name else None
        rows.append({"model": name, "rounds": grown, "loss": deal.loss(model, deal.test)})
    return _named(pd.DataFrame(rows), problem, seed)


def _named(table: pd.DataFrame, problem: str, seed: int) -> pd.DataFrame:
    """The table with its problem and seed, and numbers of six digits."""
    for name in table.select_dtypes("float"):
        table[name] = [float(f"{value:.6g}") for value in table[name]]
    table.insert(0, "problem", problem)
    table.insert(1, "seed", seed)
    return table
