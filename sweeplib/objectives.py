"""Objectives: a setting goes in, its scores come out.

An objective is any callable ``objective(**setting) -> {score: value}``; a plain function
will do. The ones here also tell ``sweep`` which settings they take (``check``), which scores
they give (``scores``) and which of these are no losses (``gains``, ``spreads``), so that a
mistake is found before the first fit.

What is a loss, and whose sign is turned, is decided here alone.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy, deepcopy
from difflib import SequenceMatcher
from functools import partial

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.metrics import check_scoring, make_scorer
from sklearn.model_selection import check_cv, cross_validate
from sklearn.utils.validation import _num_samples

from .checks import did_you_mean, one_of, same_columns

REGRESSION = {
    "rmse": make_scorer(metrics.root_mean_squared_error),
    "r2": make_scorer(metrics.r2_score),
}
CLASSIFICATION = {
    "error_rate": make_scorer(metrics.zero_one_loss),
    "accuracy": make_scorer(metrics.accuracy_score),
}
# scikit-learn's scorers by name, and its functions where more is better: those of scorers that
# it does not negate, and by its convention all that are called a score.
NAMED = {name: metrics.get_scorer(name) for name in metrics.get_scorer_names()}
GAINS = [scorer._score_func for scorer in NAMED.values() if scorer._sign == 1]
GAINS += [function for name, function in vars(metrics).items() if name.endswith("_score")]

Scoring = str | Callable | Iterable[str | Callable] | Mapping[str, str | Callable] | None


class Holdout:
    """Fit on the training rows, score on the held-out rows.

    Parameters
    ----------
    estimator : scikit-learn estimator or pipeline
        Each trial fits a clone with the trial's setting.
    X_train, X_test : array-like of shape (n_train, n_features) and (n_test, n_features)
    y_train, y_test : array-like of shape (n_train,) and (n_test,)
    scoring : None, str, scorer, list of these, or dict of str → scorer or str
        None gives ``rmse`` (the target's unit) and ``r2`` for a regressor, ``error_rate``
        and ``accuracy`` (shares of rows) for a classifier. A list names scikit-learn's
        scorers; one called ``neg_x`` is reported as ``x`` with its sign put right, so
        that it is a loss. So is every scorer made with ``greater_is_better=False``. A scorer
        without a name is called as its function is; a dict gives names of your own.
    params : dict of str → value, optional
        What ``fit`` is given beside X and y, such as ``{"sample_weight": w}`` with w of shape
        (n_train,). As in scikit-learn, the scorers are not.

    Raises
    ------
    ValueError
        If a scorer is unknown, two go by one name, or the arguments' rows do not match.

    Notes
    -----
    ``gains`` holds the scores where more is better, under whatever name: ``sweep`` refuses
    to minimise them. A function of your own is taken at its word: its score is a loss.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sweeplib import load_split
    >>> objective = Holdout(Ridge(), *load_split())
    >>> sorted(objective(alpha=0.1))
    ['r2', 'rmse']
    """

    spreads = ()  # those of the scores that are standard deviations

    def __init__(
        self, estimator, X_train, X_test, y_train, y_test, scoring: Scoring = None,
        *, params: Mapping | None = None,
    ):  # fmt: skip
        self.estimator, self.params = estimator, _checked_params(params)
        self._names = self.parameters
        self.estimator = clone(estimator)  # what becomes of the caller's is no matter here
        _check_rows(X_train=X_train, y_train=y_train, **_weights(self.params))
        _check_rows(X_test=X_test, y_test=y_test)
        same_columns(X_train, X_test)
        self.X_train, self.X_test = X_train, X_test
        self.y_train, self.y_test = y_train, y_test
        self.scorers = _scorers(estimator, scoring)

    @property
    def parameters(self) -> set[str]:
        """The hyperparameters a setting may name."""
        if isinstance(self.estimator, type) or not hasattr(self.estimator, "get_params"):
            raise ValueError(
                f"estimator must be one of scikit-learn's kind, got {self.estimator!r}"
            )
        return set(self.estimator.get_params())

    @property
    def scores(self) -> list[str]:
        """The scores a trial gives, the spreads last."""
        return [*self.scorers, *self.spreads]

    @property
    def gains(self) -> set[str]:
        """Those of the scores where more is better."""
        return {name for name, scorer in self.scorers.items() if _is_gain(name, scorer)}

    def check(self, setting: Mapping) -> None:
        """``ValueError`` if the estimator does not take the names of this setting.

        As ``GridSearchCV`` does, it takes those of a part that the setting itself replaces,
        and whatever else its ``set_params`` takes.
        """
        if not (setting.keys() <= self._names) or _replaces_parts(setting):
            _check_names(self.estimator, setting)

    def __call__(self, /, **setting) -> dict[str, float]:
        model = clone(self.estimator).set_params(**setting)
        # Copies, as the folds of a cross-validation are: a model may write into its data.
        model.fit(deepcopy(self.X_train), deepcopy(self.y_train), **deepcopy(self.params))
        scores = check_scoring(model, self.scorers)(model, *deepcopy((self.X_test, self.y_test)))
        return {name: _as_float(name, value) for name, value in scores.items()}


class CrossValidated(Holdout):
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
    groups : array-like of shape (n_rows,), optional
        Rows that belong together, for a splitter that keeps them so, such as ``GroupKFold``.
    params : dict of str → value, optional
        What ``fit`` is given beside X and y, such as ``{"sample_weight": w}``; arrays of
        n_rows are cut to the rows of each fold. As in scikit-learn, the scorers are not.
    spread : bool
        Give also the standard deviation of each score over the folds, as ``rmse_sd``: that of
        ``GridSearchCV``'s ``std_test_score``, which divides by the number of folds. It says
        how the folds differ, and is no standard error of the mean; ``sweep`` refuses to
        minimise it.

    Raises
    ------
    ValueError
        If a scorer is unknown, two scores go by one name, the arguments' rows do not match,
        the splits cannot be made or one of them is empty.
    """

    def __init__(
        self, estimator, X, y, cv=5, scoring: Scoring = None,
        *, groups=None, params: Mapping | None = None, spread: bool = False,
    ):  # fmt: skip
        one_of("spread", spread, (True, False))
        self.estimator, self.X, self.y, self.params = estimator, X, y, _checked_params(params)
        self._names = self.parameters
        self.estimator = clone(estimator)
        _check_rows(X=X, y=y, groups=groups, **_weights(self.params))
        self.splits = _splits(cv, X, y, groups, is_classifier(estimator))
        self.scorers = _scorers(estimator, scoring)
        self.spreads = tuple(f"{name}_sd" for name in self.scorers) if spread else ()
        if clash := set(self.spreads) & set(self.scorers):
            raise ValueError(f"scoring: {sorted(clash)} would be the names of spreads, too")
        if spread and len(self.splits) < 2:
            raise ValueError("spread: a single fold has none")

    def __call__(self, /, **setting) -> dict[str, float]:
        model = clone(self.estimator).set_params(**setting)
        folds = cross_validate(
            model, self.X, self.y, cv=self.splits, scoring=self.scorers, params=self.params,
            error_score="raise",
        )  # fmt: skip
        scores = {name: float(folds[f"test_{name}"].mean()) for name in self.scorers}
        for name in self.spreads:
            scores[name] = float(folds[f"test_{name.removesuffix('_sd')}"].std())
        return scores


class Lookup:
    """A stored table as an objective: every trial is answered in microseconds.

    Parameters
    ----------
    table : DataFrame
        One cell a setting; the index and the columns carry the names of the two
        hyperparameters, as :func:`sweeplib.forest_surface` gives it.
    score : str, optional
        What the cells are called; by default what the table itself says (that of
        ``forest_surface`` does), or ``rmse``.

    Raises
    ------
    ValueError
        If an axis has no name or repeats a value, or ``score`` is no text; when called, if the
        table has no such setting.

    Examples
    --------
    >>> table = pd.DataFrame([[3.0, 4.0]], index=pd.Index([10], name="n_estimators"),
    ...                      columns=pd.Index([1, 2], name="max_depth"))
    >>> Lookup(table)(n_estimators=10, max_depth=2)
    {'rmse': 4.0}
    """

    gains = frozenset()  # beside those that check_loss knows by name

    def __init__(self, table: pd.DataFrame, score: str | None = None):
        if not isinstance(table, pd.DataFrame):
            raise ValueError(f"table must be a DataFrame, got {type(table).__name__}")
        for side, axis in (("index", table.index), ("columns", table.columns)):
            if not isinstance(axis.name, str) or not axis.is_unique:
                raise ValueError(f"table: its {side} must be named and hold each value once")
        if table.index.name == table.columns.name:
            raise ValueError(f"table: both its axes are called {table.index.name!r}")
        self.row_name, self.column_name = table.index.name, table.columns.name
        self.rows = {value: i for i, value in enumerate(table.index.tolist())}
        self.columns = {value: j for j, value in enumerate(table.columns.tolist())}
        self.values = table.to_numpy(dtype=float, copy=True)
        self.scores = [table.attrs.get("score", "rmse") if score is None else score]
        if not isinstance(self.scores[0], str):
            raise ValueError(f"score must be the name of a score, got {self.scores[0]!r}")

    @property
    def parameters(self) -> set[str]:
        """The two hyperparameters of the table."""
        return {self.row_name, self.column_name}

    def check(self, setting: Mapping) -> None:
        """``ValueError`` unless the setting names both axes of the table and nothing else."""
        if unknown := [name for name in setting if name not in self.parameters]:
            _refuse_names(unknown, self.parameters)
        if missing := sorted(self.parameters - setting.keys()):
            raise ValueError(f"space: the objective needs {missing} too")

    def __call__(self, /, **setting) -> dict[str, float]:
        try:
            row = self.rows[setting[self.row_name]]
            column = self.columns[setting[self.column_name]]
        except KeyError as error:
            raise ValueError(f"the table has no setting {setting}: {error} is missing") from None
        except TypeError:  # a list, say, which no axis holds
            raise ValueError(f"the table has no setting {setting}") from None
        if len(setting) > 2:
            self.check(setting)
        return {self.scores[0]: float(self.values[row, column])}


def check_loss(minimize: str, objective: Callable | None = None) -> None:
    """``ValueError`` if the score is no loss, as far as its name and the objective tell."""
    if not isinstance(minimize, str):
        raise ValueError(f"minimize must be the name of a score, got {minimize!r}")
    if minimize in NAMED and minimize.startswith("neg_"):
        loss = minimize.removeprefix("neg_")
        raise ValueError(f"minimize: more {minimize!r} is better; here it is called {loss!r}")
    if minimize in NAMED or minimize in listed(objective, "gains"):
        raise ValueError(f"minimize: more {minimize!r} is better; name a loss, such as 'rmse'")
    if minimize in listed(objective, "spreads"):
        raise ValueError(f"minimize: {minimize!r} says how the folds differ, and is no loss")
    scores = listed(objective, "scores")
    if scores and minimize not in scores:
        near = did_you_mean(minimize, scores)
        raise ValueError(f"minimize: the objective gives {scores}, not {minimize!r}{near}")


def listed(objective, what: str) -> list[str]:
    """What an objective says of its scores: names in a list, or it says nothing."""
    found = getattr(objective, what, ())
    kinds = (list, tuple, set, frozenset)
    named = isinstance(found, kinds) and all(isinstance(name, str) for name in found)
    return list(found) if named else []


def _scorers(estimator, scoring: Scoring) -> dict[str, Callable]:
    """The scorers by the names that are reported, each loss with the sign of a loss."""
    if scoring is None and not is_classifier(estimator) and not is_regressor(estimator):
        raise ValueError(f"scoring must be given: {estimator!r} is no regressor and no classifier")
    if scoring is None:
        return dict(CLASSIFICATION if is_classifier(estimator) else REGRESSION)
    if isinstance(scoring, str) or callable(scoring):
        scoring = [scoring]
    if not isinstance(scoring, Iterable):
        raise ValueError(f"scoring must be a scorer, or a list or dict of them, got {scoring!r}")
    if isinstance(scoring, Mapping):
        named = list(scoring.items())
    else:
        named = [(_reported_name(scorer), scorer) for scorer in scoring]
        if isinstance(scoring, (set, frozenset)):
            named.sort(key=lambda pair: pair[0])  # a set has no order
    scorers = {}
    for name, scorer in named:
        if not isinstance(name, str) or not name:
            raise ValueError(f"scoring: a score's name must be a string, got {name!r}")
        if name in scorers:
            raise ValueError(f"scoring: two scores are called {name!r}; a dict gives other names")
        scorers[name] = _as_loss(_checked_scorer(scorer))
        if name in NAMED and name.startswith("neg_") and hasattr(scorers[name], "_sign"):
            loss = name.removeprefix("neg_")
            raise ValueError(f"scoring: the sign of {name!r} is turned, so call it {loss!r}")
    if not scorers:
        raise ValueError("scoring must hold at least one scorer")
    return scorers


def _reported_name(scorer: str | Callable) -> str:
    """What a scorer without a name of the caller's is called."""
    if isinstance(scorer, str):
        return scorer.removeprefix("neg_")
    function = _function_of(scorer) or scorer
    name = getattr(function, "__name__", "")
    if not name.isidentifier():  # a lambda, or an object
        raise ValueError(f"scoring: {scorer!r} has no name; give it one: {{'name': scorer}}")
    return name


def _checked_scorer(scorer: str | Callable) -> Callable:
    if isinstance(scorer, str) and scorer not in NAMED:
        near = did_you_mean(scorer, NAMED)
        raise ValueError(f"scoring: scikit-learn has no scorer called {scorer!r}{near}")
    if not isinstance(scorer, str) and not callable(scorer):
        raise ValueError(f"scoring: a scorer or the name of one is needed, got {scorer!r}")
    if hasattr(scorer, "_scorers"):
        raise ValueError(f"scoring: {scorer!r} gives several scores; give its scorers in a dict")
    return check_scoring(scoring=scorer)  # refuses a metric, which knows no estimator


def _as_loss(scorer: Callable) -> Callable:
    """A scorer that scikit-learn negates, so that more is better, as the loss it is at heart."""
    if isinstance(scorer, partial):
        return partial(_as_loss(scorer.func), *scorer.args, **scorer.keywords)
    if getattr(scorer, "_sign", 1) == -1:
        scorer = copy(scorer)
        scorer._sign = 1
    return scorer


def _function_of(scorer) -> Callable | None:
    """The function of y and the prediction that a scorer was made of, if it was."""
    while isinstance(scorer, partial):
        scorer = scorer.func
    function = getattr(scorer, "_score_func", None)
    while isinstance(function, partial):
        function = function.func
    return function


def _is_gain(name: str, scorer: Callable) -> bool:
    """Is more of this score better, as far as scikit-learn tells?"""
    own = type(scorer).__name__ == "_PassthroughScorer"  # of the estimator itself
    function = _function_of(scorer)
    return name in NAMED or own or any(function is gain for gain in GAINS)


def _as_float(name: str, value) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"scoring: {name!r} gave {value!r}, not a number") from None


