"""Where things lie, and what browsers are called: written once."""

import shutil
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
