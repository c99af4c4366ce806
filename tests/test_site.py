"""The built site, as a reader's browser meets it."""

import functools
import gzip
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, unquote, urldefrag, urlsplit

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from extensions import downloads
from nbclient import NotebookClient
from paths import ROOT
from printed import sheets_of_paper

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
PAGES = [TOC["root"], *(c["file"] for part in TOC["parts"] for c in part["chapters"])]
MODES = {
    "light-desktop": ("light", 1280),
    "dark-desktop": ("dark", 1280),
    "light-phone": ("light", 390),
    "dark-phone": ("dark", 390),
}
MOST_CODE = "notebooks/04_bayesian_search"
OPEN_ALL = """async () => {
    document.querySelectorAll("details").forEach((e) => (e.open = true));
}"""
MOVING = """() => [...document.querySelectorAll("*")].filter((e) => {
    const style = getComputedStyle(e);
    return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0;
}).map((e) => e.outerHTML.slice(0, 80))"""
# Marks text whose contrast is known: it looks, and lies in what looks, as when it was seen before
# in this theme, or as three others of the page. What axe does with each takes most of its time.
MARK_THE_SAME = """(theme) => {
    const looks = (window.looks ??= {}), before = looks[theme] ?? new Map(), now = new Map();
    const alike = new Map();
    const walk = (element, same, around) => {
        const style = getComputedStyle(element), seen = element.checkVisibility();
        const look = [
            seen, style.color, style.backgroundColor, style.backgroundImage, style.opacity,
            style.fontSize, style.fontWeight, style.textShadow, style.filter, style.position,
        ].join();
        same &&= before.get(element) === look;
        now.set(element, look);
        around += look + ";";
        const others = alike.get(around) ?? 0;
        const text = [...element.childNodes].some((e) => e.nodeType === 3 && e.data.trim());
        if (text) alike.set(around, others + 1);
        element.toggleAttribute("data-looks-the-same", same || (text && others >= 3));
        for (const child of element.children) walk(child, same, around);
    };
    walk(document.documentElement, true, "");
    looks[theme] = now;
}"""
WAIT = "async () => { for (const i of [1, 2, 3]) await new Promise(requestAnimationFrame); }"

every_page = pytest.mark.parametrize("page", [*PAGES, "search"])


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
    too_wide_at_200_percent: int
    moving: list[str]  # what is animated, though stillness was asked for
    looks: dict[str, Look]  # by mode


