"""A downloaded notebook that is opened alone says where its library and tables come from."""

import json
import re
import shutil
import subprocess
import sys
import zipfile

import nbformat
import participants
import pytest
import zips
from nbclient import NotebookClient
from packaging.requirements import Requirement
from paths import ROOT, chapters

CHAPTERS = {path.name: path.read_text(encoding="utf8") for path in chapters()}
every_chapter = pytest.mark.parametrize("name", CHAPTERS)


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "made-up/book")
    monkeypatch.setenv("BOOK_BRANCH", "spring")


@pytest.fixture
def unknown(monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)


def cells(name: str, text: str) -> list:
    """The cells of a chapter's copy, as its zip has it."""
    notebook = nbformat.reads(zips.files({name: text}, "")[name].decode(), as_version=4)
    nbformat.validate(notebook)
    return notebook.cells


def before_the_first_import(found: list) -> str:
    """All that is said above the first code of the chapter's own."""
    code = [i for i, c in enumerate(found) if c.cell_type == "code"]
    first = next(i for i in code if not found[i].id.startswith("alone"))
    return "\n".join(c.source for c in found[:first])


@every_chapter
def test_where_the_repository_is_known_a_cell_would_install_from_it(known, name):
    found = cells(name, CHAPTERS[name])
    first = next(c for c in found if c.cell_type == "code")
    what = Requirement(re.search(r'(?m)^    %pip install --quiet "(.+)"$', first.source)[1])
    assert what.name == "sweeplib"
    assert what.url == "https://github.com/made-up/book/archive/spring.zip"
    assert what.extras == ({"cluster"} if name.startswith("11") else set())
    assert "made-up/book" in before_the_first_import(found)


@every_chapter
def test_where_it_is_not_known_no_line_installs_and_words_say_what_to_do(unknown, name):
    found = cells(name, CHAPTERS[name])
    assert not [c for c in found if "pip install" in c.source]
    said = before_the_first_import(found)
    assert "Run this chapter" in said and "`sweeplib`" in said
    assert ("`trials`" in said) == ("load_trials" in CHAPTERS[name])
    assert ("`own_table`" in said) == ("own_table" in CHAPTERS[name])


@every_chapter
@pytest.mark.parametrize("repository", ["known", "unknown"])
def test_the_chapters_own_cells_stay_as_they_are(request, repository, name):
    request.getfixturevalue(repository)
    copy = json.loads(zips.files({name: CHAPTERS[name]}, "")[name])
    copy["cells"] = [cell for cell in copy["cells"] if not cell["id"].startswith("alone")]
    assert copy == json.loads(CHAPTERS[name])


def test_participants_get_the_same_words_and_the_check_of_the_set_up_stays_one_cell(known):
    content = zips.files(participants.all_participants(), "")
    for name, data in content.items():
        if name.endswith(".ipynb"):
            assert (b"%pip install" in data) == (name != "00_ready.ipynb")


def test_in_its_zip_the_cell_fetches_nothing(known, tmp_path):
    name = "09_more_knobs.ipynb"
    content = zips.files({name: CHAPTERS[name]}, "")
    zips.write_zip(tmp_path / "chapter.zip", content)
    with zipfile.ZipFile(tmp_path / "chapter.zip") as archive:
        archive.extractall(tmp_path)
    notebook = nbformat.reads(content[name].decode(), as_version=4)
    at = next(i for i, c in enumerate(notebook.cells) if c.id == "alone-install")
    notebook.cells = notebook.cells[: at + 2]
    resources = {"metadata": {"path": tmp_path / "chapter"}}
    NotebookClient(notebook, resources=resources).execute()
    assert not notebook.cells[at].outputs


def test_what_is_installed_brings_the_stored_trials_and_the_template(tmp_path):
    """What pip makes of the repository, without an index: a wheel, unpacked."""
    copy, there = tmp_path / "copy", tmp_path / "there"
    shutil.copytree(ROOT / "sweeplib", copy / "sweeplib")
    for name in ("own_table", "trials"):
        shutil.copytree(ROOT / "notebooks" / name, copy / "notebooks" / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    build = "from setuptools.build_meta import build_wheel; print(build_wheel('..'))"
    subprocess.run([sys.executable, "-c", build], cwd=copy, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(there)
    (tmp_path / "elsewhere").mkdir()
    code = (
        f"import sys; sys.path.insert(0, {str(there)!r}); import own_table, sweeplib; "
        "print(sweeplib.__file__, own_table.__file__, len(sweeplib.load_trials('halving')))"
    )
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=tmp_path / "elsewhere", capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    library, table, rows = ran.stdout.split()
    assert library.startswith(str(there)) and table.startswith(str(there)) and rows == "400"
