"""The one-page builder, of which the PDF is printed, writes what the site's builder writes."""

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict:
    app.connect("builder-inited", share_html_handlers)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def share_html_handlers(app: Sphinx) -> None:
    """Let the one-page builder write what extensions define for pages of their own."""
    handlers = app.registry.translation_handlers
    handlers.setdefault("singlehtml", {})
    handlers["singlehtml"] = handlers.get("html", {}) | handlers["singlehtml"]
