"""The race that is played in the browser: its data, its rules, and a game by keyboard."""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe

from sweeplib import forest_surface, load_split, run_model

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "book"))
import make_race  # noqa: E402

FOREST = [n for n, (problem, _) in make_race.ROUNDS.items() if problem == "forest"]
RIDGE = [n for n, (problem, _) in make_race.ROUNDS.items() if problem == "friedman1"]
every_round = pytest.mark.parametrize("number", make_race.ROUNDS)


def stored(name: str) -> dict:
    text = (make_race.FOLDER / f"{name}.js").read_text(encoding="utf8")
    head = f'raceData["{name}"]='
    assert text.startswith(head) and text.endswith(";\n")
    return json.loads(text.removeprefix(head).removesuffix(";\n"))


def unpacked(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<u2")


def cells(number: int) -> pd.DataFrame:
    """A round's losses, in units of its last digit."""
    shape = [len(make_race.values(k)) for k in make_race.KNOBS[make_race.ROUNDS[number][0]]]
    return pd.DataFrame(unpacked(stored(f"round-{number}")["table"]).reshape(shape))


# The data


@every_round
def test_the_opponents_moves_are_sweeplibs(number):
    kept = stored(f"round-{number}")["moves"]
    assert kept == make_race.moves(cells(number), number)
    assert [len(path) for path in kept.values()] == [25, 25]


@pytest.mark.parametrize("number", FOREST)
def test_forest_cells_are_what_the_forest_scores(number):
    table, seed = cells(number), make_race.ROUNDS[number][1]
    for n, depth in [(1, 1), (7, 20), (60, 3), (113, 9)]:
        rmse = run_model(*load_split(), n, depth, random_state=seed).rmse
        assert table.loc[n - 1, depth - 1] == round(rmse * 100)
    assert table.shape == (1000, 20)


@pytest.mark.parametrize("number", RIDGE)
def test_kernel_ridge_cells_are_what_the_model_scores(number, monkeypatch):
    seed, wanted = make_race.ROUNDS[number][1], {"alpha": [0, 20, 35], "gamma": [0, 24, 50]}
    knobs = make_race.KNOBS["friedman1"]
    few = {k["name"]: make_race.values(k)[wanted[k["name"]]] for k in knobs}
    monkeypatch.setattr(make_race, "values", lambda knob: few[knob["name"]])
    fresh = make_race.shown(make_race.friedman1_table(seed), "friedman1")
    monkeypatch.undo()
    kept = cells(number).iloc[wanted["alpha"], wanted["gamma"]]
    assert np.abs(fresh.to_numpy().astype(int) - kept.to_numpy()).max() <= 1  # its last digit
    assert cells(number).shape == (36, 51)


def test_the_other_forests_are_other_seeds():
    others = stored("others-forest")
    tables = unpacked(others["tables"]).reshape(others["count"], 100, 20)
    seeds = make_race.OTHERS["forest"]
    assert others["count"] == len(seeds) == 20
    assert not set(seeds) & {seed for _, seed in make_race.ROUNDS.values()}
    for k in (0, 19):
        fresh = forest_surface(*load_split(), 40, random_state=seeds[k], exact=False)
        assert (tables[k, :4] == make_race.shown(fresh, "forest").iloc[9::10].to_numpy()).all()


# The page


@pytest.fixture
def play(browser, site):
    """A function: opens the race as a file, in a fresh browser; errors fail the test."""
    opened = []

    def open_race(end="", base=None, theme="light", width=1280, init=""):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        context.add_init_script(f"localStorage.mode = localStorage.theme = '{theme}'")
        tab = context.new_page()
        asked, errors = [], []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        base = base or site.as_uri()
        tab.goto(f"{base}/book/race.html{end}")
        tab.wait_for_selector("#race:not([hidden])")
        opened.append((context, base, asked, errors))
        return tab

    yield open_race
    for context, base, asked, errors in opened:
        assert not errors
        assert not [url for url in asked if not url.startswith((base, "data:", "blob:"))]
        context.close()


def said(tab) -> str:
    return tab.inner_text("#race-said")


def tab_to(tab, name: str) -> None:
    for _ in range(80):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.id") == name:
            return
    raise AssertionError(f"the Tab key never reaches {name}")


def try_by_keyboard(tab, *values) -> None:
    """From the slider of the first knob: type both values, press the button, go back."""
    for i, value in enumerate(values):
        tab_to(tab, f"race-typed-{i}")
        tab.keyboard.press("Control+A")
        tab.keyboard.type(str(value))
    tab.keyboard.press("Enter")


def some_settings(n: int) -> list[tuple[int, int]]:
    rng = np.random.default_rng(0)
    return list(dict.fromkeys((int(a), int(b)) for a, b in rng.integers(1, [1001, 21], (n, 2))))


def finish(tab, settings) -> None:
    for setting in settings:
        for i, value in enumerate(setting):
            tab.fill(f"#race-typed-{i}", str(value))
        tab.press("#race-typed-1", "Enter")
    tab.wait_for_selector("#race-end:not([hidden])")


def rows(tab, box: str) -> list[list[str]]:
    return tab.evaluate(
        "box => [...document.querySelectorAll(box + ' tbody tr')]"
        ".map(r => [...r.children].map(c => c.textContent))",
        box,
    )


def test_a_whole_round_by_keyboard_alone(play):
    tab, table, settings = play("#round=2"), cells(2), some_settings(30)[:25]
    best = 10**6
    for k, (n, depth) in enumerate(settings, start=1):
        tab.evaluate("document.getElementById('race-round').focus()") if k > 1 else tab_to(
            tab, "race-round"
        )
        try_by_keyboard(tab, n, depth)
        loss = table.loc[n - 1, depth - 1]
        best = min(best, loss)
        assert said(tab).startswith(
            f"Trial {k} of 25: n_estimators {n}, max_depth {depth} gives {loss / 100:.2f}."
        )
        if k < 25:
            newest = rows(tab, "#race-tries")[0]
            assert newest == [str(k), str(n), str(depth), f"{loss / 100:.2f}", f"{best / 100:.2f}"]
    tab.wait_for_selector("#race-end:not([hidden])")
    assert said(tab).endswith("The map is lifted.")
    assert tab.evaluate("document.activeElement.id") == "race-lifted"
    assert tab.is_hidden("#race-form")

    score = rows(tab, "#race-score .pst-scrollable-table-container:first-child")
    assert [row[0] for row in score] == ["you", "random", "Bayesian"]
    moves = {"you": [[n - 1, d - 1] for n, d in settings]} | stored("round-2")["moves"]
    for name, setting, loss, regret, _ in score:
        lowest = min(table.loc[x, y] for x, y in moves[name])
        assert loss == f"{lowest / 100:.2f}"
        assert regret == f"{(lowest - table.to_numpy().min()) / 100:.2f}"
        x, y = min(moves[name], key=lambda at: table.loc[at[0], at[1]])
        assert setting == f"n_estimators {x + 1}, max_depth {y + 1}"
    shown = rows(tab, "#race-score details")
    for k, row in enumerate(shown):
        for cell, (x, y) in zip(row[1:], (path[k] for path in moves.values()), strict=True):
            assert cell == (f"n_estimators {x + 1}, max_depth {y + 1}: {table.loc[x, y] / 100:.2f}")


def test_the_verdict_is_the_paired_interval_on_the_other_seeds(play):
    tab, table, settings = play("#round=1"), cells(1), some_settings(30)[:25]
    finish(tab, settings)
    others = stored("others-forest")
    tables = unpacked(others["tables"]).reshape(20, 100, 20).astype(int)
    paths = {"you": [[n - 1, d - 1] for n, d in settings]} | stored("round-1")["moves"]
    worth = {}
    for name, path in paths.items():
        x, y = min(path, key=lambda at: table.loc[at[0], at[1]])
        nearest = max(int((x + 1) / 10 + 0.5), 1) - 1
        worth[name] = tables[:, nearest, y] / 100
    text = tab.inner_text("#race-score")
    for rival in ("random", "Bayesian"):
        gap = worth["you"] - worth[rival]
        half = 2.093 * gap.std(ddof=1) / 20**0.5
        low, high = gap.mean() - half, gap.mean() + half
        ends = [f"{v:+.2f}".replace("-", "−").replace("+0.00", "0.00") for v in (low, high)]
        assert f"95 % {ends[0]} to {ends[1]}" in text
    row = rows(tab, "#race-score .pst-scrollable-table-container:first-child")[0]
    assert row[4] == f"{worth['you'].mean():.2f}"


def test_the_map_stays_hidden_until_the_last_trial(play):
    tab = play("#round=1")
    assert tab.locator("#race-map image").count() == 0
    assert tab.is_hidden("#race-end")
    finish(tab, some_settings(30)[:25])
    assert tab.locator("#race-map image").count() == 1
    assert tab.locator("#race-map .race-path").count() == 3
    tab.uncheck("#race-show-random")
    assert tab.is_hidden("#race-path-random") and tab.is_visible("#race-path-Bayesian")


def test_sliders_pointer_and_typing_choose_the_same_setting(play):
    tab = play("#round=1")
    tab.focus("#race-0")
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    assert tab.input_value("#race-typed-0") == "2"
    tab.fill("#race-typed-1", "99")  # beyond the end
    assert tab.input_value("#race-1") == "20"
    tab.fill("#race-typed-1", "")  # half typed
    assert tab.input_value("#race-1") == "20"
    box = tab.locator("#race-map").bounding_box()
    tab.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    assert 400 < int(tab.input_value("#race-0")) < 600
    assert 8 < int(tab.input_value("#race-1")) < 13


def test_a_repeated_setting_costs_nothing(play):
    tab = play("#round=3")
    for _ in range(2):
        tab.click("#race-form button")
    assert "No trial was spent" in said(tab)
    assert tab.inner_text("#race-left") == "24 of 25 trials left"


@every_round
def test_a_round_opens_by_its_number(play, number):
    tab = play(f"#round={number}")
    assert said(tab).startswith(f"Round {number}: ")
    assert tab.input_value("#race-round") == str(number)


def test_an_unknown_round_is_said_and_the_next_one_opens(play):
    tab = play("#round=99")
    assert said(tab) == "There is no round 99; this is round 1."
    tab.select_option("#race-round", "5")
    tab.wait_for_function("document.getElementById('race-said').textContent.includes('Round 5')")
    assert tab.evaluate("location.hash") == "#round=5"
    tab.click("#race-form button")
    middle = cells(5).loc[17, 25] / 1000
    assert f"gives {middle:.3f}." in said(tab)


def test_what_was_tried_survives_a_reload_and_each_round_keeps_its_own(play):
    tab = play("#round=1")
    tab.click("#race-form button")
    before = rows(tab, "#race-tries")
    tab.wait_for_timeout(500)  # the browser writes its memory by and by
    tab.reload()
    tab.wait_for_selector("#race:not([hidden])")
    assert rows(tab, "#race-tries") == before and len(before) == 1
    tab.evaluate("location.hash = 'round=2'")
    tab.wait_for_function("document.getElementById('race-said').textContent.includes('Round 2')")
    assert tab.inner_text("#race-left") == "25 of 25 trials left"


@pytest.mark.parametrize("kept", ["[[1]]", '"x"', "{", "[[0, 99]]", "null"])
def test_a_spoilt_memory_starts_the_round_afresh(play, kept):
    tab = play("#round=1")
    tab.evaluate("kept => localStorage.setItem('race-1', kept)", kept)
    tab.reload()
    tab.wait_for_selector("#race:not([hidden])")
    assert tab.inner_text("#race-left") == "25 of 25 trials left"


def test_a_finished_round_can_be_played_again_and_is_remembered(play):
    tab = play("#round=4")
    finish(tab, some_settings(30)[:25])
    tab.reload()
    tab.wait_for_selector("#race-end:not([hidden])")
    assert tab.inner_text("#race-score").rstrip().split("\n")[-1].startswith("4\t")
    tab.click("#race-again")
    tab.wait_for_selector("#race-form:not([hidden])")
    assert tab.is_hidden("#race-end")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_fault_before_and_after(play, address, theme, width):
    tab = play("#round=1", address, theme, width)
    for settings in (some_settings(30)[:3], some_settings(30)[3:25]):
        if len(settings) > 3:
            finish(tab, settings)
            tab.evaluate("document.querySelectorAll('details').forEach(e => (e.open = true))")
        else:
            for setting in settings:
                for i, value in enumerate(setting):
                    tab.fill(f"#race-typed-{i}", str(value))
                tab.press("#race-typed-1", "Enter")
        faults = Axe().run(tab, options={"resultTypes": ["violations"], "preload": False})
        assert not [(v["id"], v["nodes"]) for v in faults.response["violations"]]
        assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_on_paper_stand_the_map_and_the_numbers_alone(play):
    tab = play("#round=1")
    tab.click("#race-form button")
    tab.emulate_media(media="print")
    assert tab.is_hidden("#race-form") and tab.is_hidden("#race-round")
    assert tab.is_visible("#race-map") and tab.is_visible("#race-tries table")


def test_without_scripts_the_page_says_what_is_missing(browser, site):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{site.as_uri()}/book/race.html")
    assert "JavaScript" in tab.inner_text("#race-wait")
    context.close()
