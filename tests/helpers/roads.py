"""The usual other ways to install, build, run and test the book: python tests/helpers/roads.py

Each is tried in a fresh clone, in an environment made by `pip install -r requirements.txt` alone,
held to the lock's versions, since outputs are compared with stored ones. A road must end well, or
in one line that says what to type. With --quick `pytest` runs chapter 1 and one file of tests.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
READERS = [f"0{n}" for n in (6, 7, 8, 9)]  # the chapters that read stored trials
ROADS = {}


def road(name: str):
    """Register a way to go; the function raises AssertionError where it ends badly."""
    return lambda function: ROADS.setdefault(name, function)


class Place:
    """A clone of the project and its environment."""

    def __init__(self, folder: Path):
        self.folder, self.bin = folder / "clone", folder / "venv/bin"
        self.environment = {n: v for n, v in os.environ.items() if n != "VIRTUAL_ENV"}
        self.environment["PATH"] = f"{self.bin}:{os.environ['PATH']}"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(self.folder)], check=True)
        self.make_environment(folder / "venv", "-r", "requirements.txt")

    def fresh_clone(self, name: str) -> Path:
        clone = self.folder.parent / name
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        return clone

    def make_environment(self, folder: Path, *what: str) -> None:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        held = self.environment | {"PIP_CONSTRAINT": str(self.folder / "requirements.lock")}
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", *what]
        subprocess.run(pip, cwd=self.folder, env=held, check=True)

    def run(self, *command: str, folder: str = ".") -> subprocess.CompletedProcess:
        return subprocess.run(
            command, cwd=self.folder / folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def ends_well(self, *command: str, folder: str = ".") -> str:
        ended = self.run(*command, folder=folder)
        assert ended.returncode == 0, "\n".join(ended.stdout.splitlines()[-15:])
        return ended.stdout

    def run_notebook(self, path: Path, folder: str) -> None:
        """As an editor or papermill does, with any folder as the working folder."""
        client = NotebookClient(
            nbformat.read(path, as_version=4), timeout=3600, kernel_name="python3",
            resources={"metadata": {"path": self.folder / folder}},
        )  # fmt: skip
        before = os.environ["PATH"]
        os.environ["PATH"] = self.environment["PATH"]  # the kernel is the clone's `python`
        try:
            client.execute()
        finally:
            os.environ["PATH"] = before


@road("jupyter-book build .")
def jupyter_book(place):
    place.ends_well("jupyter-book", "build", ".")
    assert (place.folder / "_build/html/book/index.html").is_file()


@road("jupyter-book build book/")
def jupyter_book_in_the_wrong_folder(place):
    ended = place.run("jupyter-book", "build", "book/")
    said = ended.stdout.splitlines()[-1]
    assert ended.returncode and "Type there: jupyter-book build ." in said, ended.stdout
    assert "Traceback" not in ended.stdout


@road("make book runs a changed notebook, and leaves notebooks/ alone")
def build_with_a_changed_notebook(place):
    path = place.folder / "notebooks/01_one_model.ipynb"
    stored = path.read_text(encoding="utf8")
    changed = json.loads(stored)
    first = next(c for c in changed["cells"] if c["cell_type"] == "code")
    first["source"] = ["".join(first["source"]) + "\nprint(6 * 7_000_001)"]
    path.write_text(json.dumps(changed), encoding="utf8")
    try:
        said = place.ends_well("python", "tools/build_site.py")
        assert "01_one_model.ipynb: its stored outputs were made with other code" in said, said
        page = (place.folder / "_build/html/notebooks/01_one_model.html").read_text("utf8")
        assert "42000006" in page
        status = place.ends_well("git", "status", "--short", "--ignored", "notebooks")
        assert status.split() == ["M", "notebooks/01_one_model.ipynb"], status
    finally:
        path.write_text(stored, encoding="utf8")


@road("pytest")
def pytest(place, quick=False):
    what = ["notebooks/01_one_model.ipynb", "tests/test_sweep.py"] if quick else []
    place.ends_well("pytest", *what)


@road("pytest --nbval-lax notebooks/01_one_model.ipynb")
def nbval_lax(place):
    said = place.ends_well("pytest", "--nbval-lax", "notebooks/01_one_model.ipynb")
    assert re.search(r"\d\d passed", said), said


def answer(wanted: urllib.request.Request, patience: int = 120):
    """A server's answer; it says its address before it listens."""
    while True:
        try:
            return urllib.request.urlopen(wanted, timeout=300)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError) or not patience:
                raise
        patience -= 1
        time.sleep(1)


