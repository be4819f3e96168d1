"""`make check`: format, lint, types, templates and import rules, as many at once as there are cores."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = Path(sys.executable).parent

CHECKS = {
    "types": ["mypy"],
    "templates": ["djlint", "--lint", "--quiet", "templates", "igapp/sandbox/templates"],
    "imports": ["lint-imports"],
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "--quiet", "."],
}


def main() -> int:
    """Runs every check, shows what the failed ones said; returns the exit code."""
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = list(pool.map(_run, CHECKS))
    return 0 if all(results) else 1


def _run(name: str) -> bool:
    command, *arguments = CHECKS[name]
    began = time.monotonic()
    done = subprocess.run(
        [str(COMMANDS / command), *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    said = "" if passed else f"\n{done.stdout}{done.stderr}".rstrip()
    print(f"{name:<16} {'ok' if passed else 'FAILED'} ({time.monotonic() - began:.1f} s){said}", flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main())
