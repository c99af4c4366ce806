"""What a workshop taught: python tools/what_was_learnt.py ANSWERS.csv

A line for each person and form: person, when (before, after), form (A, B), q1 to q6 (a letter,
or nothing). The questions are on the page "What was learnt?", their key on the page "Answer key".
People are independent of each other, so the interval is that of a plain paired t test.
"""

import argparse
import re
import sys
from pathlib import Path

import pandas as pd

from sweeplib import compare_pairs

HERE = Path(__file__).resolve().parent
KEYS = (HERE / "answer_key.md", HERE.parent / "book/workshop/answer_key.md")  # in the kit, here
KEY = next((path for path in KEYS if path.exists()), KEYS[0])
QUESTIONS = [f"q{i}" for i in range(1, 7)]


def key() -> dict[str, list[str]]:
    """Form → its right letters, as they stand in the page's table."""
    rows = re.findall(r"(?m)^\| \d \| ([a-d]) \| ([a-d]) \|", KEY.read_text(encoding="utf8"))
    return {"A": [a for a, _ in rows], "B": [b for _, b in rows]}


def marked(answers: pd.DataFrame) -> pd.DataFrame:
    """True where an answer is right; one row a person and time.

    Raises
    ------
    ValueError
        If a column is missing, a word is not known, or somebody answered twice.
    """
    for name in ("person", "when", "form", *QUESTIONS):
        if name not in answers:
            raise ValueError(f"no column {name!r}: there are {list(answers)}")
    answers = answers.apply(lambda column: column.astype("string").str.strip())
    answers["when"] = answers["when"].str.lower()
    answers["form"] = answers["form"].str.upper()
    known = {"when": {"before", "after"}, "form": {"A", "B"}}
    for name, words in known.items():
        if unknown := set(answers[name].fillna("")) - words:
            raise ValueError(f"{name} must be one of {sorted(words)}, got {sorted(unknown)}")
    if answers["person"].isna().any():
        raise ValueError("person: some lines have none")
    if twice := answers[answers.duplicated(["person", "when"])]["person"].tolist():
        raise ValueError(f"answered twice before, or twice after: {twice}")
    right = pd.DataFrame([key()[form] for form in answers["form"]], answers.index, QUESTIONS)
    letters = answers[QUESTIONS].apply(lambda column: column.str.lower())
    if unknown := set(letters.stack().dropna()) - set("abcd"):
        raise ValueError(f"answers are a, b, c, d or nothing, got {sorted(unknown)}")
    return (letters == right).fillna(False).set_index([answers["person"], answers["when"]])


def learnt(answers: pd.DataFrame) -> str:
    """For each question and in all: right before, right after, the gain and what it says."""
    times = pd.MultiIndex.from_product([QUESTIONS, ["before", "after"]], names=[None, "when"])
    both = marked(answers).unstack("when").reindex(columns=times)
    whole = both.dropna()
    left_out = len(both) - len(whole)
    if len(whole) < 2:
        raise ValueError(f"{len(whole)} people answered both times; it takes two at least")
    lines = [f"{len(whole)} people answered both times; {left_out} only once, and are left out."]
    for name in [*QUESTIONS, "all"]:
        parts = whole[QUESTIONS if name == "all" else [name]].astype(float)
        wrong = 1 - parts.T.groupby("when").mean().T
        found = compare_pairs(wrong["after"], wrong["before"])
        share = (
            f"{1 - wrong['before'].mean():.0%} right before, {1 - wrong['after'].mean():.0%} after"
        )
        if found.sd == 0:
            lines.append(f"{name}: {share}; the same change in all, so no interval")
            continue
        low, high = max(-found.high, -1), min(-found.low, 1)  # no gain is larger than all
        gain = f"gain {-found.mean + 0:+.0%} (95 % {low:+.0%} to {high:+.0%})"
        word = {"better": "learnt", "worse": "unlearnt"}.get(found.verdict, "undecided")
        lines.append(f"{name}: {share}; {gain}, {word}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", metavar="ANSWERS.csv")
    try:
        print(learnt(pd.read_csv(parser.parse_args().file, dtype="string")))
    except (OSError, ValueError) as error:
        sys.exit(f"what_was_learnt: {error}")


if __name__ == "__main__":
    main()