@pytest.fixture(scope="session")
def visit(browser, axe_faults):
    """A function: a page's address -> Visit; each is opened once for all tests."""
    context = browser.new_context(reduced_motion="reduce")

    def look(tab, mode: str) -> Look:
        theme, width = MODES[mode]
        tab.set_viewport_size({"width": width, "height": 900})
        # What the theme's own button does.
        tab.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        tab.evaluate(WAIT)
        # Contrast takes nearly all of the time, and most of it in code. There a kind of word has
        # one colour on all pages, so the page with most code stands for them.
        contrast = "*" if MOST_CODE in tab.url else "*:not(.highlight *)"
        contrast += not_seen_before(tab, theme)
        return Look(
            theme=tab.evaluate("getComputedStyle(document.documentElement).colorScheme"),
            too_wide=tab.evaluate("document.documentElement.scrollWidth - innerWidth"),
            faults=axe_faults(tab, contrast),
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
        tab.set_viewport_size({"width": 640, "height": 450})
        seen = Visit(
            asked,
            errors,
            too_wide_at_200_percent=tab.evaluate(
                "document.documentElement.scrollWidth - innerWidth"
            ),
            moving=tab.evaluate(MOVING),
            formulas=tab.locator(".math").count(),
            formulas_set=tab.locator(".math > math").evaluate_all(
                "(all) => all.filter((e) => e.getBoundingClientRect().width > 3).length"
            ),
            # Once is enough: the same page is opened as a file too.
            looks={mode: look(tab, mode) for mode in MODES} if url.startswith("http") else {},
        )
        tab.close()
        return seen

    return open_page


def not_seen_before(tab, theme: str) -> str:
    """What selects all but text that looks as some that was seen before in this theme."""
    tab.evaluate(MARK_THE_SAME, theme)
    return ":not([data-looks-the-same])"


def is_a_sentence(text: str) -> bool:
    return len(text) >= 40 and text.endswith(".") and len(text.split()) >= 6


def pictures(soup, page) -> list[tuple[str, str]]:
    """What is shown and what is told of every picture of a page but the logo, which stands
    beside the book's name, and the small ones of cards, which say nothing new.
    """
    images = [i for i in soup(page)("img") if "logo__image" not in i.get("class", [])]
    drawings = soup(page).select(".drawings:not([aria-hidden])")
    shown = [(image["src"], image.get("alt", "")) for image in images]
    return shown + [("drawing", drawn.get("aria-label", "")) for drawn in drawings]


@every_page
def test_every_page_of_the_contents_is_built(site, page):
    assert (site / f"{page}.html").is_file()


def test_the_folder_opens_on_the_first_page(site):
    text = (site / "index.html").read_text(encoding="utf8")
    assert re.search(r'url=([^"]+)"', text)[1] == f"{PAGES[0]}.html"


@every_page
def test_every_picture_is_told_in_a_sentence(soup, page):
    assert not [(src, alt) for src, alt in pictures(soup, page) if not is_a_sentence(alt)]


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


SCRIPTS = ["book.js", *(f"game/{name}.js" for name in ("data", "statistics", "drawing", "page"))]


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_of_the_book_ask_other_machines_for_nothing(name):
    text = (ROOT / "book/_static" / name).read_text(encoding="utf8")
    text = text.replace('"http://www.w3.org/2000/svg"', "")  # a name, not an address
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
            if not there.find(id=unquote(anchor).removeprefix("/")):  # a deck: #/its-slide
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


def test_what_is_pale_among_many_that_are_not_is_found(browser, axe_faults):
    many = "<p>Dark.</p>" * 9
    pale = '<p id="pale" style="color: #ddd">Pale.</p>'
    pale += '<div style="background: #222"><p id="on-it">On a dark ground.</p></div>'
    tab = browser.new_page()
    tab.set_content(f'<html lang="en"><title>T</title><main><h1>T</h1>{many}{pale}{many}</main>')
    faults = dict(axe_faults(tab, "*" + not_seen_before(tab, "light")))
    assert [re.search('id="(.+?)"', html)[1] for html in faults["color-contrast"]] == [
        "pale",
        "on-it",
    ]
    assert tab.locator("p:not([data-looks-the-same])").count() == 5
    tab.close()


def test_what_is_pale_on_a_phone_alone_is_found(browser, axe_faults):
    tab = browser.new_page()
    tab.set_content(
        """<html lang="en"><title>A page</title><main><h1>A page</h1><p>Dark.</p>
        <p id="pale">Pale on a phone.</p><p id="shown">Shown on a phone.</p>
        <div id="ground"><p id="on-it">On a dark ground on a phone.</p></div></main>
        <style>#shown { display: none; color: #ddd }
        @media (width < 600px) {
            #pale { color: #ddd } #shown { display: block } #ground { background: #222 }
        }</style>"""
    )
    for width, wanted in ((1280, []), (390, ["pale", "shown", "on-it"])):
        tab.set_viewport_size({"width": width, "height": 900})
        faults = dict(axe_faults(tab, "*" + not_seen_before(tab, "light")))
        found = [re.search('id="(.+?)"', html)[1] for html in faults.get("color-contrast", [])]
        assert found == wanted
    tab.close()


@every_page
def test_a_page_is_no_wider_than_a_phone(visit, address, page):
    assert visit(f"{address}/{page}.html").looks["light-phone"].too_wide <= 0


@every_page
def test_a_page_is_no_wider_than_a_desktop_at_200_percent(visit, address, page):
    assert visit(f"{address}/{page}.html").too_wide_at_200_percent <= 0


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("notebooks/")])
def test_no_table_and_no_printed_line_is_cut_off_on_a_desktop(browser, address, page):
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(f"{address}/{page}.html")
    tab.evaluate(OPEN_ALL)
    cut = tab.evaluate(
        """() => [...document.querySelectorAll(".bd-article table, .cell_output pre")].filter(e => {
            const box = e.closest(".output, .text_html, .pst-scrollable-table-container");
            return e.scrollWidth > (e.matches("table") && box ? box : e).clientWidth + 1;
        }).map((e) => e.innerText.slice(0, 60))"""
    )
    tab.close()
    assert not cut


