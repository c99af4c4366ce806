"""The data and its one split."""

import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

from sweeplib import load_split


def test_the_split_is_the_originals():
    frame = load_diabetes(as_frame=True).frame
    train, test = train_test_split(frame, test_size=0.2, random_state=42)
    X_train, X_test, y_train, y_test = load_split()
    pd.testing.assert_frame_equal(X_train, train.drop(columns="target"))
    pd.testing.assert_frame_equal(X_test, test.drop(columns="target"))
    pd.testing.assert_series_equal(y_train, train["target"])
    pd.testing.assert_series_equal(y_test, test["target"])


def test_353_rows_train_and_89_are_held_out_and_none_is_both():
    X_train, X_test, y_train, y_test = load_split()
    assert (X_train.shape, X_test.shape) == ((353, 10), (89, 10))
    assert set(X_train.index) | set(X_test.index) == set(range(442))
    assert X_train.index.equals(y_train.index)
    assert X_test.index.equals(y_test.index)


def test_another_seed_gives_another_split():
    assert not load_split(0)[1].index.equals(load_split(1)[1].index)


def test_the_share_held_out_can_be_chosen():
    assert len(load_split(test_size=0.5)[1]) == 221


def test_unscaled_columns_are_the_same_patients_as_measured():
    scaled, raw = load_split()[0], load_split(scaled=False)[0]
    assert scaled.index.equals(raw.index)
    assert raw["age"].between(19, 79).all()
    assert set(raw["sex"]) == {1, 2}
    for name in raw:
        assert np.corrcoef(scaled[name], raw[name])[0, 1] > 0.999999
