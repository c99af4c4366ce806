"""The book is built from the repository's root, with sweeplib installed, or not at all."""

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from paths import ROOT
from sphinx.application import Sphinx
from sphinx.config import Config


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", check_the_place)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def check_the_place(app: Sphinx, config: Config) -> None:
    """Stop in one line where the book cannot be built."""
    if Path(app.srcdir).resolve() != ROOT:
        sys.exit("The book is built from the repository's root. Type there: jupyter-book build .")
    try:
        version("sweeplib")
    except PackageNotFoundError:
        sys.exit("sweeplib is not installed here. Type: pip install -r requirements.txt")
