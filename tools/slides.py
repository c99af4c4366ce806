"""Slides: a deck of each chapter, made from its cells and their tags."""

import math
import re
from base64 import b64encode
from dataclasses import dataclass, field
from functools import partial
from html import escape, unescape

import jinja2
import nbformat
import zips
from bs4 import BeautifulSoup
from extensions.formulas import font_for, mathml
from nbconvert.filters import markdown2html
from participants import cite_in_words
from paths import ROOT

THEME = ROOT / "tools/slide_theme"
TEACH = ROOT / "book/workshop/teach.md"
FORMULA_FONT = """
@font-face { font-family: "STIX Two Math"; src: url(data:font/woff2;base64,%s) format("woff2"); }
"""
LINES, LETTERS = 10, 74  # of a slide: what is longer becomes two
ROWS, COLUMNS = 8, 6  # of a table
QUIZ_MINUTES = 5


@dataclass
class Slide:
    """What is shown, and what is said."""

    title: str
    shown: list[str] = field(default_factory=list)  # HTML
    said: list[str] = field(default_factory=list)  # Markdown
    kind: str = "text"  # title, text, picture, exercise or question
    name: str = ""  # what a link to the slide ends in
    lines: float = 0  # about how many it fills
    minutes: float = 0

    @property
    def body(self) -> str:
        level = "h1" if self.kind == "title" else "h2"
        heading = re.sub("</?p>", "", as_html(self.title)).strip()
        return "\n".join([f"<{level}>{heading}</{level}>", *self.shown])

    @property
    def notes(self) -> str:
        return as_html("\n\n".join([f"**{in_words(self.minutes)}**", *self.said]))


def slides_of(notebook: nbformat.NotebookNode) -> list[Slide]:
    """The slides of a chapter, by the tags ``slide``, ``reveal``, ``notes`` and ``quiz``.

    Of a text, the slides show heading, lists, formulas and the question to guess, or else its
    first paragraph; the others are the speaker's. Tasks are shown whole. Of code, they show
    the output, and of a quiz each question with its answer.
    """
    deck, heading, lead, figures = [], "", "", 0
    chapter = int(notebook.cells[0].id[:2])
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        figures += "figure" in cell.metadata.get("mystnb", {})
        if cell.cell_type == "markdown":
            prose = [b for b in re.split(r"\n\n+", linkless(cell.source)) if b[:1] not in "#|<-"]
            lead = sentence(prose[-1]) if prose else lead
        first = len(deck)
        if "slide" in tags and cell.cell_type == "markdown":
            for part in re.split(r"(?m)^(?=##? )", linkless(cell.source)):
                if not part.strip():
                    continue
                shown, said = split_text(part)
                if part.startswith("#"):
                    heading = shown.pop(0).lstrip("# ")
                kind = "exercise" if heading.startswith("Exercise") and "#" in part[:2] else "text"
                if not deck:  # the card
                    deck += text_slides(heading, shown[:1], "title")
                    deck += text_slides("You will be able to", shown[1:], kind)
                elif shown and (sum(map(height, shown)) > 3 or part.startswith("#")):
                    deck += text_slides(heading, shown, kind)
                else:  # no slide is a heading alone, nor a remark
                    said = shown + said
                deck[-1].said += said
        elif "slide" in tags:
            deck += pictures(cell, heading, f"Fig. {chapter}.{figures}")
        elif "reveal" in tags:
            for shown, lines in printed(cell):
                if deck[-1].kind != "text" or deck[-1].lines + lines > LINES:
                    deck.append(Slide(heading, [as_html(lead)], lines=2))
                deck[-1].shown.append(f'<div class="fragment">{shown}</div>')
                deck[-1].lines += lines
        elif "notes" in tags:
            deck[-1].said.append(linkless(cell.source))
        elif "quiz" in tags:
            deck += questions(cell.source)
        for number, slide in enumerate(deck[first:]):
            slide.name = f"c{cell.id}" + (f"-{number + 1}" if number else "")
    return timed(deck, chapter)


