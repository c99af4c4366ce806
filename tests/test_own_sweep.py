"""The template of chapter 12 on files of all kinds: each ends in a report or in one sentence."""

from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from own_table import checked, digits, notes_table, planned, read, report, sentence
from own_table.read import BUNDLED, Refused

matplotlib.use("Agg")
FORMS = ["number", "class"]


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def table(form="number", rows=60, **columns):
    """Columns a and b, a target of the form that depends on a, and what a test adds."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, 2)).round(3), columns=["a", "b"])
    target = frame["a"] + rng.normal(size=rows).round(3)
    frame = frame.assign(**columns)
    frame["target"] = np.where(target > 0, "yes", "no") if form == "class" else target.round(3)
    return frame


def saved(frame, name="own.csv", **options):
    Path(name).write_bytes(frame.to_csv(index=False, **options).encode("utf-8"))
    return name


def check(data, target="target", **options):
    header = options.pop("header", True)
    return checked(read(data, header), target, **options)


def said(task, what):
    """The notes on one thing, as text."""
    return [f"{how} {why}" for name, how, why in task.notes if what in name]


def goes_all_the_way(task, model="linear", score=None):
    """Search, honest score and report; the sentences."""
    plan = planned(task, model, score=score, budget=2)
    results = plan.search()
    honest = plan.honest(1, say=lambda text: None)
    page = report("out/report.html", "A title & more", plan, results, honest, 0.01)
    text = page.read_text(encoding="utf8")
    assert "A title &amp; more" in text and "http" not in text and text.count("<img") == 3
    assert len(plan.final(results).predict(task.X)) == len(task.X)
    return plan, results, honest


@pytest.mark.parametrize(
    ("data", "model", "loss"),
    [
        ("diabetes", "svm", "rmse"),
        ("iris", "forest", "error_rate"),
        ("wine", "svm", "error_rate"),
        ("breast_cancer", "linear", "error_rate"),
    ],
)
def test_bundled_data_end_in_a_report_and_sentences(data, model, loss):
    plan, results, honest = goes_all_the_way(check(data), model)
    assert plan.loss == loss and len(results) == 3
    assert honest.notna().all(axis=None) and len(honest) == 5
    for rival in ("defaults", "guess"):
        assert sentence(plan, honest, rival, 0.01)
    journals = [path.name for path in Path("sweeps").iterdir()]
    assert len(journals) == 6  # of every search, those of the outer folds too


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_separator_is_found(form, separator):
    task = check(saved(table(form), sep=separator))
    assert list(task.X) == ["a", "b"] and task.classes == (form == "class")
    assert bool(said(task, "separator")) == (separator != ",")


@pytest.mark.parametrize("form", FORMS)
def test_decimal_commas_are_taken_and_said(form):
    task = check(saved(table(form), sep=";", decimal=","))
    assert said(task, "decimal comma")
    pd.testing.assert_series_equal(task.X["a"], table(form)["a"])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_another_encoding_is_read(form, encoding):
    text = table(form, größe=np.arange(60) % 7).to_csv(index=False)
    Path("own.csv").write_bytes(text.encode(encoding))
    task = check("own.csv")
    assert list(task.X) == ["a", "b", "größe"]
    assert bool(said(task, "encoding")) == (encoding == "latin-1")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("start", [0, 1])
def test_a_column_that_counts_the_rows_is_left_out_and_said(form, start):
    frame = table(form)
    frame.insert(0, "", range(start, 60 + start))
    task = check(saved(frame))
    assert list(task.X) == ["a", "b"] and "counts the rows" in said(task, "column 1")[0]
    named = check(saved(table(form, patient=range(start, 60 + start))))
    assert "patient" not in named.X and "counts the rows" in said(named, "patient")[0]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (lambda x: f"{1000 + x:,.2f}", 1002.0),
        (lambda x: f"{2 * x:.0f}%", 0.04),
        (lambda x: f"${x:.2f}", 2.0),
        (lambda x: f"{x:.2f} €", 2.0),
        (lambda x: f"-£{x:.2f}", -2.0),
        (lambda x: f"{1_000_000 + x:,.0f}".replace(",", " "), 1000002.0),
    ],
)
def test_numbers_in_other_clothes_are_numbers(form, texts, first):
    task = check(saved(table(form, price=[texts(2 + i * i % 50) for i in range(60)])))
    assert task.X["price"].iloc[0] == pytest.approx(first) and task.X["price"].notna().all()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pattern", ["%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%b %d %Y"])
def test_a_date_becomes_numbers_and_is_said(form, pattern):
    days = pd.date_range("2024-01-05", periods=60, freq="11D").strftime(pattern)
    task = check(saved(table(form, day=days[::-1])))
    assert {"day: days", "day: month", "day: weekday"} <= set(task.X)
    assert task.X["day: days"].iloc[0] == 59 * 11 and "a date" in said(task, "day")[0]


def test_a_date_that_reads_two_ways_is_left_out_and_said():
    days = [f"{1 + i % 12:02d}/{1 + i % 5:02d}/2024" for i in range(60)]  # few of them
    task = check(saved(table(day=days)))
    assert not [name for name in task.X if name.startswith("day")]
    assert "left out a date that reads as day/month" in said(task, "day")[0]
    with pytest.raises(Refused, match=r"^TIME: 'day' can be read as day/month and as month/day"):
        check(saved(table(day=days)), time="day")
    clear = check(saved(table(day=["25/03/2024", "03/04/2024"] * 30)))
    assert clear.X["day: days"].max() == 9


@pytest.mark.parametrize("form", FORMS)
def test_many_different_words_are_joined_and_said(form):
    task = check(saved(table(form, city=[f"city {i % 28}" for i in range(60)])))
    assert said(task, "city") == ["28 different texts; all but 19 are joined"]
    goes_all_the_way(task)


def test_columns_split_by_blanks_are_read():
    text = table().to_string(index=False)
    Path("own.txt").write_text(text, encoding="utf8")
    task = check("own.txt")
    assert list(task.X) == ["a", "b"] and said(task, "separator")


@pytest.mark.parametrize("form", FORMS)
def test_a_header_that_comes_again_is_left_out_and_counted(form):
    frame = table(form)
    lines = frame.to_csv(index=False).splitlines()
    Path("own.csv").write_text("\n".join([*lines[:31], lines[0], *lines[31:]]), encoding="utf8")
    task = check("own.csv")
    assert len(task.X) == 60 and said(task, "rows") == ["1 the header once more, left out"]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_without_a_header_is_recognised_and_asked_about(form):
    saved(table(form), header=False)
    with pytest.raises(Refused, match=r"looks like data .* HEADER = False"):
        read("own.csv")
    task = check("own.csv", "column 3", header=False)
    assert len(task.X) == 60


def test_years_may_be_names():
    frame = table().rename(columns={"a": "2001", "b": "2002"}).assign(**{"2003": range(60, 0, -1)})
    assert {"2001", "2002"} <= set(check(saved(frame)).X)


@pytest.mark.parametrize("form", FORMS)
def test_words_that_look_like_gaps_stay_words(form):
    words = np.array(["None", "NA", "some"])[np.arange(60) % 3]
    task = check(saved(table(form, kind=words)))
    assert set(task.X["kind"]) == {"None", "NA", "some"}
    task = check(saved(table("class").assign(target=words)))
    assert set(task.y) == {"None", "NA", "some"} and len(task.y) == 60


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", [lambda row: "x," + row, lambda row: row.split(",", 1)[1]])
def test_rows_with_other_numbers_of_fields_are_refused_and_not_shifted(form, change):
    lines = saved_lines(table(form))
    for some in (
        [*lines[:1], *map(change, lines[1:])],
        [*lines[:9], change(lines[9]), *lines[10:]],
    ):
        Path("own.csv").write_text("\n".join(some), encoding="utf8")
        with pytest.raises(Refused, match=r"row \d+ has \d fields and the header 3"):
            read("own.csv")


def saved_lines(frame):
    return frame.to_csv(index=False).splitlines()


@pytest.mark.parametrize("strange", ["n/k", "?", "12 (est.)", "1.2.3"])
def test_text_in_a_number_target_is_never_dropped_in_silence(strange):
    frame = table().astype({"target": object})
    frame.loc[[5, 6], "target"] = strange
    with pytest.raises(Refused, match=r"^TARGET: 'target' holds numbers, and 2 rows such as"):
        check(saved(frame))


@pytest.mark.parametrize("form", FORMS)
def test_rows_without_a_target_are_counted(form):
    frame = table(form).astype({"target": object})
    frame.loc[[1, 2, 3], "target"] = ""
    task = check(saved(frame))
    assert len(task.y) == 57 and said(task, "rows") == ["3 have no target, left out"]


@pytest.mark.parametrize("form", FORMS)
def test_a_little_text_among_numbers_is_a_gap_and_counted(form):
    frame = table(form).astype({"b": object})
    frame.loc[[5, 6], "b"] = "broken"
    task = check(saved(frame))
    assert task.X["b"].isna().sum() == 2 and "2 text such as 'broken'" in said(task, "b")[0]
    frame["b"] = frame["b"].astype(str)
    frame.loc[:20, "b"] = "broken"
    assert "left out" in said(check(saved(frame)), "b")[0]


@pytest.mark.parametrize("form", FORMS)
def test_codes_with_leading_zeros_are_names(form):
    codes = [f"0{i % 4}123" for i in range(60)]
    task = check(saved(table(form, post=codes)))
    assert set(task.X["post"]) == set(codes) and "leading zeros" in said(task, "post")[0]


@pytest.mark.parametrize("form", FORMS)
def test_constant_columns_and_columns_of_names_are_left_out_and_said(form):
    people = [f"person {i}" for i in range(60)]
    task = check(saved(table(form, always=7, who=people, never="")))
    assert list(task.X) == ["a", "b"]
    assert all("left out" in said(task, name)[0] for name in ("always", "who", "never"))


@pytest.mark.parametrize("form", FORMS)
def test_a_column_that_is_the_target_gets_a_warning(form):
    frame = table(form)
    copy = frame["target"] * 2 + 1 if form == "number" else frame["target"].map({"yes": 1, "no": 0})
    task = check(saved(frame.assign(copy=copy)[["a", "b", "copy", "target"]]))
    assert "warning" in said(task, "copy")[0] and not said(task, "'a'")


def test_whole_numbers_are_taken_as_classes_and_can_be_said_to_be_numbers():
    frame = table().assign(target=np.arange(60) % 3)
    assert (
        check(saved(frame)).classes and "CLASSES = False" in said(check(saved(frame)), "target")[0]
    )
    assert not check(saved(frame), classes=False).classes
    with pytest.raises(Refused, match="it is a class"):
        check(saved(table("class")), classes=False)


def test_a_rare_class_is_named_with_what_to_do():
    frame = table("class")
    frame.loc[:3, "target"] = "rare"
    with pytest.raises(Refused, match=r"^TARGET: the class 'rare' has 4 rows.*join rare classes"):
        check(saved(frame))


def test_where_one_class_is_most_rows_the_score_sees_the_other():
    rng = np.random.default_rng(0)
    frame = table("class", rows=150)
    frame["target"] = np.where(frame["a"] + rng.normal(size=150) / 2 > 1.2, "yes", "no")
    task = check(saved(frame))
    plan, _, honest = goes_all_the_way(task)
    assert plan.loss == "balanced_error" and "of the rows" in said(plan.task, "score")[0]
    assert honest["guess"].mean() == pytest.approx(0.5)  # and so the guess looks no good


@pytest.mark.parametrize("model", ["linear", "svm", "boosting"])
@pytest.mark.parametrize("score", ["log_loss", "auc_loss", "ap_loss", "balanced_error"])
def test_other_scores_of_classes_are_losses(model, score):
    plan = planned(check(saved(table("class"))), model, score=score, budget=1)
    assert plan.loss == score and plan.search()[score].between(0, 2).all()


def test_boosting_goes_all_the_way():
    goes_all_the_way(check(saved(table("class"))), "boosting")


def test_a_score_or_a_model_that_does_not_fit_is_refused():
    task = check("diabetes")
    for options in ({"score": "r2"}, {"score": "error_rate"}, {"model": "magic"}):
        with pytest.raises(Refused, match=r"^(SCORE|MODEL) must be one of"):
            planned(task, **options)
    with pytest.raises(Refused, match=r"^SCORE: 'auc_loss' is for two classes; there are 3"):
        planned(check("iris"), score="auc_loss")


@pytest.mark.parametrize("form", FORMS)
def test_a_group_is_never_on_both_sides(form):
    people = [f"p{i % 12}" for i in range(60)]
    task = check(saved(table(form, who=people)), group="who")
    assert "who" not in task.X
    plan, _, honest = goes_all_the_way(task)
    for train, test in plan.folds(1).split(plan.X, plan.y, plan.groups):
        assert not set(plan.groups.iloc[train]) & set(plan.groups.iloc[test])
    assert len(honest) == 5


def test_with_a_time_every_model_is_judged_on_later_rows():
    days = pd.date_range("2024-01-01", periods=90, freq="D").strftime("%Y-%m-%d")
    frame = table(rows=90, day=days).sample(frac=1, random_state=0)
    task = check(saved(frame), time="day")
    assert task.X["day: days"].is_monotonic_increasing
    plan, _, honest = goes_all_the_way(task)
    for train, test in plan.folds(1).split(plan.X, plan.y, plan.groups):
        assert train.max() < test.min()
    assert honest["n_train"].is_monotonic_increasing
    with pytest.raises(Refused, match="GROUP and TIME cannot be kept apart"):
        planned(check(saved(frame.assign(who=1 + frame.index % 9)), group="who", time="day"))


def test_rows_of_one_time_are_never_on_both_sides():
    day = 1 + np.arange(240) // 4
    task = check(saved(table(rows=240, day=day)), time="day")
    plan, _, honest = goes_all_the_way(task)
    for train, test in plan.folds(1).split(plan.X, plan.y, plan.groups):
        assert plan.groups.iloc[train].max() < plan.groups.iloc[test].min()
    assert (honest["n_train"] % 4 == 0).all()


@pytest.mark.parametrize("times", [1, 2, 3, 5, 12])
@pytest.mark.parametrize("form", FORMS)
def test_too_few_times_are_refused(form, times):
    day = 1 + np.arange(240) * times // 240
    with pytest.raises(Refused, match=r"^TIME: too few different times"):
        planned(check(saved(table(form, rows=240, day=day)), time="day"), "linear", budget=1)


def test_a_row_without_a_time_is_refused():
    days = pd.date_range("2024-01-01", periods=90, freq="D").strftime("%Y-%m-%d").to_list()
    for gap in ("", "NA"):
        with pytest.raises(Refused, match=r"^TIME: 'day' holds neither"):
            check(saved(table(rows=90, day=[*days[:-1], gap])), time="day")


@pytest.mark.parametrize("form", FORMS)
def test_groups_must_do_for_five_folds_within_five(form):
    for few in (4, 5, 6):
        with pytest.raises(Refused, match=f"^GROUP: 'who' has {few} groups; .* need 7"):
            check(saved(table(form, rows=120).assign(who=np.arange(120) % few)), group="who")
    task = check(saved(table(form, rows=120).assign(who=np.arange(120) % 7)), group="who")
    goes_all_the_way(task)


@pytest.mark.parametrize("form", FORMS)
def test_the_shipped_booster_stops_no_earlier_than_the_one_that_was_judged(form):
    plan = planned(check(saved(table(form))), "boosting", budget=1)
    assert plan.model[-1].early_stopping is False  # by default it is where rows are many


@pytest.mark.parametrize("form", FORMS)
def test_of_many_rows_some_are_searched_and_all_are_fitted(form):
    task = check(saved(table(form, rows=400)))
    plan = planned(task, "linear", budget=2, most=100)
    assert len(plan.X) == 100 and "to search on" in said(plan.task, "rows")[-1]
    final = plan.final(plan.search())
    assert final[0].transformers_[0][1][1].n_samples_seen_ == 400


def test_the_search_begins_with_the_defaults():
    plan = planned(check("diabetes"), "linear", budget=3)
    results = plan.search()
    assert len(results) == 4 and pd.isna(results[next(iter(plan.space))].iloc[0])
    assert plan.winner(results.assign(rmse=[1.0, 2.0, 3.0, 4.0])) == {}
    results.attrs["minimize"] = "rmse"
    assert list(plan.winner(results.assign(rmse=[9.0, 2.0, 3.0, 4.0]))) == list(plan.space)


@pytest.mark.parametrize("form", FORMS)
def test_gaps_and_words_and_foreign_headers_go_all_the_way(form):
    city = np.array(["東京", "京都", ""])[np.arange(60) % 3]
    gaps = [("" if i % 9 == 0 else i % 7) for i in range(60)]
    task = check(saved(table(form, 都市=city, größe=gaps)))
    assert {"都市", "größe"} <= set(task.X)
    goes_all_the_way(task)


@pytest.mark.parametrize("form", FORMS)
def test_a_sheet_is_read_where_pandas_can(form, monkeypatch):
    Path("own.xlsx").write_bytes(b"stands for a workbook")
    frame = table(form).astype(object)
    cells = pd.DataFrame([list(frame), *frame.to_numpy().tolist()], dtype=object)
    monkeypatch.setattr(pd, "read_excel", lambda path, header, **options: cells)
    task = check("own.xlsx")
    assert list(task.X) == ["a", "b"] and said(task, "sheet")
    with pytest.raises(Refused, match="looks like data"):
        monkeypatch.setattr(pd, "read_excel", lambda path, header, **options: cells.drop(index=0))
        check("own.xlsx")
    assert list(read("own.xlsx", header=False).frame) == ["column 1", "column 2", "column 3"]


@pytest.mark.parametrize(
    ("error", "match"),
    [(ImportError("Missing optional dependency 'openpyxl'"), "save the sheet as CSV"),
     (ValueError("not a zip file"), "cannot be read as a sheet: not a zip file")],
)  # fmt: skip
def test_a_sheet_that_cannot_be_read_ends_in_a_sentence(error, match, monkeypatch):
    def read_excel(path, **options):
        raise error

    Path("own.xlsx").write_bytes(b"stands for a workbook")
    monkeypatch.setattr(pd, "read_excel", read_excel)
    with pytest.raises(Refused, match=match):
        read("own.xlsx")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "is empty"),
        (b"   \n\n", "is empty"),
        (b"PK\x03\x04\0\0\0\0", "is no text file"),
        (b"target\n1\n2\n", "has one column only"),
        (b"a,a,target\n1,2,3\n", "two columns are called 'a'"),
        (b"a,target\n1,2\n", "1 rows with a target are too few"),
    ],
)
def test_hopeless_files_end_in_a_sentence(content, match):
    Path("own.csv").write_bytes(content)
    with pytest.raises(Refused, match=match):
        check("own.csv")


def test_other_hopeless_choices_end_in_a_sentence():
    with pytest.raises(Refused, match=r"^DATA: no file 'nowhere.csv'"):
        read("nowhere.csv")
    with pytest.raises(Refused, match=r"^TARGET: no column 'price'; there are \['a', 'b'"):
        check(saved(table()), "price")
    with pytest.raises(Refused, match="three different columns"):
        check(saved(table()), group="target")
    with pytest.raises(Refused, match="has only one value"):
        check(saved(table().assign(target=1.5)))
    with pytest.raises(Refused, match="no usable column"):
        check(saved(table()[["target"]].assign(a=1)))
    with pytest.raises(Refused, match=r"^TIME: 'a' holds neither"):
        check(saved(table().assign(a="x")), time="a")


def test_in_a_notebook_a_refusal_is_its_sentence_alone():
    assert Refused("DATA: so.")._render_traceback_() == ["DATA: so."]


def test_numbers_are_said_with_three_digits():
    shown = [digits(x) for x in (0.01749, 0, 54.04, 1234.5)]
    assert shown == ["0.0175", "0.00", "54.0", "1234"]


def test_a_rival_with_the_same_scores_gets_no_interval_of_no_width():
    plan = planned(check("iris"), "linear", budget=1)
    same = pd.DataFrame({"tuned": [0.1, 0.2], "guess": [0.1, 0.2], "n_train": 120, "n_test": 30})
    assert sentence(plan, same, "guess", 0.01) == "scored what guess scored in every outer fold"


def test_all_that_was_changed_is_in_one_table():
    task = check(saved(table(always=7)))
    assert list(notes_table(task.notes)) == ["what", "how much", "why"]
    assert len(BUNDLED) == 4


def written(text):
    Path("own.csv").write_text(text, encoding="utf8")
    return "own.csv"


def lines(*columns, sign=";"):
    """A file of columns a, b, … without quotes."""
    names = sign.join("abcdef"[: len(columns)])
    return written("\n".join([names, *map(sign.join, zip(*columns, strict=True))]))


def test_fractions_of_three_digits_are_no_thousands():
    fractions = [f"{x:.3f}" for x in np.random.default_rng(0).uniform(-1, 1, 60)]
    quoted = [f'"{x.replace(".", ",")}"' for x in fractions]
    task = check(lines(quoted, quoted[::-1], sign=","), "b")
    assert task.y.abs().max() < 1 and said(task, "decimal comma")
    mixed = lines(fractions, [f"{i},5" for i in range(60)])
    assert not pd.api.types.is_numeric_dtype(read(mixed).frame["a"])
    task = check(lines(fractions, [f"{i}.5" for i in range(60)]), "b")
    assert task.X["a"].abs().max() < 1


def test_a_comma_that_may_stand_before_thousands_or_a_fraction_is_refused():
    unclear = [f"{1 + i % 9},{100 + i}" for i in range(60)]
    for sign in (";", "\t"):
        with pytest.raises(Refused, match=r"^DATA: 1,234 may be a thousand"):
            read(lines(unclear, unclear, sign=sign))
    for told in ("1,234,567", "0.5"):
        task = check(lines([told, *unclear[1:]], unclear[::-1], sign="\t"), "b")
        assert task.y.between(1000, 9999).all() and said(task, "target 'b'")


@pytest.mark.parametrize("cell", ['"5', 'x;"5', '"a"b'])
def test_a_quote_that_is_not_closed_loses_no_rows_in_silence(cell):
    values = [str(i % 7) for i in range(100)]
    with pytest.raises(Refused, match=r"^DATA: 'own.csv'.*quote"):
        read(lines(values, [*values[:55], cell, *values[56:]]))


def test_a_very_long_field_ends_in_a_sentence():
    with pytest.raises(Refused, match=r"^DATA: 'own.csv', line 3: field larger"):
        read(lines(["1", "x" * 200_000], ["2", "3"]))


@pytest.mark.parametrize("score", ["log_loss", "auc_loss", "ap_loss"])
@pytest.mark.parametrize("rare", ["group", "time"])
def test_a_score_that_needs_every_class_refuses_folds_without_one(score, rare):
    frame = table("class", rows=200)
    part = np.arange(200) // 10
    frame["target"] = np.where(np.isin(part, [1, 5, 9, 13]), frame["target"], "no")
    frame["part"] = part
    task = check(saved(frame), **{rare: "part"})
    with pytest.raises(Refused, match=r"^(SCORE|TARGET): .*too few groups or days hold it"):
        planned(task, "linear", score=score, budget=1)


def test_signs_that_numbers_lose_are_said():
    numbers = np.random.default_rng(0).integers(1000, 9999, 60)
    task = check(lines(
        [f"{n / 100}%" for n in numbers], [f"$ {n}" for n in numbers],
        [f'"{n // 1000},{n % 1000:03}"' for n in numbers], [str(n) for n in numbers[::-1]],
        sign=",",
    ), "d")  # fmt: skip
    assert said(task, "'a'") == ["60 with a percent sign, divided by 100"]
    assert said(task, "'b'")[0] == "60 with a currency sign, left out"
    assert said(task, "'c'")[0] == "60 with a sign between thousands, left out"
    task = check(lines([str(n) for n in numbers], [f"{n / 100}%" for n in numbers[::-1]]), "b")
    assert said(task, "target 'b'") == ["60 with a percent sign, divided by 100"]


@pytest.mark.parametrize("odd", ["50%", "€50"])
def test_mixed_signs_make_no_numbers(odd):
    rng = np.random.default_rng(0)
    numbers = [f"{x:.1f}" if odd == "50%" else f"${x:.1f}" for x in rng.uniform(1, 99, 60)]
    with pytest.raises(Refused, match=r"^TARGET: 'b' (holds numbers|has \d+ different)"):
        check(lines(numbers, [odd, *numbers[1:]]), "b")


@pytest.mark.parametrize("gap", ["", "NA", "?"])
def test_a_row_without_a_group_is_refused(gap):
    people = [gap if i % 2 else f"p{i % 12}" for i in range(60)]
    with pytest.raises(Refused, match=r"^GROUP: 30 rows have none"):
        check(saved(table(who=people)), group="who")


def test_whole_numbers_are_one_class_however_they_are_written():
    frame = table(rows=90).assign(target=["1", "1.0", "2"] * 30)
    for data in (saved(frame), frame, frame.assign(target=["1 ", " 1", "2"] * 30)):
        assert set(check(data).y) == {"1", "2"}
    assert set(check(saved(frame.assign(target=["01", "1", "2"] * 30))).y) == {"01", "1", "2"}


def test_the_same_rows_otherwise_grouped_or_in_order_get_a_journal_of_their_own():
    frame = table(rows=240, part=np.arange(240) // 2)
    names = {planned(check(saved(frame), **options), "linear", budget=1).name
             for options in ({}, {"group": "part"}, {"time": "part"})}  # fmt: skip
    assert len(names) == 3


def test_a_second_plan_does_not_report_the_choices_of_the_first():
    task = check(saved(table("class")))
    planned(task, "linear", score="auc_loss", budget=1)
    assert not said(planned(task, "linear", budget=1).task, "score")


def test_columns_that_become_one_are_refused():
    frame = table()
    with pytest.raises(Refused, match=r"^DATA: two columns are called '1'"):
        read(pd.concat([frame["a"].rename(1), frame["b"].rename("1")], axis=1))
    days = pd.date_range("2024-01-01", periods=60, freq="9D").strftime("%Y-%m-%d")
    clash = table(**{"d": days, "d: days": np.random.default_rng(1).normal(size=60)})
    for columns in (["d", "d: days"], ["d: days", "d"]):
        with pytest.raises(Refused, match=r"^DATA: 'd: days' is a column, and the part of a date"):
            check(saved(clash[["a", *columns, "target"]]))


def test_points_that_may_stand_before_thousands_are_refused_or_told_by_other_numbers():
    numbers = np.random.default_rng(0).integers(300, 4000, 60)
    german = [f"{n // 1000}.{n % 1000:03}" if n > 999 else str(n) for n in numbers]
    with pytest.raises(Refused, match=r"^DATA: 1.234 may be a thousand"):
        read(lines(german, german))
    task = check(lines(["1.234.567", *german[1:]], german[::-1]), "b", classes=False)
    assert task.y.tolist() == numbers[::-1].tolist()
    task = check(lines([f"{n / 1000:.3f}" for n in numbers], german[::-1]), "a", classes=False)
    assert task.y.max() < 4  # 0.947 tells


def test_numbers_as_text_in_a_data_frame_have_their_decimal_sign_told():
    numbers = np.random.default_rng(0).uniform(1, 9, 60).round(2)
    frame = table(size=[str(x).replace(".", ",") for x in numbers])
    assert check(frame).X["size"].tolist() == numbers.tolist()
    with pytest.raises(Refused, match=r"^DATA: 1,234 may be a thousand"):
        read(table(size=[f"{i % 8 + 1},{i + 100}" for i in range(60)]))


@pytest.mark.parametrize("mark", ["1", "0", "2.5"])
def test_a_number_or_a_gap_is_a_flag(mark):
    flag = [mark if i % 2 else "" for i in range(60)]
    task = check(saved(table(flag=flag)))
    assert said(task, "flag") == ["words one number and gaps: the gaps may tell something"]
    goes_all_the_way(task)


@pytest.mark.parametrize("form", FORMS)
def test_a_column_that_counts_the_rows_is_found_before_rows_are_dropped_or_sorted(form):
    frame = table(form, rows=90).assign(n=range(1, 91))
    frame["target"] = frame["target"].astype(object)
    frame.loc[20, "target"] = ""
    assert "n" not in check(saved(frame)).X
    days = np.random.default_rng(0).permutation(90)
    assert "n" not in check(saved(table(form, rows=90, n=range(90), day=days)), time="day").X


def test_class_names_of_many_digits_stay_apart():
    names = ["76561198000000001", "76561198000000002", "98765432109876543210"] * 20
    task = check(saved(table().assign(target=names)), classes=True)
    assert set(task.y) == set(names)


@pytest.mark.parametrize("together", [False, True])
def test_rare_classes_are_drawn_or_refused(together):
    rare = np.where(np.arange(4000) % 200 == 0, "yes", "no")
    frame = pd.DataFrame({"a": np.arange(4000) % 17, "who": np.arange(4000) // 4, "target": rare})
    task = check(saved(frame), group="who" if together else None)
    if together:
        with pytest.raises(Refused, match=r"^TARGET: .* of the 400 rows to search on are of the"):
            planned(task, "linear", budget=1, most=400)
    else:
        with pytest.raises(Refused, match=r"^TARGET: 2 of the 400 rows"):
            planned(task, "linear", budget=1, most=400)
        plan = planned(task, "linear", budget=1, most=3000)
        assert (plan.y == "yes").sum() == 15


def test_a_balanced_error_is_judged_on_every_class():
    rows = np.arange(200)
    target = np.where(np.isin(rows, [0, 1, 2, 3, 4, 60, 61, 62, 100, 101, 102, 150]), "p", "n")
    frame = table(rows=200, who=rows // 10).assign(target=target)
    with pytest.raises(Refused, match=r"^(SCORE: 'balanced_error' needs|TARGET: a class is miss)"):
        planned(check(saved(frame), group="who"), "linear", budget=1)


def test_a_class_that_looks_like_a_gap_is_said():
    task = check(saved(table(rows=90).assign(target=["yes", "no", "?"] * 30)))
    assert said(task, "target") == ["'?' taken as a class; is it a gap?"]


def test_a_column_of_a_few_values_is_left_out():
    task = check(saved(table(c=[1.5, 2.5] + [None] * 58)))
    assert list(task.X) == ["a", "b"] and said(task, "'c'") == ["left out it has 2 values"]


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf", b"\xef\xbb\xbf\n\n", b",,,\n,,,\n", b";;\n"])
def test_a_file_of_nothing_is_empty(text):
    Path("own.csv").write_bytes(text)
    with pytest.raises(Refused, match="is empty"):
        read("own.csv")


def test_probabilities_of_a_machine_need_rows_of_each_class_in_every_fold():
    rng = np.random.default_rng(2)
    frame = table(rows=300, day=2 * np.arange(300))
    frame["target"] = np.where(rng.random(300) < 0.1, "p", "n")
    with pytest.raises(Refused, match=r"^(TARGET|SCORE): "):
        planned(check(saved(frame), time="day"), "svm", score="log_loss", budget=1)


@pytest.mark.parametrize("odd", [["a"], {"a"}, 3])
def test_choices_of_another_kind_are_refused(odd):
    with pytest.raises(Refused, match=r"^(TARGET|GROUP|TIME): no column"):
        check(saved(table()), odd)
    for name in ("group", "time"):
        with pytest.raises(Refused, match=rf"^{name.upper()}: no column"):
            check(saved(table()), **{name: odd})
    with pytest.raises(Refused, match=r"^DATA must be a DataFrame or the name of a file"):
        read(odd)
    task = check("diabetes")
    for options in ({"score": odd}, {"model": odd}, {"budget": [3]}, {"budget": 0}, {"seed": -1}):
        with pytest.raises(Refused, match=r"^(SCORE|MODEL|BUDGET|SEED) must be"):
            planned(task, **options)


@pytest.mark.parametrize("kind", ["zone", "microseconds", "Z", "months", "german"])
def test_dates_of_other_forms_are_dates(kind):
    days = pd.Series(pd.date_range("2024-01-05 10:30", periods=60, freq="37D"))
    written = {
        "zone": days.dt.tz_localize("Europe/Paris"), "microseconds": days + pd.Timedelta("7us"),
        "Z": days.dt.strftime("%Y-%m-%dT%H:%M:%SZ"), "months": days.dt.strftime("%Y-%m"),
        "german": days.dt.strftime("%d.%m.%Y %H:%M"),
    }[kind]  # fmt: skip
    task = check(table(day=written), time="day")
    assert task.ordered and "day: days" in task.X


def test_times_of_several_zones_are_put_in_order():
    days = pd.date_range("2024-10-27 00:30", periods=60, freq="7min", tz="UTC")
    zones = ["Europe/Paris", "Asia/Tokyo", "UTC"]
    written = [day.tz_convert(zones[i % 3]) for i, day in enumerate(days)]
    frame = table(day=pd.Series(written, dtype=object), n=np.arange(60) ** 2)
    task = check(frame.sample(frac=1, random_state=0), time="day")
    assert task.X["n"].tolist() == [i**2 for i in range(60)]
    gap = table(day=pd.Series([pd.NaT, *days[1:]]))
    assert "day: days" in check(gap).X


def test_line_ends_of_old_machines_are_line_ends():
    Path("own.csv").write_bytes(table().to_csv(index=False).replace("\n", "\r").encode())
    assert list(check("own.csv").X) == ["a", "b"]


@pytest.mark.parametrize("unit", ["{} m2", "{}kg", "{} °C", "EUR {}", "{} NOK"])
@pytest.mark.parametrize("form", FORMS)
def test_one_unit_on_all_numbers_is_left_out_and_said(form, unit):
    numbers = [str(1000 + 7 * i % 11) for i in range(60)]
    task = check(table(form, area=[unit.format(number) for number in numbers]))
    assert task.X["area"].tolist() == [float(number) for number in numbers]
    assert f"60 with the unit {unit.format('').strip()!r}, left out" in said(task, "area")


def test_a_target_with_a_unit_is_a_number():
    task = check(table().assign(target=[f"{1000 + 7 * i:,}.50 kr" for i in range(60)]))
    assert not task.classes and task.y.iloc[1] == 1007.5


def test_numbers_of_unlike_units_are_no_numbers():
    weights = [f"{i} {'kg' if i % 2 else 'g'}" for i in range(60)]
    task = check(table(weight=weights))
    assert "weight" not in task.X and "something behind them" in said(task, "weight")[0]


def test_a_comma_that_may_stand_before_thousands_is_refused_beside_a_unit_too():
    rows = [f"{i};1,{200 + i} kg" for i in range(1, 61)]
    with pytest.raises(Refused, match="may be a thousand or one and a bit"):
        read(written("\n".join(["target;weight", *rows])))


@pytest.mark.parametrize("mark", [-999, -9, 9999])
def test_a_mark_for_a_gap_among_numbers_is_said(mark):
    frame = table(size=[(i % 7) / 10 for i in range(60)])
    frame.loc[[3, 9], "size"] = mark
    assert f"2 {mark}, far from the others" in said(check(frame), "size")[0]
    frame["size"] = [i % 50 for i in range(60)]
    assert not said(check(frame), "size")


@pytest.mark.parametrize("odd", ["soon", "tbd"])
def test_a_text_among_dates_is_named(odd):
    days = pd.date_range("2026-01-01", periods=60).strftime("%d/%m/%Y").tolist()
    task = check(table(day=[*days[:59], odd]))
    assert not task.X.columns.str.startswith("day").any()
    assert f"dates, but for texts such as '{odd}'" in said(task, "day")[0]


@pytest.mark.parametrize("code", ["{}.0rc1", "{}.5b", "v{}.1"])
def test_letters_behind_a_point_do_not_say_what_a_comma_means(code):
    rows = [f"{i};1,{200 + i};{code.format(i)}" for i in range(1, 61)]
    with pytest.raises(Refused, match="may be a thousand or one and a bit"):
        read(written("\n".join(["target;weight;version", *rows])))


def test_a_unit_follows_the_decimal_sign_of_the_other_numbers():
    rows = [f"{i},5;{i},25 kg" for i in range(1, 61)]
    task = check(written("\n".join(["target;weight", *rows])))
    assert task.X["weight"].tolist() == [i + 0.25 for i in range(1, 61)]


@pytest.mark.parametrize("twin", ["Red", "RED", "\u00a0Red", "rEd "])
def test_words_that_differ_in_capitals_or_blanks_are_said_of_a_column(twin):
    frame = table(colour=["red", "blue", twin] * 20)
    (note,) = said(check(frame), "colour")
    assert note.startswith("warning 'red' and ") and "are they one?" in note
    assert set(check(frame).X["colour"]) == {"red", "blue", twin.strip()}


def test_words_in_themselves_different_are_not_said_to_be_twins():
    assert not said(check(table(colour=["red", "blue", "dark red"] * 20)), "colour")
    assert not said(check(table(colour=["red", " red ", "blue"] * 20)), "colour")
    assert said(check(table(colour=["light  blue", "light blue"] * 30)), "colour")


@pytest.mark.parametrize("twin", ["No", "NO"])
def test_classes_that_differ_in_capitals_are_refused(twin):
    frame = table("class", rows=90)
    frame.loc[frame.index[frame["target"] == "no"][:20], "target"] = twin
    with pytest.raises(Refused, match=f"TARGET: '({twin}|no)' and '({twin}|no)' differ"):
        check(frame)


def test_gaps_are_counted_and_the_worst_column_is_named():
    frame = table(colour=["red", ""] * 30, size=[None, 3.5, 4.5] * 20, whole=range(2, 122, 2))
    (note,) = said(check(frame), "columns")
    assert note.startswith("2 have gaps, filled in each fold; 'colour' the most, 50% of")
    assert not said(check(table()), "columns")


def test_shipping_changes_nothing_that_is_judged_later():
    plan = planned(check("diabetes"), "svm", budget=2)
    before = plan.model.get_params()["transformedtargetregressor__regressor__C"]
    results = plan.search()
    results["rmse"] = [9.0, 2.0, 3.0]  # so that the defaults are not the winner
    shipped = plan.final(results).get_params()["transformedtargetregressor__regressor__C"]
    after = plan.model.get_params()["transformedtargetregressor__regressor__C"]
    assert after == before != shipped


def test_groups_that_differ_in_capitals_are_said():
    frame = table(who=[f"g{i % 12}" if i % 24 < 12 else f"G{i % 12}" for i in range(60)])
    (note,) = said(check(frame, group="who"), "group")
    assert note.startswith("warning 'g0' and 'G0' are kept apart")


@pytest.mark.parametrize("mark", [-999, 9999, -99])
def test_a_mark_for_a_gap_in_the_target_is_said(mark):
    frame = table()
    assert not said(check(saved(frame)), "target")
    frame.loc[::9, "target"] = mark
    (how,) = said(check(saved(frame)), "target")
    assert how.startswith(f"7 {mark}, far from the others")


@pytest.mark.parametrize("sign", ["\u2212", "\u2013"])
def test_a_minus_as_books_set_it_is_a_minus(sign):
    frame = table()
    set_so = frame.astype(str).replace(r"^-", sign, regex=True)
    task, same = check(saved(set_so)), check(saved(frame))
    assert said(task, "'a'") == [f"{(frame['a'] < 0).sum()} with a dash for a minus sign"]
    pd.testing.assert_frame_equal(task.X, same.X)
    assert (task.y == same.y).all() and said(task, "target")


@pytest.mark.parametrize("form", ["({:.2f})", "less than {:.2f}", "?{:.2f}?"])
def test_numbers_beside_texts_are_said(form):
    mixed = [form.format(i / 7) if i % 2 else f"{i / 7:.2f}" for i in range(60)]
    (how,) = said(check(saved(table(odd=mixed))), "odd")
    assert "left out" in how and f"30 numbers beside texts such as {mixed[1]!r}" in how
    sizes = ["34", "36", "S", "M"] * 15
    assert said(check(saved(table(odd=sizes))), "odd") == [
        "words 30 numbers beside texts such as 'S'"
    ]
    assert not said(check(saved(table(odd=["S", "M", "L"] * 20))), "odd")


@pytest.mark.parametrize("other", ["{}.0", "0{}", "{}e0", "+{}"])
def test_groups_of_one_number_are_one_group(other):
    number = [str(i % 10) for i in range(60)]
    mixed = [other.format(g) if i % 3 else g for i, g in enumerate(number)]
    task = check(saved(table(g=mixed)), group="g")
    assert task.groups.groupby(number).nunique().eq(1).all() and task.groups.nunique() == 10
    (how,) = said(task, "g")
    assert how.startswith("10 such as") and how.endswith("are one number: joined")
    assert not said(check(saved(table(g=number)), group="g"), "g")
    names = [f"{2**60 + i % 8}" if i % 3 else f"site {i % 8}" for i in range(60)]
    task = check(saved(table(g=names)), group="g")
    assert list(task.groups) == names and not said(task, "g")


def test_what_a_data_frame_holds_beside_its_columns_is_said_or_refused():
    frame = table(day=[i * i % 7 for i in range(60)])
    for index in ("a", ["a", "b"]):
        assert said(check(frame.set_index(index)), "index") == [
            "left out reset_index() would make it a column"
        ]
    assert said(check(frame.set_index(pd.date_range("2026-01-01", periods=60))), "index")
    assert not said(check(frame.sample(frac=1, random_state=0)), "index")
    frame.columns = pd.MultiIndex.from_product([["all"], frame.columns])
    with pytest.raises(Refused, match="several levels"):
        check(frame)


@pytest.mark.parametrize("sign", [";", "|", "\t"])
def test_the_line_that_says_the_separator_is_no_header(sign):
    text = table().to_csv(index=False, sep=sign)
    Path("own.csv").write_text(f"sep={sign}\n{text}", encoding="utf8")
    assert list(check("own.csv").X) == ["a", "b"]


@pytest.mark.parametrize("error", ["#DIV/0!", "#VALUE!", "#REF!", "#NAME?"])
def test_errors_of_a_spreadsheet_are_gaps(error):
    frame = table().astype({"b": object})
    frame.loc[::4, "b"] = error
    task = check(saved(frame))
    assert task.X["b"].isna().sum() == 15 and "25% of the rows" in said(task, "columns")[0]
    frame = table().astype({"target": object})
    frame.loc[3, "target"] = error
    with pytest.raises(Refused, match=f"such as .*{error[:4]}"):
        check(saved(frame))


@pytest.mark.parametrize("form", ["%Y%m%d", "%Y%m"])
def test_dates_in_one_number_are_said(form):
    days = pd.date_range("1998-11-05", periods=60, freq="11D").strftime(form).astype(int)
    assert "may be dates" in said(check(saved(table(day=days))), "day")[0]
    for ids in (days * 10 + 1, days // 100 * 100 + 40, np.arange(60) * 7 + 200001, days / 2):
        assert not said(check(saved(table(day=ids))), "day")


def test_few_gaps_are_no_zero_per_cent():
    frame = table(rows=300, size=[None, *(i % 7 for i in range(299))])
    assert "under 1% of the rows" in said(check(frame), "columns")[0]


def test_a_number_of_a_data_frame_or_a_sheet_is_that_number(monkeypatch):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 3)).round(3), columns=["a", "b", "target"])
    frame = frame.assign(b=frame["b"] * 100, price=["1,5", "2,5"] * 30)
    sheet = pd.DataFrame([list(frame), *frame.to_numpy(dtype=object).tolist()], dtype=object)
    monkeypatch.setattr(pd, "read_excel", lambda *args, **options: sheet)
    Path("own.xlsx").touch()
    for data in (frame, "own.xlsx"):
        task = check(data)
        assert list(task.y) == list(frame["target"]) and list(task.X["a"]) == list(frame["a"])
        assert list(task.X["b"]) == list(frame["b"])
    assert set(check(frame).X["price"]) == {1.5, 2.5}


def test_the_decimal_sign_is_looked_for_in_every_row():
    price = np.sort(np.random.default_rng(0).integers(20, 9000, 3000))
    german = [f"{p // 1000}.{p % 1000:03}" if p > 999 else str(p) for p in price]
    rows = [f"{i * 7 % 9};{text}" for i, text in enumerate(german)]
    Path("own.csv").write_text("\n".join(["a;target", *rows]), encoding="utf8")
    with pytest.raises(Refused, match=r"1\.234 may be a thousand"):
        check("own.csv")


def test_the_guess_is_the_best_one_for_its_score():
    frame = table(rows=200)
    frame["target"] = np.exp(1.3 * np.random.default_rng(1).normal(size=200)).round(3)
    for score, middle in (("mae", "median"), ("rmse", "mean")):
        plan = planned(check(saved(frame)), "linear", score=score, budget=2)
        assert plan.rivals["guess"][-1].strategy == middle


def test_scores_that_are_equal_but_for_rounding_are_equal():
    plan = planned(check(saved(table("class"))), "linear", budget=2)
    honest = pd.DataFrame({"tuned": [0.1 + 0.2] * 5, "guess": 0.3, "n_train": 48, "n_test": 12})
    assert sentence(plan, honest, "guess", 0.01) == "scored what guess scored in every outer fold"


@pytest.mark.parametrize(("shift", "than"), [(-0.5, "lower"), (0.25, "higher")])
def test_the_same_difference_in_every_fold_is_said_without_an_interval(shift, than):
    plan = planned(check(saved(table("class"))), "linear", budget=2)
    honest = pd.DataFrame({"tuned": [0.5 + shift] * 5, "guess": 0.5, "n_train": 48, "n_test": 12})
    size = f"{abs(shift):.3f}"
    assert sentence(plan, honest, "guess", 0.01) == (
        f"was {than} than guess by {size} in every outer fold"
    )


def test_american_dates_with_dashes_read_two_ways():
    days = pd.date_range("2019-01-01", periods=60, freq="MS")
    (how,) = said(check(saved(table(day=days.strftime("%m-%d-%Y")))), "day")
    assert how.startswith("left out") and "month/day" in how
    (how,) = said(check(saved(table(day=days.strftime("%Y-%m-%d")))), "day")
    assert how.startswith("a date")


@pytest.mark.parametrize("classes", [[0, 1, 0, 1, 0, -999], [1, 2, 3, 4, 5, 99]])
def test_a_mark_for_a_gap_among_classes_of_whole_numbers_is_said(classes):
    task = check(saved(table(rows=120).assign(target=classes * 20)))
    assert any("does it mark a gap" in how for how in said(task, "target"))
    task = check(saved(table(rows=120).assign(target=[0, 1, 2, 3, 4, 5] * 20)))
    assert not any("does it mark a gap" in how for how in said(task, "target"))


@pytest.mark.parametrize("form", FORMS)
def test_the_index_of_a_shuffled_table_is_no_feature(form):
    shuffled = table(form).sort_values("target").sample(45, random_state=0)
    shuffled.to_csv("own.csv")
    task = check("own.csv")
    assert list(task.X) == ["a", "b"] and "an index" in said(task, "column 1")[0]
    named = shuffled.rename_axis("age").reset_index()
    assert "age" in check(saved(named)).X
    repeated = shuffled.set_axis([*range(44), 0])
    repeated.to_csv("own.csv")
    assert "column 1" in check("own.csv").X
    shuffled.to_csv("own.csv", header=False)
    bare = check("own.csv", target="column 4", header=False)
    assert "column 1" in bare.X


@pytest.mark.parametrize("word", ["Total", "SUM", "Gesamt"])
def test_a_row_of_totals_is_said(word):
    frame = table(place=["north", "south"] * 30)
    assert not said(check(saved(frame)), "rows")
    summed = pd.concat([frame, pd.DataFrame([{"place": word, "target": frame["target"].sum()}])])
    (how,) = said(check(saved(summed)), "rows")
    assert f"says {word!r} in 'place'" in how
    frame["place"] = [word, "south"] * 30
    assert not said(check(saved(frame[::-1])), "rows")
