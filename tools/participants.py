"""Participant notebooks: the chapters with their solutions out and blanks in."""

import ast
import re
import symtable

import nbformat
from paths import ROOT, chapters


def all_participants() -> dict[str, str]:
    """File name → text of all participant notebooks, and of the one that checks the set-up."""
    notebooks = {p.name: participant(nbformat.read(p, as_version=4)) for p in chapters()}
    notebooks["00_ready.ipynb"] = setup_check(notebooks[chapters()[0].name].metadata)
    return {name: nbformat.writes(nb) + "\n" for name, nb in sorted(notebooks.items())}


def participant(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy without solutions and outputs, its answer cells turned into blanks.

    A blank raises ``NotImplementedError`` with the task. Each self-check first asks for the
    names that it reads, and ends by saying that it found no fault.
    """
    copy = nbformat.from_dict(notebook)
    cells, task, solution, before, functions = [], "", "", set(), set()
    for cell in copy.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = without_markup(cell.source)
        if "## Exercise " in cell.source:
            task = cell.source[cell.source.index("## Exercise ") :]
        if "solution" in tags:
            solution = cell.source
            functions |= functions_of(solution)
            continue
        if "answer" in tags:
            cell.source = blank(task)
        if "self-check" in tags:
            answer, above = reads(cell.source, defined(solution), before)
            called = sorted(functions.intersection(answer + above))
            cell.source = framed(cell.source, answer, above, called, exercise_name(task))
        if cell.cell_type == "code":
            before |= defined(cell.source)
            functions = functions - defined(cell.source) | functions_of(cell.source)
        cell.metadata.pop("mystnb", None)  # the site's captions
        cells.append(cell)
    copy.cells = cells
    return copy


def without_markup(markdown: str) -> str:
    """What only the site understands, in words that JupyterLab shows: citations and boxes."""
    markdown = cite_in_words(re.sub(r"\[([^\]]+)\]\(\.\./book/[^)]*\)", r"\1", markdown))
    return re.sub(r"(?ms)^```\{(\w+)\}([^\n]*)\n(?::\w+:[^\n]*\n)?(.*?)^```$", as_quote, markdown)


def as_quote(box: re.Match) -> str:
    """A box as a quotation under its title."""
    kind, title, text = box.groups()
    return f"> **{title.strip() or kind.title()}.** " + text.strip().replace("\n", "\n> ")


def exercise_name(task: str) -> str:
    """The number of a task's exercise, as in Exercise 1.1."""
    return re.search(r"Exercise \d+\.\d+", task)[0]


def blank(task: str) -> str:
    """The code of an answer cell: it says what is asked for, and stops there."""
    lines = [line for line in task.splitlines() if line and not line.startswith("## ")]
    text = f"{exercise_name(task)} is still blank. Its task:\n{' '.join(lines)}"
    return (
        f"# {exercise_name(task)}. Put your answer in place of these two lines.\n"
        f"raise NotImplementedError({text!r})"
    )


def defined(code: str) -> set[str]:
    """The names that a cell defines."""
    names = symtable.symtable(code, "a cell", "exec").get_symbols()
    return {name.get_name() for name in names if name.is_assigned() or name.is_imported()}


def functions_of(code: str) -> set[str]:
    """The functions that a cell defines."""
    return {node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)}


def reads(check: str, solution: set[str], before: set[str]) -> tuple[list[str], list[str]]:
    """The names that a self-check reads: those of the answer alone, and those of cells above."""
    names = looked_up(symtable.symtable(check, "a cell", "exec")) - defined(check)
    return sorted(names & solution - before), sorted(names & before)


def looked_up(table: symtable.SymbolTable) -> set[str]:
    """The module's names that a scope and all scopes in it read."""
    outer = table.get_type() == "module"
    read = [name for name in table.get_symbols() if name.is_referenced()]
    names = {name.get_name() for name in read if outer or name.is_global()}
    return names.union(*map(looked_up, table.get_children()))


def framed(check: str, answer: list[str], above: list[str], called: list[str], name: str) -> str:
    """A self-check that says which names it waits for, and in the end that all is well."""
    listed = " and ".join(f"`{asked}`" for asked in answer)
    lines = [f"# The check of your answer to {name.lower()}"]
    for names, holds in (
        (answer, f'name in globals(), "{name}: define {listed} in the cell above, and run it"'),
        (above, 'name in globals(), f"run the cell above that defines `{name}`, then yours"'),
        (called, 'callable(globals()[name]), f"`{name}` is no function: run its cell again"'),
    ):
        if names:
            lines.append(f"for name in {names!r}:\n    assert {holds}")
    return "\n".join([*lines, check, f'print("{name}: no fault found")'])


def setup_check(metadata: dict) -> nbformat.NotebookNode:
    """The notebook of one cell that says whether all is set up."""
    code = (ROOT / "tools/download_kit/ready.py").read_text(encoding="utf8").rstrip()
    cell = nbformat.v4.new_code_cell(code, id="00-00")
    return nbformat.v4.new_notebook(cells=[cell], metadata=metadata)


def cite_in_words(markdown: str) -> str:
    """Citations by name and year: jones1998ego becomes Jones 1998."""

    def cited(match: re.Match) -> str:
        keys = [re.match(r"([a-z]+)(\d{4})", key.strip()) for key in match[1].split(",")]
        return ", ".join(f"{key[1].title()} {key[2]}" for key in keys)

    return re.sub(r"\{cite:[pt]\}`([^`]+)`", cited, markdown)
