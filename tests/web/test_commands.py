"""Commands: one list for the keys, the sheet and the palette."""

import pytest
from flask import Flask

from igapp.models import Role
from igapp.web.commands import COMMANDS
from tests.factories import make_user
from tests.web.conftest import Door


def test_every_key_presses_one_thing() -> None:
    keys = [one.key for one in COMMANDS if one.key]
    assert len(keys) == len(set(keys))
    assert not {"J", "K"} & set(keys)


def test_palette_and_help_show_every_command_with_its_key(app: Flask, db_session: object) -> None:
    text = Door(app.test_client(), make_user("Bo")).get("/help").text
    for one in COMMANDS:
        words = one.words.replace("&", "&amp;")
        assert f">{words}" in text
        assert not one.key or f"<kbd>{one.key}</kbd>" in text


@pytest.mark.parametrize(("role", "number"), [(Role.AGENT, 0), (Role.MANAGER, 1), (Role.ADMIN, 1)])
def test_managers_go_to_their_pages_by_the_palette(app: Flask, db_session: object, role: Role, number: int) -> None:
    text = Door(app.test_client(), make_user("Mia", role)).get("/").text
    for one in COMMANDS:
        if one.words in ("Inboxes", "Reports", "Settings"):
            path = one.runs.removeprefix(".menu__entry[href='").removesuffix("']")
            assert text.count(f'<a class="menu__entry" href="{path}">') == number
    assert {"Inboxes", "Reports", "Settings"} <= {one.words for one in COMMANDS}
