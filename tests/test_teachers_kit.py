"""The teacher's kit: unpacked, it has all that its pages name, and prints as the site does."""

import re
import subprocess
import sys
import zipfile
from urllib.parse import urldefrag

import pytest
from bs4 import BeautifulSoup
from paths import ROOT, chapters
from printed import sheets_of_paper
from teachers import PAGES

PAPER = {"run_sheets": 4, "before_after": 2, "forms": 3, "cheatsheet": 1}
every_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture(scope="module")
def kit(workshop, tmp_path_factory):
    out = tmp_path_factory.mktemp("kit")
    with zipfile.ZipFile(workshop / "hyperparameter-sweeps-teacher.zip") as archive:
        archive.extractall(out)
    return out / "hyperparameter-sweeps-teacher"


def read(path) -> str:
    return path.read_text(encoding="utf8")


def test_the_readme_names_all_that_is_there_to_read(kit):
    readme = read(kit / "README.md")
    for path in kit.glob("*.html"):
        assert f"`{path.name}`" in readme
    for name in re.findall(r"`(\w+\.html|slides/)`", readme):
        assert (kit / name).exists()
    assert len(list(kit.glob("slides/*.html"))) == len(chapters()) + 2


@every_page
def test_every_link_of_a_page_leads_somewhere(kit, name):
    page = BeautifulSoup(read(kit / f"{name}.html"), "html.parser")
    links = [a["href"] for a in page("a", href=True)]
    decks = {path.name: read(path) for path in kit.glob("slides/*.html")}
    for link in links:
        path, anchor = urldefrag(link)
        assert (kit / path).is_file(), link
        if anchor.startswith("/"):
            assert f'<section id="{anchor[1:]}"' in decks[path.split("/")[1]], link
    assert links or name in ("people", "forms", "cheatsheet")


@every_page
def test_a_page_is_whole_and_plain(kit, name):
    page = BeautifulSoup(read(kit / f"{name}.html"), "html.parser")
    source = read(PAGES[name])
    heads = [h.get_text() for h in page(["h1", "h2", "h3"])]
    wanted = re.findall(r"(?m)^#{1,3} (.+)", source)
    words = [re.sub(r"[`*’']", "", text) for text in wanted]
    assert [re.sub(r"[`*’']", "", text) for text in heads] == words
    assert not re.search(r"```|:::|\]\(|\{\w+\}|\*\*|\$", page.get_text())
    assert len(page.get_text().split()) > 0.6 * len(re.sub("<[^>]*>", "", source).split())


@every_page
def test_a_page_opens_without_a_network_and_prints_as_the_site_does(kit, browser, name):
    tab, asked = browser.new_page(), []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto((kit / f"{name}.html").as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [tab.url]
    if name in PAPER:
        assert sheets_of_paper(tab) == PAPER[name]
    tab.close()


@pytest.mark.parametrize("folder", ["teacher", "workshop"])
def test_the_game_is_played_from_the_unpacked_folder(workshop, tmp_path, browser, folder):
    with zipfile.ZipFile(workshop / f"hyperparameter-sweeps-{folder}.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / f"hyperparameter-sweeps-{folder}"
    tab, asked, errors = browser.new_page(), [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(f"{(folder / 'game.html').as_uri()}#round=3")
    tab.get_by_label("Round").wait_for()
    for depth in range(1, 21):
        tab.locator("#game-knobs input[type=number]").last.fill(str(depth))
        tab.get_by_role("button", name="Try this setting").click()
        tab.get_by_text(re.compile(f"^Trial {depth} of 25")).wait_for()
    assert not errors
    assert all(url.startswith((folder.as_uri(), "data:")) for url in asked)
    tab.close()


def test_the_script_runs_there_on_the_made_up_answers_and_says_what_the_page_says(kit):
    command = [sys.executable, "what_was_learnt.py", "made_up_answers.csv"]
    ran = subprocess.run(command, cwd=kit, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert f"```text\n{ran.stdout}```" in read(ROOT / "book/workshop/before_after.md")
    where = "import sys; sys.path.insert(0, ''); import sweeplib; print(sweeplib.__file__)"
    found = subprocess.run([sys.executable, "-c", where], cwd=kit, capture_output=True, text=True)
    assert found.stdout.startswith(str(kit))
