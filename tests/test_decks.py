"""Decks that one can teach from: what is shown can be read, and every plan finds its slides."""

import json
import re

import make_workshop
import nbformat
import numpy as np
import pandas as pd
import pytest
from paths import ROOT, chapters
from slides import COLUMNS, LINES, ROWS, slides_of

TEACH = (ROOT / "book/workshop/teach.md").read_text(encoding="utf8")
DECKS = [path.stem for path in chapters()] + ["opening", "closing"]
every_deck = pytest.mark.parametrize("name", DECKS)
RAW = re.compile(r"\{cite|\{ref|\{numref|\{term|:::|`|\$|\*\*|(?m:^ *#)")

MEASURE = """() => [...document.querySelectorAll(".slides > section")].map((s) => {
    s.hidden = false; s.style.display = "block";
    const letters = [...s.querySelectorAll("*")].filter((e) => !e.closest("aside, svg, math") &&
        [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()));
    const sizes = letters.map((e) => parseFloat(getComputedStyle(e).fontSize));
    const prose = s.cloneNode(true);
    prose.querySelectorAll("pre, code, aside, script, math").forEach((e) => e.remove());
    const notes = s.querySelector("aside.notes")?.cloneNode(true);
    notes?.querySelectorAll("pre, code, script, math").forEach((e) => e.remove());
    const within = [...s.children].filter((e) => e.tagName !== "ASIDE");
    const found = {
        id: s.id, title: s.querySelector("h1, h2").textContent,
        pictures: s.querySelectorAll("img").length,
        smallest: Math.min(...sizes), body: parseFloat(getComputedStyle(s).fontSize),
        bottom: Math.max(...within.map((e) => e.offsetTop + e.offsetHeight)),
        wide: Math.max(...[...s.querySelectorAll("*")].map((e) => e.scrollWidth || 0)),
        shown: prose.textContent, notes: notes?.textContent ?? "",
        content: s.textContent.trim().length};
    s.style.display = "";
    return found;
})"""


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    out = tmp_path_factory.mktemp("workshop")
    make_workshop.make(out, {"site": "https://example.org/sweeps"})
    return out


