"""The workshop: plans that add up, blanks that help, slides that are whole."""

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import make_game_rounds
import make_workshop
import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from participants import participant
from paths import ROOT, chapters

CHAPTERS = chapters()
TEACH = (ROOT / "book/workshop/teach.md").read_text(encoding="utf8")
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
HANDS_ON = {"exercise", "play", "type"}


def read(path: Path):
    return nbformat.read(path, as_version=4)


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def tagged(cells, tag: str) -> list:
    return [c for c in cells if tag in tags(c)]


# Participant notebooks


def test_participants_files_are_the_same_bytes_every_time(workshop, tmp_path):
    make_workshop.make(tmp_path)
    folders = workshop, tmp_path
    one, two = ({p.name: p.read_bytes() for p in f.iterdir() if p.is_file()} for f in folders)
    assert one == two
    assert len(one) == 2 + len(CHAPTERS) + 2  # two zips; decks to open and to close with


@every_chapter
def test_nothing_of_a_solution_is_left(path):
    chapter, copy = read(path), participant(read(path))
    text = "\n".join(c.source for c in copy.cells)
    others = "\n".join(c.source for c in chapter.cells if "solution" not in tags(c))
    for cell in tagged(chapter.cells, "solution"):
        own = [line.strip() for line in cell.source.splitlines() if len(line.strip()) > 12]
        assert not [line for line in own if line in text and line not in others]
    code = [c for c in copy.cells if c.cell_type == "code"]
    assert not [c for c in code if c.outputs or c.execution_count]
    assert not tagged(copy.cells, "solution")
    assert not re.search(r"\{cite|```\{|\.\./book/", text)  # nor what only the site can show
    nbformat.validate(copy)


@every_chapter
def test_every_exercise_keeps_task_blank_hint_and_self_check(path):
    kinds = []
    for cell in participant(read(path)).cells:
        kinds += ["task"] * cell.source.count("## Exercise ")
        kinds += ["hint"] * cell.source.count("<summary>Hint</summary>")
        kinds += [tag for tag in ("answer", "self-check") if tag in tags(cell)]
    assert kinds and kinds == ["task", "answer", "hint", "self-check"] * (len(kinds) // 4)


@every_chapter
def test_a_blank_stops_with_its_task(path):
    chapter = read(path)
    tasks = re.findall(
        r"## (Exercise \d+\.\d+): [^\n]+\n+(.+)", "\n".join(c.source for c in chapter.cells)
    )
    blanks = tagged(participant(chapter).cells, "answer")
    assert len(blanks) == len(tasks)
    for blank, (name, begins) in zip(blanks, tasks, strict=True):
        with pytest.raises(NotImplementedError) as stopped:
            exec(blank.source, {})
        assert str(stopped.value).startswith(f"{name} is still blank.")
        assert begins.replace("\\", "")[:60] in str(stopped.value).replace("\\", "")


@every_chapter
def test_a_self_check_asks_for_what_the_blank_should_have_defined(path):
    cells = participant(read(path)).cells
    for check in tagged(cells, "self-check"):
        with pytest.raises(
            AssertionError, match=r"Exercise \d+\.\d+: define `\w+`.* in the cell above"
        ):
            exec(check.source, {})
        # ... and it does so after everything above was run: nothing there defines these names.
        names = set(ast.literal_eval(re.search(r"for name in (\[.+?\])", check.source)[1]))
        before = [c.source for c in cells[: cells.index(check)] if c.cell_type == "code"]
        defined = {
            getattr(node, "asname", None) or getattr(node, "name", None) or node.targets[0].id
            for source in before
            for node in ast.parse(source).body
            if isinstance(node, ast.FunctionDef)
            or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name))
        }
        assert names and not names & defined


@every_chapter
def test_a_self_check_never_fails_without_a_word(path):
    for check in tagged(read(path).cells, "self-check"):
        asserts = [n for n in ast.walk(ast.parse(check.source)) if isinstance(n, ast.Assert)]
        assert asserts and all(n.msg is not None for n in asserts)


