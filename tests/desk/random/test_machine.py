"""Whatever happens in whatever order, what must hold holds (GUARANTEES R1, R2, R4)."""

from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis.stateful import run_state_machine_as_test

from tests.desk.random.machine import Desk
from tests.infra.databases import Emptier, emptying


@pytest.fixture
def emptier(database_url: str) -> Iterator[Emptier]:
    with emptying(database_url) as emptier:
        yield emptier


def test_g_r2_nobody_is_ever_above_capacity_whatever_happens(app: Flask, emptier: Emptier) -> None:
    here = type("DeskHere", (Desk,), {"app": app, "emptier": emptier})
    run_state_machine_as_test(here)
