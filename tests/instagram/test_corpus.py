"""Bodies that others have met in the wild, from the folder that PAYLOADS names; without it there is nothing here."""

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import ledger, timeline
from igapp.models import Account, Event, Inbox, Item, ItemKind, Outcome
from tests.instagram import wire
from tests.instagram.stage import drain

FOLDER = os.environ.get("PAYLOADS")
BODIES = sorted(Path(FOLDER).glob("*.json")) if FOLDER else []

PAGE = (Outcome.IGNORED, "The object is “page”, not “instagram”.")
TEST = (Outcome.IGNORED, "A test of the dashboard.")
KEPT = (Outcome.APPLIED, "Kept until its message comes.")

Expected = list[tuple[Any, str | None]]
"""For each event: the kind of item and its preview, or the outcome and its reason."""

TABLE: dict[str, Expected] = {
    "01": [(ItemKind.MESSAGE, "This is the first message from the customer")],
    "02": [(ItemKind.MESSAGE, "This is the first standby message from the customer, after 24 hours.")],
    "03": [(ItemKind.STORY_REPLY, "This is the story reply")],
    "04": [TEST],
    "05": [KEPT],
    "06": [(ItemKind.MESSAGE, "shared a post")],
    "07": [(ItemKind.STORY_MENTION, "mentioned you in their story")],
    "08": [(ItemKind.ECHO, "shared a story")],
    "09": [KEPT],
    "10": [(ItemKind.MESSAGE, "sent a picture")],
    "11": [(ItemKind.MESSAGE, "Hello World")],
    "12": [(ItemKind.MESSAGE, "Hello World")],
    "13": [(ItemKind.UNSUPPORTED, "sent an unsupported message")],
    "14": [(ItemKind.POSTBACK, "icebreaker question")],
    "15": [(ItemKind.MESSAGE, "sent a ❤️")],
    "16": [],
    "17": [],
    "18": [],
    "19": [(ItemKind.STORY_MENTION, "mentioned you in their story")],
    "20": [(Outcome.IGNORED, "The entry has no event.")],
    "21": [KEPT],
    "22": [(ItemKind.MESSAGE, "Hello World")],
    "23": [(ItemKind.COMMENT, "Hello World")],
    "24": [(ItemKind.STORY_REPLY, "Nice story!")],
    "25": [(ItemKind.COMMENT, "Nice post!")],
    "26": [(ItemKind.COMMENT, "Hello Story")],
    "27": [(Outcome.IGNORED, "The comment has no id: nothing could be done with it.")],
    "28": [(Outcome.IGNORED, "Our own comment.")],
    "29": [(ItemKind.UNSUPPORTED, "sent an unsupported message")],
    "30": [KEPT],
    **{str(number): [TEST] for number in range(31, 36)},
    **{str(number): [PAGE] for number in range(36, 52)},
}


@pytest.fixture(autouse=True)
def accounts(db_session: Session) -> None:
    """Every account that a body names, connected."""
    inbox = db_session.scalars(sa.select(Inbox).where(Inbox.is_default)).one()
    entries = [entry for path in BODIES for entry in json.loads(path.read_text()).get("entry", [])]
    for named in {str(entry["id"]) for entry in entries if entry.get("id") not in (None, "0")}:
        account = Account(
            ig_user_id=named, username=f"account-{named}", inbox=inbox, connected_at=utc.now(), token_encrypted="none"
        )
        db_session.add(account)
    db_session.commit()


def found() -> Expected:
    db.session().rollback()
    events = db.session().scalars(sa.select(Event).order_by(Event.id)).all()
    return [_what(event) for event in events]


def _what(event: Event) -> tuple[Any, str | None]:
    item = db.session().get(Item, event.item_id) if event.item_id else None
    return (item.kind, timeline.preview(item)) if item else (event.outcome, event.reason)


if FOLDER:

    @pytest.mark.parametrize("path", BODIES, ids=[path.stem for path in BODIES])
    def test_a_body_from_the_wild_becomes_what_the_table_says(client: FlaskClient, path: Path) -> None:
        wire.send(client, path.read_bytes())
        drain()
        assert found() == TABLE[path.name[:2]]

    @pytest.mark.parametrize("seed", range(3))
    def test_all_of_them_in_any_order_and_twice_fail_nothing(client: FlaskClient, seed: int) -> None:
        shuffled = BODIES * 2
        random.Random(seed).shuffle(shuffled)
        for path in shuffled:
            wire.send(client, path.read_bytes())
            drain()
        status = ledger.status()
        assert (status["failed"], status["pending"]) == (0, 0)
        assert status["received"] == sum(int(str(status[name])) for name in ("pending", "applied", "ignored", "failed"))
        wire.send(client, wire.body(wire.text("Later"), account="1234567890"))
        drain()
        db.session().rollback()
        assert "Later" in db.session().scalars(sa.select(Item.text)).all()
