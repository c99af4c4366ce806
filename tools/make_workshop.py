"""Make the workshop's material from the chapters: python tools/make_workshop.py [--out DIR]

Participant notebooks (solutions out, blanks in), their zip, a deck of slides for each chapter,
a deck to open and one to close with, and the teacher's zip. Chapters' material comes from their
cells and tags; CONTRIBUTING.md says which tag does what. The opening deck shows the addresses you
give: --site ADDRESS (the book; the participants' README names it, too), --chat ADDRESS,
--feedback ADDRESS, --wifi "NAME and password".
"""

import argparse
import shutil
from pathlib import Path

import nbformat
import participants
import slides
import teachers
import zips
from paths import ROOT, chapters

PLACES = {"site": "The book", "wifi": "Wifi", "chat": "Chat", "feedback": "Feedback"}
BLANK = "_" * 24  # to be written on the board
MINUTES = {"opening": 5, "closing": 5}


def participants_kit(site: str | None = None) -> dict[str, bytes]:
    """Path → content of the participants' folder; its README names the site, if there is one."""
    text = (zips.KIT / "participants.md").read_text(encoding="utf8")
    content = zips.files(
        participants.all_participants(),
        "Hyperparameter Sweeps: the participants' notebooks",
        text.replace("<site>", f", {site}" if site else ""),
    )
    return content | teachers.the_game()


def make(out: Path, addresses: dict[str, str] | None = None) -> None:
    """Write the zips and the decks into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    addresses = addresses or {}
    kit = participants_kit(addresses.get("site"))
    zips.write_zip(out / "hyperparameter-sweeps-workshop.zip", kit)
    decks = all_decks(addresses)
    for name, text in decks.items():
        (out / name).write_text(text, encoding="utf8")
    zips.write_zip(out / "hyperparameter-sweeps-teacher.zip", teachers.teachers_kit(decks))


def all_decks(addresses: dict[str, str]) -> dict[str, str]:
    """File name → HTML of each deck."""
    decks = {}
    for path in chapters():
        decks[f"slides-{path.stem}.html"] = slides.deck(nbformat.read(path, as_version=4))
    shown = {place: addresses.get(place) or BLANK for place in PLACES}
    for name, minutes in MINUTES.items():
        text = (ROOT / f"tools/slide_texts/{name}.md").read_text(encoding="utf8")
        for place, address in shown.items():
            text = text.replace(f"<{place}>", address)
        deck = slides.from_markdown(text, minutes)
        decks[f"slides-{name}.html"] = slides.page(deck[0].title, deck)
    return decks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "_build/workshop")
    for place, what in PLACES.items():
        parser.add_argument(f"--{place}", help=f"{what}: shown on the opening and closing slides")
    options = parser.parse_args()
    out = options.out.resolve()
    make(out, {place: getattr(options, place) for place in PLACES})
    folder = out / "participants"
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in participants_kit(options.site).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    print(f"Participants' folder: {folder}\nZips and slides: {out}")


if __name__ == "__main__":
    main()
