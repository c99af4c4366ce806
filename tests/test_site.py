"""The built site, as a reader's browser meets it."""

import functools
import http.server
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
TOC = yaml.safe_load((ROOT / "book/_toc.yml").read_text(encoding="utf8"))
PAGES = [TOC["root"], *(c["file"] for part in TOC["parts"] for c in part["chapters"])]
MODES = {
    "light-desktop": ("light", 1280),
    "dark-desktop": ("dark", 1280),
    "light-phone": ("light", 390),
    "dark-phone": ("dark", 390),
}
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)
QUIET_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-sync",
]

OPEN_ALL = """async () => {
    await window.MathJax?.startup?.promise;
    document.querySelectorAll("details").forEach((e) => (e.open = true));
}"""
WAIT = "async () => { for (const i of [1, 2, 3]) await new Promise(requestAnimationFrame); }"

every_page = pytest.mark.parametrize("page", [*PAGES, "search"])


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The site, built from the stored outputs; any warning fails every test here."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, str(ROOT / "book/build.py"), "--out", str(out)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return out / "html"


@pytest.fixture(scope="session")
def soup(site):
    """A function: page name -> its parsed HTML."""

    @functools.cache
    def parse(page: str) -> BeautifulSoup:
        return BeautifulSoup((site / f"{page}.html").read_text(encoding="utf8"), "html.parser")

    return parse


@pytest.fixture(scope="session")
def address(site):
    """The site's address on a server of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium or Chrome on the PATH: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET_FLAGS)
        yield browser
        browser.close()


@dataclass
class Look:
    """A page in one mode, its solutions opened and its formulas set."""

    theme: str
    too_wide: int  # pixels that stick out sideways
    faults: list  # axe's


@dataclass
class Visit:
    """What one visit to a page showed."""

    asked: list[str]  # every URL that was requested
    errors: list[str]  # errors of scripts and in the console
    formulas: int
    formulas_set: int
    looks: dict[str, Look]  # by mode


@pytest.fixture(scope="session")
def visit(browser):
    """A function: a page's address -> Visit; each is opened once for all tests."""
    context = browser.new_context(reduced_motion="reduce")

    def look(tab, mode: str) -> Look:
        theme, width = MODES[mode]
        tab.set_viewport_size({"width": width, "height": 900})
        # What the theme's own button does.
        tab.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        tab.evaluate(WAIT)
        axe = Axe().run(tab, options={"resultTypes": ["violations"], "preload": False})
        return Look(
            theme=tab.evaluate("getComputedStyle(document.documentElement).colorScheme"),
            too_wide=tab.evaluate("document.documentElement.scrollWidth - innerWidth"),
            faults=[(v["id"], [n["html"] for n in v["nodes"]]) for v in axe.response["violations"]],
        )

    @functools.cache
    def open_page(url: str) -> Visit:
        asked, errors = [], []
        tab = context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        tab.goto(url)
        tab.evaluate(OPEN_ALL)
        tab.evaluate(WAIT)
        seen = Visit(
            asked,
            errors,
            formulas=tab.locator(".math").count(),
            formulas_set=tab.locator(".math mjx-container:not(:has(mjx-merror))").count(),
            # Once is enough: the same page is opened as a file too.
            looks={mode: look(tab, mode) for mode in MODES} if url.startswith("http") else {},
        )
        tab.close()
        return seen

    return open_page


def is_a_sentence(text: str) -> bool:
    return len(text) >= 40 and text.endswith(".") and len(text.split()) >= 6


def pictures(soup, page):
    """Every image of a page but the logo, which stands beside the book's name."""
    return [i for i in soup(page)("img") if "logo__image" not in i.get("class", [])]


@every_page
def test_every_page_of_the_contents_is_built(site, page):
    assert (site / f"{page}.html").is_file()


def test_the_folder_opens_on_the_first_page(site):
    text = (site / "index.html").read_text(encoding="utf8")
    assert re.search(r'url=([^"]+)"', text)[1] == f"{PAGES[0]}.html"


@every_page
def test_every_picture_is_told_in_a_sentence(soup, page):
    told = {i["src"]: i.get("alt", "") for i in pictures(soup, page)}
    assert not {src: alt for src, alt in told.items() if not is_a_sentence(alt)}


