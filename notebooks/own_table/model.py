"""Models, their spaces and scores, and the plan that searches and judges."""

import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn import compose, dummy, ensemble, linear_model, metrics, model_selection, svm
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from skopt.space import Integer, Real

from sweeplib import CrossValidated, Holdout, best, random_search, sweep

from .check import FEWEST_IN_A_CLASS, MOST_WORDS, Task
from .read import Refused

MOST = 5000  # rows to search on
FEWEST_TO_CALIBRATE = 5  # rows of each class, where probabilities are fitted in five folds
EVERY_CLASS = ("log_loss", "auc_loss", "ap_loss", "balanced_error")  # must judge on each
FEWEST_EARLIER = 5  # rows to fit on, of rows in order
TOO_FEW_TIMES = "TIME: too few different times, some fold would have hardly a row that is earlier"
LOG = {"prior": "log-uniform"}
MODELS = ("linear", "svm", "forest", "boosting")
FOR_NUMBERS = {"rmse": "neg_root_mean_squared_error", "mae": "neg_mean_absolute_error"}


def error_rate(model, X, y) -> float:
    """The share of rows whose class is not the predicted one."""
    return 1 - model.score(X, y)


def balanced_error(model, X, y) -> float:
    """The mean over the classes of the share that is missed: it sees the rare ones."""
    return 1 - metrics.balanced_accuracy_score(y, model.predict(X))


class RankingLoss(NamedTuple):
    """One minus the area under the ROC curve, or minus average precision, of one class."""

    area: bool
    positive: str

    def __call__(self, model, X, y) -> float:
        judge = metrics.roc_auc_score if self.area else metrics.average_precision_score
        if hasattr(model, "predict_proba"):
            score = model.predict_proba(X)[:, list(model.classes_).index(self.positive)]
        else:
            score = model.decision_function(X)
            score = score if model.classes_[1] == self.positive else -score
        return 1 - judge(y == self.positive, score)


FOR_CLASSES = {"error_rate": error_rate, "balanced_error": balanced_error,
               "log_loss": "neg_log_loss", "auc_loss": None, "ap_loss": None}  # fmt: skip


class InTime(model_selection.TimeSeriesSplit):
    """Folds in order of time, whose ``groups`` are times: all fitted rows are earlier ones."""

    def split(self, X, y=None, groups=None):
        times = np.asarray(groups)
        for train, test in super().split(X):
            yield train[times[train] < times[test[0]]], test


def from_defaults(space, seed):
    """The model's own defaults first, an empty setting, then random search."""
    yield [{}]
    yield from random_search(space, seed)


class Plan(NamedTuple):
    """A model, a space and a score for a task; and what is done with them."""

    task: Task
    X: pd.DataFrame  # the rows to search on
    y: pd.Series
    groups: pd.Series | None  # or, of rows in order, their times
    model: object
    space: dict
    loss: str
    scoring: dict
    rivals: dict
    budget: int
    seed: int
    name: str

    @property
    def calibrates(self) -> bool:
        return isinstance(self.model[-1], CalibratedClassifierCV)

    def folds(self, seed: int):
        """Five folds that fit the task: by class, by group, or in order."""
        if self.task.ordered:
            return InTime(5)
        if self.groups is not None:
            kind = (
                model_selection.StratifiedGroupKFold
                if self.task.classes
                else model_selection.GroupKFold
            )
        else:
            kind = model_selection.StratifiedKFold if self.task.classes else model_selection.KFold
        return kind(5, shuffle=True, random_state=seed)

    def search(self, rows=slice(None), journal="whole", progress=False) -> pd.DataFrame:
        """The whole procedure on some rows: defaults, then settings at random, in five folds."""
        X, y = self.X.iloc[rows], self.y.iloc[rows]
        groups = None if self.groups is None else self.groups.iloc[rows]
        folds = self.folds(self.seed)
        objective = CrossValidated(self.model, X, y, folds, self.scoring, groups=groups)
        path = Path("sweeps") / f"{self.name}-{journal}.jsonl"
        strategy = from_defaults(self.space, self.seed)
        return sweep(objective, strategy, self.budget + 1, minimize=self.loss, journal=path,
                     n_jobs=2, progress=progress)  # fmt: skip

    def winner(self, results: pd.DataFrame) -> dict:
        """The best setting of a search; empty if that is the defaults."""
        top = best(results)
        return {} if top["trial"] == 0 else top[list(self.space)].to_dict()

    def honest(self, repeats: int = 2, say=print) -> pd.DataFrame:
        """The search in each outer fold, its winner and the rivals judged on the rows kept away.

        Returns
        -------
        DataFrame
            A row for each outer fold; columns ``tuned``, ``defaults``, those of the rivals, and
            ``n_train`` and ``n_test``.
        """
        rows = []
        for repeat in range(1 if self.task.ordered else repeats):
            outer = self.folds(self.seed + 1 + repeat)
            for i, (train, test) in enumerate(outer.split(self.X, self.y, self.groups)):
                results = self.search(train, f"outer-{repeat}-{i}")
                parts = (self.X.iloc[train], self.X.iloc[test],
                         self.y.iloc[train], self.y.iloc[test])  # fmt: skip
                judge = Holdout(self.model, *parts, self.scoring)
                row = {"tuned": judge(**self.winner(results))[self.loss],
                       "defaults": judge()[self.loss]}  # fmt: skip
                for name, rival in self.rivals.items():
                    row[name] = Holdout(rival, *parts, self.scoring)()[self.loss]
                rows.append(row | {"n_train": len(train), "n_test": len(test)})
                say(f"outer fold {len(rows)}: {self.loss} {row['tuned']:.3g}")
        return pd.DataFrame(rows)

    def final(self, results: pd.DataFrame):
        """The winner, fitted to every row of the table."""
        return clone(self.model).set_params(**self.winner(results)).fit(self.task.X, self.task.y)


