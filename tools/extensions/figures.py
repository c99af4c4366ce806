"""Drawn figures stand in the page itself, in the colours of its theme and with its letters."""

import re
from pathlib import Path

from sphinx.application import Sphinx

# The inks of sweeplib/book.mplstyle, and what book.css calls them.
INKS = {
    "#222222": "--figure-ink",
    "#444444": "--figure-line",
    "#555555": "--figure-axis",
    "#e6e6e6": "--figure-grid",
    "#dddddd": "--figure-band",
    "#bbbbbb": "--figure-faint",
    "#777777": "--figure-grey",
}
PICTURE = re.compile(r'<img(?=[^>]*?src="([^":]+\.svg)")(?=[^>]*?alt="([^"]*)")[^>]*>')


def setup(app: Sphinx) -> dict:
    app.connect("build-finished", draw_in_place, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def draw_in_place(app: Sphinx, exception) -> None:
    """Put the drawing itself where a page names one that matplotlib made."""
    if exception or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf8")
        told = []  # the panels of a figure share one alternative text: it is read out once

        def drawn(match: re.Match, page=page, told=told) -> str:
            source = (page.parent / match[1]).read_text(encoding="utf8")
            if "matplotlib.axis_" not in source:
                return match[0]
            told.append(match[2])
            again = told[-2:] == [match[2]] * 2
            return drawing(source, "" if again else match[2], f"d{len(told)}-")

        new = PICTURE.sub(drawn, text)
        if told:
            page.write_text(new, encoding="utf8")


def drawing(source: str, alt: str, prefix: str) -> str:
    """The <svg> of a file of matplotlib's, its names made the page's own by a prefix."""
    view = re.search(r'viewBox="([^"]+)"', source)[1]
    svg = re.sub(r"\A.*?<svg[^>]*>", "", source, flags=re.DOTALL)
    svg = re.sub(r'(?<= id=")|(?<=href="#)|(?<=url\(#)', prefix, svg)
    svg = re.sub(r"font-family: [^;\"]+;? ?", "", svg)
    for ink, name in INKS.items():
        svg = svg.replace(ink, f"var({name})")
    told = f'role="img" aria-label="{alt}"' if alt else 'aria-hidden="true"'
    return f'<svg class="drawing" viewBox="{view}" {told}>{svg}'
