"""The site's quizzes and guesses in a real browser, and what is left of them without scripts."""

import pytest

PAGE = "notebooks/01_one_model.html"


@pytest.fixture
def chapter(browser, site):
    """A tab on chapter 1, in a browser that remembers nothing yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    tab = context.new_page()
    tab.goto(f"{site.as_uri()}/{PAGE}")
    yield tab
    context.close()


def test_a_quiz_says_right_or_not_with_the_reason_and_counts(chapter):
    quizzes = chapter.locator("form.quiz")
    assert quizzes.count() >= 3
    first = quizzes.nth(0)
    assert first.locator("input[type=radio]").count() >= 3
    verdicts = []
    for k in range(first.locator("input").count()):
        first.locator("input").nth(k).check()
        first.locator("button").click()
        said = first.locator(".quiz-said").inner_text()
        assert len(said) > 60 and not said.startswith(("No", "Right:"))
        verdicts.append(said[0])
    assert sorted(verdicts) == ["✓"] + ["✗"] * (len(verdicts) - 1)
    first.locator("input").nth(verdicts.index("✓")).check()
    first.locator("button").click()
    assert chapter.locator(".quiz-score").inner_text().startswith(f"1 of {quizzes.count()} right")


def test_a_quiz_goes_by_keyboard_and_is_remembered(chapter):
    chapter.locator("form.quiz input").first.focus()
    chapter.keyboard.press("ArrowDown")
    chapter.keyboard.press("Enter")
    said = chapter.locator(".quiz-said").first.inner_text()
    assert said
    chapter.reload()
    assert chapter.locator("form.quiz input").nth(1).is_checked()
    assert chapter.locator(".quiz-said").first.inner_text() == said


def test_the_lines_of_an_option_stand_below_one_another(browser, site):
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    tab.goto(f"{site.as_uri()}/{PAGE}")
    gaps = tab.locator("form.quiz label").evaluate_all(
        """(all) => all.flatMap((label) => {
            const words = document.createRange();
            words.selectNodeContents(label);
            words.setStartAfter(label.querySelector("input"));
            const lines = [...words.getClientRects()].filter((line) => line.width > 4);
            const right = label.querySelector("input").getBoundingClientRect().right;
            return lines.map((line) => line.left - right);
        })"""
    )
    assert len(gaps) > 12 and min(gaps) >= 0
    tab.close()


def test_a_guess_is_marked_before_the_answer_shows(chapter):
    waiting = chapter.locator(".guess-waits")
    assert waiting.count() == chapter.locator("form.guess").count() >= 1
    chapter.locator("form.guess input").first.fill("sixty")
    before = waiting.count()
    chapter.keyboard.press("Enter")
    assert chapter.locator(".guess-waits").count() == before - 1
    assert chapter.locator(".guess-said").first.inner_text() == "You guessed: sixty"
    chapter.reload()
    assert chapter.locator(".guess-said").first.inner_text() == "You guessed: sixty"


def test_only_the_output_that_answers_a_guess_waits(browser, site):
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(f"{site.as_uri()}/notebooks/04_bayesian_search.html")
    # The chapter's first guess is answered by its text: the kernel's numbers below do not wait.
    assert tab.locator("form.guess").count() == tab.locator(".guess-waits").count() == 2
    assert "0.95 0.61 0.07" not in tab.locator(".guess-waits").all_inner_texts()
    context.close()


def test_a_figure_right_below_waits_with_the_answer(browser, site):
    tab = browser.new_page()
    tab.goto(f"{site.as_uri()}/notebooks/01_one_model.html")
    figure = tab.locator("#fig-noise-ladder")
    guess = tab.locator("form.guess input").last
    assert not figure.is_visible()
    guess.fill("the split")
    guess.press("Enter")
    assert figure.is_visible()
    tab.close()


def test_on_paper_no_answer_waits(chapter):
    chapter.emulate_media(media="print")
    hidden = chapter.evaluate(
        "() => [...document.querySelectorAll('.cell_output')]"
        ".filter((e) => getComputedStyle(e).visibility === 'hidden').length"
    )
    assert hidden == 0


def test_without_scripts_the_folds_stay(browser, site):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{site.as_uri()}/{PAGE}")
    assert tab.locator("section#check-yourself details").count() >= 9
    assert tab.locator("form.quiz, form.guess").count() == 0
    context.close()


def test_dark_code_prints_dark_on_light(browser, site):
    context = browser.new_context(color_scheme="dark")
    tab = context.new_page()
    tab.goto(f"{site.as_uri()}/{PAGE}")
    tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    tab.emulate_media(media="print")
    colours = tab.evaluate(
        """() => [...document.querySelectorAll(".highlight pre, .highlight pre span")].map(
            (e) => getComputedStyle(e).color.match(/[\\d.]+/g).slice(0, 3).map(Number))"""
    )
    assert len(colours) > 50 and max(max(colour) for colour in colours) < 150
    context.close()


@pytest.mark.parametrize(
    "selector", [".bd-sidebar-primary a", ".article-header-buttons button", "summary"]
)
def test_focus_is_seen(chapter, selector):
    chapter.keyboard.press("Tab")  # from here on the browser shows focus
    target = chapter.locator(f"{selector}:visible").first
    target.focus()
    style = target.evaluate(
        "(e) => getComputedStyle(e).outlineStyle + getComputedStyle(e).outlineWidth"
    )
    assert style == "solid3px"
