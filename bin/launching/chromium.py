"""The browser for tests: found on this machine, or installed where that is possible."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ARGUMENTS = [
    "--no-sandbox",  # root, in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NoBrowser(Exception):
    """No browser was found; the message says what to do."""


def chromium() -> str:
    """The path of a Chromium or Chrome; raises NoBrowser."""
    for found in (*map(shutil.which, NAMES), *filter(os.path.exists, APPLICATIONS), _downloaded()):
        if found and _runs(found):
            return found
    raise NoBrowser(
        "tests need a Chromium or Chrome; none was found: install one, for example `apt-get install chromium`"
    )


def install() -> str:
    """Finds a browser, else installs one: with apt as root, with playwright otherwise; raises NoBrowser."""
    for attempt in ([], *_installations()):
        if attempt:
            print(f"Installing a browser for the tests: {' '.join(attempt)}", flush=True)
            subprocess.run(attempt, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, check=False)
        try:
            return chromium()
        except NoBrowser:
            continue
    return chromium()


def _runs(path: str) -> bool:
    """Some systems ship a program of that name that only says how to install it."""
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def _installations() -> list[list[str]]:
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempts = [
            ["apt-get", "update", "-q"],
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"],
            *attempts,
        ]
    return attempts


def _downloaded() -> str | None:
    """A Chromium that playwright downloaded earlier."""
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or _cache())
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
    return next((str(path) for pattern in patterns for path in sorted(root.glob(pattern), reverse=True)), None)


def _cache() -> Path:
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