def planned(task: Task, model="svm", *, score=None, budget=20, seed=0, most=MOST) -> Plan:
    """Choose pipeline, space, score and rivals for a task.

    Parameters
    ----------
    task : Task
        As :func:`own_table.checked` returns it. The plan's task has what is chosen here in its
        notes, too.
    model : {"linear", "svm", "forest", "boosting"}
    score : str, optional
        ``rmse`` or ``mae`` for numbers; ``error_rate``, ``balanced_error``, ``log_loss``,
        ``auc_loss`` or ``ap_loss`` for classes. Left out: the RMSE, or the error rate, or the
        balanced error where the largest class has more than 80 % of the rows.
    budget : int
        Trials of a search, beside the defaults.
    most : int
        Rows to search on; the winner is fitted to all.

    Raises
    ------
    Refused
        If the model or the score is not known, or does not fit the task.
    """
    task = task._replace(notes=list(task.notes))
    if not isinstance(model, str) or model not in MODELS:
        raise Refused(f"MODEL must be one of {list(MODELS)}, got {model!r}")
    for name, number, least in (("BUDGET", budget, 1), ("SEED", seed, 0)):
        if type(number) is not int or number < least:
            raise Refused(f"{name} must be a whole number of at least {least}, got {number!r}")
    if task.groups is not None and task.ordered:
        raise Refused("GROUP and TIME cannot be kept apart at once: give one of them")
    loss, scoring = _score(task, score)
    rows = _rows(task, most, seed)
    apart = task.times if task.ordered else task.groups
    X, y = task.X.iloc[rows], task.y.iloc[rows]
    left = y.value_counts().reindex(task.y.unique(), fill_value=0)
    if task.classes and left.min() < FEWEST_IN_A_CLASS:
        raise Refused(f"TARGET: {left.min()} of the {len(y)} rows to search on are of the class "
                      f"{left.idxmin()!r}, too few; leave rows of other classes out")  # fmt: skip
    estimators = _estimators(task.classes, seed, probabilities=loss == "log_loss")
    estimator, knobs = estimators[model]
    pipeline = make_pipeline(prepare(), estimator)
    middle = "median" if loss == "mae" else "mean"  # what a guess of its kind does best
    guess = dummy.DummyClassifier() if task.classes else dummy.DummyRegressor(strategy=middle)
    rivals = {"linear": estimators["linear"][0], "guess": guess}
    rivals = {name: make_pipeline(prepare(), rival)
              for name, rival in rivals.items() if name != model}  # fmt: skip
    parts = X, y, *([] if apart is None else [apart.iloc[rows]])
    content = zlib.crc32(b"".join(
        pd.util.hash_pandas_object(part.astype(str)).to_numpy().tobytes() for part in parts
    ))  # fmt: skip
    if apart is not None:
        content = zlib.crc32(b"time" if task.ordered else b"group", content)
    plan = Plan(
        task, X.reset_index(drop=True), y.reset_index(drop=True),
        None if apart is None else apart.iloc[rows].reset_index(drop=True),
        pipeline, {f"{pipeline.steps[-1][0]}__{name}": knob for name, knob in knobs.items()},
        loss, scoring, rivals,
        budget, seed, f"{model}-{loss}-{seed}-{content:08x}",
    )  # fmt: skip
    _check_folds(plan)
    return plan


def _score(task: Task, score: str | None) -> tuple[str, dict]:
    known = FOR_CLASSES if task.classes else FOR_NUMBERS
    if score is None:
        score = next(iter(known))
        largest = task.y.value_counts(normalize=True).iloc[0] if task.classes else 0
        if largest > 0.8:
            score = "balanced_error"
            why = f"one class has {largest:.0%} of the rows; an error rate hardly sees others"
            task.notes.append(("score", score, why))
    if not isinstance(score, str) or score not in known:
        raise Refused(f"SCORE must be one of {list(known)} (all are losses), got {score!r}")
    if score in ("auc_loss", "ap_loss"):
        if task.y.nunique() != 2:
            raise Refused(f"SCORE: {score!r} is for two classes; there are {task.y.nunique()}")
        rarer = task.y.value_counts().index[-1]
        task.notes.append(("score", score, f"of the rarer class, {rarer!r}"))
        return score, {score: RankingLoss(score == "auc_loss", rarer)}
    return score, {score: known[score]}