def _replaces_parts(setting: Mapping) -> bool:
    """Might a setting itself change which names are taken? It does by ``c`` beside ``c__C``, or
    by a list of named parts, such as a pipeline's steps."""
    nested = any(str(name).startswith(f"{part}__") for part in setting for name in setting)
    lists = [value for value in setting.values() if isinstance(value, (list, tuple))]
    return nested or any(isinstance(part, tuple) for value in lists for part in value)


def _check_names(estimator, setting: Mapping) -> None:
    """Try the names of a setting on a clone; values are cloned, too, as ``GridSearchCV`` does."""

    def take(*names):
        model.set_params(**{name: clone(setting[name], safe=False) for name in names})

    model = clone(estimator)
    try:
        return take(*setting)
    except Exception:  # which of them? A value that is refused is the trial's business
        model, unknown = clone(estimator), []
    for name in sorted(setting, key=lambda name: str(name).count("__")):
        known = name in model.get_params()
        try:
            take(name)
        except Exception:
            unknown += [] if known else [name]
    if unknown:
        _refuse_names(unknown, model.get_params())


def _refuse_names(unknown: list, taken: Collection[str]) -> None:
    """``ValueError`` with the few names that are nearest to the unknown ones."""

    def likeness(one: str, other: str) -> float:
        whole = SequenceMatcher(None, one.lower(), other.lower()).ratio()
        ends = one.lower().rpartition("__")[2], other.lower().rpartition("__")[2]
        # What comes before, a pipeline's step, says little about what is meant.
        return max(SequenceMatcher(None, *ends).ratio(), whole - 0.3)

    ranked = [sorted(sorted(taken), key=partial(likeness, str(name)))[::-1] for name in unknown]
    pairs = zip(unknown, ranked, strict=True)
    near = [names[0] for name, names in pairs if names and likeness(str(name), names[0]) > 0.6]
    few = list(dict.fromkeys([*near, *ranked[0][:4]]))
    more = f" and {len(taken) - len(few)} more" if len(taken) > len(few) else ""
    known = ", ".join(map(repr, few)) or "nothing"
    meant = f"; did you mean {' and '.join(map(repr, dict.fromkeys(near)))}?" if near else ""
    raise ValueError(
        f"space: the objective takes no {sorted(unknown, key=str)}, but {known}{more}{meant}"
    )