@every_page
def test_a_page_weighs_little(visit, site, address, page):
    asked = [urldefrag(url)[0].split("?")[0] for url in visit(f"{address}/{page}.html").asked]
    parts = {unquote(url.removeprefix(address)) for url in asked if url.startswith(address)}
    content = [(site / part.strip("/")).read_bytes() for part in parts]
    raw, zipped = sum(map(len, content)), sum(len(gzip.compress(c, 6)) for c in content)
    assert raw < (2_100_000 if "notebooks" in page else 900_000)
    assert "notebooks" in page or zipped < 320_000


@every_page
def test_nothing_moves_for_those_who_asked_for_stillness(visit, address, page):
    assert not visit(f"{address}/{page}.html").moving


@every_page
def test_every_formula_is_set(visit, address, page):
    seen = visit(f"{address}/{page}.html")
    assert seen.formulas_set == seen.formulas


@pytest.mark.parametrize("page", ["book/cheatsheet", "book/workshop/teach"])
def test_a_figure_is_named_by_its_number(soup, page):
    links = soup(page).select('.bd-article a[href*="#fig-"]')
    assert len(links) > 10
    for link in links:
        path, _, figure = link["href"].partition("#")
        there = os.path.normpath(Path(page).parent / path).removesuffix(".html")
        number = soup(there).find(id=figure).find_next(class_="caption-number")
        assert number.get_text().strip() == link.get_text().strip(), link["href"]


@pytest.mark.parametrize("mode", ["light-desktop", "dark-desktop"])
def test_the_cheat_sheet_prints_on_one_light_page(browser, site, mode):
    theme, width = MODES[mode]
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.add_init_script(f"localStorage.mode = localStorage.theme = '{theme}'")
    tab = context.new_page()
    tab.goto((site / "book/cheatsheet.html").as_uri())
    assert sheets_of_paper(tab) == 1
    tab.emulate_media(media="print")
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = tab.evaluate("getComputedStyle(document.querySelector('td')).color")
    assert ground == "rgb(255, 255, 255)"
    assert max(map(int, re.findall(r"\d+", ink)[:3])) < 90
    context.close()


PRINTED = ["book/index", "book/what_we_know", "book/cheatsheet", "notebooks/02_grid_search"]


@pytest.mark.parametrize("page", PRINTED)
def test_a_page_prints_its_title_and_from_dark_no_dark_lines(browser, site, page):
    context = browser.new_context()
    context.add_init_script("localStorage.mode = localStorage.theme = 'dark'")
    tab = context.new_page()
    tab.goto(f"{site.as_uri()}/{page}.html")
    tab.emulate_media(media="print")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    assert tab.locator("h1:visible").count() == tab.locator(".bd-article h1:visible").count() == 1
    lines = tab.locator(".bd-article :is(th, td, tr)").evaluate_all(
        """(all) => all.flatMap((e) => ["Left", "Right", "Top", "Bottom"].map((side) => {
            const style = getComputedStyle(e);
            return parseFloat(style[`border${side}Width`]) ? style[`border${side}Color`] : "";
        })).filter(Boolean)"""
    )
    rules = {line for line in lines if max(map(int, re.findall(r"\d+", line)[:3])) < 100}
    assert not rules
    context.close()


def test_an_opened_fold_prints_as_what_it_shows(browser, site):
    tab = browser.new_page()
    tab.goto(f"{site.as_uri()}/notebooks/01_one_model.html")
    tab.evaluate(OPEN_ALL)
    tab.emulate_media(media="print")
    names = tab.locator("details.hide > summary:visible").all_inner_texts()
    assert "Show the solution" in names and not [name for name in names if "Hide" in name]
    tab.close()


