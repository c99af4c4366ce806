"""The built site and a browser, for all tests that look at pages."""

import functools
import http.server
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from child_sweeps import as_script
from filelock import FileLock
from paths import ROOT, find_browser
from playwright.sync_api import sync_playwright

CHROMIUM = find_browser()
QUIET_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-sync",
]


# What takes long begins first, so that no core waits for it at the end. (pytest-xdist hands files
# out in this order, each to one worker.)
LONGEST = [
    "04_bayesian_search.ipynb",
    "test_site.py",
    "test_workshop.py",
    "test_journal_durability.py",
    "test_game.py",
    "05_gradient_descent.ipynb",
    "07_honest_score.ipynb",
    "03_random_search.ipynb",
    "02_grid_search.ipynb",
    "06_fair_race.ipynb",
    "test_exercises.py",
    "test_stored_trials.py",
    "11_sweeps_at_scale.ipynb",
    "12_your_own_sweep.ipynb",
    "13_elsewhere.ipynb",
    "test_dask.py",
    "test_own_sweep.py",
    "08_successive_halving.ipynb",
    "01_one_model.ipynb",
    "09_more_knobs.ipynb",
    "test_forest.py",
    "test_objectives.py",
]


def pytest_collection_modifyitems(items):
    place = {name: i for i, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


@pytest.fixture(scope="session")
def processes():
    """Where child processes come from: forked off a server that has the library loaded."""
    context = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
    context.set_forkserver_preload(["sweeplib"])
    return context


@pytest.fixture
def run_script(processes):
    """A function: run a file in its folder, in a process of its own; what it failed with."""

    def run(script: Path, *arguments: str) -> str:
        said = script.with_name("standard error")
        child = processes.Process(target=as_script, args=(script, arguments, said))
        child.start()
        child.join()
        return said.read_text(encoding="utf8") if child.exitcode else ""

    return run


@pytest.fixture
def journal(tmp_path) -> Path:
    """Where a test keeps its journal."""
    return tmp_path / "sweep.jsonl"


@pytest.fixture
def log(tmp_path) -> Path:
    """Where the objectives of a test write what they did."""
    return tmp_path / "fits.log"


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """A function: a folder, made by the first worker of a run that asks for it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def made(name: str, tool: str, *options: str) -> Path:
        out = shared / name
        with FileLock(shared / f"{name}.lock"):
            if not out.exists():
                command = [sys.executable, str(ROOT / "tools" / tool), *options, "--out", str(out)]
                ended = subprocess.run(command, capture_output=True, text=True)
                if ended.returncode:
                    shutil.rmtree(out, ignore_errors=True)
                assert ended.returncode == 0, ended.stdout + ended.stderr
        return out

    return made


@pytest.fixture(scope="session")
def site(made_once) -> Path:
    """The site, built from the stored outputs; any warning fails every test here."""
    return made_once("site", "build_site.py", "--run", "none") / "html"


@pytest.fixture(scope="session")
def workshop(made_once) -> Path:
    """The zips and the decks, no address given."""
    return made_once("workshop", "make_workshop.py")


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
def soup(site):
    """A function: page name -> its parsed HTML."""

    @functools.cache
    def parse(page: str) -> BeautifulSoup:
        return BeautifulSoup((site / f"{page}.html").read_text(encoding="utf8"), "html.parser")

    return parse


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium or Chrome on the PATH: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe_faults():
    """A function: what axe finds on a page; ``contrast`` selects where it looks at contrast."""
    source = Axe().axe_script

    def faults(tab, contrast: str = "*") -> list[tuple[str, list[str]]]:
        if not tab.evaluate("'axe' in window"):
            tab.evaluate(source)
        return tab.evaluate(
            """async (selector) => {
                axe.configure({ rules: [{ id: "color-contrast", selector }] });
                const options = { resultTypes: ["violations"], preload: false };
                const { violations } = await axe.run(document, options);
                return violations.map((v) => [v.id, v.nodes.map((n) => n.html)]);
            }""",
            contrast,
        )

    return faults
