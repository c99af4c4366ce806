"""Self-checks: they take right answers of any form, and say a word that helps to wrong ones.

An answer runs in a chapter's names: of the cells above it only those statements run on which the
answers and the self-checks depend. They are found from the code.
"""

import ast
import builtins
import contextlib
import io
import re
import symtable
import warnings

import joblib
import matplotlib
import nbformat
import pytest
from answers import ANSWERS
from participants import participant
from paths import ROOT, chapters

import sweeplib
from sweeplib import Holdout

CHAPTERS = {path.name[:2]: path for path in chapters()}
every_chapter = pytest.mark.parametrize("number", CHAPTERS)


def stored_forests():
    """Losses of the same forests by depth and seed, from the stored trials."""
    grids = sweeplib.load_trials("grids").query("n_estimators == 100 and seed < 30")
    return grids.pivot(index="max_depth", columns="seed", values="rmse")


# Chapter 4 fits thirty maps for this table.
GIVEN = {"04": {"by_seed": stored_forests}}


def tags(cell):
    return cell.metadata.get("tags", [])


def exercises(number):
    """Exercise → its cells by kind, of one chapter."""
    found = {}
    for cell in nbformat.read(CHAPTERS[number], as_version=4).cells:
        if match := re.search(r"## Exercise (\d+\.\d+): ", cell.source):
            found[match[1]] = cells = {"task": cell.source[match.start() :]}
        elif "<summary>Hint</summary>" in cell.source:
            cells["hint"] = cell.source
        elif kind := {"solution", "self-check"} & set(tags(cell)):
            cells[kind.pop()] = cell.source
    return found


# What an exercise needs of the cells above it


def uses(table):
    """The module's names that a scope and all scopes in it read."""
    names = {
        name.get_name()
        for name in table.get_symbols()
        if name.is_referenced() and (table.get_type() == "module" or name.is_global())
    }
    return names.union(*(uses(inner) for inner in table.get_children()))


def binds(statement):
    """The names that a statement defines, and those whose old value it changes."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}, set()
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(name.asname or name.name).split(".")[0] for name in statement.names}, set()
    new, changed, grown = set(), set(), set()
    for node in ast.walk(statement):
        target = None
        if isinstance(node, ast.AugAssign):
            target = node.target
            grown.add(target)
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            target = node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            target = node.func.value if node.func.attr in {"append", "update"} else None
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in grown:
            new.add(node.id)
        while isinstance(target, ast.Subscript | ast.Attribute):
            target = target.value
        if isinstance(target, ast.Name):
            changed.add(target.id)
    return new, changed - new


def needs(code):
    """The names that code must find: those it reads, and has not set itself."""
    new, changed = set(), set()
    for statement in ast.parse(code).body:
        more_new, more_changed = binds(statement)
        new, changed = new | more_new, changed | (more_changed - new)
    again = {n for n in uses(symtable.symtable(code, "code", "exec")) if n not in new}
    return again | changed


def statements_for(wanted, cells, given=frozenset()):
    """The statements of these cells that `wanted` names depend on, in their order."""
    parsed = [statement for cell in cells for statement in ast.parse(cell.source).body]
    parsed = [statement for statement in parsed if not binds(statement)[0] & set(given)]
    reads = {statement: needs(ast.unparse(statement)) for statement in parsed}
    functions = {s.name: reads[s] for s in parsed if isinstance(s, ast.FunctionDef | ast.ClassDef)}

    def whole(names):
        """With all that their functions read when they are called."""
        names, more = set(names), set(names)
        while more := set().union(*(functions.get(name, set()) for name in more)) - names:
            names |= more
        return names

    wanted, taken = whole(wanted), []
    for statement in reversed(parsed):
        new, changed = binds(statement)
        if (new | changed) & wanted:
            if not isinstance(statement, ast.For | ast.If):
                wanted -= new
            wanted |= whole(reads[statement])
            taken.append(statement)
    return [ast.unparse(statement) for statement in reversed(taken)]


def test_only_the_statements_that_a_name_depends_on_are_taken():
    cells = [
        nbformat.v4.new_code_cell(source)
        for source in (
            "import math\nslow = 1\nslow = 2\nfree = []",
            "def f(x):\n    return slow + g(x)\n\n\ndef g(y):\n    return math.sqrt(y)",
            "free.append(f(4))\nunused = f(9)\nprint(unused)",
        )
    ]
    assert statements_for({"free"}, cells) == [
        "import math",
        "slow = 2",
        "free = []",
        "def f(x):\n    return slow + g(x)",
        "def g(y):\n    return math.sqrt(y)",
        "free.append(f(4))",
    ]


TEACH = (ROOT / "book/workshop/teach.md").read_text(encoding="utf8")
PLANNED = sorted(set(re.findall(r"\| (?:Exercise )(\d+\.\d+): ", TEACH)), key=float)


def said_to_need(number):
    """What a block says that an exercise of it needs."""
    chapter = int(float(number))
    block = re.search(rf"(?ms)^## Block {chapter}: .*?(?=^## |\Z)", TEACH)[0]
    about = block.split("**Exercise.**")[1].split("\n")[0]
    part = re.search(rf"Exercise {number} \((.+?)(?= Exercise \d| exercise \d|$)", about)[1]
    said = re.findall(r"; it needs (.+?)\.(?= |$)", part)
    assert len(said) == 1, part
    return said[0]


def blank_of(number, cells):
    """Where an exercise's blank stands among the cells."""
    task = next(i for i, c in enumerate(cells) if f"## Exercise {number}: " in c.source)
    return next(i for i in range(task, len(cells)) if "answer" in tags(cells[i]))