def test_each_run_sheet_prints_on_one_page_of_its_own(browser, site):
    tab = browser.new_page()
    tab.goto((site / "book/workshop/run_sheets.html").as_uri())
    sheets = tab.locator("#run-sheets > section")
    plans = (ROOT / "book/workshop/teach.md").read_text(encoding="utf8").count("\n### ")
    assert sheets.count() == plans
    assert sheets_of_paper(tab) == plans
    tab.emulate_media(media="print")
    breaks = sheets.evaluate_all("all => all.map((e) => getComputedStyle(e).breakBefore)")
    assert breaks == ["auto"] + ["page"] * (plans - 1)
    alone = """i => document.querySelectorAll("#run-sheets > section").forEach((sheet, j) => {
        sheet.style.display = i === j ? "" : "none"; sheet.style.breakBefore = "auto"; })"""
    sizes = """e => [...e.querySelectorAll("td *")].map(
        (t) => parseFloat(getComputedStyle(t).fontSize))"""
    for i in range(plans):
        tab.evaluate(alone, i)
        assert sheets_of_paper(tab) == 1, f"sheet {i}"
        text = sheets.nth(i).inner_text()
        assert "Bring:" in text and "Late " in text and "Never leave out" in text
        assert min(sheets.nth(i).evaluate(sizes)) >= 8 * 96 / 72 - 0.01  # eight points
    tab.close()


@pytest.mark.parametrize(
    ("page", "sheets"), [("before_after", ["Form A", "Form B"]), ("forms", 3)], ids=str
)
def test_forms_print_on_one_page_each(browser, site, page, sheets):
    tab = browser.new_page()
    tab.goto((site / f"book/workshop/{page}.html").as_uri())
    assert sheets_of_paper(tab) == (sheets if isinstance(sheets, int) else len(sheets))
    tab.emulate_media(media="print")
    heads = [h.removesuffix("#") for h in tab.locator("h2:visible, h1:visible").all_inner_texts()]
    assert heads == sheets or len(heads) == sheets
    breaks = tab.locator(".bd-article section > section:visible").evaluate_all(
        "all => all.map((e) => getComputedStyle(e).breakBefore)"
    )
    assert breaks == ["auto"] + ["page"] * (len(heads) - 1)
    tab.close()


def meta(page: BeautifulSoup, name: str) -> str:
    tag = page.find("meta", {"name": name}) or page.find("meta", {"property": name})
    return tag["content"] if tag else ""


def test_each_page_describes_itself_in_its_own_words(soup):
    said = {page: meta(soup(page), "description") for page in PAGES}
    assert min(map(len, said.values())) > 40
    assert len(set(said.values())) == len(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_shared_link_shows_a_card(site, soup, page):
    card = meta(soup(page), "og:image")
    assert (site / card).is_file()
    assert meta(soup(page), "og:title")
    assert is_a_sentence(meta(soup(page), "og:image:alt"))
    assert soup(page).find("link", rel="icon")


@every_page
def test_the_foot_of_a_page_gives_version_and_date(soup, page):
    foot = soup(page).find("footer", class_="bd-footer-content").get_text(" ", strip=True)
    assert f"Version {version('sweeplib')}" in foot
    assert re.search(r"Last updated on \d{2} [A-Z][a-z]+ 20\d\d", foot)


def test_next_leads_through_all_pages_in_order(soup):
    walked = [PAGES[0]]
    while following := soup(walked[-1]).find("a", class_="right-next"):
        here = Path(walked[-1]).parent
        walked.append(Path(os.path.normpath(here / following["href"])).with_suffix("").as_posix())
    assert walked == PAGES


@pytest.mark.parametrize("way", ["http", "file"])
@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("winner's curse", "notebooks/04_bayesian_search"),
        ("successive halving", "notebooks/08_successive_halving"),
        ("bit_generator", None),
        ("journal", "notebooks/11_sweeps_at_scale"),
    ],
)
def test_the_search_finds(browser, site, address, way, words, page):
    tab = browser.new_page()
    errors = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(f"{address if way == 'http' else site.as_uri()}/search.html?q={quote(words)}")
    tab.wait_for_selector("#search-results li a, p.search-summary:has-text('did not match')")
    found = tab.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
    assert (not found) if page is None else any(page in link for link in found)
    assert not errors
    tab.close()


