"""Build the site: python tools/build_site.py [--run WHICH | --pdf | --links] [--out DIR]

It shows the outputs stored in the notebooks. Those that were made with other code, another
sweeplib, other stored trials or another lock file are made anew first (--run outdated), for the
site alone: nothing is written into notebooks/, which is what `make notebooks` is for. --run all
runs every notebook, --run none shows what is stored as it is.

Every warning is an error, and every page is built anew. With --pdf the whole book is printed as
well, and the site links it; with --links nothing is built: every link to another machine is
tried. SITE_URL, if set, is the address the site will have.
"""

import argparse
import os
import sys
import time
from collections.abc import Collection
from pathlib import Path

from paths import ROOT, chapters
from print_pdf import PDF, a_browser, print_pdf
from run_notebooks import outdated


def run_sphinx(folder: Path, builder: str = "html", run: Collection[Path] = ()) -> None:
    """Let Sphinx build into the folder; the notebooks in ``run`` are run, the others are not."""
    from jupyter_book.sphinx import build_sphinx  # slow to import
    from sphinx.util.console import color_terminal, nocolor

    if not color_terminal():
        nocolor()
    site = os.environ.get("SITE_URL", "")
    # What `jupyter-book build . -W -n --keep-going --all` calls. Called here, because that
    # command line cannot say which notebooks to run.
    failed = build_sphinx(
        ROOT,
        folder,
        noconfig=True,
        path_config=ROOT / "_config.yml",
        confoverrides={
            "nb_execution_mode": "force" if run else "off",
            "nb_execution_excludepatterns": [p.name for p in chapters() if p not in run],
            "nb_execution_in_temp": True,  # what a chapter writes does not land in notebooks/
            "nitpicky": True,
            "latex_individualpages": False,
            "html_baseurl": site,
            "ogp_site_url": site,
        },
        builder=builder,
        warningiserror=True,
        keep_going=True,
        freshenv=True,
        force_all=True,
        quiet=not run and builder != "linkcheck",
    )
    if failed:
        sys.exit("Not built: the warnings and errors stand above.")


def build(out: Path, run: Collection[Path] = (), with_pdf: bool = False) -> Path:
    """Build the site into out/html and return its first page."""
    if not with_pdf:
        (out / "html" / PDF).unlink(missing_ok=True)  # it shows another state
    run_sphinx(out / "html", run=run)
    first = out / "html" / "index.html"
    if not (out / "html" / "book" / "index.html").is_file() or not first.is_file():
        sys.exit("The site was not built: it has no first page.")
    return first


def to_run(which: str) -> list[Path]:
    """The notebooks to run, and a word on each that is outdated."""
    if which == "none":
        return []
    differs = outdated()
    for path, parts in differs.items():
        print(f"{path.name}: its stored outputs were made with other {', '.join(parts)}")
    if differs and which == "outdated":
        print("Running these anew, for this site alone; `make notebooks` stores what they print.")
    return chapters() if which == "all" else list(differs)


def build_pdf(out: Path) -> Path:
    """Print the whole book into out/html, where the site links it."""
    browser = a_browser()  # before anything is built
    pages = out / "pdf" / "singlehtml"
    run_sphinx(pages, "singlehtml")
    # It is written where the first page of the book lies, but its links start at the root.
    text = (pages / "book" / "index.html").read_text(encoding="utf8")
    whole = pages / "whole.html"
    whole.write_text(text.replace('href="book/index.html#', 'href="#'), encoding="utf8")
    (out / "html").mkdir(parents=True, exist_ok=True)
    print_pdf(browser, whole, out / "html" / PDF)
    return out / "html" / PDF


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--run", choices=["outdated", "all", "none"], default="outdated",
                     help="which notebooks to run (default: outdated)")  # fmt: skip
    parser.add_argument("--out", type=Path, default=ROOT / "_build", help="folder to build in")
    how.add_argument("--pdf", action="store_true", help="print the whole book as well")
    how.add_argument("--links", action="store_true", help="try the links to other machines")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    if arguments.links:
        return run_sphinx(out / "links", "linkcheck")
    started = time.perf_counter()
    if arguments.pdf:
        print(f"The whole book: {build_pdf(out)}")
    first = build(out, to_run("none" if arguments.pdf else arguments.run), arguments.pdf)
    print(f"Built in {time.perf_counter() - started:.0f} s. Open {first}")


if __name__ == "__main__":
    main()
