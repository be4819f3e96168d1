"""`python -m benchmarks [name …] [--database engine]`: measures, prints one table, fails when a goal is missed."""

import argparse
import importlib
import logging
import sys
import time
from collections.abc import Sequence

from benchmarks.figures import Figure, table
from benchmarks.ground import ENGINES, NAMES, ground

MODULES = (
    "webhook",
    "draining",
    "routing",
    "offering",
    "banner",
    "replies",
    "trouble",
    "day",
    "searching",
    "memory",
    "sockets",
    "pages",
    "every_page",
)
"""Modules with a `run(stage) -> list[Figure]`, each on a stage of its own that it starts itself."""


def main() -> int:
    """Measure what was asked for; returns the exit code."""
    logging.disable(logging.INFO)  # of this process; the products write logs of their own
    asked, began = _arguments(), time.monotonic()
    rows = [row for engine in asked.database or ENGINES for row in _measured(engine, asked.names or MODULES)]
    print(f"\n{table(rows)}\n\n{time.monotonic() - began:.0f} s; see docs/benchmarks.md", flush=True)
    return 1 if any(row[-1] == "MISSED" for row in rows) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(MODULES)}; all without one")
    parser.add_argument("--database", choices=ENGINES, action="append", help="only this one")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(MODULES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(MODULES)}")
    return asked


def _measured(engine: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    rows = []
    with ground(engine) as base:
        for name in names:
            began = time.monotonic()
            with base.stage() as stage:
                found: list[Figure] = importlib.import_module(f"benchmarks.{name}").run(stage)
            rows += [figure.cells(NAMES[engine]) for figure in found]
            print(f"{name} on {NAMES[engine]}: {time.monotonic() - began:.0f} s", flush=True)
    return rows


if __name__ == "__main__":
    sys.exit(main())
