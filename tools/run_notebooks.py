"""Run notebooks and store their outputs: python tools/run_notebooks.py [NAME ...]

All of them, or those whose file name starts with a NAME (02, say). A second run leaves
every byte as it was: cells tagged ``nbval-ignore-output`` (timings, progress bars) keep
what they showed before, as long as all that the outputs are made with is unchanged.

notebooks/outputs.json says what the stored outputs of each chapter were made with, as
hashes: its code cells, sweeplib (and own_table), the stored trials that it reads, and the lock.
"""

import argparse
import hashlib
import json
import re
import time
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from paths import ROOT, chapters

# What a file says of its kernel: nothing that differs between machines.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
    },
}


def made_with(path: Path) -> dict[str, str]:
    """What the outputs of a chapter depend on, as hashes; the file lies in notebooks/."""
    root = path.parent.parent
    cells = json.loads(path.read_text(encoding="utf8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    library = [*root.glob("sweeplib/*.py"), *root.glob("sweeplib/*.mplstyle")]
    if any("own_table" in source for source in code):
        library += root.glob("notebooks/own_table/*.py")
    reads_trials = any("load_trials" in source for source in code)
    trials = [*root.glob("notebooks/trials/*.csv*"), *root.glob("notebooks/trials/*.json")]
    return {
        "code": hashlib.sha256(json.dumps(code).encode()).hexdigest()[:16],
        "sweeplib": _of_files(library),
        "stored trials": _of_files(trials if reads_trials else []),
        "lock": _of_files([root / "requirements.lock"]),
    }


def _of_files(paths: Iterable[Path]) -> str:
    """A hash of the files' names and contents; how lines end does not count."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(path.name.encode() + b"\0")
        found.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return found.hexdigest()[:16]


def outdated(root: Path = ROOT) -> dict[Path, list[str]]:
    """The chapters whose stored outputs were made with something else, and with what."""
    record = root / "notebooks/outputs.json"
    stored = json.loads(record.read_text(encoding="utf8")) if record.exists() else {}
    differs = {}
    for path in chapters(root):
        before, now = stored.get(path.stem, {}), made_with(path)
        if before != now:
            differs[path] = [part for part in now if before.get(part) != now[part]]
    return differs


def store(path: Path) -> None:
    """Run one notebook from top to bottom and write its outputs into the file."""
    notebook = nbformat.read(path, as_version=4)
    before = {cell.id: cell.get("outputs") for cell in notebook.cells}
    record, now = path.parent / "outputs.json", made_with(path)
    stored = json.loads(record.read_text(encoding="utf8")) if record.exists() else {}
    unchanged = stored.get(path.stem) == now
    NotebookClient(
        notebook,
        timeout=3600,
        record_timing=False,
        resources={"metadata": {"path": path.parent}},
    ).execute()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs = joined(cell.outputs)
        for output in cell.outputs:
            if "image/svg+xml" in output.get("data", {}):
                output.data["image/svg+xml"] = plain(output.data["image/svg+xml"])
        if "nbval-ignore-output" in cell.metadata.get("tags", []) and unchanged:
            cell.outputs = before[cell.id] or cell.outputs
    notebook.metadata = nbformat.from_dict(METADATA)
    nbformat.write(notebook, path)
    stored[path.stem] = now
    record.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n", encoding="utf8")


def joined(outputs: list) -> list:
    """The outputs, pieces of printed text joined: where they split is chance."""
    result = []
    for output in outputs:
        same = result and output.output_type == result[-1].output_type == "stream"
        if same and output.name == result[-1].name:
            result[-1].text += output.text
        else:
            result.append(output)
    return result


def plain(svg: str) -> str:
    """A drawing on one line, without the hour it was made and what no screen can show."""
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    number = re.compile(r"-?\d+\.\d{3,}")
    svg = re.sub(r"<[^>]*>", lambda tag: number.sub(_rounded, tag[0]), svg)
    return re.sub(r">\s+<", "><", re.sub(r"\s*\n\s*", " ", svg))


def _rounded(number: re.Match) -> str:
    return f"{float(number[0]):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=[""], help="how the file names start")
    names = tuple(parser.parse_args().names)
    for path in chapters():
        if path.name.startswith(names):
            started = time.perf_counter()
            store(path)
            print(f"{path.name}: ran in {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
