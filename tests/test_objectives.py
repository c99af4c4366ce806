"""Objectives score a setting as scikit-learn's own searches do."""

import pickle
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import randint, uniform
from sklearn.base import BaseEstimator, clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.metrics import (
    accuracy_score,
    check_scoring,
    cohen_kappa_score,
    fbeta_score,
    get_scorer,
    get_scorer_names,
    log_loss,
    make_scorer,
    max_error,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
    zero_one_loss,
)
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    RandomizedSearchCV,
    ShuffleSplit,
    StratifiedKFold,
    cross_validate,
    train_test_split,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sweeplib import (
    CrossValidated,
    Holdout,
    Lookup,
    forest_surface,
    grid_search,
    load_split,
    sweep,
)
from sweeplib.objectives import check_loss


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


# Losses and gains

NEGATED = {
    "made a loss": make_scorer(mean_absolute_error, greater_is_better=False),
    "by name": "neg_mean_absolute_error",
    "the object of that name": get_scorer("neg_mean_absolute_error"),
    "a partial of it": partial(get_scorer("neg_mean_absolute_error")),
    "of a function of one's own": make_scorer(
        lambda y, y_pred: np.mean(np.abs(y - y_pred)), greater_is_better=False
    ),
    "of a partial": make_scorer(partial(mean_absolute_error), greater_is_better=False),
}


@pytest.mark.parametrize("scorer", NEGATED.values(), ids=NEGATED)
def test_a_scorer_whose_sign_is_turned_is_reported_as_the_loss_it_is(score_ridge, scorer):
    scores, expected = score_ridge
    assert scores({"mae": scorer}) == {"mae": pytest.approx(expected(mean_absolute_error))}


def test_a_scorer_handed_in_keeps_its_sign():
    X, _, y, _ = load_split()
    scorer = make_scorer(mean_absolute_error, greater_is_better=False)
    model = Ridge().fit(X, y)
    before = scorer(model, X, y)
    CrossValidated(Ridge(), X, y, scoring={"mae": scorer})(alpha=1)
    assert scorer(model, X, y) == before < 0


@pytest.mark.parametrize("name", [n for n in get_scorer_names() if n.startswith("neg_")])
def test_every_negated_scorer_of_scikit_learn_is_a_loss_by_name_and_as_object(name):
    X, _, y, _ = load_split()
    for scoring in (name, [name], [get_scorer(name)], {"mine": name}, {"mine": get_scorer(name)}):
        objective = CrossValidated(Ridge(), X, y, scoring=scoring)
        assert objective.gains == set()
        (scorer,) = objective.scorers.values()
        assert scorer._sign == 1


@pytest.mark.parametrize("name", [n for n in get_scorer_names() if not n.startswith("neg_")])
def test_every_gain_of_scikit_learn_is_a_gain_under_whatever_name(name):
    X, _, y, _ = load_split()
    scorer = get_scorer(name)
    again = make_scorer(scorer._score_func, response_method=scorer._response_method)
    for scoring in (name, {"mine": name}, {"mine": scorer}, {"mine": again}, [scorer]):
        objective = CrossValidated(Ridge(), X, y, scoring=scoring)
        (reported,) = objective.scores
        assert objective.gains == {reported}
        with pytest.raises(ValueError, match=rf"^minimize: more '{reported}' is better"):
            check_loss(reported, objective)


@pytest.mark.parametrize(
    "scorer",
    [
        make_scorer(fbeta_score, beta=2),
        make_scorer(partial(fbeta_score, beta=2)),
        make_scorer(cohen_kappa_score),
        partial(get_scorer("accuracy")),
        make_scorer(r2_score, greater_is_better=False),
        check_scoring(Ridge()),
    ],
    ids=["fbeta", "partial fbeta", "kappa", "partial scorer", "r2 with a minus", "model.score"],
)
def test_a_score_that_scikit_learn_calls_a_score_is_a_gain(scorer):
    X, _, y, _ = load_split()
    objective = CrossValidated(Ridge(), X, y, scoring={"mine": scorer})
    assert objective.gains == {"mine"}


def own_loss(model, X, y):
    return float(np.max(np.abs(model.predict(X) - y)))