def test_pictures_are_small_enough_for_a_slow_line(site):
    large = {p.name: p.stat().st_size for p in site.glob("_images/*") if p.stat().st_size > 150_000}
    assert not large


@every_page
def test_no_page_names_another_machine_to_load_from(soup, page):
    loading = ["script", "link", "img", "iframe", "source", "video", "audio", "object", "embed"]
    tags = soup(page)(loading)
    loads = [t.get(key, "") for t in tags for key in ("src", "href", "data", "srcset")]
    assert not [url for url in loads if re.match(r"(https?:)?//", url)]


def test_no_style_sheet_loads_from_another_machine(site):
    remote = re.compile(r"""(url\(|@import)\s*["']?(https?:)?//[^)\s]*""")
    sheets = {p: remote.search(p.read_text(encoding="utf8")) for p in site.rglob("*.css")}
    assert sheets and not {p.name: m[0] for p, m in sheets.items() if m}


def test_scripts_of_the_book_load_nothing():
    text = (ROOT / "book/_static/book.js").read_text(encoding="utf8")
    assert not re.search(r"https?://|\bfetch\(|\bimport\b|XMLHttpRequest", text)


@every_page
def test_links_within_the_site_lead_somewhere(site, soup, page):
    broken = []
    for link in soup(page)("a", href=True):
        path, anchor = urldefrag(link["href"])
        if urlsplit(path).scheme or path.startswith("//"):
            continue
        here = site / f"{page}.html"
        target = (here.parent / unquote(path)).resolve() if path else here
        if not target.is_file():
            broken.append(link["href"])
        elif anchor and target.suffix == ".html":
            there = soup(target.relative_to(site.resolve()).with_suffix("").as_posix())
            if not there.find(id=unquote(anchor)):
                broken.append(link["href"])
    assert not broken


@every_page
def test_progress_bars_show_their_last_state_only(soup, page):
    bars = [line for pre in soup(page).select(".stream pre") for line in pre.text.split("\n")]
    bars = [line for line in bars if re.search(r"\d+%\|", line)]
    assert not [line for line in bars if "100%|" not in line]


@every_page
@pytest.mark.parametrize("way", ["http", "file"])
def test_a_page_asks_nothing_of_another_machine(visit, site, address, page, way):
    base = address if way == "http" else site.as_uri()
    seen = visit(f"{base}/{page}.html")
    assert len(seen.asked) > 5
    assert not [url for url in seen.asked if not url.startswith((base, "data:", "blob:"))]
    assert not seen.errors


@pytest.mark.parametrize("mode", MODES)
@every_page
def test_axe_finds_no_fault(visit, address, page, mode):
    seen = visit(f"{address}/{page}.html").looks[mode]
    assert seen.theme == MODES[mode][0]
    assert not seen.faults


@every_page
def test_a_page_is_no_wider_than_a_phone(visit, address, page):
    assert visit(f"{address}/{page}.html").looks["light-phone"].too_wide <= 0


@every_page
def test_every_formula_is_set(visit, address, page):
    seen = visit(f"{address}/{page}.html")
    assert seen.formulas_set == seen.formulas


def test_the_cheat_sheet_names_each_figure_by_its_number(soup):
    links = soup("book/cheatsheet").select('td a[href*="#fig-"]')
    assert len(links) > 10
    for link in links:
        page, _, figure = link["href"].partition("#")
        caption = soup(page.removeprefix("../").removesuffix(".html")).find(id=figure)
        number = caption.find_next(class_="caption-number")
        assert number.get_text().strip() == link.get_text().strip(), link["href"]


@pytest.mark.parametrize("mode", ["light-desktop", "dark-desktop"])
def test_the_cheat_sheet_prints_on_one_light_page(browser, site, mode):
    theme, width = MODES[mode]
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.add_init_script(f"localStorage.mode = localStorage.theme = '{theme}'")
    tab = context.new_page()
    tab.goto((site / "book/cheatsheet.html").as_uri())
    margin = dict.fromkeys(("top", "right", "bottom", "left"), "1.5cm")
    paper = tab.pdf(format="A4", print_background=True, margin=margin)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper)) == 1
    tab.emulate_media(media="print")
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = tab.evaluate("getComputedStyle(document.querySelector('td')).color")
    assert ground == "rgb(255, 255, 255)"
    assert max(map(int, re.findall(r"\d+", ink)[:3])) < 90
    context.close()
