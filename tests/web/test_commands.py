"""Commands: one list for the keys, the sheet and the palette."""

from flask import Flask

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