@pytest.fixture(scope="module")
def tab(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield context.new_page()
    context.close()


def opened(tab, path):
    tab.goto(path.as_uri())
    tab.wait_for_function("document.documentElement.dataset.filled !== undefined")


@every_deck
def test_a_deck_is_one_whole_file_that_can_be_read(decks, tab, name):
    asked, errors = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    path = decks / f"slides-{name}.html"
    opened(tab, path)
    assert {url for url in asked if not url.startswith("data:")} == {path.as_uri()}
    assert not errors
    slides = tab.evaluate(MEASURE)
    assert len(slides) >= 5
    for slide in slides:
        at = slide["id"], slide["title"]
        assert slide["smallest"] >= 24, at
        assert slide["bottom"] <= 664 and slide["wide"] <= 1280, (at, slide["bottom"])
        # No slide is mostly empty beside small print: where half of it is free, letters are large.
        assert slide["bottom"] > 360 or slide["body"] >= 40 or slide["pictures"], at
        assert len(slide["shown"].split()) >= 8, at
        for text in (slide["shown"], slide["notes"]):
            assert not RAW.search(text), (at, RAW.search(text), text)
        assert re.search(r"About [\d.]+ (minute|second)|For those who are quick", slide["notes"]), (
            at
        )
    assert "This deck: " in slides[0]["notes"]
    assert tab.locator("mjx-merror, [data-mjx-error]").count() == 0
    alts = tab.evaluate("() => [...document.images].map((i) => [i.naturalWidth > 0, i.alt])")
    assert all(whole and len(alt) > 40 for whole, alt in alts)
    assert "CC BY 4.0" in tab.locator(".licence").inner_text()
    apart = tab.evaluate(
        """() => { const box = (q) => document.querySelector(q).getBoundingClientRect();
            return box(".slide-number").right < box(".licence").left
                && box(".licence").right < box(".controls").left; }"""
    )
    assert apart


def test_the_notes_of_a_slide_open_in_a_window_of_their_own(decks, browser):
    context = browser.new_context()
    tab = context.new_page()
    opened(tab, decks / "slides-04_bayesian_search.html")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    with context.expect_page() as window:
        tab.keyboard.press("s")
    window.value.wait_for_function(
        "document.body.innerText.includes('falls steeply over the first')"
    )
    context.close()


@pytest.fixture(scope="module")
def slides():
    return {p.stem: slides_of(nbformat.read(p, as_version=4)) for p in chapters()}


def test_figures_and_questions_have_a_slide_each(slides):
    for path in chapters():
        cells, deck = nbformat.read(path, as_version=4).cells, slides[path.stem]
        shown = re.findall(r"Fig\. \d+\.\d+(?=</strong>)", "".join(s.body for s in deck))
        figures = sum("figure" in c.metadata.get("mystnb", {}) for c in cells)
        # A figure of more than two panels has a slide for every two.
        assert list(dict.fromkeys(shown)) == [
            f"Fig. {int(path.stem[:2])}.{i + 1}" for i in range(figures)
        ]
        quiz = next(c.source for c in cells if "quiz" in c.metadata.get("tags", []))
        asked = [s for s in deck if s.kind == "question"]
        assert len(asked) == len(re.findall(r"(?m)^\*\*\d\. ", quiz))
        assert all(s.body.count('class="fragment answer"') == 1 for s in asked)


def test_the_minutes_of_the_slides_are_those_of_the_block(slides):
    for stem, deck in slides.items():
        whole = re.search(rf"\*Chapter {int(stem[:2])}, (\d+) minutes", TEACH)[1]
        assert sum(s.minutes for s in deck) == pytest.approx(int(whole))
        assert f"This deck: {whole} minutes on {len(deck)} slides" in deck[0].notes


def test_every_demo_exercise_and_quiz_of_a_plan_has_its_slide(slides):
    names = {stem: {slide.name for slide in deck} for stem, deck in slides.items()}
    links = re.findall(r"slides-(\d\w+)\.html#/([\w-]+)", TEACH)
    assert links and not [(stem, name) for stem, name in links if name not in names[stem]]
    for what, how in re.findall(r"(?m)^\| \d+ \| \d+ \| (.+?) \| (demo|exercise|quiz)", TEACH):
        pieces = re.split(r"[,;] (?=<a)", what) if how == "demo" else [what]
        unlinked = re.sub(r"<a .*?</a>", "", what)
        assert how != "demo" or re.fullmatch(r"Block \d+: [,; ]*", unlinked), what
        assert all(".html#/" in piece for piece in pieces), what


def test_the_slides_of_a_demo_stand_in_the_order_in_which_it_names_them(slides):
    places = {stem: [slide.name for slide in deck] for stem, deck in slides.items()}
    for what in re.findall(r"(?m)^\| \d+ \| \d+ \| (Block .+?) \| demo", TEACH):
        links = re.findall(r"slides-(\d\w+)\.html#/([\w-]+)", what)
        at = [places[stem].index(name) for stem, name in links]
        assert at == sorted(at), what


def spelt_out(numbers):
    """Chapters as a plan lists them: 1, 2 to 4 and 7 are five."""
    found = []
    for first, last in re.findall(r"(\d+)(?: to (\d+))?", numbers):
        found += range(int(first), int(last or first) + 1)
    return sorted(found)


@pytest.mark.parametrize("name", ["90 minutes", "Half a day", "A full day", "A second day"])
def test_plan_agenda_and_key_points_are_of_the_same_chapters(slides, name):
    plan = re.search(rf"(?ms)^### {name}.*?(?=^##)", TEACH)[0]
    blocks = sorted({int(n) for n in re.findall(r"\| Block (\d+): ", plan)})
    last = re.findall(r"(?m)^\| \d+ \| \d+ \| (Key points .+?);", plan)[0]
    for stem, link, number in re.findall(r"slides-(\d\w+)\.html#/([\w-]+)\">(\d+)<", last):
        found = next(slide for slide in slides[stem] if slide.name == link)
        assert found.title == "Key points" and int(stem[:2]) == int(number)
    assert sorted(map(int, re.findall(r">(\d+)</a>", last))) == blocks
    opening = (ROOT / "tools/slide_texts/opening.md").read_text(encoding="utf8")
    agenda = re.search(rf"(?msi)^## (?:Today: )?{name}\n(.*?)(?=^## )", opening)[1]
    told = ", ".join(re.findall(r"\(chapters? ([^)]+)\)", agenda))
    assert spelt_out(told) == blocks
    attend = (ROOT / "book/workshop/attend.md").read_text(encoding="utf8")
    row = re.search(rf"(?mi)^\| {name} \| ([\d, ]+) \|", attend)[1]
    assert spelt_out(row) == blocks


@pytest.mark.parametrize(
    ("cell", "words"),
    [("01", "29 of 30"), ("01", "corrected standard error"), ("07", "promised"), ("07", "ship: ")],
)
def test_the_main_results_are_on_a_slide(slides, cell, words):
    deck = next(deck for stem, deck in slides.items() if stem.startswith(cell))
    assert [slide for slide in deck if words in slide.body]


NUMBERS = {"Five": 5, "five": 5, "Ten": 10, "ten": 10, "Fifteen": 15, "fifteen": 15}


@pytest.mark.parametrize("number", range(1, len(chapters()) + 1))
def test_the_plans_agree_with_the_block_in_every_minute(number):
    block = re.search(rf"(?ms)^## Block {number}: .*?(?=^## |\Z)", TEACH)[0]
    demo = re.search(r"\*\*Demo, do not type\.\*\* (.*)", block)[1]
    portions = [
        NUMBERS[w] for w in re.findall(r"(\w+)(?: more| minutes)(?=[:,])", demo) if w in NUMBERS
    ]
    tasks = dict(re.findall(r"Exercise (\d+\.\d+) \([^)]*\), (\d+) minutes", block))
    whole = int(re.search(r"\*Chapter \d+, (\d+) minutes", block)[1])
    assert portions and sum(portions) + sum(map(int, tasks.values())) + 5 <= whole
    for plan in re.split(r"(?m)^### ", TEACH)[1:]:
        rows = re.findall(r"(?m)^\| \d+ \| (\d+) \| (.+?) \| (\w+) \|$", plan)
        shown = [int(m) for m, what, how in rows if what.startswith(f"Block {number}: ")]
        assert sum(shown) <= sum(portions)  # a short plan takes a part
        if plan.startswith(("A full day", "A second day")):
            assert not shown or sum(shown) == sum(portions)
        for minutes, what, _ in rows:
            for name, planned in tasks.items():
                assert not what.startswith(f"Exercise {name}:") or minutes == planned, what
            assert not what.startswith(f"Check yourself, chapter {number} ") or minutes == "5"


def test_slides_are_made_as_contributing_says():
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf8").split("### Slides")[1]
    assert f"more than {LINES} lines" in told and f"Of a print {LINES} lines" in told
    assert f"the first {ROWS} rows and {COLUMNS} columns" in told
    wanted = json.loads(re.search(r"```json\n(.+?)\n```", told, re.DOTALL)[1])

    def cell(make, source, name, *tags, **more):
        return make(source, id=f"01-{name}", metadata={"tags": list(tags)}, **more)

    names = [f"loss {i}" for i in range(20)] + [f"value {i}" for i in range(20)]
    table = pd.DataFrame(np.arange(280).reshape(40, 7), names, list("abcdefg"))
    shown = nbformat.v4.new_output("display_data", {"text/html": table.to_html()})
    printed = nbformat.v4.new_output("stream", text="".join(f"line {i}\n" for i in range(30)))
    text, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    card = "# Card\n\nA question?\n\n> **You will be able to**\n>\n> - do\n>\n> **You need** this."
    quiz = "## Check yourself\n\n**1. Which?**\n\n" + "".join(
        f"<details><summary>{option}</summary>\n\n{reason}\n\n</details>\n"
        for option, reason in [("One", "No: wrong."), ("Two", "Right: it is. More is said.")]
    )
    cells = [
        cell(text, card, "00", "slide"),
        cell(text, "## Listed\n\nSaid before.\n\n- shown", "01", "slide"),
        cell(code, "table", "02", "reveal", outputs=[shown]),
        cell(text, "## Prose\n\nFirst. Of it.\n\nSecond.\n\n**guess** now", "03", "slide"),
        cell(text, "## Lead\n\nWhat leads. What follows.", "04"),
        cell(code, "print", "05", "reveal", outputs=[printed]),
        cell(code, "table", "06", "reveal", outputs=[shown]),
        cell(text, "This is said.", "07", "notes"),
        cell(text, quiz, "08", "quiz"),
    ]
    cells[6].metadata |= wanted
    deck = {s.name: s for s in slides_of(nbformat.v4.new_notebook(cells=cells))}
    assert list(deck)[:3] == ["c01-00", "c01-00-2", "c01-01"]
    assert "shown" in deck["c01-01"].body and "Said before" in deck["c01-01"].notes
    assert "guess" in deck["c01-03"].body and "Second" in deck["c01-03"].notes
    first = deck["c01-02"].body  # no room on the slide before
    assert first.count("<tr>") == 1 + ROWS and "<th>f</th>" in first and "<th>g" not in first
    assert "Said before." in first and 'class="fragment"' in first
    lines = deck["c01-05"].body
    assert "What leads." in lines and "What follows" not in lines
    assert lines.count("line ") == LINES - 1 and "…" in lines
    chosen = deck["c01-06"].body
    assert "loss" not in chosen and re.findall(r"<th>([a-g])</th>", chosen) == ["a", "b", "d"]
    assert "This is said." in deck["c01-06"].notes
    asked = deck["c01-08"]
    assert "it is" not in asked.body and "It is." in asked.body and "More" not in asked.body
    assert "wrong" in asked.notes and "More is said" in asked.notes
