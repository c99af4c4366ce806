"""Made tables like the diabetes data, where the true difference of two models is known."""

import functools

import numpy as np
import pandas as pd
from elsewhere_tables import load
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sweeplib import compare_pairs


def made_table(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows like the diabetes people, standardised; their outcome a known function and noise."""
    center, spread, function, noise_sd = known_truth()
    rng = np.random.default_rng(seed)
    X = rng.multivariate_normal(np.zeros(len(center)), spread, rows)
    return X, function.predict(X) + rng.normal(0, noise_sd, rows)


@functools.cache
def known_truth():
    """Means, correlations, a kernel ridge fitted to the real table, and what it leaves over."""
    X, y = load("diabetes")
    X = StandardScaler().fit_transform(X)
    function = make_pipeline(KernelRidge(alpha=3, kernel="rbf", gamma=0.02)).fit(X, y - y.mean())
    left_over = y - y.mean() - function.predict(X)
    return X.mean(axis=0), np.corrcoef(X.T), function, left_over.std(ddof=11)


PAIRS = {
    "random splits": (Ridge(alpha=10), KernelRidge(alpha=1, kernel="rbf", gamma=0.02)),
    "nested": (RidgeCV(np.geomspace(1e-2, 1e4, 25)), LinearRegression()),
}


def differences(kind: str, X, y, X_rest, y_rest, size: int | None = None) -> float:
    """RMSE of one model less that of the other; with a size, the mean over pieces of the rest."""
    errors = []
    for model in PAIRS[kind]:
        model = make_pipeline(StandardScaler(), clone(model)).fit(X, y - y.mean())
        errors.append((model.predict(X_rest) + y.mean() - y_rest) ** 2)
    n = size or len(y_rest)
    pieces = np.array(errors)[:, : len(y_rest) // n * n].reshape(2, -1, n)
    one, other = np.sqrt(pieces.mean(axis=2)).mean(axis=1)
    return one - other


def covered(kind: str, seed: int) -> dict:
    """The interval from one made table, corrected and plain; and the truth from another."""
    X, y = made_table(seed, 442)
    if kind == "nested":
        pairs = [p for deal in (0, 1) for p in KFold(5, shuffle=True, random_state=deal).split(X)]
    else:
        pairs = ShuffleSplit(10, test_size=89, random_state=0).split(X)
    found = [differences(kind, X[a], y[a], X[b], y[b]) for a, b in pairs]
    fresh, fresh_y = made_table(10_000 + seed, 5353)
    true = differences(kind, fresh[:353], fresh_y[:353], fresh[353:], fresh_y[353:], size=89)
    corrected = compare_pairs(found, np.zeros(10), n_train=353, n_test=89)
    plain = compare_pairs(found, np.zeros(10))
    return {"table": "made", "kind": kind, "seed": seed, "fresh": true, "mean": corrected.mean,
            "low": corrected.low, "high": corrected.high,
            "plain_low": plain.low, "plain_high": plain.high}  # fmt: skip


def coverage() -> pd.DataFrame:
    jobs = [(kind, seed) for kind in PAIRS for seed in range(500)]
    return pd.DataFrame(Parallel()(delayed(covered)(*job) for job in jobs)).round(5)
