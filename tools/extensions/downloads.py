"""A small Sphinx extension: what the site offers around its pages.

Each chapter's download button gives a zip that runs on its own, the whole book is offered as
PDF where `make pdf` made one, the footer says which version this is, and no page loads what it
does not use.
"""

import json
import logging
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fontTools import subset
from PIL import Image
from sphinx.application import Sphinx
from sphinx.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import make_workshop
import zips
from print_pdf import PDF

ROOT = Path(__file__).resolve().parents[2]
STYLES = {"sphinx-design": "sd-", "mystnb": "cell", "togglebutton": "toggle"}


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", check_the_place)
    app.connect("config-inited", say_version)
    app.connect("builder-inited", write_zips)
    app.connect("builder-inited", mend_single_page)
    app.connect("html-page-context", offer_downloads, priority=900)  # after the theme's buttons
    app.connect("html-page-context", travel_light, priority=900)
    app.connect("build-finished", lead_home)
    app.connect("build-finished", size_pictures)
    app.connect("build-finished", keep_the_icons_in_use)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def check_the_place(app: Sphinx, config: Config) -> None:
    """Stop in one line where the book cannot be built."""
    if Path(app.srcdir).resolve() != ROOT:
        sys.exit("The book is built from the repository's root. Type there: jupyter-book build .")
    try:
        version("sweeplib")
    except PackageNotFoundError:
        sys.exit("sweeplib is not installed here. Type: pip install -r requirements.txt")


def say_version(app: Sphinx, config: Config) -> None:
    config.html_theme_options["extra_footer"] = (
        f"Version {version('sweeplib')}. Code: BSD 3-clause licence. Text and figures: CC BY 4.0."
    )


def chapter_zip(pagename: str) -> str:
    """Where the zip of a chapter lies, seen from the site's root."""
    return f"_downloads/{Path(pagename).name}.zip"


def write_zips(app: Sphinx) -> None:
    if app.builder.name != "html":
        return
    out = Path(app.outdir)
    chapters = {path.name: path.read_text(encoding="utf8") for path in make_workshop.CHAPTERS}
    for name, text in chapters.items():
        title = zips.title_of(json.loads(text))
        content = zips.files({name: text}, f"{title} (a chapter of Hyperparameter Sweeps)")
        zips.write_zip(out / chapter_zip(Path(name).stem), content)
    content = zips.files(chapters, "Hyperparameter Sweeps: all chapters")
    zips.write_zip(out / "_downloads/hyperparameter-sweeps-chapters.zip", content)
    make_workshop.make(out / "_downloads" / "workshop")


def offer_downloads(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Put the zip where the theme offers the bare notebook, and the PDF below it."""
    for group in context.get("header_buttons", []):
        if group.get("label") != "download-buttons":
            continue
        buttons = [b for b in group["buttons"] if b["label"] == "download-pdf-button"]
        buttons[0] |= {"text": "Print this page", "icon": "fas fa-print"}
        if pagename.startswith("notebooks/"):
            buttons.insert(0, {
                "type": "link",
                "url": context["pathto"](chapter_zip(pagename), 1),
                "text": "Run this chapter (.zip)",
                "tooltip": "The notebook, its library and its data; runs on its own",
                "icon": "fas fa-code",
                "label": "download-chapter-button",
            })  # fmt: skip
        if (Path(app.outdir) / PDF).exists():
            buttons.append({
                "type": "link",
                "url": context["pathto"](PDF, 1),
                "text": "Whole book (.pdf)",
                "tooltip": "The whole book as PDF",
                "icon": "fas fa-book",
                "label": "download-book-button",
            })  # fmt: skip
        group["buttons"] = buttons


def travel_light(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Leave out scripts and styles of formulas, cards and cells where there are none."""
    body = context.get("body", "")
    if 'class="math' not in body:
        context["script_files"] = [
            s for s in context["script_files"] if "mathjax" not in str(s).lower()
        ]
    unused = [name for name, mark in STYLES.items() if mark not in body]
    context["css_files"] = [
        s for s in context["css_files"] if not any(name in str(s) for name in unused)
    ]


def lead_home(app: Sphinx, exception) -> None:
    """Let the page for wrong addresses know where the site lies, if that is known."""
    if not exception and app.builder.name == "html" and app.config.html_baseurl:
        page = Path(app.outdir) / "404.html"
        text = page.read_text(encoding="utf8")
        page.write_text(text.replace('href="/"', f'href="{app.config.html_baseurl}"'), "utf8")


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


def keep_the_icons_in_use(app: Sphinx, exception) -> None:
    """Shrink the icons' font, which every page loads, to the icons that the pages name."""
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
    font = subset.load_font(folder / "fa-solid-900.ttf", subset.Options())
    options = subset.Options(flavor="woff2")
    smaller = subset.Subsetter(options)
    smaller.populate(unicodes=wanted)
    smaller.subset(font)
    subset.save_font(font, folder / "fa-solid-900.woff2", options)


def mend_single_page(app: Sphinx) -> None:
    """Let the one-page builder write what extensions define for pages of their own."""
    handlers = app.registry.translation_handlers
    handlers.setdefault("singlehtml", {})
    handlers["singlehtml"] = handlers.get("html", {}) | handlers["singlehtml"]
