"""Objectives score a setting as scikit-learn's own searches do."""

import pickle
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import randint, uniform
from sklearn.base import BaseEstimator
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    make_scorer,
    max_error,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    PredefinedSplit,
    RandomizedSearchCV,
    ShuffleSplit,
    StratifiedKFold,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sweeplib import CrossValidated, Holdout, Lookup, grid_search, load_split, sweep


@dataclass
class Problem:
    """An estimator, its data, a grid and distributions for it, and how scikit-learn scores it."""

    estimator: BaseEstimator
    split: list
    grid: dict
    distributions: dict
    loss: str
    scoring: str
    offset: float = 0.0  # the loss is this less scikit-learn's score

    def losses(self, search):
        return self.offset - search.cv_results_["mean_test_score"]


def classification(load):
    return train_test_split(*load(return_X_y=True), test_size=0.3, random_state=0)


PROBLEMS = {
    "diabetes": Problem(
        RandomForestRegressor(random_state=42),
        load_split(),
        {"max_depth": [1, 3, None], "n_estimators": [3, 6]},
        {"max_depth": randint(1, 9), "n_estimators": randint(2, 9)},
        loss="rmse", scoring="neg_root_mean_squared_error",
    ),
    "breast cancer": Problem(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
        classification(load_breast_cancer),
        {"logisticregression__C": [0.001, 1.0], "standardscaler__with_mean": [True, False]},
        {"logisticregression__C": uniform(0.001, 1)},
        loss="error_rate", scoring="accuracy", offset=1.0,
    ),
    "iris": Problem(
        DecisionTreeClassifier(random_state=0),
        classification(load_iris),
        {"criterion": ["gini", "entropy"], "max_depth": [1, 2, None], "max_features": [1, 0.5]},
        {"max_depth": randint(1, 5), "min_samples_leaf": randint(1, 40)},
        loss="error_rate", scoring="accuracy", offset=1.0,
    ),
}  # fmt: skip


@pytest.fixture(params=PROBLEMS, name="problem")
def each_problem(request):
    return PROBLEMS[request.param]


def as_one_table(split):
    """The training rows above the held-out rows, and the cross-validation that tells them apart."""
    X_train, X_test, y_train, y_test = split
    join = pd.concat if isinstance(X_train, pd.DataFrame) else np.concatenate
    fold = np.repeat([-1, 0], [len(X_train), len(X_test)])
    return join([X_train, X_test]), join([y_train, y_test]), PredefinedSplit(fold)


def settings_of(results, names):
    return results[list(names)].astype(object).to_dict("records")


# Against scikit-learn's searches


def test_grid_search_on_a_holdout_is_grid_search_cv_with_a_predefined_split(problem):
    X, y, cv = as_one_table(problem.split)
    theirs = GridSearchCV(
        problem.estimator, problem.grid, scoring=problem.scoring, cv=cv, refit=False
    ).fit(X, y)
    objective = Holdout(problem.estimator, *problem.split)
    ours = sweep(objective, grid_search(problem.grid), minimize=problem.loss, progress=False)
    assert settings_of(ours, problem.grid) == theirs.cv_results_["params"]
    np.testing.assert_allclose(ours[problem.loss], problem.losses(theirs), rtol=0, atol=1e-12)


def test_grid_search_on_cross_validation_is_grid_search_cv_on_the_same_folds(problem):
    X, _, y, _ = problem.split
    theirs = GridSearchCV(
        problem.estimator, problem.grid, scoring=problem.scoring, cv=5, refit=False
    ).fit(X, y)
    objective = CrossValidated(problem.estimator, X, y, cv=5)
    ours = sweep(objective, grid_search(problem.grid), minimize=problem.loss, progress=False)
    assert settings_of(ours, problem.grid) == theirs.cv_results_["params"]
    np.testing.assert_allclose(ours[problem.loss], problem.losses(theirs), rtol=0, atol=1e-12)


def test_the_settings_of_randomized_search_cv_score_the_same_here(problem):
    X, _, y, _ = problem.split
    theirs = RandomizedSearchCV(
        problem.estimator, problem.distributions, n_iter=6, scoring=problem.scoring,
        cv=3, refit=False, random_state=0,
    ).fit(X, y)  # fmt: skip
    objective = CrossValidated(problem.estimator, X, y, cv=3)
    ours = [objective(**setting)[problem.loss] for setting in theirs.cv_results_["params"]]
    np.testing.assert_allclose(ours, problem.losses(theirs), rtol=0, atol=1e-12)


# Holdout


def test_a_holdout_scores_a_model_fitted_on_the_training_rows():
    X_train, X_test, y_train, y_test = load_split()
    y_pred = Ridge(alpha=0.1).fit(X_train, y_train).predict(X_test)
    assert Holdout(Ridge(), X_train, X_test, y_train, y_test)(alpha=0.1) == {
        "rmse": root_mean_squared_error(y_test, y_pred),
        "r2": r2_score(y_test, y_pred),
    }