def _checked_params(params: Mapping | None) -> dict:
    params = {} if params is None else params
    if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
        raise ValueError(f"params must be a dict of fit's parameter → value, got {params!r}")
    return dict(params)


def _weights(params: Mapping) -> dict:
    """Those of fit's parameters that hold a number a row; of others only the estimator knows."""
    return {k: w for k, w in params.items() if k.endswith("sample_weight") and np.ndim(w)}


def _check_rows(**arrays) -> None:
    """``ValueError`` unless those that are given have equally many rows, and some."""
    try:
        rows = {name: _num_samples(array) for name, array in arrays.items() if array is not None}
    except TypeError as error:
        raise ValueError(f"{', '.join(arrays)}: {error}") from None
    if len(set(rows.values())) > 1 or 0 in rows.values():
        raise ValueError(f"{', '.join(rows)} must have equally many rows, and some, got {rows}")


def _splits(cv, X, y, groups, classifier: bool) -> list[tuple]:
    """The folds as (train, test) row numbers, or masks."""
    try:
        splits = list(check_cv(cv, y, classifier=classifier).split(X, y, groups))
        parts = [np.asarray(part) for train, test in splits for part in (train, test)]
        sizes = [part.size and np.arange(_num_samples(X))[part].size for part in parts]
    except (TypeError, ValueError, IndexError) as error:
        raise ValueError(f"cv: {error}") from error
    if not sizes or not all(sizes):
        raise ValueError("cv: each fold needs rows to fit on and rows to score on")
    return splits
