"""One forest, and the whole surface of forests over (n_estimators, max_depth)."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn import config_context
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score, root_mean_squared_error
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils.validation import validate_data

from .checks import is_whole, one_of, same_columns, whole_number


class Run(NamedTuple):
    """One fitted forest, its setting, its predictions and its scores on the held-out rows."""

    model: RandomForestRegressor
    n_estimators: int
    max_depth: int
    y_pred: np.ndarray
    rmse: float
    r2: float


def run_model(
    X_train, X_test, y_train, y_test, n_estimators: int, max_depth: int, random_state: int = 42
) -> Run:
    """Fit one random forest on the training rows and score it on the held-out rows.

    Returns a record with the fitted ``model``, both settings, ``y_pred`` of shape
    (n_test,), ``rmse`` in the target's unit and ``r2``. scikit-learn's own errors
    name a setting that it refuses.

    Examples
    --------
    >>> from sweeplib import load_split
    >>> run = run_model(*load_split(), n_estimators=10, max_depth=3)
    >>> run.y_pred.shape
    (89,)
    """
    model = RandomForestRegressor(n_estimators, max_depth=max_depth, random_state=random_state)
    model.fit(X_train, y_train)
    y_pred = model.predict(X_test)
    rmse = root_mean_squared_error(y_test, y_pred)
    return Run(model, n_estimators, max_depth, y_pred, rmse, r2_score(y_test, y_pred))


def forest_surface(
    X_train,
    X_test,
    y_train,
    y_test,
    n_estimators: int = 1000,
    max_depths=range(1, 21),
    *,
    random_state: int = 42,
    exact: bool = True,
    score: str = "rmse",
    n_jobs: int = 1,
) -> pd.DataFrame:
    """Score every forest of 1 … n_estimators trees at every depth, from a few fits.

    Two facts make it cheap. A forest of n trees is the first n trees of any larger
    forest with the same integer seed, so one forest a depth answers for every n. And
    a tree that stops by itself at depth k is the same tree at every ``max_depth`` ≥ k,
    so only the trees that a limit really cuts are grown again.

    Parameters
    ----------
    X_train, X_test : array-like of shape (n_train, n_features) and (n_test, n_features)
    y_train, y_test : array-like of shape (n_train,) and (n_test,)
    n_estimators : int ≥ 1
        The largest forest.
    max_depths : iterable of int ≥ 1
    random_state : int
        The seed of every forest. An integer: a shared generator would give each
        forest other trees.
    exact : bool
        True: each cell is bit for bit what ``RandomForestRegressor(n, max_depth=d,
        random_state=random_state)`` scores. False: one deep forest is read at every
        depth, a tree cut at depth d predicting with the node reached there. Same
        distribution, another draw (splits that tie are broken otherwise), at about
        the price of one forest.
    score : "rmse" or "r2"
        On the rows of ``X_test``.
    n_jobs : int
        Processes (``exact=True``) or threads (``exact=False``), as joblib counts them.

    Returns
    -------
    DataFrame of shape (n_estimators, n_depths)
        Index ``n_estimators`` (1 … N), columns ``max_depth`` in the order given; its
        ``attrs`` name the score.

    Raises
    ------
    ValueError
        If an argument is out of its range, if scikit-learn would refuse the data (other columns
        in ``X_test``, other numbers of rows, …), or if X has missing values or y is no single
        column. What is wrong is named before any tree is grown.

    Notes
    -----
    The prefix was asked for in scikit-learn's issue tracker (#7243), and so was
    reading deep trees at smaller depths (#3652); neither is part of its grid search. Trees are
    Breiman's [1]_.

    References
    ----------
    .. [1] L. Breiman, "Random forests", Machine Learning 45 (2001), 5–32.

    Examples
    --------
    >>> from sweeplib import load_split
    >>> surface = forest_surface(*load_split(), n_estimators=5, max_depths=[2, 4])
    >>> surface.shape
    (5, 2)
    """
    depths = list(max_depths) if hasattr(max_depths, "__iter__") else []
    n_estimators = whole_number("n_estimators", n_estimators)
    if not depths or not all(is_whole(d) and d >= 1 for d in depths):
        raise ValueError(f"max_depths must be whole numbers of at least 1, got {max_depths!r}")
    depths = list(map(int, depths))
    random_state = whole_number("random_state", random_state, 0, 2**32 - 1)
    one_of("score", score, ("rmse", "r2"))
    one_of("exact", exact, (True, False))
    forest = RandomForestRegressor(
        n_estimators, max_depth=max(depths), random_state=random_state, n_jobs=n_jobs
    )
    X_train, X_test, y_train, y_test = _checked(forest, X_train, X_test, y_train, y_test, score)
    forest.fit(X_train, y_train)

    if exact:
        trees = list(zip(forest.estimators_, forest.estimators_samples_, strict=True))
        parts = Parallel(n_jobs=n_jobs)(
            delayed(_regrown)(trees[i : i + 50], X_train, y_train, X_test, depths)
            for i in range(0, n_estimators, 50)
        )
        predictions = np.concatenate(parts, axis=1)
    else:
        predictions = _truncated(forest.estimators_, X_test, depths)

    counts = np.arange(1, n_estimators + 1)[:, None]
    # Summed in the order of the trees and then divided, as predict() does: equal to the last bit.
    columns = [_score(y_test, np.cumsum(p, axis=0) / counts, score) for p in predictions]
    surface = pd.DataFrame(
        np.column_stack(columns),
        index=pd.RangeIndex(1, n_estimators + 1, name="n_estimators"),
        columns=pd.Index(depths, name="max_depth"),
    )
    surface.attrs["score"] = score
    return surface


def _checked(forest, X_train, X_test, y_train, y_test, score):
    """The data as the trees see them, or ``ValueError`` where scikit-learn would refuse them."""
    same_columns(X_train, X_test)
    X, y = {"train": X_train, "test": X_test}, {"train": y_train, "test": y_test}
    for part in X:
        given = {f"X_{part}": X[part], f"y_{part}": y[part]}
        try:
            X[part], y[part] = validate_data(
                forest, *given.values(), reset=part == "train", y_numeric=True,
                dtype=np.float32, ensure_all_finite=False,
            )  # fmt: skip
        except (ValueError, TypeError) as error:
            raise ValueError(f"{' and '.join(given)}: {error}") from error
        for name, values in given.items():
            if np.asarray(values).dtype.kind in "USMm":  # it makes numbers of these
                raise ValueError(f"{name} must hold numbers, not texts or times")
        y[part] = np.asarray(y[part], dtype=float)
        for name, values in zip(given, (X[part], y[part]), strict=True):
            if not np.isfinite(values).all() or np.ma.is_masked(given[name]):
                raise ValueError(f"{name} must hold finite numbers: no missing values")
    if score == "r2" and len(y["test"]) < 2:
        raise ValueError("y_test must have at least two rows for score='r2'")
    return X["train"], X["test"], y["train"], y["test"]


def _regrown(trees, X_train, y_train, X_test, depths):
    """Predictions (n_depths, n_trees, n_test) of trees grown anew to each depth that cuts them."""
    predictions = np.empty((len(depths), len(trees), len(X_test)))
    with config_context(skip_parameter_validation=True):
        for i, (tree, sample) in enumerate(trees):
            weight = np.bincount(sample, minlength=len(X_train))
            for j, depth in enumerate(depths):
                grown = tree
                if depth < tree.tree_.max_depth:
                    grown = DecisionTreeRegressor(max_depth=depth, random_state=tree.random_state)
                    grown.fit(X_train, y_train, sample_weight=weight, check_input=False)
                predictions[j, i] = grown.tree_.predict(X_test)[:, 0]
    return predictions


def _truncated(trees, X_test, depths):
    """Predictions (n_depths, n_trees, n_test) of full trees read at the node reached at each depth.

    All trees are laid end to end in one array of nodes; every row walks down every
    tree one level at a time.
    """
    offsets = np.cumsum([0] + [tree.tree_.node_count for tree in trees[:-1]])
    left, right, feature, threshold, value = (
        np.concatenate([getattr(tree.tree_, name) for tree in trees])
        for name in ("children_left", "children_right", "feature", "threshold", "value")
    )
    offset, row = offsets[:, None], np.arange(len(X_test))
    node = np.broadcast_to(offset, (len(trees), len(X_test)))
    at_depth = {}
    deepest = max(1, *(tree.tree_.max_depth for tree in trees))
    for depth in range(1, min(max(depths), deepest) + 1):
        # A leaf has no feature: any will do.
        goes_left = X_test[row, feature[node].clip(0)] <= threshold[node]
        child = np.where(goes_left, left[node], right[node])
        node = np.where(child < 0, node, child + offset)  # a leaf has no child: stay
        at_depth[depth] = value[node, 0, 0]
    return np.stack([at_depth[min(depth, deepest)] for depth in depths])


def _score(y_test, y_pred, score):
    """RMSE or R² of each row of y_pred (n_forests, n_test)."""
    if score == "r2":
        return np.array([r2_score(y_test, row) for row in y_pred])
    return np.sqrt(np.average((y_test - y_pred) ** 2, axis=1))