def test_a_classifier_is_scored_by_error_rate_and_accuracy_by_default():
    X_train, X_test, y_train, y_test = split = PROBLEMS["iris"].split
    stump = DecisionTreeClassifier(max_depth=1).fit(X_train, y_train)
    accuracy = accuracy_score(y_test, stump.predict(X_test))
    scores = Holdout(DecisionTreeClassifier(), *split)(max_depth=1)
    assert scores == {"error_rate": pytest.approx(1 - accuracy), "accuracy": accuracy}


def test_a_pipeline_that_ends_in_a_classifier_is_a_classifier():
    problem = PROBLEMS["breast cancer"]
    assert Holdout(problem.estimator, *problem.split).scores == ["error_rate", "accuracy"]


def test_the_estimator_handed_in_is_left_as_it_was():
    ridge = Ridge(alpha=5)
    X, _, y, _ = split = load_split()
    for objective in (Holdout(ridge, *split), CrossValidated(ridge, X, y)):
        objective(alpha=0.1)
        assert ridge.alpha == 5
        assert not hasattr(ridge, "coef_")


def test_an_objective_names_the_hyperparameters_and_scores_it_deals_in():
    X, _, y, _ = split = load_split()
    pipeline = make_pipeline(StandardScaler(), Ridge())
    for objective in (Holdout(pipeline, *split), CrossValidated(pipeline, X, y)):
        assert {"ridge__alpha", "standardscaler__with_mean"} <= objective.parameters
        assert "alpha" not in objective.parameters
        assert objective.scores == ["rmse", "r2"]


def test_scores_are_pythons_own_floats():
    X, _, y, _ = split = load_split()
    for objective in (Holdout(Ridge(), *split), CrossValidated(Ridge(), X, y)):
        assert {type(value) for value in objective(alpha=1).values()} == {float}


@pytest.mark.parametrize("made", [Holdout, CrossValidated])
def test_an_objective_can_be_sent_to_a_worker(made):
    split = load_split()
    data = split if made is Holdout else (split[0], split[2])
    objective = made(Ridge(), *data, scoring=["neg_mean_absolute_error", "r2"])
    assert pickle.loads(pickle.dumps(objective))(alpha=0.1) == objective(alpha=0.1)


# Scoring


@pytest.fixture(params=["holdout", "cross-validated"])
def score_ridge(request):
    """Two functions: a scoring gives a ridge's scores, a metric the value to expect of it."""
    X, X_test, y, y_test = split = load_split()
    if request.param == "holdout":
        folds = [(X, X_test, y, y_test)]
        made = partial(Holdout, Ridge(), *split)
    else:
        folds = [
            (X.iloc[train], X.iloc[test], y.iloc[train], y.iloc[test])
            for train, test in KFold(4).split(X)
        ]
        made = partial(CrossValidated, Ridge(), X, y, cv=4)

    def expected(metric):
        return np.mean([metric(b, Ridge(alpha=2).fit(A, a).predict(B)) for A, B, a, b in folds])

    def scores(scoring):
        return made(scoring=scoring)(alpha=2)

    return scores, expected


def test_a_negated_scorer_is_reported_as_the_loss_it_is(score_ridge):
    scores, expected = score_ridge
    assert scores(["neg_mean_absolute_error", "r2", "neg_max_error"]) == {
        "mean_absolute_error": pytest.approx(expected(mean_absolute_error)),
        "r2": pytest.approx(expected(r2_score)),
        "max_error": pytest.approx(expected(max_error)),
    }


def test_a_dict_gives_names_of_your_own_to_scorers(score_ridge):
    scores, expected = score_ridge

    def bias(model, X, y):
        return float(np.mean(model.predict(X) - y))

    found = scores({"mae": make_scorer(mean_absolute_error), "fit": "r2", "bias": bias})
    assert found == {
        "mae": pytest.approx(expected(mean_absolute_error)),
        "fit": pytest.approx(expected(r2_score)),
        "bias": pytest.approx(expected(lambda y, y_pred: np.mean(y_pred - y))),
    }


def test_a_negated_scorer_under_a_name_of_your_own_is_a_loss_too(score_ridge):
    scores, expected = score_ridge
    found = scores({"mae": "neg_mean_absolute_error"})
    assert found == {"mae": pytest.approx(expected(mean_absolute_error))}


def test_a_single_name_will_do_for_a_list_of_one(score_ridge):
    scores, _ = score_ridge
    assert scores("neg_mean_absolute_error") == scores(["neg_mean_absolute_error"])


