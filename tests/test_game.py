"""The game that is played in the browser: its data, its rules, and a game by keyboard."""

import base64
import json

import make_game_rounds as rounds
import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from sweeplib import compare_pairs, forest_surface, load_split, run_model

FOREST = [n for n, (problem, _) in rounds.ROUNDS.items() if problem == "forest"]
RIDGE = [n for n, (problem, _) in rounds.ROUNDS.items() if problem == "friedman1"]
SCORE = "#game-score > .pst-scrollable-table-container:not(details *):not(h3 ~ *)"
every_round = pytest.mark.parametrize("number", rounds.ROUNDS)


def stored(name: str) -> dict:
    text = (rounds.FOLDER / f"{name}.js").read_text(encoding="utf8")
    head = f'gameData["{name}"]='
    assert text.startswith(head) and text.endswith(";\n")
    return json.loads(text.removeprefix(head).removesuffix(";\n"))


def unpacked(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<u2")


def cells(number: int) -> pd.DataFrame:
    """A round's losses, in units of its last digit."""
    shape = [len(rounds.values(k)) for k in rounds.KNOBS[rounds.ROUNDS[number][0]]]
    return pd.DataFrame(unpacked(stored(f"round-{number}")["table"]).reshape(shape))


# The data


@every_round
def test_the_opponents_moves_are_sweeplibs(number):
    kept = stored(f"round-{number}")["moves"]
    assert kept == rounds.moves(cells(number), number)
    assert [len(path) for path in kept.values()] == [25, 25]


@pytest.mark.parametrize("number", FOREST)
def test_forest_cells_are_what_the_forest_scores(number):
    table, seed = cells(number), rounds.ROUNDS[number][1]
    for n, depth in [(1, 1), (7, 20), (60, 3), (113, 9)]:
        rmse = run_model(*load_split(), n, depth, random_state=seed).rmse
        assert table.loc[n - 1, depth - 1] == round(rmse * 100)
    assert table.shape == (1000, 20)


def fresh_ridge_cells(seed, monkeypatch) -> tuple[pd.DataFrame, list]:
    """A handful of cells of a kernel-ridge table, made anew, and where they are."""
    wanted = {"alpha": [0, 20, 35], "gamma": [0, 24, 50]}
    few = {k["name"]: rounds.values(k)[wanted[k["name"]]] for k in rounds.KNOBS["friedman1"]}
    with monkeypatch.context() as patch:
        patch.setattr(rounds, "values", lambda knob: few[knob["name"]])
        return rounds.shown(rounds.friedman1_table(seed), "friedman1"), wanted


@pytest.mark.parametrize("number", RIDGE)
def test_kernel_ridge_cells_are_what_the_model_scores(number, monkeypatch):
    fresh, at = fresh_ridge_cells(rounds.ROUNDS[number][1], monkeypatch)
    kept = cells(number).iloc[at["alpha"], at["gamma"]]
    assert np.abs(fresh.to_numpy().astype(int) - kept.to_numpy()).max() <= 1  # its last digit
    assert cells(number).shape == (36, 51)


def others(problem: str) -> np.ndarray:
    """Losses under other seeds: seeds × kept cells of the first knob × cells of the second."""
    content = stored(f"others-{problem}")
    kept = rounds.KEPT[problem]
    assert content["kept"] == kept and content["count"] == len(rounds.OTHERS) == 20
    assert content["t"] == pytest.approx(student.ppf(0.975, 19), abs=1e-4)
    return unpacked(content["tables"]).reshape(20, len(kept), -1).astype(int)


def test_the_other_forests_are_other_seeds():
    for k in (0, 19):
        fresh = forest_surface(*load_split(), 40, random_state=rounds.OTHERS[k], exact=False)
        rows = [row for row in rounds.KEPT["forest"] if row < 40]
        assert (others("forest")[k, : len(rows)] == rounds.shown(fresh, "forest").iloc[rows]).all(
            axis=None
        )


def test_the_other_ridges_are_other_data(monkeypatch):
    fresh, at = fresh_ridge_cells(rounds.OTHERS[3], monkeypatch)
    kept = others("friedman1")[3][np.ix_(at["alpha"], at["gamma"])]
    assert np.abs(fresh.to_numpy().astype(int) - kept).max() <= 1


# The page


@pytest.fixture
def play(browser, site):
    """A function: opens the game as a file, in a fresh browser; errors fail the test."""
    opened = []

    def open_game(end="", base=None, theme="light", width=1280, init=""):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        context.add_init_script(f"localStorage.mode = localStorage.theme = '{theme}'; {init}")
        tab = context.new_page()
        asked, errors = [], []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        base = base or site.as_uri()
        tab.goto(f"{base}/book/game.html{end}")
        tab.wait_for_selector("#game:not(.game-waiting)")
        opened.append((context, base, asked, errors))
        return tab

    yield open_game
    for context, base, asked, errors in opened:
        assert not errors
        assert not [url for url in asked if not url.startswith((base, "data:", "blob:"))]
        context.close()


def said(tab) -> str:
    return tab.inner_text("#game-said")


def tab_to(tab, name: str, key: str = "Tab") -> None:
    for _ in range(80):
        tab.keyboard.press(key)
        if tab.evaluate("document.activeElement.id") == name:
            return
    raise AssertionError(f"{key} never reaches {name}")


def some_settings(n: int) -> list[tuple[int, int]]:
    rng = np.random.default_rng(0)
    return list(dict.fromkeys((int(a), int(b)) for a, b in rng.integers(1, [1001, 21], (n, 2))))


def finish(tab, settings, lasts=True) -> None:
    """Try settings as a quick player would, and wait for the end."""
    tab.evaluate(
        """settings => settings.forEach((setting) => {
            setting.forEach((value, i) => {
                const field = document.getElementById(`game-typed-${i}`);
                field.value = value;
                field.dispatchEvent(new Event("input"));
            });
            document.getElementById("game-form").requestSubmit();
        })""",
        [list(setting) for setting in settings],
    )
    tab.wait_for_selector("#game-bet:not([hidden]), #game-end:not([hidden])")
    if tab.is_visible("#game-bet"):
        tab.click("#game-bet-yes" if lasts else "#game-bet-no")
    tab.wait_for_selector("#game-end:not([hidden])")


def rows(tab, box: str) -> list[list[str]]:
    return tab.evaluate(
        "box => [...document.querySelectorAll(box + ' tbody tr')]"
        ".map(r => [...r.children].map(c => c.textContent))",
        box,
    )


def test_a_whole_round_by_keyboard_alone(play):
    tab, table, settings = play("#round=2"), cells(2), some_settings(30)[:25]
    best = 10**6
    for k, setting in enumerate(settings, start=1):
        tab_to(tab, "game-typed-0", "Tab" if k == 1 else "Shift+Tab")
        tab.keyboard.press("Control+A")
        tab.keyboard.type(str(setting[0]))
        tab_to(tab, "game-typed-1")
        tab.keyboard.press("Control+A")
        tab.keyboard.type(str(setting[1]))
        tab.keyboard.press("Enter")
        n, depth = setting
        loss = table.loc[n - 1, depth - 1]
        best = min(best, loss)
        assert said(tab).startswith(
            f"Trial {k} of 25: n_estimators {n}, max_depth {depth} gives {loss / 100:.2f}."
        )
        if k < 25:
            newest = rows(tab, "#game-tries")[0]
            assert newest == [str(k), str(n), str(depth), f"{loss / 100:.2f}", f"{best / 100:.2f}"]
    tab.wait_for_selector("#game-bet:not([hidden])")
    assert said(tab).endswith("The map is uncovered.")
    assert tab.evaluate("document.activeElement.id") == "game-uncovered"
    tab_to(tab, "game-bet-no")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#game-end:not([hidden])")
    assert tab.evaluate("document.activeElement.id") == "game-uncovered"
    assert tab.is_hidden("#game-form")

    score = rows(tab, SCORE)
    assert [row[0] for row in score] == ["you", "random", "Bayesian"]
    moves = {"you": [[n - 1, d - 1] for n, d in settings]} | stored("round-2")["moves"]
    for name, setting, loss, regret, _ in score:
        lowest = min(table.loc[x, y] for x, y in moves[name])
        assert loss == f"{lowest / 100:.2f}"
        assert regret == f"{(lowest - table.to_numpy().min()) / 100:.2f}"
        x, y = min(moves[name], key=lambda at: table.loc[at[0], at[1]])
        assert setting == f"n_estimators {x + 1}, max_depth {y + 1}"
    shown = rows(tab, "#game-score details")
    for k, row in enumerate(shown):
        for cell, (x, y) in zip(row[1:], (path[k] for path in moves.values()), strict=True):
            assert cell == (f"n_estimators {x + 1}, max_depth {y + 1}: {table.loc[x, y] / 100:.2f}")
    tab_to(tab, "game-next")
    tab.keyboard.press("Enter")
    tab.wait_for_function("document.activeElement.id === 'game-knob-0'")
    assert said(tab).startswith("Round 3: ")


def ridge_settings(number: int) -> list[tuple[str, str]]:
    alphas, gammas = (rounds.values(knob) for knob in rounds.KNOBS["friedman1"])
    rng = np.random.default_rng(number)
    drawn = zip(rng.choice(alphas, 40), rng.choice(gammas[10:35], 40), strict=True)
    return list(dict.fromkeys((f"{10**a:.2g}", f"{10**g:.2g}") for a, g in drawn))[:25]


def as_cells(number: int, settings) -> list[list[int]]:
    """Typed settings as numbers of cells."""
    if rounds.ROUNDS[number][0] == "forest":
        return [[n - 1, depth - 1] for n, depth in settings]
    return [
        [round((np.log10(float(a)) + 6) / 0.2), round((np.log10(float(g)) + 4) / 0.1)]
        for a, g in settings
    ]


def typed(number: int, path) -> list[tuple]:
    """The other way round."""
    if rounds.ROUNDS[number][0] == "forest":
        return [(x + 1, y + 1) for x, y in path]
    alphas, gammas = (rounds.values(knob) for knob in rounds.KNOBS["friedman1"])
    return [(f"{10 ** alphas[x]:.2g}", f"{10 ** gammas[y]:.2g}") for x, y in path]


def lucky(number: int) -> list:
    """25 settings, of which the last is the lowest cell of the round's map."""
    table = cells(number)
    lowest = divmod(int(table.to_numpy().argmin()), table.shape[1])
    others = [[x, 0] for x in range(24)]
    return typed(number, [*others, list(lowest)])


@pytest.mark.parametrize(
    ("number", "settings"),
    [
        (1, some_settings(30)[:25]),
        (3, [(n, 4) for n in range(300, 325)]),
        (2, lucky(2)),  # four trees
        (6, ridge_settings(6)),
        (8, lucky(8)),
        (7, typed(7, stored("round-7")["moves"]["random"])),  # the opponent's own moves
    ],
)
def test_the_verdict_is_that_of_compare_pairs(play, number, settings):
    problem = rounds.ROUNDS[number][0]
    about, kept = rounds.ABOUT[problem], np.array(rounds.KEPT[problem])
    unit, table = 10 ** about["digits"], cells(number)
    tab = play(f"#round={number}")
    finish(tab, settings)
    paths = {"you": as_cells(number, settings)} | stored(f"round-{number}")["moves"]
    best = {n: min(path, key=lambda at: table.loc[at[0], at[1]]) for n, path in paths.items()}
    worth = {
        name: others(problem)[:, np.abs(kept - x).argmin(), y] / unit
        for name, (x, y) in best.items()
    }
    text = tab.inner_text("#game-score").split("\n")
    for rival in ("random", "Bayesian"):
        said_of_rival = next(
            li for li in text if f"{rival} search".lower() in li.lower() and "map" in li
        )
        gap = worth["you"] - worth[rival]
        if not gap.std():
            assert "are the same" in said_of_rival
            continue
        judged = compare_pairs(worth["you"], worth[rival], margin=about["margin"])
        word = {"better": "Better:", "worse": "Worse:", "tie": "A tie:", "undecided": "Undecided:"}
        assert word[judged.verdict] in said_of_rival, (judged, said_of_rival)
        assert f"is lower on {(gap < -1e-9).sum()}." in said_of_rival
        lead = int(table.loc[*best["you"]]) - int(table.loc[*best[rival]])
        assert ("You beat" in said_of_rival) == (lead < 0)
        assert ("smaller than that noise" in said_of_rival) == (
            lead != 0 and bool(abs(lead) / unit < gap.std(ddof=1))
        )
    mean = rows(tab, SCORE)[0][4]
    x = best["you"][0]
    assert mean.startswith(f"{worth['you'].mean():.{about['digits']}f}")
    assert ("(at " in mean) == (x not in kept)


def test_the_map_stays_hidden_until_the_last_trial(play):
    tab = play("#round=1")
    assert tab.locator("#game-map image").count() == 0
    assert tab.is_hidden("#game-end")
    finish(tab, some_settings(30)[:25])
    assert tab.locator("#game-map image").count() == 1
    assert tab.locator("#game-map .game-path").count() == 3
    tab.uncheck("#game-show-random")
    assert tab.is_hidden("#game-path-random") and tab.is_visible("#game-path-Bayesian")


def test_sliders_pointer_and_typing_choose_the_same_setting(play):
    tab = play("#round=1")
    tab.focus("#game-knob-0")
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    assert tab.input_value("#game-typed-0") == "2"
    tab.fill("#game-typed-1", "20")
    assert tab.input_value("#game-knob-1") == "20"
    box = tab.locator("#game-map").bounding_box()
    tab.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    assert 400 < int(tab.input_value("#game-knob-0")) < 600
    assert 8 < int(tab.input_value("#game-knob-1")) < 13


@pytest.mark.parametrize("nonsense", ["", "0", "1001", "-5", "2.5"])
def test_a_value_that_cannot_be_spends_no_trial(play, nonsense):
    tab = play("#round=1")
    tab.fill("#game-typed-0", nonsense)
    tab.press("#game-typed-0", "Enter")
    assert tab.inner_text("#game-left") == "25 of 25 trials left"
    assert tab.evaluate("document.getElementById('game-typed-0').validationMessage")


def test_on_a_logarithmic_knob_one_types_the_value_itself(play):
    tab = play("#round=5")
    tab.fill("#game-typed-0", "0.01")
    assert tab.input_value("#game-knob-0") == "-2"
    tab.press("#game-typed-0", "Enter")
    assert "alpha 0.010, " in said(tab)
    assert tab.get_attribute("#game-knob-0", "aria-valuetext") == "alpha 0.010"


def test_a_repeated_setting_costs_nothing(play):
    tab = play("#round=3")
    for _ in range(2):
        tab.click("#game-form button")
    assert "No trial was spent" in said(tab)
    assert tab.inner_text("#game-left") == "24 of 25 trials left"


@every_round
def test_a_round_opens_by_its_number(play, number):
    tab = play(f"#round={number}")
    assert said(tab).startswith(f"Round {number}: ")
    assert tab.input_value("#game-round") == str(number)


def test_an_unknown_round_is_said_and_the_next_one_opens(play):
    tab = play("#round=99")
    assert said(tab) == "There is no round 99; this is round 1."
    tab.select_option("#game-round", "5")
    tab.wait_for_function("document.getElementById('game-said').textContent.includes('Round 5')")
    assert tab.evaluate("location.hash") == "#round=5"
    tab.click("#game-form button")
    middle = cells(5).loc[17, 25] / 1000  # halfway, where a round begins
    assert f"gives {middle:.3f}." in said(tab)


def test_what_was_tried_survives_a_reload_and_each_round_keeps_its_own(play, address):
    tab = play("#round=1", address)  # of a file, a busy Chromium may forget the last write
    tab.click("#game-form button")
    before = rows(tab, "#game-tries")
    tab.reload()
    tab.wait_for_selector("#game:not(.game-waiting)")
    assert rows(tab, "#game-tries") == before and len(before) == 1
    tab.evaluate("location.hash = 'round=2'")
    tab.wait_for_function("document.getElementById('game-said').textContent.includes('Round 2')")
    assert tab.inner_text("#game-left") == "25 of 25 trials left"


def memory(number: int, kind: str = "trials") -> str:
    return f"hyperparameter-sweeps-game-{stored('index')['version']}-{kind}-{number}"


@pytest.mark.parametrize("kept", ["[[1]]", '"x"', "{", "[[0, 99]]", "null"])
def test_a_spoilt_memory_starts_the_round_afresh(play, kept):
    tab = play("#round=1", init=f"localStorage.setItem('{memory(1)}', '{kept}')")
    assert tab.inner_text("#game-left") == "25 of 25 trials left"


def test_the_first_play_of_a_round_is_the_one_that_counts(play):
    tab = play("#round=4")
    finish(tab, some_settings(30)[:25])
    first = rows(tab, "#game-score > :last-child")
    assert first[0][0] == "4" and "; elsewhere " in first[0][1]
    tab.click("#game-again")
    tab.wait_for_selector("#game-form:not([hidden])")
    assert tab.is_hidden("#game-end") and tab.is_hidden("#game-uncovered")
    finish(tab, lucky(4))
    assert rows(tab, "#game-score > :last-child") == first


@pytest.mark.parametrize("name", ["constructor", "toString", "0", "x"])
def test_no_name_of_a_round_breaks_the_page(play, name):
    assert said(play(f"#round={name}")) == f"There is no round {name}; this is round 1."


def test_back_and_other_anchors_keep_address_and_round_together(play):
    tab = play()
    tab.select_option("#game-round", "4")
    tab.wait_for_function("document.getElementById('game-said').textContent.includes('Round 4')")
    tab.evaluate("location.hash = 'how-to-play'")
    assert tab.input_value("#game-round") == "4"
    tab.go_back()
    tab.go_back()
    tab.wait_for_function("document.getElementById('game-said').textContent.includes('Round 1')")


@pytest.mark.parametrize("lost", ["others-forest", "round-2"])
def test_a_missing_file_is_said_and_loses_no_game(browser, site, lost):
    context = browser.new_context()
    context.route(f"**/{lost}.js", lambda route: route.abort())
    tab = context.new_page()
    tab.goto(f"{site.as_uri()}/book/game.html#round=1")
    tab.wait_for_selector("#game:not(.game-waiting)")
    if lost == "round-2":
        tab.select_option("#game-round", "2")
        tab.wait_for_function("document.body.innerText.includes('could not be loaded')")
        assert tab.input_value("#game-round") == "1"
    finish(tab, some_settings(30)[:25])
    assert ("nothing can be said of luck" in tab.inner_text("#game-score")) == (lost != "round-2")
    assert tab.is_visible("#game-next")
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_fault_before_and_after(play, axe_faults, address, theme, width):
    tab = play("#round=1", address, theme, width)
    for settings in (some_settings(30)[:3], some_settings(30)[3:25]):
        if len(settings) > 3:
            finish(tab, settings)
            tab.evaluate("document.querySelectorAll('details').forEach(e => (e.open = true))")
        else:
            for setting in settings:
                for i, value in enumerate(setting):
                    tab.fill(f"#game-typed-{i}", str(value))
                tab.press("#game-typed-1", "Enter")
        assert not axe_faults(tab)
        assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_on_paper_stand_the_map_and_the_numbers_alone(play):
    tab = play("#round=1")
    tab.click("#game-form button")
    tab.emulate_media(media="print")
    assert tab.is_hidden("#game-form") and tab.is_hidden("#game-round")
    assert tab.is_visible("#game-map") and tab.is_visible("#game-tries table")
    tab.emulate_media(media="screen")
    finish(tab, some_settings(30)[:24])
    tab.emulate_media(media="print")
    assert tab.is_hidden("#game-next") and tab.is_hidden("#game-legend")
    assert tab.is_visible("#game-map image") and tab.is_visible("#game-score table >> nth=0")


def test_without_scripts_the_page_says_what_is_missing(browser, site):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{site.as_uri()}/book/game.html")
    assert "JavaScript" in tab.inner_text("#game-wait")
    context.close()


# How it looks and feels


def contrasts(tab) -> list[float]:
    """Of the outline of each mark, against the page behind it."""
    return tab.evaluate(
        """() => {
            const light = (colour) => {
                const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
                const [r, g, b] = parts.map((c) =>
                    c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const page = light(getComputedStyle(document.body).backgroundColor);
            return [...document.querySelectorAll("#game-map .game-mark")].map((mark) => {
                const edge = light(getComputedStyle(mark).stroke);
                const [low, high] = [page, edge].sort((a, b) => a - b);
                return (high + 0.05) / (low + 0.05);
            });
        }"""
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_mark_stands_out_from_the_page(play, theme):
    tab = play("#round=1", theme=theme)
    for setting in some_settings(8):
        for i, value in enumerate(setting):
            tab.fill(f"#game-typed-{i}", str(value))
        tab.press("#game-typed-1", "Enter")
    found = contrasts(tab)
    assert len(found) >= 7 and min(found) >= 3


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_map_button_and_news_are_on_the_first_screen_and_nothing_jumps(
    browser, address, width, height
):
    context = browser.new_context(viewport={"width": width, "height": height})
    tab = context.new_page()
    tab.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((e) => {
            if (!e.hadRecentInput) window.shift += e.value;
        })).observe({ type: "layout-shift", buffered: true });"""
    )
    tab.goto(f"{address}/book/game.html#round=1")
    tab.wait_for_selector("#game:not(.game-waiting)")
    tab.wait_for_timeout(500)
    assert tab.evaluate("window.shift") < 0.05
    for box in ("#game-map", "#game-form button"):
        found = tab.locator(box).bounding_box()
        assert found["y"] + found["height"] <= height, box
    assert tab.locator("#game-said").bounding_box()["y"] <= height - 24
    context.close()


def test_trials_left_are_pips_and_the_lines_of_all_three_go_on(play):
    tab = play("#round=1")
    for made in range(3):
        assert tab.locator(".game-pip:not(.game-spent)").count() == 25 - made
        assert tab.locator("#game-lines .game-line").count() == (3 if made else 0)
        tab.fill("#game-typed-0", str(100 + made))
        tab.press("#game-typed-0", "Enter")
    table, words = cells(1), tab.get_attribute("#game-lines svg", "aria-label")
    for name, path in stored("round-1")["moves"].items():
        lowest = min(table.loc[x, y] for x, y in path[:3])
        assert f"{name} {lowest / 100:.2f}" in words


def test_a_second_click_at_the_same_place_tries_it(play):
    tab = play("#round=1")
    box = tab.locator("#game-map").bounding_box()
    place = box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5
    tab.mouse.click(*place)
    assert tab.inner_text("#game-left") == "25 of 25 trials left"
    tab.mouse.click(*place)
    assert tab.inner_text("#game-left") == "24 of 25 trials left"
    tab.mouse.click(place[0] + 90, place[1])
    assert tab.inner_text("#game-left") == "24 of 25 trials left"


def test_the_moves_can_be_replayed(play):
    tab = play("#round=1")
    finish(tab, some_settings(30)[:25])
    assert tab.locator("#game-path-you .game-mark").count() == 26  # the best is drawn large as well
    tab.fill("#game-replay-slider", "3")
    assert tab.locator("#game-path-you .game-mark").count() == 4


def test_the_last_question_is_answered_beside_the_guess(play):
    tab = play("#round=1")
    finish(tab, lucky(1), lasts=False)
    said_of_bet = tab.inner_text("#game-bet-said")
    assert said_of_bet.startswith("You guessed that it does not last. Of your two leads")
    words = tab.get_attribute("#game-score svg", "aria-label")
    better = sum(f"{rival} search: better" in words for rival in ("random", "Bayesian"))
    assert f"on this map {better or 'none'} is better" in said_of_bet


def test_the_old_address_leads_to_the_game(browser, site):
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(f"{site.as_uri()}/book/race.html#round=3")
    tab.wait_for_selector("#game:not(.game-waiting)")
    assert tab.url.endswith("/book/game.html#round=3")
    assert said(tab).startswith("Round 3: ")
    context.close()


@pytest.mark.parametrize("margin", [0.0, 0.5, 3.0])
def test_the_pages_statistics_are_sweeplibs(play, margin):
    tab, rng = play(), np.random.default_rng(0)
    for shift in (0.0, 0.4, 2.0):
        yours, theirs = rng.normal(shift, 1, 20), rng.normal(0, 1, 20)
        found = tab.evaluate(
            "([a, b, t, m]) => GameStatistics.compare(a, b, t, m)",
            [yours.tolist(), theirs.tolist(), float(student.ppf(0.975, 19)), margin],
        )
        judged = compare_pairs(yours, theirs, margin=margin)
        for name in ("mean", "sd", "low", "high"):
            assert found[name] == pytest.approx(getattr(judged, name))
        assert (found["verdict"], found["matters"]) == (judged.verdict, judged.matters)
