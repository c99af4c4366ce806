"""Slides: a deck of each chapter, made from its cells and their tags."""

import re
from dataclasses import dataclass, field
from html import escape

import jinja2
import nbformat
import zips
from nbconvert.filters import markdown2html
from participants import cite_in_words
from paths import ROOT

THEME = ROOT / "tools/slide_theme"


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


def slides_of(notebook: nbformat.NotebookNode) -> list[Slide]:
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
    read = {p.name: p.read_text(encoding="utf8") for p in THEME.glob("*.*")}
    content = slides_of(notebook)
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