def _rows(task: Task, most: int, seed: int) -> np.ndarray:
    """The rows to search on, as numbers: all, or some that are drawn, or the latest."""
    n = len(task.y)
    if n <= most:
        return np.arange(n)
    how = "the latest" if task.ordered else "drawn at random"
    task.notes.append(("rows", most, f"to search on, {how} of {n}; the winner is fitted to all"))
    if task.ordered:
        return np.arange(n - most, n)
    if task.classes and task.groups is None:
        split = model_selection.StratifiedShuffleSplit(1, train_size=most, random_state=seed)
        return np.sort(next(split.split(np.zeros(n), task.y))[0])
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def prepare():
    """Gaps filled, numbers standardised, words as columns: fitted on training rows alone."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="(gap)"),
        OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_WORDS),
    )
    return compose.make_column_transformer(
        (numbers, compose.make_column_selector(dtype_include="number")),
        (words, compose.make_column_selector(dtype_exclude="number")),
        sparse_threshold=0,
    )


def _estimators(classes: bool, seed: int, probabilities: bool) -> dict:
    """The models by name, each with its space."""
    machine = {"C": Real(0.1, 1e3, **LOG), "gamma": Real(1e-4, 1, **LOG)}
    forest = {"max_features": Real(0.1, 1), "min_samples_leaf": Integer(1, 30, **LOG)}
    boosting = {"learning_rate": Real(0.02, 0.4, **LOG), "max_iter": Integer(10, 300, **LOG),
                "max_leaf_nodes": Integer(2, 64, **LOG)}  # fmt: skip
    penalty = Real(1e-3, 1e3, **LOG)
    if classes:
        calibrated = CalibratedClassifierCV(svm.SVC(), ensemble=False)
        models = [
            linear_model.LogisticRegression(max_iter=5000),
            calibrated if probabilities else svm.SVC(),
            ensemble.RandomForestClassifier(random_state=seed),
            ensemble.HistGradientBoostingClassifier(early_stopping=False, random_state=seed),
        ]
    else:
        models = [
            linear_model.Ridge(),
            # A support vector machine feels the scale of its target.
            compose.TransformedTargetRegressor(svm.SVR(), transformer=StandardScaler()),
            ensemble.RandomForestRegressor(random_state=seed),
            ensemble.HistGradientBoostingRegressor(early_stopping=False, random_state=seed),
        ]
    inside = "" if classes and not probabilities else "estimator__" if classes else "regressor__"
    spaces = [{"C" if classes else "alpha": penalty},
              {f"{inside}{name}": knob for name, knob in machine.items()},
              forest, boosting]  # fmt: skip
    return dict(zip(MODELS, zip(models, spaces, strict=True), strict=True))


def _check_folds(plan: Plan) -> None:
    """The searches can make their five folds, each with rows and classes enough."""
    _check_search(plan, np.arange(len(plan.y)))
    for outer in (plan.folds(plan.seed + 1), plan.folds(plan.seed + 2)):
        for train, test in outer.split(plan.X, plan.y, plan.groups):
            _check_part(plan, train, test)
            _check_search(plan, train)


def _check_search(plan: Plan, rows: np.ndarray) -> None:
    groups = None if plan.groups is None else plan.groups.iloc[rows]
    if plan.task.groups is not None and groups.nunique() < 5:
        raise Refused(f"GROUP: the search in some fold would be left with {groups.nunique()} "
                      "groups, and needs five: more are needed, or more even ones")  # fmt: skip
    if plan.task.ordered and len(rows) < 2 * FEWEST_EARLIER:
        raise Refused(TOO_FEW_TIMES)
    for fit, test in plan.folds(plan.seed).split(plan.X.iloc[rows], plan.y.iloc[rows], groups):
        _check_part(plan, rows[fit], rows[test])


def _check_part(plan: Plan, fit: np.ndarray, test: np.ndarray) -> None:
    if plan.task.ordered and len(fit) < FEWEST_EARLIER:
        raise Refused(TOO_FEW_TIMES)
    kinds = plan.y.nunique()
    fewest = FEWEST_TO_CALIBRATE if plan.calibrates else 1
    counts = plan.y.iloc[fit].value_counts() if plan.task.classes else None
    if plan.task.classes and (len(counts) < kinds or counts.min() < fewest):
        raise Refused("TARGET: a class is missing, or nearly so, from the rows that some fold is "
                      "fitted to: too few groups or days hold it")  # fmt: skip
    if plan.loss in EVERY_CLASS and plan.y.iloc[test].nunique() < kinds:
        raise Refused(f"SCORE: {plan.loss!r} needs every class among the rows that judge, and "
                      "some fold has one without: too few groups or days hold it")  # fmt: skip
