"""What cells printed, as a page shows it: in one block, of a progress bar the last state."""

from docutils import nodes
from sphinx.application import Sphinx

STDOUT = {"output", "stream"}


def setup(app: Sphinx) -> dict:
    app.connect("doctree-read", join_printed_text)
    app.connect("doctree-read", unname_empty_headers)
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


def unname_empty_headers(app: Sphinx, doctree: nodes.document) -> None:
    """Turn the header cells that pandas leaves empty into plain cells: they are no headers."""
    for raw in list(doctree.findall(nodes.raw)):
        if "<th></th>" in raw.astext():
            raw[:] = [nodes.Text(raw.astext().replace("<th></th>", "<td></td>"))]
