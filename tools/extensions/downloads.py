"""Each chapter's download button gives a zip that runs on its own; the workshop's files and the
whole book as PDF, where `make pdf` made one, are offered as well. A link to a zip says its size.
"""

import json
import re
from pathlib import Path

import make_workshop
import zips
from paths import chapters
from print_pdf import PDF
from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict:
    app.connect("builder-inited", write_zips)
    app.connect("html-page-context", offer_downloads, priority=900)  # after the theme's buttons
    app.connect("html-page-context", say_sizes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def chapter_zip(pagename: str) -> str:
    """Where the zip of a chapter lies, seen from the site's root."""
    return f"_downloads/{Path(pagename).name}.zip"


def write_zips(app: Sphinx) -> None:
    if app.builder.name != "html":
        return
    out = Path(app.outdir)
    texts = {path.name: path.read_text(encoding="utf8") for path in chapters()}
    for name, text in texts.items():
        title = zips.title_of(json.loads(text))
        content = zips.files({name: text}, f"{title} (a chapter of Hyperparameter Sweeps)")
        zips.write_zip(out / chapter_zip(Path(name).stem), content)
    content = zips.files(texts, "Hyperparameter Sweeps: all chapters")
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


def say_sizes(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """After the words of each link to a zip: its size."""

    def sized(match: re.Match) -> str:
        size = (Path(app.outdir) / match["path"]).stat().st_size / 1e6
        return f"{match['link']} (.zip, {size:.1f} MB)"

    link = r'(?P<link><a [^>]*href="[./]*(?P<path>_downloads/[\w./-]+\.zip)"[^>]*>[^<(]+) \(\.zip\)'
    if app.builder.name == "html" and "body" in context:
        context["body"] = re.sub(link, sized, context["body"])