def named_cells(said, cells, at):
    """The code cells that these words name, of those above the blank, which is cell ``at``."""
    code = [c for c in cells[:at] if c.cell_type == "code"]
    code = [c for c in code if not {"answer", "solution", "self-check"} & set(tags(c))]

    def last(name):
        """The last cell above that defines a name outside its functions and loops."""
        loops = ast.For | ast.If | ast.With
        of = {}
        for c in code:
            body = [s for s in ast.parse(c.source).body if not isinstance(s, loops)]
            of[c.id] = set().union(*(binds(s)[0] for s in body))
        return max(i for i, c in enumerate(code) if name in of[c.id])

    places = {0}  # the imports
    if down := re.match(r"the cells down to `(\w+)`", said):
        places |= set(range(last(down[1]) + 1))
    else:
        assert re.match("only the imports$|the imports and |the imports, ", said), said
        places |= {last(name) for name in re.findall(r"`(\w+)`", said)}
    if "the cell above the blank" in said:
        places.add(len(code) - 1)
    return [code[i] for i in sorted(places)]


@pytest.mark.parametrize("number", PLANNED)
def test_a_planned_exercise_needs_no_more_cells_than_its_block_says(number):
    cells = nbformat.read(CHAPTERS[f"{int(float(number)):02}"], as_version=4).cells
    said, at = said_to_need(number), blank_of(number, cells)
    if said == "the same":
        before = f"{number[:-1]}{int(number[-1]) - 1}"
        run = named_cells(said_to_need(before), cells, blank_of(before, cells))
    else:
        run = named_cells(said, cells, at)
    run += [next(c for c in cells[at:] if tag in tags(c)) for tag in ("solution", "self-check")]
    there, missing = set(dir(builtins)) | {"display"}, {}
    for cell in run:
        missing |= dict.fromkeys(needs(cell.source) - there, cell.id)
        there |= {n for s in ast.parse(cell.source).body for n in binds(s)[0]}
    assert not missing


# Running answers


def remembered(function):
    """The function, which computes nothing twice: many answers need the same forests."""
    known = {}

    def recall(*args, **options):
        key = joblib.hash([*(vars(a) if isinstance(a, Holdout) else a for a in args), options])
        if key not in known:
            known[key] = function(*args, **options)
        return known[key]

    return recall


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Forests are remembered, and maps are made the quick way, which rounds a little otherwise."""
    surface = remembered(sweeplib.forest_surface)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Holdout, "__call__", remembered(Holdout.__call__))
        patch.setattr(
            sweeplib,
            "forest_surface",
            lambda *parts, n_estimators=1000, **options: surface(
                *parts, n_estimators=n_estimators, **options | {"exact": False, "n_jobs": 1}
            ),
        )
        patch.chdir(ROOT / "notebooks")
        yield


def names_above(number, name):
    """The names that a chapter has defined when its reader comes to an answer's cell."""
    cells = nbformat.read(CHAPTERS[number], as_version=4).cells
    task = next(i for i, cell in enumerate(cells) if f"## Exercise {name}: " in cell.source)
    place = next(i for i, cell in enumerate(cells) if i > task and "answer" in tags(cell))
    own = {"answer", "solution", "self-check"}
    above = [c for c in cells[:place] if c.cell_type == "code" and not own & set(tags(c))]
    above = [cell for cell in above if not cell.source.startswith("%")]
    code = [*ANSWERS[name]["right"], *ANSWERS[name]["wrong"]]
    code.append(exercises(number)[name]["self-check"])
    names = {name: make() for name, make in GIVEN.get(number, {}).items()}
    for statement in statements_for(set().union(*map(needs, code)), above, names):
        exec(statement, names)
    return names


def checked(answer, check, names):
    """What the self-check says of an answer; nothing, if it takes it."""
    mine = dict(names)
    exec(answer, mine)
    try:
        exec(check, mine)
    except AssertionError as said:
        return str(said)
    return ""