@pytest.mark.parametrize(
    "scorer",
    [
        make_scorer(mean_absolute_error),
        make_scorer(zero_one_loss),
        make_scorer(lambda y, y_pred: 1 - accuracy_score(y, y_pred)),
        own_loss,
    ],
)
def test_a_function_of_ones_own_and_a_loss_are_taken_at_their_word(scorer):
    X, _, y, _ = load_split()
    objective = CrossValidated(Ridge(), X, y, scoring={"mine": scorer, "r2": "r2"})
    assert objective.gains == {"r2"}
    check_loss("mine", objective)


def test_the_gains_of_the_scores_that_are_given_by_default_are_known():
    X, _, y, _ = split = load_split()
    assert Holdout(Ridge(), *split).gains == {"r2"}
    assert CrossValidated(LogisticRegression(), X, y > 150).gains == {"accuracy"}


def test_one_scorer_will_do_and_is_called_as_its_function_is():
    X, _, y, _ = split = load_split()
    scoring = make_scorer(mean_absolute_error, greater_is_better=False)
    expected = mean_absolute_error(split[3], Ridge().fit(X, y).predict(split[1]))
    assert Holdout(Ridge(), *split, scoring=scoring)() == {"mean_absolute_error": expected}
    assert Holdout(Ridge(), *split, scoring=get_scorer("r2")).scores == ["r2_score"]
    assert Holdout(Ridge(), *split, scoring=own_loss).scores == ["own_loss"]
    assert Holdout(Ridge(), *split, scoring=[own_loss, "r2"]).scores == ["own_loss", "r2"]


def test_scorers_in_a_set_or_a_generator_are_taken_in_an_order_of_their_own():
    X, _, y, _ = load_split()
    names = ["r2", "neg_max_error", "neg_mean_absolute_error"]
    for _ in range(3):
        found = CrossValidated(Ridge(), X, y, scoring=set(names)).scores
        assert found == ["max_error", "mean_absolute_error", "r2"]
    found = CrossValidated(Ridge(), X, y, scoring=(name for name in names)).scores
    assert found == ["r2", "max_error", "mean_absolute_error"]


def several(model, X, y):
    return {"a": 1.0, "b": 2.0}


@pytest.mark.parametrize(
    ("scoring", "said"),
    [
        ([], "at least one"),
        ({}, "at least one"),
        (3, "must be a scorer"),
        (["r2", "r2"], "two scores are called 'r2'"),
        (["neg_max_error", make_scorer(max_error)], "two scores are called 'max_error'"),
        ({1: "r2"}, "name must be a string"),
        ({None: "r2"}, "name must be a string"),
        ({"neg_max_error": "neg_max_error"}, "call it 'max_error'"),
        (["acuracy"], r"did you mean 'accuracy'\?"),
        ({"mine": "mean_absolute_error"}, r"did you mean 'neg_mean_absolute_error'\?"),
        ({"mine": None}, "or the name of one"),
        (lambda model, X, y: 1.0, "no name; give it one"),
        ([partial(own_loss)], "no name; give it one"),
        (mean_absolute_error, "make_scorer"),
        ({"mine": mean_absolute_error}, "make_scorer"),
        ({"both": check_scoring(Ridge(), scoring=["r2", "max_error"][:1])}, "several scores"),
    ],
)
def test_a_scoring_that_cannot_be_what_is_meant_is_refused_when_the_objective_is_made(
    scoring, said
):
    X, _, y, _ = split = load_split()
    for made in (partial(Holdout, Ridge(), *split), partial(CrossValidated, Ridge(), X, y)):
        with pytest.raises(ValueError, match=rf"^scoring.*{said}"):
            made(scoring=scoring)


def test_a_scorer_that_gives_several_scores_is_named(score_ridge):
    scores, _ = score_ridge
    with pytest.raises(ValueError, match=r"scoring.*'a': 1.0"):
        scores(several)


