"""References of docstrings are numbered in each, and many docstrings share the reference page."""

import re

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict:
    app.connect("autodoc-process-docstring", unlink_references)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def unlink_references(app, what, name, obj, options, lines: list[str]) -> None:
    """Print [1]_ as plain text: docstrings that share a page would share the number's target."""
    lines[:] = [re.sub(r"^\.\. (?=\[\d+\] )", "*  ", line) for line in lines]
    lines[:] = [re.sub(r"(\[\d+\])_(?!\w)", r"\1", line) for line in lines]