@every_chapter
def test_self_checks_take_right_answers_and_help_with_wrong_ones(number):
    matplotlib.use("agg")
    notebook = participant(nbformat.read(CHAPTERS[number], as_version=4))
    checks = [cell.source for cell in notebook.cells if "self-check" in tags(cell)]
    unlike = []
    for name, check in zip(exercises(number), checks, strict=True):
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            names = names_above(number, name)
            said = {answer: checked(answer, check, names) for answer in ANSWERS[name]["right"]}
            unlike += [f"{name} refuses\n{code}\n{word}" for code, word in said.items() if word]
            for answer, word in ANSWERS[name]["wrong"].items():
                said = checked(answer, check, names)
                if not re.search(word, said):
                    unlike.append(f"{name} says {said!r}, not {word!r}, to\n{answer}")
    assert not unlike, "\n\n".join(unlike)


# What people leave in a name by accident: nothing, a text, a list, a function, a dict of scores.
OTHER_KINDS = [None, "text", [], [None], float("nan"), lambda *_, **__: None, {}, {"rmse": 1.0}]
OTHER_FUNCTIONS = [lambda *_, value=value, **__: value for value in OTHER_KINDS]


@every_chapter
def test_a_self_check_has_a_word_for_an_answer_of_another_kind(number):
    notebook = participant(nbformat.read(CHAPTERS[number], as_version=4))
    checks = [cell.source for cell in notebook.cells if "self-check" in tags(cell)]
    bare = []
    for name, check in zip(exercises(number), checks, strict=True):
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            answered = names_above(number, name)
            exec(ANSWERS[name]["right"][0], answered)
            for asked in ast.literal_eval(re.search(r"for name in (\[.+?\])", check)[1]):
                functions = OTHER_FUNCTIONS if callable(answered[asked]) else []
                for other in OTHER_KINDS + functions:
                    try:
                        said = checked("", check, answered | {asked: other})
                    except Exception as error:  # `sweep` has a word of its own
                        generator = "strategy must be a generator" in str(error)
                        said = "" if generator else f"{type(error).__name__}: {error}"
                    else:
                        said = "" if said else "nothing"
                    given = f"returns {other()!r}" if other in functions else repr(other)
                    bare += [f"{name} says {said} where `{asked}` {given}"] if said else []
    assert not bare, "\n".join(bare)


# What each exercise has


@every_chapter
def test_every_exercise_was_tried_with_right_and_wrong_answers(number):
    book = {name for name in ANSWERS if int(name.split(".")[0]) == int(number)}
    assert set(exercises(number)) == book
    for name in book:
        assert len(set(ANSWERS[name]["right"])) == len(ANSWERS[name]["right"]) >= 3, name
        assert len(ANSWERS[name]["wrong"]) >= 5, name
        assert all(len(word) > 3 for word in ANSWERS[name]["wrong"].values()), name


@every_chapter
def test_a_self_check_is_short_and_each_of_its_messages_is_its_own(number):
    for name, cells in exercises(number).items():
        lines = [line for line in cells["self-check"].splitlines() if line]
        assert len(lines) <= 15, name
        tree = ast.parse(cells["self-check"])
        asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
        said = [ast.unparse(node.msg) for node in asserts]
        assert len(set(said)) == len(said) and all(len(words) >= 12 for words in said), name


def pieces(code):
    """The expressions of a solution: what is assigned, returned or called."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.stmt) and getattr(node, "value", None):
            yield ast.unparse(node)
            yield ast.unparse(node.value)


@every_chapter
def test_a_hint_is_no_part_of_the_solution(number):
    for name, cells in exercises(number).items():
        hint = [text for text in re.findall(r"`([^`]+)`", cells["hint"]) if len(text) > 24]
        quoted = " ".join(hint)
        solution = cells["solution"]
        shown = [piece for piece in pieces(solution) if len(piece) > 12 and piece in quoted]
        lines = [line.strip() for line in solution.splitlines() if len(line.strip()) > 12]
        shown += [line for line in lines if line in cells["hint"]]
        shown += [
            text for text in hint if text in solution or text in ast.unparse(ast.parse(solution))
        ]
        assert not shown, f"{name}: {shown}"


@every_chapter
def test_a_card_gives_minutes_for_reading_exercises_and_quiz(number):
    cells = nbformat.read(CHAPTERS[number], as_version=4).cells
    card = r"\*Reading (\d+) min, exercises (\d+) min, quiz (\d+) min, runs in about (\d+) s"
    reading, at_work, quiz, _ = map(int, re.search(card, cells[0].source).groups())
    words = code = questions = 0
    for cell in cells:
        if "quiz" in tags(cell):
            questions = len(re.findall(r"(?m)^\*\*\d\. ", cell.source))
        elif cell.cell_type == "markdown":
            words += len(cell.source.split())
        elif not {"answer", "solution", "self-check", "hide-input"} & set(tags(cell)):
            code += 1
    assert abs(reading - (words / 150 + code)) <= 6  # a minute for a cell with what it prints
    assert 2 * questions <= quiz <= 3 * questions
    assert at_work >= 10 * len(exercises(number))