@pytest.mark.parametrize(
    ("minimize", "said"),
    [
        ("neg_mean_absolute_error", "here it is called 'mean_absolute_error'"),
        ("neg_log_loss", "here it is called 'log_loss'"),
        ("accuracy", "more 'accuracy' is better"),
        ("fit", "more 'fit' is better"),
        ("mae_sd", "says how the folds differ"),
        ("mea", r"not 'mea' \(did you mean 'mae'\?\)"),
        (None, "must be the name of a score"),
        (["mae"], "must be the name of a score"),
    ],
)
def test_what_is_no_loss_of_an_objective_is_said(minimize, said):
    X, _, y, _ = load_split()
    scoring = {"mae": "neg_mean_absolute_error", "fit": "r2"}
    objective = CrossValidated(Ridge(), X, y, scoring=scoring, spread=True)
    check_loss("mae", objective)
    with pytest.raises(ValueError, match=rf"^minimize.*{said}"):
        check_loss(minimize, objective)


# Names


@pytest.fixture(params=[Holdout, CrossValidated], name="of_estimator")
def each_kind_of_objective(request):
    X, _, y, _ = split = load_split()
    return lambda estimator: request.param(
        estimator, *(split if request.param is Holdout else (X, y)), scoring="r2"
    )


class TakesAnything(Ridge):
    """As LightGBM's estimators, it takes free parameters by name."""

    def set_params(self, **params):
        for name, value in params.items():
            setattr(self, name, value)
        return self


PIPELINE = make_pipeline(StandardScaler(), Ridge())
TAKEN = [
    (Ridge(), {}),
    (Ridge(), {"alpha": 1, "tol": 1}),
    (Ridge(), {"alpha": "a value is the business of the trial"}),
    (PIPELINE, {"ridge__alpha": 1, "standardscaler__with_mean": False}),
    (PIPELINE, {"ridge": Lasso(), "ridge__selection": "random"}),
    (PIPELINE, {"ridge__max_depth": 3, "ridge": DecisionTreeClassifier()}),
    (PIPELINE, {"steps": [("tree", DecisionTreeClassifier())], "tree__max_depth": 3}),
    (Pipeline([("c", "passthrough")]), {"c": SVC(), "c__C": 1.0}),
    (Pipeline([("c", PIPELINE)]), {"c__ridge": SVC(), "c__ridge__C": 1.0}),
    (TakesAnything(), {"num_leaves": 7, "alpha": 1}),
    (make_pipeline(TakesAnything()), {"takesanything__num_leaves": 7}),
]


@pytest.mark.parametrize(("estimator", "setting"), TAKEN)
def test_a_name_is_taken_where_the_estimator_takes_the_whole_setting(
    of_estimator, estimator, setting
):
    of_estimator(estimator).check(setting)


REFUSED = [
    (Ridge(), {"alfa": 1, "alpha": 1}, ["alfa"], "'alpha'"),
    (Ridge(), {"Alpha": 1}, ["Alpha"], "'alpha'"),
    (Ridge(), {"zzz": 1}, ["zzz"], None),
    (Ridge(), {"alfa": 1, "toll": 1}, ["alfa", "toll"], "'alpha' and 'tol'"),
    (SVC(), {"c": 1}, ["c"], "'C'"),
    (PIPELINE, {"alpha": 1}, ["alpha"], "'ridge__alpha'"),
    (PIPELINE, {"ridge__alfa": 1}, ["ridge__alfa"], "'ridge__alpha'"),
    (PIPELINE, {"rigde__alpha": 1}, ["rigde__alpha"], "'ridge__alpha'"),
    (PIPELINE, {"ridge_alpha": 1}, ["ridge_alpha"], "'ridge__alpha'"),
    (PIPELINE, {"ridge": Lasso(), "ridge__solver": "svd"}, ["ridge__solver"], None),
    (PIPELINE, {"ridge": SVC(), "ridge__gama": 1}, ["ridge__gama"], "'ridge__gamma'"),
    (PIPELINE, {"ridge": "passthrough", "ridge__alpha": 1}, ["ridge__alpha"], None),
    (PIPELINE, {"steps": [("t", SVC())], "ridge__alpha": 1}, ["ridge__alpha"], None),
    (Ridge(), {3: 1}, [3], None),
]


@pytest.mark.parametrize(("estimator", "setting", "unknown", "meant"), REFUSED)
def test_a_name_that_is_not_taken_is_refused_with_the_nearest_few(
    of_estimator, estimator, setting, unknown, meant
):
    with pytest.raises(ValueError) as caught:
        of_estimator(estimator).check(setting)
    said = str(caught.value)
    assert said.startswith(f"space: the objective takes no {unknown}, but ")
    assert said.endswith(f"; did you mean {meant}?") if meant else "did you mean" not in said
    assert len(said) < 250


