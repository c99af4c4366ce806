"""No page loads what it does not use or waits for scripts; pictures come without a jump of text."""

import logging
import re
from pathlib import Path

from fontTools import subset
from PIL import Image
from sphinx.application import Sphinx

# What a page may not need, and what in its text shows that it does.
STYLES = {"sphinx-design": "sd-", "mystnb": "cell", "togglebutton": "toggle"}
SCRIPTS = {"design-tabs": "sd-tab", "togglebutton": "toggle"}


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", leave_out_unused, priority=900)
    app.connect("build-finished", size_pictures)
    app.connect("build-finished", show_text_first)
    app.connect("build-finished", shrink_icon_fonts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def leave_out_unused(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Leave out scripts and styles of cards and cells where there are none."""
    body = context.get("body", "")
    for files, marks in (("css_files", STYLES), ("script_files", SCRIPTS)):
        unused = [name for name, mark in marks.items() if mark not in body]
        context[files] = [
            file for file in context[files] if not any(name in str(file).lower() for name in unused)
        ]


def size_pictures(app: Sphinx, exception) -> None:
    """Tell the browser each picture's size, so that text does not jump when it arrives.

    All but the first of a page are fetched when the reader comes near them.
    """
    if exception or app.builder.name != "html":
        return

    def sized(match: re.Match) -> str:
        width, height = Image.open(page.parent / match["src"]).size
        lazy = ' loading="lazy"' if match.start() > first else ""
        return f'{match[0]} width="{width}" height="{height}"{lazy}'

    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf8")
        first = text.find('.png"', text.find("<img"))
        text = re.sub(r'<img(?=[^>]*?src="(?P<src>[^":]+\.png)")', sized, text)
        page.write_text(text, encoding="utf8")


def show_text_first(app: Sphinx, exception) -> None:
    """Let the scripts in the head of a page wait until its text is there.

    But for the one that a line within the page writes to; and the search's, which run at once.
    """
    if exception or app.builder.name != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        head, body, rest = page.read_text(encoding="utf8").partition("<body")
        if page.name != "search.html":
            waiting = r'<script(?![^>]* defer)(?=[^>]* src="(?![^"]*documentation_options))'
            page.write_text(re.sub(waiting, "<script defer", head) + body + rest, encoding="utf8")


def shrink_icon_fonts(app: Sphinx, exception) -> None:
    """Shrink the icons' fonts, which pages load, to the icons that the pages name."""
    if exception or app.builder.name != "html":
        return
    site = Path(app.outdir)
    style = (site / "_static/styles/pydata-sphinx-theme.css").read_text(encoding="utf8")
    pages = "".join(p.read_text(encoding="utf8") for p in site.rglob("*.html"))
    named = set(re.findall(r"fa-[a-z0-9-]+", pages))
    rules = re.findall(r'((?:\.fa-[\w-]+::?before,?)+)\{content:"\\([0-9a-f]+)"', style)
    wanted = [
        int(code, 16)
        for selectors, code in rules
        if named & set(re.findall(r"fa-[\w-]+(?=:)", selectors))
    ]
    # The theme's own: in admonitions and beside links.
    wanted += [ord(icon) for icon in re.findall(r'--pst-icon-[\w-]+: ?"(.)"', style)]
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    folder = site / "_static/vendor/fontawesome/webfonts"
    options = subset.Options(flavor="woff2")
    for name in ("fa-solid-900", "fa-brands-400"):
        font = subset.load_font(folder / f"{name}.ttf", subset.Options())
        smaller = subset.Subsetter(options)
        smaller.populate(unicodes=wanted)
        smaller.subset(font)
        subset.save_font(font, folder / f"{name}.woff2", options)
