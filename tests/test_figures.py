"""What a reader sees of the drawn figures: letters large enough, inks that stand out, no jumps."""

import functools
import re
from dataclasses import dataclass

import matplotlib.pyplot as plt
import pytest
from bs4 import BeautifulSoup
from extensions.figures import INKS, drawing
from paths import ROOT, chapters

from sweeplib.plots import LOOKS, VERDICTS

THEMES = ("light", "dark")
DRAWN = ["book/index", *(f"notebooks/{path.stem}" for path in chapters(ROOT))]
LETTERS = """() => [...document.querySelectorAll(".drawings text")].map((text) => {
    const svg = text.ownerSVGElement, box = svg.getBoundingClientRect();
    const scale = box.width / svg.viewBox.baseVal.width;
    const parts = [text, ...text.querySelectorAll("tspan")];
    const sizes = parts.map((e) => parseFloat(getComputedStyle(e).fontSize));
    const own = text.getBoundingClientRect();
    const beside = Math.max(box.left - own.left, own.right - box.right);
    const beyond = Math.max(box.top - own.top, own.bottom - box.bottom);
    const size = Math.min(...sizes) * scale;
    return [text.textContent, size, getComputedStyle(text).fill, Math.max(beside, beyond)];
})"""
# Pairs of level numbers that touch: the ticks of an axis.
TOUCHING = """() => [...document.querySelectorAll(".drawings svg")].flatMap((svg) => {
    const level = [...svg.querySelectorAll("text")].map(
        (text) => [text.textContent.trim(), text.getBoundingClientRect()]
    ).filter(([words, box]) => /^[−\\d.,]+$/.test(words) && box.width > 0);
    return level.flatMap(([one, a], i) => level.slice(i + 1).filter(([, b]) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > -3
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3
    ).map(([other]) => [one, other]));
})"""
SHIFTS = """() => new Promise((done) => {
    let sum = 0;
    const add = (list) => list.getEntries().forEach((e) => (sum += e.hadRecentInput ? 0 : e.value));
    new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 700);
})"""