def test_a_found_word_leads_to_its_section_and_is_shown_in_whole_words(browser, address):
    tab = browser.new_page()
    tab.goto(f"{address}/search.html?q=overtuning")
    tab.wait_for_selector("#search-results li p.context")
    link = tab.locator("#search-results li:has(p.context) a").first.evaluate("(a) => a.href")
    excerpt = tab.locator("#search-results li p.context").first.inner_text()
    assert re.search(r"html(\?[^#]*)?#\w", link)
    assert "overtuning" in excerpt.lower() and "\\" not in excerpt
    # Of two blocks the last word and the first would else be one: "ends.Then".
    assert not re.search(r"[a-z][.:?][A-Z]", excerpt)
    assert not excerpt.startswith("...") and not excerpt.endswith("...")
    tab.goto(link)
    assert tab.locator(f"[id='{link.rsplit('#', 1)[1]}']").count() == 1
    tab.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_for_wrong_addresses_stands_alone_and_leads_home(
    browser, axe_faults, site, address, theme
):
    tab = browser.new_page(color_scheme=theme)
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{address}/404.html")
    assert [url for url in asked if not url.endswith("favicon.ico")] == [f"{address}/404.html"]
    assert not axe_faults(tab)
    text = (site / "404.html").read_text(encoding="utf8")
    tab.route("**/somewhere/**", lambda r: r.fulfill(body=text, content_type="text/html"))
    for wrong, home in {
        "/somewhere/book/no.html": "/somewhere/",
        "/somewhere/notebooks/x/y.html": "/somewhere/",
        "/somewhere/else": "/",
    }.items():
        tab.goto(address + wrong)
        assert tab.get_attribute("#home", "href") == home
        assert tab.get_attribute("#search", "action").removeprefix(address) == f"{home}search.html"
    tab.close()


@pytest.mark.parametrize("page", [p for p in PAGES if p.startswith("notebooks/")])
def test_a_chapter_offers_a_zip_that_holds_what_it_needs(site, soup, page):
    link = soup(page).find("a", class_="btn-download-chapter-button")
    path = (site / "notebooks" / link["href"]).resolve()
    with zipfile.ZipFile(path) as archive:
        names = {n.removeprefix(f"{path.stem}/") for n in archive.namelist()}
        text = archive.read(f"{path.stem}/{path.stem}.ipynb").decode()
        pins = archive.read(f"{path.stem}/requirements.txt").decode()
    copy = json.loads(text)  # the chapter, and a word on where its library comes from
    copy["cells"] = [cell for cell in copy["cells"] if not cell["id"].startswith("alone")]
    assert copy == json.loads(
        (ROOT / "notebooks" / f"{path.stem}.ipynb").read_text(encoding="utf8")
    )
    assert {"start.py", "README.md", "LICENSE", "sweeplib/__init__.py"} <= names
    assert {f"sweeplib/{p.name}" for p in (ROOT / "sweeplib").glob("*.*")} <= names
    used = set(re.findall(r"trials/(\w+\.(?:csv\.gz|csv|json))", text))
    assert {f"trials/{name}" for name in used} <= names
    lock = (ROOT / "requirements.lock").read_text(encoding="utf8")
    pinned = re.compile(r"(?m)^[^#;\s]+==[^;\s]+")
    assert pinned.findall(pins) and set(pinned.findall(pins)) <= set(pinned.findall(lock))


@pytest.mark.parametrize("page", ["book/how_to_use", "book/workshop/attend", "book/workshop/teach"])
def test_a_link_to_a_zip_says_its_size(site, soup, page):
    links = soup(page).select('.bd-article a[href$=".zip"]')
    assert len(links) == (2 if page.endswith("teach") else 1)
    for link in links:
        path = (site / Path(page).parent / link["href"]).resolve()
        assert f"(.zip, {path.stat().st_size / 1e6:.1f} MB)" in link.parent.get_text()


