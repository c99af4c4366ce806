"""The one-page builder, of which the PDF is printed, writes what the site's builder writes."""

import re

from docutils import nodes
from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict:
    app.connect("builder-inited", share_html_handlers)
    app.connect("doctree-resolved", leave_decks_out)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def share_html_handlers(app: Sphinx) -> None:
    """Let the one-page builder write what extensions define for pages of their own."""
    handlers = app.registry.translation_handlers
    handlers.setdefault("singlehtml", {})
    handlers["singlehtml"] = handlers.get("html", {}) | handlers["singlehtml"]


def leave_decks_out(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """On paper nothing lies beside the page: of a link into a deck its words stay."""
    if app.builder.name != "singlehtml":
        return
    for raw in list(doctree.findall(nodes.raw)):
        text = raw.astext()
        if re.match(r'<a href="[^"]*_downloads/', text) or text == "</a>":
            raw.parent.remove(raw)
