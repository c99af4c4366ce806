"""The script that says what a workshop taught."""

import itertools
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import what_was_learnt as script
from paths import ROOT

FORMS = ROOT / "book/workshop/before_after.md"
LETTERS = "abcd"


def lines(*answers) -> pd.DataFrame:
    """A table of answers: person, when, form, six letters."""
    rows = [[*row[:3], *row[3]] for row in answers]
    return pd.DataFrame(rows, columns=["person", "when", "form", *script.QUESTIONS])


def test_the_key_has_a_letter_for_each_question_of_each_form():
    page = FORMS.read_text(encoding="utf8")
    for form, letters in script.key().items():
        part = page.split(f"## Form {form}\n")[1].split("\n## ")[0]
        questions = [line for line in part.splitlines() if line[:1].isdigit()]
        assert len(letters) == len(questions) == 6
        for letter, question in zip(letters, questions, strict=True):
            assert question.count("(a)") == question.count(f"({letter})") == 1
            assert question.count("(d)") == 1


def options_of(form: str) -> list[list[str]]:
    """The words of each question's four options, in small letters and without their stops."""
    page = FORMS.read_text(encoding="utf8")
    part = page.split(f"## Form {form}\n")[1].split("\n## ")[0]
    questions = [line for line in part.splitlines() if line[:1].isdigit()]
    return [
        [words.strip(" .;").lower() for words in re.split(r"\([a-d]\)", line)[1:]]
        for line in questions
    ]


@pytest.mark.parametrize("form", "AB")
def test_the_key_gives_a_reason_for_every_option(form):
    page = script.KEY.read_text(encoding="utf8")
    for number, (letter, options) in enumerate(
        zip(script.key()[form], options_of(form), strict=True), start=1
    ):
        part = page.split(f"\n### {form} {number}: ")[1].split("\n#")[0]
        reasons = re.findall(r"(?m)^- \*\*\(([a-d])\) (.+?)\.\*\* (Right|No): (.+)$", part)
        assert [r[0] for r in reasons] == list(LETTERS), (form, number)
        assert [r[1].lower() for r in reasons] == options, (form, number)
        assert [r[0] for r in reasons if r[2] == "Right"] == [letter], (form, number)
        assert all(len(r[3].split()) >= 10 for r in reasons), (form, number)


def test_the_key_is_what_counting_says():
    grids = {"A": (5, 2), "B": (3, 3)}  # values an axis, knobs
    rng = np.random.RandomState(0)
    for form, (values, knobs) in grids.items():
        grid = np.array(list(itertools.product(range(values), repeat=knobs)))
        darts = rng.uniform(size=grid.shape)
        seen = f"{len(set(grid[:, 0]))} and {len(set(darts[:, 0]))}"
        assert options_of(form)[3][LETTERS.index(script.key()[form][3])] == seen
    shares = {
        "A": (1 - 0.001) / (1000 - 0.001),
        "B": np.log(0.01 / 0.0001) / np.log(1 / 0.0001),
    }
    words = {"a thousandth": 0.001, "a half": 0.5}
    for form, share in shares.items():
        said = options_of(form)[5][LETTERS.index(script.key()[form][5])]
        assert words[said] == pytest.approx(share, rel=0.01)


def test_the_forms_do_not_tell_their_answers():
    page = FORMS.read_text(encoding="utf8")
    assert not re.search(r"Right: |(?m:^\| [1-6] \|)", page)
    assert "(answer_key.md)" in page
    assert "(answer_key.md)" in (ROOT / "book/workshop/teach.md").read_text(encoding="utf8")


def test_the_questions_are_not_those_of_the_quizzes():
    page = FORMS.read_text(encoding="utf8")
    stems = re.findall(r"(?m)^\d\. (.{57})", page)
    chapters = "\n".join(p.read_text(encoding="utf8") for p in (ROOT / "notebooks").glob("*.ipynb"))
    assert len(stems) == 12 and not [stem for stem in stems if stem in chapters]


def test_gains_are_those_of_the_people_who_came_twice():
    key = {form: "".join(letters) for form, letters in script.key().items()}
    wrong = "".join("a" if letter != "a" else "b" for letter in key["A"])
    said = script.learnt(
        lines(
            ("1", "before", "A", wrong), ("1", "after", "B", key["B"]),
            ("2", "before", "A", key["A"]), ("2", "after", "B", key["B"]),
            ("3", "before", "A", wrong), ("3", "after", "b", key["B"].upper()),
            ("4", "Before ", "A", wrong),
        )
    )  # fmt: skip
    assert "3 people answered both times; 1 only once" in said
    assert "all: 33% right before, 100% after; gain +67%" in said
    assert said.endswith("undecided")  # three people tell little


def test_a_gain_of_everybody_has_no_interval():
    key = script.key()
    one = [(p, "before", "A", [None] * 6) for p in "123"]
    two = [(p, "after", "A", key["A"]) for p in "123"]
    assert "all: 0% right before, 100% after; the same change" in script.learnt(lines(*one, *two))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"when": "later"}, "when must be one of"),
        ({"form": "C"}, "form must be one of"),
        ({"q3": "e"}, "answers are a, b, c, d"),
        ({"person": None}, "some lines have none"),
        ({"person": "2"}, "answered twice"),
    ],
)
def test_bad_lines_are_refused_with_a_word(change, word):
    table = lines(("1", "before", "A", "abcdab"), ("2", "before", "A", "abcdab"))
    table.loc[0, list(change)] = list(change.values())
    with pytest.raises(ValueError, match=word):
        script.learnt(table)


def test_a_missing_column_and_too_few_people_are_said():
    table = lines(("1", "before", "A", "abcdab"))
    with pytest.raises(ValueError, match="no column 'form'"):
        script.learnt(table.drop(columns="form"))
    with pytest.raises(ValueError, match="0 people answered both times"):
        script.learnt(table)


def test_a_file_that_is_not_there_gets_one_line():
    ran = subprocess.run(
        [sys.executable, ROOT / "tools/what_was_learnt.py", "nowhere.csv"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1 and ran.stderr.startswith("what_was_learnt: ")
    assert "Traceback" not in ran.stderr