def test_the_zip_runs_up_to_its_first_blank(workshop, tmp_path):
    with zipfile.ZipFile(workshop / "hyperparameter-sweeps-workshop.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "hyperparameter-sweeps-workshop"
    readme = (folder / "README.md").read_text(encoding="utf8")
    assert "python start.py" in readme and "{" not in readme
    for word in ("`00_ready.ipynb`", "You are ready.", "is still blank", "Run All Above"):
        assert word in readme
    assert "<site>" not in readme and "folded in the chapters of the book. To stop" in readme
    named = make_workshop.participants_kit("https://example.org/sweeps")["README.md"].decode()
    assert "of the book, https://example.org/sweeps. To stop" in named
    resources = {"metadata": {"path": folder}}
    ready = read(folder / "00_ready.ipynb")
    NotebookClient(ready, resources=resources).execute()
    assert ready.cells[0].outputs[-1].text.endswith("You are ready.\n")
    chapter = read(folder / "09_more_knobs.ipynb")  # quick, and it reads a stored race
    with pytest.raises(CellExecutionError, match=r"Exercise 9\.1 is still blank"):
        NotebookClient(chapter, timeout=3600, resources=resources).execute()
    used = next(
        c for c in chapter.cells if "import sweeplib" in c.source or "from sweeplib" in c.source
    )
    assert used.execution_count


@every_chapter
def test_a_self_check_misses_names_in_words_and_says_when_all_is_well(path):
    chapter = read(path)
    checks = tagged(participant(chapter).cells, "self-check")
    for check, solution in zip(checks, tagged(chapter.cells, "solution"), strict=True):
        number = re.search(r"Exercise \d+\.\d+", check.source)[0]
        assert check.source.endswith(f'\nprint("{number}: no fault found")')
        said = ("and run it", "then yours", "is no function")
        answer, above, called = (
            ast.literal_eval(found[1]) if found else []
            for found in (
                re.search(rf"for name in (\[.+\]):\n    assert .*{word}", check.source)
                for word in said
            )
        )
        with pytest.raises(AssertionError) as stopped:
            exec(check.source, dict.fromkeys(answer))
        assert (
            not above
            or str(stopped.value) == f"run the cell above that defines `{above[0]}`, then yours"
        )
        defines = {
            s.name for s in ast.parse(solution.source).body if isinstance(s, ast.FunctionDef)
        }
        assert defines & set(answer) <= set(called)
        for name in called:
            shadowed = dict.fromkeys([*answer, *above], len) | {name: 0.5}
            with pytest.raises(AssertionError, match=f"`{name}` is no function: run its cell"):
                exec(check.source, shadowed)


def test_start_says_when_all_is_ready(tmp_path):
    (tmp_path / "start.py").write_bytes((ROOT / "tools/download_kit/start.py").read_bytes())
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/ready").write_text(str(tmp_path))
    command = [sys.executable, tmp_path / "start.py", "--only-set-up"]
    assert "Ready" in subprocess.run(command, capture_output=True, text=True).stdout


# Plans


def plans() -> dict[str, list[tuple[int, int, str, str]]]:
    """Heading → rows (from, minutes, what, how)."""
    found = {}
    for heading, body in re.findall(r"(?ms)^### (.+?)\n(.*?)(?=^##)", TEACH):
        rows = re.findall(r"(?m)^\| (\d+) \| (\d+) \| (.+?) \| (\w+) \|$", body)
        unlinked = [(int(a), int(b), re.sub("<[^>]+>", "", w), how) for a, b, w, how in rows]
        found[heading] = unlinked
    return found


def sessions(rows) -> list[list]:
    """A plan cut at its breaks."""
    cut = [[]]
    for row in rows:
        cut.append([]) if row[3] == "break" else cut[-1].append(row)
    return cut


LENGTHS = {"90 minutes": 90, "Half a day": 4 * 60, "A full day": 8 * 60, "A second day": 275}
every_plan = pytest.mark.parametrize("name", LENGTHS)


def plan(name: str) -> list:
    return next(rows for heading, rows in plans().items() if heading.startswith(name))


def test_there_are_four_plans():
    assert len(plans()) == len(LENGTHS)


@every_plan
def test_the_readme_names_the_notebooks_of_a_plan(name):
    readme = (ROOT / "tools/download_kit/participants.md").read_text(encoding="utf8")
    said = re.search(rf"(?mi)^\* {name}: (.+)$", readme)[1].split(", ")
    blocks = {int(b[1]) for row in plan(name) if (b := re.match(r"Block (\d+): ", row[2]))}
    assert said == [f"{number:02}" for number in sorted(blocks)]


@every_plan
def test_the_minutes_of_a_plan_add_up(name):
    clock = 0
    for begins, minutes, what, _ in plan(name):
        assert begins == clock, what
        clock += minutes
    assert clock == LENGTHS[name]


def test_the_site_and_the_kit_show_hours_and_minutes(soup, workshop):
    with zipfile.ZipFile(workshop / "hyperparameter-sweeps-teacher.zip") as archive:
        sheets = next(name for name in archive.namelist() if name.endswith("/run_sheets.html"))
        kit = BeautifulSoup(archive.read(sheets), "html.parser")
    shown_plans = [soup("book/workshop/teach").select("table.plan")] + [
        [table for table in page("table") if table.th.get_text() == "from"]
        for page in (soup("book/workshop/run_sheets"), kit)
    ]
    for tables in shown_plans:
        assert len(tables) == len(LENGTHS)
        for table, name in zip(tables, LENGTHS, strict=True):
            shown = [row.td.get_text(strip=True) for row in table.tbody("tr")]
            assert shown == [f"{begins // 60}:{begins % 60:02}" for begins, *_ in plan(name)]


@every_plan
def test_no_session_is_longer_than_50_minutes(name):
    lengths = [sum(row[1] for row in session) for session in sessions(plan(name))]
    assert max(lengths) <= 50 and min(lengths) > 0


@every_plan
def test_hands_move_every_15_minutes(name):
    for session in sessions(plan(name)):
        idle = 0
        for _, minutes, what, how in session:
            assert how in HANDS_ON | {"demo", "talk", "quiz"}, what
            idle = 0 if how in HANDS_ON else idle + minutes
            assert idle <= 15, what
        assert sum(row[3] in {"exercise", "play"} for row in session) >= 1


@every_plan
def test_a_plan_names_what_there_is(name):
    titles = {
        f"{title}"
        for path in CHAPTERS
        for cell in read(path).cells
        for title in re.findall(r"## (Exercise \d+\.\d+: .+)", cell.source)
    }
    for _, _, what, how in plan(name):
        if how == "exercise":
            assert any(what.startswith(title) for title in titles), what
        if block := re.match(r"Block (\d+): ", what):
            assert f"## Block {block[1]}: " in TEACH, what
        assert how != "demo" or block, what


@every_plan
def test_a_plan_names_the_rounds_of_the_game_and_attendees_read_the_same(name):
    named = []
    for _, _, what, how in plan(name):
        assert (how == "play") == what.startswith("[Game](../game.md), round "), what
        for number, problem in re.findall(r"round (\d): (?:a )?(forest|kernel ridge)", what):
            wanted = {"forest": "forest", "kernel ridge": "friedman1"}[problem]
            assert make_game_rounds.ROUNDS[int(number)][0] == wanted, what
            named.append(number)
        assert what.count("round ") == len(re.findall(r"round \d: ", what)), what
    attend = (ROOT / "book/workshop/attend.md").read_text(encoding="utf8")
    row = re.search(rf"(?mi)^\| {name} \| .+ \| rounds? (.+) \|$", attend)
    assert re.findall(r"\d", row[1]) == named and named


@pytest.mark.parametrize("number", range(1, len(CHAPTERS) + 1))
def test_a_block_has_all_that_a_teacher_needs(number):
    block = re.search(rf"(?ms)^## Block {number}: .*?(?=^## |\Z)", TEACH)[0]
    for part in ("Goal", "Demo, do not type", "Type together", "Ask before you run", "Exercise"):
        assert f"**{part}.**" in block, part
    heard = re.search(r"(?s)\*\*You will hear\.\*\*(.*?)\*\*Late\?\*\*", block)[1]
    assert heard.count("\n- ") == heard.count("Reply:") >= 3
    assert int(re.search(r"(\d+) minutes", block)[1]) <= 50
    assert f"({'../../notebooks/'}{CHAPTERS[number - 1].name})" in block


# Quizzes


@every_chapter
def test_a_quiz_gives_a_reason_for_every_option(path):
    quiz = next(c.source for c in read(path).cells if "quiz" in tags(c))
    questions = re.split(r"(?m)^\*\*\d\. ", quiz)[1:]
    assert quiz.startswith("## Check yourself\n") and len(questions) >= 3
    places = []
    for question in questions:
        assert question.splitlines()[0].endswith("**")
        options = re.findall(
            r"<details><summary>(.+?)</summary>\n\n(.+?)\n\n</details>", question, re.DOTALL
        )
        assert len(options) == question.count("<details>") >= 3
        verdicts = [reason.split(": ")[0] for _, reason in options]
        assert sorted(verdicts) == ["No"] * (len(options) - 1) + ["Right"]
        assert min(len(reason) for _, reason in options) > 40
        places.append(verdicts.index("Right"))
    assert len(set(places)) > 1  # the right one is not always in the same place
