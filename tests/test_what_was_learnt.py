"""The script that says what a workshop taught."""

import subprocess
import sys

import pandas as pd
import pytest
import what_was_learnt as script
from paths import ROOT


def lines(*answers) -> pd.DataFrame:
    """A table of answers: person, when, form, six letters."""
    rows = [[*row[:3], *row[3]] for row in answers]
    return pd.DataFrame(rows, columns=["person", "when", "form", *script.QUESTIONS])


def test_the_key_has_a_letter_for_each_question_of_each_form():
    page = script.PAGE.read_text(encoding="utf8")
    for form, letters in script.key().items():
        part = page.split(f"## Form {form}\n")[1].split("\n## ")[0]
        questions = [line for line in part.splitlines() if line[:1].isdigit()]
        assert len(letters) == len(questions) == 6
        for letter, question in zip(letters, questions, strict=True):
            assert question.count("(a)") == question.count(f"({letter})") == 1
            assert question.count("(d)") == 1


def test_the_questions_are_not_those_of_the_quizzes():
    page = script.PAGE.read_text(encoding="utf8")
    stems = [line[3:60] for line in page.splitlines() if line[:1].isdigit()]
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
