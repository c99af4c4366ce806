"""Run notebooks and store their outputs: python notebooks/store.py [NAME ...]

All of them, or those whose file name starts with a NAME (02, say). A second run leaves
every byte as it was: cells tagged ``nbval-ignore-output`` (timings, progress bars) keep
what they showed before, as long as their code is unchanged.
"""

import argparse
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
# What a file says of its kernel: nothing that differs between machines.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
    },
}


def store(path: Path) -> None:
    """Run one notebook from top to bottom and write its outputs into the file."""
    notebook = nbformat.read(path, as_version=4)
    before = {cell.id: (cell.source, cell.get("outputs")) for cell in notebook.cells}
    NotebookClient(
        notebook,
        timeout=300,
        record_timing=False,
        resources={"metadata": {"path": HERE}},
    ).execute()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs = joined(cell.outputs)
        source, outputs = before[cell.id]
        if "nbval-ignore-output" in cell.metadata.get("tags", []) and outputs:
            cell.outputs = outputs if cell.source == source else cell.outputs
    notebook.metadata = nbformat.from_dict(METADATA)
    nbformat.write(notebook, path)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "names", nargs="*", default=[""], help="how the file names start"
    )
    for path in sorted(HERE.glob("[0-9][0-9]_*.ipynb")):
        if path.name.startswith(tuple(parser.parse_args().names)):
            started = time.perf_counter()
            store(path)
            print(
                f"{path.name}: ran in {time.perf_counter() - started:.0f} s", flush=True
            )


if __name__ == "__main__":
    main()
