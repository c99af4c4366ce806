"""404.html may be shown at any depth, so that its links need the address of the site."""

from pathlib import Path
from urllib.parse import urljoin

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict:
    app.connect("build-finished", link_first_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def link_first_page(app: Sphinx, exception) -> None:
    """Let the page for wrong addresses know where the site lies, if that is known."""
    if not exception and app.builder.name == "html" and app.config.html_baseurl:
        page = Path(app.outdir) / "404.html"
        text = page.read_text(encoding="utf8")
        text = text.replace('href="/"', f'href="{app.config.html_baseurl}"')
        search = urljoin(app.config.html_baseurl, "search.html")
        page.write_text(text.replace('action="/search.html"', f'action="{search}"'), "utf8")
