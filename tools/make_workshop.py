"""Make the workshop's material from the chapters: python book/make_workshop.py [--out DIR]

Participant notebooks (solutions out, blanks in), their zip, and a deck of slides for each
chapter. Everything comes from the cells and their tags; CONTRIBUTING.md says which tag does what.
"""

import argparse
import ast
import re
import shutil
import symtable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import jinja2
import nbformat
import zips
from nbconvert.filters import markdown2html

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
SLIDES = ROOT / "book/slides"


# Participant notebooks


def participant(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy without solutions and outputs, its answer cells turned into blanks.

    A blank raises ``NotImplementedError`` with the task. Each self-check first asks for the
    names that the solution would have defined.
    """
    copy = nbformat.from_dict(notebook)
    cells, task, solution, before = [], "", "", set()
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
            continue
        if "answer" in tags:
            cell.source = blank(task)
        if "self-check" in tags:
            cell.source = asks_first(cell.source, wanted(solution, cell.source, before), task)
        if cell.cell_type == "code":
            before |= defined(cell.source)
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


def wanted(solution: str, check: str, before: set[str]) -> list[str]:
    """The names that a self-check reads, and that nothing but the solution defines."""
    names = {node.id for node in ast.walk(ast.parse(check)) if isinstance(node, ast.Name)}
    return sorted((defined(solution) & names) - defined(check) - before)


def asks_first(check: str, names: list[str], task: str) -> str:
    """A self-check that begins by saying which names it waits for."""
    listed = " and ".join(f"`{name}`" for name in names)
    return (
        f"for name in {names!r}:\n"
        f'    assert name in globals(), "{exercise_name(task)}: define {listed} in the cell above, '
        f'and run it"\n{check}'
    )


def ready(metadata: dict) -> nbformat.NotebookNode:
    """The notebook of one cell that says whether all is set up."""
    code = (ROOT / "book/kit/ready.py").read_text(encoding="utf8").rstrip()
    cell = nbformat.v4.new_code_cell(code, id="00-00")
    return nbformat.v4.new_notebook(cells=[cell], metadata=metadata)


def participants() -> dict[str, str]:
    """File name → text of all participant notebooks, and of the one that checks the set-up."""
    notebooks = {p.name: participant(nbformat.read(p, as_version=4)) for p in CHAPTERS}
    notebooks["00_ready.ipynb"] = ready(notebooks[CHAPTERS[0].name].metadata)
    return {name: nbformat.writes(nb) + "\n" for name, nb in sorted(notebooks.items())}


# Slides


@dataclass
class Slide:
    """What is shown, and what is said."""

    shown: list[str] = field(default_factory=list)  # HTML
    said: list[str] = field(default_factory=list)  # Markdown

    @property
    def body(self) -> str:
        return "\n".join(self.shown)

    @property
    def size(self) -> str:
        """A style: the more there is to read, the smaller."""
        letters = len(re.sub("<[^>]+>", "", self.body)) + 90 * self.body.count("<tr")
        return "denser" if letters > 1000 else "dense" if letters > 600 else "usual"

    @property
    def notes(self) -> str:
        return as_html("\n\n".join(self.said)) if self.said else ""


def slides(notebook: nbformat.NotebookNode) -> list[Slide]:
    """The slides of a chapter, by the tags ``slide``, ``reveal`` and ``notes`` of its cells.

    Of a text, the slide shows heading, lists, formulas and the question to guess, or else its
    first paragraph; the others are the speaker's. Tasks are shown whole. Of code, it shows
    the output.
    """
    deck, heading = [], ""
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "slide" in tags and cell.cell_type == "markdown":
            for part in re.split(r"(?m)^(?=##? )", linkless(cell.source)):
                if not part.strip():
                    continue
                shown, said = split_text(part)
                if part.startswith("#"):
                    heading = shown.pop(0).lstrip("# ")
                if shown:  # no slide is a heading alone
                    level = "#" if not deck else "##"
                    deck.append(Slide([as_html("\n\n".join([f"{level} {heading}", *shown]))]))
                deck[-1].said += said
        elif "slide" in tags:
            deck.append(Slide([f"<h2>{escape(heading)}</h2>", *pictures(cell)]))
        elif "reveal" in tags:
            deck[-1].shown.append(f'<div class="fragment">{"".join(printed(cell))}</div>')
        elif "notes" in tags:
            deck[-1].said.append(linkless(cell.source))
    return deck


def as_html(markdown: str) -> str:
    return re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html(markdown))


def linkless(markdown: str) -> str:
    """Links within the book and citations lead nowhere on a slide: their words stay."""
    return cite_in_words(re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", markdown))


def cite_in_words(markdown: str) -> str:
    """Citations by name and year: jones1998ego becomes Jones 1998."""

    def cited(match: re.Match) -> str:
        keys = [re.match(r"([a-z]+)(\d{4})", key.strip()) for key in match[1].split(",")]
        return ", ".join(f"{key[1].title()} {key[2]}" for key in keys)

    return re.sub(r"\{cite:[pt]\}`([^`]+)`", cited, markdown)


def split_text(markdown: str) -> tuple[list[str], list[str]]:
    """The blocks of a text that are shown, and those that are said."""
    blocks = [b for b in re.split(r"\n\n(?!\s)", markdown.strip()) if b.strip()]
    if blocks[0].startswith(("## Exercise", "## Key points")):
        ends = next(
            (i for i, b in enumerate(blocks) if b.startswith("**What this does not show")),
            len(blocks),
        )
        return blocks[:ends], blocks[ends:]
    if blocks[0].startswith("# "):  # the card: question and aims
        aims = re.sub(r"(?m)^> ?", "", "\n\n".join(blocks[1:]))
        question, rest = aims.split("**You will be able to**")
        aims, rest = rest.split("**You need**")
        return [blocks[0], question, "**You will be able to**", aims], [f"**You need**{rest}"]
    shown, said = [], []
    for block in blocks:
        is_shown = block.startswith(("#", "- ", "* ", "1. ", "|", "$$")) or "guess" in block[:40]
        (shown if is_shown else said).append(block)
    if len(shown) == 1 and shown[0].startswith("#") and said:
        shown.append(said.pop(0))
    return shown, said


def pictures(cell) -> list[str]:
    """The figures that a cell drew, with caption and alt text."""
    about = cell.metadata.get("mystnb", {})
    alt = escape(about.get("image", {}).get("alt", ""), quote=True)
    caption = as_html(linkless(about.get("figure", {}).get("caption", "")))
    return [
        f'<figure><img alt="{alt}" src="data:image/png;base64,{output.data["image/png"].strip()}">'
        f"<figcaption>{caption}</figcaption></figure>"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]


def printed(cell) -> list[str]:
    """What a cell printed, and the tables it showed."""
    shown = []
    for output in cell.outputs:
        if "text/html" in output.get("data", {}):
            shown.append(re.sub(r"(?s)<style.*?</style>", "", output.data["text/html"]))
        elif text := output.get("text") or output.get("data", {}).get("text/plain"):
            shown.append(f"<pre>{escape(text)}</pre>")
    return shown


def deck(notebook: nbformat.NotebookNode) -> str:
    """One HTML file with everything in it."""
    read = {p.name: p.read_text(encoding="utf8") for p in SLIDES.glob("*.*")}
    content = slides(notebook)
    scripts = [read["reveal.js"], read["notes.js"]]
    if any("$" in slide.body + slide.notes for slide in content):
        settings = {"fontCache": "none"}  # each formula whole, so that the notes' window shows it
        scripts.append(f'MathJax = {{svg: {settings}, tex: {{inlineMath: [["$", "$"]]}}}};')
        scripts.append(read["tex-svg.js"])
    page = jinja2.Template(read["deck.html"], autoescape=False)
    return page.render(
        title=zips.title_of(notebook),
        style=read["reveal.css"] + read["deck.css"],
        slides=content,
        scripts=[re.sub("</script", r"<\\/script", text) for text in scripts],
    )


def participants_kit() -> dict[str, bytes]:
    """Path → content of the participants' folder."""
    return zips.files(participants(), "Hyperparameter Sweeps: the participants' notebooks")


def make(out: Path) -> None:
    """Write the zip and the decks into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    zips.write_zip(out / "hyperparameter-sweeps-workshop.zip", participants_kit())
    for path in CHAPTERS:
        text = deck(nbformat.read(path, as_version=4))
        (out / f"slides-{path.stem}.html").write_text(text, encoding="utf8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "_build/workshop")
    out = parser.parse_args().out.resolve()
    make(out)
    folder = out / "participants"
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in participants_kit().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    print(f"Participants' folder: {folder}\nZip and slides: {out}")


if __name__ == "__main__":
    main()
