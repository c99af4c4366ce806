"""Make the workshop's material from the chapters: python tools/make_workshop.py [--out DIR]

Participant notebooks (solutions out, blanks in), their zip, and a deck of slides for each
chapter. Everything comes from the cells and their tags; CONTRIBUTING.md says which tag does what.
"""

import argparse
import shutil
from pathlib import Path

import nbformat
import participants
import slides
import zips
from paths import ROOT, chapters


def participants_kit() -> dict[str, bytes]:
    """Path → content of the participants' folder."""
    return zips.files(
        participants.all_participants(), "Hyperparameter Sweeps: the participants' notebooks"
    )


def make(out: Path) -> None:
    """Write the zip and the decks into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    zips.write_zip(out / "hyperparameter-sweeps-workshop.zip", participants_kit())
    for path in chapters():
        text = slides.deck(nbformat.read(path, as_version=4))
        (out / f"slides-{path.stem}.html").write_text(text, encoding="utf8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "_build/workshop")
    out = parser.parse_args().out.resolve()
    make(out)
    folder = out / "participants"
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in participants_kit().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    print(f"Participants' folder: {folder}\nZip and slides: {out}")


if __name__ == "__main__":
    main()