def test_checking_a_setting_changes_neither_the_estimator_nor_the_setting(of_estimator):
    svc, ridge = SVC(), Ridge()
    for estimator, setting in [
        (PIPELINE, {"ridge": svc, "ridge__C": 9.0}),
        (PIPELINE, {"steps": [("r", ridge)], "r__alpha": 9.0}),
        (PIPELINE, {"ridge__alpha": 9.0}),
        (TakesAnything(), {"num_leaves": 9}),
    ]:
        before = str(estimator.get_params())
        of_estimator(estimator).check(setting)
        assert str(estimator.get_params()) == before
        assert not hasattr(estimator, "num_leaves")
    assert (svc.C, ridge.alpha) == (1.0, 1.0)


class CountsClones(Ridge):
    """A model that is dear to clone."""

    clones = 0

    def __sklearn_clone__(self):
        CountsClones.clones += 1
        return super().__sklearn_clone__()


def test_names_of_the_estimator_itself_are_checked_without_a_clone(of_estimator):
    objective = of_estimator(CountsClones())
    CountsClones.clones = 0
    objective.check({"alpha": 1, "solver": "svd", "tol": (1, 2)})
    assert CountsClones.clones == 0


def test_what_grid_search_cv_takes_is_taken_by_a_sweep():
    X, y = load_iris(return_X_y=True)
    pipeline = Pipeline([("c", SVC())])
    grids = [
        {"c": [SVC()], "c__C": [0.1, 1.0]},
        {"c": [DecisionTreeClassifier(random_state=0)], "c__max_depth": [1, 2]},
    ]
    theirs = GridSearchCV(pipeline, grids, cv=3).fit(X, y).cv_results_["mean_test_score"]
    objective = CrossValidated(pipeline, X, y, cv=3)
    ours = []
    for setting in next(grid_search(grids)):
        objective.check(setting)
        copied = {name: clone(value, safe=False) for name, value in setting.items()}
        ours.append(objective(**copied)["accuracy"])
    assert ours == pytest.approx(theirs.tolist())


@pytest.mark.parametrize("estimator", [None, 3, Ridge, "ridge", len])
def test_what_is_no_estimator_is_refused_when_the_objective_is_made(of_estimator, estimator):
    with pytest.raises(ValueError, match=r"^estimator must be"):
        of_estimator(estimator)


# Rows


def rows(n):
    return np.arange(2.0 * n).reshape(n, 2), np.arange(n) % 3.0


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ({"y": rows(9)[1]}, "y"),
        ({"X": rows(0)[0], "y": rows(0)[1]}, "X"),
        ({"X": 3.0}, "X"),
        ({"groups": [1, 2]}, "groups"),
        ({"groups": 3}, "groups"),
        ({"params": {"sample_weight": np.ones(9)}}, "sample_weight"),
        ({"params": {"ridge__sample_weight": [1.0, 2.0]}}, "sample_weight"),
        ({"params": [1]}, "params"),
        ({"params": {3: 1}}, "params"),
        ({"spread": "yes"}, "spread"),
        ({"cv": []}, "cv"),
        ({"cv": [([0, 1], [])]}, "cv"),
        ({"cv": [([], [0, 1])]}, "cv"),
        ({"cv": [(np.zeros(12, bool), np.ones(12, bool))]}, "cv"),
        ({"cv": [([0, 1], [12])]}, "cv"),
        ({"cv": [([0.5], [1])]}, "cv"),
        ({"cv": [3]}, "cv"),
        ({"cv": GroupKFold(3)}, "cv"),
        ({"cv": [([0, 1], [2])], "spread": True}, "spread"),
    ],
)
def test_folds_and_rows_that_cannot_be_meant_are_refused_before_any_fit(argument, said):
    X, y = rows(12)
    with pytest.raises(ValueError, match=rf"^[^:]*{said}"):
        CrossValidated(Ridge(), **{"X": X, "y": y} | argument)