def test_a_scorer_may_ask_for_probabilities():
    X, X_test, y, y_test = split = PROBLEMS["iris"].split
    model = LogisticRegression(C=0.1).fit(X, y)
    scores = Holdout(LogisticRegression(), *split, scoring=["neg_log_loss"])(C=0.1)
    assert scores == {"log_loss": pytest.approx(log_loss(y_test, model.predict_proba(X_test)))}


@pytest.mark.parametrize("scoring", [["rmse"], "nonsense", {"mine": "nonsense"}, {"mine": 3}])
def test_an_unknown_scorer_is_refused_when_the_objective_is_made(scoring):
    X, _, y, _ = split = load_split()
    with pytest.raises(ValueError, match="scoring"):
        Holdout(Ridge(), *split, scoring=scoring)
    with pytest.raises(ValueError, match="scoring"):
        CrossValidated(Ridge(), X, y, scoring=scoring)


# CrossValidated


def test_random_folds_are_drawn_once_so_every_setting_is_judged_on_the_same():
    X, _, y, _ = load_split()
    objective = CrossValidated(Ridge(), X, y, cv=ShuffleSplit(3))
    assert objective(alpha=1) == objective(alpha=1)


def test_folds_may_be_given_as_row_numbers():
    X, _, y, _ = load_split()
    rows = [(np.arange(100), np.arange(100, 353)), (np.arange(253, 353), np.arange(253))]
    expected = [
        root_mean_squared_error(
            y.iloc[test], Ridge(alpha=1).fit(X.iloc[train], y.iloc[train]).predict(X.iloc[test])
        )
        for train, test in rows
    ]
    assert CrossValidated(Ridge(), X, y, cv=iter(rows))(alpha=1)["rmse"] == np.mean(expected)


def test_the_folds_of_a_classifier_are_stratified():
    X, y = load_iris(return_X_y=True)
    ours = CrossValidated(DecisionTreeClassifier(), X, y, cv=3).splits
    for (_, test), (_, expected) in zip(ours, StratifiedKFold(3).split(X, y), strict=True):
        assert np.array_equal(test, expected)


@pytest.mark.parametrize("cv", [1, 10_000, "five"])
def test_folds_that_cannot_be_made_are_refused_when_the_objective_is_made(cv):
    X, _, y, _ = load_split()
    with pytest.raises(ValueError):
        CrossValidated(Ridge(), X, y, cv=cv)


class FailsOnManyRows(Ridge):
    def fit(self, X, y):
        if len(X) > 200:
            raise ArithmeticError("too many rows")
        return super().fit(X, y)


def test_an_error_in_one_fold_is_not_hidden():
    X, _, y, _ = load_split()
    rows = [(np.arange(100), np.arange(100, 353)), (np.arange(253), np.arange(253, 353))]
    with pytest.raises(ArithmeticError, match="too many rows"):
        CrossValidated(FailsOnManyRows(), X, y, cv=rows)(alpha=1)


# Lookup


def table(cells=((3.0, 4.0), (5.0, np.nan)), index=(10, 20), columns=(1, 2), names=("n", "depth")):
    return pd.DataFrame(
        cells, index=pd.Index(index, name=names[0]), columns=pd.Index(columns, name=names[1])
    )


def test_a_lookup_answers_with_the_cell_of_the_setting():
    objective = Lookup(table())
    cells = {(n, d): objective(n=n, depth=d)["rmse"] for n, d in [(10, 1), (10, 2), (20, 1)]}
    assert cells == {(10, 1): 3.0, (10, 2): 4.0, (20, 1): 5.0}


def test_a_lookup_names_its_score_and_its_hyperparameters():
    objective = Lookup(table(), score="loss")
    assert objective(depth=2, n=10) == {"loss": 4.0}
    assert objective.scores == ["loss"]
    assert objective.parameters == {"n", "depth"}


def test_a_lookup_may_be_named_by_strings():
    cells = table(index=("gini", "entropy"), columns=("sqrt", "log2"), names=("criterion", "m"))
    assert Lookup(cells)(criterion="entropy", m="sqrt") == {"rmse": 5.0}


@pytest.mark.parametrize("setting", [{"n": 30, "depth": 1}, {"n": 10, "depth": 9}, {"n": 10}, {}])
def test_a_setting_that_is_not_in_the_table_is_named(setting):
    with pytest.raises(ValueError, match="the table has no setting") as caught:
        Lookup(table())(**setting)
    assert str(setting) in str(caught.value)


@pytest.mark.parametrize(
    ("change", "side"),
    [
        ({"names": (None, "depth")}, "index"),
        ({"names": ("n", None)}, "columns"),
        ({"index": (10, 10)}, "index"),
        ({"columns": (2, 2)}, "columns"),
    ],
)
def test_a_table_whose_axis_is_unnamed_or_repeats_a_value_is_refused(change, side):
    with pytest.raises(ValueError, match=f"table: its {side} must be named and hold each value"):
        Lookup(table(**change))
