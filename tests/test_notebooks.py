"""The chapters as files: what a reader, nbval and the site count on.

nbval compares a notebook's stored text with a fresh run. That is only worth something if the
text is there to compare, so these tests guard the guard.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from paths import ROOT, chapters

CHAPTERS = chapters()
PAGES = sorted([*(ROOT / "book").glob("*.md"), *(ROOT / "book/workshop").glob("*.md")])
FROM_SCRATCH = "04_bayesian_search"

every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)

# Numbers that no run decides: facts of the field, rules of thumb, other people's findings.
TYPED = {
    "01_one_model": {
        "0.02": "the original's lead, printed in chapter 3",
        "55": "an answer to choose from",
        "70": "an answer to choose from",
    },
    "02_grid_search": {
        "14": "an example of a depth",
        "306": "data sets, in the paper cited beside it",
    },
    "03_random_search": {
        "0.0001": "an example of a gamma",
        "60": "the rule as it is often misquoted",
    },
    "10_boosting": {
        "255": "bins, by scikit-learn's documentation",
        "10000": "rows, by scikit-learn's documentation",
        "1.7": "a version of scikit-learn",
    },
    "12_your_own_sweep": {"0.02": "an example of a margin", "80": "a rule of the template's code"},
    "13_elsewhere": {
        "38": "data sets, in the paper cited beside it",
        "60": "columns, by the protocol",
        "80": "a share of the rows, by the protocol",
        "150": "rows, by the protocol",
        "442": "the diabetes people",
        "500": "made tables, by the protocol",
        "49": "the budget of chapter 6",
        "64": "leaves, by the template",
    },
    "before_after": {"0.0001": "the low end of an invented range"},
    "answer_key": {"0.0001": "the low end of an invented range"},
    "attend": {"3.11": "the oldest Python supported", "3.14": "the newest"},
    "how_to_use": {"3.11": "the oldest Python supported", "3.14": "the newest"},
    "original": {
        "739": "the original's own result, which cannot recur",
        "0.41542": "the original's own result, which cannot recur",
    },
}


def cells(path: Path, kind: str = "code") -> list:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == kind]


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def printed(cell) -> str:
    """All text that a cell shows."""
    return "".join(
        o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell.outputs
    )


def numbers(text: str) -> set[str]:
    """The numbers of a text, of two digits or more, as they would be printed."""
    found = re.findall(r"(?<![\w.])\d[\d,_]*(?:\.\d+)?(?![\w])", text)
    return {n for n in (re.sub("[,_]", "", f) for f in found) if len(n) > 1}


def prose(markdown: str) -> str:
    """Text without code, formulas, headings, links' targets and minutes."""
    for out in (
        r"(?s)^---\n.*?\n---\n", r"(?s)```.*?```", r"(?s)\$\$.*?\$\$", r"`[^`]*`", r"\$[^$\n]*\$",
        r"(?m)^#.*$", r"(?m)^\d+\. ", r"\[Fig\. [\d.]+\]",
        r"(?m)^\| \d+ \| \d+ \|.*$", r"\d+ minutes", r"Late at \d:\d\d",  # a plan by the minute
        r"(?i)chapter \d+",
        r"(?i)exercise \d+\.\d+", r"(?<=\])\([^)]*\)", r"(?m)^> \*Reading.*$", r"</?\w[^>]*>",
    ):  # fmt: skip
        markdown = re.sub(out, " ", markdown)
    return markdown


@every_chapter
def test_a_chapter_stands_in_the_contents(path):
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
    files = [c["file"] for part in contents["parts"] for c in part["chapters"]]
    assert f"notebooks/{path.stem}" in files


def test_what_chapters_leave_in_sweeps_is_not_collected(pytestconfig):
    assert "sweeps" in pytestconfig.getini("norecursedirs")  # a cache holds code of its own


@every_chapter
def test_cells_ran_once_from_top_to_bottom(path):
    counts = [c.execution_count for c in cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@every_chapter
def test_what_a_cell_prints_is_stored(path):
    silent = [c.source for c in cells(path) if "print(" in c.source and "def " not in c.source]
    stored = {c.source for c in cells(path) if printed(c)}
    assert len(stored) > 5
    assert not [source for source in silent if source not in stored]


@every_chapter
def test_no_cell_warned_or_failed(path):
    outputs = [o for c in cells(path) for o in c.outputs]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]


@every_chapter
def test_few_cells_escape_the_comparison(path):
    escaping = [c for c in cells(path) if {"nbval-ignore-output", "nbval-skip"} & set(tags(c))]
    assert len(escaping) <= 3
    assert not [c for c in cells(path) if "NBVAL_" in c.source]


