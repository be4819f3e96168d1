"""A real browser. An error on a page's console, or a call to somewhere else, fails the test."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from launching.chromium import ARGUMENTS, chromium
from launching.processes import ROOT

PICTURES = ROOT / "var" / "test-pictures"
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
HOSTS = ("localhost", "127.0.0.1")
KNOW_NO_OTHER_HOST = "--host-resolver-rules=" + ", ".join(["MAP * ~NOTFOUND", *(f"EXCLUDE {host}" for host in HOSTS)])
"""The browser finds none; intercepting requests instead would take its cache away and slow every page down."""

NewPage = Callable[..., Page]


PATIENCE_MS = 20_000
"""How long a page may take on a busy machine before a test gives up; what must be quick is measured elsewhere."""
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The session's browser; raises NoBrowser where there is none."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*ARGUMENTS, KNOW_NO_OTHER_HOST])
        yield browser
        browser.close()


class Visitors:
    """Opens pages, each for a person of their own, and remembers what went wrong in them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.contexts: list[BrowserContext] = []
        self.pages: list[Page] = []
        self.problems: list[str] = []

    def __call__(self, viewport: ViewportSize = DESKTOP, **options: Any) -> Page:
        """A page of a new person: own cookies. Options are those of a browser context, as `color_scheme`."""
        context = self._browser.new_context(viewport=viewport, **options)
        context.set_default_timeout(PATIENCE_MS)
        context.on("request", self._look_at)
        context.on("page", self._watch)
        self.contexts.append(context)
        return context.new_page()

    def forgive(self, pattern: str) -> None:
        """Takes back problems that a test provokes on purpose."""
        self.problems = [problem for problem in self.problems if not re.search(pattern, problem)]

    def _watch(self, page: Page) -> None:
        self.pages.append(page)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")

    def _look_at(self, asked: Request) -> None:
        if _is_elsewhere(asked.url):
            self.problems.append(f"called elsewhere: {asked.url}")


@pytest.fixture
def visitors(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visitors]:
    """Opens pages for several people: visitors() is a page of someone new."""
    visitors = Visitors(browser)
    failed_before = request.session.testsfailed
    yield visitors
    if request.session.testsfailed > failed_before or visitors.problems:
        _take_pictures(visitors.pages, request.node.name)
    for context in visitors.contexts:
        context.close()
    assert not visitors.problems, "\n".join(visitors.problems)


@pytest.fixture
def page(visitors: Visitors) -> Page:
    """A page of one person on a desktop."""
    return visitors()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """Fails when axe finds a violation: axe(page)."""

    def check(page: Page) -> None:
        page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")
        results = Axe().run(page, options={"resultTypes": ["violations"]})
        assert not results.violations_count, results.generate_report()

    return check


def _is_elsewhere(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in HOSTS


def _take_pictures(pages: list[Page], name: str) -> None:
    """Leaves pictures of what a failing test last saw, in var/test-pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(page for page in pages if not page.is_closed()):
        page.screenshot(path=Path(PICTURES, f"{re.sub(r'[^a-z0-9_]+', '-', name.lower())}-{number}.png"))
