"""What a downloaded notebook says of where its library comes from, should it be opened alone."""

import json

from paths import branch, repository

INSTALL = """from importlib.util import find_spec

if find_spec("sweeplib") is None:  # opened alone
    %pip install --quiet "{what} @ https://github.com/{name}/archive/{branch}.zip\""""


def with_origin(notebook: str) -> str:
    """A copy (JSON text) that says before its first code where sweeplib comes from.

    Where the repository is known, a cell installs it if it is not there; else the words say what
    to do. The notebook's own cells stay as they are.
    """
    copy = json.loads(notebook)
    code = [i for i, cell in enumerate(copy["cells"]) if cell["cell_type"] == "code"]
    added = [cell("markdown", "alone", words(notebook))]
    if name := repository():
        what = "sweeplib[cluster]" if "from distributed" in notebook else "sweeplib"
        source = INSTALL.format(what=what, name=name, branch=branch())
        added.append(cell("code", "alone-install", source))
    copy["cells"][code[0] : code[0]] = added
    return json.dumps(copy, indent=1, ensure_ascii=False) + "\n"


def cell(kind: str, name: str, source: str) -> dict:
    more = {"execution_count": None, "outputs": []} if kind == "code" else {}
    lines = source.splitlines(keepends=True)
    return {"cell_type": kind, "id": name, "metadata": {}, "source": lines, **more}


def words(notebook: str) -> str:
    """Which folders a notebook needs beside it, and how it comes by them."""
    needs = ["`sweeplib` (the book's library)"]
    if "own_table" in notebook:
        needs.append("`own_table` (what the template runs on)")
    if "load_trials" in notebook:
        needs.append("`trials` (stored results, which took long to compute)")
    listed = ", ".join(needs[:-1]) + " and " * (len(needs) > 1) + needs[-1]
    one = len(needs) == 1
    text = (
        f"> **Opened from its zip?** Then go on: {listed} {'lies' if one else 'lie'} beside this "
        f"notebook.\n>\n> **Opened alone,** as from a mail or in Colab? "
    )
    it = "it" if one else "them"
    if name := repository():
        return text + f"The next cell fetches {it} from [{name}](https://github.com/{name})."
    return text + (
        f"Nothing below runs without {it}. Get the zip from the chapter's page of the book "
        f"(*Run this chapter* in the download menu), and open the notebook in the unpacked folder, "
        f"or put {'that folder' if one else 'those folders'} beside it."
    )
