"""Run the benchmarks: python benchmarks/run.py [--quick | --write] [TABLE …]

The five tables are surface, folds, loop, memory and resume; by default all are made. In each
the ways take turns, and what can be compared is compared.
"""

import argparse
import time
from datetime import date

import folds
import loop
import memory
import resume
import surface
from report import HERE, machine

TABLES = {"surface": surface, "folds": folds, "loop": loop, "memory": memory, "resume": resume}
RESULTS = HERE / "RESULTS.md"

REPORT = """\
# Sweeps, timed

Made by `make bench` on {today} in one run ({minutes:.0f} min); not edited by hand.

{machine}

Where there were several runs, a figure is their median, with the range. Seconds change with the
machine, ratios less so.

{sections}"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"of {', '.join(TABLES)}")
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--quick", action="store_true", help="small: all in under a minute")
    either.add_argument("--write", action="store_true", help=f"also write {RESULTS.name}")
    given = parser.parse_args()
    if unknown := set(given.tables) - set(TABLES):
        parser.error(f"no table {sorted(unknown)}: there are {', '.join(TABLES)}")
    if given.write and given.tables:
        parser.error("--write is for all the tables: they share one file")
    return given


def main() -> None:
    given, began, sections = arguments(), time.perf_counter(), []
    for name in given.tables or TABLES:
        sections.append(TABLES[name].section(given.quick))
        print(sections[-1], flush=True)  # now: a later table may be interrupted
    print(machine())
    if given.write:
        report = REPORT.format(
            today=date.today().isoformat(),
            minutes=(time.perf_counter() - began) / 60,
            machine=machine(),
            sections="\n".join(sections),
        )
        RESULTS.write_text(report, encoding="utf8")


if __name__ == "__main__":
    main()
