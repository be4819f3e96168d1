"""The documents say what the code does."""

import re

import limits_page
from launching.processes import ROOT


def test_every_limit_is_in_the_document() -> None:
    assert limits_page.PAGE.read_text() == limits_page.page(), "run: python bin/limits_page.py"


def test_every_limit_says_what_it_means() -> None:
    silent = [f"{one.module}:{one.name}" for one in limits_page.limits() if not one.meaning]
    assert silent == []


def test_every_place_that_the_documents_name_exists() -> None:
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for path in re.findall(r"`((?:igapp|tests|templates|static|bin|migrations|docs)/[\w./-]+)`", page.read_text()):
            assert (ROOT / path).exists(), f"{page.name} names {path}"
