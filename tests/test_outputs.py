"""Stored outputs that are out of date are noticed: `make book` runs their notebooks again."""

import json
import shutil

import nbformat
import pytest
from paths import chapters
from run_notebooks import made_with, outdated, store

SOURCES = {
    "01_alone": ["x = 20", "print(x + 1)"],
    "02_library": ["from sweeplib import number", "print(number)"],
    "03_trials": ["def load_trials(): return open('trials/a.csv').read()", "print(load_trials())"],
}


@pytest.fixture
def book(tmp_path):
    """A small book whose outputs have just been stored."""
    (tmp_path / "sweeplib").mkdir()
    (tmp_path / "sweeplib/__init__.py").write_text("number = 1\n", encoding="utf8")
    (tmp_path / "notebooks/trials").mkdir(parents=True)
    (tmp_path / "notebooks/trials/a.csv").write_bytes(b"loss\n1\n")
    (tmp_path / "requirements.lock").write_text("numpy==2.0\n", encoding="utf8")
    for name, sources in SOURCES.items():
        cells = [nbformat.v4.new_markdown_cell("# A chapter")]
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        notebook = nbformat.v4.new_notebook(cells=cells)
        nbformat.write(notebook, tmp_path / f"notebooks/{name}.ipynb")
    record = {path.stem: made_with(path) for path in chapters(tmp_path)}
    (tmp_path / "notebooks/outputs.json").write_text(json.dumps(record), encoding="utf8")
    return tmp_path


def noticed(book):
    return {path.stem: parts for path, parts in outdated(book).items()}


def change(book, name, **changes):
    path = book / f"notebooks/{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(c for c in notebook.cells if c.cell_type == changes.pop("kind", "code"))
    cell.update(changes)
    nbformat.write(notebook, path)


def test_outputs_that_have_just_been_stored_are_in_date(book):
    assert noticed(book) == {}


def test_the_books_own_outputs_are_in_date():
    assert outdated() == {}, "run `make notebooks` and look at what changed"


def test_a_changed_cell_is_noticed(book):
    change(book, "01_alone", source="x = 21")
    assert noticed(book) == {"01_alone": ["code"]}


def test_a_cell_that_was_added_or_moved_is_noticed(book):
    path = book / "notebooks/01_alone.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(notebook.cells.pop(1))
    nbformat.write(notebook, path)
    assert noticed(book) == {"01_alone": ["code"]}


def test_changed_prose_needs_no_run(book):
    change(book, "01_alone", kind="markdown", source="# Another title")
    assert noticed(book) == {}


@pytest.mark.parametrize("name", ["__init__.py", "added.py", "book.mplstyle"])
def test_a_changed_sweeplib_is_noticed(book, name):
    with open(book / "sweeplib" / name, "a", encoding="utf8") as file:
        file.write("number = 2\n")
    assert noticed(book) == {name: ["sweeplib"] for name in SOURCES}


@pytest.mark.parametrize("name", ["a.csv", "added.csv.gz", "made.json"])
def test_changed_stored_trials_are_noticed_where_they_are_read(book, name):
    with open(book / "notebooks/trials" / name, "ab") as file:
        file.write(b"2\n")
    assert noticed(book) == {"03_trials": ["stored trials"]}


def test_a_changed_lock_is_noticed(book):
    (book / "requirements.lock").write_text("numpy==2.1\n", encoding="utf8")
    assert noticed(book) == {name: ["lock"] for name in SOURCES}


def test_a_chapter_without_a_record_is_out_of_date(book):
    shutil.copy(book / "notebooks/01_alone.ipynb", book / "notebooks/04_added.ipynb")
    assert noticed(book) == {"04_added": ["code", "sweeplib", "stored trials", "lock"]}
    (book / "notebooks/outputs.json").unlink()
    assert len(noticed(book)) == 4


def test_line_ends_of_another_system_are_no_change(book):
    file = book / "requirements.lock"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert noticed(book) == {}


def test_storing_outputs_brings_a_chapter_into_date(book):
    change(book, "01_alone", source="x = 41")
    store(book / "notebooks/01_alone.ipynb")
    assert noticed(book) == {}
    stored = nbformat.read(book / "notebooks/01_alone.ipynb", as_version=4)
    assert stored.cells[2].outputs[0].text == "42\n"


def test_every_chapter_that_reads_stored_trials_reads_them_by_name():
    for path in chapters():
        code = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
        assert not [source for source in code if "trials/" in source], path.name