@pytest.mark.parametrize(
    ("lengths", "weights"),
    [((9, 4, 8, 4), 9), ((9, 4, 9, 5), 9), ((9, 0, 9, 0), 9), ((9, 4, 9, 4), 4)],
)
def test_the_rows_of_a_holdout_must_match(lengths, weights):
    a, b, c, d = lengths
    with pytest.raises(ValueError, match=r"must have equally many rows"):
        Holdout(
            Ridge(), rows(a)[0], rows(b)[0], rows(c)[1], rows(d)[1],
            params={"sample_weight": np.ones(weights)},
        )  # fmt: skip


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


GROUPS = np.repeat(np.arange(24), 15)[:353]


@pytest.mark.parametrize("cv", [GroupKFold(4), LeaveOneGroupOut(), 4, KFold(3)])
@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
def test_groups_are_those_of_cross_validate(cv):
    X, _, y, _ = load_split()
    theirs = cross_validate(
        Ridge(alpha=2), X, y, cv=cv, groups=GROUPS, scoring="neg_root_mean_squared_error"
    )
    ours = CrossValidated(Ridge(), X, y, cv=cv, groups=pd.Series(GROUPS))
    assert ours(alpha=2)["rmse"] == pytest.approx(-theirs["test_score"].mean(), rel=1e-12)


WEIGHTS = np.random.RandomState(0).uniform(0.1, 5, 353)


@pytest.mark.parametrize("weights", [WEIGHTS, WEIGHTS.tolist(), pd.Series(WEIGHTS), 2.0, None])
def test_fit_parameters_are_those_of_cross_validate(weights):
    X, _, y, _ = load_split()
    params = {"sample_weight": weights}
    scoring = "neg_root_mean_squared_error"
    theirs = cross_validate(Ridge(alpha=2), X, y, cv=4, params=params, scoring=scoring)
    ours = CrossValidated(Ridge(), X, y, cv=4, params=params)(alpha=2)
    assert ours["rmse"] == pytest.approx(-theirs["test_score"].mean(), rel=1e-12)


def test_fit_parameters_of_a_pipeline_go_by_the_names_of_its_steps():
    X, X_test, y, y_test = split = load_split()
    params = {"ridge__sample_weight": WEIGHTS}
    expected = clone(PIPELINE).fit(X, y, **params).predict(X_test)
    found = Holdout(PIPELINE, *split, params=params)(ridge__alpha=1.0)
    assert found["rmse"] == root_mean_squared_error(y_test, expected)
    assert found != Holdout(PIPELINE, *split)(ridge__alpha=1.0)


def test_the_spread_is_the_std_test_score_of_grid_search_cv():
    X, _, y, _ = load_split()
    grid = {"alpha": [0.1, 1.0]}
    search = GridSearchCV(Ridge(), grid, cv=4, scoring="neg_root_mean_squared_error").fit(X, y)
    objective = CrossValidated(Ridge(), X, y, cv=4, spread=True)
    assert objective.scores == ["rmse", "r2", "rmse_sd", "r2_sd"]
    found = [objective(alpha=alpha) for alpha in grid["alpha"]]
    assert [list(scores) for scores in found] == [objective.scores] * 2
    expected = search.cv_results_["std_test_score"].tolist()
    assert [scores["rmse_sd"] for scores in found] == pytest.approx(expected)
    without = CrossValidated(Ridge(), X, y, cv=4)(alpha=1.0)
    assert without == {name: found[1][name] for name in without}


def test_a_spread_that_would_go_by_the_name_of_a_score_is_refused():
    X, _, y, _ = load_split()
    with pytest.raises(ValueError, match=r"^scoring: \['fit_sd'\]"):
        CrossValidated(Ridge(), X, y, scoring={"fit": "r2", "fit_sd": "r2"}, spread=True)


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


@pytest.mark.parametrize("names", [("n", "n"), (3, "depth"), ("n", ("a", "b"))])
def test_both_axes_of_a_table_have_names_of_their_own(names):
    with pytest.raises(ValueError, match=r"^table"):
        Lookup(table(names=names))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"n": 10}, r"needs \['depth'\]"),
        ({}, r"needs \['depth', 'n'\]"),
        ({"n": 10, "depth": 1, "k": 1}, r"takes no \['k'\]"),
        ({"n": 10, "dept": 1}, r"takes no \['dept'\].*did you mean 'depth'\?"),
    ],
)
def test_a_setting_must_name_the_two_axes_of_a_table_and_nothing_else(setting, said):
    Lookup(table()).check({"n": 77, "depth": 1})
    with pytest.raises(ValueError, match=rf"^space: the objective {said}"):
        Lookup(table()).check(setting)
    with pytest.raises(ValueError):
        Lookup(table())(**setting)