def luminance(colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def of_css(text: str) -> list[float]:
    return [float(number) / 255 for number in re.findall(r"[\d.]+", text)[:3]]


# What waits for a guess is shown.
ANSWERED = """() => document.querySelectorAll(".guess-later")
    .forEach((cell) => cell.classList.remove("guess-later"))"""


@dataclass
class Figures:
    """What one visit to a page showed of its figures."""

    shift: float  # Chromium's sum of layout shifts, in shares of the window
    touching: list  # pairs of numbers
    letters: dict[str, list]  # by theme: text, size, colour, pixels beyond its figure
    grounds: dict[str, list[float]]  # by theme: the colour behind


@pytest.fixture(scope="module")
def figures(browser, address):
    """A function: a page and the window's width -> Figures; each is opened once for all tests."""

    @functools.cache
    def open_page(page: str, width: int) -> Figures:
        size = {"width": width, "height": 844}
        tab = browser.new_page(viewport=size)
        tab.goto(f"{address}/{page}.html")
        seen = Figures(tab.evaluate(SHIFTS), [], {}, {})
        tab.emulate_media(reduced_motion="reduce")
        tab.evaluate(ANSWERED)
        seen.touching = tab.evaluate(TOUCHING)
        for theme in THEMES:
            tab.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
            seen.grounds[theme] = of_css(ground)
            seen.letters[theme] = [text for text in tab.evaluate(LETTERS) if text[1] > 0]
        tab.close()
        return seen

    return open_page


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("page", DRAWN)
def test_letters_of_figures_are_large_and_dark_enough_on_a_phone(figures, page, theme):
    seen = figures(page, 390)
    letters, ground = seen.letters[theme], seen.grounds[theme]
    assert letters or page == "book/index"
    assert not [(text, size) for text, size, *_ in letters if size < 11]
    assert not [(text, out) for text, *_, out in letters if out > 1]
    pale = {t: c for t, _, c, _ in letters if contrast(of_css(c), ground) < 4.5}
    assert not pale


def test_a_theme_has_its_own_ground_and_ink(figures):
    grounds, letters = figures(DRAWN[1], 390).grounds, figures(DRAWN[1], 390).letters
    assert luminance(grounds["light"]) > 0.9 and luminance(grounds["dark"]) < 0.1
    assert {c for _, _, c, _ in letters["light"]} != {c for _, _, c, _ in letters["dark"]}


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("page", DRAWN)
def test_ticks_do_not_touch(figures, page, width):
    assert not figures(page, width).touching


@pytest.mark.parametrize("theme", THEMES)
def test_every_look_stands_out_in_both_themes(browser, site, theme):
    tab = browser.new_page(color_scheme=theme)
    tab.goto(f"{site.as_uri()}/book/index.html")
    ground = of_css(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    colours = {look["color"].lower() for look in (LOOKS | VERDICTS).values()}
    assert colours <= set(INKS)
    for colour in colours:
        shown = tab.evaluate(
            """(name) => {
                const probe = document.body.appendChild(document.createElement("i"));
                probe.style.color = `var(--figure-${name})`;
                return getComputedStyle(probe).color; }""",
            INKS[colour],
        )
        assert contrast(of_css(shown), ground) >= 3, (colour, shown)
    tab.close()


@pytest.mark.parametrize("page", DRAWN)
def test_no_figure_has_a_ground_of_its_own(soup, page):
    images = soup(page).select("figure img, .cell_output img")
    assert not [image["src"] for image in images]
    grounds = soup(page).select(".drawings svg > g > g:first-child path")
    assert all("fill: none" in path["style"] for path in grounds)


@pytest.mark.parametrize("page", [*DRAWN, "book/game", "book/cheatsheet"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_text_stays_where_it_is(figures, page, width):
    assert figures(page, width).shift < 0.05


def test_names_inside_a_drawing_are_made_its_own():
    content = '<path id="a"/><use xlink:href="#a"/><g clip-path="url(#a)" style="fill: #0072b2"/>'
    drawn = drawing("0 0 1 1", content, "d1-")
    assert drawn.count("d1-a") == 3 and "var(--figure-blue)" in drawn


def test_three_panels_are_one_picture_to_a_screen_reader(browser, site):
    tab = browser.new_page(viewport={"width": 1280, "height": 844})
    tab.goto(f"{site.as_uri()}/notebooks/10_boosting.html")
    three = tab.locator("figure:has(> .drawings > svg:nth-child(3):last-child)")
    assert three.count() >= 2
    tree = tab.context.new_cdp_session(tab).send("Accessibility.getFullAXTree")["nodes"]
    heard = [node["name"]["value"] for node in tree if node["role"]["value"] == "image"]
    for i in range(three.count()):
        assert heard.count(three.nth(i).locator(".drawings").get_attribute("aria-label")) == 1
        caption = three.nth(i).locator("figcaption").bounding_box()
        panel = three.nth(i).locator("svg").nth(2).bounding_box()
        assert caption["x"] > panel["x"] + panel["width"]
        assert caption["y"] < panel["y"] + panel["height"]
    tab.close()


def test_a_figure_drawn_by_hand_has_letters_not_outlines(tmp_path):
    with plt.style.context("sweeplib.book"):
        figure, ax = plt.subplots()
        ax.set(title="A title", xscale="log", xlim=(1, 1000))
        figure.savefig(tmp_path / "drawn.svg")
        plt.close(figure)
    drawn = BeautifulSoup((tmp_path / "drawn.svg").read_text(encoding="utf8"), "html.parser")
    # Numbers of a logarithmic axis are written out: powers would be too small to read.
    assert {"A title", "1", "10", "100"} <= {
        "".join(text.stripped_strings) for text in drawn("text")
    }