def test_a_downloaded_chapter_runs_in_its_own_folder(site, tmp_path):
    with zipfile.ZipFile(site / "_downloads/09_more_knobs.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "09_more_knobs"
    where = "import sweeplib, pathlib; print(pathlib.Path(sweeplib.__file__).parent)"
    python = subprocess.run(
        [sys.executable, "-c", where], cwd=folder, capture_output=True, text=True
    )
    assert Path(python.stdout.strip()) == folder / "sweeplib"
    notebook = nbformat.read(folder / "09_more_knobs.ipynb", as_version=4)
    resources = {"metadata": {"path": folder}}
    NotebookClient(notebook, timeout=3600, resources=resources).execute()


def test_without_a_browser_the_pdf_says_what_is_missing(tmp_path):
    command = [sys.executable, str(ROOT / "tools/build_site.py"), "--pdf", "--out", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, env={"PATH": str(tmp_path)})
    assert ended.returncode != 0
    assert "printed by Chromium or Chrome" in ended.stderr
    assert "apt install chromium" in ended.stderr
    assert not list(tmp_path.iterdir())


def test_the_whole_book_as_pdf(browser, tmp_path):
    make = f"import build_site, pathlib; build_site.build_pdf(pathlib.Path({str(tmp_path)!r}))"
    built = subprocess.run(
        [sys.executable, "-c", make], cwd=ROOT / "tools", capture_output=True, text=True
    )
    assert built.returncode == 0, built.stdout + built.stderr
    pdf = (tmp_path / "html/hyperparameter-sweeps.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) > 100
    assert b"/StructTreeRoot" in pdf and b"/Outlines" in pdf
    whole = (tmp_path / "pdf/singlehtml/whole.html").read_text(encoding="utf8")
    links = BeautifulSoup(whole, "html.parser").select(".bd-article a[href]")
    outside = [a["href"] for a in links if not a["href"].startswith(("#", "https://"))]
    assert not outside


def test_where_there_is_a_pdf_each_page_offers_it(tmp_path):
    group = {"label": "download-buttons", "buttons": [{"label": "download-pdf-button"}]}
    context = {"header_buttons": [group], "pathto": lambda path, resource: f"../{path}"}
    app = SimpleNamespace(outdir=tmp_path)
    for there in (False, True):
        downloads.offer_downloads(app, "book/index", "page.html", context, None)
        assert ("../hyperparameter-sweeps.pdf" in str(group["buttons"])) == there
        (tmp_path / "hyperparameter-sweeps.pdf").touch()


def test_where_the_repository_is_known_its_buttons_lead_there(site, tmp_path):
    address, base = "https://github.com/made-up/book", "https://made-up.example/some/name/"
    environment = os.environ | {"GITHUB_REPOSITORY": "made-up/book", "SITE_URL": base}
    command = [sys.executable, "tools/build_site.py", "--run", "none", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    page = "notebooks/03_random_search"
    html = BeautifulSoup((tmp_path / f"html/{page}.html").read_text(encoding="utf8"), "html.parser")
    links = [a["href"] for a in html.select(".article-header-buttons a[href]")]
    for wanted in (
        address,
        f"{address}/edit/main/{page}.ipynb",
        f"{address}/issues/new",
        f"https://mybinder.org/v2/gh/made-up/book/main?urlpath=lab/tree/{page}.ipynb",
        "https://codespaces.new/made-up/book",
    ):
        assert any(link.startswith(wanted) for link in links), wanted
    assert html.select_one("link[rel=canonical]")["href"] == f"{base}{page}.html"
    before = BeautifulSoup((site / f"{page}.html").read_text(encoding="utf8"), "html.parser")
    if "GITHUB_REPOSITORY" not in os.environ:
        assert not [
            a for a in before.select("a[href]") if "made-up" in a["href"] or "mybinder" in a["href"]
        ]
    # Its buttons bring no picture, and no icon font that is larger than its icons.
    assert not html.select(".article-header-buttons img")
    fonts = (tmp_path / "html/_static/vendor/fontawesome/webfonts").glob("fa-[sb]*.woff2")
    assert all(font.stat().st_size < 5000 for font in fonts)
    # Under another address every link inside the site still starts where its page lies.
    pages = [*(tmp_path / "html").glob("*/*.html")]
    assert not [p for p in pages if re.search(r'(?:href|src)="/', p.read_text(encoding="utf8"))]


def test_what_binder_and_a_codespace_read_is_there():
    assert (ROOT / ".binder/requirements.txt").read_text().strip() == "-r ../requirements.lock"
    assert os.access(ROOT / ".binder/postBuild", os.X_OK)
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    assert "make .venv/ready" in container["onCreateCommand"]


@pytest.mark.parametrize("page", PAGES)
def test_no_script_keeps_the_text_waiting(soup, page):
    """But for the theme's own few bytes, which lines within the page write to."""
    scripts = soup(page).head("script", src=True)
    assert not [s["src"] for s in scripts if "defer" not in s.attrs and "options" not in s["src"]]
