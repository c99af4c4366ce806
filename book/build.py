"""Build the site: python book/build.py [--run] [--out DIR]

Without --run the outputs stored in the notebooks are shown (seconds); with it every notebook
is run afresh, in notebooks/. Every warning is an error, and every page is built anew.
"""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def build(out: Path, run: bool) -> Path:
    """Build the site into out/html and return its first page."""
    from jupyter_book.sphinx import build_sphinx  # slow to import
    from sphinx.util.console import color_terminal, nocolor

    if not color_terminal():
        nocolor()
    # What `jupyter-book build . --toc book/_toc.yml -W -n --keep-going --all` calls. Called
    # here, because that command line cannot say whether to run the notebooks.
    failed = build_sphinx(
        ROOT,
        out / "html",
        noconfig=True,
        path_config=ROOT / "_config.yml",
        confoverrides={
            "external_toc_path": str(ROOT / "book" / "_toc.yml"),
            "nb_execution_mode": "force" if run else "off",
            "nitpicky": True,
            "latex_individualpages": False,
        },
        warningiserror=True,
        keep_going=True,
        freshenv=True,
        force_all=True,
        quiet=not run,
    )
    first = out / "html" / "index.html"
    if failed:
        sys.exit("The site was not built: the warnings and errors stand above.")
    if not (out / "html" / "book" / "index.html").is_file() or not first.is_file():
        sys.exit("The site was not built: it has no first page.")
    return first


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", action="store_true", help="run every notebook afresh")
    parser.add_argument("--out", type=Path, default=ROOT / "_build", help="folder to build in")
    arguments = parser.parse_args()
    started = time.perf_counter()
    first = build(arguments.out.resolve(), arguments.run)
    print(f"Built in {time.perf_counter() - started:.0f} s. Open {first}")


if __name__ == "__main__":
    main()
