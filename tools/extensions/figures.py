"""Drawn figures stand in the page itself, in the colours of its theme and with its letters.

A figure of several panels is one file for Sphinx, and as many drawings on the page, which stand
side by side where there is room and below one another where there is not.
"""

import json
import re
from pathlib import Path

from sphinx.application import Sphinx

# What sweeplib's style and looks draw with, and what book.css calls it in either theme.
INKS = {
    "#222222": "ink", "#444444": "line", "#555555": "axis", "#e6e6e6": "grid", "#dddddd": "band",
    "#bbbbbb": "faint", "#777777": "grey", "#8c8c8c": "grey", "#0072b2": "blue",
    "#d55e00": "orange", "#009e73": "green", "#cc79a7": "pink", "#56b4e9": "sky",
    "#e69f00": "amber", "#b8860b": "gold", "#8a4b08": "brown", "#7b57b8": "purple",
}  # fmt: skip
PICTURE = re.compile(r'<img(?=[^>]*?src="([^":]+\.svg)")(?=[^>]*?alt="([^"]*)")[^>]*>')
PANEL = re.compile(r'<svg[^>]* viewBox="([^"]+)"[^>]*>(.*?)</svg>', re.DOTALL)
SVG = "image/svg+xml"


def setup(app: Sphinx) -> dict:
    app.connect("source-read", join_panels)
    app.connect("build-finished", draw_in_place, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def join_panels(app: Sphinx, docname: str, source: list[str]) -> None:
    """Make one file of the panels of each figure, below one another."""
    if not app.env.doc2path(docname).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        drawn = [o for o in cell.get("outputs", []) if SVG in o.get("data", {})]
        if len(drawn) < 2:
            continue
        panels = ["".join(output["data"][SVG]) for output in drawn]
        sizes = [PANEL.match(panel)[1].split() for panel in panels]
        width, height = (max(float(size[i]) for size in sizes) for i in (2, 3))
        moved = (panel.replace("<svg", f'<svg y="{i * height}"') for i, panel in enumerate(panels))
        view = f'viewBox="0 0 {width} {height * len(panels)}" xmlns="http://www.w3.org/2000/svg"'
        drawn[0]["data"][SVG] = f"<svg {view}>{''.join(moved)}</svg>"
        cell["outputs"] = [o for o in cell["outputs"] if o not in drawn[1:]]
    source[0] = json.dumps(notebook)


def draw_in_place(app: Sphinx, exception) -> None:
    """Put the drawing itself where a page names one that matplotlib made."""
    if exception or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf8")
        count = 0

        def drawn(match: re.Match, page=page) -> str:
            nonlocal count
            file = page.parent / match[1]
            source = file.read_text(encoding="utf8") if file.is_file() else ""
            if 'id="axes_1"' not in source:  # the logo, say
                return match[0]
            panels = []
            for panel in PANEL.finditer(re.sub(r"<svg(?=[^>]*>\s*<svg)[^>]*>", "", source)):
                count += 1
                panels.append(drawing(*panel.groups(), f"d{count}-"))
            # What is told of a figure is told of all its panels: one picture to who hears it.
            told = f'role="img" aria-label="{match[2]}"' if match[2] else 'aria-hidden="true"'
            return f'<div class="drawings" {told}>{"".join(panels)}</div>'

        new = PICTURE.sub(drawn, text)
        if count:
            page.write_text(new, encoding="utf8")


def drawing(view: str, content: str, prefix: str) -> str:
    """One panel, its names made the page's own by a prefix, its inks those of the theme."""
    content = re.sub(r'(?<= id=")|(?<=href="#)|(?<=url\(#)', prefix, content)
    content = re.sub(r"font-family: [^;\"]+;? ?", "", content)
    for ink, name in INKS.items():
        content = content.replace(ink, f"var(--figure-{name})")
    return f'<svg viewBox="{view}" aria-hidden="true">{content}</svg>'
