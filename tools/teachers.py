"""The teacher's kit: the workshop's pages as files to print, the game, the decks, and the script.

Each page is one HTML file without links to what the kit does not have. It keeps the names of its
sections, so that the rules by which the site prints it hold here, too.
"""

import re
from pathlib import Path

import zips
from docutils.core import publish_parts
from extensions.plans import with_clocks
from myst_parser.docutils_ import Parser
from paths import ROOT

BOOK = ROOT / "book"
PAGES = {  # name in the kit → page
    "teach": BOOK / "workshop/teach.md",
    "run_sheets": BOOK / "workshop/run_sheets.md",
    "people": BOOK / "workshop/people.md",
    "before_after": BOOK / "workshop/before_after.md",
    "answer_key": BOOK / "workshop/answer_key.md",
    "forms": BOOK / "workshop/forms.md",
    "cheatsheet": BOOK / "cheatsheet.md",
}
GAME = BOOK / "game.md"
KIT = ROOT / "tools/teacher_kit"
SETTINGS = {
    "doctitle_xform": False,  # one heading is a section, as on the site
    "initial_header_level": 1,
    "math_output": "MathML",  # formulas without a script
    "myst_enable_extensions": ["dollarmath", "attrs_inline"],
    "raw_enabled": True,
    "halt_level": 2,  # a warning is an error
}


def teachers_kit(decks: dict[str, str]) -> dict[str, bytes]:
    """Path → content of the teacher's folder; ``decks`` are file name → HTML."""
    content = zips.files({}, "")  # sweeplib and what sets it up, for the script
    for name, path in PAGES.items():
        content[f"{name}.html"] = page(path).encode()
    for name, text in decks.items():
        content[f"slides/{name}"] = text.encode()
    for name in ("README.md", "made_up_answers.csv"):
        content[name] = (KIT / name).read_bytes()
    content["what_was_learnt.py"] = (ROOT / "tools/what_was_learnt.py").read_bytes()
    content["answer_key.md"] = PAGES["answer_key"].read_bytes()
    return content | the_game()


def the_game() -> dict[str, bytes]:
    """Path → content of the game: its page, and beside it the scripts and the maps."""
    static = BOOK / "_static"
    scripts = {path.relative_to(static): path for path in (static / "game").rglob("*.js")}
    content = {name.as_posix(): path.read_bytes() for name, path in sorted(scripts.items())}
    content |= {
        f"game/{name}": (static / name).read_bytes() for name in ("try_parts.js", "book.css")
    }
    text = page(GAME, '<link rel="stylesheet" href="game/book.css">\n')
    content["game.html"] = re.sub(r"\.\./_static/(game/)?", "game/", text).encode()
    return content


def page(path: Path, looks: str = "") -> str:
    """A page as one HTML file; ``looks`` is what its head says beside the style of the kit."""
    text = with_clocks(for_the_kit(whole(path)))
    parts = publish_parts(text, parser=Parser(), writer_name="html5", settings_overrides=SETTINGS)
    title = re.search(r"(?m)^# (.+)", text)[1]
    body = parts["html_body"].replace("<main>", '<main class="bd-article">', 1)
    style = (KIT / "pages.css").read_text(encoding="utf8")
    return (
        '<!doctype html>\n<html lang="en" data-theme="light">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title} - Hyperparameter Sweeps</title>\n<link rel="icon" href="data:,">\n'
        f"{looks}<style>\n{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def whole(path: Path) -> str:
    """The text of a page with what it includes."""

    def included(match: re.Match) -> str:
        text = (path.parent / match["file"]).read_text(encoding="utf8")
        return text.split(match["after"], 1)[1].split(match["before"], 1)[0]

    directive = (
        r'```\{include\} (?P<file>\S+)\n:start-after: "(?P<after>.+)"\n'
        r':end-before: "(?P<before>.+)"\n```\n'
    )
    return re.sub(directive, included, path.read_text(encoding="utf8"))


def for_the_kit(text: str) -> str:
    """Markdown whose links lead to pages and decks of the kit; of all others the words stay."""

    def link(match: re.Match) -> str:
        words, name = match[1], Path(match[2]).stem
        inside = match[2].endswith(".md") and name in (*PAGES, GAME.stem)
        return f'<a href="{name}.html">{words}</a>' if inside else words

    text = re.sub(r"(?ms)^:::\{only\} not builder_html\n.*?^:::\n", "", text)
    text = re.sub(r"(?m)^:::.*\n", "", text)
    text = text.replace('href="../../_downloads/workshop/slides-', 'href="slides/slides-')
    text = re.sub(r'(?m)^<li><a href="\.\./.*\n', "", text)  # zips that lie beside this one
    return re.sub(r"\[([^\]]+)\]\((?!https?:)([^)]*)\)", link, text)