def as_html(markdown: str) -> str:
    found = re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html(markdown))
    found = re.sub(r"\$\$(.+?)\$\$", partial(as_formula, "block"), found, flags=re.DOTALL)
    return re.sub(r"\$(.+?)\$", partial(as_formula, "inline"), found)


def as_formula(display: str, found: re.Match) -> str:
    return mathml(unescape(found[1]), display)


def linkless(markdown: str) -> str:
    """Links within the book, roles and boxes lead nowhere on a slide: their words stay."""
    words = cite_in_words(re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", markdown))
    words = re.sub(r"(?m)^[`:]{3,}(\{[\w-]+\}.*)?\n(:\w+:.*\n)*", "", words + "\n")
    return re.sub(r"\{[\w:-]+\}`([^`<]+?)(?: *<[^`]*>)?`", r"\1", words).strip()


def sentences(paragraph: str) -> list[str]:
    text = " ".join(paragraph.split())
    return re.split(r"(?<=[a-z0-9)*`$%][.:?!])(?<!e\.g\.)(?<!Fig\.) (?=[A-Z*`$(])", text)


def sentence(paragraph: str) -> str:
    """The first sentence of a paragraph."""
    return sentences(paragraph)[0]


def split_text(markdown: str) -> tuple[list[str], list[str]]:
    """The blocks of a text that are shown, and those that are said."""
    blocks = [b for b in re.split(r"\n\n(?!\s)", markdown.strip()) if b.strip()]
    if blocks[0].startswith(("## Exercise", "## Key points")):  # whole
        ends = next(
            (i for i, b in enumerate(blocks) if b.startswith("**What this does not show")),
            len(blocks),
        )
        return blocks[:ends], blocks[ends:]
    if blocks[0].startswith("# "):  # the card: question and aims
        aims = re.sub(r"(?m)^> ?", "", "\n\n".join(blocks[1:]))
        question, rest = aims.split("**You will be able to**")
        aims, rest = rest.split("**You need**")
        return [blocks[0], question, aims], [f"**You need**{rest}"]
    shown, said = [], []
    for before, block in zip(["", *blocks], blocks, strict=False):
        if block.startswith("$$") and before in said:  # a formula goes with what leads to it
            shown.append(sentences(before)[-1])
        is_shown = block.startswith(("#", "- ", "* ", "1. ", "|", "$$")) or "guess" in block[:40]
        (shown if is_shown else said).append(block)
    if len([b for b in shown if not b.startswith("#")]) == 0 and said:
        shown.append(said.pop(0))
    return shown, said


def height(block: str) -> float:
    """About how many lines of a slide a block of Markdown fills."""
    words = re.sub(r"\$\$.+?\$\$", "x" * 2 * LETTERS, block, flags=re.DOTALL)
    return math.ceil(len(words) / LETTERS) + 0.4


def text_slides(heading: str, blocks: list[str], kind: str) -> list[Slide]:
    """As many slides as the text needs, about equally full; a list may be cut between items."""
    pieces = []
    for block in blocks:
        pieces += re.split(r"\n(?=(?:[-*]|\d+\.) )", block.strip())
    whole = sum(map(height, pieces))
    each = whole / math.ceil(whole / LINES)
    deck, filled = [], []
    for i, piece in enumerate(pieces):
        filled.append(piece)
        lines = sum(map(height, filled))
        following = height(pieces[i + 1]) if i + 1 < len(pieces) else 0
        if not following or lines + following / 2 > each or lines + following > LINES + 1:
            text = "\n\n".join(filled)
            text = re.sub(r"\n\n(?=(?:[-*]|\d+\.) )", "\n", "\n" + text)
            text = re.sub(r"(?m)^((?![-*] |\d+\. ).+)\n(?=(?:[-*]|\d+\.) )", r"\1\n\n", text)
            deck.append(Slide(heading, [as_html(text)], kind=kind, lines=lines))
            filled = []
    return deck


def pictures(cell, heading: str, number: str) -> list[Slide]:
    """What a cell drew, two panels a slide, and a sentence; the others of its caption are said."""
    about = cell.metadata["mystnb"]
    alt = escape(about["image"]["alt"], quote=True)
    caption = linkless(about["figure"]["caption"])
    first = sentence(caption)
    rest = " ".join(caption.split())[len(first) :].strip()
    drawings = [
        o.data["image/svg+xml"] for o in cell.outputs if "image/svg+xml" in o.get("data", {})
    ]
    panels = [
        f'<img alt="{alt}" src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'
        for svg in drawings
    ]
    below = f"<figcaption>{as_html(f'**{number}** {first}')}</figcaption>"
    deck = []
    for pair in (panels[i : i + 2] for i in range(0, len(panels), 2)):
        figure = f"<figure><div>{''.join(pair)}</div>{below}</figure>"
        deck.append(Slide(heading, [figure], [rest] if rest and not deck else [], kind="picture"))
    return deck


def printed(cell) -> list[tuple[str, float]]:
    """What a cell printed and the tables it showed, cut to what a slide holds, with their lines."""
    shown, wanted = [], cell.metadata.get("slide_table", {})
    for output in cell.outputs:
        if "text/html" in output.get("data", {}):
            table, rows = short_table(output.data["text/html"], wanted)
            shown.append((table, rows * 1.15))
        elif text := output.get("text") or output.get("data", {}).get("text/plain"):
            lines = text.rstrip("\n").splitlines()
            if len(lines) > LINES:
                lines = [*lines[: LINES - 1], "…"]
            words = "\n".join(lines)
            count = sum(1 + len(line) // 72 for line in lines)
            shown.append((f"<pre>{escape(words)}</pre>", count * 0.85 + 1))
    return shown


def short_table(html: str, wanted: dict) -> tuple[str, int]:
    """The first rows and columns of a table, or those ``wanted``; and how many rows there are.

    ``wanted["columns"]`` are places, from 0 after the names of the rows; ``wanted["rows"]`` is
    a word that the name of a row has in it.
    """
    head, body = (
        grid(part.find_all("tr"))
        for part in BeautifulSoup(html, "html.parser").table(["thead", "tbody"])
    )
    names = sum(tag == "th" for tag, _ in body[0])
    places = wanted.get("columns", range(COLUMNS))
    kept = [*range(names), *(names + i for i in places if names + i < len(body[0]))]
    word = wanted.get("rows")
    body = [r for r in body if not word or word in [text for tag, text in r if tag == "th"]]
    rows = head + body[:ROWS]
    lines = (
        "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in (row[i] for i in kept)) + "</tr>"
        for row in rows
    )
    return f"<table>{''.join(lines)}</table>", len(rows)


def grid(rows: list) -> list[list[tuple[str, str]]]:
    """Tag and text at each place of a table, cells that span several repeated."""
    places = {}
    for y, row in enumerate(rows):
        x = 0
        for cell in row.find_all(["th", "td"]):
            while (y, x) in places:
                x += 1
            for down in range(int(cell.get("rowspan", 1))):
                for along in range(int(cell.get("colspan", 1))):
                    places[y + down, x + along] = (cell.name, escape(cell.get_text()))
    width = 1 + max(x for _, x in places)
    return [[places.get((y, x), ("td", "")) for x in range(width)] for y in range(len(rows))]


def questions(quiz: str) -> list[Slide]:
    """A slide for each question; its answer is the reveal, and all reasons are the speaker's."""
    deck = []
    for text in re.split(r"(?m)^\*\*(?=\d+\. )", linkless(quiz))[1:]:
        asked = text[: text.index("<details>")].strip().replace("**", "", 1)
        options = re.findall(
            r"<details><summary>(.+?)</summary>\n\n(.+?)\n\n</details>", text, re.DOTALL
        )
        listed = "".join(
            f"<li>{re.sub('</?p>', '', as_html(option))}</li>" for option, _ in options
        )
        slide = Slide(f"Check yourself, question {asked.split('.')[0]}", kind="question")
        slide.shown = [as_html(asked.split(". ", 1)[1]), f'<ol type="A">{listed}</ol>']
        for letter, (_, reason) in zip("ABCDEF", options, strict=False):
            slide.said.append(f"**{letter}.** {reason}")
            if reason.startswith("Right"):
                why = sentence(reason.removeprefix("Right: "))
                answer = as_html(f"**{letter}.** {why[:1].upper()}{why[1:]}")
                slide.shown.append(f'<div class="fragment answer">{answer}</div>')
        deck.append(slide)
    return deck


def timed(deck: list[Slide], chapter: int) -> list[Slide]:
    """The minutes of the block, on its slides: exercises have their own, others share the rest."""
    block = re.search(rf"(?ms)^## Block {chapter}: .*?(?=^## |\Z)", TEACH.read_text("utf8"))[0]
    whole = int(re.search(r"\*Chapter \d+, (\d+) minutes", block)[1])
    taken = dict(re.findall(r"Exercise (\d+\.\d+) \([^)]*\), (\d+) minutes", block))
    asked = [s for s in deck if s.kind == "question"]
    for slide in asked:
        slide.minutes = QUIZ_MINUTES / len(asked)
    tasks = {}
    for slide in deck:
        if slide.kind == "exercise":
            tasks.setdefault(re.search(r"\d+\.\d+", slide.title)[0], []).append(slide)
    for number, slides in tasks.items():
        for slide in slides:
            slide.minutes = int(taken.get(number, 0)) / len(slides)
    rest = whole - sum(slide.minutes for slide in deck)
    others = [slide for slide in deck if slide.kind not in ("question", "exercise")]
    for slide in others:
        slide.minutes = rest / len(others)
    on_tasks = sum(slide.minutes for slides in tasks.values() for slide in slides)
    deck[0].said.insert(
        0,
        f"This deck: {whole} minutes on {len(deck)} slides, {on_tasks:.0f} of them for exercises, "
        f"{QUIZ_MINUTES if asked else 0} for the questions and {rest:.0f} for the rest.",
    )
    return deck


def in_words(minutes: float) -> str:
    """How long a slide takes: in minutes, or in seconds."""
    if not minutes:
        return "For those who are quick."
    if minutes < 1:
        return f"About {5 * round(minutes * 12)} seconds."
    return f"About {minutes:.1f} minutes.".replace(".0 ", " ").replace("t 1 minutes", "t 1 minute")


def from_markdown(text: str, minutes: int) -> list[Slide]:
    """A deck from a short text: a slide for each heading; a quotation is the speaker's.

    The minutes are those of its row in the plans.
    """
    deck = []
    for part in re.split(r"(?m)^#{1,2} ", text)[1:]:
        title, _, rest = part.partition("\n")
        said = "\n".join(re.findall(r"(?m)^> ?(.*)", rest))
        shown = re.sub(r"(?m)^>.*\n?", "", rest).strip()
        kind = "text" if deck else "title"
        deck.append(Slide(title, [as_html(shown)], [said] if said else [], kind))
        deck[-1].name = re.sub(r"\W+", "-", title.lower()).strip("-")
    for slide in deck:
        slide.minutes = minutes / len(deck)
    deck[0].said.insert(0, f"This deck: {minutes} minutes on {len(deck)} slides.")
    return deck


def deck(notebook: nbformat.NotebookNode) -> str:
    """The deck of a chapter."""
    return page(zips.title_of(notebook), slides_of(notebook))


def page(title: str, content: list[Slide]) -> str:
    """One HTML file with everything in it."""
    read = {p.name: p.read_text(encoding="utf8") for p in THEME.glob("*.*")}
    scripts = [read["reveal.js"], read["notes.js"]]
    formulas = "".join(slide.body + slide.notes for slide in content)
    if "<math" in formulas:
        font = b64encode(font_for(formulas)).decode()
        read["deck.css"] += FORMULA_FONT % font
    template = jinja2.Template(read["deck.html"], autoescape=False)
    return template.render(
        title=title,
        style=read["reveal.css"] + read["deck.css"],
        slides=content,
        scripts=[re.sub("</script", r"<\\/script", text) for text in scripts],
    )
