"""`make test`: every test, on both databases and in a real browser. Arguments go to pytest, in each suite."""

import os
import subprocess
import sys
import time
from pathlib import Path

from launching.chromium import NoBrowser, install

ROOT = Path(__file__).resolve().parents[1]
NOTHING_COLLECTED = 5  # pytest's exit code

ALONE = "journey or chaos or concurrency"
"""Tests that need the machine for themselves: real processes, real time."""

SUITES = {
    "tests on SQLite": ["--database", "sqlite", "-n", "2", "-m", f"not ({ALONE})"],
    "tests on Postgres": ["--database", "postgres", "-n", "2", "-m", f"not ({ALONE})"],
    "journeys, crashes and races on SQLite": ["--database", "sqlite", "-m", ALONE],
    "journeys, crashes and races on Postgres": ["--database", "postgres", "-m", f"({ALONE}) and not browser"],
}
"""What happens in the browser alone is seen on one database."""


def main(arguments: list[str]) -> int:
    """Runs every suite to its end, then says how each went; returns the exit code."""
    try:
        install()
    except NoBrowser as problem:
        print(f"make test: {problem}", file=sys.stderr)
        return 1
    results = {name: _run(name, options, arguments) for name, options in SUITES.items()}
    return _report(results, is_narrowed=bool(arguments))


def _run(name: str, options: list[str], arguments: list[str]) -> tuple[int, float]:
    print(f"\n== {name}", flush=True)
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", *options, *arguments]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, env=os.environ, check=False)
    return done.returncode, time.monotonic() - began


def _report(results: dict[str, tuple[int, float]], *, is_narrowed: bool) -> int:
    """Says how each suite went. A suite without tests has failed, unless arguments chose the tests."""
    passing = {0, NOTHING_COLLECTED} if is_narrowed else {0}
    print("\n== in short")
    for name, (code, took) in results.items():
        print(f"{name:<40} {'ok' if code in passing else 'FAILED'} ({took:.0f} s)")
    codes = [code for code, _ in results.values()]
    is_empty = all(code == NOTHING_COLLECTED for code in codes)
    return 1 if is_empty or not passing.issuperset(codes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
