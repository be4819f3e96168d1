"""What docs/sandbox.md says exists, exists; and what exists is in it."""

import re

from igapp.sandbox import create_app
from igapp.sandbox.config import from_environment
from igapp.sandbox.events.kinds import KINDS
from igapp.sandbox.faults import CATALOGUE
from launching.processes import ROOT

DOC = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", DOC, flags=re.DOTALL)))


def test_every_kind_is_told() -> None:
    assert not KINDS.keys() - WORDS


def test_every_fault_is_told_with_its_settings() -> None:
    assert not {fault.name for fault in CATALOGUE} - WORDS
    assert not {option for fault in CATALOGUE for option in fault.options} - WORDS


def test_every_call_of_the_control_api_is_told() -> None:
    app = create_app(from_environment({}))
    told = {word.partition(" ")[2] for word in WORDS if " /_sandbox/" in word}
    paths = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/_sandbox/")}
    app.extensions["sandbox"].stop()
    assert paths == told
