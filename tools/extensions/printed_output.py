"""What cells printed, as a page shows it: in one block, of a progress bar the last state."""

import re

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from sphinx.application import Sphinx

STDOUT = {"output", "stream"}


def setup(app: Sphinx) -> dict:
    app.connect("doctree-read", join_printed_text)
    app.connect("doctree-read", set_tables)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def last_state(text: str) -> str:
    """What a terminal shows in the end: each line from its last carriage return on.

    >>> last_state("trials:  10%\\rtrials: 100%\\ndone\\n")
    'trials: 100%\\ndone\\n'
    """
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))


def join_printed_text(app: Sphinx, doctree: nodes.document) -> None:
    """Show a cell's printed text as one block, and of a progress bar its last state only."""
    printed = [n for n in doctree.findall(nodes.literal_block) if set(n["classes"]) >= STDOUT]
    for block in reversed(printed):  # each into the one before it
        before = block.parent.index(block) - 1
        previous = block.parent[before] if before >= 0 else None
        if previous in printed:
            replace_text(previous, previous.rawsource + block.rawsource)
            block.parent.remove(block)
        else:
            replace_text(block, last_state(block.rawsource))
            if not block.astext().strip():
                block.parent.remove(block)


def replace_text(block: nodes.literal_block, text: str) -> None:
    block.rawsource = text
    block[:] = [nodes.Text(text)]


def set_tables(app: Sphinx, doctree: nodes.document) -> None:
    """Set the tables of pandas: one row of names at the top, words at the left of their column."""
    for raw in list(doctree.findall(nodes.raw)):
        if 'class="dataframe"' in raw.astext():
            soup = BeautifulSoup(raw.astext(), "html.parser")
            for table in soup.select("table.dataframe"):
                join_names(table)
                mark_words(table)
            raw[:] = [nodes.Text(str(soup))]


def join_names(table: Tag) -> None:
    """Put the names of the index, for which pandas makes a row, where the row above is empty.

    Where it is not, rows and columns both have a name. What stays empty is no header.

    >>> import pandas as pd
    >>> for column in ("b", pd.Index(["b"], name="c")):
    ...     frame = pd.DataFrame([[1]], pd.Index([2], name="a"), [*column]).rename_axis(
    ...         columns=getattr(column, "name", None))
    ...     soup = BeautifulSoup(frame.to_html(), "html.parser")
    ...     join_names(soup.table)
    ...     soup.thead.text.split()
    ['a', 'b']
    ['a', '↓', 'c', '→', 'b']
    """
    *above, last = table.thead.find_all("tr")
    texts = [cell.text for cell in last.find_all("th")]
    names = list(filter(None, texts))
    if above and 0 < len(names) < len(texts) and texts[: len(names)] == names:
        for name, cell in zip(names, above[-1].find_all("th"), strict=False):
            both = f"{name}\N{NO-BREAK SPACE}↓ {cell.text}\N{NO-BREAK SPACE}→"
            cell.string = both if cell.text else name
        last.decompose()
    for empty in table.select("th:empty"):
        empty.name = "td"


def mark_words(table: Tag) -> None:
    """Mark the columns in which most cells begin with a letter or are a dict, their heads too."""
    rows = [row.find_all("td") for row in table.tbody.find_all("tr")]
    columns = list(zip(*rows, strict=True))
    heads = table.thead.find_all("tr")[-1].find_all(["th", "td"])
    for head, column in zip(reversed(heads), reversed(columns), strict=False):
        words = [re.match(r"(?!NaN|inf)[^\W\d]|\{", cell.text) for cell in column]
        if 2 * sum(map(bool, words)) > len(words):
            for cell in (head, *column):
                cell["class"] = "words"