@road("jupyter lab, from the root and from notebooks/")
def jupyter_lab(place):
    for folder in (".", "notebooks"):
        command = ["jupyter", "lab", "--no-browser", "--port=0", "--ServerApp.token=roads"]
        command += ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        lab = subprocess.Popen(
            command, cwd=place.folder / folder, env=place.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            lines = iter(lab.stdout.readline, "")
            found = (re.search(r"(http://(?:localhost|127[\d.]+):\d+)/lab", line) for line in lines)
            address = next(match for match in found if match)[1]
            above = "" if folder == "notebooks" else "notebooks/"
            session = {"path": f"{above}01_one_model.ipynb", "type": "notebook", "name": ""}
            session["kernel"] = {"name": "python3"}
            for path, body in (("lab", None), ("api/sessions", json.dumps(session).encode())):
                wanted = urllib.request.Request(
                    f"{address}/{path}", data=body, headers={"Authorization": "token roads"}
                )
                assert answer(wanted).status in (200, 201)
            time.sleep(1)
        finally:
            lab.terminate()
            lab.wait()


@road("jupyter nbconvert --execute")
def nbconvert(place):
    out = ["--to", "html", "--output-dir", str(place.folder.parent / "converted")]
    for name in ("01_one_model", "07_honest_score"):
        place.ends_well("jupyter", "nbconvert", *out, "--execute", f"notebooks/{name}.ipynb")


@road("a notebook run with the root, or notebooks/, as its folder")
def notebooks_elsewhere(place):
    for path in sorted((place.folder / "notebooks").glob("[0-9]*.ipynb")):
        if path.name[:2] in [*READERS, "01"]:
            for folder in (".", "notebooks"):
                place.run_notebook(path, folder)


@road("pip install . and import sweeplib elsewhere")
def pip_install(place):
    folder = place.folder.parent / "installed"
    place.make_environment(folder, ".")
    code = "import sweeplib; print(len(sweeplib.load_split()[0])); sweeplib.load_trials('forest')"
    ended = subprocess.run(
        [str(folder / "bin/python"), "-c", code], cwd=folder, capture_output=True, text=True
    )
    assert ended.returncode == 0 and ended.stdout == "353\n", ended.stderr


@road("Binder: what .binder asks for, typed as repo2docker types it")
def binder(place):
    folder, clone = place.folder.parent / "binder", place.fresh_clone("binder-clone")
    version = (clone / ".binder/runtime.txt").read_text().strip().removeprefix("python-")
    subprocess.run([f"python{version}", "-m", "venv", str(folder)], check=True)
    environment = place.environment | {"PATH": f"{folder}/bin:{os.environ['PATH']}"}
    for command in (
        ["pip", "install", "--quiet", "--no-cache-dir", "-r", ".binder/requirements.txt"],
        ["./.binder/postBuild"],
        ["jupyter", "lab", "--version"],
        executed("notebooks/09_more_knobs.ipynb", folder),
    ):
        ends_well(command, clone, environment)


@road("a codespace: its onCreateCommand, and the interpreter that its editor is told")
def codespace(place):
    clone = place.fresh_clone("codespace")
    container = json.loads((clone / ".devcontainer/devcontainer.json").read_text())
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    ends_well(["sh", "-c", container["onCreateCommand"]], clone, environment)
    told = container["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    python = told.replace("${containerWorkspaceFolder}", str(clone))
    convert = [python, "-m", *executed("notebooks/01_one_model.ipynb", place.folder.parent)]
    ends_well(convert, clone, environment)


@road("a downloaded chapter, opened alone where there is no sweeplib")
def chapter_alone(place):
    folder = place.folder.parent / "alone"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = str(folder / "bin/python")
    ends_well([python, "-m", "pip", "install", "--quiet", "nbconvert", "ipykernel"], folder)
    archive = folder / "main.zip"  # as GitHub offers it
    pack = ["git", "archive", "--format=zip", "--prefix=book-main/", f"--output={archive}", "HEAD"]
    ends_well(pack, place.folder)
    copy = "import alone, sys; print(alone.with_origin(open(sys.argv[1], encoding='utf8').read()))"
    for name in ("09_more_knobs", "12_your_own_sweep"):  # stored trials, and the template
        made = subprocess.run(
            [sys.executable, "-c", copy, str(place.folder / f"notebooks/{name}.ipynb")],
            cwd=place.folder / "tools", capture_output=True, text=True, check=True,
            env=os.environ | {"GITHUB_REPOSITORY": "made-up/book"},
        ).stdout  # fmt: skip
        address = "https://github.com/made-up/book/archive/main.zip"
        assert address in made
        mailed = folder / f"{name}.ipynb"
        mailed.write_text(made.replace(address, archive.as_uri()), encoding="utf8")
        ends_well([python, "-m", *executed(mailed, folder / "run")], folder)


def executed(notebook: Path | str, out: Path) -> list[str]:
    """The words after `python -m`, or alone, that run a notebook and keep the copy elsewhere."""
    options = ["--execute", "--to", "notebook", "--output-dir", str(out)]
    return ["jupyter", "nbconvert", *options, str(notebook)]


def ends_well(command: list[str], folder: Path, environment: dict | None = None) -> None:
    ended = subprocess.run(
        command, cwd=folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert ended.returncode == 0, "\n".join(ended.stdout.splitlines()[-15:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="not all of `pytest`")
    quick = parser.parse_args().quick
    report = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        for name, go in ROADS.items():
            try:
                go(place, quick) if go is pytest else go(place)
                report[name] = "ends well"
            except Exception as error:
                report[name] = f"ENDS BADLY: {error}"
            print(f"{name}: {report[name]}", flush=True)
    sys.exit(any("BADLY" in said for said in report.values()))


if __name__ == "__main__":
    main()
