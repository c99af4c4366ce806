"""Buttons that lead to the repository, where the build knows one: GITHUB_REPOSITORY, as owner/name.

GitHub's own runners set it. Elsewhere, and in a copy of the book, there are no such buttons.
"""

from paths import branch, repository
from sphinx.application import Sphinx
from sphinx.config import Config


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", add_buttons, priority=10)  # before the theme reads its options
    app.connect("html-page-context", offer_codespaces, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def add_buttons(app: Sphinx, config: Config) -> None:
    if name := repository():
        config.html_theme_options |= {
            "repository_url": f"https://github.com/{name}",
            "repository_branch": branch(),
            "use_repository_button": True,
            "use_edit_page_button": True,
            "use_issues_button": True,
            "launch_buttons": {
                "binderhub_url": "https://mybinder.org",
                "notebook_interface": "jupyterlab",
            },
        }


def offer_codespaces(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Below Binder, on the pages of chapters; both with icons of the book's own font."""
    for group in context.get("header_buttons", []):
        if group.get("label") == "launch-buttons" and (name := repository()):
            for button in group["buttons"]:
                button["icon"] = "fas fa-play"
            group["buttons"].append({
                "type": "link",
                "url": f"https://codespaces.new/{name}",
                "text": "Codespaces",
                "tooltip": "Open the repository in a GitHub codespace",
                "icon": "fas fa-terminal",
                "label": "launch-codespaces-button",
            })  # fmt: skip
