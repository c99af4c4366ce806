"""Print a page of many chapters as one PDF, by Chromium or Chrome."""

import sys
from pathlib import Path

from paths import find_browser

PDF = "hyperparameter-sweeps.pdf"  # in the site, beside its first page
# Solutions open, pictures loaded.
PREPARE_PAGE = """async () => {
    document.querySelectorAll("details").forEach((e) => (e.open = true));
    await Promise.all([...document.images].map((image) => image.decode()));
}"""
FOOTER = (
    '<div style="font: 8pt sans-serif; width: 100%; text-align: center">'
    '<span class="pageNumber"></span></div>'
)


def a_browser() -> str:
    """The path of a browser, or the end of the program with a word on what is missing."""
    found = find_browser()
    if found is None:
        sys.exit(
            "The PDF is printed by Chromium or Chrome, and neither is on the PATH.\n"
            "On Debian and Ubuntu: apt install chromium. Elsewhere, install Google Chrome."
        )
    return found


def print_pdf(browser: str, page: Path, pdf: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = chromium.new_page(color_scheme="light")
        tab.goto(page.as_uri())
        tab.evaluate(PREPARE_PAGE)
        tab.pdf(
            path=pdf, format="A4", print_background=True, tagged=True, outline=True,
            display_header_footer=True, header_template="<span></span>", footer_template=FOOTER,
            margin={"top": "1.8cm", "bottom": "1.8cm", "left": "1.8cm", "right": "1.8cm"},
        )  # fmt: skip
        chromium.close()
