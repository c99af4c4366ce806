"""The browser sets formulas itself, from MathML: no script is needed, and nobody waits for one."""

import functools
import html
import io
import logging
import re
import unicodedata
from pathlib import Path

from docutils import nodes
from fontTools import subset
from fontTools.ttLib import TTFont
from latex2mathml.converter import convert
from paths import ROOT
from sphinx.application import Sphinx

FONT = ROOT / "book/_static/formulas/stix-two-math.woff2"
# What a browser draws for a variable.
ITALICS = [
    letter
    for letter in map(chr, range(0x1D400, 0x1D800))
    if unicodedata.name(letter, "").startswith("MATHEMATICAL ITALIC")
] + ["\N{PLANCK CONSTANT}"]


def setup(app: Sphinx) -> dict:
    app.add_html_math_renderer("mathml", (set_inline, None), (set_apart, None))
    app.connect("build-finished", shrink_font, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def set_inline(translator, node: nodes.math) -> None:
    translator.body.append(f'<span class="math">{mathml(node.astext(), "inline")}</span>')
    raise nodes.SkipNode


def set_apart(translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>\n')
    raise nodes.SkipNode


def mathml(tex: str, display: str) -> str:
    """A formula with TeX's habits: a narrow slash, and upright Greek capitals.

    Raises
    ------
    ValueError
        If a command of TeX is not known: it would stand in the text as it is.
    """
    tex = re.sub(r"\\(begin|end)\{split\}", "", tex)  # MyST adds it around an aligned formula,
    tex = tex.replace("{aligned}", "{split}")  # latex2mathml knows aligned ones by no other name
    formula = convert(tex, display=display)
    if unknown := re.search(r"\\\w+|&(?![#\w]+;)", formula):
        raise ValueError(f"formula: {unknown[0]} is not known to latex2mathml, in {tex!r}")
    formula = formula.replace("<mo>&#x0002F;</mo>", '<mo lspace="0" rspace="0">/</mo>')
    return re.sub(r"<mi>(?=&#x0039|&#x003A)", '<mi mathvariant="normal">', formula)


def shrink_font(app: Sphinx, exception) -> None:
    """Leave in the font of formulas what the pages' formulas need."""
    if exception or app.builder.name != "html":
        return
    pages = "".join(p.read_text(encoding="utf8") for p in Path(app.outdir).rglob("*.html"))
    (Path(app.outdir) / "_static/formulas" / FONT.name).write_bytes(font_for(pages))


def font_for(pages: str) -> bytes:
    """The font (WOFF2) with the letters of all formulas in the pages' HTML, and no others."""
    formulas = " ".join(re.findall(r"<math.*?</math>", pages, re.DOTALL))
    letters = set(html.unescape(re.sub(r"<[^>]+>", "", formulas)))
    letters |= {i for i in ITALICS if unicodedata.normalize("NFKC", i) in letters}
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    options = subset.Options(flavor="woff2")
    font = subset.load_font(io.BytesIO(decoded_font()), options)
    smaller = subset.Subsetter(options)
    smaller.populate(text="".join(letters) + "√")
    smaller.subset(font)
    file = io.BytesIO()
    subset.save_font(font, file, options)
    return file.getvalue()


@functools.cache
def decoded_font() -> bytes:
    """The whole font as TrueType. To decode WOFF2 takes most of the time, and a build makes a font
    for each of many decks.
    """
    font, file = TTFont(FONT, recalcTimestamp=False), io.BytesIO()
    font.flavor = None
    font.save(file)
    return file.getvalue()