@every_chapter
def test_code_cells_are_short(path):
    limit = 30 if path.stem == FROM_SCRATCH else 25
    long = [c.source for c in cells(path)[1:] if len(c.source.splitlines()) > limit]
    assert not long


@every_chapter
def test_a_chapter_opens_with_its_card(path):
    card = cells(path, "markdown")[0].source
    for part in (
        "# ",
        "**You will be able to**",
        "**You need**",
        "*Reading ",
        "exercises ",
        "runs in ",
    ):
        assert part in card, part
    assert card.count("\n> - ") == 3


@every_chapter
def test_a_chapter_closes_with_what_to_keep(path):
    closing = cells(path, "markdown")[-1].source
    for part in (
        "## Key points",
        "**What this does not show.**",
        "**What's next.**",
        "**Further reading.**",
    ):
        assert part in closing, part


@every_chapter
def test_every_exercise_has_task_hint_solution_and_self_check(path):
    kinds = []
    for cell in nbformat.read(path, as_version=4).cells:
        kinds += ["task"] * cell.source.count("## Exercise ")
        kinds += ["hint"] * cell.source.count("<summary>Hint</summary>")
        kinds += [tag for tag in ("answer", "solution", "self-check") if tag in tags(cell)]
    exercises = len(kinds) // 5
    assert 1 <= exercises <= 3
    assert kinds == ["task", "answer", "hint", "solution", "self-check"] * exercises


@every_chapter
def test_solutions_and_checks_are_folded_on_the_site_and_in_jupyterlab(path):
    for cell in cells(path):
        if "solution" in tags(cell):
            assert (
                "hide-cell" in tags(cell)
                and "solution" in cell.metadata["mystnb"]["code_prompt_show"]
            )
            assert cell.metadata["jupyter"] == {"source_hidden": True, "outputs_hidden": True}
        if "hide-input" in tags(cell):
            assert cell.metadata["jupyter"] == {"source_hidden": True}
        if "self-check" in tags(cell):
            assert "hide-input" in tags(cell)  # it shows what it expects
            assert "assert " in cell.source and not cell.outputs


@every_chapter
def test_every_number_in_the_prose_is_printed_by_the_run(path):
    """nbval fails when what a cell prints drifts; this fails when the prose does not follow."""
    ran = set().union(*(numbers(c.source) | numbers(printed(c)) for c in cells(path)))
    said = set().union(*(numbers(prose(c.source)) for c in cells(path, "markdown")))
    assert said - ran == set(TYPED.get(path.stem, {}))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_number_on_a_page_is_printed_in_a_chapter(path):
    ran = set().union(
        *(numbers(c.source) | numbers(printed(c)) for chapter in CHAPTERS for c in cells(chapter))
    )
    said = numbers(prose(path.read_text(encoding="utf8")))
    assert said - ran == set(TYPED.get(path.stem, {}))


def test_a_changed_number_makes_the_comparison_fail(tmp_path):
    whole = json.loads(CHAPTERS[0].read_text(encoding="utf8"))
    code = [c for c in whole["cells"] if c["cell_type"] == "code"]
    first = next(
        i for i, c in enumerate(code) if "353" in "".join(o["text"][0] for o in c["outputs"])
    )
    text = json.dumps(whole | {"cells": code[: first + 1]})
    (tmp_path / "same.ipynb").write_text(text, encoding="utf8")
    (tmp_path / "changed.ipynb").write_text(text.replace("rows 353", "rows 354"), encoding="utf8")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-p", "no:xdist"]
    ran = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-o", "addopts=", "-rf"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 1 and "rows 354" in ran.stdout
    assert re.findall(r"(?m)^FAILED (\w+)\.ipynb", ran.stdout) == ["changed"], ran.stdout
    assert f"1 failed, {2 * first + 1} passed" in ran.stdout


def first_cells(page: str) -> list[str]:
    """The first column of a page's table, without its head."""
    text = (ROOT / f"book/{page}.md").read_text(encoding="utf8")
    return [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")][1:]


def test_each_line_of_the_cheat_sheet_says_how_surely_it_is_known():
    assert first_cells("what_we_know") == first_cells("cheatsheet")
    assert len(first_cells("cheatsheet")) > 10


@every_chapter
def test_code_fits_the_page(path):
    long = [
        line for cell in cells(path, "code") for line in cell.source.splitlines() if len(line) > 80
    ]
    assert not long


def test_nine_of_ten_cells_have_at_most_fifteen_lines():
    lengths = [len(c.source.splitlines()) for path in CHAPTERS for c in cells(path, "code")]
    short = sum(length <= 15 for length in lengths)
    assert short >= 0.9 * len(lengths), f"{short} of {len(lengths)}"
