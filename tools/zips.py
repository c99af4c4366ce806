"""Zip files that run on their own: notebooks, sweeplib and one command that sets them up."""

import zipfile
from pathlib import Path

from alone import with_origin
from paths import ROOT

STAMP = (2026, 1, 1, 0, 0, 0)  # the same bytes on every day
KIT = ROOT / "tools/download_kit"


def files(notebooks: dict[str, str], title: str, more: str = "") -> dict[str, bytes]:
    """Path → content of all that these notebooks (file name → JSON text) need to run.

    The README is told under ``title``, and says ``more`` where there is more to say.
    """
    content = {
        name: (text if name.startswith("00_") else with_origin(text)).encode()
        for name, text in notebooks.items()
    }
    if any("load_trials" in text for text in notebooks.values()):
        for path in sorted((ROOT / "notebooks/trials").glob("*")):
            if path.suffix in (".gz", ".csv", ".json"):
                content[f"trials/{path.name}"] = path.read_bytes()
    if any("own_table" in text for text in notebooks.values()):
        for path in sorted((ROOT / "notebooks/own_table").glob("*.py")):
            content[f"own_table/{path.name}"] = path.read_bytes()
    for path in sorted((ROOT / "sweeplib").iterdir()):
        if path.suffix in (".py", ".mplstyle"):
            content[f"sweeplib/{path.name}"] = path.read_bytes()
    content["start.py"] = (KIT / "start.py").read_bytes()
    content["requirements.txt"] = (KIT / "requirements.lock").read_bytes()
    content["LICENSE"] = (ROOT / "LICENSE").read_bytes()
    content["LICENSE-TEXT"] = (ROOT / "LICENSE-TEXT").read_bytes()
    readme = (KIT / "README.md").read_text(encoding="utf8")
    content["README.md"] = readme.format(title=title, more=more).encode()
    return content


def write_zip(path: Path, content: dict[str, bytes]) -> None:
    """Everything in one folder of the zip's own name; the same content gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in sorted(content.items()):
            entry = zipfile.ZipInfo(f"{path.stem}/{name}", STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)


def title_of(notebook: dict) -> str:
    """The heading of a notebook, given as parsed JSON."""
    return "".join(notebook["cells"][0]["source"]).splitlines()[0].removeprefix("# ")
