"""What the searches race on: search spaces, and objectives that also know a setting's value."""

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from skopt.space import Categorical, Integer, Real

from sweeplib import CrossValidated, forest_surface, load_split

FOREST = {"n_estimators": Integer(50, 1000), "max_depth": Integer(1, 20)}
KERNEL_RIDGE = {
    "alpha": Real(1e-6, 10, prior="log-uniform"),
    "gamma": Real(1e-4, 10, prior="log-uniform"),
}
SVC_SPACE = {
    "kernel": Categorical(["rbf", "poly"]),
    "C": Real(1e-2, 1e3, prior="log-uniform"),
    "gamma": Real(1e-5, 1, prior="log-uniform"),
    "degree": Integer(2, 5),
}
SIX_SPACE = {
    "max_depth": Integer(2, 20),
    "min_samples_leaf": Integer(1, 30),
    "min_samples_split": Integer(2, 30),
    "max_features": Real(0.1, 1),
    "max_samples": Real(0.3, 1),
    "ccp_alpha": Real(1e-1, 1e3, prior="log-uniform"),
}
FIDELITIES = [3, 9, 27, 81, 243]
THREE_KNOBS = {
    "max_depth": Integer(1, 20),
    "min_samples_leaf": Integer(1, 30),
    "max_features": Real(0.1, 1.0),
}


def surfaces(seeds):
    maps = Parallel(n_jobs=2)(
        delayed(forest_surface)(*load_split(), random_state=seed, exact=False) for seed in seeds
    )
    return dict(zip(seeds, maps, strict=True))


def kernel_ridge_in_folds(X, y, seed) -> CrossValidated:
    """Kernel ridge in five folds, columns and target standardised in each."""
    ridge = make_pipeline(StandardScaler(), KernelRidge(kernel="rbf"))
    model = TransformedTargetRegressor(ridge, transformer=StandardScaler())
    return CrossValidated(model, X, y, cv=KFold(5, shuffle=True, random_state=seed))


class KernelRidgeInFolds:
    """Mean RMSE of a kernel ridge over five folds, by alpha and gamma."""

    def __init__(self, X, y, seed):
        self.in_folds = kernel_ridge_in_folds(X, y, seed)

    def __call__(self, alpha, gamma):
        return {"rmse": self.in_folds(**self.named(alpha, gamma))["rmse"]}

    def fresh(self, alpha, gamma, X, y):
        """RMSE on other rows of the model fitted to all the rows of the folds."""
        model = clone(self.in_folds.estimator).set_params(**self.named(alpha, gamma))
        return root_mean_squared_error(y, model.fit(self.in_folds.X, self.in_folds.y).predict(X))

    @staticmethod
    def named(alpha, gamma):
        return {
            "regressor__kernelridge__alpha": alpha,
            "regressor__kernelridge__gamma": gamma,
        }


class LengthsInFolds:
    """Mean RMSE over five folds of a kernel ridge with a gamma for each column."""

    def __init__(self, X, y, seed):
        self.X, self.y = X, y
        self.space = {f"gamma_{i}": Real(1e-3, 10, prior="log-uniform") for i in range(X.shape[1])}
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


class SupportVectors:
    """Share of errors; the degree counts for the polynomial kernel only."""

    def __init__(self, X, X_other, y, y_other, seed):
        self.other = X_other, y_other
        folds = StratifiedKFold(3, shuffle=True, random_state=seed)
        self.in_folds = CrossValidated(SVC(), X, y, cv=folds)

    def __call__(self, **setting):
        return {"error_rate": self.in_folds(**setting)["error_rate"]}

    def fresh(self, setting):
        model = SVC(**setting).fit(self.in_folds.X, self.in_folds.y)
        return 1 - model.score(*self.other)


class SixKnobs:
    """Out-of-bag RMSE of 50 trees."""

    def __init__(self, X, y, seed):
        self.X, self.y, self.seed = X, y, seed

    def forest(self, max_samples, **setting):
        rows = int(max_samples * len(self.X))  # scikit-learn before 1.9 rounds a share
        model = RandomForestRegressor(
            50, oob_score=True, random_state=self.seed, max_samples=rows, **setting
        )
        return model.fit(self.X, self.y)

    def __call__(self, **setting):
        known = np.nan_to_num(self.forest(**setting).oob_prediction_, nan=self.y.mean())
        return {"rmse": root_mean_squared_error(self.y, known)}

    def fresh(self, setting, X, y):
        return root_mean_squared_error(y, self.forest(**setting).predict(X))


def early_losses(setting, seed):
    """Held-out RMSE of one setting's first 3, 9 … 243 trees."""
    X_train, X_test, y_train, y_test = load_split()
    forest = RandomForestRegressor(FIDELITIES[-1], random_state=seed, **setting)
    trees = forest.fit(X_train, y_train).estimators_
    first_n = np.cumsum([t.predict(X_test.to_numpy()) for t in trees], axis=0)
    return {f"trees_{n}": root_mean_squared_error(y_test, first_n[n - 1] / n) for n in FIDELITIES}


def fidelities(setting, seed):
    """The setting with these losses, and its value."""
    last = f"trees_{FIDELITIES[-1]}"
    value = np.mean([early_losses(setting, seed + i)[last] for i in range(1, 6)])
    return setting | early_losses(setting, seed) | {"value": value}


def fold_losses(setting, shuffles, folds=10):
    """RMSE of 50 trees on each fold of each shuffle of the training rows."""
    X, _, y, _ = load_split()
    losses = []
    for shuffle in shuffles:
        for fit, rest in KFold(folds, shuffle=True, random_state=shuffle).split(X):
            forest = RandomForestRegressor(50, random_state=shuffle, **setting)
            forest.fit(X.iloc[fit], y.iloc[fit])
            losses.append(root_mean_squared_error(y.iloc[rest], forest.predict(X.iloc[rest])))
    return losses
