"""The template of chapter 11 runs unchanged on bundled data and on files of all kinds."""

from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pandas as pd
import pytest
from paths import ROOT

NOTEBOOK = ROOT / "notebooks/11_your_own_sweep.ipynb"
CHOICES = "DATA, TARGET ="


@pytest.fixture
def template(tmp_path, monkeypatch, capsys):
    """Run the template with other choices, down to its sentence; what it printed, and its names."""
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")

    def run(data, target="target", model="linear", score=None, until='print(f"Tuning'):
        cells = [c.source for c in nbformat.read(NOTEBOOK, 4).cells if c.cell_type == "code"]
        assert sum(cell.startswith(CHOICES) for cell in cells) == 1
        choices = f"DATA, TARGET, MODEL, SCORE = {data!r}, {target!r}, {model!r}, {score!r}\n"
        names = {}
        for cell in cells:
            if cell.startswith(CHOICES):
                cell = choices + "BUDGET, SEED, MARGIN, CLASSES = 3, 0, 0.01, None"
            exec(compile(cell, "template", "exec"), names)
            if until in cell:
                break
        return capsys.readouterr().out, names

    return run


def only_check(template, data, target="target"):
    """The template down to the check of the data."""
    return template(data, target, until="X, y = checked(")


@pytest.mark.parametrize(
    ("data", "model", "loss"),
    [
        ("diabetes", "forest", "rmse"),
        ("iris", "svm", "error_rate"),
        ("wine", "linear", "error_rate"),
        ("breast_cancer", "svm", "error_rate"),
    ],
)
def test_it_runs_on_bundled_data_and_ends_with_a_sentence(template, data, model, loss):
    out, names = template(data, model=model)
    assert f"Tuning {model} on {data}\n  " in out and "95 %" in out
    assert names["loss"] == loss
    assert list(names["honest"]) == ["tuned", "defaults", "linear", "guess"]
    assert names["honest"].notna().all(axis=None)
    assert list(Path("sweeps").glob("*.jsonl"))


def test_another_score_can_be_named_and_a_gain_is_refused(template):
    out, names = template("diabetes", score="neg_mean_absolute_error")
    assert names["loss"] == "mean_absolute_error" and "mean_absolute_error" in out
    with pytest.raises(ValueError, match=r"^SCORE"):
        template("diabetes", score="r2")
    with pytest.raises(ValueError, match=r"^MODEL"):
        template("diabetes", model="magic")


def numbers(rows, **columns):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["a", "b", "c"])
    frame["target"] = frame["a"] + rng.normal(size=rows)
    return frame.assign(**columns)


def saved(frame):
    frame.to_csv("own.csv", index=False)
    return "own.csv"


def test_a_file_with_gaps_categories_and_foreign_headers_goes_all_the_way(template):
    frame = numbers(80)
    frame["größe in µm"] = np.where(frame.index % 9 == 0, np.nan, frame["b"] * 3)
    frame["都市"] = np.array(["東京", "京都", None], dtype=object)[frame.index % 3]
    frame["yes"] = frame["c"] > 0
    out, names = template(saved(frame))
    assert "Tuning linear on own.csv\n  " in out
    assert {"größe in µm", "都市", "yes"} <= set(names["X"])


def test_classes_may_be_text(template):
    frame = numbers(90)
    frame["target"] = np.array(["ja", "nein", "vielleicht"])[frame.index % 3]
    _, names = template(saved(frame))
    assert names["classes"] and names["loss"] == "error_rate"


def test_a_missing_target_is_named_with_what_there_is(template):
    with pytest.raises(ValueError, match=r"^TARGET: no column 'price'; there are \['a', 'b', 'c'"):
        only_check(template, saved(numbers(60)), "price")


def test_a_constant_column_is_left_out_and_said(template):
    out, names = only_check(template, saved(numbers(60, always=7)))
    assert "left out 'always': it is constant" in out and "always" not in names["X"]


def test_a_little_text_in_a_number_column_is_taken_as_missing_and_said(template):
    frame = numbers(60).astype({"b": object})
    frame.loc[[5, 6], "b"] = ["n/k", "?"]
    out, names = only_check(template, saved(frame))
    assert "'b': text such as 'n/k' in 2 row(s), taken as missing" in out
    assert names["X"]["b"].isna().sum() == 2


@pytest.mark.parametrize("rows", [0, 5])
def test_five_rows_are_too_few(template, rows):
    with pytest.raises(ValueError, match=f"^DATA: {rows} rows with a target are too few"):
        only_check(template, saved(numbers(rows)))


def test_of_a_hundred_thousand_rows_a_sample_is_searched_and_said(template):
    out, names = only_check(template, saved(numbers(100_000)))
    assert "searching on 5000 of 100000 rows" in out and len(names["X"]) == 5000


def test_other_hopeless_files_get_a_clear_word(template):
    with pytest.raises(ValueError, match=r"^DATA: no file 'nowhere.csv'"):
        only_check(template, "nowhere.csv")
    Path("empty.csv").touch()
    with pytest.raises(ValueError, match=r"^DATA: 'empty.csv' is no CSV"):
        only_check(template, "empty.csv")
    Path("latin.csv").write_bytes("größe,target\n1,2\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"^DATA: 'latin.csv' is no CSV in UTF-8"):
        only_check(template, "latin.csv")
    with pytest.raises(ValueError, match=r"^TARGET: 'target' has only one value"):
        only_check(template, saved(numbers(60, target=1)))
    with pytest.raises(ValueError, match=r"^DATA: no usable column"):
        only_check(template, saved(numbers(60)[["target"]].assign(same=1)))


def test_a_class_of_few_rows_is_refused_before_the_folds(template):
    frame = numbers(60)
    frame["target"] = ["rare"] * 4 + ["common"] * 56
    with pytest.raises(ValueError, match=r"^TARGET: a class has 4 rows"):
        template(saved(frame))


def test_shipping_the_winner_leaves_the_defaults_as_they_were(template):
    _, names = template("iris", until="final = ")
    assert names["final"].get_params()[f"{names['step']}__C"] != 1.0
    assert names["model"].get_params()[f"{names['step']}__C"] == 1.0
    assert not hasattr(names["model"], "n_features_in_")


def test_small_rates_are_said_with_three_digits(template):
    out, names = template("breast_cancer", model="linear", until="final = ")
    expected = names["digits"](names["honest"]["tuned"].mean())
    assert f"error_rate of about {expected}\n" in out and expected.startswith("0.0")
    assert [names["digits"](x) for x in (0.01749, 0, 54.04, 1234.5)] == [
        "0.0175", "0.00", "54.0", "1234",
    ]  # fmt: skip
    assert 0.001 < names["honest"]["tuned"].mean() < 0.1
