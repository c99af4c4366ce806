"""A plan by the minute, as a page shows it: times as hours and minutes, each kind marked.

The sources count in minutes, which can be added up.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx

HEAD = ["from", "minutes", "what", "how"]


def setup(app: Sphinx) -> dict:
    app.connect("doctree-read", show_clocks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def clock(minutes: str) -> str:
    """What a clock shows that began at 0:00.

    >>> clock("105")
    '1:45'
    """
    return f"{int(minutes) // 60}:{int(minutes) % 60:02}"


def show_clocks(app: Sphinx, doctree: nodes.document) -> None:
    """Mark the plans among the tables, and write when each of their rows begins."""
    for table in doctree.findall(nodes.table):
        head, *rows = table.findall(nodes.row)
        if [entry.astext() for entry in head] != HEAD:
            continue
        table["classes"].append("plan")
        for row in rows:
            begins, how = row[0].next_node(nodes.Text), row[-1].astext()
            begins.parent.replace(begins, nodes.Text(clock(begins)))
            row["classes"].append(f"plan-{how}")


def with_clocks(markdown: str) -> str:
    """The same for a page that is made without Sphinx."""
    return re.sub(r"(?m)^\| (\d+)(?= \| \d+ \|)", lambda m: f"| {clock(m[1])}", markdown)
