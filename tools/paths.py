"""Where things lie, and what browsers are called: written once."""

import os
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The names of Chromium and Chrome on the PATH, and where two systems keep them off it.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
INSTALLED_BROWSERS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("C:/Program Files/Google/Chrome/Application/chrome.exe"),
)


def chapters(root: Path = ROOT) -> list[Path]:
    """The notebooks of the book, in its order."""
    return sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def find_browser() -> str | None:
    """The path of Chromium or Chrome on this machine."""
    installed = (str(path) for path in INSTALLED_BROWSERS if path.exists())
    return next((p for p in map(shutil.which, BROWSERS) if p), None) or next(installed, None)


def repository() -> str:
    """owner/name of the repository on GitHub, where GITHUB_REPOSITORY says it, or nothing."""
    name = os.environ.get("GITHUB_REPOSITORY", "")
    if name and not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        sys.exit(f"GITHUB_REPOSITORY must be owner/name, got {name!r}")
    return name


def branch() -> str:
    """The branch that the book is built from."""
    return os.environ.get("BOOK_BRANCH", "main")
