"""The footer of each page says which version this is."""

from importlib.metadata import version

from sphinx.application import Sphinx
from sphinx.config import Config


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", add_version)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def add_version(app: Sphinx, config: Config) -> None:
    config.html_theme_options["extra_footer"] = (
        f"Version {version('sweeplib')}. Code: BSD 3-clause licence. Text and figures: CC BY 4.0."
    )
