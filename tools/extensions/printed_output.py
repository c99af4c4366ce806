"""What cells printed, as a page shows it: in one block, of a progress bar the last state."""

import re

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
            raw[:] = [nodes.Text(words_at_left(one_row_of_names(raw.astext())))]


def one_row_of_names(table: str) -> str:
    """Put the names of the index, for which pandas makes a row, where the row above is empty.

    >>> one_row_of_names("<tr><th></th><th>b</th></tr><tr><th>a</th><th></th></tr></thead>")
    '<tr><th>a</th><th>b</th></tr></thead>'

    Where it is not, rows and columns both have a name. What stays empty is no header.
    """
    above = r"(<tr[^>]*>)((?:(?!</tr>).)*)</tr>"
    last = r"<tr>((?:\s*<th>[^<]+</th>)+)(?:\s*<th></th>)+\s*</tr>"

    def join(match: re.Match) -> str:
        begin, above, names = match.groups()
        for name in re.findall(r"<th>.*?</th>", names):
            if "<th></th>" in above:
                above = above.replace("<th></th>", name, 1)
            else:
                both = rf"{name[:-5]}&nbsp;↓ \1&nbsp;→</th>"
                above = re.sub(r"<th>(.*?)</th>", both, above, count=1)
        return f"{begin}{above}</tr>"

    joined = re.sub(rf"{above}\s*{last}(?=\s*</thead>)", join, table, flags=re.DOTALL)
    return joined.replace("<th></th>", "<td></td>")


def words_at_left(table: str) -> str:
    """Mark the cells of the columns in which most begin with a letter or are a dict."""
    head, _, body = table.partition("</thead>")
    lines = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in body.split("</tr>")]
    lines = [line for line in lines if line]
    columns = list(zip(*lines, strict=True))
    word = re.compile(r"(?!NaN|inf)[^\W\d]|\{")
    words = [2 * sum(bool(word.match(cell)) for cell in c) > len(c) for c in columns]

    def marked(row: str, cell: str) -> str:
        parts = row.split(cell)
        for i, is_words in enumerate(reversed(words), 1):
            if is_words and i < len(parts):
                parts[-i] = f"\0{parts[-i]}"
        return cell.join(parts).replace(f"{cell}\0", f'{cell[:-1]} class="words">')

    above, row, last = head.rpartition("<tr")
    rows = "</tr>".join(marked(line, "<td>") for line in body.split("</tr>"))
    return f"{above}{row}{marked(last, '<th>')}</thead>{rows}"
