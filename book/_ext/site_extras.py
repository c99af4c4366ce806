"""A small Sphinx extension: what the site offers around its pages.

Each chapter's download button gives a zip that runs on its own, the whole book is offered as
PDF where `make pdf` made one, and the footer says which version this is and of which day.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import zips

PDF = "hyperparameter-sweeps.pdf"


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", say_version)
    app.connect("builder-inited", write_zips)
    app.connect("builder-inited", mend_single_page)
    app.connect("html-page-context", offer_downloads, priority=900)  # after the theme's buttons
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


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
    for path in sorted((zips.ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        text = path.read_text(encoding="utf8")
        title = zips.title_of(json.loads(text))
        content = zips.files({path.name: text}, f"{title} (a chapter of Hyperparameter Sweeps)")
        zips.write_zip(Path(app.outdir) / chapter_zip(path.stem), content)


def offer_downloads(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Put the zip where the theme offers the bare notebook, and the PDF below it."""
    for group in context.get("header_buttons", []):
        if group.get("label") != "download-buttons":
            continue
        buttons = [b for b in group["buttons"] if b["label"] == "download-pdf-button"]
        buttons[0]["text"] = "print this page"
        if pagename.startswith("notebooks/"):
            buttons.insert(0, {
                "type": "link",
                "url": context["pathto"](chapter_zip(pagename), 1),
                "text": "chapter to run (.zip)",
                "tooltip": "The notebook, its library and its data; runs on its own",
                "icon": "fas fa-code",
                "label": "download-chapter-button",
            })  # fmt: skip
        if (Path(app.outdir) / PDF).exists():
            buttons.append({
                "type": "link",
                "url": context["pathto"](PDF, 1),
                "text": "whole book (.pdf)",
                "tooltip": "The whole book as PDF",
                "icon": "fas fa-book",
                "label": "download-book-button",
            })  # fmt: skip
        group["buttons"] = buttons


def mend_single_page(app: Sphinx) -> None:
    """Let the one-page builder write what extensions define for pages of their own."""
    handlers = app.registry.translation_handlers
    handlers.setdefault("singlehtml", {})
    handlers["singlehtml"] = handlers.get("html", {}) | handlers["singlehtml"]
