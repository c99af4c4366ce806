"""Objectives: a setting goes in, its scores come out.

An objective is any callable ``objective(**setting) -> {score: value}``; a plain function
will do. The ones here also tell ``sweep`` which hyperparameters they take
(``parameters``) and which scores they give (``scores``), so that a typing error is found
before the first fit.
"""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
from sklearn.base import clone, is_classifier
from sklearn.metrics import (
    accuracy_score,
    check_scoring,
    get_scorer,
    make_scorer,
    r2_score,
    root_mean_squared_error,
    zero_one_loss,
)
from sklearn.model_selection import check_cv, cross_validate

REGRESSION = {"rmse": make_scorer(root_mean_squared_error), "r2": make_scorer(r2_score)}
CLASSIFICATION = {"error_rate": make_scorer(zero_one_loss), "accuracy": make_scorer(accuracy_score)}


class Holdout:
    """Fit on the training rows, score on the held-out rows.

    Parameters
    ----------
    estimator : scikit-learn estimator or pipeline
        Each trial fits a clone with the trial's setting.
    X_train, X_test : array-like of shape (n_train, n_features) and (n_test, n_features)
    y_train, y_test : array-like of shape (n_train,) and (n_test,)
    scoring : None, list of str, or dict of str → scorer or str
        None gives ``rmse`` (the target's unit) and ``r2`` for a regressor, ``error_rate``
        and ``accuracy`` (shares of rows) for a classifier. A list names scikit-learn's
        scorers; one called ``neg_x`` is reported as ``x`` with its sign put right, so
        that it is a loss. A dict gives names of your own to scorers, or to scikit-learn's
        names for them, whose sign is put right in the same way.

    Raises
    ------
    ValueError
        If a scorer is unknown.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sweeplib import load_split
    >>> objective = Holdout(Ridge(), *load_split())
    >>> sorted(objective(alpha=0.1))
    ['r2', 'rmse']
    """

    def __init__(self, estimator, X_train, X_test, y_train, y_test, scoring=None):
        self.estimator = estimator
        self.X_train, self.X_test = X_train, X_test
        self.y_train, self.y_test = y_train, y_test
        self.scorers = _scorers(estimator, scoring)

    @property
    def parameters(self) -> set[str]:
        """The hyperparameters a setting may name."""
        return set(self.estimator.get_params())

    @property
    def scores(self) -> list[str]:
        """The scores a trial gives."""
        return list(self.scorers)

    def __call__(self, **setting) -> dict[str, float]:
        model = clone(self.estimator).set_params(**setting).fit(self.X_train, self.y_train)
        score = check_scoring(model, self.scorers)
        return {
            name: float(value) for name, value in score(model, self.X_test, self.y_test).items()
        }


class CrossValidated:
    """The mean score over the folds of a cross-validation.

    The folds are drawn once, when the objective is made: every setting of a sweep is
    judged on the same ones.

    Parameters
    ----------
    estimator, scoring
        As for :class:`Holdout`.
    X : array-like of shape (n_rows, n_features)
    y : array-like of shape (n_rows,)
    cv : int, scikit-learn splitter, or iterable of (train, test) row numbers
        As for :func:`sklearn.model_selection.cross_validate`; an integer gives unshuffled
        folds, stratified for a classifier.

    Raises
    ------
    ValueError
        If a scorer is unknown or the splits cannot be made.
    """

    def __init__(self, estimator, X, y, cv=5, scoring=None):
        self.estimator, self.X, self.y = estimator, X, y
        self.splits = list(check_cv(cv, y, classifier=is_classifier(estimator)).split(X, y))
        self.scorers = _scorers(estimator, scoring)

    parameters = Holdout.parameters
    scores = Holdout.scores

    def __call__(self, **setting) -> dict[str, float]:
        model = clone(self.estimator).set_params(**setting)
        folds = cross_validate(
            model, self.X, self.y, cv=self.splits, scoring=self.scorers, error_score="raise"
        )
        return {name: float(folds[f"test_{name}"].mean()) for name in self.scorers}


class Lookup:
    """A stored table as an objective: every trial is answered in microseconds.

    Parameters
    ----------
    table : DataFrame
        One cell a setting; the index and the columns carry the names of the two
        hyperparameters, as :func:`sweeplib.forest_surface` gives it.
    score : str
        What the cells are called.

    Raises
    ------
    ValueError
        If an axis has no name or repeats a value; when called, if the table has no such
        setting.

    Examples
    --------
    >>> table = pd.DataFrame([[3.0, 4.0]], index=pd.Index([10], name="n_estimators"),
    ...                      columns=pd.Index([1, 2], name="max_depth"))
    >>> Lookup(table)(n_estimators=10, max_depth=2)
    {'rmse': 4.0}
    """

    def __init__(self, table: pd.DataFrame, score: str = "rmse"):
        for side, axis in (("index", table.index), ("columns", table.columns)):
            if axis.name is None or not axis.is_unique:
                raise ValueError(f"table: its {side} must be named and hold each value once")
        self.row_name, self.column_name = table.index.name, table.columns.name
        self.rows = {value: i for i, value in enumerate(table.index.tolist())}
        self.columns = {value: j for j, value in enumerate(table.columns.tolist())}
        self.values = table.to_numpy(dtype=float)
        self.scores = [score]

    @property
    def parameters(self) -> set[str]:
        """The two hyperparameters of the table."""
        return {self.row_name, self.column_name}

    def __call__(self, **setting) -> dict[str, float]:
        try:
            row = self.rows[setting[self.row_name]]
            column = self.columns[setting[self.column_name]]
        except KeyError as error:
            raise ValueError(f"the table has no setting {setting}: {error} is missing") from None
        return {self.scores[0]: float(self.values[row, column])}


def _scorers(estimator, scoring: Sequence[str] | Mapping[str, Callable | str] | None) -> dict:
    if scoring is None:
        return CLASSIFICATION if is_classifier(estimator) else REGRESSION
    if isinstance(scoring, str):
        scoring = [scoring]
    if isinstance(scoring, Mapping):
        return {name: _as_reported(scorer) for name, scorer in scoring.items()}
    return {name.removeprefix("neg_"): _as_reported(name) for name in scoring}


def _as_reported(scorer: Callable | str) -> Callable:
    """The scorer, with the sign of a ``neg_`` name turned back: a loss is a loss."""
    negative = isinstance(scorer, str) and scorer.startswith("neg_")
    return Negated(get_scorer(scorer)) if negative else get_scorer(scorer)


class Negated:
    """A scorer with its sign turned; a class, so that it can be sent to a worker."""

    def __init__(self, scorer):
        self.scorer = scorer

    def __call__(self, estimator, X, y) -> float:
        return -self.scorer(estimator, X, y)