def test_a_value_that_no_axis_can_hold_is_named():
    with pytest.raises(ValueError, match="the table has no setting"):
        Lookup(table())(n=[10], depth=1)


@pytest.mark.parametrize("kind", ["array", "table"])
def test_a_model_that_writes_into_its_data_changes_no_other_trial(kind):
    X = np.random.default_rng(0).normal(10, 1, (40, 3))
    y = X @ [1.0, 2.0, 3.0]
    X = pd.DataFrame(X) if kind == "table" else X
    objective = Holdout(Ridge(copy_X=False), X[:30], X[30:], y[:30], y[30:])
    first = objective(alpha=1.0)
    assert [objective(alpha=1.0) for _ in range(3)] == [first] * 3
    assert np.asarray(X).mean() > 9


def test_what_becomes_of_the_callers_estimator_changes_no_journal(journal):
    X = np.random.default_rng(0).normal(size=(40, 3))
    model = Ridge()

    def results():
        objective = CrossValidated(model, X, X[:, 0])
        return sweep(objective, grid_search({"alpha": [1, 2]}), journal=journal, progress=False)

    first = results()
    model.fit(X, X[:, 0])
    pd.testing.assert_frame_equal(results(), first)


def in_place(y_true, y_pred):
    y_true -= y_pred
    return float(np.sqrt(np.mean(y_true**2)))


def test_a_scorer_that_writes_into_the_target_spoils_no_later_trial():
    split = [np.array(part, dtype=float) for part in load_split()]
    objective = Holdout(Ridge(), *split, scoring={"loss": make_scorer(in_place)})
    first = objective(alpha=1.0)
    assert objective(alpha=1.0) == first
    assert first["loss"] == pytest.approx(Holdout(Ridge(), *load_split())(alpha=1.0)["rmse"])


@pytest.mark.parametrize("estimator", [Pipeline([("m", "passthrough")]), KMeans(2)])
def test_what_is_no_regressor_and_no_classifier_needs_a_scorer(estimator):
    X, y = load_iris(return_X_y=True)
    for make in (lambda **o: Holdout(estimator, X, X, y, y, **o),
                 lambda **o: CrossValidated(estimator, X, y, **o)):  # fmt: skip
        with pytest.raises(ValueError, match=r"^scoring must be given"):
            make()
        assert make(scoring="accuracy").scores == ["accuracy"]


def test_held_out_columns_in_another_order_are_refused():
    X_train, X_test, y_train, y_test = load_split()
    with pytest.raises(ValueError, match=r"^X_test must have the columns of X_train"):
        Holdout(Ridge(), X_train, X_test[X_test.columns[::-1]], y_train, y_test)
    Holdout(Ridge(), X_train, X_test.to_numpy(), y_train, y_test)


def test_a_surface_of_gains_is_not_minimised_as_a_loss():
    surface = forest_surface(*load_split(), n_estimators=3, max_depths=[1, 4], score="r2")
    grid = {"n_estimators": [3], "max_depth": [1, 4]}
    assert Lookup(surface).scores == ["r2"] and Lookup(surface, "own").scores == ["own"]
    with pytest.raises(ValueError, match="'r2' is better"):
        sweep(Lookup(surface), grid_search(grid), minimize="r2", progress=False)
    with pytest.raises(ValueError, match="the objective gives"):
        sweep(Lookup(surface), grid_search(grid), progress=False)
    with pytest.raises(ValueError, match=r"^score must be"):
        Lookup(surface, 3)


def test_a_lookup_keeps_its_table_as_it_was_given():
    index, columns = pd.Index([1], name="n"), pd.Index([1, 2], name="m")
    table = pd.DataFrame([[3.0, 4.0]], index=index, columns=columns)
    objective = Lookup(table)
    table.iloc[0, 0] = 99.0
    assert objective(n=1, m=1) == {"rmse": 3.0}
